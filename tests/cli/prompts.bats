#!/usr/bin/env bats
# create on a terminal: it asks for what is missing.

load helper
load calls

setup() {
	set_up_workspace
	export TERM=xterm
	pipeline form <<-EOF
		form:
		  fields:
		    - {name: hostname, title: Host name, description: Without the domain., required: true,
		       min_length: 3, placeholder: web1}
		    - {name: size, title: Size, type: select, options: [S, M, L], default: S}
		    - {name: days, title: Days, type: checkboxes, options: [Mon, Tue, Wed]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	pipeline secret <<-EOF
		form: {fields: [{name: token, title: Token, required: true, secret: true}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
}

# on_terminal [<answers>] -- <command>: $output is what the terminal shows; standard output is in
# the file out.
on_terminal() {
	try "$BATS_TEST_DIRNAME/terminal.py" --stdout out "$@"
}

@test "what is missing is asked for, and the id goes to standard output" {
	on_terminal --answer "Host name (web1): " web1 --answer "[S]: " M --answer "Days" "Mon, Wed" -- \
	    svcreq create form
	assert_status 0
	[[ $(<out) == 1 ]]
	[[ $(event 1 1 .form_data) == '{"hostname":"web1","size":"M","days":["Mon","Wed"]}' ]]
	assert_stdout_has "Without the domain."
	assert_stdout_has "Size (S, M, L) [S]: "
	assert_stdout_has "Days (Mon, Tue, Wed; any, with commas) (optional): "
}

@test "what was given is not asked for" {
	on_terminal --answer "Days" "" -- svcreq create form -f hostname=web1 --form-data <(echo size: L)
	assert_status 0
	refute_stdout_has "Host name"
	refute_stdout_has "Size"
	[[ $(event 1 1 .form_data) == '{"hostname":"web1","size":"L"}' ]]
}

@test "an empty answer takes the default, and leaves out what is optional" {
	on_terminal --answer "Host name (web1): " web1 --answer "[S]: " "" --answer "Days" "" -- \
	    svcreq create form
	assert_status 0
	[[ $(event 1 1 .form_data) == '{"hostname":"web1","size":"S"}' ]]
}

@test "an answer that does not fit is told, and asked for again" {
	on_terminal --answer "Host name (web1): " "" --answer "Host name (web1): " ab --answer "Host name (web1): " web1 \
	    --answer "[S]: " XL --answer "[S]: " M --answer "Days" Sun --answer "Days" Mon -- \
	    svcreq create form
	assert_status 0
	assert_stdout_has "it is required"
	assert_stdout_has "it needs at least 3 characters"
	assert_stdout_has "'XL' is not one of S, M, L"
	assert_stdout_has "'Sun' is not one of Mon, Tue, Wed"
	[[ $(event 1 1 .form_data) == '{"hostname":"web1","size":"M","days":["Mon"]}' ]]
}

@test "a text has lines, up to an empty one or Ctrl-D" {
	pipeline note <<-EOF
		form: {fields: [{name: why, title: Why, type: text}, {name: how, type: text, required: true}, {name: who}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	on_terminal --send "Why (lines, an empty one ends them) (optional): " $'one\r' --send "> " $'two\r' \
	    --send "> " $'\r' --send "how (lines, an empty one ends them): " $'three\r' --send "> " $'\x04' \
	    --send "who (optional): " $'me\r' -- svcreq create note
	assert_status 0
	[[ $(event 1 1 .form_data) == '{"why":"one\ntwo","how":"three","who":"me"}' ]]
	on_terminal --send "Why" $'\r' --send "how" $'\r' --send "how" $'a\x1b[D\r' --send "> " $'\r' --send "how" $'a\r' \
	    --send "> " $'b\r' --send "> " $'\r' --send "who" $'\r' -- svcreq create note
	assert_status 0
	assert_stdout_has "it is required"
	assert_stdout_has "it has a control character (U+001B)"
	[[ $(event 2 1 .form_data) == '{"how":"a\nb","who":""}' || $(event 2 1 .form_data) == '{"how":"a\nb"}' ]]
	on_terminal --send "Why" $'one\r' --send "> " $'\x03' -- svcreq create note
	assert_status 130
	[[ ! -e state/requests/3 ]]
}

@test "a secret text is one line at the terminal, and is not shown" {
	sed -i 's/name: token/type: text, &/' pipelines/secret.yaml
	on_terminal --answer "Token: " hunter2 -- svcreq create secret
	assert_status 0
	refute_stdout_has hunter2
	[[ $(event 1 1 .form_data.token) == hunter2 ]]
}

@test "what keys like the arrows send is no answer" {
	on_terminal --answer "Token: " $'a\x1b[Db' --answer "Token: " $'a\tb' --answer "Token: " ab -- svcreq create secret
	assert_status 0
	assert_stdout_has "it has a control character"
	[[ $(event 1 1 .form_data.token) == ab ]]
	on_terminal --answer "Host name (web1): " $'web\x1b[D1' --answer "Host name (web1): " web1 \
	    --answer "[S]: " "" --answer "Days" "" -- svcreq create form
	assert_status 0
	assert_stdout_has "it has a control character (U+001B)"
	[[ $(event 2 1 .form_data.hostname) == web1 ]]
}

@test "a secret is not shown while it is typed, and the terminal echoes again afterwards" {
	on_terminal --answer "Token: " hunter2 --answer "more? " visible -- \
	    sh -c 'svcreq create secret; printf "more? " >&2; read -r answer'
	assert_status 0
	refute_stdout_has hunter2
	assert_stdout_has visible
	[[ $(event 1 1 .form_data.token) == hunter2 ]]
}

@test "Ctrl-D and Ctrl-C end the questions, and nothing is recorded" {
	local before key

	before=$(state_fingerprint)
	for key in $'\x04' $'\x03'; do
		on_terminal --send "Host name (web1): " "$key" -- svcreq create form
		[[ $status -ne 0 && $status -ne 99 ]] || unexpected "not ended by $key"
		[[ ! -s out ]]
		[[ $(state_fingerprint) == "$before" ]]
	done
}

@test "Ctrl-C while a secret is typed leaves the terminal as it was" {
	on_terminal --send "Token: " $'\x03' -- \
	    sh -c 'trap : INT; svcreq create secret; stty -a >&2'
	assert_stdout_matches " echo "
}

@test "faulty data that was given is refused before anything is asked for" {
	on_terminal -- svcreq create form -f size=XL
	assert_status 3
	assert_stdout_has "'XL' is not one of S, M, L"
	refute_stdout_has "Host name"
}

@test "without a terminal nothing is asked for" {
	unchanged svcreq create form <<<web1
	assert_status 3
	assert_stdout_is ""
	refute_stderr_has "Host name"
}

@test "form data on standard input means that nothing is asked for" {
	on_terminal --send "" $'{}\r\x04' -- svcreq create form --form-data -
	assert_status 3
	refute_stdout_has "Host name"
	assert_stdout_has "form field 'hostname': it is required"
}
