/* SPDX-License-Identifier: ISC */
/* Who gets to read what a call sends. */
#include <string.h>

#include "base/origin.h"
#include "base/value.h"
#include "http/syntax.h"
#include "model/parameters.h"
#include "steps/api.h"

static void
add_receiver(struct arena *arena, const char *receiver, struct value *out)
{
	value_list_add(arena, out, value_string(arena, receiver));
}

/* The environment's and the configuration's proxy are the owner's choice. */
static void
add_proxy_receiver(struct arena *arena, const struct http_proxy *proxy,
    const struct check_mode *mode, struct value *out)
{
	const char *origin;

	if (proxy->url == NULL || *proxy->url == '\0' || mode->is_open(proxy->url))
		return;
	origin = http_proxy_origin(arena, proxy, NULL);
	add_receiver(arena, origin != NULL ? origin : "that proxy", out);
}

/*
 * A proxy gets its own user and password, and reads what is not encrypted.  Where no certificate is
 * verified, nobody knows who answers.
 */
void
api_receivers(struct arena *arena, const void *parameters, const char *parameter,
    const struct check_mode *mode, struct value *out)
{
	const struct api_parameters *api = parameters;
	const char *origin =
	    api->request.url == NULL ? NULL : origin_of(arena, api->request.url, NULL);
	bool secure = origin != NULL && strncmp(origin, "https:", 6) == 0;

	if (strcmp(parameter, "proxy") == 0) {
		add_proxy_receiver(arena, &api->request.proxy, mode, out);
		return;
	}
	add_receiver(arena, origin != NULL ? origin : "that URL", out);
	if (!secure)
		add_proxy_receiver(arena, &api->request.proxy, mode, out);
	else if (api->request.insecure)
		add_receiver(arena, "whoever answers (insecure: true)", out);
}
