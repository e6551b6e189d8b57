/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/json/json-pick.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/value.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* A text that may have a NUL inside. */
#define TEXT(literal) literal, sizeof(literal) - 1
#define BOM	      "\xef\xbb\xbf"

static struct arena arena;
static struct strbuf err = STRBUF_INIT;

static int
release(void **state)
{
	(void)state;
	arena_release(&arena);
	strbuf_release(&err);
	return 0;
}

/* Goes through a copy of exactly that size, so that a sanitizer notices a read past its end. */
static enum json_picked
pick(const char *text, size_t len, struct json_pick *picks, size_t count)
{
	char *copy = malloc(len > 0 ? len : 1);
	enum json_picked result;

	assert_non_null(copy);
	memcpy(copy, text, len);
	strbuf_reset(&err);
	result = json_pick(&arena, copy, len, picks, count, &err);
	free(copy);
	return result;
}

/* What is at a pointer: as JSON, or "! " and the fault, or "nothing". */
static const char *
taken(const struct json_pick *picked)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;
	const char *copy;

	if (picked->fault != NULL) {
		assert_null(picked->value);
		return arena_printf(&arena, "! %s", picked->fault);
	}
	if (picked->value == NULL)
		return "nothing";
	json_writer_init(&writer, &text);
	json_value(&writer, picked->value);
	copy = arena_strdup(&arena, text.buf);
	strbuf_release(&text);
	return copy;
}

struct example {
	const char *text;
	size_t len;
	const char *pointer;
	const char *taken;
};

static void
check_taken(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct json_pick picks = {.pointer = examples[i].pointer};

		if (pick(examples[i].text, examples[i].len, &picks, 1) != JSON_PICKED ||
		    strcmp(taken(&picks), examples[i].taken) != 0)
			print_error("%s in %s\n", examples[i].pointer, examples[i].text);
		assert_string_equal(err.buf, "");
		assert_string_equal(taken(&picks), examples[i].taken);
	}
}

static void
a_value_is_taken_from_where_its_pointer_says(void **state)
{
	static const struct example examples[] = {
	    {TEXT("42"), "", "42"},
	    {TEXT(" {\"a\":1} "), "", "{\"a\":1}"},
	    {TEXT("42"), "/a", "nothing"},
	    {TEXT("{\"a\":1}"), "/a", "1"},
	    {TEXT("{\"a\" : [1, {\"b\" : \"x\"} ] }"), "/a/1/b", "\"x\""},
	    {TEXT("{\"a\":[1,[2,3],4]}"), "/a/2", "4"},
	    {TEXT("[[1,2],[3,[4]]]"), "/1/1/0", "4"},
	    {TEXT("[[1,2],[3,[4]]]"), "/1/1", "[4]"},
	    {TEXT("[[1,2],[3,[4]]]"), "/2", "nothing"},
	    {TEXT("[1,2]"), "/-", "nothing"},
	    {TEXT("[1,2]"), "/01", "nothing"},
	    {TEXT("[1,2]"), "/18446744073709551615", "nothing"},
	    {TEXT("[{},[],\"\",null,true,-1.50e3]"), "", "[{},[],\"\",null,true,-1.50e3]"},
	    {TEXT("{\"0\":\"key\",\"01\":\"other\"}"), "/0", "\"key\""},
	    {TEXT("{\"0\":\"key\",\"01\":\"other\"}"), "/01", "\"other\""},
	    {TEXT("{\"\":{\"\":1}}"), "//", "1"},
	    {TEXT("{\"a/b\":{\"m~n\":1}}"), "/a~1b/m~0n", "1"},
	    {TEXT("{\"\\u00e9\\n\\\"\":1}"), "/\xc3\xa9\n\"", "1"},
	    {TEXT("{\"\xc3\xa9\":1}"), "/\xc3\xa9", "1"},
	    {TEXT("{\"\\ud83d\\ude00\":1}"), "/\xf0\x9f\x98\x80", "1"},
	    {TEXT("{\"ab\":1,\"a\":2,\"abc\":3}"), "/a", "2"},
	    {TEXT("{\"\\u0061b\":1,\"\\u0061\":2}"), "/a", "2"},
	    {TEXT("{\"a\":{\"b\":1},\"b\":2}"), "/b", "2"},
	    {TEXT("{\"x\":{\"a\":1},\"a\":2}"), "/a", "2"},
	    {TEXT("{\"a\":{},\"c\":{\"b\":2}}"), "/a/b", "nothing"},
	    {TEXT("{\"a\":\"b\"}"), "/a/b", "nothing"},
	    {TEXT("{\"a\":{\"a\":{\"a\":1}}}"), "/a/a/a", "1"},
	    {TEXT(BOM "{\"a\":1}"), "/a", "1"},
	    {TEXT(BOM " 1"), "", "1"},
	};

	(void)state;
	check_taken(examples, COUNT(examples));
}

