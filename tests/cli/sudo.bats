#!/usr/bin/env bats
# A service account owns the workspace, and people come to it through the real sudo, as svcreq(1) tells.

load helper
load calls

setup_file() {
	[[ $(id -u) -eq 0 ]] || return 0
	# parallel runs have users of their own
	account=sva$$ alice=svs$$a bob=svs$$b staff=svs$$g
	export account alice bob staff
	# another run may hold the lock of the database of users
	eventually groupadd "$staff"
	eventually useradd -M -N "$account"
	eventually useradd -M -N -G "$staff" "$alice"
	eventually useradd -M -N -G "$staff" "$bob"
}

teardown_file() {
	[[ $(id -u) -eq 0 ]] || return 0
	rm -f "/etc/sudoers.d/$account"
	eventually userdel "$alice"
	eventually userdel "$bob"
	eventually userdel "$account"
	eventually groupdel "$staff"
}

setup() {
	[[ $(id -u) -eq 0 ]] || skip "only root can make users"
	set_up_workspace
	unset ASAN_OPTIONS UBSAN_OPTIONS
	# what bats has is closed to others
	shared=$(mktemp -d)
	chmod 755 "$shared"
	cp -r "$BUILD/bin" "$BUILD/libexec" "$shared"
	chmod -R a+rX "$shared/bin" "$shared/libexec"
	install -d -o "$account" "$shared/ws"
	install -d -o "$alice" "$shared/alice"
	cd "$shared/ws" || return
	as_user "$account" svcreq init . 2>/dev/null
	echo "admins: [$alice]" >state/config.yaml
	wait_pipeline plain
	chown -R "$account" "$shared/ws"
	make_rules
}

teardown() {
	[[ -z ${shared-} ]] || rm -rf "$shared"
}

# The program and the rule of svcreq(1).  For two of the tests sudo is laxer than it should be.
make_rules() {
	cat >"$shared/request" <<-EOF
		#!/bin/sh
		case \${1-} in -*) echo "request: the command comes first" >&2; exit 2 ;; esac
		export SVCREQ_ROOT=$shared/ws
		exec $shared/bin/svcreq "\$@"
	EOF
	chmod 755 "$shared/request"
	(umask 337 && cat >"/etc/sudoers.d/$account") <<-EOF
		%$staff ALL = ($account) NOPASSWD: $shared/request, $shared/bin/svcreq
		Defaults!$shared/bin/svcreq env_keep += "SVCREQ_EXEC_PATH PATH", !secure_path
	EOF
}

# as_user <name> <command>: as that user, with the groups of the database.
as_user() {
	local name=$1

	shift
	setpriv --reuid="$name" --regid="$(id -g "$name")" --init-groups --reset-env --inh-caps=-all \
	    env PATH="$shared/bin:/usr/local/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 "$@"
}

# request <name> <arguments>: as a person types it.
request() {
	local name=$1

	shift
	as_user "$name" sudo -n -u "$account" "$shared/request" "$@"
}

@test "people create and approve what they may, each by their own name" {
	try request "$bob" create plain --run
	assert_status 0
	assert_stdout_is 1
	try request "$bob" approve 1
	assert_status 9
	assert_stderr_has "cannot approve request 1: '$bob' is not an approver of step 'Wait' ($alice)"
	request_is 1 Pending
	try request "$alice" approve 1 -m "go on"
	assert_status 0
	request_is 1 Completed
	[[ $(event 1 1 .requested_by) == "$bob" ]]
	[[ $(last_event 1 .created_by) == "$alice" ]]
	# all of it is the account's
	[[ $(find state executor_logs ! -user "$account") == "" ]] || fail "$(ls -lR state executor_logs)"
}

@test "nobody becomes somebody else by what they put into the environment" {
	request "$bob" create plain --run
	try as_user "$bob" env SUDO_USER="$alice" SUDO_UID="$(id -u "$alice")" USER="$alice" LOGNAME="$alice" \
	    sudo -n -u "$account" "$shared/request" approve 1
	assert_status 9
	assert_stderr_has "'$bob' is not an approver"
	# sudo itself does not take it over
	try as_user "$bob" sudo -n -u "$account" SUDO_USER="$alice" "$shared/request" approve 1
	[[ $status -ne 0 ]]
	request_is 1 Pending
	# without sudo it is believed of nobody but the owner of the state
	try as_user "$bob" env SUDO_USER="$account" SVCREQ_ROOT="$shared/ws" svcreq approve 1
	assert_status 1
	assert_stderr_has "Permission denied"
	request_is 1 Pending
}

