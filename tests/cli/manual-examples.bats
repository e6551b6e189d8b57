#!/usr/bin/env bats
# Every example of svcreq-pipeline(5) is run, and does what the text above it says.
#
# The page's https://api.example.com, proxy.example.com:3128, alice and @purchasing are replaced by
# what is here: a server that keeps what it is sent, a proxy with a password, a user that every
# system has, the group of who tests.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

PAGE=$ROOT/man/svcreq-pipeline.5

setup_file() {
	start_bad_server
	start_nginx
	start_raw_server
	start_server silent bad-server.py --silent
	start_server auth proxy.py "$BATS_FILE_TMPDIR/auth.heads" --auth svcreq:pa55word
	SILENT=https://127.0.0.1:$(server_port silent)
	AUTH=127.0.0.1:$(server_port auth)
	export SILENT AUTH
}

teardown_file() {
	stop_server auth
	stop_server silent
	stop_server raw
	stop_nginx
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
	rm -f "$CALLS"/*
	: >"$TLS/access.log"
	: >"$BATS_FILE_TMPDIR/auth.heads"
	FORM='{}'
}

# The parameters of the page, in its order.
parameters() {
	sed -n '/^\.Ss API$/,/^\.Ss How/p; /^\.Ss WAIT_FOR_APPROVAL$/,/^\.Ss What/p' "$PAGE" |
		sed -n 's/^\.It Cm \([a-z_]*\) Pq .*/\1/p'
}

# example <parameter>: what stands below it, up to the next one.
example() {
	sed -n '/^\.Ss API$/,$p' "$PAGE" | awk -v wanted="$1" '
	/^\.It / { inside = $2 == "Cm" && $3 == wanted && $4 == "Pq" }
	/^\.Ed/ { block = 0 }
	inside && block
	inside && /^\.Bd -literal/ { block = 1 }' | localize
}

localize() {
	sed "s|https://[a-z]*\.example\.com|$RAW|; s|proxy\.example\.com:3128|$AUTH|
	    s|alice|daemon|; s|@purchasing|@$(id -gn)|; s/\\\\e/\\\\/g"
}

# step_of <step name> <type> <line>...: a step with these parameters.
step_of() {
	printf '  - step_name: %s\n    step_type: %s\n    parameters:\n' "$1" "$2"
	printf '%s\n' "${@:3}" | sed 's/^/      /'
}

# make_example <parameter> <type> [<line>...]: pipelines/p.yaml with the example and these lines, too.
make_example() {
	local text

	text=$(example "$1")
	[[ $text == *"$1: "* || $text == *"$1:"$'\n'* ]] || fail "the example of $1 does not show it: $text" || return
	{
		echo steps:
		step_of Call "$2" "$text" "${@:3}"
	} | pipeline p
}

# start: a request of p with the form data $FORM, which is $id.
start() {
	try svcreq create p --form-data - --run <<<"$FORM"
	id=$output
}

# run_example <exit code> <parameter> <line>...
run_example() {
	make_example "$2" API "${@:3}" || return
	start
	assert_status "$1"
}

# wait_example <parameter> [<line>...]: one that waits.
wait_example() {
	make_example "$1" WAIT_FOR_APPROVAL "${@:2}" || return
	start
	assert_status 0 || return
	request_is "$id" Pending
}

# The files of the calls that were kept, in order.
calls() {
	find "$CALLS" -name '[0-9]*' | sort -V
}

# The latest of them, without the CR at the ends of lines.
sent() {
	calls | tail -n 1 | xargs cat | tr -d '\r'
}

attempts() {
	event_files "$id" | xargs jq -s 'map(select(.event_type == "Running")) | length'
}

