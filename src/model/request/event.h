/* SPDX-License-Identifier: ISC */
/*
 * One event: an immutable JSON object that says what happened to a service request.
 * A request is the sequence of its events; see svcreq-state(5).
 */
#ifndef MODEL_REQUEST_EVENT_H
#define MODEL_REQUEST_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "model/request/status.h"

struct arena;
struct strbuf;
struct value;

/* A user by number, where it is known. */
struct user_number {
	bool known;
	uid_t uid;
};

/* Fields that do not apply are NULL or 0. */
struct event {
	int64_t event_id; /* 1, 2, 3, ... within the request */
	enum event_type event_type;
	enum request_status status; /* of the request, after this event */
	int64_t service_request_id;
	const char *pipeline_name;
	const char *requested_by;
	const char *step_name;
	const char *step_type;
	int64_t attempt; /* of the step, from 1 */
	const char *created_by;
	struct user_number created_by_uid; /* of who created or decided */
	int64_t created_at;		   /* ms since 1970 */
	int64_t replaces;		   /* the request that a new one replaces */
	const char *key;		   /* under which its requester finds it again */
	const char *prev;   /* SHA-256 of the bytes of the event before; NULL in the first */
	const char *sha256; /* of the event's own bytes before it; NULL: it has no such check */
	enum reason reason;
	enum effect effect;		 /* of the attempt that ended, or that may begin */
	const char *message;		 /* why it failed, for people */
	const char *remarks;		 /* what the person who decided wrote */
	int64_t not_before;		 /* ms since 1970: the next attempt starts no sooner */
	int64_t expires_at;		 /* ms since 1970: an approval after it is refused */
	const struct value *approvers;	 /* list: who is waited for; NULL: the admins */
	const struct value *approved_by; /* list: whose votes count with this one */
	bool override;			 /* an admin has approved in the place of the approvers */
	int64_t http_status;
	int64_t duration_ms;
	const char *idempotency_key; /* what was sent with it goes with no other body: */
	const char *body_sha256;
	const char *host; /* who runs the step: the machine and its boot, */
	const char *boot;
	int64_t process; /* the process, and in ticks since the boot when it began */
	int64_t process_start;
	const struct value *outputs; /* map: what later steps may use */
	int64_t rules;		     /* that the pipeline is written by */
	const struct value *pipeline_version;
	const char *pipeline_sha256; /* of a pipeline that takes the place of another: of */
	const char *replaced_pipeline_sha256; /* its own document, and of that one's */
	const struct value *pipeline;	      /* the document as it was */
	const struct value *form_data;
	/* Not a member: the user to whom it belongs where it is kept; 0: root, or nobody knows. */
	uid_t writer;
};

/* Appends the event as one line of JSON with its newline. */
void event_write(const struct event *, struct strbuf *out);
/*
 * Reads what event_write() writes.  name is for messages.  Members it does not know are left
 * alone, so that a later version may add some.  Returns 0, or -1 with err; strings live in the
 * arena.
 */
int event_read(struct arena *, const char *name, const char *text, size_t len, struct event *out,
    struct strbuf *err);

/*
 * Whether it is by that person: who has the number, under whatever name; by the name where one of
 * the numbers is not known.
 */
bool event_is_by(const struct event *, const char *name, const struct user_number *);

#endif
