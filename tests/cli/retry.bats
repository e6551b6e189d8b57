#!/usr/bin/env bats
# Further attempts: each is an event, and none is made where it could do a thing twice.

load helper
load calls
load bad

@test "a GET that fails for the moment is tried again; each attempt is an event" {
	call flaky GET "$BAD/flaky/3/a" 'retry: {max_attempts: 3, backoff: 10ms}'
	try svcreq create flaky --run
	assert_status 0
	diff - <(events 1) <<-EOF
		Created
		Not Started Call
		Running Call
		Failed Call http_status
		Running Call
		Failed Call http_status
		Running Call
		Completed Call
	EOF
	[[ $(event 1 4 '[.status, .attempt, .http_status]') == '["Running",1,503]' ]]
	[[ $(event 1 4 '.not_before > .created_at') == true ]]
	[[ $(event 1 8 '[.status, .attempt]') == '["Completed",3]' ]]
	[[ $(event 1 5 '.created_at') > $(event 1 4 .not_before) ||
	    $(event 1 5 '.created_at') == $(event 1 4 .not_before) ]]
	assert_received GET /flaky/3/a 3
}

@test "without retry there is one attempt" {
	call flaky GET "$BAD/flaky/2/b"
	try svcreq create flaky --run
	assert_status 4
	assert_received GET /flaky/2/b 1
}

@test "no more attempts are made than max_attempts, in whatever number of runs" {
	call flaky GET "$BAD/status/503" 'retry: {max_attempts: 3, backoff: 1ms}'
	try svcreq create flaky --run
	assert_status 4
	[[ $(last_event 1 '[.status, .attempt, .not_before]') == '["Failed",3,null]' ]]
	try svcreq run 1
	try svcreq run --pending
	assert_received GET /status/503 3
}

@test "a status that time does not mend is not tried again" {
	local code

	for code in 400 401 403 404 409 422 501; do
		call p GET "$BAD/status/$code" 'retry: {max_attempts: 5, backoff: 1ms}'
		try svcreq create p --run
		assert_status 4
		assert_received GET "/status/$code" 1
	done
}

@test "a POST that was turned away with 429 is tried again" {
	call busy POST "$BAD/status/429" 'retry: {max_attempts: 2, backoff: 1ms}'
	try svcreq create busy --run
	assert_status 4
	assert_received POST /status/429 2
}

@test "a POST to a server that honours the idempotency key is tried again" {
	call flaky POST "$BAD/flaky/3/c" 'idempotency: honoured, retry: {max_attempts: 3, backoff: 1ms}'
	try svcreq create flaky --run
	assert_status 0
	assert_received POST /flaky/3/c 3
	call flaky POST "$BAD/flaky/3/d" 'idempotency: sent, retry: {max_attempts: 3, backoff: 1ms}'
	try svcreq create flaky --run
	assert_status 7
	assert_received POST /flaky/3/d 1
}

@test "what could not be sent at all is tried again, a POST too" {
	call down POST "$DOWN/" 'retry: {max_attempts: 3, backoff: 1ms}'
	try svcreq create down --run
	assert_status 4
	[[ $(last_event 1 '[.attempt, .reason]') == '[3,"transport"]' ]]
}

@test "a GET that times out or is cut off is tried again" {
	call stall GET "$BAD/stall" 'timeout: 100ms, retry: {max_attempts: 2, backoff: 1ms}'
	try svcreq create stall --run
	assert_status 4
	assert_received GET /stall 2
	call cut GET "$BAD/close-after-read" 'retry: {max_attempts: 3, backoff: 1ms}'
	try svcreq create cut --run
	assert_status 4
	assert_received GET /close-after-read 3
}

@test "a short Retry-After is sat out" {
	call flaky GET "$BAD/flaky/2/e?retry_after=1" 'retry: {max_attempts: 2, backoff: 1ms}'
	try svcreq create flaky --run
	assert_status 0
	[[ $(event 1 5 '.created_at | sub("\\..*"; "Z") | fromdate') -ge \
	    $(event 1 4 '.created_at | sub("\\..*"; "Z") | fromdate + 1') ]]
}

@test "a long Retry-After is left to a later run, and no run comes too early" {
	call flaky GET "$BAD/flaky/2/f?retry_after=120" 'retry: {max_attempts: 2, backoff: 1ms}'
	try svcreq create flaky --run
	assert_status 0
	assert_stdout_is 1
	assert_stderr_matches "request 1: Running, step 'Call' is tried again in "
	[[ $(last_event 1 '[.event_type, .status]') == '["Failed","Running"]' ]]
	[[ $(last_event 1 '(.not_before | sub("\\..*"; "Z") | fromdate) - (.created_at | sub("\\..*"; "Z") | fromdate)') -ge 119 ]]
	unchanged svcreq run 1
	assert_status 0
	unchanged svcreq run --pending
	assert_status 0
	assert_received GET /flaky/2/f 1
}

@test "a Retry-After without measure is cut to an hour" {
	call flaky GET "$BAD/flaky/2/g?retry_after=999999999" 'retry: {max_attempts: 2, backoff: 1ms}'
	try svcreq create flaky --run
	assert_status 0
	[[ $(last_event 1 '(.not_before | sub("\\..*"; "Z") | fromdate) - (.created_at | sub("\\..*"; "Z") | fromdate)') -le 3601 ]]
}

@test "the other requests do not wait for one that does" {
	call slow GET "$BAD/flaky/2/h?retry_after=3" 'retry: {max_attempts: 2, backoff: 1ms}'
	call fast GET "$BAD/ok"
	svcreq create slow
	for _ in 1 2 3 4; do
		svcreq create fast
	done
	svcreq run --pending -j 2 2>log &
	eventually request_is 5 Completed
	request_is 1 Running
	wait $!
	request_is 1 Completed
}

@test "an attempt that was waited for is made by the next run when the time has come" {
	call flaky GET "$BAD/flaky/2/i?retry_after=1" 'retry: {max_attempts: 2, backoff: 1ms}'
	svcreq create flaky
	svcreq run 1 2>/dev/null &
	eventually grep -q not_before state/requests/1/000004.json
	kill -KILL $!
	wait $! || true
	request_is 1 Running
	try svcreq run --pending
	assert_status 0
	request_is 1 Completed
	assert_received GET "/flaky/2/i" 2
}

@test "retry starts what waits for its next attempt now, and counts its attempts anew" {
	call busy POST "$BAD/status/429" 'retry: {max_attempts: 2, backoff: 1d, max_backoff: 1d}'
	try svcreq create busy --run
	assert_status 0
	assert_stderr_has "tried again in"
	unchanged as nobody svcreq retry 1
	assert_status 9
	try svcreq retry 1 -m "it is mended"
	assert_status 0
	assert_stderr_has "step 'Call' of request 1 is to be run again"
	assert_received POST /status/429 2
	diff - <(events 1 | tail -n 4) <<-EOF
		Failed Call http_status
		Not Started Call
		Running Call
		Failed Call http_status
	EOF
	[[ $(event 1 5 '[.status, .remarks]') == '["Running","it is mended"]' ]]
	# the second of the two that max_attempts allows is still to come
	[[ $(last_event 1 '[.status, .not_before != null]') == '["Running",true]' ]]
	try svcreq retry 1 --no-run
	unchanged svcreq retry 1
	assert_status 1
	assert_stderr_is "svcreq: cannot retry request 1: it is Running"
}