# waits_within <ms>...: how long the pauses between the attempts were, at most.
waits_within() {
	local got

	got=$(event_files "$id" | xargs jq -sc '
	    def ms: (.[0:19] + "Z" | fromdate) * 1000 + (.[20:23] | tonumber);
	    map(select(.not_before) | (.not_before | ms) - (.created_at | ms))')
	jq -e --argjson most "[$(tr ' ' , <<<"$*")]" '
	    length == ($most | length) and ([., $most] | transpose | all(.[0] <= .[1] + 5))' <<<"$got" ||
	    fail "the waits were $got, not within $*"
}

@test "each parameter has an example, and each example is run below" {
	[[ $(parameters | wc -l) -gt 20 ]]
	for parameter in $(parameters); do
		[[ -n $(example "$parameter") ]] || fail "$parameter has no example"
	done
	diff <(parameters) <(sed -n 's/^@test "the example of \([a-z_]*\): .*/\1/p' "$BATS_TEST_FILENAME")
}

@test "the example of method: that is what is asked" {
	run_example 0 method "url: $RAW/x"
	[[ $(sent | head -n 1) == "POST /x HTTP/1.1" ]]
}

@test "the example of url: that is called, with what was filled in" {
	FORM='{"hostname": "web 1/?"}'
	run_example 0 url
	[[ $(sent | head -n 1) == "GET /servers/web%201%2F%3F HTTP/1.1" ]]
}

@test "the example of the form: one field is a line, and the other has lines" {
	{
		sed -n '/^\.Ss The form$/,/^\.Ss Steps$/p' "$PAGE" | sed -n '/^form:$/,/^\.Ed$/p' | sed '$d'
		echo steps:
		step_of Wait WAIT_FOR_APPROVAL "instructions: \${why}"
	} | pipeline p
	FORM='{"host": "web1", "why": "a\nb"}'
	start
	assert_status 0
	FORM='{"host": "web1\nweb2", "why": "a"}'
	start
	assert_status 3
}

@test "the example of the filter path: it calls what the text below it says" {
	{
		echo steps:
		step_of Call API "$(sed -n '/^\.Ss Filters$/,/^\.Ss Kinds/ { /^url: /p }' "$PAGE" | localize)"
	} | pipeline p
	FORM='{"file": "docs/a b.txt", "version": "docs/a b.txt"}'
	start
	assert_status 0
	[[ $(sent | head -n 1) == "GET $(sed -n 's|^\.Ql \(/files/.*\) \.$|\1|p' "$PAGE") HTTP/1.1" ]]
}

@test "the example of headers: they are sent, and the credentials are masked" {
	make_secret API_TOKEN s3cr3t-token
	run_example 0 headers "url: $RAW/x"
	sent | grep -qx 'Authorization: Bearer s3cr3t-token'
	sent | grep -qx 'Accept-Language: en'
	step_log "$id" | grep -qx '> Accept-Language: en'
	step_log "$id" | grep -qx '> Authorization: \*\*\*'
	! grep -rq s3cr3t state/requests executor_logs || fail "the secret is there"
}

@test "the example of data: it is the body, as JSON" {
	FORM='{"hostname": "web1", "cpus": 4, "requester": "Ada"}'
	run_example 0 data "url: $RAW/x" "method: POST"
	sent | grep -qx 'Content-Type: application/json'
	[[ $(sent | sed '1,/^$/d') == '{"name":"web1","cpus":4,"owner":{"comment":"Ordered by Ada"}}' ]]
}

@test "the example of query: it is added, percent-encoded" {
	FORM='{"owner": "Ada & Co"}'
	run_example 0 query "url: $RAW/x?a=1"
	[[ $(sent | head -n 1) == "GET /x?a=1&owner=Ada%20%26%20Co&tag=blue&tag=new HTTP/1.1" ]]
}

@test "the example of success_status: these complete the step, and no others" {
	run_example 0 success_status "url: $BAD/status/201"
	run_example 0 success_status "url: $BAD/status/404"
	run_example 4 success_status "url: $BAD/status/403"
}

@test "the example of timeout: the call is given up" {
	run_example 4 timeout "url: $BAD/stall"
	[[ $(last_event "$id" .reason) == timeout ]]
	[[ $(last_event "$id" '.duration_ms >= 1990 and .duration_ms < 30000') == true ]] || fail "$(last_event "$id" .)"
}

@test "the example of connect_timeout: the call is given up before it is sent" {
	run_example 4 connect_timeout "url: $SILENT/" "method: POST"
	[[ $(last_event "$id" .reason) == timeout ]]
	[[ $(last_event "$id" '.duration_ms >= 490 and .duration_ms < 9000') == true ]] || fail "$(last_event "$id" .)"
}

@test "the example of retry: a failed call is tried again" {
	run_example 4 retry "url: $BAD/status/503"
	assert_received GET /status/503 4
	waits_within 200 400 800
}

@test "the example of max_attempts: the first attempt counts, and after a retry it counts anew" {
	run_example 4 max_attempts "url: $BAD/status/503"
	assert_received GET /status/503 2
	[[ $(attempts) -eq 2 ]]
	try svcreq retry "$id"
	assert_status 4
	assert_received GET /status/503 4
}

@test "the example of backoff: the wait is up to that, then up to twice that" {
	run_example 4 backoff "url: $BAD/status/503"
	waits_within 100 200 400
}

@test "the example of max_backoff: no wait is longer" {
	run_example 4 max_backoff "url: $BAD/status/503"
	waits_within 100 150 150 150 150 150 150
}

@test "the example of on: what it names is tried again, and nothing else" {
	for status in 404 409; do
		run_example 4 on "url: $BAD/status/$status"
		[[ $(attempts) -eq 5 ]]
	done
	run_example 4 on "url: $BAD/status/410"
	[[ $(attempts) -eq 1 ]]
	run_example 4 on "url: $BAD/ok"
	[[ $(attempts) -eq 5 && $(last_event "$id" .reason) == executor ]]
}

@test "the example of follow_redirects: so many are followed, and no more" {
	run_example 0 follow_redirects "url: $BAD/redirect302?to=/redirect302?to=/redirect302?to=/ok"
	assert_only_received '{"GET /ok":1,"GET /redirect302":3}'
	run_example 4 follow_redirects "url: $BAD/redirect302?to=/redirect302?to=/redirect302?to=/redirect302?to=/ok"
	[[ $(last_event "$id" .message) == "the server answered 302, expected 200, and points to $BAD/ok" ]]
	assert_received GET /ok 1
}

@test "the example of ca_file: it is trusted, and found from the workspace" {
	mkdir certificates elsewhere
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Another CA" \
	    -keyout another.key -out certificates/company-ca.pem 2>openssl.log
	run_example 4 ca_file "url: $GOOD/"
	[[ $(last_event "$id" .reason) == transport ]]
	cp "$TLS/ca.pem" certificates/company-ca.pem
	run_example 0 ca_file "url: $GOOD/"
	cd elsewhere
	start
	assert_status 0
	assert_called "$GOOD" 2
}

@test "the example of client_cert: the server gets it, with the key of the same file" {
	mkdir certificates
	cp "$TLS/both.pem" certificates/svcreq-with-key.pem
	run_example 0 client_cert "url: $CLIENT/" "ca_file: $TLS/ca.pem" "outputs: {client: /client}"
	[[ $(last_event "$id" .outputs.client) == CN=client ]]
}

@test "the example of client_key: the server gets the certificate, with the key of the other file" {
	mkdir certificates
	cp "$TLS/client.pem" certificates/svcreq.pem
	cp "$TLS/client.key" certificates/svcreq.key
	run_example 0 client_key "url: $CLIENT/" "ca_file: $TLS/ca.pem" "outputs: {client: /client}"
	[[ $(last_event "$id" .outputs.client) == CN=client ]]
}

@test "the example of insecure: a certificate that is expired does not count, and the log warns" {
	run_example 0 insecure "url: $EXPIRED/"
	assert_called "$EXPIRED" 1
	grep -q "WARNING the server's certificate is not verified" "executor_logs/$id/Call.log"
}

@test "the example of proxy: it gets the call, and the environment does not count" {
	make_secret PROXY_PASSWORD pa55word
	http_proxy=$DOWN run_example 0 proxy "url: $RAW/x"
	[[ $(sent | head -n 1) == "GET /x HTTP/1.1" ]]
	no_proxy=127.0.0.1 run_example 0 proxy "url: $RAW/x"
	[[ $(grep -ac "^GET $RAW/x HTTP/1.1" "$BATS_FILE_TMPDIR/auth.heads") -eq 2 ]]
	! grep -rq pa55word state/requests executor_logs || fail "the password is there"
}

@test "the example of max_response: a larger body is cut, and gives no output" {
	local letters="outputs: {all: ''}"

	head -c 65534 /dev/zero | tr '\0' x | sed 's/.*/"&"/' >"$CALLS/answer"
	truncate -s 65536 "$CALLS/answer"
	run_example 0 max_response "url: $RAW/x" "$letters"
	[[ $(last_event "$id" '.outputs.all | length') -eq 65534 ]]
	echo >>"$CALLS/answer"
	run_example 4 max_response "url: $RAW/x" "$letters"
	[[ $(last_event "$id" .reason) == executor ]]
	[[ $(last_event "$id" .message) == *"the response body is too large" ]] || fail "$(last_event "$id" .message)"
	run_example 0 max_response "url: $RAW/x"
	step_log "$id" | grep -qx 'the response body is too large'
}

@test "the example of idempotency: the key is sent, and a POST is tried again with the same" {
	touch "$CALLS/fail"
	run_example 4 idempotency "url: $RAW/x"
	[[ $(last_event "$id" .reason) == http_status ]]
	[[ $(attempts) -eq 3 ]]
	[[ $(sent | sed -n 's/^Idempotency-Key: //p') == $(event "$id" 3 .idempotency_key) ]]
	[[ $(calls | xargs sha256sum | cut -c -64 | uniq -c) == *" 3 "* ]]
}

@test "the example of repeatable: a POST is tried again, without a key" {
	touch "$CALLS/fail"
	run_example 4 repeatable "url: $RAW/x"
	[[ $(last_event "$id" '[.reason, .effect]') == '["http_status",null]' ]]
	[[ $(attempts) -eq 3 ]]
	[[ $(sent) == POST* && $(sent) != *[Ii]dempotency* ]]
}

@test "the example of outputs: later steps can use them" {
	echo '{"server": {"id": 17, "addresses": ["192.0.2.7"]}}' >"$CALLS/answer"
	make_example outputs API "url: $RAW/x"
	step_of Later API "url: $RAW/\${server_id}" 'query: {address: "${address}"}' >>pipelines/p.yaml
	start
	assert_status 0
	[[ $(event_files "$id" | xargs jq -sc 'map(.outputs | values)[0]') == '{"server_id":17,"address":"192.0.2.7"}' ]]
	[[ $(sent | head -n 1) == "GET /17?address=192.0.2.7 HTTP/1.1" ]]
}

@test "the example of approvers: they decide, and an admin who is none of them does not" {
	echo "admins: [bin]" >state/config.yaml
	wait_example approvers
	try as bin svcreq approve "$id"
	assert_status 9
	try as daemon svcreq approve "$id"
	assert_status 0
	request_is "$id" Completed
	wait_example approvers
	try svcreq approve "$id"
	assert_status 0
	request_is "$id" Completed
}

@test "the example of approvals_required: so many must approve, each counts once" {
	echo "admins: [daemon, bin]" >state/config.yaml
	wait_example approvals_required
	as daemon svcreq approve "$id"
	as daemon svcreq approve "$id"
	request_is "$id" Pending
	as bin svcreq approve "$id"
	request_is "$id" Completed
	wait_example approvals_required
	as daemon svcreq approve "$id"
	try as bin svcreq reject "$id" -m no
	request_is "$id" Failed
}

@test "the example of prevent_self_approval: the requester can reject, but not approve" {
	echo "admins: [$(id -un), bin]" >state/config.yaml
	wait_example prevent_self_approval
	try svcreq approve "$id"
	assert_status 9
	as bin svcreq approve "$id"
	request_is "$id" Completed
	wait_example prevent_self_approval
	svcreq reject "$id" -m no
	[[ $(last_event "$id" .reason) == rejected ]]
}

@test "the example of override: nobody approves in the place of the approvers" {
	echo "admins: [daemon, bin]" >state/config.yaml
	wait_example override
	try as bin svcreq approve "$id" --override -m "they have left"
	assert_status 1
	sed -i 's/override: false/override: true/' pipelines/p.yaml
	start
	try as bin svcreq approve "$id" --override -m "they have left"
	assert_status 0
}

@test "the example of expires_after: the step fails if nobody approved by then" {
	wait_example expires_after
	[[ $(last_event "$id" '[.expires_at, .created_at] | map(sub("\\..*"; "Z") | fromdate) | (.[0] - .[1]) / 86400') == 14 ]]
	sed -i 's/14d/1s/' pipelines/p.yaml
	start
	sleep 1.1
	try svcreq approve "$id"
	assert_status 6
	[[ $(last_event "$id" .reason) == expired ]]
}

@test "the example of instructions: whoever is to decide reads them" {
	FORM='{"hostname": "web1"}'
	wait_example instructions
	try svcreq status "$id"
	assert_stdout_has "Is there money for web1?"
}

# The whole pipeline under EXAMPLES.
order() {
	awk '/runs this block/ { block = 1 } block && /^\.Ed/ { exit }
	    inside; block && /^\.Bd/ { inside = 1 }' "$PAGE" | localize | pipeline order
}

@test "the pipeline of the EXAMPLES makes its calls and takes its approvals" {
	order
	make_secret STOCK_TOKEN s3cr3t-token
	echo '{"id": "r-1"}' >"$CALLS/answer"
	try as nobody svcreq create order -f hostname=web1 -f extras=backup
	assert_status 3
	assert_stderr_has "cost_centre"
	as nobody svcreq create order -f hostname=web1 -f extras=backup -f cost_centre=42 --run
	[[ $(sent | head -n 1) == "GET /reservation?size=S HTTP/1.1" ]]
	try svcreq status 1
	assert_stdout_has "Is there money for web1 (size S)?"
	as daemon svcreq approve 1
	request_is 1 Pending
	try svcreq approve 1
	assert_status 0
	request_is 1 Completed
	[[ $(sent | head -n 1) == "POST /order/r-1 HTTP/1.1" ]]
	sent | grep -qx 'Authorization: Bearer s3cr3t-token'
	sent | grep -q '^Idempotency-Key: .'
	[[ $(sent | sed '1,/^$/d') == '{"hostname":"web1","extras":["backup"],"comment":"Ordered for 42"}' ]]
}
