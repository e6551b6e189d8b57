/* SPDX-License-Identifier: ISC */
/*
 * keys/<digest>: the id of the request that has the key, and a newline.
 *
 *  - An entry is on disk before its request appears: so wherever the program or the power fails, no
 *    request with a key is without its entry.
 *  - An entry counts only when its request has that key: what a program left that was killed before
 *    its request appeared is taken over by the next one, also when the id is another's by now.
 *  - Entries are written under the lock under which ids are chosen, one program at a time, and get
 *    on disk after it.  Whoever finds one whose request is not there, but being made, waits until
 *    it is, or came to nothing: the lock of that id says so.
 *  - Whoever only looks needs no lock: until the request is there, the entry is none.
 *
 * A folder that is missing, as in a workspace of an earlier version, is made with the entries of
 * all requests: hidden, until it is complete.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/file.h"
#include "store/files/internal.h"
#include "store/files/publish.h"

#define FOLDER	     "keys"
#define BUILD_FOLDER ".new-keys"

/* ---- entries */

/*
 * Makes an entry; its name is not on disk yet, and its text only if sync is true.  fd may be NULL;
 * else the caller closes *fd.
 */
static int
entry_write(struct files *files, int folder_fd, const char *digest, uint64_t id, bool sync, int *fd,
    struct strbuf *err)
{
	char text[ID_NAME_SIZE];
	struct publication file;
	int len = snprintf(text, sizeof(text), "%" PRIu64 "\n", id);
	int result = -1;

	publication_init(&file, folder_fd, digest, text, (size_t)len, files->file_mode);
	if (publication_write(&file, err) == 0 && (!sync || publication_sync(&file, err) == 0) &&
	    publication_link(&file, err) != STORE_ERROR)
		result = 0;
	if (file.temporary[0] != '\0')
		publication_clear_litter(folder_fd);
	if (result == 0 && fd != NULL) {
		*fd = file.fd;
		file.fd = -1;
	}
	publication_release(&file);
	return result;
}

/* The id that the entry has.  STORE_OK, STORE_NOT_FOUND: there is no entry, or STORE_ERROR. */
static enum store_result
entry_read(struct files *files, const char *digest, uint64_t *id, struct strbuf *err)
{
	char shown[DIGEST_SIZE + sizeof("state/" FOLDER "/")];
	struct strbuf text = STRBUF_INIT;
	enum store_result result = STORE_OK;

	snprintf(shown, sizeof(shown), "state/" FOLDER "/%s", digest);
	if (files_text(files, files->keys_fd, digest, shown, ID_NAME_SIZE, &text) != 0) {
		result = errno == ENOENT ? STORE_NOT_FOUND : STORE_ERROR;
		if (result == STORE_ERROR)
			trust_fail(files->trust, err, "cannot read '%s'", shown);
	} else {
		size_t digits = text.len > 0 && text.buf[text.len - 1] == '\n' ? text.len - 1 : 0;

		strbuf_truncate(&text, digits);
		*id = id_parse(text.buf);
		if (*id == 0) {
			fail(err, "'state/" FOLDER "/%s' holds no id", digest);
			result = STORE_ERROR;
		}
	}
	strbuf_release(&text);
	return result;
}

/* ---- the folder */

/* Adds the keys of all requests, the oldest first: should two have one, that one is found. */
static int
fill(struct files *files, int folder_fd, const struct backend_key *key, bool together,
    struct strbuf *err)
{
	struct id_list all = {0};
	char digest[DIGEST_SIZE];
	int result = 0;

	if (files_requests_folder(files, false) >= 0)
		result = id_list_read(&all, files->requests_fd);
	else if (errno != ENOENT)
		result = -1;
	if (result != 0)
		trust_fail(files->trust, err, "cannot list 'state/requests'");
	id_list_sort(&all);
	for (size_t i = 0; i < all.count && result == 0; i++) {
		enum store_result found = key->of(key->context, all.ids[i], digest, err);

		if (found == STORE_OK)
			result =
			    entry_write(files, folder_fd, digest, all.ids[i], !together, NULL, err);
		else if (found == STORE_ERROR)
			result = -1;
	}
	free(all.ids);
	return result;
}

/* Fills the hidden folder, and has it on disk. */
static int
build(struct files *files, const struct backend_key *key, int *fd, struct strbuf *err)
{
	bool together = disk_syncfs_reports();

	if (files_remove_folder(files->state_fd, BUILD_FOLDER) != 0)
		return fail_errno(err, "cannot remove 'state/" BUILD_FOLDER "'");
	*fd = disk_folder_new(files->state_fd, BUILD_FOLDER, files->dir_mode);
	if (*fd < 0)
		return fail_errno(err, "cannot make 'state/" BUILD_FOLDER "'");
	if (fill(files, *fd, key, together, err) != 0)
		return -1;
	if ((together ? disk_sync_all(*fd) : disk_sync_folder(*fd)) != 0)
		return fail_errno(err, "cannot write 'state/" BUILD_FOLDER "' to disk");
	return 0;
}

