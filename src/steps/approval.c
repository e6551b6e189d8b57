/* SPDX-License-Identifier: ISC */
/* A step that waits until people have approved. */
#include <inttypes.h>

#include "base/arena.h"
#include "base/name-map.h"
#include "base/strbuf.h"
#include "base/value.h"
#include "model/parameter-kinds.h"
#include "model/step-type.h"

#define AT(member) offsetof(struct approval_policy, member)

static const struct parameter_field fields[] = {
    {.name = "approvers",
	.kind = &kind_users,
	.offset = AT(approvers),
	.literal_only = true,
	.summary = "Users and @unix-groups who decide; the admins without it."},
    {.name = "approvals_required",
	.kind = &kind_count,
	.offset = AT(required),
	.literal_only = true,
	.fallback = "1",
	.min = 1,
	.max = 100,
	.summary = "How many of them must approve."},
    {.name = "prevent_self_approval",
	.kind = &kind_boolean,
	.offset = AT(prevent_self_approval),
	.literal_only = true,
	.fallback = "false",
	.summary = "The requester cannot approve."},
    {.name = "override",
	.kind = &kind_boolean,
	.offset = AT(override),
	.literal_only = true,
	.fallback = "true",
	.summary = "An admin can approve in the place of the approvers."},
    {.name = "expires_after",
	.kind = &kind_duration,
	.offset = AT(expires_after),
	.literal_only = true,
	.summary = "The step fails when it was not approved by then."},
    {.name = "instructions",
	.kind = &kind_text,
	.offset = AT(instructions),
	.summary = "Shown to whoever is to decide."},
    {.name = NULL},
};

/* How many people a list of approvers has at most; -1: a @group in it has any number. */
static int64_t
count_people(const struct value *approvers)
{
	struct arena arena = ARENA_INIT;
	struct name_map people = {0};
	bool group = false;

	for (size_t i = 0; i < approvers->count; i++) {
		const char *name = value_text(approvers->items[i]);

		group = group || name == NULL || *name == '@';
		if (name != NULL)
			name_map_add(&arena, &people, name, i);
	}
	arena_release(&arena);
	return group ? -1 : (int64_t)people.count;
}

static void
check(const void *parameters, const struct parameter_check *checking)
{
	const struct approval_policy *given = parameters;
	int64_t people;

	if (given->approvers == NULL || given->approvers->count == 0)
		return;
	people = count_people(given->approvers);
	if (people >= 0 && given->required > people)
		parameter_fault(checking, &given->required,
		    "'approvals_required' is %" PRId64 ", but 'approvers' names only %" PRId64,
		    given->required, people);
}

static void
policy(const void *parameters, struct approval_policy *out)
{
	*out = *(const struct approval_policy *)parameters;
}

/* "2 of alice, @ops" */
static void
describe(const void *parameters, struct strbuf *out)
{
	const struct approval_policy *given = parameters;

	strbuf_addf(out, "%" PRId64 " of ", given->required);
	if (given->approvers == NULL)
		strbuf_addstr(out, "the admins");
	for (size_t i = 0; given->approvers != NULL && i < given->approvers->count; i++) {
		const char *name = value_text(given->approvers->items[i]);

		strbuf_addf(out, "%s%s", i == 0 ? "" : ", ", name == NULL ? "" : name);
	}
}

const struct step_type step_type_approval = {
    .name = "WAIT_FOR_APPROVAL",
    .summary = "Waits until people have approved.",
    .fields = fields,
    .size = sizeof(struct approval_policy),
    .check = check,
    .pauses = PAUSE_PERSON,
    .policy = policy,
    .describe = describe,
};
