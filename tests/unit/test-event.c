/* SPDX-License-Identifier: ISC */
#include "unit.h"

#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/request/event.h"

#define HEAD                                                                                          \
	"{\"event_id\":3,\"event_type\":\"Running\",\"status\":\"Running\",\"service_request_id\":1," \
	"\"pipeline_name\":\"p\",\"requested_by\":\"rita\""
#define BY	"\"created_by\":\"alice\",\"created_at\":\"2026-11-23T08:41:39.123Z\""
#define BY_TIME 1795423299123

static struct event
smallest(void)
{
	return (struct event){
	    .event_id = 3,
	    .event_type = EVENT_RUNNING,
	    .status = REQUEST_RUNNING,
	    .service_request_id = 1,
	    .pipeline_name = "p",
	    .requested_by = "rita",
	    .created_by = "alice",
	    .created_at = BY_TIME,
	};
}

static void
assert_written(const struct event *event, const char *expected)
{
	struct strbuf text = STRBUF_INIT;

	event_write(event, &text);
	assert_string_equal(text.buf, expected);
	strbuf_release(&text);
}

static void
read_text(struct arena *arena, const char *text, struct event *out)
{
	struct strbuf err = STRBUF_INIT;

	assert_int_equal(event_read(arena, "000003.json", text, strlen(text), out, &err), 0);
	assert_string_equal(err.buf, "");
	strbuf_release(&err);
}

static void
assert_refused(const char *text, const char *expected)
{
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct event event;

	assert_int_equal(event_read(&arena, "000003.json", text, strlen(text), &event, &err), -1);
	assert_string_equal(err.buf, expected);
	strbuf_release(&err);
	arena_release(&arena);
}

static void
an_event_is_one_line_of_json(void **state)
{
	struct event event = smallest();

	(void)state;
	assert_written(&event, HEAD "," BY "}\n");
	event.step_name = "Make \"API\" Call";
	event.step_type = "API";
	event.attempt = 2;
	event.prev = "abc";
	assert_written(&event,
	    HEAD ",\"step_name\":\"Make \\\"API\\\" Call\",\"step_type\":\"API\",\"attempt\":2," BY
		 ",\"prev\":\"abc\"}\n");
}

static void
every_field_comes_back_as_it_was_written(void **state)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT, again = STRBUF_INIT;
	struct event event = smallest(), back;

	(void)state;
	event.event_type = EVENT_FAILED;
	event.status = REQUEST_FAILED;
	event.step_name = "größe\n";
	event.step_type = "API";
	event.attempt = INT64_MAX;
	event.reason = REASON_OUTCOME_UNKNOWN;
	event.message = "tab\there";
	event.remarks = "";
	event.not_before = 1;
	event.expires_at = BY_TIME + 1;
	event.approvers = model_yaml(&arena, "[alice, '@ops']");
	event.approved_by = model_yaml(&arena, "[alice, bob]");
	event.override = true;
	event.created_by_uid = (struct user_number){true, 0}; /* root's is a number, too */
	event.http_status = 503;
	event.duration_ms = 12;
	event.idempotency_key = "key";
	event.outputs = model_yaml(&arena, "{id: [1.10, ~, {a: b}]}");
	event.pipeline_version = model_yaml(&arena, "1.0");
	event.form_data = model_yaml(&arena, "{}");
	event.pipeline = model_yaml(&arena, "{steps: []}");
	event.prev = "0123";
	event.sha256 = "4567";
	event.host = "web1";
	event.boot = "b";
	event.process = 7;
	event.process_start = 8;
	event_write(&event, &text);
	read_text(&arena, text.buf, &back);
	assert_int_equal(back.event_id, event.event_id);
	assert_int_equal(back.event_type, event.event_type);
	assert_int_equal(back.status, event.status);
	assert_int_equal(back.service_request_id, event.service_request_id);
	assert_string_equal(back.pipeline_name, event.pipeline_name);
	assert_string_equal(back.requested_by, event.requested_by);
	assert_string_equal(back.step_name, event.step_name);
	assert_string_equal(back.step_type, event.step_type);
	assert_true(back.attempt == event.attempt);
	assert_string_equal(back.created_by, event.created_by);
	assert_int_equal(back.created_at, event.created_at);
	assert_int_equal(back.reason, event.reason);
	assert_string_equal(back.message, event.message);
	assert_string_equal(back.remarks, event.remarks);
	assert_int_equal(back.not_before, event.not_before);
	assert_int_equal(back.expires_at, event.expires_at);
	assert_true(value_equal(back.approvers, event.approvers));
	assert_true(value_equal(back.approved_by, event.approved_by));
	assert_true(back.override);
	assert_true(back.created_by_uid.known);
	assert_int_equal(back.created_by_uid.uid, 0);
	assert_int_equal(back.http_status, event.http_status);
	assert_int_equal(back.duration_ms, event.duration_ms);
	assert_string_equal(back.idempotency_key, event.idempotency_key);
	assert_true(value_equal(back.outputs, event.outputs));
	assert_true(value_equal(back.pipeline_version, event.pipeline_version));
	assert_true(value_equal(back.form_data, event.form_data));
	assert_true(value_equal(back.pipeline, event.pipeline));
	assert_string_equal(back.prev, event.prev);
	assert_string_equal(back.sha256, event.sha256);
	assert_string_equal(back.host, "web1");
	assert_string_equal(back.boot, "b");
	assert_int_equal(back.process, 7);
	assert_int_equal(back.process_start, 8);
	event_write(&back, &again);
	assert_string_equal(again.buf, text.buf);
	strbuf_release(&again);
	strbuf_release(&text);
	arena_release(&arena);
}

