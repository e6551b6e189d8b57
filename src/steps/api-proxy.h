/* SPDX-License-Identifier: ISC */
/*
 * The proxy of a call: the step's; else that of state/config.yaml; else the environment's, which is
 * the owner's own.
 */
#ifndef STEPS_API_PROXY_H
#define STEPS_API_PROXY_H

#include <stdbool.h>

struct api_call;
struct arena;
struct http_proxy;
struct step_defaults;
struct strbuf;

/* The variables that may name a proxy, in libcurl's order; end in NULL. */
extern const char *const api_proxy_variables[];

/* Whether the workspace's proxy is one.  Returns 0, or -1 with err. */
int api_proxy_check(const struct step_defaults *, struct strbuf *err);
/*
 * Gives a call whose step names no proxy that of the workspace, if it has one.  The texts are in
 * the arena or borrowed from the defaults.  Returns 0, or -1 with err: it is no proxy.
 */
int api_proxy_choose(
    struct arena *, const struct step_defaults *, struct api_call *, struct strbuf *err);
/* Appends ", through the proxy ..." without what it holds of credentials, or nothing. */
void api_proxy_add(struct strbuf *out, struct arena *, const struct api_call *, bool secure);

#endif
