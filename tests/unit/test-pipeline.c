/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/json/json.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/pipeline.h"
#include "model/step-type.h"
#include "steps/catalogue.h"

#define API(name) "  - {step_name: " name ", step_type: API, parameters: {url: http://h/}}\n"
#define API_TO(name, to) \
	"  - {step_name: " name ", step_type: API, parameters: {url: http://h/}, " to "}\n"

static const char flowforge[] =
    "{\n"
    "  \"pipeline_name\": \"example\",\n"
    "  \"version\": 1,\n"
    "  \"first_step_name\": \"Make API Call\",\n"
    "  \"form\": {\"fields\": [\n"
    "    {\"name\": \"query_param\", \"title\": \"Query\", \"description\": \"What to ask\",\n"
    "     \"type\": \"input\", \"required\": true, \"min_length\": 1, \"placeholder\": \"Enter text...\"},\n"
    "    {\"name\": \"size\", \"title\": \"Size\", \"type\": \"select\", \"options\": [\"S\", \"M\", \"L\"], \"default\": \"S\"},\n"
    "    {\"name\": \"extras\", \"title\": \"Extras\", \"type\": \"checkboxes\", \"options\": [\"a\", \"b\"]}]},\n"
    "  \"steps\": [{\n"
    "    \"step_name\": \"Make API Call\",\n"
    "    \"step_type\": \"API\",\n"
    "    \"next_step_name\": \"\",\n"
    "    \"prev_step_name\": \"\",\n"
    "    \"is_terminal_step\": true,\n"
    "    \"parameters\": {\n"
    "      \"method\": \"POST\",\n"
    "      \"url\": \"https://httpbin.org/post?q=${query_param}\",\n"
    "      \"headers\": {\"content-type\": \"application/json\"},\n"
    "      \"data\": {\"key\": \"${value}\"}}}]}\n";

static void
assert_flowforge(const struct pipeline *pipeline)
{
	const struct field *fields = pipeline->form.fields;

	assert_string_equal(pipeline->name, "example");
	assert_string_equal(pipeline->version->text, "1");
	assert_int_equal(pipeline->step_count, 1);
	assert_string_equal(pipeline->steps[0].name, "Make API Call");
	assert_ptr_equal(pipeline->steps[0].type, step_type_find(steps_catalogue, "API"));
	assert_int_equal(pipeline->form.count, 4);
	assert_string_equal(fields[0].title, "Query");
	assert_string_equal(fields[0].description, "What to ask");
	assert_string_equal(fields[0].placeholder, "Enter text...");
	assert_true(fields[0].required && !fields[0].implicit);
	assert_int_equal(fields[0].min_length, 1);
	assert_int_equal(fields[1].type, FIELD_SELECT);
	model_assert_value(fields[1].options, "[S, M, L]");
	model_assert_value(fields[1].fallback, "S");
	assert_int_equal(fields[2].type, FIELD_CHECKBOXES);
	assert_null(fields[2].fallback);
	assert_string_equal(fields[3].name, "value");
	assert_true(fields[3].required && fields[3].implicit);
	assert_int_equal(fields[3].type, FIELD_INPUT);
}

static void
a_pipeline_of_flowforge_loads_unchanged(void **state)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct pipeline pipeline;
	struct faults faults;
	struct value *document;

	(void)state;
	model_pipeline(&arena, flowforge, &pipeline);
	assert_flowforge(&pipeline);
	assert_int_equal(
	    json_parse(&arena, "x.json", flowforge, strlen(flowforge), &document, &err), 0);
	faults_init(&faults, "x.json");
	pipeline_check(&arena, document, "x", steps_catalogue, &pipeline, &faults);
	assert_string_equal(faults_text(&faults), "");
	assert_flowforge(&pipeline);
	assert_ptr_equal(pipeline.source, document);
	arena_release(&arena);
}

static void
a_short_pipeline_has_what_is_left_out_by_default(void **state)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;

	(void)state;
	model_pipeline(&arena, "steps:\n" API("one") API("two") API("three"), &pipeline);
	assert_string_equal(pipeline.name, "x");
	assert_null(pipeline.version);
	assert_int_equal(pipeline.form.count, 0);
	assert_int_equal(pipeline.step_count, 3);
	assert_string_equal(pipeline.steps[0].name, "one");
	assert_string_equal(pipeline.steps[1].name, "two");
	assert_string_equal(pipeline.steps[2].name, "three");
	assert_ptr_equal(pipeline_step(&pipeline, "two"), &pipeline.steps[1]);
	assert_null(pipeline_step(&pipeline, "four"));
	arena_release(&arena);
}

