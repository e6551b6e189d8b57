/* SPDX-License-Identifier: ISC */
#include "workspace/certificates.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "base/trust.h"
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

/* Reads a file that may be read by others unless there is a key in it.  0, or -1 with errno. */
static int
read_trusted(const struct workspace *workspace, const char *path, enum certificate_kind kind,
    struct strbuf *out)
{
	struct trust *trust = workspace->trust;
	enum trust_kind trusted = kind == CERTIFICATE_KEY ? TRUST_KEY : TRUST_CERTIFICATE;
	int fd = trust_open_path(trust, workspace->root_fd, path, trusted), result;
	struct stat status;

	if (fd == -1)
		return -1;
	result = fstat(fd, &status);
	if (result == 0)
		result = file_read_status(fd, &status, CERTIFICATE_MAX_BYTES, out);
	if (result == 0 && holds(out, CERTIFICATE_KEY))
		result = trust_check_status(trust, &status, TRUST_KEY, path);
	file_close_quietly(fd);
	return result;
}

int
certificate_read(const struct workspace *workspace, const char *path, enum certificate_kind kind,
    const char *what, struct strbuf *out, struct strbuf *err)
{
	if (read_trusted(workspace, path, kind, out) != 0)
		return trust_fail(workspace->trust, err, "cannot read '%s' (%s)", path, what);
	if (holds(out, kind))
		return 0;
	fail(err, "'%s' (%s) holds no %s in PEM", path, what,
	    kind == CERTIFICATE_KEY ? "private key" : "certificate");
	errno = EINVAL;
	return -1;
}
