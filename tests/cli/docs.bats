#!/usr/bin/env bats
# The manual and the README: what they say is so.  tests/unit/test-docs.c compares the tables, and
# manual-examples.bats runs the examples of svcreq-pipeline(5).
#
# shellcheck disable=SC2030,SC2031,SC2046 # each test sets its own output; names are words

load helper
load calls

setup_file() {
	start_httpbin
	start_bad_server
}

teardown_file() {
	stop_httpbin
	stop_bad_server
}

# page <file>: the page as it is read, each paragraph on one line.
page() {
	mandoc -T ascii -O width=1000 "$ROOT/man/$1" | sed 's/.\x08//g'
}

# section <page> <name>: its lines.
section() {
	page "$1" | awk -v name="$2" '/^[A-Z]/ { inside = $0 == name; next } inside'
}

# As one line with single blanks.
fold() {
	tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'
}

commands() {
	svcreq help | awk '/^  [a-z]/ { print $1 }'
}

# The commands of a page's examples: lines that begin with "$ ", and those that they go on in.
examples() {
	section "$1" EXAMPLES | awk '
	/^ *\$ / { sub(/^ *\$ /, ""); command = 1 }
	command { print; command = /\\$/ }'
}

# Run them in this workspace, which has the example pipelines, with httpbin on this machine.
run_examples() {
	cp "$ROOT"/pipelines/* pipelines/
	sed -i "s|https://httpbin.org|$HTTPBIN|" pipelines/*
	examples "$1" >examples.sh
	[[ -s examples.sh ]] || fail "$1 has no examples"
	try bash -eux -o pipefail examples.sh
	assert_status 0
}

# same_usage <page> <command>...: what -h begins with, without the marks of what is to be replaced.
same_usage() {
	local page=$1 usage synopsis

	shift
	usage=$("$@" -h | sed '/^$/ Q; s/^usage: //; s/[<>]//g' | fold)
	synopsis=$(section "$page" SYNOPSIS | fold)
	[[ $usage == "$synopsis" ]] || fail "usage:    $usage" "SYNOPSIS: $synopsis"
}

@test "the usage of each command is the SYNOPSIS of its page" {
	same_usage svcreq.1 svcreq
	for command in $(commands); do
		same_usage "svcreq-$command.1" svcreq "$command"
	done
}

@test "each command has a page, and each page of section 1 a command" {
	diff <(commands | sort) <(cd "$ROOT/man" && printf '%s\n' svcreq-*.1 | sed 's/svcreq-//; s/\.1$//' | sort)
}

@test "svcreq(1) lists each command" {
	diff <(commands) <(sed -n 's/^\.It Xr svcreq-\(.*\) 1$/\1/p' "$ROOT/man/svcreq.1")
}

@test "each option of a command is in its page" {
	for command in $(commands); do
		section "svcreq-$command.1" DESCRIPTION >page
		for option in $(svcreq "$command" -h | grep -Eo '^  +(-., )?--[a-z-]+' | tr -d ,); do
			grep -Eq -- "(^|[ ,])$option([ =,]|\$)" page || fail "svcreq-$command.1 lacks $option"
		done
	done
}

@test "each page that another refers to is there" {
	grep -oh 'Xr svcreq[^ ]* [0-9]' "$ROOT"/man/* | sort -u | while read -r _ name number; do
		[[ -f $ROOT/man/$name.$number ]] || fail "there is no $name.$number"
	done
}

@test "each page has the sections that it should have" {
	for file in "$ROOT"/man/svcreq-*.1; do
		diff - <(sed -n 's/^\.Sh //p' "$file") <<-EOF
			NAME
			SYNOPSIS
			DESCRIPTION
			EXIT STATUS
			EXAMPLES
			SEE ALSO
		EOF
	done
}

# describes <page> <name>...: the page names them as members.
describes() {
	local page=$1 name

	shift
	[[ $# -gt 0 ]] || fail "there is nothing to describe" || return
	for name; do
		grep -E '^\.(It )?Cm ' "$ROOT/man/$page" | grep -wq -- "$name" || fail "$page lacks $name" || return
	done
}

# members <jq filter>: of the objects that it gives for standard output.
members() {
	jq -r "$1 | keys[]" <<<"$output" | sort -u
}

@test "each promise of svcreq-security(7) has a test that is there" {
	local line file count=0

	while IFS= read -r line; do
		file=$ROOT/tests/cli/${line%%: *}.bats
		grep -Fqx "@test \"${line#*: }\" {" "$file" || fail "there is no test '$line'"
		count=$((count + 1))
	done < <(sed -n '/^\.Sh WHAT IS PROMISED/,/^\.Sh WHAT IS NOT/s/^\.Dl //p' "$ROOT/man/svcreq-security.7")
	[[ $count -gt 20 ]] || fail "only $count promises were found"
	# and each group of promises has one
	! awk '/^\.Sy /{ if (open) print name; open = 1; name = $0 } /^\.Dl /{ open = 0 } END { if (open) print name }' \
	    <(sed -n '/^\.Sh WHAT IS PROMISED/,/^\.Sh WHAT IS NOT/p' "$ROOT/man/svcreq-security.7") | grep . || fail "a promise without a test"
}

@test "each member of status --json is in svcreq-status(1)" {
	wait_pipeline plain
	svcreq create plain --run
	svcreq approve 1
	try svcreq status 1 --json
	describes svcreq-status.1 $(members '., .steps[], .steps[].approvals[]')
	assert_json '.steps[].approvals | length' 1
	try svcreq create plain --json
	describes svcreq-status.1 $(members .)
}

@test "each member of log --events --json is in svcreq-log(1)" {
	describes svcreq-log.1 $(sed -n '/^\.Ss Events$/,/^\.Ss /s/^\.It Cm \([a-z_0-9]*\) Pq .*/\1/p' "$ROOT/man/svcreq-state.5")
	call order POST "$BAD/ok" "idempotency: sent, data: {a: 1}"
	svcreq create order -m "for Bob" --run
	try svcreq log 1 --events --json
	describes svcreq-log.1 $(members .)
	assert_json 'select(.event_type == "Running") | has("body_sha256")' true
}

