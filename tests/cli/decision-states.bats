#!/usr/bin/env bats
# What each command does in the states between the states: a call under way, a time that is over, an approval
# or a retry that nobody has run yet.  The plain states are in decisions.bats.
#
# shellcheck disable=SC2154 # status and stderr are set by try

load helper
load calls

setup_file() { start_bad_server; }
teardown_file() { stop_bad_server; }

setup() {
	set_up_workspace
	forget_calls
	me=$(id -un)
}

teardown() {
	refute_sanitizer_report
	[[ -z ${runner-} ]] || kill -KILL "$runner" 2>/dev/null || true
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

@test "while a call is under way it can only be cancelled, and twice" {
	run_in_call /hold
	in_turn <<-EOF
		1 - - update 1 -f x=2 ~ svcreq: cannot update request 1: it is Running
		1 - - approve 1 ~ svcreq: cannot approve request 1: it is Running
		1 - - reject 1 -m no ~ svcreq: cannot reject request 1: it is Running
		1 - - retry 1 ~ svcreq: cannot retry request 1: it is Running
		1 - - resolve 1 --completed -m x ~ svcreq: cannot resolve request 1: it is Running
		8 - - run 1 ~ svcreq: request 1: another process runs it
		11 - - wait 1 --timeout 10ms ~
		0 Cancelled - cancel 1 ~ step 'Step' is under way and ends; nothing follows it
		0 - - cancel 1 ~ request 1 is Cancelled already
		0 - - cancel 1 ~ step 'Step' is under way and ends; nothing follows it
		9 - nobody cancel 1 ~ 'nobody' is neither an admin nor its requester
		8 - - run 1 ~ svcreq: request 1: another process runs it
		13 - - approve 1 ~ svcreq: cannot approve request 1: it is Cancelled
		1 - - reject 1 -m no ~ svcreq: cannot reject request 1: it is Cancelled
		1 - - retry 1 ~ svcreq: cannot retry request 1: it is Cancelled
		1 - - resolve 1 --failed -m x ~ svcreq: cannot resolve request 1: it is Cancelled
		13 - - wait 1 ~
	EOF
	local code=0

	release_calls
	wait "$runner" || code=$?
	[[ $code -eq 13 ]] || fail "the run ended with $code" "$(cat run.log)"
	runner=
	[[ $(events 1 | tail -n 3 | paste -sd ,) == "Running Step,Cancelled,Completed Step" ]]
	assert_received POST /hold 1
}

@test "what was interrupted is run or cancelled, and nothing else" {
	run_in_call /stall
	stop_the_run
	each_from_here <<-EOF
		1 - - update 1 -f x=2 ~ svcreq: cannot update request 1: it is Running
		1 - - approve 1 ~ svcreq: cannot approve request 1: it is Running
		1 - - reject 1 -m no ~ svcreq: cannot reject request 1: it is Running
		1 - - retry 1 ~ it is Running, but was interrupted: 'svcreq run 1' settles that first
		1 - - resolve 1 --completed -m x ~ it is Running, but was interrupted: 'svcreq run 1' settles that first
		1 - - resolve 1 --failed -m x ~ it is Running, but was interrupted: 'svcreq run 1' settles that first
		11 - - wait 1 --timeout 10ms ~
		11 - - status 1 --exit-code ~
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
		13 - - approve 1 ~ svcreq: cannot approve request 1: it is Cancelled
		1 - - retry 1 ~ svcreq: cannot retry request 1: it is Cancelled
		0 Cancelled - cancel 1 ~ step 'Step' was interrupted before: nobody knows how it ended
	EOF
	svcreq cancel 1 -m again
	[[ $(last_event 1 '[.event_type, .reason, .status, .remarks]') == '["Failed","outcome_unknown","Cancelled",null]' ]]
	unchanged svcreq cancel 1
	assert_status 0
	assert_stderr_is "request 1 is Cancelled already"
	assert_received POST /stall 1
}

@test "when the time for approval is over nobody can decide any more, and each command says so" {
	one_step WAIT_FOR_APPROVAL "expires_after: 100ms"
	svcreq create p --run
	sleep 0.2 # the time that is to pass
	each_from_here <<-EOF
		6 Failed - approve 1 ~ cannot approve request 1: the time for step 'Step' ended at
		6 Failed - approve 1 --step Step ~ cannot approve request 1: the time for step 'Step' ended at
		6 Failed - reject 1 -m no ~ cannot reject request 1: the time for step 'Step' ended at
		1 - - approve 1 --step Last ~ cannot approve request 1: it is not the turn of step 'Last'
		6 Failed - run 1 ~ the time for approval ended before there were enough approvals
		6 Failed - run --pending ~ the time for approval ended before there were enough approvals
		0 Cancelled - cancel 1 ~ cancelled request 1
		1 - - update 1 -f x=2 ~ svcreq: cannot update request 1: it is Pending
		1 - - retry 1 ~ it is Pending, but its time is over: 'svcreq run 1' settles that first
		1 - - resolve 1 --failed -m x ~ svcreq: cannot resolve request 1: it is Pending
		6 - - wait 1 ~
		6 - - status 1 --exit-code ~
		0 - - status 1 ~
	EOF
}

@test "an approval that nobody has run yet can only be run or cancelled" {
	one_step WAIT_FOR_APPROVAL ""
	svcreq create p --run
	svcreq approve 1 --no-run
	each_from_here <<-EOF
		1 - - update 1 -f x=2 ~ svcreq: cannot update request 1: it is Running
		0 - - approve 1 --no-run ~ '$me' has approved step 'Step' of request 1 already
		0 Pending - approve 1 ~ '$me' has approved step 'Step' of request 1 already
		1 - - reject 1 -m no ~ svcreq: cannot reject request 1: it is Running
		1 - - retry 1 ~ svcreq: cannot retry request 1: it is Running
		1 - - resolve 1 --failed -m x ~ svcreq: cannot resolve request 1: it is Running
		11 - - wait 1 --timeout 10ms ~
		0 Pending - run 1 ~ request 1: Pending, step 'Last' waits for approval
		0 Cancelled - cancel 1 ~ cancelled request 1
	EOF
}

@test "a retry that nobody has run yet can only be run or cancelled: of a call" {
	one_step API "url: '$BAD/status/404'"
	try svcreq create p --run
	svcreq retry 1 --no-run
	each_from_here <<-EOF
		1 - - update 1 -f x=2 ~ svcreq: cannot update request 1: it is Running
		1 - - approve 1 ~ svcreq: cannot approve request 1: it is Running
		1 - - reject 1 -m no ~ svcreq: cannot reject request 1: it is Running
		1 - - retry 1 ~ svcreq: cannot retry request 1: it is Running
		1 - - resolve 1 --failed -m x ~ svcreq: cannot resolve request 1: it is Running
		11 - - wait 1 --timeout 10ms ~
		11 - - status 1 --exit-code ~
		4 Failed - run 1 ~ request 1: Failed
		0 Cancelled - cancel 1 ~ cancelled request 1
	EOF
}

@test "a retry that nobody has run yet can only be run or cancelled: of an approval" {
	one_step WAIT_FOR_APPROVAL ""
	svcreq create p --run
	svcreq reject 1 -m no
	svcreq retry 1 --no-run
	each_from_here <<-EOF
		1 - - update 1 -f x=2 ~ svcreq: cannot update request 1: it is Running
		1 - - approve 1 ~ svcreq: cannot approve request 1: it is Running
		1 - - approve 1 --step Step ~ svcreq: cannot approve request 1: it is Running
		1 - - reject 1 -m no ~ svcreq: cannot reject request 1: it is Running
		1 - - retry 1 ~ svcreq: cannot retry request 1: it is Running
		1 - - resolve 1 --completed -m x ~ svcreq: cannot resolve request 1: it is Running
		11 - - wait 1 --timeout 10ms ~
		0 Pending - run 1 ~ request 1: Pending, step 'Step' waits for approval
		0 Cancelled - cancel 1 ~ cancelled request 1
	EOF
}

@test "nobody rejects what they approved, but who has not decided yet still can" {
	one_step WAIT_FOR_APPROVAL "approvers: [daemon, bin], approvals_required: 2"
	svcreq create p --run
	as daemon svcreq approve 1
	each_from_here <<-EOF
		1 - daemon reject 1 -m no ~ svcreq: cannot reject request 1: 'daemon' has approved step 'Step' already
		1 - daemon reject 1 -m no --step Step ~ cannot reject request 1: 'daemon' has approved step 'Step' already
		0 - daemon approve 1 ~ 'daemon' has approved step 'Step' of request 1 already
		0 Failed bin reject 1 -m no ~ rejected step 'Step' of request 1
		0 Pending bin approve 1 ~ approved step 'Step' of request 1 (2 of 2, after daemon)
		9 - nobody reject 1 -m no ~ 'nobody' is not an approver of step 'Step' (daemon, bin)
	EOF
	as bin svcreq reject 1 -m no
	in_turn <<-EOF
		0 - bin reject 1 -m again ~ 'bin' has rejected step 'Step' of request 1 already
		0 - bin reject 1 -m again --step Step ~ 'bin' has rejected step 'Step' of request 1 already
		1 - bin approve 1 ~ svcreq: cannot approve request 1: it is Failed
		1 - daemon approve 1 ~ svcreq: cannot approve request 1: it is Failed
		1 - daemon reject 1 -m no ~ svcreq: cannot reject request 1: it is Failed
	EOF
}

@test "reject --step is about that step only" {
	one_step WAIT_FOR_APPROVAL ""
	svcreq create p --run
	each_from_here <<-EOF
		1 - - reject 1 -m no --step Last ~ svcreq: cannot reject request 1: it is not the turn of step 'Last'
		1 - - reject 1 -m no --step None ~ it has no step 'None' that waits for approval
		0 Failed - reject 1 -m no --step Step ~ rejected step 'Step' of request 1
	EOF
	svcreq approve 1
	in_turn <<-EOF
		1 - - reject 1 -m no --step Step ~ svcreq: cannot reject request 1: step 'Step' is Completed
		0 Failed - reject 1 -m no --step Last ~ rejected step 'Last' of request 1
	EOF
}
