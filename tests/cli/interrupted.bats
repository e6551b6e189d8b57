#!/usr/bin/env bats
# A run that is killed, asked to end, or not alone.
#
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own runner; stderr is set by try

load helper
load calls
load bad

teardown() {
	refute_sanitizer_report
	stop_the_run
}

stop_the_run() {
	[[ -z ${runner-} ]] || kill -KILL "$runner" 2>/dev/null || true
}

# run_in_call <method> <path> [<arguments of run>]: a run in the background that has sent its call.
run_in_call() {
	svcreq run "${3:-1}" 2>run.log &
	runner=$!
	eventually was_received "$1" "$2"
}

# The exit code of the run in the background.
end_of_run() {
	local code=0

	wait "$runner" || code=$?
	runner=
	return "$code"
}

assert_run_ended_with() {
	local code=0

	end_of_run || code=$?
	[[ $code -eq $1 ]] || fail "the run ended with $code, not $1" "$(cat run.log)"
}

@test "a request that another process runs is busy" {
	call slow GET "$BAD/hold"
	svcreq create slow
	run_in_call GET /hold
	unchanged svcreq run 1
	assert_status 8
	assert_stdout_is ""
	assert_stderr_is "svcreq: request 1: another process runs it"
	release_calls
	end_of_run
	request_is 1 Completed
	assert_received GET /hold 1
}

@test "a step that is Running names the host, the boot, the process and its start" {
	local event process

	call slow GET "$BAD/hold"
	svcreq create slow
	run_in_call GET /hold
	event=$(svcreq log 1 --events --json | jq -c 'select(.event_type == "Running")')
	process=$(jq .process <<<"$event")
	[[ $(jq -r .host <<<"$event") == "$(uname -n)" ]] || fail "$event" || return
	[[ $(jq -r .boot <<<"$event") == "$(</proc/sys/kernel/random/boot_id)" ]] || fail "$event" || return
	[[ $(</proc/"$process"/comm) == svcreq-run ]] || fail "$event" || return
	[[ $(sed 's/.*) //' /proc/"$process"/stat | cut -d ' ' -f 20) == "$(jq .process_start <<<"$event")" ]] || fail "$event" || return
	release_calls
	end_of_run
	wait_pipeline plain
	svcreq create plain --run
	[[ $(svcreq log 2 --events --json | jq -s 'map(has("process")) | any') == false ]]
}

@test "--pending leaves alone what another process runs, and runs the rest" {
	call slow GET "$BAD/hold"
	call get GET "$BAD/ok"
	svcreq create slow
	svcreq create get
	run_in_call GET /hold
	try svcreq run --pending
	assert_status 0
	request_is 2 Completed
	refute_stderr_has "request 1"
	release_calls
	end_of_run
	assert_received GET /hold 1
}

@test "reading goes on while a request runs" {
	call slow GET "$BAD/hold"
	svcreq create slow
	run_in_call GET /hold
	try svcreq status 1 --exit-code
	assert_status 11
	assert_stdout_has Running
	try svcreq log 1
	assert_status 0
	assert_stdout_has "/hold"
	release_calls
	end_of_run
}

@test "a GET that was interrupted by kill -9 is sent again" {
	call stall GET "$BAD/stall"
	svcreq create stall
	run_in_call GET /stall
	kill -KILL "$runner"
	end_of_run || true
	request_is 1 Running
	run_in_call GET /stall
	eventually received_again
	grep -q "attempt 1 was interrupted" executor_logs/1/Call.log
	[[ $(last_event 1 '[.event_type, .attempt]') == '["Running",2]' ]]
}

@test "a call that was cancelled and then killed still gets its outcome, from the next run of all" {
	call stall POST "$BAD/stall"
	svcreq create stall
	run_in_call POST /stall
	svcreq cancel 1 2>/dev/null
	kill -KILL "$runner"
	end_of_run || true
	[[ $(events 1 | tail -n 2 | paste -sd ,) == "Running Call,Cancelled" ]]
	try svcreq run --pending
	[[ $(last_event 1 '[.event_type, .reason, .status]') == '["Failed","outcome_unknown","Cancelled"]' ]]
	unchanged svcreq run --pending
	assert_status 0
	assert_received POST /stall 1
}

