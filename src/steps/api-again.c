/* SPDX-License-Identifier: ISC */
/* What a repeatable call is tried again for, and asked again until: how that is written. */
#include <string.h>

#include "base/faults.h"
#include "base/value.h"
#include "http/syntax.h"
#include "model/parameters.h"
#include "steps/api.h"
#include "steps/http-kinds.h"

/* What is tried again beside what always is: only where that does no harm. */
static void
check_retry_on(const struct api_parameters *api, const struct parameter_check *checking)
{
	const struct value *on = api->retry.on;

	if (on == NULL)
		return;
	if (http_method_known(api->request.method) && !api_is_repeatable(api))
		fault_add(checking->faults, on,
		    "'on' is for calls that are repeatable: a %s is tried again only when nothing was "
		    "sent ('repeatable: true' says that sending it twice does no harm)",
		    api->request.method);
	for (size_t i = 0; i < on->count; i++) {
		const struct value *item = on->items[i];
		const char *word = value_text(item);

		if (!parameter_is_open(checking, item) && !status_pattern_valid(item) &&
		    (word == NULL || (strcmp(word, API_ON_OUTPUTS) != 0 &&
					 strcmp(word, API_ON_EXPECTATION) != 0)))
			fault_add(checking->faults, item,
			    "neither an HTTP status, such as 404 or \"4xx\", nor '%s' or '%s'",
			    API_ON_OUTPUTS, API_ON_EXPECTATION);
	}
}

/* until is for calls that are repeatable, and what belongs to it for steps that have it. */
static void
check_until(const struct api_parameters *api, const struct parameter_check *checking)
{
	static const char *const words[] = {"every", "for"};

	if (api->until != NULL && http_method_known(api->request.method) && !api_is_repeatable(api))
		fault_add(checking->faults, api->until,
		    "'until' is for calls that are repeatable, and a %s is not ('repeatable: true' "
		    "says that sending it twice does no harm)",
		    api->request.method);
	for (size_t i = 0; api->until == NULL && i < sizeof(words) / sizeof(words[0]); i++) {
		const struct value *given = value_map_get(checking->map, words[i]);

		if (given != NULL)
			fault_add(checking->faults, given, "'%s' needs 'until'", words[i]);
	}
}

void
api_check_again(const struct api_parameters *api, const struct parameter_check *checking)
{
	check_retry_on(api, checking);
	check_until(api, checking);
}
