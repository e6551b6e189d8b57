/* SPDX-License-Identifier: ISC */
/*
 * Whatever json_parse() takes can be written, and read again as the same value; and json_pick()
 * takes out of it what is there, and calls no other text JSON but for what it says it allows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json-pick.h"
#include "base/json/json-pointer.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/value.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* parsed: what json_parse() has read; NULL: it refuses the text. */
static void
check_picks(struct arena *arena, const char *text, size_t size, const struct value *parsed)
{
	struct json_pick picks[] = {{.pointer = ""}, {.pointer = "/a"}, {.pointer = "/0"},
	    {.pointer = "/a/0/a"}, {.pointer = "/~1/"}};
	const size_t count = sizeof(picks) / sizeof(picks[0]);
	struct strbuf err = STRBUF_INIT;
	enum json_picked result = json_pick(arena, text, size, picks, count, &err);
	bool bom = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;

	if ((result == JSON_PICKED) != (err.len == 0))
		abort();
	if (parsed != NULL && result != JSON_PICKED)
		abort();
	for (size_t i = 0; parsed != NULL && i < count; i++) {
		const struct value *found = json_pointer_find(parsed, picks[i].pointer);

		if (picks[i].fault != NULL || !value_equal(found, picks[i].value))
			abort();
	}
	if (parsed == NULL && result == JSON_PICKED && !bom && picks[0].fault == NULL)
		abort();
	strbuf_release(&err);
}

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
	check_picks(&arena, (const char *)data, size, value);
	faults_release(&faults);
	strbuf_release(&text);
	strbuf_release(&err);
	arena_release(&arena);
	return 0;
}
