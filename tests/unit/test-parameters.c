/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/faults.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/parameters.h"
#include "model/pipeline/placeholder.h"
#include "model/step-type.h"
#include "steps/api.h"
#include "steps/catalogue.h"
#include "steps/http-kinds.h"

static void
assert_faults(const char *type, const char *parameters, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct faults faults;

	faults_init(&faults, "x.yaml");
	parameters_check(step_type_find(steps_catalogue, type), model_yaml(&arena, parameters),
	    PIPELINE_RULES, &faults);
	assert_string_equal(faults_text(&faults), expected);
	faults_release(&faults);
	arena_release(&arena);
}

/* The faults of an API step that has a URL; the parameters begin in line 2. */
static void
assert_api(const char *parameters, const char *expected)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "url: http://h/\n%s\n", parameters);
	assert_faults("API", text.buf, expected);
	strbuf_release(&text);
}

static void
assert_url(const char *url, const char *expected)
{
	struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;

	strbuf_addf(&text, "url: \"%s\"\n", url);
	if (*expected != '\0')
		strbuf_addf(&line, "x.yaml:1:6: %s\n", expected);
	assert_faults("API", text.buf, line.buf);
	strbuf_release(&line);
	strbuf_release(&text);
}

static void
all_parameters_of_an_api_step_can_be_given(void **state)
{
	(void)state;
	assert_faults("API",
	    "method: GET\n"
	    "url: https://h.example:8080/a/${x}?q=${y}#z\n"
	    "headers: {X-One: a, x-two: 2, X-3: true, x-4: ~, 'X-${name}': 'v ${value}'}\n"
	    "data: {a: [1, ~, {'${k}': '${v}'}]}\n"
	    "query: {a: b, c: [1, d, ~, true], e: ~, f: '${list}'}\n"
	    "success_status: [200, '2xx', '200-204', '${status}']\n"
	    "timeout: 1m30s\n"
	    "connect_timeout: 5\n"
	    "retry: {max_attempts: 3, backoff: 500ms, max_backoff: 1h}\n"
	    "follow_redirects: 5\n"
	    "ca_file: /etc/ca.pem\n"
	    "client_cert: c.pem\n"
	    "client_key: k.pem\n"
	    "proxy: none\n"
	    "max_response: 64KiB\n"
	    "idempotency: honoured\n"
	    "outputs: {id: /data/id, all: '', 'two words': /a~1b}\n",
	    "");
	assert_faults("API",
	    "{url: 'http://h/', method: ~, headers: ~, data: ~, query: ~, retry: ~, timeout: ~}",
	    "");
	assert_faults("API",
	    "{url: 'http://h/', method: '${m}', timeout: '${t}', follow_redirects: '${n}', headers: '${h}'}",
	    "");
}

static void
all_parameters_of_an_approval_can_be_given(void **state)
{
	(void)state;
	assert_faults("WAIT_FOR_APPROVAL", "{}", "");
	assert_faults("WAIT_FOR_APPROVAL",
	    "approvers: [alice, '@ops']\n"
	    "approvals_required: 2\n"
	    "prevent_self_approval: true\n"
	    "expires_after: 3d\n"
	    "instructions: see ${ticket}\n",
	    "");
}

static void
an_unknown_parameter_is_refused_with_a_suggestion(void **state)
{
	(void)state;
	assert_faults("API", "{ulr: http://h/, zzz: 1}",
	    "x.yaml:1:1: a step of type API has no 'url'\n"
	    "x.yaml:1:2: unknown parameter 'ulr' of a step of type API, did you mean 'url'?\n"
	    "x.yaml:1:18: unknown parameter 'zzz' of a step of type API\n");
	assert_api("retry: {max_atempts: 3}",
	    "x.yaml:2:9: unknown parameter 'max_atempts' of retry, did you mean 'max_attempts'?\n");
	assert_faults("WAIT_FOR_APPROVAL", "{url: http://h/}",
	    "x.yaml:1:2: unknown parameter 'url' of a step of type WAIT_FOR_APPROVAL\n");
}

#define NO_METHOD \
	" is not a value of 'method' (there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)"

static void
a_method_is_one_that_is_known(void **state)
{
	static const char *const known[] = {
	    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), "method: %s", known[i]);
		assert_api(text, "");
	}
	assert_api("method: TRACE", "x.yaml:2:9: 'TRACE'" NO_METHOD "\n");
	assert_api("method: gett", "x.yaml:2:9: 'gett'" NO_METHOD "\n");
	assert_api("method: ' get'", "x.yaml:2:9: ' get'" NO_METHOD "\n");
	assert_api("method: ''", "x.yaml:2:9: ''" NO_METHOD "\n");
	assert_api("method: 7", "x.yaml:2:9: 'method' must be an HTTP method, not a number\n");
}

