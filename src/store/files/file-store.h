/* SPDX-License-Identifier: ISC */
/* The store in plain files: svcreq-state(5). */
#ifndef STORE_FILES_FILE_STORE_H
#define STORE_FILES_FILE_STORE_H

#include <stdbool.h>

struct step_type;
struct store;
struct strbuf;

/*
 * Opens the store below a directory "state" that is held open (the descriptor is
 * duplicated).  Nothing is written until something is recorded.  Modes of new files and
 * folders follow the directory's: private, or shared with its group when the group may write to it.
 * The catalogue of types is borrowed.  Returns NULL with err: it has no "format" file, or one of a version that this program
 * does not know.
 */
struct store *
file_store_open(int state_fd, const struct step_type *const *types, struct strbuf *err);
/*
 * Makes what a store needs below an empty or half-made directory "state", with exact modes (those
 * that were made before are set), and the "format" file last.  *existed: somebody else made that
 * file meanwhile.  Returns 0, or -1 with err.
 */
int file_store_make(int state_fd, bool shared, bool *existed, struct strbuf *err);
/* Whether that "format" file is there and says what this program knows: 0, or -1 with err. */
int file_store_check_format(int state_fd, struct strbuf *err);

#endif
