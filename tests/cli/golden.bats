#!/usr/bin/env bats
# What released versions wrote (tests/golden) is shown, and gone on with, as they did it.
#
# shellcheck disable=SC2016,SC2154 # the $ of jq; ids is set by golden_copy

load helper
load calls
# shellcheck disable=SC1091 # it is checked by itself
source "$BATS_TEST_DIRNAME/../golden/golden.bash"

setup_file() {
	export KEPT=$BATS_FILE_TMPDIR/kept
	mkdir "$KEPT"
	start_server bad bad-server.py --keep "$KEPT" || return
	BAD=http://127.0.0.1:$(server_port bad)
	export BAD
	golden_certificates "$BATS_FILE_TMPDIR/certificates"
}

teardown_file() { stop_bad_server; }

# of_each <command>: with each golden workspace, named by $golden, from a fresh copy that it stands in.
of_each() {
	for golden in "$ROOT"/tests/golden/*/; do
		golden=${golden%/}
		[[ -e $golden/requests ]] || continue
		golden_copy "$golden" "$BATS_TEST_TMPDIR/golden" "$BATS_FILE_TMPDIR/certificates"
		cd "$BATS_TEST_TMPDIR/golden" || return
		golden_server "$BAD" "$KEPT"
		"$@" || fail "${golden##*/}: $*" || return
	done
}

# Members that came later do not count.
LIKE='
	def like($old):
		if type == "object" and ($old | type) == "object" then
			. as $new | reduce ($old | keys_unsorted[]) as $name ({};
				if $new | has($name) then .[$name] = ($new[$name] | like($old[$name])) else . end)
		elif type == "array" and ($old | type) == "array" then
			to_entries | map(. as $item | .value | like($old[$item.key]))
		else . end;
	to_entries[] | . as $item | .value | like($old[$item.key])'

# same <what> [<sed command>]: it is shown as it was when it was written, but for that change.
same() {
	sed -e "${2-}" "$golden/expected/$1" >../wanted
	golden_show "$1" >../got || return
	refute_sanitizer_report || return
	if [[ $1 == *.json ]]; then
		jq -c . ../wanted >../wanted.json
		jq -sc --slurpfile old ../wanted "$LIKE" ../got >../got.json || return
		diff ../wanted.json ../got.json
	else
		diff ../wanted ../got
	fi
}

# same_view <sed command> <what>...: each of these.  With a sanitizer each process takes long, and codes has nothing
# that requests.json does not go through.
same_view() {
	local change=$1 what

	shift
	for what; do
		[[ $what == codes ]] && is_sanitized && continue
		same "$what" "$change" || return
	done
}

# What was there is there, byte for byte.
same_events() {
	local changed

	changed=$(diff -rq "$golden/workspace/state/requests" state/requests | grep -v '^Only in state/requests')
	[[ $changed == "" ]] || fail "$changed"
}

@test "every request is listed, shown and told as when it was written" {
	of_each same_view "" list list.json requests.json events codes
}

