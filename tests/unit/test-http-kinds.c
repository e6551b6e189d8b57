/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/placeholder.h"
#include "steps/http-kinds.h"

/* What the placeholders below stand for. */
static const char names[] =
    "{text: hello, empty: '', number: 1.50, yes: true, nil: null, list: [1, b], map: {k: [v]},\n"
    " two words: x, odd: 'a/b?c#d%e f&ü', dot: ., dots: .., 'secret:KEY': s3, dollar: '${text}'}";

/* What comes of a URL, with the error's text where nothing does. */
static void
assert_url(const char *url, const char *expected, const char *error)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	const struct placeholder_scope scope = model_scope(model_yaml(&arena, names));
	const struct parameter_filling filling = {.arena = &arena, .rules = 1, .scope = &scope};
	const struct value *text = value_string(&arena, url);
	struct value *out = NULL;

	assert_int_equal(kind_url.fill(&filling, text, &out, &err), error == NULL ? 0 : -1);
	assert_string_equal(err.buf, error == NULL ? "" : error);
	if (error == NULL)
		assert_string_equal(out->text, expected);
	else
		assert_null(out);
	strbuf_release(&err);
	arena_release(&arena);
}

static void
what_goes_into_a_url_is_encoded(void **state)
{
	(void)state;
	assert_url("http://h/${odd}", "http://h/a%2Fb%3Fc%23d%25e%20f%26%C3%BC", NULL);
	assert_url("http://h/a?q=${odd}&n=${number}",
	    "http://h/a?q=a%2Fb%3Fc%23d%25e%20f%26%C3%BC&n=1.50", NULL);
	assert_url("http://h/a#${odd}", "http://h/a#a%2Fb%3Fc%23d%25e%20f%26%C3%BC", NULL);
	assert_url("http://h/${list}", "http://h/%5B1%2C%22b%22%5D", NULL);
	assert_url("http://h/x-${text}.json", "http://h/x-hello.json", NULL);
	assert_url("http://h", "http://h", NULL);
	assert_url("http://h/a/../b//./$${text}", "http://h/a/../b//./${text}", NULL);
	assert_url("http://h?q=${text}", "http://h?q=hello", NULL);
	assert_url("http://h#${text}", "http://h#hello", NULL);
	assert_url("http://h/${text}/${text}", "http://h/hello/hello", NULL);
}

static const char moves[] = "a placeholder would make a path segment of the URL empty, '.' or '..'";

static void
a_placeholder_names_no_other_segment(void **state)
{
	(void)state;
	assert_url("http://h/a/${dots}/b", "", moves);
	assert_url("http://h/a/${dots}", "", moves);
	assert_url("http://h/a/${dots}?q", "", moves);
	assert_url("http://h/a/${dots}#f", "", moves);
	assert_url("http://h/a/${dot}/b", "", moves);
	assert_url("http://h/${empty}", "", moves);
	assert_url("http://h/${empty}/b", "", moves);
	assert_url("http://h/${nil}/b", "", moves);
	assert_url("http://h/${dot}${dot}", "", moves);
	assert_url("http://h/.${dot}", "", moves);
	assert_url("http://h/.${empty}", "", moves);
	assert_url("http://h/${dot}${empty}.", "", moves);
}

static void
an_encoded_dot_is_a_dot(void **state)
{
	(void)state;
	assert_url("http://h/%2e${dot}", "", moves);
	assert_url("http://h/${dot}%2E/x", "", moves);
	assert_url("http://h/%2e%2E${empty}", "", moves);
	assert_url("http://h/%2e${text}", "http://h/%2ehello", NULL);
	assert_url("http://h/%2f${dot}", "http://h/%2f.", NULL);
	assert_url("http://h/%2${dot}", "http://h/%2.", NULL);
}

static void
dots_are_harmless_elsewhere(void **state)
{
	(void)state;
	assert_url("http://h/a.${dots}", "http://h/a...", NULL);
	assert_url("http://h/${dot}${dots}", "http://h/...", NULL);
	assert_url("http://h/a?x=${dots}&y=${empty}", "http://h/a?x=..&y=", NULL);
	assert_url("http://h/a?p=/${dots}/${empty}", "http://h/a?p=/../", NULL);
	assert_url("http://h/a#/${dots}", "http://h/a#/..", NULL);
	assert_url("http://h/a${empty}", "http://h/a", NULL);
}

static void
the_origin_is_the_pipelines_to_say(void **state)
{
	static const char *const open[] = {"${text}", "${text}://h/", "http://${text}",
	    "http://${text}/", "http://h${text}/", "http://h:${number}/", "http://${text}@h/",
	    "http:${text}", "http:/${text}://h", "http://h\\${text}/", "no url",
	    "http://h${text}?q", "http://h${text}#f", "http://${", "h/${text}"};
	static const char *const fixed[] = {"http://h", "http://h/${text}", "http://h?${text}",
	    "http://h#${text}", "https://h:1/a/${text}", "http://h/x://${text}",
	    "http://h$${text}/${text}"};
	static const char *const filled[] = {"http://h", "http://h/hello", "http://h?hello",
	    "http://h#hello", "https://h:1/a/hello", "http://h/x://hello",
	    "http://h$${text}/hello"};

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		assert_url(
		    open[i], "", "a placeholder cannot stand in the scheme, host or port of a URL");
	}
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		assert_url(fixed[i], filled[i], NULL);
}

static void
a_url_needs_what_it_names(void **state)
{
	(void)state;
	assert_url("http://h/${unknown}", "", "there is no 'unknown'");
	assert_url("http://h/${oops", "", "malformed placeholder");
}

static void
a_list_of_statuses_has_what_it_says(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct value *list = model_yaml(&arena, "[201, '4xx', '300-302']");

	(void)state;
	assert_true(status_list_has(list, 201));
	assert_false(status_list_has(list, 200));
	assert_false(status_list_has(list, 399));
	assert_true(status_list_has(list, 400));
	assert_true(status_list_has(list, 499));
	assert_false(status_list_has(list, 500));
	assert_true(status_list_has(list, 300));
	assert_true(status_list_has(list, 302));
	assert_false(status_list_has(list, 303));
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_goes_into_a_url_is_encoded),
	    cmocka_unit_test(a_placeholder_names_no_other_segment),
	    cmocka_unit_test(an_encoded_dot_is_a_dot),
	    cmocka_unit_test(dots_are_harmless_elsewhere),
	    cmocka_unit_test(the_origin_is_the_pipelines_to_say),
	    cmocka_unit_test(a_url_needs_what_it_names),
	    cmocka_unit_test(a_list_of_statuses_has_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
