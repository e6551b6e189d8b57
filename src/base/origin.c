/* SPDX-License-Identifier: ISC */
#include "base/origin.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/strbuf.h"

static const struct scheme {
	const char *name;
	const char *port; /* the usual one */
} schemes[] = {
    {"http", "80"},
    {"https", "443"},
    {"socks4", "1080"},
    {"socks4a", "1080"},
    {"socks5", "1080"},
    {"socks5h", "1080"},
};

#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

/* ---- authorities */

/* Empty, for the default port, or 1 to 65535 without zeros before it. */
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

size_t
origin_host_length(const char *text, size_t len)
{
	size_t host = strcspn(text, *text == '[' ? "]" : ":/?#");

	if (*text == '[' && host < len)
		host++;
	return host < len ? host : len;
}

int
origin_authority_check(const char *text, size_t len, struct strbuf *err)
{
	size_t host = origin_host_length(text, len);

	if (len == 0 || *text == ':')
		return fail(err, "the URL has no host");
	if (memchr(text, '@', len) != NULL)
		return fail(err, "a URL cannot hold a user or password: use a header");
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] <= 0x20 || text[i] == 0x7f)
			return fail(err, "the host in the URL has a space or control byte");
		if ((unsigned char)text[i] >= 0x80)
			return fail(err,
			    "a host in a URL is written in ASCII (such as xn--bcher-kva.example)");
	}
	if (*text == '[') {
		if (text[host - 1] != ']' || !is_ipv6(text + 1, host - 2))
			return fail(err, "'[' in a URL begins an IPv6 address, such as [::1]");
	} else if (memchr(text, '%', host) != NULL || memchr(text, '[', host) != NULL ||
		   memchr(text, ']', host) != NULL) {
		return fail(err, "the host in the URL has a '%%', '[' or ']'");
	}
	if (host < len && (text[host] != ':' || !port_valid(text + host + 1, len - host - 1)))
		return fail(err, "the port in the URL is not a number from 1 to 65535");
	return 0;
}

bool
origin_host_valid(const char *host)
{
	return strpbrk(host, "!@{}[]\\$'\"^`*<>=;,+&()") == NULL;
}

void
origin_add_host(struct strbuf *out, const char *host)
{
	char shorter[INET6_ADDRSTRLEN], inside[INET6_ADDRSTRLEN];
	size_t len = strlen(host);
	struct in6_addr six;
	struct in_addr four;

	if (*host == '[') {
		memcpy(inside, host + 1, len - 2);
		inside[len - 2] = '\0';
		if (inet_pton(AF_INET6, inside, &six) == 1 &&
		    inet_ntop(AF_INET6, &six, shorter, sizeof(shorter)) != NULL &&
		    strlen(shorter) < len - 2) {
			strbuf_addf(out, "[%s]", shorter);
			return;
		}
	} else if (isdigit((unsigned char)*host) && inet_aton(host, &four) != 0 &&
		   inet_ntop(AF_INET, &four, shorter, sizeof(shorter)) != NULL) {
		host = shorter;
	}
	strbuf_addstr(out, host);
}

/* ---- origins */

/* NULL: there is none of that name. */
static const struct scheme *
find_scheme(const char *name, size_t len)
{
	for (size_t i = 0; i < SCHEME_COUNT; i++) {
		if (strlen(schemes[i].name) == len && strncasecmp(name, schemes[i].name, len) == 0)
			return &schemes[i];
	}
	return NULL;
}

/* Appends the host that a checked authority begins with, as origins are compared by. */
static void
add_compared_host(struct strbuf *out, struct arena *arena, const char *text, size_t len)
{
	char *host = arena_strndup(arena, text, len), address[INET6_ADDRSTRLEN];
	struct in6_addr six;

	if (*host == '[') {
		host[len - 1] = '\0';
		if (inet_pton(AF_INET6, host + 1, &six) == 1 &&
		    inet_ntop(AF_INET6, &six, address, sizeof(address)) != NULL)
			strbuf_addf(out, "[%s]", address);
		return;
	}
	if (host[len - 1] == '.')
		host[len - 1] = '\0';
	for (char *p = host; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	origin_add_host(out, host);
}

const char *
origin_of(struct arena *arena, const char *url, struct strbuf *err)
{
	const char *authority = strstr(url, "://"), *port;
	const struct scheme *scheme =
	    authority == NULL ? NULL : find_scheme(url, (size_t)(authority - url));
	struct strbuf out = STRBUF_INIT;
	size_t len, host;

	if (scheme == NULL) {
		fail(err, "it does not begin with https:// or http://");
		return NULL;
	}
	authority += 3;
	len = strcspn(authority, "/?#");
	if (origin_authority_check(authority, len, err) != 0)
		return NULL;
	host = origin_host_length(authority, len);
	if (*authority != '[' &&
	    (!origin_host_valid(arena_strndup(arena, authority, host)) || *authority == '.')) {
		fail(err, "no host has such a name");
		return NULL;
	}
	strbuf_addf(&out, "%s://", scheme->name);
	add_compared_host(&out, arena, authority, host);
	port = arena_strndup(arena, authority + host, len - host); /* ":80", ":" or nothing */
	if (strlen(port) > 1 && strcmp(port + 1, scheme->port) != 0)
		strbuf_addstr(&out, port);
	url = arena_strndup(arena, out.buf, out.len);
	strbuf_release(&out);
	return url;
}

int
origin_check(const char *text, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	const char *authority = strstr(text, "://");
	int ret = origin_of(&arena, text, err) == NULL ? -1 : 0;

	if (ret == 0 && authority[3 + strcspn(authority + 3, "/?#")] != '\0')
		ret = fail(err, "a host and a port are all that may follow the scheme");
	arena_release(&arena);
	return ret;
}
