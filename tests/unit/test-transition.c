/* SPDX-License-Identifier: ISC */
/* The state machine against a table of its own, written from DESIGN and not from the source. */
#include "unit.h"

#include <string.h>

#include "model/request/transition.h"

#define STEP_STATUS_COUNT (STEP_COMPLETED + 1)

/*
 * What a step becomes by an event, a letter for each of its states
 * (Not Started, Running, Failed, Cancelled, Completed):
 * n r f c d, or "-" where the event is refused.
 */
struct row {
	enum request_status request;
	enum event_type event;
	const char *becomes;
};

static const struct row rows[] = {
    {REQUEST_NOT_STARTED, EVENT_CREATED, "-----"},
    {REQUEST_NOT_STARTED, EVENT_NOT_STARTED, "n----"}, /* announced */
    {REQUEST_NOT_STARTED, EVENT_UPDATED, "-----"},
    {REQUEST_NOT_STARTED, EVENT_RUNNING, "r----"},
    {REQUEST_NOT_STARTED, EVENT_APPROVED, "-----"},
    {REQUEST_NOT_STARTED, EVENT_WITHDRAWN, "-----"},
    {REQUEST_NOT_STARTED, EVENT_COMPLETED, "-----"},
    {REQUEST_NOT_STARTED, EVENT_FAILED, "f----"}, /* it cannot even be started */
    {REQUEST_NOT_STARTED, EVENT_CANCELLED, "-----"},

    {REQUEST_RUNNING, EVENT_CREATED, "-----"},
    {REQUEST_RUNNING, EVENT_NOT_STARTED, "--n--"}, /* retry: now */
    {REQUEST_RUNNING, EVENT_UPDATED, "-----"},
    {REQUEST_RUNNING, EVENT_RUNNING, "rrr--"}, /* the next step, a resent attempt, a retry */
    {REQUEST_RUNNING, EVENT_APPROVED, "-----"},
    {REQUEST_RUNNING, EVENT_WITHDRAWN, "-----"},
    {REQUEST_RUNNING, EVENT_COMPLETED, "-d---"},
    {REQUEST_RUNNING, EVENT_FAILED, "fff--"},
    {REQUEST_RUNNING, EVENT_CANCELLED, "-----"},

    {REQUEST_PENDING, EVENT_CREATED, "-----"},
    {REQUEST_PENDING, EVENT_NOT_STARTED, "-----"},
    {REQUEST_PENDING, EVENT_UPDATED, "-----"},
    {REQUEST_PENDING, EVENT_RUNNING, "-----"},
    {REQUEST_PENDING, EVENT_APPROVED, "-r---"},
    {REQUEST_PENDING, EVENT_WITHDRAWN, "-r---"},
    {REQUEST_PENDING, EVENT_COMPLETED, "-----"}, /* never without the votes */
    {REQUEST_PENDING, EVENT_FAILED, "-f---"},	 /* rejected, expired */
    {REQUEST_PENDING, EVENT_CANCELLED, "-----"},

    {REQUEST_FAILED, EVENT_CREATED, "-----"},
    {REQUEST_FAILED, EVENT_NOT_STARTED, "--n--"}, /* retry */
    {REQUEST_FAILED, EVENT_UPDATED, "-----"},
    {REQUEST_FAILED, EVENT_RUNNING, "-----"},
    {REQUEST_FAILED, EVENT_APPROVED, "-----"},
    {REQUEST_FAILED, EVENT_WITHDRAWN, "-----"},
    {REQUEST_FAILED, EVENT_COMPLETED, "--d--"}, /* resolve */
    {REQUEST_FAILED, EVENT_FAILED, "--f--"},	/* resolve */
    {REQUEST_FAILED, EVENT_CANCELLED, "-----"},

    {REQUEST_CANCELLED, EVENT_CREATED, "-----"},
    {REQUEST_CANCELLED, EVENT_NOT_STARTED, "-----"},
    {REQUEST_CANCELLED, EVENT_UPDATED, "-----"},
    {REQUEST_CANCELLED, EVENT_RUNNING, "-----"},
    {REQUEST_CANCELLED, EVENT_APPROVED, "-----"},
    {REQUEST_CANCELLED, EVENT_WITHDRAWN, "-----"},
    {REQUEST_CANCELLED, EVENT_COMPLETED, "-dd--"}, /* the call that was under way; */
    {REQUEST_CANCELLED, EVENT_FAILED, "-ff--"},	   /* from Failed: resolve */
    {REQUEST_CANCELLED, EVENT_CANCELLED, "-----"},

    {REQUEST_COMPLETED, EVENT_CREATED, "-----"},
    {REQUEST_COMPLETED, EVENT_NOT_STARTED, "-----"},
    {REQUEST_COMPLETED, EVENT_UPDATED, "-----"},
    {REQUEST_COMPLETED, EVENT_RUNNING, "-----"},
    {REQUEST_COMPLETED, EVENT_APPROVED, "-----"},
    {REQUEST_COMPLETED, EVENT_WITHDRAWN, "-----"},
    {REQUEST_COMPLETED, EVENT_COMPLETED, "-----"},
    {REQUEST_COMPLETED, EVENT_FAILED, "-----"},
    {REQUEST_COMPLETED, EVENT_CANCELLED, "-----"},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const char step_letters[] = "nrfcd";

static char
letter(enum request_status request, enum step_status step, enum event_type event)
{
	if (!step_event_allowed(request, step, event)) {
		/* what is refused changes nothing */
		assert_int_equal(step_status_after(request, step, event), step);
		return '-';
	}
	return step_letters[step_status_after(request, step, event)];
}

static void
a_step_changes_as_the_table_says(void **state)
{
	bool seen[REQUEST_STATUS_COUNT][EVENT_TYPE_COUNT] = {{false}};

	(void)state;
	assert_int_equal(ROW_COUNT, REQUEST_STATUS_COUNT * EVENT_TYPE_COUNT);
	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct row *row = &rows[i];
		char becomes[STEP_STATUS_COUNT + 1] = "";

		assert_false(seen[row->request][row->event]);
		seen[row->request][row->event] = true;
		for (int step = 0; step < STEP_STATUS_COUNT; step++)
			becomes[step] = letter(row->request, (enum step_status)step, row->event);
		if (strcmp(becomes, row->becomes) != 0)
			print_error("%s of a step while the request is %s\n",
			    event_type_name(row->event), request_status_name(row->request));
		assert_string_equal(becomes, row->becomes);
	}
}

