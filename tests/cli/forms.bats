#!/usr/bin/env bats
# Fields with a type and with limits: what is kept, by whichever way it came.

load helper
load calls

setup() {
	set_up_workspace
	export TERM=xterm
	echo 'timezone: Europe/Berlin' >state/config.yaml
	pipeline vm <<-EOF
		form:
		  fields:
		    - {name: cpus, title: CPUs, type: integer, min: 1, max: 64, default: 2}
		    - {name: host, title: Host, required: true, max_length: 10, pattern: "[a-z][a-z0-9-]*"}
		    - {name: public, title: Public, type: boolean, default: false}
		    - {name: size, title: Size, type: select, options: [{value: S, label: Small}, {value: L, label: Large}]}
		    - {name: zones, title: Zones, type: checkboxes, options: [a, b, c]}
		    - {name: when, title: When, type: datetime}
		    - {name: for, title: For how long, type: duration}
		    - {name: load, title: Load, type: number}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	kept='{"cpus":3,"host":"web1","public":true,"size":"S","zones":["a","c"],"when":"2026-12-24T18:00:00+01:00","for":"2h","load":1.50}'
}

on_terminal() {
	try "$BATS_TEST_DIRNAME/terminal.py" --stdout out "$@"
}

@test "a form filled in by -f, by JSON and at the prompt gives the same data" {
	svcreq create vm -f cpus=3 -f host=web1 -f public=yes -f size=S -f zones=a -f zones=c \
	    -f when="2026-12-24 18:00" -f for=2h -f load=1.50
	svcreq create vm --form-data - <<-EOF
		{"cpus": 3, "host": "web1", "public": true, "size": "S", "zones": ["a", "c"],
		 "when": "2026-12-24T18:00:00+01:00", "for": "2h", "load": 1.50}
	EOF
	on_terminal --answer "CPUs (whole number, 1 to 64) [2]: " 3 --answer "Host: " web1 \
	    --answer "Public (yes or no) [no]: " yes --answer "Size (1 to 2) (optional): " 1 \
	    --answer "Zones" "1, c" --answer "When (date and time, as 2026-12-24 18:00) (optional): " "2026-12-24 18:00" \
	    --answer "For how long" 2h --answer "Load (number) (optional): " 1.50 -- svcreq create vm
	assert_status 0
	assert_stdout_has "  1  Small (S)"
	assert_stdout_has "  at most 10 characters, pattern [a-z][a-z0-9-]*"
	for id in 1 2 3; do
		[[ $(sed 's/.*"form_data":\({[^}]*}\).*/\1/' state/requests/$id/000001.json) == "$kept" ]] ||
		    fail "$(cat state/requests/$id/000001.json)"
	done
}

@test "the prompt takes the label of a choice, and says why an answer does not fit" {
	on_terminal --answer "CPUs" many --answer "CPUs" 65 --answer "CPUs" "" --answer "Host" Web_1 --answer "Host" web \
	    --answer "Public" perhaps --answer "Public" "" --answer "Size" 3 --answer "Size" Large --answer "Zones" "" \
	    --answer "When" tomorrow --answer "When" "" --answer "For" "" --answer "Load" "" -- svcreq create vm
	assert_status 0
	assert_stdout_has "'many' is no whole number, such as 3"
	assert_stdout_has "'65' is more than the maximum, 64"
	assert_stdout_has "'Web_1' does not fit the pattern [a-z][a-z0-9-]*"
	assert_stdout_has "'perhaps' is neither yes nor no"
	assert_stdout_has "'3' is not one of S, L"
	assert_stdout_has "'tomorrow' is no date and time"
	[[ $(event 1 1 .form_data) == '{"cpus":2,"host":"web","public":false,"size":"L"}' ]]
}

@test "every fault of a form is told at once, with field, value and rule" {
	try svcreq create vm -f cpus=65 -f host=Web_with_far_too_many -f public=maybe -f size=XL -f when="2026-02-30 10:00" \
	    -f for=soon -f load=1,5
	assert_status 3
	assert_stderr_is <<-EOF
		svcreq: form field 'cpus': '65' is more than the maximum, 64
		svcreq: form field 'host': 'Web_with_far_too_many' has 21 characters, and at most 10 are allowed; 'Web_with_far_too_many' does not fit the pattern [a-z][a-z0-9-]*
		svcreq: form field 'public': 'maybe' is neither yes nor no
		svcreq: form field 'size': 'XL' is not one of S, L
		svcreq: form field 'when': '2026-02-30 10:00' is no date and time, such as 2026-12-24 18:00 or 2026-12-24T18:00:00+01:00
		svcreq: form field 'for': 'soon' is no span of time, such as 90s, 1h30m or 2d
		svcreq: form field 'load': '1,5' is no number, such as 3 or 2.5
	EOF
	[[ ! -e state/requests/1 ]]
}