@test "each member of pipelines --json is in svcreq-pipelines(1)" {
	cp "$ROOT/pipelines/form-fields.yaml" pipelines/
	try svcreq pipelines --json
	describes svcreq-pipelines.1 $(members .)
	try svcreq pipelines form-fields --json
	describes svcreq-pipelines.1 $(members '., .fields[], .steps[]')
}

# struct_of <struct> <file>: without comments, a member a line.
struct_of() {
	sed -n "/^struct $1 {\$/,/^};\$/p" "$ROOT/$2" |
	    sed 's|[[:space:]]*/\*.*\*/$||; /^$/d; /^\t*\/\*/,/\*\/$/d'
}

@test "the structs in svcreq-step(7) are those of the program" {
	[[ $(struct_of step_executor src/steps/executor.h | wc -l) -eq 9 ]]
	diff <(struct_of step_executor src/steps/executor.h) <(struct_of step_executor man/svcreq-step.7)
	[[ $(struct_of step_type src/model/step-type.h | wc -l) -eq 17 ]]
	diff <(struct_of step_type src/model/step-type.h) <(struct_of step_type man/svcreq-step.7)
}

# What svcreq-state(5) says about repairs.
@test "a queue that lost its entries is rebuilt once it is removed" {
	wait_pipeline plain
	svcreq create plain --run
	svcreq create plain
	find state/queue -type f -delete
	try svcreq status
	assert_stdout_is ""
	rm -r state/queue
	try svcreq status --json
	assert_json .id $'1\n2'
	find state/queue -type f -delete
	rm -r state/queue
	try svcreq run --pending
	assert_status 0
	request_is 2 Pending
}

@test "keys that lost their entries are found once the folder is removed" {
	wait_pipeline plain
	svcreq create plain --key k
	find state/keys -type f -delete
	try svcreq create plain --key k
	assert_stdout_is 2
	rm -r state/keys
	try svcreq create plain --key k
	assert_stdout_is 1
	rm -r state/keys state/requests/[12]
	try svcreq create plain --key k
	assert_stdout_is 3
}

@test "a damaged request goes on when its folder is restored, and others when it is moved away" {
	wait_pipeline plain
	svcreq create plain --run
	cp -a state/requests/1 ../backup
	svcreq approve 1
	svcreq create plain --run
	rm state/requests/1/000002.json
	try svcreq status 1
	assert_status 1
	assert_stderr_is "svcreq: request 1 is damaged: state/requests/1/000002.json is missing"
	rm -r state/requests/1 state/queue
	cp -a ../backup state/requests/1
	try svcreq status --json
	assert_json .id $'1\n2'
	svcreq approve 1
	request_is 1 Completed
	mkdir ../away
	mv state/requests/1 ../away/events
	mv executor_logs/1 ../away/logs
	try svcreq status --all --json
	assert_status 0
	assert_json .id 2
	assert_stderr_is ""
}

@test "the chain does not show that the latest event was forged or removed" {
	wait_pipeline plain
	svcreq create plain --run
	sed -i 's/"created_by":"[^"]*"/"created_by":"nobody"/' state/requests/1/000003.json
	try svcreq log 1 --events
	assert_status 1
	reseal state/requests/1/000003.json
	try svcreq log 1 --events
	assert_status 0
	assert_stdout_has "Running      nobody"
	rm state/requests/1/000003.json
	try svcreq status 1
	assert_status 0
	assert_stdout_has "Request 1: Not Started"
}

