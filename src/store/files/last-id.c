/* SPDX-License-Identifier: ISC */
/*
 * last-id: the latest id that was given, so that nobody has to list all requests:
 *
 *	<id>
 *	<SHA-256 of the first line>
 *	"reserved" and the first of the ids that were given with it, or when requests/ was changed
 *	last
 *
 * It is only a hint, which a restore, a power cut or a person can make wrong: nothing waits until
 * it is on disk.  What does not fit, or cannot be, is not believed, and it is written anew with
 * the next request.
 *
 * An id is noted, as reserved, before anything of its request is made, under the lock of the
 * allocation; so as long as only this program changes requests/, no request has a higher id than
 * the one that is noted.  A listing believes that when two things say that nobody else did:
 * requests/ has not been changed since the third line was written, by its own time of change,
 * which no restore can set; and none of the ids that would come next is there, as they would be
 * should somebody have been interrupted, or be about to write that line.  Else it looks at all
 * names, and writes the line anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/files/internal.h"

#define LAST_ID "last-id"
#define SHOWN	"state/" LAST_ID
/* The newest requests may have been removed, and their ids are not given again: so many. */
#define LATEST_REMOVED_MAX 16
/* So many ids beyond the noted one are looked for. */
#define BEYOND 8

#define RESERVED  "reserved "
#define TEXT_SIZE (ID_NAME_SIZE + DIGEST_SIZE + 1 + LAST_ID_SEEN_SIZE)

struct note {
	uint64_t id;		      /* 0: none that its check fits */
	char seen[LAST_ID_SEEN_SIZE]; /* the third line; "": there is none */
};

static size_t
write_text(uint64_t id, char out[TEXT_SIZE])
{
	int len = snprintf(out, TEXT_SIZE, "%" PRIu64 "\n", id);
	char digest[DIGEST_SIZE];

	digest_sha256(out, (size_t)len, digest);
	return (size_t)len + (size_t)snprintf(out + len, TEXT_SIZE - (size_t)len, "%s\n", digest);
}

static void
read_note(struct files *files, struct note *note)
{
	struct strbuf text = STRBUF_INIT;
	char id_text[ID_NAME_SIZE], expected[TEXT_SIZE];
	size_t digits, len;

	*note = (struct note){.id = 0};
	if (files_text(files, files->state_fd, LAST_ID, SHOWN, TEXT_SIZE, &text) == 0) {
		digits = strcspn(text.buf, "\n");
		if (digits < sizeof(id_text)) {
			snprintf(id_text, sizeof(id_text), "%.*s", (int)digits, text.buf);
			note->id = id_parse(id_text);
		}
	}
	if (note->id != 0) {
		len = write_text(note->id, expected);
		if (text.len < len || memcmp(expected, text.buf, len) != 0)
			note->id = 0;
		else
			snprintf(note->seen, sizeof(note->seen), "%.*s",
			    (int)strcspn(text.buf + len, "\n"), text.buf + len);
	}
	strbuf_release(&text);
}

/* The first id that was reserved with the one that is noted; 0: it is settled. */
static uint64_t
first_reserved(const struct note *note)
{
	uint64_t first = 0;

	if (strncmp(note->seen, RESERVED, sizeof(RESERVED) - 1) == 0)
		first = id_parse(note->seen + sizeof(RESERVED) - 1);
	return first <= note->id ? first : 0;
}

void
last_id_see(const struct files *files, char out[LAST_ID_SEEN_SIZE])
{
	struct stat status;

	out[0] = '\0';
	if (fstat(files->requests_fd, &status) == 0)
		snprintf(out, LAST_ID_SEEN_SIZE, "%jd.%09ld", (intmax_t)status.st_ctim.tv_sec,
		    status.st_ctim.tv_nsec);
}