@test "a failed request is listed, wherever the run was killed" {
	local place

	is_sanitized && skip "sanitizers do not work below strace"
	call down POST "$DOWN/"
	for place in 1 2 3 4 5 6; do
		svcreq create down
		strace -f -qq -o /dev/null -e trace=linkat -e "inject=linkat:signal=KILL:when=$place" \
		    "$BUILD/bin/svcreq" run "$place" 2>/dev/null || true
		[[ $(request_status "$place") != Failed || -e state/queue/failed/$place ]] || fail "killed at $place"
	done
	# each of them is in a list, and the next run of all brings it to its end
	try svcreq run --pending
	try svcreq status --status failed --json
	[[ $(jq .id <<<"$output" | paste -sd " ") == "1 2 3 4 5 6" ]] || unexpected "not all"
	[[ $(ls state/queue/running) == "" ]]
}

received_again() {
	[[ $(received GET /stall) -eq 2 ]]
}

@test "a POST that was interrupted by kill -9 is never sent again: its outcome is unknown" {
	call stall POST "$BAD/stall" 'retry: {max_attempts: 5, backoff: 1ms}'
	svcreq create stall
	run_in_call POST /stall
	kill -KILL "$runner"
	end_of_run || true
	try svcreq run 1
	assert_status 7
	assert_stdout_is ""
	assert_stderr_has "step 'Call' Failed: the program that ran the step ended before it could record the outcome"
	[[ $(last_event 1 '[.event_type, .status, .reason]') == '["Failed","Failed","outcome_unknown"]' ]]
	unchanged svcreq run 1
	assert_status 7
	try svcreq run --pending
	assert_status 0
	assert_received POST /stall 1
}

@test "--pending finds what was interrupted" {
	call stall POST "$BAD/stall"
	svcreq create stall
	run_in_call POST /stall --pending
	kill -KILL "$runner"
	end_of_run || true
	try svcreq run --pending
	assert_status 7
	request_is 1 Failed
	assert_received POST /stall 1
}

@test "a POST with an honoured idempotency key is sent again after kill -9, with the same key" {
	local key

	call stall POST "$BAD/stall" 'idempotency: honoured'
	svcreq create stall
	run_in_call POST /stall
	kill -KILL "$runner"
	end_of_run || true
	key=$(last_event 1 .idempotency_key)
	svcreq run 1 2>run.log &
	runner=$!
	eventually second_key "$key"
}

second_key() {
	[[ $(last_event 1 '[.attempt, .idempotency_key]') == "[2,\"$1\"]" ]]
}

@test "SIGTERM, SIGINT and SIGHUP wait for the call, record it and begin nothing more" {
	local id signal

	pipeline two <<-EOF
		steps:
		  - {step_name: One, step_type: API, parameters: {method: POST, url: "$BAD/hold"}}
		  - {step_name: Two, step_type: API, parameters: {url: "$BAD/ok"}}
	EOF
	for signal in 15 1 2; do
		forget_calls
		id=$(svcreq create two)
		# what a shell starts in the background ignores SIGINT, and what nohup has started SIGHUP
		env --default-signal=INT,HUP,TERM svcreq run "$id" 2>run.log &
		runner=$!
		eventually was_received POST /hold
		kill -"$signal" "$runner"
		eventually grep -q "^svcreq: stopping when 1 call has ended" run.log
		release_calls
		assert_run_ended_with $((128 + signal))
		[[ $(last_event "$id" '[.event_type, .step_name, .status]') == '["Completed","One","Running"]' ]]
		assert_received GET /ok 0
		try svcreq run "$id"
		assert_status 0
		assert_received POST /hold 1
	done
}

