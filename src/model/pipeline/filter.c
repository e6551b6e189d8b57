/* SPDX-License-Identifier: ISC */
#include "model/pipeline/filter.h"

#include <stddef.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/suggest.h"

struct filter {
	const char *name;
	bool argument;	     /* it takes one */
	unsigned places;     /* in which it may stand */
	const char *belongs; /* the same in words */
};

static const struct filter table[] = {
    {FILTER_PATH, false, PLACE_URL_PATH, "the path of a url"},
};

#define FILTER_COUNT (sizeof(table) / sizeof(table[0]))

/* One filter as it is written. */
struct written {
	const char *name;
	size_t len;
	bool argument;
};

/* Reads the first filter of the text; returns the text behind its "|", NULL when it is the last. */
static const char *
read_filter(const char *text, struct written *out)
{
	size_t end = strcspn(text, "|"), len;
	const char *next = text[end] == '\0' ? NULL : text + end + 1;

	for (; *text == ' '; text++)
		end--;
	len = strcspn(text, ":|");
	*out = (struct written){.name = text, .len = len, .argument = len < end};
	while (out->len > 0 && text[out->len - 1] == ' ')
		out->len--;
	return next;
}

static const struct filter *
find_filter(const struct written *written)
{
	for (size_t i = 0; i < FILTER_COUNT; i++) {
		if (strlen(table[i].name) == written->len &&
		    memcmp(table[i].name, written->name, written->len) == 0)
			return &table[i];
	}
	return NULL;
}

static int
fail_unknown(const struct written *written, struct strbuf *err)
{
	struct strbuf name = STRBUF_INIT, known = STRBUF_INIT;
	struct suggestion near;

	strbuf_add(&name, written->name, written->len);
	suggest_init(&near, name.buf);
	for (size_t i = 0; i < FILTER_COUNT; i++) {
		suggest_offer(&near, table[i].name);
		strbuf_addf(&known, "%s%s", i == 0 ? " (there is " : ", ", table[i].name);
	}
	strbuf_addch(&known, ')');
	if (name.len == 0)
		fail(err, "a '|' in a placeholder is followed by a filter%s", known.buf);
	else
		fail(err, "unknown filter '%s'%s%s", name.buf, near.best == NULL ? known.buf : "",
		    suggest_text(&near));
	strbuf_release(&name);
	strbuf_release(&known);
	return -1;
}

static int
check_filter(const struct written *written, unsigned places, struct strbuf *err)
{
	const struct filter *filter = find_filter(written);

	if (filter == NULL)
		return fail_unknown(written, err);
	if (written->argument && !filter->argument)
		return fail(err, "the filter '%s' takes no argument", filter->name);
	if (!written->argument && filter->argument)
		return fail(err, "the filter '%s' needs an argument", filter->name);
	if ((filter->places & places) == 0)
		return fail(err, "the filter '%s' is for %s", filter->name, filter->belongs);
	return 0;
}

int
filters_check(const char *filters, unsigned places, struct strbuf *err)
{
	struct written written;

	while (filters != NULL) {
		filters = read_filter(filters, &written);
		if (check_filter(&written, places, err) != 0)
			return -1;
	}
	return 0;
}

bool
filters_have(const char *filters, const char *name)
{
	struct written written;

	while (filters != NULL) {
		filters = read_filter(filters, &written);
		if (strlen(name) == written.len && memcmp(name, written.name, written.len) == 0)
			return true;
	}
	return false;
}
