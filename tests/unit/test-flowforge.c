/* SPDX-License-Identifier: ISC */
/*
 * The cases of Flowforge's own validator, in documents as its API returns them: what it accepts
 * loads, and what it refuses is refused, unless the case has a reason why not.
 */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/pipeline.h"
#include "steps/catalogue.h"

struct flowforge_case {
	const char *title;
	const char *document; /* what is in it that matters */
	const char *data;     /* what is filled into its form; NULL: nothing */
	bool accepted;	      /* by Flowforge */
	const char *reason;   /* why we do not do as it does; NULL: we do */
};

/* A step as Flowforge writes it, which has every key; its API steps need a URL here. */
#define STEP(name, previous, next, terminal) STEP_OF("API", name, previous, next, terminal)
#define STEP_OF(type, name, previous, next, terminal)                                            \
	"{\"step_name\": \"" name "\", \"step_type\": \"" type "\", \"next_step_name\": \"" next \
	"\", \"prev_step_name\": \"" previous "\", \"parameters\": {\"method\": \"get\", "       \
	"\"url\": \"https://example.com\"}, \"is_terminal_step\": " terminal "}"
#define PIPELINE(first, steps) \
	"\"pipeline_name\": \"test\", \"first_step_name\": \"" first "\", \"steps\": [" steps "]"

static const struct flowforge_case pipelines[] = {
    {"1 step", PIPELINE("step1", STEP("step1", "", "", "true")), NULL, true, NULL},
    {"2 steps",
	PIPELINE("step1", STEP("step1", "", "step2", "false") ", " STEP("step2", "", "", "true")),
	NULL, true, NULL},
    {"3 steps",
	PIPELINE("step1", STEP("step1", "", "step2", "false") ", " STEP(
			      "step2", "", "step3", "false") ", " STEP("step3", "", "", "true")),
	NULL, true, NULL},
    {"no pipeline name",
	"\"pipeline_name\": \"\", \"first_step_name\": \"step1\", \"steps\": [" STEP(
	    "step1", "", "", "true") "]",
	NULL, false, NULL},
    {"no pipeline name: no key",
	"\"first_step_name\": \"step1\", \"steps\": [" STEP("step1", "", "", "true") "]", NULL,
	false, "the file has a name, which is the pipeline's"},
    {"steps are nil", "\"pipeline_name\": \"test\", \"first_step_name\": \"\", \"steps\": null",
	NULL, false, NULL},
    {"steps are empty", PIPELINE("", ""), NULL, false, NULL},
    {"an unknown step type", PIPELINE("step1", STEP_OF("invalid", "step1", "", "", "true")), NULL,
	false, NULL},
    {"no first step name, and an unknown step type",
	PIPELINE("", STEP_OF("step", "step1", "", "", "true")), NULL, false, NULL},
    {"no first step name", PIPELINE("", STEP("step1", "", "", "true")), NULL, false,
	"the first of the list is meant"},
    {"a step without a name", PIPELINE("step1", STEP("", "", "", "false")), NULL, false, NULL},
    {"the last step is not terminal", PIPELINE("step1", STEP("step1", "", "", "false")), NULL,
	false, NULL},
    {"the first step has a previous step",
	PIPELINE("step1", STEP("step1", "step2", "step2", "false")), NULL, false, NULL},
    {"the next step does not exist",
	PIPELINE("step1", STEP("step1", "", "step3", "false") ", " STEP("step2", "", "", "true")),
	NULL, false, NULL},
    {"the previous step does not exist",
	PIPELINE(
	    "step1", STEP("step1", "", "step2", "false") ", " STEP("step2", "step3", "", "true")),
	NULL, false, NULL},
    {"two steps of one name",
	PIPELINE("step1", STEP("step1", "", "", "true") ", " STEP("step1", "", "", "true")), NULL,
	false, NULL},
    {"previous and next do not agree",
	PIPELINE("step1", STEP("step1", "", "step3", "false") ", " STEP("step2", "step1", "step3",
			      "false") ", " STEP("step3", "", "", "true")),
	NULL, false, NULL},
    {"the first step does not exist", PIPELINE("step2", STEP("step1", "", "", "true")), NULL, false,
	NULL},
    {"a circle of 2 steps",
	PIPELINE(
	    "step1", STEP("step1", "", "step2", "false") ", " STEP("step2", "", "step1", "false")),
	NULL, false, NULL},
    {"a circle of 3 steps",
	PIPELINE("step1", STEP("step1", "", "step2", "false") ", " STEP("step2", "", "step3",
			      "false") ", " STEP("step3", "", "step1", "false")),
	NULL, false, NULL},
};

