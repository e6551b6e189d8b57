/* SPDX-License-Identifier: ISC */
/*
 * A slot with an executor that only remembers what it was asked, the store in memory, and a clock
 * that stands still: every way from one state to the next, without a disk and without waiting.
 */
#include "unit.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/value.h"
#include "model-helper.h"
#include "model/limits.h"
#include "model/parameter-kinds.h"
#include "model/step-type.h"
#include "run/slot.h"
#include "steps/executor.h"
#include "store/memory.h"
#include "store/store.h"
#include "workspace/workspace.h"

#define PIPELINE                                                                \
	"steps:\n"                                                              \
	"- {step_name: Once, step_type: FAKE, parameters: {text: a}}\n"         \
	"- {step_name: Again, step_type: FAKE, parameters: {repeatable: true, " \
	"retry: {max_attempts: 3, backoff: 1s}}}\n"
#define APPROVAL "steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]"

/* ---- a step type, and what its executor was asked */

struct fake_parameters {
	const char *text;
	bool repeatable;
	struct retry_policy retry;
};

#define AT(member) offsetof(struct fake_parameters, member)

static const struct parameter_field fields[] = {
    {.name = "text", .kind = &kind_text, .offset = AT(text)},
    {.name = "repeatable",
	.kind = &kind_boolean,
	.offset = AT(repeatable),
	.literal_only = true,
	.fallback = "false"},
    {.name = "retry", .kind = &kind_group, .offset = AT(retry), .members = retry_fields},
    {.name = NULL},
};

static const struct retry_policy *
retry(const void *parameters)
{
	return &((const struct fake_parameters *)parameters)->retry;
}

#define LONGEST_MS 2000

static int64_t
longest(const void *parameters)
{
	(void)parameters;
	return LONGEST_MS;
}

static const struct step_type fake_type = {
    .name = "FAKE",
    .summary = "Does nothing.",
    .fields = fields,
    .size = sizeof(struct fake_parameters),
    .pauses = PAUSE_NONE,
    .retry = retry,
    .longest = longest,
};

extern const struct step_type step_type_approval;
static const struct step_type *const catalogue[] = {&fake_type, &step_type_approval, NULL};

static struct {
	unsigned starts, stops;
	bool begins_no_more;		    /* intend() refuses */
	struct step_run *run;		    /* that was started last */
	const struct step_outcome *at_once; /* how the next one ends, inside of start() */
	const struct step_outcome *at_stop; /* and inside of stop(); NULL: nothing is known */
} executor;

static void
fake_start(struct step_run *run)
{
	executor.starts++;
	executor.run = run;
	if (executor.at_once != NULL)
		step_run_finish(run, executor.at_once);
}

static void
fake_stop(struct step_run *run)
{
	assert_ptr_equal(run, executor.run);
	executor.stops++;
	if (executor.at_stop != NULL)
		step_run_finish(run, executor.at_stop);
}

static bool
fake_repeatable(const struct step_run *run)
{
	return ((const struct fake_parameters *)run->parameters)->repeatable;
}

static int
fake_intend(struct step_run *run, struct event *intent, struct strbuf *err)
{
	(void)run;
	(void)intent;
	return executor.begins_no_more ? fail(err, "not as it was begun before") : 0;
}

static void
approval_start(struct step_run *run)
{
	(void)run;
}

static const struct step_executor executors[] = {
    {.step_type = "FAKE",
	.repeatable = fake_repeatable,
	.intend = fake_intend,
	.start = fake_start,
	.stop = fake_stop},
    {.step_type = "WAIT_FOR_APPROVAL", .start = approval_start},
};

/* In place of the program's own. */
const struct step_executor *
executor_find(const char *step_type)
{
	for (size_t i = 0; i < sizeof(executors) / sizeof(executors[0]); i++) {
		if (strcmp(executors[i].step_type, step_type) == 0)
			return &executors[i];
	}
	return NULL;
}

/* ---- the world of a slot */

static int64_t wall_ms, monotonic_ms;

static int64_t
wall(void *context)
{
	(void)context;
	return wall_ms;
}

static int64_t
monotonic(void *context)
{
	(void)context;
	return monotonic_ms;
}

static void
pass_time(void *context, int64_t ms)
{
	(void)context;
	wall_ms += ms;
	monotonic_ms += ms;
}

static const struct clock fake_clock = {.wall = wall, .monotonic = monotonic, .skip = pass_time};

struct fixture {
	struct memory_disk *disk;
	struct store *other; /* of another process */
	struct workspace *workspace;
	struct slot_shared shared;
	struct slot slot;
	enum memory_operation fails; /* the operation of which the next ones fail */
	unsigned failing;	     /* how many do */
};

