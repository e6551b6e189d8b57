#!/usr/bin/env bats
# A step type is two files and two lines: one is added to a copy of the sources, and a request is
# run through it.  svcreq-step(7) refers to it as an example.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; output is set by try

load helper
load calls
load api

setup_file() {
	copy_sources "$BATS_FILE_TMPDIR/svcreq"
	add_note "$BATS_FILE_TMPDIR/svcreq"
	build "$BATS_FILE_TMPDIR/svcreq"
}

setup() {
	set_up_workspace
	PATH=$BATS_FILE_TMPDIR/svcreq/build/${BUILD##*/}/bin:$PATH
	pipeline noted <<-'EOF'
		form: {fields: [{name: what}, {name: pin, secret: true}]}
		steps:
		  - {step_name: First, step_type: NOTE, parameters: {text: "so ${what}", times: 2}}
		  - {step_name: Gate, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Second, step_type: NOTE, parameters: {text: "${pin} and ${secret:TOKEN}"}}
	EOF
}

# With what was built from them, so that little is to be done.
copy_sources() {
	mkdir -p "$1/build"
	cp -a "$ROOT/Makefile" "$ROOT/src" "$1"
	cp -a "$BUILD" "$1/build"
}

build() {
	local variant=${BUILD##*/} settings=()

	[[ $variant != clang-* ]] || settings+=(CC=clang)
	[[ $variant != *sanitize-* ]] || settings+=("SANITIZE=$(tr - , <<<"${variant#*sanitize-}")")
	env -u MAKEFLAGS -u MFLAGS make -C "$1" "${settings[@]}" VARIANT="$variant" >"$1/make.log" 2>&1 || fail "$(<"$1/make.log")"
}

# A type that writes a text into its log, some times.
add_note() {
	cat >"$1/src/steps/note.c" <<-'EOF'
		#include "base/strbuf.h"
		#include "model/parameter-kinds.h"
		#include "model/pipeline/placeholder.h"
		#include "model/request/step-plan.h"
		#include "model/step-type.h"

		struct note {
			const char *text;
			int64_t times;
		};

		static const struct parameter_field fields[] = {
		    {.name = "text", .kind = &kind_text, .offset = offsetof(struct note, text), .required = true,
		        .summary = "What is written."},
		    {.name = "times", .kind = &kind_count, .offset = offsetof(struct note, times), .fallback = "1",
		        .min = 1, .max = 3, .summary = "How often."},
		    {.name = NULL},
		};

		static void
		check(const void *parameters, const struct parameter_check *checking)
		{
			const struct note *note = parameters;

			if (note->times > 1 && note->text != NULL && *note->text == '\0')
				parameter_fault(checking, &note->times, "nothing is written only once");
		}

		static void
		describe(const void *parameters, struct strbuf *out)
		{
			strbuf_addf(out, "notes '%s'", ((const struct note *)parameters)->text);
		}

		static int
		show(const struct step_plan *plan, struct strbuf *out, struct strbuf *err)
		{
			const struct note *note = plan->parameters;

			(void)err;
			for (int64_t i = 0; i < note->times; i++) {
				placeholder_add_shown(out, note->text);
				strbuf_addch(out, '\n');
			}
			return 0;
		}

		const struct step_type step_type_note = {
		    .name = "NOTE",
		    .summary = "A note in the log.",
		    .fields = fields,
		    .size = sizeof(struct note),
		    .check = check,
		    .describe = describe,
		    .show = show,
		};
	EOF
	cat >"$1/src/steps/note-run.c" <<-'EOF'
		#include "base/strbuf.h"
		#include "model/request/step-plan.h"
		#include "steps/executor.h"
		#include "workspace/logs.h"

		static void
		start(struct step_run *run)
		{
			const struct step_outcome done = {.completed = true};
			struct strbuf text = STRBUF_INIT;

			step_plan_show(run->request, run->step, &text, NULL);
			log_text(run->log, LOG_INFO, "| ", text.buf, text.len);
			strbuf_release(&text);
			step_run_finish(run, &done);
		}

		const struct step_executor executor_note = {.step_type = "NOTE", .start = start};
	EOF
	sed -i 's/^\tTYPE(approval)$/\tTYPE(note) TYPE(approval)/' "$1/src/steps/catalogue.c"
	sed -i 's/^\tEXECUTOR(approval)$/\tEXECUTOR(note) EXECUTOR(approval)/' "$1/src/steps/executors.c"
}

@test "a pipeline with the new type is checked and described" {
	try svcreq validate
	assert_status 0
	try svcreq pipelines noted
	assert_stdout_matches "First +NOTE +notes 'so \\$\\{what\\}'"
	pipeline wrong <<-'EOF'
		steps:
		  - {step_name: A, step_type: NOTE, parameters: {txet: x}}
		  - {step_name: B, step_type: NOTE, parameters: {text: "", times: 2}}
		  - {step_name: C, step_type: NOTE, parameters: {text: x, times: 4}}
		  - {step_name: D, step_type: NOT, parameters: {text: x}}
	EOF
	try svcreq validate
	assert_status 3
	assert_stderr_has "wrong.yaml:2:49: a step of type NOTE has no 'text'"
	assert_stderr_has "wrong.yaml:2:50: unknown parameter 'txet' of a step of type NOTE, did you mean 'text'?"
	assert_stderr_has "wrong.yaml:3:67: nothing is written only once"
	assert_stderr_has "wrong.yaml:4:66: 'times' must be at most 3"
	assert_stderr_has "wrong.yaml:5:31: unknown step type 'NOT', did you mean 'NOTE'?"
}

@test "a request is run through the new type, and shows what it is going to do" {
	make_secret TOKEN s3cret-t0ken
	svcreq create noted -f what=it -f pin=981276
	try svcreq status 1
	assert_stdout_has $'Next: step \'First\' sends, after \'svcreq run 1\'\n    so it\n    so it'
	unchanged svcreq run 1 --dry-run
	assert_status 0
	assert_stdout_is <<-'EOF'
		# request 1, step 'First' (NOTE)
		so it
		so it

		# request 1, step 'Gate' (WAIT_FOR_APPROVAL)
		# sends nothing

		# request 1, step 'Second' (NOTE)
		*** and ***
	EOF
	svcreq run 1
	[[ $(grep -c '| so it$' executor_logs/1/First.log) -eq 2 ]]
	try svcreq status 1
	assert_stdout_has $'Next: step \'Second\' sends\n    *** and ***'
	svcreq approve 1
	request_is 1 Completed
	try svcreq log 1 Second
	assert_stdout_has "| *** and ***"
	[[ $(event 1 5 .step_type) == NOTE ]]
}

@test "a program without the type shows the request, cancels it, and fails the step" {
	svcreq create noted -f what=it -f pin=981276
	svcreq create noted -f what=it -f pin=981276
	PATH=$BUILD/bin:$PATH
	try svcreq status 1
	assert_status 0
	assert_stdout_matches "First +NOTE +Not Started"
	assert_stdout_has "what cannot be told now: svcreq has no step type 'NOTE'"
	try svcreq run 1 --dry-run
	assert_status 4
	assert_stdout_has "# cannot be run: svcreq has no step type 'NOTE'"
	svcreq cancel 1
	try svcreq run 2
	assert_status 4
	[[ $(last_event 2 '[.event_type, .reason, .message]') == \
	    "[\"Failed\",\"executor\",\"svcreq has no step type 'NOTE'\"]" ]]
	PATH=$BATS_FILE_TMPDIR/svcreq/build/${BUILD##*/}/bin:$PATH
	svcreq retry 2
	request_is 2 Pending
}
