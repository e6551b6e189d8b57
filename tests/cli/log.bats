#!/usr/bin/env bats
# log: the logs of the steps, and the audit trail.

load helper
load calls
load bad

setup() {
	set_up_calls
	me=$(id -un)
	pipeline order <<-EOF
		form: {fields: [{name: pass, secret: true}]}
		steps:
		  - {step_name: One, step_type: API, parameters: {method: POST, url: "$BAD/echo", data: {p: "\${pass}"}}}
		  - {step_name: Budget, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Two, step_type: API, parameters: {url: "$BAD/ok"}}
	EOF
}

@test "the log has what was sent and what came back" {
	svcreq create order --run 2>/dev/null
	unchanged svcreq log 1 One
	assert_status 0
	assert_stderr_is ""
	assert_stdout_matches "^[0-9-]+T[0-9:.]+Z INFO    attempt 1 of step 'One' \(API\), request 1, by $me"
	assert_stdout_has "INFO    > POST /echo HTTP/1.1"
	assert_stdout_has "INFO    < HTTP/1.1 200 OK"
	assert_stdout_matches $'\n'"[^ ]+ INFO    completed after [0-9]+ms \(200\)$"
}

@test "the logs of all steps come in the order of the steps, each with its name" {
	svcreq create order --run 2>/dev/null
	svcreq approve 1 2>/dev/null
	try svcreq log 1
	assert_status 0
	[[ $(grep '^==>' <<<"$output") == $'==> One <==\n==> Budget <==\n==> Two <==' ]] || unexpected "another order"
	try svcreq log 1 Two
	refute_stdout_has "==>"
	assert_stdout_has "> GET /ok HTTP/1.1"
	refute_stdout_has "POST"
}

@test "what has not started has no log" {
	svcreq create order
	unchanged svcreq log 1
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "request 1 has not started"
	svcreq run 1 2>/dev/null
	unchanged svcreq log 1 Two
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "step 'Two' has not started"
}

@test "a log that was removed is told" {
	svcreq create order --run 2>/dev/null
	rm -r executor_logs/1
	try svcreq log 1 One
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "the log of step 'One' is gone"
	try svcreq log 1
	assert_status 0
	assert_stderr_is "the logs of request 1 are gone"
}

@test "a step or a request that is not there is an error" {
	svcreq create order --run 2>/dev/null
	unchanged svcreq log 1 Oen
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: request 1 has no step 'Oen', did you mean 'One'?"
	unchanged svcreq log 1 ../../pipelines/order
	assert_status 1
	unchanged svcreq log 2
	assert_status 1
	assert_stderr_is "svcreq: no such request: 2"
	unchanged svcreq log x
	assert_status 2
	unchanged svcreq log
	assert_status 2
	unchanged svcreq log 1 --json
	assert_status 2
}

@test "the audit trail says who did what, when and why" {
	echo "admins: [daemon]" >state/config.yaml
	svcreq create order -m "for Bob" --run 2>/dev/null
	as daemon svcreq approve 1 -m "fine" 2>/dev/null
	unchanged svcreq log 1 --events
	assert_status 0
	assert_stderr_is ""
	diff - <(cut -c 27- <<<"$output" | sed -E "s/  ($me|daemon) +/  \1  /; s/in [0-9]+m?s\$/in TIME/") <<-EOF
		Created      $me  pipeline 'order': "for Bob"
		Not Started  $me  step 'One'
		Not Started  $me  step 'Budget'
		Not Started  $me  step 'Two'
		Running      $me  step 'One' (attempt 1)
		Completed    $me  step 'One' (attempt 1), 200 in TIME
		Running      $me  step 'Budget' (attempt 1)
		Approved     daemon  step 'Budget' (attempt 1): "fine"
		Completed    daemon  step 'Budget' (attempt 1)
		Running      daemon  step 'Two' (attempt 1)
		Completed    daemon  step 'Two' (attempt 1), 200 in TIME
	EOF
	try svcreq log 1 Budget --events
	[[ $(wc -l <<<"$output") -eq 4 ]] || unexpected "other steps too"
}

