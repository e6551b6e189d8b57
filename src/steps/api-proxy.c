/* SPDX-License-Identifier: ISC */
#include "steps/api-proxy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "http/syntax.h"
#include "model/request/step-plan.h"
#include "steps/api.h"

#define CONFIGURED ", as state/config.yaml says"

/* HTTP_PROXY is not among them: a web server sets it to what a client sends as "Proxy:". */
const char *const api_proxy_variables[] = {
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};

static int
parse_default(struct arena *arena, const struct step_defaults *defaults, struct http_proxy *out,
    struct strbuf *err)
{
	struct strbuf why = STRBUF_INIT;
	int result = http_proxy_parse(arena, defaults->proxy, out, &why);

	if (result != 0)
		fail(err, "the 'proxy' of state/config.yaml is none: %s", why.buf);
	strbuf_release(&why);
	return result;
}

int
api_proxy_check(const struct step_defaults *defaults, struct strbuf *err)
{
	struct arena arena = ARENA_INIT;
	struct http_proxy proxy;
	int result = defaults->proxy == NULL ? 0 : parse_default(&arena, defaults, &proxy, err);

	arena_release(&arena);
	return result;
}

int
api_proxy_choose(struct arena *arena, const struct step_defaults *defaults, struct api_call *call,
    struct strbuf *err)
{
	struct http_proxy *proxy = &call->request.proxy;

	if (proxy->url != NULL || defaults == NULL)
		return 0;
	if (defaults->proxy != NULL && parse_default(arena, defaults, proxy, err) != 0)
		return -1;
	call->configured_proxy = defaults->proxy != NULL;
	proxy->no_proxy = defaults->no_proxy;
	return 0;
}

/* The variable of the environment that names a proxy for such a call; NULL: none does. */
static const char *
proxy_variable(bool secure)
{
	for (const char *const *name = api_proxy_variables; *name != NULL; name++) {
		bool other =
		    secure ? strcmp(*name, "http_proxy") == 0 : strncasecmp(*name, "https", 5) == 0;
		const char *value = getenv(*name);

		if (!other && value != NULL && *value != '\0')
			return *name;
	}
	return NULL;
}

/* Whether to use the variable depends on the host too (no_proxy): that is left to libcurl. */
static void
add_environment_proxy(struct strbuf *out, struct arena *arena, bool secure)
{
	const char *name = proxy_variable(secure);
	struct http_proxy proxy;

	if (name == NULL)
		return;
	strbuf_addf(out, ", as the environment says (%s=", name);
	if (http_proxy_parse(arena, getenv(name), &proxy, NULL) == 0)
		strbuf_addstr(out, proxy.url);
	strbuf_addch(out, ')');
}

void
api_proxy_add(struct strbuf *out, struct arena *arena, const struct api_call *call, bool secure)
{
	const struct http_proxy *proxy = &call->request.proxy;

	if (proxy->url == NULL) {
		add_environment_proxy(out, arena, secure);
		return;
	}
	if (*proxy->url == '\0')
		strbuf_addstr(out, ", through no proxy");
	else
		strbuf_addf(out, ", through the proxy %s", proxy->url);
	if (*proxy->url != '\0' && proxy->no_proxy != NULL)
		strbuf_addf(out, " unless the host is one of %s", proxy->no_proxy);
	if (call->configured_proxy)
		strbuf_addstr(out, CONFIGURED);
}
