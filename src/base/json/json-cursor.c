/* SPDX-License-Identifier: ISC */
#include "base/json/json-cursor.h"

#include <string.h>

#include "base/faults.h"
#include "base/strbuf.h"
#include "base/utf8.h"

void
json_cursor_init(struct json_cursor *cursor, char *text, size_t len, struct faults *faults)
{
	memset(cursor, 0, sizeof(*cursor));
	cursor->text = text;
	cursor->len = len;
	cursor->line = 1;
	cursor->faults = faults;
}

int
json_peek(const struct json_cursor *cursor)
{
	return cursor->at < cursor->len ? (unsigned char)cursor->text[cursor->at] : -1;
}

void
json_skip_space(struct json_cursor *cursor)
{
	for (;; cursor->at++) {
		int c = json_peek(cursor);

		if (c == '\n') {
			cursor->line++;
			cursor->line_start = cursor->at + 1;
			cursor->wide = 0;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			return;
		}
	}
}

size_t
json_column(const struct json_cursor *cursor)
{
	return cursor->at - cursor->line_start - cursor->wide + 1;
}

int
json_fail_here(const struct json_cursor *cursor, const char *message)
{
	fault_add_at(cursor->faults, cursor->line, json_column(cursor), "%s", message);
	return -1;
}

int
json_fail_expected(const struct json_cursor *cursor, const char *expected)
{
	struct strbuf found = STRBUF_INIT;
	size_t left = cursor->len - cursor->at, used;
	long c = left ? utf8_decode(cursor->text + cursor->at, left, &used) : 0;

	if (!left)
		strbuf_addstr(&found, "the end of the text");
	else if (c < 0)
		strbuf_addstr(&found, "invalid UTF-8");
	else if (c > 0x20 && c < 0x7f)
		strbuf_addf(&found, "'%c'", (char)c);
	else
		strbuf_addf(&found, "U+%04lX", (unsigned long)c);
	fault_add_at(cursor->faults, cursor->line, json_column(cursor), "expected %s, found %s",
	    expected, found.buf);
	strbuf_release(&found);
	return -1;
}
