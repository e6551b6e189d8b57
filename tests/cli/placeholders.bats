#!/usr/bin/env bats
# What placeholders stand for, and what filters make of it.
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

body() {
	sent "$1" | sed '1,/^$/d'
}

@test "filters are chained, and stand in every parameter" {
	pipeline p <<-EOF
		form:
		  fields:
		    - {name: host}
		    - {name: tags, type: checkboxes, options: [b, a]}
		    - {name: when}
		    - {name: timeout}
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: POST
		      url: $RAW/hosts/\${host|trim|lower}?auth=\${host|base64url}
		      timeout: \${timeout|default:5s}
		      query: {tag: "\${tags|join:,}", time: "\${when|epoch}"}
		      headers:
		        X-Host: \${host | trim | upper}
		        X-Auth: Basic \${host|base64}
		      data:
		        "\${host|trim}-\${tags|length}": \${tags|length}
		        text: \${tags|json}
		        list: \${tags|join:' | '}
		        time: \${when|rfc3339}
	EOF
	try svcreq create p -f 'host= Web?1 ' -f tags=b -f tags=a -f when=2001-09-09T03:46:40+02:00 --run
	assert_status 0
	sent 1 | grep -qx 'POST /hosts/web%3F1?auth=IFdlYj8xIA&tag=b%2Ca&time=1000000000 HTTP/1.1'
	sent 1 | grep -qx 'X-Host: WEB?1'
	sent 1 | grep -qx 'X-Auth: Basic IFdlYj8xIA=='
	[[ $(body 1) == '{"Web?1-2":2,"text":"[\"b\",\"a\"]","list":"b | a","time":"2001-09-09T01:46:40Z"}' ]]
}

@test "omit leaves out the member or item that it stands in, when the value is empty" {
	pipeline p <<-EOF
		form: {fields: [{name: a}, {name: b, type: checkboxes, options: [x]}, {name: proxy}, {name: kind}]}
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: POST
		      url: $RAW/
		      proxy: \${proxy|omit}
		      retry: {max_attempts: 1, backoff: "\${a|omit}"}
		      query: {a: "\${a|omit}", c: [1, "\${a|trim|omit}"]}
		      headers: {X-A: "a \${a|omit}", X-B: "\${b|join:','}", X-Kind: "\${kind}"}
		      data: {a: "\${a|omit}", "\${a|omit}": 1, b: "\${b|omit}", in: [{a: "\${a|omit}"}, "\${a|omit}", 2], d: "\${a|default:none|omit}"}
	EOF
	svcreq create p -f kind=k --run
	sent 1 | grep -qx 'POST /?c=1 HTTP/1.1'
	! sent 1 | grep -q '^X-A:' || fail "the header is there"
	sent 1 | grep -qx 'X-Kind: k'
	[[ $(body 1) == '{"in":[{},2],"d":"none"}' ]]
	svcreq create p -f a=1s -f b=x --run
	sent 2 | grep -qx 'POST /?a=1s&c=1&c=1s HTTP/1.1'
	sent 2 | grep -qx 'X-A: a 1s'
	[[ $(body 2) == '{"a":"1s","1s":1,"b":["x"],"in":[{"a":"1s"},"1s",2],"d":"1s"}' ]]
}

@test "a data that is left out is no body" {
	call p POST "$RAW/" 'data: "${b|trim|omit}"'
	svcreq create p -f 'b= ' --run
	[[ -z $(body 1) ]]
	! sent 1 | grep -qi '^content-type' || fail "there is a body"
}

@test "an unknown filter, an argument that is none, and a place that does not fit are faults" {
	pipeline p <<-'EOF'
		form: {fields: [{name: a}, {name: s, secret: true}]}
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      url: http://127.0.0.1:1/${a|omit}
		      headers:
		        A: ${a|uper}
		        B: ${a|upper:x}
		        C: ${a|join}
		        D: ${a|epoch:sm}
		        E: ${a|path}
		      data: ["${secret:X|length}", "${s|trim|length}"]
	EOF
	try svcreq validate pipelines/p.yaml
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/p.yaml:6:12: the filter 'omit' is for a member that can be left out
		pipelines/p.yaml:8:12: unknown filter 'uper', did you mean 'upper'?
		pipelines/p.yaml:9:12: the filter 'upper' takes no argument
		pipelines/p.yaml:10:12: the filter 'join' needs an argument: 'join:...'
		pipelines/p.yaml:11:12: 'sm' is not an argument of the filter 'epoch', did you mean 's'?
		pipelines/p.yaml:12:12: the filter 'path' is for the path of a url
		pipelines/p.yaml:13:14: the filter 'length' would tell of 'secret:X', which is secret
		pipelines/p.yaml:13:36: the filter 'length' would tell of 's', which is secret
		1 of 1 pipeline is invalid
	EOF
}

