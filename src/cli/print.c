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
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "base/wrap.h"

#define MARK "| "

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
	struct strbuf text = STRBUF_INIT;

	for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		strbuf_reset(&text);
		strbuf_add(&text, line, (size_t)(end - line));
		message_shown(text.buf);
	}
	strbuf_release(&text);
}

void
print_text(const char *text)
{
	struct strbuf shown = STRBUF_INIT;

	shown_add(&shown, text, strlen(text));
	fputs(shown.buf, stdout);
	strbuf_release(&shown);
}

void
print_coloured(enum colour colour, const char *shown)
{
	bool coloured = colour != COLOUR_NONE && *shown != '\0' && colours_wanted();

	if (coloured)
		fputs(escapes[colour], stdout);
	fputs(shown, stdout);
	if (coloured)
		fputs("\033[0m", stdout);
}

void
print_line(const char *line)
{
	struct strbuf safe = STRBUF_INIT, lines = STRBUF_INIT;

	shown_add_safe(&safe, line, strlen(line));
	wrap_add(&lines, safe.buf, 0, wrap_columns(STDOUT_FILENO), "    " MARK);
	puts(lines.buf);
	strbuf_release(&safe);
	strbuf_release(&lines);
}

void
print_lines(const char *indent, const char *lines)
{
	struct strbuf line = STRBUF_INIT;

	do {
		size_t len = strcspn(lines, "\n");

		strbuf_reset(&line);
		shown_add_safe(&line, lines, len);
		printf("%s%s\n", line.len > 0 ? indent : "", line.buf);
		lines += len;
	} while (*lines++ != '\0' && *lines != '\0');
	strbuf_release(&line);
}

void
print_marked(const char *indent, const char *text)
{
	size_t columns = wrap_columns(STDOUT_FILENO);
	struct strbuf mark = STRBUF_INIT, line = STRBUF_INIT, lines = STRBUF_INIT;

	strbuf_addf(&mark, "%s" MARK, indent);
	do {
		size_t len = strcspn(text, "\n");

		strbuf_reset(&line);
		print_add_marked(&line, text, len);
		strbuf_addstr(&lines, indent);
		wrap_add(&lines, line.buf, strlen(indent), columns, mark.buf);
		strbuf_addch(&lines, '\n');
		text += len;
	} while (*text++ != '\0' && *text != '\0');
	fputs(lines.buf, stdout);
	strbuf_release(&mark);
	strbuf_release(&line);
	strbuf_release(&lines);
}

void
print_json(const char *json)
{
	struct strbuf visible = STRBUF_INIT;

	json_add_visible(&visible, json, strlen(json));
	puts(visible.buf);
	strbuf_release(&visible);
}

void
print_add_text(struct strbuf *out, const char *text)
{
	shown_add_cell(out, text);
}

void
print_add_quoted(struct strbuf *out, const char *text)
{
	struct strbuf quoted = STRBUF_INIT;

	quote_add(&quoted, text);
	shown_add_cell(out, quoted.buf);
	strbuf_release(&quoted);
}

void
print_add_marked(struct strbuf *out, const char *text, size_t len)
{
	strbuf_addstr(out, len == 0 ? "|" : MARK);
	shown_add(out, text, len);
}

void
print_add_age(struct strbuf *out, int64_t then, int64_t now)
{
	struct strbuf age = STRBUF_INIT;
	bool future = then > now;
	int64_t span = future ? then - now : now - then;

	if (span < 1000) {
		strbuf_addstr(out, "just now");
		return;
	}
	duration_add(&age, span);
	/* the larger unit says enough */
	strbuf_addf(
	    out, "%.*s %s", (int)strcspn(age.buf, " "), age.buf, future ? "in the future" : "ago");
	strbuf_release(&age);
}

static void
add_json(struct strbuf *out, const struct value *value)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;

	json_writer_init(&writer, &text);
	json_value(&writer, value);
	json_add_visible(out, text.buf, text.len);
	strbuf_release(&text);
}

void
print_add_value(struct strbuf *out, const struct value *value)
{
	if (value->type == VALUE_STRING || value->type == VALUE_NUMBER)
		print_add_text(out, value->text);
	else
		add_json(out, value);
}

/* Whether a text cannot be taken for anything else where it stands among other words. */
static bool
is_plain_word(const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@%+*";

	return *text != '\0' && text[strspn(text, plain)] == '\0';
}

void
print_add_value_quoted(struct strbuf *out, const struct value *value)
{
	if (value->type == VALUE_STRING && !is_plain_word(value->text))
		print_add_quoted(out, value->text);
	else
		print_add_value(out, value);
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