@test "people cannot touch the files" {
	local path

	request "$bob" create plain --run
	for path in state state/requests/1 state/requests/1/000001.json state/lock executor_logs; do
		try as_user "$bob" test -r "$shared/ws/$path"
		assert_status 1
		try as_user "$bob" test -w "$shared/ws/$path"
		assert_status 1
	done
	try as_user "$bob" rm -rf "$shared/ws/state/requests/1"
	[[ -e state/requests/1/000001.json ]]
}

@test "no program of a person's own is run as the account" {
	local path

	request "$bob" create plain
	mkdir "$shared/evil"
	for path in svcreq-run svcreq-evil; do
		printf '#!/bin/sh\ntouch "%s/evil/was-run"\n' "$shared" >"$shared/evil/$path"
		chmod 755 "$shared/evil/$path"
	done
	chmod 777 "$shared/evil"
	try as_user "$bob" env SVCREQ_EXEC_PATH="$shared/evil" PATH="$shared/evil:/usr/bin:/bin" \
	    sudo -n -u "$account" "$shared/bin/svcreq" -C "$shared/ws" run 1
	assert_status 0
	try as_user "$bob" env SVCREQ_EXEC_PATH="$shared/evil" PATH="$shared/evil:/usr/bin:/bin" \
	    sudo -n -u "$account" "$shared/bin/svcreq" -C "$shared/ws" evil
	assert_status 2
	assert_stderr_has "'evil' is not a svcreq command"
	[[ ! -e $shared/evil/was-run ]]
	request_is 1 Pending
}

@test "a workspace of a person's own is not opened with the account's rights" {
	as_user "$alice" svcreq init "$shared/alice/ws"
	chmod -R a+rwX "$shared/alice/ws"
	try as_user "$alice" sudo -n -u "$account" "$shared/bin/svcreq" -C "$shared/alice/ws" status
	assert_status 1
	assert_stderr_has "through sudo, '$shared/alice/ws' and its state must belong to the user that sudo runs svcreq as"
}

@test "a workspace that the account was made to make, but others can write, is not opened either" {
	chmod 2777 "$shared/alice"
	chgrp "$staff" "$shared/alice"
	try as_user "$alice" sudo -n -u "$account" "$shared/bin/svcreq" init --shared=group "$shared/alice/ws"
	assert_status 0
	as_user "$alice" sh -c "echo 'steps: [{step_name: a, step_type: WAIT_FOR_APPROVAL}]' >$shared/alice/ws/pipelines/evil.yaml"
	try as_user "$alice" sudo -n -u "$account" "$shared/bin/svcreq" -C "$shared/alice/ws" create evil --run
	assert_status 1
	assert_stderr_has "and nobody else may write to them"
}

@test "the account runs all requests, as cron does, and they stay the requesters'" {
	request "$bob" create plain
	as_user "$account" svcreq run --pending -q
	request_is 1 Pending
	[[ $(last_event 1 '[.created_by, .requested_by]') == "[\"$account\",\"$bob\"]" ]]
	# the account itself is no admin here
	try as_user "$account" svcreq approve 1
	assert_status 9
}

@test "what root does in the workspace belongs to its owner, who goes on with it" {
	echo "admins: [root, $alice]" >state/config.yaml
	call down POST "$DOWN/"
	request "$bob" create plain --run
	svcreq approve 1
	svcreq create plain
	svcreq create down --run || true
	rm -rf state/queue
	svcreq status >"$shared/listed"
	[[ $(find state executor_logs ! -user "$account") == "" ]] || fail "$(find . -ls)"
	try as_user "$account" svcreq run --pending
	assert_status 0
	try as_user "$account" svcreq status 1 2 3
	assert_status 0
	request_is 2 Pending
	[[ $(event 1 5 .created_by) == root ]]
}
