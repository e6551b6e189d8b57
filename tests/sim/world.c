/* SPDX-License-Identifier: ISC */
/* The world of a life: its chance, its clocks, its disk, its processes and what befalls them. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/strbuf.h"
#include "sim.h"
#include "workspace/workspace.h"

#define WALL_AT_FIRST 1700000000000 /* 2023-11-14T22:13:20.000Z */
#define STANDING_MAX  3		    /* processes that stand still while each other act */

/* Loops outlive lives: each is a descriptor. */
static struct loop *loops[PROCESSES_MAX];
static const struct life *current;

/* ---- telling */

static void
print_line(const struct life *life, const char *fmt, va_list args)
{
	printf("%*s%9.3f  ", 2 * (int)life->depth, "", (double)life->monotonic / 1000);
	vprintf(fmt, args);
	putchar('\n');
}

void
trace(const struct life *life, const char *fmt, ...)
{
	va_list args;

	if (!life->verbose)
		return;
	va_start(args, fmt);
	print_line(life, fmt, args);
	va_end(args);
}

void
life_fail(const struct life *life, const char *fmt, ...)
{
	va_list args;

	printf("FAILED: the life of seed %" PRIu64 ": ", life->seed);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\nrepeat it with: %s --seed %" PRIu64 " --verbose\n", program_invocation_name,
	    life->seed);
	fflush(stdout);
	_Exit(1);
}

/* In place of base/message.c: what runners say belongs to the story. */
void
message(const char *fmt, ...)
{
	va_list args;

	if (current == NULL || !current->verbose)
		return;
	va_start(args, fmt);
	print_line(current, fmt, args);
	va_end(args);
}

void
message_of_others(const char *fmt, ...)
{
	va_list args;

	if (current == NULL || !current->verbose)
		return;
	va_start(args, fmt);
	print_line(current, fmt, args);
	va_end(args);
}

void
message_literal(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

/* In place of base/digest.c, which would take a third of the time: what is chained is the same. */
void
digest_sha256(const void *data, size_t len, char out[DIGEST_SIZE])
{
	const unsigned char *bytes = data;
	uint64_t hash = len;

	while (len > 0) {
		uint64_t word = 0;
		size_t size = len < sizeof(word) ? len : sizeof(word);

		memcpy(&word, bytes, size);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
		bytes += size;
		len -= size;
	}
	for (size_t i = 0; i < DIGEST_SIZE - 1; i++)
		out[i] = "0123456789abcdef"[hash >> (4 * (i % 16)) & 15];
	out[DIGEST_SIZE - 1] = '\0';
}

const char *
process_name(const struct process *process)
{
	static char names[4][32];
	static unsigned next;
	char *name = names[next++ % 4];

	snprintf(name, sizeof(names[0]), "%s %u",
	    process->kind == PROCESS_RUNNER ? "runner" : "person", process->number);
	return name;
}

/* ---- chance: splitmix64 */

uint64_t
draw(struct life *life)
{
	uint64_t z = life->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

unsigned
below(struct life *life, unsigned bound)
{
	return (unsigned)((draw(life) >> 32) * bound >> 32);
}

bool
one_in(struct life *life, unsigned count)
{
	return count > 0 && below(life, count) == 0;
}

/* ---- time */

int64_t
wall_now(const struct life *life)
{
	return life->monotonic + life->wall_offset;
}

static int64_t
wall(void *context)
{
	return wall_now(context);
}

static int64_t
monotonic(void *context)
{
	return ((const struct life *)context)->monotonic;
}

void
time_pass(struct life *life, int64_t ms)
{
	life->monotonic += ms;
	calls_take_effect(life);
}

void
jump_clock(struct life *life)
{
	static const int64_t jumps[] = {
	    -3600 * 1000, -70 * 1000, -500, 400, 8 * 1000, 70 * 1000, 86400 * 1000};
	int64_t jump = jumps[below(life, sizeof(jumps) / sizeof(jumps[0]))];

	life->wall_offset += jump;
	cover(jump > 0 ? MARK_CLOCK_FORWARD : MARK_CLOCK_BACK);
	trace(life, "the wall clock jumps by %" PRId64 " ms", jump);
}

static void
come_first(int64_t *first, int64_t due)
{
	if (*first < 0 || due < *first)
		*first = due;
}

static int64_t
due_of_runner(const struct process *process)
{
	int64_t first = -1;

	for (size_t i = 0; i < process->slot_count; i++) {
		const struct slot *slot = &process->slots[i];

		if (slot->timer.place != 0)
			come_first(&first, slot->timer.due);
		if (slot->renewal.place != 0)
			come_first(&first, slot->renewal.due);
	}
	return first;
}

int64_t
time_until_due(const struct life *life)
{
	int64_t first = -1;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		const struct process *process = &life->processes[i];
		int64_t due = process->kind == PROCESS_RUNNER && !process->ended
				  ? due_of_runner(process)
				  : -1;

		if (due >= 0)
			come_first(&first, due);
	}
	for (size_t i = 0; i < life->call_count; i++) {
		const struct call *call = &life->calls[i];

		if (call->by != NULL && call->timer.place != 0)
			come_first(&first, call->timer.due);
		if (call->effect && !call->effected)
			come_first(&first, call->effect_at);
	}
	if (first < 0)
		return -1;
	return first > life->monotonic ? first - life->monotonic : 0;
}

/* ---- processes */

struct process *
process_open(struct life *life, enum process_kind kind)
{
	struct process *process = life->processes;
	struct loop *loop;
	size_t place = 0;

	while (place < PROCESSES_MAX && process[place].kind != PROCESS_NONE)
		place++;
	if (place == PROCESSES_MAX)
		return NULL;
	process += place;
	if (loops[place] == NULL)
		loops[place] = loop_new(&life->clock, NULL);
	loop = loops[place];
	*process = (struct process){
	    .life = life, .kind = kind, .number = ++life->process_count, .loop = loop};
	if (life->two_machines && !(life->calm && life->one_is_gone))
		process->boot = below(life, MEMORY_BOOTS);
	process->store = store_open_memory(life->disk, process, sim_catalogue);
	return process;
}

/* The workspace of a runner owns its store. */
void
process_close(struct process *process)
{
	calls_abandon(process);
	if (process->workspace != NULL)
		workspace_close(process->workspace);
	else
		store_close(process->store);
	free(process->queue.ids);
	process->kind = PROCESS_NONE;
}

void
process_kill(struct process *process)
{
	if (process->ended)
		return;
	trace(process->life, "%s is killed", process_name(process));
	cover(process->busy ? MARK_KILLED_STANDING : MARK_KILLED_ANYWHERE);
	process->ended = true;
	memory_kill(process->life->disk, process);
}

void
machine_stops(struct life *life)
{
	trace(life, "the second machine stops");
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		if (life->processes[i].kind != PROCESS_NONE && life->processes[i].boot == 1)
			process_kill(&life->processes[i]);
	}
}

