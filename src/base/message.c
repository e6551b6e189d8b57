/* SPDX-License-Identifier: ISC */
#include "base/message.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "base/utf8.h"

/* One write for the whole text: lines of several processes do not mix. */
__attribute__((format(printf, 2, 0))) static void
print(const char *end, const char *fmt, va_list args)
{
	struct strbuf text = STRBUF_INIT, printable = STRBUF_INIT;

	strbuf_vaddf(&text, fmt, args);
	utf8_add_printable(&printable, text.buf, text.len);
	strbuf_addstr(&printable, end);
	fflush(stdout);
	fputs(printable.buf, stderr);
	strbuf_release(&text);
	strbuf_release(&printable);
}

void
message(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print("\n", fmt, args);
	va_end(args);
}

void
message_prompt(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print("", fmt, args);
	va_end(args);
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
