#!/usr/bin/env bats
# Proxies: of the pipeline, of the environment, or none.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup_file() {
	start_bad_server
	start_nginx
	start_server proxy proxy.py "$BATS_FILE_TMPDIR/proxy.heads"
	start_server auth proxy.py "$BATS_FILE_TMPDIR/auth.heads" --auth user:pa55/word
	start_server refusing proxy.py "$BATS_FILE_TMPDIR/refusing.heads" --refuse
	PROXY=127.0.0.1:$(server_port proxy)
	AUTH=127.0.0.1:$(server_port auth)
	REFUSING=127.0.0.1:$(server_port refusing)
	export PROXY AUTH REFUSING
}

teardown_file() {
	stop_server proxy
	stop_server auth
	stop_server refusing
	stop_nginx
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
	: >"$TLS/access.log"
	for name in proxy auth refusing; do
		: >"$BATS_FILE_TMPDIR/$name.heads"
	done
}

# asked <proxy> <first line> ...: what the proxy was asked, all of it.
asked() {
	diff <(printf '%s\n' "${@:2}") <(grep -a HTTP/1.1 "$BATS_FILE_TMPDIR/$1.heads" | tr -d '\r')
}

# call_by <exit code> <parameters of call...>
call_by() {
	local code=$1

	shift
	call p "$@"
	try svcreq create p --run
	id=$output
	assert_status "$code"
}

@test "a call goes through the proxy of the pipeline" {
	call_by 0 GET "$BAD/echo?q=1" "proxy: \"http://$PROXY\""
	asked proxy "GET $BAD/echo?q=1 HTTP/1.1"
	call_by 0 POST "$BAD/echo" "proxy: \"$PROXY\", data: {a: 1}"
	assert_received GET /echo 1
	assert_received POST /echo 1
}

@test "without one, the environment decides: http_proxy, all_proxy, no_proxy" {
	export http_proxy=http://$PROXY
	call_by 0 GET "$BAD/ok"
	asked proxy "GET $BAD/ok HTTP/1.1"
	no_proxy=127.0.0.1 call_by 0 GET "$BAD/ok"
	no_proxy=127.0.0.0/8 call_by 0 GET "$BAD/ok"
	unset http_proxy
	all_proxy=http://$PROXY call_by 0 GET "$BAD/ok"
	asked proxy "GET $BAD/ok HTTP/1.1" "GET $BAD/ok HTTP/1.1"
	assert_received GET /ok 4
}

@test "the pipeline's proxy counts, not the environment's, and none is none" {
	http_proxy=$DOWN call_by 0 GET "$BAD/ok" "proxy: \"http://$PROXY\""
	http_proxy=$DOWN all_proxy=$DOWN call_by 0 GET "$BAD/ok" "proxy: none"
	no_proxy=127.0.0.1 call_by 0 GET "$BAD/ok" "proxy: \"http://$PROXY\""
	NO_PROXY='*' call_by 0 GET "$BAD/ok" "proxy: \"http://$PROXY\""
	asked proxy "GET $BAD/ok HTTP/1.1" "GET $BAD/ok HTTP/1.1" "GET $BAD/ok HTTP/1.1"
}

@test "the proxy of a pipeline may be filled in" {
	make_secret PROXY "$PROXY"
	call_by 0 GET "$BAD/ok" 'proxy: "http://${secret:PROXY}"'
	asked proxy "GET $BAD/ok HTTP/1.1"
}

@test "TLS goes through a tunnel: the proxy sees the host and no more" {
	make_secret TOKEN s3cr3t-token
	call_by 0 POST "$GOOD/private" "ca_file: \"$TLS/ca.pem\", proxy: \"http://$PROXY\", headers: {X-Auth: \"\${secret:TOKEN}\"}, data: {a: 1}"
	asked proxy "CONNECT ${GOOD#https://} HTTP/1.1"
	! grep -aiE 'x-auth|s3cr3t|private' "$BATS_FILE_TMPDIR/proxy.heads" || fail "the proxy sees it"
	https_proxy=http://$PROXY call_by 0 GET "$GOOD/" "ca_file: \"$TLS/ca.pem\""
	asked proxy "CONNECT ${GOOD#https://} HTTP/1.1" "CONNECT ${GOOD#https://} HTTP/1.1"
	assert_called "$GOOD" 2
}

@test "certificates are verified through a tunnel, too" {
	call_by 4 POST "$EXPIRED/" "ca_file: \"$TLS/ca.pem\", proxy: \"http://$PROXY\", retry: {max_attempts: 3, backoff: 1ms}"
	[[ $(last_event "$id" '[.reason, .attempt]') == '["transport",1]' ]]
	assert_called "$EXPIRED" 0
}