static unsigned
boot_of(void *context, void *who)
{
	(void)context;
	return who == NULL ? 0 : ((const struct process *)who)->boot;
}

/* ---- what befalls a process in an operation of its store */

/* Others act, and time passes, while the process does nothing. */
static void
stand_still(struct process *process)
{
	struct life *life = process->life;
	unsigned turns = 1 + below(life, 6);

	cover(MARK_STOOD_STILL);
	trace(life, "%s stands still", process_name(process));
	life->depth++;
	if (!life->calm && one_in(life, 3)) {
		cover(MARK_STOOD_STILL_LONG);
		time_pass(life, life->lease_ms + 1);
	}
	for (unsigned i = 0; i < turns; i++)
		life_turn(life);
	life->depth--;
	trace(life, "%s goes on", process_name(process));
}

static const char *
operation_text(enum memory_operation operation)
{
	static const char *const texts[] = {"creating", "reading", "listing", "appending",
	    "appending a batch", "locking", "renewing", "unlocking", "logging"};

	return texts[operation];
}

static void
tell_fault(
    const struct process *process, const char *what, enum memory_operation operation, bool after)
{
	trace(process->life, "%s %s %s %s", process_name(process), what, after ? "after" : "before",
	    operation_text(operation));
}

/* Logs are written so often that hardly anything else would be hit, and batches so seldom. */
static bool
is_hit(struct life *life, unsigned odds, enum memory_operation operation)
{
	if (operation == MEMORY_LOG)
		odds *= 6;
	if (operation == MEMORY_APPEND_ALL)
		odds /= 5;
	return one_in(life, odds);
}

static enum memory_fault
meet(void *context, void *who, enum memory_operation operation, bool after)
{
	struct life *life = context;
	struct process *process = who;

	if (process == NULL || (life->calm && !life->attentive))
		return MEMORY_GO_ON;
	if (life->depth < STANDING_MAX && is_hit(life, life->odds.stand, operation))
		stand_still(process);
	if (process->ended || life->calm)
		return MEMORY_GO_ON;
	if (operation == MEMORY_RENEW && after)
		cover(MARK_LOCK_RENEWED);
	if (is_hit(life, life->odds.kill, operation)) {
		tell_fault(process, "is killed", operation, after);
		cover_fault(operation, MEMORY_KILL, after);
		process->ended = true;
		process->faults++;
		return MEMORY_KILL;
	}
	if (operation != MEMORY_UNLOCK && is_hit(life, life->odds.fail, operation)) {
		tell_fault(process, "meets an error", operation, after);
		cover_fault(operation, MEMORY_FAIL, after);
		process->faults++;
		/* a log that cannot be written stops nothing */
		if (operation != MEMORY_LOG && operation != MEMORY_RENEW)
			calls_excuse(process);
		return MEMORY_FAIL;
	}
	return MEMORY_GO_ON;
}

static int64_t
lease_clock(void *context)
{
	return ((const struct life *)context)->monotonic;
}

/* ---- what is known of the disk */

