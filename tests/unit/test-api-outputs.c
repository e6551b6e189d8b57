/* SPDX-License-Identifier: ISC */
/* What a step takes out of the answer to its call. */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/json/json-writer.h"
#include "base/json/json.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/http.h"
#include "steps/api-outputs.h"
#include "steps/api.h"
#include "steps/executor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECRET	     "s3cr3t-k3y"

static struct arena arena;

static int
release(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static const char *
as_json(const struct value *value)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;
	const char *copy;

	json_writer_init(&writer, &text);
	json_value(&writer, value);
	copy = arena_strdup(&arena, text.buf);
	strbuf_release(&text);
	return copy;
}

/* Takes the outputs, which are given as JSON, and returns them as JSON or says why not. */
static const char *
take(const char *method, const char *outputs, const struct http_response *response, int expected)
{
	struct api_parameters api = {.request.method = method};
	struct redactor *redactor = redactor_new();
	struct step_run run = {.parameters = &api, .arena = &arena, .redactor = redactor};
	struct strbuf err = STRBUF_INIT;
	const struct value *taken = NULL;
	struct value *pointers;
	const char *text;

	redactor_add(redactor, SECRET);
	assert_int_equal(json_parse(&arena, NULL, outputs, strlen(outputs), &pointers, &err), 0);
	api.outputs = pointers;
	assert_int_equal(api_outputs_take(&run, response, &taken, &err), expected);
	assert_int_equal(err.len == 0, expected == 0);
	text = expected == 0 ? as_json(taken) : arena_strdup(&arena, err.buf);
	redactor_free(redactor);
	strbuf_release(&err);
	return text;
}

/* The same from a whole answer that has said how long it is. */
static const char *
take_from(const char *body, const char *outputs, int expected)
{
	struct http_response response = {.status = 200, .delimited = true};
	const char *text;

	strbuf_init(&response.body);
	strbuf_addstr(&response.body, body);
	text = take("POST", outputs, &response, expected);
	strbuf_release(&response.body);
	return text;
}

/* More levels than a value may have. */
static const char *
nested(void)
{
	char *text = arena_alloc(&arena, 201);

	memset(text, '[', 100);
	memset(text + 100, ']', 100);
	return text;
}

static void
what_no_output_points_at_spoils_nothing(void **state)
{
	const char *const bodies[] = {
	    "{\"id\": \"vm-1\"}",
	    "\xef\xbb\xbf{\"id\": \"vm-1\"}",
	    "{\"id\": \"vm-1\", \"banner\": \"a\\u0000b\"}",
	    "{\"id\": \"vm-1\", \"title\": \"x\\ud83d\"}",
	    "{\"\\u0000\": 1, \"id\": \"vm-1\"}",
	    "{\"n\": 1, \"n\": 2, \"id\": \"vm-1\"}",
	    "{\"id\": \"vm-1\", \"n\": 1e400}",
	    arena_printf(&arena, "{\"n\": %s, \"id\": \"vm-1\"}", nested()),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bodies); i++)
		assert_string_equal(
		    take_from(bodies[i], "{\"id\": \"/id\"}", 0), "{\"id\":\"vm-1\"}");
}

