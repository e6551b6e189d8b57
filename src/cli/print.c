/* SPDX-License-Identifier: ISC */
#include "cli/print.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/faults.h"
#include "base/json/json-writer.h"
#include "base/message.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"

static const char *const escapes[] = {
    [COLOUR_NONE] = "",
    [COLOUR_BOLD] = "\033[1m",
    [COLOUR_FAINT] = "\033[2m",
    [COLOUR_RED] = "\033[31m",
    [COLOUR_GREEN] = "\033[32m",
    [COLOUR_YELLOW] = "\033[33m",
    [COLOUR_BLUE] = "\033[34m",
};

static const enum colour request_colours[REQUEST_STATUS_COUNT] = {
    [REQUEST_NOT_STARTED] = COLOUR_NONE,
    [REQUEST_RUNNING] = COLOUR_BLUE,
    [REQUEST_PENDING] = COLOUR_YELLOW,
    [REQUEST_FAILED] = COLOUR_RED,
    [REQUEST_CANCELLED] = COLOUR_FAINT,
    [REQUEST_COMPLETED] = COLOUR_GREEN,
};

static const enum colour step_colours[] = {
    [STEP_NOT_STARTED] = COLOUR_NONE,
    [STEP_RUNNING] = COLOUR_BLUE,
    [STEP_FAILED] = COLOUR_RED,
    [STEP_CANCELLED] = COLOUR_FAINT,
    [STEP_COMPLETED] = COLOUR_GREEN,
};

enum colour
colour_of_request(enum request_status status)
{
	return request_colours[status];
}

enum colour
colour_of_step(enum step_status status)
{
	return step_colours[status];
}

static bool
colours_wanted(void)
{
	static int wanted = -1;
	const char *refusal = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (wanted < 0)
		wanted = isatty(STDOUT_FILENO) && (refusal == NULL || *refusal == '\0') &&
			 terminal != NULL && strcmp(terminal, "dumb") != 0;
	return wanted;
}

void
print_faults(struct faults *faults)
{
	const char *line = faults_text(faults);

	for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		message("%.*s", (int)(end - line), line);
}

void
print_text(const char *text)
{
	struct strbuf printable = STRBUF_INIT;

	utf8_add_printable(&printable, text, strlen(text));
	fputs(printable.buf, stdout);
	strbuf_release(&printable);
}

void
print_coloured(enum colour colour, const char *text)
{
	bool coloured = colour != COLOUR_NONE && *text != '\0' && colours_wanted();

	if (coloured)
		fputs(escapes[colour], stdout);
	print_text(text);
	if (coloured)
		fputs("\033[0m", stdout);
}

void
print_lines(const char *indent, const char *text)
{
	struct strbuf line = STRBUF_INIT;

	do {
		size_t len = strcspn(text, "\n");

		strbuf_reset(&line);
		utf8_add_printable(&line, text, len);
		printf("%s%s\n", line.len > 0 ? indent : "", line.buf);
		text += len;
	} while (*text++ != '\0' && *text != '\0');
	strbuf_release(&line);
}

void
print_add_age(struct strbuf *out, int64_t then, int64_t now)
{
	struct strbuf age = STRBUF_INIT;

	if (now - then < 1000) {
		strbuf_addstr(out, "just now");
		return;
	}
	duration_add(&age, now - then);
	/* the larger unit says enough */
	strbuf_addf(out, "%.*s ago", (int)strcspn(age.buf, " "), age.buf);
	strbuf_release(&age);
}

void
print_add_value(struct strbuf *out, const struct value *value)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;

	if (value->type == VALUE_STRING || value->type == VALUE_NUMBER) {
		strbuf_addstr(&text, value->text);
	} else {
		json_writer_init(&writer, &text);
		json_value(&writer, value);
	}
	utf8_add_printable(out, text.buf, text.len);
	strbuf_release(&text);
}

void
print_add_list(struct strbuf *out, const struct value *list)
{
	for (size_t i = 0; i < list->count; i++) {
		strbuf_addstr(out, i == 0 ? "" : ", ");
		print_add_value(out, list->items[i]);
	}
}

void
print_add_time(struct strbuf *out, int64_t ms)
{
	char stamp[TIMESTAMP_SIZE];

	timestamp_format(ms, stamp);
	strbuf_addstr(out, stamp);
}
