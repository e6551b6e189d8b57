#!/usr/bin/env bats
# The queues of state/: whoever reads a request in the wrong one corrects it, and one that cannot be read is not forgotten.

load helper

setup() {
	set_up_workspace
	unset ASAN_OPTIONS UBSAN_OPTIONS
	place=$PWD
	if [[ $(id -u) -eq 0 ]]; then
		# what bats has is closed to others
		place=$(mktemp -d)
		chmod 755 "$place"
		cp -r "$BUILD/bin" "$BUILD/libexec" "$place"
		mv "$PWD" "$place/ws"
		chown -R 65534:65534 "$place/ws"
		cd "$place/ws" || return
	fi
	cat >pipelines/p.yaml <<-EOF
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	for _ in 1 2 3; do owner svcreq create p --run 2>/dev/null; done
}

teardown() {
	refute_sanitizer_report
	[[ $place == "$PWD" ]] || rm -rf "$place"
}

# owner <command>: as somebody from whom a file can be kept, which root is not.
owner() {
	if [[ $(id -u) -eq 0 ]]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
		    env -i PATH="$place/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 HOME=/ "$@"
	else
		"$@"
	fi
}

# queues <id>: those that have it.
queues() {
	local found=(state/queue/*/"$1")

	found=("${found[@]#state/queue/}")
	echo "${found[@]%/*}"
}

# listed <arguments>: the ids that status lists.
listed() {
	owner svcreq status "$@" | awk 'NR > 1 { print $1 }' | paste -sd " "
}

# The queues are made anew while request 2 cannot be read.
lose_queue() {
	chmod 0 state/requests/2
	rm -r state/queue
	try owner svcreq status
	assert_status 1
	assert_stderr_has "svcreq: cannot open request 2: Permission denied"
	[[ -e state/queue/incomplete ]] || fail "it was forgotten" || return
	chmod 700 state/requests/2
}

@test "a request that could not be read while the queue was made anew is listed when it can be" {
	lose_queue
	[[ $(listed --status pending) == "1 2 3" ]] || fail "$(listed --status pending)" || return
	[[ ! -e state/queue/incomplete && $(queues 2) == pending ]] || fail "$(find state/queue)"
}

@test "a request that nobody can read is named by every listing" {
	local name

	lose_queue
	chmod 0 state/requests/2
	for name in pending failed running not-started; do
		try owner svcreq status --status "$name"
		assert_status 1
		assert_stderr_has "svcreq: cannot open request 2: Permission denied"
	done
	try owner svcreq run --pending
	assert_stderr_has "cannot open request 2: Permission denied"
}

@test "whoever reads a request in the wrong queue corrects it" {
	local command

	for command in "status" "status --all" "status 2" "status 2 --json" "run --pending" "run 2" "log 2 --events"; do
		owner svcreq status >/dev/null
		mv state/queue/pending/2 state/queue/running/2
		# shellcheck disable=SC2086 # words
		try owner svcreq $command
		[[ $(queues 2) == pending ]] || unexpected "after '$command' it is in $(queues 2)" || return
	done
}

@test "whoever reads a request that is in no queue enters it" {
	local command

	for command in "status --all" "status 2" "run 2" "log 2 --events"; do
		rm state/queue/pending/2
		# shellcheck disable=SC2086 # words
		try owner svcreq $command
		[[ $(queues 2) == pending ]] || unexpected "after '$command' it is in $(queues 2)" || return
	done
}

@test "a queue that is something else is named, and no other" {
	local name

	for name in pending running not-started; do
		owner svcreq status >/dev/null
		mv "state/queue/$name" away
		touch "state/queue/$name"
		try owner svcreq create p
		assert_status 1
		assert_stderr_has "'state/queue/$name' is a file, not a directory"
		try owner svcreq status
		assert_status 1
		assert_stderr_has "'state/queue/$name' is a file, not a directory"
		rm "state/queue/$name"
		mv away "state/queue/$name"
	done
	chmod 0 state/queue/failed
	try owner svcreq create p
	assert_stderr_has "'state/queue/failed': Permission denied"
}

@test "a folder or a FIFO among the entries does not stand in the way" {
	mkdir state/queue/running/2
	rm state/queue/pending/3
	mkfifo -m 600 state/queue/pending/3
	[[ $(id -u) -ne 0 ]] || chown -R 65534:65534 state/queue
	[[ $(listed) == "1 2 3" ]] || fail "$(listed)" || return
	[[ $(queues 2) == pending && $(queues 3) == pending ]] || fail "$(find state/queue)" || return
	owner svcreq cancel 3 -m no 2>/dev/null
	[[ $(queues 3) == "*" ]] || fail "$(find state/queue)" || return
	rm -r state/queue/not-started
	owner svcreq status >/dev/null
	mkdir state/queue/incomplete
	[[ $(listed) == "1 2" && ! -e state/queue/incomplete ]] || fail "$(find state/queue)"
}