static enum memory_fault
fault(void *context, void *who, enum memory_operation operation, bool after)
{
	struct fixture *f = context;
	bool hit = f->failing > 0 && who == &f->slot && operation == f->fails && !after;

	f->failing -= hit;
	return hit ? MEMORY_FAIL : MEMORY_GO_ON;
}

static uint64_t
middle(void *context)
{
	(void)context;
	return 400;
}

static struct fixture fixture;

static unsigned
boot_of(void *context, void *who)
{
	(void)context;
	return who == NULL;
}

/* On that medium, if any, the slot is of another boot than the other process. */
static int
set_up_on(void **state, const char *medium)
{
	struct fixture *f = &fixture;
	const struct memory_options options = {
	    .fault = fault, .medium = medium, .boot = boot_of, .context = f};

	*f = (struct fixture){0};
	wall_ms = MODEL_NOW + 1000;
	monotonic_ms = 5;
	memset(&executor, 0, sizeof(executor));
	f->disk = memory_disk_new(&options);
	f->other = store_open_memory(f->disk, NULL, catalogue);
	f->workspace = workspace_of_store(store_open_memory(f->disk, &f->slot, catalogue));
	f->shared = (struct slot_shared){
	    .workspace = f->workspace,
	    .actor = "cron",
	    .quiet = true,
	    .tools = {.loop = loop_new(&fake_clock, NULL), .random = middle},
	};
	f->slot.shared = &f->shared;
	*state = f;
	return 0;
}

static int
set_up(void **state)
{
	return set_up_on(state, NULL);
}

static int
set_up_far(void **state)
{
	return set_up_on(state, "NFS");
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->slot.state != SLOT_FREE) {
		slot_give_up(&f->slot);
		f->slot.end.broken = true;
		slot_close(&f->slot);
	}
	workspace_close(f->workspace);
	store_close(f->other);
	loop_free(f->shared.tools.loop);
	memory_disk_free(f->disk);
	return 0;
}

/* Records a request of the pipeline, as a version with those rules makes it. */
static void
create_by(struct fixture *f, const char *yaml, int64_t rules)
{
	struct arena arena = ARENA_INIT;
	struct pipeline pipeline;
	struct event *events;
	size_t count;
	uint64_t id;

	assert_int_equal(pipeline_build(&arena, model_yaml(&arena, yaml), "p", rules, catalogue,
			     &pipeline, NULL),
	    0);
	request_first_events(&arena, &pipeline, value_new(&arena, VALUE_MAP), MODEL_REQUESTER, NULL,
	    MODEL_NOW, &events, &count);
	assert_int_equal(store_create(f->other, events, count, &id, NULL), STORE_OK);
	assert_int_equal(id, 1);
	arena_release(&arena);
}

static void
create(struct fixture *f, const char *yaml)
{
	create_by(f, yaml, PIPELINE_RULES);
}

/* Publishes what the slot has ready, as its runner does.  Returns the result. */
static enum store_result
publish(struct fixture *f)
{
	struct store_append *append;

	assert_int_equal(f->slot.state, SLOT_PUBLISHING);
	append = slot_commit(&f->slot);
	assert_int_equal(f->slot.state, SLOT_COMMITTING);
	store_append_group(workspace_store(f->shared.workspace), append, 1);
	slot_committed(&f->slot);
	return append->result;
}

/* Another process appends an event of the whole request. */
static void
cancel(struct fixture *f)
{
	struct request request;
	struct event event;

	request_init(&request, 1);
	assert_int_equal(store_load(f->other, &request, NULL), STORE_OK);
	request_prepare_event(&request, EVENT_CANCELLED, NULL, "adam", wall_ms, &event);
	assert_int_equal(request_status_after(&request, &event, NULL), 0);
	assert_int_equal(store_append(f->other, &request, &event, STORE_NO_LOCK, NULL), STORE_OK);
	request_release(&request);
}

static const struct step_outcome good = {.completed = true};
static const struct step_outcome passing = {
    .reason = REASON_TRANSPORT, .message = "it broke", .try_again = true};

static void
begin(struct fixture *f)
{
	slot_begin(&f->slot, 1);
	assert_int_equal(f->slot.state, SLOT_DECIDING);
	slot_decide(&f->slot);
}

/* ---- tests */

static void
nothing_is_started_before_its_intent_is_recorded(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	begin(f);
	assert_int_equal(f->slot.state, SLOT_PUBLISHING);
	assert_int_equal(f->slot.publishing, SLOT_INTENT);
	assert_int_equal(executor.starts, 0);
	assert_int_equal(publish(f), STORE_OK);
	assert_int_equal(executor.starts, 1);
	assert_int_equal(f->slot.state, SLOT_EXECUTING);
	model_assert_step(&f->slot.request, "Once", STEP_RUNNING);
}

