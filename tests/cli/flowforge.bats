#!/usr/bin/env bats
# Documents of Flowforge: as its API returns them (tests/flowforge has its four seed pipelines), as its web page posts
# them, and as its documentation writes them.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; output is set by try

load helper
load calls

setup_file() { start_httpbin; }
teardown_file() { stop_httpbin; }

# seed <number>: bring in a seed pipeline that calls the local httpbin, with no other change.
seed() {
	sed 's#https://[a-z]*\.\(org\|com\)#'"$HTTPBIN#" "$ROOT/tests/flowforge/seed-$1.json" >"pipelines/seed-$1.json"
	grep -qF "$HTTPBIN" "pipelines/seed-$1.json"
}

# A requester's data for a seed pipeline, with more members.
data() {
	echo "{\"field1\": \"test sr\", \"field2\": \"Option 1\", \"field3\": [\"Option 1\"], \"param\": \"a b\"$1}"
}

@test "the seed pipelines are valid as they are" {
	try svcreq validate "$ROOT"/tests/flowforge/*.json
	assert_status 0
	assert_stderr_is "4 pipelines are valid"
}

# goes_on <id> <step>...: run it, and approve it where it waits, until all of these steps are completed.
goes_on() {
	local id=$1

	shift
	svcreq run "$id" -q || return
	while [[ $(request_status "$id") == Pending ]]; do
		svcreq approve "$id" --no-run || return
		svcreq run "$id" -q || return
	done
	request_is "$id" Completed || return
	[[ $(events "$id" | grep '^Completed' | tr '\n' ' ') == "$(printf 'Completed %s ' "$@")" ]] || fail "$(events "$id")"
}

@test "the first seed pipeline calls what its requester says, and ends with its approval" {
	local method id

	seed 1
	for method in get post put patch delete; do
		id=$(data ', "value": "v", "key": "k", "token": "0123456789", "method": "'$method'"' |
			svcreq create seed-1 --form-data -) || return
		try svcreq status "$id"
		assert_stdout_has "${method^^} /$method?param=a%20b HTTP/1.1"
		goes_on "$id" step1 step2
		[[ $(step_log "$id" step1 | grep '^> [A-Z]* /') == "> ${method^^} /$method?param=a%20b HTTP/1.1" ]]
		output=$(answer "$id" step1)
		assert_json .args '{"param":"a b"}'
		[[ $method == get ]] || assert_json .json '{"k":"hardcoded_value","key":"v"}'
	done
}

@test "the other seed pipelines run to their end, with calls and approvals in their order" {
	local id steps=("" "" "step1 step2 step3" "step1 step2 step3" "step1 step2") number

	for number in 2 3 4; do
		seed "$number"
		id=$(data "" | svcreq create "seed-$number" --form-data -) || return
		# shellcheck disable=SC2086 # one argument a step
		goes_on "$id" ${steps[number]}
	done
}

@test "what a server of Flowforge has added is kept with the request, and means nothing" {
	seed 2
	data "" | svcreq create seed-2 --form-data -
	diff <(event 1 1 .pipeline | jq -S .) <(jq -S . pipelines/seed-2.json)
	try svcreq create seed-2 --form-data - <<<'{}'
	assert_status 3
	refute_stderr_has org_id
}

@test "what the web page posts is valid, and its description is shown" {
	cat >pipelines/page.json <<-EOF
		{
		  "pipeline_name": "Order",
		  "pipeline_description": "What it is for",
		  "form": {"fields": [
		    {"name": "param", "title": "A", "description": "", "type": "input", "required": true, "min_length": 1, "placeholder": "Enter text..."},
		    {"name": "b", "title": "B", "description": "", "type": "select", "required": true, "options": ["1", "2"], "default": "1", "placeholder": "Select an option"},
		    {"name": "c", "title": "C", "description": "", "type": "checkboxes", "options": ["1", "2"]}
		  ]},
		  "version": 1,
		  "first_step_name": "step1",
		  "steps": [
		    {"step_name": "step1", "step_type": "API", "next_step_name": "step2", "prev_step_name": "", "parameters": {"method": "get", "url": "$HTTPBIN/anything/\${param}"}, "is_terminal_step": false},
		    {"step_name": "step2", "step_type": "WAIT_FOR_APPROVAL", "next_step_name": "", "prev_step_name": "", "parameters": {}, "is_terminal_step": true}
		  ],
		  "org_id": 1
		}
	EOF
	try svcreq validate
	assert_status 0
	try svcreq pipelines
	assert_stdout_has "What it is for"
	id=$(svcreq create Order -f param=x -f b=2 -f c=1)
	goes_on "$id" step1 step2
}

@test "a step as the documentation has it, with nulls for all that can be left out, is valid" {
	cat >pipelines/step.json <<-EOF
		{"pipeline_name": null, "version": null, "description": null, "first_step_name": null, "form": {"fields": null},
		 "steps": [
		  {"step_name": "Wait", "step_type": "WAIT_FOR_APPROVAL", "next_step_name": null, "prev_step_name": null,
		   "is_terminal_step": null, "parameters": null},
		  {"step_name": "Make API Call", "step_type": "API", "next_step_name": "", "prev_step_name": "",
		   "parameters": {"method": "POST", "url": "$HTTPBIN/post?q=\${query_param}", "data": {"key": "\${value}"},
		    "headers": {"content-type": "application/json"}, "query": null},
		   "is_terminal_step": true}]}
	EOF
	try svcreq validate
	assert_status 0
	id=$(svcreq create step -f query_param=a -f value=b)
	goes_on "$id" Wait "Make API Call"
	[[ $(answer "$id" "Make API Call" | jq -c '[.args, .json]') == '[{"q":"a"},{"key":"b"}]' ]]
}

FORM_ALONE="this is a form and no pipeline: put all of it under the key 'form' of its pipeline"

@test "of form and pipeline as two files, validate and create say how to join them" {
	seed 4
	jq .form pipelines/seed-4.json >pipelines/form.json
	jq 'del(.form)' pipelines/seed-4.json >pipelines/alone.json
	rm pipelines/seed-4.json
	try svcreq validate
	assert_status 3
	assert_stderr_is <<-EOF
		pipelines/form.json:2:13: $FORM_ALONE
		1 of 2 pipelines is invalid
	EOF
	unchanged svcreq create form
	assert_status 3
	assert_stderr_is "pipelines/form.json:2:13: $FORM_ALONE"
	jq -s '.[0] + {form: .[1]}' pipelines/alone.json pipelines/form.json >joined.json
	mv joined.json pipelines/alone.json
	rm pipelines/form.json
	try svcreq validate
	assert_status 0
	try svcreq create alone -f field1=x -f param=y
	assert_status 0
	# beside the steps it is in the wrong place
	jq '. + .form | del(.form)' pipelines/alone.json >pipelines/beside.json
	rm pipelines/alone.json
	try svcreq validate
	assert_status 3
	assert_stderr_has "'fields' stands under the key 'form', not beside it"
}