/* A field as Flowforge's API returns it, with every key. */
#define FIELD(name, title, type, required, options)                                  \
	"{\"name\": \"" name "\", \"title\": \"" title                               \
	"\", \"description\": \"\", \"type\": \"" type "\", \"required\": " required \
	", \"placeholder\": \"\", \"min_length\": 0, \"options\": " options ", \"default\": \"\"}"
#define FORM(fields) \
	PIPELINE("step1", STEP("step1", "", "", "true")) ", \"form\": {\"fields\": [" fields "]}"
#define TESTS "[\"test1\", \"test2\"]"

static const struct flowforge_case fields[] = {
    {"no form", PIPELINE("step1", STEP("step1", "", "", "true")) ", \"form\": {\"fields\": null}",
	NULL, true, NULL},
    {"input", FORM(FIELD("input", "form", "input", "false", "null")), NULL, true, NULL},
    {"select", FORM(FIELD("select", "Select", "select", "false", TESTS)), NULL, true, NULL},
    {"checkboxes", FORM(FIELD("checkbox", "Checkbox", "checkboxes", "false", TESTS)), NULL, true,
	NULL},
    {"no name", FORM(FIELD("", "form", "input", "false", "null")), NULL, false, NULL},
    {"no title", FORM(FIELD("test", "", "input", "false", "null")), NULL, false,
	"the name is shown in its place"},
    {"no type", FORM(FIELD("test", "Test", "", "false", "null")), NULL, false, NULL},
    {"no type: no key", FORM("{\"name\": \"test\", \"title\": \"Test\"}"), NULL, false,
	"a field without a type is an input"},
    {"a select without options", FORM(FIELD("select", "Select", "select", "false", "null")), NULL,
	false, NULL},
    {"checkboxes without options",
	FORM(FIELD("checkbox", "Checkbox", "checkboxes", "false", "null")), NULL, false, NULL},
    {"a select with 0 options", FORM(FIELD("select", "Checkbox", "select", "false", "[]")), NULL,
	false, NULL},
    {"checkboxes with 0 options", FORM(FIELD("checkbox", "Checkbox", "checkboxes", "false", "[]")),
	NULL, false, NULL},
    {"a select with an empty option",
	FORM(FIELD("select", "Checkbox", "select", "false", "[\"a\", \"\", \"c\"]")), NULL, false,
	NULL},
    {"checkboxes with an empty option",
	FORM(FIELD("checkbox", "Checkbox", "checkboxes", "false", "[\"a\", \"\", \"c\"]")), NULL,
	false, NULL},
    {"checkboxes that are required",
	FORM(FIELD("checkbox", "Checkbox", "checkboxes", "true", TESTS)), NULL, false,
	"at least one of them must be chosen"},
};

#define INPUT	   FORM(FIELD("test", "Test", "input", "false", "null"))
#define SELECT	   FORM(FIELD("test", "Test", "select", "false", TESTS))
#define CHECKBOXES FORM(FIELD("test", "Test", "checkboxes", "false", TESTS))
#define KEEPS_TYPE "an input keeps a number or a boolean, so that it can be sent as one"
#define REQUIRES(one, other)                                     \
	FORM(FIELD("test", "", "input", one, "null") ", " FIELD( \
	    "test2", "", "input", other, "null"))

