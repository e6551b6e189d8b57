/* SPDX-License-Identifier: ISC */
#include "cli/listing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/message.h"
#include "model/request/event.h"
#include "model/exit-code.h"
#include "model/request/next.h"
#include "model/request/request.h"
#include "store/store.h"
#include "cli/context.h"
#include "cli/print.h"
#include "cli/request-json.h"
#include "cli/request-view.h"
#include "cli/table.h"

/* One that is listed: its id and its latest event, whose strings are in the context's arena. */
struct entry {
	uint64_t id;
	struct event latest;
	bool unresolved; /* Cancelled, and listed for its unknown outcome */
};

/* names: NULL, every one will do. */
static bool
is_one_of(const char *const *names, const char *name)
{
	if (names == NULL)
		return true;
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static bool
is_wanted(const struct listing *listing, const struct event *latest)
{
	return is_one_of(listing->pipeline_names, latest->pipeline_name) &&
	       is_one_of(listing->requesters, latest->requested_by);
}

/* What is collected: the newest first, as many as are asked for. */
struct collection {
	struct context *context;
	const struct listing *listing;
	struct entry *entries;
	size_t count;
	size_t capacity;
	enum exit_code code; /* CODE_ERROR when one could not be read */
};

static bool
add_entry(void *to, const struct store_latest *latest)
{
	struct collection *collection = to;
	const struct listing *listing = collection->listing;

	if (latest->event == NULL) {
		strbuf_addstr(&collection->context->err, latest->why);
		context_report(collection->context);
		collection->code = CODE_ERROR;
		return true;
	}
	if (!is_wanted(listing, latest->event))
		return true;
	ALLOC_GROW(collection->entries, collection->count, collection->capacity);
	collection->entries[collection->count++] = (struct entry){
	    .id = latest->id,
	    .latest = *latest->event,
	    .unresolved = (listing->statuses & STATUS_BIT(latest->event->status)) == 0,
	};
	return listing->max <= 0 || collection->count < (size_t)listing->max;
}

/* The step of a request whose latest event is about none: it was mended, or cancelled. */
static const char *
step_of_request(struct context *context, uint64_t id)
{
	const struct step_state *step = NULL;
	struct request request;
	const char *name = "";

	request_init(&request, id);
	if (store_load(workspace_store(context->workspace), &request, NULL) == STORE_OK)
		step = request_current_step(&request);
	if (step != NULL)
		name = arena_strdup(&context->arena, step->step->name);
	request_release(&request);
	return name;
}

static const char *
step_of(struct context *context, const struct entry *entry)
{
	const struct event *latest = &entry->latest;

	if (!view_has_step(latest->status) && !entry->unresolved)
		return "";
	return latest->step_name != NULL ? latest->step_name : step_of_request(context, entry->id);
}

/* Whether a step of it is under way that nobody runs, or nobody is seen to. */
static const char *
run_note(struct context *context, const struct entry *entry)
{
	static const char *const notes[] = {[RUN_GOES_ON] = "",
	    [RUN_INTERRUPTED] = " (interrupted)",
	    [RUN_UNSEEN] = " (elsewhere)"};
	struct run_sight sight;

	if (entry->latest.status != REQUEST_RUNNING || entry->latest.event_type != EVENT_RUNNING)
		return "";
	sight = store_see_run(workspace_store(context->workspace), &entry->latest, STORE_NO_LOCK);
	return notes[run_state_seen(&sight)];
}

/* Whether it waits for people until no more: the next run will say so. */
static bool
has_expired(const struct event *latest, int64_t now)
{
	return latest->status == REQUEST_PENDING && next_may_move(latest, now, 0);
}

/* "Pending", and what the latest event alone does not say. */
static void
add_status(struct table *table, struct context *context, const struct entry *entry, int64_t now)
{
	const char *note = run_note(context, entry);

	if (has_expired(&entry->latest, now))
		note = " (expired)";
	else if (entry->unresolved)
		note = " (outcome unknown)";
	table_addf(table, colour_of_request(entry->latest.status), "%s%s",
	    request_status_name(entry->latest.status), note);
}

/* Who is to decide; of one that does not wait for people, nobody. */
static void
add_deciders(struct table *table, struct context *context, const struct event *latest, int64_t now)
{
	struct strbuf names = STRBUF_INIT;

	if (latest->status == REQUEST_PENDING && !has_expired(latest, now))
		print_add_list(&names, view_deciders(context, latest->approvers));
	table_add_shown(table, COLOUR_NONE, names.buf);
	strbuf_release(&names);
}

static void
print_table(struct context *context, const struct entry *entries, size_t count)
{
	static const char *const headings[] = {
	    "ID", "STATUS", "PIPELINE", "STEP", "WAITS FOR", "REQUESTED BY", "UPDATED", NULL};
	struct strbuf age = STRBUF_INIT;
	int64_t now = clock_now();
	struct table table;

	table_init(&table, 7);
	table_headings(&table, headings);
	for (size_t i = count; i > 0; i--) {
		const struct event *latest = &entries[i - 1].latest;

		table_addf(&table, COLOUR_NONE, "%" PRIu64, entries[i - 1].id);
		add_status(&table, context, &entries[i - 1], now);
		table_add(&table, COLOUR_NONE, latest->pipeline_name);
		table_add(&table, COLOUR_NONE, step_of(context, &entries[i - 1]));
		add_deciders(&table, context, latest, now);
		table_add(&table, COLOUR_NONE, latest->requested_by);
		strbuf_reset(&age);
		print_add_age(&age, latest->created_at, now);
		table_add(&table, COLOUR_NONE, age.buf);
	}
	table_print(&table, "");
	table_release(&table);
	strbuf_release(&age);
}

static void
print_each(struct context *context, const struct entry *entries, size_t count, enum exit_code *code)
{
	for (size_t i = count; i > 0; i--) {
		struct request request;

		if (context_load_request(context, entries[i - 1].id, &request) == 0) {
			print_request_json(context, &request, false);
		} else {
			context_report(context);
			*code = CODE_ERROR;
		}
		request_release(&request);
	}
}

/* Only who is waited for depends on the policy. */
static bool
any_waits(const struct entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (entries[i].latest.status == REQUEST_PENDING)
			return true;
	}
	return false;
}

static enum exit_code
print_collection(const struct collection *collection)
{
	struct context *context = collection->context;
	const struct entry *entries = collection->entries;
	size_t count = collection->count;
	enum exit_code code = collection->code;

	if ((collection->listing->json || any_waits(entries, count)) &&
	    context_load_policy(context) != 0)
		return CODE_ERROR;
	if (collection->listing->json)
		print_each(context, entries, count, &code);
	else if (count > 0)
		print_table(context, entries, count);
	else if (code == CODE_DONE)
		message("no such requests");
	return code;
}

enum exit_code
listing_print(struct context *context, const struct listing *listing)
{
	struct collection collection = {.context = context, .listing = listing, .code = CODE_DONE};
	enum exit_code code = CODE_ERROR;

	if (store_latest(workspace_store(context->workspace), listing->statuses, &context->arena,
		add_entry, &collection, &context->err) == STORE_OK)
		code = print_collection(&collection);
	free(collection.entries);
	return code;
}
