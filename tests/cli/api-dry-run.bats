#!/usr/bin/env bats
# run --dry-run: what would be sent is what is sent, and nothing is.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; output is set by try

load helper
load calls
load api

setup_file() { start_raw_server; }
teardown_file() { stop_server raw; }

setup() {
	set_up_workspace
	rm -f "$CALLS"/*
}

# The request that came, without the CR at the ends of lines.
received_bytes() {
	find "$CALLS" -name '[0-9]*' | sort -V | tail -n 1 | xargs cat | tr -d '\r'
}

# same <pipeline> [<arguments of create>]: what is shown is, byte for byte, what is then received.
same() {
	local id

	id=$(svcreq create "$@") || return
	try svcreq run "$id" --dry-run
	assert_status 0
	assert_stderr_is "" || return
	svcreq run "$id" -q || return
	diff <(grep -v '^# ' <<<"$output") <(printf "%s\n" "$(received_bytes)") || fail "$1 is shown in another way than it is sent"
}

@test "what is shown is what is sent, for every method, with and without data" {
	local method

	for method in GET HEAD POST PUT PATCH DELETE OPTIONS; do
		call plain "$method" "$RAW/x"
		same plain
		[[ $method != HEAD ]] || continue
		call data "$method" "$RAW/x" 'data: {a: 1.50, b: [true, null, "ä\n\"\\/"], c: "${name}"}'
		same data -f name=$'1\t2\x01'
	done
}

@test "what is shown is what is sent, whatever the URL is" {
	local url

	for url in "$RAW" "$RAW/" "$RAW?a=1" "$RAW/a%2Fb;c=d/?e=f?g" "$RAW//a//b/" "$RAW/x#part" "$RAW/ä?ö=ü" \
	    "${RAW/http/HTTP}/x" "${RAW/127.0.0.1/LOCALHOST}/x"; do
		call url GET "$url" 'query: {k: "a b&c/ü", list: [1, x]}'
		same url
		call url GET "$url"
		same url
	done
}

@test "what is shown is what is sent, whatever headers there are" {
	call headers POST "$RAW/x" 'headers: {X-A: 1, x-empty: "", X-Spaces: "  a  b ", X-Utf: "ä", X-True: true}, data: [1]'
	same headers
	call own POST "$RAW/x" 'headers: {accept: text/x, USER-AGENT: me, Content-Type: text/plain, Accept-Encoding: gzip}, data: "text"'
	same own
	call empty GET "$RAW/x" 'headers: {Accept: "", User-Agent: ""}'
	same empty
	call key POST "$RAW/x" 'idempotency: sent, data: {a: 1}'
	same key
}

@test "what is shown is what is sent to a proxy" {
	call proxied GET "http://example.invalid:80/a?b=c" "proxy: \"$RAW\""
	same proxied
	assert_stdout_has "# to http://example.invalid, through the proxy $RAW"
	call proxied POST "http://example.invalid:8080" "proxy: \"${RAW#http://}\", data: {a: 1}"
	same proxied
}

@test "what is shown is what is sent, however the host is written" {
	local port=${RAW##*:} host

	for host in 127.1 0x7f.1 LocalHost 127.0.0.1; do
		call host GET "http://$host:$port/x"
		same host
	done
	call host GET "http://example.invalid:80/%7Ea?" "proxy: \"$RAW\""
	same host
	call host GET "http://[0:0::1]:8080?a" "proxy: \"$RAW\""
	same host
	call host GET "http://0x7f.1/a/b#c" "proxy: \"$RAW\""
	same host
}

# by_env <url> <variables>: the line that says where the call goes.
by_env() {
	local -x "${@:2}"

	call env GET "$1"
	try svcreq run "$(svcreq create env)" --dry-run
	sed -n '2p' <<<"$output"
}

@test "a proxy of the environment is named, and whether it is used is left to libcurl" {
	local url=http://example.invalid tls=https://example.invalid

	[[ $(by_env $url/x "http_proxy=$RAW") == "# to $url, as the environment says (http_proxy=$RAW)" ]]
	[[ $(by_env $url/x "http_proxy=$RAW" "no_proxy=*") == "# to $url, as the environment says (http_proxy=$RAW)" ]]
	[[ $(by_env $url/x "ALL_PROXY=${RAW#http://}") == "# to $url, as the environment says (ALL_PROXY=${RAW#http://})" ]]
	[[ $(by_env $url/x "http_proxy=$RAW" "all_proxy=$DOWN") == "# to $url, as the environment says (http_proxy=$RAW)" ]]
	[[ $(by_env $url/x "HTTP_PROXY=$DOWN" "https_proxy=$DOWN" http_proxy=) == "# to $url" ]]
	[[ $(by_env $tls/x "http_proxy=$DOWN" "https_proxy=$RAW") == "# to $tls, as the environment says (https_proxy=$RAW)" ]]
	[[ $(by_env $tls/x "HTTPS_PROXY=$RAW") == "# to $tls, as the environment says (HTTPS_PROXY=$RAW)" ]]
}

@test "a proxy of the environment is named for a call over TLS, without its password" {
	call tls GET "https://example.invalid/x"
	svcreq create tls
	HTTPS_PROXY="http://user:pa55word@127.0.0.1:3128" try svcreq run 1 --dry-run
	assert_stdout_has "# to https://example.invalid, as the environment says (HTTPS_PROXY=http://127.0.0.1:3128)"
	assert_stdout_has "GET /x HTTP/1.1"
	refute_stdout_has pa55word
	refute_stdout_has Proxy-
	call tls GET "https://example.invalid/x" "proxy: none"
	svcreq create tls
	https_proxy="http://127.0.0.1:3128" try svcreq run 2 --dry-run
	assert_stdout_has "# to https://example.invalid, through no proxy"
}

@test "a URL that libcurl does not take is told, and the exit code tells it" {
	call bad GET "http://a<b/x"
	svcreq create bad
	try svcreq run 1 --dry-run
	assert_status 4
	assert_stdout_has "# cannot be sent: the URL is malformed"
}

@test "secrets and credentials are masked, and nothing else is" {
	mkdir -m 700 state/secrets
	(umask 077 && echo 's3cr/t+value' >state/secrets/TOKEN)
	call secret POST "$RAW/x" \
	    'headers: {X-Auth: "${secret:TOKEN}", Authorization: "Bearer abcdef"}, query: {t: "${secret:TOKEN}"}, data: {t: "${secret:TOKEN}"}'
	svcreq create secret
	try svcreq run 1 --dry-run
	assert_status 0
	svcreq run 1 -q
	received_bytes | grep -q 's3cr/t+value'
	diff <(grep -v '^# ' <<<"$output") <(received_bytes |
	    sed 's|s3cr/t+value|***|; s|s3cr%2Ft%2Bvalue|***|; s|Bearer abcdef|***|; s|^Content-Length: .*|Content-Length: ***|'
	    echo)
}

@test "a password of a proxy is not shown" {
	call proxied GET "http://example.invalid/" "proxy: \"http://user:pa55word@${RAW#http://}\""
	svcreq create proxied
	try svcreq run 1 --dry-run
	assert_stdout_has "through the proxy $RAW"
	assert_stdout_has "Proxy-Authorization: ***"
	refute_stdout_has pa55word
}

@test "a secret field is masked" {
	pipeline secret <<-YAML
		form: {fields: [{name: pin, secret: true}]}
		steps: [{step_name: Call, step_type: API, parameters: {url: "$RAW/x", query: {pin: "\${pin}"}}}]
	YAML
	svcreq create secret -f pin=981276
	try svcreq run 1 --dry-run
	assert_stdout_has 'GET /x?pin=*** HTTP/1.1'
	refute_stdout_has 981276
}

@test "nothing is sent and nothing is changed" {
	call post POST "$RAW/x" 'data: {a: 1}'
	svcreq create post
	unchanged svcreq run 1 --dry-run
	assert_status 0
	unchanged svcreq run --pending --dry-run
	assert_status 0
	assert_stdout_has "# request 1, step 'Call' (API)"
	[[ -z $(received_bytes) ]]
	[[ ! -e executor_logs/1 ]]
	request_is 1 "Not Started"
}

@test "every step that is left is shown; one that needs an earlier output cannot be yet" {
	pipeline many <<-YAML
		steps:
		  - {step_name: One, step_type: API, parameters: {url: "$RAW/one", outputs: {id: ""}}}
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Two, step_type: API, parameters: {method: PUT, url: "$RAW/two", data: {id: "\${id}"}}}
	YAML
	svcreq create many
	try svcreq run 1 --dry-run
	assert_status 0
	assert_stdout_is <<-TEXT
		# request 1, step 'One' (API)
		# to $RAW
		GET /one HTTP/1.1
		Host: ${RAW#http://}
		User-Agent: svcreq/$(svcreq version | cut -d ' ' -f 2)
		Accept: */*


		# request 1, step 'Wait' (WAIT_FOR_APPROVAL)
		# sends nothing

		# request 1, step 'Two' (API)
		# cannot be filled in yet: the placeholder '\${id}' stands for no form field and no output
	TEXT
	svcreq run 1
	try svcreq run 1 --dry-run
	refute_stdout_has "step 'One'"
	assert_stdout_has "PUT /two HTTP/1.1"
	assert_stdout_has '{"id":{}}'
}

