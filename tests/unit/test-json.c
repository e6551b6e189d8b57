/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "base/json/json.h"

#include "reader-tests.h"

static int (*const read_with)(struct arena *, const char *name, const char *text, size_t len,
    struct value **out, struct strbuf *err) = json_parse;

static void
what_the_grammar_allows_is_read(void **state)
{
	static const struct example examples[] = {
	    {TEXT("42"), "42"},
	    {TEXT(" \t\r\n42\n"), "42"},
	    {TEXT("true"), "true"},
	    {TEXT("false"), "false"},
	    {TEXT("null"), "null"},
	    {TEXT("\"\""), "\"\""},
	    {TEXT("{}"), "{}"},
	    {TEXT("[]"), "[]"},
	    {TEXT("[ ]"), "[]"},
	    {TEXT("{ }"), "{}"},
	    {TEXT("[[],{},[[]]]"), "[[],{},[[]]]"},
	    {TEXT("{\"a\":{\"b\":{}},\"c\":[{\"d\":[]}]}"),
		"{\"a\":{\"b\":{}},\"c\":[{\"d\":[]}]}"},
	    {TEXT("\n{ \"a\" : 1 ,\n\"b\" : [ 1 , 2 ] }\n"), "{\"a\":1,\"b\":[1,2]}"},
	    {TEXT("{\"\":1,\" \":2}"), "{\"\":1,\" \":2}"},
	    {TEXT("{\"z\":1,\"a\":2}"), "{\"z\":1,\"a\":2}"},
	    {TEXT("{\"[\":\"]{\",\"x\":\"}\"}"), "{\"[\":\"]{\",\"x\":\"}\"}"},
	};

	(void)state;
	check_accepted(examples, COUNT(examples));
}

static void
numbers_keep_their_digits(void **state)
{
	static const char *const numbers[] = {"0", "-0", "1.10", "9007199254740993", "1e5", "1E+2",
	    "-0.5e-3", "0.0", "1e0000", "123456789012345678901234567890.5"};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		check_accepted(&(struct example){numbers[i], strlen(numbers[i]), numbers[i]}, 1);
		assert_true(json_is_number(numbers[i], strlen(numbers[i])));
	}
}

