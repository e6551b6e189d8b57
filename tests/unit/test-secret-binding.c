/* SPDX-License-Identifier: ISC */
/* What the owner of a workspace allows its secrets for. */
#include "unit.h"

#include <string.h>

#include "base/faults.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/parameters.h"
#include "model/pipeline/pipeline.h"
#include "model/secret-binding.h"

#define ORIGIN "{T: {origins: ['https://api.example.org']}}"
#define ELSEWHERE(where)                                      \
	"the secret 'T' is bound to https://api.example.org:" \
	" it must not be sent to " where "\n"

static struct arena arena;

/* The faults of a call in the pipeline 'order' with these parameters. */
static const char *
faults_of(const char *bindings, const char *parameters, const struct check_mode *mode)
{
	const struct value *bound = model_yaml(&arena, bindings);
	struct pipeline pipeline;
	struct faults faults;
	const void *read;
	const char *text;

	model_pipeline(&arena,
	    arena_printf(&arena,
		"{pipeline_name: order, steps: [{step_name: S, step_type: API, parameters: {%s}}]}",
		parameters),
	    &pipeline);
	parameters_read(&arena, pipeline.steps[0].type, pipeline.steps[0].parameters, &read);
	faults_init(&faults, NULL);
	secret_bindings_check(bound, &pipeline, &pipeline.steps[0], read, mode, &faults);
	text = arena_strdup(&arena, faults_text(&faults));
	faults_release(&faults);
	return text;
}

static void
assert_bound(const char *bindings, const char *parameters, const char *expected)
{
	assert_string_equal(faults_of(bindings, parameters, &check_written), expected);
}

static int
tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

