/* SPDX-License-Identifier: ISC */
/* The two clocks, and time stamps in RFC 3339 form. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define TIMESTAMP_SIZE 32

/* Returns milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now(void);
/* Returns milliseconds of a clock that nobody can set, for measuring spans. */
int64_t clock_monotonic(void);
/* The same in microseconds. */
int64_t clock_monotonic_us(void);

/* The two clocks as functions, for what a test runs by a time of its own. */
struct clock {
	int64_t (*wall)(void *context);	     /* as clock_now() */
	int64_t (*monotonic)(void *context); /* as clock_monotonic() */
	/* Lets that many ms pass at once instead of waiting for them; NULL: time is real. */
	void (*skip)(void *context, int64_t ms);
	void *context;
};

extern const struct clock clock_system;

/* Writes "2026-11-23T08:41:39.123Z".  The year is within 0 and 9999. */
void timestamp_format(int64_t ms, char out[TIMESTAMP_SIZE]);
/* Reads what timestamp_format() writes, and nothing else; returns -1 for other texts. */
int64_t timestamp_parse(const char *text);

#endif
