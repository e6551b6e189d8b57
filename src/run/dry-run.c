/* SPDX-License-Identifier: ISC */
#include "run/dry-run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "steps/api.h"
#include "model/exit-code.h"
#include "model/request/request.h"
#include "model/step-type.h"
#include "run/attempt.h"
#include "steps/api-call.h"
#include "steps/executor.h"
#include "http/http-url.h"
#include "run/proxy-env.h"
#include "base/redact/redact.h"
#include "store/store.h"
#include "workspace/workspace.h"

/* Where a call goes, and by which way. */
struct way {
	struct http_target to;
	const char *proxy; /* NULL: none */
	bool from_environment;
	bool asked; /* the proxy is asked for the whole URL, which is not encrypted */
};

static int
find_way(const struct step_run *run, const char *url, struct way *out, struct strbuf *err)
{
	const char *proxy = value_text(value_map_get(run->parameters, "proxy"));

	*out = (struct way){.from_environment = proxy == NULL};
	if (http_target_of(url, &out->to, err) != 0)
		return -1;
	if (proxy == NULL)
		out->proxy = proxy_of_environment(out->to.scheme, out->to.host);
	else if (strcmp(proxy, "none") != 0)
		out->proxy = proxy;
	out->asked = out->proxy != NULL && strcmp(out->to.scheme, "http") == 0 &&
		     strncasecmp(out->proxy, "socks", 5) != 0;
	return 0;
}

static void
add_header(struct strbuf *out, const struct api_header *header)
{
	const char *value = header->value + strspn(header->value, " \t");

	if (api_header_is_credential(header->name))
		value = "***";
	strbuf_addf(out, "%s:%s%s\n", header->name, *value == '\0' ? "" : " ", value);
}

/*
 * The message as it goes over the wire (RFC 9112), with libcurl's own header fields where it puts
 * them.
 */
static void
add_message(struct strbuf *out, const struct api_request *request, const struct way *way)
{
	bool body_expected = strcmp(request->method, "POST") == 0 ||
			     strcmp(request->method, "PUT") == 0 ||
			     strcmp(request->method, "PATCH") == 0;

	strbuf_addf(out, "%s %s HTTP/1.1\nHost: %s\n", request->method,
	    way->asked ? way->to.absolute : way->to.target, way->to.authority);
	if (way->asked && strchr(way->proxy, '@') != NULL)
		strbuf_addstr(out, "Proxy-Authorization: ***\n");
	if (!api_request_has_header(request, "user-agent"))
		strbuf_addstr(out, "User-Agent: svcreq/" SVCREQ_VERSION "\n");
	if (!api_request_has_header(request, "accept"))
		strbuf_addstr(out, "Accept: */*\n");
	if (way->asked)
		strbuf_addstr(out, "Proxy-Connection: Keep-Alive\n");
	for (size_t i = 0; i < request->header_count; i++)
		add_header(out, &request->headers[i]);
	if (request->body != NULL || body_expected)
		strbuf_addf(out, "Content-Length: %zu\n", request->body_len);
	strbuf_addch(out, '\n');
	if (request->body != NULL)
		strbuf_addf(out, "%s\n", request->body);
}

/* Where it goes, which the message itself does not say. */
static void
add_way(struct strbuf *out, const struct step_run *run, const struct way *way)
{
	const struct value *insecure = value_map_get(run->parameters, "insecure");

	strbuf_addf(out, "# to %s://%s", way->to.scheme, way->to.authority);
	if (way->proxy != NULL)
		strbuf_addf(out, ", through the proxy %s%s",
		    strchr(way->proxy, '@') == NULL ? way->proxy : strrchr(way->proxy, '@') + 1,
		    way->from_environment ? " of the environment" : "");
	else if (!way->from_environment)
		strbuf_addstr(out, ", through no proxy");
	if (insecure != NULL && insecure->boolean)
		strbuf_addstr(out, ", whose certificate is not verified (insecure: true)");
	strbuf_addch(out, '\n');
}

