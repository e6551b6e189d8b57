#!/usr/bin/env bats
# What is said once for many steps: vars, and the defaults of a step type.
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
}

# The calls that were kept, from the first.
sent() {
	find "$CALLS" -name '[0-9]*' | sort -V | sed -n "$1p" | xargs cat | tr -d '\r'
}

# config <line>...: the workspace's configuration.
config() {
	printf '%s\n' "$@" >state/config.yaml
}

@test "a var stands for what it says, in the host of a URL too, and is what it was when the request was made" {
	config "vars: {base: '$RAW/v1', team: ops, labels: {a: [1, true]}}"
	pipeline p <<-'EOF'
		vars: {team: web, ca: none, method: put}
		form: {fields: [{name: host}]}
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: ${var:method}
		      url: ${var:base}/${host}
		      headers: {X-Team: "team ${var:team|upper}"}
		      data: {labels: "${var:labels}", text: "${var:labels}!", "${var:team}": "$${var:team}"}
	EOF
	svcreq create p -f host='a/b'
	config "vars: {base: 'http://127.0.0.1:1', labels: gone}"
	try svcreq run 1
	assert_status 0
	sent 1 | grep -qx 'PUT /v1/a%2Fb HTTP/1.1'
	sent 1 | grep -qx 'X-Team: team WEB'
	[[ $(sent 1 | sed '1,/^$/d') == '{"labels":{"a":[1,true]},"text":"{\"a\":[1,true]}!","web":"${var:team}"}' ]]
	try svcreq pipelines p
	assert_stdout_has 'PUT http://127.0.0.1:1/${host}'
	! grep -q 'vars' state/requests/1/000001.json || fail "the vars are kept"
}

@test "a request cannot be given a var" {
	pipeline p <<-EOF
		vars: {base: "$RAW"}
		form: {fields: [{name: host}]}
		steps: [{step_name: Call, step_type: API, parameters: {url: "\${var:base}/"}}]
	EOF
	unchanged svcreq create p -f var:base=http://127.0.0.1:1
	assert_status 3
	assert_stderr_has "the form has no field 'var:base'"
}

@test "a var that is not there, or has a placeholder, is a fault" {
	config "vars: {base: http://127.0.0.1:1}"
	pipeline p <<-'EOF'
		vars: {host: "${name}", "a|b": 1}
		form: {fields: [{name: name}]}
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      url: http://127.0.0.1:1/${var:bas}
		      headers: {A: "${var:hots}", B: "${var:base|uper}"}
	EOF
	try svcreq validate
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/p.yaml:1:14: the var 'host' has a placeholder, and a var is fixed
		pipelines/p.yaml:1:25: 'a|b' cannot be the name of a var
		pipelines/p.yaml:7:12: there is no var 'bas', did you mean 'base'?
		pipelines/p.yaml:8:20: there is no var 'hots', did you mean 'host'?
		pipelines/p.yaml:8:38: '${var:base}': unknown filter 'uper', did you mean 'upper'?
		1 of 1 pipeline is invalid
	EOF
	config 'vars: {base: "${secret:X}"}'
	try svcreq create p -f name=x
	assert_status 1
	assert_stderr_is "svcreq: state/config.yaml:1:14: the var 'base' has a placeholder, and a var is fixed"
}

@test "defaults are taken by the steps of their type that say nothing else, the pipeline's before the workspace's" {
	config 'defaults: {API: {success_status: 2xx, headers: {X-From: config}, timeout: 30s, query: {q: "1"}}}'
	pipeline p <<-EOF
		defaults:
		  API: {headers: {X-From: "\${var:me}"}, query: {q: "\${host}"}}
		  WAIT_FOR_APPROVAL: {instructions: "Is \${host} right?"}
		vars: {me: pipeline}
		form: {fields: [{name: host}]}
		steps:
		  - {step_name: One, step_type: API, parameters: {url: "$RAW/"}}
		  - {step_name: Two, step_type: API, parameters: {url: "$RAW/", headers: {X-Own: "1"}, query: null}}
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
	EOF
	svcreq create p -f host=web1 --run
	sent 1 | grep -qx 'GET /?q=web1 HTTP/1.1'
	sent 1 | grep -qx 'X-From: pipeline'
	sent 2 | grep -qx 'GET / HTTP/1.1'
	sent 2 | grep -qx 'X-Own: 1'
	! sent 2 | grep -q '^X-From' || fail "the default is there, too"
	[[ $(jq -c '.pipeline.steps[0].parameters | [.success_status, .timeout]' state/requests/1/000001.json) == '["2xx","30s"]' ]]
	try svcreq status 1
	assert_stdout_has "Is web1 right?"
}

@test "faults of defaults are told where they are" {
	pipeline p <<-'EOF'
		defaults: {APY: {}, API: {timout: 2s}, WAIT_FOR_APPROVAL: 3}
		steps: [{step_name: Call, step_type: API, parameters: {url: "http://127.0.0.1:1"}}]
	EOF
	try svcreq validate
	assert_status 3
	assert_stderr_has "pipelines/p.yaml:1:12: unknown step type 'APY', did you mean 'API'?"
	assert_stderr_has "pipelines/p.yaml:1:27: unknown parameter 'timout' of the type API, did you mean 'timeout'?"
	assert_stderr_has "pipelines/p.yaml:1:59: the defaults of WAIT_FOR_APPROVAL must be a map, not a number"
	config 'defaults: {API: {timout: 2s}}'
	try svcreq validate
	assert_status 1
	assert_stderr_is "svcreq: state/config.yaml:1:18: unknown parameter 'timout' of the type API, did you mean 'timeout'?"
}
