#!/usr/bin/env bats
# Each way in which tests/bad-server.py misbehaves: exit code, event, log, and how often it was called.
#
# shellcheck disable=SC2016 # ${...} is for svcreq

load helper
load calls
load bad

RETRY='retry: {max_attempts: 3, backoff: 1ms}, data: {a: 1}'

# behaves <method> <path> <exit code> <event> <calls> <words in the log> [<parameters>]
# The event is "<type> <reason> <http_status> <attempt>", "-" for what it does not have.
behaves() {
	local method=$1 path=$2 got

	forget_calls
	call p "$method" "$BAD$path" "$RETRY${7:+, $7}"
	try svcreq create p --run
	assert_status "$3" || fail "$method $path" || return
	got=$(last_event "$output" '[.event_type, .reason // "-", .http_status // "-", .attempt] | join(" ")')
	[[ $got == "$4" ]] || fail "$method $path: the event is '$got', not '$4'" || return
	step_log "$output" | grep -qF -- "$6" || fail "$method $path: not in the log: $6" "$(step_log "$output")" || return
	# nothing is called later, either
	svcreq run --pending || return
	assert_received "$method" "${path%%\?*}" "$5" || fail "$method $path"
}

# A call that must not be made twice, and one that may be.
once() { behaves POST "$@"; }
again() { behaves GET "$@"; }

@test "a server that closes after it has read" {
	once /close-after-read 7 "Failed outcome_unknown - 1" 1 "empty reply from server"
	again /close-after-read 4 "Failed transport - 3" 3 "empty reply from server"
}

@test "a server that stalls" {
	once /stall 7 "Failed outcome_unknown - 1" 1 "operation timed out after " "timeout: 1s"
	again /stall 4 "Failed timeout - 3" 3 "operation timed out after " "timeout: 1s"
}

@test "a server that trickles its answer" {
	once /trickle 0 "Completed - 200 1" 1 "the body is not whole; the call succeeded all the same (200)" "timeout: 1s"
	again /trickle 0 "Completed - 200 1" 1 "the body is not whole; the call succeeded all the same (200)" "timeout: 1s"
	again /trickle 4 "Failed http_status 200 1" 1 "operation timed out after " "success_status: [201], timeout: 1s"
	again /trickle 4 "Failed timeout 200 3" 3 "operation timed out after " "outputs: {id: /id}, timeout: 1s"
	once /trickle 4 "Failed executor 200 1" 1 "operation timed out after " "outputs: {id: /id}, timeout: 1s"
}

@test "a server that cuts its answer" {
	once /cut 0 "Completed - 200 1" 1 "the body is not whole; the call succeeded all the same (200)"
	once /cut 4 "Failed executor 200 1" 1 "bytes remaining to read" "outputs: {id: /id}"
	once /cut 4 "Failed http_status 200 1" 1 "expected 201; it was carried out" "success_status: [201]"
	again /cut 4 "Failed transport 200 3" 3 "bytes remaining to read" "outputs: {id: /id}"
	again /cut 4 "Failed http_status 200 1" 1 "expected 201" "success_status: [201]"
}

@test "a server that cuts the body of a failure: the status says it all" {
	once /cut/404 4 "Failed http_status 404 1" 1 "< HTTP/1.1 404 Not Found"
	again /cut/404 4 "Failed http_status 404 1" 1 "< HTTP/1.1 404 Not Found"
	once /cut/503 7 "Failed outcome_unknown 503 1" 1 "< HTTP/1.1 503 Service Unavailable"
	again /cut/503 4 "Failed http_status 503 3" 3 "< HTTP/1.1 503 Service Unavailable"
	once /cut/429 4 "Failed http_status 429 3" 3 "< HTTP/1.1 429 Too Many Requests"
}

@test "a server that switches protocols" {
	once /switch 7 "Failed outcome_unknown - 1" 1 "the server switched protocols"
	again /switch 4 "Failed transport - 3" 3 "the server switched protocols"
}

@test "a server that answers garbage" {
	once /garbage 7 "Failed outcome_unknown - 1" 1 "received HTTP/0.9 when not allowed"
	again /garbage 4 "Failed transport - 3" 3 "received HTTP/0.9 when not allowed"
}

