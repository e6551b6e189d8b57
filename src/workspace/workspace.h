/* SPDX-License-Identifier: ISC */
/* The workspace: the folder with pipelines/, state/ and executor_logs/. */
#ifndef WORKSPACE_WORKSPACE_H
#define WORKSPACE_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct arena;
struct faults;
struct pipeline;
struct step_type;
struct store;
struct strbuf;
struct value;

struct workspace {
	char *path; /* absolute */
	int root_fd;
	int state_fd;
	uid_t owner;	   /* of state/ */
	unsigned dir_mode; /* of new folders: 0700, or 02770 when state/ is shared with its group */
	unsigned file_mode;		      /* 0600 or 0660 */
	const struct step_type *const *types; /* the catalogue; ends in NULL */
	struct store *store;
};

#define PIPELINE_MAX_BYTES (1024 * 1024)

/*
 * Finds and opens the workspace: directory (of -C) when it is not NULL, else $SVCREQ_ROOT,
 * else the nearest of the working directory and its parents that has state/format.  types is the
 * program's catalogue, which is borrowed.  Returns 0, or -1 with err.
 */
int workspace_open(struct workspace *, const char *directory, const struct step_type *const *types,
    struct strbuf *err);
void workspace_close(struct workspace *);

/*
 * Makes a workspace in a folder (made too if need be); what is there stays.  *existed tells that
 * it was one already; it is an error when that is a private one that is to be shared, or one of a
 * format that is not known.  Returns 0, or -1 with err.
 */
int workspace_init(const char *directory, bool shared, bool *existed, struct strbuf *err);

/* executor_logs/, opened, and made when it is missing and make is true.  -1 with errno. */
int workspace_logs_fd(const struct workspace *, bool make);

/*
 * The "admins" of state/config.yaml: a list, or NULL in *out when the file or the key is
 * not there.
 */
int workspace_admins(
    const struct workspace *, struct arena *, const struct value **out, struct strbuf *err);

/*
 * Reads pipelines/<name>.yaml, .yml or .json; if there is no such file, the one whose
 * pipeline_name is that.  Returns 0 when the pipeline is usable; 1 when it has faults (in
 * faults); -1 with err when there is no such pipeline or it cannot be read.
 */
int workspace_pipeline(const struct workspace *, struct arena *, const char *name,
    struct pipeline *out, struct faults *, struct strbuf *err);
/* The same of one file, wherever it is (relative to the working directory). */
int pipeline_file_read(struct arena *, int dirfd, const char *path,
    const struct step_type *const *types, struct pipeline *out, struct faults *,
    struct strbuf *err);

/* The name that a file gives a pipeline which says none: without its folders and its ending. */
const char *pipeline_file_stem(struct arena *, const char *path);

/* The files of pipelines/ as "pipelines/x.yaml", sorted; in the arena. */
int workspace_pipeline_files(
    const struct workspace *, struct arena *, const char ***out, size_t *count, struct strbuf *err);

#endif
