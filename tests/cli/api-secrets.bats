#!/usr/bin/env bats
# Where secrets come from, and that they are seen nowhere.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup_file() {
	start_bad_server
	start_httpbin
}

teardown_file() {
	stop_httpbin
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
}

SECRET='s3cr/t+"val ue'

# The forms in which a secret may be seen.
forms() {
	printf '%s\n' "$1"
	jq -rn --arg text "$1" '$text | @uri, (@json | .[1:-1] | ., (@json | .[1:-1])), @base64, ("user:" + . | @base64), ("\u00e4" + . + "x" | @base64[4:-4])'
	/usr/bin/python3 -c 'import sys, json, urllib.parse; t = sys.argv[1]
print(json.dumps(t)[1:-1]); print(urllib.parse.quote_plus(t)); print(urllib.parse.quote(t).lower())' "$1"
}

# assert_nowhere <secret>: in no form, in no file that a run writes, and not in what was printed.
assert_nowhere() {
	local form

	while read -r form; do
		! grep -rFl -- "$form" state/requests state/queue executor_logs || fail "there is: $form" || return
		[[ $stderr != *"$form"* && $output != *"$form"* ]] || fail "printed: $form" || return
	done < <(forms "$1")
}

# The same where a requester has typed it, which the first events keep.
assert_nowhere_but_in_form() {
	local form

	while read -r form; do
		! grep -rFl --exclude=00000[1-3].json -- "$form" state/requests executor_logs || fail "there is: $form" || return
		[[ $stderr != *"$form"* && $output != *"$form"* ]] || fail "printed: $form" || return
	done < <(forms "$1")
}

# sent_length <variables>: how long the secret was that was sent; the log says no more of it.
sent_length() {
	local id

	id=$(env "$@" svcreq create p --run)
	sed -n 's/.*X-Body-Length: //p' "executor_logs/$id/Call.log"
}

@test "the credentials folder comes before state/secrets, and that before the environment" {
	mkdir credentials
	echo four >credentials/TOKEN
	make_secret TOKEN sixsix
	export SVCREQ_SECRET_TOKEN=eighteen
	call p POST "$BAD/echo" 'data: "${secret:TOKEN}"'
	[[ $(sent_length CREDENTIALS_DIRECTORY="$PWD/credentials") -eq 6 ]]
	[[ $(sent_length) -eq 8 ]]
	[[ $(sent_length CREDENTIALS_DIRECTORY=credentials) -eq 8 ]]
	[[ $(sent_length CREDENTIALS_DIRECTORY=/nowhere) -eq 8 ]]
	rm state/secrets/TOKEN
	[[ $(sent_length) -eq 10 ]]
	output='' stderr='' assert_nowhere eighteen
}

@test "a secret that others may read is refused, and nothing is sent" {
	local mode

	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	make_secret TOKEN "$SECRET"
	for mode in 0640 0604 0620 0602 0666 0611; do
		chmod $mode state/secrets/TOKEN
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "'state/secrets/TOKEN' can be read by others: chmod 600 $PWD/state/secrets/TOKEN"
		[[ $(last_event "$output" .reason) == placeholder ]]
	done
	assert_received GET /ok 0
	for mode in 0600 0400; do
		chmod $mode state/secrets/TOKEN
		svcreq create p --run
	done
	assert_nowhere "$SECRET"
}

@test "what is no secret is refused, and nothing is sent" {
	local value

	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "there is no secret 'TOKEN' (state/secrets/TOKEN or \$SVCREQ_SECRET_TOKEN)"
	CREDENTIALS_DIRECTORY=$PWD try svcreq create p --run
	assert_status 4
	assert_stderr_has "there is no secret 'TOKEN' (in \$CREDENTIALS_DIRECTORY, state/secrets/TOKEN or \$SVCREQ_SECRET_TOKEN)"
	mkdir -m 700 state/secrets state/secrets/TOKEN
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "'state/secrets/TOKEN' is a directory, not a regular file: mv "
	rmdir state/secrets/TOKEN
	mkfifo -m 600 state/secrets/TOKEN
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "'state/secrets/TOKEN' is a FIFO, not a regular file: mv "
	rm state/secrets/TOKEN
	make_secret TOKEN $'\xff\xfe'
	try svcreq create p --run
	assert_stderr_has "the secret 'TOKEN' is not text"
	make_secret TOKEN $'two\nlines'
	try svcreq create p --run
	assert_status 4
	refute_stderr_has lines
	head -c 70000 /dev/zero | tr '\0' x >state/secrets/TOKEN
	try svcreq create p --run
	assert_status 4
	for value in "" $'\n'; do
		make_secret TOKEN "$value"
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "the secret 'TOKEN' is empty"
	done
	rm state/secrets/TOKEN
	SVCREQ_SECRET_TOKEN='' try svcreq create p --run
	assert_stderr_has "the secret 'TOKEN' is empty"
	assert_received GET /ok 0
	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:../config.yaml}"}'
	try svcreq create p --run
	[[ $status -ne 0 ]] || unexpected "a path is no name"
}

