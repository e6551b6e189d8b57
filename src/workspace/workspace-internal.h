/* SPDX-License-Identifier: ISC */
/* What the files of the workspace share, and nobody else knows. */
#ifndef WORKSPACE_WORKSPACE_INTERNAL_H
#define WORKSPACE_WORKSPACE_INTERNAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/trust.h"
#include "workspace/config.h"
#include "workspace/workspace.h"

/* state/config.yaml, once it is read. */
struct workspace_config {
	struct arena arena;
	struct config config;
	bool is_read;
};

struct workspace {
	char *path;	   /* absolute */
	bool named;	   /* by -C or $SVCREQ_ROOT, not found by walking up */
	char *user_config; /* the path of the user's own configuration; owned */
	int root_fd;
	int state_fd;
	struct trust *trust;		      /* owned; what is opened below is checked by it */
	const struct step_type *const *types; /* the catalogue, borrowed */
	struct store *store;
	struct workspace_config *config; /* owned */
};

#endif
