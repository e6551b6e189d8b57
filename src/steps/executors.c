/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>

#include "steps/executor.h"

/* A line for each type: the struct executor_<name> of its file <name>-run.c. */
#define EXECUTORS     \
	EXECUTOR(api) \
	EXECUTOR(approval)

#define EXECUTOR(name) extern const struct step_executor executor_##name;
EXECUTORS
#undef EXECUTOR

#define EXECUTOR(name) &executor_##name,
static const struct step_executor *const executors[] = {EXECUTORS NULL};

const struct step_executor *
executor_find(const char *step_type)
{
	for (size_t i = 0; executors[i] != NULL; i++) {
		if (strcmp(executors[i]->step_type, step_type) == 0)
			return executors[i];
	}
	return NULL;
}
