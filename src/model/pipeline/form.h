/* SPDX-License-Identifier: ISC */
/* The form of a pipeline: its fields, and what a requester filled in. */
#ifndef MODEL_PIPELINE_FORM_H
#define MODEL_PIPELINE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/name-map.h"

struct arena;
struct faults;
struct redactor;
struct strbuf;
struct value;

enum field_type {
	FIELD_INPUT,	  /* one line */
	FIELD_TEXT,	  /* lines */
	FIELD_SELECT,	  /* one of the options */
	FIELD_CHECKBOXES, /* any of the options, as a list */
};

struct field {
	const char *name;
	const char *title; /* the name when none was given */
	const char *description;
	const char *placeholder; /* an example to show while the field is empty */
	enum field_type type;
	bool required;
	bool implicit;		      /* not in the form: a placeholder asks for it */
	bool secret;		      /* not shown while typed, masked in logs and status */
	int64_t min_length;	      /* characters (input, text) */
	const struct value *options;  /* list of strings; NULL: not of this type */
	const struct value *fallback; /* the default; NULL: none */
};

struct form {
	bool given; /* the pipeline says which fields there are, and no placeholder adds one */
	struct field *fields;
	size_t count;
	size_t capacity;	/* fields allocated */
	struct name_map places; /* of the fields */
};

/*
 * Reads the "form" of a pipeline (NULL: no form) that is written by these rules.  Faults are
 * added; the form is usable only without any.
 */
void form_parse(
    struct arena *, const struct value *form, int64_t rules, struct form *out, struct faults *);
/*
 * Whether a field can have that name: a placeholder of these rules can have it, and it has no "=",
 * so that "name=value" is clear.
 */
bool form_field_name_valid(const char *name, int64_t rules);
/* Adds a required input field for a placeholder that no field answers. */
void form_add_implicit(struct arena *, struct form *, const char *name);
const struct field *form_find(const struct form *, const char *name);

/*
 * Checks what was filled in (a map of field name -> value) and gives the complete
 * data: a map in the order of the form, with the defaults of what was left out.  A fault for each
 * unknown, missing or unfit field; *out is set only without faults.
 */
void form_check(struct arena *, const struct form *, const struct value *given,
    const struct value **out, struct faults *);
/*
 * Adds to given, a map that is being filled in, the answers of an older form of the same pipeline
 * for the fields that given does not have.  A field that was left empty then is null, so that
 * nobody is asked for it, unless it is required now.  Answers are not added, but their names to the
 * list dropped, when the form has no such field, or when it was secret and is not any more.
 */
void form_take_over(struct arena *, const struct form *, const struct form *old,
    const struct value *old_data, struct value *given, struct value *dropped);
/*
 * Adds to the list names each field whose answer in given, as form_check() would keep it, is not
 * that in data, which form_check() gave; and each name in given that the form does not have.
 */
void form_compare(struct arena *, const struct form *, const struct value *given,
    const struct value *data, struct value *names);
/*
 * The same of kept, which form_check() gave, with what is given in the place of its own: what
 * stays was accepted once and is not judged again.
 */
void form_update(struct arena *, const struct form *, const struct value *kept,
    const struct value *given, const struct value **out, struct faults *);
/* Whether what is filled in is one of the options, or several. */
bool field_type_has_options(enum field_type);
/* Whether the text is one of the options of a field that has some. */
bool field_has_option(const struct field *, const char *text);
/*
 * Checks a single field's value (for asking again at once).  Returns 0, or -1 with err, in which
 * the value of a secret field is left out.
 */
int field_check(const struct field *, const struct value *given, struct strbuf *err);
/*
 * Returns the value of a placeholder of a field: its data, or "" or [] when it was left out.
 * NULL: no field, or an implicit one without data, which may be an output.
 */
const struct value *form_value(const struct form *, const struct value *data, const char *name);
/*
 * Adds what was filled in: into the fields that are secret as secrets, into the others as known: a
 * text that is shown as it is, so that no mask tells whether it is a secret of somebody else.
 */
void form_mask(const struct form *, const struct value *data, struct redactor *);
const char *field_type_name(enum field_type);

#endif
