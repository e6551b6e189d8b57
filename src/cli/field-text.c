/* SPDX-License-Identifier: ISC */
#include "cli/field-text.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/value.h"
#include "model/pipeline/field.h"
#include "cli/print.h"

static const char *
kind_of(const struct field *field)
{
	switch (field->type) {
	case FIELD_WHOLE:
		return "whole number";
	case FIELD_NUMBER:
		return "number";
	case FIELD_TRUTH:
		return "yes or no";
	case FIELD_DATE:
		return "date, as 2026-12-24";
	case FIELD_DATETIME:
		return "date and time, as 2026-12-24 18:00";
	case FIELD_DURATION:
		return "span of time, as 90s, 1h30m or 2d";
	case FIELD_USER:
		return "user name";
	default:
		return NULL;
	}
}

void
field_text_add_kind(struct strbuf *out, const struct field *field)
{
	const char *kind = kind_of(field);

	if (kind == NULL)
		return;
	strbuf_addstr(out, kind);
	if (field->min != NULL && field->max != NULL)
		strbuf_addf(out, ", %s to %s", field->min->text, field->max->text);
	else if (field->min != NULL)
		strbuf_addf(out, ", %s or more", field->min->text);
	else if (field->max != NULL)
		strbuf_addf(out, ", %s or less", field->max->text);
}

void
field_text_add_limits(struct strbuf *out, const struct field *field)
{
	size_t before = out->len;

	if (field->min_length > 0 && field->max_length > 0)
		strbuf_addf(out, "%" PRId64 " to %" PRId64 " characters", field->min_length,
		    field->max_length);
	else if (field->min_length > 0)
		strbuf_addf(out, "at least %" PRId64 " characters", field->min_length);
	else if (field->max_length > 0)
		strbuf_addf(out, "at most %" PRId64 " characters", field->max_length);
	if (field->pattern == NULL)
		return;
	strbuf_addstr(out, out->len > before ? ", pattern " : "pattern ");
	print_add_text(out, field->pattern);
}

void
field_text_add_option(struct strbuf *out, const struct field *field, unsigned long place)
{
	const char *value = field->options->items[place]->text;
	const char *label = field->labels == NULL ? value : field->labels[place];

	print_add_text(out, label);
	if (strcmp(label, value) == 0)
		return;
	strbuf_addstr(out, " (");
	print_add_text(out, value);
	strbuf_addstr(out, ")");
}