static void
a_url_has_a_scheme_and_a_host_and_no_user(void **state)
{
	(void)state;
	assert_url("http://h", "");
	assert_url("HTTPS://h:8443/a?b#c", "");
	assert_url("http://[::1]:80/", "");
	assert_url("http://h/%20%C3%bc", "");
	assert_url("", "a URL begins with 'http://' or 'https://'");
	assert_url("ftp://h/", "a URL begins with 'http://' or 'https://'");
	assert_url("h/x", "a URL begins with 'http://' or 'https://'");
	assert_url("http:///x", "the URL has no host");
	assert_url("http://:80/x", "the URL has no host");
	assert_url("https://?q", "the URL has no host");
	assert_url("http://me:pw@h/", "a URL cannot hold a user or password: use a header");
	assert_url("http://h/a@b", "");
	assert_url("http://h/a b", "the URL has a space or control byte (write it as %20)");
	assert_url("http://h/a\\nb", "the URL has a space or control byte (write it as %0A)");
	assert_url("http://h/100%",
	    "a '%' in a URL is followed by two hexadecimal digits (write it as %25)");
	assert_url("http://h/%2g",
	    "a '%' in a URL is followed by two hexadecimal digits (write it as %25)");
	assert_faults("API", "url: [http://h/]", "x.yaml:1:6: 'url' must be a URL, not a list\n");
}

static void
a_url_has_a_host_and_a_port_that_can_be(void **state)
{
	static const char port[] = "the port in the URL is not a number from 1 to 65535";
	static const char address[] = "'[' in a URL begins an IPv6 address, such as [::1]";
	static const char host[] = "the host in the URL has a '%', '[' or ']'";

	(void)state;
	assert_url("http://h:1/", "");
	assert_url("http://h:65535?q", "");
	assert_url("http://h:/", "");
	assert_url("http://[2001:db8::1]", "");
	assert_url("http://h:65536/", port);
	assert_url("http://h:99999/", port);
	assert_url("http://h:100000/", port);
	assert_url("http://h:0/", port);
	assert_url("http://h:080/", port);
	assert_url("http://h:+8/", port);
	assert_url("http://h:x/", port);
	assert_url("http://h:80:80/", port);
	assert_url("http://[::1]x/", port);
	assert_url("http://[::1]:0/", port);
	assert_url("https://[::1/b", address);
	assert_url("https://[::1/b]", address);
	assert_url("http://[]/", address);
	assert_url("http://[h]/", address);
	assert_url("http://[1234567890123456789012345678901234567890123456789::1]/", address);
	assert_url("http://h%41/", host);
	assert_url("http://h[1]/", host);
	assert_url("http://::1]/", "the URL has no host");
	assert_url("http://h]/", host);
	assert_url("http://h:99999/${a}", port);
}

static void
a_url_with_placeholders_is_checked_as_far_as_it_stands(void **state)
{
	(void)state;
	assert_url("http://h/${a b}/${c}?d=${e}", "");
	assert_url(
	    "http://${h}/", "a placeholder cannot stand in the scheme, host or port of a URL");
	assert_url("${url}", "a placeholder cannot stand in the scheme, host or port of a URL");
	assert_url("ftp://h/${a}", "a URL begins with 'http://' or 'https://'");
	assert_url("http://me@h/${a}", "a URL cannot hold a user or password: use a header");
	assert_url("http://h/${a} b", "the URL has a space or control byte (write it as %20)");
	/* what is filled in must not become half of an escape */
	assert_url("http://h/%${a}",
	    "a '%' in a URL is followed by two hexadecimal digits (write it as %25)");
	assert_url("http://h/%2${a}",
	    "a '%' in a URL is followed by two hexadecimal digits (write it as %25)");
}

static void
a_header_has_a_name_and_a_text(void **state)
{
	(void)state;
	assert_api("headers: {'X Y': a, 'X:': b, '': c, Host: d, CONTENT-LENGTH: 5, te: f}",
	    "x.yaml:2:11: the name of a header has a byte that is not allowed (0x20)\n"
	    "x.yaml:2:21: the name of a header has a byte that is not allowed (0x3a)\n"
	    "x.yaml:2:30: a header has no name\n"
	    "x.yaml:2:37: the header 'Host' cannot be set: it belongs to the connection\n"
	    "x.yaml:2:46: the header 'CONTENT-LENGTH' cannot be set: it belongs to the connection\n"
	    "x.yaml:2:65: the header 'te' cannot be set: it belongs to the connection\n");
	assert_api("headers: {a: [x], b: {}, c: \"x\\r\\ny\", d: \"\\x7f\", e: \"a\\tb ü\"}",
	    "x.yaml:2:14: the value of a header must be text, not a list\n"
	    "x.yaml:2:22: the value of a header must be text, not a map\n"
	    "x.yaml:2:29: the value of a header has a control byte (0x0d)\n"
	    "x.yaml:2:42: the value of a header has a control byte (0x7f)\n");
	assert_api("headers: [a]",
	    "x.yaml:2:10: 'headers' must be a map of names and values, not a list\n");
	assert_api("headers: text",
	    "x.yaml:2:10: 'headers' must be a map of names and values, not a string\n");
}

