#!/usr/bin/env bats
# Many at once: nothing is lost, nothing is done twice.

load helper
load calls
load bad

setup() {
	set_up_calls
	writers=8
	each=25
	is_sanitized && each=10
	total=$((writers * each))
	pipeline order <<-EOF
		form: {fields: [{name: n, required: true}]}
		steps:
		  - {step_name: Reserve, step_type: API, parameters: {method: POST, url: "$BAD/ok?a", data: {n: "\${n}"}}}
		  - {step_name: Approval, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Order, step_type: API, parameters: {method: PUT, url: "$BAD/ok?b", data: {n: "\${n}"}}}
	EOF
}

teardown() {
	touch finished
	refute_sanitizer_report
}

# In the background, each until there is nothing left to do; what goes wrong is in the file faults.
create_many() {
	local i

	for ((i = 0; i < each; i++)); do
		svcreq create order -f n="$1.$i" || echo "create: $?" >>faults
	done >"created.$1"
}

run_until_done() {
	until [[ -e finished ]]; do
		svcreq run -q --pending 2>>run.log || echo "run: $?" >>faults
	done
}

approve_until_done() {
	until [[ -e finished ]]; do
		svcreq status --status pending --json 2>>status.log | jq -r .id >"pending.$1"
		# each in another order
		for id in $(shuf "pending.$1"); do
			approve "$id"
		done
	done
}

approve() {
	local code=0 log=approve.$BASHPID

	svcreq approve --no-run "$1" 2>"$log" || code=$?
	[[ $code -eq 0 ]] || echo "approve $1: $code $(<"$log")" >>faults
}

look_until_done() {
	until [[ -e finished ]]; do
		svcreq status --all >/dev/null 2>>status.log || echo "status: $?" >>faults
		svcreq status --all --json >json 2>>status.log || echo "status --json: $?" >>faults
		jq -e .id json >/dev/null || [[ ! -s json ]] || echo "bad JSON" >>faults
	done
}

# Until all are, as long as there is some progress.
complete_all() {
	local count

	while count=$(count_events) && [[ $count -ne $((total * 11)) ]]; do
		wait_for 120 has_more_than "$count" || fail "$(svcreq status | head -n 20)" "$(tail run.log)"
	done
}

count_events() {
	find state/requests/[0-9]* -name '??????.json' | wc -l
}

has_more_than() {
	[[ $(count_events) -gt $1 ]]
}

# Contiguous ids, whole chains, and one decision for each approval.
assert_all_is_well() {
	local bad

	[[ ! -e faults ]] || fail "$(cat faults)"
	cat created.* | sort -n | diff - <(seq "$total") || fail "ids were lost or given twice"
	mapfile -t ids < <(seq "$total")
	try svcreq status "${ids[@]}"
	assert_status 0
	[[ $(grep -c '^Request [0-9]*: Completed$' <<<"$output") -eq $total ]] || fail "not all are completed"
	# the 11 events of each, in the one order that there is
	bad=$(cat state/requests/*/*.json | jq -r '[.service_request_id, .event_type, .step_name // ""] | join(" ")' |
		sort | uniq -d | grep -v ' Not Started ' || :)
	[[ $bad == "" ]] || fail "twice: $bad"
	[[ $(cat state/requests/*/*.json | jq -r 'select(.event_type == "Approved") | .service_request_id' |
		sort -n | uniq | wc -l) -eq $total ]]
	[[ $(find state/queue -type f) == "" ]] || fail "$(find state/queue -type f)"
}

@test "eight create, run, approve and look at the same time" {
	local i pids=() creators=()

	for ((i = 0; i < writers; i++)); do
		create_many "$i" &
		creators+=($!)
	done
	for i in 1 2 3; do
		run_until_done &
		pids+=($!)
		approve_until_done "$i" &
		pids+=($!)
	done
	look_until_done &
	pids+=($!)
	wait "${creators[@]}"
	complete_all
	touch finished
	wait "${pids[@]}"
	assert_received POST /ok "$total"
	assert_received PUT /ok "$total"
	assert_all_is_well
}

# create_at_once <key> <values of n>: one for each, all with that key; the exit codes are in the file codes.
create_at_once() {
	local n key=$1 pids=()

	shift
	for n; do
		svcreq create order -f "n=$n" --key "$key" >>ids 2>>messages &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n" && echo 0 || echo $?
	done >codes
}

