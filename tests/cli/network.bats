#!/usr/bin/env bats
# Where a lock of another machine may be there unseen: a real file system in user space, bindfs, over
# a folder that is reached through two mounts, neither of which sees the locks of the other.
#
# Another machine, or another boot of this one, is played by the event that it would have left.  What
# needs no mount is in tests/unit/test-run-state.c, test-process-identity.c and test-slot.c.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load bad

setup() {
	local why

	set_up_calls
	here=$PWD
	cd "$BATS_TEST_TMPDIR" || return
	mkdir disk one two
	why=$(mount_at one && mount_at two) || skip "no file system can be mounted in user space: $why"
	svcreq init one/ws >init.out 2>init.err
	there=$PWD/two/ws
	cd one/ws || return
	call post POST "$BAD/stall" "timeout: 100s"
	call get GET "$BAD/stall" "timeout: 100s"
}

teardown() {
	refute_sanitizer_report
	[[ -z ${runner-} ]] || kill -KILL "$runner" 2>/dev/null || true
	cd /
	fusermount3 -u -z "$BATS_TEST_TMPDIR/one" 2>/dev/null || true
	fusermount3 -u -z "$BATS_TEST_TMPDIR/two" 2>/dev/null || true
}

# mount_at <folder>: says why not.
mount_at() {
	[[ -c /dev/fuse ]] || { echo "there is no /dev/fuse" && return 1; }
	bindfs disk "$1" 2>&1 3>&-
}

# begin <pipeline>: a run of request 1 in the middle of its call.
begin() {
	svcreq create "$1"
	svcreq run 1 2>run.log &
	runner=$!
	eventually was_received "$2" /stall
}

end_by_kill() {
	kill -KILL "$runner"
	wait "$runner" || true
	runner=
}

# edit <jq filter>: the latest event of request 1, as another would have written it.
edit() {
	local file

	file=$(event_files 1 | tail -n 1)
	jq -c "$1" "$file" >"$BATS_TEST_TMPDIR/edited"
	cat "$BATS_TEST_TMPDIR/edited" >"$file"
	reseal "$file"
}

# What another machine has left of such a run.
leave_elsewhere() {
	begin "$@"
	end_by_kill
	edit '.host = "far" | .boot = "7d0c2a5e-0000-4000-8000-000000000000" | .process = 12'
}

an_hour_ago() {
	edit ".created_at = \"$(date -u -d '1 hour ago' +%Y-%m-%dT%H:%M:%S.000Z)\""
}

far="is, or was, run by process 12 on host 'far', not of this boot; on FUSE nobody here can see whether it still is: "
says="an admin who knows that it is not says 'svcreq resolve 1 --interrupted -m \"...\"'"

# ---- saying so

@test "init says once what cannot be promised, and says nothing on a file system of this machine" {
	grep -q "its requests lie on FUSE, where a lock of another machine may not be seen" "$BATS_TEST_TMPDIR/init.err"
	grep -q "'Network file systems' in svcreq-state(5)" "$BATS_TEST_TMPDIR/init.err"
	try svcreq init "$PWD"
	assert_status 0
	refute_stderr_has FUSE
	try svcreq init "$BATS_TEST_TMPDIR/another"
	assert_stderr_is "made a workspace in $BATS_TEST_TMPDIR/another"
}

# ---- of this boot

@test "a call of this boot is left alone while its process lives, also when its lock cannot be seen" {
	begin post POST
	try svcreq run 1
	assert_status 8
	assert_stderr_is "svcreq: request 1: another process runs it"
	cd "$there"
	unchanged svcreq run 1
	assert_status 8
	assert_stderr_is "svcreq: request 1: step 'Call' is run by process $runner of this machine, whose lock cannot be seen here (FUSE)"
	unchanged svcreq run --pending
	assert_status 0
	assert_stderr_is ""
	unchanged svcreq resolve 1 --interrupted -m "it is gone"
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: process $runner of this machine runs step 'Call' still; when it has ended, 'svcreq run 1' settles it"
	try svcreq status
	assert_stdout_has "Running  "
	try svcreq cancel 1
	assert_status 0
	assert_stderr_has "step 'Call' is under way and ends; nothing follows it"
	[[ $(last_event 1 .event_type) == Cancelled ]]
	unchanged svcreq run --pending
	assert_status 0
	assert_received POST /stall 1
}

