/* SPDX-License-Identifier: ISC */
/* The files of pipelines/: *.yaml, *.yml and *.json. */
#ifndef WORKSPACE_PIPELINES_H
#define WORKSPACE_PIPELINES_H

#include <stddef.h>

struct arena;
struct faults;
struct pipeline;
struct step_type;
struct strbuf;
struct workspace;

/* Lists the files as "pipelines/x.yaml", sorted; in the arena.  Returns 0, or -1 with err. */
int pipelines_list(
    const struct workspace *, struct arena *, const char ***out, size_t *count, struct strbuf *err);
/*
 * Reads the pipeline of that name: the file <name>.yaml, .yml or .json; if there is none, the file
 * whose pipeline_name it is.  Returns 0 when the pipeline is usable, 1 when it has faults (added
 * to faults), or -1 with err when there is no such pipeline, two files define it, or its file
 * cannot be read.
 */
int pipelines_find(const struct workspace *, struct arena *, const char *name, struct pipeline *out,
    struct faults *, struct strbuf *err);
/*
 * Reads one file: a path from pipelines_list(), or with NULL for the workspace any path, relative
 * to the working directory, or "-" for standard input.  types is the catalogue of its steps.  Returns as pipelines_find().
 */
int pipelines_read(const struct workspace *, struct arena *, const char *path,
    const struct step_type *const *types, struct pipeline *out, struct faults *,
    struct strbuf *err);
/* Returns the name of a pipeline whose file gives none: the file's, without folders and ending. */
const char *pipelines_stem(struct arena *, const char *path);

#endif