static void
a_run_that_ends_is_recorded_and_the_next_step_follows(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	begin(f);
	publish(f);
	monotonic_ms += 70;
	step_run_finish(executor.run, &good);
	slot_finish_run(&f->slot);
	assert_int_equal(f->slot.publishing, SLOT_OUTCOME);
	assert_int_equal(f->slot.event.duration_ms, 70);
	publish(f);
	assert_int_equal(f->slot.state, SLOT_DECIDING);
	executor.at_once = &good;
	slot_decide(&f->slot);
	publish(f);
	assert_int_equal(f->slot.publishing, SLOT_OUTCOME); /* it ended inside of start() */
	publish(f);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_int_equal(f->slot.end.code, CODE_DONE);
	model_assert_request(&f->slot.request, REQUEST_COMPLETED);
	assert_false(slot_close(&f->slot));
	assert_int_equal(f->slot.state, SLOT_FREE);
	assert_false(store_is_locked(f->other, 1));
}

static void
a_pause_is_sat_out_by_the_monotonic_clock(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	executor.at_once = &good;
	begin(f);
	publish(f);
	publish(f);
	executor.at_once = &passing;
	slot_decide(&f->slot);
	publish(f);
	publish(f);
	assert_true(f->slot.request.events[f->slot.request.event_count - 1]->not_before > wall_ms);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.state, SLOT_SLEEPING);
	wall_ms += 86400000; /* somebody sets the clock: no reason to wake */
	loop_turn(f->shared.tools.loop, 0, NULL);
	assert_int_equal(f->slot.state, SLOT_SLEEPING);
	monotonic_ms += 1000;
	loop_turn(f->shared.tools.loop, 0, NULL);
	assert_int_equal(f->slot.state, SLOT_DECIDING);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.event.attempt, 2);
}

static void
a_pause_that_was_sat_out_is_over_although_the_clock_was_set_back(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	executor.at_once = &good;
	begin(f);
	publish(f);
	publish(f);
	executor.at_once = &passing;
	slot_decide(&f->slot);
	publish(f);
	publish(f);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.state, SLOT_SLEEPING);
	wall_ms -= 3600000;
	monotonic_ms += 1000;
	loop_turn(f->shared.tools.loop, 0, NULL);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.publishing, SLOT_INTENT);
	assert_int_equal(f->slot.event.attempt, 2);
	publish(f);
	publish(f);
	slot_decide(&f->slot); /* the next pause is one of its own */
	assert_int_equal(f->slot.state, SLOT_SLEEPING);
}

static void
what_is_announced_when_the_program_is_to_end_at_once_is_not_begun(void **state)
{
	struct fixture *f = *state;
	struct store_append *append;

	create(f, PIPELINE);
	begin(f);
	append = slot_commit(&f->slot);
	slot_give_up(&f->slot);
	assert_int_equal(f->slot.state, SLOT_COMMITTING); /* the append is the store's */
	store_append_group(workspace_store(f->shared.workspace), append, 1);
	slot_committed(&f->slot);
	assert_int_equal(executor.starts, 0);
	assert_int_equal(f->slot.publishing, SLOT_OUTCOME);
	assert_int_equal(f->slot.event.event_type, EVENT_FAILED);
	assert_int_equal(f->slot.event.reason, REASON_TRANSPORT);
	assert_int_equal(f->slot.event.effect, EFFECT_NONE);
	assert_int_equal(publish(f), STORE_OK);
	assert_int_equal(executor.starts, 0);
}

static void
an_interrupted_run_is_repeated_only_when_it_is_repeatable(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	begin(f);
	publish(f);
	slot_give_up(&f->slot); /* the program ends in the middle */
	assert_int_equal(executor.stops, 1);
	assert_false(slot_close(&f->slot));
	begin(f);
	assert_int_equal(f->slot.publishing, SLOT_DECISION);
	assert_int_equal(f->slot.event.reason, REASON_OUTCOME_UNKNOWN);
	publish(f);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_int_equal(f->slot.end.code, CODE_UNKNOWN);
	assert_int_equal(executor.starts, 1);
}

static void
what_is_known_of_a_run_that_is_given_up_is_recorded(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	begin(f);
	publish(f);
	executor.at_stop = &good;
	slot_give_up(&f->slot);
	assert_int_equal(f->slot.publishing, SLOT_OUTCOME);
	slot_give_up(&f->slot); /* that is not lost to another signal */
	assert_int_equal(publish(f), STORE_OK);
	assert_int_equal(executor.stops, 1);
	model_assert_step(&f->slot.request, "Once", STEP_COMPLETED);
	assert_int_equal(f->slot.state, SLOT_DECIDING);
	slot_give_up(&f->slot);
	assert_int_equal(f->slot.state, SLOT_ENDED);
}

