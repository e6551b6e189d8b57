#!/usr/bin/env bats
# run: how a request goes from step to step.  The calls themselves are in calls.bats,
# response.bats, retry.bats and interrupted.bats.

load helper
load calls

setup_file() {
	start_httpbin
	start_bad_server
}

teardown_file() {
	stop_httpbin
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
}

# A call, an approval and a second call that uses what the first one gave.
order_pipeline() {
	pipeline order <<-EOF
		form: {fields: [{name: host, required: true}]}
		steps:
		  - step_name: Reserve
		    step_type: API
		    parameters: {url: "$HTTPBIN/uuid", outputs: {reservation: /uuid}}
		  - {step_name: Approval, step_type: WAIT_FOR_APPROVAL}
		  - step_name: Order
		    step_type: API
		    parameters:
		      method: POST
		      url: $HTTPBIN/post
		      headers: {X-Reservation: "\${reservation}"}
		      data: {host: "\${host}", reservation: "\${reservation}"}
	EOF
}

@test "one call completes the request" {
	call get GET "$HTTPBIN/get"
	svcreq create get
	try svcreq run 1
	assert_status 0
	assert_stdout_is ""
	assert_stderr_matches "^request 1: step 'Call' Completed \(200, [0-9]+ms\)"
	assert_stderr_has "request 1: Completed"
	diff - <(events 1) <<-EOF
		Created
		Not Started Call
		Running Call
		Completed Call
	EOF
	[[ $(last_event 1 '[.status, .http_status, .attempt]') == '["Completed",200,1]' ]]
	[[ $(last_event 1 .duration_ms) =~ ^[0-9]+$ ]]
}

@test "a request goes through a call, an approval and a second call" {
	order_pipeline
	svcreq create order -f host=web1
	try svcreq run 1
	assert_status 0
	assert_stderr_has "request 1: Pending, step 'Approval' waits for approval"
	request_is 1 Pending
	try svcreq approve 1
	assert_status 0
	request_is 1 Completed
	diff - <(events 1) <<-EOF
		Created
		Not Started Reserve
		Not Started Approval
		Not Started Order
		Running Reserve
		Completed Reserve
		Running Approval
		Approved Approval
		Completed Approval
		Running Order
		Completed Order
	EOF
	[[ $(answer 1 Order | jq -r .json.reservation) == $(event 1 6 .outputs.reservation) ]]
	[[ $(answer 1 Order | jq -r '.headers["X-Reservation"]') == $(event 1 6 .outputs.reservation) ]]
}

@test "steps run in the order of next_step_name, whatever the order of the list" {
	pipeline chain <<-EOF
		first_step_name: One
		steps:
		  - step_name: Three
		    step_type: API
		    next_step_name: ""
		    parameters: {url: "$HTTPBIN/get"}
		  - step_name: One
		    step_type: API
		    next_step_name: Two
		    parameters: {url: "$HTTPBIN/get"}
		  - step_name: Two
		    step_type: API
		    next_step_name: Three
		    prev_step_name: One
		    parameters: {url: "$HTTPBIN/get"}
	EOF
	svcreq create chain --run
	diff - <(events 1 | grep Completed) <<-EOF
		Completed One
		Completed Two
		Completed Three
	EOF
}

@test "a step that has not started has no log file" {
	order_pipeline
	svcreq create order -f host=web1
	[[ ! -e executor_logs/1 ]]
	svcreq run 1
	[[ -e executor_logs/1/Reserve.log && ! -e executor_logs/1/Order.log ]]
}

@test "running what waits for approval changes nothing and says so" {
	wait_pipeline plain
	svcreq create plain --run
	unchanged svcreq run 1
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "request 1: Pending, step 'Wait' waits for approval"
}

@test "running what is completed or failed changes nothing; its state is the exit code" {
	call get GET "$HTTPBIN/get"
	call missing GET "$HTTPBIN/status/404"
	svcreq create get --run
	try svcreq create missing --run
	unchanged svcreq run 1
	assert_status 0
	assert_stderr_is "request 1: Completed"
	unchanged svcreq run 2
	assert_status 4
	assert_stderr_is "request 2: Failed"
}

@test "a failed step stops the request; the steps after it do not run" {
	pipeline two <<-EOF
		steps:
		  - {step_name: One, step_type: API, parameters: {url: "$BAD/status/500"}}
		  - {step_name: Two, step_type: API, parameters: {url: "$BAD/ok"}}
	EOF
	try svcreq create two --run
	assert_status 4
	request_is 1 Failed
	assert_received GET /ok 0
	[[ ! -e executor_logs/1/Two.log ]]
}