static void
a_query_has_values_and_lists_of_values(void **state)
{
	(void)state;
	assert_api("query: {a: {b: c}, d: [e, [f], {}]}",
	    "x.yaml:2:12: a query value must be text or a list, not a map\n"
	    "x.yaml:2:27: a query value in a list must be text\n"
	    "x.yaml:2:32: a query value in a list must be text\n");
	assert_api(
	    "query: 5", "x.yaml:2:8: 'query' must be a map of names and values, not a number\n");
}

static void
a_header_is_there_once_in_whatever_case(void **state)
{
	(void)state;
	assert_api("headers: {Content-Type: a, content-type: b, X-A: c, CONTENT-TYPE: d}",
	    "x.yaml:2:28: the header 'content-type' is there twice: its case makes no difference\n"
	    "x.yaml:2:53: the header 'CONTENT-TYPE' is there twice: its case makes no difference\n");
	assert_api("headers: {'X-${a}': 1, 'x-${a}': 2}", "");
}

static void
enough_people_can_approve(void **state)
{
	(void)state;
	assert_faults("WAIT_FOR_APPROVAL", "{approvers: [alice], approvals_required: 2}",
	    "x.yaml:1:42: 'approvals_required' is 2, but 'approvers' names only 1\n");
	assert_faults("WAIT_FOR_APPROVAL", "{approvers: [al, bo, al], approvals_required: 3}",
	    "x.yaml:1:47: 'approvals_required' is 3, but 'approvers' names only 2\n");
	assert_faults("WAIT_FOR_APPROVAL", "{approvers: [al, bo], approvals_required: 2}", "");
	assert_faults("WAIT_FOR_APPROVAL", "{approvers: [al, '@ops'], approvals_required: 9}", "");
	assert_faults("WAIT_FOR_APPROVAL", "{approvals_required: 9}", "");
	assert_faults("WAIT_FOR_APPROVAL", "{approvers: [], approvals_required: 9}",
	    "x.yaml:1:13: the list is empty: nobody could approve\n");
}

static void
a_status_is_three_digits_and_no_more(void **state)
{
	static const char *const wrong[] = {" 200", "200 ", "200- 299", "200 -299", "+200", "-200",
	    "0200", "200-", "20x", "200-2xx"};
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "success_status: ['%s']", wrong[i]);
		assert_api(
		    text, "x.yaml:2:18: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n");
	}
}

static void
a_status_is_a_number_a_class_or_a_range(void **state)
{
	(void)state;
	assert_api("success_status: [100, 599, '1xx', '5xx', '200-200', '204']", "");
	assert_api("success_status: []",
	    "x.yaml:2:17: 'success_status' is empty: no status could complete the step\n");
	assert_api("success_status: 200", "");
	assert_api("success_status: 2xx", "");
	assert_api("success_status: {a: 200}",
	    "x.yaml:2:17: 'success_status' must be a status or a list of them, not a map\n");
	assert_api("success_status: 20",
	    "x.yaml:2:17: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n");
	assert_api("success_status: [99, 600, '0xx', '6xx', '2x', '204-200', 'ok', 2.5, [200], ~]",
	    "x.yaml:2:18: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:22: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:27: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:34: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:41: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:47: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:58: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:64: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:69: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n"
	    "x.yaml:2:76: not an HTTP status: write 204, \"2xx\" or \"200-204\"\n");
}

static void
what_is_tried_again_is_a_status_or_a_word(void **state)
{
	(void)state;
	assert_api("retry: {on: 404}", "");
	assert_api("retry: {on: outputs}", "");
	assert_api("retry: {on: [404, 4xx, '500-599', outputs]}", "");
	assert_api("retry: {on: [output, 99, [404]]}",
	    "x.yaml:2:14: neither an HTTP status, such as 404 or \"4xx\", nor 'outputs'\n"
	    "x.yaml:2:22: neither an HTTP status, such as 404 or \"4xx\", nor 'outputs'\n"
	    "x.yaml:2:26: neither an HTTP status, such as 404 or \"4xx\", nor 'outputs'\n");
	assert_api("retry: {on: ['${x}']}", "x.yaml:2:14: a placeholder (x) cannot stand here\n");
	assert_api("method: POST\nretry: {on: 404}",
	    "x.yaml:3:13: 'on' is for calls that are repeatable: a POST is tried again only when "
	    "nothing was sent ('repeatable: true' says that sending it twice does no harm)\n");
	assert_api("method: POST\nrepeatable: true\nretry: {on: 404}", "");
	assert_api("method: POST\nidempotency: honoured\nretry: {on: 404}", "");
	assert_api("method: DELETE\nretry: {on: 404}", "");
}

