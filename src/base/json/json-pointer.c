/* SPDX-License-Identifier: ISC */
#include "base/json/json-pointer.h"

#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "base/value.h"

bool
json_pointer_next(const char **pointer, struct strbuf *token)
{
	const char *p = *pointer + 1; /* after the '/' */

	strbuf_reset(token);
	for (; *p != '\0' && *p != '/'; p++) {
		if (*p != '~') {
			strbuf_addch(token, *p);
			continue;
		}
		p++;
		if (*p != '0' && *p != '1')
			return false;
		strbuf_addch(token, *p == '1' ? '/' : '~');
	}
	*pointer = p;
	return true;
}

bool
json_pointer_valid(const char *pointer)
{
	if (*pointer != '\0' && *pointer != '/')
		return false;
	for (const char *p = strchr(pointer, '~'); p != NULL; p = strchr(p + 1, '~')) {
		if (p[1] != '0' && p[1] != '1')
			return false;
	}
	return true;
}

static const struct value *
list_item(const struct value *list, const char *token)
{
	uint64_t index;

	if (list->count == 0 || !number_parse(token, list->count - 1, &index))
		return NULL;
	return list->items[index];
}

const struct value *
json_pointer_find(const struct value *root, const char *pointer)
{
	struct strbuf token = STRBUF_INIT;

	while (root != NULL && *pointer != '\0') {
		if (*pointer != '/' || !json_pointer_next(&pointer, &token))
			root = NULL;
		else if (root->type == VALUE_LIST)
			root = list_item(root, token.buf);
		else
			root = value_map_get(root, token.buf);
	}
	strbuf_release(&token);
	return root;
}