static void
null_is_as_good_as_left_out(void **state)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;

	(void)state;
	model_pipeline(&arena,
	    "{pipeline_name: ~, version: null, first_step_name: , form: ~, description: ~, steps: [\n"
	    " {step_name: a, step_type: WAIT_FOR_APPROVAL, next_step_name: ~, prev_step_name: ~,\n"
	    "  is_terminal_step: ~, parameters: ~},\n"
	    " {step_name: b, step_type: WAIT_FOR_APPROVAL}]}",
	    &pipeline);
	assert_string_equal(pipeline.name, "x");
	assert_null(pipeline.version);
	assert_int_equal(pipeline.step_count, 2);
	arena_release(&arena);
}

static void
the_steps_stand_in_the_order_in_which_they_name_each_other(void **state)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;

	(void)state;
	model_pipeline(&arena,
	    "first_step_name: two\nsteps:\n" API_TO("three", "next_step_name: ''")
		API_TO("one", "next_step_name: three, prev_step_name: two")
		    API_TO("two", "next_step_name: one, prev_step_name: ''"),
	    &pipeline);
	assert_int_equal(pipeline.step_count, 3);
	assert_string_equal(pipeline.steps[0].name, "two");
	assert_string_equal(pipeline.steps[1].name, "one");
	assert_string_equal(pipeline.steps[2].name, "three");
	assert_ptr_equal(pipeline_step(&pipeline, "three"), &pipeline.steps[2]);
	arena_release(&arena);
}

static void
what_is_no_map_is_no_pipeline(void **state)
{
	(void)state;
	model_assert_faults("", "x.yaml:1:1: a pipeline must be a map, not empty\n");
	model_assert_faults("# nothing\n", "x.yaml:2:1: a pipeline must be a map, not empty\n");
	model_assert_faults("- a\n", "x.yaml:1:1: a pipeline must be a map, not a list\n");
	model_assert_faults("hello\n", "x.yaml:1:1: a pipeline must be a map, not a string\n");
	model_assert_faults("steps:\n  - just text\n  - [a]\n",
	    "x.yaml:2:5: a step must be a map, not a string\n"
	    "x.yaml:3:5: a step must be a map, not a list\n");
}

static void
a_pipeline_has_at_least_one_step(void **state)
{
	(void)state;
	model_assert_faults(
	    "version: 1\n", "x.yaml:1:1: a pipeline needs at least one step ('steps')\n");
	model_assert_faults(
	    "steps: []\n", "x.yaml:1:8: a pipeline needs at least one step ('steps')\n");
	model_assert_faults(
	    "steps: ~\n", "x.yaml:1:8: a pipeline needs at least one step ('steps')\n");
	model_assert_faults("steps: {a: b}\n", "x.yaml:1:8: 'steps' must be a list, not a map\n");
}

static void
a_step_has_a_name_and_a_type(void **state)
{
	(void)state;
	model_assert_faults("steps:\n  - {}\n", "x.yaml:2:5: a step has no 'step_name'\n"
						"x.yaml:2:5: a step has no 'step_type'\n");
	model_assert_faults("steps:\n  - {step_name: '', step_type: ''}\n",
	    "x.yaml:2:17: 'step_name' is empty\n"
	    "x.yaml:2:32: 'step_type' is empty\n");
	model_assert_faults("steps:\n  - {step_name: 1, step_type: [a]}\n",
	    "x.yaml:2:17: 'step_name' must be a string, not a number\n"
	    "x.yaml:2:31: 'step_type' must be a string, not a list\n");
}

static void
a_misspelt_word_comes_with_a_suggestion(void **state)
{
	(void)state;
	model_assert_faults("pipelin_name: x\nsteps:\n"
			    "  - {step_nme: a, step_name: a, step_type: AIP, parameters: {}}\n",
	    "x.yaml:1:1: unknown key 'pipelin_name' in a pipeline, did you mean 'pipeline_name'?\n"
	    "x.yaml:3:6: unknown key 'step_nme' in a step, did you mean 'step_name'?\n"
	    "x.yaml:3:44: unknown step type 'AIP', did you mean 'API'?\n");
	model_assert_faults(
	    "frobnicate: 1\nsteps:\n  - {step_name: a, step_type: WAIT_FOR_APROVAL}\n",
	    "x.yaml:1:1: unknown key 'frobnicate' in a pipeline\n"
	    "x.yaml:3:31: unknown step type 'WAIT_FOR_APROVAL', did you mean 'WAIT_FOR_APPROVAL'?\n");
	model_assert_faults("steps:\n  - {step_name: a, step_type: terraform}\n",
	    "x.yaml:2:31: unknown step type 'terraform'\n");
}

