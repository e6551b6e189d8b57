#!/usr/bin/env bats
# What a caller's process hands down decides nothing: signals, limits, timers, descriptors, the umask.
#
# shellcheck disable=SC2154 # stderr is set by try

load helper
load calls

setup_file() {
	start_bad_server
}

teardown_file() {
	stop_bad_server
}

setup() {
	set_up_workspace
	forget_calls
	wait_pipeline plain
}

spoil() {
	"$ROOT/tests/spoil.py" "$@"
}

# What svcreq-run would see: the front hands that down.
show_run() {
	mkdir -p "$BATS_TEST_TMPDIR/exec"
	cat >"$BATS_TEST_TMPDIR/exec/svcreq-run" <<-'EOF'
		#!/bin/sh
		umask >&2
		"$SPOIL" show
		exec cat /proc/self/status /proc/self/limits >&2
	EOF
	chmod 755 "$BATS_TEST_TMPDIR/exec/svcreq-run"
	export SVCREQ_EXEC_PATH=$BATS_TEST_TMPDIR/exec SPOIL=$ROOT/tests/spoil.py
}

# signals <line of /proc/self/status>: which it has, as "1 2 3".
signals() {
	local mask number said=

	mask=$(sed -n "s/^$1:[[:space:]]*//p" <<<"$stderr")
	for number in {1..31}; do
		(((0x$mask >> (number - 1)) & 1)) && said+=" $number"
	done
	echo "${said# }"
}

# has_limit <name> <soft> <hard>
has_limit() {
	grep -qE "^$1 +$2 +$3 " <<<"$stderr" || unexpected "not so: $1 $2 $3"
}

@test "signals that are ignored or blocked, timers, the umask and soft limits are not handed on" {
	local number_of_processes

	show_run
	svcreq create plain
	number_of_processes=$(ulimit -Hu)
	try spoil ignored,blocked,limits,timers,parent svcreq run 1
	assert_status 0
	[[ $(head -n 1 <<<"$stderr") == 0077 ]]
	# SIGHUP, SIGINT, SIGQUIT are the user's to ignore (nohup), and SIGXFSZ is an error
	[[ $(signals SigIgn) == "1 2 3 25" ]] || fail "$(signals SigIgn)"
	[[ $(signals SigBlk) == "" ]] || fail "$(signals SigBlk)"
	grep -qx "timers 0 0 0 parent 0" <<<"$stderr" || unexpected "a timer, or the parent's end"
	has_limit "Max file size" unlimited unlimited
	has_limit "Max cpu time" unlimited unlimited
	has_limit "Max open files" "$(ulimit -Hn)" "$(ulimit -Hn)"
	has_limit "Max processes" "$number_of_processes" "$number_of_processes"
	grep -qE "^Max stack size +8388608 " <<<"$stderr" || unexpected "the stack is small"
}

@test "on behalf of others no signal stays ignored, and no descriptor open" {
	local libexec=$BATS_TEST_TMPDIR/inst/libexec/svcreq

	mkdir -p "$libexec"
	cp -r "$BUILD/bin" "$BATS_TEST_TMPDIR/inst"
	cat >"$libexec/svcreq-run" <<-'EOF'
		#!/bin/sh
		ls /proc/self/fd | tr '\n' ' ' >&2
		exec cat /proc/self/status >&2
	EOF
	chmod 755 "$libexec/svcreq-run"
	svcreq create plain
	try as root spoil ignored,blocked,descriptors "$BATS_TEST_TMPDIR/inst/bin/svcreq" run 1
	assert_status 0
	[[ $(signals SigIgn) == "25" ]] || fail "$(signals SigIgn)"
	[[ $(signals SigBlk) == "" ]]
	# 3 is that of ls
	[[ $(head -n 1 <<<"$stderr") == "0 1 2 3 Name"* ]] || fail "$(head -n 1 <<<"$stderr")"
}

@test "a run ends well with whatever it was started" {
	local what

	call slow POST "$BAD/ok"
	for what in pending limits descriptors closed ignored,blocked,limits; do
		id=$(svcreq create slow)
		spoil "$what" svcreq run "$id" || true
		request_is "$id" Completed || fail "$what"
	done
	assert_received POST /ok 5
	# the program that makes the calls, started by hand
	for what in pending limits descriptors closed ignored,blocked,limits; do
		id=$(svcreq create slow)
		spoil "$what" "$BUILD/libexec/svcreq/svcreq-run" -C . "$id" || true
		request_is "$id" Completed || fail "$what"
	done
}

