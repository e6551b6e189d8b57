/* SPDX-License-Identifier: ISC */
/*
 * Regular expressions of people (PCRE2, UTF), which a text must fit as a whole.  Whatever a pattern
 * and a text are, looking takes milliseconds: there is a limit for each thing that can grow.
 */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

struct strbuf;

/* A pattern, and a text that is compared with one, have at most so many bytes. */
#define PATTERN_MAX	 1000
#define PATTERN_TEXT_MAX 8192

enum pattern_result {
	PATTERN_FITS,
	PATTERN_DIFFERS,
	PATTERN_REFUSED, /* a limit was reached: nobody knows */
};

/* Whether it is a pattern.  Returns 0, or -1 with err. */
int pattern_check(const char *pattern, struct strbuf *err);
/* Whether all of the text fits the pattern.  PATTERN_REFUSED comes with err. */
enum pattern_result pattern_match(const char *pattern, const char *text, struct strbuf *err);

#endif
