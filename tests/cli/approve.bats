#!/usr/bin/env bats
# approve: what is recorded, what is said, who may by the groups of the system, and what happens then.  Every state and
# every person is in tests/unit/test-decision.c.  Real users are in users.bats; here "as nobody" is what sudo makes of
# a person who becomes the owner of the workspace.

load helper
load calls
load bad

setup() {
	set_up_calls
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

@test "approve exits with 13 when the request is cancelled in the call that follows" {
	pipeline order <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD/hold"}}
	EOF
	local code=0

	svcreq create order --run
	svcreq approve 1 2>approve.log &
	eventually was_received POST /hold
	svcreq cancel 1
	release_calls
	wait $! || code=$?
	[[ $code -eq 13 ]] || fail "exit code $code" "$(cat approve.log)"
}

@test "approving again records nothing, is told so, and goes on" {
	svcreq create order --run
	svcreq approve --no-run 1
	unchanged svcreq approve --no-run 1
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "'$me' has approved step 'Wait' of request 1 already"
	try svcreq approve 1
	assert_status 0
	request_is 1 Completed
	unchanged svcreq approve 1
	assert_status 0
	assert_received POST /ok 1
}

@test "two approvals required: each is told how many there are, and after whom" {
	wait_pipeline pair 'approvers: [daemon, bin], approvals_required: 2'
	svcreq create pair --run
	try as daemon svcreq approve 1 -m first
	assert_status 0
	assert_stderr_has "approved step 'Wait' of request 1 (1 of 2)"
	request_is 1 Pending
	unchanged svcreq run 1
	try as bin svcreq approve 1 -m second
	assert_status 0
	assert_stderr_has "approved step 'Wait' of request 1 (2 of 2, after daemon)"
	request_is 1 Completed
	[[ $(last_event 1 .created_by) == bin ]]
}

@test "approve --step is about that step only" {
	pipeline two <<-EOF
		steps:
		  - {step_name: One, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Two, step_type: WAIT_FOR_APPROVAL}
	EOF
	svcreq create two --run
	unchanged svcreq approve 1 --step Two
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: cannot approve request 1: it is not the turn of step 'Two'"
	try svcreq approve 1 --step One
	assert_status 0
	assert_stderr_has "request 1: Pending, step 'Two' waits for approval"
	unchanged svcreq approve 1 --step One
	assert_status 0
	assert_stderr_is "'$me' has approved step 'One' of request 1 already"
}

@test "an approval after the time is over is refused with exit code 6, and that is recorded" {
	local ended

	wait_pipeline short 'expires_after: 2s'
	svcreq create short --run
	ended=$(last_event 1 .expires_at)
	until_expired 1
	unchanged as nobody svcreq approve 1
	assert_status 9
	try svcreq approve 1 -m late
	assert_status 6
	assert_stdout_is ""
	assert_stderr_is "svcreq: cannot approve request 1: the time for step 'Wait' ended at $ended"
	diff - <(events 1 | tail -n 2) <<-EOF
		Running Wait
		Failed Wait expired
	EOF
	[[ $(last_event 1 '[.created_by, .message, .remarks]') == \
	    "[\"$me\",\"the time for approval ended before there were enough approvals\",null]" ]]
	# whoever comes later is told the same
	unchanged svcreq approve 1
	assert_status 6
	assert_stderr_is "svcreq: cannot approve request 1: the time for step 'Wait' ended at $ended"
}

@test "approve takes exactly one id, which is one, and remarks, which are text" {
	local id

	unchanged svcreq approve 1
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: no such request: 1"
	svcreq create order --run
	for id in 0 x 1x "" 01 ../1 99999999999999999999; do
		unchanged svcreq approve "$id"
		assert_status 2
		assert_stdout_is ""
		assert_stderr_has "svcreq: not a request id: '$id'"
	done
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
	unchanged svcreq approve 1 -m $'\xff'
	assert_status 2
	assert_stderr_has "the remarks are not UTF-8"
	try svcreq approve 1 -m $'"quotes", \\ and\n日本語'
	assert_status 0
	[[ $(event 1 5 .remarks) == $'"quotes", \\ and\n日本語' ]]
}

@test "who is no admin cannot approve" {
	svcreq create order --run
	unchanged as nobody svcreq approve 1
	assert_status 9
	assert_stdout_is ""
	assert_stderr_is "svcreq: cannot approve request 1: 'nobody' is not an approver of step 'Wait' (the owner of the workspace)"
}

@test "the admins are those of state/config.yaml, the approvers those of the step: users and groups" {
	echo 'admins: [daemon, "@games"]' >state/config.yaml
	wait_pipeline listed 'approvers: [bin, "@mail"], prevent_self_approval: true'
	svcreq create order --run
	as bin svcreq create listed --run
	unchanged svcreq approve 1
	assert_status 9
	assert_stderr_has "'$me' is not an approver of step 'Wait' ('daemon', '@games')"
	try as games svcreq approve 1
	assert_status 0
	request_is 1 Completed
	unchanged as games svcreq approve 2
	assert_status 9
	assert_stderr_has "'games' is not an approver of step 'Wait' ('bin', '@mail')"
	unchanged as bin svcreq approve 2
	assert_status 9
	assert_stderr_has "step 'Wait' does not let 'bin' approve their own request"
	try as mail svcreq approve 2
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

# tampered <how> <message>: request 1 after its approval, before it is run.
tampered() {
	local folder=state/requests/1

	rm -r $folder
	cp -a ../approved $folder
	case $1 in
	edited) sed -i 's/"form_data":{[^}]*}/"form_data":{"x":"evil"}/' $folder/000001.json ;;
	dropped) rm $folder/000004.json ;;
	replaced) cp state/requests/2/000004.json $folder ;;
	# whole in itself and chained to what is before it, unlike what comes after it
	forged) jq -c '.created_by = "nobody"' ../approved/000004.json >$folder/000004.json && reseal $folder/000004.json ;;
	esac
	try svcreq run 1
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: request 1 is damaged: $2"
	assert_received POST /ok 0
}

@test "nothing is sent after an approval when an event was edited, dropped or replaced since" {
	pipeline order <<-EOF
		form: {fields: [{name: x}]}
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD/ok", data: "\${x}"}}
	EOF
	svcreq create order -f x=good --run
	svcreq create order -f x=evil --run
	svcreq approve 1 --no-run
	svcreq approve 2 --no-run
	cp -a state/requests/1 ../approved
	tampered edited "state/requests/1/000001.json: it was changed after it was written: its sha256 does not fit"
	tampered dropped "state/requests/1/000004.json is missing"
	tampered replaced "state/requests/1/000004.json: it belongs to request 2"
	tampered forged "state/requests/1/000005.json: the chain is broken: the event before it was changed or replaced"
	# the others go on
	try svcreq run --pending
	assert_status 1
	request_is 2 Completed
	assert_received POST /ok 1
}
