/* SPDX-License-Identifier: ISC */
/* The step type API, one HTTP call: its parameters, and the request that they make. */
#ifndef STEPS_API_H
#define STEPS_API_H

#include <stdbool.h>
#include <stdint.h>

#include "http/http.h"
#include "model/step-type.h"
#include "steps/api-auth.h"

struct arena;
struct check_mode;
struct parameter_check;
struct step_plan;
struct strbuf;
struct value;

/* In the order of the words. */
enum api_idempotency {
	IDEMPOTENCY_NONE,
	IDEMPOTENCY_SENT,
	IDEMPOTENCY_HONOURED,
};

/* In retry.on, where any other word is a status: an output is not there; expect is not met. */
#define API_ON_OUTPUTS	   "outputs"
#define API_ON_EXPECTATION "expectation"

struct api_parameters {
	struct http_request request; /* but for what follows */
	const char *ca_file;	     /* paths; NULL: not given */
	const char *client_cert;
	const char *client_key;
	const struct value *query;   /* map; NULL: none, here and below */
	const struct value *headers; /* map */
	struct api_auth auth;
	const struct value *data; /* the body: of these four at most one */
	const struct value *form; /* map */
	const char *body;
	const struct value *multipart;	    /* map */
	const struct value *success_status; /* list; never NULL */
	const struct value *outputs;	    /* map of what answer-kinds.h reads */
	const struct value *expect;	    /* map */
	const struct value *until;	    /* map */
	int64_t every;			    /* ms: how often it is asked for until then, */
	int64_t lasts;			    /* and for how long */
	struct retry_policy retry;
	int64_t follow_redirects;
	bool repeatable;      /* the author says so */
	unsigned idempotency; /* enum api_idempotency */
};

/* A request, exactly as it is sent, or with stand-ins as it is shown. */
struct api_call {
	struct http_request request;
	bool configured_proxy;	 /* it is that of the workspace's configuration */
	const char *key;	 /* the idempotency key that we chose; NULL: none */
	const char *body_sha256; /* of a call with a key; NULL: it has no body */
};

/*
 * Builds the request of a plan, in the plan's arena.  Returns 0, or -1 with err: the workspace's
 * configuration names a proxy that is none.
 */
int api_call_build(const struct step_plan *, struct api_call *out, struct strbuf *err);
/*
 * Appends the way that a call with stand-ins takes, and the message as it goes over the wire (RFC
 * 9112) but for the CRs, with libcurl's own header fields in it.  Returns 0, or -1 with err: it
 * cannot be sent.
 */
int api_call_show(const struct api_call *, struct strbuf *out, struct strbuf *err);
/*
 * Returns whether sending it again does no harm: by its method, because a key is honoured, or
 * because the author says so.
 */
bool api_is_repeatable(const struct api_parameters *);

/* Adds the faults of retry.on, until and what belongs to it. */
void api_check_again(const struct api_parameters *, const struct parameter_check *);

/* The receivers of struct step_type. */
void api_receivers(struct arena *, const void *parameters, const char *parameter,
    const struct check_mode *, struct value *out);

#endif
