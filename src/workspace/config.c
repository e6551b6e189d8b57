/* SPDX-License-Identifier: ISC */
#include "workspace/config.h"

#include <errno.h>
#include <string.h>

#include "base/origin.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/user-name.h"
#include "base/value.h"
#include "base/yaml/yaml.h"
#include "model/request/step-plan.h"
#include "workspace/workspace-internal.h"

#define CONFIG_NAME	 "state/config.yaml"
#define CONFIG_MAX_BYTES ((size_t)64 * 1024)

static int
fail_in_config(struct strbuf *err, const struct value *where, const char *message)
{
	return fail(err, CONFIG_NAME ":%u:%u: %s", where->line, where->column, message);
}

static int
fail_unknown(struct strbuf *err, const struct value *key, struct suggestion *near)
{
	return fail(err, CONFIG_NAME ":%u:%u: unknown key '%s'%s", key->line, key->column,
	    key->text, suggest_text(near));
}

/* Each reads the value of one key into the config.  Returns 0, or -1 with err. */

static int
check_name(const struct value *item, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	int ret = user_name_check(item->text, &why);

	if (ret != 0)
		fail(err, CONFIG_NAME ":%u:%u: '%s' cannot be a user name or @group: %s",
		    item->line, item->column, item->text, why.buf);
	strbuf_release(&why);
	return ret;
}

static int
read_admins(const struct value *value, struct config *out, struct strbuf *err)
{
	if (value->type != VALUE_LIST)
		return fail_in_config(err, value, "'admins' must be a list of users and @groups");
	for (size_t i = 0; i < value->count; i++) {
		const char *name = value_text(value->items[i]);

		if (name == NULL)
			return fail_in_config(
			    err, value->items[i], "an admin must be a user or an @group");
		if (check_name(value->items[i], err) != 0)
			return -1;
	}
	out->admins = value;
	return 0;
}

static int
read_authors(const struct value *value, struct config *out, struct strbuf *err)
{
	const char *group = value_text(value);

	if (group == NULL || group[0] != '@' || group[1] == '\0')
		return fail_in_config(err, value,
		    "'authors' must be the group of those who write pipelines, \"@group\"");
	if (check_name(value, err) != 0)
		return -1;
	out->authors = group + 1;
	return 0;
}

static int
read_owner(const struct value *value, struct config *out, struct strbuf *err)
{
	const char *kind = value_text(value);

	if (kind == NULL || (strcmp(kind, "service") != 0 && strcmp(kind, "person") != 0))
		return fail_in_config(err, value, "'owner' must be 'person' or 'service'");
	out->service = strcmp(kind, "service") == 0;
	return 0;
}

static int
read_text(const struct value *value, const char *fault, const char **out, struct strbuf *err)
{
	*out = value_text(value);
	return *out != NULL && **out != '\0' ? 0 : fail_in_config(err, value, fault);
}

static int
read_proxy(const struct value *value, struct config *out, struct strbuf *err)
{
	return read_text(value, "'proxy' must be the URL of a proxy", &out->proxy, err);
}

static int
read_no_proxy(const struct value *value, struct config *out, struct strbuf *err)
{
	return read_text(value, "'no_proxy' must be hosts and domains, separated by commas",
	    &out->no_proxy, err);
}

static int
check_texts(const struct value *list, const char *fault, struct strbuf *err)
{
	if (list->type != VALUE_LIST)
		return fail_in_config(err, list, fault);
	for (size_t i = 0; i < list->count; i++) {
		const char *text = value_text(list->items[i]);

		if (text == NULL || *text == '\0')
			return fail_in_config(err, list->items[i], fault);
	}
	return 0;
}

static int
check_origins(const struct value *list, struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	int ret =
	    check_texts(list, "'origins' must be a list such as [https://api.example.org]", err);

	for (size_t i = 0; ret == 0 && i < list->count; i++) {
		const struct value *item = list->items[i];

		if (origin_check(item->text, &why) != 0)
			ret = fail(err,
			    CONFIG_NAME ":%u:%u: '%s' is no origin, such as "
					"https://api.example.org:8443: %s",
			    item->line, item->column, item->text, why.buf);
	}
	strbuf_release(&why);
	return ret;
}

