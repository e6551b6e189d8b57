/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "base/yaml/yaml.h"
#include "steps/api.h"

static void
build(struct arena *arena, const char *yaml, const char *key, struct api_request *out)
{
	struct strbuf err = STRBUF_INIT;
	struct value *parameters = NULL;

	assert_int_equal(yaml_read(arena, NULL, yaml, strlen(yaml), &parameters, &err), 0);
	api_request_build(arena, parameters, key, out);
}

static void
a_call_is_a_get_without_a_body_by_default(void **state)
{
	struct arena arena = ARENA_INIT;
	struct api_request request;

	(void)state;
	build(&arena, "{url: 'http://h/x'}", NULL, &request);
	assert_string_equal(request.method, "GET");
	assert_string_equal(request.url, "http://h/x");
	assert_null(request.body);
	assert_int_equal(request.header_count, 0);
	arena_release(&arena);
}

static void
empty_data_is_no_body(void **state)
{
	static const char *const empty[] = {"{}", "[]", "''", "null", "~"};
	struct arena arena = ARENA_INIT;
	struct strbuf yaml = STRBUF_INIT;
	struct api_request request;

	(void)state;
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		strbuf_reset(&yaml);
		strbuf_addf(&yaml, "{url: 'http://h/', method: POST, data: %s}", empty[i]);
		build(&arena, yaml.buf, NULL, &request);
		assert_null(request.body);
		assert_int_equal(request.header_count, 0);
	}
	strbuf_release(&yaml);
	arena_release(&arena);
}

static void
a_body_is_json_and_says_so_unless_the_pipeline_does(void **state)
{
	struct arena arena = ARENA_INIT;
	struct api_request request;

	(void)state;
	build(&arena, "{url: 'http://h/', data: {n: 1.10, big: 9007199254740993, t: true}}", NULL,
	    &request);
	assert_string_equal(request.body, "{\"n\":1.10,\"big\":9007199254740993,\"t\":true}");
	assert_int_equal(request.body_len, strlen(request.body));
	assert_string_equal(request.headers[0].name, "Content-Type");
	assert_string_equal(request.headers[0].value, "application/json");
	build(&arena, "{url: 'http://h/', data: [0], headers: {content-type: text/x}}", NULL,
	    &request);
	assert_int_equal(request.header_count, 1);
	assert_string_equal(request.headers[0].value, "text/x");
	arena_release(&arena);
}

static void
the_query_is_encoded_and_joins_the_one_of_the_url(void **state)
{
	struct arena arena = ARENA_INIT;
	struct api_request request;

	(void)state;
	build(&arena, "{url: 'http://h/x#part', query: {a b: 'c&d', e: [1, true], f: null}}", NULL,
	    &request);
	assert_string_equal(request.url, "http://h/x?a%20b=c%26d&e=1&e=true&f=");
	build(&arena, "{url: 'http://h/x?q=1', query: {r: 2}}", NULL, &request);
	assert_string_equal(request.url, "http://h/x?q=1&r=2");
	build(&arena, "{url: 'http://h/x?', query: {r: 2, s: 3}}", NULL, &request);
	assert_string_equal(request.url, "http://h/x?r=2&s=3");
	build(&arena, "{url: 'http://h/x?q=1&', query: {r: 2}}", NULL, &request);
	assert_string_equal(request.url, "http://h/x?q=1&r=2");
	arena_release(&arena);
}

static void
the_idempotency_key_is_sent_once(void **state)
{
	struct arena arena = ARENA_INIT;
	struct api_request request;

	(void)state;
	build(&arena, "{url: 'http://h/'}", "k-1", &request);
	assert_int_equal(request.header_count, 1);
	assert_string_equal(request.headers[0].name, "Idempotency-Key");
	assert_string_equal(request.headers[0].value, "k-1");
	build(&arena, "{url: 'http://h/', headers: {idempotency-key: own}}", "k-1", &request);
	assert_int_equal(request.header_count, 1);
	assert_string_equal(request.headers[0].value, "own");
	arena_release(&arena);
}

static void
only_what_does_no_harm_is_repeatable(void **state)
{
	static const struct {
		const char *yaml;
		bool repeatable;
	} cases[] = {
	    {"{url: x}", true},
	    {"{url: x, method: PUT}", true},
	    {"{url: x, method: DELETE}", true},
	    {"{url: x, method: POST}", false},
	    {"{url: x, method: PATCH}", false},
	    {"{url: x, method: POST, idempotency: sent}", false},
	    {"{url: x, method: POST, idempotency: honoured}", true},
	};
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct value *parameters;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(yaml_read(&arena, NULL, cases[i].yaml, strlen(cases[i].yaml),
				     &parameters, &err),
		    0);
		assert_int_equal(api_request_repeatable(parameters), cases[i].repeatable);
	}
	arena_release(&arena);
}

static void
credentials_are_known_in_any_case(void **state)
{
	(void)state;
	assert_true(api_header_is_credential("authorization"));
	assert_true(api_header_is_credential("Set-Cookie"));
	assert_true(api_header_is_credential("X-Api-Key"));
	assert_true(api_header_is_credential("PRIVATE-TOKEN"));
	assert_false(api_header_is_credential("Accept"));
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
	    cmocka_unit_test(credentials_are_known_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
