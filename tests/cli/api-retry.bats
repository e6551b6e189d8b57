#!/usr/bin/env bats
# Attempts that are one call to the server: the key, and the body that goes with it.
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

# The files of the calls that were received, in order.
calls() {
	find "$CALLS" -name '[0-9]*' | sort -V
}

@test "each attempt is sent byte for byte as the first, with the key of the intent" {
	local files key

	touch "$CALLS/fail"
	make_secret TOKEN s3cr3t-token
	call p POST "$RAW/x" \
	    'data: {n: 1.50, t: "${text}", s: "${secret:TOKEN}"}, idempotency: honoured, retry: {max_attempts: 4, backoff: 1ms}'
	echo 'form: {fields: [{name: text, type: text}]}' >>pipelines/p.yaml
	try svcreq create p -f text=$'ä\n"' --run
	assert_status 4
	mapfile -t files < <(calls)
	[[ ${#files[@]} -eq 4 ]]
	for file in "${files[@]}"; do
		cmp "$file" "${files[0]}"
	done
	key=$(event 1 3 .idempotency_key)
	grep -q "^Idempotency-Key: $key" "${files[0]}"
	[[ $(event_files 1 | xargs jq -r 'select(.event_type == "Running") | .idempotency_key' | sort -u) == "$key" ]]
	[[ $(event 1 3 .body_sha256) == $(sed '1,/^\r$/d' "${files[0]}" | sha256sum | cut -d ' ' -f 1) ]]
	# what is retried by hand is the same call, too
	rm "$CALLS/fail"
	svcreq retry 1
	request_is 1 Completed
	cmp "$(calls | tail -n 1)" "${files[0]}"
}

@test "the key is that of the step and the request, and no other's" {
	local keys

	pipeline p <<-YAML
		steps:
		  - {step_name: A, step_type: API, parameters: {method: POST, url: "$RAW/", idempotency: sent}}
		  - {step_name: B, step_type: API, parameters: {method: POST, url: "$RAW/", idempotency: honoured}}
		  - {step_name: C, step_type: API, parameters: {method: POST, url: "$RAW/"}}
	YAML
	svcreq create p --run
	svcreq create p --run
	svcreq init ../other
	cp pipelines/p.yaml ../other/pipelines
	svcreq -C ../other create p --run
	keys=$(calls | xargs grep -ah '^Idempotency-Key' | sort | uniq -c)
	[[ $(wc -l <<<"$keys") -eq 6 ]] || fail "$keys"
	! grep -qv '^ *1 ' <<<"$keys" || fail "$keys"
	! grep -aqi idempotency "$(calls | sed -n 3p)" || fail "a key is sent that nobody asked for"
	[[ $(event_files 1 | xargs jq -r 'select(.event_type == "Running" and .step_name == "C") | .idempotency_key') == null ]]
}

@test "a key in which a secret stands by chance is sent and recorded as it is" {
	local files key

	touch "$CALLS/fail"
	call p POST "$RAW/x" \
	    'headers: {X-Auth: "${secret:TOKEN}"}, data: {a: 1}, idempotency: honoured, retry: {max_attempts: 3, backoff: 1ms}'
	make_secret TOKEN some-s3cret
	svcreq create p
	try svcreq run 1 --dry-run
	key=$(sed -n 's/^Idempotency-Key: //p' <<<"$output")
	make_secret TOKEN "${key:2:4}"
	try svcreq run 1
	assert_status 4
	[[ $(event_files 1 | xargs jq -r 'select(.event_type == "Running") | .idempotency_key' | sort -u) == "$key" ]] || fail "$key:" "$(events 1)"
	mapfile -t files < <(calls)
	[[ ${#files[@]} -eq 3 ]]
	[[ $(cat "${files[@]}" | grep -acx "Idempotency-Key: $key"$'\r') -eq 3 ]] || fail "$(cat "${files[@]}")"
	! grep -q "${key:2:4}" executor_logs/1/Call.log || fail "the secret is in the log"
}

@test "a key that the pipeline makes of a secret is recorded without it and sent again as it was" {
	touch "$CALLS/fail"
	call p POST "$RAW/x" \
	    'headers: {Idempotency-Key: "k-${secret:TOKEN}"}, data: {a: 1}, idempotency: honoured, retry: {max_attempts: 2, backoff: 1ms}'
	make_secret TOKEN some-s3cret
	try svcreq create p --run
	assert_status 4
	[[ $(event_files 1 | xargs jq -r 'select(.event_type == "Running") | .idempotency_key') == $'k-***\nk-***' ]]
	[[ $(calls | xargs grep -ahxc $'Idempotency-Key: k-some-s3cret\r' | paste -sd ' ') == "1 1" ]]
}

@test "a key of the pipeline's own is the one that is sent and recorded" {
	call p POST "$RAW/" 'idempotency: sent, headers: {idempotency-key: "order-${n}"}'
	svcreq create p -f n=7 --run
	grep -aqx $'idempotency-key: order-7\r' "$(calls)"
	[[ $(grep -aic '^idempotency-key' "$(calls)") -eq 1 ]]
	[[ $(event 1 3 .idempotency_key) == order-7 ]]
}

@test "what cannot be sent is not tried again" {
	call p POST "$BAD/x" 'headers: {X: "${secret:NAME}"}, retry: {max_attempts: 5, backoff: 1ms}'
	SVCREQ_SECRET_NAME=$'line\r\nbreak' try svcreq create p --run
	assert_status 4
	assert_stderr_has "the secret 'NAME' has a line break (0x0d), and the header 'X' cannot have one"
	[[ $(last_event 1 '[.reason, .not_before]') == '["placeholder",null]' ]]
	call p POST "http://a<b/" 'retry: {max_attempts: 5, backoff: 1ms}'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event 2 '[.reason, .attempt, .not_before]') == '["executor",1,null]' ]]
}

@test "a host without an address has been sent nothing: a POST is tried again" {
	call p POST "http://no-such-host.invalid/" 'retry: {max_attempts: 2, backoff: 1ms}, data: {a: 1}'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event 1 '[.reason, .attempt]') == '["transport",2]' ]]
}

@test "a Retry-After counts as a date, too, and one in the past not at all" {
	call p GET "$BAD/status/503?retry_after=$(date -u -d '+1 day' '+%a,%%20%d%%20%b%%20%Y%%20%H:%M:%S%%20GMT')" \
	    'retry: {max_attempts: 2, backoff: 1ms}'
	svcreq create p --run
	[[ $(last_event 1 '(.not_before | sub("\\..*"; "Z") | fromdate) - (.created_at | sub("\\..*"; "Z") | fromdate)') -ge 3599 ]]
	[[ $(last_event 1 '(.not_before | sub("\\..*"; "Z") | fromdate) - (.created_at | sub("\\..*"; "Z") | fromdate)') -le 3601 ]]
	call p GET "$BAD/status/503?retry_after=Sun,%2006%20Nov%201994%2008:49:37%20GMT" 'retry: {max_attempts: 2, backoff: 1ms}'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event 2 .attempt) -eq 2 ]]
}

@test "a call that was cancelled while it waited for its next attempt is not made" {
	call p GET "$BAD/status/503?retry_after=60" 'retry: {max_attempts: 5, backoff: 1ms}'
	svcreq create p --run
	svcreq cancel 1
	try svcreq run 1
	try svcreq run --pending
	request_is 1 Cancelled
	assert_received GET /status/503 1
}
