/* SPDX-License-Identifier: ISC */
#include "http/url.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/alloc.h"
#include "base/strbuf.h"

/* Whether it begins as a URL must that every program understands alike. */
static int
check_start(const char *url, struct strbuf *err)
{
	bool http = strncasecmp(url, "http://", 7) == 0;

	if (!http && strncasecmp(url, "https://", 8) != 0)
		return fail(err, "the URL does not begin with http:// or https://");
	/* libcurl skips a third slash. */
	if (url[http ? 7 : 8] == '/')
		return fail(err, "the URL is malformed: no host");
	return 0;
}

CURLU *
http_url_parse(const char *text, struct strbuf *err)
{
	CURLUcode code;
	CURLU *url;

	if (check_start(text, err) != 0)
		return NULL;
	url = curl_url();
	code = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
	if (code == CURLUE_OK)
		return url;
	if (code == CURLUE_USER_NOT_ALLOWED)
		fail(err, "the URL has a user name or a password in it");
	else
		fail(err, "the URL is malformed: %s", curl_url_strerror(code));
	curl_url_cleanup(url);
	return NULL;
}

/* Appends a part after the text, or nothing when the URL does not have it. */
static void
add_part(struct strbuf *out, CURLU *url, CURLUPart part, const char *text)
{
	char *found = NULL;

	if (curl_url_get(url, part, &found, CURLU_NO_DEFAULT_PORT) == CURLUE_OK)
		strbuf_addf(out, "%s%s", text, found);
	curl_free(found);
}

static char *
parts(CURLU *url, CURLUPart first, const char *between, CURLUPart second)
{
	struct strbuf out = STRBUF_INIT;

	add_part(&out, url, first, "");
	add_part(&out, url, second, between);
	return strbuf_detach(&out);
}

int
http_target_of(const char *text, struct http_target *out, struct strbuf *err)
{
	CURLU *url = http_url_parse(text, err);
	struct strbuf absolute = STRBUF_INIT, host = STRBUF_INIT;

	if (url == NULL)
		return -1;
	curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0); /* it is not sent */
	add_part(&absolute, url, CURLUPART_URL, "");
	add_part(&host, url, CURLUPART_HOST, "");
	*out = (struct http_target){
	    .scheme = strncasecmp(text, "https:", 6) == 0 ? "https" : "http",
	    .host = strbuf_detach(&host),
	    .authority = parts(url, CURLUPART_HOST, ":", CURLUPART_PORT),
	    .target = parts(url, CURLUPART_PATH, "?", CURLUPART_QUERY),
	    .absolute = strbuf_detach(&absolute),
	};
	curl_url_cleanup(url);
	return 0;
}

void
http_target_release(struct http_target *target)
{
	free(target->host);
	free(target->authority);
	free(target->target);
	free(target->absolute);
}
