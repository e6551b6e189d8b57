/* SPDX-License-Identifier: ISC */
#include "workspace/pipelines.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/disk.h"
#include "base/document.h"
#include "base/faults.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/trust.h"
#include "base/value.h"
#include "model/pipeline/pipeline.h"
#include "model/pipeline/reuse.h"
#include "workspace/workspace-internal.h"

#define FOLDER		   "pipelines"
#define PIPELINE_MAX_MIB   1
#define PIPELINE_MAX_BYTES ((size_t)PIPELINE_MAX_MIB << 20)

static const char *const suffixes[] = {".yaml", ".yml", ".json"};

#define SUFFIX_COUNT (sizeof(suffixes) / sizeof(suffixes[0]))

/* Returns the length without the suffix; 0: it is not the name of a pipeline's file. */
static size_t
stem_length(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < SUFFIX_COUNT; i++) {
		size_t suffix = strlen(suffixes[i]);

		if (len > suffix && strcmp(name + len - suffix, suffixes[i]) == 0)
			return len - suffix;
	}
	return 0;
}

const char *
pipelines_stem(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	size_t len = stem_length(name);

	return arena_strndup(arena, name, len > 0 ? len : strlen(name));
}

/* Those who may write pipelines, too.  Returns 0, or -1 with err. */
static int
know_authors(const struct workspace *workspace, struct strbuf *err)
{
	const struct config *config = workspace_config(workspace, err);
	const struct group *group;

	if (config == NULL)
		return -1;
	if (config->authors == NULL || workspace->trust->has_authors)
		return 0;
	group = getgrnam(config->authors);
	if (group == NULL)
		return fail(err,
		    "the 'authors' of state/config.yaml are a group that this system does not "
		    "have: '%s'",
		    config->authors);
	workspace->trust->has_authors = true;
	workspace->trust->authors = group->gr_gid;
	return 0;
}

static bool
is_standard_input(const struct workspace *workspace, const char *path)
{
	return workspace == NULL && strcmp(path, "-") == 0;
}

/* Appends the file.  Without a workspace it is whoever runs the program who vouches for it. */
static int
read_text(const struct workspace *workspace, const char *path, struct strbuf *out)
{
	if (is_standard_input(workspace, path))
		return file_read_fd(STDIN_FILENO, PIPELINE_MAX_BYTES, out);
	if (workspace == NULL)
		return file_read(AT_FDCWD, path, PIPELINE_MAX_BYTES, out);
	return trust_read_path(workspace->trust, workspace->root_fd, path, TRUST_AUTHORS_FILE,
	    PIPELINE_MAX_BYTES, out);
}

/* Returns 0, 1 with faults in the text and no document, or -1 with errno. */
static int
read_document(struct arena *arena, const struct workspace *workspace, const char *path,
    struct value **document, struct faults *faults)
{
	struct strbuf text = STRBUF_INIT;
	int result = 0, reason;

	if (read_text(workspace, path, &text) != 0) {
		result = -1;
		if (errno == EFBIG) {
			fault_add(faults, NULL, "larger than %d MiB", PIPELINE_MAX_MIB);
			result = 1;
		}
	} else if (document_read(arena, path, text.buf, text.len, document, faults) != 0) {
		result = 1;
	}
	reason = errno;
	strbuf_release(&text);
	errno = reason;
	return result;
}

