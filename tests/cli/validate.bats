#!/usr/bin/env bats
# validate: each rule of a pipeline once, with the place of the fault.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls

setup() {
	set_up_workspace
	mkdir v
}

# invalid <message>...: the pipeline from standard input has these faults and no others, in
# the order of the file.  In it a ^ stands before each place that is at fault.
invalid() {
	local places message index=0

	cat >v/marked
	tr -d '^' <v/marked >v/p.yaml
	mapfile -t places < <(awk '{
		count = split($0, parts, /\^/)
		column = 1
		for (i = 1; i < count; i++) {
			column += length(parts[i])
			print NR ":" column
		}
	}' v/marked)
	for message; do
		echo "v/p.yaml:${places[index]}: $message"
		index=$((index + 1))
	done >v/wanted
	unchanged svcreq validate v/p.yaml
	assert_status 3
	assert_stdout_is ""
	[[ ${stderr##*$'\n'} == "1 of 1 pipeline is invalid" ]] || unexpected "no summary"
	stderr=$(sed '$d' <<<"$stderr") assert_stderr_is "$(cat v/wanted)"
}

# A pipeline that is fine but for ...
invalid_field() {
	printf 'form: {fields: [%s]}\nsteps: [{step_name: W, step_type: WAIT_FOR_APPROVAL}]\n' "$2" |
		invalid "$1"
}

invalid_call() {
	printf 'steps:\n- {step_name: A, step_type: API, parameters: {url: "http://h/", %s}}\n' "$2" | invalid "$1"
}

invalid_url() {
	printf 'steps:\n- {step_name: A, step_type: API, parameters: {url: ^"%s"}}\n' "$2" | invalid "$1"
}

invalid_approval() {
	printf 'steps: [{step_name: W, step_type: WAIT_FOR_APPROVAL, parameters: {%s}}]\n' "$2" | invalid "$1"
}

valid() {
	cat >v/p.yaml
	try svcreq validate v/p.yaml
	assert_status 0
	assert_stderr_is "1 pipeline is valid"
}

@test "the example pipelines are valid" {
	try svcreq validate "$ROOT"/pipelines/*
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "4 pipelines are valid"
}

@test "without a file all pipelines of the workspace are checked, and every fault is told" {
	cp "$ROOT"/pipelines/*.yaml pipelines/
	try svcreq validate
	assert_status 0
	assert_stderr_is "3 pipelines are valid"
	echo "steps: []" >pipelines/a.yaml
	echo "stesp: []" >pipelines/b.yml
	echo '{"steps": 1}' >pipelines/c.json
	cd pipelines
	try svcreq -C .. validate
	assert_status 3
	assert_stdout_is ""
	assert_stderr_is <<-EOF
		pipelines/a.yaml:1:8: a pipeline needs at least one step ('steps')
		pipelines/b.yml:1:1: unknown key 'stesp' in a pipeline, did you mean 'steps'?
		pipelines/b.yml:1:1: a pipeline needs at least one step ('steps')
		pipelines/c.json:1:11: 'steps' must be a list, not a number
		3 of 6 pipelines are invalid
	EOF
}

@test "two pipelines of one name in a workspace are a fault" {
	wait_pipeline a
	printf 'pipeline_name: a\n' | cat - pipelines/a.yaml >pipelines/b.yaml
	unchanged svcreq validate
	assert_status 3
	assert_stderr_has "pipelines/b.yaml: the name 'a' is that of pipelines/a.yaml too"
}

@test "a file that cannot be read is an error" {
	unchanged svcreq validate missing.yaml
	assert_status 1
	assert_stdout_is ""
	assert_stderr_has "'missing.yaml': No such file or directory"
	unchanged svcreq validate v
	assert_status 1
	assert_stderr_is "svcreq: cannot read 'v': it is a directory"
	unchanged svcreq validate .
	assert_status 1
	assert_stderr_is "svcreq: cannot read '.': it is a directory"
	unchanged svcreq validate /dev/null
	assert_status 1
	assert_stderr_is "svcreq: cannot read '/dev/null': it is not a regular file"
	mkfifo fifo
	unchanged timeout 10 svcreq validate fifo
	assert_status 1
	assert_stderr_is "svcreq: cannot read 'fifo': it is not a regular file"
}

@test "without any pipeline there is nothing to check, which is no fault" {
	unchanged svcreq validate
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "no pipelines in pipelines/"
}

@test "the summary counts in plain English" {
	wait_pipeline a
	wait_pipeline b
	echo "steps: []" >pipelines/c.yaml
	try svcreq validate
	assert_stderr_has "1 of 3 pipelines is invalid"
	echo "steps: []" >pipelines/b.yaml
	try svcreq validate
	assert_stderr_has "2 of 3 pipelines are invalid"
	try svcreq validate pipelines/a.yaml
	assert_stderr_is "1 pipeline is valid"
}

@test "validate needs no workspace when it is given files" {
	cd "$BATS_TEST_TMPDIR"
	try svcreq validate "$ROOT/pipelines/hello.yaml"
	assert_status 0
	assert_stderr_is "1 pipeline is valid"
}

@test "a pipeline is a map with known keys, a name and a version" {
	invalid "a pipeline must be a map, not empty" <<<"^~"
	invalid "a pipeline must be a map, not a list" <<<"^[1]"
	invalid "unknown key 'step' in a pipeline, did you mean 'steps'?" "a pipeline needs at least one step ('steps')" \
	    <<<"^^step: []"
	invalid "a pipeline needs at least one step ('steps')" <<<"steps: ^[]"
	invalid "'steps' must be a list, not a map" <<<"steps: ^{}"
	invalid "'pipeline_name' is empty" <<<$'pipeline_name: ^""\nsteps: [{step_name: W, step_type: WAIT_FOR_APPROVAL}]'
	invalid "'version' must be a number or text, not a list" \
	    <<<$'version: ^[1]\nsteps: [{step_name: W, step_type: WAIT_FOR_APPROVAL}]'
}

@test "what YAML allows and is a trap is refused" {
	local brackets

	invalid "a pipeline needs at least one step ('steps')" "duplicate key 'steps'" <<<$'steps: ^[]\n^steps: []'
	invalid "tag '!x' cannot be used here" <<<"steps: ^!x []"
	invalid "a second document" <<<$'steps: []\n^--- {}'
	invalid "alias '*a' is inside its own anchor" <<<"steps: &a [^*a]"
	invalid "alias '*a' has no anchor" <<<"steps: ^*a"
	invalid "merge keys ('<<') are not known" <<<"{^<<: {}}"
	printf 'steps:\n  ^\xff\n' | invalid "invalid UTF-8"
	brackets=$(printf '%064d' 0 | tr 0 '[')
	invalid "more than 64 levels of lists and maps" <<<"steps: ${brackets%?}^[["
	{ printf '# ' && head -c 1048577 /dev/zero | tr '\0' x; } >v/big.yaml
	unchanged svcreq validate v/big.yaml
	assert_status 3
	assert_stderr_has "v/big.yaml: larger than 1 MiB"
}

@test "aliases that expand without bound are refused at once" {
	local last=a name

	echo 'a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]' >v/bomb.yaml
	for name in b c d e f g h i; do
		echo "$name: &$name [$(printf "*$last, %.0s" 1 2 3 4 5 6 7 8 9)*$last]" >>v/bomb.yaml
		last=$name
	done
	unchanged timeout 10 svcreq validate v/bomb.yaml
	assert_status 3
	assert_stderr_matches "^v/bomb.yaml:[0-9]+:[0-9]+: more than [0-9]+ values"
}

@test "only true and false are booleans, so that no is a string" {
	invalid_field "'required' must be a boolean, not a string" "{name: a, required: ^no}"
	valid <<-EOF
		form: {fields: [{name: a, type: select, options: [no, yes, on, off, y, N]}]}
		steps: [{step_name: W, step_type: WAIT_FOR_APPROVAL}]
	EOF
}

@test "a duplicate key hides no other fault, and is told in YAML and in JSON" {
	invalid "duplicate key 'version'" "duplicate key 'step_name'" "unknown step type 'APO', did you mean 'API'?" \
	    "duplicate key 'a'" "duplicate key 'version'" <<-EOF
		version: 1
		^version: 2
		steps: [{step_name: A, ^step_name: B, step_type: ^APO, parameters: {data: {a: 1, ^a: 2}}}]
		^version: 3
	EOF
	printf '{"version": 1, "version": 2,\n "steps": [{"step_name": "A", "step_type": "APO", "step_type": "B"}]}' >v/p.json
	unchanged svcreq validate v/p.json
	assert_status 3
	assert_stderr_is <<-EOF
		v/p.json:1:16: duplicate key 'version'
		v/p.json:2:44: unknown step type 'APO', did you mean 'API'?
		v/p.json:2:51: duplicate key 'step_type'
		1 of 1 pipeline is invalid
	EOF
	# what cannot be read further ends it, after the faults before it
	invalid "duplicate key 'a'" "a second document" <<<$'{a: 1, ^a: 2}\n^--- {}'
}

@test "faults are told in the order of the file, whatever finds them" {
	cat >v/p.yaml <<-EOF
		first_step_name: Z
		steps:
		  - {step_name: A, step_type: WAIT_FOR_APPROVAL, prev_step_name: Q}
		  - {step_name: A, step_type: WAIT_FOR_APPROVAL, parameters: {instructions: "\${secret:x}"}}
		verison: 1
	EOF
	unchanged svcreq validate v/p.yaml
	assert_status 3
	assert_stderr_is <<-EOF
		v/p.yaml:1:18: 'first_step_name' names a step 'Z' that does not exist, did you mean 'A'?
		v/p.yaml:3:66: 'prev_step_name' names a step 'Q' that does not exist, did you mean 'A'?
		v/p.yaml:4:17: there are two steps 'A'
		v/p.yaml:4:77: a secret cannot be shown to people
		v/p.yaml:5:1: unknown key 'verison' in a pipeline, did you mean 'version'?
		1 of 1 pipeline is invalid
	EOF
}

@test "a step has a name that can be a file's, a known type and known keys" {
	local long

	invalid "a step has no 'step_name'" "a step has no 'step_type'" <<<$'steps:\n- ^^{}'
	invalid "a step must be a map, not a string" <<<"steps: [^x]"
	invalid "'step_name' is empty" <<<$'steps:\n- {step_name: ^"", step_type: WAIT_FOR_APPROVAL}'
	invalid "the step's name has a '/': it is also the name of its log file" \
	    <<<$'steps:\n- {step_name: ^a/b, step_type: WAIT_FOR_APPROVAL}'
	invalid "the step's name cannot be a file name: it is also the name of its log file" \
	    <<<$'steps:\n- {step_name: ^"..", step_type: WAIT_FOR_APPROVAL}'
	invalid "the step's name has a control character: it is also the name of its log file" \
	    <<<$'steps:\n- {step_name: ^"a\\nb", step_type: WAIT_FOR_APPROVAL}'
	long=$(printf '%0201d' 0)
	invalid "the step's name is too long: it is also the name of its log file" \
	    <<<"steps: [{step_name: ^x$long, step_type: WAIT_FOR_APPROVAL}]"
	valid <<<"steps: [{step_name: x${long%00}, step_type: WAIT_FOR_APPROVAL}]"
	invalid "unknown step type 'WAIT_FOR_APROVAL', did you mean 'WAIT_FOR_APPROVAL'?" \
	    <<<$'steps:\n- {step_name: A, step_type: ^WAIT_FOR_APROVAL}'
	invalid "unknown key 'paramaters' in a step, did you mean 'parameters'?" \
	    <<<$'steps:\n- {step_name: A, step_type: WAIT_FOR_APPROVAL, ^paramaters: {}}'
	invalid "there are two steps 'A'" \
	    <<<$'steps:\n- {step_name: A, step_type: WAIT_FOR_APPROVAL}\n- {step_name: ^A, step_type: WAIT_FOR_APPROVAL}'
}

# chain <message>... -- <keys of A> <keys of B> <keys of C> [<first line>]
chain() {
	local faults=()

	while [[ $1 != -- ]]; do
		faults+=("$1")
		shift
	done
	{
		printf '%s\nsteps:\n' "${5-version: 1}"
		printf -- '- %s{step_type: WAIT_FOR_APPROVAL, step_name: A, %s}\n' "${2%%[!^]*}" "${2#^}"
		printf -- '- %s{step_type: WAIT_FOR_APPROVAL, step_name: B, %s}\n' "${3%%[!^]*}" "${3#^}"
		printf -- '- %s{step_type: WAIT_FOR_APPROVAL, step_name: C, %s}\n' "${4%%[!^]*}" "${4#^}"
	} | invalid "${faults[@]}"
}

@test "the steps form one chain" {
	chain "'first_step_name' names a step 'a' that does not exist, did you mean 'A'?" -- "" "" "" "first_step_name: ^a"
	chain "'next_step_name' names a step 'X' that does not exist, did you mean 'A'?" -- "next_step_name: ^X" "" ""
	chain "'prev_step_name' names a step 'XYZ' that does not exist" -- "" "prev_step_name: ^XYZ" ""
	chain "step 'A' does not go on to this one" -- "" "" "prev_step_name: ^A"
	chain "the first step has no previous step" -- "prev_step_name: ^C" "" ""
	chain "a step that is not terminal names its next step ('next_step_name')" -- "" "" "is_terminal_step: ^false"
	chain "a terminal step has no next step, but 'next_step_name' is 'B'" -- \
	    "next_step_name: B, is_terminal_step: ^true" "" ""
	chain "the steps go in a circle: they come back to 'A'" -- "^" "" "next_step_name: A"
	chain "step 'B' is never reached" -- "next_step_name: C" "^" 'next_step_name: ""'
	chain "step 'B' is never reached" "step 'C' is never reached" -- "is_terminal_step: true" "^" "^"
}

@test "a form field has a name, a type, options and a default that fit" {
	invalid_field "unknown field type 'selct', did you mean 'select'?" "{name: a, type: ^selct}"
	invalid_field "a select field needs 'options'" "^{name: a, type: select}"
	invalid_field "a checkboxes field needs 'options'" "{name: a, type: checkboxes, options: ^[]}"
	invalid_field "an option must be text that is not empty: put it in quotes" "{name: a, type: select, options: [a, ^1]}"
	invalid_field "option 'a' is given twice" "{name: a, type: select, options: [a, ^a]}"
	invalid_field "the default of 'a': 'c' is not one of a, b" "{name: a, type: select, options: [a, b], default: ^c}"
	invalid_field "the default of 'a': 'c' is not one of a, b" \
	    "{name: a, type: checkboxes, options: [a, b], default: ^[c]}"
	invalid_field "an input field has no 'options': its type is select or checkboxes?" "{name: a, options: ^[a]}"
	invalid_field "'min_length' must be a whole number, not negative" "{name: a, min_length: ^-1}"
	invalid_field "the default of 'a': it needs at least 3 characters" "{name: a, min_length: 3, default: ^ab}"
	invalid_field "unknown key 'optoins' in a form field, did you mean 'options'?" "{name: a, ^optoins: [a]}"
	invalid_field "there are two form fields 'a'" "{name: a}, {name: ^a}"
	invalid_field "'a=b' cannot be the name of a form field" "{name: ^a=b}"
	invalid_field "a form field has no 'name'" "^{title: x}"
}

@test "the parameters of a call fit their kinds" {
	invalid "a step of type API has no 'url'" <<<$'steps:\n- ^{step_name: A, step_type: API}'
	invalid_call "unknown parameter 'metod' of a step of type API, did you mean 'method'?" "^metod: GET"
	invalid_call "'BREW' is not a value of 'method' (there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)" "method: ^BREW"
	invalid_call "'timeout' must be a span of time such as 10s, 5m or 3d" "timeout: ^soon"
	invalid_call "'timeout' must be at most 1h" "timeout: ^2h"
	invalid_call "not an HTTP status: write 204, \"2xx\" or \"200-204\"" "success_status: [200, ^999]"
	invalid_call "the header 'Host' cannot be set: it belongs to the connection" "headers: {^Host: x}"
	invalid_call "the header 'x-a' is there twice: its case makes no difference" "headers: {X-A: 1, ^x-a: 2}"
	invalid_call 'not an HTTP status: write 204, "2xx" or "200-204"' 'success_status: [^" 200"]'
	invalid_call "the value of a header has a control byte (0x01)" 'headers: {X: ^"a\x01b"}'
	invalid_call "'max_attempts' must be at least 1" "retry: {max_attempts: ^0}"
	invalid_call "'max_response' must be a size such as 4096, 64KiB or 1MiB" "max_response: ^much"
	invalid_call "'honored' is not a value of 'idempotency', did you mean 'honoured'?" "idempotency: ^honored"
	invalid_call "'yes' is not a value of 'idempotency' (there are none, sent, honoured)" "idempotency: ^yes"
	invalid_call "not a JSON Pointer: it begins with '/', such as '/data/id'" "outputs: {id: ^id}"
	invalid_call "malformed placeholder: '\${' needs a name and '}' (write '\$\${' for a literal '\${')" 'data: {a: ^"${x"}'
	invalid_call "a placeholder (x) cannot stand here" 'ca_file: ^"/${x}"'
	invalid_call "'follow_redirects' is for GET and HEAD, not for POST" "method: POST, follow_redirects: ^1"
}

@test "a URL names its server itself, and holds no password" {
	invalid_url "a URL begins with 'http://' or 'https://'" ftp://h/
	invalid_url "a URL begins with 'http://' or 'https://'" /path
	invalid_url "the URL has no host" http:///path
	invalid_url "the port in the URL is not a number from 1 to 65535" http://h:99999/
	invalid_url "'[' in a URL begins an IPv6 address, such as [::1]" "https://[::1/b"
	invalid_url "a URL cannot hold a user or password: use a header" http://user:pass@host/
	invalid_url "the URL has a space or control byte (write it as %20)" "http://h/a b"
	invalid_url "a placeholder cannot stand in the scheme, host or port of a URL" 'http://${host}/'
	invalid_url "a placeholder cannot stand in the scheme, host or port of a URL" 'http://h:${port}/'
	invalid_url "a placeholder cannot stand in the scheme, host or port of a URL" '${url}'
}

@test "an approval names people who can give it" {
	invalid_approval "the list is empty: nobody could approve" "approvers: ^[]"
	invalid_approval "'@' cannot be a user name or @group: there is no name" "approvers: [a, ^'@']"
	invalid_approval "not a user name or @group" "approvers: [a, ^[b]]"
	invalid_approval "'approvals_required' must be at least 1" "approvals_required: ^0"
	invalid_approval "'approvals_required' is 2, but 'approvers' names only 1" "approvers: [alice], approvals_required: ^2"
	invalid_approval "a secret cannot be shown to people" 'instructions: ^"${secret:X}"'
}

@test "an output is used after its step, and has a name of its own" {
	local call='step_type: API, parameters: {url: "http://h/"'

	invalid "'id' is not known before step 'A' has completed" \
	    <<<"steps: [{step_name: A, $call, outputs: {id: /id}, data: ^\"\${id}\"}}]"
	invalid "output 'id' is given by step 'A' too" \
	    <<<"steps: [{step_name: A, $call, outputs: {id: /id}}}, {step_name: B, $call, outputs: {^id: /id}}}]"
	invalid "output 'id' has the name of a form field" \
	    <<<$'form: {fields: [{name: id}]}\nsteps: [{step_name: A, '"$call, outputs: {^id: /id}}}]"
	valid <<<"steps: [{step_name: A, $call, outputs: {id: /id}}}, {step_name: B, $call, data: \"\${id}\"}}]"
}
