/* SPDX-License-Identifier: ISC */
#include "http/syntax.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/origin.h"
#include "base/strbuf.h"
#include "http/http.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define METHOD_MAX   16

struct method {
	const char *name;
	bool idempotent;
	bool has_length; /* its request says how long the body is, also if there is none */
};

static const struct method methods[] = {
    {"GET", true, false},
    {"HEAD", true, false},
    {"POST", false, true},
    {"PUT", true, true},
    {"PATCH", false, true},
    {"DELETE", true, false},
    {"OPTIONS", true, false},
};

/* They belong to the connection, or decide where the message ends. */
static const char *const connection_headers[] = {
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

/* Libraries and proxies keep them out of their logs, and so do we. */
static const char *const credential_headers[] = {
    "api-key",
    "authorization",
    "cookie",
    "private-token",
    "proxy-authorization",
    "set-cookie",
    "x-access-token",
    "x-api-key",
    "x-auth-token",
};

static const struct method *
find_method(const char *name)
{
	for (size_t i = 0; i < COUNT(methods); i++) {
		if (strcmp(name, methods[i].name) == 0)
			return &methods[i];
	}
	return NULL;
}

bool
http_method_known(const char *name)
{
	return find_method(name) != NULL;
}

bool
http_method_idempotent(const char *name)
{
	const struct method *method = find_method(name);

	return method != NULL && method->idempotent;
}

bool
http_method_has_length(const char *name)
{
	const struct method *method = find_method(name);

	return method != NULL && method->has_length;
}

static bool
is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

int
http_header_name_check(const char *name, struct strbuf *err)
{
	if (*name == '\0')
		return fail(err, "a header has no name");
	for (const char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("!#$%&'*+-.^_`|~", *p) == NULL)
			return fail(err,
			    "the name of a header has a byte that is not allowed (0x%02x)",
			    (unsigned char)*p);
	}
	if (is_one_of(name, connection_headers, COUNT(connection_headers)))
		return fail(
		    err, "the header '%s' cannot be set: it belongs to the connection", name);
	return 0;
}

int
http_header_control_byte(const char *value)
{
	for (; *value != '\0'; value++) {
		unsigned char byte = (unsigned char)*value;

		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return byte;
	}
	return 0;
}

int
http_header_value_check(const char *value, struct strbuf *err)
{
	int byte = http_header_control_byte(value);

	if (byte != 0)
		return fail(err, "the value of a header has a control byte (0x%02x)", byte);
	return 0;
}

bool
http_header_is_credential(const char *name)
{
	return is_one_of(name, credential_headers, COUNT(credential_headers));
}

/* Whether the path has a segment "." or "..", for which libraries send another path. */
static bool
has_dot_segment(const char *path)
{
	while (*path == '/') {
		size_t len = strcspn(++path, "/?#");

		if (len > 0 && len <= 2 && strspn(path, ".") >= len)
			return true;
		path += len;
	}
	return false;
}

/* The length of "http://" or "https://"; 0: the URL begins with neither. */
static size_t
scheme_length(const char *url)
{
	if (strncasecmp(url, "https://", 8) == 0)
		return 8;
	return strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
}

int
http_url_check(const char *url, struct strbuf *err)
{
	size_t scheme = scheme_length(url);
	size_t len = strcspn(url + scheme, "/?#");

	if (scheme == 0)
		return fail(err, "a URL begins with 'http://' or 'https://'");
	for (const char *p = url; *p != '\0'; p++) {
		if ((unsigned char)*p <= 0x20 || *p == 0x7f)
			return fail(err, "the URL has a space or control byte (write it as %%%02X)",
			    (unsigned char)*p);
		if (*p == '%' && (!isxdigit((unsigned char)p[1]) || !isxdigit((unsigned char)p[2])))
			return fail(err,
			    "a '%%' in a URL is followed by two hexadecimal digits (write it as %%25)");
	}
	if (origin_authority_check(url + scheme, len, err) != 0)
		return -1;
	if (has_dot_segment(url + scheme + len))
		return fail(
		    err, "the path of the URL has a '.' or '..' in it: write where it leads");
	return 0;
}

int
http_url_split(struct arena *arena, const char *url, struct http_url *out, struct strbuf *err)
{
	size_t scheme = scheme_length(url), len, host_len;
	const char *host = url + scheme, *port, *rest;
	struct strbuf authority = STRBUF_INIT;

	if (http_url_check(url, err) != 0)
		return -1;
	len = strcspn(host, "/?#");
	host_len = origin_host_length(host, len);
	rest = host + len;
	port = arena_strndup(arena, host + host_len, len - host_len); /* ":80", or nothing */
	host = arena_strndup(arena, host, host_len);
	if (*host != '[' && !origin_host_valid(host)) {
		fail(err, "the URL is malformed: no host has such a name");
		return -1;
	}
	origin_add_host(&authority, host);
	if (strcmp(port, scheme == 8 ? ":443" : ":80") != 0 && strcmp(port, ":") != 0)
		strbuf_addstr(&authority, port);
	len = strcspn(rest, "#");
	*out = (struct http_url){
	    .scheme = scheme == 8 ? "https" : "http",
	    .authority = arena_strndup(arena, authority.buf, authority.len),
	    .target = arena_printf(arena, "%s%.*s", *rest == '/' ? "" : "/", (int)len, rest),
	};
	strbuf_release(&authority);
	return 0;
}

bool
http_url_same_origin(const char *left, const char *right)
{
	struct arena arena = ARENA_INIT;
	struct http_url a = {.scheme = "", .authority = ""}, b = a;
	bool same = http_url_split(&arena, left, &a, NULL) == 0 &&
		    http_url_split(&arena, right, &b, NULL) == 0 &&
		    strcmp(a.scheme, b.scheme) == 0 && strcasecmp(a.authority, b.authority) == 0;

	arena_release(&arena);
	return same;
}

