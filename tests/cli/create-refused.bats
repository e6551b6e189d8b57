#!/usr/bin/env bats
# create: what is refused.  Nothing of it may leave a trace in state/.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls

setup() {
	set_up_workspace
	pipeline form <<-EOF
		form:
		  fields:
		    - {name: hostname, type: input, required: true, min_length: 3}
		    - {name: size, type: select, options: [S, M, L], default: S}
		    - {name: days, type: checkboxes, options: [Mon, Tue]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
}

# refused <what standard error must have> <arguments of create>
refused() {
	local wanted=$1

	shift
	unchanged svcreq create form "$@"
	assert_status 3
	assert_stdout_is ""
	assert_stderr_has "$wanted"
}

@test "form data that does not fit is refused, and the message names the field" {
	refused "form field 'hostname': it is required"
	refused "form field 'hostname': it is required" -f hostname=
	refused "form field 'hostname': it needs at least 3 characters" -f hostname=ab
	refused "form field 'size': 'XL' is not one of S, M, L" -f hostname=web1 -f size=XL
	refused "form field 'days': 'Sun' is not one of Mon, Tue" -f hostname=web1 -f days=Sun
	refused "form field 'days': 'Mon' is given twice" -f hostname=web1 -f days=Mon -f days=Mon
	refused "form field 'hostname': it takes one value" -f hostname=web1 -f hostname=web2
	refused "form field 'size': " -f hostname=web1 -f size=S -f size=M
	refused "the form has no field 'colour'" -f hostname=web1 -f colour=red
}

# What a line has not, in the words of the fault.
line_break='it has a line break, and an '\''input'\'' is one line ('\''type: text'\'' has several)'

@test "an input is one line without control characters, by -f and in files" {
	local text

	for text in $'web1\nweb2' $'web1\n' $'web1\r\n' $'web1\xc2\x85' $'web1\xe2\x80\xa8x'; do
		refused "form field 'hostname': $line_break" -f hostname="$text"
		jq -n --arg text "$text" '{hostname: $text}' >data.json
		refused "data.json:2:15: form field 'hostname': $line_break" --form-data data.json
	done
	refused "form field 'hostname': it has a control character (U+001B)" -f hostname=$'web\e[D1'
	refused "form field 'hostname': it has a control character (U+009B)" -f hostname=$'web\xc2\x9bD1'
	refused "form field 'hostname': it has a control character (U+0009)" -f hostname=$'web1\t'
	printf 'hostname: |\n  web1\n  web2\n' >data.yaml
	refused "data.yaml:1:11: form field 'hostname': $line_break" --form-data data.yaml
	printf 'hostname: "web\\x7f"\n' >data.yaml
	refused "form field 'hostname': it has a control character (U+007F)" --form-data data.yaml
	call implicit POST http://127.0.0.1:1/ 'data: "${what}"'
	unchanged svcreq create implicit -f what=$'a\nb'
	assert_status 3
	assert_stderr_is "svcreq: form field 'what': $line_break"
}

@test "a value with lines is refused in update, and where another request has it" {
	pipeline note <<-EOF
		form: {fields: [{name: note, type: text}, {name: other}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create note -f note=$'a\nb'
	unchanged svcreq update 1 -f other=$'a\nb'
	assert_status 3
	assert_stderr_is "svcreq: form field 'other': $line_break"
	sed -i 's/, type: text//' pipelines/note.yaml
	unchanged svcreq create --from 1
	assert_status 3
	assert_stderr_is "svcreq: form field 'note': $line_break"
	svcreq create --from 1 -f note="a, b"
}

@test "a misspelt field is refused with a suggestion" {
	refused "the form has no field 'hostnam', did you mean 'hostname'?" -f hostnam=web1
}

@test "all faults of a form are told, a line each" {
	refused "form field 'hostname': it is required" -f size=XL -f days=Sun -f colour=red
	assert_stderr_has "form field 'size': 'XL'"
	assert_stderr_has "form field 'days': 'Sun'"
	assert_stderr_has "the form has no field 'colour'"
	[[ $(grep -c form <<<"$stderr") -ge 4 ]]
}

@test "the faults of a form file name the file, the line and the column" {
	printf 'hostname: web1\nsize: XL\n' >data.yaml
	refused "data.yaml:2:7: form field 'size': 'XL' is not one of S, M, L" --form-data data.yaml
	printf '{"hostname": "web1",\n "colour": 1}' >data.json
	refused "data.json:2:2: the form has no field 'colour'" --form-data data.json
}

@test "form data that is not a map, or cannot be read, is refused" {
	printf '[1, 2]' >list.yaml
	refused "list.yaml" --form-data list.yaml
	printf 'hostname: "web1\n' >open.yaml
	refused "open.yaml:" --form-data open.yaml
	printf '{"hostname": "web1",}' >comma.json
	refused "comma.json:1:" --form-data comma.json
	printf 'hostname: web1\nhostname: web2\n' >twice.yaml
	refused "twice.yaml:2:1: duplicate key 'hostname'" --form-data twice.yaml
	printf 'hostname: w\xffb1\n' >latin.yaml
	refused "latin.yaml:1:" --form-data latin.yaml
}

@test "form data in a file that is not there, or is a folder, is an error" {
	unchanged svcreq create form --form-data missing.yaml
	assert_status 1
	assert_stdout_is ""
	assert_stderr_has "'missing.yaml': No such file or directory"
	mkdir folder
	unchanged svcreq create form --form-data folder
	assert_status 1
	assert_stderr_has "'folder'"
}

@test "arguments that cannot be meant are refused with the usage" {
	local arguments

	for arguments in "" "form form" "form -f hostname" "form -f =x" "form --colour" "form -f" "form --form-data" \
	    "form -x"; do
		# shellcheck disable=SC2086 # words
		unchanged svcreq create $arguments
		assert_status 2
		assert_stdout_is ""
		assert_stderr_matches "^svcreq: .*"
		assert_stderr_has "usage: svcreq create"
	done
}

@test "a pipeline that is not there is refused, with a suggestion" {
	unchanged svcreq create fomr -f hostname=web1
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: no such pipeline: 'fomr', did you mean 'form'?"
	unchanged svcreq create nothing-like-it
	assert_status 1
	assert_stderr_is "svcreq: no such pipeline: 'nothing-like-it'"
	unchanged svcreq create pipelines/form.yaml -f hostname=web1
	assert_status 1
	assert_stderr_is "svcreq: no such pipeline: 'pipelines/form.yaml', did you mean 'form'?"
	unchanged svcreq create form.yaml -f hostname=web1
	assert_status 1
	assert_stderr_is "svcreq: no such pipeline: 'form.yaml', did you mean 'form'?"
}

@test "a pipeline outside pipelines/ is not there" {
	local name

	cp pipelines/form.yaml outside.yaml
	for name in ../outside ./form pipelines/form form.yaml /etc/passwd . .. ""; do
		unchanged svcreq create "$name" -f hostname=web1
		assert_status 1
		assert_stdout_is ""
		assert_stderr_has "no such pipeline: '$name'"
	done
}

@test "two pipelines of one name are refused" {
	pipeline other <<-EOF
		pipeline_name: twin
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	cp pipelines/other.yaml pipelines/another.yaml
	unchanged svcreq create twin
	assert_status 1
	assert_stderr_is "svcreq: two files define the pipeline 'twin': 'pipelines/another.yaml' and 'pipelines/other.yaml'"
}

@test "a faulty pipeline is refused with all its faults" {
	pipeline faulty <<-EOF
		steps:
		  - step_name: Call
		    step_type: APO
		    parameter: {}
		  - {step_type: API, parameters: {}}
	EOF
	unchanged svcreq create faulty
	assert_status 3
	assert_stdout_is ""
	assert_stderr_has "pipelines/faulty.yaml:3:16: unknown step type 'APO', did you mean 'API'?"
	assert_stderr_has "pipelines/faulty.yaml:4:5: unknown key 'parameter' in a step, did you mean 'parameters'?"
	assert_stderr_has "pipelines/faulty.yaml:5:5: a step has no 'step_name'"
	assert_stderr_has "pipelines/faulty.yaml:5:34: a step of type API has no 'url'"
}

@test "a pipeline that is no YAML is refused with the place" {
	printf 'steps:\n  - step_name: [Call\n' >pipelines/broken.yaml
	unchanged svcreq create broken
	assert_status 3
	assert_stdout_is ""
	assert_stderr_matches "^pipelines/broken.yaml:3:1: "
}

@test "one faulty pipeline does not harm the others" {
	printf '{' >pipelines/broken.json
	try svcreq create form -f hostname=web1
	assert_status 0
	assert_stdout_is 1
}

@test "control bytes of what was typed are not shown as they are" {
	unchanged svcreq create form -f hostname=web1 -f size=$'\e[31mred'
	assert_status 3
	assert_stderr_has "'\x1b[31mred' is not one of"
	refute_stderr_has $'\e'
}

@test "form data that a step could never send is refused, in create and in update" {
	pipeline send <<-'EOF'
		form: {fields: [{name: pin, secret: true, type: text}]}
		steps:
		  - {step_name: First, step_type: API, parameters: {url: "http://127.0.0.1:1/"}}
		  - step_name: Second
		    step_type: API
		    parameters:
		      method: ${method}
		      url: http://127.0.0.1:1/${place}
		      headers: {X-Pin: "${pin}", Authorization: "${secret:X}"}
	EOF
	unchanged svcreq create send -f place=.. -f method=BREW -f pin=$'LEAK\r\nME'
	assert_status 3
	assert_stdout_is ""
	assert_stderr_is <<-EOF
		svcreq: step 'Second' could not be run: '\${place}' would make a path segment of the URL lead to another place: a part of it is '.', '..' or begins with '..;'
		svcreq: step 'Second' could not be run: 'pin' has a line break (0x0d), and the header 'X-Pin' cannot have one
		svcreq: step 'Second' could not be run: 'BREW' is not a value of 'method' (there are GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS)
	EOF
	printf 'place: ..\nmethod: PUT\n' >data.yaml
	unchanged svcreq create send --form-data data.yaml
	assert_status 3
	assert_stderr_is \
	    "svcreq: step 'Second' could not be run: '\${place}' would make a path segment of the URL lead to another place: a part of it is '.', '..' or begins with '..;'"
	svcreq create send -f place=there -f method=PUT
	unchanged svcreq update 1 -f place=.
	assert_status 3
	assert_stderr_is \
	    "svcreq: step 'Second' could not be run: '\${place}' would make a path segment of the URL lead to another place: a part of it is '.', '..' or begins with '..;'"
}

@test "what was typed for a secret field is in no message" {
	pipeline pin <<-EOF
		form: {fields: [{name: pin, type: select, secret: true, options: [x, y]}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	unchanged svcreq create pin -f pin=LEAKME
	assert_status 3
	assert_stderr_is "svcreq: form field 'pin': it is not one of x, y"
	unchanged svcreq create pin -f pin=$'LEAKME\xff'
	assert_status 2
	assert_stderr_has "the field 'pin' is not UTF-8"
	refute_stderr_has LEAKME
}

@test "form data over the limit is refused, and the limit is told" {
	head -c 1048577 /dev/zero | tr '\0' x >long
	printf 'hostname: ' | cat - long >data.yaml
	unchanged svcreq create form --form-data data.yaml
	assert_status 3
	assert_stdout_is ""
	assert_stderr_is "svcreq: 'data.yaml' is larger than 1 MiB"
	unchanged sh -c 'svcreq create form --form-data - <data.yaml'
	assert_status 3
	assert_stderr_is "svcreq: standard input is larger than 1 MiB"
}

@test "form data with nothing in it is refused, and an empty map is a form" {
	local data

	pipeline p <<-EOF
		form: {fields: [{name: x}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	for data in "" " " $'\n \n' "# nothing" "null" "---"; do
		echo "$data" >data.yaml
		unchanged svcreq create p --form-data data.yaml
		assert_status 3
		assert_stderr_has "there is no form data in it: '{}' is a form without an answer"
	done
	: >data.yaml
	unchanged svcreq create p --form-data data.yaml
	assert_status 3
	unchanged svcreq create p --form-data - </dev/null
	assert_status 3
	unchanged sh -c 'exec svcreq create p --form-data - <&-'
	[[ $status -eq 1 || $status -eq 3 ]]
	try svcreq create p --form-data - <<<'{}'
	assert_status 0
}
