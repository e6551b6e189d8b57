#!/usr/bin/env bats
# create: the form, and what is recorded.  What goes wrong in a form is in create-refused.bats.
#
# shellcheck disable=SC2016 # ${...} is for svcreq

load helper
load calls

setup() {
	set_up_workspace
	pipeline form <<-EOF
		version: 7
		form:
		  fields:
		    - {name: title, type: input, required: true, min_length: 3}
		    - {name: note}
		    - {name: size, type: select, options: [S, M, L], default: S}
		    - {name: days, type: checkboxes, options: [Mon, Tue, Wed]}
		    - {name: extras, type: checkboxes, options: [lights, music], default: [lights]}
		steps:
		  - step_name: Wait
		    step_type: WAIT_FOR_APPROVAL
		    parameters: {instructions: "\${title} \${note} \${size} \${days} \${extras}"}
		  - {step_name: Again, step_type: WAIT_FOR_APPROVAL}
	EOF
}

# The form data of the latest request.
form_data() {
	event "$output" 1 .form_data
}

@test "create prints the id, and nothing else, on standard output; ids are 1, 2, 3" {
	local id

	for id in 1 2 3; do
		try svcreq create form -f title=Rack
		assert_status 0
		assert_stdout_is "$id"
	done
}

@test "a new request has its Created event and a Not Started event for each step" {
	svcreq create form -f title=Rack -m "for the new office"
	diff - <(events 1) <<-EOF
		Created
		Not Started Wait
		Not Started Again
	EOF
	[[ $(event 1 1 '[.event_id, .status, .service_request_id, .pipeline_name, .pipeline_version]') == \
	    '[1,"Not Started",1,"form",7]' ]]
	[[ $(event 1 1 .remarks) == "for the new office" ]]
	[[ $(event 1 1 .created_by) == "$(id -un)" ]]
	[[ $(event 1 1 .created_at) =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z$ ]]
	[[ $(event 1 2 .prev) == "$(sha256sum <state/requests/1/000001.json | cut -c -64)" ]]
	[[ $(event 1 3 .prev) == "$(sha256sum <state/requests/1/000002.json | cut -c -64)" ]]
}

@test "each type of field is recorded with its type, and defaults are filled in" {
	try svcreq create form -f title=Rack
	[[ $(form_data) == '{"title":"Rack","size":"S","extras":["lights"]}' ]]
	try svcreq create form -f title=Rack -f size=L -f days=Mon -f days=Wed -f extras=music -f note="a b"
	[[ $(form_data) == \
	    '{"title":"Rack","note":"a b","size":"L","days":["Mon","Wed"],"extras":["music"]}' ]]
}

@test "one checked box is a list too" {
	try svcreq create form -f title=Rack -f days=Tue
	[[ $(form_data | jq -c .days) == '["Tue"]' ]]
}

@test "a value may have equal signs, spaces, quotes and any language in it" {
	try svcreq create form -f 'title= a=b "c" \n ${size} Ünïcödé 日本 '
	assert_status 0
	[[ $(form_data | jq -r .title) == ' a=b "c" \n ${size} Ünïcödé 日本 ' ]]
}

@test "min_length counts characters and not bytes" {
	try svcreq create form -f title=日本語
	assert_status 0
}

@test "a field of type text has lines, and is text however it was filled in" {
	pipeline note <<-EOF
		form:
		  fields:
		    - {name: note, type: text}
		    - {name: more, type: text, default: "x\ny"}
		    - {name: key, type: text, secret: true}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create note -f note=$'a\n\n\tb\r\n' -f key=$'k1\nk2'
	[[ $(event 1 1 .form_data) == '{"note":"a\n\n\tb\r\n","more":"x\ny","key":"k1\nk2"}' ]]
	svcreq create note --form-data - <<<$'note: |\n  a\n  b\nmore: 1.50\nkey: true'
	[[ $(event 2 1 .form_data) == '{"note":"a\nb\n","more":"1.50","key":"true"}' ]]
	try svcreq create note -f note=$'a\rb'
	assert_status 3
	assert_stderr_is "svcreq: form field 'note': it has a control character (U+000D)"
	try svcreq pipelines note
	assert_stdout_matches "note +text"
	try svcreq pipelines note --json
	assert_json '.fields[0].type' text
}

@test "form data comes from a YAML file" {
	cat >data.yml <<-EOF
		title: Rack 12
		days: [Mon, Tue]
	EOF
	try svcreq create form --form-data data.yml
	assert_status 0
	[[ $(form_data | jq -c '[.title, .days]') == '["Rack 12",["Mon","Tue"]]' ]]
}

