/* SPDX-License-Identifier: ISC */
/* Pipelines from text, and requests that live through events as they would stand on disk. */
#ifndef MODEL_HELPER_H
#define MODEL_HELPER_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "model/request/event.h"
#include "model/request/request.h"

struct faults;
struct placeholder_scope;

#define MODEL_NOW	1000000000000 /* 2001-09-09T01:46:40.000Z */
#define MODEL_REQUESTER "rita"

/* The value of a YAML text, which is in order. */
struct value *model_yaml(struct arena *, const char *text);
/* value_equal() to what the YAML text says. */
void model_assert_value(const struct value *, const char *yaml);

/* The pipeline of a YAML text, which is in order. */
void model_pipeline(struct arena *, const char *yaml, struct pipeline *out);
/* The text of the faults of a file "x.yaml" with that text; "" when there is none. */
void model_assert_faults(const char *yaml, const char *expected);

/* Placeholders stand for the members of a map; a name that is not in it for nothing. */
struct placeholder_scope model_scope(struct value *map);

/*
 * A request as it is created from a pipeline's text by MODEL_REQUESTER: all its first events are
 * applied.
 */
void model_request(struct request *, const char *pipeline, const char *form_data);

/* What an event has beyond its type and its step. */
struct model_detail {
	const char *by; /* NULL: "adam" */
	enum reason reason;
	enum effect effect;
	int64_t http_status;
	int64_t not_before;
	int64_t expires_at;
	const char *outputs;	 /* YAML */
	const char *form_data;	 /* YAML */
	const char *approved_by; /* YAML */
	bool override;
	struct user_number uid; /* of who it is by */
	const char *host;	/* who runs the step */
	int64_t process;
};

/* The next event of the request, settled if it can be; step is NULL for the request as a whole. */
void model_prepare(const struct request *, enum event_type, const char *step,
    const struct model_detail *, struct event *out);
/* Writes the event, reads it again, and applies it with the digest of what was written. */
int model_apply(struct request *, const struct event *, struct strbuf *err);

/* The next event happens. */
void model_happens(struct request *, enum event_type, const char *step);
void model_happens_with(
    struct request *, enum event_type, const char *step, const struct model_detail *);
/* The next event is refused with that message, and the request is as it was. */
void model_refuses(struct request *, enum event_type, const char *step, const char *message);
/* The event is applied. */
void model_applies(struct request *, const struct event *);
/* That event is refused with that message, and the request is as it was. */
void model_refuses_event(struct request *, const struct event *, const char *message);

/* The state of the request, and of the step where one is named. */
void model_assert_request(const struct request *, enum request_status);
void model_assert_step(const struct request *, const char *step, enum step_status);

#endif
