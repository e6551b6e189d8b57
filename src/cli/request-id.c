/* SPDX-License-Identifier: ISC */
#include "cli/request-id.h"

#include <stdbool.h>

#include "base/options.h"
#include "cli/context.h"

int
request_id_parse(struct context *context, const char *text, uint64_t *out)
{
	*out = (uint64_t)option_count(text);
	return *out > 0 ? 0 : fail(&context->err, "not a request id: '%s'", text);
}

int
request_ids_parse(
    struct context *context, const struct arguments *arguments, uint64_t **ids, size_t *count)
{
	*ids = arena_calloc(&context->arena, arguments->operand_count + 1, sizeof(**ids));
	*count = 0;
	for (size_t i = 0; i < arguments->operand_count; i++) {
		uint64_t id;
		bool known = false;

		if (request_id_parse(context, arguments->operands[i], &id) != 0)
			return -1;
		for (size_t j = 0; j < *count; j++)
			known = known || (*ids)[j] == id;
		if (!known)
			(*ids)[(*count)++] = id;
	}
	return 0;
}
