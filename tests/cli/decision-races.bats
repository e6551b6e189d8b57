#!/usr/bin/env bats
# Decisions that meet: eight processes on each request, and of each decision exactly one counts.
#
# Requests are raced twenty at a time, until both sides of each line have been seen.  What has to come in time is given
# twice as long each time, so that a busy machine gets there too.
#
# shellcheck disable=SC2317 # functions that are exported are called elsewhere

load helper
load calls
load bad

BATCH=20
MOST_BATCHES=12

# So many batches at least; a sanitizer's process takes ten times as long, and what is raced is the same.
fewest_batches() {
	if is_sanitized; then echo 1; else echo 3; fi
}

# decide <id> <user> <word> [<rest>]: "-" is whoever runs the tests.  ../said.<id> gets what is said, and
# ../codes.<id> a line "<user> <word> <exit code>".
decide() {
	local id=$1 user=$2 word=$3 code=0

	shift 3
	if [[ $user != - ]]; then
		SUDO_UID=$(id -u "$user")
		export SUDO_USER=$user SUDO_UID
	fi
	svcreq "$word" "$id" "$@" >>"../said.$id" 2>&1 || code=$?
	echo "$user $word $code" >>"../codes.$id"
}

# late <id>: sleeps until that request's moment, one of ten by the last digit of the id, MOMENT milliseconds apart.
late() {
	local pause=$(($1 % 10 * MOMENT))

	printf -v pause %d.%03d $((pause / 1000)) $((pause % 1000))
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

# race_batch <first id> <function> <command>...: the function is called for each request, four at a time.
race_batch() {
	local first=$1

	shift
	export -f race decide late "${1?}"
	export MOMENT
	seq "$first" $((first + BATCH - 1)) |
		xargs -P 4 -I '{}' bash -c '"$@"' race "$1" '{}' "${@:2}"
}

# create_batch <pipeline>
create_batch() {
	local i

	for ((i = 0; i < BATCH; i++)); do
		svcreq create "$1" >/dev/null
	done
}

# race_until_seen <batch> <judge> <what>...: races batches, each by "<batch> <first id>", judges each request by
# "<judge> <id> <what happened>", which has to print what that was, and ends when each <what> has been seen.
race_until_seen() {
	local batch=$1 judge=$2 count first id what

	shift 2
	MOMENT=15
	: >../seen
	for ((count = 0; count < MOST_BATCHES; count++)); do
		[[ $count -lt $(fewest_batches) ]] || ! seen_all "$@" || break
		first=$((count * BATCH + 1))
		"$batch" "$first"
		assert_all_whole "$first"
		for ((id = first; id < first + BATCH; id++)); do
			what=$("$judge" "$id" "$(types "$id")") || fail "$what" || return
			echo "$what" >>../seen
		done
		seen_all "$@" || MOMENT=$((MOMENT * 2))
	done
	seen_all "$@" || fail "not all of them: $*" "$(sort ../seen | uniq -c)"
}

seen_all() {
	local what

	for what; do
		grep -qx "$what" ../seen || return
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

# Every request of a batch can be read whole, its chain too.
assert_all_whole() {
	local last=$(($1 + BATCH - 1))

	# shellcheck disable=SC2046 # ids
	svcreq status $(seq "$1" "$last") >../status.out 2>../status.err || fail "$(cat ../status.err)" || return
	[[ $(find state/requests -mindepth 1 -maxdepth 1 | wc -l) -eq $last ]]
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
	echo "request $1: $2"
	svcreq log "$1" --events
	cat "../said.$1"
	return 1
}

race_two_people() {
	# who is started first is often first
	in_turn() {
		if (($1 % 2)); then race "$@"; else race "$1" "$3" "$2" "$5" "$4" "$7" "$6" "$9" "$8"; fi
	}
	create_batch two
	svcreq run --pending -q
	race_batch "$1" in_turn "daemon approve --no-run" "bin reject -m no" "daemon approve --no-run" "bin reject -m no" \
	    "daemon approve --no-run" "bin reject -m no" "daemon approve --no-run" "bin reject -m no"
}

judge_two_people() {
	[[ $(grep -c '^\(approved\|rejected\) step' "../said.$1") -eq 1 ]] || broken "$1" "not one decision" || return
	case $2 in
	"Running Approved")
		assert_told "$1" daemon approve "0 0 0 0" && assert_told "$1" bin reject "1 1 1 1" &&
			grep -q "cannot reject request $1: it is Running" "../said.$1"
		;;
	"Running Failed")
		assert_told "$1" daemon approve "1 1 1 1" && assert_told "$1" bin reject "0 0 0 0" &&
			grep -q "cannot approve request $1: it is Failed" "../said.$1"
		;;
	*) broken "$1" "$2" ;;
	esac && echo "$2"
}