static int
fail_read(const struct workspace *workspace, const char *path, struct strbuf *err)
{
	struct stat st;

	if (workspace != NULL)
		return trust_fail(workspace->trust, err, "cannot read '%s'", path);
	/* file_read() says EINVAL of all that is no regular file. */
	if (errno != EINVAL)
		return fail_errno(err, "cannot read '%s'", path);
	return fail(err, "cannot read '%s': it is %s", path,
	    stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
}

/* What the workspace says once for all pipelines.  Returns 0, or -1 with err. */
static int
read_reuse(const struct workspace *workspace, struct reuse *out, struct strbuf *err)
{
	const struct config *config;

	*out = (struct reuse){.unknown = workspace == NULL};
	if (workspace == NULL)
		return 0;
	config = workspace_config(workspace, err);
	if (config == NULL)
		return -1;
	out->vars = config->vars;
	out->defaults = config->defaults;
	return 0;
}

int
pipelines_read(const struct workspace *workspace, struct arena *arena, const char *path,
    const struct step_type *const *types, struct pipeline *out, struct faults *faults,
    struct strbuf *err)
{
	struct value *document = NULL;
	size_t before = faults->count;
	struct reuse reuse;
	int result;

	faults->file = is_standard_input(workspace, path) ? "<stdin>" : arena_strdup(arena, path);
	if (workspace != NULL && know_authors(workspace, err) != 0)
		return -1;
	if (read_reuse(workspace, &reuse, err) != 0)
		return -1;
	result = read_document(arena, workspace, path, &document, faults);
	if (result < 0)
		return fail_read(workspace, path, err);
	if (result != 0)
		return result;
	document = reuse_resolve(arena, document, &reuse, types, faults);
	pipeline_check(arena, document, pipelines_stem(arena, path), types, out, faults);
	return faults->count > before;
}

static int
compare_paths(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Adds the paths of an open folder.  Returns 0, or -1 with errno. */
static int
read_folder(int fd, struct arena *arena, const char ***paths, size_t *count)
{
	DIR *dir = disk_entries(fd);
	const char *name;
	size_t capacity = 0;
	int reason;

	if (dir == NULL)
		return -1;
	while ((name = disk_next_entry(dir)) != NULL) {
		if (stem_length(name) == 0)
			continue;
		ARENA_GROW(arena, *paths, *count, capacity);
		(*paths)[(*count)++] = arena_printf(arena, FOLDER "/%s", name);
	}
	reason = errno;
	closedir(dir);
	errno = reason;
	return reason == 0 ? 0 : -1;
}

int
pipelines_list(const struct workspace *workspace, struct arena *arena, const char ***out,
    size_t *count, struct strbuf *err)
{
	const char **paths = NULL;
	size_t found = 0;
	int fd, result;

	if (know_authors(workspace, err) != 0)
		return -1;
	fd = trust_open_path(workspace->trust, workspace->root_fd, FOLDER, TRUST_AUTHORS_FOLDER);
	/* A workspace without the folder is one without pipelines. */
	result = fd >= 0 ? read_folder(fd, arena, &paths, &found) : errno == ENOENT ? 0 : -1;
	if (fd >= 0)
		file_close_quietly(fd);
	if (result != 0)
		return trust_fail(workspace->trust, err, "cannot list '" FOLDER "'");
	if (found > 0)
		qsort(paths, found, sizeof(*paths), compare_paths);
	*out = paths;
	*count = found;
	return 0;
}

/* A search by name. */
struct search {
	const char *name;
	const char *path; /* of the file that has it; NULL: none */
	struct suggestion suggestion;
};

static int
search_hit(struct search *search, const char *path, struct strbuf *err)
{
	if (search->path != NULL)
		return fail(err, "two files define the pipeline '%s': '%s' and '%s'", search->name,
		    search->path, path);
	search->path = path;
	return 0;
}

/* Returns the pipeline_name in a file; NULL: it has none, or cannot be read that far. */
static const char *
name_inside(struct arena *arena, const struct workspace *workspace, const char *path)
{
	struct value *document = NULL;
	const char *name = NULL;
	struct faults ignored;

	faults_init(&ignored, NULL);
	if (read_document(arena, workspace, path, &document, &ignored) == 0)
		name = value_text(value_map_get(document, "pipeline_name"));
	faults_release(&ignored);
	return name;
}

static int
search_pipelines(struct search *search, const struct workspace *workspace, struct arena *arena,
    struct strbuf *err)
{
	const char **paths = NULL;
	size_t count = 0;

	if (pipelines_list(workspace, arena, &paths, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *stem = pipelines_stem(arena, paths[i]);

		suggest_offer(&search->suggestion, stem);
		if (strcmp(stem, search->name) == 0 && search_hit(search, paths[i], err) != 0)
			return -1;
	}
	if (search->path != NULL)
		return 0;
	for (size_t i = 0; i < count; i++) {
		const char *inside = name_inside(arena, workspace, paths[i]);

		if (inside == NULL)
			continue;
		suggest_offer(&search->suggestion, inside);
		if (strcmp(inside, search->name) == 0 && search_hit(search, paths[i], err) != 0)
			return -1;
	}
	return 0;
}

int
pipelines_find(const struct workspace *workspace, struct arena *arena, const char *name,
    struct pipeline *out, struct faults *faults, struct strbuf *err)
{
	struct search search = {.name = name};

	/* Whoever typed the file's name gets its pipeline suggested. */
	suggest_init(&search.suggestion, pipelines_stem(arena, name));
	if (search_pipelines(&search, workspace, arena, err) != 0)
		return -1;
	if (search.path != NULL)
		return pipelines_read(
		    workspace, arena, search.path, workspace->types, out, faults, err);
	return fail(err, "no such pipeline: '%s'%s", name, suggest_text(&search.suggestion));
}
