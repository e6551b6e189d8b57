/* SPDX-License-Identifier: ISC */
/* state/config.yaml.  In a file of its own, so that svcreq-run is linked without a YAML reader. */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "base/yaml/yaml.h"
#include "workspace/workspace-internal.h"

#define CONFIG_NAME	 "state/config.yaml"
#define CONFIG_MAX_BYTES ((size_t)64 * 1024)

static int
fail_in_config(struct strbuf *err, const struct value *where, const char *message)
{
	return fail(err, CONFIG_NAME ":%u:%u: %s", where->line, where->column, message);
}

static int
check_admins(const struct value *admins, struct strbuf *err)
{
	if (admins->type != VALUE_LIST)
		return fail_in_config(err, admins, "'admins' must be a list of users and @groups");
	for (size_t i = 0; i < admins->count; i++) {
		const char *name = value_text(admins->items[i]);

		if (name == NULL || *name == '\0')
			return fail_in_config(
			    err, admins->items[i], "an admin must be a user or an @group");
	}
	return 0;
}

/* Reports the list of "admins" as the document has it; NULL: there is none. */
static int
check_config(const struct value *config, const struct value **admins, struct strbuf *err)
{
	if (config->type == VALUE_NULL)
		return 0;
	if (config->type != VALUE_MAP)
		return fail_in_config(err, config, "it must be a map, as 'admins: [alice]'");
	for (size_t i = 0; i < config->count; i++) {
		const struct value *key = config->pairs[i].key;
		struct suggestion suggestion;

		if (strcmp(key->text, "admins") == 0) {
			*admins = config->pairs[i].value;
			continue;
		}
		suggest_init(&suggestion, key->text);
		suggest_offer(&suggestion, "admins");
		return fail(err, CONFIG_NAME ":%u:%u: unknown key '%s'%s", key->line, key->column,
		    key->text, suggest_text(&suggestion));
	}
	return *admins == NULL ? 0 : check_admins(*admins, err);
}

int
workspace_admins(const struct workspace *workspace, struct arena *arena, const struct value **out,
    struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT;
	struct value *config = NULL;
	const struct value *admins = NULL;
	int result = 0;

	if (file_read(workspace->state_fd, "config.yaml", CONFIG_MAX_BYTES, &text) != 0) {
		if (errno != ENOENT)
			result = fail_errno(err, "cannot read '" CONFIG_NAME "'");
	} else if (yaml_read(arena, CONFIG_NAME, text.buf, text.len, &config, err) != 0 ||
		   check_config(config, &admins, err) != 0) {
		result = -1;
	}
	strbuf_release(&text);
	if (result == 0)
		*out = admins;
	return result;
}