/* Decodes what is percent-encoded but a NUL, once and in place; returns the new length. */
static size_t
decode(char *text, size_t len)
{
	size_t end = 0;

	for (size_t i = 0; i < len; i++) {
		long byte = text[i] == '%' ? number_read_hex(text + i + 1, len - i - 1, 2) : -1;

		text[end++] = byte > 0 ? (char)byte : text[i];
		i += byte > 0 ? 2 : 0;
	}
	return end;
}

static bool
part_moves(const char *part, size_t len)
{
	return (len == 1 && part[0] == '.') ||
	       (len >= 2 && memcmp(part, "..", 2) == 0 && (len == 2 || part[2] == ';'));
}

/* Once for the URL itself, and twice more for servers and what is behind them. */
#define DECODINGS 3

bool
http_segment_moves(const char *segment, size_t len)
{
	struct strbuf text = STRBUF_INIT;
	bool moves = false;

	strbuf_add(&text, segment, len);
	/* what is ".", ".." or begins with "..;" still is and does when more is decoded */
	for (int i = 0; i < DECODINGS; i++)
		text.len = decode(text.buf, text.len);
	for (size_t start = 0, end = 0; end <= text.len && !moves; end++) {
		if (end < text.len && text.buf[end] != '/' && text.buf[end] != '\\')
			continue;
		moves = part_moves(text.buf + start, end - start);
		start = end + 1;
	}
	strbuf_release(&text);
	return moves;
}

void
http_url_add_encoded(struct strbuf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char ch = (unsigned char)*text;

		if (isalnum(ch) || strchr("-._~", ch) != NULL)
			strbuf_addch(out, *text);
		else
			strbuf_addf(out, "%%%02X", ch);
	}
}

int
http_request_check(const struct http_request *request, struct strbuf *err)
{
	size_t len = strlen(request->method);

	if (len == 0 || len > METHOD_MAX ||
	    strspn(request->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != len)
		return fail(
		    err, "the method is not a word of 1 to %d upper-case letters", METHOD_MAX);
	if (request->body != NULL && strcmp(request->method, "HEAD") == 0)
		return fail(err, "a HEAD request cannot have a body"); /* libcurl drops it */
	for (size_t i = 0; i < request->header_count; i++) {
		if (http_header_name_check(request->headers[i].name, err) != 0 ||
		    http_header_value_check(request->headers[i].value, err) != 0)
			return -1;
	}
	return http_url_check(request->url, err);
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

static const char *
decoded(struct arena *arena, const char *text, size_t len)
{
	char *out = arena_strndup(arena, text, len);

	out[decode(out, len)] = '\0';
	return out;
}

static int
check_proxy_host(const char *host, struct strbuf *err)
{
	size_t end = strcspn(host, "/?#");

	if (strchr("/:", *host) != NULL)
		return fail(err, "the proxy has no host");
	if (host[end] != '\0' && strcmp(host + end, "/") != 0)
		return fail(
		    err, "the proxy has a '/', '?' or '#' in it: write it as %%2F, %%3F or %%23");
	if (strchr(host, '@') != NULL)
		return fail(err, "the proxy has more than one '@': write the others as %%40");
	return 0;
}

int
http_proxy_parse(struct arena *arena, const char *text, struct http_proxy *out, struct strbuf *err)
{
	static const char *const schemes[] = {
	    "http", "https", "socks4", "socks4a", "socks5", "socks5h"};
	const char *separator = strstr(text, "://"), *start, *at, *host;

	start = separator == NULL ? text : separator + 3;
	if (separator != NULL && !is_one_of(arena_strndup(arena, text, (size_t)(separator - text)),
				     schemes, COUNT(schemes)))
		return fail(err,
		    "a proxy is 'none' or begins with http://, https://, socks4://, socks4a://, "
		    "socks5:// or socks5h://");
	for (const char *p = start; *p != '\0'; p++) {
		if ((unsigned char)*p <= 0x20 || *p == 0x7f)
			return fail(err, "the proxy has a space or control byte");
	}
	at = strchr(start, '@');
	host = at == NULL ? start : at + 1;
	if (at != NULL && start + strcspn(start, "/?#") < at)
		host = start; /* the text before the "@" is a host that ends there */
	if (check_proxy_host(host, err) != 0)
		return -1;
	*out = (struct http_proxy){.url = strcmp(text, "none") == 0 ? "" : text};
	if (at != NULL) {
		size_t user = strcspn(start, ":@");

		out->url = arena_printf(arena, "%.*s%s", (int)(start - text), text, host);
		out->user = decoded(arena, start, user);
		if (start[user] == ':')
			out->password =
			    decoded(arena, start + user + 1, (size_t)(at - start) - user - 1);
	}
	return 0;
}

const char *
http_proxy_origin(struct arena *arena, const struct http_proxy *proxy, struct strbuf *err)
{
	const char *separator = strstr(proxy->url, "://"), *host, *port = "";
	const char *scheme = "http";
	size_t len;

	if (separator != NULL)
		scheme = arena_strndup(arena, proxy->url, (size_t)(separator - proxy->url));
	host = separator == NULL ? proxy->url : separator + 3;
	len = strcspn(host, "/");
	if (len > 0 && host[len - 1] == ':')
		len--;
	if (strcasecmp(scheme, "http") == 0 && origin_host_length(host, len) == len)
		port = ":1080";
	return origin_of(
	    arena, arena_printf(arena, "%s://%.*s%s", scheme, (int)len, host, port), err);
}
