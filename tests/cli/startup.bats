#!/usr/bin/env bats
# status is for prompts and scripts: see tests/bench.

load helper

@test "status starts in at most twice the time of a program that prints hello" {
	local ratio

	is_sanitized && skip "sanitizers make every start slow"
	pipeline wait <<-EOF
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create wait
	for _ in 1 2 3; do
		read -r _ _ ratio < <("$BUILD/tests/bench/alternate" 200 "$BUILD/tests/bench/hello" \
		    "$BUILD/bin/svcreq" status 1)
		awk -v ratio="$ratio" 'BEGIN { exit !(ratio > 0 && ratio <= 2.0) }' && return
	done
	fail "the ratio of the medians is $ratio"
}

# traced <exit code> <command>: what it opens, and the programs that it becomes, in $traced.
traced() {
	is_sanitized && skip "a sanitizer looks for leaks by tracing itself"
	try strace -f -qq -e trace=openat,execve -o "$BATS_TEST_TMPDIR/trace" "${@:2}"
	assert_status "$1"
	traced=$(grep -v ENOENT "$BATS_TEST_TMPDIR/trace")
}

@test "run --pending with nothing to do starts no other program" {
	pipeline wait <<-EOF
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create wait --run 
	traced 0 svcreq run --pending
	[[ $traced != *svcreq-run* ]] || fail "$traced"

	svcreq create wait
	traced 0 svcreq run --pending -q
	[[ $traced == *svcreq-run* ]] || fail "$traced"
}

@test "libcurl is loaded for a call, and for nothing else" {
	pipeline call <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - step_name: Call
		    step_type: API
		    parameters: {method: POST, url: "http://127.0.0.1:1/"}
	EOF
	traced 0 svcreq validate pipelines/call.yaml
	[[ $traced != *libcurl* ]] || fail "$traced"
	svcreq create call
	traced 0 svcreq run 1 --dry-run
	[[ $traced == *svcreq-run* && $traced != *libcurl* ]] || fail "$traced"
	assert_stdout_has "POST / HTTP/1.1"
	traced 0 svcreq run 1
	[[ $traced == *svcreq-run* && $traced != *libcurl* ]] || fail "$traced"

	traced 4 svcreq approve 1
	[[ $traced == *libcurl.so.4* ]] || fail "$traced"
}

@test "without libcurl no call is begun, and the request stays as it is" {
	pipeline call <<-EOF
		steps:
		  - step_name: Call
		    step_type: API
		    parameters: {method: POST, url: "http://127.0.0.1:1/"}
	EOF
	mkdir lib
	echo none >lib/libcurl.so.4
	svcreq create call
	LD_LIBRARY_PATH=$PWD/lib try svcreq run 1
	assert_status 1
	assert_stderr_matches '^svcreq: request 1: cannot load libcurl \(Debian has it in the package libcurl4\): .*'
	[[ $(svcreq status 1 --json | jq -r .status) == "Not Started" ]]
	[[ $(ls state/requests/1) == "$(printf '%06d.json\n' 1 2)" ]]

	LD_LIBRARY_PATH=$PWD/lib svcreq run 1 --dry-run | grep 'POST / HTTP/1.1'
}
