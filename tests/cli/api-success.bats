#!/usr/bin/env bats
# What is sent byte for byte, and what is taken out of the answer.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup_file() {
	start_bad_server
	start_raw_server
}

teardown_file() {
	stop_server raw
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
	rm -f "$CALLS"/*
}

# sent_bytes: the latest request, without the CR at the ends of lines.
sent_bytes() {
	find "$CALLS" -name '[0-9]*' | sort -V | tail -n 1 | xargs cat | tr -d '\r'
}

sent_body() {
	sent_bytes | sed '1,/^$/d'
}

answers() {
	printf %s "$1" >"$CALLS/answer"
}

@test "data of any JSON type is the body, as it was written" {
	local data

	for data in '[1, "a", null]' '"text"' 12.50 true false 0 '{"a":{"b":[[]]}}' 12345678901234567890 1e400; do
		call p POST "$RAW/x" "data: $data"
		svcreq create p --run 2>/dev/null
		[[ $(sent_body | jq -c . 2>/dev/null || sent_body) == "$(jq -c . <<<"$data" 2>/dev/null || echo "$data")" ]] ||
		    fail "$data was sent as $(sent_body)"
		sent_bytes | grep -qx 'Content-Type: application/json'
		sent_bytes | grep -qx "Content-Length: $(sent_body | tr -d '\n' | wc -c)"
	done
	call p POST "$RAW/x" 'data: 1e400'
	svcreq create p --run
	[[ $(sent_body) == 1e400 ]]
}

@test "a placeholder alone keeps the type of what it stands for, at the top, too" {
	call p POST "$RAW/x" 'data: "${v}"'
	for value in 1.50 12345678901234567890 true '"7"'; do
		svcreq create p --form-data - --run <<<"{\"v\": $value}" 2>/dev/null
		[[ $(sent_body) == "$value" ]] || fail "$value was sent as $(sent_body)"
	done
}

@test "a length is sent with the methods that have a body, and no body with the others" {
	local method

	for method in POST PUT PATCH; do
		call p "$method" "$RAW/x"
		svcreq create p --run 2>/dev/null
		sent_bytes | grep -qx 'Content-Length: 0' || fail "$method: $(sent_bytes)"
		! sent_bytes | grep -qi '^Content-Type' || fail "$method: $(sent_bytes)"
	done
	for method in GET HEAD DELETE OPTIONS; do
		call p "$method" "$RAW/x"
		svcreq create p --run 2>/dev/null
		! sent_bytes | grep -qiE '^(Content|Transfer)-' || fail "$method: $(sent_bytes)"
	done
	# what carries a body says so
	call p DELETE "$RAW/x" 'data: {a: 1}'
	svcreq create p --run 2>/dev/null
	[[ $(sent_bytes | head -n 1) == "DELETE /x HTTP/1.1" ]]
	[[ $(sent_body) == '{"a":1}' ]]
}

@test "a large body is sent at once, without asking first" {
	call p POST "$RAW/x" 'data: "${text}"'
	head -c 900000 /dev/zero | tr '\0' x | jq -R '{text: .}' >form
	svcreq create p --form-data form --run 2>/dev/null
	[[ $(sent_body | wc -c) -eq 900002 ]]
	! sent_bytes | head -c 1000 | grep -qi '^Expect' || fail "it asks first"
	[[ $(last_event 1 .duration_ms) -lt 900 ]] || is_sanitized
}

@test "headers that belong to the connection are refused when the pipeline is read" {
	local name

	for name in Host content-length Transfer-Encoding CONNECTION Keep-Alive Proxy-Connection TE Trailer Upgrade Expect; do
		call p GET "$BAD/ok" "headers: {$name: x}"
		try svcreq validate pipelines/p.yaml
		assert_status 3
		assert_stderr_has "the header '$name' cannot be set: it belongs to the connection"
	done
	for name in '"a b"' '"a:"' '""' '"ä"'; do
		call p GET "$BAD/ok" "headers: {$name: x}"
		try svcreq validate pipelines/p.yaml
		assert_status 3
	done
	call p GET "$BAD/ok" 'headers: {X: "a\nb"}'
	try svcreq validate pipelines/p.yaml
	assert_status 3
}

@test "what is not ASCII is percent-encoded in a URL, and refused in a host" {
	call p GET "$RAW/ä?ö=ü"
	svcreq create p --run
	[[ $(sent_bytes | head -n 1) == "GET /%C3%A4?%C3%B6=%C3%BC HTTP/1.1" ]]
	call p GET "http://bücher.example/"
	try svcreq validate pipelines/p.yaml
	assert_status 3
	call p GET "$RAW/a/../b"
	try svcreq validate pipelines/p.yaml
	assert_status 3
	assert_stderr_has "the path of the URL has a '.' or '..' in it"
}

@test "numbers keep their digits from an answer to a later call" {
	answers '{"id": 12345678901234567890, "price": 1.10, "tiny": 1e-400, "list": [0.0, -0], "a/b": {"m~n": 7.0}}'
	pipeline p <<-YAML
		steps:
		  - step_name: First
		    step_type: API
		    parameters:
		      url: $RAW/one
		      outputs: {id: /id, price: /price, tiny: /tiny, list: /list, item: /list/1, escaped: /a~1b/m~0n}
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: POST
		      url: $RAW/two/\${id}
		      data: ["\${id}", "\${price}", "\${tiny}", "\${list}", "\${item}", "\${escaped}", "n \${price}"]
	YAML
	svcreq create p --run
	[[ $(sent_bytes | head -n 1) == "POST /two/12345678901234567890 HTTP/1.1" ]]
	[[ $(sent_body) == '[12345678901234567890,1.10,1e-400,[0.0,-0],-0,7.0,"n 1.10"]' ]] || fail "$(sent_body)"
	grep -qF '"outputs":{"id":12345678901234567890,"price":1.10,"tiny":1e-400,"list":[0.0,-0],"item":-0,"escaped":7.0}' state/requests/1/*.json
}

@test "an output may be of any type, and the whole answer" {
	answers '{"n": null, "f": false, "s": "", "m": {}, "": 1}'
	call p GET "$RAW/x" 'outputs: {n: /n, f: /f, s: /s, m: /m, whole: "", empty: /}'
	svcreq create p --run
	[[ $(last_event 1 .outputs) == '{"n":null,"f":false,"s":"","m":{},"whole":{"n":null,"f":false,"s":"","m":{},"":1},"empty":1}' ]] ||
	    fail "$(last_event 1 .outputs)"
}

@test "an output that is not there fails the step and names the pointer" {
	local pointer

	answers '{"list": [1, 2], "map": {"a": 1}, "text": "t"}'
	for pointer in /nothing /list/2 /list/- /list/01 /list/+1 /map/b /text/0 /map/a/b /List /list/; do
		call p GET "$RAW/x" "outputs: {id: $pointer}, retry: {max_attempts: 3, backoff: 1ms}"
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "the call succeeded (200), but its outputs cannot be taken from the response: the response has nothing at '$pointer' (output 'id')"
		[[ $(last_event "$output" '[.reason, .http_status, .attempt]') == '["executor",200,1]' ]]
	done
	for pointer in id x/y /a~ /a~2; do
		call p GET "$RAW/x" "outputs: {id: $pointer}"
		try svcreq validate pipelines/p.yaml
		assert_status 3
		assert_stderr_has "not a JSON Pointer"
	done
}

@test "what is no proper JSON gives no outputs" {
	local answer

	for answer in '' '{"id": 1' '{"id": 1}x' '{"id": 1, "id": 2}' "{'id': 1}" $'{"id": "\xff"}' '{"id": "\ud800"}' '{"id": 01}'; do
		answers "$answer"
		call p GET "$RAW/x" 'outputs: {id: /id}'
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "its outputs cannot be taken from the response"
		# without outputs it is nobody's business
		call p GET "$RAW/x"
		svcreq create p --run 2>/dev/null
	done
}

@test "a HEAD is redirected as a GET is; a status that is a success is not followed" {
	call p HEAD "$BAD/redirect302?to=/ok" 'follow_redirects: 1'
	svcreq create p --run
	assert_only_received '{"HEAD /ok":1,"HEAD /redirect302":1}'
	forget_calls
	call p GET "$BAD/redirect303?to=/ok" 'follow_redirects: 1, success_status: [303]'
	svcreq create p --run
	assert_only_received '{"GET /redirect303":1}'
	call p GET "$BAD/redirect304?to=/ok" 'follow_redirects: 1'
	try svcreq create p --run
	assert_status 4
	call p POST "$BAD/ok" 'follow_redirects: 1'
	try svcreq validate pipelines/p.yaml
	assert_status 3
	assert_stderr_has "'follow_redirects' is for GET and HEAD, not for POST"
}

@test "the timeout is one for a call and all that it is redirected to" {
	call p GET "$BAD/redirect302?to=/redirect302%3Fto%3D/delay/20" 'follow_redirects: 5, timeout: 700ms'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event 1 .reason) == timeout ]]
	[[ $(last_event 1 .duration_ms) -lt 15000 ]]
	call p GET "$BAD/redirect302?to=/redirect302" 'follow_redirects: 20, timeout: 20s'
	sed -i 's|to=/redirect302"|to=/stall"|' pipelines/p.yaml
	sed -i 's/timeout: 20s/timeout: 400ms/' pipelines/p.yaml
	try svcreq create p --run
	[[ $(last_event 2 .duration_ms) -lt 15000 ]]
}

@test "control bytes of an answer do not reach whoever reads the log" {
	answers $'a\x1b[31mb\x07\xc2\x9bc\rd'
	call p GET "$RAW/x"
	svcreq create p --run
	step_log 1 | grep -qxF '< a\x1b[31mb\x07\u009bc\x0dd' || step_log 1 | grep -qF '< a\x1b[31mb\x07' || fail "$(step_log 1)"
	! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' executor_logs/1/Call.log || fail "there are control bytes"
}
