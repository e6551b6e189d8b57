#!/usr/bin/env bats
# TLS against a real nginx with a private authority.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup_file() { start_nginx; }
teardown_file() { stop_nginx; }

setup() {
	set_up_workspace
	: >"$TLS/access.log"
}

# tls <exit code> <method> <url> [<parameters>]: the request is $id, and what its step says $message.
tls() {
	call p "$2" "$3" "${4-}"
	try svcreq create p --run
	id=$output
	message=$(last_event "$id" '.message // ""')
	assert_status "$1"
}

# refused <method> <url> <parameters> <words>: for good, at the first attempt, and nothing is sent.
refused() {
	tls 4 "$1" "$2" "retry: {max_attempts: 3, backoff: 1ms}, ${3:+$3, }data: ~" || return
	[[ $(last_event "$id" '[.event_type, .reason, .attempt, .not_before]') == '["Failed","transport",1,null]' ]] ||
	    fail "$(last_event "$id" .)" || return
	[[ $message == *"$4"* ]] || fail "$message"
	[[ $stderr == *"step 'Call' Failed: $message"* ]] || fail "$stderr"
	step_log "$id" | grep -qF "$message" || fail "$(step_log "$id")"
}

@test "the private authority is trusted where ca_file says so, and nowhere else" {
	tls 0 GET "$GOOD/" "ca_file: \"$TLS/ca.pem\""
	refused GET "$GOOD/" "" "unable to get local issuer certificate"
	refused POST "$GOOD/" "" "unable to get local issuer certificate"
	assert_called "$GOOD" 1
}

@test "the files of a pipeline are found from the workspace, wherever svcreq is started" {
	cp "$TLS/ca.pem" .
	mkdir elsewhere
	cd elsewhere
	(cd .. && call p GET "$GOOD/" 'ca_file: ca.pem')
	try svcreq create p --run
	assert_status 0
	cd /
	try svcreq -C "$BATS_TEST_TMPDIR/ws" create p --run
	assert_status 0
}

@test "an expired certificate is refused, for good" {
	refused GET "$EXPIRED/" "ca_file: \"$TLS/ca.pem\"" "certificate has expired"
	refused POST "$EXPIRED/" "ca_file: \"$TLS/ca.pem\"" "certificate has expired"
	assert_called "$EXPIRED" 0
}

@test "a certificate for another name is refused, for good" {
	refused GET "$OTHER/" "ca_file: \"$TLS/ca.pem\"" "localhost"
	refused POST "$OTHER/" "ca_file: \"$TLS/ca.pem\"" "localhost"
	assert_called "$OTHER" 0
}

@test "TLS 1.2 is the least" {
	refused GET "$OLD/" "ca_file: \"$TLS/ca.pem\"" "protocol"
	refused GET "$OLD/" "insecure: true" "protocol"
	assert_called "$OLD" 0
	tls 0 GET "$NEW/" "ca_file: \"$TLS/ca.pem\", outputs: {protocol: /protocol}"
	[[ $(last_event "$id" .outputs.protocol) == TLSv1.3 ]]
}

@test "insecure: true is the only way around, and warns in the log each time" {
	local log

	tls 0 GET "$EXPIRED/" "insecure: true"
	tls 0 POST "$OTHER/" "insecure: true"
	tls 4 GET "$GOOD/" "insecure: true, success_status: [503], retry: {max_attempts: 2}"
	for log in executor_logs/{1,2,3}/Call.log; do
		grep -q "WARNING the server's certificate is not verified (insecure: true)" "$log"
	done
	svcreq retry 3 2>/dev/null || true
	[[ $(grep -c "WARNING the server's certificate is not verified" executor_logs/3/Call.log) -eq 2 ]]
	call no GET "$GOOD/" 'insecure: "${yes}"'
	try svcreq validate
	assert_status 3
}

@test "a server that demands a certificate gets the one of the pipeline" {
	tls 4 GET "$CLIENT/" "ca_file: \"$TLS/ca.pem\""
	[[ $(last_event "$id" '[.reason, .http_status]') == '["http_status",400]' ]]
	tls 0 GET "$CLIENT/" "ca_file: \"$TLS/ca.pem\", client_cert: \"$TLS/client.pem\", client_key: \"$TLS/client.key\", outputs: {client: /client}"
	[[ $(last_event "$id" .outputs.client) == CN=client ]]
	tls 0 POST "$CLIENT/" "ca_file: \"$TLS/ca.pem\", client_cert: \"$TLS/both.pem\""
	assert_called "$CLIENT" 3
}

@test "a server that refuses TLS 1.3 for want of a certificate, or for a wrong one, is not called again" {
	local id method own parameters

	cat "$TLS/good.pem" "$TLS/good.key" >"$TLS/server.pem"
	own="ca_file: \"$TLS/ca.pem\""
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=stranger \
	    -keyout "$TLS/stranger.key" -out "$TLS/stranger.pem" 2>"$TLS/log"
	start_server demanding bad-server.py --tls "$TLS/server.pem" --client-ca "$TLS/ca.pem"
	for method in GET POST; do
		for parameters in "$own" "$own, client_cert: \"$TLS/stranger.pem\", client_key: \"$TLS/stranger.key\""; do
			refused "$method" "https://localhost:$(server_port demanding)/ok" "$parameters" "alert"
		done
	done
	tls 0 POST "https://localhost:$(server_port demanding)/ok" "$own, client_cert: \"$TLS/both.pem\""
	stop_server demanding
}

@test "a certificate file that cannot be used is a fault of the pipeline, not of the server" {
	local parameters

	for parameters in "ca_file: \"$TLS/ca.pem\", client_cert: \"$TLS/client.pem\", client_key: \"$TLS/good.key\"" \
	    "ca_file: \"$TLS/ca.pem\", client_cert: \"$TLS/client.pem\", client_key: \"$TLS/locked.key\""; do
		tls 4 POST "$CLIENT/" "$parameters, retry: {max_attempts: 3, backoff: 1ms}"
		[[ $(last_event "$id" '[.reason, .attempt, .not_before]') == '["executor",1,null]' ]] ||
		    fail "$(last_event "$id" .)"
	done
	assert_called "$CLIENT" 0
}

@test "a server that speaks no TLS is tried again: nothing was sent" {
	start_bad_server
	for method in GET POST; do
		tls 4 "$method" "${BAD/http:/https:}/ok" "retry: {max_attempts: 3, backoff: 1ms}, data: ~"
		[[ $(last_event "$id" '[.reason, .attempt, .effect]') == '["transport",3,null]' ]]
	done
	assert_only_received '{"TLS fin":6}' # and no request
	stop_bad_server
}

@test "a redirect from https to http is not followed" {
	tls 4 GET "$GOOD/to-http" "ca_file: \"$TLS/ca.pem\", follow_redirects: 3"
	[[ $message == "the server answered 302, expected 200, and points to http://127.0.0.1:${GOOD##*:}/" ]]
	assert_called "$GOOD" 1
}

@test "a handshake that the server never answers has sent nothing: a POST is tried again" {
	start_server silent bad-server.py --silent
	tls 4 POST "https://127.0.0.1:$(server_port silent)/" 'connect_timeout: 200ms, retry: {max_attempts: 2, backoff: 1ms}'
	[[ $(last_event "$id" '[.reason, .attempt]') == '["timeout",2]' ]]
	stop_server silent
}
