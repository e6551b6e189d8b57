/* SPDX-License-Identifier: ISC */
#include "steps/http-syntax.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "base/value.h"

struct method {
	const char *name;
	bool idempotent;
};

static const struct method methods[] = {
    {"GET", true},
    {"HEAD", true},
    {"POST", false},
    {"PUT", true},
    {"PATCH", false},
    {"DELETE", true},
    {"OPTIONS", true},
};

/* They belong to the connection, or decide where the message ends. */
static const char *const forbidden_headers[] = {
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

static const struct method *
find_method(const char *name)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
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
	for (size_t i = 0; i < sizeof(forbidden_headers) / sizeof(forbidden_headers[0]); i++) {
		if (strcasecmp(name, forbidden_headers[i]) == 0)
			return fail(err,
			    "the header '%s' cannot be set: it belongs to the connection", name);
	}
	return 0;
}

int
http_header_value_check(const char *value, struct strbuf *err)
{
	for (const char *p = value; *p != '\0'; p++) {
		unsigned char ch = (unsigned char)*p;

		if ((ch < 0x20 && ch != '\t') || ch == 0x7f)
			return fail(err, "the value of a header has a control byte (0x%02x)", ch);
	}
	return 0;
}

/* Whether the path has a segment "." or "..": what is called would not be what stands there. */
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

/* Empty, which stands for the usual port, or 1 to 65535 without zeros before it. */
static bool
port_valid(const char *text, size_t len)
{
	long port = 0;

	if (len == 0)
		return true;
	if (len > 5 || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		port = port * 10 + (text[i] - '0');
	}
	return port <= 65535;
}

static bool
is_ipv6(const char *text, size_t len)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr out;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	return inet_pton(AF_INET6, address, &out) == 1;
}

/* "host", "host:port" or "[address]:port". */
static int
check_authority(const char *text, size_t len, struct strbuf *err)
{
	size_t host = strcspn(text, *text == '[' ? "]" : ":/?#");

	if (len == 0 || *text == ':')
		return fail(err, "the URL has no host");
	if (memchr(text, '@', len) != NULL)
		return fail(err, "a URL cannot hold a user or password: use a header");
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return fail(err,
			    "a host in a URL is written in ASCII (such as xn--bcher-kva.example)");
	}
	if (*text == '[') {
		if (host >= len || !is_ipv6(text + 1, host - 1))
			return fail(err, "'[' in a URL begins an IPv6 address, such as [::1]");
		host++;
	} else if (memchr(text, '%', host) != NULL || memchr(text, '[', host) != NULL ||
		   memchr(text, ']', host) != NULL) {
		return fail(err, "the host in the URL has a '%%', '[' or ']'");
	}
	if (host < len && (text[host] != ':' || !port_valid(text + host + 1, len - host - 1)))
		return fail(err, "the port in the URL is not a number from 1 to 65535");
	return 0;
}

int
url_check(const char *url, struct strbuf *err)
{
	size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
			: strncasecmp(url, "http://", 7) == 0 ? 7
							      : 0;
	size_t host = strcspn(url + scheme, "/?#");

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
	if (check_authority(url + scheme, host, err) != 0)
		return -1;
	if (has_dot_segment(url + scheme + host))
		return fail(
		    err, "the path of the URL has a '.' or '..' in it: write where it leads");
	return 0;
}

/* The message leaves the proxy out: there may be a password in it. */
int
proxy_check(const char *proxy, struct strbuf *err)
{
	static const char *const schemes[] = {
	    "http", "https", "socks4", "socks4a", "socks5", "socks5h"};
	const char *host = strstr(proxy, "://");
	size_t scheme_len = host == NULL ? 0 : (size_t)(host - proxy);
	bool known = host == NULL;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (host != NULL && strlen(schemes[i]) == scheme_len &&
		    strncasecmp(proxy, schemes[i], scheme_len) == 0)
			known = true;
	}
	if (!known)
		return fail(err,
		    "a proxy is 'none' or begins with http://, https://, socks4://, socks4a://, "
		    "socks5:// or socks5h://");
	host = host == NULL ? proxy : host + 3;
	if (strchr("/:", *host) != NULL)
		return fail(err, "the proxy has no host");
	for (const char *p = host; *p != '\0'; p++) {
		if ((unsigned char)*p <= 0x20 || *p == 0x7f)
			return fail(err, "the proxy has a space or control byte");
	}
	return 0;
}

int64_t
size_parse(const char *text)
{
	static const struct {
		const char *unit;
		int64_t bytes;
	} units[] = {{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};
	char *end;
	long long number;

	if (!isdigit((unsigned char)*text))
		return -1;
	number = strtoll(text, &end, 10);
	if (number > 1000000000000LL)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0)
			return number * units[i].bytes;
	}
	return -1;
}

/* Three digits; -1: they are not. */
static int
read_status(const char *text)
{
	for (size_t i = 0; i < 3; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
	}
	return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

/* Reads "200", "2xx" or "200-299" into the range it stands for. */
static bool
read_pattern(const char *text, int *first, int *last)
{
	size_t len = strlen(text);

	if (len == 3 && isdigit((unsigned char)text[0]) && strcmp(text + 1, "xx") == 0) {
		*first = (text[0] - '0') * 100;
		*last = *first + 99;
	} else if (len == 3) {
		*first = *last = read_status(text);
	} else if (len == 7 && text[3] == '-') {
		*first = read_status(text);
		*last = read_status(text + 4);
	} else {
		return false;
	}
	return *first >= 100 && *last <= 599 && *first <= *last;
}

bool
status_pattern_valid(const struct value *pattern)
{
	int first, last;

	return (pattern->type == VALUE_NUMBER || pattern->type == VALUE_STRING) &&
	       read_pattern(pattern->text, &first, &last);
}

bool
status_list_has(const struct value *list, int status)
{
	int first, last;

	for (size_t i = 0; i < list->count; i++) {
		if (read_pattern(list->items[i]->text, &first, &last) && status >= first &&
		    status <= last)
			return true;
	}
	return false;
}
