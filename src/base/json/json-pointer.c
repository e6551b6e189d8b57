/* SPDX-License-Identifier: ISC */
#include "base/json/json-pointer.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/value.h"

/* Takes the next reference token off the pointer, with ~1 and ~0 decoded.  False: a bad escape. */
static bool
next_token(const char **pointer, struct strbuf *token)
{
	const char *p = *pointer + 1; /* behind the '/' */

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

/* The index of a list: digits without a leading zero. */
static const struct value *
list_item(const struct value *list, const char *token)
{
	size_t len = strlen(token);
	unsigned long long index;

	if (len == 0 || len > 18 || (token[0] == '0' && len > 1))
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)token[i]))
			return NULL;
	}
	index = strtoull(token, NULL, 10);
	return index < list->count ? list->items[index] : NULL;
}

const struct value *
json_pointer_find(const struct value *root, const char *pointer)
{
	struct strbuf token = STRBUF_INIT;

	while (root != NULL && *pointer != '\0') {
		if (*pointer != '/' || !next_token(&pointer, &token))
			root = NULL;
		else if (root->type == VALUE_LIST)
			root = list_item(root, token.buf);
		else
			root = value_map_get(root, token.buf);
	}
	strbuf_release(&token);
	return root;
}
