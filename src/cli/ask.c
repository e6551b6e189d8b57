/* SPDX-License-Identifier: ISC */
#include "cli/ask.h"

#include <signal.h>
#include <string.h>

#include "base/message.h"
#include "base/number.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "model/pipeline/form.h"
#include "cli/context.h"
#include "cli/field-text.h"
#include "cli/print.h"
#include "cli/terminal.h"

bool
ask_possible(void)
{
	return terminal_is_there();
}

/* Prints the instructions, what a text must be, and options with labels, a line each. */
static void
introduce(const struct field *field)
{
	struct strbuf line = STRBUF_INIT;

	if (field->description != NULL)
		message("%s", field->description);
	field_text_add_limits(&line, field);
	if (line.len > 0)
		message("  %s", line.buf);
	for (size_t i = 0; field->labels != NULL && i < field->options->count; i++) {
		strbuf_reset(&line);
		field_text_add_option(&line, field, i);
		message("  %zu  %s", i + 1, line.buf);
	}
	strbuf_release(&line);
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
		if (field->labels != NULL)
			strbuf_addf(out, "1 to %zu", field->options->count);
		else
			print_add_list(out, field->options);
		strbuf_addstr(out, field->type == FIELD_CHECKBOXES ? "; any, with commas)" : ")");
	} else if (has_lines(field)) {
		strbuf_addf(out, " (%s%slines, an empty one ends them)",
		    field->placeholder == NULL ? "" : field->placeholder,
		    field->placeholder == NULL ? "" : "; ");
	} else if (field_type_is_text(field->type) && field->placeholder != NULL) {
		strbuf_addf(out, " (%s)", field->placeholder);
	} else if (!field_type_is_text(field->type)) {
		strbuf_addstr(out, " (");
		field_text_add_kind(out, field);
		strbuf_addstr(out, ")");
	}
}

/* The default, as it would be typed. */
static void
add_default(struct strbuf *out, const struct value *fallback)
{
	if (fallback->type == VALUE_LIST)
		print_add_list(out, fallback);
	else if (fallback->type == VALUE_BOOLEAN)
		strbuf_addstr(out, fallback->boolean ? "yes" : "no");
	else
		print_add_value(out, fallback);
}

/* "Size (S, M, L) [S]: " */
static void
add_question(struct strbuf *out, const struct field *field)
{
	strbuf_addstr(out, field->title);
	add_choice(out, field);
	if (field->fallback != NULL) {
		strbuf_addstr(out, " [");
		add_default(out, field->fallback);
		strbuf_addstr(out, "]");
	} else if (!field->required) {
		strbuf_addstr(out, " (optional)");
	}
	strbuf_addstr(out, ": ");
}

/* Reads the lines behind the first, up to an empty one or Ctrl-D, which ends this text alone. */
static enum terminal_result
read_more_lines(struct strbuf *out)
{
	enum terminal_result result;
	const char *line;
	size_t len;

	for (;;) {
		result = terminal_ask("> ", false, &line, &len);
		if (result == TERMINAL_END || (result == TERMINAL_ANSWER && len == 0))
			return TERMINAL_ANSWER;
		if (result != TERMINAL_ANSWER)
			return result;
		strbuf_addch(out, '\n');
		strbuf_add(out, line, len);
	}
}

/* Reads an answer, of one line or, where the field has them, several. */
static enum terminal_result
read_answer(const struct field *field, const char *question, struct strbuf *out)
{
	const char *line;
	size_t len;
	enum terminal_result result = terminal_ask(question, field->secret, &line, &len);

	strbuf_reset(out);
	if (result != TERMINAL_ANSWER)
		return result;
	strbuf_add(out, line, len);
	return len > 0 && has_lines(field) ? read_more_lines(out) : result;
}

/* Whether an option is a number, so that a number that is typed is that. */
static bool
has_numbers(const struct field *field)
{
	for (size_t i = 0; i < field->options->count; i++) {
		const char *value = field->options->items[i]->text;

		if (strspn(value, "0123456789") == strlen(value) ||
		    (field->labels != NULL &&
			strspn(field->labels[i], "0123456789") == strlen(field->labels[i])))
			return true;
	}
	return false;
}

