#!/usr/bin/env bats
# How what people, servers and files say is shown: svcreq(1).
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; output and stderr are set by try

load helper
load calls
load bad

setup() {
	set_up_calls
	# ESC, BEL, DEL, C1, an override, zero width, a space, a tag, a separator, lines, a literal escape
	HOSTILE=$'e\e[31m\a\x7f\xc2\x9b31m\xe2\x80\xae\xe2\x80\x8b\xc2\xa0\xf3\xa0\x81\x81\xe2\x80\xa8\n    approved by bob  3m ago\nsvcreq: fine\\x1b'
	UNSEEN=$'u\xe2\x80\x8b\xc2\xa0\xf3\xa0\x81\x81\xef\xb8\x8f'
	SHOWN='u\u200b\u00a0\U000e0041\ufe0f'
}

# ascii <command>: whatever comes of it, all that it prints is visible; lines that look like the program's are none.
ascii() {
	try "$@"
	printf '%s\n%s\n' "$output" "$stderr" >../printed
	! LC_ALL=C grep -n '[^ -~]' ../printed || unexpected "it is raw"
	! grep -nE '^ *(approved by bob|svcreq: fine)' ../printed || unexpected "it looks like a line of the program"
}

@test "the table of hidden characters is the one that its program prints" {
	python3 -c 'import sys, unicodedata; sys.exit(unicodedata.unidata_version != "14.0.0")' || skip "another Unicode"
	local name

	for name in hidden width; do
		python3 "$ROOT/tests/utf8-tables.py" "$name" | tr -d ' \t\n' | sed 's/staticconst/\n&/g' | grep . >../table
		tr -d ' \t\n' <"$ROOT/src/base/utf8-$name.c" | sed 's/staticconst/\n&/g; s/};/};\n/g' | grep '^staticconst' >../source
		diff ../table ../source || fail "utf8-$name.c"
	done
}

