/* SPDX-License-Identifier: ISC */
#include "model/pipeline/filter.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/pipeline/filter-make.h"

enum takes {
	TAKES_NONE,
	TAKES_ONE,    /* an argument, always */
	TAKES_CHOICE, /* perhaps one of a few */
};

struct filter {
	const char *name;
	enum takes takes;
	filter_make *make;
	const char *const *choices; /* of the argument; ends in NULL */
	unsigned places;	    /* in which it may stand; 0: in all */
	const char *belongs;	    /* the same in words */
};

static const char *const epoch_units[] = {"s", "ms", NULL};

#define FILTER_OMIT "omit"

static const struct filter table[] = {
    {"lower", TAKES_NONE, filter_lower, NULL, 0, NULL},
    {"upper", TAKES_NONE, filter_upper, NULL, 0, NULL},
    {"trim", TAKES_NONE, filter_trim, NULL, 0, NULL},
    {"default", TAKES_ONE, filter_default, NULL, 0, NULL},
    {"join", TAKES_ONE, filter_join, NULL, 0, NULL},
    {"json", TAKES_NONE, filter_json, NULL, 0, NULL},
    {"base64", TAKES_NONE, filter_base64, NULL, 0, NULL},
    {"base64url", TAKES_NONE, filter_base64url, NULL, 0, NULL},
    {"urlencode", TAKES_NONE, filter_urlencode, NULL, 0, NULL},
    {FILTER_PATH, TAKES_NONE, filter_none, NULL, PLACE_URL_PATH, "the path of a url"},
    {"basename", TAKES_NONE, filter_basename, NULL, 0, NULL},
    {"epoch", TAKES_CHOICE, filter_epoch, epoch_units, 0, NULL},
    {"rfc3339", TAKES_NONE, filter_rfc3339, NULL, 0, NULL},
    {FILTER_LENGTH, TAKES_NONE, filter_length, NULL, 0, NULL},
    {FILTER_OMIT, TAKES_NONE, filter_none, NULL, PLACE_MEMBER, "a member that can be left out"},
};

#define FILTER_COUNT (sizeof(table) / sizeof(table[0]))

/* A part of the text, without the spaces around it. */
struct part {
	const char *start; /* NULL: there is none */
	size_t len;
};

/* One filter as it is written. */
struct written {
	struct part name;
	struct part argument; /* without its quotes */
	bool is_quoted;
	const char *next;  /* the text behind its "|"; NULL: it is the last */
	const char *fault; /* NULL: it is well-formed */
};

static struct part
part_between(const char *start, const char *end)
{
	while (start < end && *start == ' ')
		start++;
	while (end > start && end[-1] == ' ')
		end--;
	return (struct part){start, (size_t)(end - start)};
}

static bool
part_is(const struct part *part, const char *text)
{
	return strlen(text) == part->len && memcmp(text, part->start, part->len) == 0;
}

/* Reads the argument that begins behind a ":"; returns where it ends. */
static const char *
read_argument(const char *text, struct written *out)
{
	const char *start = text + strspn(text, " "), *end = start + strcspn(start, "|"), *quote;

	if (*start != '\'' && *start != '"') {
		out->argument = part_between(start, end);
		return end;
	}
	out->is_quoted = true;
	quote = strchr(start + 1, *start);
	if (quote == NULL) {
		out->fault = "a quote in a placeholder is not closed";
		return start + strlen(start);
	}
	out->argument = (struct part){start + 1, (size_t)(quote - start) - 1};
	end = quote + 1 + strspn(quote + 1, " ");
	if (*end != '\0' && *end != '|')
		out->fault = "behind the quotes of a filter's argument is a '|' or the end";
	return end + strcspn(end, "|");
}

/* Reads the first filter of the text. */
static void
read_filter(const char *text, struct written *out)
{
	const char *end = text + strcspn(text, ":|");

	*out = (struct written){.name = part_between(text, end)};
	if (*end == ':')
		end = read_argument(end + 1, out);
	out->next = *end == '\0' ? NULL : end + 1;
}

static const struct filter *
find_filter(const struct written *written)
{
	for (size_t i = 0; i < FILTER_COUNT; i++) {
		if (part_is(&written->name, table[i].name))
			return &table[i];
	}
	return NULL;
}

