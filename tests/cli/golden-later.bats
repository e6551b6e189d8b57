#!/usr/bin/env bats
# Of what released versions wrote (tests/golden), later ones do not know everything any more.
#
# shellcheck disable=SC2154 # golden and ids are set by of_each

load helper
load calls
load golden

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

	for command in approve reject cancel retry; do
		of_each rewritten "${GONE[@]}" -- same "$command"
	done
	of_each rewritten "${GONE[@]}" -- same_but_settled
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
	[[ $(event 1 1 .rules) == 4 ]]
	[[ $(jq -s -c 'map(.rules) | unique' "$ROOT"/tests/golden/61cc934/workspace/state/requests/*/000001.json) == "[null]" ]]
}

@test "what was written by rules that are not known is shown and cancelled, but not sent" {
	set -- '"pipeline":{' '"rules":999,"pipeline":{'
	of_each rewritten "$@" -- same_statuses
	of_each rewritten "$@" -- same_view "" codes cancel
	of_each rewritten "$@" -- fails_as_a_step approvals
}
