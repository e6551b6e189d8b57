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
#include "model/api-request.h"
#include "model/exit-code.h"
#include "model/request.h"
#include "model/step-types.h"
#include "model/url-origin.h"
#include "run/advance.h"
#include "run/api-call.h"
#include "run/executor.h"
#include "run/http.h"
#include "run/redact.h"
#include "store/store.h"
#include "store/workspace.h"

/* Host and port; the port is left out where it is the usual one. */
static void
add_authority(struct strbuf *out, const struct url_origin *origin)
{
	strbuf_add(out, origin->host, origin->host_len);
	if (!url_origin_has_usual_port(origin))
		strbuf_addf(out, ":%ld", origin->port);
}

/* Whether the proxy is told the whole URL: one that speaks HTTP is, of what is not encrypted. */
static bool
is_proxied(const char *proxy, const struct url_origin *origin)
{
	return proxy != NULL && strcmp(proxy, "none") != 0 && !origin->secure &&
	       strncasecmp(proxy, "socks", 5) != 0;
}

static void
add_request_line(struct strbuf *out, const struct api_request *request, bool proxied)
{
	const char *target = strstr(request->url, "://") + 3;
	struct url_origin origin;

	url_origin_of(request->url, &origin);
	target += strcspn(target, "/?");
	strbuf_addf(out, "%s ", request->method);
	if (proxied) {
		strbuf_addstr(out, "http://");
		add_authority(out, &origin);
	}
	strbuf_addf(out, "%s%s HTTP/1.1\nHost: ", *target == '/' ? "" : "/", target);
	add_authority(out, &origin);
	strbuf_addch(out, '\n');
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
add_message(struct strbuf *out, const struct api_request *request, const char *proxy)
{
	bool body_expected = strcmp(request->method, "POST") == 0 ||
			     strcmp(request->method, "PUT") == 0 ||
			     strcmp(request->method, "PATCH") == 0;
	struct url_origin origin;
	bool proxied;

	url_origin_of(request->url, &origin);
	proxied = is_proxied(proxy, &origin);
	add_request_line(out, request, proxied);
	if (proxied && strchr(proxy, '@') != NULL)
		strbuf_addstr(out, "Proxy-Authorization: ***\n");
	if (!api_request_has_header(request, "user-agent"))
		strbuf_addstr(out, "User-Agent: svcreq/" SVCREQ_VERSION "\n");
	if (!api_request_has_header(request, "accept"))
		strbuf_addstr(out, "Accept: */*\n");
	if (proxied)
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
add_way(struct strbuf *out, const struct step_run *run, const struct api_request *request,
    const char *proxy)
{
	const struct value *insecure = value_map_get(run->parameters, "insecure");
	struct url_origin origin;

	url_origin_of(request->url, &origin);
	strbuf_addf(out, "# to %s://", origin.secure ? "https" : "http");
	add_authority(out, &origin);
	if (proxy != NULL && strcmp(proxy, "none") == 0)
		strbuf_addstr(out, ", through no proxy");
	else if (proxy != NULL)
		strbuf_addf(out, ", through the proxy %s",
		    strchr(proxy, '@') == NULL ? proxy : strrchr(proxy, '@') + 1);
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

static void
add_call(struct strbuf *out, struct step_run *run)
{
	const char *proxy = value_text(value_map_get(run->parameters, "proxy"));
	struct api_request request;

	api_call_build(run, &request);
	add_way(out, run, &request, proxy);
	add_message(out, &request, proxy);
}

/* Returns 0, or -1 when it cannot be filled in. */
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
	int ret = advance_fill(workspace, &run, &err);

	strbuf_addf(&text, "# request %" PRIu64 ", step '%s' (%s)\n", request->id, step->step->name,
	    step->step->type->name);
	if (step->status == STEP_RUNNING && !step->step->type->waits)
		strbuf_addf(&text, "# attempt %" PRId64 " is under way, or was interrupted\n",
		    step->attempt);
	if (ret != 0)
		strbuf_addf(&text, "# cannot be filled in%s: %s\n",
		    step == request_current_step(request) ? "" : " yet", err.buf);
	else if (strcmp(step->step->type->name, "API") == 0)
		add_call(&text, &run);
	else
		strbuf_addstr(&text, "# sends nothing\n");
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
	if (store_load(workspace->store, &request, err) == STORE_OK)
		code = show_request(workspace, &request);
	request_release(&request);
	return code;
}
