#!/usr/bin/env bats
# What becomes of a step by the answer that its call gets, or does not get.
#
# shellcheck disable=SC2154 # stderr is set by try

load helper
load calls
load bad

# ends <exit code> <reason> <http_status> <method> <url> [<parameters>]: the latest event, $message.
ends() {
	local wanted="[\"Failed\",\"$2\",$3]" got

	[[ $1 -ne 0 ]] || wanted="[\"Completed\",null,$3]"
	call p "$4" "$5" "${6-}"
	try svcreq create p --run
	assert_status "$1" || return
	got=$(last_event "$output" '[.event_type, .reason, .http_status]')
	[[ $got == "$wanted" ]] || unexpected "the event is $got, not $wanted"
	message=$(last_event "$output" '.message // ""')
	[[ $1 -eq 0 || $stderr == *"step 'Call' Failed"*"$message"* ]] || unexpected "not told: $message"
}

@test "only 200 is a success, unless success_status says otherwise" {
	local code

	for code in 201 204 301 400 404 500 503; do
		ends 4 http_status $code GET "$BAD/status/$code"
		[[ $message == "the server answered $code"* ]]
	done
	ends 0 - 204 GET "$BAD/empty" 'success_status: [200, 204]'
	ends 0 - 404 GET "$BAD/status/404" 'success_status: ["4xx"]'
	ends 0 - 503 GET "$BAD/status/503" 'success_status: ["500-503"]'
	ends 4 http_status 200 GET "$BAD/ok" 'success_status: [201]'
}

@test "interim responses and trailers are no answer" {
	ends 0 - 200 GET "$BAD/interim"
	step_log 1 | grep -q '^< HTTP/1.1 200 OK$'
	[[ $(step_log 1) != *X-Interim* ]] || fail "$(step_log 1)"
	ends 0 - 200 GET "$BAD/trailers"
}

@test "a server that is down fails the step with reason transport" {
	ends 4 transport null GET "$DOWN/x"
	[[ $message == "cannot connect to 127.0.0.1 port 1: Connection refused" ]]
	ends 4 transport null POST "$DOWN/x"
	ends 4 transport null GET "http://no-such-host.invalid/"
	[[ $message == *"no-such-host.invalid"* ]]
}

@test "an answer that is not JSON, or lacks what is asked for, cannot give outputs" {
	ends 4 executor 200 GET "$BAD/ok" 'outputs: {id: /id}'
	[[ $message == "the call succeeded (200), but its outputs cannot be taken from the response: "* ]]
	ends 4 executor 200 GET "$BAD/echo" 'outputs: {id: /no/thing}'
	[[ $message == *"the response has nothing at '/no/thing' (output 'id')" ]]
	ends 4 executor 204 GET "$BAD/empty" 'outputs: {id: /id}, success_status: [204]'
}

@test "an answer that is not JSON is fine when nothing is taken from it" {
	ends 0 - 200 GET "$BAD/ok"
}

@test "a response over max_response has done its work, but gives no outputs" {
	ends 0 - 200 POST "$BAD/big/3000000"
	step_log 1 | grep -q "the body is not whole; the call succeeded all the same (200)"
	ends 4 executor 200 POST "$BAD/big/3000000" 'outputs: {id: /id}'
	ends 0 - 200 GET "$BAD/big/3000000" 'max_response: 4MiB'
	[[ $(stat -c %s executor_logs/3/Call.log) -lt 200000 ]] || fail "all of it is in the log"
	assert_received POST /big/3000000 2
}

@test "a redirect is not followed; the message says where it points" {
	ends 4 http_status 302 GET "$BAD/redirect302?to=/ok"
	[[ $message == "the server answered 302, expected 200, and points to $BAD/ok" ]]
	assert_received GET /ok 0
	ends 4 http_status 307 POST "$BAD/redirect307?to=http://other.invalid/x"
	[[ $message == *"points to http://other.invalid/x; it may have been carried out all the same" ]]
}

