/* SPDX-License-Identifier: ISC */
/* What the end of a call means: the whole decision table, and when the next attempt is made. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model-helper.h"
#include "base/clock.h"
#include "base/value.h"
#include "model/parameters.h"
#include "run/attempt.h"
#include "steps/api-outcome.h"
#include "steps/executor.h"
#include "http/http.h"
#include "base/redact/redact.h"
#include "steps/catalogue.h"
#include "workspace/logs.h"
#include "workspace/workspace.h"

/* One run of a call, whose log goes to a workspace that is removed. */
struct fixture {
	struct arena arena;
	struct request request;
	struct step_tools tools;
	struct step_run run;
	char folder[32];
	struct workspace *workspace;
};

static void
set_up(struct fixture *f, const char *parameters)
{
	struct strbuf yaml = STRBUF_INIT, err = STRBUF_INIT;
	bool existed;

	*f = (struct fixture){.arena = ARENA_INIT};
	strbuf_addf(&yaml,
	    "steps: [{step_name: Call, step_type: API, parameters: {url: 'http://h/', %s}}]",
	    parameters);
	model_request(&f->request, yaml.buf, "{}");
	strbuf_release(&yaml);
	snprintf(f->folder, sizeof(f->folder), "/tmp/test-outcome-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(workspace_init(f->folder, false, &existed, &err), 0);
	f->workspace = workspace_open(f->folder, steps_catalogue, &err);
	assert_non_null(f->workspace);
	f->run = (struct step_run){
	    .request = &f->request,
	    .step = request_step(&f->request, "Call"),
	    .attempt = 1,
	    .redactor = redactor_new(),
	    .arena = &f->arena,
	    .tools = &f->tools,
	};
	parameters_read(
	    &f->arena, f->run.step->step->type, f->run.step->step->parameters, &f->run.parameters);
	f->run.log = log_open(workspace_store(f->workspace), 7, "Call", f->run.redactor);
	model_happens(&f->request, EVENT_RUNNING, "Call");
}

static void
tear_down(struct fixture *f)
{
	char command[64];

	log_close(f->run.log, NULL);
	redactor_free(f->run.redactor);
	arena_release(&f->arena);
	request_release(&f->request);
	workspace_close(f->workspace);
	snprintf(command, sizeof(command), "rm -r %s", f->folder);
	assert_int_equal(system(command), 0);
}

/* How a call ends. */
struct ending {
	enum http_outcome outcome;
	bool sent;
	int status;
};

static void
finish(struct fixture *f, const struct ending *ending, const char *body, int64_t retry_after)
{
	struct http_response response = {
	    .outcome = ending->outcome,
	    .sent = ending->sent,
	    .status = ending->status,
	    .headers = STRBUF_INIT,
	    .body = STRBUF_INIT,
	    .error = STRBUF_INIT,
	    .retry_after_ms = retry_after,
	};

	strbuf_addstr(&response.body, body);
	if (ending->outcome != HTTP_ANSWERED)
		strbuf_addstr(&response.error, "it broke");
	api_finish(&f->run, &response);
	assert_true(f->run.finished);
	strbuf_release(&response.body);
	strbuf_release(&response.error);
}

enum verdict {
	DONE,
	FAIL,  /* for good */
	AGAIN, /* tried again */
};

static void
the_decision_table(void **state)
{
	static const struct {
		struct ending ending;
		struct {
			enum verdict verdict;
			enum reason reason;
		} repeatable, once;
	} table[] = {
	    /* nothing was sent: any method */
	    {{HTTP_TRANSPORT, false, 0}, {AGAIN, REASON_TRANSPORT}, {AGAIN, REASON_TRANSPORT}},
	    {{HTTP_TIMEOUT, false, 0}, {AGAIN, REASON_TIMEOUT}, {AGAIN, REASON_TIMEOUT}},
	    /* it was sent, and no answer came */
	    {{HTTP_TRANSPORT, true, 0}, {AGAIN, REASON_TRANSPORT}, {FAIL, REASON_OUTCOME_UNKNOWN}},
	    {{HTTP_TIMEOUT, true, 0}, {AGAIN, REASON_TIMEOUT}, {FAIL, REASON_OUTCOME_UNKNOWN}},
	    /* trying again is no use */
	    {{HTTP_TLS, false, 0}, {FAIL, REASON_TRANSPORT}, {FAIL, REASON_TRANSPORT}},
	    {{HTTP_REFUSED, false, 0}, {FAIL, REASON_EXECUTOR}, {FAIL, REASON_EXECUTOR}},
	    /* turned away */
	    {{HTTP_ANSWERED, true, 429}, {AGAIN, REASON_HTTP_STATUS}, {AGAIN, REASON_HTTP_STATUS}},
	    {{HTTP_TRANSPORT, true, 429}, {AGAIN, REASON_HTTP_STATUS}, {AGAIN, REASON_HTTP_STATUS}},
	    /* it may have acted */
	    {{HTTP_ANSWERED, true, 408}, {AGAIN, REASON_HTTP_STATUS},
		{FAIL, REASON_OUTCOME_UNKNOWN}},
	    {{HTTP_ANSWERED, true, 500}, {AGAIN, REASON_HTTP_STATUS},
		{FAIL, REASON_OUTCOME_UNKNOWN}},
	    {{HTTP_ANSWERED, true, 502}, {AGAIN, REASON_HTTP_STATUS},
		{FAIL, REASON_OUTCOME_UNKNOWN}},
	    {{HTTP_ANSWERED, true, 503}, {AGAIN, REASON_HTTP_STATUS},
		{FAIL, REASON_OUTCOME_UNKNOWN}},
	    {{HTTP_ANSWERED, true, 504}, {AGAIN, REASON_HTTP_STATUS},
		{FAIL, REASON_OUTCOME_UNKNOWN}},
	    {{HTTP_TIMEOUT, true, 503}, {AGAIN, REASON_HTTP_STATUS},
		{FAIL, REASON_OUTCOME_UNKNOWN}},
	    /* the server has decided */
	    {{HTTP_ANSWERED, true, 201}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    {{HTTP_ANSWERED, true, 302}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    {{HTTP_ANSWERED, true, 404}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    {{HTTP_TRANSPORT, true, 404}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    {{HTTP_TOO_LARGE, true, 404}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    {{HTTP_ANSWERED, true, 409}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    {{HTTP_ANSWERED, true, 501}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    {{HTTP_ANSWERED, true, 425}, {AGAIN, REASON_HTTP_STATUS}, {AGAIN, REASON_HTTP_STATUS}},
	    {{HTTP_PROXY, false, 0}, {FAIL, REASON_TRANSPORT}, {FAIL, REASON_TRANSPORT}},
	    {{HTTP_TLS, true, 0}, {FAIL, REASON_TRANSPORT}, {FAIL, REASON_TRANSPORT}},
	    /* a success is one, be the body whole or not */
	    {{HTTP_ANSWERED, true, 200}, {DONE, REASON_NONE}, {DONE, REASON_NONE}},
	    {{HTTP_TRANSPORT, true, 200}, {DONE, REASON_NONE}, {DONE, REASON_NONE}},
	    {{HTTP_TIMEOUT, true, 200}, {DONE, REASON_NONE}, {DONE, REASON_NONE}},
	    {{HTTP_TOO_LARGE, true, 200}, {DONE, REASON_NONE}, {DONE, REASON_NONE}},
	    /* the status has come, whatever becomes of the body */
	    {{HTTP_TRANSPORT, true, 201}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    {{HTTP_TOO_LARGE, true, 201}, {FAIL, REASON_HTTP_STATUS}, {FAIL, REASON_HTTP_STATUS}},
	    /* too large a head, and no status in it */
	    {{HTTP_TOO_LARGE, true, 0}, {AGAIN, REASON_TRANSPORT}, {FAIL, REASON_OUTCOME_UNKNOWN}},
	};
	static const char *const calls[] = {"method: GET", "method: PUT",
	    "method: POST, idempotency: honoured", "method: POST, repeatable: true", "method: POST",
	    "method: PATCH", "method: POST, idempotency: sent"};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (size_t j = 0; j < sizeof(calls) / sizeof(calls[0]); j++) {
			enum verdict verdict =
			    j < 4 ? table[i].repeatable.verdict : table[i].once.verdict;
			enum reason reason =
			    j < 4 ? table[i].repeatable.reason : table[i].once.reason;
			struct fixture f;

			set_up(&f, calls[j]);
			finish(&f, &table[i].ending, "", 0);
			if (f.run.outcome.reason != reason ||
			    f.run.outcome.try_again != (verdict == AGAIN) ||
			    f.run.outcome.completed != (verdict == DONE))
				print_error("row %zu, %s\n", i, calls[j]);
			assert_int_equal(f.run.outcome.reason, reason);
			assert_int_equal(f.run.outcome.try_again, verdict == AGAIN);
			assert_int_equal(f.run.outcome.completed, verdict == DONE);
			assert_int_equal(f.run.outcome.http_status, table[i].ending.status);
			assert_int_equal(f.run.outcome.message == NULL, verdict == DONE);
			tear_down(&f);
		}
	}
}

static void
outputs_that_are_missing_fail_a_call_that_succeeded(void **state)
{
	static const struct ending whole = {HTTP_ANSWERED, true, 200};
	static const struct ending cut = {HTTP_TRANSPORT, true, 200};
	static const struct ending large = {HTTP_TOO_LARGE, true, 200};
	struct fixture f;

	(void)state;
	set_up(&f, "outputs: {n: /a/0}");
	finish(&f, &whole, "{\"a\":[1.10]}", 0);
	assert_true(f.run.outcome.completed);
	model_assert_value(f.run.outcome.outputs, "{n: 1.10}");
	tear_down(&f);
	set_up(&f, "outputs: {n: /a/1}");
	finish(&f, &whole, "{\"a\":[1.10]}", 0);
	assert_int_equal(f.run.outcome.reason, REASON_EXECUTOR);
	assert_false(f.run.outcome.try_again);
	assert_non_null(strstr(f.run.outcome.message, "'/a/1' (output 'n')"));
	tear_down(&f);
	set_up(&f, "outputs: {n: /a/0}");
	finish(&f, &cut, "{\"a\":[1.10]}", 0);
	assert_int_equal(f.run.outcome.reason, REASON_TRANSPORT);
	assert_true(f.run.outcome.try_again);
	tear_down(&f);
	set_up(&f, "outputs: {n: /a/0}, method: POST");
	finish(&f, &cut, "{\"a\":[1.10]}", 0);
	assert_int_equal(f.run.outcome.reason, REASON_EXECUTOR);
	assert_false(f.run.outcome.try_again);
	assert_int_equal(f.run.outcome.effect, EFFECT_CERTAIN);
	tear_down(&f);
	set_up(&f, "outputs: {n: /a/0}");
	finish(&f, &large, "{\"a\":[1.10]}", 0);
	assert_int_equal(f.run.outcome.reason, REASON_EXECUTOR);
	assert_false(f.run.outcome.try_again);
	tear_down(&f);
}

/* retry.on adds to what is tried again. */
static void
more_is_tried_again_when_the_pipeline_says_so(void **state)
{
	static const struct {
		const char *on;
		struct ending ending;
		bool again;
	} table[] = {
	    {"404", {HTTP_ANSWERED, true, 404}, true},
	    {"404", {HTTP_ANSWERED, true, 409}, false},
	    {"[404, 409]", {HTTP_ANSWERED, true, 409}, true},
	    {"4xx", {HTTP_ANSWERED, true, 410}, true},
	    {"[\"400-499\"]", {HTTP_ANSWERED, true, 499}, true},
	    {"[404]", {HTTP_ANSWERED, true, 503}, true},
	    {"[201]", {HTTP_ANSWERED, true, 201}, true},
	    {"outputs", {HTTP_ANSWERED, true, 200}, true},
	    {"[404, outputs]", {HTTP_ANSWERED, true, 200}, true},
	    {"[404, 200]", {HTTP_ANSWERED, true, 200}, false},
	    {"outputs", {HTTP_ANSWERED, true, 404}, false},
	    {"[404, outputs]", {HTTP_REFUSED, false, 0}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct strbuf parameters = STRBUF_INIT;
		struct fixture f;

		strbuf_addf(&parameters, "outputs: {n: /a/0}, retry: {on: %s}", table[i].on);
		set_up(&f, parameters.buf);
		finish(&f, &table[i].ending, "{}", 0);
		if (f.run.outcome.try_again != table[i].again)
			print_error("row %zu\n", i);
		assert_int_equal(f.run.outcome.try_again, table[i].again);
		tear_down(&f);
		strbuf_release(&parameters);
	}
}

static void
the_message_says_what_was_expected(void **state)
{
	static const struct {
		const char *parameters;
		int status;
		const char *wanted;
	} table[] = {
	    {"method: POST", 201, "the server answered 201, expected 200; it was carried out"},
	    {"method: PUT", 201, "the server answered 201, expected 200"},
	    {"method: POST, success_status: [2xx, 404]", 422,
		"the server answered 422, expected 2xx, 404"},
	    {"method: POST, success_status: 204", 303,
		"the server answered 303, expected 204; it may have been carried out all the same"},
	    {"method: POST", 500,
		"the server answered 500, expected 200; it may have been carried out all the same"},
	    {"method: GET", 503, "the server answered 503, expected 200"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct ending ending = {HTTP_ANSWERED, true, table[i].status};
		struct fixture f;

		set_up(&f, table[i].parameters);
		finish(&f, &ending, "", 0);
		assert_string_equal(f.run.outcome.message, table[i].wanted);
		tear_down(&f);
	}
}

/* The pause before the next attempt after so many, or -1: there is none. */
static int64_t
pause_after(struct fixture *f, int tries, int64_t retry_after)
{
	static const struct ending busy = {HTTP_ANSWERED, true, 503};
	struct event event;

	f->request.steps[0].tries = tries;
	f->run.finished = false;
	finish(f, &busy, "", retry_after);
	attempt_outcome(&f->run, clock_now(), 5, "adam", &event);
	assert_int_equal(event.event_type, EVENT_FAILED);
	assert_int_equal(event.http_status, 503);
	return event.not_before == 0 ? -1 : event.not_before - event.created_at;
}

/* From the half of a bound that doubles up to it: never nothing, and never all at once. */
static void
half_of_the_pause_is_random(void **state)
{
	static const int64_t bounds[] = {100, 200, 400, 800, 1000, 1000, 1000};
	struct fixture f;

	(void)state;
	set_up(&f, "retry: {max_attempts: 100, backoff: 100ms, max_backoff: 1s}");
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		int64_t least = bounds[i], most = 0;

		for (int draw = 0; draw < 300; draw++) {
			int64_t pause = pause_after(&f, (int)i + 1, 0);

			assert_in_range(pause, bounds[i] / 2, bounds[i] + 1);
			least = pause < least ? pause : least;
			most = pause > most ? pause : most;
		}
		/* 300 draws that all miss a tenth are one case in 10^13 */
		assert_true(least <= bounds[i] / 2 + bounds[i] / 20 + 1);
		assert_true(most >= bounds[i] - bounds[i] / 20);
	}
	assert_in_range(pause_after(&f, 99, 0), 500, 1001);
	assert_int_equal(pause_after(&f, 100, 0), -1);
	tear_down(&f);
	set_up(&f, "retry: {max_attempts: 100, backoff: 1ms}");
	assert_in_range(pause_after(&f, 1, 0), 1, 2);
	tear_down(&f);
}

static void
the_server_may_ask_for_a_longer_pause_but_not_for_more_than_an_hour(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "retry: {max_attempts: 2, backoff: 100ms}");
	assert_in_range(pause_after(&f, 1, 1), 50, 101);
	assert_int_equal(pause_after(&f, 1, 5000), 5001);
	assert_int_equal(pause_after(&f, 1, 3600 * 1000), 3600 * 1000 + 1);
	assert_int_equal(pause_after(&f, 1, 3600 * 1000 + 1), 3600 * 1000 + 1);
	assert_int_equal(pause_after(&f, 1, INT64_MAX), 3600 * 1000 + 1);
	assert_int_equal(pause_after(&f, 2, 5000), -1);
	tear_down(&f);
}

static void
one_attempt_is_made_when_nothing_is_said(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "method: GET");
	assert_int_equal(pause_after(&f, 1, 0), -1);
	tear_down(&f);
}

static void
no_output_is_kept_that_holds_a_secret(void **state)
{
	static const char *const bodies[] = {"{\"a\": \"x44871209y\"}", "{\"a\": 44871209}",
	    "{\"a\": {\"k44871209\": 1}}", "{\"a\": [7, {\"n\": [\"44871209\"]}]}"};
	static const struct ending whole = {HTTP_ANSWERED, true, 200};
	struct fixture f;
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		set_up(&f, "outputs: {first: /b, second: /a}, retry: {max_attempts: 9}");
		redactor_add(f.run.redactor, "44871209");
		finish(&f, &whole, arena_printf(&f.arena, "{\"b\": 1, %s", bodies[i] + 1), 0);
		attempt_outcome(&f.run, clock_now(), 5, "adam", &event);
		assert_int_equal(event.event_type, EVENT_FAILED);
		assert_int_equal(event.reason, REASON_EXECUTOR);
		assert_string_equal(event.message,
		    "the call succeeded (200), but output 'second' holds a secret: it cannot be "
		    "kept");
		assert_null(event.outputs);
		assert_int_equal(event.not_before, 0);
		tear_down(&f);
	}
	set_up(&f, "outputs: {all: ''}");
	redactor_add(f.run.redactor, "44871209");
	finish(&f, &whole, "{\"a\": [\"x4487120\", 4487120, true, null]}", 0);
	attempt_outcome(&f.run, clock_now(), 5, "adam", &event);
	assert_int_equal(event.event_type, EVENT_COMPLETED);
	model_assert_value(event.outputs, "{all: {a: [x4487120, 4487120, true, null]}}");
	tear_down(&f);
}

static void
a_message_keeps_no_secret(void **state)
{
	struct fixture f;
	struct event event;

	(void)state;
	set_up(&f, "method: GET");
	redactor_add(f.run.redactor, "44871209");
	step_run_fail(&f.run, REASON_EXECUTOR, "it said %d", 44871209);
	attempt_outcome(&f.run, clock_now(), 5, "adam", &event);
	assert_string_equal(event.message, "it said ***");
	tear_down(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_decision_table),
	    cmocka_unit_test(outputs_that_are_missing_fail_a_call_that_succeeded),
	    cmocka_unit_test(half_of_the_pause_is_random),
	    cmocka_unit_test(more_is_tried_again_when_the_pipeline_says_so),
	    cmocka_unit_test(the_message_says_what_was_expected),
	    cmocka_unit_test(the_server_may_ask_for_a_longer_pause_but_not_for_more_than_an_hour),
	    cmocka_unit_test(one_attempt_is_made_when_nothing_is_said),
	    cmocka_unit_test(no_output_is_kept_that_holds_a_secret),
	    cmocka_unit_test(a_message_keeps_no_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
