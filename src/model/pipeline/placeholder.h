/* SPDX-License-Identifier: ISC */
/*
 * Placeholders: ${name} in any string of a step's parameters, map keys too, and $${ for a literal
 * "${".  A name is 1 to 200 bytes without "$", "{", "}" and control bytes; spaces around it do
 * not count.  ${secret:NAME} names a secret.
 */
#ifndef MODEL_PIPELINE_PLACEHOLDER_H
#define MODEL_PIPELINE_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct faults;
struct strbuf;
struct value;

#define PLACEHOLDER_SECRET "secret:"

/*
 * What a name stands for.  Returns NULL with err when it stands for nothing; the value
 * is borrowed until the filled-in result is no longer used.
 */
struct placeholder_scope {
	const struct value *(*lookup)(void *context, const char *name, struct strbuf *err);
	void *context;
};

/* Whether a form field or an output can have that name; secrets have names of their own. */
bool placeholder_name_valid(const char *name);
/* Whether the text has a placeholder (a literal "$${" is none). */
bool placeholder_in(const char *text);
/*
 * Calls each(context, name, string) for every placeholder in the strings of a tree; faults for
 * malformed ones.
 */
void placeholder_each(struct arena *, const struct value *tree,
    void (*each)(void *context, const char *name, const struct value *where), void *context,
    struct faults *);

/*
 * A copy of the tree with its placeholders filled in.  A string that is exactly one
 * placeholder becomes the value with its type; inside other text a string, number or
 * boolean is put in as text, null as nothing, and a list or map as JSON.  Returns 0, or
 * -1 with err (the name and where, without the value: it may be secret).
 */
int placeholder_fill(struct arena *, const struct value *tree, const struct placeholder_scope *,
    struct value **out, struct strbuf *err);
/* The same of a text that stays text. */
int placeholder_fill_text(struct arena *, const char *text, const struct placeholder_scope *,
    const char **out, struct strbuf *err);
/*
 * The same of a URL: what is put in is percent-encoded (RFC 3986, all but unreserved), so that
 * it stays within its path segment, query value or fragment.  Refused: a segment with a
 * placeholder that ends up empty, "." or "..", as it would name another resource.
 */
int placeholder_fill_url(struct arena *, const char *url, const struct placeholder_scope *,
    const char **out, struct strbuf *err);
/*
 * placeholder_fill() of a proxy, a string: what is put in before its "@" is percent-encoded, so
 * that a user or a password may have any character.
 */
int placeholder_fill_proxy(struct arena *, const struct value *proxy,
    const struct placeholder_scope *, struct value **out, struct strbuf *err);
/*
 * Whether scheme, user, host and port are free of placeholders: who is called is the pipeline's
 * to say.
 */
bool placeholder_url_origin_fixed(const char *url);

/* Appends the text percent-encoded (RFC 3986: all but the unreserved characters). */
void url_add_encoded(struct strbuf *, const char *text);

#endif
