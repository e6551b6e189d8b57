/* SPDX-License-Identifier: ISC */
/* A field of a form: its type decides what is kept of what was filled in. */
#ifndef MODEL_PIPELINE_FIELD_H
#define MODEL_PIPELINE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct datetime;
struct strbuf;
struct value;

enum field_type {
	FIELD_INPUT,	  /* one line */
	FIELD_TEXT,	  /* lines */
	FIELD_SELECT,	  /* one of the options */
	FIELD_CHECKBOXES, /* any of the options, as a list */
	FIELD_WHOLE,	  /* "integer": a number without a fraction */
	FIELD_NUMBER,
	FIELD_TRUTH, /* "boolean" */
	FIELD_DATE,
	FIELD_DATETIME, /* with its offset */
	FIELD_DURATION,
	FIELD_USER,
};

struct field {
	const char *name;
	const char *title; /* the name when none was given */
	const char *description;
	const char *placeholder; /* an example to show while the field is empty */
	enum field_type type;
	bool required;
	bool implicit;		 /* not in the form: a placeholder asks for it */
	bool secret;		 /* not shown while typed, masked in logs and status */
	int64_t min_length;	 /* characters (input, text) */
	int64_t max_length;	 /* of them; 0: no limit */
	const char *pattern;	 /* that the whole value fits (input, text); NULL: none */
	const struct value *min; /* as the type keeps it; NULL: none */
	const struct value *max;
	const struct value *options;  /* list of strings; NULL: not of this type */
	const char *const *labels;    /* of the options, in their order; NULL: they have none */
	const struct value *fallback; /* the default as it is written; NULL: none */
};

/* What the machine knows on which a form is filled in. */
struct form_machine {
	/* Finds the offset of a local time.  Returns 0, or -1 with err. */
	int (*locate)(const void *context, struct datetime *, struct strbuf *err);
	/* Whether there is such a user.  Returns 0, or -1 with err. */
	int (*check_user)(const void *context, const char *user, struct strbuf *err);
	const void *context;
};

/* Believes every user, and leaves a local time as it is: for what is judged elsewhere. */
extern const struct form_machine form_machine_unknown;

/*
 * Makes of what was given for a field (NULL: nothing) the value that is kept: numbers with their
 * digits, a time with its offset, a list of the values of options.  *out is NULL when the field was
 * left out.  Returns 0, or -1 with every reason in err, which does not have the value of a secret
 * field.  machine: NULL, nobody can be asked.
 */
int field_read(struct arena *, const struct field *, const struct form_machine *,
    const struct value *given, const struct value **out, struct strbuf *err);
/* Whether field_read() takes it.  Returns 0, or -1 with err. */
int field_check(const struct field *, const struct form_machine *, const struct value *given,
    struct strbuf *err);
/*
 * Whether what was given is none: nothing or null, and of a type that is no text an empty text too,
 * so that the default counts.
 */
bool field_is_left_out(const struct field *, const struct value *given);
/* The name of a type as it is written. */
const char *field_type_name(enum field_type);
/* Finds the type of a name.  False: there is none. */
bool field_type_find(const char *name, enum field_type *out);
/* The names of the types; NULL after the last. */
const char *field_type_at(size_t index);
/* Whether what is filled in is one of the options, or several. */
bool field_type_has_options(enum field_type);
/* Whether it is text that has a length and can have a pattern. */
bool field_type_is_text(enum field_type);
/* Whether its values can be compared with a least and a greatest one. */
bool field_type_has_order(enum field_type);
/* Whether the text is one of the options of a field that has some. */
bool field_has_option(const struct field *, const char *text);
/* The value of the option that has that value, or else that label; NULL: none has. */
const char *field_option_value(const struct field *, const char *text);

/* ---- for field.c and field-typed.c */

struct field_reading {
	struct arena *arena;
	const struct field *field;
	const struct form_machine *machine;
	struct strbuf *err;
};

/* Adds a reason to err.  Returns -1. */
int field_reason(const struct field_reading *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The value in quotes, a long one shortened; "it" when it is secret.  In the arena. */
const char *field_quote(const struct field_reading *, const char *text);
/* Reads a value of a type that is neither text nor has options.  NULL with err: it does not fit. */
const struct value *field_read_typed(const struct field_reading *, const struct value *given);
/* Less than 0, 0 or more than 0: two values of a type that has an order, as it is kept. */
int field_compare(enum field_type, const struct value *a, const struct value *b);

#endif