@test "what is finished sends nothing" {
	call get GET "$RAW/x"
	svcreq create get --run
	try svcreq run 1 --dry-run
	assert_status 0
	assert_stdout_is "# request 1 is Completed: it sends nothing"
	svcreq create get
	svcreq cancel 2
	try svcreq run 2 --dry-run
	assert_stdout_is "# request 2 is Cancelled: it sends nothing"
}

@test "a step that cannot be filled in when it is its turn is told by the exit code" {
	call secret GET "$RAW/x" 'headers: {X-Auth: "${secret:TOKEN}"}'
	svcreq create secret
	unchanged svcreq run 1 --dry-run
	assert_status 4
	assert_stdout_has "# cannot be filled in: there is no secret 'TOKEN'"
}

@test "a damaged request does not end it, and its fault is one line" {
	pipeline two <<-YAML
		steps:
		  - {step_name: A, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: B, step_type: API, parameters: {url: "$RAW/"}}
	YAML
	svcreq create two
	svcreq create two
	chmod 600 state/requests/1/000003.json
	sed -i 's/"step_name":"B"/"step_name":"B\\u001b[31mRED"/' state/requests/1/000003.json
	unchanged svcreq run --pending --dry-run
	assert_status 1
	assert_stderr_has 'request 1 is damaged'
	assert_stderr_has '\x1b[31mRED'
	refute_stderr_has $'\x1b'
	assert_stdout_has "# request 2, step 'B' (API)"
}

@test "who may not run a request is not shown what it would send" {
	call get GET "$RAW/x"
	svcreq create get
	try as nobody svcreq run 1 --dry-run
	assert_status 9
	assert_stdout_is ""
}

@test "control bytes of what is shown do not reach the terminal" {
	call get GET "$RAW/x" 'data: {t: "${text}"}'
	svcreq create get -f text=$'\x7f\xc2\x9b31m'
	try svcreq run 1 --dry-run
	assert_stdout_has '{"t":"\x7f\x'
	refute_stdout_has $'\x7f'
}