@test "each page with examples is tried below" {
	diff <(grep -l '^\.Sh EXAMPLES' "$ROOT"/man/*.1 | sed 's|.*/||') \
	    <(grep -o 'the examples of [^ ]*' "$BATS_TEST_FILENAME" | sed -n 's/.* \(svcreq.*\.1\)$/\1/p' | sort)
}

@test "the examples of svcreq.1 work" {
	run_examples svcreq.1
	assert_stdout_has "the server is ordered"
}

@test "the examples of svcreq-approve.1 work" {
	run_examples svcreq-approve.1
	assert_stdout_has "within the budget" || assert_stderr_has "request 1: Completed"
}

@test "the examples of svcreq-cancel.1 work" {
	run_examples svcreq-cancel.1
	assert_stdout_has Cancelled
}

@test "the examples of svcreq-create.1 work" {
	run_examples svcreq-create.1
	assert_stderr_has "request 4 replaces 1"
	assert_stderr_has "request 5 has that key already"
}

@test "the examples of svcreq-help.1 work" {
	run_examples svcreq-help.1
}

@test "the examples of svcreq-init.1 work" {
	run_examples svcreq-init.1
	[[ $(stat -c %a servers/state team/state) == $'700\n2770' ]]
}

@test "the examples of svcreq-log.1 work" {
	run_examples svcreq-log.1
	assert_stdout_has "within the budget"
}

@test "the examples of svcreq-pipelines.1 work" {
	run_examples svcreq-pipelines.1
}

@test "the examples of svcreq-reject.1 work" {
	run_examples svcreq-reject.1
	assert_stdout_has "M is enough for this"
}

# A call that is read and not answered: nobody knows whether it was carried out.
@test "the examples of svcreq-resolve.1 work" {
	pipeline shop <<-EOF
		steps:
		  - step_name: Order
		    step_type: API
		    parameters: {method: POST, url: "$BAD/close-after-read"}
	EOF
	pipeline numbered <<-EOF
		steps:
		  - step_name: Order
		    step_type: API
		    parameters: {method: POST, url: "$BAD/status/201", outputs: {order: /id}}
		  - {step_name: Note, step_type: API, parameters: {url: "$BAD/ok", query: {order: "\${order}"}}}
	EOF
	try svcreq create shop --run
	assert_status 7
	try svcreq create numbered --run
	assert_status 4
	run_examples svcreq-resolve.1
	svcreq status 1 2 --exit-code
}

@test "the examples of svcreq-retry.1 work" {
	run_examples svcreq-retry.1
	svcreq status 1 --exit-code
}

@test "the examples of svcreq-run.1 work" {
	run_examples svcreq-run.1
	svcreq status 1 2 --exit-code
}

@test "the examples of svcreq-status.1 work" {
	run_examples svcreq-status.1
	assert_stdout_has "not yet: 12"
}

@test "the examples of svcreq-update.1 work" {
	run_examples svcreq-update.1
	assert_stdout_has "it will hold the database"
}

@test "the examples of svcreq-validate.1 work" {
	run_examples svcreq-validate.1
}

@test "the examples of svcreq-version.1 work" {
	run_examples svcreq-version.1
}

@test "the examples of svcreq-wait.1 work" {
	run_examples svcreq-wait.1
	assert_stdout_has "hello was said"
}

@test "the README fits on a screen" {
	[[ $(wc -l <"$ROOT/README.md") -le 60 ]]
	[[ $(wc -L <"$ROOT/README.md") -le 100 ]]
}

@test "what the README refers to is there" {
	links=$(grep -o '](\([^)]*\))' "$ROOT/README.md" | sed 's/^](//; s/)$//')
	[[ -n $links ]]
	for link in $links; do
		[[ $link == http* || -e $ROOT/$link ]] || fail "the README refers to $link"
	done
}

@test "the make targets of the README are there" {
	targets=$(grep -o 'make [a-z][a-z]*' "$ROOT/README.md" | sort -u | cut -d ' ' -f 2)
	[[ -n $targets ]]
	for target in $targets; do
		grep -q "^$target:" "$ROOT/Makefile" || fail "the Makefile has no $target"
	done
}

# As they are typed into a clone: a workspace with its examples and with what make has built.
@test "the tour of the README can be typed" {
	awk '/^```/ { inside = $0 == "```sh"; next } inside' "$ROOT/README.md" >tour
	[[ $(wc -l <tour) -gt 4 ]]
	cp "$ROOT"/pipelines/* pipelines/
	sed -i "s|https://httpbin.org|$HTTPBIN|" pipelines/*
	mkdir build
	ln -s "$BUILD" build/release
	PATH=${PATH#"$BUILD/bin:"}
	# an id is taken already
	build/release/bin/svcreq create hello -f name=Ada
	try bash -eux -o pipefail tour
	assert_status 0
	assert_stderr_has "request 2: Completed"
	assert_stdout_has "within the budget"
}

@test "the examples call who the README says, and nobody else" {
	grep -oh 'https\{0,1\}://[^/" ]*' "$ROOT"/pipelines/* | sort -u | while read -r host; do
		grep -qF "$host" "$ROOT/README.md" || fail "the README does not say that $host is called"
	done
}