@test "the audit trail says what was changed in the form, and not what is secret" {
	pipeline form <<-EOF
		form: {fields: [{name: a}, {name: b}, {name: c, secret: true}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create form -f a=1 -f b=2 -f c=hunter2
	svcreq update 1 -f b=3 -f c=hunter3 -m "as asked" 2>/dev/null
	svcreq update 1 -f a=4 2>/dev/null
	try svcreq log 1 --events
	assert_stdout_matches "form data: b = 3, c = \*\*\*: \"as asked\""$'\n'
	assert_stdout_matches "form data: a = 4\$"
	refute_stdout_has hunter
}

@test "the audit trail as JSON is what is stored" {
	svcreq create order --run 2>/dev/null
	try svcreq log 1 --events --json
	assert_status 0
	diff <(cat state/requests/1/*.json) - <<<"$output"
}

@test "a secret field is in no log, and not in the audit trail" {
	local arguments

	svcreq create order -f pass=hunter2hunter2 --run 2>/dev/null
	for arguments in "log 1" "log 1 --events" "status 1" "status 1 --json"; do
		# shellcheck disable=SC2086 # words
		try svcreq $arguments
		assert_status 0
		refute_stdout_has hunter2
	done
}

@test "the audit trail as JSON shows no secret field" {
	svcreq create order -f pass=hunter2hunter2 --run 2>/dev/null
	try svcreq log 1 --events --json
	assert_status 0
	refute_stdout_has hunter2
}

@test "-f follows a request until it is finished" {
	call slow GET "$BAD/hold"
	svcreq create slow
	timeout 300 svcreq log -f 1 >followed 2>/dev/null &
	svcreq run 1 2>/dev/null &
	eventually grep -q "> GET" followed
	[[ $(<followed) != *"< HTTP"* ]]
	release_calls
	wait
	grep -q "< HTTP/1.1 200 OK" followed
	diff followed executor_logs/1/Call.log
}

@test "-f follows a log by its name through every kind of rotation, and so does who writes it" {
	local rotate id=0 log

	call slow GET "$BAD/hold"
	# shellcheck disable=SC2016 # the other shell's
	for rotate in 'mv "$1" "$1.1"' 'mv "$1" "$1.1"; >"$1"' 'cp "$1" "$1.1"; >"$1"' 'ln "$1" "$1.1"; rm "$1"' \
	    'cp "$1" "$1.2"; mv "$1" "$1.1"; mv "$1.2" "$1"; >"$1.1"' 'mv "${1%/*}" moved' 'mv executor_logs "moved.all"'; do
		svcreq create slow
		id=$((id + 1))
		log=executor_logs/$id/Call.log
		timeout 300 svcreq log -f $id >followed 2>/dev/null &
		svcreq run $id 2>/dev/null &
		eventually was_received GET /hold
		eventually cmp followed "$log"
		cp followed before
		bash -c "$rotate" sh "$log"
		release_calls
		wait
		# not a line is lost, and none is there twice
		diff followed <(cat before; if cmp -s -n "$(stat -c %s before)" before "$log"; then tail -c "+$(($(stat -c %s before) + 1))" "$log"; else cat "$log"; fi)
		grep -q "completed after" "$log"
		[[ $(grep -c "< HTTP/1.1 200 OK" followed) -eq 1 ]]
		forget_calls
	done
}

@test "-f of what is finished ends at once" {
	call get GET "$BAD/ok"
	svcreq create get --run 2>/dev/null
	try timeout 100 svcreq log -f 1
	assert_status 0
	assert_stdout_has "< ok"
	try timeout 100 svcreq log -f 1 --events
	assert_status 0
	assert_stdout_has Completed
}

@test "-f --events follows decisions" {
	wait_pipeline plain
	svcreq create plain --run 2>/dev/null
	timeout 300 svcreq log -f --events 1 >followed 2>/dev/null &
	eventually grep -q Running followed
	svcreq approve 1 -m "go on" 2>/dev/null
	wait
	grep -q 'Approved .*: "go on"' followed
	[[ $(wc -l <followed) -eq 5 ]] || fail "$(cat followed)"
}

@test "following ends when nobody reads it any more, although nothing new comes" {
	local option

	svcreq create order --run 2>/dev/null
	for option in --events ""; do
		timeout 100 bash -c "svcreq log 1 -f $option | head -n 1" >/dev/null || fail "it goes on: $option"
	done
}