static void
what_no_pointer_names_spoils_nothing(void **state)
{
	static const struct example examples[] = {
	    {TEXT("{\"id\":7,\"n\":\"a\\u0000b\"}"), "/id", "7"},
	    {TEXT("{\"n\":\"\\u0000\",\"id\":7}"), "/id", "7"},
	    {TEXT("{\"\\u0000\":1,\"id\":7}"), "/id", "7"},
	    {TEXT("{\"n\":\"\\ud83d\",\"id\":7}"), "/id", "7"},
	    {TEXT("{\"n\":\"\\ude00\\ud83d\",\"id\":7}"), "/id", "7"},
	    {TEXT("{\"n\":\"\\ud83d\\n\",\"id\":7}"), "/id", "7"},
	    {TEXT("{\"\\ud83d\":1,\"id\":7}"), "/id", "7"},
	    {TEXT("{\"n\":1,\"n\":2,\"id\":7}"), "/id", "7"},
	    {TEXT("{\"a\":{\"n\":1,\"n\":2,\"id\":7}}"), "/a/id", "7"},
	    {TEXT("{\"n\":1e999999999,\"m\":100000000000000000000000000000000,\"id\":7}"), "/id",
		"7"},
	    {TEXT("[{\"a\":1},{\"a\":2},{\"a\":\"\\u0000\"}]"), "/1/a", "2"},
	};

	(void)state;
	check_taken(examples, COUNT(examples));
}

static void
what_a_pointer_names_is_judged(void **state)
{
	static const struct example examples[] = {
	    {TEXT("{\"id\":\"a\\u0000b\"}"), "/id", "! 1:9: U+0000 in a string"},
	    {TEXT("{\"id\":{\"\\u0000\":1}}"), "/id", "! 1:9: U+0000 in a string"},
	    {TEXT("{\"id\":7,\n \"n\":\"\\u0000\"}"), "", "! 2:7: U+0000 in a string"},
	    {TEXT(BOM "{\"id\":\"\\u0000\"}"), "/id", "! 1:8: U+0000 in a string"},
	    {TEXT("{\"\xc3\xa9\":1,\"id\":\"\xc3\xa9\\ud83d\"}"), "/id",
		"! 1:15: half of a surrogate pair"},
	    {TEXT("{\"id\":[1,\n{\"n\":1,\"n\":2}]}"), "/id", "! 2:8: duplicate key 'n'"},
	    {TEXT("{\"id\":1,\"id\":2}"), "/id", "! 1:9: duplicate key 'id'"},
	    {TEXT("{\"id\":1,\n\"\\u0069d\":1}"), "/id", "! 2:1: duplicate key 'id'"},
	    {TEXT("{\"id\":1,\"id\":2,\"id\":3}"), "/id", "! 1:9: duplicate key 'id'"},
	    {TEXT("{\"a\":{\"id\":1},\"a\":2}"), "/a/id", "! 1:15: duplicate key 'a'"},
	    {TEXT("{\"a\":1,\"a\":{\"id\":2}}"), "/a/id", "! 1:8: duplicate key 'a'"},
	    {TEXT("{\"a\":{\"id\":1},\"a\":{\"id\":2}}"), "/a/id", "! 1:15: duplicate key 'a'"},
	    {TEXT("{\"a\":[{\"b\":1,\"b\":2}]}"), "/a/0/b", "! 1:14: duplicate key 'b'"},
	};

	(void)state;
	check_taken(examples, COUNT(examples));
}

static void
many_values_are_taken_in_one_pass(void **state)
{
	static const char text[] = "{\"a\":{\"b\":[1,2],\"c\":\"\\u0000\"},\"d\":3}";
	struct json_pick picks[] = {{.pointer = "/d"}, {.pointer = "/a/b"}, {.pointer = "/a/b/1"},
	    {.pointer = "/a"}, {.pointer = "/a/c"}, {.pointer = "/a/b"}, {.pointer = "/e"},
	    {.pointer = ""}};
	static const char *const expected[] = {"3", "[1,2]", "2", "! 1:22: U+0000 in a string",
	    "! 1:22: U+0000 in a string", "[1,2]", "nothing", "! 1:22: U+0000 in a string"};

	(void)state;
	assert_int_equal(pick(text, strlen(text), picks, COUNT(picks)), JSON_PICKED);
	for (size_t i = 0; i < COUNT(picks); i++)
		assert_string_equal(taken(&picks[i]), expected[i]);
}

