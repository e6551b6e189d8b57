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