static void
a_pipeline_says_once_what_it_is_for(void **state)
{
	static const struct {
		const char *head;
		const char *description; /* NULL: none */
	} cases[] = {
	    {"description: a\n", "a"},
	    {"pipeline_description: b\n", "b"},
	    {"description: a\npipeline_description: a\n", "a"},
	    {"description: ''\npipeline_description: b\n", "b"},
	    {"description: a\npipeline_description: ''\n", "a"},
	    {"description: ~\npipeline_description: b\n", "b"},
	    {"description: ''\npipeline_description: ~\n", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = ARENA_INIT;
		struct strbuf yaml = STRBUF_INIT;
		struct pipeline pipeline;

		strbuf_addf(&yaml, "%ssteps:\n" API("one"), cases[i].head);
		model_pipeline(&arena, yaml.buf, &pipeline);
		if (cases[i].description == NULL)
			assert_null(pipeline.description);
		else
			assert_string_equal(pipeline.description, cases[i].description);
		strbuf_release(&yaml);
		arena_release(&arena);
	}
	model_assert_faults("description: a\npipeline_description: b\nsteps:\n" API("one"),
	    "x.yaml:2:23: 'pipeline_description' is another name of 'description', and they differ\n");
	model_assert_faults("pipeline_description: 1\nsteps:\n" API("one"),
	    "x.yaml:1:23: 'pipeline_description' must be a string, not a number\n");
}

/* They are kept with the request, and mean nothing. */
static void
what_flowforges_server_adds_may_be_anything(void **state)
{
	static const char *const keys[] = {
	    "id", "user_id", "org_id", "prev_version_id", "created_on"};
	static const char *const values[] = {"text", "7", "true", "~", "[1]", "{a: b}"};

	(void)state;
	for (size_t i = 0; i < 5 * 6; i++) {
		struct arena arena = ARENA_INIT;
		struct strbuf yaml = STRBUF_INIT;
		struct pipeline pipeline;

		strbuf_addf(&yaml, "%s: %s\nsteps:\n" API("one"), keys[i / 6], values[i % 6]);
		model_pipeline(&arena, yaml.buf, &pipeline);
		model_assert_value(value_map_get(pipeline.source, keys[i / 6]), values[i % 6]);
		strbuf_release(&yaml);
		arena_release(&arena);
	}
	model_assert_faults(
	    "steps:\n" API_TO("one", "id: 1"), "x.yaml:2:68: unknown key 'id' in a step\n");
}

static void
a_form_alone_is_told_where_it_belongs(void **state)
{
	(void)state;
	model_assert_faults("fields: [{name: a}]\n",
	    "x.yaml:1:9: this is a form and no pipeline: put all of it under the key 'form' of its pipeline\n");
	model_assert_faults("pipeline_name: p\nfields: ~\nsomething: else\n",
	    "x.yaml:2:9: this is a form and no pipeline: put all of it under the key 'form' of its pipeline\n");
	model_assert_faults("fields: [{name: a}]\nsteps:\n" API("one"),
	    "x.yaml:1:9: 'fields' stands under the key 'form', not beside it\n");
}

static void
the_head_has_texts(void **state)
{
	(void)state;
	model_assert_faults("pipeline_name: ''\nversion: [1]\ndescription: 7\nfirst_step_name: {}\n"
			    "form: []\nsteps:\n" API("a"),
	    "x.yaml:1:16: 'pipeline_name' is empty\n"
	    "x.yaml:2:10: 'version' must be a number or text, not a list\n"
	    "x.yaml:3:14: 'description' must be a string, not a number\n"
	    "x.yaml:4:18: 'first_step_name' must be a string, not a map\n"
	    "x.yaml:5:7: 'form' must be a map, not a list\n");
}

static void
a_step_name_is_a_file_name(void **state)
{
	char text[400], name[STEP_NAME_MAX + 2];

	(void)state;
	model_assert_faults("steps:\n" API("a/b"),
	    "x.yaml:2:17: the step's name has a '/': it is also the name of its log file\n");
	model_assert_faults("steps:\n" API("."),
	    "x.yaml:2:17: the step's name cannot be a file name: it is also the name of its log file\n");
	model_assert_faults("steps:\n" API("'..'"),
	    "x.yaml:2:17: the step's name cannot be a file name: it is also the name of its log file\n");
	model_assert_faults("steps:\n" API("\"a\\tb\""),
	    "x.yaml:2:17: the step's name has a control character: it is also the name of its log file\n");
	model_assert_faults("steps:\n" API("\"\\x7f\""),
	    "x.yaml:2:17: the step's name has a control character: it is also the name of its log file\n");
	model_assert_faults("steps:\n" API("\"a\\u009bb\""),
	    "x.yaml:2:17: the step's name has a control character: it is also the name of its log file\n");
	model_assert_faults("steps:\n" API("\"a\\u202eb\"") API("\"\\u2066\""),
	    "x.yaml:2:17: the step's name has a control character: it is also the name of its log file\n"
	    "x.yaml:3:17: the step's name has a control character: it is also the name of its log file\n");
	model_assert_faults("steps:\n" API("...") API("größe .x -"), "");
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	snprintf(
	    text, sizeof(text), "steps: [{step_type: WAIT_FOR_APPROVAL, step_name: %s}]", name);
	model_assert_faults(text,
	    "x.yaml:1:51: the step's name is too long: it is also the name of its log file\n");
	name[STEP_NAME_MAX] = '\0';
	snprintf(
	    text, sizeof(text), "steps: [{step_type: WAIT_FOR_APPROVAL, step_name: %s}]", name);
	model_assert_faults(text, "");
}

static void
two_steps_cannot_have_one_name(void **state)
{
	(void)state;
	model_assert_faults("steps:\n" API("a") API("b") API("a") API("a"),
	    "x.yaml:4:17: there are two steps 'a'\n"
	    "x.yaml:5:17: there are two steps 'a'\n");
}

static void
a_step_that_is_named_exists(void **state)
{
	(void)state;
	model_assert_faults("first_step_name: deploi\nsteps:\n" API_TO("deploy",
				"next_step_name: chek") API_TO("check", "prev_step_name: xyz"),
	    "x.yaml:1:18: 'first_step_name' names a step 'deploi' that does not exist, did you mean 'deploy'?\n"
	    "x.yaml:3:87: 'next_step_name' names a step 'chek' that does not exist, did you mean 'check'?\n"
	    "x.yaml:4:86: 'prev_step_name' names a step 'xyz' that does not exist\n");
	model_assert_faults("steps:\n" API("deploy") API_TO("check", "prev_step_name: xyz"),
	    "x.yaml:3:86: 'prev_step_name' names a step 'xyz' that does not exist\n");
}

static void
previous_and_next_agree(void **state)
{
	(void)state;
	model_assert_faults("steps:\n" API_TO("a", "prev_step_name: c") API("b")
				API_TO("c", "prev_step_name: a"),
	    "x.yaml:2:82: the first step has no previous step\n"
	    "x.yaml:4:82: step 'a' does not go on to this one\n");
	model_assert_faults("steps:\n" API_TO("a", "prev_step_name: 7") API("b"),
	    "x.yaml:2:82: 'prev_step_name' must be a string, not a number\n");
}

/* As Flowforge writes it. */
static void
an_empty_previous_step_is_none_given(void **state)
{
	static const char *const chains[] = {
	    "steps:\n" API_TO("a", "prev_step_name: ''") API_TO("b", "prev_step_name: ''")
		API_TO("c", "prev_step_name: ''"),
	    "first_step_name: a\nsteps:\n" API_TO("a", "next_step_name: b, prev_step_name: ''")
		API_TO("b", "next_step_name: c, prev_step_name: ''")
		    API_TO("c", "next_step_name: '', prev_step_name: '', is_terminal_step: true"),
	    "first_step_name: a\nsteps:\n" API_TO("c", "next_step_name: '', prev_step_name: ''")
		API_TO("b", "next_step_name: c, prev_step_name: a")
		    API_TO("a", "next_step_name: b, prev_step_name: ''"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		struct arena arena = ARENA_INIT;
		struct pipeline pipeline;

		model_pipeline(&arena, chains[i], &pipeline);
		assert_int_equal(pipeline.step_count, 3);
		assert_string_equal(pipeline.steps[0].name, "a");
		assert_string_equal(pipeline.steps[1].name, "b");
		assert_string_equal(pipeline.steps[2].name, "c");
		arena_release(&arena);
	}
}

static void
a_terminal_step_is_the_last(void **state)
{
	(void)state;
	model_assert_faults("steps:\n" API_TO("a", "is_terminal_step: true, next_step_name: b")
				API("b"),
	    "x.yaml:2:84: a terminal step has no next step, but 'next_step_name' is 'b'\n");
	model_assert_faults("steps:\n" API_TO("a", "is_terminal_step: false"),
	    "x.yaml:2:84: a step that is not terminal names its next step ('next_step_name')\n");
	model_assert_faults("steps:\n" API_TO("a", "is_terminal_step: false, next_step_name: ''"),
	    "x.yaml:2:84: a step that is not terminal names its next step ('next_step_name')\n");
	model_assert_faults("steps:\n" API_TO("a", "is_terminal_step: no"),
	    "x.yaml:2:84: 'is_terminal_step' must be a boolean, not a string\n");
	model_assert_faults("steps:\n" API_TO("a", "is_terminal_step: false") API("b"), "");
}

static void
steps_in_a_circle_are_refused(void **state)
{
	(void)state;
	model_assert_faults("steps:\n" API_TO("a", "next_step_name: b")
				API_TO("b", "next_step_name: a"),
	    "x.yaml:2:5: the steps go in a circle: they come back to 'a'\n");
	model_assert_faults("steps:\n" API_TO("a", "next_step_name: a"),
	    "x.yaml:2:5: the steps go in a circle: they come back to 'a'\n");
	model_assert_faults("steps:\n" API("a") API("b") API_TO("c", "next_step_name: b") API("d"),
	    "x.yaml:3:5: the steps go in a circle: they come back to 'b'\n"
	    "x.yaml:5:5: step 'd' is never reached\n");
}

static void
a_step_that_is_never_reached_is_refused(void **state)
{
	(void)state;
	model_assert_faults("steps:\n" API_TO("a", "next_step_name: ''") API("b"),
	    "x.yaml:3:5: step 'b' is never reached\n");
	model_assert_faults("steps:\n" API_TO("a", "is_terminal_step: true") API("b"),
	    "x.yaml:3:5: step 'b' is never reached\n");
	model_assert_faults("first_step_name: b\nsteps:\n" API("a") API("b"),
	    "x.yaml:3:5: step 'a' is never reached\n");
	model_assert_faults("steps:\n" API_TO("a", "next_step_name: c")
				API_TO("b", "next_step_name: c") API("c"),
	    "x.yaml:3:5: step 'b' is never reached\n");
}

static void
all_faults_of_a_file_are_told_together(void **state)
{
	(void)state;
	model_assert_faults("pipeline_nam: x\n"
			    "form:\n"
			    "  fields:\n"
			    "    - {name: size, type: select}\n"
			    "    - {nam: b}\n"
			    "steps:\n"
			    "  - step_name: a\n"
			    "    step_type: API\n"
			    "    next_step_name: c\n"
			    "    parameters:\n"
			    "      methd: POST\n"
			    "      data: '${oops'\n",
	    "x.yaml:1:1: unknown key 'pipeline_nam' in a pipeline, did you mean 'pipeline_name'?\n"
	    "x.yaml:4:7: a select field needs 'options'\n"
	    "x.yaml:5:7: a form field has no 'name'\n"
	    "x.yaml:5:8: unknown key 'nam' in a form field, did you mean 'name'?\n"
	    "x.yaml:9:21: 'next_step_name' names a step 'c' that does not exist, did you mean 'a'?\n"
	    "x.yaml:11:7: unknown parameter 'methd' of a step of type API, did you mean 'method'?\n"
	    "x.yaml:11:7: a step of type API has no 'url'\n"
	    "x.yaml:12:13: malformed placeholder: '${' needs a name and '}' (write '$${' for a literal '${')\n");
}

static void
no_fault_of_the_chain_hides_another(void **state)
{
	(void)state;
	model_assert_faults("first_step_name: Z\n"
			    "steps:\n"
			    "  - {step_name: A, step_type: WAIT_FOR_APPROVAL}\n"
			    "  - {step_name: A, step_type: WAIT_FOR_APPROVAL, next_step_name: Q}\n"
			    "  - step_name: Cee\n"
			    "    step_type: WAIT_FOR_APPROVAL\n"
			    "    is_terminal_step: maybe\n"
			    "    prev_step_name: Rrrr\n"
			    "    parameters: {instructions: '${secret:x}'}\n",
	    "x.yaml:1:18: 'first_step_name' names a step 'Z' that does not exist, did you mean 'A'?\n"
	    "x.yaml:4:17: there are two steps 'A'\n"
	    "x.yaml:4:66: 'next_step_name' names a step 'Q' that does not exist, did you mean 'A'?\n"
	    "x.yaml:7:23: 'is_terminal_step' must be a boolean, not a string\n"
	    "x.yaml:8:21: 'prev_step_name' names a step 'Rrrr' that does not exist\n"
	    "x.yaml:9:32: a secret cannot be shown to people\n");
	/* a wrong previous step or a wrong type leaves the order known */
	model_assert_faults("steps:\n" API_TO("a", "is_terminal_step: 7, next_step_name: ccc")
				API_TO("b", "prev_step_name: zzzz")
				    API_TO("ccc", "next_step_name: a"),
	    "x.yaml:2:5: the steps go in a circle: they come back to 'a'\n"
	    "x.yaml:2:84: 'is_terminal_step' must be a boolean, not a number\n"
	    "x.yaml:3:5: step 'b' is never reached\n"
	    "x.yaml:3:82: 'prev_step_name' names a step 'zzzz' that does not exist\n");
}

static void
what_follows_from_a_fault_of_the_chain_is_not_told(void **state)
{
	(void)state;
	/* a is where b says it is, but for the misspelt name */
	model_assert_faults("steps:\n" API_TO("a", "next_step_name: xyz")
				API_TO("b", "prev_step_name: a"),
	    "x.yaml:2:82: 'next_step_name' names a step 'xyz' that does not exist\n");
	model_assert_faults("first_step_name: xyz\nsteps:\n" API("a")
				API_TO("b", "prev_step_name: ''"),
	    "x.yaml:1:18: 'first_step_name' names a step 'xyz' that does not exist\n");
	model_assert_faults("steps:\n" API_TO("a", "next_step_name: ''") API("b") API("b"),
	    "x.yaml:4:17: there are two steps 'b'\n");
	model_assert_faults("steps:\n" API_TO("a", "is_terminal_step: false, next_step_name: ''")
				API("b"),
	    "x.yaml:2:84: a step that is not terminal names its next step ('next_step_name')\n");
	model_assert_faults("steps:\n" API_TO("a", "next_step_name: 7") API("b"),
	    "x.yaml:2:82: 'next_step_name' must be a string, not a number\n");
}

static void
a_step_without_parameters_lacks_what_it_needs(void **state)
{
	(void)state;
	model_assert_faults("steps:\n  - step_name: a\n    step_type: API\n",
	    "x.yaml:2:5: a step of type API has no 'url'\n");
	model_assert_faults("steps:\n  - {step_name: a, step_type: API, parameters: []}\n",
	    "x.yaml:2:48: 'parameters' must be a map, not a list\n");
}

static void
a_name_that_nothing_answers_becomes_a_field(void **state)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;

	(void)state;
	model_pipeline(&arena,
	    "steps:\n"
	    "  - step_name: a\n"
	    "    step_type: API\n"
	    "    parameters:\n"
	    "      url: http://h/${city}?x=${known}\n"
	    "      headers: {\"${head}\": 'x ${city} ${ spaced }'}\n"
	    "      data: [{k: ['${deep}', '$${not}', 5]}, '${secret:TOKEN}']\n",
	    &pipeline);
	assert_int_equal(pipeline.form.count, 5);
	assert_string_equal(pipeline.form.fields[0].name, "city");
	assert_true(pipeline.form.fields[0].required);
	assert_string_equal(pipeline.form.fields[1].name, "known");
	assert_string_equal(pipeline.form.fields[2].name, "head");
	assert_string_equal(pipeline.form.fields[3].name, "spaced");
	assert_string_equal(pipeline.form.fields[4].name, "deep");
	assert_ptr_equal(form_find(&pipeline.form, "deep"), &pipeline.form.fields[4]);
	arena_release(&arena);
}

#define OUTPUT(name, outputs, data)                                                           \
	"  - {step_name: " name ", step_type: API, parameters: {url: http://h/, data: '" data \
	"', "                                                                                 \
	"outputs: {" outputs "}}}\n"

static void
a_form_says_which_fields_there_are(void **state)
{
	static const char with_form[] =
	    "form: {fields: %s}\n"
	    "%ssteps: [{step_name: a, step_type: API, parameters: {url: 'http://h/${hots}', data: '${tiem:now}'}}]\n";
	static const char faults[] =
	    "x.yaml:%s:58: '${hots}' is no field of the form and no output of a step%s\n"
	    "x.yaml:%s:84: '${tiem:now}' is no field of the form and no output of a step, did you mean 'time:now'?\n";
	char text[600], expected[600];

	(void)state;
	snprintf(text, sizeof(text), with_form, "[{name: host}]", "");
	snprintf(expected, sizeof(expected), faults, "2", ", did you mean 'host'?", "2");
	model_assert_faults(text, expected);
	snprintf(text, sizeof(text), with_form, "[]", "");
	snprintf(expected, sizeof(expected), faults, "2", "", "2");
	model_assert_faults(text, expected);
	snprintf(text, sizeof(text), with_form, "[{name: host}]", "created_on: ''\n");
	model_assert_faults(text, ""); /* it is Flowforge's */
	snprintf(text, sizeof(text), with_form, "", "");
	model_assert_faults(text, "");
}

static void
an_output_is_known_to_later_steps_only(void **state)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;

	(void)state;
	model_pipeline(
	    &arena, "steps:\n" OUTPUT("a", "id: /id", "") OUTPUT("b", "", "${id}"), &pipeline);
	assert_int_equal(pipeline.form.count, 0);
	arena_release(&arena);
	model_assert_faults("steps:\n" OUTPUT("a", "", "${id}") OUTPUT("b", "id: /id", ""),
	    "x.yaml:2:71: 'id' is not known before step 'b' has completed\n");
	model_assert_faults("steps:\n" OUTPUT("a", "id: /id", "${id}"),
	    "x.yaml:2:71: 'id' is not known before step 'a' has completed\n");
	/* the order in which they are run counts, not that of the list */
	model_assert_faults(
	    "first_step_name: b\nsteps:\n"
	    "  - {step_name: a, step_type: API, next_step_name: '', parameters: {url: 'http://h/${id}'}}\n"
	    "  - {step_name: b, step_type: API, next_step_name: a, parameters: {url: http://h/, outputs: {id: ''}}}\n",
	    "");
}