void
find_subjects(struct life *life)
{
	while (memory_event_count(life->disk, life->subject_count + 1) > 0) {
		struct subject *subject;

		if (life->subject_count == REQUESTS_MAX)
			life_fail(life, "there are more requests than were created");
		subject = &life->subjects[++life->subject_count];
		request_init(&subject->seen, life->subject_count);
		request_init(&subject->kept, life->subject_count);
	}
}

const struct request *
look_at(struct life *life, uint64_t id)
{
	struct request *seen = &life->subjects[id].seen;
	struct strbuf err = STRBUF_INIT;

	if (store_load(life->observer, seen, &err) != STORE_OK)
		life_fail(life, "%s", err.buf);
	if (seen->event_count > EVENTS_MAX)
		life_fail(life, "request %" PRIu64 " has too many events", id);
	return seen;
}

void
note_append(struct process *process, const struct request *request, enum store_result result,
    unsigned faults)
{
	struct life *life = process->life;
	struct subject *subject = &life->subjects[request->id];
	size_t number = request->event_count + (result == STORE_OK ? 0 : 1);

	if (number > EVENTS_MAX)
		life_fail(life, "request %" PRIu64 " has too many events", request->id);
	if (result == STORE_OK && subject->known[number] == KNOWN_SURELY)
		life_fail(life, "two processes have appended event %zu of request %" PRIu64, number,
		    request->id);
	if (result == STORE_OK) {
		subject->known[number] = KNOWN_SURELY;
		memcpy(subject->digests[number], request->head, DIGEST_SIZE);
		check_reader(life, request);
		calls_check_effects(life, look_at(life, request->id));
	} else if (result == STORE_ERROR) {
		if (process->faults == faults && !process->ended)
			life_fail(life,
			    "event %zu of request %" PRIu64
			    " cannot be appended, and nothing was wrong",
			    number, request->id);
		if (subject->known[number] == KNOWN_NOT)
			subject->known[number] = KNOWN_MAYBE;
	}
}

/* Of two events that are one; note_append() is told of the second. */
void
note_first_of_two(struct process *process, const struct request *request, enum store_result result)
{
	struct life *life = process->life;
	struct subject *subject = &life->subjects[request->id];
	size_t first = request->event_count + (result == STORE_OK ? 0 : 2) - 1;

	if (first >= EVENTS_MAX)
		life_fail(life, "request %" PRIu64 " has too many events", request->id);
	if (result == STORE_OK && subject->known[first] == KNOWN_SURELY)
		life_fail(life, "two processes have appended event %zu of request %" PRIu64, first,
		    request->id);
	if (result == STORE_OK) {
		subject->known[first] = KNOWN_SURELY;
		memcpy(subject->digests[first], request->events[first]->prev, DIGEST_SIZE);
	} else if (result == STORE_ERROR && subject->known[first + 1] == KNOWN_NOT) {
		subject->known[first + 1] = KNOWN_MAYBE;
	}
}

/* ---- beginning and end */

/* Some lives are wild, and some are quiet. */
static void
draw_odds(struct life *life)
{
	static const unsigned kills[] = {0, 0, 300, 80, 25};
	static const unsigned stands[] = {0, 100, 30, 15, 8};
	static const int64_t leases[] = {0, 3000, 30000};

	life->odds.kill = kills[below(life, 5)];
	life->odds.fail = kills[below(life, 5)];
	life->odds.stand = stands[below(life, 5)];
	life->odds.jump = below(life, 2) * 10;
	life->odds.stop = below(life, 2) * 10;
	life->lease_ms = leases[below(life, 3)];
	life->two_machines = life->lease_ms == 0 && one_in(life, 2);
	life->one_is_gone = life->two_machines && one_in(life, 2);
}

void
world_begin(struct life *life, uint64_t seed, bool verbose)
{
	struct memory_options options = {
	    .now = lease_clock, .fault = meet, .boot = boot_of, .context = life, .later = true};

	memset(life, 0, sizeof(*life));
	current = life;
	life->seed = seed;
	life->random = seed;
	life->verbose = verbose;
	life->clock = (struct clock){.wall = wall, .monotonic = monotonic, .context = life};
	life->monotonic = 1000000;
	life->wall_offset = WALL_AT_FIRST;
	draw_odds(life);
	options.lease_ms = life->lease_ms;
	options.medium = life->two_machines ? "a net" : NULL;
	life->disk = memory_disk_new(&options);
	life->observer = store_open_memory(life->disk, NULL, sim_catalogue);
	trace(life,
	    "a process is killed once in %u operations, the store fails once in %u; leases "
	    "last %" PRId64 " ms",
	    life->odds.kill, life->odds.fail, life->lease_ms);
}

void
world_end(struct life *life)
{
	for (size_t id = 1; id <= life->subject_count; id++) {
		request_release(&life->subjects[id].seen);
		request_release(&life->subjects[id].kept);
	}
	store_close(life->observer);
	memory_disk_free(life->disk);
}
