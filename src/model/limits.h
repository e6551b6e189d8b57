/* SPDX-License-Identifier: ISC */
/* Limits of advancing requests, for both programs. */
#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#include <stdint.h>

/* How many requests are advanced at a time. */
#define JOBS_DEFAULT 16
#define JOBS_MAX     1024

/* A pause before the next attempt is waited for, by who runs the request, if it is not longer. */
#define PATIENCE_MS 5000

/*
 * No pause before the next attempt is longer: max_backoff is a day at most, and a server is granted
 * an hour.  One that ends later was recorded by a clock that was ahead.
 */
#define PAUSE_MAX_MS INT64_C(86400000)

/*
 * How much longer than a step itself its run can take: 10 s for its intent, twice 5 s for its
 * outcome (run/slot.c), and the rest for clocks of two machines and a slow disk.
 */
#define RUN_MARGIN_MS INT64_C(60000)

/* The number of such a macro as a text. */
#define LIMIT_TEXT(macro)  LIMIT_TEXT_(macro)
#define LIMIT_TEXT_(value) #value

#endif
