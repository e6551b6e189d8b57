/* SPDX-License-Identifier: ISC */
/*
 * Placeholders: ${name} or ${name|filter} in any string of a step's parameters, map keys too, and
 * $${ for a literal "${".  A name is 1 to 200 bytes without "$", "{", "}", "|" and control bytes;
 * spaces around it do not count.  ${secret:NAME} names a secret; namespace.h has the others.
 *
 * rules is the number of the rules that a text is written by: before FILTER_RULES a "|" is part of
 * the name.
 */
#ifndef MODEL_PIPELINE_PLACEHOLDER_H
#define MODEL_PIPELINE_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct faults;
struct strbuf;
struct value;

#define PLACEHOLDER_SECRET "secret:"

/*
 * The stand-in for a value that is secret, or not known yet: a character that no text is for
 * (U+10FFFF).  It is seen in whatever was made of it.
 */
#define PLACEHOLDER_STAND_IN "\xf4\x8f\xbf\xbf"

/*
 * Where names get their values.  lookup() returns NULL with err for an unknown name; the value
 * is borrowed until the filled-in result is no longer used.
 */
struct placeholder_scope {
	const struct value *(*lookup)(void *context, const char *name, struct strbuf *err);
	/* Is called with what filters made of a name's value, step by step.  NULL: nobody is. */
	void (*made)(void *context, const char *name, const struct value *);
	void *context;
	int64_t rules;	 /* that the text is written by */
	bool stands_in;	 /* it may look up a stand-in, which filters leave as it is */
	bool unfiltered; /* filters are checked, and make nothing */
};

/* The stand-in as a value. */
extern const struct value placeholder_stand_in;
/* Whether a text, or what was made of it for a URL, has a stand-in. */
bool placeholder_stands_in(const char *text);
/* Appends the text with "***" for each stand-in. */
void placeholder_add_shown(struct strbuf *, const char *text);

/* Whether a form field or an output can have that name: it is in no namespace. */
bool placeholder_name_valid(const char *name, int64_t rules);
/* Whether the text has a placeholder (a literal "$${" is none). */
bool placeholder_in(const char *text);

/* A placeholder in a string of a tree. */
struct placeholder {
	const char *name;
	const char *filters; /* as they are written behind the first "|"; NULL: none */
	const struct value *where;
};

/* Calls each for every placeholder in the strings of a tree; faults for malformed ones. */
void placeholder_each(struct arena *, const struct value *tree, int64_t rules,
    void (*each)(void *context, const struct placeholder *), void *context, struct faults *);

/*
 * A copy of the tree with its placeholders filled in.  A string that is exactly one
 * placeholder becomes the value with its type; inside other text a string, number or
 * boolean is put in as text, null as nothing, and a list or map as JSON.  A filter that is not
 * for any text is an error.  A member, or an item of a list, in which the filter "omit" met an
 * empty value is left out; *out is NULL if that is the tree.  Returns 0, or -1 with err (the name
 * and where, without the value: it may be secret).
 */
int placeholder_fill(struct arena *, const struct value *tree, const struct placeholder_scope *,
    struct value **out, struct strbuf *err);
/* The same of a text that stays text, where nothing can be left out. */
int placeholder_fill_text(struct arena *, const char *text, const struct placeholder_scope *,
    const char **out, struct strbuf *err);

/*
 * What scope->lookup() and the filters of a placeholder give that stands in one of the places.
 * Sets *omits, which may be NULL, if it is to be left out.  NULL with err: there is no such value.
 */
const struct value *placeholder_value(struct arena *, const struct placeholder *,
    const struct placeholder_scope *, unsigned places, bool *omits, struct strbuf *err);

/* How a text is taken apart, for what fills it in by rules of its own. */
enum piece_kind {
	PIECE_END,
	PIECE_TEXT, /* literal, "$${" already as "${" */
	PIECE_NAME,
	PIECE_MALFORMED,
};

struct piece {
	enum piece_kind kind;
	const char *start; /* the text or the name, not NUL-terminated */
	size_t len;
	const char *filters; /* of a name: behind its "|", not NUL-terminated; NULL: none */
	size_t filters_len;
	const char *next; /* the rest of the text */
};

/* The first piece of the text. */
void placeholder_scan(const char *text, int64_t rules, struct piece *);
/* The filters of a PIECE_NAME, in the arena; NULL: none. */
const char *placeholder_filters(struct arena *, const struct piece *);
/* placeholder_value() of a PIECE_NAME. */
const struct value *placeholder_piece_value(struct arena *, const struct piece *,
    const struct placeholder_scope *, unsigned places, bool *omits, struct strbuf *err);
/* Appends a value as it is put inside other text. */
void placeholder_add_text(struct strbuf *, const struct value *);

#endif
