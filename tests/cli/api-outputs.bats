#!/usr/bin/env bats
# Outputs beside JSON Pointers: headers, the status, the whole body, and defaults.
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

outputs() {
	last_event "$1" .outputs
}

@test "a header, the status and the body are outputs, of an answer that is no JSON, too" {
	printf '<p>\xc3\xa4\r\n</p>' >"$CALLS/answer"
	call p GET "$RAW/x" 'outputs: {length: {header: content-LENGTH}, code: {status: true}, all: {body: true}}'
	svcreq create p --run
	[[ $(outputs 1) == '{"length":"11","code":200,"all":"<p>ä\r\n</p>"}' ]] || fail "$(outputs 1)"
	call p POST "$BAD/redirect302?to=/ok" 'success_status: 302, outputs: {to: {header: Location}, code: {status: true}}'
	svcreq create p --run
	[[ $(outputs 2) == '{"to":"/ok","code":302}' ]] || fail "$(outputs 2)"
}

@test "what is not there has its default, of any type; without one the step fails" {
	echo '{"a": {"b": null}}' >"$CALLS/answer"
	call p GET "$RAW/x" 'outputs: {a: {pointer: /a/b, default: 1}, b: {pointer: /x, default: {k: [1, "a"]}}, c: {header: X-No, default: null}}'
	svcreq create p --run
	[[ $(outputs 1) == '{"a":null,"b":{"k":[1,"a"]},"c":null}' ]] || fail "$(outputs 1)"
	call p POST "$RAW/x" 'outputs: {c: {header: X-No}}'
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "the response has no header 'X-No' (output 'c')"
	[[ $(last_event 2 '[.reason, .effect]') == '["executor","certain"]' ]]
	call p POST "$RAW/x" 'outputs: {a: /x, b: {pointer: /y, default: 1}}'
	try svcreq create p --run
	assert_status 4
	# by an admin's word it goes on
	svcreq resolve 3 --completed -m "it is there" --output a=7
	request_is 3 Completed
}

@test "in an empty body nothing is found, and a body that is no JSON is a failure, default or not" {
	call p DELETE "$BAD/empty" 'success_status: 204, outputs: {a: {pointer: /a, default: none}, all: {body: true}}'
	svcreq create p --run
	[[ $(outputs 1) == '{"a":"none","all":""}' ]] || fail "$(outputs 1)"
	call p GET "$BAD/ok" 'outputs: {a: {pointer: /a, default: none}}'
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "its outputs cannot be taken from the response"
}

@test "a body is passed on as the same bytes, or the step fails and says why" {
	pipeline p <<-YAML
		steps:
		  - {step_name: Read, step_type: API, parameters: {url: $RAW/one, outputs: {all: {body: true}}}}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: $RAW/two, body: "\${all}"}}
	YAML
	/usr/bin/python3 -c 'print("".join(map(chr, [*range(1, 0x300), 0xfeff, 0xfffe, 0x1f600, 0x10fffe])), end="\r\r\n")' >"$CALLS/answer"
	svcreq create p --run
	sed $'1,/^\r$/d' "$(find "$CALLS" -name '[0-9]*' | sort -V | tail -n 1)" | cmp - "$CALLS/answer"
	for bytes in '\x00' 'a\xff' '\xed\xa0\x80'; do
		rm "$CALLS"/[0-9]*
		printf %b "$bytes" >"$CALLS/answer"
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "the body is not text in UTF-8, and nothing else can be kept (output 'all')"
		[[ $(last_event "$output" .outputs) == null && ! -e $CALLS/3 ]]
	done
	call p POST "$BAD/unended/0/3" 'data: abc, outputs: {all: {body: true}}'
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "the response does not say where its body ends: it may not be whole (output 'all')"
}

@test "a body that breaks off is none, and harms no header and no status" {
	call p POST "$BAD/cut" 'outputs: {all: {body: true}}'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event 1 .effect) == certain ]]
	call p POST "$BAD/cut" 'outputs: {code: {status: true}, length: {header: Content-Length}}'
	svcreq create p --run 2>/dev/null
	[[ $(outputs 2) == '{"code":200,"length":"100"}' ]] || fail "$(outputs 2)"
}

@test "an output that is no part of an answer is refused, where it stands" {
	local text wanted

	while IFS='|' read -r text wanted; do
		call p GET "$RAW/x" "outputs: {a: $text}"
		try svcreq validate pipelines/p.yaml
		assert_status 3
		assert_stderr_has "$wanted" || return
	done <<-'END'
		{header: "a b"}|'header' must be the name of a header field
		{header: 1}|'header' must be the name of a header field
		{header: Set-Cookie}|the header 'Set-Cookie' is a credential, which no output can keep
		{status: false}|'status' can only be true
		{body: yes please}|'body' can only be true
		{pointer: x}|not a JSON Pointer
		{pointer: /a, status: true}|an output is one of pointer, header, status and body, not two
		{default: 1}|an output has one of pointer, header, status and body
		{body: true, default: ""}|'body' is always there: 'default' is for a pointer or a header
		{heade: X}|unknown key 'heade' in an output, did you mean 'header'?
		{pointer: /a, default: "${b}"}|a placeholder (b) cannot stand here
		[/a]|not a JSON Pointer
	END
}
