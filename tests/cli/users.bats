#!/usr/bin/env bats
# Real users who share a workspace through their group.

load helper
load calls

setup_file() {
	[[ $(id -u) -eq 0 ]] || return 0
	# parallel runs have users of their own
	alice=svt$$a bob=svt$$b eve=svt$$e group=svt$$g
	export alice bob eve group
	# another run may hold the lock of the database of users
	eventually groupadd "$group"
	eventually useradd -M -N -G "$group" "$alice"
	eventually useradd -M -N -G "$group" "$bob"
	eventually useradd -M -N "$eve"
}

teardown_file() {
	[[ $(id -u) -eq 0 ]] || return 0
	eventually userdel "$alice"
	eventually userdel "$bob"
	eventually userdel "$eve"
	eventually groupdel "$group"
}

setup() {
	[[ $(id -u) -eq 0 ]] || skip "only root can become other users"
	set_up_workspace
	# what bats has is closed to others
	shared=$(mktemp -d)
	chmod 755 "$shared"
	cp -r "$BUILD/bin" "$BUILD/libexec" "$shared"
	chmod -R a+rX "$shared/bin" "$shared/libexec"
	unset ASAN_OPTIONS UBSAN_OPTIONS
	chgrp "$group" "$shared" && chmod g+s "$shared"
	mkdir -m 2770 "$shared/ws"
	cd "$shared/ws" || return
	user "$alice" svcreq init --shared=group .
	PATH=$shared/bin:$PATH
	export PATH
	wait_pipeline plain
	chmod 644 pipelines/*
}

teardown() {
	[[ -z ${shared-} ]] || rm -rf "$shared"
}

# user <name> <command>: as that user, with the groups of the database.
user() {
	local name=$1

	shift
	setpriv --reuid="$name" --regid="$(id -g "$name")" --init-groups \
	    --reset-env --inh-caps=-all env PATH="$shared/bin:$PATH" LC_ALL=C.UTF-8 "$@"
}

@test "members of the group work on each other's requests; each is named" {
	try user "$alice" svcreq create plain --run
	assert_status 0
	try user "$bob" svcreq status 1
	assert_status 0
	[[ $(event 1 1 .requested_by) == "$alice" ]]
	try user "$bob" svcreq create plain --run
	assert_status 0
	assert_stdout_is 2
	try user "$alice" svcreq approve 2
	assert_status 0
	[[ $(last_event 2 '[.status, .created_by]') == "[\"Completed\",\"$alice\"]" ]]
}

@test "everything in state/ stays shared with the group, whatever the umask" {
	(umask 077 && user "$bob" svcreq create plain --run)
	(umask 000 && user "$alice" svcreq approve 1)
	[[ $(find state executor_logs -type d ! -perm 2770) == "" ]] || fail "$(ls -lR state)"
	[[ $(find state executor_logs -type f ! -perm 660 ! -name format) == "" ]] || fail "$(ls -lR state)"
	[[ $(find state executor_logs ! -group "$group") == "" ]] || fail "$(ls -lR state)"
}

@test "who is no admin cannot approve" {
	user "$alice" svcreq create plain --run
	unchanged user "$bob" svcreq approve 1
	assert_status 9
	assert_stdout_is ""
	assert_stderr_is "svcreq: cannot approve request 1: '$bob' is not an approver of step 'Wait' (the owner of the workspace)"
}

@test "the group may be the approvers, and two approvals are of two users" {
	wait_pipeline pair "approvers: ['@$group'], approvals_required: 2"
	chmod 644 pipelines/*
	user "$alice" svcreq create pair --run
	try user "$alice" svcreq approve 1
	assert_status 0
	unchanged user "$alice" svcreq approve 1
	assert_status 0
	assert_stderr_is "'$alice' has approved step 'Wait' of request 1 already"
	request_is 1 Pending
	try user "$bob" svcreq approve 1
	assert_status 0
	request_is 1 Completed
	[[ $(last_event 1 .created_by) == "$bob" ]]
	# the owner is in no group that is meant
	wait_pipeline others "approvers: ['@games']"
	chmod 644 pipelines/*
	user "$bob" svcreq create others --run
	unchanged user "$alice" svcreq approve 2
	assert_status 9
	assert_stderr_is "svcreq: cannot approve request 2: '$alice' is not an approver of step 'Wait' (@games)"
}

@test "SUDO_USER is not believed of who is not the owner" {
	user "$alice" svcreq create plain --run
	unchanged user "$bob" env SUDO_USER="$alice" svcreq approve 1
	assert_status 9
	assert_stderr_has "'$bob' is not an approver"
	user "$alice" env SUDO_USER="$bob" svcreq create plain
	[[ $(event 2 1 .requested_by) == "$bob" ]]
}

@test "USER and LOGNAME are not believed of anyone" {
	user "$alice" svcreq create plain --run
	unchanged user "$bob" env USER="$alice" LOGNAME="$alice" svcreq approve 1
	assert_status 9
}

@test "who is not in the group gets nothing to see and changes nothing" {
	local arguments

	user "$alice" svcreq create plain --run
	chmod 755 "$shared/ws"
	for arguments in status "status 1" "log 1" "create plain" "approve 1" "run 1" "run --pending"; do
		# shellcheck disable=SC2086 # words
		unchanged user "$eve" svcreq -C "$shared/ws" $arguments
		assert_status 1
		assert_stdout_is ""
		assert_stderr_has "Permission denied"
	done
}

@test "only the owner and admins run everything; a requester runs their own" {
	user "$alice" svcreq create plain
	user "$bob" svcreq create plain
	unchanged user "$bob" svcreq run --pending
	assert_status 9
	assert_stderr_has "'$bob' is not an admin"
	unchanged user "$bob" svcreq run 1
	assert_status 9
	assert_stderr_is "svcreq: cannot run request 1: '$bob' is neither an admin nor its requester"
	try user "$bob" svcreq run 2
	assert_status 0
	try user "$alice" svcreq run --pending
	assert_status 0
	request_is 1 Pending
}

# Takes every watch that a user may have, prints a line, and ends with its input.
take_watches() {
	user "$1" /usr/bin/python3 -c '
import ctypes, resource, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
while ctypes.CDLL(None).inotify_init() >= 0:
    pass
print("full", flush=True)
sys.stdin.read()'
}

@test "a user who has no watch left follows a request all the same" {
	local holder follower

	mkfifo hold
	take_watches "$bob" <hold >full &
	holder=$!
	exec 7>hold
	eventually grep -q full full
	user "$alice" svcreq create plain --run
	setpriv --reuid="$bob" --regid="$(id -g "$bob")" --init-groups \
	    "$shared/bin/svcreq" log -f 1 --events >followed 2>&1 7>&- &
	follower=$!
	eventually grep -q Running followed
	run readlink "/proc/$follower/fd"/*
	[[ $output == *followed* && $output != *inotify* ]] || fail "$output"
	user "$alice" svcreq approve 1
	eventually grep -q Approved followed
	exec 7>&-
	wait $holder $follower
	[[ $(wc -l <followed) -eq 5 ]] || fail "$(cat followed)"
}
