#!/usr/bin/env bats
# status: the table, one request in full, JSON and exit codes.

load helper
load calls
load bad

setup() {
	set_up_calls
	me=$(id -un)
	call get GET "$BAD/ok"
	call missing GET "$BAD/status/404"
	wait_pipeline plain
}

# How long ago something of this test was.
AGO='(just now|[0-9]+[sm] ago)'

# 1 is Completed, 2 Failed, 3 Pending and 4 Not Started.
make_requests() {
	svcreq create get --run 2>/dev/null
	svcreq create missing --run 2>/dev/null || true
	svcreq create plain --run 2>/dev/null
	svcreq create get
}

# listed <ids> <arguments of status>
listed() {
	local wanted=$1

	shift
	try svcreq status --json "$@"
	assert_status 0 || return
	[[ $(jq -r .id <<<"$output" | paste -sd " ") == "$wanted" ]] || unexpected "not $wanted: $*"
}

@test "an empty workspace has nothing to show" {
	local arguments

	for arguments in "" --all "--status completed"; do
		# shellcheck disable=SC2086 # words
		unchanged svcreq status $arguments
		assert_status 0
		assert_stdout_is ""
		assert_stderr_is "no such requests"
	done
	unchanged svcreq status --json
	assert_status 0
	assert_stdout_is ""
}

@test "the table has what is unfinished or failed, the newest last" {
	make_requests
	unchanged svcreq status
	assert_status 0
	assert_stderr_is ""
	[[ $(awk '{ print $1 }' <<<"$output" | paste -sd " ") == "ID 2 3 4" ]] || unexpected "other requests"
	assert_stdout_matches $'\n'"2 +Failed +missing +Call +$me +"
	assert_stdout_matches $'\n'"3 +Pending +plain +Wait +$me +$me +"
	assert_stdout_matches $'\n'"4 +Not Started +get +$me +"
}

@test "requests are chosen by state, pipeline, user and number" {
	make_requests
	as nobody svcreq create plain
	listed "2 3 4 5"
	listed "1 2 3 4 5" --all
	listed "3" --status pending
	listed "3" --status Pending
	listed "4 5" --status not-started
	listed "4 5" --status "Not Started"
	listed "1 2" --status completed,failed
	listed "" --status running,cancelled
	listed "4" --pipeline get
	listed "1 4" --pipeline get --all
	listed "" --pipeline nothing
	listed "5" --user nobody
	listed "1 2 3 4" --user "$me" --all
	listed "4 5" -n 2
	listed "5" -n 1 --all
	listed "3" --pipeline plain --user "$me"
	listed "4" --pipeline get -n 1
}

@test "a choice that is repeated adds up" {
	make_requests
	as nobody svcreq create plain
	listed "2 3" --status pending --status failed
	listed "1 2 3" --status pending --status failed,completed
	listed "3 4 5" --pipeline get --pipeline plain
	listed "1 2 3 4 5" --user "$me" --user nobody --all
	listed "3 5" --user "$me" --user nobody --pipeline plain
	try svcreq status --status pending --status pendign
	assert_status 2
	assert_stderr_has "there is no status 'pendign'"
}

@test "what cannot be meant is a usage error" {
	local arguments

	make_requests
	for arguments in "--status pendign" "--status" "-n 0" "-n x" "-n -1" "--all --status failed" "x" "0" "1 --all" \
	    "1 -n 2" "1 --pipeline get" "--exit-code" "--json=yes" "--jsn"; do
		# shellcheck disable=SC2086 # words
		unchanged svcreq status $arguments
		assert_status 2
		assert_stdout_is ""
		assert_stderr_matches "^svcreq: .*usage: svcreq status"
	done
	try svcreq status --status pendign
	assert_stderr_has "there is no status 'pendign', did you mean 'Pending'?"
}

@test "a request that is not there is told, and the others are shown" {
	make_requests
	unchanged svcreq status 1 77 2
	assert_status 1
	assert_stderr_is "svcreq: no such request: 77"
	assert_stdout_has "Request 1: Completed"
	assert_stdout_has "Request 2: Failed"
}

@test "one request is shown with its form data and steps" {
	pipeline order <<-EOF
		version: "2b"
		form: {fields: [{name: host, required: true}, {name: pass, secret: true}]}
		steps:
		  - step_name: Reserve
		    step_type: API
		    parameters: {url: "$BAD/echo", outputs: {method: /method}}
		  - step_name: Budget
		    step_type: WAIT_FOR_APPROVAL
		    parameters: {instructions: "Is \${host} granted?", expires_after: 3d}
		  - step_name: Order
		    step_type: API
		    parameters: {method: POST, url: "$BAD/order/\${host}", data: {pass: "\${pass}", m: "\${method}"}}
	EOF
	svcreq create order -f host=web1 -f pass=hunter2 -m "new office" --run 2>/dev/null
	unchanged svcreq status 1
	assert_status 0
	assert_stderr_is ""
	assert_stdout_has "Request 1: Pending"
	assert_stdout_matches "Pipeline +order, version 2b"
	assert_stdout_matches "Requested by +$me,"
	assert_stdout_matches "Remarks +\| new office"
	assert_stdout_has "host = web1"
	refute_stdout_has hunter2
	assert_stdout_matches "Reserve +API +Completed +1 "
	assert_stdout_matches "Budget +WAIT_FOR_APPROVAL +Running +1 "
	assert_stdout_matches "Order +API +Not Started"
	assert_stdout_matches "waits for approval by $me since 20[0-9TZ:.-]+ \($AGO\), for another 2d 23h"
	assert_stdout_has $'\n    | Is web1 granted?\n'
	assert_stdout_has "method = GET"
	assert_stdout_has "    # to $BAD"
	assert_stdout_has "    POST /order/web1 HTTP/1.1"
	assert_stdout_has '"m":"GET"'
}

