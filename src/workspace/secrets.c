/* SPDX-License-Identifier: ISC */
#include "workspace/secrets.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "workspace/workspace-internal.h"

#define SECRET_MAX_BYTES (64 * 1024)
#define BOM		 "\xef\xbb\xbf"
/* A shorter one is part of too many words by chance to be masked in each. */
#define SECRET_MIN_BYTES 4

/* Accepts what can name a file and end a variable's name; "." is not first. */
static bool
name_valid(const char *name)
{
	if (*name == '\0' || *name == '.' || strlen(name) > 128)
		return false;
	for (; *name != '\0'; name++) {
		if (!isalnum((unsigned char)*name) && strchr("_-.", *name) == NULL)
			return false;
	}
	return true;
}

/* Takes off what editors add to a text: a byte order mark, and one line end of any kind. */
static void
trim_file(struct strbuf *text)
{
	const size_t bom = strlen(BOM);
	size_t len = text->len;

	if (len > 0 && text->buf[len - 1] == '\n')
		len--;
	if (len > 0 && text->buf[len - 1] == '\r')
		len--;
	if (len >= bom && memcmp(text->buf, BOM, bom) == 0) {
		len -= bom;
		memmove(text->buf, text->buf + bom, len);
	}
	explicit_bzero(text->buf + len, text->len - len);
	strbuf_truncate(text, len);
}

/*
 * Adds the text of a file below state/secrets/.  Returns 0, 1 when there is no such file, or -1
 * with err.
 */
static int
read_secret(const struct workspace *workspace, const char *name, const char *shown,
    struct strbuf *out, struct strbuf *err)
{
	struct trust *trust = workspace->trust;
	int folder =
	    trust_open(trust, workspace->state_fd, "secrets", TRUST_OWN_FOLDER, "state/secrets");
	int result = folder < 0 ? -1
				: trust_read(trust, folder, name, TRUST_SECRET, shown,
				      SECRET_MAX_BYTES, out);

	file_close_quietly(folder);
	if (result == 0)
		trim_file(out);
	else if (errno == ENOENT)
		result = 1;
	else
		trust_fail(trust, err, "cannot read '%s'", shown);
	return result;
}

/* The same for a file of systemd, whose folder is the service's alone. */
static int
read_credential(const char *path, struct strbuf *out, struct strbuf *err)
{
	if (file_read(AT_FDCWD, path, SECRET_MAX_BYTES, out) != 0)
		return errno == ENOENT || errno == ENOTDIR
			   ? 1
			   : fail_errno(err, "cannot read '%s'", path);
	trim_file(out);
	return 0;
}

/* Returns NULL when systemd has given us none. */
static const char *
credentials_directory(void)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	return directory != NULL && *directory == '/' ? directory : NULL;
}

/* As read_secret(), with errno. */
static int
find_secret(
    const struct workspace *workspace, const char *name, struct strbuf *out, struct strbuf *err)
{
	const char *directory = credentials_directory(), *variable;
	struct strbuf path = STRBUF_INIT;
	int ret = 1, reason;

	if (directory != NULL) {
		strbuf_addf(&path, "%s/%s", directory, name);
		ret = read_credential(path.buf, out, err);
	}
	if (ret == 1) {
		strbuf_reset(&path);
		strbuf_addf(&path, "state/secrets/%s", name);
		ret = read_secret(workspace, name, path.buf, out, err);
	}
	if (ret == 1) {
		strbuf_reset(&path);
		strbuf_addf(&path, "SVCREQ_SECRET_%s", name);
		variable = getenv(path.buf);
		if (variable != NULL) {
			strbuf_addstr(out, variable);
			ret = 0;
		}
	}
	reason = ret < 0 ? errno : ret > 0 ? ENOENT : 0;
	strbuf_release(&path);
	errno = reason;
	return ret;
}

/* Returns 0, or -1 with err. */
static int
check_secret(const char *name, const struct strbuf *text, struct strbuf *err)
{
	if (text->len == 0)
		return fail(err, "the secret '%s' is empty", name);
	if (strlen(text->buf) != text->len || !utf8_valid(text->buf, text->len))
		return fail(err, "the secret '%s' is not text", name);
	if (text->len < SECRET_MIN_BYTES)
		return fail(err, "the secret '%s' is too short to be masked: it needs %d bytes",
		    name, SECRET_MIN_BYTES);
	return 0;
}

const struct value *
secret_read(
    const struct workspace *workspace, struct arena *arena, const char *name, struct strbuf *err)
{
	const struct value *value = NULL;
	struct strbuf text = STRBUF_INIT;
	int ret, reason;

	if (!name_valid(name)) {
		fail(err, "'%s' cannot be the name of a secret", name);
		errno = EINVAL;
		return NULL;
	}
	ret = find_secret(workspace, name, &text, err);
	reason = ret == 0 ? EINVAL : errno;
	if (ret == 1)
		fail(err, "there is no secret '%s' (%sstate/secrets/%s or $SVCREQ_SECRET_%s)", name,
		    credentials_directory() == NULL ? "" : "in $CREDENTIALS_DIRECTORY, ", name,
		    name);
	else if (ret == 0 && check_secret(name, &text, err) == 0)
		value = value_string(arena, text.buf);
	explicit_bzero(text.buf, text.len);
	strbuf_release(&text);
	errno = reason;
	return value;
}

size_t
secret_length(const struct workspace *workspace, const char *name)
{
	struct strbuf text = STRBUF_INIT;
	size_t len = 0;
	int reason = EINVAL;

	if (name_valid(name)) {
		if (find_secret(workspace, name, &text, NULL) == 0)
			len = text.len;
		else
			reason = errno;
	}
	explicit_bzero(text.buf, text.len);
	strbuf_release(&text);
	errno = reason;
	return len;
}