static void
a_run_that_has_finished_is_recorded_when_it_is_given_up(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	begin(f);
	publish(f);
	step_run_finish(executor.run, &good);
	slot_give_up(&f->slot);
	assert_int_equal(executor.stops, 0);
	assert_int_equal(publish(f), STORE_OK);
	model_assert_step(&f->slot.request, "Once", STEP_COMPLETED);
}

/* Otherwise it would be kept for as long as an outcome is. */
static void
an_outcome_that_cannot_be_recorded_is_soon_given_up_when_the_program_is_told_to(void **state)
{
	struct fixture *f = *state;
	int64_t begun;

	create(f, PIPELINE);
	begin(f);
	publish(f);
	f->shared.gives_up = true;
	executor.at_stop = &good;
	slot_give_up(&f->slot);
	begun = monotonic_ms;
	do {
		slot_published(&f->slot, STORE_BUSY, "another process changes request 1");
		monotonic_ms += 100;
		loop_turn(f->shared.tools.loop, 0, NULL);
	} while (f->slot.state == SLOT_PUBLISHING && monotonic_ms < begun + 60000);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_true(f->slot.end.broken);
	assert_in_range(monotonic_ms - begun, 1000, 1500);
}

static void
a_repeatable_run_is_taken_over(void **state)
{
	struct fixture *f = *state;

	create(f, "steps: [{step_name: Again, step_type: FAKE, parameters: {repeatable: true}}]");
	begin(f);
	publish(f);
	slot_give_up(&f->slot);
	slot_close(&f->slot);
	begin(f);
	assert_int_equal(f->slot.publishing, SLOT_INTENT);
	assert_int_equal(f->slot.event.attempt, 2);
	publish(f);
	assert_int_equal(executor.starts, 2);
}

/* The program ends in the middle of the step, and another one looks at the request. */
static void
interrupt(struct fixture *f)
{
	publish(f);
	slot_give_up(&f->slot);
	slot_close(&f->slot);
}

#define ONCE  "steps: [{step_name: Step, step_type: FAKE, parameters: {text: a}}]"
#define AGAIN "steps: [{step_name: Step, step_type: FAKE, parameters: {repeatable: true}}]"

static void
an_intent_says_whether_the_step_may_be_carried_out_only_once(void **state)
{
	static const struct {
		const char *pipeline;
		enum effect effect;
	} cases[] = {{ONCE, EFFECT_POSSIBLE}, {AGAIN, EFFECT_NONE}, {APPROVAL, EFFECT_NONE}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = *state;

		create(f, cases[i].pipeline);
		begin(f);
		assert_int_equal(f->slot.publishing, SLOT_INTENT);
		assert_int_equal(f->slot.event.effect, cases[i].effect);
		publish(f);
		assert_int_equal(
		    step_effect(request_current_step(&f->slot.request)), cases[i].effect);
		tear_down(state);
		set_up(state);
	}
}

/* Older programs wrote intents that say nothing. */
static void
what_was_interrupted_may_have_been_carried_out_as_its_intent_says(void **state)
{
	static const struct {
		const char *pipeline;
		int64_t rules;
		enum effect effect;
	} cases[] = {{ONCE, PIPELINE_RULES, EFFECT_POSSIBLE}, {ONCE, 1, EFFECT_POSSIBLE},
	    {AGAIN, PIPELINE_RULES, EFFECT_NONE}, {AGAIN, 1, EFFECT_POSSIBLE}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = *state;

		create_by(f, cases[i].pipeline, cases[i].rules);
		begin(f);
		interrupt(f);
		cancel(f); /* so that it is not taken over */
		begin(f);
		assert_int_equal(f->slot.publishing, SLOT_DECISION);
		assert_int_equal(f->slot.event.reason, REASON_OUTCOME_UNKNOWN);
		assert_int_equal(f->slot.event.effect, cases[i].effect);
		tear_down(state);
		set_up(state);
	}
}

/* It was sent as it was, and cannot be sent so again: another one would be a second one. */
static void
what_cannot_be_begun_again_as_it_was_may_have_been_carried_out(void **state)
{
	struct fixture *f = *state;

	create(f, AGAIN);
	begin(f);
	interrupt(f);
	executor.begins_no_more = true;
	begin(f);
	assert_int_equal(f->slot.event.event_type, EVENT_FAILED);
	assert_int_equal(f->slot.event.reason, REASON_OUTCOME_UNKNOWN);
	assert_int_equal(f->slot.event.effect, EFFECT_POSSIBLE);
}

