/* SPDX-License-Identifier: ISC */
/* What yaml_read() accepts is written as JSON, and read back as the same value. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "base/yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int holds)
{
	if (!holds)
		abort();
}

static void
check_as_json(struct arena *arena, const struct value *value, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;
	struct value *again;

	json_writer_init(&writer, &text);
	json_value(&writer, value);
	check(json_parse(arena, NULL, text.buf, text.len, &again, err) == 0);
	check(value_equal(value, again));
	strbuf_release(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf err = STRBUF_INIT;
	struct arena arena = ARENA_INIT;
	struct value *value = NULL;

	if (yaml_read(&arena, NULL, (const char *)data, size, &value, &err) == 0) {
		check(value && err.len == 0);
		check_as_json(&arena, value, &err);
	} else {
		check(!value && err.len > 0 && utf8_valid(err.buf, err.len));
	}
	strbuf_release(&err);
	arena_release(&arena);
	return 0;
}
