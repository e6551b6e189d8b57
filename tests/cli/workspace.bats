#!/usr/bin/env bats
# Workspaces: how they are made and found, their modes, and disks that refuse.

load helper
load calls

setup() {
	set_up_workspace
	wait_pipeline plain
}

@test "init makes a workspace, and says so" {
	try svcreq init "$BATS_TEST_TMPDIR/new"
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "made a workspace in $BATS_TEST_TMPDIR/new"
	[[ $(<"$BATS_TEST_TMPDIR/new/state/format") == 1 ]]
	[[ -d $BATS_TEST_TMPDIR/new/pipelines && -d $BATS_TEST_TMPDIR/new/executor_logs ]]
}

@test "init makes one of the working directory, and of the folder of -C" {
	mkdir "$BATS_TEST_TMPDIR/here" "$BATS_TEST_TMPDIR/there"
	cd "$BATS_TEST_TMPDIR/here"
	try svcreq init
	assert_status 0
	[[ -e state/format ]]
	try svcreq -C ../there init
	assert_status 0
	[[ -e ../there/state/format ]]
	try svcreq -C ../there init below
	assert_status 0
	[[ -e ../there/below/state/format ]]
}

@test "init again changes nothing" {
	svcreq create plain
	unchanged svcreq init
	assert_status 0
	assert_stderr_is "$PWD is a workspace already"
}

@test "init does not say yes to what it does not do" {
	unchanged svcreq init --shared=group .
	assert_status 1
	assert_stderr_is "svcreq: '.' is a workspace already and stays private: 'init' shares only new ones"
	[[ $(stat -c %a state) == 700 ]]
	echo 7 >state/format
	unchanged svcreq init
	assert_status 1
	assert_stderr_is "svcreq: 'state/format' has version '7', and this program knows only '1'"
}

@test "init --service writes that the owner is no person, and keeps what is there" {
	local new=$BATS_TEST_TMPDIR/new

	(umask 0 && svcreq init --service "$new")
	[[ $(<"$new/state/config.yaml") == "owner: service" && $(stat -c %a "$new/state/config.yaml") == 600 ]]
	# again, with more in it
	echo "admins: [daemon]" >>"$new/state/config.yaml"
	try svcreq init --service "$new"
	assert_status 0
	assert_stderr_is "$new is a workspace already"
	[[ $(wc -l <"$new/state/config.yaml") -eq 2 ]]
	svcreq init --shared=group --service "$new-shared"
	[[ $(stat -c %a "$new-shared/state/config.yaml") == 640 ]]
	svcreq -C "$new-shared" status
	# what is another is not made to be one
	unchanged svcreq init --service
	assert_status 1
	assert_stderr_is "svcreq: '.' is a workspace already, whose owner is a person: write 'owner: service' into its state/config.yaml"
	mkdir -p "$new-half/state" "$new-left/state"
	echo "admins: [daemon]" >"$new-half/state/config.yaml"
	try svcreq init --service "$new-half"
	assert_status 1
	assert_stderr_is "svcreq: there is a 'state/config.yaml': write 'owner: service' into it, and leave out --service"
	[[ ! -e $new-half/state/format && $(<"$new-half/state/config.yaml") == "admins: [daemon]" ]]
	# what one that was killed has left is taken up
	echo "owner: service" >"$new-left/state/config.yaml"
	svcreq init --service "$new-left"
	[[ -e $new-left/state/format ]]
}

@test "a workspace that is closed to the user is told as such" {
	[[ $(id -u) -eq 0 ]] || skip "only root can become other users"
	local closed

	closed=$(mktemp -d)
	chmod 755 "$closed"
	cp -r "$BUILD/bin" "$BUILD/libexec" "$closed"
	svcreq init "$closed/ws" 2>/dev/null
	chmod 755 "$closed/ws"
	cd "$closed/ws"
	unset ASAN_OPTIONS UBSAN_OPTIONS
	try setpriv --reuid=nobody --regid=nogroup --clear-groups "$closed/bin/svcreq" status
	cd /
	rm -rf "$closed"
	assert_status 1
	assert_stderr_is "svcreq: cannot look for 'state/format' in '$closed/ws': Permission denied"
}

