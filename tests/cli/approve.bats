#!/usr/bin/env bats
# approve: who may, what is recorded, and what happens then.  Real users are in users.bats; here
# "as nobody" is what sudo makes of a person who becomes the owner of the workspace.

load helper
load calls

setup_file() { start_bad_server; }
teardown_file() { stop_bad_server; }

setup() {
	set_up_workspace
	forget_calls
	me=$(id -un)
	pipeline order <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
	EOF
}

@test "an approval is recorded and the request goes on" {
	svcreq create order --run
	try svcreq approve 1 -m "within the budget"
	assert_status 0
	assert_stdout_is ""
	assert_stderr_has "approved step 'Wait' of request 1"
	assert_stderr_has "request 1: Completed"
	diff - <(events 1 | tail -n 5) <<-EOF
		Running Wait
		Approved Wait
		Completed Wait
		Running Call
		Completed Call
	EOF
	[[ $(event 1 5 '[.created_by, .remarks, .status]') == "[\"$me\",\"within the budget\",\"Running\"]" ]]
	[[ $(event 1 6 .created_by) == "$me" ]]
	assert_received POST /ok 1
}

@test "--no-run leaves going on to run --pending, which completes the step in the approver's name" {
	echo "admins: [daemon, $me]" >state/config.yaml
	svcreq create order --run
	try as daemon svcreq approve --no-run 1
	assert_status 0
	assert_stdout_is ""
	[[ $(last_event 1 '[.event_type, .status, .created_by]') == '["Approved","Running","daemon"]' ]]
	assert_received POST /ok 0
	try svcreq run --pending
	assert_status 0
	request_is 1 Completed
	[[ $(event 1 6 '[.event_type, .created_by]') == '["Completed","daemon"]' ]]
	[[ $(event 1 7 '[.event_type, .created_by]') == "[\"Running\",\"$me\"]" ]]
	assert_received POST /ok 1
}

@test "approve exits as run does when the next step fails" {
	pipeline order <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD/close-after-read"}}
	EOF
	svcreq create order --run
	try svcreq approve 1
	assert_status 7
	assert_received POST /close-after-read 1
}

@test "approving twice is fine, and recorded once" {
	svcreq create order --run
	svcreq approve --no-run 1
	unchanged svcreq approve --no-run 1
	assert_status 0
	assert_stderr_is "'$me' has approved step 'Wait' of request 1 already"
	try svcreq approve 1
	assert_status 0
	request_is 1 Completed
	unchanged svcreq approve 1
	assert_status 0
	[[ $(events 1 | grep -c Approved) -eq 1 ]]
	assert_received POST /ok 1
}

@test "two approval steps need two approvals" {
	pipeline two <<-EOF
		steps:
		  - {step_name: One, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Two, step_type: WAIT_FOR_APPROVAL}
	EOF
	svcreq create two --run
	try svcreq approve 1
	assert_status 0
	request_is 1 Pending
	assert_stderr_has "request 1: Pending, step 'Two' waits for approval"
	try svcreq approve 1
	assert_status 0
	request_is 1 Completed
}

@test "what does not wait cannot be approved" {
	local id

	call get GET "$BAD/ok"
	call missing GET "$BAD/status/404"
	svcreq create order
	svcreq create get --run
	try svcreq create missing --run
	for id in "1:Not Started" "2:Completed" "3:Failed"; do
		unchanged svcreq approve "${id%:*}"
		assert_status 1
		assert_stdout_is ""
		assert_stderr_is "svcreq: cannot approve request ${id%:*}: it is ${id#*:}"
	done
}

@test "a request that is not there cannot be approved" {
	unchanged svcreq approve 1
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: no such request: 1"
}

@test "ids that are none are refused" {
	local id

	svcreq create order --run
	for id in 0 x 1x "" 01 ../1 99999999999999999999; do
		unchanged svcreq approve "$id"
		assert_status 2
		assert_stdout_is ""
		assert_stderr_has "svcreq: not a request id: '$id'"
	done
}