@test "a filter that cannot be used with what is filled in refuses it, without saying what it is" {
	pipeline p <<-EOF
		form: {fields: [{name: when, secret: true}]}
		steps: [{step_name: Call, step_type: API, parameters: {url: "$RAW/", data: "\${when|epoch}", method: POST}}]
	EOF
	unchanged svcreq create p -f when=tomorrow --run
	assert_status 3
	assert_stderr_has "'\${when|epoch}': the filter 'epoch' takes a time"
	refute_stderr_has tomorrow
}

@test "what filters make of a secret is masked, in the log of every step and in what is shown" {
	local made

	pipeline p <<-EOF
		form: {fields: [{name: pin, secret: true}]}
		steps:
		  - step_name: Login
		    step_type: API
		    parameters: {method: POST, url: "$RAW/", data: ["\${secret:TOKEN|trim|upper}", "\${secret:TOKEN|urlencode|base64}", "\${pin|lower|basename}"]}
		  - step_name: Use
		    step_type: API
		    parameters: {url: "$RAW/"}
	EOF
	make_secret TOKEN ' s3cret/Token '
	svcreq create p -f pin=ABCD/EFGHIJKL
	try svcreq run 1 --dry-run
	assert_stdout_has '["***","***","***"]'
	# each step's server tells what the first was sent
	echo '{"a": "S3CRET/TOKEN", "b": "JTIwczNjcmV0JTJGVG9rZW4lMjA=", "c": "efghijkl"}' >"$CALLS/answer"
	try svcreq run 1
	assert_status 0
	[[ $(body 1) == '["S3CRET/TOKEN","JTIwczNjcmV0JTJGVG9rZW4lMjA=","efghijkl"]' ]]
	for made in S3CRET JTIwczNj s3cret%2FToken efghijkl; do
		! grep -rqF "$made" state/requests executor_logs || fail "there is $made: $(grep -rF "$made" executor_logs)"
	done
	grep -qF '***' executor_logs/1/Use.log
}

@test "a derived text of a secret cannot become an output" {
	pipeline p <<-EOF
		steps:
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$RAW/", data: "\${secret:TOKEN|upper}", outputs: {x: /a}}}
	EOF
	make_secret TOKEN s3cret-token
	echo '{"a": "S3CRET-TOKEN"}' >"$CALLS/answer"
	try svcreq create p --run
	assert_status 4
	! grep -rqF S3CRET-TOKEN state/requests executor_logs || fail "it is there"
}

