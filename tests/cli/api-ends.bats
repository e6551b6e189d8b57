#!/usr/bin/env bats
# How a call ends, over HTTP: some of each class of svcreq-pipeline(5), "How a call ends".
# tests/unit/test-call-end.c walks over every status.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # ${...} is for svcreq; try sets output and stderr

load helper
load calls
load bad

RETRY="retry: {max_attempts: 2, backoff: 1ms}"

# ends <exit code> <event type> <reason> <effect> <attempts> <method> <path> [<parameters>]
ends() {
	local got

	forget_calls
	call p "$6" "$BAD$7" "$RETRY${8:+, $8}"
	try svcreq create p --run
	assert_status "$1" || fail "$6 $7" || return
	got=$(last_event "$output" '[.event_type, .reason // "-", .effect // "-", .attempt] | join(" ")')
	[[ $got == "$2 $3 $4 $5" ]] || fail "$6 $7: the event is '$got', not '$2 $3 $4 $5'" || return
	assert_received "$6" "${7%%\?*}" "$5" || fail "$6 $7"
}

# Both kinds of calls that may be repeated: by method, and because the pipeline says so.
repeatable() {
	ends "$1" "$2" "$3" - "$4" PUT "$5" "$6" || return
	ends "$1" "$2" "$3" - "$4" POST "$5" "repeatable: true${6:+, $6}" || return
	[[ $(last_event "$output" '.idempotency_key') == null ]]
}

other() {
	ends "$1" "$2" "$3" "$4" "$5" PATCH "$6" "$7"
}

@test "a success, with its outputs" {
	repeatable 0 Completed - 1 /echo "outputs: {m: /method}"
	other 0 Completed - certain 1 /echo "outputs: {m: /method}"
	other 0 Completed - certain 1 /cut
}

@test "a success whose body broke off, and something of it is asked for" {
	repeatable 4 Failed transport 2 /cut "outputs: {m: /method}"
	other 4 Failed executor certain 1 /cut "outputs: {m: /method}"
}

@test "a success without an output, or with one that is of no use" {
	for path in /echo /big/3000000; do
		repeatable 4 Failed executor 1 $path "outputs: {m: /missing}"
		other 4 Failed executor certain 1 $path "outputs: {m: /missing}"
	done
}

@test "another 2xx" {
	for code in 201 204 299; do
		repeatable 4 Failed http_status 1 /status/$code
		other 4 Failed http_status certain 1 /status/$code
	done
	other 4 Failed http_status certain 1 /cut "success_status: 201"
}

@test "a 3xx" {
	for path in /status/304 /redirect307?to=/ok; do
		repeatable 4 Failed http_status 1 "$path"
		other 4 Failed http_status possible 1 "$path"
	done
}

@test "a 4xx" {
	for code in 400 409 499; do
		repeatable 4 Failed http_status 1 /status/$code
		other 4 Failed http_status - 1 /status/$code
	done
}

@test "425 and 429 turn any call away for now" {
	for code in 425 429; do
		repeatable 4 Failed http_status 2 /status/$code
		other 4 Failed http_status - 2 /status/$code
	done
}

@test "408, 5xx, and what is no class: the server may have acted" {
	for code in 408 500 529 600 999; do
		repeatable 4 Failed http_status 2 /status/$code
		other 7 Failed outcome_unknown possible 1 /status/$code
	done
}

@test "501, 505 and 511 are final" {
	for code in 501 505 511; do
		repeatable 4 Failed http_status 1 /status/$code
		other 4 Failed http_status - 1 /status/$code
	done
}

@test "it was sent, and no whole answer came; a 1xx is none" {
	for path in /close-after-read /garbage /drop; do
		repeatable 4 Failed transport 2 $path
		other 7 Failed outcome_unknown possible 1 $path
	done
	repeatable 4 Failed timeout 2 /stall "timeout: 1s"
	other 7 Failed outcome_unknown possible 1 /stall "timeout: 1s"
}

@test "an answer that breaks off once is asked for again" {
	local n=0

	for how in sized chunked stalled; do
		for call in GET "POST, idempotency: honoured"; do
			call p "$call" "$BAD/cut-once/$how/$((++n))" \
			    "$RETRY, timeout: 2s, outputs: {id: /id}"
			try svcreq create p --run
			assert_status 0 || fail "$how $call"
			[[ $(last_event "$output" '[.attempt, .outputs.id]') == '[2,"vm-1"]' ]]
		done
	done
}