@test "a server that sends 100,000 header lines" {
	once /many-headers 0 "Completed - 200 1" 1 "the response headers are too large"
	again /many-headers 4 "Failed executor 200 1" 1 "the response headers are too large" "outputs: {id: /id}"
	once /many-headers 4 "Failed executor 200 1" 1 "the response headers are too large" "outputs: {id: /id}"
	once /many-headers 4 "Failed http_status 200 1" 1 "the response headers are too large" "success_status: [201]"
	[[ $(stat -c %s executor_logs/1/Call.log) -lt 1000000 ]]
}

@test "a server that sends a header line without end" {
	once /long-header 0 "Completed - 200 1" 1 "the response headers are too large"
	again /long-header 4 "Failed executor 200 1" 1 "the response headers are too large" "outputs: {id: /id}"
}

@test "a server that sends a gzip bomb" {
	once /gzip-bomb 0 "Completed - 200 1" 1 "the response body is too large" "headers: {Accept-Encoding: gzip}"
	again /gzip-bomb 4 "Failed executor 200 1" 1 "the response body is too large" \
	    "headers: {Accept-Encoding: gzip}, outputs: {id: /id}"
	once /gzip-bomb 0 "Completed - 200 1" 1 "binary, "
	[[ $(stat -c %s executor_logs/1/Call.log) -lt 1000000 ]]
}

@test "a body without end" {
	once /big/50000000 0 "Completed - 200 1" 1 "the response body is too large"
	[[ $(stat -c %s executor_logs/1/Call.log) -lt 100000 ]]
	again /big/100000 0 "Completed - 200 1" 1 "... 34464 bytes more"
}

@test "a server that resets the connection" {
	once /drop 7 "Failed outcome_unknown - 1" 1 "reset by peer"
	again /drop 4 "Failed transport - 3" 3 "reset by peer"
}

@test "a server that redirects" {
	local code

	for code in 301 302 303 307 308; do
		once "/redirect$code?to=/ok" 4 "Failed http_status $code 1" 1 "< Location: /ok"
		again "/redirect$code?to=/ok" 4 "Failed http_status $code 1" 1 "< Location: /ok"
		assert_received POST /ok 0
		assert_received GET /ok 0
	done
}

@test "a server that fails" {
	local code

	for code in 408 500 502 503 504; do
		once "/status/$code" 7 "Failed outcome_unknown $code 1" 1 "< HTTP/1.1 $code "
		again "/status/$code" 4 "Failed http_status $code 3" 3 "< HTTP/1.1 $code "
	done
	once /status/429 4 "Failed http_status 429 3" 3 "< HTTP/1.1 429 "
	once /status/501 4 "Failed http_status 501 1" 1 "< HTTP/1.1 501 "
	again /status/501 4 "Failed http_status 501 1" 1 "< HTTP/1.1 501 "
}

@test "a server that answers twice, or late, or with trailers" {
	once /interim 0 "Completed - 200 1" 1 "< HTTP/1.1 200 OK"
	once /trailers 0 "Completed - 200 1" 1 "< HTTP/1.1 200 OK"
	once /delay/0.1 0 "Completed - 200 1" 1 "< late"
}

@test "what a PUT, a DELETE or a PATCH does without an answer" {
	behaves PUT /close-after-read 4 "Failed transport - 3" 3 "empty reply"
	behaves DELETE /close-after-read 4 "Failed transport - 3" 3 "empty reply"
	behaves PATCH /close-after-read 7 "Failed outcome_unknown - 1" 1 "empty reply"
	once /close-after-read 4 "Failed transport - 3" 3 "empty reply" "idempotency: honoured"
	once /close-after-read 7 "Failed outcome_unknown - 1" 1 "empty reply" "idempotency: sent"
}

@test "a server that stalls while it is sent a large body" {
	call p POST "$BAD/stall" 'timeout: 2s, data: "${text}", retry: {max_attempts: 3, backoff: 1ms}'
	head -c 900000 /dev/zero | tr '\0' x | jq -R '{text: .}' >form
	try svcreq create p --form-data form --run
	assert_status 7
	assert_received POST /stall 1
}
