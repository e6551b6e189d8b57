#!/usr/bin/env bats
# The ways on from a failed call: resolve, with outputs, and retry --again; and what status says of them.
#
# shellcheck disable=SC2154 # output and stderr are set by try

load helper
load calls
load bad

setup() {
	set_up_calls
	me=$(id -un)
}

# ticket <path> [<more parameters>]: a call Ticket with the outputs ticket and spare; people see the one, and the
# last step sends it.
ticket() {
	pipeline ticket <<-EOF
		steps:
		  - step_name: Ticket
		    step_type: API
		    parameters: {method: POST, url: "$BAD$1", data: {a: 1}, outputs: {ticket: /id, spare: /spare}${2:+, $2}}
		  - {step_name: Look, step_type: WAIT_FOR_APPROVAL, parameters: {instructions: "ticket \${ticket}"}}
		  - step_name: Comment
		    step_type: API
		    parameters: {method: POST, url: "$BAD/echo", data: {on: "\${ticket}"}, outputs: {sent: /body}}
	EOF
	svcreq create ticket --run 2>/dev/null
}

# alone <path> [<more parameters>]: a call, and nothing that needs anything of it.
alone() {
	pipeline alone <<-EOF
		steps:
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD$1"${2:+, $2}}}
		  - {step_name: After, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
	EOF
	svcreq create alone --run 2>/dev/null
}

DONE='svcreq resolve 1 --completed --output ticket=VALUE -m "..."'

# ways <line>...: the commands that status shows for request 1, as they can be typed.
ways() {
	try svcreq status 1
	diff <(printf '%s\n' "$@") <(grep -oE "  (svcreq|[a-z -]*request) (resolve|retry) 1.*" <<<"$output" | sed 's/^  //') ||
		unexpected "other commands"
}

@test "a call that was answered 201 is settled with its output, and the next step gets it" {
	ticket /status/201 && fail "201 is no success"
	request_is 1 Failed
	ways "$DONE" 'svcreq resolve 1 --failed -m "..."' "svcreq retry 1 --again"
	assert_stdout_matches "Step 'Ticket' failed [^,]*, reason http_status"
	assert_stdout_has "    It was carried out (201)."
	assert_stdout_has "Next: step 'Ticket' sends again, after 'svcreq retry 1 --again'"
	try svcreq resolve 1 --completed --output ticket=7 -m "it is ticket 7"
	assert_status 0
	assert_stderr_is <<-EOF
		step 'Ticket' of request 1 counts as completed
		request 1: Pending, step 'Look' waits for approval
	EOF
	try svcreq status 1
	assert_stdout_has "Step 'Ticket' was settled by $me"
	assert_stdout_has ': "it is ticket 7"'
	assert_stdout_has "    ticket = 7"
	assert_stdout_has "    | ticket 7"
	svcreq approve 1
	request_is 1 Completed
	[[ $(last_event 1 .outputs.sent) == '{"on":"7"}' ]]
	assert_received POST /status/201 1
}

@test "an outcome that is unknown is settled, or sent again when a person says so" {
	ticket /close-after-read && fail "it is lost"
	ways "$DONE" 'svcreq resolve 1 --failed -m "..."' "svcreq retry 1 --again"
	assert_stdout_has "    It may have been carried out."
	unchanged svcreq retry 1
	assert_status 1
	assert_stderr_is "svcreq: cannot retry request 1: step 'Ticket' may have been carried out: '$DONE' if it is done, or 'svcreq retry 1 --again' to do it once more"
	assert_received POST /close-after-read 1
	try svcreq retry 1 --again -m "the desk has nothing"
	assert_status 7
	assert_received POST /close-after-read 2
	try svcreq log 1 --events
	assert_stdout_has "step 'Ticket' (attempt 1), to be run again (retry) although it may have been carried out: \"the desk has nothing\""
	[[ $(event 1 7 '[.event_type, .effect]') == '["Not Started","possible"]' ]]
	unchanged svcreq retry 1
	assert_status 1
	svcreq resolve 1 --completed --output-json ticket=7 -m "it is ticket 7"
	request_is 1 Pending
}

@test "what was sent, and refused when it was sent again, is no dead end" {
	alone /exists/k && fail "it is lost"
	try svcreq retry 1 --again
	assert_status 4
	try svcreq status 1
	assert_stdout_has "reason http_status"
	assert_stdout_has "    It may have been carried out."
	unchanged svcreq retry 1
	assert_status 1
	svcreq resolve 1 --completed -m "the first one made it"
	request_is 1 Completed
	assert_received POST /exists/k 2
	assert_received POST /ok 1
}

@test "a call that succeeded and lacks an output is settled with it, and JSON keeps its type" {
	local way expected

	ticket /echo && fail "there is no /id"
	try svcreq status 1
	assert_stdout_has "    It was carried out (200)."
	cp -a state ../saved
	while read -r expected way; do
		rm -rf state && cp -a ../saved state
		eval "svcreq resolve 1 --completed -m found $way" 2>/dev/null
		svcreq approve 1 2>/dev/null
		request_is 1 Completed
		[[ $(last_event 1 .outputs.sent) == "{\"on\":$expected}" ]] || fail "$way: $(last_event 1 .outputs.sent)"
	done <<-'EOF'
		"7" --output ticket=7
		"a=b" --output ticket=a=b
		"" --output ticket=
		7 --output-json ticket=7
		"7" --output-json 'ticket="7"'
		[1.10,{"a":null}] --output-json 'ticket=[1.10,{"a":null}]'
		true --output spare=x --output-json ticket=true
		7 --outputs - <<<'{"ticket": 7}'
		[7] --outputs <(echo '{"ticket": [7]}') --output spare=x
	EOF
	assert_received POST /echo 10
}

@test "an output that later steps need and that is not given is asked for before anything changes" {
	ticket /status/201 && fail "201 is no success"
	unchanged svcreq resolve 1 --completed -m x
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: later steps need the output 'ticket' of step 'Ticket': add --output ticket=VALUE"
	unchanged svcreq resolve 1 --completed -m x --output spare=1
	assert_status 1
}

# refuses <code> <message> <arguments of resolve 1>, with the standard input of this function.
refuses() {
	local code=$1 wanted=$2

	shift 2
	unchanged svcreq resolve 1 -m x "$@"
	assert_status "$code"
	assert_stdout_is ""
	[[ ${stderr%%$'\n'*} == "$wanted" ]] || unexpected "not: $wanted"
}

@test "outputs that cannot be meant are refused, each with one error, and nothing changes" {
	ticket /status/201 && fail "201 is no success"
	refuses 2 "svcreq: one of --completed, --failed and --interrupted is needed" --output ticket=7
	refuses 2 "svcreq: outputs go with --completed only" --failed --output ticket=7
	refuses 2 "svcreq: outputs go with --completed only" --failed --output-json ticket=7
	refuses 2 "svcreq: outputs go with --completed only" --failed --outputs - <<<'{}'
	refuses 2 "svcreq: 'ticket' is not of the form name=value" --completed --output ticket
	refuses 2 "svcreq: '=7' is not of the form name=value" --completed --output-json =7
	refuses 2 "svcreq: the output 'ticket' is not UTF-8" --completed --output ticket=$'\xff'
	refuses 2 "svcreq: output 'ticket' is given twice" --completed --output ticket=7 --output ticket=7
	refuses 2 "svcreq: output 'ticket' is given twice" --completed --output ticket=7 --output-json ticket=7
	refuses 2 "svcreq: output 'ticket' is given twice" --completed --output ticket=7 --outputs - <<<'{"ticket": 7}'
	refuses 2 "svcreq: option '--outputs' is given more than once" --completed --outputs - --outputs - <<<'{"ticket": 7}'
	refuses 3 "svcreq: step 'Ticket' has no output 'tiket', did you mean 'ticket'?" --completed --output tiket=7
	refuses 3 "<stdin>:2:2: step 'Ticket' has no output 'sent'" --completed --outputs - <<<$'{"ticket": 7,\n "sent": 8}'
	refuses 3 "svcreq: output 'ticket':1:2: expected a value, found the end of the text" --completed --output-json 'ticket=['
	refuses 3 "svcreq: output 'ticket':1:1: expected a value, found the end of the text" --completed --output-json ticket=
	refuses 3 "svcreq: <stdin>:1:1: outputs are a JSON object of names to values, not a list" --completed --outputs - <<<'[7]'
	refuses 3 "svcreq: <stdin>:1:15: duplicate key 'ticket'" --completed --outputs - <<<'{"ticket": 7, "ticket": 8}'
	refuses 1 "svcreq: cannot read 'none.json': No such file or directory" --completed --outputs none.json
	head -c 1100000 /dev/zero | tr '\0' ' ' >large.json
	refuses 3 "svcreq: 'large.json' is larger than 1 MiB" --completed --outputs large.json
	printf '{"ticket": %s%s}' "$(printf '[%.0s' {1..63})" "$(printf ']%.0s' {1..63})" >deep.json
	refuses 3 "svcreq: the outputs cannot be kept: they have more than 62 levels of lists and maps" --completed --outputs deep.json
	request_is 1 Failed
}

@test "every failed call can be settled, whatever its reason" {
	local id=0 path parameters reason

	make_it() {
		call "p$id" POST "$1" "$2"
		svcreq create "p$id" --run 2>/dev/null || true
	}
	while read -r reason path parameters; do
		((++id))
		make_it "$path" "$parameters"
		[[ $(last_event "$id" .reason) == "$reason" ]] || fail "$path: $(last_event "$id" .reason)"
		svcreq resolve "$id" --completed -m "by other means" 2>/dev/null
		request_is "$id" Completed
		[[ $(last_event "$id" '[.event_type, .effect]') == '["Completed","certain"]' ]]
	done <<-EOF
		http_status $BAD/status/404
		http_status $BAD/status/202
		http_status $BAD/redirect303?to=/ok
		outcome_unknown $BAD/status/500
		outcome_unknown $BAD/stall timeout: 1s
		transport $DOWN
		placeholder $BAD/ok headers: {X: "\${secret:NONE}"}
		executor $BAD/ok outputs: {a: /a}
	EOF
}

@test "what did nothing is retried as ever, and is not said to be undone" {
	alone /status/404 && fail "404 is no success"
	ways 'svcreq resolve 1 --completed -m "..."' "svcreq retry 1"
	refute_stdout_has "carried out"
	assert_stdout_has "Next: step 'Call' sends, after 'svcreq retry 1'"
	unchanged svcreq resolve 1 --failed -m "nothing is there"
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: step 'Call' has done nothing that it would do twice: 'svcreq retry 1' runs it again"
	try svcreq retry 1
	assert_status 4
	try svcreq retry 1 --again
	assert_status 4
	assert_received POST /status/404 3
	try svcreq log 1 --events
	refute_stdout_has although
}

@test "what was not done, as an admin says, is retried without --again" {
	alone /status/201 && fail "201 is no success"
	try svcreq resolve 1 --failed -m "it was undone"
	assert_status 0
	ways 'svcreq resolve 1 --completed -m "..."' "svcreq retry 1"
	assert_stdout_matches "Step 'Call' failed [^,]*, reason executor, as $me has said"$'\n'"    \| it was undone"
	refute_stdout_has "was carried out"
	try svcreq status 1 --json
	assert_json '[.steps[0].effect, .reason]' '[null,"executor"]'
	try svcreq retry 1
	assert_status 4
	assert_received POST /status/201 2
	unchanged svcreq retry 1
	assert_status 1
}

@test "what is repeatable is retried without --again" {
	call get GET "$BAD/status/204"
	svcreq create get --run 2>/dev/null || true
	try svcreq retry 1
	assert_status 4
	assert_received GET /status/204 2
}

@test "what people decide about is not settled: they are asked again" {
	wait_pipeline plain
	svcreq create plain --run 2>/dev/null
	svcreq reject 1 -m no 2>/dev/null
	ways "svcreq retry 1"
	unchanged svcreq resolve 1 --completed -m x
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: people decide about step 'Wait': 'svcreq retry 1' asks them again"
}

@test "who settled a step, and with what, is told" {
	ticket /status/201 && fail "201 is no success"
	svcreq resolve 1 --completed --output ticket=7 --output-json 'spare=["a", 1]' -m "it is 7" --no-run
	try svcreq log 1 --events
	assert_stdout_matches "Completed +$me +step 'Ticket' \(attempt 1\), settled \(resolve\) with ticket = 7, spare = \[\"a\",1\]: \"it is 7\""
	[[ $(last_event 1 '[.event_type, .outputs, .effect]') == '["Completed",{"ticket":"7","spare":["a",1]},"certain"]' ]]
}

@test "a step that never began is settled, and that is told too" {
	call secret GET "$BAD/ok" "headers: {X: '\${secret:NONE}'}"
	svcreq create secret --run 2>/dev/null || true
	svcreq resolve 1 --completed -m "by hand"
	try svcreq status 1
	assert_stdout_has "Step 'Call' was settled by $me"
}

@test "the JSON has the reason and the message of a failure, and the effect of each step" {
	alone /status/201 && fail "201 is no success"
	alone /ok
	try svcreq status --all --json
	assert_json '[.reason, .effect]' $'["http_status",null]\n[null,null]'
	assert_json 'select(.id == 1) | .message' "$(last_event 1 .message)"
	assert_json 'select(.id == 2) | .message' null
	try svcreq status 1 2 --json
	assert_json '[.reason, (.message != null), .steps[].effect]' $'["http_status",true,"certain",null]\n[null,false,"certain","certain"]'
	svcreq resolve 1 --completed -m x 2>/dev/null
	try svcreq status 1 --json
	assert_json '[.reason, .message]' '[null,null]'
}

@test "a call that waits for its next attempt has a reason in the JSON" {
	call later GET "$BAD/status/503" "retry: {max_attempts: 2, backoff: 1d, max_backoff: 1d}"
	svcreq create later --run 2>/dev/null
	try svcreq status 1 --json
	assert_json '[.status, .reason]' '["Running","http_status"]'
}

@test "commands have the name that the set-up gives the program, or the folder of -C" {
	alone /status/201 && fail "201 is no success"
	cd ..
	try svcreq -C ws status 1
	assert_stdout_has '  svcreq -C ws resolve 1 --completed -m "..."'
	assert_stdout_has "after 'svcreq -C ws retry 1 --again'"
	ln -s ws "my ws"
	try svcreq -C "my ws" status 1
	assert_stdout_has "  svcreq -C 'my ws' retry 1 --again"
	try svcreq -C ws retry 1
	assert_stderr_has "'svcreq -C ws retry 1 --again' to do it once more"
	export SVCREQ_NAME="sudo -u svc request"
	try svcreq -C ws status 1
	assert_stdout_has '  sudo -u svc request resolve 1 --completed -m "..."'
	assert_stdout_has "after 'sudo -u svc request retry 1 --again'"
	refute_stdout_has "svcreq re"
	try svcreq status
	assert_stderr_has "make one with 'sudo -u svc request init'"
	try svcreq -C ws run
	assert_stderr_has "'sudo -u svc request run' needs an id"
	assert_stderr_has "usage: sudo -u svc request run "
	try svcreq nothing
	assert_stderr_has "see 'sudo -u svc request help'"
	try svcreq help
	assert_stdout_has "'sudo -u svc request help <command>'"
	SVCREQ_NAME="request;id" try svcreq -C ws status 1
	assert_stdout_has "  svcreq -C ws retry 1 --again"
}

# What is shown can be typed as it is, but for VALUE and "...".
@test "the commands that status shows do what they say" {
	local command

	ticket /status/201 && fail "201 is no success"
	for command in "svcreq retry 1 --again" 'svcreq resolve 1 --failed -m "..."' "$DONE"; do
		ways "$DONE" 'svcreq resolve 1 --failed -m "..."' "svcreq retry 1 --again"
		eval "$command" 2>/dev/null || true
		[[ $command != *failed* ]] || { svcreq retry 1 2>/dev/null || true; }
	done
	request_is 1 Pending
	assert_received POST /status/201 3
}

# unresolved: the default list has the one request, as cancelled with an outcome that is unknown.
unresolved() {
	try svcreq status
	assert_stdout_matches $'\n'"1 +Cancelled \(outcome unknown\) +alone +Call "
	try svcreq status --json
	assert_json '[.status, .reason]' '["Cancelled","outcome_unknown"]'
}

@test "an outcome that is unknown stays with the admins when the request is cancelled" {
	local word

	echo "admins: [daemon]" >state/config.yaml
	as bin alone /close-after-read && fail "it is lost"
	cp -a state ../saved
	for word in completed failed; do
		rm -rf state && cp -a ../saved state
		try as bin svcreq cancel 1 -m "not needed any more"
		assert_status 0
		assert_stderr_has "the outcome of step 'Call' is unknown: an admin can still resolve it"
		unresolved
		try svcreq status 1
		assert_stdout_has 'svcreq resolve 1 --completed -m "..."'
		assert_stdout_has 'svcreq resolve 1 --failed -m "..."'
		refute_stdout_has "svcreq retry"
		unchanged as bin svcreq resolve 1 --$word -m "I think so"
		assert_status 9
		unresolved
		try as daemon svcreq resolve 1 --$word -m "the shop says so"
		assert_status 0
		assert_stderr_is "step 'Call' of request 1 counts as $word"
		request_is 1 Cancelled
		try svcreq status
		assert_stdout_is ""
		try svcreq status 1
		refute_stdout_has "svcreq resolve"
		assert_stdout_has "the shop says so"
		unchanged as daemon svcreq resolve 1 --$word -m "once more"
		assert_status 1
		assert_stderr_is "svcreq: cannot resolve request 1: it is Cancelled"
	done
	assert_received POST /close-after-read 1
	assert_received POST /ok 0
}

@test "an outcome that is lost after the request was cancelled stays with the admins" {
	pipeline alone <<-EOF
		steps:
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD/hold"}}
		  - {step_name: After, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
	EOF
	svcreq create alone
	"$BUILD/libexec/svcreq/svcreq-run" 1 2>/dev/null &
	eventually was_received POST /hold
	kill -KILL $!
	wait $! 2>/dev/null || true
	release_calls
	svcreq cancel 1 2>/dev/null
	unresolved
	unchanged svcreq run 1
	assert_status 13
	svcreq resolve 1 --failed -m "the shop has nothing" 2>/dev/null
	request_is 1 Cancelled
	try svcreq status
	assert_stdout_is ""
	assert_received POST /ok 0
}

@test "of a cancelled request that failed otherwise nothing is to be resolved" {
	alone /status/404 && fail "it is refused"
	svcreq cancel 1
	try svcreq status
	assert_stdout_is ""
	unchanged svcreq resolve 1 --completed -m "it is done"
	assert_status 1
	assert_stderr_is "svcreq: cannot resolve request 1: it is Cancelled"
}