@test "SIGTERM ends a --pending run that has much to do, and the next one does the rest" {
	call slow POST "$BAD/hold"
	for _ in 1 2 3 4 5 6; do
		svcreq create slow
	done
	svcreq run --pending -j 2 2>run.log &
	runner=$!
	eventually was_received POST /hold
	kill "$runner"
	eventually grep -q "^svcreq: stopping when" run.log
	release_calls
	end_of_run || true
	[[ $(received POST /hold) -le 2 ]]
	try svcreq run --pending
	assert_status 0
	assert_received POST /hold 6
	try svcreq status
	refute_stdout_has Running
}

@test "a second SIGTERM gives up at once, and the outcome of a POST is then unknown" {
	call stall POST "$BAD/stall"
	svcreq create stall
	run_in_call POST /stall
	kill "$runner"
	eventually grep -q "once more: give up at once" run.log
	kill "$runner"
	assert_run_ended_with 143
	grep -q "given up: the program ends; the server may have acted" executor_logs/1/Call.log
	try svcreq run 1
	assert_status 7
	assert_received POST /stall 1
}

# give_up_stuck <method> <status> [<query> [<more parameters>]]: a run whose call got the head of an answer, no end,
# and two signals.
give_up_stuck() {
	forget_calls
	call stuck "$1" "$BAD/stuck/$2${3-}" "${4-}"
	id=$(svcreq create stuck)
	svcreq run "$id" 2>run.log &
	runner=$!
	eventually was_received STUCK "$2"
	kill "$runner"
	eventually grep -q "once more: give up at once" run.log
	kill "$runner"
	assert_run_ended_with 143
}

@test "a call whose status has come when a second SIGTERM gives up ends as that status says" {
	local id

	give_up_stuck POST 200
	[[ $(last_event "$id" '[.event_type, .status, .http_status, .effect]') == '["Completed","Completed",200,"certain"]' ]]
	grep -q "the body is not whole; the call succeeded all the same (200)" "executor_logs/$id/Call.log"
	give_up_stuck POST 200 "" "outputs: {id: /id}"
	[[ $(last_event "$id" '[.event_type, .reason, .http_status, .effect]') == '["Failed","executor",200,"certain"]' ]]
	[[ $(last_event "$id" .message) == *"its outputs cannot be taken from the response: the program ended before"* ]]
	give_up_stuck POST 404
	[[ $(last_event "$id" '[.event_type, .reason, .http_status, .effect]') == '["Failed","http_status",404,null]' ]]
	give_up_stuck POST 303
	[[ $(last_event "$id" '[.event_type, .reason, .http_status, .effect]') == '["Failed","http_status",303,"possible"]' ]]
	give_up_stuck POST 500
	[[ $(last_event "$id" '[.event_type, .reason, .http_status]') == '["Failed","outcome_unknown",500]' ]]
	give_up_stuck GET 503 "" "retry: {max_attempts: 2, backoff: 1h, max_backoff: 1h}"
	[[ $(last_event "$id" '[.event_type, .status, .http_status, .not_before != null]') == '["Failed","Running",503,true]' ]]
	grep -q "request $id: step 'Call' Failed (503, " run.log
}

@test "a second SIGTERM leaves a repeatable call to the next run whose answer lacks what is asked of it" {
	local id

	give_up_stuck GET 200 "" "outputs: {id: /id}"
	[[ $(last_event "$id" .event_type) == Running ]]
	grep -q "given up: the program ends" "executor_logs/$id/Call.log"
	give_up_stuck GET 302 "?to=/ok" "follow_redirects: 1"
	[[ $(last_event "$id" .event_type) == Running ]]
}

@test "two that run the same request at the same moment: one does, one is told" {
	local codes=

	call slow POST "$BAD/delay/0.5"
	svcreq create slow
	svcreq run 1 2>one &
	runner=$!
	try svcreq run 1
	codes=$status
	end_of_run || codes="$codes $?"
	[[ $codes == "0 8" || $codes == 8 || $codes == 0 ]] || fail "exit codes $codes" "$(cat one)" "$stderr"
	assert_received POST /delay/0.5 1
	request_is 1 Completed
}
