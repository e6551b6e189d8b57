/* SPDX-License-Identifier: ISC */
/*
 * A string that grows.  buf is never NULL and always ends in a NUL that len does not count, so
 * that a caller can hand buf to whatever takes a C string.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
	char *buf;
	size_t len;
	size_t size; /* bytes allocated; 0 while buf is the shared empty string */
};

extern char strbuf_empty[];

#define STRBUF_INIT                 \
	{                           \
		.buf = strbuf_empty \
	}

void strbuf_init(struct strbuf *);
/* Frees the text; the buffer is then as after strbuf_init() and may be used again. */
void strbuf_release(struct strbuf *);
/* Empties the text and keeps the memory. */
void strbuf_reset(struct strbuf *);
/* Allocates for extra more bytes. */
void strbuf_grow(struct strbuf *, size_t extra);
/* Shortens the text to len bytes; len is not more than the present length. */
void strbuf_truncate(struct strbuf *, size_t len);

void strbuf_add(struct strbuf *, const void *data, size_t len);
void strbuf_addstr(struct strbuf *, const char *);
void strbuf_addch(struct strbuf *, char);
void strbuf_addf(struct strbuf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *, const char *fmt, va_list) __attribute__((format(printf, 2, 0)));

/* Returns the text, which the caller then owns and frees with free(); the buffer is empty. */
char *strbuf_detach(struct strbuf *);

/*
 * The idiom for errors that are values: adds the message to err and returns -1, so that a
 * function can end in "return fail(err, ...)".  The message has no newline.  A caller that wants
 * no message passes NULL.
 */
int fail(struct strbuf *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Does the same, and adds ": " and the text of errno, which it does not change. */
int fail_errno(struct strbuf *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