# shown <prefix>: the lines that say what the step Order sends.
shown() {
	sed -n "s/^$1//p" | sed '/^# request/d; /^$/d'
}

@test "status, run --dry-run and the log show what is sent in the same bytes" {
	mkdir -m 700 state/secrets
	(umask 077 && echo s3cret-t0ken >state/secrets/TOKEN)
	pipeline order <<-EOF
		form: {fields: [{name: pin, secret: true}]}
		steps:
		  - {step_name: Gate, step_type: WAIT_FOR_APPROVAL}
		  - step_name: Order
		    step_type: API
		    parameters:
		      {method: POST, url: "$BAD/order/\${secret:TOKEN}", idempotency: sent, headers: {X: "\${pin}"}, data: {a: "\${what}"}}
	EOF
	svcreq create order -f pin=981276 -f what=b --run 2>/dev/null
	try svcreq status 1
	sed '0,/Next:/d' <<<"$output" | shown '    ' >status
	try svcreq run 1 --dry-run
	sed '0,/Order/d' <<<"$output" | shown '' >dry-run
	svcreq approve 1 2>/dev/null || true # the server does not know what to answer
	step_log 1 Order | shown '> ' >log
	grep -qx 'POST /order/\*\*\* HTTP/1.1' status
	grep -qx 'Idempotency-Key: [0-9a-f-]*' status
	grep -qx 'Content-Length: 9' status
	diff status dry-run
	diff status log
	# what would tell of a secret is not told: neither a length nor a key
	pipeline order <<-EOF
		steps:
		  - step_name: Order
		    step_type: API
		    parameters: {method: POST, url: "$BAD/order", idempotency: sent, data: {a: "\${secret:TOKEN}"}}
	EOF
	svcreq create order
	try svcreq status 2
	sed '0,/Next:/d' <<<"$output" | shown '    ' >status
	try svcreq run 2 --dry-run
	sed '0,/Order/d' <<<"$output" | shown '' >dry-run
	svcreq run 2 2>/dev/null || true
	step_log 2 Order | shown '> ' >log
	grep -qx 'Idempotency-Key: \*\*\*' status
	grep -qx 'Content-Length: \*\*\*' status
	diff status dry-run
	diff status log
}

@test "a failed step tells why" {
	svcreq create missing --run 2>/dev/null || true
	try svcreq status 1
	assert_status 0
	assert_stdout_has "reason http_status"
	assert_stdout_has "the server answered 404"
}

@test "votes are shown with their remarks" {
	wait_pipeline pair 'approvers: [daemon, bin], approvals_required: 2'
	svcreq create pair --run 2>/dev/null
	as daemon svcreq approve 1 -m "fine with me" 2>/dev/null
	try svcreq status 1
	assert_stdout_has "waits for approval by daemon, bin (1 of 2 so far) since 20"
	assert_stdout_matches $'\n    VOTE +WHEN +REMARKS\n    approved by daemon +'"$AGO  "'"fine with me"'
}

@test "the table tells who is waited for, also after a first vote" {
	wait_pipeline pair "approvers: [daemon, '@bin'], approvals_required: 2"
	svcreq create pair --run 2>/dev/null
	svcreq create plain --run 2>/dev/null
	unchanged svcreq status
	assert_stdout_matches $'\n'"1 +Pending +pair +Wait +daemon, @bin +$me +"
	assert_stdout_matches $'\n'"2 +Pending +plain +Wait +$me +$me +"
	as daemon svcreq approve 1 2>/dev/null
	echo "admins: [daemon, root]" >state/config.yaml
	unchanged svcreq status
	assert_stdout_matches $'\n'"1 +Pending +pair +Wait +daemon, @bin +$me +"
	assert_stdout_matches $'\n'"2 +Pending +plain +Wait +daemon, root +$me +"
	try svcreq status --json
	[[ $(jq -c .waiting_for <<<"$output" | paste -sd " ") == '["daemon","@bin"] ["daemon","root"]' ]] || unexpected "JSON"
	echo "admins: 1" >state/config.yaml
	unchanged svcreq status
	assert_status 1
	assert_stderr_has "state/config.yaml:1:9: 'admins' must be a list"
}