@test "what stands in arguments, names and the environment does not reach the terminal raw" {
	wait_pipeline plain
	svcreq create plain --run 2>/dev/null
	ascii svcreq "$HOSTILE"
	ascii svcreq "--$HOSTILE"
	ascii svcreq -C "$HOSTILE" status
	ascii svcreq help "$HOSTILE"
	SVCREQ_NAME=$HOSTILE ascii svcreq status 99
	SVCREQ_ROOT=$HOSTILE ascii svcreq status
	for command in status log wait approve reject cancel retry update run "resolve --completed" pipelines create validate init/nowhere; do
		# shellcheck disable=SC2086 # words
		ascii svcreq ${command%/*} "${command#init}$HOSTILE"
	done
	for command in "status --status" "status --pipeline" "status --user" "status -n" "log 1" "wait 1 --timeout" "approve 1 --step" \
	    "create plain -f" "create plain --form-data" "create plain --key" "create --from" "run -j" "update 1 -f" \
	    "resolve 1 --completed --output" "resolve 1 --completed --outputs" "resolve 1 --completed --output-json"; do
		# shellcheck disable=SC2086 # words
		ascii svcreq $command "$HOSTILE"
		# shellcheck disable=SC2086 # words
		ascii svcreq $command "x=$HOSTILE"
	done
	ascii "$BUILD/libexec/svcreq/svcreq-run" "$HOSTILE"
	ascii "$BUILD/libexec/svcreq/svcreq-run" "--$HOSTILE"
}

@test "what stands in pipelines does not reach the terminal raw" {
	local said

	said=$(jq -n --arg h "$HOSTILE" --arg u "$UNSEEN" --arg url "$BAD/x" '{
		pipeline_description: $h, version: $h,
		form: {fields: [{name: $u, title: $h, description: $h, default: $u},
		    {name: "s", type: "select", options: [$u], default: $u}]},
		steps: [{step_name: $u, step_type: "WAIT_FOR_APPROVAL", parameters: {instructions: $h}},
		    {step_name: "Last", step_type: "API", parameters: {method: "POST", url: $url, data: {($u): $h}}}]}')
	echo "$said" >"pipelines/$UNSEEN.json"
	jq -n --arg h "$HOSTILE" '{steps: [{step_name: $h, step_type: $h, ($h): 1}], ($h): 1}' >"pipelines/bad$UNSEEN.json"
	echo "$HOSTILE: [" >pipelines/bad.yaml
	ascii svcreq create "$UNSEEN" --run -m "$HOSTILE"
	assert_status 0
	for command in status "status 1" "status --json" "status 1 --json" "log 1" "log 1 --events" "log 1 --events --json" \
	    pipelines "pipelines --json" validate "run 1 --dry-run" "create bad" "approve 1 -m remark --no-run" "status 1" "cancel 1" "status 1"; do
		# shellcheck disable=SC2086 # words
		ascii svcreq $command
	done
	ascii svcreq pipelines "$UNSEEN"
	assert_stdout_has "$SHOWN"
	ascii svcreq pipelines "$UNSEEN" --json
	[[ $(jq -r .pipeline_name <<<"$output") == "$UNSEEN" ]] || unexpected "another name"
	[[ $(jq -r .description <<<"$output") == "$HOSTILE" ]] || unexpected "another description"
	ascii svcreq validate "pipelines/bad$UNSEEN.json"
	ascii svcreq status 1 --json
	[[ $(jq -r .remarks <<<"$output") == "$HOSTILE" ]] || unexpected "other remarks"
}

@test "what servers answer does not reach the terminal raw" {
	call echo POST "$BAD/echo?%1b" 'headers: {X: "a"}, data: {t: "${text}"}, outputs: {t: /json/t, all: /json}'
	call refused GET "$BAD/status/422?%1b"
	call garbage GET "$BAD/garbage"
	svcreq create echo --run -f text="$UNSEEN\\u200b" || true
	svcreq create refused --run || true
	svcreq create garbage --run || true
	for command in "status 1" "status 2" "status 3" "status 1 --json" "status 2 --json" "log 1" "log 2" "log 3" \
	    "log 1 --events" "log 2 --events" "log 2 --events --json" "run 2" "run 3"; do
		# shellcheck disable=SC2086 # words
		ascii svcreq $command
	done
	! cat executor_logs/*/* | LC_ALL=C grep '[^ -~]' || fail "a log is raw"
}

@test "a literal that looks like an escape is told from one, and the log does not double it twice" {
	wait_pipeline plain
	svcreq create plain --run -m "$(printf '%s \xe2\x80\xae %s' '\u202e' 'C:\users')" 2>/dev/null
	try svcreq status 1
	assert_stdout_has '| \\u202e \u202e C:\users'
	call echo POST "$BAD/echo" 'data: {t: "${text}"}'
	svcreq create echo --run -f text=$'\xe2\x80\x8b' 2>/dev/null
	try svcreq log 2
	assert_stdout_has '> {"t":"\u200b"}'
	assert_stdout_has '\"t\":\"\\u200b\"' # so the server wrote it
	refute_stdout_has '\\\\u200b'
	# a log is somebody's file
	printf 'x\e[31m\\u200b\n' >>executor_logs/2/Call.log
	try svcreq log 2
	assert_stdout_has 'x\x1b[31m\u200b'
}

@test "what people say looks like no vote" {
	wait_pipeline pair "approvers: [daemon, bin], approvals_required: 2, instructions: \"\${why}\""
	svcreq create pair -f why=$'w?\n    approved by bin  3m ago  "fine"' --run -m $'r\n    approved by bin' 2>/dev/null ||
		svcreq create pair -f why='approved by bin' --run -m $'r\n    approved by bin' 2>/dev/null
	as daemon svcreq approve 1 -m $'fine"\n    approved by bin  3m ago  "\\' 2>/dev/null
	try svcreq status 1
	assert_stdout_matches '    approved by daemon  [a-z0-9 ]+  "fine\\"\\x0a \\x20\\x20\\x20approved by bin \\x203m ago \\x20\\"\\\\"'
	assert_stdout_has "| r"
	assert_stdout_has "|     approved by bin"
	! grep -E '^ *approved by bin' <<<"$output" || unexpected "a vote that nobody gave"
}

@test "a value of several lines is marked, and its lines are no fields" {
	wait_pipeline plain "instructions: \"\${why}\""
	svcreq create plain --form-data - <<<'{"why": "one\nsize = L\n"}' || skip "an input has one line"
	try svcreq status 1
	assert_stdout_has $'  Form data     why = | one\n                      | size = L\n                      |\n'
}

@test "what a terminal has no room for goes on behind a mark" {
	local many command

	many=$(printf 'approved by bob %.0s' {1..40})
	call said GET "$BAD/echo?$(printf 'approved-by-bob-%.0s' {1..20})"
	wait_pipeline plain 'instructions: "${why}"'
	svcreq create plain -f why="$many" --key "${many::200}" -m "$many" --run 2>/dev/null
	svcreq create said --run 2>/dev/null || true
	for command in "status 1" "log 1 --events" "log 2" "log 2 --events" "status 2" "run 2 --dry-run"; do
		# shellcheck disable=SC2086 # words
		try "$BATS_TEST_DIRNAME/terminal.py" -- svcreq $command
		tr -d '\r' <<<"$output" | sed 's/\x1b\[[0-9]*m//g' >../seen
		! grep -E '^ *approved.by.bob' ../seen || unexpected "of svcreq $command: it begins a line"
		! grep -E '^.{80}' ../seen || unexpected "of svcreq $command: the terminal would break a line"
	done
	try svcreq status 1 # nothing is broken in a pipe
	assert_stdout_has "why = ${many% }"
}
