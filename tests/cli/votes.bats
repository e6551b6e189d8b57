#!/usr/bin/env bats
# Votes: in the place of the approvers, taken back, and of whom they count.  Every state and every person is in
# tests/unit/test-decision.c.
#
# shellcheck disable=SC2154 # stderr is set by try

load helper
load calls
load bad

setup_file() {
	start_bad_server
	[[ $(id -u) -eq 0 ]] || return 0
	# parallel runs have users of their own; another one may hold the lock of the database of users
	alice=svv$$a bob=svv$$b twin=svv$$t group=svv$$g
	export alice bob twin group
	eventually groupadd "$group"
	eventually useradd -M -N -G "$group" "$alice"
	eventually useradd -M -N -G "$group" "$bob"
	eventually useradd -M -N -o -u "$(id -u "$alice")" "$twin"
}

teardown_file() {
	stop_bad_server
	[[ $(id -u) -eq 0 ]] || return 0
	for user in "$twin" "$alice" "$bob"; do
		! getent passwd "$user" >/dev/null || eventually userdel -f "$user"
	done
	eventually groupdel "$group"
}

setup() {
	set_up_calls
	me=$(id -un)
}

needs_root() {
	[[ $(id -u) -eq 0 ]] || skip "only root can make users"
}

# board <parameters>: an approval, and a call.
board() {
	pipeline board <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL, parameters: {$1}}
		  - {step_name: Last, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
	EOF
}

@test "an admin overrides approvers who cannot: with remarks, marked wherever the approval is shown" {
	echo "admins: [daemon]" >state/config.yaml
	board 'approvers: [svcreq-gone], approvals_required: 1'
	svcreq create board --run
	unchanged as daemon svcreq approve 1 -m "they have left"
	assert_status 9
	unchanged as daemon svcreq approve 1 --override
	assert_status 2
	assert_stderr_has "--override needs -m <remarks>"
	try as daemon svcreq approve 1 --override -m "they have left"
	assert_status 0
	assert_stderr_has "approved step 'Wait' of request 1 in the place of its approvers"
	request_is 1 Completed
	assert_received POST /ok 1
	[[ $(event 1 5 '[.event_type, .created_by, .override, .approved_by, .remarks, .status]') == \
	    '["Approved","daemon",true,["daemon"],"they have left","Running"]' ]]
	[[ $(event 1 6 '[.event_type, .created_by, .override]') == '["Completed","daemon",true]' ]]
	try svcreq status 1
	assert_stdout_has "approved by daemon, an admin, in the place of the approvers"
	try svcreq status 1 --json
	assert_json '.steps[0].approvals[0].override' true
	try svcreq log 1 --events
	assert_stdout_has "in the place of the approvers (override): \"they have left\""
	[[ $(step_log 1 Wait) == *"completed: approved by daemon in the place of the approvers"* ]]
	unchanged as daemon svcreq approve 1 --override -m "they have left"
	assert_status 0
	assert_stderr_has "'daemon' has overridden step 'Wait' of request 1 already"
}

@test "an ordinary approval is not marked as overriding" {
	board ''
	svcreq create board --run
	svcreq approve 1
	[[ $(event 1 5 '[.override, .approved_by]') == "[null,[\"$me\"]]" ]]
	try svcreq status 1 --json
	assert_json '.steps[0].approvals[0].override' false
	try svcreq status 1
	refute_stdout_has "in the place of"
}

@test "override also ends a wait for more people than there are, and where the requester is alone" {
	echo "admins: [daemon, $me]" >state/config.yaml
	board 'approvals_required: 3'
	svcreq create board --run
	as daemon svcreq approve 1
	try as daemon svcreq approve 1 --override -m "there are two of us"
	assert_status 0
	request_is 1 Completed
	[[ $(last_event 1 .event_type) == Completed && $(event 1 6 .approved_by) == '["daemon"]' ]]
	board "approvers: [$me], prevent_self_approval: true"
	svcreq create board --run
	unchanged svcreq approve 2
	assert_status 9
	try as daemon svcreq approve 2 --override -m "I have looked"
	assert_status 0
	request_is 2 Completed
}

@test "nobody overrides for themselves while another admin can be found, nor who is no admin" {
	echo "admins: [daemon, bin]" >state/config.yaml
	board 'approvers: [svcreq-gone]'
	as daemon svcreq create board --run
	unchanged as daemon svcreq approve 1 --override -m "please"
	assert_status 9
	assert_stderr_is "svcreq: cannot override request 1: 'daemon' is its requester: another admin must do that"
	unchanged as games svcreq approve 1 --override -m "please"
	assert_status 9
	assert_stderr_is "svcreq: cannot override request 1: 'games' is not an admin"
	try as bin svcreq approve 1 --override -m "yes"
	assert_status 0
}

