#!/usr/bin/env bats
# What an answer is read as: its encoding, its byte order mark, and what no output points at.
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
}

# takes <url>: a pipeline of a call, and of one that sends the id that the answer had.
takes() {
	pipeline p <<-EOF
		steps:
		  - {step_name: Order, step_type: API, parameters: {method: POST, url: "$1", data: {id: vm-1}, outputs: {id: /id}}}
		  - {step_name: Use, step_type: API, parameters: {method: POST, url: "$BAD/echo", data: "\${id}"}}
	EOF
}

# answers <text>: with printf's escapes.
answers() {
	printf '%b' "$1" >"$CALLS/answer"
}

# sent_id <id>: what the second call sent.
sent_id() {
	step_log "$1" Use | sed -n 's/^> "\(.*\)"$/\1/p'
}

@test "a byte order mark, and what no output points at, spoil no answer" {
	local body deep

	takes "$RAW/order"
	deep=$(printf '[%.0s' {1..70})$(printf ']%.0s' {1..70})
	for body in '{"id":"vm-1"}' '\xef\xbb\xbf{"id":"vm-1"}' '{"id":"vm-1","n":"a\\u0000b"}' '{"id":"vm-1","n":"x\\ud83d"}' \
	    '{"\\ud83d":"\\u0000","id":"vm-1"}' '{"n":1,"n":2,"id":"vm-1"}' '{"n":1e999,"id":"vm-1"}' "{\"n\":$deep,\"id\":\"vm-1\"}"; do
		answers "$body"
		try svcreq create p --run
		assert_status 0 || fail "$body"
		[[ $(sent_id "$output") == vm-1 ]] || fail "$body: $(sent_id "$output")"
	done
}

@test "an output that cannot be kept, or that two members have, is refused by name" {
	local body

	takes "$RAW/order"
	while IFS=$'\t' read -r body message; do
		answers "$body"
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "cannot be taken from the response: output 'id' at '/id': $message"
	done <<-'EOF'
		{"id":"a\\u0000b"}	1:9: U+0000 in a string
		{"id":"x\\ud83d"}	1:9: half of a surrogate pair
		{"id":["\\ud83d"]}	1:9: half of a surrogate pair
		{"id":"vm-1","id":"vm-2"}	1:14: duplicate key 'id'
		{"id":{"a":1,"a":1}}	1:14: duplicate key 'a'
	EOF
	assert_received POST /echo 0
}

@test "what is no JSON as a whole gives no output" {
	local body

	takes "$RAW/order"
	for body in '{"id":"vm-1","n":}' '{"id":"vm-1","n":' '{"id":"vm-1","n":"h\xe9"}' '{"id":"vm-1"}{"id":"vm-1"}' \
	    '{"id":"vm-1","n":NaN}' '{"id":"vm-1","n":"a\tb"}' '\xff\xfe{\x00}\x00' 'id: vm-1' ''; do
		answers "$body"
		try svcreq create p --run
		assert_status 4 || fail "$body"
		assert_stderr_has "the call succeeded (200), but its outputs cannot be taken from the response: 1:"
	done
	assert_received POST /echo 0
}

@test "an answer is decoded, whether or not an encoding was asked for" {
	local encodings

	for encodings in gzip x-gzip deflate raw br zstd GZip gzip,br zstd,deflate,gzip identity; do
		takes "$BAD/encoded/$encodings"
		try svcreq create p --run
		assert_status 0 || fail "$encodings"
		[[ $(sent_id "$output") == vm-1 ]] || fail "$encodings: $(sent_id "$output")"
		step_log "$output" Order | grep -qxF '< {"id":"vm-1"}' || fail "$encodings: $(step_log "$output" Order)"
		! step_log "$output" Order | grep -qi '^> accept-encoding' || fail "it asks"
	done
	call p POST "$BAD/encoded/gzip" 'headers: {Accept-Encoding: identity}, data: {id: vm-1}, outputs: {id: /id}'
	svcreq create p --run
}

@test "max_response counts what was decoded" {
	local encoding

	for encoding in gzip deflate br zstd; do
		call p POST "$BAD/bomb/$encoding" 'outputs: {id: /id}'
		try svcreq create p --run
		assert_status 4
		assert_stderr_has "cannot be taken from the response: the response body is too large"
	done
}

@test "of an encoding that nobody knows the status decides, and no output can be taken" {
	call p POST "$BAD/encoded/odd" 'data: {id: vm-1}'
	svcreq create p --run
	call p POST "$BAD/encoded/gzip,odd?status=404" 'data: {id: vm-1}'
	try svcreq create p --run
	assert_status 4
	[[ $(last_event "$output" '[.reason, .http_status] | join(" ")') == "http_status 404" ]]
	call p GET "$BAD/encoded/odd" 'outputs: {id: /id}, retry: {max_attempts: 3, backoff: 1ms}'
	forget_calls
	try svcreq create p --run
	assert_status 4
	assert_stderr_has "the call succeeded (200), but its outputs cannot be taken from the response: Content-Encoding 'odd' is not known"
	assert_received GET /encoded/odd 1
}

@test "a body that is not as it is encoded has broken off" {
	local path encoding

	for path in gzip/plain br/plain zstd/plain deflate/cut gzip/cut br/cut zstd/cut gzip,br/cut gzip/more; do
		encoding=${path%%/*}
		forget_calls
		call p GET "$BAD/encoded/$path" 'outputs: {id: /id}, retry: {max_attempts: 3, backoff: 1ms}'
		try svcreq create p --run
		assert_status 4
		assert_received GET "/encoded/$path" 3 || fail "$path: $stderr"
		call p POST "$BAD/encoded/$path" 'data: {id: vm-1}, outputs: {id: /id}, retry: {max_attempts: 3, backoff: 1ms}'
		try svcreq create p --run
		assert_status 4
		assert_received POST "/encoded/$path" 1 || fail "$path: $stderr"
		call p GET "$BAD/encoded/$path"
		svcreq create p --run || fail "$path: nothing is taken from it"
	done
}

@test "a body without a length that breaks off is tried again" {
	# "unended" sends that part of the body, and says nowhere how long it is
	call p PUT "$BAD/unended/0/9" 'data: {id: vm-1}, outputs: {id: /id}, retry: {max_attempts: 3, backoff: 1ms}'
	try svcreq create p --run
	assert_status 4
	assert_received PUT /unended/0/9 3
	call p PUT "$BAD/part/0/9" 'data: {id: vm-1}, outputs: {id: /id}, retry: {max_attempts: 3, backoff: 1ms}'
	try svcreq create p --run
	assert_status 4
	assert_received PUT /part/0/9 1
}
