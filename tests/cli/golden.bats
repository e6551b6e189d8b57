#!/usr/bin/env bats
# What released versions wrote (tests/golden) is shown, and gone on with, as they did it.
#
# shellcheck disable=SC2154 # golden and ids are set by of_each

load helper
load calls
load golden

@test "every request is listed, shown and told as when it was written" {
	of_each same_view "" list list.json requests.json events codes
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

	for command in update approve reject cancel retry; do
		of_each same_and_kept "$command"
	done
}

settled_and_kept() {
	same_but_settled || return
	same_events
}

@test "resolve does what it did, and settles every failed call" {
	of_each settled_and_kept
}

# repeated <id> <reason> <status>: what the events do not say of its effect follows from the answer.
repeated() {
	SUDO_USER=daemon SUDO_UID=$(id -u daemon) try svcreq retry "$1" --no-run
	if [[ $2 == outcome_unknown || $3 == [23]?? ]]; then
		assert_status 1 && assert_stderr_has "'svcreq retry $1 --again' to do it once more"
	else
		assert_status 0
	fi
}

each_repeated() {
	local id reason status count=0

	while read -r id reason status; do
		repeated "$id" "$reason" "$status" || return
		((++count))
	done < <(failed_steps '"\(.reason) \(.http_status)"')
	[[ $count -gt 0 ]]
}

@test "what was, or may have been, carried out is retried with --again only" {
	of_each each_repeated
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