static int
check_binding(const struct value *binding, struct strbuf *err)
{
	if (binding->type != VALUE_MAP)
		return fail_in_config(
		    err, binding, "a secret is bound by a map with 'origins' and 'pipelines'");
	for (size_t i = 0; i < binding->count; i++) {
		const struct value *key = binding->pairs[i].key, *list = binding->pairs[i].value;
		struct suggestion near;
		int result;

		suggest_init(&near, key->text);
		suggest_offer(&near, "origins");
		suggest_offer(&near, "pipelines");
		if (strcmp(key->text, "origins") == 0)
			result = check_origins(list, err);
		else if (strcmp(key->text, "pipelines") == 0)
			result =
			    check_texts(list, "'pipelines' must be a list of their names", err);
		else
			result = fail_unknown(err, key, &near);
		if (result != 0)
			return -1;
	}
	return 0;
}

static int
read_secrets(const struct value *value, struct config *out, struct strbuf *err)
{
	if (value->type != VALUE_MAP)
		return fail_in_config(err, value,
		    "'secrets' must be a map from names of secrets to what they are for");
	for (size_t i = 0; i < value->count; i++) {
		if (check_binding(value->pairs[i].value, err) != 0)
			return -1;
	}
	out->secrets = value;
	return 0;
}

static const struct config_key {
	const char *name;
	int (*read)(const struct value *, struct config *, struct strbuf *err);
} keys[] = {
    {"admins", read_admins},
    {"authors", read_authors},
    {"owner", read_owner},
    {"secrets", read_secrets},
    {"proxy", read_proxy},
    {"no_proxy", read_no_proxy},
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static int
read_key(const struct value *key, const struct value *value, struct config *out, struct strbuf *err)
{
	struct suggestion near;

	suggest_init(&near, key->text);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(keys[i].name, key->text) == 0)
			return keys[i].read(value, out, err);
		suggest_offer(&near, keys[i].name);
	}
	return fail_unknown(err, key, &near);
}

static int
read_document(const struct value *document, struct config *out, struct strbuf *err)
{
	if (document->type == VALUE_NULL)
		return 0;
	if (document->type != VALUE_MAP)
		return fail_in_config(err, document, "it must be a map, as 'admins: [alice]'");
	for (size_t i = 0; i < document->count; i++) {
		const struct value_pair *pair = &document->pairs[i];

		if (read_key(pair->key, pair->value, out, err) != 0)
			return -1;
	}
	return 0;
}

const struct config *
workspace_config(const struct workspace *workspace, struct strbuf *err)
{
	struct workspace_config *kept = workspace->config;
	struct strbuf text = STRBUF_INIT;
	struct value *document = NULL;
	int result = 0;

	if (kept->is_read)
		return &kept->config;
	kept->config = (struct config){0};
	if (trust_read(workspace->trust, workspace->state_fd, "config.yaml", TRUST_OWN_FILE,
		CONFIG_NAME, CONFIG_MAX_BYTES, &text) != 0) {
		if (errno != ENOENT)
			result = trust_fail(workspace->trust, err, "cannot read '" CONFIG_NAME "'");
	} else if (yaml_read(&kept->arena, CONFIG_NAME, text.buf, text.len, &document, err) != 0 ||
		   read_document(document, &kept->config, err) != 0) {
		result = -1;
	}
	strbuf_release(&text);
	kept->is_read = result == 0;
	return result == 0 ? &kept->config : NULL;
}

int
workspace_defaults(const struct workspace *workspace, struct step_defaults *out, struct strbuf *err)
{
	const struct config *config = workspace_config(workspace, err);

	if (config == NULL)
		return -1;
	*out = (struct step_defaults){.proxy = config->proxy, .no_proxy = config->no_proxy};
	return 0;
}
