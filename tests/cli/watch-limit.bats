#!/usr/bin/env bats
# wait and log -f when the system does not tell what happens: the number of watches of a user is limited, and
# others of the same user may have them all; and of what another machine does, or what happens below an overlay
# or behind FUSE, a watch tells nothing (retval=1: there is a watch, and it watches nothing).
#
# shellcheck disable=SC2154 # status, output and stderr are set by try

load helper
load calls
load bad

setup() {
	set_up_calls
	wait_pipeline plain
	call slow GET "$BAD/hold"
}

# follow_below <fault> <command>: in the background, below strace, which injects the fault; its output is in
# the file followed, what it says in said, and its code is to be asked of follower.
follow_below() {
	local fault=$1

	shift
	rm -f trace followed said
	timeout 300 strace -qq -o trace -e "trace=poll,ppoll,${fault%%:*}" -e "inject=$fault" \
	    "$BUILD/bin/svcreq" "$@" >followed 2>said &
	follower=$!
}

# It waited for something several times although nothing happened, and the fault was met.
looks_again() {
	grep -q INJECTED trace && [[ $(grep -c '^p*poll(.* = 0' trace) -ge 2 ]]
}

assert_follower_ended_with() {
	local code=0

	wait "$follower" || code=$?
	[[ $code -eq $1 ]] || fail "it ended with $code, not $1:" "$(cat followed said)"
}

@test "wait looks when it cannot watch, or nothing is told, whatever the reason, and says nothing of it" {
	local fault id=0

	is_sanitized && skip "sanitizers do not work below strace"
	for fault in inotify_init1:error={EMFILE,ENFILE,ENOMEM,ENOSYS} inotify_add_watch:{error={ENOSPC,ENOMEM},retval=1}; do
		svcreq create plain --run 2>/dev/null || true
		id=$((id + 1))
		svcreq cancel $id 2>/dev/null
		svcreq create slow
		id=$((id + 1))
		follow_below "$fault" wait $id
		eventually looks_again
		svcreq cancel $id 2>/dev/null
		assert_follower_ended_with 13
		[[ ! -s followed && $(cat said) != *watch* && $(wc -l <said) -le 1 ]] || fail "$fault: $(cat followed said)"
	done
}

@test "wait that looks keeps its time limit" {
	is_sanitized && skip "sanitizers do not work below strace"
	svcreq create plain
	follow_below inotify_init1:error=EMFILE wait 1 --timeout 2500ms
	assert_follower_ended_with 10
	looks_again
}

@test "log -f looks when it cannot watch, from the first watch or a later one on, or nothing is told" {
	local fault id=0

	is_sanitized && skip "sanitizers do not work below strace"
	for fault in error=ENOSPC:when={1,2,3,4,5}+ retval=1; do
		svcreq create slow
		id=$((id + 1))
		rm -rf "executor_logs/$id"
		follow_below "inotify_add_watch:$fault" log -f $id
		eventually test -s trace
		svcreq run $id 2>/dev/null &
		runner=$!
		eventually grep -q "> GET" followed
		eventually looks_again
		release_calls
		wait $runner
		assert_follower_ended_with 0
		diff followed "executor_logs/$id/Call.log"
		forget_calls
	done
}
