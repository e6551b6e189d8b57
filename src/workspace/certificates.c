/* SPDX-License-Identifier: ISC */
#include "workspace/certificates.h"

#include <stdbool.h>
#include <string.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "workspace/workspace-internal.h"

#define CERTIFICATE_MAX_BYTES ((size_t)1024 * 1024)

/* The ends of the lines before a certificate of any of OpenSSL's names, and before a key. */
static const char *const marks[] = {
    [CERTIFICATE_PUBLIC] = "CERTIFICATE-----",
    [CERTIFICATE_KEY] = "PRIVATE KEY-----",
};

static bool
holds(const struct strbuf *text, enum certificate_kind kind)
{
	return memmem(text->buf, text->len, marks[kind], strlen(marks[kind])) != NULL;
}

int
certificate_read(const struct workspace *workspace, const char *path, enum certificate_kind kind,
    const char *what, struct strbuf *out, struct strbuf *err)
{
	if (file_read(workspace->root_fd, path, CERTIFICATE_MAX_BYTES, out) != 0)
		return fail_errno(err, "cannot read '%s' (%s)", path, what);
	if (!holds(out, kind))
		return fail(err, "'%s' (%s) holds no %s in PEM", path, what,
		    kind == CERTIFICATE_KEY ? "private key" : "certificate");
	return 0;
}
