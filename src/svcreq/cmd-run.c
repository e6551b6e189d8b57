/* SPDX-License-Identifier: ISC */
/* Advance requests until they are finished or wait for a person. */
#include <inttypes.h>

#include "model/exit-code.h"
#include "model/request.h"
#include "svcreq/commands.h"
#include "svcreq/context.h"
#include "svcreq/exec.h"
#include "svcreq/request-id.h"

const struct option_spec options_run[] = {
    {0, "pending", NULL, "every request that can move", false},
    {'j', "jobs", "slots", "so many at a time (16)", false},
    {'q', "quiet", NULL, "say only what went wrong", false},
    {0, "dry-run", NULL, "print what would be sent, and send nothing", false},
    {.name = NULL},
};

#define SLOTS_MOST 1024

/* Whether the request is there and the actor may run it. */
static int
check_request(struct context *context, uint64_t id)
{
	struct request request;
	struct strbuf why = STRBUF_INIT;
	int code = CODE_DONE;

	if (context_load_request(context, id, &request) != 0)
		code = CODE_ERROR;
	else if (permission_check(&context->actor, &context->policy, COMMAND_RUN, &request, &why) !=
		 0)
		code = refuse(
		    context, CODE_NOT_PERMITTED, "cannot run request %" PRIu64 ": %s", id, why.buf);
	strbuf_release(&why);
	request_release(&request);
	return code;
}

static int
check_options(struct context *context, const struct arguments *arguments)
{
	const char *slots = option_text(arguments, "jobs");
	bool pending = option_given(arguments, "pending");

	if (slots != NULL && (count_parse(slots) == 0 || count_parse(slots) > SLOTS_MOST))
		return refuse(context, CODE_USAGE, "-j takes a number from 1 to %d, not '%s'",
		    SLOTS_MOST, slots);
	if (pending && arguments->operand_count > 0)
		return refuse(context, CODE_USAGE, "--pending takes no id");
	if (!pending && arguments->operand_count == 0)
		return refuse(context, CODE_USAGE, "'svcreq run' needs an id, or --pending");
	if (pending && !context->actor.owner && !actor_is_admin(&context->actor, &context->policy))
		return refuse(context, CODE_NOT_PERMITTED,
		    "cannot run all requests: '%s' is not an admin", context->actor.name);
	return CODE_DONE;
}

int
cmd_run(struct context *context, const struct arguments *arguments)
{
	const char **out =
	    arena_calloc(&context->arena, arguments->operand_count + 5, sizeof(*out));
	size_t id_count, count = 0;
	uint64_t *ids;
	int code = check_options(context, arguments);

	if (code == CODE_DONE && request_ids_parse(context, arguments, &ids, &id_count) != 0)
		code = CODE_USAGE;
	if (code != CODE_DONE)
		return code;
	if (option_given(arguments, "jobs")) {
		out[count++] = "-j";
		out[count++] = option_text(arguments, "jobs");
	}
	if (option_given(arguments, "quiet"))
		out[count++] = "-q";
	if (option_given(arguments, "dry-run"))
		out[count++] = "--dry-run";
	if (option_given(arguments, "pending"))
		out[count++] = "--pending";
	for (size_t i = 0; i < id_count; i++) {
		code = check_request(context, ids[i]);
		if (code != CODE_DONE)
			return code;
		out[count++] = arena_printf(&context->arena, "%" PRIu64, ids[i]);
	}
	return exec_run(context, out, count);
}