static void
what_is_not_there_is_null_or_0(void **state)
{
	struct arena arena = ARENA_INIT;
	struct event event;

	(void)state;
	memset(&event, 0x55, sizeof(event));
	read_text(&arena, HEAD "," BY "}", &event);
	assert_int_equal(event.created_at, BY_TIME);
	assert_null(event.step_name);
	assert_null(event.step_type);
	assert_null(event.prev);
	assert_null(event.message);
	assert_null(event.remarks);
	assert_null(event.idempotency_key);
	assert_null(event.outputs);
	assert_null(event.pipeline);
	assert_null(event.pipeline_version);
	assert_null(event.form_data);
	assert_int_equal(event.reason, REASON_NONE);
	assert_int_equal(event.attempt, 0);
	assert_int_equal(event.not_before, 0);
	assert_int_equal(event.expires_at, 0);
	assert_int_equal(event.http_status, 0);
	assert_int_equal(event.duration_ms, 0);
	arena_release(&arena);
}

static void
what_every_event_has_must_be_there(void **state)
{
	static const char *const required[] = {"event_id", "event_type", "status",
	    "service_request_id", "pipeline_name", "requested_by", "created_by", "created_at"};

	(void)state;
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		struct strbuf text = STRBUF_INIT, line = STRBUF_INIT, name = STRBUF_INIT;
		char *at;

		strbuf_addstr(&text, HEAD "," BY "}");
		strbuf_addf(&name, "\"%s\"", required[i]);
		at = strstr(text.buf, name.buf);
		assert_non_null(at);
		at[1] = 'X';
		strbuf_addf(&line, "000003.json: there is no '%s'", required[i]);
		assert_refused(text.buf, line.buf);
		strbuf_release(&name);
		strbuf_release(&line);
		strbuf_release(&text);
	}
}

struct wrong {
	const char *member;
	const char *expected; /* "'x' is not ..." */
};

