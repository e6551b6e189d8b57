/* SPDX-License-Identifier: ISC */
/*
 * The parameters of a step against the table of its type: checked, filled in, and read into the
 * type's struct.
 */
#ifndef MODEL_PARAMETERS_H
#define MODEL_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct faults;
struct parameter_check;
struct parameter_field;
struct parameter_filling;
struct placeholder_scope;
struct step_type;
struct strbuf;
struct value;

/* One kind of parameter.  Those of every type are in parameter-kinds.h. */
struct parameter_kind {
	const char *title; /* in svcreq-pipeline(5) */
	const char *words; /* what a value must be: "a whole number from 0 on" */
	unsigned types;	   /* the JSON types of its values: a set of VALUE_BIT() */
	unsigned places;   /* what its texts have beside PLACE_TEXT */
	/* Adds a fault for all that is wrong with a value of these types.  NULL: nothing can be. */
	void (*check)(
	    const struct parameter_check *, const struct parameter_field *, const struct value *);
	/*
	 * The same of a text with placeholders, each in order by itself.  NULL: nothing is known
	 * before it is filled in.
	 */
	void (*check_open)(const struct parameter_check *, const struct value *);
	/*
	 * Stores a value of these types, as it is written or filled in, at the field's place in the
	 * struct.  Returns false, with nothing stored, when it cannot be read.
	 */
	bool (*read)(
	    struct arena *, const struct parameter_field *, const struct value *, void *at);
	/*
	 * Fills in a value of these types.  Returns 0, or -1 with err.  NULL: placeholder_fill(),
	 * as for a text in place of a value of another type.
	 */
	int (*fill)(const struct parameter_filling *, const struct value *, struct value **out,
	    struct strbuf *err);
};

#define VALUE_BIT(name) (1U << VALUE_##name)

/* An entry of a type's table, which ends in a NULL name. */
struct parameter_field {
	const char *name;
	const struct parameter_kind *kind;
	size_t offset; /* of its place in the struct; in that of the group for a member */
	bool required;
	bool literal_only;  /* no placeholders: it is the pipeline's to say */
	bool gives_outputs; /* its keys are names that later steps may use */
	const char
	    *fallback; /* the value when it is not given, as it would be written; NULL: none */
	int64_t min;   /* of a count, a duration in ms or a size; 0: the kind's own */
	int64_t max;   /* the same */
	const char *const *choices;	       /* of a word; ends in NULL */
	const struct parameter_field *members; /* of a group */
	const char *summary;
};

/* Which texts are open: not to be judged, because they are not what they will be. */
struct check_mode {
	bool (*is_open)(const char *text);
	bool placeholders; /* "${" begins a placeholder; otherwise it is text */
};

extern const struct check_mode check_written; /* in a pipeline: those with placeholders */
extern const struct check_mode check_filled;  /* before a step is run: none */
extern const struct check_mode check_shown;   /* those with stand-ins */

/* One check.  A type's own sees only the struct: parameter_fault() finds the places. */
struct parameter_check {
	const struct check_mode *mode;
	int64_t rules; /* of the pipeline */
	struct faults *faults;
	const struct parameter_field *fields;
	const struct value *map;
	const void *parameters;
};

/* Whether a value is a text that is not to be judged. */
bool parameter_is_open(const struct parameter_check *, const struct value *);
/* Adds a fault about the parameter that was read into that member of the type's struct. */
void parameter_fault(const struct parameter_check *, const void *member, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* How placeholders are filled in. */
struct parameter_filling {
	struct arena *arena;
	const struct placeholder_scope *scope;
};

/* Adds every fault of the parameters of a step, as they are written by these rules; a map. */
void parameters_check(
    const struct step_type *, const struct value *parameters, int64_t rules, struct faults *);
/*
 * Fills in the parameters of a step (NULL: none), checks them and reads them into the type's
 * struct, in the arena of the filling.  Adds every fault; the result is usable without any.  What
 * the scope stands in for is not judged.
 */
const void *parameters_fill(const struct parameter_filling *, const struct step_type *,
    const struct value *parameters, struct faults *);
/*
 * Reads parameters as they are written (NULL: none) into the type's struct, in the arena.  Returns
 * false when one of them, which then has its fallback, cannot be read.
 */
bool parameters_read(
    struct arena *, const struct step_type *, const struct value *parameters, const void **out);

#endif
