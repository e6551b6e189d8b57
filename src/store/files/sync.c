/* SPDX-License-Identifier: ISC */
/*
 * How a group gets on disk: by two syncfs(), one for the texts and one for the names, or by an
 * fsync() for each file and folder, several at a time.
 *
 * Measured on ext4 with and without a journal, on a busy machine (ms for a group of 16, medians):
 * two syncfs() 2 to 14; 32 fsync() by eight threads 10 to 80, and one after the other 76 to 100.
 * For one event both take the same, or fsync() is quicker.  But syncfs() writes what everybody has
 * written to the file system: after 300 MB of another program it took 1,500 ms, where fsync() took
 * 2.  So what is cheaper is not known but found out: what each way has taken lately decides, and
 * the dearer one is tried again, after longer and longer.
 */
#include "base/clock.h"
#include "base/disk.h"
#include "store/files/internal.h"

/* Fewer are not worth two waits for the whole file system. */
#define TOGETHER_MIN 3
/* What one costs where nothing is known yet. */
#define EACH_US 500
/* After how long what was expensive is tried again: at first, and at last. */
#define AGAIN_MS     50
#define AGAIN_MAX_MS 5000

static bool
is_cheaper(const struct sync_costs *costs, size_t count)
{
	int64_t each_us = costs->each_us == 0 ? EACH_US : costs->each_us;

	return costs->together_us <= (int64_t)count * each_us;
}

bool
sync_is_together(struct sync_costs *costs, size_t count)
{
	return count >= TOGETHER_MIN && disk_syncfs_reports() &&
	       (is_cheaper(costs, count) || clock_monotonic() >= costs->again_ms);
}

static int64_t
average(int64_t before, int64_t now)
{
	return before == 0 ? now : (3 * before + now) / 4;
}

void
sync_has_taken(struct sync_costs *costs, bool together, size_t count, int64_t us)
{
	costs->last_us = us;
	if (count == 0)
		return;
	if (!together) {
		costs->each_us = average(costs->each_us, us / (int64_t)count);
		return;
	}
	/* one try says more than what it has cost long ago */
	costs->together_us = costs->pause_ms > 0 ? us : average(costs->together_us, us);
	if (is_cheaper(costs, count))
		costs->pause_ms = 0;
	else
		costs->pause_ms = costs->pause_ms == 0		   ? AGAIN_MS
				  : costs->pause_ms < AGAIN_MAX_MS ? costs->pause_ms * 2
								   : AGAIN_MAX_MS;
	costs->again_ms = clock_monotonic() + costs->pause_ms;
}