static void
a_span_of_time_has_its_bounds(void **state)
{
	(void)state;
	assert_api("timeout: 1h", "");
	assert_api("timeout: soon",
	    "x.yaml:2:10: 'timeout' must be a span of time such as 10s, 5m or 3d\n");
	assert_api(
	    "timeout: -5", "x.yaml:2:10: 'timeout' must be a span of time such as 10s, 5m or 3d\n");
	assert_api("timeout: 1.5",
	    "x.yaml:2:10: 'timeout' must be a span of time such as 10s, 5m or 3d\n");
	assert_api("timeout: 0", "x.yaml:2:10: 'timeout' must be at least 1ms\n");
	assert_api("timeout: 61m", "x.yaml:2:10: 'timeout' must be at most 1h\n");
	assert_api("timeout: [10s]",
	    "x.yaml:2:10: 'timeout' must be a span of time such as 10s, 5m or 3d, not a list\n");
	assert_api("timeout: true",
	    "x.yaml:2:10: 'timeout' must be a span of time such as 10s, 5m or 3d, not a boolean\n");
	assert_faults("WAIT_FOR_APPROVAL", "expires_after: 52w", "");
	assert_faults("WAIT_FOR_APPROVAL", "expires_after: never",
	    "x.yaml:1:16: 'expires_after' must be a span of time such as 10s, 5m or 3d\n");
}

static void
a_count_is_a_whole_number_within_bounds(void **state)
{
	(void)state;
	assert_api("follow_redirects: 0", "");
	assert_api("follow_redirects: 20", "");
	assert_api("follow_redirects: 21", "x.yaml:2:19: 'follow_redirects' must be at most 20\n");
	assert_api("follow_redirects: -1",
	    "x.yaml:2:19: 'follow_redirects' must be a whole number from 0 on\n");
	assert_api("follow_redirects: 1.0",
	    "x.yaml:2:19: 'follow_redirects' must be a whole number from 0 on\n");
	assert_api("follow_redirects: '5'",
	    "x.yaml:2:19: 'follow_redirects' must be a whole number from 0 on, not a string\n");
	assert_api("follow_redirects: 99999999999999999999",
	    "x.yaml:2:19: 'follow_redirects' must be a whole number from 0 on\n");
	assert_api("retry: {max_attempts: 0}", "x.yaml:2:23: 'max_attempts' must be at least 1\n");
	assert_api(
	    "retry: {max_attempts: 101}", "x.yaml:2:23: 'max_attempts' must be at most 100\n");
	assert_api("retry: 3", "x.yaml:2:8: 'retry' must be a map, not a number\n");
	assert_faults("WAIT_FOR_APPROVAL", "approvals_required: 0",
	    "x.yaml:1:21: 'approvals_required' must be at least 1\n");
}

static void
a_size_is_in_bytes_or_has_a_unit(void **state)
{
	static const char *const wrong[] = {
	    "", "-1", " 1", "1 KiB", "99999999999999999999", "1kib"};

	(void)state;
	assert_api("max_response: 1", "");
	assert_api("max_response: 4096", "");
	assert_api("max_response: 0", "x.yaml:2:15: 'max_response' must be at least 1\n");
	assert_api("max_response: 1MB",
	    "x.yaml:2:15: 'max_response' must be a size such as 4096, 64KiB or 1MiB\n");
	assert_api(
	    "max_response: 999999GiB", "x.yaml:2:15: 'max_response' must be at most 64MiB\n");
	assert_api("max_response: {}",
	    "x.yaml:2:15: 'max_response' must be a size such as 4096, 64KiB or 1MiB, not a map\n");
	assert_api("max_response: 64KiB", "");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[64];

		snprintf(text, sizeof(text), "max_response: '%s'", wrong[i]);
		assert_api(text,
		    "x.yaml:2:15: 'max_response' must be a size such as 4096, 64KiB or 1MiB\n");
	}
}

static void
a_word_is_one_of_a_few(void **state)
{
	(void)state;
	assert_api("idempotency: honored",
	    "x.yaml:2:14: 'honored' is not a value of 'idempotency', did you mean 'honoured'?\n");
	assert_api("idempotency: always",
	    "x.yaml:2:14: 'always' is not a value of 'idempotency' (there are none, sent, honoured)\n");
	assert_api(
	    "idempotency: true", "x.yaml:2:14: 'idempotency' must be a word, not a boolean\n");
}

static void
approvers_are_a_list_of_names(void **state)
{
	(void)state;
	assert_faults("WAIT_FOR_APPROVAL", "approvers: []",
	    "x.yaml:1:12: the list is empty: nobody could approve\n");
	assert_faults("WAIT_FOR_APPROVAL", "approvers: alice", "");
	assert_faults("WAIT_FOR_APPROVAL", "approvers: '@'",
	    "x.yaml:1:12: '@' cannot be a user name or @group: there is no name\n");
	assert_faults("WAIT_FOR_APPROVAL", "approvers: 7",
	    "x.yaml:1:12: 'approvers' must be a user or @group, or a list of them, not a number\n");
	assert_faults("WAIT_FOR_APPROVAL", "approvers: ['', '@', 7, [a], ok]",
	    "x.yaml:1:13: '' cannot be a user name or @group: there is no name\n"
	    "x.yaml:1:17: '@' cannot be a user name or @group: there is no name\n"
	    "x.yaml:1:22: not a user name or @group\n"
	    "x.yaml:1:25: not a user name or @group\n");
	assert_faults("WAIT_FOR_APPROVAL", "approvers: ['root, daemon', '#54321']",
	    "x.yaml:1:13: 'root, daemon' cannot be a user name or @group: a name has no ',' in it: "
	    "several are a list\n");
	assert_faults("WAIT_FOR_APPROVAL", "prevent_self_approval: yes",
	    "x.yaml:1:24: 'prevent_self_approval' must be true or false, not a string\n");
	assert_faults("WAIT_FOR_APPROVAL", "instructions: [a]",
	    "x.yaml:1:15: 'instructions' must be text, not a list\n");
}

