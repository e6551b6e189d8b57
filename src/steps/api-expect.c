/* SPDX-License-Identifier: ISC */
#include "steps/api-expect.h"

#include <string.h>

#include "base/arena.h"
#include "base/json/json-pick.h"
#include "base/json/json-writer.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/value.h"
#include "http/http.h"
#include "model/condition.h"
#include "steps/api-outputs.h"
#include "steps/executor.h"

#define ACTUAL_SHOWN 200 /* bytes */

/* A value of the answer, masked before it is cut. */
static void
add_actual(const struct step_run *run, const struct value *actual, struct strbuf *why)
{
	struct strbuf text = STRBUF_INIT;
	struct json_writer writer;
	const char *masked;
	size_t len;

	json_writer_init(&writer, &text);
	json_value(&writer, actual);
	masked = step_run_masked(run, text.buf);
	len = strlen(masked);
	if (len > ACTUAL_SHOWN)
		len = utf8_cut(masked, ACTUAL_SHOWN);
	strbuf_addf(why, "%.*s%s", (int)len, masked, masked[len] == '\0' ? "" : "...");
	strbuf_release(&text);
}

static void
add_unmet(const struct step_run *run, const struct json_pick *pick, const struct value *condition,
    struct strbuf *why)
{
	struct strbuf wanted = STRBUF_INIT;

	strbuf_addstr(why, why->len == 0 ? "" : "; ");
	if (pick->fault != NULL) /* it may quote a part of a secret */
		strbuf_addf(why, "what is at '%s' cannot be read", pick->pointer);
	else if (pick->value == NULL)
		strbuf_addf(why, "nothing is at '%s'", pick->pointer);
	else
		strbuf_addf(why, "'%s' is ", pick->pointer);
	if (pick->fault == NULL && pick->value != NULL)
		add_actual(run, pick->value, why);
	condition_add(&wanted, condition);
	strbuf_addf(why, ", expected %s", step_run_masked(run, wanted.buf));
	strbuf_release(&wanted);
}

enum call_expectation
api_expect(struct step_run *run, const struct http_response *response,
    const struct value *conditions, struct strbuf *why)
{
	const struct strbuf *body = &response->body;
	enum call_expectation ret = EXPECTED;
	enum json_picked picked;
	struct json_pick *picks;

	if (conditions == NULL)
		return EXPECTED;
	if (response->outcome != HTTP_ANSWERED) {
		strbuf_addstr(why, response->error.buf);
		return response->outcome == HTTP_TOO_LARGE ? UNEXPECTED : EXPECTATION_CUT;
	}
	if (response->unknown_encoding != NULL) {
		strbuf_addf(why, "Content-Encoding '%s' is not known", response->unknown_encoding);
		return UNEXPECTED;
	}
	picks = arena_calloc(run->arena, conditions->count, sizeof(*picks));
	for (size_t i = 0; i < conditions->count; i++)
		picks[i].pointer = conditions->pairs[i].key->text;
	picked = json_pick(run->arena, body->buf, body->len, picks, conditions->count, NULL);
	if (picked != JSON_PICKED) {
		strbuf_addstr(why, body->len == 0 ? "it is empty" : "it is not JSON");
		return picked == JSON_CUT_OFF && api_body_can_be_cut(run, response)
			   ? EXPECTATION_CUT
			   : UNEXPECTED;
	}
	for (size_t i = 0; i < conditions->count; i++) {
		const struct value *condition = conditions->pairs[i].value;

		if (picks[i].fault == NULL && condition_holds(condition, picks[i].value))
			continue;
		add_unmet(run, &picks[i], condition, why);
		ret = UNEXPECTED;
	}
	return ret;
}
