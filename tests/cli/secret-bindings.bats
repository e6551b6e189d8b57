#!/usr/bin/env bats
# What config.yaml allows a secret for, and what is refused.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup_file() {
	start_bad_server
	start_server proxy proxy.py "$BATS_FILE_TMPDIR/proxy.heads"
	PROXY=http://127.0.0.1:$(server_port proxy)
	export PROXY
}

teardown_file() {
	stop_server proxy
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
	: >"$BATS_FILE_TMPDIR/proxy.heads"
	make_secret TOKEN top-s3cret-value
}

# bind <map>: what TOKEN is for.
bind() {
	echo "secrets: {TOKEN: $1}" >state/config.yaml
}

# refused <message>: the pipeline p is refused before anything is announced, and a dry run says the same.
refused() {
	local id

	svcreq create p
	id=$(head -n 1 state/last-id)
	try svcreq run "$id" --dry-run
	assert_status 4 || return
	assert_stdout_has "# cannot be filled in: $1" || return
	try svcreq run "$id"
	assert_status 4 || return
	[[ $(events "$id" | tail -n 1) == "Failed Call placeholder" ]] || fail "$(events "$id")" || return
	[[ $(last_event "$id" .message) == "$1" ]] || fail "$(last_event "$id" .message)" || return
	[[ $(events "$id") != *Running* ]] || fail "it was announced" || return
	assert_only_received '{}' || return
	[[ ! -s $BATS_FILE_TMPDIR/proxy.heads ]] || fail "the proxy was asked"
}

@test "a secret is sent to its origins, and the step that would send it elsewhere is refused" {
	bind "{origins: ['$BAD', 'https://api.example.org']}"
	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	svcreq create p --run
	assert_received GET /ok 1
	forget_calls
	bind "{origins: ['https://api.example.org']}"
	refused "the secret 'TOKEN' is bound to https://api.example.org: it must not be sent to $BAD"
	call p POST "$BAD/ok" 'data: {a: ["x${secret:TOKEN}"]}'
	refused "the secret 'TOKEN' is bound to https://api.example.org: it must not be sent to $BAD"
	call p GET "$BAD/ok" 'query: {"${secret:TOKEN}": 1}'
	refused "the secret 'TOKEN' is bound to https://api.example.org: it must not be sent to $BAD"
	# a secret that is bound to nothing, and a step without one, are not asked
	make_secret OTHER other-s3cret-value
	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:OTHER}"}'
	svcreq create p --run
}

@test "a secret is used by its pipelines, whatever their files are called" {
	bind "{pipelines: [order]}"
	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	refused "the secret 'TOKEN' is bound to other pipelines (order): 'p' must not use it"
	sed -i '1i pipeline_name: order' pipelines/p.yaml
	svcreq create order --run
	assert_received GET /ok 1
}

@test "a stored request is held to what is bound when it runs" {
	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	svcreq create p
	bind "{pipelines: [order]}"
	try svcreq run 1
	assert_status 4
	[[ $(last_event 1 .reason) == placeholder ]]
	rm state/config.yaml
	svcreq retry 1
	assert_received GET /ok 1
}

@test "a proxy that the step names is asked for, too, where it reads what is sent" {
	bind "{origins: ['$BAD']}"
	call p GET "$BAD/ok" "proxy: \"$PROXY\", headers: {X-Auth: \"\${secret:TOKEN}\"}"
	refused "the secret 'TOKEN' is bound to $BAD: it must not be sent to $PROXY"
	# also where a requester says which one
	call p GET "$BAD/ok" "proxy: \"http://127.0.0.1:\${port}\", headers: {X-Auth: \"\${secret:TOKEN}\"}"
	svcreq create p -f port="${PROXY##*:}"
	try svcreq run 2
	assert_status 4
	[[ $(last_event 2 .message) == *"must not be sent to $PROXY" ]] || fail "$(last_event 2 .)"
	call p GET "$BAD/ok" "proxy: \"http://me:\${secret:TOKEN}@${PROXY#http://}\""
	refused "the secret 'TOKEN' is bound to $BAD: it must not be sent to $PROXY"
	bind "{origins: ['$PROXY']}"
	svcreq create p --run
	assert_received GET /ok 1
	# the owner's own proxy is the owner's to choose
	bind "{origins: ['$BAD']}"
	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	http_proxy=$PROXY svcreq create p --run
	assert_received GET /ok 2
}

@test "where the server is not verified, a bound secret is not sent" {
	bind "{origins: ['https://127.0.0.1:1']}"
	call p GET "https://127.0.0.1:1/" 'insecure: true, headers: {X-Auth: "${secret:TOKEN}"}'
	refused "the secret 'TOKEN' is bound to https://127.0.0.1:1: it must not be sent to whoever answers (insecure: true)"
}

@test "a redirect never takes it elsewhere" {
	bind "{origins: ['$BAD']}"
	call p GET "$BAD/redirect302?to=$PROXY/x" 'follow_redirects: 3, headers: {X-Auth: "${secret:TOKEN}"}'
	try svcreq create p --run
	assert_status 4
	[[ ! -s $BATS_FILE_TMPDIR/proxy.heads ]] || fail "it was followed"
}

@test "what is no binding is a fault of config.yaml, and nothing is sent" {
	local text

	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	svcreq create p
	for text in 'api.example.org' 'https://api.example.org/' 'https://api.example.org/v1' 'ftp://h' \
	    'https://*.example.org' 'https://me@h' 'https://h:x'; do
		bind "{origins: ['$text']}"
		try svcreq run 1
		assert_status 1
		assert_stderr_has "state/config.yaml:1:29: '$text' is no origin, such as https://api.example.org:8443: "
	done
	bind "{origins: https://h}"
	try svcreq run 1
	assert_stderr_has "state/config.yaml:1:28: 'origins' must be a list such as [https://api.example.org]"
	bind "{origin: [https://h]}"
	try svcreq run 1
	assert_stderr_has "state/config.yaml:1:19: unknown key 'origin', did you mean 'origins'?"
	request_is 1 "Not Started"
	assert_only_received '{}'
}
