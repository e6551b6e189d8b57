#!/usr/bin/env bats
# Those who wait for what nothing will move hear of it, once.
#
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own processes; stderr is set by try

load helper
load calls
load bad

setup() {
	set_up_calls
	call slow POST "$BAD/hold"
}

teardown() {
	refute_sanitizer_report
	stop_following
}

stop_following() {
	[[ -z ${follower-} ]] || kill "$follower" 2>/dev/null || true
}

# The run is killed in the middle of its call.
interrupt() {
	svcreq create slow
	svcreq run 1 2>/dev/null &
	eventually was_received POST /hold
	kill -KILL $!
	wait $! || true
}

# follow <command>: in the background; what it says is in said.
follow() {
	# what was said before must not be taken for it
	rm -f followed said
	svcreq "$@" >followed 2>said &
	follower=$!
}

assert_said() {
	eventually grep -qs . said
	[[ $(<said) == "$1" ]] || fail "said: $(<said)" "not:  $1"
}

@test "wait says that the step was interrupted, once, and how it goes on" {
	interrupt
	unchanged svcreq wait 1 --timeout 7s
	assert_status 11
	assert_stdout_is ""
	assert_stderr_is "request 1: step 'Call' was interrupted, and nobody runs it: 'svcreq run 1' settles it"
}

@test "wait without a limit says it too, and ends when somebody has settled it" {
	local code=0

	interrupt
	follow wait 1
	assert_said "request 1: step 'Call' was interrupted, and nobody runs it: 'svcreq run 1' settles it"
	svcreq run 1 2>/dev/null || true
	wait $follower || code=$?
	[[ $code -eq 7 ]]
	[[ $(wc -l <said) -eq 1 ]]
}

@test "it is not said at the first look: whoever starts a run needs a moment" {
	is_sanitized && skip "sanitizers do not work below strace"
	svcreq create slow
	strace -o trace -e trace=poll,ppoll,write "$BUILD/bin/svcreq" wait 1 2>said &
	follower=$!
	eventually grep -q 'write(2, "request 1: ' trace
	[[ $(sed -n '/^p*poll/ { p; q }; /^write(2/ { p; q }' trace) == *poll* ]] || fail "$(<trace)"
	svcreq cancel 1 2>/dev/null
	wait $follower || true
}

@test "log -f says it beside the log" {
	local code=0

	interrupt
	follow log -f 1
	assert_said "request 1: step 'Call' was interrupted, and nobody runs it: 'svcreq run 1' settles it"
	grep -q "> POST /hold" followed
	svcreq run 1 2>/dev/null || true
	wait $follower || code=$?
	[[ $code -eq 0 && $(wc -l <said) -eq 1 ]]
	diff followed executor_logs/1/Call.log
}

@test "the command that is shown can be typed where one is" {
	interrupt
	cd /
	try svcreq -C "$OLDPWD" wait 1 --timeout 100ms
	assert_status 11
	assert_stderr_has "'svcreq -C $OLDPWD run 1' settles it"
}

@test "what has not started, and what is to be tried again, waits for a run" {
	svcreq create slow
	unchanged svcreq wait 1 --timeout 3s
	assert_status 10
	assert_stderr_is "request 1: step 'Call' has not started, and nobody runs it: 'svcreq run 1' starts it"
	pipeline again <<-EOF
		steps:
		  - step_name: Call
		    step_type: API
		    parameters: {url: "$BAD/status/503", retry: {max_attempts: 3, backoff: 1d, max_backoff: 1d}}
	EOF
	svcreq create again --run 2>/dev/null
	unchanged svcreq wait 2 --timeout 3s
	assert_status 11
	assert_stderr_is "request 2: step 'Call' is to be tried again, and nobody runs it: 'svcreq run 2' tries it when it is due"
}

@test "nothing is said while a run is at it" {
	svcreq create slow
	svcreq run 1 2>/dev/null &
	eventually was_received POST /hold
	unchanged svcreq wait 1 --timeout 5s
	assert_status 11
	assert_stderr_is ""
	follow log -f 1
	eventually grep -q "> POST" followed
	release_calls
	wait
	[[ ! -s said ]] || fail "$(<said)"
}

