/* SPDX-License-Identifier: ISC */
#include "workspace/user-config.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/trust.h"
#include "base/value.h"
#include "base/yaml/yaml.h"

#define MAX_BYTES ((size_t)64 * 1024)

static const char *
absolute_variable(const char *name)
{
	const char *path = getenv(name);

	return path != NULL && *path == '/' ? path : NULL;
}

char *
user_config_path(void)
{
	/* on behalf of others the environment has been made anew: no other home gets here */
	const char *base = absolute_variable("XDG_CONFIG_HOME");
	const char *home = absolute_variable("HOME");
	const struct passwd *passwd;
	struct strbuf path = STRBUF_INIT;

	if (base == NULL && home == NULL) {
		passwd = getpwuid(geteuid());
		home = passwd == NULL ? "" : passwd->pw_dir;
	}
	if (base != NULL)
		strbuf_addstr(&path, base);
	else
		strbuf_addf(&path, "%s/.config", home);
	strbuf_addstr(&path, "/svcreq/config.yaml");
	return strbuf_detach(&path);
}

static int
fail_in(const char *file, const struct value *where, struct strbuf *err)
{
	return fail(err, "%s:%u:%u: 'safe_workspaces' must be absolute paths or '*'", file,
	    where->line, where->column);
}

/* Whether the workspace is that folder or below it. */
static bool
is_below(const char *workspace, const char *folder)
{
	char *real = realpath(folder, NULL);
	size_t len = real == NULL ? 0 : strlen(real);
	bool below = len > 0 && strncmp(workspace, real, len) == 0 &&
		     (real[len - 1] == '/' || workspace[len] == '/' || workspace[len] == '\0');

	free(real);
	return below;
}

/* Every entry is checked, so that a fault shows whichever workspace is asked for. */
static int
find_safe(const char *file, const struct value *list, const char *workspace, struct strbuf *err)
{
	size_t count = list->type == VALUE_LIST ? list->count : 1;
	int listed = 0;

	for (size_t i = 0; i < count; i++) {
		const struct value *item = list->type == VALUE_LIST ? list->items[i] : list;
		const char *path = value_text(item);

		if (path == NULL || (*path != '/' && strcmp(path, "*") != 0))
			return fail_in(file, item, err);
		if (*path == '*' || is_below(workspace, path))
			listed = 1;
	}
	return listed;
}

static int
fail_unknown(const char *file, const struct value *key, struct strbuf *err)
{
	struct suggestion near;

	suggest_init(&near, key->text);
	suggest_offer(&near, "safe_workspaces");
	return fail(err, "%s:%u:%u: unknown key '%s'%s", file, key->line, key->column, key->text,
	    suggest_text(&near));
}

static int
search(const char *file, const struct value *document, const char *workspace, struct strbuf *err)
{
	int listed = 0;

	if (document->type == VALUE_NULL)
		return 0;
	if (document->type != VALUE_MAP)
		return fail(err,
		    "%s:%u:%u: it must be a map, as 'safe_workspaces: [/srv/requests]'", file,
		    document->line, document->column);
	for (size_t i = 0; i < document->count; i++) {
		const struct value_pair *pair = &document->pairs[i];

		if (strcmp(pair->key->text, "safe_workspaces") != 0)
			return fail_unknown(file, pair->key, err);
		listed = find_safe(file, pair->value, workspace, err);
		if (listed < 0)
			return -1;
	}
	return listed;
}

/* Reads a file of the user's or root's.  Returns 0, 1 when there is none, or -1 with err. */
static int
read_own(const char *file, struct strbuf *out, struct strbuf *err)
{
	struct trust trust = {.owner = geteuid(), .fault = STRBUF_INIT};
	int top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = trust_read_path(&trust, top, file, TRUST_OWN_FILE, MAX_BYTES, out);

	/* $HOME may be that of the user who became this one */
	if (result != 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		result = 1;
	else if (result != 0)
		trust_fail(&trust, err, "cannot read '%s'", file);
	file_close_quietly(top);
	trust_release(&trust);
	return result;
}

int
user_config_lists(const char *file, const char *workspace, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	struct strbuf text = STRBUF_INIT;
	struct value *document = NULL;
	int result = read_own(file, &text, err);

	if (result > 0)
		result = 0;
	else if (result == 0)
		result = yaml_read(&arena, file, text.buf, text.len, &document, err) != 0
			     ? -1
			     : search(file, document, workspace, err);
	strbuf_release(&text);
	arena_release(&arena);
	return result;
}
