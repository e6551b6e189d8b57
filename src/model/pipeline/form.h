/* SPDX-License-Identifier: ISC */
/* The form of a pipeline: its fields, and what a requester filled in. */
#ifndef MODEL_PIPELINE_FORM_H
#define MODEL_PIPELINE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/name-map.h"
#include "model/pipeline/field.h"

struct arena;
struct faults;
struct redactor;
struct strbuf;
struct value;

struct form {
	bool given; /* the pipeline says which fields there are, and no placeholder adds one */
	struct field *fields;
	size_t count;
	size_t capacity;	/* fields allocated */
	struct name_map places; /* of the fields */
	/* Where it is filled in; NULL: nobody can be asked about users and local times. */
	const struct form_machine *machine;
};

/*
 * Reads the "form" of a pipeline (NULL: no form) that is written by these rules.  Faults are
 * added; the form is usable only without any.  judge: patterns, limits and defaults are checked;
 * those of a form that was accepted once are believed.
 */
void form_parse(struct arena *, const struct value *form, int64_t rules, bool judge,
    struct form *out, struct faults *);
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

#endif