static void
a_request_as_a_whole_is_updated_before_and_cancelled_until_it_is_done(void **state)
{
	static const struct {
		enum request_status request;
		bool updated, cancelled;
	} expected[] = {
	    {REQUEST_NOT_STARTED, true, true},
	    {REQUEST_RUNNING, false, true},
	    {REQUEST_PENDING, false, true},
	    {REQUEST_FAILED, true, true}, /* form data, or a pipeline */
	    {REQUEST_CANCELLED, false, false},
	    {REQUEST_COMPLETED, false, false},
	};

	(void)state;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		enum request_status request = expected[i].request;

		assert_int_equal(request, i);
		for (int event = 0; event < EVENT_TYPE_COUNT; event++) {
			bool allowed = (event == EVENT_UPDATED && expected[i].updated) ||
				       (event == EVENT_CANCELLED && expected[i].cancelled);

			assert_int_equal(
			    request_event_allowed(request, (enum event_type)event), allowed);
		}
	}
}

static void
each_command_is_for_some_states_only(void **state)
{
	/* Not Started, Running, Pending, Failed, Cancelled, Completed */
	static const struct {
		enum command command;
		const char *name;
		const char *allowed;
	} expected[] = {
	    {COMMAND_UPDATE, "update", "y-----"},
	    {COMMAND_RUN, "run", "yyyyyy"},
	    {COMMAND_APPROVE, "approve", "--y---"},
	    {COMMAND_OVERRIDE, "override", "--y---"},
	    {COMMAND_WITHDRAW, "withdraw", "--y---"},
	    {COMMAND_REJECT, "reject", "--y---"},
	    {COMMAND_CANCEL, "cancel", "yyyy--"},
	    {COMMAND_RETRY, "retry", "-y-y--"},
	    {COMMAND_RESOLVE, "resolve", "-y-yy-"},
	    {COMMAND_MEND, "mend", "---y--"},
	    {COMMAND_REPLACE, "replace", "yyyyyy"},
	};

	(void)state;
	assert_int_equal(sizeof(expected) / sizeof(expected[0]), COMMAND_COUNT);
	for (int i = 0; i < COMMAND_COUNT; i++) {
		enum command command = expected[i].command;

		assert_int_equal(command, i);
		assert_string_equal(command_name(command), expected[i].name);
		for (int status = 0; status < REQUEST_STATUS_COUNT; status++)
			assert_int_equal(command_allowed((enum request_status)status, command),
			    expected[i].allowed[status] == 'y');
	}
}

static void
every_state_and_event_has_a_name_that_is_found_again(void **state)
{
	(void)state;
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++)
		assert_int_equal(
		    request_status_find(request_status_name((enum request_status)i)), i);
	for (int i = 0; i < EVENT_TYPE_COUNT; i++)
		assert_int_equal(event_type_find(event_type_name((enum event_type)i)), i);
	for (int i = 0; i < REASON_COUNT; i++)
		assert_int_equal(reason_find(reason_name((enum reason)i)), i);
	for (int i = 0; i < STEP_STATUS_COUNT; i++)
		assert_non_null(step_status_name((enum step_status)i));
	assert_int_equal(request_status_find("running"), -1);
	assert_int_equal(event_type_find("Pending"), -1);
	assert_int_equal(reason_find("Rejected"), -1);
}

static void
a_state_is_typed_as_it_comes(void **state)
{
	(void)state;
	assert_int_equal(request_status_parse("Not Started"), REQUEST_NOT_STARTED);
	assert_int_equal(request_status_parse("not-started"), REQUEST_NOT_STARTED);
	assert_int_equal(request_status_parse("NOT_STARTED"), REQUEST_NOT_STARTED);
	assert_int_equal(request_status_parse("pending"), REQUEST_PENDING);
	assert_int_equal(request_status_parse("completed"), REQUEST_COMPLETED);
	assert_int_equal(request_status_parse(""), -1);
	assert_int_equal(request_status_parse("run"), -1);
	assert_int_equal(request_status_parse("runningx"), -1);
	assert_int_equal(request_status_parse("notstarted"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_step_changes_as_the_table_says),
	    cmocka_unit_test(a_request_as_a_whole_is_updated_before_and_cancelled_until_it_is_done),
	    cmocka_unit_test(each_command_is_for_some_states_only),
	    cmocka_unit_test(every_state_and_event_has_a_name_that_is_found_again),
	    cmocka_unit_test(a_state_is_typed_as_it_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
