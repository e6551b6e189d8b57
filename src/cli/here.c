/* SPDX-License-Identifier: ISC */
#include "cli/here.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/name-map.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/parameters.h"
#include "model/pipeline/pipeline.h"
#include "model/secret-binding.h"
#include "workspace/config.h"
#include "workspace/identity.h"
#include "workspace/secrets.h"
#include "cli/print.h"

struct checking {
	const struct workspace *workspace;
	const struct pipeline *pipeline;
	struct faults *faults;
	struct faults *warnings;
	bool only_warnings;    /* so of what is a fault, too */
	struct arena arena;    /* wiped: secrets are in it */
	struct name_map known; /* the secrets that were looked at */
};

static void
check_length(const struct checking *checking, const struct secret_place *place)
{
	size_t len = secret_length(checking->workspace, place->name);

	if (len > 0 && len < SECRET_GOOD_BYTES)
		fault_add(checking->warnings, place->where,
		    "warning: the secret '%s' has less than %d bytes: it is easy to guess, and "
		    "what equals it by chance is masked too",
		    place->name, SECRET_GOOD_BYTES);
}

static void
check_secret(void *context, const struct secret_place *place)
{
	struct checking *checking = context;
	struct strbuf err = STRBUF_INIT;

	if (!name_map_add(&checking->arena, &checking->known, place->name, 0))
		return;
	if (secret_read(checking->workspace, &checking->arena, place->name, &err) == NULL)
		fault_add(checking->faults, place->where, "%s", err.buf);
	if (err.len == 0 || checking->only_warnings)
		check_length(checking, place);
	strbuf_release(&err);
}

/* Each is there, can be read and trusted, and is long enough. */
static void
check_secrets(struct checking *checking)
{
	const struct pipeline *pipeline = checking->pipeline;

	for (size_t i = 0; i < pipeline->step_count; i++)
		pipeline_each_secret(
		    &checking->arena, pipeline, &pipeline->steps[i], check_secret, checking);
}

/* Each may be used by this pipeline, and sent where it would be. */
static void
check_bindings(struct checking *checking)
{
	const struct config *config = workspace_config(checking->workspace, NULL);
	const struct pipeline *pipeline = checking->pipeline;

	for (size_t i = 0; config != NULL && i < pipeline->step_count; i++) {
		const struct step *step = &pipeline->steps[i];
		const void *parameters = NULL;

		if (step->type == NULL)
			continue;
		parameters_read(&checking->arena, step->type, step->parameters, &parameters);
		secret_bindings_check(
		    config->secrets, pipeline, step, parameters, &check_written, checking->faults);
	}
}

/* A name may be on another machine, or come to be: that is no fault. */
static void
check_people(struct checking *checking)
{
	const struct pipeline *pipeline = checking->pipeline;

	for (size_t i = 0; i < pipeline->step_count; i++) {
		const struct value *list = pipeline->steps[i].approval.approvers;

		for (size_t j = 0; list != NULL && j < list->count; j++) {
			const char *name = value_text(list->items[j]);

			if (name != NULL && !identity_exists(name))
				fault_add(checking->warnings, list->items[j],
				    "warning: there is no %s '%s' on this system",
				    *name == '@' ? "group" : "user", name);
		}
	}
}

static void (*const checks[])(struct checking *) = {check_secrets, check_bindings, check_people};

void
here_check(const struct workspace *workspace, const struct pipeline *pipeline,
    struct faults *faults, struct faults *warnings)
{
	struct checking checking = {
	    .workspace = workspace, .pipeline = pipeline, .faults = faults, .warnings = warnings};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&checking);
	arena_wipe(&checking.arena);
}

void
here_warn(const struct workspace *workspace, const struct pipeline *pipeline)
{
	struct faults ignored, warnings;
	struct checking checking = {.workspace = workspace,
	    .pipeline = pipeline,
	    .faults = &ignored,
	    .warnings = &warnings,
	    .only_warnings = true};

	faults_init(&ignored, NULL);
	faults_init(&warnings, NULL);
	check_secrets(&checking);
	check_people(&checking);
	print_faults(&warnings);
	arena_wipe(&checking.arena);
	faults_release(&warnings);
	faults_release(&ignored);
}