static int
fail_unknown(const struct written *written, struct strbuf *err)
{
	struct strbuf name = STRBUF_INIT, known = STRBUF_INIT;
	struct suggestion near;

	strbuf_add(&name, written->name.start, written->name.len);
	suggest_init(&near, name.buf);
	for (size_t i = 0; i < FILTER_COUNT; i++) {
		suggest_offer(&near, table[i].name);
		strbuf_addf(&known, "%s%s", i == 0 ? " (there are " : ", ", table[i].name);
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

/* Whether the argument of a filter that has choices is one of them. */
static int
check_choice(const struct filter *filter, const struct part *argument, struct strbuf *err)
{
	struct strbuf given = STRBUF_INIT, known = STRBUF_INIT;
	struct suggestion near;
	int ret = -1;

	strbuf_add(&given, argument->start, argument->len);
	suggest_init(&near, given.buf);
	for (const char *const *choice = filter->choices; ret != 0 && *choice != NULL; choice++) {
		ret = strcmp(given.buf, *choice) == 0 ? 0 : -1;
		suggest_offer(&near, *choice);
		strbuf_addf(&known, "%s%s", known.len == 0 ? " (there are " : ", ", *choice);
	}
	if (ret != 0)
		fail(err, "'%s' is not an argument of the filter '%s'%s%s", given.buf, filter->name,
		    near.best == NULL ? known.buf : "",
		    near.best == NULL ? ")" : suggest_text(&near));
	strbuf_release(&given);
	strbuf_release(&known);
	return ret;
}

static int
check_filter(const struct written *written, unsigned places, struct strbuf *err)
{
	const struct filter *filter = find_filter(written);
	bool given = written->argument.start != NULL;

	if (filter == NULL)
		return fail_unknown(written, err);
	if (written->fault != NULL)
		return fail(err, "%s", written->fault);
	if (given && filter->takes == TAKES_NONE)
		return fail(err, "the filter '%s' takes no argument", filter->name);
	if (filter->takes == TAKES_ONE &&
	    (!given || (written->argument.len == 0 && !written->is_quoted)))
		return fail(
		    err, "the filter '%s' needs an argument: '%s:...'", filter->name, filter->name);
	if (given && filter->choices != NULL && check_choice(filter, &written->argument, err) != 0)
		return -1;
	if (filter->places != 0 && (filter->places & places) == 0)
		return fail(err, "the filter '%s' is for %s", filter->name, filter->belongs);
	return 0;
}

int
filters_check(const char *filters, unsigned places, struct strbuf *err)
{
	struct written written;

	for (; filters != NULL; filters = written.next) {
		read_filter(filters, &written);
		if (check_filter(&written, places, err) != 0)
			return -1;
	}
	return 0;
}

bool
filters_have(const char *filters, const char *name)
{
	struct written written;

	for (; filters != NULL; filters = written.next) {
		read_filter(filters, &written);
		if (part_is(&written.name, name))
			return true;
	}
	return false;
}

/* One of filters_apply(). */
static const struct value *
apply(struct arena *arena, const struct written *written, const struct value *value,
    struct filter_notes *notes, struct strbuf *err)
{
	const struct filter *filter = find_filter(written);
	const struct part *argument = &written->argument;
	struct strbuf why = STRBUF_INIT;
	const struct value *made = filter->make(arena, value,
	    argument->start == NULL ? NULL : arena_strndup(arena, argument->start, argument->len),
	    &why);

	if (filter->make == filter_default && made != value)
		notes->made = NULL; /* from here on it is made of what the pipeline says */
	if (made == NULL)
		fail(err, "the filter '%s' %s", filter->name, why.buf);
	else if (made != value && notes->made != NULL)
		notes->made(notes->context, made);
	if (strcmp(filter->name, FILTER_OMIT) == 0 && filter_is_empty(value))
		notes->omits = true;
	strbuf_release(&why);
	return made;
}

const struct value *
filters_apply(struct arena *arena, const char *filters, const struct value *value,
    struct filter_notes *notes, struct strbuf *err)
{
	struct written written;

	for (; filters != NULL && value != NULL; filters = written.next) {
		read_filter(filters, &written);
		value = apply(arena, &written, value, notes, err);
	}
	return value;
}