@test "root, alone, overrides for itself, but not where the step prevents it" {
	needs_root
	board 'approvers: [svcreq-gone]'
	svcreq create board --run
	try svcreq approve 1 --override -m "they have left"
	assert_status 0
	board 'approvers: [svcreq-gone], prevent_self_approval: true'
	svcreq create board --run
	unchanged svcreq approve 2 --override -m "they have left"
	assert_status 9
}

@test "override: false in the step forbids it; a pipeline of before that word allows it" {
	echo "admins: [daemon]" >state/config.yaml
	board 'approvers: [svcreq-gone], override: false'
	svcreq create board --run
	unchanged as daemon svcreq approve 1 --override -m "they have left"
	assert_status 1
	assert_stderr_is "svcreq: cannot override request 1: step 'Wait' forbids it (override: false)"
	request_is 1 Pending
	board 'approvers: [svcreq-gone], override: true'
	svcreq create board --run
	try as daemon svcreq approve 2 --override -m "they have left"
	assert_status 0
}

@test "override and withdraw are one or the other" {
	board ''
	svcreq create board --run
	unchanged svcreq approve 1 --override --withdraw -m x
	assert_status 2
}

@test "an approval is withdrawn while the step waits, and can be given anew" {
	board "approvers: [daemon, bin], approvals_required: 2"
	svcreq create board --run
	unchanged as daemon svcreq approve 1 --withdraw
	assert_status 1
	assert_stderr_is "svcreq: cannot withdraw request 1: 'daemon' has not approved step 'Wait'"
	as daemon svcreq approve 1
	unchanged as games svcreq approve 1 --withdraw
	assert_status 9
	try as daemon svcreq approve 1 --withdraw -m "wrong request"
	assert_status 0
	assert_stderr_is "withdrew the approval of step 'Wait' of request 1"
	[[ $(last_event 1 '[.event_type, .status, .step_name, .created_by, .remarks, .approvers]') == \
	    '["Withdrawn","Pending","Wait","daemon","wrong request",["daemon","bin"]]' ]]
	try svcreq status 1 --json
	assert_json '.steps[0].approvals' '[]'
	try svcreq log 1 --events
	assert_stdout_has "Withdrawn"
	unchanged as daemon svcreq approve 1 --withdraw
	assert_status 0
	assert_stderr_is "'daemon' has withdrawn the approval of step 'Wait' of request 1 already"
	try as bin svcreq approve 1
	assert_stderr_has "(1 of 2)"
	request_is 1 Pending
	try as daemon svcreq approve 1
	assert_stderr_has "(2 of 2, after bin)"
	request_is 1 Completed
	assert_received POST /ok 1
	unchanged as daemon svcreq approve 1 --withdraw
	assert_status 1
}

@test "who has approved may reject while the step waits" {
	board "approvers: [daemon, bin], approvals_required: 2"
	svcreq create board --run
	as daemon svcreq approve 1
	try as daemon svcreq reject 1 -m "I was wrong"
	assert_status 0
	[[ $(last_event 1 '[.reason, .created_by]') == '["rejected","daemon"]' ]]
	unchanged as daemon svcreq approve 1 --step Wait
	assert_status 5
}

@test "an approval that is repeated has the code of what became of the request" {
	board ''
	sed -i 's|/ok|/status/404|' pipelines/board.yaml
	svcreq create board --run
	try svcreq approve 1 --step Wait
	assert_status 4
	unchanged svcreq approve 1 --step Wait
	assert_status 4
	assert_stderr_is "'$me' has approved step 'Wait' of request 1 already"
	unchanged svcreq approve 1 --step Wait --no-run
	assert_status 0
	assert_received POST /status/404 1
	svcreq cancel 1
	unchanged svcreq approve 1 --step Wait
	assert_status 13
}

@test "two names of one number are one person, who votes once" {
	needs_root
	board "approvers: [$alice, $twin, $bob], approvals_required: 2"
	svcreq create board --run
	as "$alice" svcreq approve 1
	[[ $(last_event 1 .created_by_uid) == "$(id -u "$alice")" ]]
	unchanged as "$twin" svcreq approve 1
	assert_status 0
	assert_stderr_has "'$twin' has approved step 'Wait' of request 1 already"
	request_is 1 Pending
	as "$bob" svcreq approve 1
	request_is 1 Completed
}

