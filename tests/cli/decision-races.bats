#!/usr/bin/env bats
# Decisions that meet: eight processes on each request, and of each decision exactly one counts.

load helper
load calls

setup_file() { start_bad_server; }
teardown_file() { stop_bad_server; }

# A sanitizer's process takes ten times as long; what is raced is the same.
rounds() {
	if is_sanitized; then echo 20; else echo 200; fi
}

# race <id> <command>...: all of them at once, the id put behind the first word.  What they exit with is theirs.
race() {
	local id=$1 command word rest

	shift
	for command in "$@"; do
		read -r word rest <<<"$command"
		# shellcheck disable=SC2086 # the rest is words
		svcreq "$word" "$id" $rest >>"../race.$id" 2>&1 &
	done
	wait
}

# create_many <pipeline>: as many requests as there are rounds.
create_many() {
	local i

	for ((i = 0; i < $(rounds); i++)); do
		svcreq create "$1" >/dev/null
	done
}

# The types of a request's events, a line each; quicker than jq, which would run some thousand times.
types() {
	grep -ho '"event_type":"[^"]*' "state/requests/$1"/*.json | cut -d '"' -f 4
}

# Every request can be read whole, its chain too.
assert_all_whole() {
	# shellcheck disable=SC2046 # ids
	svcreq status $(seq "$(rounds)") >../status.out 2>../status.err || fail "$(cat ../status.err)"
	[[ $(find state/requests -mindepth 1 -maxdepth 1 | wc -l) -eq $(rounds) ]]
}

@test "approve against reject: one of them decides, and the other is told" {
	pipeline two <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Wait again, step_type: WAIT_FOR_APPROVAL}
	EOF
	local id

	create_many two
	svcreq run --pending -q
	for id in $(seq "$(rounds)"); do
		race "$id" "approve --no-run" "reject -m no" "approve --no-run" "reject -m no" \
		    "approve --no-run" "reject -m no" "approve --no-run" "reject -m no"
		# Created, two Not Started, Running, and one decision
		[[ $(ls "state/requests/$id") == *000005.json ]] || fail "request $id: $(ls "state/requests/$id")"
		[[ $(grep -c '^\(approved\|rejected\) step' "../race.$id") -eq 1 ]] || fail "$(cat "../race.$id")"
	done
	assert_all_whole
}

@test "cancel against run: what was sent has its outcome, and nothing follows" {
	pipeline calls <<-EOF
		steps:
		  - {step_name: First, step_type: API, parameters: {method: POST, url: "$BAD/ok?n=1"}}
		  - {step_name: Second, step_type: API, parameters: {method: POST, url: "$BAD/ok?n=2"}}
	EOF
	local id started sent=0

	forget_calls
	create_many calls
	for id in $(seq "$(rounds)"); do
		race "$id" "run" "cancel" "run" "cancel" "run" "run" "cancel" "run"
	done
	assert_all_whole
	for id in $(seq "$(rounds)"); do
		[[ $(types "$id") =~ (Cancelled|Completed.*Completed) ]] ||
			fail "$(svcreq log "$id" --events)" "$(cat "../race.$id")"
		# each intent has its outcome, and no step was started twice
		started=$(types "$id" | grep -c Running || true)
		[[ $started -eq $(types "$id" | grep -c Completed || true) ]] ||
			fail "$(svcreq log "$id" --events)"
		sent=$((sent + started))
		[[ $(types "$id" | grep -c Cancelled || true) -le 1 ]]
	done
	assert_received POST /ok "$sent"
}

@test "approve against the expiry: who comes too late is refused" {
	pipeline short <<-EOF
		steps:
		  - step_name: Wait
		    step_type: WAIT_FOR_APPROVAL
		    parameters: {expires_after: 300ms}
	EOF
	local id

	create_many short
	late_and_early() {
		svcreq run -q "$1"
		sleep "$(awk -v n="$1" 'BEGIN { print (n % 10) * 0.05 }')"
		race "$1" "approve --no-run" "run" "approve --no-run" "run" "approve --no-run" "run" "approve --no-run" "run"
	}
	export -f race late_and_early
	seq "$(rounds)" | xargs -P 4 -I '{}' bash -c 'late_and_early {}'
	svcreq run --pending -q || true # those that nobody approved while it was time
	sleep 0.3
	svcreq run --pending -q || true
	assert_all_whole
	for id in $(seq "$(rounds)"); do
		# Created, Not Started, Running, and Approved and Completed, or Failed
		case $(types "$id" | tail -n +4 | tr '\n' ' ') in
		"Approved Completed ") echo approved >>../decided ;;
		"Failed ") echo expired >>../decided ;;
		*) fail "$(svcreq log "$id" --events)" ;;
		esac
	done
	# both sides of the line were raced
	[[ $(grep -c approved ../decided) -gt 0 && $(grep -c expired ../decided) -gt 0 ]]
}
