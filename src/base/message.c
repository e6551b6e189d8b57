/* SPDX-License-Identifier: ISC */
#include "base/message.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/wrap.h"

#define PATIENCE_MS    3000
#define RETRY_PAUSE_MS 100

static void (*redirected)(const char *text, size_t len);

/* Whether the same write can succeed later: the disk is full, or the system short of something. */
static bool
may_pass(int reason)
{
	return reason == ENOSPC || reason == EDQUOT || reason == EIO || reason == ENOMEM ||
	       reason == ENOBUFS;
}

bool
message_write(const char *text, size_t len, int64_t patience_ms)
{
	int64_t end = clock_monotonic() + patience_ms;

	while (len > 0) {
		ssize_t written = write(STDERR_FILENO, text, len);

		if (written >= 0) {
			text += written;
			len -= (size_t)written;
		} else if (errno == EAGAIN) { /* whoever shares it wants it so */
			struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};

			poll(&fd, 1, -1);
		} else if (may_pass(errno) && (patience_ms < 0 || clock_monotonic() < end)) {
			const struct timespec pause = {.tv_nsec = RETRY_PAUSE_MS * 1000000L};

			nanosleep(&pause, NULL);
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

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
	static int64_t patience_ms = PATIENCE_MS;
	struct strbuf all = STRBUF_INIT;

	strbuf_addf(&all, "%s%s", text, end);
	if (redirected != NULL) {
		redirected(all.buf, all.len);
	} else {
		void (*before)(int);

		fflush(stdout);
		/* that nobody reads messages does not end what they tell of */
		before = signal(SIGPIPE, SIG_IGN);
		/* those that follow one that was given up do not wait as long again */
		patience_ms = message_write(all.buf, all.len, patience_ms) ? PATIENCE_MS : 0;
		signal(SIGPIPE, before);
	}
	strbuf_release(&all);
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