every_log() {
	local file step

	for file in executor_logs/*/*.log; do
		step=${file##*/}
		svcreq log "$(basename "${file%/*}")" "${step%.log}" | diff - "$file" || return
	done
}

@test "every log is shown" {
	of_each every_log
}

same_and_kept() {
	same "$1" || return
	same_events
}

@test "each command does with each request what it did, and no event that was there is changed" {
	local command

	for command in update approve reject cancel retry resolve; do
		of_each same_and_kept "$command"
	done
}

same_run() {
	same_and_kept run || return
	same sent
}

@test "each request runs as it did, and what is sent is what was sent, byte for byte" {
	of_each same_run
}

all_run() {
	local code=0

	svcreq run --pending -q 2>../run.log || code=$?
	[[ $code -ne 1 && $code -ne 3 ]] || fail "exit code $code" "$(<../run.log)" || return
	! svcreq status --json --status not-started,running | jq -e 'select(.step_name != null and .pipeline_name != "later")' ||
		fail "they are left"
	same_events
}

@test "a run of all goes on with what can go on" {
	of_each all_run
}

# wanted_of_run [approvals]: what cannot be run any more, a line for each state that is another then; approvals as well.
wanted_of_run() {
	local id state wanted

	while read -r id state; do
		case ${1-}:$state in
		"approvals:not started, by another user" | "approvals:retried, not run: an approval")
			echo "$id exits 4: Failed with Failed executor Not Started"
			continue
			;;
		esac
		case $state in
		"not started" | updated) wanted="4: Failed with Failed executor Not Started Not Started" ;;
		"not started, a proxy" | "waits for its next attempt") wanted="4: Failed with Failed executor" ;;
		interrupted*) wanted="7: Failed with Failed outcome_unknown" ;;
		"approved, not run" | "resolved: completed, not run") wanted="4: Failed with Completed Failed executor" ;;
		"approved, not run, after a call") wanted="4: Failed with Completed Completed Failed executor" ;;
		"retried, not run: a call") wanted="4: Failed with Failed executor Not Started" ;;
		*) wanted= ;;
		esac
		if [[ $wanted != "" ]]; then
			echo "$id exits $wanted"
		else
			grep "^$id exits" "$golden/expected/run"
		fi
	done <"$golden/requests"
}

# fails_as_a_step [approvals]: the steps that cannot be run fail, each with its reason, and nothing is sent.
fails_as_a_step() {
	wanted_of_run "${1-}" >../wanted
	golden_show run >../got || return
	refute_sanitizer_report || return
	diff ../wanted ../got || return
	[[ -z $(ls "$KEPT") ]] || fail "something is sent: $(head -n 1 "$KEPT"/*)"
}

# rewritten <texts of golden_rewrite> -- <command>
rewritten() {
	local texts=()

	while [[ $1 != -- ]]; do
		texts+=("$1")
		shift
	done
	golden_rewrite "${texts[@]}"
	"${@:2}"
}

GONE=('"step_type":"API"' '"step_type":"GONE"')

@test "a request whose step type is not known any more is listed, shown and told like any other" {
	of_each rewritten "${GONE[@]}" -- \
	    same_view 's/"step_type":"API"/"step_type":"GONE"/g' list list.json requests.json events codes
	of_each rewritten "${GONE[@]}" -- every_log
}

@test "a request whose step type is not known any more is cancelled and decided about like any other" {
	local command

	for command in approve reject cancel retry resolve; do
		of_each rewritten "${GONE[@]}" -- same "$command"
	done
}

@test "a step whose type is not known any more fails, and what was interrupted has an unknown outcome" {
	of_each rewritten "${GONE[@]}" -- fails_as_a_step
}

# What tells of a person is not known of a type that is not known.
same_statuses() {
	diff <(jq -c '[.id, .status]' "$golden/expected/list.json") <(svcreq status --all --json | jq -c '[.id, .status]')
}

@test "a step that a person was asked about, but whose type is not known any more, can be cancelled" {
	set -- '"step_type":"WAIT_FOR_APPROVAL"' '"step_type":"WAIT_FOR_GODOT"'
	of_each rewritten "$@" -- same_statuses
	of_each rewritten "$@" -- same_view "" events cancel
}

# Neither a parameter that nobody knows nor a number out of its range.
UNFIT=('"url":"http' '"frobnicate":[1],"url":"http' '"max_attempts":3' '"max_attempts":1000')

@test "a request whose parameters do not fit any more is listed, shown, told and cancelled like any other" {
	of_each rewritten "${UNFIT[@]}" -- same_view "" list list.json requests.json codes cancel
}

@test "a step whose parameters do not fit any more fails" {
	of_each rewritten "${UNFIT[@]}" -- fails_as_a_step
}

@test "a new request has the number of the rules that it is written by; the first versions wrote none" {
	wait_pipeline plain
	svcreq create plain
	[[ $(event 1 1 .rules) == 1 ]]
	[[ $(jq -s -c 'map(.rules) | unique' "$ROOT"/tests/golden/61cc934/workspace/state/requests/*/000001.json) == "[null]" ]]
}

@test "what was written by rules that are not known is shown and cancelled, but not sent" {
	set -- '"pipeline":{' '"rules":999,"pipeline":{'
	of_each rewritten "$@" -- same_statuses
	of_each rewritten "$@" -- same_view "" codes cancel
	of_each rewritten "$@" -- fails_as_a_step approvals
}
