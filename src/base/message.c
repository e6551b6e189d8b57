/* SPDX-License-Identifier: ISC */
#include "base/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/shown.h"
#include "base/strbuf.h"
#include "base/wrap.h"

static void (*redirected)(const char *text, size_t len);

bool
message_redirect(void (*to)(const char *text, size_t len))
{
	bool was = redirected != NULL;

	redirected = to;
	return was;
}

/* One write for the whole text: lines of several processes do not mix. */
static void
print(const char *text, const char *end)
{
	struct strbuf all = STRBUF_INIT;

	if (redirected != NULL) {
		strbuf_addf(&all, "%s%s", text, end);
		redirected(all.buf, all.len);
		strbuf_release(&all);
		return;
	}
	fflush(stdout);
	fprintf(stderr, "%s%s", text, end);
}

__attribute__((format(printf, 2, 0))) static void
print_line(size_t columns, const char *fmt, va_list args)
{
	struct strbuf text = STRBUF_INIT, shown = STRBUF_INIT, lines = STRBUF_INIT;

	strbuf_vaddf(&text, fmt, args);
	shown_add(&shown, text.buf, text.len);
	wrap_add(&lines, shown.buf, 0, columns, "  | ");
	print(lines.buf, "\n");
	strbuf_release(&text);
	strbuf_release(&shown);
	strbuf_release(&lines);
}

void
message(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(0, fmt, args);
	va_end(args);
}

void
message_of_others(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(wrap_columns(STDERR_FILENO), fmt, args);
	va_end(args);
}

void
message_shown(const char *text)
{
	struct strbuf safe = STRBUF_INIT;

	shown_add_safe(&safe, text, strlen(text));
	print(safe.buf, "\n");
	strbuf_release(&safe);
}

void
message_prompt(const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT, safe = STRBUF_INIT;
	va_list args;

	va_start(args, fmt);
	strbuf_vaddf(&text, fmt, args);
	va_end(args);
	shown_add_safe(&safe, text.buf, text.len);
	print(safe.buf, "");
	strbuf_release(&text);
	strbuf_release(&safe);
}

void
message_end_prompt(void)
{
	fputs("\n", stderr);
}

void
message_literal(const char *line)
{
	fprintf(stderr, "%s\n", line);
}