static void
placeholders_are_checked_when_the_order_is_not_known(void **state)
{
	(void)state;
	model_assert_faults("first_step_name: zzz\nsteps:\n" OUTPUT("a", "x: /x", "${id} ${a=b}")
				OUTPUT("b", "id: /id, x: /y", "${x}"),
	    "x.yaml:1:18: 'first_step_name' names a step 'zzz' that does not exist\n"
	    "x.yaml:3:71: 'a=b' cannot be the name of a form field\n"
	    "x.yaml:4:98: output 'x' is given by step 'a' too\n");
	model_assert_faults(
	    "steps:\n  - {step_type: API, parameters: {url: http://h/, outputs: {x: ''}}}\n" OUTPUT(
		"b", "x: /y", ""),
	    "x.yaml:2:5: a step has no 'step_name'\n"
	    "x.yaml:3:85: output 'x' is given by a step before it too\n");
}

static void
a_name_has_one_source(void **state)
{
	(void)state;
	model_assert_faults("form: {fields: [{name: id}]}\nsteps:\n" OUTPUT(
				"a", "id: /id, x: /x", "") OUTPUT("b", "x: /y", ""),
	    "x.yaml:3:85: output 'id' has the name of a form field\n"
	    "x.yaml:4:85: output 'x' is given by step 'a' too\n");
}