static void
an_output_has_a_name_and_a_pointer(void **state)
{
	(void)state;
	assert_api("outputs: {'a}': /a, b: c, c: 5, 'secret:x': /x}",
	    "x.yaml:2:11: 'a}' cannot be the name of an output\n"
	    "x.yaml:2:24: not a JSON Pointer: it begins with '/', such as '/data/id'\n"
	    "x.yaml:2:30: not a JSON Pointer: it begins with '/', such as '/data/id'\n"
	    "x.yaml:2:33: 'secret:x' cannot be the name of an output\n");
}

static void
what_is_the_pipelines_to_say_takes_no_placeholder(void **state)
{
	(void)state;
	assert_api("ca_file: '/etc/${x}'", "x.yaml:2:10: a placeholder (x) cannot stand here\n");
	assert_api("outputs: {'${n}': '/${p}'}",
	    "x.yaml:2:11: a placeholder (n) cannot stand here\n"
	    "x.yaml:2:19: a placeholder (p) cannot stand here\n");
	assert_faults("WAIT_FOR_APPROVAL", "approvers: [bob, '${boss}']",
	    "x.yaml:1:18: a placeholder (boss) cannot stand here\n");
	assert_faults("WAIT_FOR_APPROVAL", "approvals_required: '${n}'",
	    "x.yaml:1:21: a placeholder (n) cannot stand here\n");
}

static void
a_filter_is_known_and_stands_where_it_means_something(void **state)
{
	(void)state;
	assert_url("http://h/f/${x|path}/${y}?q=${z}", "");
	assert_url("http://h/f/${x|paht}", "unknown filter 'paht', did you mean 'path'?");
	assert_url("http://h/f/${x|path:a}", "the filter 'path' takes no argument");
	assert_url("http://h/f?q=${x|path}", "the filter 'path' is for the path of a url");
	assert_url("http://h/f#${x|path}", "the filter 'path' is for the path of a url");
	assert_url(
	    "http://${x|path}/", "a placeholder cannot stand in the scheme, host or port of a URL");
	assert_api("data: {list: ['x', '${x|path}', '${y|path}']}",
	    "x.yaml:2:20: the filter 'path' is for the path of a url\n"
	    "x.yaml:2:33: the filter 'path' is for the path of a url\n");
	assert_api("headers: {'A${x|path}': '${y|path}'}",
	    "x.yaml:2:11: the filter 'path' is for the path of a url\n"
	    "x.yaml:2:25: the filter 'path' is for the path of a url\n");
	assert_api(
	    "query: {q: '${x|upper}'}", "x.yaml:2:12: unknown filter 'upper' (there is path)\n");
	assert_api("proxy: 'http://${x|path}'",
	    "x.yaml:2:8: the filter 'path' is for the path of a url\n");
	assert_faults("WAIT_FOR_APPROVAL", "instructions: 'x ${x|path}'",
	    "x.yaml:1:15: the filter 'path' is for the path of a url\n");
	assert_api("outputs: {'a|b': /a}", "x.yaml:2:11: 'a|b' cannot be the name of an output\n");
}

/* Whatever is filled in, the segment would lead elsewhere. */
static void
a_url_that_could_never_be_filled_in_is_a_fault(void **state)
{
	(void)state;
	assert_url("http://h/..%2F${x}",
	    "'..%2F${x}' would make a path segment of the URL lead to another place: a part of it is "
	    "'.', '..' or begins with '..;'");
	assert_url("http://h/..;${x}/y",
	    "'..;${x}' would make a path segment of the URL lead to another place: a part of it is "
	    "'.', '..' or begins with '..;'");
	assert_url("http://h/..${x}", "");
}

static void
a_malformed_placeholder_is_told_once(void **state)
{
	static const char words[] =
	    "malformed placeholder: '${' needs a name and '}' (write '$${' for a literal '${')";
	static const char *const places[] = {"method: \"${\"", "data: \"${\"", "ca_file: \"${\"",
	    "retry: \"${\"", "retry: {backoff: \"${\"}", "headers: {a: \"${\"}",
	    "headers: {\"${\": a}"};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct strbuf line = STRBUF_INIT;

		strbuf_addf(&line, "x.yaml:2:%zu: %s\n", strcspn(places[i], "\"") + 1, words);
		assert_api(places[i], line.buf);
		strbuf_release(&line);
	}
	assert_url("http://h/${", words);
}

