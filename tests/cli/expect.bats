#!/usr/bin/env bats
# What a step expects of an answer, beside its status.
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

answers() {
	printf %s "$1" >"$CALLS/answer"
}

sent_count() {
	find "$CALLS" -name '[0-9]*' | wc -l
}

@test "a 200 that says no fails the step, and the message says what was there" {
	call p POST "$RAW/v3/kv/txn" 'expect: {/succeeded: true}, outputs: {revision: /header/revision}'
	answers '{"header": {"revision": "7"}, "succeeded": false}'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event 1 '[.event_type, .reason, .effect, .http_status, .outputs]') == '["Failed","expectation","possible",200,null]' ]]
	assert_stderr_has "the server answered 200, but the answer is not what is expected: '/succeeded' is false, expected true"
	# it may have been carried out: once more only when somebody says so
	try svcreq retry 1
	assert_status 1
	[[ $(sent_count) -eq 1 ]]
	answers '{"header": {"revision": "8"}, "succeeded": true}'
	svcreq retry 1 --again
	request_is 1 Completed
	[[ $(last_event 1 .outputs.revision) == 8 ]]
}

@test "what is not there, or is no JSON, is not as expected" {
	call p POST "$RAW/x" 'expect: {/a: 1, /error: {exists: false}}'
	while IFS=$'\t' read -r body why; do
		answers "$body"
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "but the answer is not what is expected: $why"
		[[ $(last_event "$output" .reason) == expectation ]]
	done <<-'EOF'
		{"b": 1}	nothing is at '/a', expected 1
		{"a": 2, "error": "no"}	'/a' is 2, expected 1; '/error' is "no", expected nothing
		{"a": 1, "a": 1}	what is at '/a' cannot be read, expected 1
		<html>	it is not JSON
	EOF
	answers '{"a": 1.0}'
	try svcreq create p --run
	assert_status 0
	call q POST "$BAD/status/204" 'success_status: 204, expect: {/a: 1}'
	try svcreq create q --run
	assert_status 4
	assert_stderr_has 'but the answer is not what is expected: it is empty'
}

@test "an answer that says no is not looked through for outputs" {
	call p POST "$RAW/x" 'expect: {/ok: true}, outputs: {ts: /ts}'
	answers '{"ok": false, "error": "channel_not_found"}'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event 1 .reason) == expectation ]]
	answers '{"ok": true}'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event 2 '[.reason, .effect]') == '["executor","certain"]' ]]
}

@test "retry.on asks a repeatable call again until it is as expected" {
	call p GET "$RAW/x" 'expect: {/ok: true}, retry: {max_attempts: 3, backoff: 1ms, on: expectation}'
	answers '{"ok": false}'
	try svcreq create p --run
	assert_status 4
	[[ $(sent_count) -eq 3 ]]
	[[ $(last_event 1 '[.reason, .effect]') == '["expectation",null]' ]]
	# without it, once
	call q GET "$RAW/x" 'expect: {/ok: true}, retry: {max_attempts: 3, backoff: 1ms, on: outputs}'
	try svcreq create q --run
	assert_status 4
	[[ $(sent_count) -eq 4 ]]
	# what says that it is repeatable, too
	call r POST "$RAW/x" 'repeatable: true, expect: {/ok: true}, retry: {max_attempts: 2, backoff: 1ms, on: [503, expectation]}'
	try svcreq create r --run
	assert_status 4
	[[ $(sent_count) -eq 6 ]]
}

@test "a placeholder can stand in a condition, and a secret is masked in what is said of it" {
	make_secret WORD s3cr3t-word
	pipeline p <<-YAML
		form: {fields: [{name: host, required: true}]}
		steps:
		  - step_name: Call
		    step_type: API
		    parameters: {url: "$RAW/x", expect: {/host: "\${host}", /word: {not_equals: "\${secret:WORD}"}}}
	YAML
	answers '{"host": "web1", "word": "other"}'
	try svcreq create p -f host=web1 --run
	assert_status 0
	answers '{"host": "web2", "word": "s3cr3t-word"}'
	try svcreq create p -f host=web1 --run
	assert_status 4
	assert_stderr_has "'/host' is \"web2\", expected \"web1\"; '/word' is \"***\", expected not \"***\""
	! grep -r s3cr3t state/requests executor_logs || fail 'the secret is told'
}

@test "validate says what is wrong with an expectation, each where it is" {
	pipeline p <<-'YAML'
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: POST
		      url: http://127.0.0.1/
		      retry: {on: expectation}
		      expect:
		        ok: true
		        /a: {equal: 1}
		        /b: {less_than: many}
		        /c: []
		  - step_name: Other
		    step_type: API
		    parameters: {url: "http://127.0.0.1/", expect: {}, retry: {on: [expecting]}}
	YAML
	try svcreq validate pipelines/p.yaml
	assert_status 3
	assert_stderr_has "p.yaml:7:19: 'on' is for calls that are repeatable"
	assert_stderr_has "p.yaml:9:9: not a JSON Pointer: it begins with '/'"
	assert_stderr_has "p.yaml:10:14: 'equal' is not a condition, did you mean 'equals'?"
	assert_stderr_has "p.yaml:11:25: 'less_than' must be a number, not a string"
	assert_stderr_has 'p.yaml:12:13: the list is empty'
	assert_stderr_has "p.yaml:15:52: 'expect' is empty"
	assert_stderr_has "p.yaml:15:69: neither an HTTP status, such as 404 or \"4xx\", nor 'outputs' or 'expectation'"
}
