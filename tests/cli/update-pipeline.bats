#!/usr/bin/env bats
# update --pipeline: a failed request goes on by the present steps of its pipeline.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load bad

# order <path> <field of the body> [<another step>]: approvals and calls in turn; the last call goes to that path.
order() {
	pipeline order <<-EOF
		form: {fields: [{name: host}, {name: size, type: select, options: [S, L], default: S}]}
		steps:
		  - {step_name: First, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Reserve, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
		  - {step_name: Second, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Order, step_type: API, parameters: {method: POST, url: "$BAD$1", data: {$2: "\${host}"}}}
		${3-}
	EOF
}

# failed [<path>]: request 1 is approved twice, and its last call has failed.
failed() {
	order "${1-/status/422}" hostname
	svcreq create order -f host=web1 --run
	svcreq approve 1
	try svcreq approve 1
	request_is 1 Failed
}

# mended [<another step>]
mended() {
	order /echo name "${1-}"
}

@test "a POST that was refused for a wrong mapping goes on by the mended one, and what was done is not done again" {
	failed
	mended
	try svcreq update 1 --pipeline -m "it is called name"
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is <<-EOF
		request 1 has the present steps of its pipeline
		step 'First' is asked again
		step 'Second' is asked again
		'svcreq run 1' goes on with step 'First'
	EOF
	# the command runs nothing
	assert_only_received '{"POST /ok":1,"POST /status/422":1}'
	svcreq run 1
	request_is 1 Pending
	try svcreq status 1
	assert_stdout_has "Next: step 'Order' sends"
	try svcreq run 1 --dry-run
	assert_status 0
	assert_stdout_has "POST /echo HTTP/1.1"
	refute_stdout_has "POST /ok"
	svcreq approve 1 --step First
	svcreq approve 1 --step Second
	request_is 1 Completed
	assert_only_received '{"POST /echo":1,"POST /ok":1,"POST /status/422":1}'
	answer 1 Order | jq -e '.body == "{\"name\":\"web1\"}"'
}

@test "the next run of all goes on with a mended request" {
	failed
	mended
	svcreq update 1 --pipeline
	svcreq run --pending
	request_is 1 Pending
	[[ $(svcreq status 1 --json | jq -r .step_name) == First ]]
}

@test "a script that gives update and retry, twice, does it once" {
	failed
	mended
	svcreq update 1 --pipeline
	unchanged svcreq update 1 --pipeline
	assert_status 0
	assert_stderr_is "request 1 goes on by the pipeline's present steps already"
	try svcreq retry 1
	assert_status 0
	assert_stderr_has "request 1 goes on already, by the pipeline's present steps"
	request_is 1 Pending
	unchanged svcreq retry 1
	assert_status 1
}

@test "the event has the document, its rules, and the SHA-256 of both" {
	failed
	mended
	svcreq update 1 --pipeline -m why
	number=$(event_files 1 | xargs jq -s 'map(.event_type) | index("Updated") + 1')
	[[ $(event 1 "$number" '[.event_type, .status, .remarks, .rules]') == '["Updated","Failed","why",3]' ]]
	[[ $(event 1 "$number" .pipeline_sha256) == "$(event 1 "$number" .pipeline | tr -d '\n' | sha256sum | cut -d ' ' -f 1)" ]]
	[[ $(event 1 "$number" .replaced_pipeline_sha256) == "$(event 1 1 .pipeline | tr -d '\n' | sha256sum | cut -d ' ' -f 1)" ]]
	[[ $(event 1 "$number" 'has("form_data")') == false ]]
	[[ $(last_event 1 '[.event_type, .step_name, .status]') == '["Not Started","Order","Running"]' ]]
}

@test "status and log show who mended it and what is different" {
	failed
	mended '  - {step_name: Tell, step_type: WAIT_FOR_APPROVAL}'
	svcreq update 1 --pipeline -f size=L -m "as it should be"
	try svcreq status 1
	assert_stdout_matches $'\n  Mended by     [^ ]+, just now \([0-9T:.Z-]+\): "as it should be"\n'
	try svcreq status 1 --json
	assert_json '[.mended_by, (.mended_at | length)]' "[\"$(id -un)\",24]"
	try svcreq log 1 --events
	assert_stdout_has "  pipeline, form data: size = L: \"as it should be\"
    sha256 was $(event 1 1 .pipeline | tr -d '\n' | sha256sum | cut -c 1-12)..., is "
	assert_stdout_has "
    step 'Order': url was \"$BAD/status/422\", is \"$BAD/echo\"
    step 'Order': data.hostname was \"\${host}\", is absent
    step 'Order': data.name was absent, is \"\${host}\"
    step 'Tell' (WAIT_FOR_APPROVAL) is added at the end
    step 'First' is asked again
    step 'Second' is asked again
"
	assert_stdout_has "  step 'Order' (attempt 1), to be run again (update --pipeline)"
	try svcreq log 1 --events --json
	assert_json 'select(.event_type == "Updated") | .pipeline.steps | length' 5
}

@test "what was typed into a file does not reach the terminal as it is" {
	failed
	mended
	sed -i 's|name: "|"\\e[31mx\\nstep": 1, name: "|' pipelines/order.yaml
	svcreq update 1 --pipeline
	try svcreq log 1 --events
	refute_stdout_has $'\e'
	refute_stdout_has $'\nstep'
	assert_stdout_has "    step 'Order': data.\\x1b[31mx\\x0astep was absent, is 1"
}

@test "a completed step must stay as it was" {
	failed
	mended
	sed -i 's|/ok"|/echo"|' pipelines/order.yaml
	unchanged svcreq update 1 --pipeline
	assert_status 1
	assert_stderr_is "svcreq: cannot mend request 1: step 'Reserve' is Completed, and must stay as it was: url was \"$BAD/ok\", is \"$BAD/echo\""
	sed -i '/Reserve/d' pipelines/order.yaml
	unchanged svcreq update 1 --pipeline
	assert_status 1
	assert_stderr_has "step 'Reserve' is Completed, and is not in the pipeline any more"
}

@test "a completed step may be written in another way" {
	failed
	mended
	# the same as JSON, with other steps
	/usr/bin/python3 - pipelines/order.yaml <<-EOF
		import json, re, sys
		text = open(sys.argv[1]).read()
		text = text.replace('{step_name: Reserve, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}',
		    json.dumps({"parameters": {"url": "$BAD/ok", "method": "POST"}, "step_type": "API", "step_name": "Reserve"}, indent=4))
		open(sys.argv[1], "w").write(text)
	EOF
	svcreq update 1 --pipeline
}

@test "a fault of the file is told with its place, and nothing changes" {
	failed
	sed -i 's|data: {|dota: {|; s|size, type: select|size, type: selekt|' pipelines/order.yaml
	unchanged svcreq update 1 --pipeline
	assert_status 3
	assert_stderr_matches "^pipelines/order.yaml:1:[0-9]+: unknown field type 'selekt', did you mean 'select'\\?
pipelines/order.yaml:6:[0-9]+: unknown parameter 'dota' of a step of type API, did you mean 'data'\\?\$"
	rm pipelines/order.yaml
	unchanged svcreq update 1 --pipeline
	assert_status 1
	assert_stderr_has "no such pipeline: 'order'"
}

@test "form data that does not fit the present form is told, all of it, and nothing changes" {
	failed
	mended
	sed -i '1s|.*|form: {fields: [{name: host, min_length: 9}, {name: centre, required: true}]}|' pipelines/order.yaml
	unchanged svcreq update 1 --pipeline -f colour=red
	assert_status 3
	assert_stderr_is <<-EOF
		svcreq: the form has no field 'colour'
		svcreq: form field 'host': it needs at least 9 characters
		svcreq: form field 'centre': it is required
	EOF
	svcreq update 1 --pipeline -f host=webserver1 -f centre=4711
	[[ $(svcreq status 1 --json | jq -c .form_data) == '{"host":"webserver1","centre":"4711"}' ]]
}

@test "a secret field that is one no more keeps its secret" {
	pipeline order <<-EOF
		form: {fields: [{name: key, secret: true}]}
		steps: [{step_name: Order, step_type: API, parameters: {method: POST, url: "$BAD/status/422", data: {k: "\${key}"}}}]
	EOF
	svcreq create order -f key=pa55word --run || true
	sed -i 's/, secret: true//' pipelines/order.yaml
	svcreq update 1 --pipeline
	[[ $(svcreq status 1 --json | jq -c .form_data) == '{}' ]]
	for command in "status 1" "status 1 --json" "log 1 --events" "log 1 --events --json"; do
		# shellcheck disable=SC2086 # words
		try svcreq $command
		refute_stdout_has pa55word
	done
}

@test "what may have been carried out stays failed until an admin says what is so" {
	failed /close-after-read
	mended
	try svcreq update 1 --pipeline
	assert_status 0
	assert_stderr_has "request 1 stays Failed: step 'Order' may have been carried out: 'svcreq resolve 1 --completed"
	assert_stderr_has "'svcreq retry 1 --again' to do it once more"
	unchanged svcreq retry 1
	assert_status 1
	unchanged svcreq run 1
	try svcreq status --json
	assert_json '[.status, .step_name, .reason]' '["Failed","Order","outcome_unknown"]'
	[[ $(svcreq status --status failed | awk 'NR == 2 { print $4 }') == Order ]]
	try svcreq resolve 1 --completed -m "it is there"
	request_is 1 Pending
	svcreq approve 1
	svcreq approve 1
	request_is 1 Completed
	assert_only_received '{"POST /close-after-read":1,"POST /ok":1}'
}

@test "what may have been carried out is sent once more after --again, by the present steps" {
	failed /close-after-read
	mended
	svcreq update 1 --pipeline
	svcreq retry 1 --again
	svcreq approve 1
	svcreq approve 1
	request_is 1 Completed
	assert_only_received '{"POST /close-after-read":1,"POST /echo":1,"POST /ok":1}'
}

@test "a step that may have been carried out is left out with --again only" {
	failed /close-after-read
	sed -i '/step_name: Order/d' pipelines/order.yaml
	unchanged svcreq update 1 --pipeline
	assert_status 1
	assert_stderr_is "svcreq: cannot mend request 1: step 'Order' may have been carried out, and is not in the pipeline any more: leave it there to settle it, or 'svcreq update 1 --pipeline --again' goes on without it"
	try svcreq update 1 --pipeline --again
	assert_status 0
	request_is 1 Running
	try svcreq log 1 --events
	assert_stdout_has "  pipeline without a step although it may have been carried out"
	# its log is still there
	svcreq log 1 Order | grep -q '> POST /close-after-read'
	svcreq log 1 | grep -q '> POST /close-after-read'
	svcreq run 1
	svcreq approve 1
	svcreq approve 1
	request_is 1 Completed
}

@test "a request whose failed step is left out can be complete" {
	pipeline p <<-EOF
		steps:
		  - {step_name: One, step_type: API, parameters: {url: "$BAD/ok"}}
		  - {step_name: Two, step_type: API, parameters: {url: "$BAD/status/404"}}
	EOF
	svcreq create p --run || true
	sed -i '/Two/d' pipelines/p.yaml
	try svcreq update 1 --pipeline
	assert_status 0
	assert_stderr_has "request 1 is Completed: no other step is left"
	request_is 1 Completed
	[[ $(ls state/queue/*) != *$'\n1\n'* ]]
	try svcreq run 1
	assert_status 0
}

@test "a rejected request is mended and asked again" {
	order /ok name
	svcreq create order -f host=web1 --run
	svcreq reject 1 -m "no"
	mended
	svcreq update 1 --pipeline
	svcreq run 1
	svcreq approve 1
	svcreq approve 1
	request_is 1 Completed
}

@test "the same steps record nothing" {
	failed
	unchanged svcreq update 1 --pipeline -f host=web1
	assert_status 0
	assert_stderr_is "request 1 has the pipeline's present steps and that form data already"
}

@test "what is no failed request is told what to do instead" {
	order /echo name
	svcreq create order -f host=web1
	unchanged svcreq update 1 --pipeline
	assert_status 1
	assert_stderr_is "svcreq: cannot mend request 1: it is Not Started: 'svcreq create --from 1' makes a new request by the present pipeline"
	svcreq run 1
	unchanged svcreq update 1 --pipeline
	assert_status 1
	assert_stderr_is "svcreq: cannot mend request 1: it is Pending: 'svcreq reject 1 -m \"...\"' lets it fail first"
	svcreq cancel 1
	unchanged svcreq update 1 --pipeline
	assert_status 1
	assert_stderr_is "svcreq: cannot mend request 1: it is Cancelled: 'svcreq create --from 1' makes a new request by the present pipeline"
	try svcreq update 9 --pipeline
	assert_stderr_is "svcreq: no such request: 9"
}

@test "only admins mend, and what is wrong with the file is not for others" {
	echo "admins: [daemon]" >state/config.yaml
	failed_of_daemon
	echo "steps: 7" >pipelines/order.yaml
	unchanged as "$(id -un)" svcreq update 1 --pipeline
	assert_status 9
	assert_stderr_is "svcreq: cannot mend request 1: '$(id -un)' is not an admin"
	mended
	as daemon svcreq update 1 --pipeline
}

# Approved by the admin, of a requester who is none.
failed_of_daemon() {
	order /status/422 hostname
	svcreq create order -f host=web1 --run
	as daemon svcreq approve 1
	as daemon svcreq approve 1 || true
	request_is 1 Failed
}

@test "--again and nothing to change are usage errors" {
	try svcreq update 1 --again
	assert_status 2
	assert_stderr_has "--again goes with --pipeline"
	try svcreq update 1
	assert_status 2
	assert_stderr_has "nothing to change: give -f, --form-data or --pipeline"
}

@test "of many who mend at once one does" {
	failed
	mended
	for i in {1..8}; do
		svcreq update 1 --pipeline -m "$i" 2>"err.$i" &
		pids[i]=$!
	done
	for i in {1..8}; do
		wait "${pids[i]}" || fail "$(cat "err.$i")"
	done
	[[ $(events 1 | grep -c ^Updated) -eq 1 ]]
	# who comes between the two events of the first is told so in other words
	[[ $(cat err.* | grep -c "present steps.* already") -eq 7 ]] || fail "$(head err.*)"
	svcreq run 1
	request_is 1 Pending
}

@test "a mended request is mended whole, wherever the program is killed" {
	local place seen=()

	is_sanitized && skip "sanitizers do not work below strace"
	failed
	cp -a state before
	mended
	for place in 1 2 3 4 5 6; do
		rm -rf state
		cp -a before state
		strace -f -qq -o /dev/null -e trace=linkat -e "inject=linkat:signal=KILL:when=$place" \
		    "$BUILD/bin/svcreq" update 1 --pipeline 2>/dev/null || true
		try svcreq status 1 --json
		seen+=("$(jq -r '"\(.status) \(.mended_by != null)"' <<<"$output")")
		svcreq update 1 --pipeline
		request_is 1 Running
		[[ $(events 1 | tail -n 2 | paste -sd ,) == "Updated,Not Started Order" ]]
	done
	[[ $(printf '%s\n' "${seen[@]}" | sort -u | paste -sd ,) == "Failed false,Running true" ]] || fail "${seen[@]}"
}

@test "what is of a request whose events do not fit is told" {
	failed
	mended
	svcreq update 1 --pipeline
	number=$(event_files 1 | xargs jq -s 'map(.event_type) | index("Updated") + 1')
	file=state/requests/1/$(printf %06d "$number").json
	rm "state/requests/1/$(printf %06d $((number + 1))).json"
	jq -c 'del(.pipeline.steps[1])' "$file" >new
	chmod u+w "$file"
	cp new "$file"
	reseal "$file"
	try svcreq status 1
	assert_status 1
	assert_stderr_has "request 1 is damaged: state/requests/1/$(printf %06d "$number").json: its pipeline cannot be used: step 'Reserve' is Completed, and is not in the pipeline any more"
}
