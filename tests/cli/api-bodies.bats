#!/usr/bin/env bats
# The bodies of a call beside JSON: a form, a text as it is, and parts.
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
	rm -f "$CALLS"/*
}

# calls: the files of what was sent, in order.
calls() {
	find "$CALLS" -name '[0-9]*' | sort -V
}

# sent: the latest request; sent_body: its body, byte for byte.
sent() {
	calls | tail -n 1 | xargs cat | tr -d '\r'
}

sent_body() {
	calls | tail -n 1 | xargs /usr/bin/python3 -c '
import sys
sys.stdout.buffer.write(open(sys.argv[1], "rb").read().split(b"\r\n\r\n", 1)[1])'
}

# sends <Content-Type> <body>: what the latest call has sent.
sends() {
	sent | grep -qixF "Content-Type: $1" || fail "$(sent)" || return
	sent_body | cmp - <(printf %s "$2") || fail "$(sent)"
}

# same_as_shown <pipeline>: what is shown of a new request is what is then received.
same_as_shown() {
	local id shown

	id=$(svcreq create "$1") || return
	shown=$(svcreq run "$id" --dry-run | grep -v '^# ') || return
	svcreq run "$id" -q || return
	diff <(echo "$shown") <(printf '%s\n' "$(sent)")
}

# refused <line> <text>: validate refuses pipelines/p.yaml with that fault, and nothing else.
refused() {
	try svcreq validate pipelines/p.yaml
	assert_status 3
	assert_stderr_has "$1"
}

@test "a form is percent-encoded, whatever is in it" {
	call p POST "$RAW/x" 'form: {a b: "1 + 1 = 2&x=ä\n~*", "n": 1.50, t: true, none: null, list: [1, x]}'
	same_as_shown p
	sends application/x-www-form-urlencoded \
	    'a%20b=1%20%2B%201%20%3D%202%26x%3D%C3%A4%0A~%2A&n=1.50&t=true&none=&list=1&list=x'
	call p POST "$RAW/x" 'form: {x: "${x}"}'
	echo 'form: {fields: [{name: x, type: checkboxes, options: [a&b, c]}]}' >>pipelines/p.yaml
	svcreq create p --form-data - --run <<<'{"x": ["a&b", "c"]}'
	sends application/x-www-form-urlencoded 'x=a%26b&x=c'
	call p POST "$RAW/x" 'form: {x: 1}, headers: {content-TYPE: "application/x-www-form-urlencoded; charset=utf-8"}'
	svcreq create p --run
	sends 'application/x-www-form-urlencoded; charset=utf-8' x=1
}

@test "a body is sent as it is, with no quotes around it" {
	local text='{"a":  1}  "ä" & <b> %20 ${'

	call p POST "$RAW/x" 'body: "{\"a\":  1}  \"ä\" & <b> %20 $${"'
	same_as_shown p
	sends 'text/plain; charset=utf-8' "$text"
	call p PUT "$RAW/x" 'body: "${v}", headers: {Content-Type: application/xml}'
	for value in '<a>1</a>' '"'; do
		svcreq create p -f v="$value" --run
		sends application/xml "$value"
	done
	for value in 12345678901234567890 true; do
		svcreq create p --form-data - --run <<<"{\"v\": $value}"
		sends application/xml "$value"
	done
}

@test "an empty form, body or multipart is no body" {
	local none

	for none in 'form: {}' 'body: ""' 'multipart: {}' 'body: "${nothing}"'; do
		call p POST "$RAW/x" "$none"
		echo 'form: {fields: [{name: nothing, required: false}]}' >>pipelines/p.yaml
		svcreq create p --run
		sent | grep -qx 'Content-Length: 0' || fail "$none: $(sent)"
		! sent | grep -qi '^Content-Type' || fail "$none: $(sent)"
	done
}

@test "parts are read by a server as they are written, and no attempt sends other bytes" {
	call p POST "$RAW/x" 'retry: {max_attempts: 3, backoff: 1ms}, repeatable: true, multipart: {note: "${list}", "a\"b": 1,
	    files: [{content: "x\r\n--y", filename: "a \"b\".txt"}, {content: {k: [1]}, type: application/json}]}'
	echo 'form: {fields: [{name: list, type: checkboxes, options: [ä, "1"]}]}' >>pipelines/p.yaml
	touch "$CALLS/fail"
	try svcreq create p --form-data - --run <<<'{"list": ["ä", "1"]}'
	assert_status 4
	[[ $(calls | xargs sha256sum | cut -c -64 | uniq -c) == *" 3 "* ]]
	sent_body | /usr/bin/python3 -c '
import email, sys
head = open(sys.argv[1], "rb").read().split(b"\r\n\r\n", 1)[0]
kind = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type:")]
assert len(kind) == 1, kind
message = email.message_from_bytes(kind[0] + b"\r\n\r\n" + sys.stdin.buffer.read())
parts = [(p.get_param("name", header="content-disposition"), p.get_filename(), p.get("Content-Type"),
    p.get_payload(decode=True).decode()) for p in message.get_payload()]
wanted = [("note", None, None, "[\"ä\",\"1\"]"), ("a%22b", None, None, "1"),
    ("files", "a %22b%22.txt", "application/octet-stream", "x\r\n--y"),
    ("files", None, "application/json", "{\"k\":[1]}")]
assert parts == wanted, parts
' "$(calls | tail -n 1)"
	rm "$CALLS/fail"
	# another request has another boundary; what is shown is what is sent
	call q POST "$RAW/x" 'multipart: {a: "1\n2"}, headers: {Content-Type: multipart/form-data}'
	same_as_shown q
	first=$(sent | sed -n 's/^Content-Type: //p')
	[[ $first == "multipart/form-data; boundary=svcreq-"* ]]
	same_as_shown q
	[[ $(sent | sed -n 's/^Content-Type: //p') != "$first" ]]
}

@test "a call has one body, and a HEAD has none" {
	call p POST "$RAW/x" 'data: {a: 1}, form: {a: 1}, body: a, multipart: {a: b}'
	try svcreq validate pipelines/p.yaml
	assert_status 3
	[[ $(grep -c "a call has one body: 'data' is given, and '[a-z]*' too" <<<"$stderr") -eq 3 ]] || fail "$stderr"
	for body in 'form: {a: 1}' 'body: a' 'multipart: {a: b}'; do
		call p HEAD "$RAW/x" "$body"
		refused "a HEAD request cannot have a body ('${body%%:*}')"
	done
	call p POST "$RAW/x" 'data: null, body: a'
	svcreq validate pipelines/p.yaml
}

@test "a Content-Type that the body is not is refused, and the fault names what to write" {
	for type in text/plain application/x-www-form-urlencoded 'text/plain; charset=utf-8' application/xjson; do
		call p POST "$RAW/x" "data: \"a=b\", headers: {content-type: \"$type\"}"
		refused "'data' is sent as JSON, which '${type%%;*}' is not: 'form' sends a form, and 'body' a text as it is"
	done
	for type in application/json 'Application/JSON; charset=utf-8' application/vnd.x+json text/json; do
		call p POST "$RAW/x" "data: [1], headers: {Content-Type: \"$type\"}"
		svcreq validate pipelines/p.yaml
	done
	call p POST "$RAW/x" 'headers: {Content-Type: text/plain}'
	svcreq validate pipelines/p.yaml
	call p POST "$RAW/x" 'form: {a: 1}, headers: {Content-Type: application/json}'
	refused "'form' is sent as application/x-www-form-urlencoded, not as 'application/json'"
	call p POST "$RAW/x" 'multipart: {a: b}, headers: {Content-Type: multipart/mixed}'
	refused "'multipart' is sent as multipart/form-data, not as 'multipart/mixed'"
	call p POST "$RAW/x" 'multipart: {a: b}, headers: {Content-Type: "multipart/form-data; boundary=x"}'
	refused "the step chooses the boundary of 'multipart'"
}

@test "what a form or a part cannot be is refused" {
	call p POST "$RAW/x" 'form: {a: {b: 1}}'
	refused "a form value must be text or a list, not a map"
	call p POST "$RAW/x" 'body: {a: 1}'
	refused "'body' must be text, not a map"
	call p POST "$RAW/x" 'multipart: {a: {contents: 1}}'
	refused "unknown key 'contents' in a part of 'multipart', did you mean 'content'?"
	assert_stderr_has "a part of 'multipart' has no 'content'"
	call p POST "$RAW/x" 'multipart: {a: {content: x, type: "a\nb"}}'
	try svcreq validate pipelines/p.yaml
	assert_status 3
	call p POST "$RAW/x" 'multipart: {a: [[x]]}'
	refused "a part must be text or a map of 'content', 'filename' and 'type', not a list"
}

@test "a secret in a body is sent, and shown nowhere, encoded or not" {
	make_secret PIN 's3cr3t&p4ss word'
	for body in 'form: {pin: "${secret:PIN}"}' 'body: "pin ${secret:PIN}"' 'multipart: {pin: "${secret:PIN}"}'; do
		call p POST "$RAW/x" "$body"
		id=$(svcreq create p)
		svcreq run "$id" --dry-run >shown
		svcreq status "$id" >>shown
		svcreq run "$id" -q
		sent_body | grep -qE 's3cr3t(&|%26)p4ss( |%20)word' || fail "$(sent)"
		grep -qF '***' shown
		! grep -rqE 's3cr3t|p4ss' shown state/requests executor_logs || fail "$body: the secret is there"
	done
}