static void
an_outcome_has_the_effect_that_the_executor_reports(void **state)
{
	static const struct {
		struct step_outcome outcome;
		enum effect effect;
	} cases[] = {
	    {{.reason = REASON_HTTP_STATUS}, EFFECT_NONE},
	    {{.reason = REASON_HTTP_STATUS, .effect = EFFECT_POSSIBLE}, EFFECT_POSSIBLE},
	    {{.reason = REASON_EXECUTOR, .effect = EFFECT_CERTAIN}, EFFECT_CERTAIN},
	    {{.completed = true, .effect = EFFECT_CERTAIN}, EFFECT_CERTAIN},
	    {{.reason = REASON_OUTCOME_UNKNOWN}, EFFECT_POSSIBLE},
	    {{.reason = REASON_OUTCOME_UNKNOWN, .effect = EFFECT_CERTAIN}, EFFECT_CERTAIN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture *f = *state;

		create(f, ONCE);
		executor.at_once = &cases[i].outcome;
		begin(f);
		publish(f);
		assert_int_equal(f->slot.publishing, SLOT_OUTCOME);
		assert_int_equal(f->slot.event.effect, cases[i].effect);
		publish(f);
		assert_int_equal(
		    step_effect(request_step(&f->slot.request, "Step")), cases[i].effect);
		tear_down(state);
		set_up(state);
	}
}

/* A secret is missing, say: nothing was begun. */
static void
what_cannot_be_started_has_no_effect(void **state)
{
	struct fixture *f = *state;

	create(f, "steps: [{step_name: Step, step_type: FAKE, parameters: {text: '${gone}'}}]");
	begin(f);
	assert_int_equal(f->slot.event.event_type, EVENT_FAILED);
	assert_int_equal(f->slot.event.reason, REASON_PLACEHOLDER);
	assert_int_equal(f->slot.event.effect, EFFECT_NONE);
}

static void
an_intent_that_loses_a_race_is_decided_again(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	begin(f);
	cancel(f);
	assert_int_equal(publish(f), STORE_RACE_LOST);
	assert_int_equal(f->slot.state, SLOT_DECIDING);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_int_equal(f->slot.end.code, CODE_CANCELLED);
	assert_int_equal(executor.starts, 0);
}

static void
an_outcome_that_loses_a_race_is_recorded_all_the_same(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	begin(f);
	publish(f);
	step_run_finish(executor.run, &good);
	slot_finish_run(&f->slot);
	cancel(f);
	assert_int_equal(publish(f), STORE_RACE_LOST);
	assert_int_equal(f->slot.publishing, SLOT_OUTCOME);
	assert_int_equal(publish(f), STORE_OK);
	model_assert_request(&f->slot.request, REQUEST_CANCELLED);
	model_assert_step(&f->slot.request, "Once", STEP_COMPLETED);
}

static void
nothing_is_started_when_the_intent_cannot_be_recorded(void **state)
{
	struct fixture *f = *state;

	create(f, PIPELINE);
	begin(f);
	f->failing = 1;
	f->fails = MEMORY_APPEND;
	assert_int_equal(publish(f), STORE_ERROR);
	assert_int_equal(executor.starts, 0);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_true(f->slot.end.broken);
	assert_int_equal(f->slot.end.code, CODE_ERROR);
	assert_false(slot_close(&f->slot));
}

/* The call has ended, and its outcome is to be published, which fails so often. */
static void
begin_outcome(struct fixture *f, const struct step_outcome *outcome, unsigned failing)
{
	create(f, PIPELINE);
	begin(f);
	publish(f);
	step_run_finish(executor.run, outcome);
	slot_finish_run(&f->slot);
	f->fails = MEMORY_APPEND;
	f->failing = failing;
}

/* The outcome could not be recorded; it is held, and then published again. */
static void
publish_in_vain(struct fixture *f)
{
	assert_int_equal(publish(f), STORE_ERROR);
	assert_int_equal(f->slot.state, SLOT_HELD);
	monotonic_ms += 100;
	loop_turn(f->shared.tools.loop, 0, NULL);
	assert_int_equal(f->slot.state, SLOT_PUBLISHING);
}

/* As often as it is tried in five seconds, and once more: that time is over then. */
static void
publish_in_vain_for_long(struct fixture *f)
{
	for (int64_t end = monotonic_ms + 5000; monotonic_ms < end;)
		publish_in_vain(f);
	assert_int_equal(publish(f), STORE_ERROR);
}

static void
assert_log_ends_with(struct fixture *f, const char *end)
{
	struct store_log_reader *reader = store_log_reader_open(f->other, 1, "Once", false);
	struct strbuf text = STRBUF_INIT;
	bool anew = false;

	assert_int_equal(store_log_read(reader, &text, &anew, NULL), STORE_OK);
	assert_true(text.len > strlen(end));
	assert_string_equal(text.buf + text.len - strlen(end), end);
	strbuf_release(&text);
	store_log_reader_close(reader);
}

static void
an_outcome_that_cannot_be_recorded_is_tried_again(void **state)
{
	struct fixture *f = *state;

	begin_outcome(f, &good, 2);
	publish_in_vain(f);
	publish_in_vain(f);
	assert_int_equal(publish(f), STORE_OK);
	assert_int_equal(f->slot.state, SLOT_DECIDING);
	model_assert_step(&f->slot.request, "Once", STEP_COMPLETED);
	assert_int_equal(executor.starts, 1);
}

static void
an_outcome_that_does_not_fit_is_recorded_without_its_outputs(void **state)
{
	struct fixture *f = *state;
	struct arena arena = ARENA_INIT;
	const struct step_outcome large = {.completed = true,
	    .effect = EFFECT_CERTAIN,
	    .http_status = 201,
	    .outputs = model_yaml(&arena, "id: a")};
	const struct event *event;

	begin_outcome(f, &large, UINT_MAX);
	publish_in_vain_for_long(f);
	assert_int_equal(f->slot.state, SLOT_PUBLISHING);
	f->failing = 0;
	assert_int_equal(publish(f), STORE_OK);
	model_assert_step(&f->slot.request, "Once", STEP_FAILED);
	event = f->slot.request.events[f->slot.request.event_count - 1];
	assert_int_equal(event->reason, REASON_EXECUTOR);
	assert_int_equal(event->effect, EFFECT_CERTAIN);
	assert_null(event->outputs);
	assert_non_null(strstr(event->message, "its outputs could not be recorded"));
	assert_log_ends_with(f, "its outputs could not be recorded: the disk has failed\n");
	arena_release(&arena);
}

static void
an_outcome_that_cannot_be_recorded_in_time_is_an_error(void **state)
{
	struct fixture *f = *state;

	begin_outcome(f, &good, UINT_MAX);
	publish_in_vain_for_long(f);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_int_equal(f->slot.end.code, CODE_ERROR);
	model_assert_step(&f->slot.request, "Once", STEP_RUNNING);
}

static void
a_request_that_somebody_runs_is_busy_or_passed_over(void **state)
{
	struct fixture *f = *state;
	uint64_t token;

	create(f, PIPELINE);
	assert_int_equal(store_lock(f->other, 1, &token, NULL), STORE_OK);
	for (int skipping = 0; skipping <= 1; skipping++) {
		f->shared.skip_busy = skipping == 1;
		slot_begin(&f->slot, 1);
		assert_int_equal(f->slot.state, SLOT_ENDED);
		assert_int_equal(f->slot.end.code, skipping == 1 ? CODE_DONE : CODE_BUSY);
		assert_false(slot_close(&f->slot));
	}
	store_unlock(f->other, 1, token);
}

/* ---- where a lock may be there unseen */

/* Another process begins the step, here or on another machine. */
static void
begin_elsewhere(struct fixture *f, struct store *by, bool repeatable)
{
	struct arena arena = ARENA_INIT;
	struct request request;
	struct event event;

	create(f, repeatable ? AGAIN : ONCE);
	request_init(&request, 1);
	assert_int_equal(store_load(by, &request, NULL), STORE_OK);
	request_prepare_event(&request, EVENT_RUNNING, &request.steps[0], "adam", wall_ms, &event);
	event.attempt = 1;
	event.effect = repeatable ? EFFECT_NONE : EFFECT_POSSIBLE;
	store_name_process(by, &arena, &event);
	assert_int_equal(store_append(by, &request, &event, STORE_NO_LOCK, NULL), STORE_OK);
	request_release(&request);
	arena_release(&arena);
}

static void
assert_left(struct fixture *f, enum exit_code code)
{
	begin(f);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_int_equal(f->slot.end.code, code);
	assert_false(slot_close(&f->slot));
	assert_int_equal(memory_event_count(f->disk, 1), 3);
}

static void
what_runs_on_another_machine_is_left_to_it(void **state)
{
	struct fixture *f = *state;

	begin_elsewhere(f, f->other, false);
	assert_left(f, CODE_BUSY);
	wall_ms += INT64_C(1000) * 86400000; /* it is not repeatable: an admin decides */
	assert_left(f, CODE_BUSY);
	f->shared.skip_busy = true;
	assert_left(f, CODE_DONE);
	assert_int_equal(executor.starts, 0);
}

static void
what_is_repeatable_is_taken_over_when_its_longest_time_is_over(void **state)
{
	struct fixture *f = *state;

	begin_elsewhere(f, f->other, true);
	wall_ms += LONGEST_MS + RUN_MARGIN_MS - 1;
	assert_left(f, CODE_BUSY);
	wall_ms += 1;
	begin(f);
	assert_int_equal(f->slot.publishing, SLOT_INTENT);
	assert_int_equal(f->slot.event.attempt, 2);
}

static void
what_a_process_of_this_boot_runs_is_left_to_it_although_its_lock_is_not_seen(void **state)
{
	struct fixture *f = *state;
	struct store *near = store_open_memory(f->disk, &f->shared, catalogue);

	begin_elsewhere(f, near, true);
	wall_ms += LONGEST_MS + RUN_MARGIN_MS;
	assert_left(f, CODE_BUSY);
	memory_kill(f->disk, &f->shared);
	begin(f);
	assert_int_equal(f->slot.publishing, SLOT_INTENT);
	store_close(near);
}

static void
the_call_of_a_cancelled_request_is_left_to_whoever_makes_it(void **state)
{
	struct fixture *f = *state;

	begin_elsewhere(f, f->other, false);
	cancel(f);
	begin(f);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_int_equal(f->slot.end.code, CODE_BUSY);
	assert_int_equal(memory_event_count(f->disk, 1), 4);
}

/* Another process appends an event of the step, of which it sees no lock. */
static void
append_elsewhere(struct fixture *f, enum event_type type, enum effect effect)
{
	struct request request;
	struct event event;

	request_init(&request, 1);
	assert_int_equal(store_load(f->other, &request, NULL), STORE_OK);
	request_prepare_event(&request, type, &request.steps[0], "adam", wall_ms, &event);
	event.reason = type == EVENT_FAILED ? REASON_OUTCOME_UNKNOWN : REASON_NONE;
	event.effect = effect;
	if (type == EVENT_RUNNING)
		event.attempt++;
	assert_int_equal(store_append(f->other, &request, &event, STORE_NO_LOCK, NULL), STORE_OK);
	request_release(&request);
}

static void
the_outcome_of_what_was_said_to_be_interrupted_is_recorded_all_the_same(void **state)
{
	struct fixture *f = *state;

	create(f, ONCE);
	begin(f);
	publish(f);
	append_elsewhere(f, EVENT_FAILED, EFFECT_POSSIBLE);
	step_run_finish(executor.run, &good);
	slot_finish_run(&f->slot);
	assert_int_equal(publish(f), STORE_RACE_LOST);
	assert_int_equal(publish(f), STORE_OK);
	model_assert_request(&f->slot.request, REQUEST_COMPLETED);
}

/* A refusal says nothing of an attempt before it. */
static void
such_an_outcome_takes_back_nothing_of_what_was_done_before(void **state)
{
	static const struct step_outcome spoilt = {
	    .reason = REASON_EXECUTOR, .message = "spoilt", .effect = EFFECT_CERTAIN};
	static const struct step_outcome refused = {.reason = REASON_HTTP_STATUS, .message = "no"};
	struct fixture *f = *state;

	create(f, ONCE);
	executor.at_once = &spoilt;
	begin(f);
	publish(f);
	publish(f);
	append_elsewhere(f, EVENT_NOT_STARTED, EFFECT_CERTAIN); /* retry --again */
	slot_decide(&f->slot);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	executor.at_once = NULL;
	assert_true(slot_close(&f->slot)); /* it was seen */
	slot_decide(&f->slot);
	publish(f);
	append_elsewhere(f, EVENT_FAILED, EFFECT_POSSIBLE);
	step_run_finish(executor.run, &refused);
	slot_finish_run(&f->slot);
	publish(f);
	assert_int_equal(publish(f), STORE_OK);
	assert_int_equal(step_effect(&f->slot.request.steps[0]), EFFECT_CERTAIN);
}

static void
an_outcome_is_not_taken_for_that_of_another_attempt_and_the_run_goes_on(void **state)
{
	static const bool begun[] = {false, true};

	for (size_t i = 0; i < 2; i++) {
		struct fixture *f = *state;

		create(f, ONCE);
		begin(f);
		publish(f);
		append_elsewhere(f, EVENT_FAILED, EFFECT_POSSIBLE);
		append_elsewhere(f, EVENT_NOT_STARTED, EFFECT_POSSIBLE);
		if (begun[i])
			append_elsewhere(f, EVENT_RUNNING, EFFECT_POSSIBLE);
		step_run_finish(executor.run, &good);
		slot_finish_run(&f->slot);
		assert_int_equal(publish(f), STORE_RACE_LOST);
		assert_int_equal(f->slot.state, SLOT_DECIDING);
		slot_decide(&f->slot);
		if (begun[i]) {
			assert_int_equal(f->slot.end.code, CODE_BUSY);
		} else {
			assert_int_equal(f->slot.publishing, SLOT_INTENT);
			assert_int_equal(f->slot.event.attempt, 2);
		}
		tear_down(state);
		set_up_far(state);
	}
}

static void
an_event_of_the_last_moment_is_seen(void **state)
{
	struct fixture *f = *state;

	create(f, APPROVAL);
	begin(f);
	publish(f);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.state, SLOT_ENDED); /* it waits for a person */
	model_assert_request(&f->slot.request, REQUEST_PENDING);
	cancel(f);
	assert_true(slot_close(&f->slot));
	assert_int_equal(f->slot.state, SLOT_DECIDING);
	slot_decide(&f->slot);
	assert_int_equal(f->slot.end.code, CODE_CANCELLED);
	assert_false(slot_close(&f->slot));
}

