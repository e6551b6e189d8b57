/* SPDX-License-Identifier: ISC */
#include "workspace/form-machine.h"

#include <stddef.h>

#include "base/datetime.h"
#include "base/strbuf.h"
#include "workspace/config.h"
#include "workspace/identity.h"
#include "workspace/workspace.h"

static int
locate(const void *context, struct datetime *when, struct strbuf *err)
{
	const struct workspace *workspace = context;
	const struct config *config = workspace_config(workspace, err);

	if (config == NULL)
		return -1;
	if (config->timezone == NULL)
		return fail(err,
		    "it needs an offset, such as +01:00: state/config.yaml names no 'timezone'");
	return datetime_locate(when, config->timezone, err);
}

static int
check_user(const void *context, const char *user, struct strbuf *err)
{
	(void)context;
	return identity_exists(user) ? 0 : fail(err, "there is no such user on this system");
}

struct form_machine
workspace_form_machine(const struct workspace *workspace)
{
	return (struct form_machine){
	    .locate = locate, .check_user = check_user, .context = workspace};
}
