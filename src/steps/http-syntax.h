/* SPDX-License-Identifier: ISC */
/* Reading one parameter's value by its kind; the rules that parameters_check() applies. */
#ifndef STEPS_HTTP_SYNTAX_H
#define STEPS_HTTP_SYNTAX_H

#include <stdbool.h>
#include <stdint.h>

struct value;
struct strbuf;

/* GET HEAD POST PUT PATCH DELETE OPTIONS. */
bool http_method_known(const char *method);
/* Sending it twice is the same as sending it once (RFC 9110, 9.2.2). */
bool http_method_idempotent(const char *method);
/* A token of RFC 9110, and not one of those that belong to the connection. */
int http_header_name_check(const char *name, struct strbuf *err);
/* No control bytes but the tab. */
int http_header_value_check(const char *value, struct strbuf *err);

/*
 * http:// or https://, a host, no user, no space or control byte, no "%" that is no escape, no
 * "." or ".." in the path.
 */
int url_check(const char *url, struct strbuf *err);

/* "none", or [http|https|socks4|socks4a|socks5|socks5h://][user:password@]host[:port]. */
int proxy_check(const char *proxy, struct strbuf *err);

/* 1048576, 64KiB, 1MiB, 2GiB; -1: it is not a size. */
int64_t size_parse(const char *text);
/* Whether a status list as in "success_status" (checked before) has that status. */
bool status_list_has(const struct value *list, int status);
bool status_pattern_valid(const struct value *pattern);

#endif
