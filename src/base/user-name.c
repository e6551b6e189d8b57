/* SPDX-License-Identifier: ISC */
#include "base/user-name.h"

#include <stdint.h>
#include <string.h>

#include "base/number.h"
#include "base/strbuf.h"
#include "base/utf8.h"

/* The largest number stands for "no user". */
#define NUMBER_MAX ((uint64_t)UINT32_MAX - 1)

/* Returns what is wrong with a character of a name; NULL: nothing. */
static const char *
character_fault(long code_point)
{
	switch (code_point) {
	case ':':
		return "a name has no ':' in it";
	case ',':
		return "a name has no ',' in it: several are a list";
	case '@':
		return "a name has no second '@'";
	case -1:
		return "it is not UTF-8";
	case ' ':
		return NULL;
	default:
		return utf8_is_hidden((unsigned long)code_point)
			   ? "a name has no control character and no invisible one in it"
			   : NULL;
	}
}

static const char *
name_fault(const char *name, bool is_group)
{
	size_t len = strlen(name), used, signs = is_group ? 1 : 0;
	uint64_t number;

	if (len == 0)
		return "there is no name";
	if (name[0] == ' ' || name[len - 1] == ' ')
		return "there is a space at an end of the name";
	if (name[0] == '#' && !number_parse(name + 1, NUMBER_MAX, &number))
		return "'#' is followed by a number";
	for (size_t i = 0; i < len; i += used) {
		long code_point = utf8_decode(name + i, len - i, &used);

		/* the first may be that of a directory: alice@example.org */
		if (code_point == '@' && signs++ == 0)
			continue;
		if (character_fault(code_point) != NULL)
			return character_fault(code_point);
	}
	return NULL;
}

int
user_name_check(const char *text, struct strbuf *err)
{
	bool is_group = text[0] == '@';
	const char *fault = name_fault(text + (is_group ? 1 : 0), is_group);

	return fault == NULL ? 0 : fail(err, "%s", fault);
}

bool
user_name_is_number(const char *text, uid_t number)
{
	uint64_t given;

	return text[0] == '#' && number_parse(text + 1, NUMBER_MAX, &given) && given == number;
}