static void
a_secret_is_shown_to_nobody(void **state)
{
	(void)state;
	model_assert_faults("form: {fields: [{name: pin, secret: true}]}\nsteps:\n"
			    "  - step_name: a\n"
			    "    step_type: WAIT_FOR_APPROVAL\n"
			    "    parameters: {instructions: 'see ${secret:TOKEN} and ${pin}'}\n",
	    "x.yaml:5:32: a secret cannot be shown to people\n"
	    "x.yaml:5:32: the field 'pin' is secret: it cannot be shown to people\n");
	model_assert_faults(
	    "steps:\n  - {step_name: a, step_type: API, parameters: {url: http://h/, data: '${secret:}'}}\n",
	    "x.yaml:2:71: '${secret:}' has no name of a secret\n");
}

static void
a_field_that_no_option_could_fill_is_refused(void **state)
{
	(void)state;
	model_assert_faults(
	    "steps:\n  - {step_name: a, step_type: API, parameters: {url: http://h/, data: '${a=b}'}}\n",
	    "x.yaml:2:71: 'a=b' cannot be the name of a form field\n");
}

static void
outputs_that_are_no_map_are_a_fault_and_no_crash(void **state)
{
	(void)state;
	model_assert_faults(
	    "steps:\n  - {step_name: a, step_type: API, parameters: {url: http://h/, outputs: [a, b]}}\n",
	    "x.yaml:2:74: 'outputs' must be a map of names and JSON Pointers, not a list\n");
}

