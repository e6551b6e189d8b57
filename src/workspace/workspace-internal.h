/* SPDX-License-Identifier: ISC */
/* What the files of the workspace share, and nobody else knows. */
#ifndef WORKSPACE_WORKSPACE_INTERNAL_H
#define WORKSPACE_WORKSPACE_INTERNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "workspace/config.h"
#include "workspace/workspace.h"

/* state/config.yaml, once it is read. */
struct workspace_config {
	struct arena arena;
	struct config config;
	bool is_read;
};

struct workspace {
	char *path; /* absolute */
	int root_fd;
	int state_fd;
	uid_t owner; /* of state/ */
	bool shared; /* the group may write to state/, and then to what is made */
	const struct step_type *const *types; /* the catalogue, borrowed */
	struct store *store;
	struct workspace_config *config; /* owned */
};

#endif