@test "a secret's file may end like any text, and begin with a byte order mark" {
	local file

	for file in 'tok-12345' 'tok-12345\n' 'tok-12345\r\n' 'tok-12345\r' '\xef\xbb\xbftok-12345\n'; do
		make_secret TOKEN "$(printf '%bx' "$file")"
		truncate -s -1 state/secrets/TOKEN
		call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
		svcreq create p --run || fail "$file"
		call p POST "$BAD/echo" 'data: "${secret:TOKEN}"'
		[[ $(sent_length) -eq 11 ]] || fail "$file: not its 9 bytes in quotes"
	done
}

@test "a secret with a line break is refused where it would be in a header, by name" {
	local file

	for file in 'tok\n12345' 'tok-12345\n\n' 'tok-12345\r\r' 'tok-12345\r\n\r\n'; do
		make_secret TOKEN "$(printf '%bx' "$file")"
		truncate -s -1 state/secrets/TOKEN
		call p GET "$BAD/ok" 'headers: {X-Auth: "Bearer ${secret:TOKEN}"}'
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "the secret 'TOKEN' has a line break (0x0"
		assert_stderr_has "), and the header 'X-Auth' cannot have one"
		refute_stderr_has tok
		[[ $(last_event "$output" .reason) == placeholder ]]
	done
	rm state/secrets/TOKEN
	SVCREQ_SECRET_TOKEN=$'tok-12345\n' try svcreq create p --run
	assert_stderr_has "the secret 'TOKEN' has a line break (0x0a), and the header 'X-Auth' cannot have one"
	SVCREQ_SECRET_TOKEN=$'tok\x1b12345' try svcreq create p --run
	assert_stderr_has "the secret 'TOKEN' has a control byte (0x1b), and the header 'X-Auth' cannot have one"
	assert_received GET /ok 0
}

@test "a secret that is too short to be masked is refused, and nothing is sent" {
	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	make_secret TOKEN 'x7z'
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "the secret 'TOKEN' is too short to be masked: it needs 4 bytes"
	refute_stderr_has x7z
	assert_received GET /ok 0
	make_secret TOKEN 'x7zq'
	svcreq create p --run
	assert_received GET /ok 1
}

# two_steps <what the second step does>
two_steps() {
	pipeline two <<-YAML
		steps:
		  - step_name: First
		    step_type: API
		    parameters: {url: "$BAD/ok", headers: {X-Auth: "\${secret:TOKEN}"}}
		  - step_name: Second
		    step_type: API
		    parameters: {$1}
	YAML
}

@test "a secret is masked in the logs of steps that do not name it" {
	make_secret TOKEN "$SECRET"
	two_steps "method: POST, url: \"$BAD/echo\", data: {t: \"\${text}\"}"
	svcreq create two -f "text=$SECRET"
	try svcreq run 1
	assert_status 0
	grep -qF '{"t":"***"}' executor_logs/1/Second.log
	two_steps "url: \"$BAD/redirect302\", query: {to: \"/\${text}\"}"
	try svcreq create two -f "text=$SECRET" --run
	assert_status 4
	[[ $(last_event 2 .message) == "the server answered 302, expected 200, and points to $BAD/***" ]] || fail "$(last_event 2 .)"
	assert_nowhere_but_in_form "$SECRET"
}

@test "a dry run does not tell whether what a requester typed is a secret" {
	make_secret TOKEN "$SECRET"
	two_steps "method: POST, url: \"$BAD/echo\", data: {t: \"\${text}\"}"
	svcreq create two -f "text=$SECRET"
	try svcreq run 1 --dry-run
	assert_status 0
	cp <(echo "$output") ../with
	make_secret TOKEN another-secret
	try svcreq run 1 --dry-run
	[[ $output == "$(<../with)" ]] || unexpected "it tells"
}

