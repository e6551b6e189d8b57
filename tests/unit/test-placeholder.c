/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/faults.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/filter.h"
#include "model/pipeline/placeholder.h"

/* What the placeholders below stand for. */
static const char names[] =
    "{text: hello, empty: '', number: 1.50, yes: true, nil: null, list: [1, b], map: {k: [v]},\n"
    " two words: x, odd: 'a/b?c#d%e f&ü', dot: ., dots: .., 'secret:KEY': s3, dollar: '${text}'}";

static void
assert_text(const char *text, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	const struct placeholder_scope scope = model_scope(model_yaml(&arena, names));
	const char *out = NULL;

	assert_int_equal(placeholder_fill_text(&arena, text, &scope, &out, &err), 0);
	assert_string_equal(out, expected);
	assert_string_equal(err.buf, "");
	strbuf_release(&err);
	arena_release(&arena);
}

static void
assert_text_refused(const char *text, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	const struct placeholder_scope scope = model_scope(model_yaml(&arena, names));
	const char *out = NULL;

	assert_int_equal(placeholder_fill_text(&arena, text, &scope, &out, &err), -1);
	assert_string_equal(err.buf, expected);
	assert_null(out);
	strbuf_release(&err);
	arena_release(&arena);
}

/* What comes of the tree, with the error's text where nothing does. */
static void
assert_tree(const char *tree, const char *expected, const char *error)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	const struct placeholder_scope scope = model_scope(model_yaml(&arena, names));
	struct value *out = NULL;
	const struct value *before = model_yaml(&arena, tree);

	assert_int_equal(
	    placeholder_fill(&arena, before, &scope, &out, &err), error == NULL ? 0 : -1);
	assert_string_equal(err.buf, error == NULL ? "" : error);
	if (error == NULL)
		model_assert_value(out, expected);
	else
		assert_null(out);
	model_assert_value(before, tree);
	strbuf_release(&err);
	arena_release(&arena);
}

static void
a_name_is_replaced_inside_text(void **state)
{
	(void)state;
	assert_text("", "");
	assert_text("plain", "plain");
	assert_text("${text}", "hello");
	assert_text("<${text}>", "<hello>");
	assert_text("${text}${text}", "hellohello");
	assert_text("${ text }", "hello");
	assert_text("${two words}", "x");
	assert_text("a${empty}b", "ab");
}

static void
each_type_has_a_form_inside_text(void **state)
{
	(void)state;
	assert_text("n=${number}", "n=1.50");
	assert_text("y=${yes}", "y=true");
	assert_text("x${nil}y", "xy");
	assert_text("l=${list}", "l=[1,\"b\"]");
	assert_text("m=${map}", "m={\"k\":[\"v\"]}");
}

static void
a_doubled_dollar_is_a_literal(void **state)
{
	(void)state;
	assert_text("$${text}", "${text}");
	assert_text("$${text} ${text}", "${text} hello");
	assert_text("$$${text}", "$${text}");
	assert_text("$${", "${");
	assert_text("$", "$");
	assert_text("$$", "$$");
	assert_text("5$ {x} $x $$x }", "5$ {x} $x $$x }");
	assert_text("a$", "a$");
}

static void
what_is_put_in_is_not_looked_at_again(void **state)
{
	(void)state;
	assert_text("${dollar}", "${text}");
	assert_text("<${dollar}>", "<${text}>");
}

static void
a_malformed_placeholder_is_refused(void **state)
{
	static const char *const malformed[] = {"${", "${text", "${}", "${  }", "a ${te${xt}}",
	    "${a$b}", "${a{b}", "${a\nb}", "${a\x7f}"};

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		assert_text_refused(malformed[i], "malformed placeholder");
		assert_true(placeholder_in(malformed[i]));
	}
	assert_text_refused("${text} ${unknown}", "there is no 'unknown'");
}

static void
a_name_is_at_most_200_bytes(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "${");
	for (int i = 0; i < 201; i++)
		strbuf_addch(&text, 'n');
	assert_false(placeholder_name_valid(text.buf + 2, PIPELINE_RULES));
	assert_true(placeholder_name_valid(text.buf + 3, PIPELINE_RULES));
	strbuf_addch(&text, '}');
	assert_text_refused(text.buf, "malformed placeholder");
	strbuf_release(&text);
}

