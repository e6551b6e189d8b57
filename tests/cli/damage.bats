#!/usr/bin/env bats
# Files of state/ that were damaged: the request is named and skipped, and everything else goes on.

# shellcheck disable=SC2154 # status, output and stderr are set by try
load helper
load calls
load bad

setup() {
	set_up_calls
	call get GET "$BAD/ok"
	wait_pipeline plain
	svcreq create get
	svcreq create get
	svcreq create get
	first=state/requests/2/000001.json
	second=state/requests/2/000002.json
}

# named <what is wrong>: every command names request 2 and does not touch it; 1 and 3 go on.
named() {
	local arguments

	for arguments in "status 2" "status 2 --json" "log 2" "log 2 --events" "run 2" "approve 2"; do
		# shellcheck disable=SC2086 # words
		unchanged svcreq $arguments
		assert_status 1
		assert_stdout_is ""
		assert_stderr_is "svcreq: request 2 is damaged: $1"
	done
	try svcreq status 1 2 3
	assert_status 1
	assert_stderr_is "svcreq: request 2 is damaged: $1"
	assert_stdout_has "Request 1: Not Started"
	assert_stdout_has "Request 3: Not Started"
	try svcreq run --pending
	assert_status 1
	assert_stdout_is ""
	assert_stderr_has "svcreq: request 2 is damaged: $1"
	request_is 1 Completed
	request_is 3 Completed
	assert_received GET /ok 2
	try svcreq create get
	assert_status 0
	assert_stdout_is 4
}

@test "a truncated event" {
	truncate -s 20 "$second"
	named "state/requests/2/000002.json:1:15: the string is not closed"
}

@test "an empty event" {
	: >"$second"
	named "state/requests/2/000002.json:1:1: expected a value, found the end of the text"
}

@test "an event of zeros" {
	truncate -s 0 "$second"
	truncate -s 300 "$second"
	try svcreq run --pending
	assert_status 1
	assert_stderr_has "svcreq: request 2 is damaged: state/requests/2/000002.json:1:1: "
	request_is 3 Completed
}

@test "an edited event, told by itself" {
	sed -i 's/"created_by":"[^"]*"/"created_by":"nobody"/' "$second"
	named "state/requests/2/000002.json: it was changed after it was written: its sha256 does not fit"
}

@test "the latest event without its newline" {
	truncate -s -1 "$second"
	named "state/requests/2/000002.json: it is cut off: the newline at its end is missing"
	try svcreq status --all
	assert_status 1
	assert_stderr_is "svcreq: request 2 is damaged: state/requests/2/000002.json: it is cut off: the newline at its end is missing"
}

@test "another program can check an event as the manual says" {
	[[ $(head -c -78 "$second" | sha256sum) == "$(jq -r .sha256 "$second")  -" ]]
	grep -qF 'head -c -78 000003.json | sha256sum' "$ROOT/man/svcreq-state.5"
}

@test "an edited event with a check that fits, told by the one after it" {
	sed -i 's/"created_by":"[^"]*"/"created_by":"nobody"/' "$first"
	reseal "$first"
	named "state/requests/2/000002.json: the chain is broken: the event before it was changed or replaced"
}

@test "a missing event" {
	rm "$first"
	named "state/requests/2/000001.json is missing"
}

@test "a request without any event" {
	rm "$first" "$second"
	named "it has no events"
}

@test "an event of another request" {
	cp state/requests/1/000002.json "$second"
	named "state/requests/2/000002.json: it belongs to request 1"
}

@test "an event that is a folder" {
	rm "$second"
	mkdir "$second"
	named "'state/requests/2/000002.json' is a directory, not a regular file: mv $PWD/$second $PWD/$second.away"
}

@test "a request that is a file" {
	rm -r state/requests/2
	touch state/requests/2
	named "'state/requests/2' is a file, not a directory: mv $PWD/state/requests/2 $PWD/state/requests/2.away"
}

@test "a forged event that the state machine does not allow" {
	local prev

	prev=$(sha256sum <"$second" | cut -c -64)
	jq -c --arg prev "$prev" 'del(.sha256) + {event_id: 3, event_type: "Completed", status: "Completed", prev: $prev}' \
	    "$second" >state/requests/2/000003.json
	unchanged svcreq run 2
	assert_status 1
	assert_stderr_is "svcreq: request 2 is damaged: state/requests/2/000003.json: 'Completed' of step 'Call' cannot follow while the request is Not Started"
}

@test "an event that claims another status than the one that follows" {
	local prev

	prev=$(sha256sum <"$second" | cut -c -64)
	jq -c --arg prev "$prev" 'del(.sha256) + {event_id: 3, event_type: "Running", status: "Completed", prev: $prev, attempt: 1}' \
	    "$second" >state/requests/2/000003.json
	try svcreq status 2
	assert_status 1
	assert_stderr_is "svcreq: request 2 is damaged: state/requests/2/000003.json: it says Completed where Running follows"
}

@test "files that are no events are left alone" {
	touch state/requests/2/{README,000003.json~,.000003.json.tmp,3.json} state/requests/{x,01,.new}
	try svcreq run --pending
	assert_status 0
	request_is 2 Completed
	[[ -e state/requests/2/README ]]
}

@test "a lost queue is built again, and nothing is forgotten or done twice" {
	svcreq run 1 2>/dev/null
	svcreq create plain --run 2>/dev/null
	rm -r state/queue
	try svcreq status
	assert_status 0
	[[ $(awk 'NR > 1 { print $1 }' <<<"$output" | paste -sd " ") == "2 3 4" ]] || unexpected "others"
	rm -r state/queue/not-started
	try svcreq run --pending
	assert_status 0
	request_is 2 Completed
	request_is 3 Completed
	assert_received GET /ok 3
	rm -r state/queue
	try svcreq run --pending
	assert_status 0
	assert_received GET /ok 3
	find state/queue -type f | LC_ALL=C sort | diff - <(echo state/queue/pending/4)
}

