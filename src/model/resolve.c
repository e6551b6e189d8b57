/* SPDX-License-Identifier: ISC */
#include "model/resolve.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/faults.h"
#include "base/shell.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "base/value.h"
#include "model/request/outputs.h"
#include "model/request/request.h"

/* ---- what is shown */

void
resolve_add_effect(struct strbuf *out, const struct step_state *step)
{
	enum effect effect = step_effect(step);

	if (effect == EFFECT_NONE)
		return;
	strbuf_addstr(
	    out, effect == EFFECT_CERTAIN ? "was carried out" : "may have been carried out");
	if (step->effect_event != NULL && step->effect_event->http_status != 0)
		strbuf_addf(out, " (%" PRId64 ")", step->effect_event->http_status);
}

/* Appends " --output name=VALUE" for each name; --outputs where that cannot give one of them. */
static void
add_options(struct strbuf *out, const struct value *names)
{
	struct strbuf word = STRBUF_INIT;

	for (size_t i = 0; i < names->count; i++) {
		if (strchr(names->items[i]->text, '=') != NULL) {
			strbuf_addstr(out, " --outputs FILE");
			return;
		}
	}
	for (size_t i = 0; i < names->count; i++) {
		strbuf_reset(&word);
		strbuf_addf(&word, "%s=VALUE", names->items[i]->text);
		strbuf_addstr(out, " --output ");
		shell_add_word(out, word.buf);
	}
	strbuf_release(&word);
}

void
resolve_add_completed(struct strbuf *out, const struct request *request, const char *program)
{
	struct arena arena = ARENA_INIT;

	strbuf_addf(out, "%s resolve %" PRIu64 " --completed", program, request->id);
	if (request->status != REQUEST_CANCELLED)
		add_options(out, outputs_needed(&arena, request, request_current_step(request)));
	strbuf_addstr(out, " -m \"...\"");
	arena_release(&arena);
}

void
resolve_add_failed(struct strbuf *out, const struct request *request, const char *program)
{
	strbuf_addf(out, "%s resolve %" PRIu64 " --failed -m \"...\"", program, request->id);
}

void
resolve_add_retry(struct strbuf *out, const struct request *request, const char *program)
{
	bool again = step_effect(request_current_step(request)) != EFFECT_NONE;

	strbuf_addf(out, "%s retry %" PRIu64 "%s", program, request->id, again ? " --again" : "");
}

/* ---- resolve */

static bool
has_name(const struct value *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->items[i]->text, name) == 0)
			return true;
	}
	return false;
}

/* Adds a fault for each output that the step does not give. */
static void
check_names(struct arena *arena, const struct step *step, const struct value *outputs,
    struct faults *faults)
{
	const struct value *declared = outputs_declared(arena, step);

	for (size_t i = 0; declared != NULL && i < outputs->count; i++) {
		const struct value *key = outputs->pairs[i].key;
		struct suggestion near;

		if (has_name(declared, key->text))
			continue;
		suggest_init(&near, key->text);
		for (size_t j = 0; j < declared->count; j++)
			suggest_offer(&near, declared->items[j]->text);
		fault_add(faults, key, "step '%s' has no output '%s'%s", step->name, key->text,
		    suggest_text(&near));
	}
}

static enum verdict
check_given(struct arena *arena, const struct step *step, const struct decision_input *input)
{
	struct strbuf err = STRBUF_INIT;

	if (input->outputs == NULL)
		return VERDICT_DECIDED;
	check_names(arena, step, input->outputs, input->faults);
	if (outputs_check(input->outputs, &err) != 0)
		fault_add(input->faults, NULL, "the outputs cannot be kept: %s", err.buf);
	strbuf_release(&err);
	return input->faults->count > 0 ? VERDICT_INVALID : VERDICT_DECIDED;
}

