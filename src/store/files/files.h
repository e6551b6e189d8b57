/* SPDX-License-Identifier: ISC */
/* The store in plain files: svcreq-state(5). */
#ifndef STORE_FILES_FILES_H
#define STORE_FILES_FILES_H

#include <stdbool.h>

struct step_type;
struct store;
struct strbuf;

/*
 * Opens the store below a workspace's folder and its folder "state".  Both descriptors are
 * borrowed until store_close().  Nothing is written until something is recorded.  Modes of new
 * files and folders follow those of state: private, or shared with its group when the group may
 * write to it.  types, borrowed, are what pipelines of requests may be built of.  Returns NULL
 * with err: there is no "format" file, or one of a version that this program does not know.
 */
struct store *store_open_files(
    int root_fd, int state_fd, const struct step_type *const *types, struct strbuf *err);
/* Whether that "format" file is there and says what this program knows: 0, or -1 with err. */
int store_files_check_format(int state_fd, struct strbuf *err);
/*
 * Makes what a store needs below an empty or half-made folder "state", with exact modes (also of
 * folders that were made before), and the "format" file last: with it there is a store.  *existed
 * tells that somebody else made that file meanwhile.  Returns 0, or -1 with err.
 */
int store_files_make(int state_fd, bool shared, bool *existed, struct strbuf *err);

#endif
