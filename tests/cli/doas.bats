#!/usr/bin/env bats
# A service account owns the workspace, and people come to it through the real doas.
#
# shellcheck disable=SC2154 # stderr is set by try

load helper
load calls

CONF=/etc/doas.conf

setup_file() {
	[[ $(id -u) -eq 0 ]] || return 0
	# parallel runs have users of their own
	account=svd$$a alice=svd$$b bob=svd$$c staff=svd$$g
	export account alice bob staff
	# another run may hold the lock of the database of users
	eventually groupadd "$staff"
	eventually useradd -M -N "$account"
	eventually useradd -M -N -G "$staff" "$alice"
	eventually useradd -M -N -G "$staff" "$bob"
}

teardown_file() {
	[[ $(id -u) -eq 0 ]] || return 0
	rules
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
	cd "$shared/ws" || return
	as_user "$account" svcreq init --service . 2>/dev/null
	echo "admins: [$alice]" >>state/config.yaml
	wait_pipeline plain
	chown -R "$account" "$shared/ws"
	cat >"$shared/request" <<-EOF
		#!/bin/sh
		export SVCREQ_ROOT=$shared/ws
		exec $shared/bin/svcreq "\$@"
	EOF
	chmod 755 "$shared/request"
	# laxer than it should be: a person's environment comes through
	rules "permit nopass keepenv :$staff as $account cmd $shared/request" \
	    "permit nopass $alice as root cmd $shared/bin/svcreq"
}

teardown() {
	[[ -z ${shared-} ]] || rm -rf "$shared"
}

# rules [<line>...]: ours in the one file that doas has, which other runs change, too.
rules() {
	(
		flock 9
		if [[ -e $CONF ]]; then
			sed -E "/[ :]($staff|$alice) /d" "$CONF" >"$BATS_FILE_TMPDIR/conf"
		else
			: >"$BATS_FILE_TMPDIR/conf"
		fi
		(($# == 0)) || printf '%s\n' "$@" >>"$BATS_FILE_TMPDIR/conf"
		if [[ -s $BATS_FILE_TMPDIR/conf ]]; then
			install -m 400 "$BATS_FILE_TMPDIR/conf" "$CONF.new" && mv "$CONF.new" "$CONF"
		else
			rm -f "$CONF"
		fi
	) 9>"/run/lock/svcreq-tests-doas"
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
	as_user "$name" doas -n -u "$account" "$shared/request" "$@"
}

@test "people create and approve what they may, each by their own name" {
	try request "$bob" create plain --run
	assert_status 0
	assert_stdout_is 1
	try request "$bob" approve 1
	assert_status 9
	assert_stderr_has "cannot approve request 1: '$bob' is not an approver of step 'Wait' ('$alice')"
	try request "$alice" approve 1 -m "go on"
	assert_status 0
	request_is 1 Completed
	[[ $(event 1 1 .requested_by) == "$bob" ]]
	[[ $(last_event 1 .created_by) == "$alice" ]]
	[[ $(find state executor_logs ! -user "$account") == "" ]] || fail "$(ls -lR state executor_logs)"
	# the account is a service
	as_user "$account" svcreq create plain
	as_user "$account" svcreq run --pending -q
	request_is 2 Pending
	try as_user "$account" svcreq approve 2
	assert_status 9
	assert_stderr_has "'$account' is the service account of this workspace"
}

@test "nobody becomes somebody else by what they put into the environment" {
	request "$bob" create plain --run
	try as_user "$bob" env DOAS_USER="$alice" USER="$alice" LOGNAME="$alice" doas -n -u "$account" "$shared/request" approve 1
	assert_status 9
	assert_stderr_has "'$bob' is not an approver"
	# sudo's variables come through: then it is not certain who it is
	try as_user "$bob" env SUDO_USER="$alice" SUDO_UID="$(id -u "$alice")" doas -n -u "$account" "$shared/request" approve 1
	assert_status 1
	assert_stderr_is "svcreq: the environment has the variables of several of sudo, doas and pkexec: it is not certain who you are"
	request_is 1 Pending
}

@test "nothing of a person's enters a run, even where doas lets it through" {
	local shown

	cat >"$shared/libexec/svcreq/svcreq-run" <<-'EOF'
		#!/bin/sh
		env | sort >&2
	EOF
	try as_user "$alice" env http_proxy="$DOWN" SVCREQ_SECRET_TOKEN=x CREDENTIALS_DIRECTORY="$shared" OPENSSL_CONF=/x \
	    SSLKEYLOGFILE=/x XDG_CONFIG_HOME=/x SVCREQ_EXEC_PATH="$shared/x" SVCREQ_NAME="doas -u x request" TERM=vt100 \
	    doas -n -u "$account" "$shared/request" create plain --run
	assert_status 0
	shown=$(grep -v '^\(PWD\|SHLVL\|_\|OLDPWD\)=' <<<"$stderr")
	diff - <(echo "$shown") <<-EOF
		DOAS_USER=$alice
		HOME=$(getent passwd "$account" | cut -d: -f6)
		LC_ALL=C.UTF-8
		PATH=/usr/local/bin:/usr/bin:/bin
		SVCREQ_NAME=doas -u x request
		SVCREQ_ROOT=$shared/ws
		TERM=vt100
	EOF
}

@test "init, files and programs of a person's own are refused, and - works" {
	local form=$shared/form.json

	echo '{}' >"$form"
	try request "$bob" init "$shared/ws/state/requests/7"
	assert_status 9
	assert_stderr_has "'init' is not for those who come through doas"
	[[ ! -e state/requests/7 ]]
	for arguments in "validate" "create plain --form-data"; do
		# shellcheck disable=SC2086 # words
		try request "$bob" $arguments "$form"
		assert_status 9
		assert_stderr_is "svcreq: cannot read '$form': through doas it would be read with the rights of '$account': give - instead, and the text on standard input"
	done
	request "$bob" create plain --form-data - <"$form"
	try request "$bob" evil
	assert_status 2
	assert_stderr_has "programs of your own are not run with the rights of another"
}

@test "root through doas is the person" {
	request "$bob" create plain
	as_user "$alice" doas -n "$shared/bin/svcreq" -C "$shared/ws" cancel 1
	[[ $(last_event 1 .created_by) == "$alice" ]]
	[[ $(find state executor_logs ! -user "$account") == "" ]]
}