static void
parameters_agree_with_each_other(void **state)
{
	(void)state;
	assert_faults("API", "{url: http://h/, method: HEAD, data: {}, follow_redirects: 3}", "");
	assert_faults("API", "{url: http://h/, method: HEAD, data: {a: 1}}",
	    "x.yaml:1:38: a HEAD request cannot have a body ('data')\n");
	assert_faults("API", "{url: http://h/, method: POST, follow_redirects: 3}",
	    "x.yaml:1:50: 'follow_redirects' is for GET and HEAD, not for POST\n");
	assert_api("client_key: k.pem", "x.yaml:2:13: 'client_key' needs 'client_cert'\n");
}

static const char names[] =
    "{text: hello, crlf: \"a\\r\\nX: y${z}\", method: DELETE, open: '${open}', list: [1, 2],\n"
    " slash: a/b, number: 7, 'no url': x, bad: nonsense}";

/* Fills in the parameters of an API step.  NULL: with that error, the first. */
static const struct api_parameters *
fill(struct arena *arena, struct value *parameters, struct value *map, const char *error)
{
	const struct placeholder_scope scope = model_scope(map);
	const struct parameter_filling filling = {.arena = arena, .scope = &scope};
	const struct api_parameters *api;
	struct faults faults;
	bool failed;

	faults_init(&faults, NULL);
	api =
	    parameters_fill(&filling, step_type_find(steps_catalogue, "API"), parameters, &faults);
	failed = faults.count > 0;
	assert_string_equal(failed ? faults.array[0].message : "", error);
	faults_release(&faults);
	return failed ? NULL : api;
}

static const struct api_parameters *
filled(struct arena *arena, const char *parameters)
{
	return fill(arena, model_yaml(arena, parameters), model_yaml(arena, names), "");
}

static void
assert_unfilled(const char *parameters, const char *error)
{
	struct arena arena = ARENA_INIT;

	assert_null(fill(&arena, model_yaml(&arena, parameters), model_yaml(&arena, names), error));
	arena_release(&arena);
}

static void
parameters_are_filled_each_by_its_kind(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct api_parameters *api;

	(void)state;
	api = filled(&arena,
	    "{url: 'http://h/${slash}?q=${list}', method: '${method}', data: {k: '${list}', s: 'a/${slash}'}, max_response: '${number}'}");
	assert_string_equal(api->request.url, "http://h/a%2Fb?q=%5B1%2C2%5D");
	assert_string_equal(api->request.method, "DELETE");
	model_assert_value(api->data, "{k: [1, 2], s: a/a/b}");
	assert_int_equal(api->request.max_response, 7);
	api = filled(
	    &arena, "{url: 'http://h/', timeout: '${number}', retry: {backoff: '${number}s'}}");
	assert_int_equal(api->request.timeout_ms, 7000);
	assert_int_equal(api->retry.backoff, 7000);
	assert_int_equal(api->retry.max_attempts, 1);
	arena_release(&arena);
}

static void
a_proxy_is_taken_apart(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct api_parameters *api;

	(void)state;
	api = filled(&arena, "{url: 'http://h/', proxy: 'http://${slash}:p%40${text}@${text}:1'}");
	assert_string_equal(api->request.proxy.url, "http://hello:1");
	assert_string_equal(api->request.proxy.user, "a/b");
	assert_string_equal(api->request.proxy.password, "p@hello");
	api = filled(&arena, "{url: 'http://h/', proxy: none}");
	assert_string_equal(api->request.proxy.url, "");
	api = filled(&arena, "{url: 'http://h/'}");
	assert_null(api->request.proxy.url);
	assert_unfilled("{url: 'http://h/', proxy: 'http://h${slash}'}",
	    "the proxy has a '/', '?' or '#' in it: write it as %2F, %3F or %23");
	arena_release(&arena);
}

static void
what_was_filled_in_is_checked_again(void **state)
{
	(void)state;
	assert_unfilled("{url: http://h/, method: '${bad}'}", "'nonsense'" NO_METHOD);
	assert_unfilled("{url: http://h/, timeout: '${bad}'}",
	    "'timeout' must be a span of time such as 10s, 5m or 3d");
	assert_unfilled("{url: http://h/, headers: '${list}'}",
	    "'headers' must be a map of names and values, not a list");
	assert_unfilled("{url: http://h/, headers: {'${no url} y': a}}",
	    "the name of a header has a byte that is not allowed (0x20)");
	assert_unfilled("{url: http://h/, headers: {'${unknown}': a}}", "there is no 'unknown'");
	assert_unfilled("{url: 'http://h/${unknown}'}", "there is no 'unknown'");
}

