/* SPDX-License-Identifier: ISC */
#include "base/shell.h"

#include <string.h>

#include "base/strbuf.h"

static const char plain[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:,=@%+";

void
shell_add_word(struct strbuf *out, const char *word)
{
	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		strbuf_addstr(out, word);
		return;
	}
	strbuf_addch(out, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			strbuf_addstr(out, "'\\''");
		else
			strbuf_addch(out, *word);
	}
	strbuf_addch(out, '\'');
}
