/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "base/yaml/yaml.h"

#include "reader-tests.h"

static int (*const read_with)(struct arena *, const char *name, const char *text, size_t len,
    struct value **out, struct strbuf *err) = yaml_read;

static void
lists_and_maps_are_read_in_every_style(void **state)
{
	static const struct example examples[] = {
	    {TEXT("a: 1\nb:\n  - x\n  - y: z\n"), "{\"a\":1,\"b\":[\"x\",{\"y\":\"z\"}]}"},
	    {TEXT("{a: 1, b: [x, {y: z}]}"), "{\"a\":1,\"b\":[\"x\",{\"y\":\"z\"}]}"},
	    {TEXT("- - 1\n  - 2\n- {}\n- []\n"), "[[1,2],{},[]]"},
	    {TEXT("? a\n? b\n: 1\n"), "{\"a\":null,\"b\":1}"},
	    {TEXT("[a: 1, b]"), "[{\"a\":1},\"b\"]"},
	    {TEXT("{a, b: }"), "{\"a\":null,\"b\":null}"},
	    {TEXT("%YAML 1.2\n---\na # comment\n...\n"), "\"a\""},
	    {TEXT("a: |\n  x\n  y\nb: >-\n  x\n  y\nc: x\n  y\n"),
		"{\"a\":\"x\\ny\\n\",\"b\":\"x y\",\"c\":\"x y\"}"},
	    {TEXT("\xef\xbb\xbf"
		  "a: 1\nb: 2\n"),
		"{\"a\":1,\"b\":2}"},
	    {TEXT("a: 1\r\nb: 2\r\n"), "{\"a\":1,\"b\":2}"},
	};

	(void)state;
	check_accepted(examples, COUNT(examples));
}

static void
json_is_read(void **state)
{
	static const struct example examples[] = {
	    {TEXT("{\"a\":1,\"b\":[true,null,\"x\\n\\u00e9\"]}"),
		"{\"a\":1,\"b\":[true,null,\"x\\n\xc3\xa9\"]}"},
	    {TEXT("{\"a\":\n\t{\"b\": [1.50, -2e3]}}"), "{\"a\":{\"b\":[1.50,-2e3]}}"},
	    {TEXT("[]"), "[]"},
	};

	(void)state;
	check_accepted(examples, COUNT(examples));
}

static void
an_empty_text_is_null(void **state)
{
	static const struct example examples[] = {
	    {TEXT(""), "null"},
	    {TEXT("\n\n"), "null"},
	    {TEXT("# only a comment"), "null"},
	    {TEXT("---"), "null"},
	    {TEXT("---\n...\n"), "null"},
	};

	(void)state;
	check_accepted(examples, COUNT(examples));
}

static void
check_type(const char *text, enum value_type type)
{
	struct value *value = NULL;

	read_text(NULL, text, strlen(text), &value);
	assert_string_equal(err.buf, "");
	assert_string_equal(value_type_name(value->type), value_type_name(type));
	if (type == VALUE_NUMBER || type == VALUE_STRING)
		assert_string_equal(value->text, text);
}

static void
plain_scalars_mean_what_the_core_schema_says(void **state)
{
	static const char *const nulls[] = {"null", "Null", "NULL", "~", ""};
	static const char *const booleans[] = {"true", "True", "TRUE", "false", "False", "FALSE"};
	static const char *const numbers[] = {"0", "-0", "7", "1.10", "-2.5e-3", "1E+2",
	    "9007199254740993", "123456789012345678901234567890"};
	static const char *const strings[] = {"no", "yes", "on", "off", "y", "n", "tRUE", "nULL",
	    "0x1F", "0o7", ".5", "1.", ".inf", "-.inf", ".nan", "1_000", "012", "+1", "1e", "--1",
	    "1.2.3", "12:30", "2026-11-23", "2026-11-23T08:41:39Z", "10s", "0b1", "none", "1 2"};

	(void)state;
	for (size_t i = 0; i < COUNT(nulls); i++)
		check_type(nulls[i], VALUE_NULL);
	for (size_t i = 0; i < COUNT(booleans); i++)
		check_type(booleans[i], VALUE_BOOLEAN);
	for (size_t i = 0; i < COUNT(numbers); i++)
		check_type(numbers[i], VALUE_NUMBER);
	for (size_t i = 0; i < COUNT(strings); i++)
		check_type(strings[i], VALUE_STRING);
}

