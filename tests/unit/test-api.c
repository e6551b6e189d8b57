/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/parameters.h"
#include "model/request/request-scope.h"
#include "model/request/step-plan.h"
#include "steps/api.h"

/* A request with one API step, whose parameters are those. */
static void
request_of(struct request *request, const char *parameters, const char *form_data)
{
	struct strbuf yaml = STRBUF_INIT;

	strbuf_addf(&yaml,
	    "form: {fields: [{name: pin, secret: true}]}\n"
	    "steps: [{step_name: call, step_type: API, parameters: %s}]",
	    parameters);
	model_request(request, yaml.buf, form_data);
	strbuf_release(&yaml);
}

static const struct value *
look_up_secret(void *context, const char *name, struct strbuf *err)
{
	static const struct value secret = {.type = VALUE_STRING, .text = "s3cret"};

	(void)context;
	(void)name;
	(void)err;
	return &secret;
}

/* The call as it is sent, in the request's arena. */
static void
build(struct request *request, struct api_call *out)
{
	struct request_scope scope = {.request = request, .secret = look_up_secret};
	struct strbuf err = STRBUF_INIT;
	struct step_plan plan;

	if (step_plan_fill(&request->arena, &scope, &request->steps[0], &plan, &err) != 0)
		assert_string_equal(err.buf, "");
	api_call_build(&plan, out);
}

static void
assert_header(const struct api_call *call, size_t index, const char *name, const char *value)
{
	assert_true(index < call->request.header_count);
	assert_string_equal(call->request.headers[index].name, name);
	assert_string_equal(call->request.headers[index].value, value);
}

static void
a_call_is_a_get_without_a_body_by_default(void **state)
{
	struct request request;
	struct api_call call;

	(void)state;
	request_of(&request, "{url: 'http://h/x'}", "{}");
	build(&request, &call);
	assert_string_equal(call.request.method, "GET");
	assert_string_equal(call.request.url, "http://h/x");
	assert_null(call.request.body);
	assert_int_equal(call.request.header_count, 0);
	assert_null(call.key);
	assert_null(call.request.proxy.url);
	request_release(&request);
}

static void
empty_data_is_no_body(void **state)
{
	static const char *const empty[] = {"{}", "[]", "''", "null", "~"};

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		struct strbuf yaml = STRBUF_INIT;
		struct request request;
		struct api_call call;

		strbuf_addf(&yaml, "{url: 'http://h/', method: POST, data: %s}", empty[i]);
		request_of(&request, yaml.buf, "{}");
		build(&request, &call);
		assert_null(call.request.body);
		assert_int_equal(call.request.header_count, 0);
		request_release(&request);
		strbuf_release(&yaml);
	}
}

static void
a_body_is_json_and_says_so_unless_the_pipeline_does(void **state)
{
	struct request request;
	struct api_call call;

	(void)state;
	request_of(
	    &request, "{url: 'http://h/', data: {n: 1.10, big: 9007199254740993, t: true}}", "{}");
	build(&request, &call);
	assert_string_equal(call.request.body, "{\"n\":1.10,\"big\":9007199254740993,\"t\":true}");
	assert_int_equal(call.request.body_len, strlen(call.request.body));
	assert_header(&call, 0, "Content-Type", "application/json");
	request_release(&request);
	request_of(
	    &request, "{url: 'http://h/', data: [0], headers: {content-type: text/x}}", "{}");
	build(&request, &call);
	assert_int_equal(call.request.header_count, 1);
	assert_header(&call, 0, "content-type", "text/x");
	request_release(&request);
}

