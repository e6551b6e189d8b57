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

# Of the ten moments at which what is late begins, one for each last digit of the id: milliseconds between two.
moment() {
	if is_sanitized; then echo 60; else echo 15; fi
}

# decide <id> <user> <word> [<rest>]: "-" is whoever runs the tests.  ../said.<id> gets what is said, and
# ../codes.<id> a line "<user> <word> <exit code>".
decide() {
	local id=$1 user=$2 word=$3 code=0

	shift 3
	if [[ $user != - ]]; then export SUDO_USER=$user; fi
	svcreq "$word" "$id" "$@" >>"../said.$id" 2>&1 || code=$?
	echo "$user $word $code" >>"../codes.$id"
}

# late <id>: sleeps until that request's moment.
late() {
	local pause

	printf -v pause 0.%03d $(($1 % 10 * MOMENT))
	sleep "$pause"
}

# race <id> <command>...: all of them at once; each is "<user> <word> [<rest>]", or "late <user> ..." for one that
# begins at the request's moment.
race() {
	local id=$1 command words

	shift
	for command in "$@"; do
		read -ra words <<<"$command"
		if [[ ${words[0]} == late ]]; then
			{ late "$id" && decide "$id" "${words[@]:1}"; } &
		else
			decide "$id" "${words[@]}" &
		fi
	done
	wait
}

# race_all <function> <command>...: the function is called for each request, four at a time.
race_all() {
	export -f race decide late "${1?}"
	MOMENT=$(moment)
	export MOMENT
	seq "$(rounds)" | xargs -P 4 -I '{}' bash -c '"$@"' race "$1" '{}' "${@:2}"
}

# create_many <pipeline>: as many requests as there are rounds.
create_many() {
	local i

	for ((i = 0; i < $(rounds); i++)); do
		svcreq create "$1" >/dev/null
	done
}

