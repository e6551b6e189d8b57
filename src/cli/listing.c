/* SPDX-License-Identifier: ISC */
#include "cli/listing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
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

/* One that is listed, and what its line is made of; the texts are in the context's arena. */
struct entry {
	uint64_t id;
	enum request_status status;
	bool unresolved;  /* Cancelled, and listed for its unknown outcome */
	const char *note; /* beside its status: "" or " (...)" */
	int64_t updated_at;
	const char *pipeline_name;
	const char *step_name; /* NULL: the latest event is about none */
	const char *requested_by;
	const char *deciders; /* quoted; "": nobody is to decide */
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
	int64_t now;
	struct arena scratch; /* of the event that is read */
	struct entry *entries;
	size_t count;
	size_t capacity;
	enum exit_code code; /* CODE_ERROR when one could not be read */
	bool failed;	     /* nothing can be listed, and the context's err says why */
};

/* A text of an event that is released soon.  Most are those of the request before. */
static const char *
keep(struct context *context, const char *text, const char *before)
{
	if (text == NULL || (before != NULL && strcmp(text, before) == 0))
		return text == NULL ? NULL : before;
	return arena_strdup(&context->arena, text);
}

/* Who is to decide; of one that does not wait for people, nobody.  NULL with the context's err. */
static const char *
deciders_of(struct context *context, const struct event *latest, bool expired, const char *before)
{
	struct strbuf names = STRBUF_INIT;
	const char *kept;

	if (latest->status != REQUEST_PENDING || expired)
		return "";
	/* only this depends on the policy */
	if (context_load_policy(context) != 0)
		return NULL;
	print_add_list(&names, view_deciders(context, latest->approvers));
	kept = keep(context, names.buf, before);
	strbuf_release(&names);
	return kept;
}

/* Whether a step of it is under way that nobody runs, or nobody is seen to. */
static const char *
run_note(struct context *context, const struct event *latest)
{
	static const char *const notes[] = {[RUN_GOES_ON] = "",
	    [RUN_INTERRUPTED] = " (interrupted)",
	    [RUN_UNSEEN] = " (elsewhere)"};
	struct run_sight sight;

	if (latest->status != REQUEST_RUNNING || latest->event_type != EVENT_RUNNING)
		return "";
	sight = store_see_run(workspace_store(context->workspace), latest, STORE_NO_LOCK);
	return notes[run_state_seen(&sight)];
}

/* Returns false when the line cannot be made. */
static bool
keep_entry(struct collection *collection, uint64_t id, const struct event *latest)
{
	static const struct entry none = {.id = 0};
	struct context *context = collection->context;
	const struct entry *before = &none;
	/* it waits for people until no more: the next run will say so */
	bool expired =
	    latest->status == REQUEST_PENDING && next_may_move(latest, collection->now, 0);
	struct entry entry = {
	    .id = id,
	    .status = latest->status,
	    .unresolved = (collection->listing->statuses & STATUS_BIT(latest->status)) == 0,
	    .note = run_note(context, latest),
	    .updated_at = latest->created_at,
	};

	if (expired)
		entry.note = " (expired)";
	else if (entry.unresolved)
		entry.note = " (outcome unknown)";
	if (collection->count > 0)
		before = &collection->entries[collection->count - 1];
	entry.pipeline_name = keep(context, latest->pipeline_name, before->pipeline_name);
	entry.step_name = keep(context, latest->step_name, before->step_name);
	entry.requested_by = keep(context, latest->requested_by, before->requested_by);
	entry.deciders = deciders_of(context, latest, expired, before->deciders);
	if (entry.deciders == NULL)
		return false;
	ALLOC_GROW(collection->entries, collection->count, collection->capacity);
	collection->entries[collection->count++] = entry;
	return true;
}

static bool
add_entry(void *to, const struct store_latest *latest)
{
	struct collection *collection = to;
	const struct listing *listing = collection->listing;

	if (latest->event == NULL) {
		strbuf_addstr(&collection->context->err, latest->why);
		context_report(collection->context);
		collection->code = CODE_ERROR;
	} else if (is_wanted(listing, latest->event)) {
		collection->failed = !keep_entry(collection, latest->id, latest->event);
	}
	arena_release(&collection->scratch);
	return !collection->failed &&
	       (listing->max <= 0 || collection->count < (size_t)listing->max);
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
	if (!view_has_step(entry->status) && !entry->unresolved)
		return "";
	return entry->step_name != NULL ? entry->step_name : step_of_request(context, entry->id);
}

/* "Pending", and what the latest event alone does not say. */
static void
add_status(struct table *table, const struct entry *entry)
{
	table_addf(table, colour_of_request(entry->status), "%s%s",
	    request_status_name(entry->status), entry->note);
}

static void
print_table(struct context *context, const struct entry *entries, size_t count, int64_t now)
{
	static const char *const headings[] = {
	    "ID", "STATUS", "PIPELINE", "STEP", "WAITS FOR", "REQUESTED BY", "UPDATED", NULL};
	struct strbuf age = STRBUF_INIT;
	struct table table;

	table_init(&table, 7);
	table_headings(&table, headings);
	for (size_t i = count; i > 0; i--) {
		const struct entry *entry = &entries[i - 1];

		table_addf(&table, COLOUR_NONE, "%" PRIu64, entry->id);
		add_status(&table, entry);
		table_add(&table, COLOUR_NONE, entry->pipeline_name);
		table_add(&table, COLOUR_NONE, step_of(context, entry));
		table_add_shown(&table, COLOUR_NONE, entry->deciders);
		table_add(&table, COLOUR_NONE, entry->requested_by);
		strbuf_reset(&age);
		print_add_age(&age, entry->updated_at, now);
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

static enum exit_code
print_collection(const struct collection *collection)
{
	struct context *context = collection->context;
	const struct entry *entries = collection->entries;
	size_t count = collection->count;
	enum exit_code code = collection->code;

	if (collection->listing->json && context_load_policy(context) != 0)
		return CODE_ERROR;
	if (collection->listing->json)
		print_each(context, entries, count, &code);
	else if (count > 0)
		print_table(context, entries, count, collection->now);
	else if (code == CODE_DONE)
		message("no such requests");
	return code;
}

enum exit_code
listing_print(struct context *context, const struct listing *listing)
{
	struct collection collection = {.context = context,
	    .listing = listing,
	    .now = clock_now(),
	    .scratch = ARENA_INIT,
	    .code = CODE_DONE};
	enum exit_code code = CODE_ERROR;

	if (store_latest(workspace_store(context->workspace), listing->statuses,
		&collection.scratch, add_entry, &collection, &context->err) == STORE_OK &&
	    !collection.failed)
		code = print_collection(&collection);
	arena_release(&collection.scratch);
	free(collection.entries);
	return code;
}
