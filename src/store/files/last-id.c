/* SPDX-License-Identifier: ISC */
/*
 * last-id: the latest id that was given, and the SHA-256 of that line, so that nobody has to list
 * all requests.  It is only a hint: what does not fit, or cannot be, is not believed, and it is
 * written anew with the next request.
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

#define TEXT_SIZE (ID_NAME_SIZE + DIGEST_SIZE + 1)

static size_t
write_text(uint64_t id, char out[TEXT_SIZE])
{
	int len = snprintf(out, TEXT_SIZE, "%" PRIu64 "\n", id);
	char digest[DIGEST_SIZE];

	digest_sha256(out, (size_t)len, digest);
	return (size_t)len + (size_t)snprintf(out + len, TEXT_SIZE - (size_t)len, "%s\n", digest);
}

/* The id that is noted; 0: none that its check fits. */
static uint64_t
read_noted(struct files *files)
{
	struct strbuf text = STRBUF_INIT;
	char id_text[ID_NAME_SIZE], expected[TEXT_SIZE];
	uint64_t id = 0;
	size_t digits;

	if (files_text(files, files->state_fd, LAST_ID, SHOWN, TEXT_SIZE, &text) == 0) {
		digits = strcspn(text.buf, "\n");
		if (digits < sizeof(id_text)) {
			snprintf(id_text, sizeof(id_text), "%.*s", (int)digits, text.buf);
			id = id_parse(id_text);
		}
	}
	if (id != 0 && (write_text(id, expected) != text.len || strcmp(expected, text.buf) != 0))
		id = 0;
	strbuf_release(&text);
	return id;
}

static bool
has_request(const struct files *files, uint64_t id)
{
	char name[ID_NAME_SIZE];
	struct stat status;

	id_name(id, name);
	return fstatat(files->requests_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

uint64_t
last_id_read(struct files *files)
{
	uint64_t highest, last = read_noted(files);

	if (last == 0 || has_request(files, last))
		return last;
	/* as when it is from another workspace, or from another time */
	if (last_id_find(files, &highest) != 0 || last > highest + LATEST_REMOVED_MAX)
		return 0;
	return last;
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

/* What stands in its place, whatever it is, gives way. */
static void
move_away(const struct files *files)
{
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

void
last_id_note(struct files *files, uint64_t id)
{
	char text[TEXT_SIZE];
	size_t len = write_text(id, text);
	int fd = open_last(files);

	if (fd < 0)
		return;
	if (ftruncate(fd, 0) != 0 || file_write_all(fd, text, len) != 0) {
		if (ftruncate(fd, 0) != 0)
			unlinkat(files->state_fd, LAST_ID, 0);
	}
	close(fd);
}
