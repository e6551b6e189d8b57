/* SPDX-License-Identifier: ISC */
/*
 * Names of placeholders that stand for something else than form fields and outputs: secret:NAME,
 * var:NAME, request:MEMBER, time:now+SPAN, step:NAME.MEMBER.
 */
#ifndef MODEL_PIPELINE_NAMESPACE_H
#define MODEL_PIPELINE_NAMESPACE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct strbuf;
struct suggestion;

/* The first rules that have others than secret:.  By those before they are plain names. */
#define NAMESPACE_RULES 4

enum namespace {
	NAMESPACE_NONE,
	NAMESPACE_SECRET,
	NAMESPACE_VAR,
	NAMESPACE_REQUEST,
	NAMESPACE_TIME,
	NAMESPACE_STEP,
};

/* What is known of a request. */
enum request_member {
	REQUEST_ID,
	REQUEST_PIPELINE,
	REQUEST_REQUESTER,
	REQUEST_CREATED_AT,
	REQUEST_TITLE,
	REQUEST_APPROVED_BY,
};

/* What is known of a step that is completed. */
enum step_member {
	STEP_MEMBER_STATUS,
	STEP_MEMBER_HTTP_STATUS,
};

/* The namespace of a name by these rules, and in *rest what is behind its colon. */
enum namespace namespace_of(const char *name, int64_t rules, const char **rest);
/* Each reads the rest of a name.  Returns 0, or -1 with err, which has a suggestion. */
int namespace_read_request(const char *rest, enum request_member *out, struct strbuf *err);
/* How many ms from now on: "now", "now+2h", "now-1d". */
int namespace_read_time(const char *rest, int64_t *shift, struct strbuf *err);
/* The step's name, in the arena, is before the last dot. */
int namespace_read_step(
    struct arena *, const char *rest, const char **step, enum step_member *out, struct strbuf *err);
/* Offers all names that are the same for every pipeline. */
void namespace_offer(struct suggestion *);

#endif
