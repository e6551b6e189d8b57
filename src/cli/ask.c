/* SPDX-License-Identifier: ISC */
#include "cli/ask.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/message.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/pipeline/form.h"
#include "cli/context.h"
#include "cli/print.h"

static volatile sig_atomic_t interrupted;

static void
on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

bool
ask_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* Prints the instructions before the first question. */
static void
introduce(const struct field *field)
{
	if (field->description != NULL)
		message("%s", field->description);
}

/* Whether several lines are read; a secret is one at the terminal, so that no other is shown. */
static bool
has_lines(const struct field *field)
{
	return field->type == FIELD_TEXT && !field->secret;
}

/* Appends the possible answers: "S, M, L", or an example. */
static void
add_choice(struct strbuf *out, const struct field *field)
{
	if (field_type_has_options(field->type)) {
		strbuf_addstr(out, " (");
		print_add_list(out, field->options);
		strbuf_addstr(out, field->type == FIELD_CHECKBOXES ? "; any, with commas)" : ")");
	} else if (has_lines(field)) {
		strbuf_addf(out, " (%s%slines, an empty one ends them)",
		    field->placeholder == NULL ? "" : field->placeholder,
		    field->placeholder == NULL ? "" : "; ");
	} else if (field->placeholder != NULL) {
		strbuf_addf(out, " (%s)", field->placeholder);
	}
}

/* "Size (S, M, L) [S]: " */
static void
prompt(const struct field *field)
{
	struct strbuf text = STRBUF_INIT;

	strbuf_addstr(&text, field->title);
	add_choice(&text, field);
	if (field->fallback != NULL) {
		strbuf_addstr(&text, " [");
		if (field->fallback->type == VALUE_LIST)
			print_add_list(&text, field->fallback);
		else
			print_add_value(&text, field->fallback);
		strbuf_addstr(&text, "]");
	} else if (!field->required) {
		strbuf_addstr(&text, " (optional)");
	}
	message_prompt("%s: ", text.buf);
	strbuf_release(&text);
}

/*
 * Asks, and reads a line; of a secret field, without what is typed being shown.  The echo ends
 * before the prompt: who types at once must not be seen either.  Returns the length, or -1 at the
 * end or when interrupted.
 */
static ssize_t
read_answer(const struct field *field, char **line, size_t *size)
{
	struct termios before, silent;
	bool hidden = field->secret && tcgetattr(STDIN_FILENO, &before) == 0;
	ssize_t len;

	if (hidden) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		hidden = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
	}
	prompt(field);
	len = interrupted ? -1 : getline(line, size, stdin);
	if (hidden) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
		message_end_prompt();
	}
	if (len > 0 && (*line)[len - 1] == '\n')
		(*line)[--len] = '\0';
	return len;
}

/* Reads the lines behind the first, up to an empty one or Ctrl-D.  Returns the length of all. */
static ssize_t
read_more_lines(char **line, size_t *size, ssize_t len)
{
	struct strbuf text = STRBUF_INIT;

	while (len > 0) {
		strbuf_addstr(&text, text.len == 0 ? "" : "\n");
		strbuf_add(&text, *line, (size_t)len);
		message_prompt("> ");
		len = interrupted ? -1 : getline(line, size, stdin);
		if (len > 0 && (*line)[len - 1] == '\n')
			len--;
	}
	if (len < 0)
		message_end_prompt();
	clearerr(stdin); /* Ctrl-D ended this text alone */
	free(*line);
	len = (ssize_t)text.len;
	*line = strbuf_detach(&text);
	*size = (size_t)len + 1;
	return interrupted ? -1 : len;
}

/* "a, b": a list, unless an option has that whole name. */
static struct value *
parse_boxes(struct arena *arena, const struct field *field, const char *text)
{
	struct value *list = value_new(arena, VALUE_LIST);

	if (field_has_option(field, text)) {
		value_list_add(arena, list, value_string(arena, text));
		return list;
	}
	while (*text != '\0') {
		size_t len = strcspn(text, ","), end = len;

		while (end > 0 && text[end - 1] == ' ')
			end--;
		if (end > 0)
			value_list_add(
			    arena, list, value_string(arena, arena_strndup(arena, text, end)));
		text += len;
		text += strspn(text, ", ");
	}
	return list;
}

/* The answer as a value when it fits; NULL after saying why it does not. */
static struct value *
accept_answer(struct arena *arena, const struct field *field, const char *line)
{
	struct strbuf err = STRBUF_INIT;
	struct value *value = field->type == FIELD_CHECKBOXES ? parse_boxes(arena, field, line)
							      : value_string(arena, line);

	if (!utf8_valid(line, strlen(line)))
		fail(&err, "it is not UTF-8");
	else
		field_check(field, value, &err);
	if (err.len > 0) {
		message("  %s", err.buf);
		value = NULL;
	}
	strbuf_release(&err);
	return value;
}

/* Asks until the answer fits.  Returns 0, or -1 when the person ended it. */
static int
ask_field(
    struct arena *arena, const struct field *field, struct value *given, char **line, size_t *size)
{
	struct value *value = NULL;

	introduce(field);
	while (value == NULL) {
		ssize_t len = read_answer(field, line, size);

		if (len > 0 && has_lines(field))
			len = read_more_lines(line, size, len);
		if (len < 0)
			return -1;
		if (len == 0 && (field->fallback != NULL || !field->required))
			return 0;
		if (strlen(*line) != (size_t)len)
			message("  it has a NUL byte");
		else
			value = accept_answer(arena, field, *line);
	}
	value_map_set(arena, given, field->name, value);
	return 0;
}

int
ask_missing(struct context *context, const struct form *form, struct value *given)
{
	struct sigaction catch = {.sa_handler = on_interrupt}, before;
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	/* without SA_RESTART: Ctrl-C ends the reading, and the terminal is put in order */
	sigaction(SIGINT, &catch, &before);
	for (size_t i = 0; i < form->count && ret == 0; i++) {
		if (value_map_get(given, form->fields[i].name) == NULL)
			ret = ask_field(&context->arena, &form->fields[i], given, &line, &size);
	}
	sigaction(SIGINT, &before, NULL);
	if (line != NULL)
		explicit_bzero(line, size);
	free(line);
	if (ret == 0)
		return 0;
	message_end_prompt();
	if (interrupted) {
		message("svcreq: interrupted, so nothing was recorded");
		raise(SIGINT); /* so that our parent sees the signal */
	}
	return fail(&context->err, "no answer, so nothing was recorded");
}
