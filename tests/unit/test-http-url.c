/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include "base/value.h"
#include "model-helper.h"
#include "model/pipeline/filter.h"
#include "model/pipeline/placeholder.h"
#include "steps/http-url.h"

/* What the placeholders below stand for. */
static const char names[] =
    "{text: hello, empty: '', number: 1.50, yes: true, nil: null, list: [1, b], map: {k: [v]},\n"
    " two words: x, odd: 'a/b?c#d%e f&ü', dot: ., dots: .., 'secret:KEY': s3, dollar: '${text}',\n"
    " up: ../admin, back: 'a\\..\\b', twice: '%252e%252e%252fb', deep: '%25252e%25252e', tomcat: '..;x',\n"
    " end: /.., slash: /, start: /a, stop: a/, double: a//b, path: a/b c/d, 'text|path': old}";

/* What comes of a URL, with the error's text where nothing does. */
static void
assert_url(const char *url, const char *expected, const char *error)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	const struct placeholder_scope scope = model_scope(model_yaml(&arena, names));
	const struct parameter_filling filling = {.arena = &arena, .scope = &scope};
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

/* The text with the placeholders is the segment that is refused. */
static void
assert_empties(const char *url, const char *written)
{
	struct strbuf error = STRBUF_INIT;

	strbuf_addf(&error, "'%s' would make a path segment of the URL empty", written);
	assert_url(url, "", error.buf);
	strbuf_release(&error);
}

static void
assert_moves(const char *url, const char *written)
{
	struct strbuf error = STRBUF_INIT;

	strbuf_addf(&error,
	    "'%s' would make a path segment of the URL lead to another place: a part of it is '.', "
	    "'..' or begins with '..;'",
	    written);
	assert_url(url, "", error.buf);
	strbuf_release(&error);
}

static void
a_placeholder_names_no_other_segment(void **state)
{
	(void)state;
	assert_moves("http://h/a/${dots}/b", "${dots}");
	assert_moves("http://h/a/${dots}", "${dots}");
	assert_moves("http://h/a/${dots}?q", "${dots}");
	assert_moves("http://h/a/${dots}#f", "${dots}");
	assert_moves("http://h/a/${dot}/b", "${dot}");
	assert_empties("http://h/${empty}", "${empty}");
	assert_empties("http://h/${empty}/b", "${empty}");
	assert_empties("http://h/${nil}/b", "${nil}");
	assert_moves("http://h/${dot}${dot}", "${dot}${dot}");
	assert_moves("http://h/.${dot}", ".${dot}");
	assert_moves("http://h/.${empty}", ".${empty}");
	assert_moves("http://h/${dot}${empty}.", "${dot}${empty}.");
}

static void
an_encoded_dot_is_a_dot(void **state)
{
	(void)state;
	assert_moves("http://h/%2e${dot}", "%2e${dot}");
	assert_moves("http://h/${dot}%2E/x", "${dot}%2E");
	assert_moves("http://h/%2e%2E${empty}", "%2e%2E${empty}");
	assert_url("http://h/%2e${text}", "http://h/%2ehello", NULL);
	assert_moves("http://h/%2f${dot}", "%2f${dot}");
	assert_url("http://h/%2${dot}", "http://h/%2.", NULL);
}

/* What servers make of a slash, a backslash or a ";" behind dots is no matter of ours. */
static void
a_value_leads_nowhere_once_it_is_decoded(void **state)
{
	(void)state;
	assert_moves("http://h/a/${up}/b", "${up}");
	assert_moves("http://h/a/${back}", "${back}");
	assert_moves("http://h/a/${twice}", "${twice}");
	assert_moves("http://h/a/${tomcat}", "${tomcat}");
	assert_moves("http://h/a/x${end}", "x${end}");
	assert_moves("http://h/a/..%2F${text}", "..%2F${text}");
	assert_url("http://h/a/x${up}", "http://h/a/x..%2Fadmin", NULL);
	assert_url("http://h/a?q=${up}", "http://h/a?q=..%2Fadmin", NULL);
	assert_url("http://h/a/${deep}", "http://h/a/%2525252e%2525252e", NULL);
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
a_path_keeps_its_slashes(void **state)
{
	(void)state;
	assert_url("http://h/f/${path|path}", "http://h/f/a/b%20c/d", NULL);
	assert_url(
	    "http://h/f/${ path | path }?q=${path}", "http://h/f/a/b%20c/d?q=a%2Fb%20c%2Fd", NULL);
	assert_url(
	    "http://h/x-${path|path}.txt/${path}", "http://h/x-a/b%20c/d.txt/a%2Fb%20c%2Fd", NULL);
	assert_url("http://h/${text|path}", "http://h/hello", NULL);
	assert_url("http://h/${odd|path}", "http://h/a/b%3Fc%23d%25e%20f%26%C3%BC", NULL);
}

static void
a_path_has_no_segment_that_leads_elsewhere(void **state)
{
	(void)state;
	assert_moves("http://h/f/${up|path}", "${up|path}");
	assert_moves("http://h/f/${path|path}/${up|path}/x", "${up|path}");
	assert_moves("http://h/f/${back|path}", "${back|path}");
	assert_moves("http://h/f/${twice|path}", "${twice|path}");
	assert_moves("http://h/f/${tomcat|path}", "${tomcat|path}");
	assert_moves("http://h/f/x${end|path}", "x${end|path}");
	assert_empties("http://h/f/${slash|path}", "${slash|path}");
	assert_empties("http://h/f/${start|path}", "${start|path}");
	assert_empties("http://h/f/${stop|path}", "${stop|path}");
	assert_empties("http://h/f/${double|path}", "${double|path}");
	assert_empties("http://h/f/${empty|path}", "${empty|path}");
}

static void
a_path_stands_in_the_path_only(void **state)
{
	static const char elsewhere[] = "the filter 'path' is for the path of a url";

	(void)state;
	assert_url("http://h/f?q=${path|path}", "", elsewhere);
	assert_url("http://h/f#${path|path}", "", elsewhere);
	assert_url("http://h/f?q=/${path|path}", "", elsewhere);
}

/* The rules of before: what a stored pipeline sends stays. */
static void
a_bar_was_part_of_a_name(void **state)
{
	struct arena arena = ARENA_INIT;
	struct placeholder_scope scope = model_scope(model_yaml(&arena, names));
	const struct parameter_filling filling = {.arena = &arena, .scope = &scope};
	struct value *out;

	(void)state;
	for (scope.rules = 1; scope.rules < FILTER_RULES; scope.rules++) {
		assert_int_equal(kind_url.fill(&filling,
				     value_string(&arena, "http://h/${text|path}"), &out, NULL),
		    0);
		assert_string_equal(out->text, "http://h/old");
	}
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_goes_into_a_url_is_encoded),
	    cmocka_unit_test(a_placeholder_names_no_other_segment),
	    cmocka_unit_test(an_encoded_dot_is_a_dot),
	    cmocka_unit_test(a_value_leads_nowhere_once_it_is_decoded),
	    cmocka_unit_test(dots_are_harmless_elsewhere),
	    cmocka_unit_test(the_origin_is_the_pipelines_to_say),
	    cmocka_unit_test(a_url_needs_what_it_names),
	    cmocka_unit_test(a_path_keeps_its_slashes),
	    cmocka_unit_test(a_path_has_no_segment_that_leads_elsewhere),
	    cmocka_unit_test(a_path_stands_in_the_path_only),
	    cmocka_unit_test(a_bar_was_part_of_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
