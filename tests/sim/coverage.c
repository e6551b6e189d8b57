/* SPDX-License-Identifier: ISC */
/* What has happened in a whole run.  A fault that never was met was not tested. */
#include <inttypes.h>
#include <stdio.h>

#include "sim.h"

static const char *const texts[] = {
#define MARK(name, text) text,
    MARKS
#undef MARK
};

static const char *const operations[] = {
    [MEMORY_CREATE] = "create",
    [MEMORY_READ] = "read",
    [MEMORY_LIST] = "list",
    [MEMORY_APPEND] = "append",
    [MEMORY_APPEND_ALL] = "batch",
    [MEMORY_LOCK] = "lock",
    [MEMORY_RENEW] = "renew",
    [MEMORY_UNLOCK] = "unlock",
    [MEMORY_LOG] = "log",
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static uint64_t marks[MARK_COUNT];
static uint64_t kills[OPERATIONS][2], failures[OPERATIONS][2];

void
cover(enum mark mark)
{
	marks[mark]++;
}

void
cover_fault(enum memory_operation operation, enum memory_fault fault, bool after)
{
	(fault == MEMORY_KILL ? kills : failures)[operation][after ? 1 : 0]++;
}

static size_t
report(const char *text, uint64_t count, bool all)
{
	if (all || count == 0)
		printf("%10" PRIu64 "  %s%s\n", count, text, count == 0 ? ": NEVER" : "");
	return count == 0 ? 1 : 0;
}

size_t
coverage_report(bool all)
{
	size_t missing = 0;
	char text[64];

	for (size_t i = 0; i < MARK_COUNT; i++)
		missing += report(texts[i], marks[i], all);
	for (size_t i = 0; i < 2 * OPERATIONS; i++) {
		size_t operation = i / 2, after = i % 2;
		const char *when = after == 1 ? "after" : "before";

		snprintf(
		    text, sizeof(text), "a process is killed %s: %s", when, operations[operation]);
		missing += report(text, kills[operation][after], all);
		if (operation == MEMORY_UNLOCK) /* cannot fail */
			continue;
		snprintf(text, sizeof(text), "the store fails %s: %s", when, operations[operation]);
		missing += report(text, failures[operation][after], all);
	}
	return missing;
}
