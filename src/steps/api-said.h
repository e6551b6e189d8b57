/* SPDX-License-Identifier: ISC */
/* What a server says about the call that it answers, in its own words. */
#ifndef STEPS_API_SAID_H
#define STEPS_API_SAID_H

struct http_response;
struct step_run;

/*
 * Returns one line for people, in the run's arena, with its secrets masked: the first line of what
 * the members say that APIs have for it (error, message, detail, title and their like; RFC 6749,
 * 5.2 and RFC 9457), the title of a page in HTML, or how the text begins.  NULL: it says nothing,
 * or nothing that is text.
 */
const char *api_said(const struct step_run *, const struct http_response *);

#endif