static enum verdict
check_lacking(struct arena *arena, const struct request *request, const struct step_state *step,
    const struct decision_input *input, struct strbuf *why)
{
	const struct value *needed = outputs_needed(arena, request, step);
	struct value *lacking = value_new(arena, VALUE_LIST);

	for (size_t i = 0; i < needed->count; i++) {
		if (value_map_get(input->outputs, needed->items[i]->text) == NULL)
			value_list_add(arena, lacking, needed->items[i]);
	}
	if (lacking->count == 0)
		return VERDICT_DECIDED;
	strbuf_addf(why, "later steps need the output%s", lacking->count == 1 ? "" : "s");
	for (size_t i = 0; i < lacking->count; i++)
		strbuf_addf(why, "%s '%s'", i == 0 ? "" : ",", lacking->items[i]->text);
	strbuf_addf(why, " of step '%s': add", step->step->name);
	add_options(why, lacking);
	return VERDICT_REFUSED;
}

/* It was not done: that can be said only of what may have been, or where nobody knows. */
static enum verdict
check_failed(const struct request *request, const struct step_state *step,
    const struct decision_input *input, struct strbuf *why)
{
	if (step_effect(step) != EFFECT_NONE || request_is_unresolved(request))
		return VERDICT_DECIDED;
	strbuf_addf(why, "step '%s' has done nothing that it would do twice: '", step->step->name);
	resolve_add_retry(why, request, decision_program(input));
	strbuf_addstr(why, "' runs it again");
	return VERDICT_REFUSED;
}

enum verdict
resolve_check(const struct request *request, const struct decision_input *input, struct strbuf *why)
{
	const struct step_state *step = request_current_step(request);
	struct arena arena = ARENA_INIT;
	enum verdict verdict;

	if (step_is_for_people(step)) {
		strbuf_addf(why, "people decide about step '%s': '", step->step->name);
		resolve_add_retry(why, request, decision_program(input));
		strbuf_addstr(why, "' asks them again");
		return VERDICT_REFUSED;
	}
	if (!input->completed)
		return check_failed(request, step, input, why);
	verdict = check_given(&arena, step->step, input);
	/* no step follows in a Cancelled request */
	if (verdict == VERDICT_DECIDED && request->status != REQUEST_CANCELLED)
		verdict = check_lacking(&arena, request, step, input, why);
	arena_release(&arena);
	return verdict;
}

/*
 * Where the lock decides nobody has to say it.  Elsewhere an admin knows best, whatever lock a
 * machine has left behind; but not against a process that everybody can see.
 */
enum verdict
resolve_check_interrupted(
    const struct request *request, const struct decision_input *input, struct strbuf *why)
{
	const struct step_state *step = request_current_step(request);
	const struct run_sight *sight = &input->sight;

	if (sight->medium != NULL && sight->process != PROCESS_LIVES)
		return VERDICT_DECIDED;
	if (sight->medium != NULL)
		strbuf_addf(why,
		    "process %" PRId64 " of this machine runs step '%s' still; when it has ended, ",
		    step->intent->process, step->step->name);
	else
		strbuf_addf(why,
		    "on this file system the lock alone says whether step '%s' was interrupted, and %s",
		    step->step->name,
		    sight->locked ? "somebody holds it; when that has ended, "
				  : "nobody holds it: ");
	strbuf_addf(why, "'%s run %" PRIu64 "' settles it", decision_program(input), request->id);
	return VERDICT_REFUSED;
}

/* ---- retry */

enum verdict
retry_check(const struct request *request, const struct decision_input *input, struct strbuf *why)
{
	const struct step_state *step = request_current_step(request);
	const char *program = decision_program(input);

	if (input->again || step_effect(step) == EFFECT_NONE)
		return VERDICT_DECIDED;
	strbuf_addf(why, "step '%s' ", step->step->name);
	resolve_add_effect(why, step);
	strbuf_addstr(why, ": '");
	resolve_add_completed(why, request, program);
	strbuf_addstr(why, "' if it is done, or '");
	resolve_add_retry(why, request, program);
	strbuf_addstr(why, "' to do it once more");
	return VERDICT_REFUSED;
}
