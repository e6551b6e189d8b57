/* SPDX-License-Identifier: ISC */
#include "base/strbuf.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

char strbuf_empty[1];

void
strbuf_init(struct strbuf *sb)
{
	sb->buf = strbuf_empty;
	sb->len = 0;
	sb->size = 0;
}

void
strbuf_release(struct strbuf *sb)
{
	if (sb->size > 0)
		free(sb->buf);
	strbuf_init(sb);
}

void
strbuf_reset(struct strbuf *sb)
{
	strbuf_truncate(sb, 0);
}

void
strbuf_grow(struct strbuf *sb, size_t extra)
{
	size_t size;

	if (extra < sb->size - sb->len)
		return;
	if (extra > SIZE_MAX / 4 || sb->len > SIZE_MAX / 4)
		out_of_memory();
	size = sb->size + sb->size / 2 + 32;
	if (size < sb->len + extra + 1)
		size = sb->len + extra + 1;
	sb->buf = xreallocarray(sb->size > 0 ? sb->buf : NULL, size, 1);
	sb->buf[sb->len] = '\0';
	sb->size = size;
}

void
strbuf_truncate(struct strbuf *sb, size_t len)
{
	assert(len <= sb->len);
	sb->len = len;
	if (sb->size > 0)
		sb->buf[len] = '\0';
}

void
strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	if (len == 0)
		return;
	strbuf_grow(sb, len);
	memcpy(sb->buf + sb->len, data, len);
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void
strbuf_addstr(struct strbuf *sb, const char *text)
{
	strbuf_add(sb, text, strlen(text));
}

void
strbuf_addch(struct strbuf *sb, char c)
{
	strbuf_grow(sb, 1);
	sb->buf[sb->len++] = c;
	sb->buf[sb->len] = '\0';
}

void
strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void
strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	size_t capacity;
	int len;

	strbuf_grow(sb, 64);
	capacity = sb->size - sb->len;
	va_copy(again, ap);
	len = vsnprintf(sb->buf + sb->len, capacity, fmt, ap);
	assert(len >= 0);
	if ((size_t)len >= capacity) {
		strbuf_grow(sb, (size_t)len);
		vsnprintf(sb->buf + sb->len, (size_t)len + 1, fmt, again);
	}
	va_end(again);
	sb->len += (size_t)len;
}

char *
strbuf_detach(struct strbuf *sb)
{
	char *text = sb->size > 0 ? sb->buf : xstrdup("");

	strbuf_init(sb);
	return text;
}

int
fail(struct strbuf *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	strbuf_vaddf(err, fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_errno(struct strbuf *err, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	strbuf_vaddf(err, fmt, ap);
	va_end(ap);
	strbuf_addf(err, ": %s", strerror(saved));
	errno = saved;
	return -1;
}
