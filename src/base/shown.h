/* SPDX-License-Identifier: ISC */
/*
 * How text of people, servers and files is shown: svcreq(1).  What is not shown as it is
 * (utf8_is_hidden(), bytes that are not UTF-8, a fifth combining mark, one without a letter) is
 * written as an escape: what is below U+0080, and bytes, as \xNN, others as \uNNNN or \UNNNNNNNN.
 * Backslashes in front of an escape, and of what would be read as one of these, are doubled, so
 * that no two texts are shown alike.  Others stay as they are: "C:\users" and JSON's "\u00e4".
 *
 * Text is shown once, where it is printed; what is shown already is only made safe.
 */
#ifndef BASE_SHOWN_H
#define BASE_SHOWN_H

#include <stddef.h>

struct strbuf;

/* Appends the text as it is shown, on one line. */
void shown_add(struct strbuf *, const char *text, size_t len);
/*
 * The same for a text that has something beside it on its line: a space at either end, and each
 * that follows a space, is \x20, so that the text cannot pass for more than one.
 */
void shown_add_cell(struct strbuf *, const char *text);
/*
 * Appends what was composed of shown texts, or is read from where shown texts are kept: backslashes
 * stay as they are.  Appends a shown text unchanged.
 */
void shown_add_safe(struct strbuf *, const char *text, size_t len);

/*
 * Appends the text in double quotes, a quote in it as \" and the backslashes before that, and at
 * the end, doubled.  It is not shown by that.
 */
void quote_add(struct strbuf *, const char *text);

#endif