# waits_for <parameters>: a request waits for approval, and this is what is said of it, without the name of the step.
waits_for() {
	pipeline people <<<"steps: [{step_name: Ask, step_type: WAIT_FOR_APPROVAL, parameters: {$1}}]"
	id=$(svcreq create people 2>/dev/null)
	svcreq run "$id" 2>/dev/null
	try svcreq wait "$id"
	assert_status 12
	assert_stdout_is ""
}

# says_of_people: each line of standard input has the parameters of an approval, and what is said of it.
says_of_people() {
	local parameters reason id

	while IFS='|' read -r parameters reason; do
		waits_for "$parameters"
		reason=${reason//<id>/$id}
		assert_stderr_is "request $id: step 'Ask' $reason"
		COLUMNS=400 try svcreq status "$id"
		assert_stdout_has "It $reason"
		follow log -f "$id"
		assert_said "request $id: step 'Ask' $reason"
		svcreq cancel "$id" 2>/dev/null
		wait $follower
	done
}

@test "wait, log -f and status say when nobody can approve, and that an admin can in their place" {
	local way="an admin can approve in their place: 'svcreq approve <id> --override -m \"...\"'"

	echo "admins: [daemon, sqnobody1]" >state/config.yaml
	says_of_people <<-EOF
		approvers: [sqnobody1]|needs 1 approval, and on this system 0 of those who may decide can approve: sqnobody1 (no such user); $way
		approvers: ["@sqnone", sqnobody1]|needs 1 approval, and on this system 0 of those who may decide can approve: @sqnone (no such group), sqnobody1 (no such user); $way
		approvers: [daemon, sqnobody1], approvals_required: 2|needs 2 approvals, and on this system 1 of those who may decide can approve: sqnobody1 (no such user); $way
		approvers: [$(id -un)], prevent_self_approval: true|needs 1 approval, and on this system 0 of those who may decide can approve: $(id -un) (the requester); $way
		approvers: ["#$(id -u)"], prevent_self_approval: true|needs 1 approval, and on this system 0 of those who may decide can approve: #$(id -u) (the requester); $way
		approvals_required: 2|needs 2 approvals, and on this system 1 of those who may decide can approve: sqnobody1 (no such user); $way
	EOF
	# and it is so
	waits_for "approvers: [sqnobody1]"
	try as daemon svcreq approve "$id" --override -m "they have left"
	assert_status 0
}

@test "a step that forbids to override is not said to have that way on" {
	local reason="needs 1 approval, and on this system 0 of those who may decide can approve: sqnobody1 (no such user)"

	echo "admins: [daemon]" >state/config.yaml
	says_of_people <<<"approvers: [sqnobody1], override: false|$reason"
	try svcreq status 1
	refute_stdout_has "--override"
}

@test "where no admin but the requester is left, it is said that there has to be another" {
	local admins way="once state/config.yaml names another admin, they can approve instead: 'svcreq approve <id> --override -m \"...\"'"

	for admins in "$(id -un)" "$(id -un), sqnobody1, '@sqnone'"; do
		echo "admins: [$admins]" >state/config.yaml
		says_of_people <<-EOF
			approvers: [sqnobody1]|needs 1 approval, and on this system 0 of those who may decide can approve: sqnobody1 (no such user); $way
		EOF
	done
	waits_for "approvers: [sqnobody1]"
	try svcreq approve "$id" --override -m "they have left"
	assert_status 9
	echo "admins: [daemon]" >state/config.yaml
	try as daemon svcreq approve "$id" --override -m "they have left"
	assert_status 0
}

@test "root is an admin where none are named, also of its own requests unless the step prevents it" {
	local reason="needs 1 approval, and on this system 0 of those who may decide can approve:"

	[[ $(id -u) -eq 0 ]] || skip "the workspace is not root's"
	says_of_people <<-EOF
		approvers: [sqnobody1]|$reason sqnobody1 (no such user); an admin can approve in their place: 'svcreq approve <id> --override -m "..."'
		approvers: [root], prevent_self_approval: true|$reason root (the requester); once state/config.yaml names another admin, they can approve instead: 'svcreq approve <id> --override -m "..."'
	EOF
}

@test "nothing is said of those who may approve yet" {
	local parameters

	for parameters in "" "approvers: [daemon]" "approvers: [sqnobody1, daemon]" \
	    "approvers: ['@daemon', sqnobody1], approvals_required: 2" "approvers: [daemon, bin], prevent_self_approval: true"; do
		waits_for "$parameters"
		assert_stderr_is ""
		try svcreq status "$id"
		refute_stdout_has "on this system"
	done
}
