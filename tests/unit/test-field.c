/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/datetime.h"
#include "base/faults.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/field.h"
#include "model/pipeline/form.h"

/* A machine in Berlin's winter that knows alice. */
static int
locate(const void *context, struct datetime *when, struct strbuf *err)
{
	(void)context;
	(void)err;
	when->has_offset = true;
	when->offset = 60;
	return 0;
}

static int
check_user(const void *context, const char *user, struct strbuf *err)
{
	(void)context;
	return strcmp(user, "alice") == 0 ? 0 : fail(err, "there is no such user");
}

static const struct form_machine machine = {.locate = locate, .check_user = check_user};

/* The value, or the fault, of one answer to one field, "x". */
static const char *
answer(struct arena *arena, const char *keys, const char *given)
{
	const struct value *data = NULL;
	struct strbuf text = STRBUF_INIT;
	struct faults faults;
	struct form form;
	const char *out;

	faults_init(&faults, NULL);
	form_parse(arena, model_yaml(arena, arena_printf(arena, "{fields: [{name: x, %s}]}", keys)),
	    PIPELINE_RULES, true, &form, &faults);
	assert_string_equal(faults_text(&faults), "");
	form.machine = &machine;
	form_check(arena, &form, model_yaml(arena, given), &data, &faults);
	if (data == NULL) {
		out = arena_strdup(arena, faults_text(&faults));
	} else {
		const struct value *value = value_map_get(data, "x");

		if (value == NULL)
			strbuf_addstr(&text, "none");
		else if (value->type == VALUE_BOOLEAN)
			strbuf_addstr(&text, value->boolean ? "boolean true" : "boolean false");
		else if (value->type != VALUE_LIST)
			strbuf_addf(&text, "%s %s", value_type_name(value->type), value->text);
		for (size_t i = 0; value != NULL && value->type == VALUE_LIST && i < value->count;
		     i++)
			strbuf_addf(&text, "%s%s", i == 0 ? "list " : ",", value->items[i]->text);
		out = arena_strdup(arena, text.buf);
	}
	strbuf_release(&text);
	faults_release(&faults);
	return out;
}

static void
assert_answer(const char *keys, const char *given, const char *expected)
{
	struct arena arena = ARENA_INIT;

	assert_string_equal(answer(&arena, keys, given), expected);
	arena_release(&arena);
}

#define REFUSED(reason) "form field 'x': " reason "\n"

static void
the_type_decides_the_value_whatever_it_came_as(void **state)
{
	(void)state;
	assert_answer("type: integer", "{x: 3}", "number 3");
	assert_answer("type: integer", "{x: '3'}", "number 3");
	assert_answer("type: integer", "{x: ' 3 '}", "number 3");
	assert_answer("type: integer, default: '7'", "{}", "number 7");
	assert_answer("type: integer, default: 7", "{x: ''}", "number 7");
	assert_answer("type: number", "{x: '1.50'}", "number 1.50");
	assert_answer(
	    "type: number", "{x: 12345678901234567890.10}", "number 12345678901234567890.10");
	assert_answer("type: boolean", "{x: true}", "boolean true");
	assert_answer("type: boolean", "{x: 'yes'}", "boolean true");
	assert_answer("type: boolean", "{x: 'N'}", "boolean false");
	assert_answer("type: boolean, default: 'off'", "{}", "boolean false");
	assert_answer("type: date", "{x: '2026-12-24'}", "string 2026-12-24");
	assert_answer(
	    "type: datetime", "{x: '2026-12-24 18:00'}", "string 2026-12-24T18:00:00+01:00");
	assert_answer("type: datetime", "{x: '2026-12-24T18:00Z'}", "string 2026-12-24T18:00:00Z");
	assert_answer("type: datetime, default: '2026-12-24 18:00'", "{}",
	    "string 2026-12-24T18:00:00+01:00");
	assert_answer("type: duration", "{x: 1h30m}", "string 1h30m");
	assert_answer("type: duration", "{x: 90}", "string 90s");
	assert_answer("type: duration", "{x: '90'}", "string 90s");
	assert_answer("type: user", "{x: alice}", "string alice");
	assert_answer("type: input", "{x: 3}", "number 3");
	assert_answer("type: input", "{x: false}", "boolean false");
	assert_answer("type: text", "{x: 3}", "string 3");
	assert_answer("type: integer", "{}", "none");
	assert_answer("type: date", "{x: ''}", "none");
}

