#!/usr/bin/env bats
# approve: too late, twice, of one step of several, and of a request whose events were tampered with.

load helper
load calls

setup_file() { start_bad_server; }
teardown_file() { stop_bad_server; }

setup() {
	set_up_workspace
	forget_calls
	me=$(id -un)
}

@test "an approval after the time is over is refused with exit code 6" {
	local ended

	wait_pipeline short 'expires_after: 100ms'
	svcreq create short --run
	ended=$(last_event 1 .expires_at)
	sleep 0.2 # the time that is to pass
	try svcreq approve 1
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
	unchanged svcreq reject 1 -m late
	assert_status 6
	assert_stderr_is "svcreq: cannot reject request 1: the time for step 'Wait' ended at $ended"
}

@test "a rejection after the time is over is refused with exit code 6, and the reason is expired" {
	wait_pipeline short 'expires_after: 100ms'
	svcreq create short --run
	sleep 0.2 # the time that is to pass
	try svcreq reject 1 -m late
	assert_status 6
	assert_stdout_is ""
	assert_stderr_matches "^svcreq: cannot reject request 1: the time for step 'Wait' ended at [^ ]+Z$"
	[[ $(last_event 1 '[.reason, .remarks]') == '["expired",null]' ]]
}

@test "a second vote of the same person after the time is over is too late, and not told to be there already" {
	wait_pipeline short 'approvers: [daemon, bin], approvals_required: 2, expires_after: 1s'
	svcreq create short --run
	as daemon svcreq approve 1
	eventually is_late 1
	try as daemon svcreq approve 1
	assert_status 6
	refute_stderr_has already
	assert_stderr_has "the time for step 'Wait' ended at "
	[[ $(events 1 | tail -n 1) == "Failed Wait expired" ]]
	unchanged as daemon svcreq approve 1
	assert_status 6
}

is_late() {
	[[ $(date -u +%FT%T.%3NZ) > $(last_event "$1" .expires_at) ]]
}

@test "who may not approve ends nothing, even when the time is over" {
	wait_pipeline short 'expires_after: 100ms'
	svcreq create short --run
	sleep 0.2 # the time that is to pass
	unchanged as nobody svcreq approve 1
	assert_status 9
}

@test "what has expired is approved after a retry, and expires anew" {
	wait_pipeline short 'expires_after: 1s'
	svcreq create short --run
	eventually is_late 1
	unchanged svcreq retry 1
	assert_status 1
	assert_stderr_is "svcreq: cannot retry request 1: it is Pending, but its time is over: 'svcreq run 1' settles that first"
	try svcreq approve 1
	assert_status 6
	svcreq retry 1 2>/dev/null
	try svcreq approve 1
	assert_status 0
	request_is 1 Completed
}

@test "a vote from before a retry does not count after it" {
	echo "admins: [daemon, bin, $me]" >state/config.yaml
	wait_pipeline pair 'approvals_required: 2'
	svcreq create pair --run
	as daemon svcreq approve 1
	as bin svcreq reject 1 -m no
	svcreq retry 1 --no-run
	try svcreq status 1
	refute_stdout_has daemon,
	unchanged as daemon svcreq approve 1
	assert_status 1
	assert_stderr_is "svcreq: cannot approve request 1: it is Running"
	svcreq run 1
	try as daemon svcreq approve 1
	assert_status 0
	assert_stderr_has "(1 of 2)"
	request_is 1 Pending
	try as bin svcreq approve 1
	assert_status 0
	request_is 1 Completed
}

@test "approve --step is about that step only, and can be repeated safely" {
	pipeline two <<-EOF
		steps:
		  - {step_name: One, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [daemon, bin]}}
		  - {step_name: Two, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [daemon]}}
		  - {step_name: Call, step_type: API, parameters: {url: "$BAD/status/404"}}
	EOF
	svcreq create two --run
	unchanged as daemon svcreq approve 1 --step Two
	assert_status 1
	assert_stderr_is "svcreq: cannot approve request 1: it is not the turn of step 'Two'"
	unchanged as bin svcreq approve 1 --step Two
	assert_status 9
	try as daemon svcreq approve 1 --step One
	assert_status 0
	unchanged as daemon svcreq approve 1 --step One
	assert_status 0
	assert_stderr_is "'daemon' has approved step 'One' of request 1 already"
	request_is 1 Pending
	unchanged as bin svcreq approve 1 --step One
	assert_status 1
	assert_stderr_is "svcreq: cannot approve request 1: step 'One' is Completed"
	try as daemon svcreq approve 1 --step Two
	assert_status 4
	unchanged as daemon svcreq approve 1 --step Two
	assert_status 0
	assert_stderr_is "'daemon' has approved step 'Two' of request 1 already"
	for step in Call None ""; do
		unchanged as daemon svcreq approve 1 --step "$step"
		assert_status 1
		assert_stderr_is "svcreq: cannot approve request 1: it has no step '$step' that waits for approval"
	done
}

@test "who approved is told so even when a later step has failed" {
	pipeline order <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {url: "$BAD/status/404"}}
	EOF
	echo "admins: [daemon, $me]" >state/config.yaml
	svcreq create order --run
	try svcreq approve 1
	assert_status 4
	unchanged svcreq approve 1
	assert_status 0
	assert_stderr_is "'$me' has approved step 'Wait' of request 1 already"
	unchanged as daemon svcreq approve 1
	assert_status 1
	assert_stderr_is "svcreq: cannot approve request 1: it is Failed"
	unchanged as nobody svcreq approve 1
	assert_status 9
	svcreq cancel 1
	unchanged svcreq approve 1
	assert_status 13
	assert_stderr_is "svcreq: cannot approve request 1: it is Cancelled"
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
	forged) jq -c '.created_by = "nobody"' ../approved/000004.json >$folder/000004.json ;;
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
	tampered edited "state/requests/1/000002.json: the chain is broken: the event before it was changed or replaced"
	tampered dropped "state/requests/1/000004.json is missing"
	tampered replaced "state/requests/1/000004.json: it belongs to request 2"
	tampered forged "state/requests/1/000005.json: the chain is broken: the event before it was changed or replaced"
	# the others go on
	try svcreq run --pending
	assert_status 1
	request_is 2 Completed
	assert_received POST /ok 1
}