/* A requester who types "${...}" must not get around the checks. */
static void
a_placeholder_that_was_filled_in_is_plain_text(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct api_parameters *api;

	(void)state;
	assert_unfilled("{url: http://h/, headers: {a: 'x ${text}${ crlf }'}}",
	    "'crlf' has a line break (0x0d), and the header 'a' cannot have one");
	assert_unfilled("{url: http://h/, headers: {'${open}': a}}",
	    "the name of a header has a byte that is not allowed (0x7b)");
	assert_unfilled("{url: http://h/, method: '${open}'}", "'${open}'" NO_METHOD);
	assert_unfilled("{url: http://h/, timeout: '${open}'}",
	    "'timeout' must be a span of time such as 10s, 5m or 3d");
	assert_unfilled("{url: http://h/, success_status: ['${open}']}",
	    "not an HTTP status: write 204, \"2xx\" or \"200-204\"");
	assert_unfilled("{url: http://h/, headers: '${open}'}",
	    "'headers' must be a map of names and values, not a string");
	api = filled(&arena, "{url: http://h/, ca_file: '/etc/$${x}', data: '${open}'}");
	assert_string_equal(api->ca_file, "/etc/${x}");
	assert_string_equal(api->data->text, "${open}");
	arena_release(&arena);
}