# The types of a request's events behind the announcements.  One process: it is asked some hundred times.
types() {
	local all

	all=$(grep -ho '"event_type":"[^"]*' "state/requests/$1"/*.json)
	all=${all//'"event_type":"'/}
	all=${all##*Not Started}
	all=${all//$'\n'/ }
	echo "${all# }"
}

# Every request can be read whole, its chain too.
assert_all_whole() {
	# shellcheck disable=SC2046 # ids
	svcreq status $(seq "$(rounds)") >../status.out 2>../status.err || fail "$(cat ../status.err)"
	[[ $(find state/requests -mindepth 1 -maxdepth 1 | wc -l) -eq $(rounds) ]]
}

# assert_told <id> <user> <word> <codes>: with what all of these commands ended.
assert_told() {
	local user word code told=

	while read -r user word code; do
		[[ "$user $word" != "$2 $3" ]] || told+=" $code"
	done <"../codes.$1"
	[[ $told == " $4" ]] || broken "$1" "$2 $3: exit codes$told, not $4"
}

# broken <id> <what>: fails, and shows what happened.
broken() {
	fail "request $1: $2" "$(svcreq log "$1" --events)" "$(cat "../said.$1")"
}

# assert_seen <what> <file>: at least once.
assert_seen() {
	grep -qx "$1" "$2" || fail "never '$1':" "$(sort "$2" | uniq -c)"
}

@test "approve against reject: one of two people decides, and the other is told" {
	pipeline two <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [daemon, bin]}}
		  - {step_name: Wait again, step_type: WAIT_FOR_APPROVAL}
	EOF
	local id decided

	create_many two
	svcreq run --pending -q
	# who is started first is often first
	race_two() {
		if (($1 % 2)); then race "$@"; else race "$1" "$3" "$2" "$5" "$4" "$7" "$6" "$9" "$8"; fi
	}
	race_all race_two "daemon approve --no-run" "bin reject -m no" "daemon approve --no-run" "bin reject -m no" \
	    "daemon approve --no-run" "bin reject -m no" "daemon approve --no-run" "bin reject -m no"
	assert_all_whole
	for id in $(seq "$(rounds)"); do
		decided=$(types "$id")
		echo "$decided" >>../decided
		[[ $(grep -c '^\(approved\|rejected\) step' "../said.$id") -eq 1 ]] || broken "$id" "not one decision"
		case $decided in
		"Running Approved")
			assert_told "$id" daemon approve "0 0 0 0"
			assert_told "$id" bin reject "1 1 1 1"
			grep -q "cannot reject request $id: it is Running" "../said.$id"
			;;
		"Running Failed")
			assert_told "$id" daemon approve "1 1 1 1"
			assert_told "$id" bin reject "0 0 0 0"
			grep -q "cannot approve request $id: it is Failed" "../said.$id"
			;;
		*) broken "$id" "$decided" ;;
		esac
	done
	assert_seen "Running Approved" ../decided
	assert_seen "Running Failed" ../decided
}

@test "cancel against run: what was sent has its outcome, and nothing follows" {
	local id decided delay started sent=0

	printf -v delay 0.%03d "$(moment)"
	pipeline calls <<-EOF
		steps:
		  - {step_name: First, step_type: API, parameters: {method: POST, url: "$BAD/delay/$delay?n=1"}}
		  - {step_name: Second, step_type: API, parameters: {method: POST, url: "$BAD/delay/$delay?n=2"}}
	EOF
	forget_calls
	create_many calls
	race_all race "- run" "late - cancel" "- run" "late - cancel" "- run" "- run" "late - cancel" "- run"
	assert_all_whole
	for id in $(seq "$(rounds)"); do
		decided=$(types "$id")
		# nothing else can be: no call twice, each with its outcome, one Cancelled at most and nothing after it
		case $decided in
		Cancelled) echo before ;;
		"Running Completed Cancelled") echo between ;;
		"Running Cancelled Completed" | "Running Completed Running Cancelled Completed") echo "during a call" ;;
		"Running Completed Running Completed") echo completed ;;
		*) broken "$id" "$decided" ;;
		esac >>../decided
		started=${decided//[!R]/} # of each Running
		sent=$((sent + ${#started}))
		if [[ $decided == *Cancelled* ]]; then
			assert_told "$id" - cancel "0 0 0"
		else
			assert_told "$id" - cancel "1 1 1"
		fi
	done
	assert_received POST "/delay/$delay" "$sent"
	assert_seen "during a call" ../decided
	assert_seen completed ../decided
}

@test "approve against the expiry: who comes too late is refused" {
	pipeline short <<-EOF
		steps:
		  - step_name: Wait
		    step_type: WAIT_FOR_APPROVAL
		    parameters: {expires_after: $(($(moment) * 7))ms}
	EOF
	local id decided

	create_many short
	begin_and_race() {
		svcreq run -q "$1"
		late "$1"
		race "$@"
	}
	race_all begin_and_race "- approve --no-run" "- run" "- approve --no-run" "- run" \
	    "- approve --no-run" "- run" "- approve --no-run" "- run"
	# an approval may have come last; but whoever came too late has recorded that, and there is nothing to be failed
	svcreq run --pending -q
	assert_all_whole
	for id in $(seq "$(rounds)"); do
		decided=$(types "$id")
		echo "$decided" >>../decided
		case $decided in
		"Running Approved Completed") assert_told "$id" - approve "0 0 0 0" ;;
		"Running Failed")
			assert_told "$id" - approve "6 6 6 6"
			[[ $(grep -c "cannot approve request $id: the time for step 'Wait' ended at 2" "../said.$id") -eq 4 ]] ||
				broken "$id" "not everybody was told"
			;;
		*) broken "$id" "$decided" ;;
		esac
	done
	# both sides of the line were raced
	assert_seen "Running Approved Completed" ../decided
	assert_seen "Running Failed" ../decided
}