@test "several requests are run, and the exit code is of the first that did not go well" {
	call get GET "$HTTPBIN/get"
	call missing GET "$HTTPBIN/status/404"
	svcreq create get && svcreq create missing && svcreq create get
	try svcreq run 3 2 1 1
	assert_status 4
	assert_stdout_is ""
	request_is 1 Completed
	request_is 2 Failed
	request_is 3 Completed
}

@test "ids that are none are refused, and nothing is run" {
	local id

	call get GET "$BAD/ok"
	svcreq create get
	for id in 0 x 1x "" 01 +1 1.0 99999999999999999999 ../1; do
		unchanged svcreq run 1 "$id"
		[[ $status -eq 1 || $status -eq 2 ]] || unexpected "not refused: $id"
		assert_stdout_is ""
		assert_stderr_has "not a request id: '$id'"
	done
	unchanged svcreq run -- -1
	assert_stderr_has "not a request id: '-1'"
	assert_received GET /ok 0
}

@test "a request that is not there is an error" {
	local id

	for id in 1 7 4611686018427387903 4611686018427387904 9223372036854775807; do
		try svcreq run "$id"
		assert_status 1
		assert_stdout_is ""
		assert_stderr_is "svcreq: no such request: $id"
	done
}

@test "run without a request, or with --pending and one, is a usage error" {
	unchanged svcreq run
	assert_status 2
	assert_stderr_has "usage: svcreq run"
	unchanged svcreq run --pending 1
	assert_status 2
	assert_stderr_has "usage: svcreq run"
	unchanged svcreq run --pending -j 0
	assert_status 2
	unchanged svcreq run --pending -j many
	assert_status 2
}

@test "--pending runs all that can move, and only these" {
	call get GET "$BAD/ok"
	call missing GET "$BAD/status/404"
	wait_pipeline plain
	svcreq create get --run       # 1 is completed
	try svcreq create missing --run # 2 is failed
	svcreq create plain --run     # 3 waits
	svcreq create get
	svcreq create plain
	svcreq create get
	try svcreq run --pending
	assert_status 0
	assert_stdout_is ""
	refute_stderr_has "request 1:"
	refute_stderr_has "request 2:"
	refute_stderr_has "request 3:"
	request_is 4 Completed
	request_is 5 Pending
	request_is 6 Completed
	assert_received GET /ok 3
	assert_received GET /status/404 1
	unchanged svcreq run --pending
	assert_status 0
	assert_stderr_is ""
}

@test "--pending exits with the code of a request that failed, and runs the others" {
	call get GET "$BAD/ok"
	call missing GET "$BAD/status/404"
	svcreq create get && svcreq create missing && svcreq create get
	try svcreq run --pending
	assert_status 4
	request_is 3 Completed
}

@test "--pending with nothing to do is content" {
	unchanged svcreq run --pending
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is ""
}

@test "-j runs so many at a time" {
	call slow GET "$BAD/hold"
	for _ in 1 2 3 4 5 6; do
		svcreq create slow
	done
	svcreq run --pending -j 6 2>run.log &
	eventually all_received
	release_calls
	wait $!
	assert_received GET /hold 6
	svcreq create slow && svcreq create slow
	try svcreq run --pending -j 1
	assert_status 0
	[[ ! $(event 7 4 .created_at) > $(event 8 3 .created_at) ]] || fail "two at a time"
}

all_received() {
	[[ $(received GET /hold) -eq 6 ]]
}

@test "-q says only what went wrong" {
	call get GET "$BAD/ok"
	call missing GET "$BAD/status/404"
	svcreq create get && svcreq create missing
	try svcreq run -q 1
	assert_status 0
	assert_stderr_is ""
	try svcreq run -q 2
	assert_status 4
	assert_stderr_has "request 2: step 'Call' Failed"
	refute_stderr_has "request 2: Failed"
	# it failed before: nothing else says what the exit code is about
	try svcreq run -q 2
	assert_status 4
	assert_stderr_is "request 2: Failed"
}

@test "an approval that has expired fails with its own exit code" {
	wait_pipeline short "expires_after: 2s"
	svcreq create short --run
	eventually expired_by_run
	try svcreq run 1
	assert_status 6
	[[ $(last_event 1 '[.event_type, .reason]') == '["Failed","expired"]' ]]
	try svcreq approve 1
	[[ $status -ne 0 ]]
}

expired_by_run() {
	svcreq run --pending
	[[ $(request_status 1) == Failed ]]
}
