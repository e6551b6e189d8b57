#!/usr/bin/env bats
# What becomes of messages: whatever is wrong with where they go, it does not end what they tell of.
#
# shellcheck disable=SC2154 # status, output and stderr are set by try

load helper
load calls
load bad

under_strace() {
	command -v strace >/dev/null || skip "strace is not installed"
	! is_sanitized || skip "a leak checker does not run under strace"
}

# shellcheck disable=SC2094 # strace takes its name
# failing_once <file> <command>: the first write to that file finds a full disk; standard error goes there.
failing_once() {
	local file=$1

	shift
	: >"$file"
	strace -f -qq -o trace -P "$file" -e trace=write -e inject=write:error=ENOSPC:when=1 "$@" 2>"$file"
}

@test "a message that finds no room at first is written when there is some" {
	local said=$BATS_TEST_TMPDIR/said

	under_strace
	call p POST "$BAD/status/404"
	svcreq create p
	try failing_once "$said" svcreq run 1
	assert_status 4
	grep -q "ENOSPC.*INJECTED" trace
	[[ $(<"$said") == *"step 'Call' Failed (404, "*$'\n'"request 1: Failed" ]] || fail "$(<"$said")"
	# the front, which has no thread for them
	try failing_once "$said" svcreq status 9
	assert_status 1
	grep -q "ENOSPC.*INJECTED" trace
	[[ $(<"$said") == "svcreq: no such request: 9" ]] || fail "$(<"$said")"
}

@test "a full disk that messages go to ends no run, and what was waiting is written when there is room" {
	local runner

	[[ $(id -u) -eq 0 ]] || skip "only root can mount"
	mkdir full
	mount -t tmpfs -o size=64k tmpfs full || skip "no tmpfs can be mounted"
	pipeline p <<-EOF
		steps:
		  - {step_name: First, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
		  - {step_name: Second, step_type: API, parameters: {method: POST, url: "$BAD/hold"}}
	EOF
	svcreq create p
	: >full/said
	dd if=/dev/zero of=full/fill bs=4k 2>/dev/null || true
	svcreq run 1 2>>full/said &
	runner=$!
	eventually was_received POST /hold
	[[ ! -s full/said ]]
	rm full/fill
	release_calls
	wait "$runner"
	request_is 1 Completed
	grep -q "step 'First' Completed" full/said
	grep -q "request 1: Completed" full/said
}

teardown() {
	if mountpoint -q full; then umount full; fi
	refute_sanitizer_report
}

# unheard <command>: nobody reads standard error any more.
unheard() {
	python3 -c 'import os, sys
ends = os.pipe()
os.close(ends[0])
os.dup2(ends[1], 2)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

@test "nobody reads messages any more (SIGPIPE): what they tell of is done to its end" {
	pipeline p <<-EOF
		steps:
		  - {step_name: Gate, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
	EOF
	svcreq create p --run
	try unheard svcreq approve 1
	assert_status 0
	request_is 1 Completed
	try unheard svcreq status 9
	assert_status 1
	assert_received POST /ok 1
}

@test "nobody reads the id of a request that is created: it is recorded, and that is said" {
	wait_pipeline p
	# shellcheck disable=SC2016 # for that shell
	try bash -c 'exec 3> >(:); wait $!; exec svcreq create p >&3'
	assert_status 1
	assert_stderr_is "svcreq: cannot write to standard output: Broken pipe; request 1 is recorded"
	request_is 1 "Not Started"
}

@test "a closed descriptor is an ordinary error, and no file of the workspace takes its place" {
	local id which

	call p POST "$BAD/ok"
	for which in 0 1 2; do
		id=$(svcreq create p)
		try bash -c "exec $which>&-; exec svcreq run $id"
		assert_status 0
		request_is "$id" Completed
		try bash -c "exec $which>&-; exec svcreq run 99"
		assert_status 1
		try svcreq status "$id"
		assert_status 0
		try svcreq log "$id"
		assert_status 0
	done
	assert_received POST /ok 3
	try bash -c 'exec svcreq create p >&-'
	assert_status 1
	assert_stderr_is "svcreq: cannot write to standard output: Bad file descriptor; request 4 is recorded"
	try bash -c 'exec svcreq status >&-'
	assert_status 1
	assert_stderr_is "svcreq: cannot write to standard output: Bad file descriptor"
	try bash -c 'exec svcreq create p 2>&-'
	assert_status 0
	assert_stdout_is 5
}

@test "who cannot be looked up for the moment is not taken for somebody else" {
	under_strace
	wait_pipeline p
	svcreq create p --key k
	unchanged strace -f -qq -o trace -P /etc/nsswitch.conf -e trace=openat -e inject=openat:error=EMFILE:when=1 \
		svcreq create p --key k
	grep -q "EMFILE.*INJECTED" trace || skip "the user database is not looked up that way here"
	assert_status 1
	assert_stderr_is "svcreq: cannot look up the user with the number $(id -u): Too many open files"
}

@test "a group that cannot be looked up for the moment is not one without members" {
	! is_sanitized || skip "the sanitizer's library must come first"
	# as a directory of people does whose server is away
	cat >away.c <<-'EOF'
		#include <errno.h>
		#include <stddef.h>
		struct group *getgrnam(const char *name)
		{
			(void)name;
			errno = EIO;
			return NULL;
		}
	EOF
	cc -shared -fPIC -o away.so away.c
	pipeline p <<-EOF
		steps:
		  - {step_name: Gate, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: ["@daemon"]}}
	EOF
	svcreq create p --run
	unchanged env LD_PRELOAD="$PWD/away.so" svcreq approve 1
	assert_status 1
	assert_stderr_is "svcreq: cannot look up the group 'daemon': Input/output error"
}