static void
what_is_filled_in_cannot_be_too_deep(void **state)
{
	struct arena arena = ARENA_INIT;
	struct value *map = value_new(&arena, VALUE_MAP);

	(void)state;
	value_map_set(&arena, map, "deep",
	    model_yaml(&arena,
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"));
	assert_null(fill(&arena,
	    model_yaml(&arena,
		"{url: http://h/, data: [[[[[[[[[[[[[[[[[[[[[[[['${deep}']]]]]]]]]]]]]]]]]]]]]]]]}"),
	    map, "the parameters have more than 64 levels once they are filled in"));
	arena_release(&arena);
}

/* What is not known is not judged, and stays to be seen in what is made of it. */
static void
a_stand_in_is_not_judged(void **state)
{
	static const struct value unknown = {.type = VALUE_STRING, .text = PLACEHOLDER_STAND_IN};
	struct arena arena = ARENA_INIT;
	struct value *map = value_new(&arena, VALUE_MAP), *value = value_new(&arena, VALUE_STRING);
	struct placeholder_scope scope = model_scope(map);
	const struct parameter_filling filling = {.arena = &arena, .scope = &scope};
	const struct api_parameters *api;
	struct faults faults;

	(void)state;
	*value = unknown;
	value_map_set(&arena, map, "x", value);
	scope.stands_in = true;
	faults_init(&faults, NULL);
	api = parameters_fill(&filling, step_type_find(steps_catalogue, "API"),
	    model_yaml(&arena,
		"{url: 'http://h/${x}', method: '${x}', timeout: '${x}', headers: {'${x}': 1, 'a': '${x}\t'}, data: {'${x}': 1, '$${x}': 2, '${x} ': 3}, success_status: ['${x}'], proxy: '${x}'}"),
	    &faults);
	assert_string_equal(faults_text(&faults), "");
	assert_int_equal(faults.count, 0);
	assert_true(placeholder_stands_in(api->request.url));
	assert_true(placeholder_stands_in(api->request.method));
	assert_int_equal(api->request.timeout_ms, 60000);
	faults_release(&faults);
	arena_release(&arena);
}

static void
a_parameter_has_its_fallback(void **state)
{
	struct arena arena = ARENA_INIT;
	const struct api_parameters *api;
	const struct approval_policy *approval;
	const void *out;

	(void)state;
	assert_true(parameters_read(&arena, step_type_find(steps_catalogue, "API"),
	    model_yaml(&arena, "{method: PUT, timeout: ~, max_response: 2KiB, connect_timeout: 3}"),
	    &out));
	api = out;
	assert_string_equal(api->request.method, "PUT");
	assert_int_equal(api->request.timeout_ms, 60000);
	assert_int_equal(api->request.connect_timeout_ms, 3000);
	assert_int_equal(api->request.max_response, 2048);
	assert_true(parameters_read(&arena, step_type_find(steps_catalogue, "API"), NULL, &out));
	api = out;
	assert_string_equal(api->request.method, "GET");
	model_assert_value(api->success_status, "['200']");
	assert_int_equal(api->follow_redirects, 0);
	assert_int_equal(api->idempotency, IDEMPOTENCY_NONE);
	assert_null(api->headers);
	assert_int_equal(api->request.connect_timeout_ms, 10000);
	assert_int_equal(api->request.max_response, 1048576);
	assert_int_equal(api->retry.max_attempts, 1);
	assert_int_equal(api->retry.backoff, 2000);
	assert_int_equal(api->retry.max_backoff, 300000);
	assert_true(parameters_read(
	    &arena, step_type_find(steps_catalogue, "WAIT_FOR_APPROVAL"), NULL, &out));
	approval = out;
	assert_int_equal(approval->required, 1);
	assert_int_equal(approval->expires_after, 0);
	assert_false(approval->prevent_self_approval);
	arena_release(&arena);
}

/* As it is kept in a request that was made by other rules. */
static void
what_cannot_be_read_is_told(void **state)
{
	static const char *const unreadable[] = {"{approvals_required: many}",
	    "{approvals_required: 0}", "{approvers: {a: b}}", "{expires_after: later}",
	    "{prevent_self_approval: 1}", "{instructions: []}"};
	const struct step_type *type = step_type_find(steps_catalogue, "WAIT_FOR_APPROVAL");
	struct arena arena = ARENA_INIT;
	const void *out;

	(void)state;
	for (size_t i = 0; i < sizeof(unreadable) / sizeof(unreadable[0]); i++)
		assert_false(
		    parameters_read(&arena, type, model_yaml(&arena, unreadable[i]), &out));
	assert_true(parameters_read(
	    &arena, type, model_yaml(&arena, "{approvals_required: 1000, other: 1}"), &out));
	arena_release(&arena);
}

/* What the tables say by default must stand up to their own checks. */
static void
assert_fallbacks(const struct step_type *type, const struct parameter_field *fields)
{
	for (const struct parameter_field *field = fields; field->name != NULL; field++) {
		struct arena arena = ARENA_INIT;
		struct faults faults;
		struct value *map = model_yaml(&arena,
		    fields == type->fields && strcmp(type->name, "API") == 0 ? "{url: http://h/}"
									     : "{}");

		assert_non_null(field->summary);
		assert_non_null(field->kind->title);
		if (field->members != NULL)
			assert_fallbacks(type, field->members);
		if (field->fallback != NULL && fields == type->fields) {
			struct strbuf text = STRBUF_INIT;

			strbuf_addf(
			    &text, field->kind == &kind_statuses ? "[%s]" : "%s", field->fallback);
			value_map_set(&arena, map, field->name, model_yaml(&arena, text.buf));
			strbuf_release(&text);
		}
		faults_init(&faults, NULL);
		if (fields == type->fields)
			parameters_check(type, map, PIPELINE_RULES, &faults);
		assert_string_equal(faults_text(&faults), "");
		faults_release(&faults);
		arena_release(&arena);
	}
}

static void
every_fallback_is_a_valid_value(void **state)
{
	(void)state;
	for (const struct step_type *const *type = steps_catalogue; *type != NULL; type++) {
		assert_non_null((*type)->summary);
		assert_fallbacks(*type, (*type)->fields);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_parameters_of_an_api_step_can_be_given),
	    cmocka_unit_test(all_parameters_of_an_approval_can_be_given),
	    cmocka_unit_test(an_unknown_parameter_is_refused_with_a_suggestion),
	    cmocka_unit_test(a_method_is_one_that_is_known),
	    cmocka_unit_test(a_url_has_a_scheme_and_a_host_and_no_user),
	    cmocka_unit_test(a_url_has_a_host_and_a_port_that_can_be),
	    cmocka_unit_test(a_url_with_placeholders_is_checked_as_far_as_it_stands),
	    cmocka_unit_test(a_header_has_a_name_and_a_text),
	    cmocka_unit_test(a_query_has_values_and_lists_of_values),
	    cmocka_unit_test(a_header_is_there_once_in_whatever_case),
	    cmocka_unit_test(enough_people_can_approve),
	    cmocka_unit_test(a_status_is_three_digits_and_no_more),
	    cmocka_unit_test(a_status_is_a_number_a_class_or_a_range),
	    cmocka_unit_test(what_is_tried_again_is_a_status_or_a_word),
	    cmocka_unit_test(a_span_of_time_has_its_bounds),
	    cmocka_unit_test(a_count_is_a_whole_number_within_bounds),
	    cmocka_unit_test(a_size_is_in_bytes_or_has_a_unit),
	    cmocka_unit_test(a_word_is_one_of_a_few),
	    cmocka_unit_test(approvers_are_a_list_of_names),
	    cmocka_unit_test(an_output_has_a_name_and_a_pointer),
	    cmocka_unit_test(what_is_the_pipelines_to_say_takes_no_placeholder),
	    cmocka_unit_test(a_filter_is_known_and_stands_where_it_means_something),
	    cmocka_unit_test(a_url_that_could_never_be_filled_in_is_a_fault),
	    cmocka_unit_test(a_malformed_placeholder_is_told_once),
	    cmocka_unit_test(parameters_agree_with_each_other),
	    cmocka_unit_test(parameters_are_filled_each_by_its_kind),
	    cmocka_unit_test(a_proxy_is_taken_apart),
	    cmocka_unit_test(what_was_filled_in_is_checked_again),
	    cmocka_unit_test(a_placeholder_that_was_filled_in_is_plain_text),
	    cmocka_unit_test(what_is_filled_in_cannot_be_too_deep),
	    cmocka_unit_test(a_stand_in_is_not_judged),
	    cmocka_unit_test(a_parameter_has_its_fallback),
	    cmocka_unit_test(what_cannot_be_read_is_told),
	    cmocka_unit_test(every_fallback_is_a_valid_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