@test "sixteen who create with one key: one request, and all get its id" {
	local round

	for round in 1 2 3; do
		[[ $round -ne 2 ]] || rm -r state/keys # as in a workspace of an earlier version
		rm -f ids messages
		create_at_once "k$round" {,}{,}{,}{,}x
		[[ $(sort -u codes) == 0 ]] || fail "$(cat messages)"
		[[ $(sort ids | uniq -c | tr -s ' ') == " 16 $round" ]] || fail "$(cat ids)"
		[[ $(grep -c "^request $round has that key already$" messages) -eq 15 ]] || fail "$(cat messages)"
	done
	[[ $(find state/requests -mindepth 1 -maxdepth 1 | wc -l) -eq 3 ]]
	[[ $(find state/keys -type f | wc -l) -eq 3 ]]
}

@test "sixteen who create other requests with one key: one of them is right" {
	create_at_once k {1..16}
	[[ $(sort codes | uniq -c | tr -s ' ') == $' 1 0\n 15 1' ]] || fail "$(cat codes messages)"
	[[ $(<ids) == 1 ]]
	[[ $(grep -cx "svcreq: the key 'k' is that of request 1, which has other form data: n" messages) -eq 15 ]] ||
		fail "$(cat messages)"
	[[ $(find state/requests -mindepth 1 -maxdepth 1 | wc -l) -eq 1 ]]
}

@test "many who approve the same request: one decides, and the call is made once" {
	local i pids=() code

	svcreq create order -f n=1 --run 2>/dev/null
	for ((i = 0; i < 8; i++)); do
		svcreq approve 1 2>>approve.log &
		pids+=($!)
	done
	for ((i = 0; i < 8; i++)); do
		code=0
		wait "${pids[i]}" || code=$?
		[[ $code -eq 0 ]] || fail "exit code $code" "$(cat approve.log)"
	done
	eventually request_is 1 Completed
	[[ $(events 1 | grep -c '^Approved') -eq 1 ]]
	assert_received PUT /ok 1
}

@test "two people who approve at once where two are needed: both votes count, once each" {
	wait_pipeline pair 'approvers: [daemon, bin], approvals_required: 2'
	for i in 1 2 3 4 5 6; do
		svcreq create pair --run 2>/dev/null
		as daemon svcreq approve "$i" 2>>approve.log &
		as bin svcreq approve "$i" 2>>approve.log &
		wait
		request_is "$i" Completed || fail "$(cat approve.log)"
		[[ $(events "$i" | grep -c '^Approved') -eq 2 ]]
		[[ $(events "$i" | grep -c '^Completed') -eq 1 ]]
	done
}

@test "one who approves and one who rejects at once: one of them decides" {
	local approved rejected

	wait_pipeline plain
	for i in 1 2 3 4 5 6; do
		svcreq create plain --run 2>/dev/null
		svcreq approve "$i" 2>approve.log &
		approved=$!
		svcreq reject "$i" -m no 2>reject.log &
		rejected=$!
		wait $approved && approved=Completed || approved=no
		wait $rejected && rejected=Failed || rejected=no
		case $approved:$rejected in
		Completed:no) request_is "$i" Completed ;;
		no:Failed) request_is "$i" Failed ;;
		*) fail "both or none: $approved, $rejected" "$(cat approve.log reject.log)" ;;
		esac
	done
}

@test "a listing does not miss what is approved while it reads" {
	is_sanitized && skip "sanitizers do not work below strace"
	wait_pipeline plain
	svcreq create plain --run
	# it stops after it has read the first queue, that of what runs
	# shellcheck disable=SC2016 # for that shell
	strace -f -qq -o ../trace -e trace=getdents64 -e inject=getdents64:signal=STOP:when=2 \
	    sh -c 'echo $$ >../pid && exec "$@"' sh "$BUILD/bin/svcreq" status --status running,pending >../listed 2>&1 &
	eventually grep -q 'stopped by SIGSTOP' ../trace
	svcreq approve 1 --no-run
	kill -CONT "$(<../pid)"
	wait $!
	grep -q '^1 ' ../listed || fail "$(cat ../listed)"
}