static void
the_query_is_encoded_and_joins_the_one_of_the_url(void **state)
{
	static const struct {
		const char *parameters;
		const char *url;
	} cases[] = {
	    {"{url: 'http://h/x#part', query: {a b: 'c&d', e: [1, true], f: null}}",
		"http://h/x?a%20b=c%26d&e=1&e=true&f="},
	    {"{url: 'http://h/x?q=1', query: {r: 2}}", "http://h/x?q=1&r=2"},
	    {"{url: 'http://h/x?', query: {r: 2, s: 3}}", "http://h/x?r=2&s=3"},
	    {"{url: 'http://h/x?q=1&', query: {r: 2}}", "http://h/x?q=1&r=2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request request;
		struct api_call call;

		request_of(&request, cases[i].parameters, "{}");
		build(&request, &call);
		assert_string_equal(call.request.url, cases[i].url);
		request_release(&request);
	}
}

static void
the_idempotency_key_is_sent_once(void **state)
{
	struct request request;
	struct api_call call, again;

	(void)state;
	request_of(&request, "{url: 'http://h/', data: [1], idempotency: sent}", "{}");
	build(&request, &call);
	build(&request, &again);
	assert_int_equal(strlen(call.key), 36);
	assert_int_equal(strlen(call.body_sha256), 64);
	assert_string_equal(call.key, again.key);
	assert_int_equal(call.request.header_count, 2);
	assert_header(&call, 1, "Idempotency-Key", call.key);
	request_release(&request);
	request_of(&request,
	    "{url: 'http://h/', idempotency: sent, headers: {idempotency-key: own}}", "{}");
	build(&request, &call);
	assert_int_equal(call.request.header_count, 1);
	assert_header(&call, 0, "idempotency-key", "own");
	assert_null(call.body_sha256);
	request_release(&request);
}

static void
only_what_does_no_harm_is_repeatable(void **state)
{
	static const struct {
		const char *parameters;
		bool repeatable;
	} cases[] = {
	    {"{url: 'http://h'}", true},
	    {"{url: 'http://h', method: PUT}", true},
	    {"{url: 'http://h', method: DELETE}", true},
	    {"{url: 'http://h', method: POST}", false},
	    {"{url: 'http://h', method: PATCH}", false},
	    {"{url: 'http://h', method: POST, idempotency: sent}", false},
	    {"{url: 'http://h', method: POST, idempotency: honoured}", true},
	    {"{url: 'http://h', method: POST, repeatable: true}", true},
	    {"{url: 'http://h', method: POST, repeatable: false}", false},
	    {"{url: 'http://h', method: PUT, repeatable: false}", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct request request;
		const void *parameters;

		request_of(&request, cases[i].parameters, "{}");
		parameters_read(&request.arena, request.steps[0].step->type,
		    request.steps[0].step->parameters, &parameters);
		assert_int_equal(api_is_repeatable(parameters), cases[i].repeatable);
		request_release(&request);
	}
}

static void
assert_shown(const char *parameters, const char *form_data, const char *expected)
{
	struct strbuf text = STRBUF_INIT, err = STRBUF_INIT;
	struct request request;

	request_of(&request, parameters, form_data);
	assert_int_equal(step_plan_show(&request, &request.steps[0], &text, &err), 0);
	assert_string_equal(err.buf, "");
	assert_string_equal(text.buf, expected);
	request_release(&request);
	strbuf_release(&text);
	strbuf_release(&err);
}

#define AGENT "User-Agent: svcreq/" SVCREQ_VERSION "\nAccept: */*\n"

static void
a_call_is_shown_as_it_is_sent(void **state)
{
	(void)state;
	assert_shown("{url: 'http://h:80/x?q#f'}", "{}",
	    "# to http://h\nGET /x?q HTTP/1.1\nHost: h\n" AGENT "\n");
	assert_shown(
	    "{url: 'https://h/', method: POST, data: {a: '${b}'}, insecure: true, headers: {accept: x}}",
	    "{b: 1}",
	    "# to https://h, whose certificate is not verified (insecure: true)\n"
	    "POST / HTTP/1.1\nHost: h\nUser-Agent: svcreq/" SVCREQ_VERSION "\naccept: x\n"
	    "Content-Type: application/json\nContent-Length: 7\n\n{\"a\":1}\n");
	assert_shown("{url: 'http://h/?', proxy: 'http://u:secret@p:1'}", "{}",
	    "# to http://h, through the proxy http://p:1\n"
	    "GET http://h/ HTTP/1.1\nHost: h\nProxy-Authorization: ***\n" AGENT
	    "Proxy-Connection: Keep-Alive\n\n");
	assert_shown("{url: 'http://h/', proxy: none}", "{}",
	    "# to http://h, through no proxy\nGET / HTTP/1.1\nHost: h\n" AGENT "\n");
}

/* Neither what is secret, nor how long it is, nor what was made of it. */
static void
what_is_secret_is_not_shown(void **state)
{
	(void)state;
	assert_shown(
	    "{url: 'http://h/${pin}/${secret:A}', method: POST, query: {p: '${pin}'}, idempotency: sent,"
	    " headers: {X: 'a ${secret:A}', Authorization: me}, data: {p: '${pin}', s: 'x${secret:A}y'}}",
	    "{pin: 981276}",
	    "# to http://h\nPOST /***/***?p=*** HTTP/1.1\nHost: h\n" AGENT
	    "X: a ***\nAuthorization: ***\nContent-Type: application/json\n"
	    "Idempotency-Key: ***\nContent-Length: ***\n\n{\"p\":\"***\",\"s\":\"x***y\"}\n");
	assert_shown("{url: 'http://h/', method: '${secret:M}', proxy: '${secret:P}'}", "{}",
	    "# to http://h, through the proxy ***\n"
	    "*** http://h/ HTTP/1.1\nHost: h\n" AGENT "Proxy-Connection: Keep-Alive\n\n");
}

static void
what_is_shown_is_what_is_sent(void **state)
{
	struct strbuf shown = STRBUF_INIT, sent = STRBUF_INIT, err = STRBUF_INIT;
	struct request request;
	struct api_call call;

	(void)state;
	request_of(&request,
	    "{url: 'http://h/${a}', method: PUT, idempotency: sent, data: {a: '${a}'}}", "{a: b}");
	build(&request, &call);
	assert_int_equal(api_call_show(&call, &sent, &err), 0);
	assert_int_equal(step_plan_show(&request, &request.steps[0], &shown, &err), 0);
	assert_string_equal(shown.buf, sent.buf);
	request_release(&request);
	strbuf_release(&shown);
	strbuf_release(&sent);
	strbuf_release(&err);
}

static void
a_proxy_of_the_environment_is_named(void **state)
{
	(void)state;
	setenv("https_proxy", "http://u:secret@p:3128", 1);
	setenv("all_proxy", "socks5://q:1", 1);
	assert_shown("{url: 'https://h/'}", "{}",
	    "# to https://h, as the environment says (https_proxy=http://p:3128)\n"
	    "GET / HTTP/1.1\nHost: h\n" AGENT "\n");
	assert_shown("{url: 'http://h/'}", "{}",
	    "# to http://h, as the environment says (all_proxy=socks5://q:1)\n"
	    "GET / HTTP/1.1\nHost: h\n" AGENT "\n");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
}

static void
what_cannot_be_sent_is_told(void **state)
{
	struct strbuf text = STRBUF_INIT, err = STRBUF_INIT;
	struct request request;

	(void)state;
	request_of(&request, "{url: 'http://a<b/'}", "{}");
	assert_int_equal(step_plan_show(&request, &request.steps[0], &text, &err), -1);
	assert_string_equal(text.buf, "");
	assert_string_equal(err.buf, "the URL is malformed: no host has such a name");
	request_release(&request);
	strbuf_release(&text);
	strbuf_release(&err);
}

static int
without_proxies(void **state)
{
	(void)state;
	for (const char *const *name = api_proxy_variables; *name != NULL; name++)
		unsetenv(*name);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_call_is_a_get_without_a_body_by_default),
	    cmocka_unit_test(empty_data_is_no_body),
	    cmocka_unit_test(a_body_is_json_and_says_so_unless_the_pipeline_does),
	    cmocka_unit_test(the_query_is_encoded_and_joins_the_one_of_the_url),
	    cmocka_unit_test(the_idempotency_key_is_sent_once),
	    cmocka_unit_test(only_what_does_no_harm_is_repeatable),
	    cmocka_unit_test(a_call_is_shown_as_it_is_sent),
	    cmocka_unit_test(what_is_secret_is_not_shown),
	    cmocka_unit_test(what_is_shown_is_what_is_sent),
	    cmocka_unit_test(a_proxy_of_the_environment_is_named),
	    cmocka_unit_test(what_cannot_be_sent_is_told),
	};

	return cmocka_run_group_tests(tests, without_proxies, NULL);
}