static const struct flowforge_case data[] = {
    {"input: text", INPUT, "{\"test\": \"test\"}", true, NULL},
    {"input: empty", INPUT, "{\"test\": \"\"}", true, NULL},
    {"input: int", INPUT, "{\"test\": 1}", false, KEEPS_TYPE},
    {"input: float", INPUT, "{\"test\": 1.0}", false, KEEPS_TYPE},
    {"input: bool", INPUT, "{\"test\": true}", false, KEEPS_TYPE},
    {"input: list", INPUT, "{\"test\": [\"test\"]}", false, NULL},
    {"input: map", INPUT, "{\"test\": {\"test\": \"test\"}}", false, NULL},
    {"select: the first", SELECT, "{\"test\": \"test1\"}", true, NULL},
    {"select: the last", SELECT, "{\"test\": \"test2\"}", true, NULL},
    {"select: no option", SELECT, "{\"test\": \"test4\"}", false, NULL},
    {"select: int", SELECT, "{\"test\": 1}", false, NULL},
    {"select: float", SELECT, "{\"test\": 1.0}", false, NULL},
    {"select: bool", SELECT, "{\"test\": true}", false, NULL},
    {"select: list", SELECT, "{\"test\": [\"test1\"]}", false, NULL},
    {"select: map", SELECT, "{\"test\": {\"test1\": \"test1\"}}", false, NULL},
    {"checkboxes: one", CHECKBOXES, "{\"test\": [\"test1\"]}", true, NULL},
    {"checkboxes: two", CHECKBOXES, "{\"test\": [\"test1\", \"test2\"]}", true, NULL},
    {"checkboxes: none", CHECKBOXES, "{\"test\": []}", true, NULL},
    {"checkboxes: no option", CHECKBOXES, "{\"test\": [\"test4\"]}", false, NULL},
    {"checkboxes: one is no option", CHECKBOXES, "{\"test\": [\"test1\", \"test4\"]}", false, NULL},
    {"checkboxes: text", CHECKBOXES, "{\"test\": \"test1\"}", false,
	"one that is typed alone is a list of one"},
    {"checkboxes: int", CHECKBOXES, "{\"test\": 1}", false, NULL},
    {"checkboxes: float", CHECKBOXES, "{\"test\": 1.0}", false, NULL},
    {"checkboxes: bool", CHECKBOXES, "{\"test\": true}", false, NULL},
    {"checkboxes: map", CHECKBOXES, "{\"test\": {\"test1\": \"test1\"}}", false, NULL},
    {"none required, all given", REQUIRES("false", "false"), "{\"test\": \"a\", \"test2\": \"b\"}",
	true, NULL},
    {"none required, none given", REQUIRES("false", "false"), "{}", true, NULL},
    {"none required, some given", REQUIRES("false", "false"), "{\"test\": \"a\"}", true, NULL},
    {"one required, all given", REQUIRES("true", "false"), "{\"test\": \"a\", \"test2\": \"b\"}",
	true, NULL},
    {"one required, none given", REQUIRES("true", "false"), "{}", false, NULL},
    {"one required and given", REQUIRES("true", "false"), "{\"test\": \"a\"}", true, NULL},
    {"one required, the other given", REQUIRES("true", "false"), "{\"test2\": \"b\"}", false, NULL},
    {"all required and given", REQUIRES("true", "true"), "{\"test\": \"a\", \"test2\": \"b\"}",
	true, NULL},
    {"all required, none given", REQUIRES("true", "true"), "{}", false, NULL},
    {"all required, some given", REQUIRES("true", "true"), "{\"test\": \"a\"}", false, NULL},
    {"more is given than there are fields", REQUIRES("true", "true"),
	"{\"test\": \"a\", \"test2\": \"b\", \"test4\": \"d\"}", true,
	"what no field takes would be lost: it is misspelt, most likely"},
};

static struct value *
parse(struct arena *arena, const char *json)
{
	struct strbuf err = STRBUF_INIT;
	struct value *value = NULL;

	if (json_parse(arena, "x.json", json, strlen(json), &value, &err) != 0)
		assert_string_equal(err.buf, "");
	strbuf_release(&err);
	return value;
}

static bool
is_accepted(const struct flowforge_case *one, struct faults *faults)
{
	struct arena arena = ARENA_INIT;
	struct strbuf json = STRBUF_INIT;
	const struct value *complete;
	struct pipeline pipeline;

	strbuf_addf(&json,
	    "{\"id\": \"8a7f3ebcd951246a5f0e9b87\", \"user_id\": \"auth0|1\", \"org_id\": 1, "
	    "\"version\": 1, \"prev_version_id\": \"000000000000000000000000\", "
	    "\"created_on\": \"0001-01-01T00:00:00Z\", %s}",
	    one->document);
	pipeline_check(&arena, parse(&arena, json.buf), "x", steps_catalogue, &pipeline, faults);
	if (faults->count == 0 && one->data != NULL)
		form_check(&arena, &pipeline.form, parse(&arena, one->data), &complete, faults);
	strbuf_release(&json);
	arena_release(&arena);
	return faults->count == 0;
}

static void
assert_cases(const struct flowforge_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool expected = cases[i].accepted == (cases[i].reason == NULL);
		struct strbuf result = STRBUF_INIT;
		struct faults faults;

		faults_init(&faults, "x.json");
		if (is_accepted(&cases[i], &faults) != expected)
			strbuf_addf(&result, "%s: not as it must be, %s", cases[i].title,
			    faults.count == 0 ? "accepted" : faults_text(&faults));
		assert_string_equal(result.buf, "");
		faults_release(&faults);
		strbuf_release(&result);
	}
}

static void
pipelines_are_valid_as_in_flowforge(void **state)
{
	(void)state;
	assert_cases(pipelines, sizeof(pipelines) / sizeof(pipelines[0]));
}

static void
fields_are_valid_as_in_flowforge(void **state)
{
	(void)state;
	assert_cases(fields, sizeof(fields) / sizeof(fields[0]));
}

static void
form_data_is_valid_as_in_flowforge(void **state)
{
	(void)state;
	assert_cases(data, sizeof(data) / sizeof(data[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pipelines_are_valid_as_in_flowforge),
	    cmocka_unit_test(fields_are_valid_as_in_flowforge),
	    cmocka_unit_test(form_data_is_valid_as_in_flowforge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