/* The option that a person means by a value, a label or a number; else the text. */
static struct value *
parse_choice(struct arena *arena, const struct field *field, const char *text)
{
	const char *value = field_option_value(field, text);
	uint64_t number;

	if (value == NULL && !has_numbers(field) &&
	    number_parse(text, field->options->count, &number) && number > 0)
		value = field->options->items[number - 1]->text;
	return value_string(arena, value == NULL ? text : value);
}

/* "a, b": a list, unless an option has that whole name. */
static struct value *
parse_boxes(struct arena *arena, const struct field *field, const char *text)
{
	struct value *list = value_new(arena, VALUE_LIST);

	if (field_option_value(field, text) != NULL) {
		value_list_add(arena, list, value_string(arena, text));
		return list;
	}
	while (*text != '\0') {
		size_t len = strcspn(text, ","), end = len;

		while (end > 0 && text[end - 1] == ' ')
			end--;
		if (end > 0)
			value_list_add(arena, list,
			    parse_choice(arena, field, arena_strndup(arena, text, end)));
		text += len;
		text += strspn(text, ", ");
	}
	return list;
}

/* The answer as a value when it fits; NULL after saying why it does not. */
static struct value *
accept_answer(
    struct arena *arena, const struct form *form, const struct field *field, const char *line)
{
	struct strbuf err = STRBUF_INIT;
	struct value *value;

	if (field->type == FIELD_CHECKBOXES)
		value = parse_boxes(arena, field, line);
	else if (field->type == FIELD_SELECT)
		value = parse_choice(arena, field, line);
	else
		value = value_string(arena, line);

	if (!utf8_valid(line, strlen(line)))
		fail(&err, "it is not UTF-8");
	else
		field_check(field, form->machine, value, &err);
	if (err.len > 0) {
		message("  %s", err.buf);
		value = NULL;
	}
	strbuf_release(&err);
	return value;
}

/* Asks until the answer fits.  Returns 0, or -1 when the person, or a signal, ended it. */
static int
ask_until_it_fits(struct arena *arena, const struct form *form, const struct field *field,
    const char *question, struct strbuf *answer, struct value **out)
{
	while (*out == NULL) {
		enum terminal_result result = read_answer(field, question, answer);

		if (result == TERMINAL_END || result == TERMINAL_SIGNAL)
			return -1;
		if (result == TERMINAL_ANSWER && answer->len == 0 &&
		    (field->fallback != NULL || !field->required))
			return 0;
		if (result == TERMINAL_TOO_LONG)
			message("  it is too long for an answer at the terminal");
		else if (strlen(answer->buf) != answer->len)
			message("  it has a NUL byte");
		else
			*out = accept_answer(arena, form, field, answer->buf);
	}
	return 0;
}

static int
ask_field(struct arena *arena, const struct form *form, const struct field *field,
    const char *question, struct value *given)
{
	struct strbuf answer = STRBUF_INIT;
	struct value *value = NULL;
	int result;

	introduce(field);
	result = ask_until_it_fits(arena, form, field, question, &answer, &value);
	if (value != NULL)
		value_map_set(arena, given, field->name, value);
	explicit_bzero(answer.buf, answer.len);
	strbuf_release(&answer);
	return result;
}

int
ask_missing(struct context *context, const struct form *form, struct value *given)
{
	struct strbuf question = STRBUF_INIT;
	int ret = 0, signal_number;

	terminal_begin();
	for (size_t i = 0; i < form->count && ret == 0; i++) {
		if (value_map_get(given, form->fields[i].name) != NULL)
			continue;
		strbuf_reset(&question);
		add_question(&question, &form->fields[i]);
		ret = ask_field(&context->arena, form, &form->fields[i], question.buf, given);
	}
	strbuf_release(&question);
	signal_number = terminal_end();
	if (ret == 0)
		return 0;
	message_end_prompt();
	if (signal_number != 0) {
		message("svcreq: interrupted, so nothing was recorded");
		raise(signal_number);
	}
	return fail(&context->err, "no answer, so nothing was recorded");
}