@test "JSON has a line for each request, and all of it with an id" {
	make_requests
	try svcreq status --json
	assert_status 0
	[[ $(wc -l <<<"$output") -eq 3 ]]
	try svcreq status --json 2
	assert_status 0
	assert_json '[.id, .status, .pipeline_name, .requested_by]' "[2,\"Failed\",\"missing\",\"$me\"]"
	assert_json '.steps[0] | [.step_name, .step_type, .status, .attempt, .reason, .http_status]' \
	    '["Call","API","Failed",1,"http_status",404]'
	assert_json .form_data '{}'
	try svcreq status --json 3
	assert_json '.steps[0].waiting_for' "[\"$me\"]"
	assert_json '.step_name' Wait
	assert_json '.waiting_for' "[\"$me\"]"
}

@test "--exit-code tells the state of the first that is not completed" {
	make_requests
	try svcreq status --exit-code 1
	assert_status 0
	try svcreq status --exit-code 2
	assert_status 4
	try svcreq status --exit-code 3
	assert_status 12
	try svcreq status --exit-code 4
	assert_status 10
	try svcreq status --exit-code 1 3 2
	assert_status 12
	try svcreq status --exit-code 77
	assert_status 1
	try svcreq status 4
	assert_status 0
}

@test "wide characters keep the columns in line" {
	wait_pipeline 日本語
	svcreq create 日本語 --run 2>/dev/null
	svcreq create plain --run 2>/dev/null
	try svcreq status
	[[ $(sed -n 2p <<<"$output") == "1   Pending  日本語    Wait "* ]] || unexpected "out of line"
	[[ $(sed -n 3p <<<"$output") == "2   Pending  plain     Wait "* ]] || unexpected "out of line"
}

@test "the step that a request is at is the same in the table and in JSON" {
	local id

	make_requests
	svcreq create plain
	svcreq cancel 5 2>/dev/null
	try svcreq status --json --all
	[[ $(jq -r '.step_name // "-"' <<<"$output" | paste -sd " ") == "- Call Wait - -" ]] || unexpected "JSON"
	try svcreq status --all
	for id in 1 4 5; do
		[[ $(sed -n "$((id + 1))p" <<<"$output") != *Call* ]] || unexpected "request $id is at no step"
	done
}

@test "a step that was interrupted is told from one that runs" {
	call slow GET "$BAD/stall"
	svcreq create slow
	svcreq run 1 2>/dev/null &
	eventually was_received GET /stall
	try svcreq status 1
	refute_stdout_has interrupted
	assert_stdout_has " so far"
	try svcreq status 1 --json
	assert_json '.steps[0].interrupted' false
	kill -KILL $!
	wait $! || true
	try svcreq status 1
	assert_stdout_has "Step 'Call' was interrupted: 'svcreq run 1' settles it"
	try svcreq status 1 --json
	assert_json '.steps[0].interrupted' true
	try svcreq status
	assert_stdout_matches "1 +Running \(interrupted\) +slow +Call "
	try svcreq status --json
	assert_json .interrupted true
}

@test "what waits for nobody any more, and what has not begun to wait, is told" {
	wait_pipeline short 'expires_after: 2s'
	svcreq create short --run 2>/dev/null
	until_expired 1
	unchanged svcreq status
	assert_stdout_matches "1 +Pending \\(expired\\) +short +Wait +$me +$AGO"
	try svcreq status --json
	assert_json .waiting_for '[]'
	svcreq run 1 2>/dev/null || true
	svcreq retry 1 --no-run 2>/dev/null
	try svcreq status 1
	assert_stdout_has "Step 'Wait' has not begun to wait: 'svcreq run 1' goes on"
}

@test "a step that was settled or never sent has no times of its own" {
	call lost POST "$BAD/close-after-read"
	svcreq create lost --run 2>/dev/null || true
	svcreq resolve 1 --completed -m "it was done" 2>/dev/null
	try svcreq status 1
	assert_stdout_matches "Call +API +Completed +1 +$AGO"$'\n'
	assert_stdout_matches "Step 'Call' was settled by $me, $AGO: \"it was done\""
	try svcreq status 1 --json
	assert_json '.steps[0].duration_ms' null
	try svcreq log 1 --events
	assert_stdout_has "step 'Call' (attempt 1), settled (resolve): \"it was done\""
	call secret GET "$BAD/ok" "headers: {X: '\${secret:NONE}'}"
	svcreq create secret --run 2>/dev/null || true
	try svcreq status 2
	assert_stdout_matches "Call +API +Failed *"$'\n'
}

@test "what nobody runs is told with the command that does" {
	svcreq create get
	try svcreq status 1
	assert_stdout_has "Next: step 'Call' sends, after 'svcreq run 1'"
}

@test "an approval that nobody has gone on from yet is told" {
	svcreq create plain --run 2>/dev/null
	svcreq approve 1 --no-run 2>/dev/null
	try svcreq status 1
	assert_stdout_has "Step 'Wait' is approved: 'svcreq run 1' goes on"
}

@test "a list that did not follow is corrected" {
	svcreq create get --run 2>/dev/null
	touch state/queue/failed/1 state/queue/pending/1
	try svcreq status
	assert_status 0
	assert_stdout_is ""
	[[ ! -e state/queue/failed/1 && ! -e state/queue/pending/1 ]]
}