static void
what_is_nearly_a_number_is_refused(void **state)
{
	static const struct example examples[] = {
	    {TEXT("01"), "1:1: '01' is not a JSON value"},
	    {TEXT("-"), "1:1: '-' is not a JSON value"},
	    {TEXT("-01"), "1:1: '-01' is not a JSON value"},
	    {TEXT("+1"), "1:1: '+1' is not a JSON value"},
	    {TEXT("1."), "1:1: '1.' is not a JSON value"},
	    {TEXT(".5"), "1:1: '.5' is not a JSON value"},
	    {TEXT("1.e5"), "1:1: '1.e5' is not a JSON value"},
	    {TEXT("1e"), "1:1: '1e' is not a JSON value"},
	    {TEXT("1e+"), "1:1: '1e+' is not a JSON value"},
	    {TEXT("1.2.3"), "1:1: '1.2.3' is not a JSON value"},
	    {TEXT("[1, 0x1F]"), "1:5: '0x1F' is not a JSON value"},
	    {TEXT("[1_000]"), "1:2: '1_000' is not a JSON value"},
	    {TEXT("NaN"), "1:1: 'NaN' is not a JSON value"},
	    {TEXT("-Infinity"), "1:1: '-Infinity' is not a JSON value"},
	    {TEXT("[1 2]"), "1:4: expected ',' or ']', found '2'"},
	    {TEXT("1:2"), "1:2: expected the end of the text, found ':'"},
	    {TEXT("11111111111111111111111111111111111111111x"),
		"1:1: '1111111111111111111111111111111111111111...' is not a JSON value"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
what_is_nearly_a_word_is_refused(void **state)
{
	static const struct example examples[] = {
	    {TEXT("tru"), "1:1: 'tru' is not a JSON value"},
	    {TEXT("truee"), "1:1: 'truee' is not a JSON value"},
	    {TEXT("True"), "1:1: 'True' is not a JSON value"},
	    {TEXT("[nul]"), "1:2: 'nul' is not a JSON value"},
	    {TEXT("{\"a\":fals}"), "1:6: 'fals' is not a JSON value"},
	    {TEXT("undefined"), "1:1: 'undefined' is not a JSON value"},
	    {TEXT("'a'"), "1:1: expected a value, found '''"},
	    {TEXT("# x\n1"), "1:1: expected a value, found '#'"},
	    {TEXT("// x\n1"), "1:1: expected a value, found '/'"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
a_list_or_map_out_of_shape_is_refused_at_the_place(void **state)
{
	static const struct example examples[] = {
	    {TEXT("{\"a\":1,}"), "1:7: a comma after the last item"},
	    {TEXT("[1,\n2 ,\n]"), "2:3: a comma after the last item"},
	    {TEXT("[,]"), "1:2: expected a value, found ','"},
	    {TEXT("[1,,2]"), "1:4: expected a value, found ','"},
	    {TEXT("{,}"), "1:2: expected a key in quotes, found ','"},
	    {TEXT("{\"a\":}"), "1:6: expected a value, found '}'"},
	    {TEXT("{\"a\"}"), "1:5: expected ':', found '}'"},
	    {TEXT("{\"a\",\"b\"}"), "1:5: expected ':', found ','"},
	    {TEXT("{\"a\" 1}"), "1:6: expected ':', found '1'"},
	    {TEXT("{\"a\"::1}"), "1:6: expected a value, found ':'"},
	    {TEXT("{\"a\":1 \"b\":2}"), "1:8: expected ',' or '}', found '\"'"},
	    {TEXT("{\"a\":1\"b\":2}"), "1:7: expected ',' or '}', found '\"'"},
	    {TEXT("{\"a\":1:2}"), "1:7: expected ',' or '}', found ':'"},
	    {TEXT("[\"a\":1]"), "1:5: expected ',' or ']', found ':'"},
	    {TEXT("[\"a\" \"b\"]"), "1:6: expected ',' or ']', found '\"'"},
	    {TEXT("{a:1}"), "1:2: expected a key in quotes, found 'a'"},
	    {TEXT("{1:2}"), "1:2: expected a key in quotes, found '1'"},
	    {TEXT("{[]:2}"), "1:2: expected a key in quotes, found '['"},
	    {TEXT("{{}:2}"), "1:2: expected a key in quotes, found '{'"},
	    {TEXT("{null:2}"), "1:2: expected a key in quotes, found 'n'"},
	    {TEXT("[}"), "1:2: expected a value, found '}'"},
	    {TEXT("{]"), "1:2: expected a key in quotes, found ']'"},
	    {TEXT("[1}"), "1:3: expected ',' or ']', found '}'"},
	    {TEXT("{\"a\":1]"), "1:7: expected ',' or '}', found ']'"},
	    {TEXT("]"), "1:1: expected a value, found ']'"},
	    {TEXT("{\"a\":1,\n \"b\":[1,\n  2 3]}"), "3:5: expected ',' or ']', found '3'"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
a_text_that_ends_early_is_refused_at_its_end(void **state)
{
	static const struct example examples[] = {
	    {TEXT(""), "1:1: expected a value, found the end of the text"},
	    {TEXT(" \n "), "2:2: expected a value, found the end of the text"},
	    {TEXT("["), "1:2: expected a value, found the end of the text"},
	    {TEXT("[1"), "1:3: expected ',' or ']', found the end of the text"},
	    {TEXT("[1,"), "1:4: expected a value, found the end of the text"},
	    {TEXT("{"), "1:2: expected a key in quotes, found the end of the text"},
	    {TEXT("{\"a\""), "1:5: expected ':', found the end of the text"},
	    {TEXT("{\"a\":"), "1:6: expected a value, found the end of the text"},
	    {TEXT("{\"a\":1"), "1:7: expected ',' or '}', found the end of the text"},
	    {TEXT("{\"a\":1,"), "1:8: expected a key in quotes, found the end of the text"},
	    {TEXT("[[1]\n"), "2:1: expected ',' or ']', found the end of the text"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
there_is_one_root(void **state)
{
	static const struct example examples[] = {
	    {TEXT("1 2"), "1:3: expected the end of the text, found '2'"},
	    {TEXT("{}{}"), "1:3: expected the end of the text, found '{'"},
	    {TEXT("{}\n[]"), "2:1: expected the end of the text, found '['"},
	    {TEXT("[],"), "1:3: expected the end of the text, found ','"},
	    {TEXT("[]]"), "1:3: expected the end of the text, found ']'"},
	    {TEXT("\"a\" \"b\""), "1:5: expected the end of the text, found '\"'"},
	    {TEXT("\"a\":1"), "1:4: expected the end of the text, found ':'"},
	    {TEXT("[]:[]]]"), "1:3: expected the end of the text, found ':'"},
	    {TEXT("1\0"), "1:2: expected the end of the text, found U+0000"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
escapes_become_their_characters(void **state)
{
	static const struct {
		const char *text;
		const char *string;
	} examples[] = {
	    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
	    {"\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac"},
	    {"\"x\\ud83d\\ude00y\"", "x\xf0\x9f\x98\x80y"},
	    {"\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	    {"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
		"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f"},
	    {"\"\\uffff\\u0001\"", "\xef\xbf\xbf\x01"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++) {
		struct value *value = NULL;

		read_text(NULL, examples[i].text, strlen(examples[i].text), &value);
		assert_string_equal(err.buf, "");
		assert_string_equal(value_text(value), examples[i].string);
	}
}

static void
a_string_with_a_fault_is_refused_at_the_fault(void **state)
{
	static const struct example examples[] = {
	    {TEXT("\"abc"), "1:1: the string is not closed"},
	    {TEXT("{\"a"), "1:2: the string is not closed"},
	    {TEXT("\"abc\\"), "1:5: invalid escape"},
	    {TEXT("\"abc\\\""), "1:1: the string is not closed"},
	    {TEXT("\"ab\\x\""), "1:4: invalid escape"},
	    {TEXT("\"ab\\'\""), "1:4: invalid escape"},
	    {TEXT("\"ab\\\0\""), "1:4: invalid escape"},
	    {TEXT("\"\\u12\""), "1:2: invalid escape: \\u needs four hexadecimal digits"},
	    {TEXT("\"\\u12"), "1:2: invalid escape: \\u needs four hexadecimal digits"},
	    {TEXT("\"\\u00g0\""), "1:2: invalid escape: \\u needs four hexadecimal digits"},
	    {TEXT("\"\\U0041\""), "1:2: invalid escape"},
	    {TEXT("\"a\\u0000\""), "1:3: U+0000 in a string"},
	    {TEXT("\"\\ud83d\""), "1:2: half of a surrogate pair"},
	    {TEXT("\"\\ud83dx\""), "1:2: half of a surrogate pair"},
	    {TEXT("\"\\ud83d\\n\""), "1:2: half of a surrogate pair"},
	    {TEXT("\"\\ud83d\\u0041\""), "1:2: half of a surrogate pair"},
	    {TEXT("\"\\ud83d\\ud83d\""), "1:2: half of a surrogate pair"},
	    {TEXT("\"\\ude00\\ud83d\""), "1:2: half of a surrogate pair"},
	    {TEXT("\"a\nb\""), "1:3: line break in a string"},
	    {TEXT("\"a\tb\""), "1:3: control character in a string"},
	    {TEXT("\"a\0b\""), "1:3: control character in a string"},
	    {TEXT("[\"ok\",\n \"a\x1f\"]"), "2:4: control character in a string"},
	    {TEXT("\"a\xff\""), "1:3: invalid UTF-8"},
	    {TEXT("\"a\xc3\""), "1:3: invalid UTF-8"},
	    {TEXT("\"\xc0\x80\""), "1:2: invalid UTF-8"},
	    {TEXT("\"\xed\xa0\x80\""), "1:2: invalid UTF-8"},
	    {TEXT("{\"a\":1,\"b\\q\":2}"), "1:10: invalid escape"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
what_is_not_ascii_is_allowed_in_strings_only(void **state)
{
	static const struct example examples[] = {
	    {TEXT("\xff"), "1:1: expected a value, found invalid UTF-8"},
	    {TEXT("[1\xff]"), "1:3: expected ',' or ']', found invalid UTF-8"},
	    {TEXT("\xc3\xa9"), "1:1: expected a value, found U+00E9"},
	    {TEXT("1\xc3\xa9"), "1:2: expected the end of the text, found U+00E9"},
	    {TEXT("\xef\xbb\xbf{}"), "1:1: expected a value, found U+FEFF"},
	    {TEXT("[\0]"), "1:2: expected a value, found U+0000"},
	    {TEXT("[\x0b]"), "1:2: expected a value, found U+000B"},
	    {TEXT("[\xc2\xa0]"), "1:2: expected a value, found U+00A0"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
columns_count_characters(void **state)
{
	static const struct example examples[] = {
	    {TEXT("[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\", x]"), "1:9: 'x' is not a JSON value"},
	    {TEXT("[\"\xc3\xa9\\u00e9\\n\", x]"), "1:15: 'x' is not a JSON value"},
	    {TEXT("[\"\xc3\xa9\",\n\"\xc3\xa9\", x]"), "2:6: 'x' is not a JSON value"},
	    {TEXT("[\"\xc3\xa9\", \"\xc3\xa9\\x\"]"), "1:9: invalid escape"},
	    {TEXT("[\"\xc3\xa9\", \"\xc3\xa9\xff\"]"), "1:9: invalid UTF-8"},
	    {TEXT("{\"\xc3\xa9\":1,\"\xc3\xa9\":2}"), "1:8: duplicate key '\xc3\xa9'"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
a_key_stands_once_in_its_map(void **state)
{
	static const struct example examples[] = {
	    {TEXT("{\"a\":1,\n \"b\":2,\n  \"a\":3}"), "3:3: duplicate key 'a'"},
	    {TEXT("{\"a\":1,\"\\u0061\":2}"), "1:8: duplicate key 'a'"},
	    {TEXT("[{\"x\":{\"\":1,\"\":2}}]"), "1:13: duplicate key ''"},
	    {TEXT("{\"\\n\":1,\"\\n\":2}"), "1:9: duplicate key '\n'"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
	check_accepted(&(struct example){TEXT("[{\"a\":{\"a\":1}},{\"a\":2}]"),
			   "[{\"a\":{\"a\":1}},{\"a\":2}]"},
	    1);
}

static void
the_file_is_named_in_the_error(void **state)
{
	struct value *value;

	(void)state;
	assert_int_equal(read_text("x.json", "[1,]", 4, &value), -1);
	assert_string_equal(err.buf, "x.json:1:3: a comma after the last item");
}

static void
every_value_knows_its_place(void **state)
{
	static const char text[] = "\n {\"a\": [true,\n  \"\xc3\xa9\", 7], \"b\" : null}";
	const struct value *list;
	struct value *map;

	(void)state;
	assert_int_equal(read_text(NULL, text, strlen(text), &map), 0);
	assert_int_equal(map->line, 2);
	assert_int_equal(map->column, 2);
	assert_int_equal(map->pairs[0].key->column, 3);
	list = value_map_get(map, "a");
	assert_int_equal(list->column, 8);
	assert_int_equal(list->items[0]->column, 9);
	assert_int_equal(list->items[1]->line, 3);
	assert_int_equal(list->items[1]->column, 3);
	assert_int_equal(list->items[2]->column, 8);
	assert_int_equal(map->pairs[1].key->column, 12);
	assert_int_equal(map->pairs[1].value->line, 3);
	assert_int_equal(map->pairs[1].value->column, 18);
}

static void
more_than_64_levels_are_refused(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct value *value;

	(void)state;
	nest(&text, 64, "[", "1", "]");
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), 0);
	nest(&text, 65, "[", "", "]");
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), -1);
	assert_string_equal(err.buf, "1:65: more than 64 levels of lists and maps");
	nest(&text, 65, "{\"a\":\n", "1", "}");
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), -1);
	assert_string_equal(err.buf, "65:1: more than 64 levels of lists and maps");
	nest(&text, 100, "[", "", "");
	text.buf[40] = '}';
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), -1);
	assert_string_equal(err.buf, "1:41: expected a value, found '}'");
	strbuf_release(&text);
}

static void
many_items_and_keys_are_read(void **state)
{
	struct strbuf text = STRBUF_INIT;
	struct value *value;

	(void)state;
	strbuf_addstr(&text, "{\"list\":[0");
	for (int i = 1; i < 10000; i++)
		strbuf_addf(&text, ",%d", i);
	strbuf_addstr(&text, "]");
	for (int i = 1; i < 10000; i++)
		strbuf_addf(&text, ",\"key%d\":\"%d\"", i, i);
	strbuf_addstr(&text, "}");
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), 0);
	assert_int_equal(value->count, 10000);
	assert_int_equal(value->pairs[0].value->count, 10000);
	assert_string_equal(value->pairs[0].value->items[9999]->text, "9999");
	assert_string_equal(value->pairs[9999].value->text, "9999");
	strbuf_release(&text);
}

/* Each of these would take the tokenizer alone minutes. */
static void
a_hostile_text_does_not_cost_its_square(void **state)
{
	struct strbuf text = STRBUF_INIT;
	clock_t start = clock();
	struct value *value;

	(void)state;
	nest(&text, 500000, "[", "", "]");
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), -1);
	nest(&text, 500000, "[]:", "\"a\"", "]");
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), -1);
	nest(&text, 500000, "\"a\":", "1", "}");
	strbuf_add(&text, "[", 1);
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), -1);
	strbuf_reset(&text);
	strbuf_addstr(&text, "{\"a\":0");
	for (int i = 0; i < 100000; i++)
		strbuf_addf(&text, ",\"%d\":0", i);
	strbuf_addstr(&text, ",\"a\":0}");
	assert_int_equal(read_text(NULL, text.buf, text.len, &value), -1);
	/* of the processor's time: others may be at it */
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
	strbuf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_the_grammar_allows_is_read),
	    cmocka_unit_test(numbers_keep_their_digits),
	    cmocka_unit_test(what_is_nearly_a_number_is_refused),
	    cmocka_unit_test(what_is_nearly_a_word_is_refused),
	    cmocka_unit_test(a_list_or_map_out_of_shape_is_refused_at_the_place),
	    cmocka_unit_test(a_text_that_ends_early_is_refused_at_its_end),
	    cmocka_unit_test(there_is_one_root),
	    cmocka_unit_test(escapes_become_their_characters),
	    cmocka_unit_test(a_string_with_a_fault_is_refused_at_the_fault),
	    cmocka_unit_test(what_is_not_ascii_is_allowed_in_strings_only),
	    cmocka_unit_test(columns_count_characters),
	    cmocka_unit_test(a_key_stands_once_in_its_map),
	    cmocka_unit_test(the_file_is_named_in_the_error),
	    cmocka_unit_test(every_value_knows_its_place),
	    cmocka_unit_test(more_than_64_levels_are_refused),
	    cmocka_unit_test(many_items_and_keys_are_read),
	    cmocka_unit_test(a_hostile_text_does_not_cost_its_square),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