@test "a process that was stopped is not taken for one that has ended" {
	begin post POST
	kill -STOP "$runner"
	cd "$there"
	unchanged svcreq run 1
	assert_status 8
	kill -CONT "$runner"
}

@test "a call of this boot whose process was killed is settled by the next run" {
	begin post POST
	cd "$there"
	kill -KILL "$runner" # nobody has waited for it yet
	eventually is_interrupted
	try svcreq run 1
	assert_status 7
	wait "$runner" || true
	[[ $(last_event 1 '[.event_type, .reason, .effect]') == '["Failed","outcome_unknown","possible"]' ]]
	assert_received POST /stall 1
}

is_interrupted() {
	[[ $(svcreq status 1 --json | jq -c '[.interrupted, .elsewhere]') == '[true,false]' ]]
}

@test "a repeatable call of this boot whose process was killed is sent again at once" {
	begin get GET
	end_by_kill
	svcreq run 1 2>run.log &
	runner=$!
	eventually was_received_twice
	[[ $(last_event 1 .attempt) == 2 ]]
}

was_received_twice() {
	[[ $(received GET /stall) -eq 2 ]]
}

# ---- of another boot

@test "a call of another machine that is not repeatable is left alone, whatever the time" {
	leave_elsewhere post POST
	unchanged svcreq run 1
	assert_status 8
	assert_stderr_is "svcreq: request 1: step 'Call' $far$says"
	unchanged svcreq run --pending
	assert_status 0
	assert_stderr_is ""
	an_hour_ago
	unchanged svcreq run 1
	assert_status 8
	# now a person has to say something
	unchanged svcreq run --pending
	assert_status 0
	assert_stderr_is "svcreq: request 1: step 'Call' $far$says"
	unchanged svcreq run --pending -q
	assert_stderr_is ""
	assert_received POST /stall 1
}

@test "status, wait and log say of a call of another machine that it may be under way" {
	leave_elsewhere post POST
	try svcreq status
	assert_stdout_has "Running (elsewhere)"
	try svcreq status 1
	[[ $(tr -s ' \n' ' ' <<<"$output") == *"Step 'Call' $far$says"* ]] || unexpected "status does not say it"
	try svcreq status 1 --json
	assert_json '[.interrupted, .elsewhere, .steps[0].interrupted, .steps[0].elsewhere]' '[false,true,false,true]'
	unchanged svcreq wait 1 --timeout 7s
	assert_status 11
	assert_stderr_is "request 1: step 'Call' $far$says"
}

@test "a repeatable call of another machine is sent again when its longest time is over" {
	leave_elsewhere get GET
	unchanged svcreq run 1
	assert_status 8
	assert_stderr_matches "a run after 20[-0-9]*T[:.0-9]*Z does it again; an admin who knows"
	an_hour_ago
	try svcreq status 1 --json
	assert_json '[.interrupted, .elsewhere]' '[true,false]'
	svcreq run --pending 2>run.log &
	runner=$!
	eventually was_received_twice
	[[ $(last_event 1 '[.event_type, .attempt, .process]') == "[\"Running\",2,$runner]" ]]
}

@test "a Running step that names nobody is one of another machine" {
	begin post POST
	end_by_kill
	edit 'del(.host, .boot, .process, .process_start)'
	unchanged svcreq run 1
	assert_status 8
	assert_stderr_has "run by a process that is not named; on FUSE"
}

