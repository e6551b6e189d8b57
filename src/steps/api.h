/* SPDX-License-Identifier: ISC */
/*
 * The HTTP request of an API step, exactly as it is to be sent: one place for sending and for
 * showing it.
 */
#ifndef STEPS_API_H
#define STEPS_API_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct faults;
struct value;

struct api_header {
	const char *name;
	const char *value;
};

struct api_request {
	const char *method;
	const char *url; /* with the query */
	struct api_header *headers;
	size_t header_count;
	const char *body; /* NULL: none */
	size_t body_len;
};

/*
 * Builds it in the arena from parameters that parameters_fill() gave.  idempotency_key may be
 * NULL: none is sent.
 */
void api_request_build(struct arena *, const struct value *parameters, const char *idempotency_key,
    struct api_request *out);

/* Whether the pipeline sets it; case is ignored. */
bool api_request_has_header(const struct api_request *, const char *name);

/* What must hold between the parameters of an API step. */
void api_parameters_check(const struct value *parameters, struct faults *);

/* Whether sending it again does no harm: its method says so, or the server honours the key. */
bool api_request_repeatable(const struct value *parameters);

/* Whether a header's value is a credential, which is never shown. */
bool api_header_is_credential(const char *name);

#endif