@test "what ends a run reaches it, whatever its caller has ignored and blocked" {
	local pid

	call slow GET "$BAD/delay/60" "timeout: 100s"
	id=$(svcreq create slow)
	"$ROOT/tests/spoil.py" ignored,blocked svcreq run "$id" 2>"$BATS_TEST_TMPDIR/said" &
	pid=$!
	eventually was_received GET /delay/60
	# twice: the first lets the call end
	kill -TERM "$pid"
	eventually eval "kill -TERM $pid; ! kill -0 $pid"
	wait "$pid" || ended=$?
	[[ $ended -eq 143 ]]
}

@test "who has come through sudo cannot stop a run in the middle, as with Ctrl-Z" {
	local number pid

	call slow POST "$BAD/delay/2"
	id=$(svcreq create slow)
	set -m # in a process group of its own, as a shell starts it: an orphaned one would not be stopped
	env SUDO_USER=root SUDO_UID=0 svcreq run "$id" 2>"$BATS_TEST_TMPDIR/said" &
	pid=$!
	set +m
	eventually was_received POST /delay/2
	for number in TSTP TTIN TTOU; do
		kill -"$number" "$pid"
	done
	eventually request_is "$id" Completed || kill -KILL "$pid"
	wait "$pid"
	request_is "$id" Completed
	# of one's own run it is for oneself to say
	forget_calls
	id=$(svcreq create slow)
	set -m
	svcreq run "$id" 2>"$BATS_TEST_TMPDIR/said" &
	pid=$!
	set +m
	eventually was_received POST /delay/2
	kill -TSTP "$pid"
	eventually grep -q '^State:[[:space:]]*T' "/proc/$pid/status"
	kill -CONT "$pid"
	wait -f "$pid"
	request_is "$id" Completed
}

# keep_ids_locked: as another that chooses an id; $keeper ends it.
keep_ids_locked() {
	python3 -c "
import fcntl, os, signal, struct
fd = os.open('state/lock', os.O_RDWR)
fcntl.fcntl(fd, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 1, 0))  # F_OFD_SETLK
open('$BATS_TEST_TMPDIR/kept', 'w')
signal.pause()" &
	keeper=$!
	eventually test -e "$BATS_TEST_TMPDIR/kept"
}

# blocked_of <pid>: the signals that it blocks, as "1 2 3".
blocked_of() {
	stderr=$(cat "/proc/$1/status") signals SigBlk
}

@test "nobody stops all others with Ctrl-Z: the stop comes after the locks that they wait for" {
	local pid

	svcreq create plain # there is a lock file
	keep_ids_locked
	set -m # an orphaned process group would not be stopped
	svcreq create plain >"$BATS_TEST_TMPDIR/said" &
	pid=$!
	set +m
	eventually eval "[[ \$(blocked_of $pid) == '20 21 22' ]]"
	kill -TSTP "$pid"
	kill "$keeper"
	# it holds the lock now, or has had it
	timeout 60 svcreq create plain || fail "the others wait for it"
	eventually grep -q '^State:[[:space:]]*T' "/proc/$pid/status"
	kill -CONT "$pid"
	wait -f "$pid"
	[[ $(svcreq status --json | wc -l) -eq 3 ]]
	[[ $(<"$BATS_TEST_TMPDIR/said") =~ ^[23]$ ]]
}

@test "a hard limit of the size of files is an error, and not the end of the program" {
	is_sanitized && skip "a sanitizer's report would be cut off, too"
	try spoil size svcreq create plain
	assert_status 1
	assert_stdout_is ""
	assert_stderr_has "File too large"
	svcreq create plain
}

@test "a run does not begin that a hard limit would end in the middle, or keep from recording its end" {
	local what

	call slow POST "$BAD/ok"
	id=$(svcreq create slow)
	for what in hard seconds; do
		try spoil "$what" svcreq run "$id"
		assert_status 1
		assert_stderr_has "(ulimit -H -"
		try spoil "$what" env SUDO_USER=root SUDO_UID=0 svcreq run --pending
		assert_status 1
	done
	assert_received POST /ok 0
	svcreq run "$id" 2>/dev/null
	request_is "$id" Completed
}

@test "nohup and a shell's & keep their meaning: what a user ignores stays ignored" {
	show_run
	svcreq create plain
	# whoever has started the tests may ignore some, too
	try env --default-signal nohup svcreq run 1
	[[ $(signals SigIgn) == "1 25" ]]
	# shellcheck disable=SC2016 # for that shell
	try env --default-signal sh -c 'svcreq run 1 & wait $!'
	[[ $(signals SigIgn) == "2 3 25" ]]
}

@test "the modes of what is made are exact, whatever the umask" {
	(umask 0 && svcreq create plain --run) 2>/dev/null
	[[ $(find state executor_logs -type f ! -perm 600) == "" ]]
	(umask 777 && svcreq create plain --run) 2>/dev/null
	[[ $(find state executor_logs -type f ! -perm 600) == "" ]]
}
