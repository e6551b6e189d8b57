/* SPDX-License-Identifier: ISC */
/*
 * A string that grows.  buf is never NULL and always ends in a NUL that len does not
 * count, so that buf can be handed to whatever takes a C string.
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
/* Makes room for extra more bytes. */
void strbuf_grow(struct strbuf *, size_t extra);
/* Shortens the text to len bytes; len is not more than the present length. */
void strbuf_truncate(struct strbuf *, size_t len);

void strbuf_add(struct strbuf *, const void *data, size_t len);
void strbuf_addstr(struct strbuf *, const char *);
void strbuf_addch(struct strbuf *, char);
void strbuf_addf(struct strbuf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *, const char *fmt, va_list) __attribute__((format(printf, 2, 0)));

/* Hands the text over; the caller frees it with free(). */
char *strbuf_detach(struct strbuf *);

/*
 * The idiom for errors that are values: adds the message to err and returns -1, so
 * that a function can end in "return fail(err, ...)".  The message has no newline.  NULL for err:
 * nobody wants it.
 */
int fail(struct strbuf *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As fail(), followed by ": " and the text of errno. */
int fail_errno(struct strbuf *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