bool
last_id_has_request(const struct files *files, uint64_t id)
{
	char name[ID_NAME_SIZE];
	struct stat status;

	id_name(id, name);
	return fstatat(files->requests_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

uint64_t
last_id_read(struct files *files, uint64_t *reserved)
{
	struct note note;
	uint64_t highest;

	read_note(files, &note);
	*reserved = first_reserved(&note);
	if (note.id == 0 || last_id_has_request(files, note.id))
		return note.id;
	/* somebody is making it */
	if (*reserved != 0 && files_is_locked(files, note.id))
		return note.id;
	/* as when it is from another workspace, or from another time */
	if (last_id_find(files, &highest) != 0 || note.id > highest + LATEST_REMOVED_MAX)
		return 0;
	return note.id;
}

int
last_id_find(struct files *files, uint64_t *highest)
{
	struct id_list all = {0};
	int result = id_list_read(&all, files->requests_fd);

	*highest = 0;
	for (size_t i = 0; i < all.count; i++) {
		if (all.ids[i] > *highest)
			*highest = all.ids[i];
	}
	free(all.ids);
	return result;
}

/* ---- writing */

/* What stands in its place, whatever it is, gives way, and is named. */
static void
move_away(struct files *files)
{
	files->notice = "'" SHOWN "' was not a file that can be trusted: a new one is made";
	if (unlinkat(files->state_fd, LAST_ID, 0) != 0 && errno == EISDIR)
		renameat2(
		    files->state_fd, LAST_ID, files->state_fd, LAST_ID ".away", RENAME_NOREPLACE);
}

/* Opens it; -1: not. */
static int
open_last(struct files *files)
{
	int fd = files_file_make(files, files->state_fd, LAST_ID, O_WRONLY, SHOWN);

	if (fd < 0 && (errno == TRUST_ERRNO || errno == EACCES)) {
		move_away(files);
		fd = files_file_make(files, files->state_fd, LAST_ID, O_WRONLY, SHOWN);
	}
	return fd;
}

/* Names what is no such text, and is written over. */
static void
notice_size(struct files *files, int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && status.st_size > TEXT_SIZE)
		files->notice = "'" SHOWN "' was larger than it can be: a new one is made";
}

/* An error may pass: what is half written does not fit. */
static void
write_note(struct files *files, uint64_t id, const char *seen)
{
	char text[TEXT_SIZE];
	size_t len = write_text(id, text);
	int fd = open_last(files);

	if (fd < 0)
		return;
	notice_size(files, fd);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", seen);
	if (ftruncate(fd, 0) != 0 || file_write_all(fd, text, len) != 0) {
		if (ftruncate(fd, 0) != 0)
			unlinkat(files->state_fd, LAST_ID, 0);
	}
	close(fd);
}

void
last_id_reserve(struct files *files, uint64_t first, uint64_t last)
{
	char seen[LAST_ID_SEEN_SIZE];

	snprintf(seen, sizeof(seen), RESERVED "%" PRIu64, first);
	write_note(files, last, seen);
}

/* What is being made has yet to say so.  What was given up will not, and its ids are free. */
static void
forget_given_up(struct files *files, struct note *note)
{
	uint64_t first = first_reserved(note);

	if (first == 0 || files_is_locked(files, note->id))
		return;
	if (!last_id_has_request(files, note->id))
		note->id = first - 1;
	note->seen[0] = '\0';
}

void
last_id_settle(struct files *files, uint64_t id)
{
	char seen[LAST_ID_SEEN_SIZE];
	struct note note;

	/* who has the lock writes it, now or soon */
	if (lock_try(files, LOCK_ALLOCATION, NULL) != STORE_OK)
		return;
	last_id_see(files, seen);
	read_note(files, &note);
	/* one that is being made has yet to say so */
	if (note.id <= id || first_reserved(&note) == 0)
		write_note(files, note.id > id ? note.id : id, seen);
	lock_end(files, LOCK_ALLOCATION);
}

/* ---- listing */

static bool
is_bound(struct files *files, const struct note *note)
{
	char seen[LAST_ID_SEEN_SIZE];

	last_id_see(files, seen);
	if (note->id == 0 || seen[0] == '\0' || strcmp(seen, note->seen) != 0)
		return false;
	for (uint64_t id = note->id + 1; id <= note->id + BEYOND; id++) {
		if (last_id_has_request(files, id))
			return false;
	}
	return true;
}

uint64_t
last_id_bound(struct files *files)
{
	struct note note;

	read_note(files, &note);
	return is_bound(files, &note) ? note.id : 0;
}

void
last_id_see_all(struct files *files, const struct id_list *all, const char *before)
{
	char seen[LAST_ID_SEEN_SIZE];
	struct note note;
	uint64_t highest = 0;

	for (size_t i = 0; i < all->count; i++)
		highest = all->ids[i] > highest ? all->ids[i] : highest;
	if (highest == 0 || lock_try(files, LOCK_ALLOCATION, NULL) != STORE_OK)
		return;
	last_id_see(files, seen);
	read_note(files, &note);
	forget_given_up(files, &note);
	if (note.id > highest + LATEST_REMOVED_MAX)
		note.id = 0;
	if (strcmp(seen, before) == 0 && first_reserved(&note) == 0)
		write_note(files, note.id > highest ? note.id : highest, seen);
	lock_end(files, LOCK_ALLOCATION);
}
