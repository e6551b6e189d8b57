#!/usr/bin/env bats
# What each command that decides records, says and exits with, and what it does while another process runs the request
# or has died in it.  Every state and every person is in tests/unit/test-decision.c; approve has a file of its own.
#
# shellcheck disable=SC2154 # status and stderr are set by try

load helper
load calls
load bad

setup() {
	set_up_calls
	me=$(id -un)
}

teardown() {
	refute_sanitizer_report
	[[ -z ${runner-} ]] || kill -KILL "$runner" 2>/dev/null || true
}

make_pending() {
	one_step WAIT_FOR_APPROVAL ""
	svcreq create p --run
}

make_unknown() {
	one_step API "method: POST, url: '$BAD/close-after-read'"
	svcreq create p --run || true
}

# A run in the background that is in the middle of a call which ends with $1.
run_in_call() {
	one_step API "method: POST, url: '$BAD$1'"
	svcreq create p >/dev/null
	svcreq run 1 2>run.log &
	runner=$!
	eventually was_received POST "$1"
}

stop_the_run() {
	kill -KILL "$runner"
	wait "$runner" || true
	runner=
}

# try_line <code> <after> <user> <command> <text>: one line of a table.
try_line() {
	local code=$1 after=$2 user=$3 command=$4 text=$5 before

	before=$(state_fingerprint)
	# shellcheck disable=SC2086 # words
	if [[ $user == - ]]; then try svcreq $command; else try as "$user" svcreq $command; fi
	[[ $status -eq $code ]] || unexpected "$command: exit code $status, not $code"
	[[ $output == "" ]] || unexpected "$command: standard output"
	[[ $stderr == *"$text"* ]] || unexpected "$command: not in standard error: $text"
	if [[ $after == - ]]; then
		[[ $(state_fingerprint) == "$before" ]] || unexpected "$command changed state/"
	else
		request_is 1 "$after" || unexpected "$command"
	fi
}

