#!/usr/bin/env bats
# Every state of a request against every command that a person can give, and what each records.
# approve has a file of its own.
#
# shellcheck disable=SC2154 # stderr is set by try

load helper
load calls

setup_file() { start_bad_server; }
teardown_file() { stop_bad_server; }

setup() {
	set_up_workspace
	forget_calls
	me=$(id -un)
}

make_not_started() {
	one_step API "url: '$BAD/ok'"
	svcreq create p
}

# Its next attempt is due in two minutes.
make_running() {
	one_step API "url: '$BAD/status/503?retry_after=120', retry: {max_attempts: 2}"
	svcreq create p --run
}

make_pending() {
	one_step WAIT_FOR_APPROVAL ""
	svcreq create p --run
}

make_failed() {
	one_step API "url: '$BAD/status/404'"
	svcreq create p --run || true
}

make_unknown() {
	one_step API "method: POST, url: '$BAD/close-after-read'"
	svcreq create p --run || true
}

make_rejected() {
	make_pending
	svcreq reject 1 -m "too large"
}

make_expired() {
	one_step WAIT_FOR_APPROVAL "expires_after: 1s"
	svcreq create p --run
	eventually expire
}

expire() {
	svcreq run --pending || true
	[[ $(request_status 1) == Failed ]]
}

make_cancelled() {
	make_pending
	svcreq cancel 1
}

make_completed() {
	call p GET "$BAD/ok"
	svcreq create p --run
}

# in_state <state> <status> <command>=<exit code>[:<status>]...: each from the same state, which is then restored.
# Where no status is given nothing may change.
in_state() {
	local state=$1 status_before=$2 pair command code after before

	shift 2
	"make_$state" >../made.log 2>&1 || fail "$(cat ../made.log)"
	request_is 1 "$status_before"
	cp -a state ../saved
	before=$(state_fingerprint)
	for pair; do
		command=${pair%%=*} code=${pair#*=} after=
		[[ $code != *:* ]] || after=${code#*:} code=${code%%:*}
		case $command in
		update) try svcreq update 1 -f x=2 ;;
		reject) try svcreq reject 1 -m no ;;
		resolve-completed) try svcreq resolve 1 --completed -m "looked" ;;
		resolve-failed) try svcreq resolve 1 --failed -m "looked" ;;
		*) try svcreq "$command" 1 ;;
		esac
		[[ $status -eq $code ]] || unexpected "$state, $command: exit code $status, not $code"
		[[ $output == "" ]] || unexpected "$state, $command: standard output"
		[[ $stderr != "" ]] || unexpected "$state, $command: nothing is said"
		if [[ $code -eq 1 ]]; then
			[[ $stderr == "svcreq: cannot ${command%-*} request 1: "* ]] || unexpected "$state, $command"
		fi
		if [[ $after == "" ]]; then
			[[ $(state_fingerprint) == "$before" ]] || unexpected "$state, $command changed state/"
		else
			request_is 1 "$after" || unexpected "$state, $command"
		fi
		rm -r state
		cp -a ../saved state
	done
}

@test "commands on a request that has not started" {
	in_state not_started "Not Started" update="0:Not Started" run=0:Pending approve=1 reject=1 cancel=0:Cancelled \
	    retry=1 resolve-completed=1 resolve-failed=1
}

@test "commands on a request whose step is tried again later" {
	in_state running Running update=1 run=0 approve=1 reject=1 cancel=0:Cancelled retry=1 \
	    resolve-completed=1 resolve-failed=1
}

@test "commands on a request that waits for approval" {
	in_state pending Pending update=1 run=0 approve=0:Pending reject=0:Failed cancel=0:Cancelled retry=1 \
	    resolve-completed=1 resolve-failed=1
}

@test "commands on a failed request" {
	in_state failed Failed update=1 run=4 approve=1 reject=1 cancel=0:Cancelled retry=4:Failed \
	    resolve-completed=1 resolve-failed=1
}