@test "approve takes exactly one id" {
	svcreq create order --run
	unchanged svcreq approve
	assert_status 2
	assert_stdout_is ""
	assert_stderr_has "usage: svcreq approve"
	unchanged svcreq approve 1 2
	assert_status 2
	assert_stderr_has "usage: svcreq approve"
	unchanged svcreq approve 1 --force
	assert_status 2
	assert_stderr_has "unknown option '--force'"
	unchanged svcreq approve 1 -m ""
	assert_status 2
}

@test "who is no admin cannot approve" {
	svcreq create order --run
	unchanged as nobody svcreq approve 1
	assert_status 9
	assert_stdout_is ""
	assert_stderr_is "svcreq: cannot approve request 1: 'nobody' is not an approver of step 'Wait' (the owner of the workspace)"
}

@test "the admins are those of state/config.yaml, users and groups" {
	echo 'admins: [daemon, "@games"]' >state/config.yaml
	svcreq create order --run
	svcreq create order --run
	unchanged svcreq approve 1
	assert_status 9
	assert_stderr_has "(daemon, @games)"
	try as daemon svcreq approve 1
	assert_status 0
	try as games svcreq approve 2
	assert_status 0
	request_is 2 Completed
}

@test "a faulty state/config.yaml lets nobody approve, and says where it is faulty" {
	svcreq create order --run
	printf '# a comment\nadmin: [daemon]\n' >state/config.yaml
	unchanged svcreq approve 1
	assert_status 1
	assert_stderr_is "svcreq: state/config.yaml:2:1: unknown key 'admin', did you mean 'admins'?"
	echo 'admins: daemon' >state/config.yaml
	unchanged svcreq approve 1
	assert_status 1
	assert_stderr_has "state/config.yaml:1:9:"
}

@test "the approvers of a step are the ones it lists; an admin who is not listed is none" {
	wait_pipeline listed 'approvers: [daemon, "@games"]'
	svcreq create listed --run
	svcreq create listed --run
	unchanged svcreq approve 1
	assert_status 9
	assert_stderr_has "'$me' is not an approver of step 'Wait' (daemon, @games)"
	try as daemon svcreq approve 1
	assert_status 0
	request_is 1 Completed
	try as games svcreq approve 2
	assert_status 0
}

@test "prevent_self_approval keeps the requester from approving" {
	wait_pipeline self 'approvers: [daemon, bin], prevent_self_approval: true'
	as daemon svcreq create self --run
	unchanged as daemon svcreq approve 1
	assert_status 9
	assert_stderr_has "step 'Wait' does not let 'daemon' approve their own request"
	try as bin svcreq approve 1
	assert_status 0
	request_is 1 Completed
}

@test "two approvals required: two people, not one person twice" {
	wait_pipeline pair 'approvers: [daemon, bin], approvals_required: 2'
	svcreq create pair --run
	try as daemon svcreq approve 1 -m first
	assert_status 0
	assert_stderr_has "approved step 'Wait' of request 1 (1 of 2)"
	request_is 1 Pending
	unchanged as daemon svcreq approve 1
	assert_status 0
	request_is 1 Pending
	unchanged svcreq run 1
	request_is 1 Pending
	try as bin svcreq approve 1 -m second
	assert_status 0
	assert_stderr_has "(2 of 2, after daemon)"
	request_is 1 Completed
	diff - <(events 1 | tail -n 3) <<-EOF
		Approved Wait
		Approved Wait
		Completed Wait
	EOF
	[[ $(last_event 1 .created_by) == bin ]]
}

@test "remarks may have any language, but must be text" {
	svcreq create order --run
	unchanged svcreq approve 1 -m $'\xff'
	assert_status 2
	assert_stderr_has "the remarks are not UTF-8"
	try svcreq approve 1 -m $'"quotes", \\ and\n日本語'
	assert_status 0
	[[ $(event 1 5 .remarks) == $'"quotes", \\ and\n日本語' ]]
}

@test "one run's call that goes on does not keep another request from being approved" {
	call slow GET "$BAD/hold"
	svcreq create slow
	svcreq create order --run
	svcreq run 1 2>/dev/null &
	eventually was_received GET /hold
	try svcreq approve 2
	assert_status 0
	request_is 2 Completed
	release_calls
	wait $!
}