@test "a very long Location is cut in what is told" {
	local to

	to=/$(head -c 20000 /dev/zero | tr '\0' y)
	ends 4 http_status 302 GET "$BAD/redirect302?to=$to"
	[[ $message == "the server answered 302, expected 200, and points to $BAD/yyy"*"yyy..." && ${#message} -lt 400 ]] || fail "${#message}"
}

@test "a GET follows as many redirects as it may, within its origin" {
	ends 0 - 200 GET "$BAD/redirect302?to=/redirect301?to=/ok" 'follow_redirects: 2'
	assert_received GET /ok 1
	ends 4 http_status 301 GET "$BAD/redirect302?to=/redirect301?to=/ok" 'follow_redirects: 1'
	assert_received GET /ok 1
	ends 4 http_status 302 GET "$BAD/redirect302?to=http://localhost:${BAD##*:}/ok" 'follow_redirects: 5'
	ends 4 http_status 302 GET "$BAD/redirect302?to=https://127.0.0.1:${BAD##*:}/ok" 'follow_redirects: 5'
	ends 4 http_status 302 GET "$BAD/redirect302?to=file:///etc/passwd" 'follow_redirects: 5'
	assert_received GET /ok 1
}

@test "a GET whose answer does not come in time fails with reason timeout" {
	ends 4 timeout null GET "$BAD/stall" 'timeout: 1s'
	ends 4 timeout 200 GET "$BAD/trickle" 'timeout: 1s, outputs: {id: /id}'
}

@test "a GET whose answer is no answer fails with reason transport" {
	ends 4 transport null GET "$BAD/close-after-read"
	ends 4 transport null GET "$BAD/drop"
	ends 4 transport null GET "$BAD/garbage"
	ends 4 executor 200 GET "$BAD/long-header" 'outputs: {id: /id}'
}

@test "a POST without a whole answer has an unknown outcome, and is received exactly once" {
	local path

	for path in close-after-read stall garbage; do
		ends 7 outcome_unknown null POST "$BAD/$path" \
		    'timeout: 1s, retry: {max_attempts: 5, backoff: 1ms}, data: {a: 1}'
		[[ $message == "the request was sent and no whole answer came ("*"): the server may have acted" ]]
		assert_received POST "/$path" 1
		try svcreq run --pending
		assert_received POST "/$path" 1
	done
}

@test "a POST whose answer is broken behind a good status is done, and received exactly once" {
	ends 0 - 200 POST "$BAD/cut" 'retry: {max_attempts: 5, backoff: 1ms}'
	ends 0 - 200 POST "$BAD/gzip-bomb" 'headers: {Accept-Encoding: gzip}, retry: {max_attempts: 5, backoff: 1ms}'
	ends 0 - 200 POST "$BAD/trickle" 'timeout: 1s, retry: {max_attempts: 5, backoff: 1ms}'
	assert_received POST /cut 1
	assert_received POST /gzip-bomb 1
	assert_received POST /trickle 1
}

@test "a POST that is answered with a failure or a redirect is received exactly once" {
	local code

	for code in 307 308; do
		ends 4 http_status $code POST "$BAD/redirect$code?to=/ok" 'data: {a: 1}, retry: {max_attempts: 5, backoff: 1ms}'
		assert_received POST "/redirect$code" 1
	done
	for code in 408 500 502 503 504; do
		# it may have acted before it failed: only a person can tell
		ends 7 outcome_unknown $code POST "$BAD/status/$code" 'retry: {max_attempts: 5, backoff: 1ms}'
		assert_received POST /status/$code 1
	done
	assert_received POST /ok 0
}

@test "a POST whose answer has headers without end is received exactly once" {
	local path

	for path in many-headers long-header; do
		call "$path" POST "$BAD/$path" 'retry: {max_attempts: 5, backoff: 1ms}'
		try svcreq create "$path" --run
		[[ $status -eq 0 || $status -eq 4 || $status -eq 7 ]] || unexpected "$path"
		assert_received POST "/$path" 1
	done
}

@test "a POST on a kept connection that dies is received exactly once" {
	pipeline kept <<-EOF
		steps:
		  - {step_name: One, step_type: API, parameters: {url: "$BAD/keepalive-die"}}
		  - step_name: Two
		    step_type: API
		    parameters: {method: POST, url: "$BAD/ok", data: {a: 1}}
	EOF
	for _ in 1 2 3 4; do
		svcreq create kept
	done
	try svcreq run --pending
	assert_status 0
	assert_received POST /ok 4
}

@test "a server that resets the connection is not sent the POST again" {
	call p POST "$BAD/drop" 'data: {a: 1}, retry: {max_attempts: 5, backoff: 1ms}'
	try svcreq create p --run
	[[ $status -eq 7 ]] || unexpected "not unknown"
	assert_received POST /drop 1
}

@test "a binary answer is in the log as hexadecimal" {
	ends 0 - 200 GET "$BAD/gzip-bomb"
	step_log 1 | grep -qE '^< binary, [0-9]+ bytes, sha256 [0-9a-f]{64}$'
	step_log 1 | grep -q '^< 1f 8b 08'
}

# log_end <id> [<step>]: level and message of the last line.
log_end() {
	tail -n 1 "executor_logs/$1/${2-Call}.log" | cut -c 26-
}

@test "the log of a step ends with its outcome" {
	pipeline p <<-EOF
		steps:
		  - {step_name: One, step_type: API, parameters: {url: "$BAD/delay/1.1"}}
		  - {step_name: Two, step_type: API, parameters: {url: "$BAD/status/404"}}
	EOF
	try svcreq create p --run
	assert_status 4
	[[ $(log_end 1 One) =~ ^"INFO    completed after "[1-9][0-9]*"s (200)"$ ]] || fail "$(log_end 1 One)"
	[[ $(log_end 1 Two) =~ ^"ERROR   failed (http_status) after "[0-9]+"ms: the server answered 404, expected 200"$ ]] || fail "$(log_end 1 Two)"
	assert_stderr_matches "request 1: step 'One' Completed \\(200, [1-9][0-9]*s\\)"
	assert_stderr_matches "request 1: step 'Two' Failed \\(404, [0-9]+ms\\): the server answered 404, expected 200"
}

@test "the log, the report and the event have the same duration" {
	local took

	ends 0 - 200 GET "$BAD/ok"
	took=$(last_event 1 .duration_ms)
	[[ $took -ge 1 ]]
	[[ $(log_end 1) == "INFO    completed after ${took}ms (200)" ]] || fail "$(log_end 1)"
	assert_stderr_has "Completed (200, ${took}ms)"
}

@test "the log of an attempt says when the next one is made, and of one that is not made, why" {
	call p GET "$BAD/status/503?retry_after=60" 'retry: {max_attempts: 2}'
	svcreq create p --run
	[[ $(log_end 1) =~ ^"ERROR   failed (http_status) after ".*": the server answered 503, expected 200; to be tried again at $(last_event 1 .not_before)"$ ]] || fail "$(log_end 1)"
	call q GET "$BAD/ok" "headers: {X: \"\${secret:NONE}\"}"
	try svcreq create q --run
	[[ $(log_end 2) == "ERROR   failed (placeholder): there is no secret 'NONE'"* ]] || fail "$(log_end 2)"
}

@test "the log of an approval ends with who approved, or that nobody did in time" {
	wait_pipeline p 'approvals_required: 2, approvers: [daemon, nobody]'
	svcreq create p --run
	as daemon svcreq approve 1
	as nobody svcreq approve 1
	[[ $(log_end 1 Wait) == "INFO    completed: approved by daemon, nobody" ]] || fail "$(log_end 1 Wait)"
	wait_pipeline q 'expires_after: 2s'
	svcreq create q --run
	until_expired 2
	try svcreq run 2
	[[ $(log_end 2 Wait) == "ERROR   failed (expired): the time for approval ended before there were enough approvals" ]] || fail "$(log_end 2 Wait)"
}

@test "an outcome that cannot be recorded is told" {
	is_sanitized && skip "sanitizers do not work below strace"
	call p POST "$BAD/ok"
	svcreq create p
	try strace -f -qq -o /dev/null -e trace=linkat -e inject=linkat:error=ENOSPC:when=3+ svcreq run 1
	assert_status 1
	assert_stderr_matches "svcreq: request 1: step 'Call' Completed \\(200, [0-9]+ms\\), but that could not be recorded: .*No space left on device"
	request_is 1 Running
	call q POST "$BAD/status/404"
	svcreq create q
	try strace -f -qq -o /dev/null -e trace=linkat -e inject=linkat:error=ENOSPC:when=3+ svcreq run 2
	assert_stderr_matches "svcreq: request 2: step 'Call' Failed \\(404, [0-9]+ms\\): the server answered 404, expected 200, but that could not be recorded: "
	assert_received POST /ok 1
}

@test "when nothing can be waited for any more, the calls under way are given up" {
	is_sanitized && skip "sanitizers do not work below strace"
	call p POST "$BAD/stall"
	svcreq create p
	try strace -f -qq -o /dev/null -e 'trace=/^epoll_p?wait' -e 'inject=/^epoll_p?wait:error=ENOMEM:when=5+' svcreq run 1
	assert_status 1
	assert_stderr_is "svcreq: cannot wait for events: Cannot allocate memory"
	step_log 1 | grep -q "given up: the program ends"
	try svcreq run 1
	assert_status 7
	svcreq create p
	try strace -f -qq -o /dev/null -e trace=signalfd4 -e inject=signalfd4:error=EMFILE svcreq run 2
	assert_status 1
	assert_stderr_is "svcreq: cannot catch signals: Too many open files"
}
