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
#include "steps/api-proxy.h"
#include "steps/api.h"

/* A request with one API step, whose parameters are those. */
static void
request_of(struct request *request, const char *parameters, const char *form_data)
{
	struct strbuf yaml = STRBUF_INIT;

	strbuf_addf(&yaml,
	    "form: {fields: [{name: pin, secret: true}, {name: x}, {name: m}, {name: a}, {name: b}, {name: t}]}\n"
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

/* The call of a step as it is sent, in the request's arena. */
static void
build_step(struct request *request, size_t step, struct api_call *out)
{
	struct request_scope scope = {.request = request, .secret = look_up_secret};
	struct strbuf err = STRBUF_INIT;
	struct step_plan plan;

	if (step_plan_fill(&request->arena, &scope, &request->steps[step], &plan, &err) != 0)
		assert_string_equal(err.buf, "");
	assert_int_equal(api_call_build(&plan, out, &err), 0);
}

static void
build(struct request *request, struct api_call *out)
{
	build_step(request, 0, out);
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

/* What a value of data sends: nothing, or itself. */
enum sends {
	NEVER,	    /* no body of any method, by any rules */
	NOT_BEFORE, /* a body by rules 2, of the methods whose body means something */
	ALWAYS,
};

static const struct {
	const char *data; /* as it is written */
	const char *x;	  /* what its placeholder is filled with; NULL: it has none */
	enum sends sends;
	const char *body;
} data_values[] = {
    {"~", NULL, NEVER, NULL},
    {"''", NULL, NEVER, NULL},
    {"'${x}'", "''", NEVER, NULL},
    {"'${x}'", "~", NEVER, NULL},
    {"{}", NULL, NOT_BEFORE, "{}"},
    {"[]", NULL, NOT_BEFORE, "[]"},
    {"'${x}'", "{}", NOT_BEFORE, "{}"},
    {"'${x}'", "[]", NOT_BEFORE, "[]"},
    {"{a: '${x}'}", "{}", ALWAYS, "{\"a\":{}}"},
    {"[~]", NULL, ALWAYS, "[null]"},
    {"0", NULL, ALWAYS, "0"},
    {"false", NULL, ALWAYS, "false"},
    {"'${x}'", "false", ALWAYS, "false"},
    {"'{}'", NULL, ALWAYS, "\"{}\""},
};

static const struct {
	const char *name;
	bool body_means_something;
} methods[] = {
    {"GET", false},
    {"HEAD", false},
    {"DELETE", false},
    {"POST", true},
    {"PUT", true},
    {"PATCH", true},
    {"OPTIONS", true},
    {"patch", true},
    {"delete", false},
};

/* body: NULL: the call has none. */
static void
assert_body(const struct api_call *call, const char *body)
{
	if (body == NULL) {
		assert_null(call->request.body);
		assert_int_equal(call->request.body_len, 0);
		assert_int_equal(call->request.header_count, 0);
		return;
	}
	assert_non_null(call->request.body);
	assert_string_equal(call->request.body, body);
	assert_int_equal(call->request.body_len, strlen(body));
	assert_int_equal(call->request.header_count, 1);
	assert_header(call, 0, "Content-Type", "application/json");
}

/* Builds it by the rules, or finds out that it cannot be sent. */
static void
assert_sends(size_t method, size_t value, int64_t rules)
{
	bool sends = data_values[value].sends == ALWAYS ||
		     (data_values[value].sends == NOT_BEFORE && rules >= 2 &&
			 methods[method].body_means_something);
	struct strbuf pipeline = STRBUF_INIT, outputs = STRBUF_INIT;
	struct request request;
	struct api_call call;

	strbuf_addf(&pipeline,
	    "steps:\n"
	    "- {step_name: before, step_type: API, parameters: {url: 'http://h/', outputs: {x: ''}}}\n"
	    "- {step_name: call, step_type: API, parameters: {url: 'http://h/', method: %s, data: %s}}",
	    methods[method].name, data_values[value].data);
	strbuf_addf(&outputs, "{x: %s}", data_values[value].x == NULL ? "0" : data_values[value].x);
	model_request(&request, pipeline.buf, "{}");
	request.pipeline.rules = rules;
	model_happens(&request, EVENT_RUNNING, "before");
	model_happens_with(
	    &request, EVENT_COMPLETED, "before", &(struct model_detail){.outputs = outputs.buf});
	build_step(&request, 1, &call);
	assert_body(&call, sends ? data_values[value].body : NULL);
	request_release(&request);
	strbuf_release(&pipeline);
	strbuf_release(&outputs);
}

static void
what_is_empty_is_a_body_as_the_method_and_the_rules_say(void **state)
{
	const size_t method_count = sizeof(methods) / sizeof(methods[0]);
	const size_t value_count = sizeof(data_values) / sizeof(data_values[0]);

	(void)state;
	for (size_t i = 0; i < method_count; i++) {
		for (size_t j = 0; j < value_count; j++) {
			if (strcmp(methods[i].name, "HEAD") == 0 && data_values[j].sends == ALWAYS)
				continue; /* refused: a HEAD has no body */
			for (int64_t rules = 1; rules <= PIPELINE_RULES; rules++)
				assert_sends(i, j, rules);
		}
	}
}

static void
a_head_takes_data_that_is_no_body(void **state)
{
	static const char refused[] = "a HEAD request cannot have a body ('data')";

	(void)state;
	for (size_t i = 0; i < sizeof(data_values) / sizeof(data_values[0]); i++) {
		struct strbuf pipeline = STRBUF_INIT, expected = STRBUF_INIT;

		strbuf_addf(&pipeline,
		    "steps: [{step_name: a, step_type: API, parameters: {url: 'http://h/',\n"
		    "method: head,\ndata: %s}}]",
		    data_values[i].data);
		if (data_values[i].sends == ALWAYS && strcmp(data_values[i].data, "'${x}'") != 0)
			strbuf_addf(&expected, "x.yaml:3:7: %s\n", refused);
		model_assert_faults(pipeline.buf, expected.buf);
		strbuf_release(&pipeline);
		strbuf_release(&expected);
	}
}

/* What is checked, sent, shown and compared has one spelling. */
static void
a_method_is_sent_in_upper_case(void **state)
{
	static const char *const written[] = {"put", "Put", "PUT", "'${m}'"};

	(void)state;
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		struct strbuf yaml = STRBUF_INIT, shown = STRBUF_INIT;
		struct request request;
		struct api_call call;

		strbuf_addf(&yaml, "{url: 'http://h/', method: %s, data: {}}", written[i]);
		request_of(&request, yaml.buf, "{m: pUt}");
		build(&request, &call);
		assert_string_equal(call.request.method, "PUT");
		assert_int_equal(step_plan_show(&request, &request.steps[0], &shown, NULL), 0);
		assert_non_null(strstr(shown.buf, "\nPUT / HTTP/1.1\n"));
		pipeline_step_describe(&request.pipeline.steps[0], &yaml);
		assert_non_null(strstr(yaml.buf, i == 3 ? "}${m} http://h/" : "}PUT http://h/"));
		request_release(&request);
		strbuf_release(&yaml);
		strbuf_release(&shown);
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
	request_of(&request,
	    "{url: 'http://h/', data: [0], headers: {content-type: application/x+json}}", "{}");
	build(&request, &call);
	assert_int_equal(call.request.header_count, 1);
	assert_header(&call, 0, "content-type", "application/x+json");
	request_release(&request);
}

/* A type that only filling in tells is refused then; rules before 4 asked for none that fits. */
static void
data_has_a_type_that_is_json_since_rules_4(void **state)
{
	(void)state;
	for (int64_t rules = 1; rules <= PIPELINE_RULES; rules++) {
		struct request request;
		struct request_scope scope = {.request = &request, .secret = look_up_secret};
		struct strbuf err = STRBUF_INIT;
		struct step_plan plan;
		int ret;

		request_of(&request,
		    "{url: 'http://h/', method: POST, data: t, headers: {Content-Type: '${t}'}}",
		    "{t: text/plain}");
		request.pipeline.rules = rules;
		ret = step_plan_fill(&request.arena, &scope, &request.steps[0], &plan, &err);
		assert_int_equal(ret, rules < 4 ? 0 : -1);
		if (rules >= 4)
			assert_string_equal(err.buf,
			    "'data' is sent as JSON, which 'text/plain' is not: 'form' sends a "
			    "form, and 'body' a text as it is");
		strbuf_release(&err);
		request_release(&request);
	}
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
	    {"{url: 'http://h', method: put}", true},
	    {"{url: 'http://h', method: post}", false},
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
	    "*** http://h/ HTTP/1.1\nHost: h\n" AGENT
	    "Proxy-Connection: Keep-Alive\nContent-Length: ***\n\n");
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
	    cmocka_unit_test(what_is_empty_is_a_body_as_the_method_and_the_rules_say),
	    cmocka_unit_test(a_head_takes_data_that_is_no_body),
	    cmocka_unit_test(a_method_is_sent_in_upper_case),
	    cmocka_unit_test(a_body_is_json_and_says_so_unless_the_pipeline_does),
	    cmocka_unit_test(data_has_a_type_that_is_json_since_rules_4),
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
