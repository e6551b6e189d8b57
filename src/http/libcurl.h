/* SPDX-License-Identifier: ISC */
/*
 * libcurl is loaded when the first call is about to be made: it brings thirty libraries along,
 * which take longer to load than everything that svcreq-run does when there is nothing to send.
 *
 * Its functions keep their names and its header their types: libcurl.c defines each that is used
 * here as a step to the one that was loaded.
 */
#ifndef HTTP_LIBCURL_H
#define HTTP_LIBCURL_H

struct strbuf;

/* Loads libcurl unless that was done.  Returns 0, or -1 with err: it is missing or too old. */
int libcurl_load(struct strbuf *err);
/*
 * A function of libcurl or of a library that it uses itself, such as its OpenSSL.  NULL: there is
 * none.  libcurl must be loaded.
 */
void *libcurl_symbol(const char *name);

#endif