# No "|| return" here: it would keep a failure in the middle from ending the test.
#
# in_turn: a line of standard input for each command, one after the other:
#	<exit code> <status afterwards> <user> <command> ~ <what standard error has>
# The status is "-" where nothing may change; the user is "-" for whoever runs the tests.
in_turn() {
	local code after user line text

	while read -r code after user line; do
		text=${line#* ~}
		try_line "$code" "$after" "$user" "${line%% ~*}" "${text# }"
	done
}

# each_from_here: the same, each command from the same state, which is restored after it.
each_from_here() {
	local row

	cp -a state ../saved
	while read -r row; do
		in_turn <<<"$row"
		rm -r state
		cp -a ../saved state
	done
}

@test "each command is refused in a state that is not for it, and records nothing" {
	make_pending >../made.log 2>&1
	svcreq approve 1
	svcreq approve 1
	request_is 1 Completed
	in_turn <<-EOF
		1 - - update 1 -f x=2 ~ svcreq: cannot update request 1: it is Completed
		1 - - reject 1 -m no ~ svcreq: cannot reject request 1: it is Completed
		1 - - cancel 1 ~ svcreq: cannot cancel request 1: it is Completed
		1 - - retry 1 ~ svcreq: cannot retry request 1: it is Completed
		1 - - resolve 1 --completed -m x ~ svcreq: cannot resolve request 1: it is Completed
		1 - - resolve 1 --failed -m x ~ svcreq: cannot resolve request 1: it is Completed
		0 - - run 1 ~ request 1: Completed
	EOF
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
	in_turn <<-EOF
		9 - nobody update 1 -f x=2 ~ svcreq: cannot update request 1: 'nobody' is neither an admin nor its requester
		9 - nobody reject 1 -m no ~ svcreq: cannot reject request 1: 'nobody' is not an approver of step 'Step' (
		9 - nobody cancel 1 ~ svcreq: cannot cancel request 1: 'nobody' is neither an admin nor its requester
		9 - nobody retry 1 ~ svcreq: cannot retry request 1: 'nobody' is not an admin
		9 - nobody resolve 1 --failed -m x ~ svcreq: cannot resolve request 1: 'nobody' is not an admin
		9 - nobody run 1 ~ svcreq: cannot run request 1: 'nobody' is neither an admin nor its requester
		9 - nobody run --pending ~ svcreq: cannot run all requests: 'nobody' is not an admin
	EOF
}

@test "a requester who is no admin updates, runs and cancels their own" {
	one_step API "method: POST, url: '$BAD/close-after-read'"
	as nobody svcreq create p
	as nobody svcreq update 1 -f x=3
	[[ $(last_event 1 '[.event_type, .created_by, .form_data.x]') == '["Updated","nobody","3"]' ]]
	in_turn <<-EOF
		7 Failed nobody run 1 ~ request 1: Failed
		9 - nobody retry 1 ~ svcreq: cannot retry request 1: 'nobody' is not an admin
		0 Cancelled nobody cancel 1 ~ cancelled request 1
	EOF
}

@test "run changes nothing where nothing is to be done" {
	make_pending >../made.log 2>&1
	unchanged svcreq run 1
	assert_status 0
	call p GET "$BAD/status/503?retry_after=120" 'retry: {max_attempts: 2}'
	svcreq create p --run
	unchanged svcreq run 2
	assert_status 0
	call p GET "$BAD/status/404"
	try svcreq create p --run
	unchanged svcreq run 3
	assert_status 4
	svcreq cancel 1
	unchanged svcreq run 1
	assert_status 13
}

@test "update checks the form, keeps what is not given, and what runs is what was updated" {
	pipeline p <<-EOF
		form: {fields: [{name: path, required: true}, {name: size, type: select, options: [S, M], default: S}]}
		steps: [{step_name: Call, step_type: API, parameters: {url: "$BAD/\${path}?\${size}"}}]
	EOF
	svcreq create p -f path=wrong -f size=M
	unchanged svcreq update 1 -f size=XL
	assert_status 3
	assert_stdout_is ""
	assert_stderr_is "svcreq: form field 'size': 'XL' is not one of S, M"
	printf 'path: ok\nsize: XL\n' >data
	unchanged svcreq update 1 --form-data data
	assert_status 3
	assert_stderr_is "data:2:7: form field 'size': 'XL' is not one of S, M"
	unchanged svcreq update 1
	assert_status 2
	unchanged svcreq update 1 -f size=M -m "nothing new"
	assert_status 0
	assert_stderr_is "request 1 has that form data already"
	try svcreq update 1 -f path=ok -m "typed wrong"
	assert_status 0
	assert_stderr_is "updated request 1"
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
	unchanged svcreq reject 1 -m no --step Last
	assert_status 1
	assert_stderr_is "svcreq: cannot reject request 1: it is not the turn of step 'Last'"
	try svcreq reject 1 -m "too large" --step Step
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "rejected step 'Step' of request 1"
	[[ $(last_event 1 '[.event_type, .step_name, .status, .reason, .remarks, .created_by]') == \
	    "[\"Failed\",\"Step\",\"Failed\",\"rejected\",\"too large\",\"$me\"]" ]]
	unchanged svcreq reject 1 -m again
	assert_status 0
	assert_stderr_is "'$me' has rejected step 'Step' of request 1 already"
	try svcreq status 1
	assert_stdout_has "reason rejected by $me"
	assert_stdout_has "too large"
}

@test "when the time for approval is over nobody can decide any more, and each command says so" {
	one_step WAIT_FOR_APPROVAL "expires_after: 2s"
	svcreq create p --run
	until_expired 1
	each_from_here <<-EOF
		6 Failed - reject 1 -m no ~ cannot reject request 1: the time for step 'Step' ended at
		6 Failed - run 1 ~ the time for approval ended before there were enough approvals
		6 Failed - run --pending ~ the time for approval ended before there were enough approvals
		1 - - retry 1 ~ it is Pending, but its time is over: 'svcreq run 1' settles that first
		0 Cancelled - cancel 1 ~ cancelled request 1
	EOF
}

@test "while a call is under way it can only be cancelled, and twice: it ends, and nothing follows it" {
	local code=0

	run_in_call /hold
	in_turn <<-EOF
		1 - - retry 1 ~ svcreq: cannot retry request 1: it is Running
		1 - - resolve 1 --completed -m x ~ svcreq: cannot resolve request 1: it is Running
		8 - - run 1 ~ svcreq: request 1: another process runs it
		0 Cancelled - cancel 1 -m no ~ step 'Step' is under way and ends; nothing follows it
		0 - - cancel 1 ~ request 1 is Cancelled already
		0 - - cancel 1 ~ step 'Step' is under way and ends; nothing follows it
		9 - nobody cancel 1 ~ 'nobody' is neither an admin nor its requester
		13 - - approve 1 ~ svcreq: cannot approve request 1: it is Cancelled
		13 - - wait 1 ~
	EOF
	release_calls
	wait "$runner" || code=$?
	[[ $code -eq 13 ]] || fail "the run ended with $code" "$(cat run.log)"
	runner=
	[[ $(events 1 | tail -n 3 | paste -sd ,) == "Running Step,Cancelled,Completed Step" ]]
	[[ $(last_event 1 .status) == Cancelled ]]
	assert_received POST /hold 1
	unchanged svcreq run --pending
	assert_status 0
}

@test "what was interrupted is run or cancelled, and nothing else" {
	run_in_call /stall
	stop_the_run
	each_from_here <<-EOF
		1 - - retry 1 ~ it is Running, but was interrupted: 'svcreq run 1' settles that first
		1 - - resolve 1 --failed -m x ~ it is Running, but was interrupted: 'svcreq run 1' settles that first
		11 - - wait 1 --timeout 10ms ~
		7 Failed - run 1 ~ the program that ran the step ended before it could record the outcome
		0 Cancelled - cancel 1 ~ step 'Step' was interrupted before: nobody knows how it ended
	EOF
	assert_received POST /stall 1
}

@test "cancel given again settles a call whose program is gone" {
	run_in_call /stall
	svcreq cancel 1 -m "not needed"
	stop_the_run
	each_from_here <<-EOF
		9 - nobody cancel 1 ~ 'nobody' is neither an admin nor its requester
		13 Cancelled - run 1 ~ request 1: Cancelled
	EOF
	try svcreq cancel 1 -m again
	assert_status 0
	assert_stderr_is <<-EOF
		request 1 is Cancelled already
		step 'Step' was interrupted before: nobody knows how it ended
	EOF
	[[ $(last_event 1 '[.event_type, .reason, .status, .remarks]') == '["Failed","outcome_unknown","Cancelled",null]' ]]
	unchanged svcreq cancel 1
	assert_status 0
	assert_stderr_is "request 1 is Cancelled already"
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
	assert_stderr_is "step 'Two' of request 1 is to be run again"
	[[ $(last_event 1 '[.event_type, .step_name, .status, .remarks]') == '["Not Started","Two","Running","mended"]' ]]
	try svcreq run --pending
	assert_status 0
	request_is 1 Completed
	[[ $(last_event 1 .attempt) == 3 ]]
	assert_received POST /ok 1
	assert_received GET /flaky/3/retry 3
}

@test "retry goes on at once, and exits as run does" {
	make_unknown 2>/dev/null >&2
	try svcreq retry 1 --again
	assert_status 7
	assert_received POST /close-after-read 2
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
	assert_stderr_is "step 'Step' of request 1 counts as failed"
	[[ $(last_event 1 '[.event_type, .status, .reason, .remarks]') == '["Failed","Failed","executor","the server has nothing"]' ]]
	unchanged svcreq resolve 1 --failed -m "the server has nothing"
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: step 'Step' has done nothing that it would do twice: 'svcreq retry 1' runs it again"
	try svcreq run 1
	assert_status 4
	rm -r state && mv ../saved state
	try svcreq resolve 1 --completed -m "the server has it"
	assert_status 0
	assert_stderr_has "step 'Step' of request 1 counts as completed"
	request_is 1 Pending
	[[ $(event 1 6 '[.event_type, .step_name, .created_by, .remarks]') == "[\"Completed\",\"Step\",\"$me\",\"the server has it\"]" ]]
	assert_received POST /close-after-read 1
}
