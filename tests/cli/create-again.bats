#!/usr/bin/env bats
# create --from: a request that takes the place of another.  create --key: a command that can be given again.
#
# shellcheck disable=SC2016 # ${...} is for svcreq

load helper
load calls
load bad

setup() {
	set_up_calls
	pipeline order <<-EOF
		form:
		  fields:
		    - {name: host, required: true}
		    - {name: size, type: select, options: [S, M, L], default: S}
		    - {name: days, type: checkboxes, options: [Mon, Tue]}
		    - {name: note}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	pipeline shop <<-EOF
		form: {fields: [{name: path}]}
		steps:
		  - {step_name: Look, step_type: API, parameters: {url: "$BAD/ok?look"}}
		  - {step_name: Order, step_type: API, parameters: {method: POST, url: "$BAD/ok?order"}}
		  - {step_name: Ship, step_type: API, parameters: {method: POST, url: "$BAD/\${path}"}}
	EOF
}

form_data() {
	event "$1" 1 .form_data
}

# ---- --from

@test "create --from takes the form data of that request, changed by -f" {
	svcreq create order -f host=web1 -f size=L -f days=Mon -m "for Bob"
	try svcreq create --from 1 -f size=M
	assert_status 0
	assert_stdout_is 2
	[[ $(form_data 2) == '{"host":"web1","size":"M","days":["Mon"]}' ]]
	[[ $(event 2 1 '[.replaces, .key, .remarks, .pipeline_name]') == '[1,null,null,"order"]' ]]
	[[ $(event 1 1 .replaces) == null ]]
}

@test "form data of a file changes it too" {
	svcreq create order -f host=web1 -f size=L
	try svcreq create --from 1 --form-data - -m why <<<'{note: 7, days: [Tue], size: ~}'
	assert_status 0
	[[ $(form_data 2) == '{"host":"web1","size":"S","days":["Tue"],"note":7}' ]]
	[[ $(event 2 1 .remarks) == why ]]
}

@test "it takes what the request has now, after an update" {
	svcreq create order -f host=web1
	svcreq update 1 -f size=M
	try svcreq create --from 1
	assert_status 0
	[[ $(form_data 2) == '{"host":"web1","size":"M"}' ]]
}

@test "it says whom the new one replaces, and how to end that one" {
	svcreq create order -f host=web1
	try svcreq create --from 1
	assert_stderr_is <<-EOF
		request 2 replaces 1
		request 1 is Not Started and goes on: 'svcreq cancel 1' stops it
	EOF
	svcreq run 1
	try svcreq create --from 1 --json
	assert_json '[.id, .replaces, .key]' '[3,1,null]'
	assert_stderr_has "request 1 is Pending and goes on: 'svcreq cancel 1' stops it"
	svcreq reject 1 -m no
	try svcreq create --from 1
	assert_stderr_is <<-EOF
		request 4 replaces 1
		request 1 is Failed and can go on: 'svcreq cancel 1' prevents that
	EOF
	svcreq cancel 1
	try svcreq create --from 1
	assert_stderr_is "request 5 replaces 1"
	svcreq run 2
	svcreq approve 2
	try svcreq create --from 2
	assert_stderr_is "request 6 replaces 2"
}

