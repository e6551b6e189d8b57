/* SPDX-License-Identifier: ISC */
#include "base/yaml/yaml-scalar.h"

#include <stddef.h>
#include <string.h>

#include "base/json/json.h"
#include "base/value.h"

struct word {
	const char *text;
	enum value_type type;
	bool boolean;
};

static const struct word words[] = {
    {"", VALUE_NULL, false},
    {"~", VALUE_NULL, false},
    {"null", VALUE_NULL, false},
    {"Null", VALUE_NULL, false},
    {"NULL", VALUE_NULL, false},
    {"true", VALUE_BOOLEAN, true},
    {"True", VALUE_BOOLEAN, true},
    {"TRUE", VALUE_BOOLEAN, true},
    {"false", VALUE_BOOLEAN, false},
    {"False", VALUE_BOOLEAN, false},
    {"FALSE", VALUE_BOOLEAN, false},
};

struct tag {
	const char *name;
	enum value_type type;
};

#define CORE "tag:yaml.org,2002:"

static const struct tag tags[] = {
    {CORE "str", VALUE_STRING},
    {CORE "null", VALUE_NULL},
    {CORE "bool", VALUE_BOOLEAN},
    {CORE "int", VALUE_NUMBER},
    {CORE "float", VALUE_NUMBER},
    {CORE "seq", VALUE_LIST},
    {CORE "map", VALUE_MAP},
    {"!", VALUE_STRING},
    {"!", VALUE_LIST},
    {"!", VALUE_MAP},
};

void
yaml_resolve(struct value *value)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].text, value->text) == 0) {
			value->type = words[i].type;
			value->boolean = words[i].boolean;
			value->text = NULL;
			return;
		}
	}
	/* Numbers are what JSON can say as well: 0x1F, .5 and 012 stay strings. */
	if (json_is_number(value->text, strlen(value->text)))
		value->type = VALUE_NUMBER;
}

bool
yaml_tag_fits(const struct value *value, const char *tag)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		if (tags[i].type == value->type && strcmp(tags[i].name, tag) == 0)
			return true;
	}
	return false;
}

bool
yaml_resolve_tag(struct value *value, const char *tag)
{
	const char *text = value->text;

	if (yaml_tag_fits(value, tag))
		return true;
	yaml_resolve(value);
	if (value->type == VALUE_NUMBER && strpbrk(text, ".eE") && strcmp(tag, CORE "int") == 0)
		return false;
	return value->type != VALUE_STRING && yaml_tag_fits(value, tag);
}