@test "request: and step: tell of the request and of earlier steps" {
	pipeline p <<-EOF
		form: {fields: [{name: a}]}
		steps:
		  - {step_name: First v1.2, step_type: API, parameters: {url: "$RAW/"}}
		  - {step_name: Approval, step_type: WAIT_FOR_APPROVAL, parameters: {instructions: "Request \${request:id} of \${request:requester}"}}
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: POST
		      url: $RAW/\${request:id}
		      data:
		        id: \${request:id}
		        by: \${request:requester}
		        pipeline: \${request:pipeline}
		        at: \${request:created_at}
		        ok: Approved by \${request:approved_by}.
		        status: \${step:First v1.2.status}
		        code: \${step:First v1.2.http_status}
	EOF
	svcreq create p --run
	try svcreq status 1
	assert_stdout_has "Request 1 of $(id -un)"
	assert_stdout_has '"ok":"Approved by ***."'
	assert_stdout_has '"code":200'
	try svcreq approve 1
	assert_status 0
	sent 2 | grep -qx 'POST /1 HTTP/1.1'
	[[ $(body 2) == "$(jq -c --arg me "$(id -un)" '{id: 1, by: $me, pipeline: "p", at: (.created_at[:19] + "Z"),
	    ok: "Approved by \($me).", status: "Completed", code: 200}' state/requests/1/000001.json)" ]] || fail "$(body 2)"
}

@test "time:now is the time of the step's first intent, for every attempt" {
	local now

	pipeline p <<-EOF
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: PUT
		      url: $RAW/
		      retry: {max_attempts: 2, backoff: 1500ms, max_backoff: 1500ms}
		      data: {now: "\${time:now}", until: "\${time:now + 2h|epoch}", since: "\${time:now-1d}"}
	EOF
	touch "$CALLS/fail"
	svcreq create p
	try svcreq run 1 --dry-run
	assert_stdout_has '{"now":"***","until":"***","since":"***"}'
	try svcreq run 1
	assert_status 4
	rm "$CALLS/fail"
	svcreq retry 1
	[[ $(body 1) == "$(body 2)" && $(body 1) == "$(body 3)" ]] || fail "$(body 1)" "$(body 2)" "$(body 3)"
	now=$(event_files 1 | xargs jq -r 'select(.event_type == "Running") | .created_at[:19] + "Z"' | head -n 1)
	[[ $(body 1) == "$(jq -nc --arg now "$now" '($now | fromdate) as $t |
	    {now: $now, until: ($t + 7200), since: ($t - 86400 | todate)}')" ]] || fail "$now" "$(body 1)"
}

@test "what a namespace does not have is a fault with a suggestion" {
	pipeline p <<-'EOF'
		form: {fields: [{name: a}]}
		steps:
		  - {step_name: First, step_type: WAIT_FOR_APPROVAL, parameters: {instructions: "${step:First.status}"}}
		  - step_name: Call
		    step_type: API
		    parameters:
		      url: http://${request:id}.example.org/
		  - step_name: Other
		    step_type: API
		    parameters:
		      url: http://127.0.0.1:1/
		      data:
		        - ${request:requestor}
		        - ${request:uid}
		        - ${time:know}
		        - ${time:now+2x}
		        - ${time:now*2}
		        - ${step:Frist.status}
		        - ${step:Call.htp_status}
		        - ${step:First.http_status}
		        - ${step:Call}
		        - ${var:base}
	EOF
	try svcreq validate pipelines/p.yaml
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/p.yaml:3:81: '${step:First.status}' is not known before step 'First' has completed
		pipelines/p.yaml:7:12: a placeholder cannot stand in the scheme, host or port of a URL
		pipelines/p.yaml:13:11: a request has no 'requestor', did you mean 'requester'?
		pipelines/p.yaml:14:11: a request has no 'uid', did you mean 'id'?
		pipelines/p.yaml:15:11: a time is 'now', or a span from it such as 'now+2h' or 'now-1d', not 'know'
		pipelines/p.yaml:16:11: '2x' is no span of time such as 10s, 5m, 2h or 3d
		pipelines/p.yaml:17:11: behind 'now' is '+' or '-' and a span such as 2h, not '*2'
		pipelines/p.yaml:18:11: there is no step 'Frist', did you mean 'First'?
		pipelines/p.yaml:19:11: a step has no 'htp_status', did you mean 'http_status'?
		pipelines/p.yaml:20:11: step 'First' makes no call: it has no 'http_status'
		pipelines/p.yaml:21:11: 'step:' is followed by the name of a step, a dot and 'status' or 'http_status'
		pipelines/p.yaml:22:11: there is no var 'base' in the pipeline, and without a workspace there are no others
		1 of 1 pipeline is invalid
	EOF
}

@test "with a form a placeholder that nothing defines is a fault, and no field" {
	pipeline p <<-'EOF'
		form: {fields: [{name: host}]}
		steps:
		  - {step_name: A, step_type: API, parameters: {url: "http://127.0.0.1:1/${hots}", outputs: {reservation: /id}}}
		  - {step_name: B, step_type: API, parameters: {url: "http://127.0.0.1:1/${reservaton}", data: "${requester}"}}
	EOF
	try svcreq validate pipelines/p.yaml
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/p.yaml:3:54: '${hots}' is no field of the form and no output of a step, did you mean 'host'?
		pipelines/p.yaml:4:54: '${reservaton}' is no field of the form and no output of a step, did you mean 'reservation'?
		pipelines/p.yaml:4:96: '${requester}' is no field of the form and no output of a step, did you mean 'request:requester'?
		1 of 1 pipeline is invalid
	EOF
}

# by_rules_3: request 1, as a version wrote it by whose rules names with a colon were plain ones.
by_rules_3() {
	# shellcheck disable=SC1091 # it is checked by itself
	source "$ROOT/tests/golden/golden.bash"
	pipeline p <<-EOF
		form: {fields: [{name: now}, {name: other}]}
		steps: [{step_name: Call, step_type: API, parameters: {method: POST, url: "$RAW/", data: ["\${now}", "\${other}"]}}]
	EOF
	svcreq create p -f now=soon -f other=x
	chmod -R u+w state/requests
	golden_rewrite '"rules":4' '"rules":3' '${now}' '${time:now}' '"now":"soon"' '"time:now":"soon"' \
	    '"name":"now"' '"name":"time:now"' '{"name":"other"}' '{"name":"gone"}'
}

@test "by the rules of a request from before the namespaces they are names, and placeholders are fields" {
	by_rules_3
	try svcreq run 1
	assert_status 0
	[[ $(body 1) == '["soon","x"]' ]]
}
