/* SPDX-License-Identifier: ISC */
/*
 * The step types and their parameters, as data: pipelines are checked by these tables
 * without the code that runs a step, and help and the manual are checked against them.
 */
#ifndef MODEL_STEP_TYPE_H
#define MODEL_STEP_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct faults;
struct placeholder_scope;
struct strbuf;
struct value;

enum parameter_kind {
	PARAMETER_TEXT,	    /* any string */
	PARAMETER_WORD,	    /* one of the words in choices */
	PARAMETER_METHOD,   /* an HTTP method */
	PARAMETER_URL,	    /* http or https; placeholders behind the host are percent-encoded */
	PARAMETER_PROXY,    /* a URL, or "none" */
	PARAMETER_HEADERS,  /* header name -> value */
	PARAMETER_QUERY,    /* name -> scalar or list of scalars */
	PARAMETER_JSON,	    /* any value */
	PARAMETER_STATUSES, /* list of 200, "2xx", "200-204" */
	PARAMETER_DURATION, /* 10s */
	PARAMETER_COUNT,    /* a whole number from 0 on */
	PARAMETER_SIZE,	    /* bytes: 1048576, 64KiB, 1MiB */
	PARAMETER_BOOLEAN,
	PARAMETER_USERS,    /* list of user names and @groups */
	PARAMETER_POINTERS, /* output name -> JSON Pointer */
	PARAMETER_GROUP,    /* a map of the members */
};

struct parameter_type {
	const char *name;
	enum parameter_kind kind;
	bool required;
	bool fixed; /* no placeholders: it is the pipeline's to say */
	const char
	    *standard; /* the value when it is not given, as it would be written; NULL: none */
	long most; /* the upper bound of a duration (seconds), count or size; 0: the kind's own */
	const char *const *choices;	      /* PARAMETER_WORD; ends in NULL */
	const struct parameter_type *members; /* PARAMETER_GROUP; ends in a NULL name */
	const char *summary;
};

/* What a running step waits for without a process that runs it. */
enum step_pause {
	PAUSE_NONE,
	PAUSE_PERSON, /* people approve or reject: its request is Pending */
	PAUSE_TIME,
};

/* Who decides about a step that pauses for people, and how. */
struct approval_policy {
	const struct value *approvers; /* list of users and @groups; NULL: the admins */
	int64_t required;	       /* votes */
	bool prevent_self_approval;    /* the requester may not approve */
	int64_t expires_after;	       /* ms; 0: never */
	const char *instructions;      /* with placeholders; NULL: none */
};

/* Votes that nobody can reach: the policy of a step that cannot be read. */
#define APPROVALS_NEVER INT64_MAX

struct step_type {
	const char *name;
	const struct parameter_type *parameters; /* ends in a NULL name */
	/* What must hold between parameters that are each right by themselves.  NULL: nothing. */
	void (*check)(const struct value *parameters, struct faults *);
	enum step_pause pauses;
	/* PAUSE_PERSON: reads the policy from parameters as they are written, placeholders and all. */
	void (*policy)(const struct value *parameters, struct approval_policy *out);
	const char *summary;
};

/*
 * The type of that name in a catalogue, which ends in NULL; NULL: there is none.  Each program
 * hands its catalogue down from main() to wherever a pipeline is built.
 */
const struct step_type *step_type_find(const struct step_type *const *types, const char *name);
/* The table's entry of a parameter; NULL: the type has none of that name. */
const struct parameter_type *parameter_find(const struct parameter_type *table, const char *name);

/*
 * Checks the parameters of a step (a VALUE_MAP) against its type.  A string with a placeholder
 * is only checked for what does not depend on it.
 */
void parameters_check(const struct step_type *, const struct value *parameters, struct faults *);
/*
 * The same once placeholders are filled in: whether the step can be run.  A "${" that is left is
 * text.
 */
void
parameters_check_filled(const struct step_type *, const struct value *parameters, struct faults *);

/* The same while some parameters are not known yet: none is missing. */
void
parameters_check_some(const struct step_type *, const struct value *parameters, struct faults *);

/*
 * A copy of the parameters with their placeholders filled in, URLs by placeholder_fill_url(), and
 * checked again.  Returns 0, or -1 with err.
 */
int parameters_fill(struct arena *, const struct step_type *, const struct value *parameters,
    const struct placeholder_scope *, const struct value **out, struct strbuf *err);
/*
 * The same of some parameters of a step, while others are not known yet: a fault for each that
 * cannot be filled in or does not fit.
 */
void parameters_fill_some(struct arena *, const struct step_type *, const struct value *parameters,
    const struct placeholder_scope *, struct faults *);
/* The value of a parameter, or its standard value; NULL: neither. */
const struct value *parameter_value(struct arena *, const struct parameter_type *table,
    const struct value *parameters, const char *name);
/* The same of a duration in ms, a count or a size in bytes; the parameter has a standard value. */
int64_t parameter_number(
    const struct parameter_type *table, const struct value *parameters, const char *name);

#endif
