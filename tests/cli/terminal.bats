#!/usr/bin/env bats
# What a terminal gets to see: colour where it helps, and nothing that drives it.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # ${...} is for svcreq; output and stderr are set by try

load helper
load calls
load bad

setup() {
	set_up_calls
	export TERM=xterm
	wait_pipeline plain
	svcreq create plain --run 2>/dev/null
}

on_terminal() {
	try "$BATS_TEST_DIRNAME/terminal.py" -- "$@"
}

@test "on a terminal there is colour" {
	on_terminal svcreq status
	assert_status 0
	assert_stdout_has $'\e['
	on_terminal svcreq status 1
	assert_stdout_has $'\e['
}

@test "in a pipe there is none" {
	local arguments

	for arguments in status "status 1" "status --all" "log 1 --events" pipelines "pipelines plain" help; do
		# shellcheck disable=SC2086 # words
		try svcreq $arguments
		assert_status 0
		refute_stdout_has $'\e'
		refute_stderr_has $'\e'
	done
}

@test "NO_COLOR and a dumb terminal have none" {
	NO_COLOR=1 on_terminal svcreq status
	assert_status 0
	assert_stdout_has Pending
	refute_stdout_has $'\e'
	TERM=dumb on_terminal svcreq status
	refute_stdout_has $'\e'
}

@test "an empty NO_COLOR is as good as none" {
	NO_COLOR='' on_terminal svcreq status
	assert_stdout_has $'\e['
}

# Everything that shows a request.
show_everything() {
	local arguments

	for arguments in "status" "status --all" "status 2" "status --json" "status 2 --json" "log 2" \
	    "log 2 --events" "log 2 --events --json" "pipelines" "pipelines evil"; do
		# shellcheck disable=SC2086 # words
		try svcreq $arguments
		assert_status 0
		printf '%s\n' "$output" "$stderr"
	done
}

@test "control bytes of pipelines, form data and remarks never reach the terminal" {
	pipeline evil <<-'EOF'
		pipeline_name: "evil\e]0;p\a"
		form: {fields: [{name: "x", title: "T\e[31m", description: "D\e[32m",
		  type: select, options: ["v\e[34m\x9b35m\r\b"]}]}
		steps:
		  - step_name: Wait
		    step_type: WAIT_FOR_APPROVAL
		    parameters: {instructions: "I\e[33m ${x}"}
	EOF
	try svcreq create evil -f x=$'v\e[34m\x9b35m\r\b' -m $'r\e[36m\nnext line'
	assert_status 2 # not UTF-8
	try svcreq create evil -f x=$'v\e[34m\xc2\x9b35m\r\b' -m $'r\e[36m\nnext line' --run
	assert_status 0
	refute_stderr_has $'\e'
	show_everything >shown
	grep -q 'v\\x1b\[34m' shown || fail "form data is not shown"
	grep -q 'r\\x1b\[36m' shown || fail "remarks are not shown"
	# no C0 but the newline, no DEL, no C1
	run grep -nP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' shown
	[[ $status -eq 1 ]] || fail "$output"
}

@test "control bytes of servers never reach the terminal or the log" {
	call evil GET "$BAD/echo?%1b" 'headers: {X-Text: "${text}"}, outputs: {method: /method, body: /nothing}'
	cat >>pipelines/evil.yaml <<<'form: {fields: [{name: text, type: select, options: ["café \x9b31m"]}]}'
	try svcreq create evil -f text=$'caf\xc3\xa9 \xc2\x9b31m' --run
	assert_stdout_is 2
	refute_stderr_has $'\e'
	show_everything >shown
	cat executor_logs/2/* >>shown
	run grep -nP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' shown
	[[ $status -eq 1 ]] || fail "$output"
}

@test "what a server sends that is not HTTP is not shown raw" {
	call garbage GET "$BAD/garbage"
	try svcreq create garbage --run
	assert_status 4
	run grep -nP '[\x00-\x09\x0b-\x1f\x7f]' <<<"$stderr$(cat executor_logs/2/*)"
	[[ $status -eq 1 ]] || fail "$output"
}
