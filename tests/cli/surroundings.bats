#!/usr/bin/env bats
# What surrounds a run: limits, readers, clocks, locks of others, the disk.  Nothing stops it but its work.
#
# shellcheck disable=SC2030,SC2031,SC2154 # each test has its own limits; stderr is set by try

load helper
load calls
load bad

# pending_of <pipeline> <count>: that many requests.
pending_of() {
	local i

	for ((i = 0; i < $2; i++)); do
		svcreq create "$1" >/dev/null
	done
}

# assert_all <count> <status>: that is what all requests are.
assert_all() {
	try svcreq status --all --json
	[[ $(jq -r .status <<<"$output" | sort | uniq -c | tr -s ' \n' ' ') == " $1 $2 " ]] ||
		unexpected "not all of $1 requests are $2"
}

# with_descriptors <limit> <command>
with_descriptors() (
	ulimit -n "$1"
	shift
	"$@"
)

@test "fewer descriptors than -j would like: fewer at a time, and each outcome is recorded" {
	local limit

	! is_sanitized || skip "a sanitizer opens files of its own"
	call slow POST "$BAD/delay/0.3"
	for limit in 32 40; do
		forget_calls
		rm -rf state/requests state/queue state/last-id
		pending_of slow 20
		try with_descriptors "$limit" svcreq run --pending -q -j 64
		assert_status 0
		assert_stderr_is ""
		assert_all 20 Completed
		assert_received POST /delay/0.3 20
	done
}

@test "too few descriptors for one call: nothing is announced, and nothing is sent" {
	call slow POST "$BAD/ok"
	svcreq create slow
	unchanged with_descriptors 18 svcreq run 1
	assert_status 1
	assert_stderr_matches "(too few files can be opened: [0-9]+ more are needed|Too many open files)"
	assert_received POST /ok 0
}

