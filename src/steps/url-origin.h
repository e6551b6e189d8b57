/* SPDX-License-Identifier: ISC */
/* Who is called: scheme, host and port of a URL (RFC 6454). */
#ifndef STEPS_URL_ORIGIN_H
#define STEPS_URL_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

struct url_origin {
	bool secure;	  /* https */
	const char *host; /* in the URL, as written there; a user and a password are part of it */
	size_t host_len;
	long port; /* the one of the scheme when none is written; -1: it is none */
};

/* The URL begins with http:// or https://. */
void url_origin_of(const char *url, struct url_origin *out);
/* Whether both URLs call the same server; false for what is not http or https. */
bool url_same_origin(const char *left, const char *right);

#endif