static void
a_name_of_a_field_is_no_secret_and_has_no_odd_bytes(void **state)
{
	(void)state;
	assert_true(placeholder_name_valid("a", PIPELINE_RULES));
	assert_true(placeholder_name_valid("two words", PIPELINE_RULES));
	assert_true(placeholder_name_valid("größe", PIPELINE_RULES));
	assert_true(placeholder_name_valid("secret", PIPELINE_RULES));
	assert_false(placeholder_name_valid("", PIPELINE_RULES));
	assert_false(placeholder_name_valid(" a", PIPELINE_RULES));
	assert_false(placeholder_name_valid("a ", PIPELINE_RULES));
	assert_false(placeholder_name_valid("a$", PIPELINE_RULES));
	assert_false(placeholder_name_valid("{a", PIPELINE_RULES));
	assert_false(placeholder_name_valid("a}", PIPELINE_RULES));
	assert_false(placeholder_name_valid("a\tb", PIPELINE_RULES));
	assert_false(placeholder_name_valid("secret:a", PIPELINE_RULES));
}

static void
a_text_is_told_to_have_a_placeholder(void **state)
{
	(void)state;
	assert_true(placeholder_in("${a}"));
	assert_true(placeholder_in("x $${a} ${b}"));
	assert_false(placeholder_in(""));
	assert_false(placeholder_in("$${a}"));
	assert_false(placeholder_in("$a {b} $"));
}

static void
a_value_that_is_one_placeholder_keeps_its_type(void **state)
{
	(void)state;
	assert_tree("'${list}'", "[1, b]", NULL);
	assert_tree("{a: '${number}', b: '${yes}', c: '${nil}', d: '${map}'}",
	    "{a: 1.50, b: true, c: null, d: {k: [v]}}", NULL);
	assert_tree(
	    "['${list}', 'x${list}', '${list} ']", "[[1, b], 'x[1,\"b\"]', '[1,\"b\"] ']", NULL);
	assert_tree("'$${list}'", "'${list}'", NULL);
	assert_tree("'${secret:KEY}'", "s3", NULL);
}

static void
what_is_no_string_stays(void **state)
{
	(void)state;
	assert_tree("[1, 1.0, true, null, [], {}, '', {a: []}]",
	    "[1, 1.0, true, null, [], {}, '', {a: []}]", NULL);
}

static void
keys_are_filled_in_too(void **state)
{
	(void)state;
	assert_tree("{'${text}': 1, 'x-${number}': 2, '$${text}': 3}",
	    "{hello: 1, x-1.50: 2, '${text}': 3}", NULL);
	assert_tree("{'${list}': 1}", "{'[1,\"b\"]': 1}", NULL);
	assert_tree(
	    "{hello: 1, '${text}': 2}", "", "two keys are the same once '${text}' is filled in");
	assert_tree("{a: {'${text}': 1, b: 2, '${ text }': 3}}", "",
	    "two keys are the same once '${ text }' is filled in");
}

static void
a_fault_inside_a_tree_ends_it(void **state)
{
	(void)state;
	assert_tree("[a, {b: ['${unknown}']}]", "", "there is no 'unknown'");
	assert_tree("{'${': 1}", "", "malformed placeholder");
}

static void
many_keys_are_filled_in_quickly(void **state)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT, err = STRBUF_INIT;
	const struct placeholder_scope scope = model_scope(model_yaml(&arena, names));
	struct value *out;

	(void)state;
	strbuf_addch(&text, '{');
	for (int i = 0; i < 49000; i++)
		strbuf_addf(&text, "k%d: 1,", i);
	strbuf_addch(&text, '}');
	assert_int_equal(
	    placeholder_fill(&arena, model_yaml(&arena, text.buf), &scope, &out, &err), 0);
	assert_int_equal(out->count, 49000);
	strbuf_release(&text);
	arena_release(&arena);
}

struct found {
	struct strbuf names;
};

