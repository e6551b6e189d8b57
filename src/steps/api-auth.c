/* SPDX-License-Identifier: ISC */
#include "steps/api-auth.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/encode.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "http/syntax.h"
#include "model/parameter-kinds.h"
#include "model/parameters.h"
#include "steps/api.h"

/* ---- the parameters */

static const struct parameter_field basic_fields[] = {
    {.name = "user",
	.kind = &kind_text,
	.offset = offsetof(struct api_auth, user),
	.required = true,
	.summary = "Who it is; no colon."},
    {.name = "password",
	.kind = &kind_text,
	.offset = offsetof(struct api_auth, password),
	.required = true,
	.summary = "The password, mostly a secret."},
    {.name = NULL},
};

const struct parameter_field api_auth_fields[] = {
    {.name = "basic",
	.kind = &kind_group,
	.members = basic_fields,
	.summary = "A user and a password."},
    {.name = "bearer",
	.kind = &kind_text,
	.offset = offsetof(struct api_auth, bearer),
	.summary = "A token, mostly a secret."},
    {.name = NULL},
};

/* ---- checking */

/* Whether a text is known, and not to be judged because of a placeholder. */
static bool
is_judged(const struct parameter_check *checking, const char *text)
{
	return text != NULL && !checking->mode->is_open(text);
}

/* A user and password as RFC 7617 lets them be.  No fault quotes either. */
static void
check_basic(const struct api_parameters *api, const struct parameter_check *checking)
{
	const char *user = api->auth.user, *password = api->auth.password;

	if (is_judged(checking, user) && strchr(user, ':') != NULL)
		parameter_fault(checking, &api->auth,
		    "the user of 'auth' has a ':', which ends it: Basic cannot say it");
	if ((is_judged(checking, user) && http_header_control_byte(user) != 0) ||
	    (is_judged(checking, password) && http_header_control_byte(password) != 0))
		parameter_fault(checking, &api->auth,
		    "the user or the password of 'auth' has a line break or control byte");
}

/* A token has no space and no control byte (RFC 6750, 2.1, and what servers give besides). */
static void
check_bearer(const struct api_parameters *api, const struct parameter_check *checking)
{
	const char *token = api->auth.bearer;

	if (!is_judged(checking, token))
		return;
	if (*token == '\0')
		parameter_fault(checking, &api->auth, "the token of 'auth' is empty");
	for (; *token != '\0'; token++) {
		if ((unsigned char)*token <= ' ' || *token == 0x7f) {
			parameter_fault(checking, &api->auth,
			    "the token of 'auth' has a space, a line break or a control byte");
			return;
		}
	}
}

static const struct value *
given_header(const struct value *headers)
{
	for (size_t i = 0; headers != NULL && i < headers->count; i++) {
		if (strcasecmp(headers->pairs[i].key->text, "Authorization") == 0)
			return headers->pairs[i].key;
	}
	return NULL;
}

static bool
is_given(const struct value *map, const char *key)
{
	const struct value *value = value_map_get(map, key);

	return value != NULL && value->type != VALUE_NULL;
}

void
api_auth_check(const struct api_parameters *api, const struct parameter_check *checking)
{
	const struct value *written = value_map_get(checking->map, "auth");
	const struct value *header = given_header(api->headers);
	size_t ways;

	if (written == NULL || written->type != VALUE_MAP)
		return;
	ways = (size_t)is_given(written, "basic") + (size_t)is_given(written, "bearer");
	if (ways != 1)
		fault_add(checking->faults, written, "'auth' is one of basic and bearer%s",
		    ways == 0 ? "" : ", not two");
	if (header != NULL)
		fault_add(checking->faults, header,
		    "'auth' sends the header Authorization: leave it out of 'headers'");
	check_basic(api, checking);
	check_bearer(api, checking);
}

/* ---- the header */

const char *
api_auth_header(struct arena *arena, const struct api_parameters *api)
{
	const struct api_auth *auth = &api->auth;
	struct strbuf plain = STRBUF_INIT, header = STRBUF_INIT;
	const char *value = NULL;

	if (auth->bearer != NULL) {
		value = arena_printf(arena, "Bearer %s", auth->bearer);
	} else if (auth->user != NULL && auth->password != NULL) {
		strbuf_addf(&plain, "%s:%s", auth->user, auth->password);
		strbuf_addstr(&header, "Basic ");
		encode_base64(&header, plain.buf, plain.len);
		value = arena_strdup(arena, header.buf);
		explicit_bzero(plain.buf, plain.len);
		explicit_bzero(header.buf, header.len);
	}
	strbuf_release(&plain);
	strbuf_release(&header);
	return value;
}
