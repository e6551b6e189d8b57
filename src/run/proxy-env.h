/* SPDX-License-Identifier: ISC */
/*
 * The proxy that the environment names.  A call leaves that to libcurl; this is for showing it, and
 * a test compares the two.
 */
#ifndef RUN_PROXY_ENV_H
#define RUN_PROXY_ENV_H

/*
 * The proxy for a host (an IPv6 address in []) and a scheme, http or https; NULL: none.  Borrowed
 * from the environment.
 */
const char *proxy_of_environment(const char *scheme, const char *host);

#endif