static void
a_field_of_the_wrong_kind_is_refused(void **state)
{
	static const struct wrong wrongs[] = {
	    {"\"attempt\":\"1\"", "'attempt' is not a whole number, not negative"},
	    {"\"attempt\":-1", "'attempt' is not a whole number, not negative"},
	    {"\"attempt\":1.0", "'attempt' is not a whole number, not negative"},
	    {"\"attempt\":99999999999999999999", "'attempt' is not a whole number, not negative"},
	    {"\"attempt\":null", "'attempt' is not a whole number, not negative"},
	    {"\"step_name\":null", "'step_name' is not text"},
	    {"\"step_type\":[]", "'step_type' is not text"},
	    {"\"reason\":\"bored\"", "'reason' is not a reason that is known"},
	    {"\"reason\":1", "'reason' is not a reason that is known"},
	    {"\"not_before\":1", "'not_before' is not a time such as 2026-11-23T08:41:39.123Z"},
	    {"\"expires_at\":\"2026-11-23\"",
		"'expires_at' is not a time such as 2026-11-23T08:41:39.123Z"},
	    {"\"approvers\":{}", "'approvers' is not a list"},
	    {"\"approved_by\":\"eve\"", "'approved_by' is not a list"},
	    {"\"override\":1", "'override' is not true or false"},
	    {"\"created_by_uid\":-1", "'created_by_uid' is not the number of a user"},
	    {"\"created_by_uid\":\"1\"", "'created_by_uid' is not the number of a user"},
	    {"\"created_by_uid\":4294967295", "'created_by_uid' is not the number of a user"},
	    {"\"outputs\":[1]", "'outputs' is not a map"},
	    {"\"form_data\":\"a\"", "'form_data' is not a map"},
	    {"\"pipeline\":null", "'pipeline' is not a map"},
	    {"\"prev\":7", "'prev' is not text"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
		size_t column = strlen(HEAD ",") + strcspn(wrongs[i].member, ":") + 2;

		strbuf_addf(&text, HEAD ",%s," BY "}", wrongs[i].member);
		strbuf_addf(&line, "000003.json:1:%zu: %s", column, wrongs[i].expected);
		assert_refused(text.buf, line.buf);
		strbuf_release(&line);
		strbuf_release(&text);
	}
}

static void
a_type_and_a_status_are_words_that_are_known(void **state)
{
	(void)state;
	assert_refused("{\"event_id\":1,\"event_type\":\"running\",\"status\":\"Running\"}",
	    "000003.json:1:28: 'event_type' is not the type of an event");
	assert_refused("{\"event_id\":1,\"event_type\":3}",
	    "000003.json:1:28: 'event_type' is not the type of an event");
	assert_refused("{\"event_id\":1,\"event_type\":\"Running\",\"status\":\"Approved\"}",
	    "000003.json:1:47: 'status' is not the status of a request");
}

static void
unknown_members_are_left_alone(void **state)
{
	struct arena arena = ARENA_INIT;
	struct event event;

	(void)state;
	read_text(&arena, HEAD ",\"of_later\":{\"a\":[1]},\"Attempt\":5," BY "}\n", &event);
	assert_int_equal(event.event_id, 3);
	assert_int_equal(event.attempt, 0);
	arena_release(&arena);
}

static void
what_is_no_json_object_is_no_event(void **state)
{
	(void)state;
	assert_refused("[]", "000003.json: an event is a JSON object, not a list");
	assert_refused("null", "000003.json: an event is a JSON object, not a null");
	assert_refused("7", "000003.json: an event is a JSON object, not a number");
	assert_refused("{}", "000003.json: there is no 'event_id'");
}

static void
a_cut_or_damaged_file_is_refused(void **state)
{
	static const char whole[] = HEAD "," BY "}";
	struct arena arena = ARENA_INIT;
	struct strbuf err = STRBUF_INIT;
	struct event event;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		assert_int_equal(event_read(&arena, "e", whole, len, &event, &err), -1);
		assert_true(err.len > 0);
		strbuf_reset(&err);
	}
	assert_int_equal(event_read(&arena, "e", whole, sizeof(whole) - 1, &event, &err), 0);
	assert_int_equal(event_read(&arena, "e", HEAD ",\"event_id\":3," BY "}",
			     sizeof(HEAD ",\"event_id\":3," BY "}") - 1, &event, &err),
	    -1);
	strbuf_release(&err);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_event_is_one_line_of_json),
	    cmocka_unit_test(every_field_comes_back_as_it_was_written),
	    cmocka_unit_test(what_is_not_there_is_null_or_0),
	    cmocka_unit_test(what_every_event_has_must_be_there),
	    cmocka_unit_test(a_field_of_the_wrong_kind_is_refused),
	    cmocka_unit_test(a_type_and_a_status_are_words_that_are_known),
	    cmocka_unit_test(unknown_members_are_left_alone),
	    cmocka_unit_test(what_is_no_json_object_is_no_event),
	    cmocka_unit_test(a_cut_or_damaged_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
