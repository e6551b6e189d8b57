#!/usr/bin/env bats
# pipelines: the list, and one of them.

load helper
load calls

setup() {
	set_up_workspace
}

@test "no pipelines are no fault" {
	unchanged svcreq pipelines
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "no pipelines in pipelines/"
	rmdir pipelines
	unchanged svcreq pipelines
	assert_status 0
	unchanged svcreq pipelines --json
	assert_status 0
	assert_stdout_is ""
}

@test "the list has every file, and says which are invalid" {
	cp "$ROOT"/pipelines/* pipelines/
	echo "steps: []" >pipelines/broken.yml
	echo "no pipeline" >pipelines/README
	try svcreq pipelines
	assert_status 0
	assert_stdout_matches "^NAME +VERSION +STEPS +FILE +DESCRIPTION"
	assert_stdout_matches "flowforge +1 +1 +pipelines/flowforge.json"
	assert_stdout_matches "order-server +1 +3 +pipelines/order-server.yaml"
	assert_stdout_has "pipelines/broken.yml"
	refute_stdout_has README
	assert_stderr_has "svcreq validate"
	try svcreq pipelines --json
	assert_status 0
	[[ $(jq -c 'select(.pipeline_name == "order-server") | [.valid, .version, .step_count, .file]' <<<"$output") == \
	    '[true,1,3,"pipelines/order-server.yaml"]' ]]
	[[ $(jq -c 'select(.valid | not) | .file' <<<"$output") == '"pipelines/broken.yml"' ]]
}

@test "a pipeline is listed, shown and printed with its description" {
	local long

	long=$(printf 'Text %.0s' {1..20})
	printf 'description: "%sends\\nhere"\nsteps: [{step_name: W, step_type: WAIT_FOR_APPROVAL}]\n' "$long" |
		pipeline long
	wait_pipeline none
	svcreq validate
	try svcreq pipelines
	assert_status 0
	# the first line, cut
	assert_stdout_matches "long +1 +pipelines/long.yaml +(Text ){9}Text \.\.\."
	refute_stdout_has ends
	[[ $output$'\n' == *$'pipelines/none.yaml\n'* ]] || unexpected "something stands behind it"
	try svcreq pipelines long
	assert_status 0
	assert_stdout_has $'long (pipelines/long.yaml)\n  | '"${long}ends"$'\n  | here\n'
	try svcreq pipelines long --json
	assert_json .description "${long}ends"$'\n'here
	try svcreq pipelines --json
	[[ $(jq -c 'select(.pipeline_name == "none") | .description' <<<"$output") == null ]] || unexpected "no null"
}

@test "the example pipelines have a description" {
	cp "$ROOT"/pipelines/* pipelines/
	try svcreq pipelines --json
	[[ $(jq -s 'map(select(.description | length > 0)) | length' <<<"$output") -eq 4 ]] || unexpected "not all have one"
}

@test "one pipeline is shown with its form and its steps" {
	cp "$ROOT/pipelines/order-server.yaml" pipelines/
	try svcreq pipelines order-server
	assert_status 0
	assert_stderr_is ""
	assert_stdout_matches "hostname +input +yes"
	assert_stdout_matches "size +select +S +S, M, L"
	assert_stdout_matches "extras +checkboxes +backup, monitoring"
	assert_stdout_matches "Approval +WAIT_FOR_APPROVAL +1 of the admins"
	assert_stdout_matches "Order +API +POST https://httpbin.org/post"
}

@test "one pipeline is shown as JSON, its implicit fields too" {
	cp "$ROOT/pipelines/flowforge.json" pipelines/
	try svcreq pipelines flowforge --json
	assert_status 0
	assert_json '[.fields[] | [.name, .type, .required]]' \
	    '[["query_param","input",true],["size","select",false],["extras","checkboxes",false],["value","input",true]]'
	assert_json '.steps[0].parameters.method' POST
}

@test "a secret field has no default, which everybody would see" {
	pipeline p <<-EOF
		form: {fields: [{name: token, secret: true, default: hunter2}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	unchanged svcreq pipelines p
	assert_status 3
	assert_stdout_is ""
	assert_stderr_is "pipelines/p.yaml:1:54: a secret field has no 'default': whoever sees the pipeline would see it"
}

@test "an invalid pipeline is told with all its faults" {
	echo "steps: []" >pipelines/broken.yml
	unchanged svcreq pipelines broken
	assert_status 3
	assert_stdout_is ""
	assert_stderr_is "pipelines/broken.yml:1:8: a pipeline needs at least one step ('steps')"
}

@test "a pipeline that is not there is told, with a suggestion" {
	wait_pipeline order
	unchanged svcreq pipelines odrer
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: no such pipeline: 'odrer', did you mean 'order'?"
	unchanged svcreq pipelines order order
	assert_status 2
}