@test "form data comes from a JSON file" {
	printf '{"title": "R\\u00e4ck", "size": "M"}' >data.json
	try svcreq create form --form-data data.json
	assert_status 0
	[[ $(form_data | jq -c '[.title, .size]') == '["Räck","M"]' ]]
}

@test "form data comes from standard input, as YAML or JSON" {
	try svcreq create form --form-data - <<<'title: Rack'
	assert_status 0
	assert_stdout_is 1
	try svcreq create form --form-data=- <<<'{"title": "Rack", "days": ["Wed"]}'
	assert_status 0
	[[ $(form_data | jq -c .days) == '["Wed"]' ]]
}

@test "-f wins over the file, and the file over the default" {
	printf '{title: From File, size: M, days: [Mon], extras: [music]}' >data.yaml
	try svcreq create form -f title=Option --form-data data.yaml -f days=Tue -f days=Wed
	assert_status 0
	[[ $(form_data) == '{"title":"Option","size":"M","days":["Tue","Wed"],"extras":["music"]}' ]]
}

@test "numbers of the form data are kept as they are written" {
	try svcreq create form --form-data - <<<'{title: 12.50, note: 12345678901234567890}'
	assert_status 0
	grep -F '"form_data":{"title":12.50,"note":12345678901234567890,' state/requests/1/000001.json
}

@test "a placeholder that no field answers is a required field" {
	pipeline implicit <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL, parameters: {instructions: "\${host}"}}
	EOF
	unchanged svcreq create implicit
	assert_status 3
	assert_stderr_has "'host'"
	try svcreq create implicit -f host=web1
	assert_status 0
}

@test "a pipeline without a form takes no data" {
	wait_pipeline plain
	try svcreq create plain
	assert_status 0
	unchanged svcreq create plain -f x=1
	assert_status 3
	assert_stdout_is ""
	assert_stderr_has "the form has no field 'x'"
}

@test "the pipeline of Flowforge loads unchanged" {
	cp "$ROOT/pipelines/flowforge.json" pipelines/
	try svcreq create flowforge -f query_param=a -f value=b -f extras=a
	assert_status 0
	[[ $(form_data) == '{"query_param":"a","size":"S","extras":["a"],"value":"b"}' ]]
}

@test "the example pipelines are requested as their first comment says" {
	local file line

	cp "$ROOT"/pipelines/*.yaml pipelines/
	for file in pipelines/{form-fields,hello,order-server}.yaml; do
		line=$(sed -n 's/^# *svcreq \(create .*\)/\1/p' "$file")
		eval "try svcreq ${line% --run}"
		assert_status 0
	done
	assert_stdout_is 3
}

@test "a pipeline is found by its pipeline_name when no file has that name" {
	pipeline file <<-EOF
		pipeline_name: Inner Name
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	try svcreq create "Inner Name"
	assert_status 0
	[[ $(event 1 1 .pipeline_name) == "Inner Name" ]]
	try svcreq create file
	assert_status 0
	[[ $(event 2 1 .pipeline_name) == "Inner Name" ]]
}

@test "the request keeps the pipeline as it was" {
	svcreq create form -f title=Rack
	wait_pipeline form
	try svcreq run 1
	assert_status 0
	[[ $(last_event 1 .step_name) == Wait ]]
	rm pipelines/form.yaml
	try svcreq approve 1
	assert_status 0
	[[ $(last_event 1 .step_name) == Again ]]
}

@test "create --run prints the id and advances the request" {
	wait_pipeline plain
	try svcreq create plain --run
	assert_status 0
	assert_stdout_is 1
	[[ $(request_status 1) == Pending ]]
}

@test "create --run exits as run does when the request fails, and prints its id all the same" {
	call down GET "$DOWN"
	try svcreq create down --run
	assert_status 4
	assert_stdout_is 1
	assert_stderr_has "step 'Call' Failed"
}

@test "create --json prints the id as JSON" {
	try svcreq create form -f title=Rack --json
	assert_status 0
	assert_json .id 1
}

@test "through sudo the requester is who ran sudo" {
	as nobody svcreq create form -f title=Rack
	[[ $(event 1 1 '[.requested_by, .created_by]') == '["nobody","nobody"]' ]]
}

@test "options may stand before and behind the pipeline, and -- ends them" {
	try svcreq create -f title=Rack form -m hello
	assert_status 0
	wait_pipeline --strange
	try svcreq create -- --strange
	assert_status 0
}
