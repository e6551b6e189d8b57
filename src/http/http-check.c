/* SPDX-License-Identifier: ISC */
#include "http/http-check.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "http/http.h"

#define METHOD_MAX 16

static bool
is_token(const char *name)
{
	for (const char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("!#$%&'*+-.^_`|~", *p) == NULL)
			return false;
	}
	return name[0] != '\0';
}

static bool
has_control(const char *value)
{
	for (const char *p = value; *p != '\0'; p++) {
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return true;
	}
	return false;
}

int
http_check_request(const struct http_request *request, struct strbuf *err)
{
	size_t len = strlen(request->method);

	if (len == 0 || len > METHOD_MAX ||
	    strspn(request->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != len)
		return fail(
		    err, "the method is not a word of 1 to %d upper-case letters", METHOD_MAX);
	if (request->body != NULL && strcmp(request->method, "HEAD") == 0)
		return fail(err, "a HEAD request cannot have a body"); /* libcurl drops it */
	for (size_t i = 0; i < request->header_count; i++) {
		const struct http_header *header = &request->headers[i];
		if (!is_token(header->name))
			return fail(err, "the name of header %zu is not a token", i + 1);
		if (has_control(header->value))
			return fail(
			    err, "header '%s' has a control character in its value", header->name);
	}
	return 0;
}

bool
http_has_header(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strcasecmp(request->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

int
http_check_url_start(const char *url, struct strbuf *err)
{
	bool http = strncasecmp(url, "http://", 7) == 0;

	if (!http && strncasecmp(url, "https://", 8) != 0)
		return fail(err, "the URL does not begin with http:// or https://");
	/* libcurl skips a third slash. */
	if (url[http ? 7 : 8] == '/')
		return fail(err, "the URL is malformed: no host");
	return 0;
}

long
http_timeout(int64_t ms)
{
	return ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

void
http_add_header_line(struct strbuf *line, const struct http_header *header)
{
	const char *value = header->value + strspn(header->value, " \t");

	if (value[0] == '\0')
		strbuf_addf(line, "%s;", header->name);
	else
		strbuf_addf(line, "%s: %s", header->name, value);
}

const char *
http_body(const struct http_request *request, size_t *len)
{
	static const char *const with_length[] = {"POST", "PUT", "PATCH"};

	*len = request->body == NULL ? 0 : request->body_len;
	for (size_t i = 0; i < sizeof(with_length) / sizeof(with_length[0]); i++) {
		if (request->body == NULL && strcmp(request->method, with_length[i]) == 0)
			return "";
	}
	return request->body;
}
