/* SPDX-License-Identifier: ISC */
/* Whatever json_parse() takes can be written, and read again as the same value. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/json-writer.h"
#include "base/json.h"
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

	if (json_parse(&arena, "fuzz", (const char *)data, size, &value, &err) == 0) {
		json_writer_init(&writer, &text);
		json_value(&writer, value);
		if (json_parse(&arena, NULL, text.buf, text.len, &again, &err) != 0 ||
		    !value_equal(value, again))
			abort();
	} else if (err.len == 0) {
		abort();
	}
	strbuf_release(&text);
	strbuf_release(&err);
	arena_release(&arena);
	return 0;
}
