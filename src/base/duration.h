/* SPDX-License-Identifier: ISC */
/* Spans of time as people write them: 500ms, 10s, 5m, 1h30m, 3d, 2w. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

struct strbuf;

/*
 * Returns the span in milliseconds, or -1: no number, a unit that is not ms, s, m, h, d or w, units
 * out of order, trailing text, or more than 100 years.  A number without a unit is seconds.
 */
int64_t duration_parse(const char *text);
/*
 * Appends the span rounded down to its two largest units: "3d 4h", "12s", "35ms" (below a
 * second).
 */
void duration_add(struct strbuf *, int64_t ms);

#endif
