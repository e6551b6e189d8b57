#!/usr/bin/env bats
# A service account owns the workspace, and people come to it through the real sudo, as svcreq(1) tells.

# shellcheck disable=SC2154 # stderr is set by try

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
		Defaults!$shared/bin/svcreq env_keep += "SVCREQ_EXEC_PATH PATH HOME XDG_CONFIG_HOME", !secure_path
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
	assert_stderr_has "cannot approve request 1: '$bob' is not an approver of step 'Wait' ('$alice')"
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
	# without sudo it is believed of nobody but the owner of the state and root
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
	assert_stderr_has "'evil' is not a svcreq command; programs of your own are not run with the rights of another"
	[[ ! -e $shared/evil/was-run ]]
	request_is 1 Pending
}

@test "a workspace of a person's own gets nothing of the account's" {
	local bin=$shared/bin/svcreq

	as_user "$alice" svcreq init "$shared/alice/ws"
	cp pipelines/plain.yaml "$shared/alice/ws/pipelines"
	chown -R "$alice" "$shared/alice/ws"
	chmod -R a+rX "$shared/alice/ws"
	try as_user "$alice" sudo -n -u "$account" "$bin" -C "$shared/alice/ws" create plain --run
	assert_status 1
	assert_stderr_has "SUDO_USER says that you are '$alice', which only root and the owner of the workspace may say"
	cd "$shared/alice/ws"
	try as_user "$alice" sudo -n -u "$account" "$bin" status
	assert_status 1
	assert_stderr_has "'$shared/alice/ws' belongs to '$alice', not to you"
	# what a person has listed is that person's alone: the account has a home of its own
	install -d -o "$alice" "$shared/alice/.config/svcreq"
	echo "safe_workspaces: ['*']" >"$shared/alice/.config/svcreq/config.yaml"
	try as_user "$alice" env HOME="$shared/alice" XDG_CONFIG_HOME="$shared/alice/.config" \
	    sudo -n -u "$account" "$bin" status
	assert_status 1
	assert_stderr_has "safe_workspaces in $(getent passwd "$account" | cut -d: -f6)/.config/svcreq/config.yaml"
	chmod -R a+rwX "$shared/alice/ws"
	try as_user "$alice" sudo -n -u "$account" "$bin" -C "$shared/alice/ws" status
	assert_status 1
	assert_stderr_has "can be written by everybody"
}

@test "what has no workspace is not done on behalf of others: nothing of the account's is made or read" {
	local before form=$shared/form.json private=$shared/private.yaml

	echo '{"a": "b"}' >"$form"
	echo "password: s3cr3t" >"$private"
	chown "$account" "$private"
	chmod 600 "$private"
	before=$(find "$shared/ws")
	for folder in state/requests/4611686018427387903 state/requests/2 pipelines/plain.json state/secrets; do
		try request "$bob" init "$shared/ws/$folder"
		assert_status 9
		assert_stdout_is ""
		assert_stderr_is "svcreq: 'init' is not for those who come through sudo: no workspace says what they may do as '$account'.  '$account' itself can, such as by 'env -i PATH=\"\$PATH\" svcreq init'"
	done
	[[ $(find "$shared/ws") == "$before" ]]
	request "$bob" init --help
	request "$bob" create plain
	for arguments in "validate" "create plain --form-data" "create plain --batch" "update 1 --form-data" "resolve 1 --completed -m done --outputs"; do
		for path in "$private" "$form" /dev/stdin /no/such/file; do
			# shellcheck disable=SC2086 # words
			unchanged request "$bob" $arguments "$path"
			assert_status 9
			assert_stdout_is ""
			assert_stderr_is "svcreq: cannot read '$path': through sudo it would be read with the rights of '$account': give - instead, and the text on standard input"
		done
	done
	# - works: the text is the person's
	request "$bob" create plain --form-data - <<<'{}'
	request "$bob" create plain --batch - <<<'{}'
	request "$bob" validate - <pipelines/plain.yaml
	echo "steps: 1" >"$form"
	run_status=0
	request "$bob" validate - <"$form" 2>"$shared/said" || run_status=$?
	[[ $run_status -eq 3 && $(<"$shared/said") == "<stdin>:1:8: "* ]] || fail "$run_status: $(<"$shared/said")"
	# all of the workspace's are the account's business
	request "$bob" validate
}

