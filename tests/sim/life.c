/* SPDX-License-Identifier: ISC */
/* A life: turns of anybody while faults happen, and then everybody is well until all has ended. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "model/request/next.h"
#include "store/runnable.h"
#include "sim.h"

#define TURNS_MIN	10
#define TURNS_MAX	50
#define ATTENTIVE_TURNS 12
#define STEPS_MAX	4000 /* until nothing moves */
#define ROUNDS_MAX	60   /* of people, until all has ended */
#define ROUNDS_CALM	6    /* after which they hurry */

/* ---- while faults happen */

static struct process *
draw_process(struct life *life, enum process_kind kind, bool busy)
{
	struct process *found = NULL;
	unsigned count = 0;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &life->processes[i];

		if ((kind == PROCESS_NONE ? process->kind != PROCESS_NONE
					  : process->kind == kind) &&
		    (busy || !process->busy) && one_in(life, ++count))
			found = process;
	}
	return found;
}

static void
step_runner(struct life *life)
{
	struct process *process = draw_process(life, PROCESS_RUNNER, false);

	if (process != NULL)
		runner_step(process);
}

static void
start_runner(struct life *life)
{
	uint64_t id = one_in(life, 2) ? 0 : 1 + below(life, (unsigned)life->subject_count);

	runner_start(life, id, one_in(life, 2));
}

static void
pass_time(struct life *life)
{
	int64_t due = time_until_due(life);
	unsigned chance = below(life, 10);

	if (chance < 4)
		time_pass(life, 1 + below(life, 50));
	else if (chance < 7 && due > 0)
		time_pass(life, due);
	else if (chance < 9)
		time_pass(life, below(life, 5000));
	else
		time_pass(life, life->lease_ms + below(life, 70000));
}

static void
stop_runner(struct life *life)
{
	struct process *process = draw_process(life, PROCESS_RUNNER, false);

	if (process == NULL)
		return;
	cover(MARK_STOPPED);
	trace(life, "%s is asked to stop", process_name(process));
	process->stops++;
}

static void
kill_somebody(struct life *life)
{
	struct process *process = draw_process(life, PROCESS_NONE, true);

	if (process != NULL)
		process_kill(process);
}

/*
 * Requests that have ended, or have not begun, are of little interest: the one makes place for
 * another, and the other is begun.
 */
static void
act(struct life *life)
{
	uint64_t id = 1 + below(life, (unsigned)life->subject_count);
	enum request_status status = look_at(life, id)->status;

	if (status == REQUEST_NOT_STARTED && !one_in(life, 4))
		runner_start(life, id, false);
	else if (status < REQUEST_CANCELLED || one_in(life, 8))
		person_acts(life, id);
	else
		person_creates(life);
}

/* People go on with requests while these are run. */
static void
attentive_turn(struct life *life)
{
	uint64_t id = 1 + below(life, (unsigned)life->subject_count);

	if (one_in(life, 3))
		person_settles(life, id, false);
	else
		step_runner(life);
}

void
life_turn(struct life *life)
{
	unsigned chance = below(life, 20);

	if (life->attentive) {
		attentive_turn(life);
		return;
	}
	find_subjects(life);
	if (one_in(life, life->odds.jump))
		jump_clock(life);
	if (one_in(life, life->odds.stop))
		stop_runner(life);
	if (life->odds.kill > 0 && one_in(life, 20))
		kill_somebody(life);
	if (life->subject_count == 0 || (chance == 0 && life->subject_count < 2))
		person_creates(life);
	if (life->subject_count == 0)
		return;
	if (chance < 11)
		step_runner(life);
	else if (chance < 12)
		start_runner(life);
	else if (chance < 15)
		pass_time(life);
	else if (chance < 19)
		act(life);
	else
		person_acts_on_two(life);
}

/* ---- until all has ended */

/* Moves the runners by a step each.  Returns whether any had something to do. */
static bool
step_each(struct life *life)
{
	bool moved = false;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		struct process *process = &life->processes[i];

		if (process->kind == PROCESS_RUNNER && runner_step(process))
			moved = true;
	}
	return moved;
}

/* Moves every runner as far as it comes.  Returns whether there still are any. */
static bool
step_all(struct life *life)
{
	int steps = 0;

	while (step_each(life)) {
		if (++steps > STEPS_MAX)
			life_fail(life, "a runner goes round in circles");
	}
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		if (life->processes[i].kind != PROCESS_NONE)
			return true;
	}
	return false;
}

