/* SPDX-License-Identifier: ISC */
#include "model/request/step-plan.h"

#include "base/arena.h"
#include "base/faults.h"
#include "base/strbuf.h"
#include "model/parameters.h"
#include "model/request/request-scope.h"
#include "model/request/request.h"
#include "model/step-type.h"

int
step_plan_fill(struct arena *arena, struct request_scope *scope, const struct step_state *step,
    struct step_plan *out, struct strbuf *err)
{
	struct placeholder_scope placeholders;
	const struct parameter_filling filling = {.arena = arena, .scope = &placeholders};
	struct faults faults;
	int ret = 0;

	scope->step = step;
	scope->arena = arena;
	placeholders = request_scope_of(scope);
	faults_init(&faults, NULL);
	*out = (struct step_plan){
	    .request = scope->request,
	    .step = step,
	    .parameters =
		parameters_fill(&filling, step->step->type, step->step->parameters, &faults),
	    .stands_in = placeholders.stands_in,
	    .arena = arena,
	};
	if (faults.count > 0)
		ret = fail(err, "%s", faults.array[0].message);
	faults_release(&faults);
	return ret;
}

int
step_plan_show_in(const struct step_defaults *defaults, const struct request *request,
    const struct step_state *step, struct strbuf *out, struct strbuf *err)
{
	const struct step_type *type = step->step->type;
	struct request_scope scope = {.request = request};
	struct arena arena = ARENA_INIT;
	struct step_plan plan;
	int ret = pipeline_step_check(&request->pipeline, step->step, err);

	if (ret == 0)
		ret = step_plan_fill(&arena, &scope, step, &plan, err);
	plan.defaults = defaults;
	if (ret == 0 && type->show == NULL)
		strbuf_addstr(out, "# sends nothing\n");
	else if (ret == 0)
		ret = type->show(&plan, out, err);
	arena_release(&arena);
	return ret;
}

int
step_plan_show(const struct request *request, const struct step_state *step, struct strbuf *out,
    struct strbuf *err)
{
	return step_plan_show_in(NULL, request, step, out, err);
}

bool
step_plan_sends(const struct step_state *step)
{
	return step->step->type == NULL || step->step->type->show != NULL;
}