@test "approve against reject: one of two people decides, and the other is told" {
	pipeline two <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: [daemon, bin]}}
		  - {step_name: Wait again, step_type: WAIT_FOR_APPROVAL}
	EOF
	race_until_seen race_two_people judge_two_people "Running Approved" "Running Failed"
}

race_cancel() {
	local delay

	printf -v delay %d.%03d $((MOMENT / 1000)) $((MOMENT % 1000))
	pipeline calls <<-EOF
		steps:
		  - {step_name: First, step_type: API, parameters: {method: POST, url: "$BAD/delay/$delay?n=1"}}
		  - {step_name: Second, step_type: API, parameters: {method: POST, url: "$BAD/delay/$delay?n=2"}}
	EOF
	create_batch calls
	race_batch "$1" race "- run" "late - cancel" "- run" "late - cancel" "- run" "- run" "late - cancel" "- run"
}

# Nothing else can be: no call twice, each with its outcome, one Cancelled at most and nothing after it.
judge_cancel() {
	local started=${2//[!R]/} # of each Running

	if [[ $2 == *Cancelled* ]]; then
		assert_told "$1" - cancel "0 0 0" || return
	else
		assert_told "$1" - cancel "1 1 1" || return
	fi
	echo "$started" >>../started
	case $2 in
	Cancelled) echo before ;;
	"Running Completed Cancelled") echo between ;;
	"Running Cancelled Completed" | "Running Completed Running Cancelled Completed") echo "during a call" ;;
	"Running Completed Running Completed") echo completed ;;
	*) broken "$1" "$2" ;;
	esac
}

@test "cancel against run: what was sent has its outcome, and nothing follows" {
	local sent

	: >../started
	race_until_seen race_cancel judge_cancel "during a call" completed
	sent=$(tr -d '\n' <../started | wc -c)
	[[ $(curl -sf "$BAD/count" | jq '[to_entries[] | select(.key | startswith("POST /delay/")) | .value] | add') -eq $sent ]]
}

race_expiry() {
	begin_and_race() {
		svcreq run -q "$1"
		late "$1"
		race "$@"
	}
	pipeline short <<-EOF
		steps:
		  - step_name: Wait
		    step_type: WAIT_FOR_APPROVAL
		    parameters: {expires_after: $((MOMENT * 7))ms}
	EOF
	create_batch short
	race_batch "$1" begin_and_race "- approve --no-run" "- run" "- approve --no-run" "- run" \
	    "- approve --no-run" "- run" "- approve --no-run" "- run"
	# an approval may have come last; but whoever came too late has recorded that, and there is nothing to be failed
	svcreq run --pending -q
}

judge_expiry() {
	case $2 in
	"Running Approved Completed") assert_told "$1" - approve "0 0 0 0" ;;
	"Running Failed")
		assert_told "$1" - approve "6 6 6 6" || return
		[[ $(grep -c "cannot approve request $1: the time for step 'Wait' ended at 2" "../said.$1") -eq 4 ]] ||
			broken "$1" "not everybody was told"
		;;
	*) broken "$1" "$2" ;;
	esac && echo "$2"
}

@test "approve against the expiry: who comes too late is refused" {
	race_until_seen race_expiry judge_expiry "Running Approved Completed" "Running Failed"
}