@test "commands on a request with an unknown outcome" {
	in_state unknown Failed update=1 run=7 approve=1 reject=1 cancel=0:Cancelled retry=7:Failed \
	    resolve-completed=0:Pending resolve-failed=0:Failed
}

@test "commands on a rejected request" {
	in_state rejected Failed update=1 run=5 approve=1 reject=0 cancel=0:Cancelled retry=0:Pending \
	    resolve-completed=1 resolve-failed=1
}

@test "commands on a request whose approval expired" {
	in_state expired Failed update=1 run=6 approve=6 reject=6 cancel=0:Cancelled retry=0:Pending \
	    resolve-completed=1 resolve-failed=1
}

@test "commands on a cancelled request" {
	in_state cancelled Cancelled update=1 run=13 approve=13 reject=1 cancel=0 retry=1 \
	    resolve-completed=1 resolve-failed=1
}

@test "commands on a completed request" {
	in_state completed Completed update=1 run=0 approve=1 reject=1 cancel=1 retry=1 \
	    resolve-completed=1 resolve-failed=1
}

@test "each command refuses ids that are none or not there, and who may not give it" {
	local command

	make_pending 2>/dev/null >&2
	for command in "update -f x=1" "reject -m no" cancel retry "resolve --failed -m no"; do
		# shellcheck disable=SC2086 # words
		unchanged svcreq $command x
		assert_status 2
		assert_stderr_has "not a request id: 'x'"
		# shellcheck disable=SC2086
		unchanged svcreq $command 77
		assert_status 1
		assert_stderr_is "svcreq: no such request: 77"
		# shellcheck disable=SC2086
		unchanged svcreq $command
		assert_status 2
		assert_stderr_has "usage: svcreq ${command%% *}"
	done
	for command in "reject 1 -m no" "cancel 1" "run 1"; do
		# shellcheck disable=SC2086
		unchanged as nobody svcreq $command
		assert_status 9
		assert_stdout_is ""
		assert_stderr_has "cannot ${command%% *} request 1: 'nobody' is n"
	done
}

@test "a requester who is no admin updates, runs and cancels their own, and nothing else" {
	one_step API "method: POST, url: '$BAD/close-after-read'"
	as nobody svcreq create p
	as nobody svcreq update 1 -f x=3
	[[ $(last_event 1 '[.event_type, .created_by, .form_data.x]') == '["Updated","nobody","3"]' ]]
	try as nobody svcreq run 1
	assert_status 7
	unchanged as nobody svcreq retry 1
	assert_status 9
	assert_stderr_is "svcreq: cannot retry request 1: 'nobody' is not an admin"
	unchanged as nobody svcreq resolve 1 --failed -m x
	assert_status 9
	try as nobody svcreq cancel 1
	assert_status 0
	request_is 1 Cancelled
}

@test "update checks the form, keeps what is not given, and what runs is what was updated" {
	pipeline p <<-EOF
		form: {fields: [{name: path, required: true}, {name: size, type: select, options: [S, M], default: S}]}
		steps: [{step_name: Call, step_type: API, parameters: {url: "$BAD/\${path}?\${size}"}}]
	EOF
	svcreq create p -f path=wrong -f size=M
	unchanged svcreq update 1 -f size=XL
	assert_status 3
	assert_stderr_has "form field 'size': 'XL' is not one of S, M"
	unchanged svcreq update 1
	assert_status 2
	unchanged svcreq update 1 -f size=M -m "nothing new"
	assert_status 0
	assert_stderr_is "request 1 has that form data already"
	try svcreq update 1 -f path=ok -m "typed wrong"
	assert_status 0
	unchanged svcreq update 1 -f path=ok -m "typed wrong"
	assert_status 0
	[[ $(last_event 1 '[.form_data, .remarks]') == '[{"path":"ok","size":"M"},"typed wrong"]' ]]
	try svcreq run 1
	assert_status 0
	step_log 1 | grep -qx "> GET /ok?M HTTP/1.1"
}

