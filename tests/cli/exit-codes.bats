#!/usr/bin/env bats
# Each exit code that scripts go by, and wait, which tells them.
#
# shellcheck disable=SC2154 # stderr is set by try

load helper
load calls
load bad

setup() {
	set_up_calls
	call good GET "$BAD/ok"
	call bad GET "$BAD/status/404"
	call unclear POST "$BAD/close-after-read"
	call later GET "$BAD/status/503?retry_after=120" 'retry: {max_attempts: 2}'
	call slow POST "$BAD/hold"
	wait_pipeline plain
	wait_pipeline short "expires_after: 2s"
}

# exits <code> <command>
exits() {
	local code=$1

	shift
	try "$@"
	assert_status "$code" || return
	# what is no state of a request is explained
	[[ ! $code =~ ^[12389]$ || $stderr != "" ]] || unexpected "nothing is said"
}

expired() {
	svcreq run 1
	[[ $(request_status 1) == Failed ]]
}

@test "0 done" {
	exits 0 svcreq create good --run
	exits 0 svcreq create plain --run
	exits 0 svcreq approve 2
	exits 0 svcreq create later --run
	exits 0 svcreq status 1 2 3
	exits 0 svcreq status 1 2 --exit-code
	exits 0 svcreq wait 1
}

@test "1 error" {
	exits 1 svcreq status 1
	exits 1 svcreq wait 1
	exits 1 svcreq create nothing
	exits 1 svcreq -C /no/such/folder status
}

@test "2 usage" {
	exits 2 svcreq
	exits 2 svcreq --no-such-option
	exits 2 svcreq status --no-such-option
	exits 2 svcreq approve
	exits 2 svcreq wait x
	exits 2 svcreq wait 1 --timeout soon
}

@test "3 invalid pipeline or form data" {
	exits 3 svcreq create good -f x=1
	echo "steps: []" >pipelines/broken.yaml
	exits 3 svcreq create broken
	exits 3 svcreq validate
}

# failed_as <code>: request 1 has failed in that way, whoever asks.
failed_as() {
	exits "$1" svcreq run 1
	exits "$1" svcreq status 1 --exit-code
	exits "$1" svcreq wait 1
	exits 0 svcreq status 1
}

@test "4 failed" {
	exits 4 svcreq create bad --run
	failed_as 4
}

@test "5 rejected" {
	svcreq create plain --run
	exits 0 svcreq reject 1 -m no
	failed_as 5
}

@test "6 expired" {
	svcreq create short --run
	eventually expired
	failed_as 6
}

@test "6 also when the time for approval is over and nobody has recorded it" {
	wait_pipeline brief "expires_after: 2s"
	svcreq create brief --run
	until_expired 1
	exits 6 svcreq wait 1
	exits 6 svcreq status 1 --exit-code
	exits 0 svcreq status 1
	request_is 1 Pending
	exits 6 svcreq approve 1
	request_is 1 Failed
}

@test "7 outcome unknown" {
	exits 7 svcreq create unclear --run
	failed_as 7
}

@test "8 busy" {
	svcreq create slow
	svcreq run 1 2>run.log &
	eventually was_received POST /hold
	exits 8 svcreq run 1
	release_calls
	wait
}

@test "9 not permitted" {
	svcreq create plain --run
	exits 9 as nobody svcreq approve 1
	exits 9 as nobody svcreq run 1
	exits 9 as nobody svcreq run --pending
	exits 9 as nobody svcreq cancel 1
}

@test "10 not started" {
	svcreq create good
	exits 10 svcreq status 1 --exit-code
	exits 10 svcreq wait 1 --timeout 100ms
}

@test "11 running" {
	svcreq create later --run
	exits 11 svcreq status 1 --exit-code
	exits 11 svcreq wait 1 --timeout 100ms
}

@test "12 pending" {
	svcreq create plain --run
	exits 12 svcreq status 1 --exit-code
	exits 12 svcreq wait 1
}

@test "13 cancelled" {
	svcreq create plain --run
	svcreq cancel 1
	exits 13 svcreq status 1 --exit-code
	exits 13 svcreq wait 1
	# a script must not go on after it
	exits 13 svcreq run 1
	exits 13 svcreq approve 1
	exits 1 svcreq reject 1 -m no
	exits 0 svcreq cancel 1
	# that is no fault of the others
	svcreq create good
	exits 0 svcreq run --pending
	exits 13 svcreq run 1 2
}

@test "wait ends when the request does, or when it waits for approval" {
	pipeline two <<-EOF
		steps:
		  - {step_name: Call, step_type: API, parameters: {method: PUT, url: "$BAD/hold"}}
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
	EOF
	svcreq create two
	svcreq run 1 2>run.log &
	eventually was_received PUT /hold
	wait_in_background 1
	release_calls
	assert_wait_ended_with 12
	request_is 1 Pending
	wait
	forget_calls
	svcreq create slow
	svcreq run 2 2>run.log &
	eventually was_received POST /hold
	wait_in_background 2
	release_calls
	assert_wait_ended_with 0
	request_is 2 Completed
	wait
}

# A wait that waits.
wait_in_background() {
	svcreq wait "$1" --timeout 5m &
	waiter=$!
	eventually watches "$waiter"
}

watches() {
	readlink "/proc/$1/fd"/* | grep -q inotify
}

assert_wait_ended_with() {
	local code=0

	wait "$waiter" || code=$?
	[[ $code -eq $1 ]] || fail "the wait ended with $code, not $1"
}

# How many milliseconds after the event that it waits for a wait ended.
wake_up_time() {
	local event ended

	event=$(date -d "$(last_event "$1" .created_at)" +%s%3N)
	ended=$(<"../ended.$1")
	echo $((ended - event))
}

# It takes a few milliseconds; what looked again and again would need more, or all of a processor.
@test "wait is woken by the event" {
	local id median

	is_sanitized && skip "a sanitizer's process starts too slowly to measure"
	for id in 1 2 3 4 5 6 7 8 9; do
		svcreq create good
		wait_in_background "$id"
		svcreq cancel "$id"
		assert_wait_ended_with 13
		date +%s%3N >"../ended.$id"
		wake_up_time "$id" >>../times
	done
	# from when the event was made, so that the disk's time to keep it counts; one round may be disturbed
	median=$(sort -n ../times | sed -n 5p)
	[[ $median -le 500 ]] || fail "the median is $median ms: $(paste -sd " " ../times)"
}