@test "a time without an offset is one of the time zone of the workspace" {
	try svcreq create vm -f host=a -f when="2026-03-29 02:30"
	assert_status 3
	assert_stderr_has "the clock in Europe/Berlin never shows that time"
	TZ=Asia/Tokyo svcreq create vm -f host=a -f when="2026-07-01 10:00"
	[[ $(event 1 1 .form_data.when) == 2026-07-01T10:00:00+02:00 ]]
	svcreq create vm -f host=a --key k -f when="2026-07-01 10:00"
	try svcreq create vm -f host=a --key k -f when="2026-07-01 10:00"
	assert_status 0
	svcreq update 1 -f when="2026-12-01 10:00"
	rm state/config.yaml
	try svcreq create vm -f host=a -f when="2026-07-01 10:00"
	assert_status 3
	assert_stderr_has "it needs an offset, such as +01:00: state/config.yaml names no 'timezone'"
	echo 'timezone: ../x' >state/config.yaml
	try svcreq create vm -f host=a
	assert_stderr_has "state/config.yaml:1:11: 'timezone' must be a time zone, such as Europe/Berlin"
}

@test "a user is one of this system" {
	pipeline who <<-EOF
		form: {fields: [{name: sponsor, type: user}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create who -f sponsor=root
	try svcreq create who -f sponsor=nobody-of-that-name
	assert_status 3
	assert_stderr_has "form field 'sponsor': 'nobody-of-that-name': there is no such user on this system"
}

@test "a form that cannot be filled in is refused with its line" {
	cat >pipelines/bad.yaml <<-EOF
		form:
		  fields:
		    - {name: a, type: integer, min: 5, max: 4}
		    - {name: b, type: select}
		    - {name: c, pattern: "[a-"}
		    - {name: c, type: integer, max: 4, default: 5}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	try svcreq validate pipelines/bad.yaml
	assert_status 3
	assert_stderr_is <<-EOF
		pipelines/bad.yaml:3:45: 'max' of 'a' is less than its 'min': nothing fits
		pipelines/bad.yaml:4:7: a select field needs 'options'
		pipelines/bad.yaml:5:26: the pattern of 'c': missing terminating ] for character class (at byte 4)
		pipelines/bad.yaml:6:14: there are two form fields 'c'
		pipelines/bad.yaml:6:49: the default of 'c': '5' is more than the maximum, 4
		1 of 1 pipeline is invalid
	EOF
}

@test "a value that a pattern is too slow for is refused" {
	pipeline slow <<-EOF
		form: {fields: [{name: x, pattern: "(a+)+[bc]"}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	try svcreq create slow -f x="$(printf 'a%.0s' {1..60})"
	assert_status 3
	assert_stderr_has "form field 'x': whether it fits the pattern takes too long to find out"
}

@test "pipelines says what each field takes" {
	try svcreq pipelines vm
	assert_status 0
	assert_stdout_has "whole number, 1 to 64"
	assert_stdout_has "Small (S), Large (L)"
	assert_stdout_has "at most 10 characters, pattern [a-z][a-z0-9-]*"
	svcreq pipelines vm --json | jq -e '.fields[0].max == 64 and .fields[1].pattern == "[a-z][a-z0-9-]*" and
	    .fields[3].labels == ["Small", "Large"]'
}

@test "validate suggests a type for the number or boolean that is the default of an input" {
	cat >pipelines/ttl.yaml <<-EOF
		form:
		  fields:
		    - {name: ttl, default: 300}
		    - {name: factor, default: 1.5}
		    - {name: public, default: false}
		    - {name: name, default: web1}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	try svcreq validate pipelines/ttl.yaml
	assert_status 0
	assert_stderr_is <<-EOF
		pipelines/ttl.yaml:3:28: warning: the default of 'ttl' is a number, but what is typed there is text: 'integer' is one type for both
		pipelines/ttl.yaml:4:31: warning: the default of 'factor' is a number, but what is typed there is text: 'number' is one type for both
		pipelines/ttl.yaml:5:31: warning: the default of 'public' is a boolean, but what is typed there is text: 'boolean' is one type for both
		1 pipeline is valid
	EOF
}

@test "only the requesters of a pipeline create requests of it, in any way" {
	local me
	me=$(id -un)
	pipeline order <<-EOF
		requesters: ["$me"]
		form: {fields: [{name: x}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create order -f x=1
	sed -i "s/^requesters.*/requesters: [nobody, '@nogroup']/" pipelines/order.yaml
	try svcreq create order -f x=2
	assert_status 9
	assert_stderr_is "svcreq: '$me' is not a requester of pipeline 'order' ('nobody', '@nogroup')"
	try svcreq create --from 1 --again
	assert_status 9
	try svcreq create order --batch - <<<'{"x": "3"}'
	assert_status 9
	[[ ! -e state/requests/2 ]]
	sed -i "s/^requesters.*/requesters: '@$(id -gn)'/" pipelines/order.yaml
	svcreq create order -f x=2
	try svcreq pipelines order
	assert_stdout_has "  Requesters: @$(id -gn)"
	sed -i "s/^requesters.*/requesters: '@no-such-group'/" pipelines/order.yaml
	try svcreq validate --here pipelines/order.yaml
	assert_stderr_has "warning: there is no group '@no-such-group' on this system"
	sed -i "s/^requesters.*/requesters: []/" pipelines/order.yaml
	try svcreq validate pipelines/order.yaml
	assert_status 3
	assert_stderr_has "pipelines/order.yaml:1:13: 'requesters' must be a user or @group, or a list of them that is not empty"
}
