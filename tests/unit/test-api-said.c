/* SPDX-License-Identifier: ISC */
/* What a server says, for people: bodies of real APIs, and of servers that are none. */
#include "unit.h"

#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/redact/redact.h"
#include "base/strbuf.h"
#include "http/http.h"
#include "steps/api-said.h"
#include "steps/executor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECRET	     "s3cr3t-k3y"
#define HTML	     "HTTP/1.1 500 Oops\r\nContent-Type: text/html; charset=utf-8\r\n"
#define PLAIN	     "HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nX-Html: html\r\n"

static struct arena arena;

static int
release(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static const char *
said(const char *headers, const char *body, size_t len)
{
	struct redactor *redactor = redactor_new();
	struct step_run run = {.arena = &arena, .redactor = redactor};
	struct http_response response = {.status = 500, .delimited = true};
	const char *text;

	redactor_add(redactor, SECRET);
	strbuf_init(&response.headers);
	strbuf_addstr(&response.headers, headers);
	strbuf_init(&response.body);
	strbuf_add(&response.body, body, len);
	text = api_said(&run, &response);
	strbuf_release(&response.headers);
	strbuf_release(&response.body);
	redactor_free(redactor);
	return text;
}

static void
check(const char *headers, const char *body, const char *expected)
{
	const char *text = said(headers, body, strlen(body));

	if (expected == NULL && text != NULL)
		print_error("'%s' for %s\n", text, body);
	if (expected == NULL) {
		assert_null(text);
		return;
	}
	if (text == NULL)
		print_error("nothing for %s\n", body);
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void
the_members_that_apis_have_for_it_are_found(void **state)
{
	static const char *const examples[][2] = {
	    {"{\"error\":\"name is taken by another\"}", "name is taken by another"},
	    {"{\"message\":\"no such server\"}", "no such server"},
	    {"{\"detail\":\"no such server\"}", "no such server"},
	    {"{\"title\":\"no such server\"}", "no such server"},
	    {"\xef\xbb\xbf {\"error\":\"x\"}", "x"},
	    /* in this order, wherever they are */
	    {"{\"title\":\"t\",\"detail\":\"the detail\",\"status\":4}", "the detail"},
	    {"{\"detail\":\"d\",\"message\":\"this is the message\"}", "this is the message"},
	    {"{\"message\":\"m\",\"error\":\"this is the error\"}", "this is the error"},
	    /* RFC 9457 */
	    {"{\"type\":\"https://example.com/probs/out-of-credit\",\"title\":\"You do not have "
	     "enough credit.\",\"detail\":\"Your current balance is 30, but that costs 50.\","
	     "\"instance\":\"/account/12345/msgs/abc\"}",
		"Your current balance is 30, but that costs 50."},
	    {"{\"title\":\"Bad Request\",\"status\":400,\"errors\":{\"name\":[\"is required\"]}}",
		"Bad Request: name: is required"},
	    /* RFC 6749 */
	    {"{\"error\":\"invalid_grant\",\"error_description\":\"The token has expired.\"}",
		"invalid_grant: The token has expired."},
	    {"{\"error\":\"invalid_grant\"}", "invalid_grant"},
	    /* those that say a status as well */
	    {"{\"timestamp\":1,\"status\":400,\"error\":\"Bad Request\",\"message\":\"name is "
	     "required\",\"path\":\"/x\"}",
		"Bad Request: name is required"},
	    {"{\"error\":\"Bad Request\",\"message\":\"Bad Request\"}", "Bad Request"},
	    {"{\"error\":true,\"message\":\"no such server\"}", "no such server"},
	    {"{\"error\":null,\"detail\":\"no such server\"}", "no such server"},
	    {"{\"error\":\"\",\"detail\":\"no such server\"}", "no such server"},
	    {"{\"error\":404,\"title\":\"no such server\"}", "no such server"},
	    /* nested */
	    {"{\"error\":{\"code\":400,\"message\":\"API key not valid.\",\"status\":\"X\"}}",
		"API key not valid."},
	    {"{\"error\":{\"code\":\"uniqueness_error\",\"message\":\"server name is used\"}}",
		"server name is used"},
	    {"{\"error\":{\"root_cause\":[{\"type\":\"t\"}],\"type\":\"index_not_found\","
	     "\"reason\":\"no such index [x]\"},\"status\":404}",
		"no such index [x]"},
	    {"{\"odata.error\":1,\"error\":{\"code\":\"\",\"message\":{\"lang\":\"en\",\"value\":"
	     "\"Resource not found for it\"}}}",
		"Resource not found for it"},
	    {"{\"errors\":[\"permission denied\"]}", "permission denied"},
	    {"{\"errors\":[{\"status\":\"422\",\"title\":\"Invalid\",\"detail\":\"Too short a "
	     "name\"}]}",
		"Too short a name"},
	    {"{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Authentication "
	     "error\"}],\"messages\":[],\"result\":null}",
		"Authentication error"},
	    {"{\"errors\":{\"email\":[\"can't be blank\"]}}", "email: can't be blank"},
	    {"{\"message\":{\"name\":[\"has already been taken\"]}}",
		"name: has already been taken"},
	    {"{\"message\":\"Validation Failed\",\"errors\":[{\"resource\":\"Issue\",\"field\":"
	     "\"title\"}]}",
		"Validation Failed: resource: Issue"},
	    {"{\"message\":\"The given data was invalid.\",\"errors\":{\"email\":[\"x\"]}}",
		"The given data was invalid."},
	    {"{\"errorMessages\":[\"Issue does not exist\"],\"errors\":{}}",
		"Issue does not exist"},
	    {"{\"detail\":[{\"loc\":[\"body\",\"name\"],\"msg\":\"field required\"}]}",
		"field required"},
	    {"{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"pods \\\"x\\\" not found\","
	     "\"reason\":\"NotFound\",\"code\":404}",
		"pods \"x\" not found"},
	    {"[{\"message\":\"Session expired or invalid\",\"errorCode\":\"INVALID_SESSION\"}]",
		"Session expired or invalid"},
	    {"{\"Message\":\"No HTTP resource was found.\"}", "No HTTP resource was found."},
	    {"{\"ok\":false,\"error\":\"channel_not_found\"}", "channel_not_found"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(examples); i++)
		check("", examples[i][0], examples[i][1]);
}

static void
other_members_spoil_nothing(void **state)
{
	(void)state;
	check("", "{\"trace\":\"\\u0000\\ud83d\",\"x\":1,\"x\":2,\"error\":\"y\"}", "y");
	check("", "{\"error\":\"\\u0000\",\"detail\":\"y\"}", "y");
	check("", "{\"error\":\"a\",\"error\":\"b\",\"detail\":\"y\"}", "y");
}

static void
it_is_one_line(void **state)
{
	(void)state;
	check("", "{\"error\":\"\\n \\n  what \\t went   wrong  \\nTraceback:\\n x\"}",
	    "what went wrong");
	check("", "{\"error\":\"red \\u001b[31m\\u202e\"}", "red \x1b[31m\xe2\x80\xae");
	check(PLAIN, "  what\r\n\twent \n\n wrong \n", "what went wrong");
	check(PLAIN, "red \x1b[31m", "red \x1b[31m");
	check(PLAIN, "caf\xe9", "caf\xef\xbf\xbd");
}

static void
what_is_no_known_json_is_said_as_it_begins(void **state)
{
	(void)state;
	check("", "{\"name\": [\"This field is required.\"]}",
	    "{\"name\": [\"This field is required.\"]}");
	check("", "[\"x\"]", "x");
	check("", "{\"error\": \"cut o", "{\"error\": \"cut o");
	check("", "\"a text\"", "\"a text\"");
	check("", "{}", NULL);
	check("", "[ ]", NULL);
	check("", "", NULL);
	check("", " \n ", NULL);
	check("", "--", NULL);
	check("", "\xd0\xb4\xd0\xb0", "\xd0\xb4\xd0\xb0");
}

static void
markup_is_said_without_its_tags(void **state)
{
	static const char page[] =
	    "<html><head><title>502 Bad\n Gateway &amp; &lt;more&gt;</title></head><h1>no</h1>";

	(void)state;
	check("", page, "502 Bad Gateway & <more>");
	check(HTML, "<!-- x --><TITLE lang='en'>Oops</TITLE>", "Oops");
	check(HTML, "<h1>no title</h1>", NULL);
	check(HTML, "<title>cut", NULL);
	check(HTML, "<title></title>", NULL);
	check("", " <!DOCTYPE HTML><p>no title</p>", NULL);
	check(PLAIN, "a text", "a text");
	check("",
	    "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code><Message>The key does not "
	    "exist.</Message></Error>",
	    "NoSuchKey The key does not exist.");
}

static void
what_is_no_text_says_nothing(void **state)
{
	(void)state;
	assert_null(said("", "\x1f\x8b\x08\x00\x00", 5));
	assert_null(said("", "a\0b\0", 4));
	assert_null(said("",
	    "\x7f"
	    "ELF",
	    4));
}

static const char *
repeated(const char *text, size_t count)
{
	struct strbuf all = STRBUF_INIT;
	const char *copy;

	for (size_t i = 0; i < count; i++)
		strbuf_addstr(&all, text);
	copy = arena_strdup(&arena, all.buf);
	strbuf_release(&all);
	return copy;
}

static void
a_long_text_is_cut_at_a_character(void **state)
{
	static const char euro[] = "\xe2\x82\xac";

	(void)state;
	check(PLAIN, repeated(euro, 200), repeated(euro, 200));
	check(PLAIN, repeated(euro, 201), arena_printf(&arena, "%s...", repeated(euro, 200)));
	check(PLAIN, repeated("ab ", 100), arena_printf(&arena, "%sab...", repeated("ab ", 66)));
	check(PLAIN, arena_printf(&arena, "%s \n", repeated(euro, 200)), repeated(euro, 200));
	check("", arena_printf(&arena, "{\"error\":\"%s\"}", repeated(euro, 500)),
	    repeated(euro, 500));
	check("", arena_printf(&arena, "{\"error\":\"%s\"}", repeated(euro, 501)),
	    arena_printf(&arena, "%s...", repeated(euro, 500)));
	check("", arena_printf(&arena, "<html><title>%s</title>", repeated("x", 201)),
	    arena_printf(&arena, "%s...", repeated("x", 200)));
}

static void
secrets_are_masked_before_it_is_cut(void **state)
{
	(void)state;
	check("", "{\"error\":\"key " SECRET " is bad\"}", "key *** is bad");
	check("", "{\"error\":\"key s3cr\\u0033t-k3y is bad\"}", "key *** is bad");
	check("", "{\"errors\":{\"" SECRET "\":\"x\"}}", "***: x");
	check(PLAIN, arena_printf(&arena, "%s" SECRET, repeated("x", 195)),
	    arena_printf(&arena, "%s***", repeated("x", 195)));
	check("", arena_printf(&arena, "{\"error\":\"%s" SECRET "\"}", repeated("x", 495)),
	    arena_printf(&arena, "%s***", repeated("x", 495)));
	check(HTML, "<title>s3cr3t&#45;k3y " SECRET "</title>", "s3cr3t&#45;k3y ***");
}

/* Of the processor's time: others may be at it. */
static void
a_hostile_body_costs_little(void **state)
{
	clock_t start = clock();
	const char *body = arena_printf(
	    &arena, "%s{}%s", repeated("{\"errors\":[{\"message\":", 30), repeated("}]}", 30));

	(void)state;
	said("", body, strlen(body));
	body = repeated("[", 1 << 20);
	said("", body, strlen(body));
	body = arena_printf(&arena, "[%s1]", repeated("{},", 100000));
	said("", body, strlen(body));
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_members_that_apis_have_for_it_are_found),
	    cmocka_unit_test(other_members_spoil_nothing),
	    cmocka_unit_test(it_is_one_line),
	    cmocka_unit_test(what_is_no_known_json_is_said_as_it_begins),
	    cmocka_unit_test(markup_is_said_without_its_tags),
	    cmocka_unit_test(what_is_no_text_says_nothing),
	    cmocka_unit_test(a_long_text_is_cut_at_a_character),
	    cmocka_unit_test(secrets_are_masked_before_it_is_cut),
	    cmocka_unit_test(a_hostile_body_costs_little),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