static void
a_secret_is_sent_to_its_origins(void **state)
{
	static const char *const right[] = {"https://api.example.org", "https://api.example.org/",
	    "https://API.example.org:443/a?b", "https://api.example.org./x",
	    "https://api.example.org/${x}", "https://api.example.org?${x}=//evil/"};
	static const struct {
		const char *url;
		const char *told;
	} wrong[] = {
	    {"http://api.example.org/", ELSEWHERE("http://api.example.org")},
	    {"https://api.example.org:8443/", ELSEWHERE("https://api.example.org:8443")},
	    {"https://example.org/", ELSEWHERE("https://example.org")},
	    {"https://api.example.org.evil/", ELSEWHERE("https://api.example.org.evil")},
	    {"https://evil/https://api.example.org/", ELSEWHERE("https://evil")},
	    {"https://evil#https://api.example.org/", ELSEWHERE("https://evil")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_bound(ORIGIN,
		    arena_printf(&arena, "url: '%s', headers: {X: '${secret:T}'}", right[i]), "");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_bound(ORIGIN,
		    arena_printf(&arena, "url: '%s', headers: {X: '${secret:T}'}", wrong[i].url),
		    wrong[i].told);
}

static void
it_counts_wherever_it_stands(void **state)
{
	static const char *const places[] = {"url: 'http://evil/${secret:T}'",
	    "url: 'http://evil/', query: {a: ['${ secret:T }']}",
	    "url: 'http://evil/', query: {'${secret:T}': 1}",
	    "url: 'http://evil/', headers: {'${secret:T}': x}",
	    "url: 'http://evil/', method: POST, data: {a: [{b: 'x${secret:T}'}]}",
	    "url: 'http://evil/', method: '${secret:T}'",
	    "url: 'http://evil/', timeout: '${secret:T}'"};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		assert_bound(ORIGIN, places[i], ELSEWHERE("http://evil"));
	assert_bound(ORIGIN, "url: 'http://evil/', headers: {X: '${secret:U} $${secret:T}'}", "");
	assert_bound("{T: {origins: []}}", "url: 'http://h/${secret:T}'",
	    "the secret 'T' is bound to none: it must not be sent to http://h\n");
	assert_bound("{T: {origins: ['http://h:80', 'HTTP://[0::1]']}}",
	    "url: 'http://[::1]/${secret:T}'", "");
}

static void
where_nobody_is_verified_it_is_not_sent(void **state)
{
	(void)state;
	assert_bound(ORIGIN, "url: 'https://api.example.org/${secret:T}', insecure: true",
	    ELSEWHERE("whoever answers (insecure: true)"));
	assert_bound(ORIGIN, "url: 'https://api.example.org/', insecure: true", "");
}

#define PLAIN	"{T: {origins: ['http://h']}}"
#define PROXIED "url: 'http://h/${secret:T}', proxy: "

static void
a_proxy_of_the_step_reads_what_is_not_encrypted(void **state)
{
	(void)state;
	assert_bound(PLAIN, PROXIED "none", "");
	assert_bound(PLAIN, PROXIED "'http://p:3128'",
	    "the secret 'T' is bound to http://h: it must not be sent to http://p:3128\n");
	assert_bound(PLAIN, PROXIED "'socks5://p'",
	    "the secret 'T' is bound to http://h: it must not be sent to socks5://p\n");
	assert_bound("{T: {origins: ['http://h', 'http://p:3128']}}", PROXIED "'p:3128'", "");
	assert_bound(
	    ORIGIN, "url: 'https://api.example.org/${secret:T}', proxy: 'http://p:3128'", "");
}

static void
what_a_proxy_is_told_goes_to_the_proxy(void **state)
{
	static const char *const ports[] = {"http://p", "http://p:", "p", "p/", "http://p:1080/"};

	(void)state;
	assert_bound("{T: {origins: ['https://p']}}",
	    "url: 'http://h/', proxy: 'https://me:${secret:T}@p'", "");
	assert_bound(PLAIN, "url: 'http://h/', proxy: 'http://${secret:T}:x@p:3128'",
	    "the secret 'T' is bound to http://h: it must not be sent to http://p:3128\n");
	/* as libcurl has it */
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		assert_bound(PLAIN,
		    arena_printf(&arena, "url: 'http://h/${secret:T}', proxy: '%s'", ports[i]),
		    "the secret 'T' is bound to http://h: it must not be sent to http://p:1080\n");
	/* who that is, is known when it is filled in */
	assert_bound(PLAIN, PROXIED "'http://${x}:1'", "");
	assert_bound(PLAIN, "url: 'http://h/', proxy: '${secret:T}'", "");
	assert_string_equal(faults_of(PLAIN, PROXIED "'http://$${x}:1'", &check_filled),
	    "the secret 'T' is bound to http://h: it must not be sent to that proxy\n");
}

static void
a_secret_is_used_by_its_pipelines(void **state)
{
	(void)state;
	assert_bound("{T: {pipelines: [a, order]}}", "url: 'http://h/${secret:T}'", "");
	assert_bound("{T: {pipelines: [a, ORDER]}}", "url: 'http://h/${secret:T}'",
	    "the secret 'T' is bound to other pipelines (a, ORDER): 'order' must not use it\n");
	assert_bound("{T: {pipelines: [], origins: ['http://h']}}", "url: 'http://h/${secret:T}'",
	    "the secret 'T' is bound to other pipelines (none): 'order' must not use it\n");
	assert_bound("{T: {pipelines: [order]}}", "url: 'http://h/${secret:U}'", "");
	assert_bound("{}", "url: 'http://h/${secret:T}'", "");
	assert_bound("{T: {}}", "url: 'http://h/${secret:T}'", "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_secret_is_sent_to_its_origins),
	    cmocka_unit_test(it_counts_wherever_it_stands),
	    cmocka_unit_test(where_nobody_is_verified_it_is_not_sent),
	    cmocka_unit_test(a_proxy_of_the_step_reads_what_is_not_encrypted),
	    cmocka_unit_test(what_a_proxy_is_told_goes_to_the_proxy),
	    cmocka_unit_test(a_secret_is_used_by_its_pipelines),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}
