/* SPDX-License-Identifier: ISC */
/* The call of an API step as it is made, or would be: its request, and under which key it goes. */
#ifndef STEPS_API_CALL_H
#define STEPS_API_CALL_H

struct api_request;
struct event;
struct step_run;
struct strbuf;

/*
 * Builds the request of a run whose parameters are filled in, and chooses its idempotency key.
 * The run's redactor knows the credentials in its headers afterwards.
 */
void api_call_build(struct step_run *, struct api_request *out);

/*
 * Adds the key and the digest of the body to the event that announces the call.  Returns 0, or -1
 * with err: the call was made before, and its body would be another now.
 */
int api_call_intend(
    const struct step_run *, const struct api_request *, struct event *, struct strbuf *err);

#endif