@test "a secret that another step needs and that cannot be read is no fault of this one" {
	two_steps "url: \"$BAD/ok\""
	sed -i '/First/,/X-Auth/s/secret:TOKEN/text/; s|ok"}$|ok", headers: {X-Auth: "${secret:TOKEN}"}}|' pipelines/two.yaml
	try svcreq create two -f text=1 --run
	assert_status 4
	[[ $(events 1 | tail -n 1) == "Failed Second placeholder" ]] || fail "$(events 1)"
	events 1 | grep -qx "Completed First"
	assert_received GET /ok 1
}

@test "what the server says of a secret is masked, in headers and in the body" {
	make_secret TOKEN "$SECRET"
	call p POST "$HTTPBIN/anything/x" \
	    'headers: {X-Auth: "${secret:TOKEN}"}, query: {t: "${secret:TOKEN}"}, data: {t: "<${secret:TOKEN}>"}'
	try svcreq create p --run
	assert_status 0
	assert_nowhere "$SECRET"
	call p GET "$HTTPBIN/response-headers" 'query: {X-Echo: "${secret:TOKEN}"}'
	try svcreq create p --run
	assert_status 0
	step_log 2 | grep -qx '< X-Echo: \*\*\*'
	assert_nowhere "$SECRET"
	try svcreq status 1 2
	assert_nowhere "$SECRET"
	try svcreq log 1 --events --json
	assert_nowhere "$SECRET"
}

@test "an output that is a secret, or has one in it, is not kept: text, number, key" {
	local output_name

	make_secret PIN 44871209
	for output_name in text number key all; do
		pipeline p <<-YAML
			steps:
			  - step_name: Call
			    step_type: API
			    parameters:
			      {method: POST, url: "$HTTPBIN/anything", outputs: {fine: /method, $output_name: /json/$output_name},
			      data: {text: "x\${secret:PIN}y", number: 44871209, key: {"k\${secret:PIN}": 1}, all: [{a: ["\${secret:PIN}"]}]},
			      retry: {max_attempts: 3, backoff: 1ms}}
			  - {step_name: Next, step_type: API, parameters: {method: POST, url: "$BAD/echo", data: "\${$output_name}"}}
		YAML
		try svcreq create p --run
		assert_status 4
		[[ $(last_event "$output" '[.event_type, .step_name, .reason, .http_status, .attempt, .outputs]') == '["Failed","Call","executor",200,1,null]' ]]
		assert_stderr_has "the call succeeded (200), but output '$output_name' holds a secret: it cannot be kept"
		refute_stderr_has 44871209
	done
	! grep -rF 44871209 executor_logs || fail "it is in a log"
	assert_received POST /echo 0
}

@test "an error in an answer quotes no part of a secret" {
	local path secret

	secret=$(printf 'Ab1%.0s' {1..20})
	make_secret TOKEN "$secret"
	for path in /part/1/61 /unended/1/30; do
		call p POST "$BAD$path" 'data: "${secret:TOKEN}", outputs: {a: /a}'
		try svcreq create p --run
		assert_status 4
		[[ $(last_event "$output" .reason) == executor ]]
		refute_stderr_has Ab1Ab1 || return
		! grep -r Ab1Ab1 state/requests || fail "it is in an event"
	done
}

@test "a secret of which an answer without an end shows only the beginning is masked" {
	local to

	make_secret TOKEN boundary-secret-0123456789
	for to in 6 10 20 25; do
		call p POST "$BAD/unended/0/$to" 'data: "${secret:TOKEN}"'
		svcreq create p --run
	done
	! grep -rE '(boun|ndar|secre|12345)' executor_logs || fail "a part of it is there"
	# where the end is known, nothing is left out
	call p POST "$BAD/part/0/4" 'data: "tomb${secret:TOKEN}"'
	svcreq create p --run
	step_log 5 | grep -qx '< "tom'
	call p POST "$BAD/part/1/5" 'data: "tomb${secret:TOKEN}"'
	svcreq create p --run
	step_log 6 | grep -qx '< tomb'
}

@test "a header that is folded is one line, and a secret in it is masked" {
	make_secret TOKEN 'fold me here'
	call p POST "$BAD/folded/1/13" 'data: "${secret:TOKEN}"'
	svcreq create p --run
	step_log 1 | grep -qx '< X-Folded: \*\*\*' || fail "$(step_log 1)"
}