# broken <attempts> <handshake> <url> [<parameters>]: of any method, nothing was sent.
broken() {
	for method in GET POST; do
		forget_calls
		curl -sf "$BAD/handshake/$2"
		call p $method "$3" "retry: {max_attempts: 3, backoff: 1ms}${4:+, $4}"
		try svcreq create p --run
		assert_status 4 || return
		[[ $(last_event "$output" '[.effect, .attempt]') == "[null,$1]" ]] ||
			fail "$method $2: $(last_event "$output" .)" || return
		assert_only_received "{\"TLS $2\":$1}" || return
	done
}

@test "a TLS handshake that breaks, however it does, has sent nothing and is tried again" {
	local https=${BAD/http:/https:}/x tunnel=https://api.example.com/

	for how in fin reset; do
		broken 3 $how "$https"
		broken 3 proxy-$how "$tunnel" "proxy: \"$BAD\""
	done
	broken 3 stall "$https" "timeout: 1s"
	broken 3 proxy-stall "$tunnel" "proxy: \"$BAD\", timeout: 1s"
}

@test "a TLS handshake that ends with an alert is not begun again" {
	for alert in 40 80; do
		broken 1 $alert "${BAD/http:/https:}/x"
		broken 1 proxy-$alert https://api.example.com/ "proxy: \"$BAD\""
	done
	broken 3 0 "${BAD/http:/https:}/x" # close_notify is an end, and no "no"
}

@test "a proxy that refuses the way for good is asked once, and one that fails again" {
	for code in 403 407 408 429 500 503; do
		case $code in
		408 | 425 | 429 | 5*) attempts=2 ;;
		*) attempts=1 ;;
		esac
		forget_calls
		call p POST "https://status-$code.invalid/" "$RETRY, proxy: \"$BAD\""
		try svcreq create p --run
		assert_status 4
		[[ $(last_event "$output" '[.reason, .effect, .attempt]') == "[\"transport\",null,$attempts]" ]] ||
			fail "$(last_event "$output" .)"
		[[ $stderr == *"the proxy answered $code to CONNECT"* ]]
		assert_only_received "{\"CONNECT 443\":$attempts}"
	done
}

@test "what the server sends on a connection that was kept is not sent twice" {
	for method in GET PUT DELETE POST; do
		forget_calls
		pipeline p <<-YAML
			steps:
			  - {step_name: A, step_type: API, parameters: {url: "$BAD/keepalive-die"}}
			  - {step_name: B, step_type: API, parameters: {method: $method, url: "$BAD/keepalive-die"}}
		YAML
		try svcreq create p --run
		assert_status 0
		if [[ $method == GET ]]; then
			assert_received GET /keepalive-die 2
		else
			assert_received GET /keepalive-die 1
			assert_received "$method" /keepalive-die 1
		fi
	done
}

@test "the message says what was expected, and what the server said" {
	call p POST "$BAD/part/0/1000" 'success_status: [201, 204], data: {error: {message: "no such host\nat line 3"}}'
	try svcreq create p --run
	assert_status 4
	message='the server answered 200, expected 201, 204; it was carried out; the server says "no such host"'
	[[ $(last_event 1 .message) == "$message" ]] || fail "$(last_event 1 .message)"
	[[ $(svcreq status --json | jq -r .message) == "$message" ]]
	[[ $(svcreq status --json | jq -r .reason) == http_status ]]
	[[ $(svcreq status 1) == *"$message"* ]]
	step_log 1 | grep -qF "$message"
	call p GET "$BAD/status/404"
	try svcreq create p --run
	[[ $(last_event 2 .message) == "the server answered 404, expected 200" ]]
}

@test "a word for retry.on that is none, and one for a call that is not repeatable, are refused" {
	call p POST "$BAD/ok" "retry: {on: 404}"
	try svcreq validate pipelines/p.yaml
	assert_status 3
	[[ $stderr == *"pipelines/p.yaml:"*"'on' is for calls that are repeatable"* ]]
	call p GET "$BAD/ok" "retry: {on: [output]}"
	try svcreq create p --run
	assert_status 3
	[[ $stderr == *"neither an HTTP status"* ]]
	assert_only_received "{}"
}