/* How long it is until the next attempt of a request may start; -1: none is to. */
static int64_t
time_until_attempt(struct life *life)
{
	int64_t now = wall_now(life), first = -1;

	for (uint64_t id = 1; id <= life->subject_count; id++) {
		struct next next = request_next(look_at(life, id), now);

		if (next.kind == NEXT_WAIT_TIME && (first < 0 || next.due - now < first))
			first = next.due - now;
	}
	return first;
}

/*
 * What the machine that has stopped has left: it is run again when its time is over, or an admin
 * says that it was interrupted.  Returns whether there is any.
 */
static bool
settle_gone(struct life *life)
{
	for (uint64_t id = 1; id <= life->subject_count; id++) {
		const struct request *request = look_at(life, id);
		struct next next = request_next(request, wall_now(life));
		struct run_sight sight;
		int64_t left;

		if (next.kind != NEXT_INTERRUPTED)
			continue;
		sight = store_see_run(life->observer, next.step->intent, STORE_NO_LOCK);
		if (run_state_of(request, next.step, &sight, wall_now(life)) != RUN_UNSEEN)
			continue;
		left = run_over_at(request, next.step) - wall_now(life);
		if (request_unrecorded_effect(request, next.step) == EFFECT_NONE && left < 600000 &&
		    one_in(life, 2))
			time_pass(life, left);
		else
			person_settles(life, id, false);
		return true;
	}
	return false;
}

/* As cron does.  Returns whether there was anything to run, or to wait for. */
static bool
run_pending(struct life *life)
{
	struct id_list list = {0};
	int64_t wait;

	if (runnable_list(life->observer, wall_now(life), &list, NULL) != 0)
		life_fail(life, "what can move cannot be listed");
	free(list.ids);
	if (list.count > 0) {
		runner_start(life, 0, true);
		return true;
	}
	wait = time_until_attempt(life);
	if (wait >= 0)
		time_pass(life, wait);
	return wait >= 0;
}

static void
wait_for_due(struct life *life)
{
	int64_t wait = time_until_due(life);

	if (wait < 0)
		life_fail(life, "a runner waits for nothing");
	time_pass(life, wait);
}

static void
run_until_still(struct life *life)
{
	for (int steps = 0; steps < STEPS_MAX; steps++) {
		if (step_all(life))
			wait_for_due(life);
		else if (!(life->one_is_gone && settle_gone(life)) && !run_pending(life))
			return;
	}
	life_fail(life, "the requests never settle");
}

/*
 * Nobody but those who decide has requests run, and only if they are free.  Still none is left that
 * could move: who runs it sees what was decided meanwhile.
 */
static void
attend(struct life *life)
{
	if (life->subject_count == 0)
		return;
	life->attentive = true;
	life->unattended = false;
	trace(life, "who decides something has it run, and nobody else does");
	for (int i = 0; i < ATTENTIVE_TURNS; i++)
		life_turn(life);
	while (step_all(life))
		wait_for_due(life);
	life->attentive = false;
	if (!life->unattended)
		check_attended(life);
}

/* People bring on what waits for them.  Returns whether there was anything. */
static bool
people_settle(struct life *life, bool hurry)
{
	bool any = false;

	for (uint64_t id = 1; id <= life->subject_count; id++) {
		enum request_status status = look_at(life, id)->status;

		if (status == REQUEST_PENDING ||
		    (status == REQUEST_FAILED && (hurry || one_in(life, 2)))) {
			person_settles(life, id, hurry);
			any = true;
		}
	}
	return any;
}

void
life_play(struct life *life, uint64_t seed, bool verbose)
{
	unsigned turns;

	world_begin(life, seed, verbose);
	turns = TURNS_MIN + below(life, TURNS_MAX - TURNS_MIN);
	for (unsigned i = 0; i < turns; i++)
		life_turn(life);
	life->calm = true;
	trace(life, "everybody is well from now on");
	if (life->one_is_gone)
		machine_stops(life);
	for (int round = 0;; round++) {
		run_until_still(life);
		check_settled(life);
		if (round == 0 && one_in(life, 3)) {
			attend(life);
			continue;
		}
		if (!people_settle(life, round >= ROUNDS_CALM))
			break;
		if (round == ROUNDS_MAX)
			life_fail(life, "the requests never end");
	}
	check_story(life);
	world_end(life);
}