@test "an admin says that a call of another machine was interrupted, and the request goes on as after any other" {
	leave_elsewhere post POST
	echo "admins: [root]" >state/config.yaml
	unchanged svcreq retry 1 --again
	assert_status 1
	assert_stderr_is "svcreq: cannot retry request 1: it is Running, and step 'Call' $far$says"
	unchanged svcreq resolve 1 --completed -m "it is there"
	assert_status 1
	assert_stderr_has "$says"
	unchanged as nobody svcreq resolve 1 --interrupted -m "I think so"
	assert_status 9
	try svcreq resolve 1 --interrupted -m "far has burnt down"
	assert_status 0
	assert_stderr_has "step 'Call' of request 1 was interrupted, and nobody knows how it ended: 'svcreq status 1' has the ways on"
	[[ $(last_event 1 '[.event_type, .status, .reason, .effect, .created_by, .remarks]') == '["Failed","Failed","outcome_unknown","possible","root","far has burnt down"]' ]]
	try svcreq status 1
	assert_stdout_has "reason outcome_unknown, as root has said"
	assert_stdout_has "far has burnt down"
	assert_stdout_has "svcreq resolve 1 --completed"
	unchanged svcreq resolve 1 --interrupted -m "once more"
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: it is Failed"
	unchanged svcreq retry 1
	assert_status 1
	try svcreq resolve 1 --completed -m "the shop has it"
	assert_status 0
	request_is 1 Completed
	assert_received POST /stall 1
}

@test "the call of a cancelled request that another machine may make gets its outcome from an admin" {
	leave_elsewhere post POST
	try svcreq cancel 1
	assert_status 0
	assert_stderr_has "step 'Call' $far$says"
	[[ $(last_event 1 .event_type) == Cancelled ]]
	unchanged svcreq run --pending
	assert_status 0
	try svcreq resolve 1 --interrupted -m "far has burnt down"
	assert_status 0
	[[ $(last_event 1 '[.event_type, .status, .reason]') == '["Failed","Cancelled","outcome_unknown"]' ]]
	try svcreq resolve 1 --failed -m "the shop does not have it"
	assert_status 0
}

@test "who says that a call was interrupted has not said that it may be made again with another body" {
	mkdir -m 700 state/secrets
	(umask 077 && printf first >state/secrets/BODY)
	call keyed POST "$BAD/stall" 'idempotency: honoured, data: "${secret:BODY}"'
	leave_elsewhere keyed POST
	svcreq resolve 1 --interrupted -m "far has burnt down" 2>/dev/null
	printf second >state/secrets/BODY
	try svcreq retry 1
	assert_status 7
	[[ $(last_event 1 .message) == *"its body is another now"* ]]
	assert_received POST /stall 1
}

# Its lock is not seen through the other mount, and the event says that it is of another boot.
@test "what a run that was said to be interrupted finds out is recorded all the same" {
	call hold POST "$BAD/hold"
	svcreq create hold
	svcreq run 1 2>run.log &
	runner=$!
	eventually was_received POST /hold
	cd "$there"
	edit '.boot = "7d0c2a5e-0000-4000-8000-000000000000"'
	svcreq resolve 1 --interrupted -m "I was wrong" 2>/dev/null
	request_is 1 Failed
	release_calls
	wait "$runner"
	runner=
	request_is 1 Completed
	assert_received POST /hold 1
}

# ---- elsewhere the lock decides

@test "on a file system of this machine the lock alone decides, whatever the event says" {
	cd "$here"
	call post POST "$BAD/stall"
	begin post POST
	edit '.boot = "7d0c2a5e-0000-4000-8000-000000000000"'
	unchanged svcreq run 1
	assert_status 8
	unchanged svcreq resolve 1 --interrupted -m "it is gone"
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: on this file system the lock alone says whether step 'Call' was interrupted, and somebody holds it; when that has ended, 'svcreq run 1' settles it"
	end_by_kill
	unchanged svcreq resolve 1 --interrupted -m "it is gone"
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: on this file system the lock alone says whether step 'Call' was interrupted, and nobody holds it: 'svcreq run 1' settles it"
	try svcreq status
	assert_stdout_has "Running (interrupted)"
	try svcreq run 1
	assert_status 7
	assert_received POST /stall 1
}

@test "resolve takes one word alone, and outputs with one only" {
	svcreq create post
	try svcreq resolve 1 --interrupted --failed -m x
	assert_status 2
	assert_stderr_has "svcreq: one of --completed, --failed and --interrupted is needed"
	try svcreq resolve 1 --interrupted --output a=b -m x
	assert_status 2
	try svcreq resolve 1 --interrupted
	assert_status 2
}
