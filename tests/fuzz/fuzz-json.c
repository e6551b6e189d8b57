/* SPDX-License-Identifier: ISC */
/* Whatever json_parse() takes can be written, and read again as the same value. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/value.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct strbuf text = STRBUF_INIT;
	struct value *value = NULL;
	struct value *again = NULL;
	struct json_writer writer;
	struct faults faults;
	int result;

	faults_init(&faults, "fuzz");
	result = json_read_all(&arena, (const char *)data, size, &again, &faults);
	if (result < 0 && faults.count == 0)
		abort();
	if (json_parse(&arena, "fuzz", (const char *)data, size, &value, &err) == 0) {
		if (result < 0 || faults.count > 0 || !value_equal(value, again))
			abort();
		json_writer_init(&writer, &text);
		json_value(&writer, value);
		if (json_parse(&arena, NULL, text.buf, text.len, &again, &err) != 0 ||
		    !value_equal(value, again))
			abort();
	} else if (err.len == 0 || faults.count == 0) {
		abort();
	}
	faults_release(&faults);
	strbuf_release(&text);
	strbuf_release(&err);
	arena_release(&arena);
	return 0;
}