static void
add_name(void *context, const struct placeholder *placeholder)
{
	struct found *found = context;

	strbuf_addf(&found->names, "%s@%u:%u ", placeholder->name, placeholder->where->line,
	    placeholder->where->column);
	if (placeholder->filters != NULL)
		strbuf_addf(&found->names, "by '%s' ", placeholder->filters);
}

static void
every_placeholder_of_a_tree_is_found_in_its_place(void **state)
{
	struct arena arena = ARENA_INIT;
	struct found found = {.names = STRBUF_INIT};
	struct faults faults;

	(void)state;
	faults_init(&faults, "x.yaml");
	placeholder_each(&arena,
	    model_yaml(&arena,
		"a: '${x} and ${ y }'\n'${k}': [1, '$${no}', {b: '${x}'}]\nbad: ['${z} ${', '${later}']\n"),
	    PIPELINE_RULES, add_name, &found, &faults);
	assert_string_equal(found.names.buf, "x@1:4 y@1:4 k@2:1 x@2:27 z@3:7 later@3:18 ");
	assert_string_equal(faults_text(&faults),
	    "x.yaml:3:7: malformed placeholder: '${' needs a name and '}' (write '$${' for a literal '${')\n");
	faults_release(&faults);
	strbuf_release(&found.names);
	arena_release(&arena);
}

static void
filters_are_parted_from_the_name(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct value *tree = model_yaml(&arena, "'${ a | b:c | d }${e|}${f}${g|h'");
	struct found found = {.names = STRBUF_INIT};
	struct faults faults;

	(void)state;
	faults_init(&faults, NULL);
	placeholder_each(&arena, tree, FILTER_RULES, add_name, &found, &faults);
	assert_string_equal(found.names.buf, "a@1:1 by ' b:c | d ' e@1:1 by '' f@1:1 ");
	assert_int_equal(faults.count, 1);
	strbuf_reset(&found.names);
	placeholder_each(&arena, tree, FILTER_RULES - 1, add_name, &found, &faults);
	assert_string_equal(found.names.buf, "a | b:c | d@1:1 e|@1:1 f@1:1 ");
	strbuf_release(&found.names);
	faults_release(&faults);
	arena_release(&arena);
}

static void
a_bar_is_no_part_of_a_name_any_more(void **state)
{
	(void)state;
	assert_true(placeholder_name_valid("a|b", FILTER_RULES - 1));
	assert_false(placeholder_name_valid("a|b", FILTER_RULES));
	assert_text_refused("${|path}", "malformed placeholder");
	assert_text_refused("${a|b$c}", "malformed placeholder");
	assert_text_refused("${text|path}", "the filter 'path' is for the path of a url");
	assert_text_refused("${text|nonsense}", "unknown filter 'nonsense' (there is path)");
	assert_tree("{a: '${list|path}'}", "", "the filter 'path' is for the path of a url");
	assert_tree("{'${text|path}': 1}", "", "the filter 'path' is for the path of a url");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_replaced_inside_text),
	    cmocka_unit_test(each_type_has_a_form_inside_text),
	    cmocka_unit_test(a_doubled_dollar_is_a_literal),
	    cmocka_unit_test(what_is_put_in_is_not_looked_at_again),
	    cmocka_unit_test(a_malformed_placeholder_is_refused),
	    cmocka_unit_test(a_name_is_at_most_200_bytes),
	    cmocka_unit_test(a_name_of_a_field_is_no_secret_and_has_no_odd_bytes),
	    cmocka_unit_test(a_text_is_told_to_have_a_placeholder),
	    cmocka_unit_test(a_value_that_is_one_placeholder_keeps_its_type),
	    cmocka_unit_test(what_is_no_string_stays),
	    cmocka_unit_test(keys_are_filled_in_too),
	    cmocka_unit_test(a_fault_inside_a_tree_ends_it),
	    cmocka_unit_test(many_keys_are_filled_in_quickly),
	    cmocka_unit_test(every_placeholder_of_a_tree_is_found_in_its_place),
	    cmocka_unit_test(filters_are_parted_from_the_name),
	    cmocka_unit_test(a_bar_is_no_part_of_a_name_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
