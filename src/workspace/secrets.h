/* SPDX-License-Identifier: ISC */
/* Secrets, read when a step runs and never kept. */
#ifndef WORKSPACE_SECRETS_H
#define WORKSPACE_SECRETS_H

struct arena;
struct strbuf;
struct value;
struct workspace;

/*
 * The secret of that name: the file NAME in $CREDENTIALS_DIRECTORY (systemd.exec(5)), then
 * state/secrets/NAME, then the environment's SVCREQ_SECRET_NAME.  A file loses one newline at its
 * end.  Returns NULL with err: there is none, others may read the file, or it is no text of at
 * least 4 bytes.
 */
const struct value *
secret_read(const struct workspace *, struct arena *, const char *name, struct strbuf *err);

#endif