/* Prints lines that are safe to show, with the run's secrets masked. */
static void
print_masked(const struct step_run *run, const struct strbuf *text)
{
	struct strbuf masked = STRBUF_INIT, shown = STRBUF_INIT;
	const char *line;

	redactor_apply(run->redactor, text->buf, text->len, &masked);
	for (line = masked.buf; *line != '\0'; line += *line == '\n') {
		size_t len = strcspn(line, "\n");

		utf8_add_printable(&shown, line, len);
		strbuf_addch(&shown, '\n');
		line += len;
	}
	fputs(shown.buf, stdout);
	strbuf_release(&masked);
	strbuf_release(&shown);
}

/* Returns 0, or -1 with err: the call cannot be sent. */
static int
add_call(struct strbuf *out, struct step_run *run, struct strbuf *err)
{
	struct api_request request;
	struct way way;

	api_call_build(run, &request);
	if (find_way(run, request.url, &way, err) != 0)
		return -1;
	add_way(out, run, &way);
	add_message(out, &request, &way);
	http_target_release(&way.to);
	return 0;
}

/* Returns 0, or -1 when it cannot be filled in or sent. */
static int
show_step(
    const struct workspace *workspace, const struct request *request, const struct step_state *step)
{
	struct arena arena = ARENA_INIT;
	struct step_run run = {
	    .request = request,
	    .step = step,
	    .redactor = redactor_new(),
	    .arena = &arena,
	};
	struct strbuf text = STRBUF_INIT, err = STRBUF_INIT;
	bool can_run = pipeline_step_check(&request->pipeline, step->step, &err) == 0;
	int ret = can_run ? advance_fill(workspace, &run, &err) : -1;

	strbuf_addf(&text, "# request %" PRIu64 ", step '%s' (%s)\n", request->id, step->step->name,
	    step->step->type_name);
	if (step->status == STEP_RUNNING && !step_is_for_people(step))
		strbuf_addf(&text, "# attempt %" PRId64 " is under way, or was interrupted\n",
		    step->attempt);
	if (!can_run)
		strbuf_addf(&text, "# cannot be run: %s\n", err.buf);
	else if (ret != 0)
		strbuf_addf(&text, "# cannot be filled in%s: %s\n",
		    step == request_current_step(request) ? "" : " yet", err.buf);
	else if (strcmp(step->step->type->name, "API") != 0)
		strbuf_addstr(&text, "# sends nothing\n");
	else if ((ret = add_call(&text, &run, &err)) != 0)
		strbuf_addf(&text, "# cannot be sent: %s\n", err.buf);
	strbuf_addch(&text, '\n');
	print_masked(&run, &text);
	strbuf_release(&text);
	strbuf_release(&err);
	redactor_free(run.redactor);
	arena_release(&arena);
	return ret;
}

static int
show_request(const struct workspace *workspace, const struct request *request)
{
	int code = CODE_DONE;

	if (request->status == REQUEST_CANCELLED || request->status == REQUEST_COMPLETED) {
		printf("# request %" PRIu64 " is %s: it sends nothing\n\n", request->id,
		    request_status_name(request->status));
		return CODE_DONE;
	}
	for (size_t i = 0; i < request->pipeline.step_count; i++) {
		const struct step_state *step = &request->steps[i];

		if (step->status != STEP_COMPLETED && show_step(workspace, request, step) != 0 &&
		    step == request_current_step(request))
			code = CODE_FAILED;
	}
	return code;
}

int
dry_run(const struct workspace *workspace, uint64_t id, struct strbuf *err)
{
	struct request request;
	int code = -1;

	request_init(&request, id);
	if (store_load(workspace_store(workspace), &request, err) == STORE_OK)
		code = show_request(workspace, &request);
	request_release(&request);
	return code;
}
