/* SPDX-License-Identifier: ISC */
#include "steps/url-origin.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define PORT_DIGITS 5

static long
usual_port(bool secure)
{
	return secure ? 443 : 80;
}

/* The digits between a colon and the end of the authority; none are the usual port. */
static long
read_port(const char *text, size_t len, bool secure)
{
	long port = 0;

	if (len == 0)
		return usual_port(secure);
	if (len > PORT_DIGITS)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		port = port * 10 + (text[i] - '0');
	}
	return port;
}

void
url_origin_of(const char *url, struct url_origin *out)
{
	bool secure = strncasecmp(url, "https://", 8) == 0;
	const char *host = url + (secure ? 8 : 7);
	size_t len = strcspn(host, "/?#");
	size_t end = len;

	/* the colons in [::1] are none */
	while (end > 0 && host[end - 1] != ':' && host[end - 1] != ']')
		end--;
	if (end > 0 && host[end - 1] == ':')
		*out = (struct url_origin){
		    secure, host, end - 1, read_port(host + end, len - end, secure)};
	else
		*out = (struct url_origin){secure, host, len, usual_port(secure)};
}

static bool
is_http(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

bool
url_same_origin(const char *left, const char *right)
{
	struct url_origin a, b;

	if (!is_http(left) || !is_http(right))
		return false;
	url_origin_of(left, &a);
	url_origin_of(right, &b);
	return a.secure == b.secure && a.port == b.port && a.port >= 0 &&
	       a.host_len == b.host_len && strncasecmp(a.host, b.host, a.host_len) == 0;
}