static void
what_is_not_of_the_type_is_refused(void **state)
{
	(void)state;
	assert_answer("type: integer", "{x: 3.0}", REFUSED("'3.0' is no whole number, such as 3"));
	assert_answer(
	    "type: integer", "{x: '007'}", REFUSED("'007' is no whole number, such as 3"));
	assert_answer("type: integer", "{x: true}", REFUSED("an integer takes no boolean"));
	assert_answer(
	    "type: number", "{x: '1,5'}", REFUSED("'1,5' is no number, such as 3 or 2.5"));
	assert_answer("type: boolean", "{x: '1'}", REFUSED("'1' is neither yes nor no"));
	assert_answer("type: boolean", "{x: 1}", REFUSED("a boolean takes no number"));
	assert_answer("type: date", "{x: '2026-02-30'}",
	    REFUSED("'2026-02-30' is no date, such as 2026-12-24"));
	assert_answer("type: datetime", "{x: tomorrow}",
	    REFUSED("'tomorrow' is no date and time, such as 2026-12-24 18:00 or "
		    "2026-12-24T18:00:00+01:00"));
	assert_answer("type: duration", "{x: soon}",
	    REFUSED("'soon' is no span of time, such as 90s, 1h30m or 2d"));
	assert_answer("type: user", "{x: bob}", REFUSED("'bob': there is no such user"));
	assert_answer("type: user", "{x: '@ops'}", REFUSED("'@ops': it is a group, not a user"));
	assert_answer("type: integer, secret: true", "{x: hunter2}",
	    REFUSED("it is no whole number, such as 3"));
	assert_answer("type: integer, required: true", "{x: ''}", REFUSED("it is required"));
	assert_answer("type: integer", "{x: [1]}", REFUSED("an integer takes no list"));
}

static void
limits_are_told_with_the_value_and_all_at_once(void **state)
{
	(void)state;
	assert_answer("type: integer, min: 1, max: 64", "{x: 64}", "number 64");
	assert_answer("type: integer, min: 1, max: 64", "{x: 65}",
	    REFUSED("'65' is more than the maximum, 64"));
	assert_answer("type: number, min: 0.5", "{x: '0.49'}",
	    REFUSED("'0.49' is less than the minimum, 0.5"));
	assert_answer("type: date, max: '2026-12-31'", "{x: '2027-01-01'}",
	    REFUSED("'2027-01-01' is after the maximum, 2026-12-31"));
	assert_answer("type: datetime, min: '2026-12-24T18:00+01:00'", "{x: '2026-12-24T16:59Z'}",
	    REFUSED("'2026-12-24T16:59:00Z' is before the minimum, 2026-12-24T18:00:00+01:00"));
	assert_answer("type: datetime, min: '2026-12-24T18:00+01:00'", "{x: '2026-12-24T17:00Z'}",
	    "string 2026-12-24T17:00:00Z");
	assert_answer(
	    "type: duration, max: 1h", "{x: 61m}", REFUSED("'61m' is more than the maximum, 1h"));
	assert_answer("max_length: 3, pattern: '[a-z]+'", "{x: ABCD}",
	    REFUSED("'ABCD' has 4 characters, and at most 3 are allowed; "
		    "'ABCD' does not fit the pattern [a-z]+"));
	assert_answer("max_length: 3", "{x: äöü}", "string äöü");
	assert_answer("pattern: '[0-9]+'", "{x: 12}", "number 12");
	assert_answer(
	    "pattern: '[0-9]+'", "{x: true}", REFUSED("'true' does not fit the pattern [0-9]+"));
	assert_answer(
	    "pattern: a+, secret: true", "{x: hunter2}", REFUSED("it does not fit the pattern a+"));
	assert_answer("pattern: '(a+)+[bc]'", "{x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}",
	    REFUSED("whether it fits the pattern takes too long to find out"));
	assert_answer("max_length: 3",
	    "{x: 0123456789012345678901234567890123456789012345678901234567890123456789}",
	    REFUSED("'012345678901234567890123456789012345678901234567890123456789...' has 70 "
		    "characters, and at most 3 are allowed"));
}

