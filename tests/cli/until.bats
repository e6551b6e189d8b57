#!/usr/bin/env bats
# A step that is asked again until its answer says what it waits for.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup_file() {
	start_raw_server
}

teardown_file() {
	stop_server raw
}

setup() {
	set_up_workspace
	rm -f "$CALLS"/*
	answers '{"state": "pending"}'
}

answers() {
	printf %s "$1" >"$CALLS/.next" && mv "$CALLS/.next" "$CALLS/answer"
}

# asked [<count>]: how often the server was, or at least so often.
asked() {
	find "$CALLS" -name '[0-9]*' | wc -l
}

was_asked() {
	[[ $(asked) -ge $1 ]]
}

# waits [<more parameters>]: a request whose first ask was answered "not yet", and whose next is an hour later.
waits() {
	call p GET "$RAW/job" "until: {/state: done}, every: 1h, for: 3h, outputs: {result: /result}${1:+, $1}"
	try svcreq create p --run
	assert_status 0
	[[ $(asked) -eq 1 ]]
}

# passes <id> <seconds>: so much time passes, as far as the request can tell.
passes() {
	local file

	file=$(event_files "$1" | tail -n 1)
	chmod u+w "$file"
	jq -c --argjson s "$2" '
	    def back: ((.[0:19] + "Z" | fromdate) - $s | todate)[0:19] + .[19:];
	    .not_before |= back | .expires_at |= back' "$file" >"$file.new"
	cat "$file.new" >"$file"
	rm "$file.new"
	reseal "$file"
	touch -d "@$(($(stat -c %Y "executor_logs/$1/Call.log") - $2))" "executor_logs/$1/Call.log"
}

@test "one run asks until it is there, with one intent and one event of what was not yet" {
	call p GET "$RAW/job" 'until: {/state: done}, every: 1s, outputs: {result: /result}'
	{
		eventually was_asked 4
		answers '{"state": "done", "result": 7}'
	} 3>&- &
	try svcreq create p --run
	wait
	assert_status 0
	[[ $(events 1) == $'Created\nNot Started Call\nRunning Call\nFailed Call expectation\nCompleted Call' ]]
	[[ $(last_event 1 '[.status, .attempt, .outputs.result]') == '["Completed",1,7]' ]]
	# all but the first and the last are one line each
	[[ $(step_log 1 | grep -c '^asked again: not yet: ') -eq $(($(asked) - 2)) ]]
	[[ $(step_log 1 | grep -c '^> GET ') -eq 2 ]] || fail "$(step_log 1)"
}

@test "between two asks no process waits, nothing is under way, and the time of the next is said" {
	waits
	assert_stderr_has "not yet: '/state' is \"pending\", expected \"done\"; it is asked again in"
	request_is 1 Running
	[[ $(last_event 1 '[.event_type, .reason, .effect, .every_ms]') == '["Failed","expectation",null,3600000]' ]]
	event_files 1 | xargs jq -se '
	    def ms: (.[0:19] + "Z" | fromdate) * 1000 + (.[20:23] | tonumber);
	    (.[3].not_before | ms) - (.[2].created_at | ms) == 3600000 and
	    (.[3].expires_at | ms) - (.[2].created_at | ms) == 3 * 3600000'
	# who comes earlier does not ask
	svcreq run 1
	svcreq run --pending
	[[ $(asked) -eq 1 ]]
	try svcreq status 1
	assert_stdout_has "it is asked again in 59m"
	assert_stdout_has "every 1h, for 2h 59m"
	assert_stdout_has "not yet: '/state' is \"pending\", expected \"done\""
	[[ $(svcreq status 1 --json | jq -c '.steps[0] | [.every_ms, .not_before != null, .expires_at != null]') == '[3600000,true,true]' ]]
}

@test "a later ask that changes nothing adds no event, and the next is due at the next multiple" {
	waits
	passes 1 5400
	svcreq run --pending
	[[ $(asked) -eq 2 ]]
	[[ $(event_files 1 | wc -l) -eq 4 ]]
	[[ $(step_log 1 | tail -n 1) == "asked again: not yet: '/state' is \"pending\", expected \"done\"" ]]
	# of several multiples that have passed, it asks once
	svcreq run --pending
	svcreq run 1
	[[ $(asked) -eq 2 ]]
	try svcreq status 1
	assert_stdout_has "it is asked again in 29m"
	# the outcome is that of the first attempt
	passes 1 3600
	answers '{"state": "done", "result": [1, 2]}'
	svcreq run --pending
	[[ $(asked) -eq 3 ]]
	[[ $(events 1 | tail -n 2) == $'Failed Call expectation\nCompleted Call' ]]
	[[ $(last_event 1 '[.status, .attempt, .outputs.result]') == '["Completed",1,[1,2]]' ]]
	# the answer that ended it is in the log
	step_log 1 | grep -qF '< {"state": "done"'
}

@test "what would be tried again otherwise is not yet, whatever max_attempts says" {
	rm "$CALLS/answer"
	touch "$CALLS/fail"
	waits 'retry: {max_attempts: 1}'
	[[ $(last_event 1 '[.event_type, .reason, .every_ms]') == '["Failed","http_status",3600000]' ]]
	request_is 1 Running
	passes 1 4000
	svcreq run 1
	[[ $(asked) -eq 2 && $(event_files 1 | wc -l) -eq 4 ]]
	rm "$CALLS/fail"
	answers '{"state": "done", "result": 1}'
	passes 1 3600
	svcreq run 1
	request_is 1 Completed
}

@test "a later ask that fails for good fails the step" {
	waits 'expect: {/error: {exists: false}}'
	answers '{"state": "done", "error": "lost"}'
	passes 1 4000
	try svcreq run 1
	assert_status 4
	[[ $(last_event 1 '[.event_type, .reason, .every_ms, .status]') == '["Failed","expectation",null,"Failed"]' ]]
	# outputs are asked of the answer that is there
	answers '{"state": "pending"}'
	svcreq retry 1
	request_is 1 Running
	answers '{"state": "done"}'
	passes 1 4000
	try svcreq run 1
	assert_status 4
	[[ $(last_event 1 '[.reason, .attempt]') == '["executor",2]' ]]
}

@test "at the end of the time it is asked a last time" {
	waits
	passes 1 10900
	try svcreq run 1
	assert_status 4
	[[ $(asked) -eq 2 ]]
	[[ $(last_event 1 '[.event_type, .reason, .not_before, .status]') == '["Failed","expectation",null,"Failed"]' ]]
	assert_stderr_has "not within 3h: not yet: '/state' is \"pending\", expected \"done\""
	rm -f "$CALLS"/*
	answers '{"state": "pending"}'
	waits
	answers '{"state": "done", "result": 1}'
	passes 2 10900
	svcreq run 2
	request_is 2 Completed
}

@test "a request can be cancelled between two asks, and is not asked again" {
	waits
	svcreq cancel 1
	request_is 1 Cancelled
	svcreq run --pending
	try svcreq run 1
	[[ $(asked) -eq 1 ]]
}

@test "an ask that was interrupted is asked again by the next run" {
	call p GET "$RAW/job" 'until: {/state: done}, every: 1s'
	svcreq create p --run 3>&- &
	eventually was_asked 2
	pkill -KILL -P $! -f svcreq-run || kill -KILL $!
	wait || true
	answers '{"state": "done"}'
	eventually svcreq run 1
	request_is 1 Completed
	[[ $(event_files 1 | xargs jq -s 'map(select(.event_type == "Running")) | length') -eq 1 ]]
}

@test "validate: until is for repeatable calls, and what belongs to it for until" {
	pipeline p <<-'YAML'
		steps:
		  - step_name: Call
		    step_type: API
		    parameters: {method: POST, url: "http://127.0.0.1/", until: {/a: 1}, every: 100ms}
		  - step_name: Other
		    step_type: API
		    parameters: {url: "http://127.0.0.1/", every: 1m, for: 31d}
	YAML
	try svcreq validate pipelines/p.yaml
	assert_status 3
	assert_stderr_has "p.yaml:4:65: 'until' is for calls that are repeatable, and a POST is not ('repeatable: true' says that sending it twice does no harm)"
	assert_stderr_has "p.yaml:4:81: 'every' must be at least 1s"
	assert_stderr_has "p.yaml:7:51: 'every' needs 'until'"
	assert_stderr_has "p.yaml:7:60: 'for' needs 'until'"
	call q POST http://127.0.0.1/ 'repeatable: true, until: {/a: 1}'
	svcreq validate pipelines/q.yaml
}
