#!/usr/bin/env bats
# Who a call is from: basic and bearer.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup_file() {
	start_bad_server
	start_raw_server
}

teardown_file() {
	stop_server raw
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
	rm -f "$CALLS"/*
}

# authorization: that of the latest call.
authorization() {
	find "$CALLS" -name '[0-9]*' | sort -V | tail -n 1 | xargs sed -n 's/\r$//; s/^Authorization: //p'
}

@test "a server that asks for it gets in, and nothing of it is shown, encoded or not" {
	make_secret PASSWORD 'pa:55 wörd!'
	start_httpbin
	call p GET "$HTTPBIN/basic-auth/svcreq/pa:55%20w%C3%B6rd!" 'auth: {basic: {user: svcreq, password: "${secret:PASSWORD}"}}'
	id=$(svcreq create p)
	svcreq run "$id" --dry-run >shown
	svcreq status "$id" >>shown
	svcreq run "$id"
	call p GET "$HTTPBIN/bearer" 'auth: {bearer: "${secret:PASSWORD}"}'
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "the token of 'auth' has a space, a line break or a control byte"
	stop_httpbin
	[[ $(grep -c '^ *Authorization: \*\*\*$' shown) -eq 2 ]]
	for text in 'pa:55' 'wörd' "$(printf 'svcreq:pa:55 wörd!' | base64)"; do
		! grep -rqF "$text" shown state/requests/"$id" executor_logs/"$id" || [[ $text == pa:55 ]] || fail "$text is there"
	done
}

@test "a password that the pipeline has is masked where the server tells it" {
	call p POST "$BAD/echo" 'auth: {basic: {user: me, password: open-sesame}}, data: {said: "open-sesame, bWU6b3Blbi1zZXNhbWU="}'
	svcreq create p --run
	! grep -rqE 'open-sesame|bWU6b3Blbi1zZXNhbWU' executor_logs || fail "it is in the log"
}

@test "auth is one way, and no header says it too" {
	while IFS='|' read -r text wanted; do
		call p GET "$RAW/x" "auth: $text"
		try svcreq validate pipelines/p.yaml
		assert_status 3
		assert_stderr_has "$wanted"
	done <<-'END'
		{}|'auth' is one of basic and bearer
		{bearer: null}|'auth' is one of basic and bearer
		{bearer: a, basic: {user: a, password: b}}|'auth' is one of basic and bearer, not two
		{basic: {user: a}}|basic has no 'password'
		{basic: {user: "a:b", password: c}}|the user of 'auth' has a ':'
		{basic: {user: a, password: "b\nc"}}|the user or the password of 'auth' has a line break or control byte
		{bearer: "a b"}|the token of 'auth' has a space
		{bearer: ""}|the token of 'auth' is empty
		{baerer: a}|unknown parameter 'baerer' of auth, did you mean 'bearer'?
		{bearer: a}, headers: {authorization: b}|'auth' sends the header Authorization: leave it out of 'headers'
	END
}

@test "what is filled in is judged before anything is sent, and not quoted" {
	call p GET "$RAW/x" 'auth: {basic: {user: "${who}", password: x}}'
	try svcreq create p -f who=a:b --run
	assert_status 3
	assert_stderr_has "the user of 'auth' has a ':'"
	[[ -z $(authorization) ]]
}

@test "a secret in auth goes to the origins that it is bound to, and to no other" {
	make_secret TOKEN s3cr3t-token
	call p GET "$RAW/x" 'auth: {bearer: "${secret:TOKEN}"}'
	echo "secrets: {TOKEN: {origins: [\"$RAW\"]}}" >state/config.yaml
	svcreq create p --run
	[[ $(authorization) == "Bearer s3cr3t-token" ]]
	echo "secrets: {TOKEN: {origins: [\"$BAD\"]}}" >state/config.yaml
	try svcreq create p --run
	[[ $status -ne 0 ]]
	assert_stderr_has "the secret 'TOKEN' is bound to $BAD: it must not be sent to $RAW"
}