@test "reject needs remarks, and records them, who and why" {
	make_pending 2>/dev/null >&2
	unchanged svcreq reject 1
	assert_status 2
	assert_stderr_has "'-m <remarks>' is required"
	try svcreq reject 1 -m "too large"
	assert_status 0
	[[ $(last_event 1 '[.event_type, .step_name, .status, .reason, .remarks, .created_by]') == \
	    "[\"Failed\",\"Step\",\"Failed\",\"rejected\",\"too large\",\"$me\"]" ]]
	try svcreq status 1
	assert_stdout_has "reason rejected by $me"
	assert_stdout_has "too large"
}

@test "cancel while a call is under way: it ends and is recorded, and nothing follows it" {
	one_step API "method: POST, url: '$BAD/hold'"
	svcreq create p
	svcreq run 1 2>run.log &
	eventually was_received POST /hold
	try svcreq cancel 1 -m "not needed"
	assert_status 0
	assert_stderr_has "step 'Step' is under way and ends; nothing follows it"
	request_is 1 Cancelled
	release_calls
	wait
	[[ $(last_event 1 '[.event_type, .step_name, .status]') == '["Completed","Step","Cancelled"]' ]]
	[[ $(events 1 | grep -c 'Running Last') -eq 0 ]]
	assert_received POST /hold 1
	unchanged svcreq run --pending
	assert_status 0
}

@test "cancel of what was interrupted says that the outcome is unknown" {
	one_step API "method: POST, url: '$BAD/stall'"
	svcreq create p
	svcreq run 1 2>run.log &
	eventually was_received POST /stall
	kill -KILL $!
	wait $! || true
	try svcreq retry 1
	assert_status 1
	assert_stderr_is "svcreq: cannot retry request 1: it is Running, but was interrupted: 'svcreq run 1' settles that first"
	try svcreq cancel 1
	assert_status 0
	[[ $(last_event 1 '[.event_type, .reason, .status]') == '["Failed","outcome_unknown","Cancelled"]' ]]
	try svcreq run --pending
	assert_received POST /stall 1
}

@test "retry goes on from the failed step; finished steps are not repeated" {
	pipeline p <<-EOF
		steps:
		  - {step_name: One, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
		  - {step_name: Two, step_type: API, parameters: {url: "$BAD/flaky/3/retry", retry: {max_attempts: 2, backoff: 1ms}}}
	EOF
	try svcreq create p --run
	assert_status 4
	try svcreq retry 1 -m "mended" --no-run
	assert_status 0
	[[ $(last_event 1 '[.event_type, .step_name, .status, .remarks]') == '["Not Started","Two","Running","mended"]' ]]
	try svcreq run --pending
	assert_status 0
	request_is 1 Completed
	[[ $(last_event 1 .attempt) == 3 ]]
	assert_received POST /ok 1
	assert_received GET /flaky/3/retry 3
}

@test "resolve settles an unknown outcome: completed goes on, failed stays" {
	make_unknown 2>/dev/null >&2
	unchanged svcreq resolve 1 -m x
	assert_status 2
	unchanged svcreq resolve 1 --completed --failed -m x
	assert_status 2
	unchanged svcreq resolve 1 --completed
	assert_status 2
	cp -a state ../saved
	try svcreq resolve 1 --failed -m "the server has nothing"
	assert_status 0
	[[ $(last_event 1 '[.event_type, .status, .reason, .remarks]') == '["Failed","Failed","executor","the server has nothing"]' ]]
	unchanged svcreq resolve 1 --failed -m "the server has nothing"
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: the outcome of step 'Step' is known: it failed, reason executor"
	try svcreq run 1
	assert_status 4
	rm -r state && mv ../saved state
	try svcreq resolve 1 --completed -m "the server has it"
	assert_status 0
	request_is 1 Pending
	[[ $(event 1 6 '[.event_type, .step_name, .created_by, .remarks]') == "[\"Completed\",\"Step\",\"$me\",\"the server has it\"]" ]]
	assert_received POST /close-after-read 1
}
