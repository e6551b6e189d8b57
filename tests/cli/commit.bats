#!/usr/bin/env bats
# Events of many requests are recorded while their calls go on.

load helper
load calls
load bad

# post <path> <count>: a pipeline of one call of that path, and so many requests of it.
post() {
	local _

	call p POST "$BAD$1"
	for _ in $(seq "$2"); do
		svcreq create p >/dev/null
	done
}

below_strace() {
	command -v strace >/dev/null || skip "strace is not installed"
	! is_sanitized || skip "sanitizers do not work below strace"
}

all_completed() {
	local count

	count=$(svcreq status --all --json | jq -s 'flatten | map(select(.status == "Completed")) | length')
	[[ $count -eq $1 ]] || fail "$count requests are completed, not $1"
}

@test "answers are read while the disk is waited for" {
	below_strace
	post /ok 4
	call slow POST "$BAD/delay/0.4"
	for _ in 1 2 3 4; do
		svcreq create slow >/dev/null
	done
	# a commit takes half a second at least, so that some answer comes during one
	strace -f -qq -o ../trace -e trace=recvfrom,syncfs,fsync \
		-e inject=syncfs,fsync:delay_exit=250000 svcreq run --pending -q -j 8
	all_completed 8
	awk '
	/(syncfs|fsync)\(.*<unfinished/ || /(syncfs|fsync)\(.*DELAYED/ { waiting[$1] = 1 }
	/(syncfs|fsync) resumed>/ { delete waiting[$1] }
	/recvfrom\(/ { for (thread in waiting) if (thread != $1) found = 1 }
	END { exit !found }' ../trace || fail "$(head -n 100 ../trace)"
}

@test "what other programs write is not waited for again and again" {
	below_strace
	post /ok 64
	strace -f -qq -o ../trace -e trace=syncfs,fsync -e inject=syncfs:delay_exit=200000 \
		svcreq run --pending -q -j 16
	all_completed 64
	[[ $(grep -c ' fsync(' ../trace) -gt $(grep -c ' syncfs(' ../trace) ]] ||
		fail "$(cut -d ' ' -f 2 ../trace | sort | uniq -c)"
}

@test "a file system whose syncfs fails is written to all the same" {
	below_strace
	post /ok 32
	strace -f -qq -o /dev/null -e trace=syncfs -e inject=syncfs:error=EIO \
		svcreq run --pending -q -j 16
	all_completed 32
}

@test "without a thread events are recorded by the loop itself" {
	below_strace
	post /ok 8
	strace -f -qq -o /dev/null -e trace=eventfd2 -e inject=eventfd2:error=EMFILE \
		svcreq run --pending -q -j 8
	all_completed 8
}