static void
what_an_output_points_at_is_judged(void **state)
{
	static const char *const examples[][3] = {
	    {"{\"id\":\"a\\u0000b\"}", "{\"name\":\"/id\"}",
		"output 'name' at '/id': 1:9: U+0000 in a string"},
	    {"{\"id\":\"x\\ud83d\"}", "{\"name\":\"/id\"}",
		"output 'name' at '/id': 1:9: half of a surrogate pair"},
	    {"{\"id\":1,\"id\":1}", "{\"name\":\"/id\"}",
		"output 'name' at '/id': 1:9: duplicate key 'id'"},
	    {"{\"a\":{\"id\":1},\"a\":{}}", "{\"name\":\"/a/id\"}",
		"output 'name' at '/a/id': 1:15: duplicate key 'a'"},
	    {"{\"a\":1,\"n\":\"\\u0000\"}", "{\"a\":\"/a\",\"all\":\"\"}",
		"output 'all' at '': 1:13: U+0000 in a string"},
	    {"{\"id\":1}", "{\"name\":\"/no/thing\"}",
		"the response has nothing at '/no/thing' (output 'name')"},
	    {"{\"id\":1}", "{\"id\":\"/id\",\"name\":\"/name\"}",
		"the response has nothing at '/name' (output 'name')"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++)
		assert_string_equal(take_from(examples[i][0], examples[i][1], -1), examples[i][2]);
}

static void
what_is_no_json_gives_no_output(void **state)
{
	static const char *const examples[][2] = {
	    {"{\"id\":7,\"n\":}", "1:13: expected a value, found '}'"},
	    {"{\"id\":7,\"n\":", "1:13: expected a value, found the end of the text"},
	    {"{\"id\":7,\"n\":\"h\xe9\"}", "1:15: invalid UTF-8"},
	    {"{\"id\":7} {\"id\":8}", "1:10: expected the end of the text, found '{'"},
	    {"{\"id\":7,\"n\":NaN}", "1:13: 'NaN' is not a JSON value"},
	    {"", "1:1: expected a value, found the end of the text"},
	    {"<p>ok</p>", "1:1: expected a value, found '<'"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++)
		assert_string_equal(
		    take_from(examples[i][0], "{\"id\":\"/id\"}", -1), examples[i][1]);
}

/* A body that may have broken off is another matter than one that is wrong, and can be told. */
static void
a_body_that_ends_early_may_have_broken_off(void **state)
{
	static const char outputs[] = "{\"id\":\"/id\"}";
	struct http_response response = {.status = 200};

	(void)state;
	strbuf_init(&response.body);
	assert_string_equal(take("POST", outputs, &response, 1),
	    "1:1: expected a value, found the end of the text");
	take("HEAD", outputs, &response, -1);
	strbuf_addstr(&response.body, "{\"id\":7,\"n\":");
	take("POST", outputs, &response, 1);
	response.delimited = true;
	take("POST", outputs, &response, -1);
	response.delimited = false;
	strbuf_addstr(&response.body, "]");
	take("POST", outputs, &response, -1);
	strbuf_release(&response.body);
}

static void
an_answer_that_is_not_there_gives_no_output(void **state)
{
	struct http_response response = {.status = 200, .unknown_encoding = "odd"};

	(void)state;
	strbuf_init(&response.body);
	strbuf_init(&response.error);
	assert_string_equal(
	    take("GET", "{\"id\":\"/id\"}", &response, -1), "Content-Encoding 'odd' is not known");
	response.outcome = HTTP_TOO_LARGE;
	strbuf_addstr(&response.error, "the response body is too large");
	assert_string_equal(
	    take("GET", "{\"id\":\"/id\"}", &response, -1), "the response body is too large");
	strbuf_release(&response.error);
}

/* Also a part of one, of which the message would quote no more. */
static void
no_message_quotes_a_secret(void **state)
{
	static const char *const examples[][3] = {
	    {SECRET, "{\"id\":\"/id\"}", "1:1: expected a value, found '*'"},
	    {"{\"id\":{\"" SECRET "\":1,\"" SECRET "\":2}}", "{\"id\":\"/id\"}",
		"output 'id' at '/id': 1:16: duplicate key '***'"},
	    {"[x" SECRET SECRET SECRET SECRET "]", "{\"id\":\"/id\"}",
		"1:2: 'x' is not a JSON value"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++)
		assert_string_equal(take_from(examples[i][0], examples[i][1], -1), examples[i][2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_no_output_points_at_spoils_nothing),
	    cmocka_unit_test(what_an_output_points_at_is_judged),
	    cmocka_unit_test(what_is_no_json_gives_no_output),
	    cmocka_unit_test(a_body_that_ends_early_may_have_broken_off),
	    cmocka_unit_test(an_answer_that_is_not_there_gives_no_output),
	    cmocka_unit_test(no_message_quotes_a_secret),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
