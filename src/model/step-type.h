/* SPDX-License-Identifier: ISC */
/*
 * A step type: everything that is said about its steps before one is run.  Each is defined in a
 * file of steps/, whose pair there runs its steps, and is in the catalogue that each program hands
 * down from main() to wherever a pipeline is built.
 */
#ifndef MODEL_STEP_TYPE_H
#define MODEL_STEP_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct check_mode;
struct parameter_check;
struct parameter_field;
struct step_plan;
struct strbuf;
struct value;

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
	bool override;		       /* an admin may approve in the place of the approvers */
	int64_t expires_after;	       /* ms; 0: never */
	const char *instructions;      /* with placeholders; NULL: none */
};

/* Votes that nobody can reach: the policy of a step that cannot be read. */
#define APPROVALS_NEVER INT64_MAX

/* How often a step is tried, and how long the pauses between are. */
struct retry_policy {
	int64_t max_attempts;
	int64_t backoff;     /* ms: the longest before the second attempt; it doubles with each */
	int64_t max_backoff; /* ms: the longest before any */
	const struct value *on; /* list, in the type's own words: what else is tried again; NULL */
};

struct step_type {
	const char *name;
	const char *summary;
	const struct parameter_field *fields; /* of its parameters; ends in a NULL name */
	size_t size;			      /* of the struct that they are read into */
	/* Reports what does not go together with parameter_fault().  NULL: everything does. */
	void (*check)(const void *parameters, const struct parameter_check *);
	enum step_pause pauses;
	/* PAUSE_PERSON: the policy of parameters as they are written, placeholders and all. */
	void (*policy)(const void *parameters, struct approval_policy *out);
	/* Calls each with every file that a step reads.  NULL: it reads none. */
	void (*files)(const void *parameters,
	    void (*each)(void *context, const char *path, bool is_secret), void *context);
	/* By which its failed attempts are tried again.  NULL: none is. */
	const struct retry_policy *(*retry)(const void *parameters);
	/*
	 * The longest that one attempt can take, in ms, by parameters that are filled in.  0, or
	 * NULL: nobody knows.
	 */
	int64_t (*longest)(const void *parameters);
	/*
	 * Adds to a list everybody who gets to read what stands in that parameter: origins, or
	 * words where nobody knows one.  What the mode says is open is passed over.  NULL: a step
	 * does not say where it sends anything.
	 */
	void (*receivers)(struct arena *, const void *parameters, const char *parameter,
	    const struct check_mode *, struct value *out);
	/* Appends, in a line without a newline, what parameters as they are written will do. */
	void (*describe)(const void *parameters, struct strbuf *out);
	/*
	 * Appends what a step is going to send, in lines: the only way in which it is shown.
	 * Returns 0, or -1 with err: it cannot be sent.  NULL: nothing is sent.
	 */
	int (*show)(const struct step_plan *, struct strbuf *out, struct strbuf *err);
};

/* The type of that name in a catalogue, which ends in NULL; NULL: there is none. */
const struct step_type *step_type_find(const struct step_type *const *types, const char *name);

#endif
