/* SPDX-License-Identifier: ISC */
/* Secrets, read when a step runs and never kept. */
#ifndef WORKSPACE_SECRETS_H
#define WORKSPACE_SECRETS_H

#include <stddef.h>

struct arena;
struct strbuf;
struct value;
struct workspace;

/*
 * Returns the secret of that name, in the arena: the file NAME in $CREDENTIALS_DIRECTORY
 * (systemd.exec(5)), else state/secrets/NAME, else the environment's SVCREQ_SECRET_NAME.  A byte
 * order mark at the beginning of a file, and one line end (LF, CRLF or CR) at its end, are removed.
 * Returns NULL with err when there is none, when others may read the file in state/secrets/, or
 * when it is no text of at least 4 bytes; errno is TRUST_ERRNO if a file or folder is not to be
 * trusted, which it is for nobody then.
 */
const struct value *
secret_read(const struct workspace *, struct arena *, const char *name, struct strbuf *err);

/* A shorter one is easy to guess, and what equals it by chance is masked, too. */
#define SECRET_GOOD_BYTES 8

/* Returns how many bytes a secret has; 0, with errno as there: none, or it cannot be read. */
size_t secret_length(const struct workspace *, const char *name);

#endif