static void
add_nested(struct strbuf *text, size_t levels)
{
	strbuf_addstr(
	    text, "steps: [{step_name: a, step_type: API, parameters: {url: http://h/, data: ");
	for (size_t i = 0; i < levels; i++)
		strbuf_addch(text, '[');
	for (size_t i = 0; i < levels; i++)
		strbuf_addch(text, ']');
	strbuf_addstr(text, "}}]\n");
}

/* The event around it is a level too, and an event has at most 64. */
static void
a_pipeline_is_as_deep_as_an_event_can_hold(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	add_nested(&text, 59);
	model_assert_faults(text.buf, "");
	strbuf_reset(&text);
	add_nested(&text, 60);
	model_assert_faults(
	    text.buf, "x.yaml:1:1: a pipeline has at most 63 levels of lists and maps\n");
	strbuf_release(&text);
}

static void
aliases_cannot_blow_a_pipeline_up(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text,
	    "steps: [{step_name: a, step_type: API, parameters: {url: http://h/, data: [&a '");
	for (size_t i = 0; i < 100 * 1024; i++)
		strbuf_addch(&text, 'x');
	strbuf_addch(&text, '\'');
	for (size_t i = 0; i < 9999; i++)
		strbuf_addstr(&text, ", *a");
	strbuf_addstr(&text, "]}}]\n");
	model_assert_faults(text.buf,
	    "x.yaml:1:1: a pipeline has at most 4 MiB of text once its aliases are expanded\n");
	strbuf_release(&text);
}