@test "the password of a proxy may be a secret, and is seen nowhere" {
	make_secret PROXY pa55/word
	call_by 0 GET "$BAD/ok" "proxy: \"http://user:\${secret:PROXY}@$AUTH\""
	call_by 0 GET "$GOOD/" "ca_file: \"$TLS/ca.pem\", proxy: \"http://user:\${secret:PROXY}@$AUTH\""
	make_secret PROXY pa55-wrong
	call_by 4 GET "$BAD/ok" "proxy: \"http://user:\${secret:PROXY}@$AUTH\""
	[[ $(last_event "$id" '[.reason, .http_status]') == '["http_status",407]' ]]
	call_by 4 GET "$GOOD/" "ca_file: \"$TLS/ca.pem\", proxy: \"http://user:\${secret:PROXY}@$AUTH\""
	refute_stderr_has pa55
	! grep -r pa55 state/requests executor_logs || fail "the password is there"
}

@test "user and password of a proxy may have any character" {
	local password

	for password in 'p@ss/w#x' 'a:b?c@d' '100%25 ü&+' '/'; do
		start_server odd proxy.py "$BATS_FILE_TMPDIR/odd.heads" --auth "u@r:pass$password"
		make_secret PROXY "pass$password"
		call p GET "$BAD/ok" "proxy: \"http://\${user}:\${secret:PROXY}@127.0.0.1:$(server_port odd)\""
		try svcreq create p -f user=u@r --run
		assert_status 0
		stop_server odd
	done
	! grep -rF 'passp@ss' executor_logs state/requests || fail "the password is there"
}

@test "what is filled in makes no other host of a proxy's" {
	local proxy

	for proxy in 'http://user:p@ss@127.0.0.1:1' 'http://user:p/ss@127.0.0.1:1' 'http://user:p?@127.0.0.1:1' \
	    'user:p#ss@127.0.0.1:1' 'http://127.0.0.1:1/path'; do
		make_secret PROXY "$proxy"
		call_by 4 GET "$BAD/ok" 'proxy: "${secret:PROXY}"'
		[[ $(last_event "$id" '[.reason, .attempt]') == '["placeholder",null]' ]] || fail "$(last_event "$id" .)"
		[[ $stderr != *127.0.0.1:1* && $stderr != *ss@* ]] || fail "$stderr"
	done
	make_secret PROXY "http://user:pa55%2Fword@$AUTH/"
	call_by 0 GET "$BAD/ok" 'proxy: "${secret:PROXY}"'
	assert_received GET /ok 1
}

@test "a proxy that is down has sent nothing: a POST is tried again" {
	call_by 4 POST "$BAD/ok" "proxy: \"$DOWN\", retry: {max_attempts: 3, backoff: 1ms}"
	[[ $(last_event "$id" '[.reason, .attempt]') == '["transport",3]' ]]
	call_by 4 POST "$BAD/ok" "proxy: \"http://no-such-proxy.invalid:3128\", retry: {max_attempts: 2, backoff: 1ms}"
	[[ $(last_event "$id" '[.reason, .attempt]') == '["transport",2]' ]]
	assert_received POST /ok 0
}

@test "a proxy that makes no tunnel has sent nothing: a POST is tried again" {
	call_by 4 POST "$GOOD/" "ca_file: \"$TLS/ca.pem\", proxy: \"http://$REFUSING\", retry: {max_attempts: 3, backoff: 1ms}"
	[[ $(last_event "$id" '[.reason, .attempt]') == '["transport",3]' ]]
	[[ $(last_event "$id" .message) == *502* ]]
	assert_called "$GOOD" 0
}

@test "a POST that a proxy has taken and not answered is received at most once" {
	call_by 7 POST "$BAD/close-after-read" "proxy: \"http://$PROXY\", data: {a: 1}, retry: {max_attempts: 5, backoff: 1ms}"
	assert_received POST /close-after-read 1
	call_by 7 POST "$BAD/ok" "proxy: \"http://$REFUSING\", data: {a: 1}, retry: {max_attempts: 5, backoff: 1ms}"
	[[ $(last_event "$id" '[.reason, .http_status]') == '["outcome_unknown",502]' ]]
	asked refusing "POST $BAD/ok HTTP/1.1"
}

@test "what is no proxy is refused when the pipeline is read" {
	local proxy

	for proxy in ftp://h:1 "http://" "h h" ":1" "" "ht tp://h"; do
		call p GET "$BAD/ok" "proxy: \"$proxy\""
		try svcreq validate
		assert_status 3
	done
	for proxy in h h:1 http://h https://u:p@h:1 socks5h://h:1080 SOCKS5://h none '${where}'; do
		call p GET "$BAD/ok" "proxy: \"$proxy\""
		try svcreq validate
		assert_status 0
	done
}

