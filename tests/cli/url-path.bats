#!/usr/bin/env bats
# What is filled into the path of a URL stays where it is put, also behind a server that decodes paths.
#
# shellcheck disable=SC2016 # ${...} is for svcreq

load helper
load calls
load api

setup_file() {
	start_bad_server
	start_nginx
}

teardown_file() {
	stop_nginx
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
	call user DELETE "$FRONT/v1/users/"'${name}/x' "success_status: [404]"
	call file DELETE "$FRONT/v1/files/"'${name|path}' "success_status: [404]"
	call late DELETE "$FRONT/v1/users/"'${secret:NAME}' "success_status: [404]"
	call later DELETE "$FRONT/v1/files/"'${secret:NAME|path}' "success_status: [404]"
}

# What leads to another place for somebody who decodes it, none to two times.
AWAY=(.. . ../admin/all ..%2fadmin %2e%2e/admin %2E%2e%2Fadmin '..;/admin' '..;x=1' '..\admin' 'a\..\admin'
	a%5c..%5cadmin a/../../admin a/. ./a %252e%252e%252fadmin ..%252fadmin 'x;/../admin' %2e)

@test "nginx follows the dots of a path, however they are written" {
	curl -s --path-as-is -X DELETE "$FRONT/v1/users/..%2fadmin"
	curl -s --path-as-is -X DELETE "$FRONT/v1/users/%2e%2e/admin"
	assert_only_received '{"DELETE /real/admin":2}'
}

@test "a value that leads to another place is refused when it is filled in, and nothing is recorded" {
	local value pipeline

	for pipeline in user file; do
		for value in "${AWAY[@]}"; do
			unchanged svcreq create "$pipeline" -f "name=$value" --run
			assert_status 3 || fail "$value"
			assert_stderr_has "would make a path segment of the URL lead to another place"
		done
	done
	assert_only_received '{}'
}

@test "a value that leads to another place and is known only when the step runs fails it, and nothing is sent" {
	local value pipeline

	for pipeline in late later; do
		for value in "${AWAY[@]}"; do
			[[ ${#value} -ge 4 ]] || continue # it is no secret
			SVCREQ_SECRET_NAME=$value try svcreq create "$pipeline" --run
			assert_status 4 || fail "$value"
			[[ $(last_event "$output" '[.event_type, .reason]') == '["Failed","placeholder"]' ]]
			SVCREQ_SECRET_NAME=$value try svcreq run --dry-run "$output"
			refute_stdout_has "$value"
		done
	done
	assert_only_received '{}'
}

@test "a slash stays in its segment, and the filter path keeps it" {
	local value

	for value in a/b 'c d' ... v1..2; do
		svcreq create user -f "name=$value" --run
		svcreq create file -f "name=$value" --run
	done
	# nginx decodes what it hands on
	assert_only_received "{$(printf '"DELETE /real/files/%s":1\n' a/b c%20d ... v1..2 | LC_ALL=C sort | paste -sd ,),$(
		printf '"DELETE /real/users/%s/x":1\n' a/b c%20d ... v1..2 | LC_ALL=C sort | paste -sd ,)}"
	forget_calls
	call raw DELETE "$BAD/"'${name}/${name|path}' "success_status: [404]"
	svcreq create raw -f 'name=a/b c?d' --run
	assert_only_received '{"DELETE /a%2Fb%20c%3Fd/a/b%20c%3Fd":1}'
}

@test "a path has no empty segment" {
	local value

	for value in "" / /a a/ a//b; do
		unchanged svcreq create file -f "name=$value" --run
		assert_status 3 || fail "$value"
	done
	assert_stderr_is "svcreq: step 'Call' could not be run: '\${name|path}' would make a path segment of the URL empty"
}

@test "validate knows the filters and where they stand" {
	pipeline odd <<-'EOF'
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      url: http://127.0.0.1:1/${a|paths}
		      headers: {X: "${a|path}"}
		  - step_name: Other
		    step_type: API
		    parameters: {url: "http://127.0.0.1:1/?q=${a|path}"}
	EOF
	try svcreq validate pipelines/odd.yaml
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/odd.yaml:5:12: unknown filter 'paths', did you mean 'path'?
		pipelines/odd.yaml:6:20: the filter 'path' is for the path of a url
		pipelines/odd.yaml:9:23: the filter 'path' is for the path of a url
		1 of 1 pipeline is invalid
	EOF
}

# by_rules_2 <what is filled in>: request 1, as the version before the filters made it, of a field "name|path".
by_rules_2() {
	# shellcheck disable=SC1091 # it is checked by itself
	source "$ROOT/tests/golden/golden.bash"
	call bar DELETE "$BAD/"'${name}' "success_status: [404]"
	svcreq create bar -f name=there
	chmod -R u+w state/requests
	golden_rewrite '"rules":4' '"rules":2' '${name}' '${name|path}' '"name":"there"' "\"name|path\":\"$1\""
}

@test "by the rules of a request from before the filters a bar is part of a name" {
	by_rules_2 a/b
	svcreq run 1
	assert_only_received '{"DELETE /a%2Fb":1}'
}

@test "a request from before the rule fails where its value leads to another place" {
	by_rules_2 ../b
	try svcreq run 1
	assert_status 4
	[[ $(last_event 1 '[.event_type, .reason]') == '["Failed","placeholder"]' ]]
	assert_only_received '{}'
}