@test "who has the requester's number is the requester; who has only the name is not" {
	needs_root
	board "approvers: [$alice, $twin, $bob], prevent_self_approval: true"
	as "$alice" svcreq create board --run
	[[ $(event 1 1 .created_by_uid) == "$(id -u "$alice")" ]]
	unchanged as "$twin" svcreq approve 1
	assert_status 9
	assert_stderr_has "step 'Wait' does not let '$twin' approve their own request"
	as "$bob" svcreq create board --run
	eventually userdel -f "$bob"
	eventually useradd -M -N -u 2147480000 -G "$group" "$bob"
	try as "$bob" svcreq approve 2
	assert_status 0
	request_is 2 Completed
	unchanged as "$bob" svcreq update 2 -f x=1
	assert_status 9
}

@test "when the quorum completes, who is no approver any more does not count" {
	needs_root
	board "approvers: [\"@$group\"], approvals_required: 2"
	svcreq create board --run
	as "$alice" svcreq approve 1
	eventually gpasswd -d "$alice" "$group"
	try as "$bob" svcreq approve 1
	assert_status 0
	assert_stderr_has "(1 of 2)"
	request_is 1 Pending
	[[ $(last_event 1 .approved_by) == "[\"$bob\"]" ]]
	try svcreq status 1 --json
	assert_json '.steps[0].approvals | map(.created_by)' "[\"$bob\"]"
	# whoever left and came back is asked again
	eventually gpasswd -a "$alice" "$group"
	try as "$alice" svcreq approve 1
	assert_status 0
	request_is 1 Completed
	[[ $(last_event 1 .event_type) == Completed && $(event 1 7 .approved_by) == "[\"$bob\",\"$alice\"]" ]]
	assert_received POST /ok 1
	# what was completed stays so
	eventually gpasswd -d "$alice" "$group"
	try svcreq status 1 --exit-code
	assert_status 0
	eventually gpasswd -a "$alice" "$group"
}

@test "the vote of a person whose name is another's now does not count" {
	needs_root
	board "approvers: [$alice, $bob], approvals_required: 2"
	svcreq create board --run
	as "$bob" svcreq approve 1
	eventually userdel -f "$bob"
	eventually useradd -M -N -u 2147480001 -G "$group" "$bob"
	try as "$alice" svcreq approve 1
	assert_stderr_has "(1 of 2)"
	request_is 1 Pending
	try as "$bob" svcreq approve 1
	assert_status 0
	request_is 1 Completed
}

@test "create and validate --here warn of approvers whom the system does not know, by name" {
	board 'approvers: [svcreq-gone, "@svcreq-none", daemon, "#54321"]'
	try svcreq create board
	assert_status 0
	assert_stderr_has "warning: there is no user 'svcreq-gone' on this system"
	assert_stderr_has "warning: there is no group '@svcreq-none' on this system"
	refute_stderr_has daemon
	refute_stderr_has 54321
	try svcreq validate --here
	assert_status 0
	[[ $stderr$output == *"'svcreq-gone'"* ]]
}

@test "a number stands for the user who has it" {
	board "approvers: [\"#$(id -u daemon)\"]"
	svcreq create board --run
	unchanged as bin svcreq approve 1
	assert_status 9
	try as daemon svcreq approve 1
	assert_status 0
	request_is 1 Completed
}

@test "a user without a name owns a workspace, creates, approves and runs" {
	needs_root
	local place

	place=$(mktemp -d)
	chmod 755 "$place"
	cp -r "$BUILD/bin" "$BUILD/libexec" "$place"
	install -d -o 2147480002 -g 2147480002 "$place/ws"
	nameless() {
		setpriv --reuid=2147480002 --regid=2147480002 --clear-groups \
		    env -C "$place/ws" "$place/bin/svcreq" "$@"
	}
	nameless init .
	wait_pipeline plain
	wait_pipeline numbered 'approvers: ["#2147480002"]'
	install -o 2147480002 -m 644 pipelines/*.yaml "$place/ws/pipelines"
	nameless create plain --run
	nameless create numbered --run
	try nameless approve 1
	assert_status 0
	try nameless approve 2
	assert_status 0
	try nameless status 2 --json
	assert_json '[.status, .requested_by]' '["Completed","#2147480002"]'
	rm -rf "$place"
}