@test "a secret is masked wherever the pieces in which an answer comes are cut" {
	local before

	make_secret TOKEN boundary-secret-0123456789
	call p POST "$BAD/echo" 'data: "${text}${secret:TOKEN}${text}"'
	for before in 16100 16374 32700 65400 65520 65530; do
		head -c $before /dev/zero | tr '\0' . | jq -R '{text: .}' >form
		svcreq create p --form-data form --run 2>/dev/null
	done
	[[ $(cat executor_logs/*/Call.log | grep -c '\*\*\*') -gt 0 ]]
	! grep -rl 'bound\|ary-\|secret-0\|3456789' executor_logs || fail "a part of it is there"
}

@test "a secret of which max_response or the server cuts off the end is masked" {
	local size

	make_secret TOKEN boundary-secret-0123456789
	call all POST "$BAD/echo" 'data: "${secret:TOKEN}"'
	svcreq create all --run
	for size in 150 200 210 220 225 230 235 240 245 250 255 260 265 270 275 280 285 290; do
		call p POST "$BAD/echo" "data: \"\${secret:TOKEN}\", max_response: $size"
		svcreq create p --run 2>/dev/null
	done
	! grep -rE '(boun|ndar|secre|12345)' executor_logs || fail "a part of it is there"
}

@test "a redirect that carries a secret is told without it" {
	make_secret TOKEN "$SECRET"
	call p GET "$BAD/redirect302?to=/x" 'query: {to: "/login?token=${secret:TOKEN}"}'
	sed -i 's|?to=/x||' pipelines/p.yaml
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "the server answered 302, expected 200, and points to $BAD/login?token=***"
	assert_nowhere "$SECRET"
}

@test "a secret that is refused where it stands is not quoted" {
	local parameters

	make_secret TOKEN top-s3cret-value
	for parameters in 'method: "${secret:TOKEN}"' 'success_status: ["${secret:TOKEN}"]' 'timeout: "${secret:TOKEN}"' \
	    'headers: {"X ${secret:TOKEN}": a}' 'max_response: "${secret:TOKEN}"' 'data: "${secret:TOKEN}", method: HEAD' \
	    'proxy: "ftp://${secret:TOKEN}"' 'follow_redirects: "${secret:TOKEN}"' 'proxy: "http://${secret:TOKEN}.invalid"'; do
		pipeline p <<-YAML
			steps: [{step_name: Call, step_type: API, parameters: {url: "$BAD/ok", $parameters}}]
		YAML
		try svcreq create p --run
		[[ $status -ne 0 ]] || unexpected "$parameters"
		assert_nowhere top-s3cret-value
	done
	assert_only_received "{}"
}

@test "a form field that says secret: true is masked in logs, events of steps and status" {
	pipeline p <<-YAML
		form:
		  fields: [{name: password, secret: true}, {name: pin, secret: true}]
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      method: POST
		      url: $HTTPBIN/anything
		      query: {p: "\${password}", n: "\${pin}"}
		      data: {p: "\${password}", n: "\${pin}"}
	YAML
	svcreq create p --form-data - --run <<<'{password: "hunter2/+ä", pin: 90817263}'
	! grep -rF -e hunter2 -e 90817263 executor_logs/1 || fail "it is in the log"
	! grep -lF -e hunter2 -e 90817263 state/requests/1/00000[2-9].json || fail "it is in an event of the step"
	for command in "status 1" "status 1 --json" "log 1" "log 1 --events" "log 1 --events --json" "run 1 --dry-run"; do
		# shellcheck disable=SC2086 # words
		try svcreq $command
		refute_stdout_has hunter2
		refute_stdout_has 90817263
	done
}

@test "what a requester types is never looked up as a secret" {
	make_secret TOKEN top-s3cret-value
	call p POST "$BAD/echo" 'data: {t: "${text}"}'
	svcreq create p -f 'text=${secret:TOKEN}' --run
	[[ $(answer 1 | jq -r .body) == '{"t":"${secret:TOKEN}"}' ]]
	call q GET "$BAD/echo" 'outputs: {path: /path}, query: {x: "${text}"}'
	svcreq create q -f 'text=${secret:TOKEN}' --run
	assert_nowhere top-s3cret-value
}

@test "no secret is in the arguments of a process, and no core file can have one" {
	make_secret TOKEN top-s3cret-value
	call p GET "$BAD/stall" 'headers: {X-Auth: "${secret:TOKEN}"}'
	svcreq create p
	svcreq run 1 2>run.log &
	runner=$!
	eventually was_received GET /stall
	grep -aq svcreq-run "/proc/$runner/cmdline" || fail "this is not the process that makes the call"
	! grep -aq top-s3cret-value "/proc/$runner/cmdline" || fail "it is in the arguments"
	! grep -aq top-s3cret-value "/proc/$runner/environ" || fail "it is in the environment"
	grep -qE '^Max core file size +0 +0' "/proc/$runner/limits"
	kill -KILL "$runner"
	wait "$runner" || true
}

@test "a secret that has changed is not sent under the key of an attempt that had another" {
	make_secret TOKEN first-s3cret
	call p POST "$BAD/flaky/2/k?retry_after=4" \
	    'data: {t: "${secret:TOKEN}"}, idempotency: honoured, retry: {max_attempts: 3, backoff: 1ms}'
	svcreq create p
	svcreq run 1 2>run.log &
	eventually grep -qs not_before state/requests/1/000004.json
	make_secret TOKEN other-s3cret
	wait $! && fail "it was sent"
	[[ $(last_event 1 '[.event_type, .reason]') == '["Failed","outcome_unknown"]' ]]
	grep -q "the body would be another" run.log
	assert_received POST /flaky/2/k 1
	# who retries it by hand has decided; no key ever goes with two bodies
	try svcreq retry 1
	assert_status 1
	svcreq retry 1 --again
	request_is 1 Completed
	[[ $(event 1 3 .idempotency_key) != "$(event 1 7 .idempotency_key)" ]] || fail "$(event 1 7 .)"
	step_log 1 | grep -qx "the body is not the one that was sent before: it goes under a key of its own"
	assert_nowhere first-s3cret
	assert_nowhere other-s3cret
}

@test "a retry by hand with the same body goes under the same key, another body has another" {
	local keys

	make_secret TOKEN first-s3cret
	call p POST "$BAD/status/404" 'data: {t: "${secret:TOKEN}"}, idempotency: honoured'
	try svcreq create p --run
	try svcreq retry 1
	make_secret TOKEN other-s3cret
	try svcreq retry 1
	try svcreq retry 1
	make_secret TOKEN first-s3cret
	try svcreq retry 1
	assert_received POST /status/404 5
	mapfile -t keys < <(event_files 1 | xargs jq -r 'select(.event_type == "Running") | .idempotency_key')
	[[ ${#keys[@]} -eq 5 && ${keys[0]} == "${keys[1]}" && ${keys[1]} != "${keys[2]}" ]] || fail "${keys[@]}"
	[[ ${keys[2]} == "${keys[3]}" && ${keys[4]} == "${keys[0]}" ]] || fail "${keys[@]}"
}

@test "what may have been carried out under a key is not sent with another body by a plain retry" {
	make_secret TOKEN first-s3cret
	for path in close-after-read status/500 status/201; do
		forget_calls
		call p POST "$BAD/$path" 'data: {t: "${secret:TOKEN}"}, idempotency: honoured'
		try svcreq create p --run
		assert_status 4
		id=$output
		try svcreq retry "$id" # the same key
		make_secret TOKEN other-s3cret
		try svcreq retry "$id"
		assert_status 7
		[[ $(last_event "$id" '[.reason, .effect]') == '["outcome_unknown","possible"]' ]]
		[[ $(last_event "$id" .message) == *"it could be done twice" ]]
		assert_received POST "/$path" 2
		try svcreq retry "$id"
		assert_status 1
		assert_received POST "/$path" 2
		try svcreq retry "$id" --again
		assert_received POST "/$path" 3
		make_secret TOKEN first-s3cret
	done
	# what an admin says was not done is sent
	try svcreq create p --run
	id=$output
	make_secret TOKEN other-s3cret
	try svcreq retry "$id"
	svcreq resolve "$id" --failed -m "there is none" || true
	try svcreq retry "$id"
	assert_received POST /status/201 5
}

@test "a credential that stands in the pipeline is masked where the answer tells it" {
	local value

	call p POST "$BAD/echo" 'headers: {X-Api-Key: abcd-1234-wxyz, Authorization: "Bearer tok-en-98765", Cookie: "a=1; sid=c00kie-v4lue"}, data: [tok-en-98765, c00kie-v4lue]'
	try svcreq create p --run
	assert_status 0
	for value in abcd-1234-wxyz tok-en-98765 c00kie-v4lue; do
		! grep -F -- "$value" executor_logs/1/Call.log || fail "it is in the log"
	done
	step_log 1 | grep -qx '> X-Api-Key: \*\*\*'
	svcreq create p
	for command in "status 2" "run 2 --dry-run"; do
		# shellcheck disable=SC2086 # words
		try svcreq $command
		assert_status 0
		assert_stdout_has "X-Api-Key: ***"
		refute_stdout_has abcd-1234-wxyz
	done
}