/* Under the lock of the allocation. */
static int
make_folder(struct files *files, const struct backend_key *key, struct strbuf *err)
{
	int fd = -1, result = build(files, key, &fd, err);

	if (result == 0 && renameat(files->state_fd, BUILD_FOLDER, files->state_fd, FOLDER) != 0)
		result = fail_errno(err, "cannot make 'state/" FOLDER "'");
	if (result == 0 && disk_sync_folder(files->state_fd) != 0)
		result = fail_errno(err, "cannot write 'state' to disk");
	if (result == 0)
		files->keys_fd = fd;
	else if (fd >= 0)
		close(fd);
	return result;
}

/* 0; 1: it is missing; -1 with err. */
static int
open_folder(struct files *files, struct strbuf *err)
{
	if (files->keys_fd < 0)
		files->keys_fd = files_folder(files, files->state_fd, FOLDER, "state/" FOLDER);
	if (files->keys_fd >= 0)
		return 0;
	return errno == ENOENT ? 1
			       : trust_fail(files->trust, err, "cannot open 'state/" FOLDER "'");
}

/* ---- finding */

/*
 * As find_key of the backend, with the folder open.  *candidate: the id that the entry has, also
 * when the key is not found; 0: there is no entry.
 */
static enum store_result
find(struct files *files, const struct backend_key *key, uint64_t *candidate, struct strbuf *err)
{
	char digest[DIGEST_SIZE];
	enum store_result result;

	*candidate = 0;
	result = entry_read(files, key->digest, candidate, err);
	if (result == STORE_OK)
		result = key->of(key->context, *candidate, digest, err);
	if (result == STORE_OK && strcmp(digest, key->digest) != 0)
		return STORE_NOT_FOUND;
	/* A key is not given away while its request may be one that cannot be read. */
	if (result != STORE_OK && result != STORE_DAMAGED)
		return result;
	return STORE_EXISTS;
}

enum store_result
keys_find_locked(struct files *files, const struct backend_key *key, uint64_t *id, uint64_t *maker,
    struct strbuf *err)
{
	uint64_t candidate = 0;
	enum store_result result = STORE_ERROR;
	int missing = open_folder(files, err);

	*maker = 0;
	if (missing > 0)
		missing = make_folder(files, key, err);
	if (missing == 0)
		result = find(files, key, &candidate, err);
	if (result == STORE_NOT_FOUND && candidate != 0) {
		if (files_is_locked(files, candidate) && !last_id_has_request(files, candidate))
			*maker = candidate;
		else /* it may have appeared before we looked who makes it */
			result = find(files, key, &candidate, err);
	}
	if (result == STORE_EXISTS)
		*id = candidate;
	return result;
}

enum store_result
files_find_key(void *self, const struct backend_key *key, uint64_t *id, struct strbuf *err)
{
	struct files *files = self;
	enum store_result result;
	uint64_t candidate;
	int missing = open_folder(files, err);

	if (missing > 0) {
		result = lock_wait(files, LOCK_ALLOCATION, err);
		if (result != STORE_OK)
			return result;
		missing = open_folder(files, err);
		if (missing > 0)
			missing = make_folder(files, key, err);
		lock_end(files, LOCK_ALLOCATION);
	}
	if (missing != 0)
		return STORE_ERROR;
	result = find(files, key, &candidate, err);
	if (result == STORE_EXISTS)
		*id = candidate;
	return result;
}

int
keys_enter(struct files *files, const char *digest, uint64_t id, int *fd, struct strbuf *err)
{
	if (unlinkat(files->keys_fd, digest, 0) != 0 && errno != ENOENT)
		return fail_errno(err, "cannot remove 'state/" FOLDER "/%s'", digest);
	return entry_write(files, files->keys_fd, digest, id, false, fd, err);
}

int
keys_sync(struct files *files, int fd, struct strbuf *err)
{
	if (disk_sync(fd) != 0 || disk_sync_folder(files->keys_fd) != 0)
		return fail_errno(err, "cannot write 'state/" FOLDER "' to disk");
	return 0;
}

int
keys_sync_entry(struct files *files, const char *digest, struct strbuf *err)
{
	char shown[DIGEST_SIZE + sizeof("state/" FOLDER "/")];
	int fd, result;

	snprintf(shown, sizeof(shown), "state/" FOLDER "/%s", digest);
	fd = trust_open(files->trust, files->keys_fd, digest, TRUST_TEAM_FILE, shown);
	if (fd < 0)
		return trust_fail(files->trust, err, "cannot open '%s'", shown);
	result = keys_sync(files, fd, err);
	close(fd);
	return result;
}
