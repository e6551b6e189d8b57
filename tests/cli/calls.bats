#!/usr/bin/env bats
# What an API step sends: a real httpbin tells what it got.
#
# shellcheck disable=SC2016 # ${...} is for svcreq

load helper
load calls

setup_file() {
	start_httpbin
	start_bad_server
}

teardown_file() {
	stop_httpbin
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
}

# sent <jq filter> <value>: what httpbin says about the call of request 1.
sent() {
	local got

	got=$(answer 1 | jq -rc "$1") || return
	[[ $got == "$2" ]] || fail "$1 is $got, not $2"
}

@test "each method is sent as it is named" {
	local method

	for method in GET POST PUT PATCH DELETE OPTIONS HEAD; do
		call "$method" "$method" "$BAD/echo"
		try svcreq create "$method" --run
		assert_status 0
		assert_received "$method" /echo 1
	done
}

@test "the method may be a placeholder, and one that is none is refused when it runs" {
	call any '"${method}"' "$BAD/echo"
	try svcreq create any -f method=PUT --run
	assert_status 0
	assert_received PUT /echo 1
	call secret '"${secret:METHOD}"' "$BAD/echo"
	SVCREQ_SECRET_METHOD=$'GET / HTTP/1.1\r\nX: y' try svcreq create secret --run
	assert_status 4
	[[ $(last_event 2 .reason) == placeholder ]]
	SVCREQ_SECRET_METHOD=BREW try svcreq create secret --run
	assert_status 4
	assert_only_received '{"PUT /echo":1}'
}

@test "data is sent as JSON, with the types and the number texts that were written" {
	call post POST "$HTTPBIN/post" \
	    'data: {number: 12.50, big: 12345678901234567890, yes: true, no: no, text: "true", nothing: null, list: [1, a]}'
	svcreq create post --run
	sent .data '{"number":12.50,"big":12345678901234567890,"yes":true,"no":"no","text":"true","nothing":null,"list":[1,"a"]}'
	sent '.headers["Content-Type"]' application/json
}

# body_of <id>: what the server was sent: the method, the body and its type, on one line.
body_of() {
	answer "$1" | jq -r '[.method, .body, (.headers | map(select(.[0] | ascii_downcase == "content-type")) | .[0][1])] | join(" ")'
}