@test "who has all rights of the account makes its workspace" {
	install -d -o "$account" "$shared/new"
	(umask 337 && echo "$alice ALL = ($account) NOPASSWD: ALL" >"/etc/sudoers.d/$account-all")
	try as_user "$alice" sudo -n -u "$account" env -i "$shared/bin/svcreq" init --service "$shared/new"
	rm -f "/etc/sudoers.d/$account-all"
	assert_status 0
	[[ $(stat -c '%U %a' "$shared/new/state/config.yaml") == "$account 600" ]]
	[[ $(<"$shared/new/state/config.yaml") == "owner: service" ]]
}

@test "an account that is a service runs requests and decides nothing, whatever way it comes" {
	local command

	printf 'owner: service\nadmins: [%s, %s]\n' "$account" "$alice" >state/config.yaml
	request "$bob" create plain
	as_user "$account" svcreq create plain
	as_user "$account" svcreq run --pending -q
	request_is 1 Pending
	for id in 1 2; do
		for command in approve "reject -m no" cancel "retry" "resolve --completed -m done" "update -f a=b" "update --pipeline"; do
			# shellcheck disable=SC2086 # words
			unchanged as_user "$account" svcreq ${command%% *} "$id" ${command#"${command%% *}"}
			assert_status 9
			assert_stdout_is ""
			assert_stderr_has "'$account' is the service account of this workspace, which runs requests and decides nothing (owner: service in state/config.yaml); come through sudo, run0 or doas"
		done
	done
	# a trace that leads to the account leads to no person
	unchanged as_user "$account" env SUDO_USER="$account" SUDO_UID="$(id -u "$account")" svcreq approve 1
	assert_status 9
	request "$alice" approve 1
	request_is 1 Completed
	# without a list root is the admin, and the service is not
	echo "owner: service" >state/config.yaml
	try request "$alice" approve 2
	assert_status 9
	assert_stderr_has "'$alice' is not an approver of step 'Wait' (root)"
	try request "$alice" status 2
	assert_stdout_has "root"
	svcreq -C . approve 2
	request_is 2 Completed
	# a person who owns the workspace decides, with or without saying so
	printf 'owner: person\nadmins: [%s]\n' "$account" >state/config.yaml
	as_user "$account" svcreq create plain --run
	as_user "$account" svcreq approve 3
}

@test "the person is certain, or the command is refused" {
	local variables said
	local a b

	a=$(id -u "$alice") b=$(id -u "$bob")
	request "$bob" create plain --run
	while IFS='|' read -r variables said; do
		# shellcheck disable=SC2086 # words
		unchanged as_user "$account" env $variables svcreq approve 1
		assert_status 1
		assert_stdout_is ""
		assert_stderr_is "svcreq: $said"
		# root's word is worth no more
		# shellcheck disable=SC2086 # words
		unchanged env $variables svcreq -C . approve 1
		assert_status 1
	done <<-EOF
		SUDO_USER=$alice|SUDO_USER is set and SUDO_UID is not: it is not certain who you are
		SUDO_UID=$a|SUDO_UID is set and SUDO_USER is not: it is not certain who you are
		SUDO_USER=$alice SUDO_UID=$b|SUDO_USER and SUDO_UID do not agree: '$alice' is $a, not $b
		SUDO_USER=$alice SUDO_UID=0$a|SUDO_USER and SUDO_UID do not agree: '$alice' is $a, not 0$a
		SUDO_USER=$alice SUDO_UID=$((a + 4294967296))|SUDO_USER and SUDO_UID do not agree: '$alice' is $a, not $((a + 4294967296))
		SUDO_USER=no-such-user SUDO_UID=$a|SUDO_USER names a user that does not exist: 'no-such-user'
		SUDO_USER=$a SUDO_UID=$a|SUDO_USER names a user that does not exist: '$a'
		DOAS_USER=no-such-user|DOAS_USER names a user that does not exist: 'no-such-user'
		DOAS_USER=$alice SUDO_USER=$alice SUDO_UID=$a|the environment has the variables of several of sudo, doas and pkexec: it is not certain who you are
		DOAS_USER=$alice SUDO_UID=$a|the environment has the variables of several of sudo, doas and pkexec: it is not certain who you are
		PKEXEC_UID=$a|pkexec does not say for certain who you are: use sudo, run0 or doas
	EOF
	# what is read needs nobody
	as_user "$account" env SUDO_USER="$alice" svcreq status 1
	request_is 1 Pending
	# the numbers and names that agree, as sudo and run0 give them
	as_user "$account" env SUDO_USER="$alice" SUDO_UID="$a" svcreq approve 1
	[[ $(last_event 1 .created_by) == "$alice" ]]
}

@test "a root shell of a person's is that person, and root's without a trace is root" {
	local a

	a=$(id -u "$alice")
	echo "admins: [root]" >state/config.yaml
	wait_pipeline hers "approvers: [$alice]"
	chown "$account" pipelines/*
	SUDO_USER=$alice SUDO_UID=$a svcreq -C . create hers --run
	[[ $(event 1 1 .requested_by) == "$alice" ]]
	try svcreq -C . approve 1
	assert_status 9
	SUDO_USER=$alice SUDO_UID=$a svcreq -C . approve 1
	request_is 1 Completed
	SUDO_USER=root SUDO_UID=0 svcreq -C . create plain --run
	SUDO_USER=$alice SUDO_UID=$a try svcreq -C . approve 2
	assert_status 9
	svcreq -C . approve 2
	request_is 2 Completed
	[[ $(last_event 2 .created_by) == root ]]
}

@test "no environment of a person's enters a run, even where sudo lets it through" {
	local evil kept

	# what a person would like the account to use
	evil="http_proxy=$DOWN https_proxy=$DOWN all_proxy=$DOWN ALL_PROXY=$DOWN no_proxy=x CREDENTIALS_DIRECTORY=$shared/alice
	    SVCREQ_SECRET_TOKEN=of-alice OPENSSL_CONF=$shared/alice/openssl.cnf SSLKEYLOGFILE=$shared/alice/keys SSL_CERT_FILE=$shared/alice/ca
	    CURL_HOME=$shared/alice HOME=$shared/alice XDG_CONFIG_HOME=$shared/alice RES_OPTIONS=debug MALLOC_TRACE=$shared/alice/trace
	    ODD=x LC_ALL=../../x LANG=/etc/x TZ=:/etc/passwd TERM=x;y COLUMNS=1x"
	echo of-alice >"$shared/alice/TOKEN"
	kept="TERM=xterm-256color LANG=de_DE.UTF-8 LC_TIME=C.UTF-8 NO_COLOR=1 COLUMNS=70 LINES=20 TZ=Europe/Berlin SVCREQ_NAME=request"
	# the same program under another name shows what svcreq-run gets
	cat >"$shared/libexec/svcreq/svcreq-run" <<-'EOF'
		#!/bin/sh
		env | sort >&2
	EOF
	echo "Defaults:$alice !env_reset" >>"/etc/sudoers.d/$account" 2>/dev/null || {
		chmod 640 "/etc/sudoers.d/$account"
		echo "Defaults:$alice !env_reset" >>"/etc/sudoers.d/$account"
	}
	# shellcheck disable=SC2086 # words
	try as_user "$alice" env $evil sudo -n -u "$account" "$shared/request" create plain --run
	assert_status 0
	diff <(grep -v '^\(SUDO_\|PWD=\|SHLVL=\|_=\|OLDPWD=\)' <<<"$stderr") - <<-EOF || unexpected "another environment"
		HOME=$(getent passwd "$account" | cut -d: -f6)
		PATH=/usr/local/bin:/usr/bin:/bin
		SVCREQ_ROOT=$shared/ws
	EOF
	# shellcheck disable=SC2086 # words
	try as_user "$alice" env -u LC_ALL $kept sudo -n -u "$account" "$shared/request" create plain --run
	assert_status 0
	for variable in $kept "SUDO_USER=$alice"; do
		grep -qxF "$variable" <<<"$stderr" || unexpected "$variable is lost"
	done
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
	chown "$account" pipelines/*
	request "$bob" create plain --run
	svcreq -C . approve 1
	svcreq -C . create plain
	svcreq -C . create down --run || true
	rm -rf state/queue
	svcreq -C . status >"$shared/listed"
	[[ $(find state executor_logs ! -user "$account") == "" ]] || fail "$(find . -ls)"
	try as_user "$account" svcreq run --pending
	assert_status 0
	try as_user "$account" svcreq status 1 2 3
	assert_status 0
	request_is 2 Pending
	[[ $(event 1 5 .created_by) == root ]]
}
