/* SPDX-License-Identifier: ISC */
/* When a server asks to come back: RFC 9110, 10.2.3. */
#ifndef HTTP_RETRY_AFTER_H
#define HTTP_RETRY_AFTER_H

#include <stdint.h>

/*
 * Parses the value of a Retry-After field: seconds, or an HTTP-date (RFC 9110, 5.6.7: three
 * forms).  now is in seconds since 1970.  Returns how many ms that is from now, 0 for a date that
 * is past, INT64_MAX for more than that has room for, and -1 for what is no form of it.
 */
int64_t retry_after_parse(const char *value, int64_t now);

/*
 * Finds the fields in the lines of a response's head, of several the longest pause.  A date is
 * taken from the server's own Date where there is one: the clocks may differ.  now: our clock, ms
 * since 1970.  Returns ms, and 0 when there is none.
 */
int64_t retry_after_find(const char *head, int64_t now);

#endif
