/* SPDX-License-Identifier: ISC */
/* The files with certificates and private keys that a pipeline names. */
#ifndef WORKSPACE_CERTIFICATES_H
#define WORKSPACE_CERTIFICATES_H

struct strbuf;
struct workspace;

enum certificate_kind {
	CERTIFICATE_PUBLIC,
	CERTIFICATE_KEY,
};

/*
 * Appends what the file holds, PEM; a relative path begins at the workspace.  The file, every
 * folder and every link on the way to it must be trusted, and what holds a private key, whatever
 * its kind, must be its owner's alone.  Messages call the file what.  Returns 0, or -1 with err: it
 * cannot be read or trusted (errno is TRUST_ERRNO), has more than 1 MiB, or holds nothing of that
 * kind.
 */
int certificate_read(const struct workspace *, const char *path, enum certificate_kind,
    const char *what, struct strbuf *out, struct strbuf *err);

#endif