@test "init refuses what cannot be a workspace" {
	touch file
	unchanged svcreq init file
	assert_status 1
	assert_stdout_is ""
	assert_stderr_has "'file'"
	unchanged svcreq init no/such/parent
	assert_status 1
	assert_stderr_has "No such file or directory"
	unchanged svcreq init --shared=world
	assert_status 2
	assert_stderr_has "'world'"
	unchanged svcreq init a b
	assert_status 2
}

@test "the workspace is found from below, as git finds its own" {
	mkdir -p a/b/c
	cd a/b/c
	try svcreq create plain
	assert_status 0
	assert_stdout_is 1
	[[ -e ../../../state/requests/1 ]]
}

@test "-C wins over SVCREQ_ROOT, and that over the working directory" {
	svcreq init ../other 2>/dev/null
	cp pipelines/* ../other/pipelines/
	SVCREQ_ROOT=../other svcreq create plain
	[[ -e ../other/state/requests/1 && ! -e state/requests/1 ]]
	SVCREQ_ROOT=../other svcreq -C . create plain
	[[ -e state/requests/1 ]]
	SVCREQ_ROOT='' svcreq create plain
	[[ -e state/requests/2 ]]
}

@test "run works in the workspace that was chosen, too" {
	svcreq create plain
	cd /
	try svcreq -C "$BATS_TEST_TMPDIR/ws" run 1
	assert_status 0
	SVCREQ_ROOT=$BATS_TEST_TMPDIR/ws try svcreq run --pending
	assert_status 0
}

@test "outside a workspace every command says so" {
	local arguments

	mkdir "$BATS_TEST_TMPDIR/outside"
	cd "$BATS_TEST_TMPDIR/outside"
	for arguments in "status" "status 1" "create plain" "run 1" "run --pending" "approve 1" "log 1" pipelines validate; do
		# shellcheck disable=SC2086 # words
		try svcreq $arguments
		assert_status 1
		assert_stdout_is ""
		assert_stderr_is "svcreq: not in a workspace (no state/format here or above); make one with 'svcreq init'"
	done
	[[ $(ls -A) == "" ]]
	try svcreq -C . status
	assert_status 1
	assert_stderr_is "svcreq: '.' is not a workspace (it has no state/format); make it one with 'svcreq init .'"
	try svcreq -C /no/such/folder status
	assert_status 1
	assert_stderr_has "'/no/such/folder'"
	SVCREQ_ROOT=/no/such/folder try svcreq status
	assert_status 1
	assert_stderr_has "SVCREQ_ROOT"
	for arguments in version help --version --help "help create"; do
		# shellcheck disable=SC2086 # words
		try svcreq $arguments
		assert_status 0
	done
}

@test "a workspace of a version that is not known is not touched" {
	local arguments

	svcreq create plain
	echo 2 >state/format
	for arguments in "status" "create plain" "run 1" "run --pending" "approve 1" "log 1"; do
		# shellcheck disable=SC2086 # words
		unchanged svcreq $arguments
		assert_status 1
		assert_stdout_is ""
		assert_stderr_is "svcreq: 'state/format' has version '2', and this program knows only '1'"
	done
}

@test "a workspace is private, whatever the umask" {
	local umask

	for umask in 000 022 077 777; do
		(umask $umask && svcreq init "$BATS_TEST_TMPDIR/p$umask" 2>/dev/null)
		cd "$BATS_TEST_TMPDIR/p$umask"
		wait_pipeline plain
		(umask $umask && svcreq create plain --run && svcreq approve 1) 2>/dev/null
		[[ $(find . -path ./pipelines -prune -o -type d ! -perm 700 -print) == "" ]] || fail "$(ls -lR)"
		[[ $(find state executor_logs -type f ! -perm 600) == "" ]] || fail "$(ls -lR)"
		[[ -e executor_logs/1/Wait.log ]]
	done
}

@test "a workspace shared with its group is so throughout, whatever the umask" {
	local umask

	for umask in 000 077 777; do
		(umask $umask && svcreq init --shared=group "$BATS_TEST_TMPDIR/s$umask" 2>/dev/null)
		cd "$BATS_TEST_TMPDIR/s$umask"
		wait_pipeline plain
		(umask $umask && svcreq create plain --run && svcreq approve 1) 2>/dev/null
		[[ $(find state executor_logs -type d ! -perm 2770) == "" ]] || fail "$(ls -lR)"
		[[ $(find state executor_logs -type f ! -perm 660 ! -name format ! -path "*/requests/*") == "" ]] || fail "$(ls -lR)"
	done
}

@test "a read-only workspace can be read, and writing says why not" {
	[[ $(id -u) -eq 0 ]] || skip "only root may mount"
	svcreq create plain --run 2>/dev/null
	unshare --mount --propagation private true || skip "mounting is not allowed here"
	# shellcheck disable=SC2016 # for that shell
	try unshare --mount --propagation private sh -c \
	    'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && svcreq status && svcreq status 1 && svcreq log 1'
	assert_status 0
	assert_stdout_has Pending
	for arguments in "create plain" "approve 1" "run 1"; do
		unchanged unshare --mount --propagation private sh -c \
		    "mount --bind . . && mount -o remount,ro,bind . && cd \"\$PWD\" && svcreq $arguments"
		assert_status 1
		assert_stdout_is ""
		assert_stderr_has "Read-only file system"
	done
}

@test "on a full disk nothing is half recorded" {
	[[ $(id -u) -eq 0 ]] || skip "only root may mount"
	unshare --mount --propagation private true || skip "mounting is not allowed here"
	cat >full.sh <<-'EOF'
		set -eu
		mount -t tmpfs -o size=512k,mode=755 none "$1"
		svcreq init "$1" 2>/dev/null
		cp pipelines/plain.yaml "$1/pipelines/"
		cd "$1"
		head -c 64k /dev/zero >ballast
		made=0
		while svcreq create plain >/dev/null; do made=$((made + 1)); done
		cat /dev/zero >rest 2>/dev/null || :
		svcreq run 1 || echo "run: $?"
		echo "made: $made, damaged: $(svcreq status >/dev/null; echo $?)"
		rm rest ballast
		svcreq run 1 2>/dev/null
		svcreq status 1
		svcreq create plain >/dev/null
		svcreq status --json | jq -r .id | diff - <(seq $((made + 1)))
	EOF
	mkdir tiny
	try unshare --mount --propagation private bash full.sh "$PWD/tiny"
	assert_status 0
	assert_stdout_matches $'^run: 1\nmade: [0-9]+, damaged: 0\nRequest 1: Pending'
	assert_stderr_has "No space left on device"
}

@test "standard output that cannot be written to is an error" {
	local arguments

	svcreq create plain --run 2>/dev/null
	for arguments in status "status 1" "status --json" "log 1" "log 1 --events" pipelines "pipelines plain" help version \
	    --help "help create" "create plain"; do
		try sh -c "svcreq $arguments >/dev/full"
		assert_status 1
		assert_stderr_has "cannot write to standard output: No space left on device"
		try sh -c "svcreq $arguments >&-"
		assert_status 1
		assert_stderr_has "cannot write to standard output"
	done
}

@test "a reader that goes away is no fault of anyone" {
	for _ in 1 2 3; do
		svcreq create plain
	done
	try sh -c 'svcreq status | head -n 1'
	assert_status 0
	assert_stdout_has STATUS
}
