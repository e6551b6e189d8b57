#!/usr/bin/env bats
# run --dry-run: what would be sent is what is sent, and nothing is.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # ${...} is for svcreq; output is set by try

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

# preview <id>: what status shows of it, which is byte for byte what run --dry-run shows.
preview() {
	svcreq status "$1" | sed '0,/^  Next: /d; s/^    //' >../status || return
	svcreq run "$1" --dry-run >../dry-run || return
	sed '1d; $d' ../dry-run | cmp - ../status >&2 || return
	cat ../status
}

@test "what is shown is what is sent, for every method, with and without data" {
	local method

	for method in GET HEAD POST PUT PATCH DELETE OPTIONS; do
		call plain "$method" "$RAW/x"
		same plain
		[[ $method != HEAD ]] || continue
		call data "$method" "$RAW/x" 'data: {a: 1.50, b: [true, null, "ä\n\"\\/"], c: "${name}"}'
		echo 'form: {fields: [{name: name, type: text}]}' >>pipelines/data.yaml
		same data -f name=$'1\t2\n"\r\n'
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

# hidden <parameters>: two requests with other secrets, of other lengths, are shown in the same bytes, by both
# previews and by the log, and none is told.  Prints what is shown.
hidden() {
	local id

	pipeline hidden <<-YAML
		form:
		  fields:
		    - {name: pin, secret: true}
		    - {name: boxes, type: checkboxes, options: [one, two, three], secret: true}
		    - {name: plain, default: seen}
		steps: [{step_name: Call, step_type: API, parameters: {$1}}]
	YAML
	make_secret TOKEN 's3cr/t+value'
	id=$(svcreq create hidden -f pin=98127634 -f boxes=one -f boxes=two) || return
	preview "$id" >../first || return
	make_secret TOKEN 'another/one'
	preview "$id" | cmp - ../first >&2 || return
	id=$(svcreq create hidden -f plain=seen) || return
	# of a call without a secret in its body another request has another key
	diff <(preview "$id" | sed 's/^Idempotency-Key: [0-9a-f-]*$//') <(sed 's/^Idempotency-Key: [0-9a-f-]*$//' ../first) >&2 ||
		return
	! grep -qE '98127634|one|two|s3cr|another' ../first || fail "a secret is shown: $(<../first)" || return
	preview "$id" >../again
	svcreq run "$id" -q 2>/dev/null
	diff <(step_log "$id" | sed -n '/^> /{s/^> //p;}; /^>$/s/.*//p') ../again >&2 || return
	cat ../first
}

# shown <parameters> <line>...: these lines are shown, and nothing of a secret.
shown() {
	local text line

	text=$(hidden "$1") || return
	for line in "${@:2}"; do
		grep -qxF -- "$line" <<<"$text" || fail "$1: not shown: $line" "$text" || return
	done
}

@test "what depends on a secret is shown as such, wherever it is, and so is what would tell of it" {
	local url="method: POST, url: \"$RAW/x\""

	shown "url: \"$RAW/\${secret:TOKEN}/\${pin}x?q=\${secret:TOKEN}#\${pin}\"" "GET /***/***x?q=*** HTTP/1.1"
	shown "url: \"$RAW/x\", query: {t: \"\${secret:TOKEN}\", \"\${pin}\": 1, b: \"\${boxes}\", p: \"\${plain}\"}" \
	    "GET /x?t=***&***=1&b=***&p=seen HTTP/1.1"
	shown "$url, headers: {X-A: \"a \${pin} b\", X-B: \"\${secret:TOKEN}\", Authorization: \"Bearer \${plain}\"}" \
	    "X-A: a *** b" "X-B: ***" "Authorization: ***" "Content-Length: 0"
	shown "$url, data: {t: \"\${secret:TOKEN}\", \"\${pin}\": \"\${pin}\", b: \"\${boxes}\", p: \"\${plain}\"}" \
	    'Content-Length: ***' '{"t":"***","***":"***","b":["***"],"p":"seen"}'
	shown "$url, data: \"\${pin}\", idempotency: sent" 'Content-Length: ***' '"***"' 'Idempotency-Key: ***'
	shown "$url, data: \"\${boxes}\", idempotency: honoured" 'Content-Length: ***' '["***"]' 'Idempotency-Key: ***'
	shown "$url, data: [1], idempotency: sent, headers: {idempotency-key: \"k-\${pin}\"}" \
	    'Content-Length: 3' '[1]' 'idempotency-key: k-***'
	shown "$url, data: [1], idempotency: sent, headers: {X: \"\${pin}\"}" 'Content-Length: 3' 'X: ***'
	shown "url: \"http://example.invalid/\", proxy: \"http://user\${pin}:\${secret:TOKEN}@${RAW#http://}\"" \
	    "# to http://example.invalid, through the proxy $RAW" "Proxy-Authorization: ***"
	shown "url: \"https://127.0.0.1:1/?\${pin}\", insecure: true, follow_redirects: 2" \
	    "# to https://127.0.0.1:1, whose certificate is not verified (insecure: true)" "GET /?*** HTTP/1.1"
}

@test "a method that is secret is shown as such, and what it decides" {
	pipeline method <<-YAML
		form: {fields: [{name: m, secret: true}]}
		steps: [{step_name: Call, step_type: API, parameters: {url: "$RAW/x", method: "\${m}", data: {}}}]
	YAML
	svcreq create method -f m=post
	svcreq create method -f m=GET
	[[ $(preview 1) == "$(preview 2)" ]]
	[[ $(preview 1 | tail -n 3) == $'Content-Length: ***\n\n***' ]]
	preview 1 | grep -qxF '*** /x HTTP/1.1'
	svcreq run 1 2 -q
}

@test "what is secret in one place is shown in the same way in another, by both previews" {
	make_secret TOKEN seen-by-chance
	call chance POST "$RAW/x" 'headers: {X: "${secret:TOKEN}"}, data: {a: "seen-by-chance ${text}"}'
	svcreq create chance -f text=seen-by-chance
	[[ $(preview 1 | tail -n 1) == '{"a":"seen-by-chance seen-by-chance"}' ]]
}

@test "a header that has a control byte beside a secret is refused, and shown as nothing" {
	make_secret TOKEN s3cret-value
	call control GET "$RAW/x" 'headers: {X: "${secret:TOKEN}${text}"}'
	echo 'form: {fields: [{name: text, type: text}]}' >>pipelines/control.yaml
	unchanged svcreq create control -f text=$'\nDELETE /x HTTP/1.1'
	assert_status 3
	assert_stderr_has "'text' has a line break (0x0a), and the header 'X' cannot have one"
}

@test "both previews show what then arrives, where nothing is secret" {
	local parameters

	while read -r parameters; do
		pipeline all <<-YAML
			form: {fields: [{name: boxes, type: checkboxes, options: [one, two]}, {name: text, type: text}]}
			steps: [{step_name: Call, step_type: API, parameters: {$parameters}}]
		YAML
		id=$(svcreq create all -f boxes=two -f boxes=one -f $'text=a\tb/ü')
		preview "$id" >../shown
		svcreq run "$id" -q || [[ $parameters == *insecure* ]]
		[[ $parameters == *insecure* ]] ||
			[[ $(grep -v '^# ' ../shown) == "$(received_bytes)" ]] || fail "$parameters" "$(received_bytes)"
		diff <(step_log "$id" | sed -n '/^> /{s/^> //p;}; /^>$/s/.*//p') ../shown || fail "$parameters"
	done <<-EOF
		url: "$RAW/\${text}?\${text}=1#\${text}", query: {a: "\${text}", b: "\${boxes}", "\${text}": [1, true, null]}
		method: put, url: "$RAW/x", data: {b: "\${boxes}", t: "\${text}", "\${text}": {}}
		method: post, url: "$RAW/x", data: {}
		method: Patch, url: "$RAW/x", data: [], idempotency: honoured
		method: OPTIONS, url: "$RAW/x", data: {}, headers: {content-type: text/x, X-Empty: ""}
		method: delete, url: "$RAW/x", data: []
		method: get, url: "$RAW/x", data: {}
		method: head, url: "$RAW/x", data: {}
		method: POST, url: "$RAW/x", data: "\${text}", idempotency: sent, headers: {Idempotency-Key: mine, X: "\${boxes}x"}
		method: POST, url: "http://example.invalid/x", proxy: "$RAW", data: ["\${text}"]
		url: "$RAW/x", proxy: none, follow_redirects: 3, timeout: 5s
		url: "https://127.0.0.1:1/x", insecure: true
	EOF
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
	reseal state/requests/1/000003.json
	unchanged svcreq run --pending --dry-run
	assert_status 1
	assert_stderr_has 'request 1 is damaged'
	assert_stderr_has '\x1b[31mRED'
	refute_stderr_has $'\x1b'
	assert_stdout_has "# request 2, step 'B' (API)"
}

# damage <how>: the request 2.
damage() {
	local folder=state/requests/2

	chmod -R u+w $folder
	case $1 in
	empty) : >$folder/000002.json ;;
	first) : >$folder/000001.json ;;
	gone) rm $folder/000001.json ;;
	other) sed -i 's/"Call"/"Cull"/' $folder/000002.json ;;
	pipeline) sed -i 's/"steps"/"stops"/' $folder/000001.json ;;
	folder) rm $folder/000001.json && mkdir $folder/000001.json ;;
	fifo) rm $folder/000001.json && mkfifo $folder/000001.json ;;
	file) rm -r $folder && echo >$folder ;;
	link) rm -r $folder && ln -s 1 $folder ;;
	large) truncate -s 1G $folder/000001.json ;;
	esac
}

@test "run --pending --dry-run goes on after a damaged request, whatever is damaged, and its exit code says so" {
	local how

	call three GET "$RAW/x"
	for how in 1 2 3; do
		svcreq create three
	done
	cp -a state ../sound
	for how in empty first gone other pipeline folder fifo file link large; do
		rm -rf state
		cp -a ../sound state
		damage $how
		unchanged timeout 60 svcreq run --pending --dry-run
		assert_status 1
		[[ $(grep '^# request' <<<"$output") == $'# request 1, step \'Call\' (API)\n# request 3, step \'Call\' (API)' ]] ||
			unexpected "$how"
		assert_stderr_matches "^svcreq: request 2 is damaged: [^"$'\n'"]*$"
	done
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
	cat >>pipelines/get.yaml <<<'form: {fields: [{name: text, type: select, options: ["\x7f\x9b31m"]}]}'
	svcreq create get -f text=$'\x7f\xc2\x9b31m'
	try svcreq run 1 --dry-run
	assert_stdout_has '{"t":"\x7f\u009b31m'
	refute_stdout_has $'\x7f'
}