@test "the request that is replaced does not change" {
	local before

	svcreq create order -f host=web1 --run
	before=$(sha256sum state/requests/1/*)
	svcreq create --from 1 -f host=web2 --run
	[[ $(sha256sum state/requests/1/*) == "$before" ]]
	request_is 1 Pending
	request_is 2 Pending
}

@test "whom a request replaces is shown" {
	svcreq create order -f host=web1
	svcreq create --from 1 --key 'a "b"'
	try svcreq status 2
	assert_stdout_matches '  Replaces +request 1'$'\n''  Key +a "b"'
	try svcreq status 1
	refute_stdout_has Replaces
	refute_stdout_has Key
	try svcreq status 1 2 --json
	assert_json '[.replaces, .key]' $'[null,null]\n[1,"a \\"b\\""]'
	try svcreq status --json
	assert_json '[.id, .replaces, .key]' $'[1,null,null]\n[2,1,"a \\"b\\""]'
	try svcreq log 2 --events
	assert_stdout_has "pipeline 'order', replaces request 1, key "'"a \"b\""'
	try svcreq log 2 --events --json
	assert_json 'select(.event_type == "Created") | [.replaces, .key]' '[1,"a \"b\""]'
}

@test "the steps are those of the file as it is now" {
	svcreq create order -f host=web1
	sed -i 's/step_name: Wait/step_name: Ask/' pipelines/order.yaml
	svcreq create --from 1
	[[ $(event 2 2 .step_name) == Ask ]]
	rm pipelines/order.yaml
	unchanged svcreq create --from 1
	assert_status 1
	assert_stderr_has "no such pipeline: 'order'"
}

@test "the pipeline may be named, and must be that one" {
	wait_pipeline other
	pipeline file <<-EOF
		pipeline_name: Inner Name
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create order -f host=web1
	try svcreq create order --from 1
	assert_status 0
	unchanged svcreq create other --from 1
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: request 1 is of the pipeline 'order', not of 'other'"
	svcreq create file
	try svcreq create --from 3
	assert_status 0
	try svcreq create file --from 3
	assert_status 0
	[[ $(event 5 1 '[.pipeline_name, .replaces]') == '["Inner Name",3]' ]]
}

@test "what the form has no field for any more is left out, and said" {
	svcreq create order -f host=web1 -f note=x -f days=Mon
	pipeline order <<-EOF
		form: {fields: [{name: host}, {name: colour, default: red}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	try svcreq create --from 1
	assert_status 0
	[[ $(form_data 2) == '{"host":"web1","colour":"red"}' ]]
	assert_stderr_is <<-EOF
		the form has no field 'size' any more: what request 1 has in it is left out
		the form has no field 'days' any more: what request 1 has in it is left out
		the form has no field 'note' any more: what request 1 has in it is left out
		request 2 replaces 1
		request 1 is Not Started and goes on: 'svcreq cancel 1' stops it
	EOF
}

@test "a field that is new and required must be given, and a value must fit the form as it is now" {
	svcreq create order -f host=web1 -f size=L
	pipeline order <<-EOF
		form:
		  fields: [{name: host}, {name: size, type: select, options: [S, XL]}, {name: owner, required: true}]
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	unchanged svcreq create --from 1
	assert_status 3
	assert_stdout_is ""
	assert_stderr_has "svcreq: form field 'size': 'L' is not one of S, XL"
	assert_stderr_has "svcreq: form field 'owner': it is required"
	try svcreq create --from 1 -f owner=me -f size=XL
	assert_status 0
	[[ $(form_data 2) == '{"host":"web1","size":"XL","owner":"me"}' ]]
}

@test "on a terminal only what the request could not know is asked for" {
	svcreq create order -f host=web1
	sed -i 's/^\( *\)- {name: note}/&\n\1- {name: owner, required: true}\n\1- {name: why}/' pipelines/order.yaml
	try "$BATS_TEST_DIRNAME/terminal.py" --stdout out --answer "owner: " me --answer "why (optional): " "" -- \
	    svcreq create --from 1
	assert_status 0
	[[ $(<out) == 2 ]]
	refute_stdout_has "note"
	refute_stdout_has "days"
	[[ $(form_data 2) == '{"host":"web1","size":"S","owner":"me"}' ]]
}

@test "the value of a secret field is taken over, and not shown" {
	pipeline vault <<-EOF
		form: {fields: [{name: token, secret: true, required: true}, {name: host}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create vault --form-data - <<<'{token: tok-4711, host: a}'
	try svcreq create --from 1 -f host=b
	assert_status 0
	refute_stderr_has tok-4711
	[[ $(form_data 2) == '{"token":"tok-4711","host":"b"}' ]]
	try svcreq status 2
	assert_stdout_has "token = ***"
	refute_stdout_has tok-4711
}

@test "the value of a field that is not secret any more is left out: it would be shown" {
	pipeline vault <<-EOF
		form: {fields: [{name: token, secret: true}, {name: host}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create vault --form-data - <<<'{token: tok-4711, host: a}'
	sed -i 's/, secret: true//' pipelines/vault.yaml
	try svcreq create --from 1
	assert_status 0
	assert_stderr_has "field 'token' is not secret any more: what request 1 has in it is left out"
	run ! grep -r tok-4711 state/requests/2
	[[ $(form_data 2) == '{"host":"a"}' ]]
	try svcreq create --from 1 -f token=new
	refute_stderr_has "not secret"
	[[ $(form_data 3) == '{"token":"new","host":"a"}' ]]
}

@test "only the requester and the admins make a request from one" {
	as nobody svcreq create order -f host=web1
	unchanged as daemon svcreq create --from 1
	assert_status 9
	assert_stdout_is ""
	assert_stderr_is "svcreq: cannot replace request 1: 'daemon' is neither an admin nor its requester"
	try as nobody svcreq create --from 1
	assert_status 0
	try svcreq create --from 1
	assert_status 0
	[[ $(event 3 1 '[.requested_by, .replaces]') == "[\"$(id -un)\",1]" ]]
	echo 'admins: [daemon]' >state/config.yaml
	try as daemon svcreq create --from 1
	assert_status 0
}

@test "when calls were carried out it names them and asks for --again" {
	svcreq create shop -f path=nothing --run || :
	request_is 1 Failed
	unchanged svcreq create --from 1 -f path=ok
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: cannot replace request 1: step 'Order' (Completed) was carried out (200):\
 'svcreq create --from 1 --again' makes a new request all the same, which sends that call again"
	try svcreq create --from 1 -f path=ok --again --run
	assert_status 0
	request_is 2 Completed
	unchanged svcreq create --from 2
	assert_status 1
	assert_stderr_has "step 'Order' (Completed) was carried out (200), step 'Ship' (Completed) was carried out (200)"
	assert_stderr_has "sends these calls again"
}

@test "also when they may have been carried out, or are under way" {
	svcreq create shop -f path=close-after-read --run || :
	unchanged svcreq create --from 1
	assert_status 1
	assert_stderr_has "step 'Ship' (Failed) may have been carried out"
	call held POST "$BAD/hold"
	svcreq create held
	svcreq run 2 2>run.log &
	eventually was_received POST /hold
	try svcreq create --from 2
	assert_status 1
	assert_stderr_has "step 'Call' (Running) may have been carried out"
	svcreq cancel 2 2>cancel.log || :
	try svcreq create --from 2
	assert_status 1
	assert_stderr_has "step 'Call' (Running) may have been carried out"
	try svcreq create --from 2 --again
	assert_status 0
	release_calls
	wait $! || :
}

@test "when nothing was done that is done twice then, it does not ask" {
	call look GET "$BAD/ok"
	call refused POST "$BAD/status/404"
	svcreq create look --run
	svcreq create refused --run || :
	try svcreq create --from 1
	assert_status 0
	try svcreq create --from 2
	assert_status 0
}

@test "--from wants the id of a request that can be read" {
	unchanged svcreq create --from 7
	assert_status 1
	assert_stderr_is "svcreq: no such request: 7"
	for id in 0 x -1 1.5 ""; do
		unchanged svcreq create --from="$id"
		assert_status 2
		assert_stderr_has "not a request id: '$id'"
	done
	unchanged svcreq create
	assert_status 2
	assert_stderr_has "needs an argument: <pipeline>, or --from <id>"
	unchanged svcreq create order -f host=a --again
	assert_status 2
	assert_stderr_has "--again goes with --from"
	svcreq create order -f host=web1
	echo '{' >state/requests/1/000001.json
	unchanged svcreq create --from 1
	assert_status 1
	assert_stderr_has "request 1 is damaged"
}

# ---- --key

@test "the same key again is the same request, and nothing is recorded" {
	try svcreq create order -f host=web1 --key deploy-7
	assert_status 0
	assert_stdout_is 1
	assert_stderr_is ""
	[[ $(event 1 1 .key) == deploy-7 ]]
	unchanged svcreq create order -f host=web1 --key deploy-7
	assert_status 0
	assert_stdout_is 1
	assert_stderr_is "request 1 has that key already"
	unchanged svcreq create order --form-data - --key deploy-7 --json -m later <<<'{size: S, host: web1}'
	assert_status 0
	assert_json '[.id, .key]' '[1,"deploy-7"]'
	try svcreq create order -f host=web1 --key deploy-8
	assert_stdout_is 2
}

@test "the same key for other data or another pipeline is refused, and the id is told" {
	wait_pipeline other
	svcreq create order -f host=web1 -f days=Mon --key k
	unchanged svcreq create order -f host=web2 -f size=M --key k
	assert_status 1
	assert_stdout_is ""
	assert_stderr_is "svcreq: the key 'k' is that of request 1, which has other form data: host, size, days"
	unchanged svcreq create other --key k
	assert_status 1
	assert_stderr_is "svcreq: the key 'k' is that of request 1, which is of the pipeline 'order', not of 'other'"
	unchanged svcreq create order -f host=web1 -f days=Mon -f colour=red --key k
	assert_status 1
	assert_stderr_has "has other form data: colour"
	unchanged svcreq create order -f days=Mon --key k
	assert_status 1
	assert_stderr_has "has other form data: host"
}

@test "values of secret fields are compared, and not told" {
	pipeline vault <<-EOF
		form: {fields: [{name: token, secret: true}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create vault --form-data - --key k <<<'{token: tok-4711}'
	unchanged svcreq create vault --form-data - --key k <<<'{token: tok-4712}'
	assert_status 1
	assert_stderr_is "svcreq: the key 'k' is that of request 1, which has other form data: token"
	try svcreq create vault --form-data - --key k <<<'{token: tok-4711}'
	assert_status 0
}

@test "equal keys of different people are different" {
	as nobody svcreq create order -f host=web1 --key k
	try as daemon svcreq create order -f host=web2 --key k
	assert_status 0
	assert_stdout_is 2
	try as nobody svcreq create order -f host=web1 --key k
	assert_stdout_is 1
}

@test "what has become of the request meanwhile does not matter" {
	svcreq create order -f host=web1 --key k
	svcreq update 1 -f host=web2
	try svcreq create order -f host=web1 --key k
	assert_stdout_is 1
	assert_status 0
	svcreq cancel 1
	try svcreq create order -f host=web1 --key k
	assert_stdout_is 1
	assert_status 0
}

@test "nor what has become of the pipeline" {
	svcreq create order -f host=web1 --key k
	sed -i 's/default: S/default: M/; s/{name: note}/{name: note, required: true}/' pipelines/order.yaml
	try svcreq create order -f host=web1 --key k
	assert_status 0
	assert_stdout_is 1
	echo '{' >pipelines/order.yaml
	try svcreq create order -f host=web1 --key k
	assert_status 0
	rm pipelines/order.yaml
	try svcreq create order -f host=web1 --key k
	assert_status 0
	assert_stdout_is 1
	pipeline order <<-EOF
		pipeline_name: new
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	try svcreq create order -f host=web1 --key k
	assert_status 1
	assert_stderr_has "which is of the pipeline 'order', not of 'new'"
}

@test "with --run it goes on as the first would have" {
	try svcreq create order -f host=web1 --key k
	try svcreq create order -f host=web1 --key k --run
	assert_status 0
	assert_stdout_is 1
	request_is 1 Pending
	svcreq reject 1 -m no
	try svcreq create order -f host=web1 --key k --run
	assert_status 5
	assert_stdout_is 1
	svcreq create shop -f path=ok --key s --run
	try svcreq create shop -f path=ok --key s --run
	assert_status 0
	assert_stdout_is 2
	assert_received POST /ok 2
	svcreq create order -f host=web2 --key c
	svcreq cancel 3
	try svcreq create order -f host=web2 --key c --run
	assert_status 13
}

@test "a key is 1 to 255 bytes of UTF-8 without control characters" {
	local key long

	printf -v long 'x%.0s' {1..255}
	for key in k "$long" ' a b ' 'ünïcödé 日本' '../x' '%s' '--' 'a/b'; do
		svcreq create order -f host=web1 "--key=$key" >first
		[[ $(event "$(<first)" 1 .key) == "$key" ]]
		try svcreq create order -f host=web1 "--key=$key"
		assert_status 0
		assert_stdout_is "$(<first)"
	done
	refused() {
		unchanged svcreq create order -f host=web1 "--key=$1"
		assert_status 2
		assert_stderr_has "svcreq: the key $2"
	}
	refused "" "is empty"
	refused "x$long" "has more than 255 bytes"
	refused $'a\nb' "has a control character in it"
	refused $'a\x7f' "has a control character in it"
	refused $'\xc2\x9b' "has a control character in it"
	refused $'a\xe2\x80\xaeb' "has a control character in it"
	refused $'a\xff' "is not UTF-8"
}

@test "what is refused does not take the key" {
	try svcreq create order --key k
	assert_status 3
	try svcreq create nothing --key k
	assert_status 1
	try svcreq create order -f host=web1 --key k
	assert_status 0
	assert_stdout_is 1
	assert_stderr_is ""
}

@test "a key can go with --from: again it is the same request, also without --again" {
	svcreq create shop -f path=nothing --run || :
	try svcreq create --from 1 -f path=ok --key k
	assert_status 1
	try svcreq create --from 1 -f path=ok --key k --again
	assert_status 0
	assert_stdout_is 2
	assert_stderr_has "request 2 replaces 1"
	unchanged svcreq create --from 1 -f path=ok --key k
	assert_status 0
	assert_stdout_is 2
	assert_stderr_is "request 2 has that key already"
	unchanged svcreq create --from 1 --key k
	assert_status 1
	assert_stderr_has "has other form data: path"
	unchanged svcreq create shop -f path=ok --key k
	assert_status 1
	assert_stderr_is "svcreq: the key 'k' is that of request 2, which replaces request 1"
	svcreq create shop -f path=x --key own
	unchanged svcreq create --from 2 -f path=x --key own
	assert_status 1
	assert_stderr_is "svcreq: the key 'own' is that of request 3, which replaces no other"
}

@test "a key is found without a look at the other requests" {
	is_sanitized && skip "sanitizers do not work below strace"
	svcreq create order -f host=web1
	svcreq create order -f host=web1 --key k
	svcreq create order -f host=web1
	strace -f -qq -o ../trace -e trace=openat,open,newfstatat,getdents64 -y \
	    svcreq create order -f host=web1 --key k >../out
	[[ $(<../out) == 2 ]]
	grep -q 'requests.*"2"' ../trace
	run ! grep -E 'requests.*"[13]"' ../trace
	run ! grep -E 'getdents64.*state/(requests|keys)>' ../trace
}

@test "the key of a damaged request is not given away" {
	svcreq create order -f host=web1 --key k
	echo '{' >state/requests/1/000001.json
	unchanged svcreq create order -f host=web1 --key k
	assert_status 1
	assert_stdout_is ""
	assert_stderr_has "request 1 is damaged"
}

@test "keys of a workspace without the folder keys are found, and it is made" {
	svcreq create order -f host=web1
	svcreq create order -f host=web1 --key k
	rm -r state/keys
	try svcreq create order -f host=web1 --key k
	assert_status 0
	assert_stdout_is 2
	[[ $(stat -c %a state/keys) == 700 ]]
	[[ $(find state/keys -type f | wc -l) -eq 1 ]]
}

@test "root's keys belong to the owner of the workspace" {
	[[ $(id -u) -eq 0 ]] || skip "only root can give files away"
	rm -r state/keys
	chown -R daemon:daemon .
	svcreq -C . create order -f host=web1 --key k
	[[ $(find state ! -user daemon -o ! -group daemon) == "" ]] || fail "$(find state ! -user daemon)"
	[[ $(find state/keys -type f -printf '%m %f\n') =~ ^600\ [0-9a-f]{64}$ ]]
}