@test "whatever the limit of descriptors: no call is announced whose outcome cannot be recorded" {
	local limit worked=0

	! is_sanitized || skip "a sanitizer opens files of its own"
	# the outcome is what needs the queues first
	pipeline p <<-EOF
		steps:
		  - {step_name: Gate, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD/status/404"}}
	EOF
	for ((limit = 14; limit <= 36 && worked < 4; limit++)); do
		id=$(svcreq create p)
		svcreq run -q "$id"
		svcreq approve "$id" --no-run
		try with_descriptors "$limit" svcreq run "$id"
		refute_stderr_has "could not be recorded"
		[[ $(last_event "$id" .step_name) == Gate ]] || request_is "$id" Failed
		[[ $status -ne 4 ]] || worked=$((worked + 1))
	done
	[[ $worked -eq 4 ]] || unexpected "no limit is enough"
}

@test "an attempt that failed while the clock was ten years ahead does not wait for ten years" {
	command -v faketime >/dev/null || skip "faketime is not installed"
	! is_sanitized || skip "a sanitizer does not start with faketime"
	call again GET "$BAD/flaky/2/ahead?retry_after=600" "retry: {max_attempts: 3}"
	svcreq create again
	try faketime -f +10y svcreq run 1
	assert_status 0
	assert_received GET /flaky/2/ahead 1
	[[ $(last_event 1 .not_before) == 20[3-9]* ]] || fail "the clock was not ahead: $(last_event 1 .)"
	try svcreq status 1
	refute_stdout_has "tried again in"
	try svcreq run --pending
	assert_status 0
	request_is 1 Completed
	assert_received GET /flaky/2/ahead 2
}

@test "answers that came while the runner stood still are read before a deadline is judged" {
	local runner

	call slow POST "$BAD/hold" "timeout: 10s"
	pending_of slow 4
	svcreq run --pending -q 2>run.log &
	runner=$!
	eventually assert_received POST /hold 4
	kill -STOP "$runner"
	release_calls
	sleep 12 # longer than the calls may take
	kill -CONT "$runner"
	wait "$runner" || fail "$(cat run.log)"
	assert_all 4 Completed
	[[ $(last_event 1 .duration_ms) -lt 10000 ]] || fail "$(last_event 1 .)"
}

@test "a disk that is slow is not the time of a call" {
	command -v strace >/dev/null || skip "strace is not installed"
	! is_sanitized || skip "a leak checker does not run under strace"
	call quick POST "$BAD/delay/0.3" "timeout: 1500ms"
	pending_of quick 6
	try strace -f -qq -o /dev/null -e trace=fsync,syncfs -e inject=fsync,syncfs:delay_exit=500000 \
		svcreq run --pending -q -j 4
	assert_status 0
	assert_all 6 Completed
	[[ $(event_files 5 | xargs jq '.duration_ms // 0' | sort -n | tail -n 1) -lt 1500 ]] || fail "$(events 5)"
}

# unread <kind> <arguments>: run them while nobody reads standard error.
unread() {
	try /usr/bin/python3 "$ROOT/tests/stalled-reader.py" "$@"
}

@test "nobody reads standard error: the run goes on, and its flags stay" {
	local kind

	call slow POST "$BAD/delay/0.3" "timeout: 3s"
	for kind in pipe terminal; do
		pending_of slow 6
		unread "$kind" svcreq run --pending
		assert_stdout_is "ended 0"
	done
	assert_all 12 Completed
}

@test "nobody reads standard error: SIGTERM is heard" {
	call slow POST "$BAD/hold"
	svcreq create slow
	(
		eventually assert_received POST /hold 1
		touch called
	) &
	unread pipe --signal-after called svcreq run 1
	assert_stdout_is "ended -15"
	wait
}

@test "a dry run waits for its reader" {
	local all slow

	call large POST "$BAD/ok" "data: {text: $(printf '%0200000d' 0)}"
	svcreq create large
	all=$(svcreq run --dry-run 1 | wc -c)
	slow=$(svcreq run --dry-run 1 | { sleep 1; wc -c; })
	[[ $all -gt 200000 && $slow -eq $all ]] || fail "$slow of $all bytes"
}

teardown() {
	refute_sanitizer_report
	[[ -z ${stopped-} ]] || kill -CONT "$stopped" 2>/dev/null || true
}

# is_in_state <process> <letter of ps>
is_in_state() {
	[[ $(ps -o stat= -p "$1") == "$2"* ]]
}

is_stopped() {
	stopped=$(pgrep -P "$tracer") && [[ $(ps -o stat= -p "$stopped") == [tT]* ]]
}

# stopped_at <nth linkat> <arguments>: a svcreq in the background that is stopped there, with its locks.  By $call it
# is another system call: a create changes last-id (ftruncate) while it has the lock of the numbers, which others need.
stopped_at() {
	command -v strace >/dev/null || skip "strace is not installed"
	! is_sanitized || skip "a leak checker does not run under strace"
	strace -f -qq -o /dev/null -e trace="${call-linkat}" \
		-e inject="${call-linkat}:signal=${signal-STOP}:when=$1" "$BUILD/bin/svcreq" "${@:2}" &
	tracer=$!
	eventually is_stopped
	is_stopped
}

# ended_within <seconds> <command>
ended_within() {
	local seconds=$1 begin=$SECONDS

	shift
	try timeout 100 "$@"
	[[ $((SECONDS - begin)) -le $seconds ]] || fail "$* took $((SECONDS - begin)) seconds"
}

@test "a process that is stopped with the lock of a request stops no run, and is named" {
	local who

	wait_pipeline w
	call slow POST "$BAD/delay/0.3"
	svcreq create w --run
	pending_of slow 4
	stopped_at 2 approve 1 --no-run
	who="process $stopped of $(id -un) on host $(hostname) is changing request 1, and does not come to an end"
	ended_within 60 svcreq run --pending -q
	assert_status 0
	[[ $stderr == *"$who"* || -z $stderr ]] || unexpected "who is not named"
	assert_received POST /delay/0.3 4
	request_is 5 Completed
	ended_within 60 svcreq cancel 1
	assert_status 8
	assert_stderr_is "svcreq: $who"
	kill -CONT "$stopped"
	wait "$tracer"
	svcreq cancel 1
}

@test "a process that is stopped while it writes a request stops no other create" {
	local call=mkdirat

	wait_pipeline w
	stopped_at 1 create w
	ended_within 60 svcreq create w
	assert_status 0
	assert_stdout_is 2
	kill -CONT "$stopped"
	wait "$tracer"
	try svcreq status --all --json
	[[ $(wc -l <<<"$output") -eq 2 ]] || unexpected "not two requests"
}

@test "a process that is stopped while it chooses a number is named by the next create" {
	local call=ftruncate

	wait_pipeline w
	stopped_at 1 create w
	ended_within 60 svcreq create w
	assert_status 8
	assert_stderr_is "svcreq: process $stopped of $(id -un) on host $(hostname) is making a request, and does not come to an end"
	kill -CONT "$stopped"
	wait "$tracer"
	svcreq create w
}

@test "Ctrl-Z stops a run between two turns, and it goes on" {
	local code=0

	call slow POST "$BAD/hold"
	svcreq create slow
	set -m # in a process group of its own, as a shell starts it: an orphaned one would not be stopped
	svcreq run 1 -q 2>run.log &
	stopped=$!
	set +m
	eventually assert_received POST /hold 1
	kill -TSTP "$stopped"
	eventually is_in_state "$stopped" T
	release_calls
	# nothing is recorded while it stands still, though the answer is on its way
	request_is 1 Running
	is_in_state "$stopped" T
	kill -CONT "$stopped"
	# -f: for its end, and not for the stop, which this shell may not have heard of yet
	wait -f "$stopped" || code=$?
	[[ $code -eq 0 ]] || fail "exit code $code" "$(cat run.log)"
	request_is 1 Completed
	assert_received POST /hold 1
}

@test "Ctrl-Z waits while a lock is held that others need" {
	local signal=TSTP call=ftruncate

	wait_pipeline w
	set -m # an orphan would not be stopped
	stopped_at 1 create w
	set +m
	try timeout 60 svcreq create w
	assert_status 0
	kill -CONT "$stopped"
	wait "$tracer"
	try svcreq status --all --json
	[[ $(wc -l <<<"$output") -eq 2 ]] || unexpected "not two requests"
}