static void
a_text_that_is_no_json_gives_nothing(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *message;
	} examples[] = {
	    {TEXT("{\"id\":7,\"n\":}"), "1:13: expected a value, found '}'"},
	    {TEXT("{\"id\":7,\"n\":1,}"), "1:14: a comma after the last item"},
	    {TEXT("{\"id\":7,\"n\":[1 2]}"), "1:16: expected ',' or ']', found '2'"},
	    {TEXT("{\"id\":7,\"n\":[1}}"), "1:15: expected ',' or ']', found '}'"},
	    {TEXT("{\"id\":7,\"n\"}"), "1:12: expected ':', found '}'"},
	    {TEXT("{\"id\":7,n:1}"), "1:9: expected a key in quotes, found 'n'"},
	    {TEXT("{\"id\":7,[]:1}"), "1:9: expected a key in quotes, found '['"},
	    {TEXT("{\"id\":7} {}"), "1:10: expected the end of the text, found '{'"},
	    {TEXT("{\"id\":7}\n{\"id\":8}\n"), "2:1: expected the end of the text, found '{'"},
	    {TEXT("{\"id\":7}\0"), "1:9: expected the end of the text, found U+0000"},
	    {TEXT("{\"id\":7,\"n\":NaN}"), "1:13: 'NaN' is not a JSON value"},
	    {TEXT("{\"id\":7,\"n\":-Infinity}"), "1:13: '-Infinity' is not a JSON value"},
	    {TEXT("{\"id\":7,\"n\":01}"), "1:13: '01' is not a JSON value"},
	    {TEXT("{\"id\":7,\"n\":nul}"), "1:13: 'nul' is not a JSON value"},
	    {TEXT("{\"id\":7,\"n\":\"\xe9\"}"), "1:14: invalid UTF-8"},
	    {TEXT("{\"id\":7,\"\xc0\x80\":1}"), "1:10: invalid UTF-8"},
	    {TEXT("{\"id\":7,\"n\":\"\xed\xa0\x80\"}"), "1:14: invalid UTF-8"},
	    {TEXT("{\"id\":7,\"n\":\"a\tb\"}"), "1:15: control character in a string"},
	    {TEXT("{\"id\":7,\"n\":\"a\nb\"}"), "1:15: line break in a string"},
	    {TEXT("{\"id\":7,\"n\":\"a\0b\"}"), "1:15: control character in a string"},
	    {TEXT("{\"id\":7,\"n\":\"\\x41\"}"), "1:14: invalid escape"},
	    {TEXT("{\"id\":7,\"n\":\"\\u12g4\"}"),
		"1:14: invalid escape: \\u needs four hexadecimal digits"},
	    {TEXT("{\"id\":7,\"n\":\"\\ud83d\\x\"}"), "1:20: invalid escape"},
	    {TEXT("{\"id\":7,\"n\":1,}"), "1:14: a comma after the last item"},
	    {TEXT("'a'"), "1:1: expected a value, found '''"},
	    {TEXT("\xff\xfe{\0}\0"), "1:1: expected a value, found invalid UTF-8"},
	    {TEXT("{\0\"\0i\0"), "1:2: expected a key in quotes, found U+0000"},
	    {TEXT(BOM BOM "1"), "1:1: expected a value, found U+FEFF"},
	    {TEXT("1" BOM), "1:2: expected the end of the text, found U+FEFF"},
	    {TEXT("<html></html>"), "1:1: expected a value, found '<'"},
	    {TEXT("id=7"), "1:1: 'id' is not a JSON value"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		struct json_pick picks = {.pointer = "/id"};

		assert_int_equal(pick(examples[i].text, examples[i].len, &picks, 1), JSON_IS_NONE);
		assert_string_equal(err.buf, examples[i].message);
		assert_null(picks.value);
	}
}