static double
seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/*
 * A generous bound: it is there to tell a second from a minute, on a slow machine and under
 * valgrind.
 */
static void
assert_quick(const struct strbuf *text, size_t faults_expected)
{
	struct arena arena = ARENA_INIT;
	struct value *document = model_yaml(&arena, text->buf);
	double before = seconds();
	struct pipeline pipeline;
	struct faults faults;

	faults_init(&faults, "x.yaml");
	pipeline_check(&arena, document, "x", steps_catalogue, &pipeline, &faults);
	assert_int_equal(faults.count, faults_expected);
	assert_true(seconds() - before < 20);
	faults_release(&faults);
	arena_release(&arena);
}

static void
many_steps_are_checked_quickly(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "steps:\n");
	for (int i = 0; i < 19999; i++)
		strbuf_addf(&text, "- {step_name: s%d, step_type: WAIT_FOR_APPROVAL}\n", i);
	assert_quick(&text, 0);
	strbuf_reset(&text);
	strbuf_addstr(&text, "steps:\n");
	for (int i = 0; i < 14000; i++)
		strbuf_addf(&text,
		    "- {step_name: step%05d, step_type: WAIT_FOR_APPROVAL, next_step_name: stop%05d}\n",
		    i, i);
	assert_quick(&text, 14000);
	strbuf_release(&text);
}