static void
an_option_is_known_by_its_label_too(void **state)
{
	static const char options[] = "options: [{value: S, label: Small}, M, {value: L}]";
	struct arena arena = ARENA_INIT;

	(void)state;
	assert_string_equal(
	    answer(&arena, arena_printf(&arena, "type: select, %s", options), "{x: Small}"),
	    "string S");
	assert_string_equal(
	    answer(&arena, arena_printf(&arena, "type: select, %s", options), "{x: S}"),
	    "string S");
	assert_string_equal(
	    answer(&arena, arena_printf(&arena, "type: select, %s", options), "{x: XL}"),
	    REFUSED("'XL' is not one of S, M, L"));
	assert_string_equal(answer(&arena, arena_printf(&arena, "type: checkboxes, %s", options),
				"{x: [M, Small]}"),
	    "list M,S");
	assert_string_equal(answer(&arena, arena_printf(&arena, "type: checkboxes, %s", options),
				"{x: [S, Small]}"),
	    REFUSED("'S' is given twice"));
	arena_release(&arena);
}

static void
assert_faults(const char *keys, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct faults faults;
	struct form form;

	faults_init(&faults, "x.yaml");
	form_parse(&arena,
	    model_yaml(&arena, arena_printf(&arena, "fields:\n- name: x\n  %s\n", keys)),
	    PIPELINE_RULES, true, &form, &faults);
	assert_string_equal(faults_text(&faults), expected);
	faults_release(&faults);
	arena_release(&arena);
}

static void
a_form_that_cannot_be_filled_in_is_refused(void **state)
{
	(void)state;
	assert_faults("type: integer\n  min: 5\n  max: 4",
	    "x.yaml:5:8: 'max' of 'x' is less than its 'min': nothing fits\n");
	assert_faults("type: integer\n  max: 4\n  default: 5",
	    "x.yaml:5:12: the default of 'x': '5' is more than the maximum, 4\n");
	assert_faults("type: integer\n  min: few",
	    "x.yaml:4:8: 'min' of 'x': 'few' is no whole number, such as 3\n");
	assert_faults("type: input\n  min: 3",
	    "x.yaml:4:8: an input field has no 'min': its length has one, 'min_length' and "
	    "'max_length'\n");
	assert_faults("type: boolean\n  max: 3", "x.yaml:4:8: a boolean field has no 'max'\n");
	assert_faults("type: datetime\n  min: 2026-12-24 18:00",
	    "x.yaml:4:8: 'min' of 'x': '2026-12-24 18:00' needs an offset, such as +01:00\n");
	assert_faults("min_length: 4\n  max_length: 3",
	    "x.yaml:4:15: 'max_length' of 'x' is less than its 'min_length': nothing fits\n");
	assert_faults(
	    "type: integer\n  pattern: a", "x.yaml:4:12: 'pattern' is for input and text fields\n");
	assert_faults("pattern: '[a-'",
	    "x.yaml:3:12: the pattern of 'x': missing terminating ] for character class (at byte 4)\n");
	assert_faults("pattern: a+\n  default: b",
	    "x.yaml:4:12: the default of 'x': 'b' does not fit the pattern a+\n");
	assert_faults(
	    "type: select\n  options: [{label: S}]", "x.yaml:4:13: an option has no 'value'\n");
	assert_faults("type: select\n  options: [{value: S, name: Small}]",
	    "x.yaml:4:24: unknown key 'name' in an option\n");
	assert_faults("type: select\n  options: [S, {value: T, label: S}]",
	    "x.yaml:4:12: the label 'S' stands for two options, 'S' and 'T'\n");
	assert_faults("type: bool",
	    "x.yaml:3:9: unknown field type 'bool' (there are input, text, select, checkboxes, "
	    "integer, number, boolean, date, datetime, duration, user)\n");
	assert_faults("type: interger",
	    "x.yaml:3:9: unknown field type 'interger', did you mean 'integer'?\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_type_decides_the_value_whatever_it_came_as),
	    cmocka_unit_test(what_is_not_of_the_type_is_refused),
	    cmocka_unit_test(limits_are_told_with_the_value_and_all_at_once),
	    cmocka_unit_test(an_option_is_known_by_its_label_too),
	    cmocka_unit_test(a_form_that_cannot_be_filled_in_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