/* Every beginning of a text but the whole, and but those that are JSON by themselves. */
static void
a_text_that_ends_early_is_told_from_one_that_is_no_json(void **state)
{
	static const char text[] = "{\"a\":[true,false,null,-0.5e+1],\"\xc3\xa9\xe2\x82\xac\":"
				   "\"\xf0\x9f\x98\x80\\n\\ud83d\\ude00\",\"id\":{}}";
	static const char *const others[] = {"-", "1.", "2e", "2e-", "tru", "n", "\"\\", "\"\\u12",
	    "\"\xe2\x82", BOM, "\xef\xbb", "", " \n", "[1,", "[[]", "{\"a\"", "\"\xed"};
	struct json_pick picks = {.pointer = "/id"};

	(void)state;
	for (size_t len = 0; len < strlen(text); len++)
		assert_int_equal(pick(text, len, &picks, 1), JSON_CUT_OFF);
	assert_int_equal(pick(text, strlen(text), &picks, 1), JSON_PICKED);
	assert_string_equal(taken(&picks), "{}");
	for (size_t i = 0; i < COUNT(others); i++)
		assert_int_equal(pick(others[i], strlen(others[i]), &picks, 1), JSON_CUT_OFF);
}

/* Replaces the text by count times the first, then the middle, then count times the last. */
static void
nest(struct strbuf *text, size_t count, const char *first, const char *middle, const char *last)
{
	strbuf_reset(text);
	for (size_t i = 0; i < count; i++)
		strbuf_addstr(text, first);
	strbuf_addstr(text, middle);
	for (size_t i = 0; i < count; i++)
		strbuf_addstr(text, last);
}

static void
levels_count_within_a_value_alone(void **state)
{
	struct json_pick picks[] = {{.pointer = "/1/id"}, {.pointer = "/0"}};
	struct strbuf deep = STRBUF_INIT, text = STRBUF_INIT, pointer = STRBUF_INIT;

	(void)state;
	nest(&deep, JSON_MAX_DEPTH + 1, "[", "", "]");
	strbuf_addf(&text, "[%s,{\"id\":7}]", deep.buf);
	assert_int_equal(pick(text.buf, text.len, picks, 2), JSON_PICKED);
	assert_string_equal(taken(&picks[0]), "7");
	assert_string_equal(taken(&picks[1]), "! 1:66: more than 64 levels of lists and maps");
	nest(&text, 1000, "{\"a\":", "{\"id\":[7]}", "}");
	nest(&pointer, 1000, "/a", "/id", "");
	picks[0].pointer = pointer.buf;
	assert_int_equal(pick(text.buf, text.len, picks, 1), JSON_PICKED);
	assert_string_equal(taken(&picks[0]), "[7]");
	strbuf_release(&deep);
	strbuf_release(&text);
	strbuf_release(&pointer);
}

/* Neither the stack nor the time: of the processor, since others may be at it. */
static void
a_hostile_text_costs_what_its_length_costs(void **state)
{
	static const char *const parts[][3] = {{"[", "", "]"}, {"[", "", ""}, {"{\"a\":", "1", "}"},
	    {"[{\"a\":", "\"x\"", "}]"}, {"\"a\":", "1", "}"}, {"[[],", "1", "]"}};
	struct json_pick picks[] = {{.pointer = "/a"}, {.pointer = "/id"}};
	struct strbuf text = STRBUF_INIT;
	clock_t start = clock();

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		nest(&text, 1 << 20, parts[i][0], parts[i][1], parts[i][2]);
		pick(text.buf, text.len, picks, 2);
	}
	strbuf_reset(&text);
	strbuf_addstr(&text, "{\"id\":7");
	for (int i = 0; i < 200000; i++)
		strbuf_addf(&text, ",\"a\":%d", i);
	strbuf_addstr(&text, "}");
	assert_int_equal(pick(text.buf, text.len, picks, 2), JSON_PICKED);
	assert_string_equal(taken(&picks[0]), "! 1:15: duplicate key 'a'");
	assert_string_equal(taken(&picks[1]), "7");
	assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
	strbuf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_value_is_taken_from_where_its_pointer_says),
	    cmocka_unit_test(what_no_pointer_names_spoils_nothing),
	    cmocka_unit_test(what_a_pointer_names_is_judged),
	    cmocka_unit_test(many_values_are_taken_in_one_pass),
	    cmocka_unit_test(a_text_that_is_no_json_gives_nothing),
	    cmocka_unit_test(a_text_that_ends_early_is_told_from_one_that_is_no_json),
	    cmocka_unit_test(levels_count_within_a_value_alone),
	    cmocka_unit_test(a_hostile_text_costs_what_its_length_costs),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