static void
many_fields_and_placeholders_are_checked_quickly(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "form:\n  fields:\n");
	for (int i = 0; i < 30000; i++)
		strbuf_addf(&text, "  - {name: f%d}\n", i);
	strbuf_addstr(
	    &text, "steps: [{step_name: a, step_type: API, parameters: {url: http://h/, data: '");
	for (int i = 0; i < 60000; i++)
		strbuf_addf(&text, "${f%d}", i);
	strbuf_addstr(&text, "'}}]\n");
	assert_quick(&text, 0);
	strbuf_reset(&text);
	strbuf_addstr(&text,
	    "steps: [{step_name: a, step_type: API, parameters: {url: http://h/, outputs: {");
	for (int i = 0; i < 49000; i++)
		strbuf_addf(&text, "o%d: '', ", i);
	strbuf_addstr(&text, "}}}]\n");
	assert_quick(&text, 0);
	strbuf_release(&text);
}

static void
many_options_are_checked_quickly(void **state)
{
	struct strbuf text = STRBUF_INIT;

	(void)state;
	strbuf_addstr(&text, "steps: [{step_name: a, step_type: WAIT_FOR_APPROVAL}]\n"
			     "form: {fields: [{name: f, type: checkboxes, options: [");
	for (int i = 0; i < 49000; i++)
		strbuf_addf(&text, "o%d,", i);
	strbuf_addstr(&text, "], default: [");
	for (int i = 0; i < 49000; i++)
		strbuf_addf(&text, "o%d,", i);
	strbuf_addstr(&text, "]}]}\n");
	assert_quick(&text, 0);
	strbuf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pipeline_of_flowforge_loads_unchanged),
	    cmocka_unit_test(a_short_pipeline_has_what_is_left_out_by_default),
	    cmocka_unit_test(null_is_as_good_as_left_out),
	    cmocka_unit_test(the_steps_stand_in_the_order_in_which_they_name_each_other),
	    cmocka_unit_test(what_is_no_map_is_no_pipeline),
	    cmocka_unit_test(a_pipeline_has_at_least_one_step),
	    cmocka_unit_test(a_step_has_a_name_and_a_type),
	    cmocka_unit_test(a_misspelt_word_comes_with_a_suggestion),
	    cmocka_unit_test(a_pipeline_says_once_what_it_is_for),
	    cmocka_unit_test(what_flowforges_server_adds_may_be_anything),
	    cmocka_unit_test(a_form_alone_is_told_where_it_belongs),
	    cmocka_unit_test(the_head_has_texts),
	    cmocka_unit_test(a_step_name_is_a_file_name),
	    cmocka_unit_test(two_steps_cannot_have_one_name),
	    cmocka_unit_test(a_step_that_is_named_exists),
	    cmocka_unit_test(previous_and_next_agree),
	    cmocka_unit_test(an_empty_previous_step_is_none_given),
	    cmocka_unit_test(a_terminal_step_is_the_last),
	    cmocka_unit_test(steps_in_a_circle_are_refused),
	    cmocka_unit_test(a_step_that_is_never_reached_is_refused),
	    cmocka_unit_test(all_faults_of_a_file_are_told_together),
	    cmocka_unit_test(no_fault_of_the_chain_hides_another),
	    cmocka_unit_test(what_follows_from_a_fault_of_the_chain_is_not_told),
	    cmocka_unit_test(placeholders_are_checked_when_the_order_is_not_known),
	    cmocka_unit_test(a_step_without_parameters_lacks_what_it_needs),
	    cmocka_unit_test(a_name_that_nothing_answers_becomes_a_field),
	    cmocka_unit_test(a_form_says_which_fields_there_are),
	    cmocka_unit_test(an_output_is_known_to_later_steps_only),
	    cmocka_unit_test(a_name_has_one_source),
	    cmocka_unit_test(a_secret_is_shown_to_nobody),
	    cmocka_unit_test(a_field_that_no_option_could_fill_is_refused),
	    cmocka_unit_test(outputs_that_are_no_map_are_a_fault_and_no_crash),
	    cmocka_unit_test(a_pipeline_is_as_deep_as_an_event_can_hold),
	    cmocka_unit_test(aliases_cannot_blow_a_pipeline_up),
	    cmocka_unit_test(many_steps_are_checked_quickly),
	    cmocka_unit_test(many_fields_and_placeholders_are_checked_quickly),
	    cmocka_unit_test(many_options_are_checked_quickly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
