/* SPDX-License-Identifier: ISC */
/* The store in plain files: svcreq-state(5). */
#ifndef STORE_FILES_FILES_H
#define STORE_FILES_FILES_H

#include <stdbool.h>
#include <stdint.h>

struct step_type;
struct store;
struct strbuf;
struct trust;

/*
 * Opens the store below a workspace's folder and its folder "state".  Both descriptors are
 * borrowed until store_close(), as is the trust, by which every file and folder is checked when it
 * is opened.  Nothing is written until something is recorded.  Modes of new files and folders are
 * private, or those of a workspace that is shared with its group.  types, borrowed, are what
 * pipelines of requests may be built of.
 */
struct store *
store_open_files(int root_fd, int state_fd, struct trust *, const struct step_type *const *types);
/*
 * Reads the file "format", and whether the workspace is shared with the group of state/, which
 * trust->shared says from now on.  Returns 0, or -1 with err: there is none, it cannot be trusted,
 * or it has a version that this program does not know.
 */
int store_files_read_format(int state_fd, struct trust *, struct strbuf *err);
/*
 * Makes what a store needs below an empty or half-made folder "state", with exact modes (also of
 * folders that were made before), and the "format" file last: with it there is a store.  *existed
 * tells that somebody else made that file meanwhile.  Returns 0, or -1 with err.
 */
int store_files_make(int state_fd, bool shared, bool *existed, struct strbuf *err);

/*
 * On what a folder of a store lies where a lock of another machine may be there unseen: "NFS", for
 * example.  NULL: on a file system of this machine, which sees every lock.
 */
const char *store_files_medium(int state_fd);
/* The same by its type (statfs(2), f_type) and whether it is on a disk: one that has a device. */
const char *file_system_medium(uint32_t type, bool on_disk);

#endif
