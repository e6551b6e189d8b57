# For tests in which something is called or decided: `load calls`, after `load helper`.
#
# A file that calls only the misbehaving server (tests/bad-server.py) says `load bad` after that;
# one that calls others as well has this at its top.  $BAD is its address:
#
#	setup_file() { start_bad_server; }
#	teardown_file() { stop_server bad; }
#
# shellcheck shell=bash

# start_server <name> <program in tests/> <arguments>: one that prints its port as soon as it
# listens, and ends with its input.  So it ends with this file of tests, should they never come to stop_server.
start_server() {
	local file=$BATS_FILE_TMPDIR/$1 program=$ROOT/tests/$2

	shift 2
	tail -f /dev/null --pid=$$ 2>/dev/null 3>&- |
		/usr/bin/python3 "$program" "$@" >"$file.port" 2>"$file.log" 3>&- &
	echo $! >"$file.pid"
	eventually test -s "$file.port" || fail "$(cat "$file.log")"
}

server_port() {
	cat "$BATS_FILE_TMPDIR/$1.port"
}

stop_server() {
	kill "$(cat "$BATS_FILE_TMPDIR/$1.pid")"
	rm "$BATS_FILE_TMPDIR/$1.port"
}

start_bad_server() {
	start_server bad bad-server.py || return
	BAD=http://127.0.0.1:$(server_port bad)
	export BAD
}

stop_bad_server() {
	stop_server bad
}

# received <method> <path>: how often the misbehaving server has got that request.
received() {
	curl -sf "$BAD/count" | jq --arg call "$1 $2" '.[$call] // 0'
}

was_received() {
	[[ $(received "$1" "$2") -gt 0 ]]
}

assert_received() {
	local count

	count=$(received "$1" "$2")
	[[ $count -eq $3 ]] || fail "$1 $2 was received $count times, not $3"
}

# assert_only_received <counts, as JSON on one line>
assert_only_received() {
	local counts

	counts=$(curl -sf "$BAD/count" | jq -c .)
	[[ $counts == "$1" ]] || fail "what was received is $counts, not $1"
}

# Let the calls of $BAD/hold end.
release_calls() {
	curl -sf -X POST "$BAD/release" >/dev/null
}

forget_calls() {
	curl -sf -X POST "$BAD/reset" >/dev/null
}

# A server that is down: nobody listens on port 1.
DOWN=http://127.0.0.1:1
export DOWN

# call <pipeline> <method> <url> [<more parameters>]: a pipeline of one call.
call() {
	pipeline "$1" <<-EOF
		steps:
		  - step_name: Call
		    step_type: API
		    parameters: {method: $2, url: "$3"${4:+, $4}}
	EOF
}

# wait_pipeline <pipeline> [<parameters>]: a pipeline of one approval.
wait_pipeline() {
	pipeline "$1" <<-EOF
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL, parameters: {${2-}}}]
	EOF
}

# one_step <type> <parameters>: a pipeline with a form field, and a last step to go on to.
one_step() {
	pipeline p <<-EOF
		form: {fields: [{name: x}]}
		steps:
		  - {step_name: Step, step_type: $1, parameters: {$2}}
		  - {step_name: Last, step_type: WAIT_FOR_APPROVAL}
	EOF
}

# The files of the events of a request, in order.
event_files() {
	local files=("state/requests/$1"/??????.json)

	[[ -e ${files[0]} ]] && printf '%s\n' "${files[@]}"
}

# events <id>: a line for each, "<type> <step> <reason>".
events() {
	event_files "$1" | xargs jq -r '[.event_type, .step_name, .reason] | map(select(.)) | join(" ")'
}

# event <id> <number> <jq filter>
event() {
	jq -rc "$3" "state/requests/$1/$(printf %06d "$2").json"
}

# last_event <id> <jq filter>
last_event() {
	event_files "$1" | tail -n 1 | xargs jq -rc "$2"
}

request_status() {
	last_event "$1" .status
}

# until_expired <id>: until the time for the approval that it waits for is over.
until_expired() {
	eventually is_past "$(date -d "$(last_event "$1" .expires_at)" +%s%3N)"
}

# is_past <milliseconds>
is_past() {
	[[ $(date +%s%3N) -gt $1 ]]
}

# request_is <id> <status>
request_is() {
	[[ $(request_status "$1") == "$2" ]] || fail "request $1 is $(request_status "$1"), not $2"
}

# step_log <id> [<step>]: its messages, without time and level.
step_log() {
	cut -c 34- "executor_logs/$1/${2-Call}.log"
}

# answer <id> [<step>]: httpbin's answer, from the log of the step Call.
answer() {
	step_log "$1" "${2-Call}" | sed -n '/^< {/,$p' | grep '^< ' | cut -c 3-
}

# as <user> <command>: as a person does it who uses sudo to become the owner of the workspace.
as() {
	local user=$1

	shift
	SUDO_USER=$user SUDO_UID=$(id -u "$user") "$@"
}