static void
quoted_and_block_scalars_are_strings(void **state)
{
	static const struct example examples[] = {
	    {TEXT("[\"1\", 'true', \"null\", '', \"~\"]"), "[\"1\",\"true\",\"null\",\"\",\"~\"]"},
	    {TEXT("- |-\n  1\n- >-\n  true\n"), "[\"1\",\"true\"]"},
	    {TEXT("\"\\x41\\u00e9\\U0001f600\\e\""), "\"A\xc3\xa9\xf0\x9f\x98\x80\\u001b\""},
	};

	(void)state;
	check_accepted(examples, COUNT(examples));
}

static void
keys_are_strings_as_written(void **state)
{
	static const struct example examples[] = {
	    {TEXT("12: a\ntrue: b\nnull: c\n~: d\n\"\": e\n'<<': f\n"),
		"{\"12\":\"a\",\"true\":\"b\",\"null\":\"c\",\"~\":\"d\",\"\":\"e\",\"<<\":\"f\"}"},
	    {TEXT("&k a: *k"), "{\"a\":\"a\"}"},
	    {TEXT("!!str a: 1"), "{\"a\":1}"},
	};

	(void)state;
	check_accepted(examples, COUNT(examples));
}

static void
keys_that_are_not_text_are_refused(void **state)
{
	static const struct example examples[] = {
	    {TEXT("a: 1\nb: 2\na: 3\n"), "3:1: duplicate key 'a'"},
	    {TEXT("{a: 1, \"a\": 2}"), "1:8: duplicate key 'a'"},
	    {TEXT("1: x\n'1': y\n"), "2:1: duplicate key '1'"},
	    {TEXT("? [a]\n: 1\n"), "1:3: a key must be text, not a list, a map or an alias"},
	    {TEXT("{{a: b}: 1}"), "1:2: a key must be text, not a list, a map or an alias"},
	    {TEXT("- &a x\n- *a : 1\n"), "2:3: a key must be text, not a list, a map or an alias"},
	    {TEXT("a: &m {x: 1}\nb:\n  <<: *m\n"), "3:3: merge keys ('<<') are not known"},
	    {TEXT("?\n: x\n"), "1:2: a key is missing"},
	    {TEXT("!!int 1: x"), "1:1: tag '!!int' cannot be used here"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
an_alias_is_what_its_anchor_names(void **state)
{
	static const struct example examples[] = {
	    {TEXT("a: &x [1, 2]\nb: *x\n"), "{\"a\":[1,2],\"b\":[1,2]}"},
	    {TEXT("- &x 1\n- &x two\n- *x\n"), "[1,\"two\",\"two\"]"},
	    {TEXT("&x [&x a, *x]"), "[\"a\",\"a\"]"},
	    {TEXT("- &x\n- *x\n"), "[null,null]"},
	    {TEXT("- &x {a: &y [b]}\n- *x\n- *y\n"), "[{\"a\":[\"b\"]},{\"a\":[\"b\"]},[\"b\"]]"},
	};

	(void)state;
	check_accepted(examples, COUNT(examples));
}

static void
an_alias_without_an_end_is_refused(void **state)
{
	static const struct example examples[] = {
	    {TEXT("*x"), "1:1: alias '*x' has no anchor"},
	    {TEXT("- *x\n- &x 1\n"), "1:3: alias '*x' has no anchor"},
	    {TEXT("&x [*x]"), "1:5: alias '*x' is inside its own anchor"},
	    {TEXT("a: &x\n  b: {c: *x}\n"), "2:10: alias '*x' is inside its own anchor"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
core_tags_are_honoured(void **state)
{
	static const struct example examples[] = {
	    {TEXT("[!!str 1, ! 1, !!str, !!str ~]"), "[\"1\",\"1\",\"\",\"~\"]"},
	    {TEXT("[!!int \"3\", !!float 3, !!float 1.5, !!bool \"true\", !!null \"\"]"),
		"[3,3,1.5,true,null]"},
	    {TEXT("[!!seq [], !!map {}, ! [], ! {}]"), "[[],{},[],{}]"},
	    {TEXT("!<tag:yaml.org,2002:str> 1"), "\"1\""},
	};

	(void)state;
	check_accepted(examples, COUNT(examples));
}

static void
other_tags_are_refused(void **state)
{
	static const struct example examples[] = {
	    {TEXT("!foo 1"), "1:1: tag '!foo' cannot be used here"},
	    {TEXT("- !foo {a: 1}"), "1:3: tag '!foo' cannot be used here"},
	    {TEXT("!!binary aGk="), "1:1: tag '!!binary' cannot be used here"},
	    {TEXT("!!set {a}"), "1:1: tag '!!set' cannot be used here"},
	    {TEXT("!!int x"), "1:1: tag '!!int' cannot be used here"},
	    {TEXT("!!int 1.5"), "1:1: tag '!!int' cannot be used here"},
	    {TEXT("!!bool 1"), "1:1: tag '!!bool' cannot be used here"},
	    {TEXT("!!seq {}"), "1:1: tag '!!seq' cannot be used here"},
	    {TEXT("!!str []"), "1:1: tag '!!str' cannot be used here"},
	    {TEXT("%TAG !! tag:x,2000:\n---\n!!str 1\n"),
		"3:1: tag 'tag:x,2000:str' cannot be used here"},
	    {TEXT("!x!y 1"), "1:1: found undefined tag handle while parsing a node"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
a_text_that_is_not_yaml_is_refused_at_the_place(void **state)
{
	static const struct example examples[] = {
	    {TEXT("a: b: c"), "1:5: mapping values are not allowed in this context"},
	    {TEXT("a: 1\n b: 2\n"), "2:3: mapping values are not allowed in this context"},
	    {TEXT("a:\n\tb: 1\n"),
		"2:1: found character that cannot start any token while scanning "
		"for the next token"},
	    {TEXT("a: [1, 2\n"), "2:1: did not find expected ',' or ']' while parsing a flow "
				 "sequence that begins at 1:4"},
	    {TEXT("a: \"x\n"), "2:1: found unexpected end of stream while scanning a quoted scalar "
			       "that begins at 1:4"},
	    {TEXT("- a\nb: 1\n"), "2:1: did not find expected '-' indicator while parsing a block "
				  "collection that begins at 1:1"},
	    {TEXT("\xc3\xa9: [\xc3\xbc, }\n"), "1:8: did not find expected node content while "
					       "parsing a flow node"},
	    {TEXT("@a"), "1:1: found character that cannot start any token while scanning for the "
			 "next token"},
	    {TEXT("\"\\q\""), "1:2: found unknown escape character while parsing a quoted scalar "
			      "that begins at 1:1"},
	    {TEXT("\"\\ud83d\\ude00\""), "1:4: found invalid Unicode character escape code while "
					 "parsing a quoted scalar that begins at 1:1"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
a_second_document_is_refused(void **state)
{
	static const struct example examples[] = {
	    {TEXT("a: 1\n---\nb: 2\n"), "2:1: a second document"},
	    {TEXT("---\n---\n"), "2:1: a second document"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
control_characters_and_bad_utf8_are_refused(void **state)
{
	static const struct example examples[] = {
	    {TEXT("a: \x01"), "1:4: control character U+0001"},
	    {TEXT("a: 1\n\xc3\xa9: \x7f"), "2:4: control character U+007F"},
	    {TEXT("a\0b"), "1:2: control character U+0000"},
	    {TEXT("\"\\0\""), "1:1: \\0 in a string"},
	    {TEXT("a: 1\nb: \xc3\xa9\xff\n"), "2:5: invalid UTF-8"},
	    {TEXT("\xff\xfe"
		  "a\0"),
		"1:1: invalid UTF-8"},
	    {TEXT("a: \xed\xa0\x80"), "1:4: invalid UTF-8"},
	};

	(void)state;
	check_refused(examples, COUNT(examples));
}

static void
the_file_is_named_in_the_error(void **state)
{
	struct value *value;

	(void)state;
	assert_int_equal(read_text("x.yaml", "a: *b", 5, &value), -1);
	assert_string_equal(err.buf, "x.yaml:1:4: alias '*b' has no anchor");
	assert_int_equal(read_text("x.yaml", "[", 1, &value), -1);
	assert_string_equal(
	    err.buf, "x.yaml:2:1: did not find expected node content while parsing a flow node");
	assert_int_equal(read_text("x.yaml", "\xff", 1, &value), -1);
	assert_string_equal(err.buf, "x.yaml:1:1: invalid UTF-8");
}

static void
every_value_knows_its_place(void **state)
{
	static const char text[] =
	    "# \xc3\xa9\na: 1\n\xc3\xa9\xc3\xa9: [x,\n  y]\nlist:\n  - {z: }\n";
	const struct value *list;
	struct value *map;

	(void)state;
	assert_int_equal(read_text(NULL, text, strlen(text), &map), 0);
	assert_int_equal(map->line, 2);
	assert_int_equal(map->column, 1);
	assert_int_equal(map->pairs[0].value->column, 4);
	assert_int_equal(map->pairs[1].key->line, 3);
	list = map->pairs[1].value;
	assert_int_equal(list->column, 5);
	assert_int_equal(list->items[0]->column, 6);
	assert_int_equal(list->items[1]->line, 4);
	assert_int_equal(list->items[1]->column, 3);
	list = value_map_get(map, "list");
	assert_int_equal(list->line, 6);
	assert_int_equal(list->column, 3);
	assert_int_equal(list->items[0]->column, 5);
	assert_int_equal(list->items[0]->pairs[0].value->line, 6);
}

static void
check_text(struct strbuf *text, const char *error)
{
	struct value *value = NULL;

	read_text(NULL, text->buf, text->len, &value);
	assert_string_equal(err.buf, error);
	strbuf_reset(text);
}

static void
more_than_64_levels_are_refused(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	nest(&text, 64, "[", "", "]");
	check_text(&text, "");
	nest(&text, 65, "[", "", "]");
	check_text(&text, "1:65: more than 64 levels of lists and maps");
	nest(&text, 100000, "- ", "", "");
	check_text(&text, "1:129: more than 64 levels of lists and maps");
	strbuf_release(&text);
}

static void
aliases_cannot_build_more_than_64_levels(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	for (int levels = 63; levels <= 64; levels++) {
		strbuf_addstr(&text, "- &a0 x\n");
		for (int i = 1; i <= levels; i++)
			strbuf_addf(&text, "- &a%d [*a%d]\n", i, i - 1);
		check_text(
		    &text, levels == 63 ? "" : "65:9: more than 64 levels of lists and maps");
	}
	strbuf_release(&text);
}

static void
aliases_cannot_expand_without_bound(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "- &a0 lol\n");
	for (int i = 1; i < 10; i++) {
		strbuf_addf(&text, "- &a%d [", i);
		for (int j = 0; j < 10; j++)
			strbuf_addf(&text, "*a%d,", i - 1);
		strbuf_addstr(&text, "]\n");
	}
	check_text(&text, "6:36: more than 100000 values");
	strbuf_release(&text);
}

static void
keys_and_items_count_towards_the_limit(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	nest(&text, YAML_MAX_VALUES - 1, "- x\n", "", "");
	check_text(&text, "");
	nest(&text, YAML_MAX_VALUES, "- x\n", "", "");
	check_text(&text, "100000:3: more than 100000 values");
	for (int i = 0; i < YAML_MAX_VALUES / 2; i++)
		strbuf_addf(&text, "k%d: x\n", i);
	check_text(&text, "50000:9: more than 100000 values");
	strbuf_release(&text);
}

static void
anchors_are_limited(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	for (int i = 0; i < YAML_MAX_ANCHORS; i++)
		strbuf_addf(&text, "- &a%d x\n", i);
	strbuf_addstr(&text, "- *a0\n");
	check_text(&text, "");
	nest(&text, YAML_MAX_ANCHORS + 1, "- &a x\n", "", "");
	check_text(&text, "1001:3: more than 1000 anchors");
	strbuf_release(&text);
}

static void
a_hostile_text_does_not_cost_its_square(void **state)
{
	static const char *const parts[] = {
	    "[", "{", "- ", "? ", "a: ", "a,", "&a ", "\"", "!", "|\n "};
	clock_t start = clock();
	struct strbuf text = STRBUF_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct value *value;

		nest(&text, 300000, parts[i], "", "");
		read_text(NULL, text.buf, text.len, &value);
		strbuf_reset(&text);
	}
	/* of the processor's time: others may be at it */
	assert_true(clock() - start < 20 * CLOCKS_PER_SEC);
	strbuf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_and_maps_are_read_in_every_style),
	    cmocka_unit_test(json_is_read),
	    cmocka_unit_test(an_empty_text_is_null),
	    cmocka_unit_test(plain_scalars_mean_what_the_core_schema_says),
	    cmocka_unit_test(quoted_and_block_scalars_are_strings),
	    cmocka_unit_test(keys_are_strings_as_written),
	    cmocka_unit_test(keys_that_are_not_text_are_refused),
	    cmocka_unit_test(an_alias_is_what_its_anchor_names),
	    cmocka_unit_test(an_alias_without_an_end_is_refused),
	    cmocka_unit_test(core_tags_are_honoured),
	    cmocka_unit_test(other_tags_are_refused),
	    cmocka_unit_test(a_text_that_is_not_yaml_is_refused_at_the_place),
	    cmocka_unit_test(a_second_document_is_refused),
	    cmocka_unit_test(control_characters_and_bad_utf8_are_refused),
	    cmocka_unit_test(the_file_is_named_in_the_error),
	    cmocka_unit_test(every_value_knows_its_place),
	    cmocka_unit_test(more_than_64_levels_are_refused),
	    cmocka_unit_test(aliases_cannot_build_more_than_64_levels),
	    cmocka_unit_test(aliases_cannot_expand_without_bound),
	    cmocka_unit_test(keys_and_items_count_towards_the_limit),
	    cmocka_unit_test(anchors_are_limited),
	    cmocka_unit_test(a_hostile_text_does_not_cost_its_square),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
