/* SPDX-License-Identifier: ISC */
/* Sets of code points, as tables of ranges: for the generated tables alone. */
#ifndef BASE_UTF8_RANGE_H
#define BASE_UTF8_RANGE_H

#include <stdbool.h>
#include <stddef.h>

struct utf8_range {
	unsigned long first;
	unsigned long last;
};

/* Whether one of the ranges, which are in order, has the code point. */
bool utf8_range_has(const struct utf8_range *, size_t count, unsigned long code_point);

#endif
