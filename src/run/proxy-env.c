/* SPDX-License-Identifier: ISC */
#include "run/proxy-env.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <arpa/inet.h>

#define SEPARATORS     " \t,"
#define NAME_MAX_BYTES 256

/* NULL when it is not set, or empty. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* Whether two addresses have the first bits in common; 0 bits stand for all. */
static bool
same_bits(const unsigned char *a, const unsigned char *b, size_t bits, size_t size)
{
	size_t whole = bits / 8;
	unsigned char rest = (unsigned char)(0xff00 >> bits % 8);

	if (bits == 0 || bits == size * 8)
		return memcmp(a, b, size) == 0;
	return bits < size * 8 && memcmp(a, b, whole) == 0 && ((a[whole] ^ b[whole]) & rest) == 0;
}

/* A pattern for an address: another, or a network such as 10.0.0.0/8. */
static bool
matches_address(int family, const unsigned char *address, char *pattern)
{
	unsigned char network[sizeof(struct in6_addr)];
	char *slash = strchr(pattern, '/');

	if (slash != NULL)
		*slash = '\0';
	return inet_pton(family, pattern, network) == 1 &&
	       same_bits(address, network, slash == NULL ? 0 : strtoul(slash + 1, NULL, 10),
		   family == AF_INET ? 4 : sizeof(network));
}

/* A pattern for a name: the name, or the domain that it is in. */
static bool
matches_name(const char *host, size_t len, const char *pattern)
{
	size_t wanted;

	pattern += *pattern == '.';
	wanted = strlen(pattern);
	if (wanted > 0 && pattern[wanted - 1] == '.')
		wanted--;
	if (wanted == 0 || wanted > len || strncasecmp(host + len - wanted, pattern, wanted) != 0)
		return false;
	return wanted == len || host[len - wanted - 1] == '.';
}

static bool
matches(const char *host, char *pattern)
{
	unsigned char address[sizeof(struct in6_addr)];
	char inside[INET6_ADDRSTRLEN];
	size_t len = strlen(host);

	if (inet_pton(AF_INET, host, address) == 1)
		return matches_address(AF_INET, address, pattern);
	if (host[0] == '[' && len - 2 < sizeof(inside)) {
		memcpy(inside, host + 1, len - 2);
		inside[len - 2] = '\0';
		return inet_pton(AF_INET6, inside, address) == 1 &&
		       matches_address(AF_INET6, address, pattern);
	}
	if (len > 0 && host[len - 1] == '.')
		len--;
	return matches_name(host, len, pattern);
}

static bool
needs_no_proxy(const char *host)
{
	const char *list = variable("no_proxy");

	if (list == NULL)
		list = variable("NO_PROXY");
	if (list == NULL || strcmp(list, "*") == 0)
		return list != NULL;
	for (list += strspn(list, SEPARATORS); *list != '\0'; list += strspn(list, SEPARATORS)) {
		char pattern[NAME_MAX_BYTES];
		size_t len = strcspn(list, SEPARATORS);

		if (len < sizeof(pattern)) {
			memcpy(pattern, list, len);
			pattern[len] = '\0';
			if (matches(host, pattern))
				return true;
		}
		list += len;
	}
	return false;
}

const char *
proxy_of_environment(const char *scheme, const char *host)
{
	/* HTTP_PROXY is not among them: a web server sets it to what a client sends as "Proxy:" */
	static const char *const of_http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const of_https[] = {
	    "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	const char *const *name = strcmp(scheme, "https") == 0 ? of_https : of_http;
	const char *proxy = NULL;

	for (; *name != NULL && proxy == NULL; name++)
		proxy = variable(*name);
	return proxy != NULL && needs_no_proxy(host) ? NULL : proxy;
}
