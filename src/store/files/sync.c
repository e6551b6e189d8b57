/* SPDX-License-Identifier: ISC */
/*
 * How a group gets on disk: by two syncfs(), one for the texts and one for the names, or by an
 * fsync() for each file and folder, several at a time.
 */
#include "base/clock.h"
#include "base/disk.h"
#include "store/files/internal.h"

/* Fewer are not worth two waits for the whole file system. */
#define TOGETHER_MIN 3
/* What one costs where nothing is known yet. */
#define EACH_US 500
/* After how long what was expensive is tried again. */
#define AGAIN_MS 1000

bool
sync_is_together(struct sync_costs *costs, size_t count)
{
	int64_t each_us = costs->each_us == 0 ? EACH_US : costs->each_us;

	if (count < TOGETHER_MIN || !disk_syncfs_reports())
		return false;
	return costs->together_us <= (int64_t)count * each_us ||
	       clock_monotonic() >= costs->again_ms;
}

void
sync_has_taken(struct sync_costs *costs, bool together, size_t count, int64_t us)
{
	if (together) {
		costs->together_us = us;
		costs->again_ms = clock_monotonic() + AGAIN_MS;
	} else if (count > 0) {
		costs->each_us =
		    (3 * costs->each_us + us / (int64_t)count) / (costs->each_us > 0 ? 4 : 1);
	}
}