static void
a_dry_run_takes_no_lock_and_records_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t token;

	create(f, APPROVAL);
	assert_int_equal(store_lock(f->other, 1, &token, NULL), STORE_OK);
	f->shared.dry_run = true;
	begin(f);
	assert_int_equal(f->slot.state, SLOT_ENDED);
	assert_int_equal(f->slot.end.code, CODE_DONE);
	assert_false(slot_close(&f->slot));
	assert_int_equal(executor.starts, 0);
	assert_int_equal(memory_event_count(f->disk, 1), 2);
	store_unlock(f->other, 1, token);
}

int
main(void)
{
#define SLOT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define FAR_TEST(name)	cmocka_unit_test_setup_teardown(name, set_up_far, tear_down)
	const struct CMUnitTest tests[] = {
	    SLOT_TEST(nothing_is_started_before_its_intent_is_recorded),
	    SLOT_TEST(a_run_that_ends_is_recorded_and_the_next_step_follows),
	    SLOT_TEST(a_pause_is_sat_out_by_the_monotonic_clock),
	    SLOT_TEST(a_pause_that_was_sat_out_is_over_although_the_clock_was_set_back),
	    SLOT_TEST(what_is_announced_when_the_program_is_to_end_at_once_is_not_begun),
	    SLOT_TEST(an_interrupted_run_is_repeated_only_when_it_is_repeatable),
	    SLOT_TEST(what_is_known_of_a_run_that_is_given_up_is_recorded),
	    SLOT_TEST(a_run_that_has_finished_is_recorded_when_it_is_given_up),
	    SLOT_TEST(
		an_outcome_that_cannot_be_recorded_is_soon_given_up_when_the_program_is_told_to),
	    SLOT_TEST(a_repeatable_run_is_taken_over),
	    SLOT_TEST(an_intent_says_whether_the_step_may_be_carried_out_only_once),
	    SLOT_TEST(what_was_interrupted_may_have_been_carried_out_as_its_intent_says),
	    SLOT_TEST(what_cannot_be_begun_again_as_it_was_may_have_been_carried_out),
	    SLOT_TEST(an_outcome_has_the_effect_that_the_executor_reports),
	    SLOT_TEST(what_cannot_be_started_has_no_effect),
	    SLOT_TEST(an_intent_that_loses_a_race_is_decided_again),
	    SLOT_TEST(an_outcome_that_loses_a_race_is_recorded_all_the_same),
	    SLOT_TEST(nothing_is_started_when_the_intent_cannot_be_recorded),
	    SLOT_TEST(an_outcome_that_cannot_be_recorded_is_tried_again),
	    SLOT_TEST(an_outcome_that_does_not_fit_is_recorded_without_its_outputs),
	    SLOT_TEST(an_outcome_that_cannot_be_recorded_in_time_is_an_error),
	    SLOT_TEST(a_request_that_somebody_runs_is_busy_or_passed_over),
	    FAR_TEST(what_runs_on_another_machine_is_left_to_it),
	    FAR_TEST(what_is_repeatable_is_taken_over_when_its_longest_time_is_over),
	    FAR_TEST(what_a_process_of_this_boot_runs_is_left_to_it_although_its_lock_is_not_seen),
	    FAR_TEST(the_call_of_a_cancelled_request_is_left_to_whoever_makes_it),
	    FAR_TEST(the_outcome_of_what_was_said_to_be_interrupted_is_recorded_all_the_same),
	    FAR_TEST(such_an_outcome_takes_back_nothing_of_what_was_done_before),
	    FAR_TEST(an_outcome_is_not_taken_for_that_of_another_attempt_and_the_run_goes_on),
	    SLOT_TEST(an_event_of_the_last_moment_is_seen),
	    SLOT_TEST(a_dry_run_takes_no_lock_and_records_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
