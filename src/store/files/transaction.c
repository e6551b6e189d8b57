/* SPDX-License-Identifier: ISC */
/*
 * state/transaction: events of several requests, or several of one, that are recorded all or none.
 *
 * The record holds the events with their texts.  The transaction is decided at the moment when the
 * record gets its name, on disk, with the locks of all its requests held; then the events are
 * published as any others, and the record is removed.  Should the program end in between, the
 * record stays without its lock, and whoever reads one of these requests or begins a transaction
 * publishes what is missing; who appends to one of them before that loses the race, and reads it.
 *
 * There is one transaction at a time.  Each event in the record has a line
 *
 *	<id> <number> <queue before> <queue after> <bytes of the text>
 *
 * before its text; the queue is "-" where there is none.
 *
 * The record of a batch of new requests (batch.c) has one line alone:
 *
 *	batch <first id> <how many>
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/disk.h"
#include "base/file.h"
#include "store/files/internal.h"
#include "store/files/publish.h"

#define RECORD_NAME	 "transaction"
#define RECORD_MAX_BYTES ((size_t)1 << 30)

bool
transaction_exists(const struct files *files)
{
	return faccessat(files->state_fd, RECORD_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void
transaction_end(struct files *files)
{
	unlinkat(files->state_fd, RECORD_NAME, 0);
}

/* ---- writing */

static const char *
word_of(enum request_status place)
{
	const char *name = queue_name(place);

	return name == NULL ? "-" : name;
}

static int
publish_record(struct files *files, const struct strbuf *text, struct strbuf *err)
{
	struct publication file;
	int result = -1;

	publication_clear_litter(files->state_fd);
	publication_init(
	    &file, files->state_fd, RECORD_NAME, text->buf, text->len, files->event_mode);
	if (publication_write(&file, err) == 0 && publication_sync(&file, err) == 0) {
		enum store_result linked = publication_link(&file, err);
		if (linked == STORE_RACE_LOST)
			fail(err, "there is a 'state/transaction' already");
		else if (linked == STORE_OK)
			result = 0;
	}
	if (result == 0 && disk_sync_folder(files->state_fd) != 0) {
		result = fail_errno(err, "cannot write 'state' to disk");
		if (unlinkat(files->state_fd, RECORD_NAME, 0) != 0)
			fail(err, "; the events may be recorded");
	}
	publication_release(&file);
	return result;
}

int
transaction_record(
    struct files *files, const struct backend_append *appends, size_t count, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	int result;

	for (size_t i = 0; i < count; i++) {
		const struct backend_append *append = &appends[i];
		strbuf_addf(&text, "%" PRIu64 " %" PRId64 " %s %s %zu\n", append->id,
		    append->number, word_of(append->from), word_of(append->to), append->len);
		strbuf_add(&text, append->text, append->len);
	}
	result = publish_record(files, &text, err);
	strbuf_release(&text);
	return result;
}

int
transaction_record_batch(struct files *files, uint64_t first, uint64_t count, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	int result;

	strbuf_addf(&text, "batch %" PRIu64 " %" PRIu64 "\n", first, count);
	result = publish_record(files, &text, err);
	strbuf_release(&text);
	return result;
}

/* ---- reading */

struct record {
	struct strbuf text;
	uid_t writer;
	struct backend_append *appends;
	size_t count;
	uint64_t first; /* of a batch, which has no events here; 0: it is none */
	uint64_t batch_count;
};

static void
record_release(struct record *record)
{
	strbuf_release(&record->text);
	free(record->appends);
}

static enum request_status
place_of_word(const char *word)
{
	for (int i = 0; i < REQUEST_STATUS_COUNT; i++) {
		const char *name = queue_name((enum request_status)i);
		if (name != NULL && strcmp(name, word) == 0)
			return (enum request_status)i;
	}
	return REQUEST_COMPLETED;
}

/* One event at text, of which len bytes are left.  Returns its length; 0: it is none. */
static size_t
parse_event(const char *text, size_t len, struct backend_append *out)
{
	char from[16], to[16];
	int used = 0;
	size_t size;

	if (sscanf(text, "%" SCNu64 " %" SCNd64 " %15s %15s %zu%n", &out->id, &out->number, from,
		to, &size, &used) != 5 ||
	    text[used] != '\n' || !store_id_is_valid(out->id) || out->number < 1 ||
	    size > len - (size_t)used - 1)
		return 0;
	out->from = place_of_word(from);
	out->to = place_of_word(to);
	out->text = text + used + 1;
	out->len = size;
	return (size_t)used + 1 + size;
}

/* Whether the record is that of a batch. */
static bool
parse_batch(struct record *record)
{
	int used = 0;

	return sscanf(record->text.buf, "batch %" SCNu64 " %" SCNu64 "%n", &record->first,
		   &record->batch_count, &used) == 2 &&
	       strcmp(record->text.buf + used, "\n") == 0 && store_id_is_valid(record->first) &&
	       record->batch_count <= STORE_ID_MAX - record->first;
}

/* Reads the record.  Returns 0, or -1 with err: it cannot be read or is none. */
static int
record_read(struct files *files, struct record *out, struct strbuf *err)
{
	size_t at = 0, capacity = 0;

	*out = (struct record){.text = STRBUF_INIT};
	if (files_text(files, files->state_fd, RECORD_NAME, "state/" RECORD_NAME, RECORD_MAX_BYTES,
		&out->text) != 0)
		return trust_fail(files->trust, err, "cannot read 'state/transaction'");
	out->writer = files->trust->checked_owner;
	if (parse_batch(out))
		return 0;
	out->first = 0;
	while (at < out->text.len) {
		size_t used;

		ALLOC_GROW(out->appends, out->count, capacity);
		out->appends[out->count] = (struct backend_append){0};
		used =
		    parse_event(out->text.buf + at, out->text.len - at, &out->appends[out->count]);
		if (used == 0)
			return fail(err, "'state/transaction' is damaged");
		at += used;
		out->count++;
	}
	return 0;
}

bool
transaction_claims(struct files *files, uint64_t id)
{
	struct record record;
	bool found = false;

	if (record_read(files, &record, NULL) == 0) {
		found = record.first != 0 && id >= record.first &&
			id - record.first < record.batch_count;
		for (size_t i = 0; i < record.count && !found; i++)
			found = record.appends[i].id == id;
	}
	record_release(&record);
	return found;
}

/*
 * The files of the events will be this program's user's, who does not vouch for what others have
 * recorded: then they get the mode of those for which nobody does.
 */
static mode_t
mode_of_events(const struct files *files, const struct record *record)
{
	uid_t user = geteuid() == 0 ? files->trust->owner : geteuid(); /* disk_set_access() */

	return record->writer == user ? files->event_mode : files->file_mode;
}

int
transaction_finish_locked(struct files *files, struct strbuf *err)
{
	struct record record;
	int result;

	if (!transaction_exists(files))
		return 0;
	result = record_read(files, &record, err);
	if (result == 0 && record.first != 0)
		result = batch_appear(files, record.first, record.batch_count, err);
	else if (result == 0)
		result = append_recorded(
		    files, record.appends, record.count, mode_of_events(files, &record), err);
	if (result == 0)
		transaction_end(files);
	record_release(&record);
	return result;
}

int
transaction_finish(struct files *files, struct strbuf *err)
{
	int result = 0;

	switch (lock_try(files, LOCK_TRANSACTION, err)) {
	case STORE_OK:
		result = transaction_finish_locked(files, err);
		lock_end(files, LOCK_TRANSACTION);
		return result;
	case STORE_BUSY: /* it is going on */
		return 0;
	default:
		return -1;
	}
}
