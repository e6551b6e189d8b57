/* SPDX-License-Identifier: ISC */
#include "workspace/program-name.h"

#include <stdlib.h>
#include <string.h>

#include "base/shell.h"
#include "base/strbuf.h"

bool
program_name_is_fit(const char *name)
{
	static const char fit[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_. ";
	size_t len = strlen(name);

	return strspn(name, fit) == len && strspn(name, " ") < len && len <= PROGRAM_NAME_BYTES;
}

void
program_name_add(struct strbuf *out, const char *directory)
{
	const char *name = getenv("SVCREQ_NAME");

	if (name != NULL && program_name_is_fit(name)) {
		strbuf_addstr(out, name);
		return;
	}
	strbuf_addstr(out, PROGRAM_NAME);
	if (directory != NULL) {
		strbuf_addstr(out, " -C ");
		shell_add_word(out, directory);
	}
}