@test "what is empty is a body of a method whose body means something, and by rules 1 of none" {
	local method data id=0 rules

	# shellcheck disable=SC1091 # it is checked by itself
	source "$ROOT/tests/golden/golden.bash"
	pipeline empty <<-EOF
		form: {fields: [{name: method}, {name: list, type: checkboxes, options: [x]}, {name: text}]}
		steps: [{step_name: Call, step_type: API, parameters: {method: "\${method}", url: "$BAD/echo", data: ^}}]
	EOF
	for method in post PUT patch OPTIONS GET DELETE; do
		for data in "{}" "[]" '"${list}"' null '""' '"${text}"'; do
			sed "s/\\^/$data/" pipelines/empty.yaml >pipelines/one.yaml
			svcreq create one -f "method=$method" >/dev/null
			svcreq create one -f "method=$method" >/dev/null
		done
	done
	# those with even ids become what a version wrote that had rules 1, or none
	mkdir -p old/state && cp -a state/requests old/state
	rm -r old/state/requests/*[13579]
	(cd old && chmod -R u+w . && golden_rewrite '"rules":4,' '')
	[[ $(jq -sc 'map(.rules) | unique' old/state/requests/*/000001.json) == "[null]" ]]
	cp -af old/state/requests/* state/requests
	svcreq run --pending -q
	for method in POST PUT PATCH OPTIONS GET DELETE; do
		for data in "{}" "[]" "[]" "" "" ""; do
			for rules in 3 1; do
				id=$((id + 1))
				if [[ $rules == 3 && $data != "" && $method != GET && $method != DELETE ]]; then
					wanted="$method $data application/json"
				else
					wanted="$method  "
				fi
				[[ $(body_of $id) == "$wanted" ]] || fail "request $id by rules $rules sent '$(body_of $id)', not '$wanted'"
			done
		done
	done
}

@test "placeholders stand in the URL, the query, headers, the data and its keys" {
	pipeline all <<-EOF
		form:
		  fields: [{name: a b}, {name: list, type: checkboxes, options: [x, y, z]}, {name: none}]
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: PUT
		      url: $HTTPBIN/anything/\${a b}/end?q=\${a b}
		      query: {k: "\${a b}", list: "\${list}"}
		      headers: {X-Text: "<\${a b}>", "X-\${key}": "1"}
		      data:
		        "\${key}": {"\${a b}": in a key}
		        exact: "\${list}"
		        in text: "list \${list}, none \${none}."
		        none: "\${none}"
		        literal: "\$\${a b}"
		        nested: [["\${a b}"]]
	EOF
	svcreq create all -f 'a b=1/2 ?&ä' -f key=K -f list=x -f list=z --run
	request_is 1 Completed
	sent .url "$HTTPBIN/anything/1%2F2 %3F%26ä/end?q=1%2F2+%3F%26%C3%A4&k=1%2F2+%3F%26%C3%A4&list=x&list=z" ||
	    sent .args '{"k":"1/2 ?&ä","list":["x","z"],"q":"1/2 ?&ä"}'
	sent .args.q '1/2 ?&ä'
	sent .args.k '1/2 ?&ä'
	sent .args.list '["x","z"]'
	sent '.headers["X-K"]' 1
	sent .json '{"K":{"1/2 ?&ä":"in a key"},"exact":["x","z"],"in text":"list [\"x\",\"z\"], none .","literal":"${a b}","nested":[["1/2 ?&ä"]],"none":""}'
	assert_sent_line "# to $HTTPBIN"
	assert_sent_line "PUT /anything/1%2F2%20%3F%26%C3%A4/end?q=1%2F2%20%3F%26%C3%A4&k=1%2F2%20%3F%26%C3%A4&list=x&list=z HTTP/1.1"
}

assert_sent_line() {
	step_log 1 | grep -qxF "> $1" || fail "not sent: $1" "$(step_log 1)"
}

@test "typed form data keeps its type where it stands alone, and is text in other text" {
	pipeline typed <<-EOF
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: POST
		      url: $HTTPBIN/post
		      data: {n: "\${n}", t: "\${t}", both: "\${n} \${t}"}
	EOF
	svcreq create typed --form-data - --run <<<'{n: 1.50, t: true}'
	sent .data '{"n":1.50,"t":true,"both":"1.50 true"}'
}

@test "outputs keep their types from one step to the next" {
	pipeline outputs <<-EOF
		steps:
		  - step_name: First
		    step_type: API
		    parameters:
		      method: POST
		      url: $HTTPBIN/post
		      data: {list: [1, 2.50, {k: null}], text: "7", "a/b": ~}
		      outputs: {list: /json/list, text: /json/text, second: /json/list/1, null: /json/a~1b}
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: POST
		      url: $HTTPBIN/post
		      data: {list: "\${list}", text: "\${text}", second: "\${second}", null: "\${null}"}
	EOF
	try svcreq create outputs --run
	assert_status 0
	sent .json '{"list":[1,2.5,{"k":null}],"null":null,"second":2.5,"text":"7"}'
}

@test "lines in an input of a request from before the rule about them stay, and are sent as they are" {
	# shellcheck disable=SC1091 # it is checked by itself
	source "$ROOT/tests/golden/golden.bash"
	call note POST "$HTTPBIN/post" 'data: {note: "${note}", other: "${other}"}'
	echo 'form: {fields: [{name: note, type: text}, {name: other}]}' >>pipelines/note.yaml
	svcreq create note -f note=$'a\nb'
	chmod -R u+w state/requests
	golden_rewrite '"rules":4' '"rules":2' ',"type":"text"' ''
	svcreq update 1 -f other=new
	[[ $(last_event 1 .form_data) == '{"note":"a\nb","other":"new"}' ]]
	unchanged svcreq update 1 -f note=$'a\nc'
	assert_status 3
	svcreq run 1
	[[ $(answer 1 | jq -c .json) == '{"note":"a\nb","other":"new"}' ]]
}

@test "a value in the path cannot leave its place" {
	local value

	pipeline path <<-EOF
		form: {fields: [{name: value}]}
		steps:
		  - step_name: Give
		    step_type: API
		    parameters: {method: POST, url: "$BAD/part/0/99", data: {name: "\${value}"}, outputs: {name: /name}}
		  - step_name: Call
		    step_type: API
		    parameters: {method: DELETE, url: "$BAD/users/\${name}/x", success_status: [404]}
	EOF
	for value in .. . "" %2e%2e .%2E ../.. ../admin ..%2fadmin %252e%252e%252fadmin 'a\..\b' 'a/./b' '..;/admin'; do
		try svcreq create path -f "value=$value" --run
		assert_status 4
		assert_stderr_has "step 'Call' Failed"
		[[ $(last_event "$output" '[.event_type, .reason]') == '["Failed","placeholder"]' ]]
	done
	assert_only_received '{"POST /part/0/99":12}'
	forget_calls
	for value in ... .a a/b '?' '#'; do
		try svcreq create path -f "value=$value" --run
		assert_status 0
	done
	assert_only_received "{$({
		printf '"DELETE /users/%s/x":1\n' %23 %3F ... .a a%2Fb
		echo '"POST /part/0/99":5'
	} | LC_ALL=C sort | paste -sd ,)}"
}

@test "a line break cannot get into a header, and nothing is sent" {
	local value

	call header GET "$BAD/ok" 'headers: {X-Text: "a${secret:TEXT}b"}'
	for value in $'\r\nX-Evil: 1' $'\n' $'\r' $'\x01' $'\x7f'; do
		SVCREQ_SECRET_TEXT=$value try svcreq create header --run
		assert_status 4
		[[ $(last_event "$output" '[.event_type, .reason]') == '["Failed","placeholder"]' ]]
	done
	call name GET "$BAD/ok" 'headers: {"X-${secret:TEXT}": "1"}'
	for value in $'a: b\r\nX-Evil' "a b" "a:"; do
		SVCREQ_SECRET_TEXT=$value try svcreq create name --run
		assert_status 4
		[[ $(last_event "$output" .reason) == placeholder ]]
	done
	assert_only_received "{}"
}

@test "a header that belongs to the connection cannot be set by a placeholder" {
	call header GET "$BAD/ok" 'headers: {"${secret:NAME}": "1"}'
	SVCREQ_SECRET_NAME=Content-Length try svcreq create header --run
	assert_status 4
	SVCREQ_SECRET_NAME=transfer-encoding try svcreq create header --run
	assert_status 4
	assert_only_received "{}"
}

@test "a secret is sent, and is in no file of the workspace afterwards" {
	mkdir -m 700 state/secrets
	(umask 077 && printf 's3cr/t+value' >state/secrets/TOKEN)
	call secret POST "$HTTPBIN/post" \
	    'headers: {X-Auth: "${secret:TOKEN}"}, query: {t: "${secret:TOKEN}"}, data: {t: "${secret:TOKEN}"}'
	try svcreq create secret --run
	assert_status 0
	assert_received_secret
	run grep -rlE 's3cr(/|%2F|\\/)t' state/requests executor_logs
	assert_stdout_is ""
	step_log 1 | grep -q 'X-Auth: \*\*\*'
}

# httpbin echoes what it got; only its length is left in the log.
assert_received_secret() {
	[[ $(answer 1 | jq -r '.headers["X-Auth"]') == "***" ]]
}

@test "a secret that is not there fails the step before anything is sent" {
	call secret GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	try svcreq create secret --run
	assert_status 4
	assert_stderr_has TOKEN
	[[ $(last_event 1 .reason) == placeholder ]]
	assert_received GET /ok 0
}

@test "credentials are masked in the log" {
	call auth GET "$BAD/ok" 'headers: {Authorization: "Bearer abcdef123", Cookie: "id=abcdef123", X-Seen: "yes"}'
	svcreq create auth --run
	run grep -c abcdef123 executor_logs/1/Call.log
	assert_stdout_is 0
	step_log 1 | grep -qx '> Authorization: \*\*\*'
	step_log 1 | grep -qx '> X-Seen: yes'
}

@test "a query parameter that is null or false is sent as such, and a list repeated" {
	call query GET "$HTTPBIN/get?a=1" 'query: {b: 2.50, c: false, d: [x, "y&z"]}'
	svcreq create query --run
	sent .args '{"a":"1","b":"2.50","c":"false","d":["x","y&z"]}'
}

@test "no proxy is asked when the pipeline says none, whatever the environment says" {
	call direct GET "$BAD/ok" 'proxy: none'
	call environment GET "$BAD/ok"
	http_proxy=$DOWN try svcreq create direct --run
	assert_status 0
	http_proxy=$DOWN try svcreq create environment --run
	assert_status 4
}

@test "an idempotency key is the same for each attempt, and another for each request" {
	local first

	call key POST "$BAD/flaky/2/\${key}" 'idempotency: honoured, retry: {max_attempts: 2, backoff: 1ms}'
	try svcreq create key -f key=a --run
	assert_status 0
	first=$(event 1 3 .idempotency_key)
	[[ $first =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]]
	[[ $(event 1 5 .idempotency_key) == "$first" ]]
	[[ $(step_log 1 | grep -cx "> Idempotency-Key: $first") -eq 2 ]]
	svcreq create key -f key=b --run
	[[ $(event 2 3 .idempotency_key) != "$first" ]]
}
