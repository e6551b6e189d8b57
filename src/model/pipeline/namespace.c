/* SPDX-License-Identifier: ISC */
#include "model/pipeline/namespace.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/duration.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "model/pipeline/placeholder.h"

static const struct {
	const char *prefix;
	enum namespace namespace;
	int64_t since; /* the first rules that have it */
} namespaces[] = {
    {PLACEHOLDER_SECRET, NAMESPACE_SECRET, 1},
    {"var:", NAMESPACE_VAR, NAMESPACE_RULES},
    {"request:", NAMESPACE_REQUEST, NAMESPACE_RULES},
    {"time:", NAMESPACE_TIME, NAMESPACE_RULES},
    {"step:", NAMESPACE_STEP, NAMESPACE_RULES},
};

static const char *const request_members[] = {
    [REQUEST_ID] = "id",
    [REQUEST_PIPELINE] = "pipeline",
    [REQUEST_REQUESTER] = "requester",
    [REQUEST_CREATED_AT] = "created_at",
    [REQUEST_TITLE] = "title",
    [REQUEST_APPROVED_BY] = "approved_by",
    NULL,
};

static const char *const step_members[] = {
    [STEP_MEMBER_STATUS] = "status",
    [STEP_MEMBER_HTTP_STATUS] = "http_status",
    NULL,
};

enum namespace namespace_of(const char *name, int64_t rules, const char **rest)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		size_t len = strlen(namespaces[i].prefix);

		if (rules < namespaces[i].since || strncmp(name, namespaces[i].prefix, len) != 0)
			continue;
		*rest = name + len;
		return namespaces[i].namespace;
	}
	*rest = name;
	return NAMESPACE_NONE;
}

/* Which of the members it is.  Returns -1 with err: none. */
static int
find_member(const char *const *members, const char *name, const char *of, struct strbuf *err)
{
	struct strbuf known = STRBUF_INIT;
	struct suggestion near;

	suggest_init(&near, name);
	for (int i = 0; members[i] != NULL; i++) {
		if (strcmp(members[i], name) == 0) {
			strbuf_release(&known);
			return i;
		}
		suggest_offer(&near, members[i]);
		strbuf_addf(&known, "%s%s", i == 0 ? " (there are " : ", ", members[i]);
	}
	strbuf_addch(&known, ')');
	fail(err, "%s has no '%s'%s%s", of, name, near.best == NULL ? known.buf : "",
	    suggest_text(&near));
	strbuf_release(&known);
	return -1;
}

int
namespace_read_request(const char *rest, enum request_member *out, struct strbuf *err)
{
	int member = find_member(request_members, rest, "a request", err);

	if (member >= 0)
		*out = (enum request_member)member;
	return member >= 0 ? 0 : -1;
}

int
namespace_read_time(const char *rest, int64_t *shift, struct strbuf *err)
{
	const char *text = rest + strlen("now");
	int64_t span, sign = 1;

	*shift = 0;
	if (strncmp(rest, "now", strlen("now")) != 0)
		return fail(err,
		    "a time is 'now', or a span from it such as 'now+2h' or 'now-1d', not '%s'",
		    rest);
	text += strspn(text, " ");
	if (*text == '\0')
		return 0;
	if (*text != '+' && *text != '-')
		return fail(
		    err, "behind 'now' is '+' or '-' and a span such as 2h, not '%s'", text);
	sign = *text == '-' ? -1 : 1;
	text++;
	text += strspn(text, " ");
	span = duration_parse(text);
	if (span < 0)
		return fail(err, "'%s' is no span of time such as 10s, 5m, 2h or 3d", text);
	*shift = sign * span;
	return 0;
}

int
namespace_read_step(struct arena *arena, const char *rest, const char **step, enum step_member *out,
    struct strbuf *err)
{
	const char *dot = strrchr(rest, '.');
	int member;

	if (dot == NULL || dot == rest)
		return fail(err, "'step:' is followed by the name of a step, a dot and 'status' or "
				 "'http_status'");
	member = find_member(step_members, dot + 1, "a step", err);
	if (member < 0)
		return -1;
	*step = arena_strndup(arena, rest, (size_t)(dot - rest));
	*out = (enum step_member)member;
	return 0;
}

void
namespace_offer(struct suggestion *near)
{
	static const char *const names[] = {"request:id", "request:pipeline", "request:requester",
	    "request:created_at", "request:title", "request:approved_by", "time:now"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		suggest_offer(near, names[i]);
		if (strcmp(strchr(names[i], ':') + 1, near->word) == 0) {
			near->best = names[i]; /* the same without its namespace */
			near->distance = 0;
		}
	}
}
