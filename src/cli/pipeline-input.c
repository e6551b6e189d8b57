/* SPDX-License-Identifier: ISC */
#include "cli/pipeline-input.h"

#include "base/faults.h"
#include "model/pipeline/pipeline.h"
#include "workspace/pipelines.h"
#include "cli/context.h"
#include "cli/print.h"

enum exit_code
pipeline_input_find(struct context *context, const char *name, struct pipeline *out)
{
	struct faults faults;
	enum exit_code code = CODE_DONE;
	int result;

	faults_init(&faults, NULL);
	result =
	    pipelines_find(context->workspace, &context->arena, name, out, &faults, &context->err);
	if (result > 0) {
		print_faults(&faults);
		code = CODE_INVALID;
	} else if (result < 0) {
		code = CODE_ERROR;
	}
	out->form.machine = &context->machine;
	faults_release(&faults);
	return code;
}
