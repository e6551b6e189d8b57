/* SPDX-License-Identifier: ISC */
#include "base/wrap.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/utf8.h"

#define COLUMNS_DEFAULT 80
#define COLUMNS_LEAST	8 /* for the text of a line, however narrow the terminal is */

size_t
wrap_columns(int fd)
{
	struct winsize size;

	if (!isatty(fd))
		return 0;
	/* the last column is left free: terminals differ in what they do when it is filled */
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return COLUMNS_DEFAULT - 1;
	return (size_t)size.ws_col - 1;
}

/* The length of what a line has room for in so many columns; it ends with a space if it can. */
static size_t
line_length(const char *text, size_t len, size_t room)
{
	size_t fits = utf8_cut_columns(text, len, room), at = fits;

	if (fits == len)
		return len;
	while (at > fits / 2 && text[at - 1] != ' ')
		at--;
	return at > fits / 2 ? at : fits;
}

void
wrap_add(struct strbuf *out, const char *text, size_t at, size_t columns, const char *mark)
{
	size_t len = strlen(text), begin = utf8_columns(mark);
	size_t room = columns > at ? columns - at : 0;

	while (columns > 0 && utf8_columns(text) > room) {
		size_t line = line_length(text, len, room);

		strbuf_add(out, text, line);
		strbuf_addf(out, "\n%s", mark);
		text += line;
		len -= line;
		room = columns > begin + COLUMNS_LEAST ? columns - begin : COLUMNS_LEAST;
	}
	strbuf_addstr(out, text);
}