@test "a proxy that tells what it was told gives no password away" {
	local password=correct%20horse

	make_secret PROXY "http://user:$password@${BAD#http://}"
	call p GET "http://example.invalid/echo" 'proxy: "${secret:PROXY}"'
	try svcreq create p --run
	assert_status 0
	grep -q 'Proxy-Authorization.*Basic \*\*\*' executor_logs/1/Call.log || fail "$(cat executor_logs/1/Call.log)"
	call q GET "http://example.invalid/echo"
	http_proxy=http://user:$password@${BAD#http://} try svcreq create q --run
	assert_status 0
	grep -q 'Proxy-Authorization.*Basic \*\*\*' executor_logs/2/Call.log || fail "$(cat executor_logs/2/Call.log)"
	! grep -rF -e "$(printf 'user:correct horse' | base64)" -e 'correct horse' executor_logs state/requests || fail "it is there"
}

# configured <lines>: state/config.yaml.
configured() {
	printf '%s\n' "$@" >state/config.yaml
	: >"$BATS_FILE_TMPDIR/proxy.heads"
}

@test "the workspace's proxy is everybody's: before that of the environment, and after the step's" {
	configured "proxy: http://$PROXY"
	call_by 0 GET "$BAD/ok"
	http_proxy=$DOWN all_proxy=$DOWN call_by 0 GET "$BAD/ok"
	# of whoever comes through sudo no environment is used
	http_proxy=$DOWN as bin svcreq create p --run
	no_proxy='*' call_by 0 GET "$BAD/ok"
	asked proxy "GET $BAD/ok HTTP/1.1" "GET $BAD/ok HTTP/1.1" "GET $BAD/ok HTTP/1.1" "GET $BAD/ok HTTP/1.1"
	configured "proxy: $DOWN"
	call_by 0 GET "$BAD/ok" "proxy: \"http://$PROXY\""
	call_by 0 GET "$BAD/ok" "proxy: none"
	asked proxy "GET $BAD/ok HTTP/1.1"
	# none is none, whatever the environment says
	configured "proxy: none"
	http_proxy=$DOWN call_by 0 GET "$BAD/ok"
	assert_received GET /ok 7
	# TLS goes through a tunnel
	configured "proxy: http://$PROXY"
	call_by 0 GET "$GOOD/" "ca_file: \"$TLS/ca.pem\""
	asked proxy "CONNECT ${GOOD#https://} HTTP/1.1"
}

@test "the workspace's no_proxy names the hosts without it" {
	configured "proxy: $DOWN" "no_proxy: localhost,127.0.0.0/8"
	call_by 0 GET "$BAD/ok"
	configured "proxy: http://$PROXY" "no_proxy: .example.org"
	call_by 0 GET "$BAD/ok"
	asked proxy "GET $BAD/ok HTTP/1.1"
	# without a proxy of its own it is about the environment's
	configured "no_proxy: 127.0.0.1"
	http_proxy=$DOWN call_by 0 GET "$BAD/ok"
	# and says nothing to a step that names one
	configured "no_proxy: 127.0.0.1"
	call_by 0 GET "$BAD/ok" "proxy: \"http://$PROXY\""
	asked proxy "GET $BAD/ok HTTP/1.1"
}

@test "the workspace's proxy is shown before and after, without its password" {
	local way="# to $BAD, through the proxy http://$AUTH"

	configured "proxy: http://user:pa55%2Fword@$AUTH"
	call p GET "$BAD/ok"
	svcreq create p
	try svcreq status 1
	assert_stdout_has "$way, as state/config.yaml says"
	try svcreq run 1 --dry-run
	assert_stdout_has "$way, as state/config.yaml says"
	configured "proxy: http://user:pa55%2Fword@$AUTH" "no_proxy: localhost"
	try svcreq run 1 --dry-run
	assert_stdout_has "$way unless the host is one of localhost, as state/config.yaml says"
	svcreq run 1
	grep -qF "$way unless the host is one of localhost, as state/config.yaml says" executor_logs/1/Call.log
	! grep -r pa55 state/requests executor_logs || fail "the password is there"
	# of what the proxy says of it, too
	configured "proxy: http://user:correct%20horse@${BAD#http://}"
	call q GET "http://example.invalid/echo"
	svcreq create q --run
	grep -q 'Proxy-Authorization.*Basic \*\*\*' executor_logs/2/Call.log || fail "$(cat executor_logs/2/Call.log)"
}

@test "a workspace's proxy that is none fails the step before anything is announced" {
	local proxy

	for proxy in ftp://h:1 "http://" "h h" "http://a@b@c:1" "http://h:1/path"; do
		configured "proxy: '$proxy'"
		call_by 4 POST "$BAD/ok"
		[[ $(last_event "$id" '[.reason, .attempt]') == '["executor",null]' ]] || fail "$(last_event "$id" .)"
		[[ $(last_event "$id" .message) == *"the 'proxy' of state/config.yaml is none: "* ]] || fail "$(last_event "$id" .)"
		try svcreq status "$id"
		assert_status 0
	done
	assert_received POST /ok 0
	configured "proxy: http://$PROXY"
	svcreq retry "$id"
	assert_received POST /ok 1
}