@test "entries of the queue that belong to nothing do no harm" {
	touch state/queue/running/{77,x,0,01} state/queue/not-started/99999999999999999999
	touch state/queue/failed/78 state/queue/running/2
	try svcreq run --pending
	assert_status 0
	refute_stderr_has 77
	request_is 3 Completed
	[[ ! -e state/queue/running/77 && ! -e state/queue/running/2 ]] || fail "they are not corrected"
	try svcreq status
	[[ $(awk 'NR > 1 { print $1 }' <<<"$output" | paste -sd " ") == "" ]]
	try svcreq create get
	assert_stdout_is 4
}

@test "what killed writers left is removed by the next one" {
	local gone

	sleep 0 &
	gone=$!
	wait $gone
	touch state/requests/1/.00000{3,7}.json.$gone.1 state/requests/1/.000003.json.$$.2 state/requests/1/.000003.json.x.1
	touch state/requests/1/.notes.txt
	svcreq run 1 2>/dev/null
	[[ $(cd state/requests/1 && echo .[!.]*) == ".000003.json.$$.2 .000003.json.x.1 .notes.txt" ]] || fail "$(ls -A state/requests/1)" || return
	mkdir state/requests/.new-4
	touch state/requests/.new-4/.000001.json.$gone.1
	svcreq create get
	[[ ! -e state/requests/.new-4 ]]
}

@test "what stands in the way of a new request gives way, whatever it is" {
	local id=3 kind

	for kind in 'mkfifo' 'touch' 'ln -s ../queue' 'mkdir -p'; do
		$kind "state/requests/.new-$((++id))"
		[[ $kind != mkdir* ]] || mkdir "state/requests/.new-$id/000001.json"
		try timeout 20 svcreq create get
		assert_status 0
		assert_stdout_is $id
	done
	[[ -d state/queue/not-started ]]
}

@test "a new request never shows the log of another that had its id" {
	svcreq run 3 2>/dev/null
	# as a backup that is older than the request
	rm -r state/requests/3 state/queue state/last-id
	svcreq create plain
	try svcreq log 3
	refute_stdout_has INFO
	try svcreq run 3
	try svcreq log 3
	refute_stdout_has ok
	grep -q ok executor_logs/3.before-1/Call.log
	rm -r state/requests/3 state/queue state/last-id
	svcreq create get
	[[ -d executor_logs/3.before-2 && ! -e executor_logs/3 ]]
}

@test "whatever last-id says, no id is given twice" {
	local text

	for text in garbage "" 0 1 99999999999999999999999 -5 $'2\n7'; do
		printf '%s' "$text" >state/last-id
		try svcreq create get
		assert_status 0
	done
	rm state/last-id
	try svcreq create get
	assert_status 0
	find state/requests -mindepth 1 -printf '%f\n' -prune | sort -n | diff - <(seq 11)
}

@test "a lost lock file and lost logs are made again" {
	rm -rf state/lock executor_logs
	try svcreq run --pending
	assert_status 0
	request_is 1 Completed
	[[ -s executor_logs/1/Call.log ]]
}

@test "a log that cannot be written stops nothing, and is told" {
	touch executor_logs/1
	mkdir -p executor_logs/2/Call.log
	try svcreq run 1 2
	assert_status 0
	assert_stderr_has "cannot write the log of step 'Call' of request 1: 'executor_logs/1' is a file, not a directory: mv "
	assert_stderr_has "cannot write the log of step 'Call' of request 2: "
	request_is 1 Completed
	request_is 2 Completed
}

@test "a request of which only the first event is left can be run" {
	call keyed POST "$BAD/ok" 'idempotency: sent'
	svcreq create keyed >../id
	rm "state/requests/$(<../id)/000002.json"
	try svcreq run "$(<../id)"
	assert_status 0
	request_is "$(<../id)" Completed
}

@test "an event that was made by hand crashes nothing" {
	local folder=state/requests/1

	jq -c --arg prev "$(sha256sum <$folder/000002.json | cut -d ' ' -f 1)" \
	    '.event_id = 3 | .event_type = "Updated" | .prev = $prev | del(.step_name, .step_type, .sha256)' \
	    $folder/000002.json >$folder/000003.json
	try svcreq log 1 --events
	assert_status 0
	assert_stdout_has "form data"
}

@test "a symbolic link in place of an event is not followed" {
	ln -s /etc/passwd state/requests/1/000003.json
	try svcreq status 1
	assert_status 1
	assert_stdout_is ""
	assert_stderr_has "svcreq: request 1 is damaged: 'state/requests/1/000003.json' is a symbolic link, not a regular file: mv "
}

@test "a symbolic link in place of a log is not followed" {
	mkdir executor_logs/1
	ln -s "$PWD/precious" executor_logs/1/Call.log
	try svcreq run 1
	assert_status 0
	[[ ! -e precious ]]
	assert_stderr_has "cannot write the log"
}

@test "a folder of requests that is none is named once, not for each of them" {
	local kind command

	svcreq create get
	mv state/requests state/requests.away
	for kind in mkfifo touch 'ln -s requests.away'; do
		$kind state/requests
		for command in status 'status --all' 'run --pending'; do
			# shellcheck disable=SC2086 # words
			unchanged timeout 20 svcreq $command
			assert_status 1
			[[ $stderr == "svcreq: 'state/requests' is a "* && $stderr != *$'\n'* ]] || unexpected "one line"
		done
		rm state/requests
	done
}
