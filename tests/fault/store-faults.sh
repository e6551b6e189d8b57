#!/bin/bash
# What the disk and the system can do to the store, by injection with strace: each system call of
# a good run is made to fail, in several ways, and the program is killed at each.  Whatever
# happened, the requests must be whole, and work must go on.  Prints TAP.
#
#   tests/fault/store-faults.sh [--scenarios "<scenario>..."] [build folder]
set -u
shopt -s nullglob
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 1
self=$PWD/tests/fault/store-faults.sh
unset SVCREQ_ROOT SVCREQ_EXEC_PATH

# ---- scenarios: a workspace and a command

# prepare <scenario>: makes the workspace "ws" in the current folder.
prepare() {
	"$svcreq" init ws
	cat >ws/pipelines/p.yaml <<-'END'
		steps:
		  - {step_name: Gate, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: 'http://127.0.0.1:1/'}}
	END
	{
		echo steps:
		printf '  - {step_name: Gate %d, step_type: WAIT_FOR_APPROVAL}\n' {1..16}
	} >ws/pipelines/long.yaml
	"$svcreq" -C ws create p
	case $1 in
	approve | cancel) "$svcreq" -C ws run 1 ;;
	mend)
		"$svcreq" -C ws run 1
		"$svcreq" -C ws reject 1 -m no
		sed -i 's/Call/Order/' ws/pipelines/p.yaml
		;;
	group) for _ in {1..17}; do "$svcreq" -C ws create p; done ;;
	calls*)
		rm -r ws/state/requests/1 ws/state/queue/*/1
		cat >ws/pipelines/q.yaml <<-END
			form: {fields: [{name: n}]}
			steps:
			  - step_name: Call
			    step_type: API
			    parameters: {method: POST, url: 'http://127.0.0.1:$port/ok/\${n}'}
		END
		for n in {1..17}; do "$svcreq" -C ws create q -f n="$n"; done
		;;
	batch) printf '{}\n{}\n{}\n' >ws/batch.jsonl ;;
	create-key) "$svcreq" -C ws create p --key other ;;
	create-key-old)
		"$svcreq" -C ws create p --key other
		rm -r ws/state/keys
		;;
	esac
}

command_of() {
	case $1 in
	create) echo create p ;;
	create-long) echo create long ;;
	batch) echo create p --batch ws/batch.jsonl --key roll ;;
	create-key | create-key-old) echo create p --key k ;;
	run) echo run 1 ;;
	approve) echo approve 1 -m fine ;;
	cancel) echo cancel 1 -m enough ;;
	mend) echo update 1 --pipeline ;;
	group) echo run --pending -j 18 ;;
	calls*) echo run --pending -j 16 ;;
	esac
}

calls_of() {
	case $1 in
	create) echo openat read write fsync renameat2 mkdirat fcntl close ;;
	run) echo openat read write fsync linkat fcntl unlinkat close ;;
	approve | cancel) echo write fsync linkat unlinkat ;;
	mend) echo openat write fsync linkat unlinkat ;;
	create-long | group) echo syncfs ;;
	calls) echo syncfs openat linkat fcntl write unlinkat ;;
	calls-each) echo fsync linkat ;;
	batch) echo openat write fsync syncfs linkat renameat2 unlinkat mkdirat ;;
	create-key) echo openat write fsync linkat renameat2 unlinkat ;;
	create-key-old) echo openat syncfs linkat renameat mkdirat ;;
	esac
}

# faults_of <scenario> <call>: keys and mending publish their events by the calls of create and run,
# which see every fault; here it is about what is done before, between and after.
faults_of() {
	case $1 in
	create-key* | mend | batch)
		echo ENOSPC KILL
		return
		;;
	esac
	case $2 in
	read | fcntl) echo EIO ;;
	close) echo EIO EINTR ;;
	openat | write | fsync | syncfs) echo ENOSPC EIO EINTR KILL ;;
	*) echo ENOSPC EIO KILL ;;
	esac
}

# always_of <scenario>: arguments of strace, whatever fault is injected.
#
# Else only the main thread is traced, in which all happens but the writing of a run's messages:
# strace counts the calls of each thread by itself, and would fail the message along with what it
# is about.  Many events are committed by a thread of their own.
always_of() {
	case $1 in
	group | calls) echo -f ;;
	calls-each) printf '%s\n' -f -e inject=syncfs:error=EIO ;;
	esac
}

# ---- what must hold

complain() {
	printf '%s\n' "$*" >>broken
}

# events <workspace>: every event with its digest.
events() {
	(cd "$1/state/requests" && sha256sum -- */*.json) | sort
}

# Each request that shows has its first events and its chain, and is in the queue when it can move.
check_whole() {
	local folders=(ws/state/requests/*) folder files line message queue
	message=$("$svcreq" -C ws status "${folders[@]##*/}" 2>&1 >/dev/null) ||
		complain "status: $message"
	for folder in "${folders[@]}"; do
		files=("$folder"/*.json)
		[ ${#files[@]} -ge 2 ] || complain "$folder has ${#files[@]} events"
		line=
		read -r line <"${files[-1]}"
		if [[ $line =~ \"status\":\"(Not Started|Running|Pending|Failed)\" ]]; then
			queue=${BASH_REMATCH[1],,}
			[ -e "ws/state/queue/${queue/ /-}/${folder##*/}" ] ||
				complain "$folder is $queue, but not in that queue"
		fi
	done
}

# key_is <key> <id>: that request, and no other, has the key.
key_is() {
	local folders=(ws/state/requests/*) folder found=()
	for folder in "${folders[@]}"; do
		if grep -qF "\"key\":\"$1\"" "$folder/000001.json"; then
			found+=("${folder##*/}")
		fi
	done
	[ "${found[*]-}" = "$2" ] || complain "the key $1 is of ${found[*]-}, and svcreq says $2"
}

# The same command again, and again: it is one request, whatever became of the first.
check_key() {
	local id
	id=$("$svcreq" -C ws create p --key k 2>message) ||
		complain "create --key again: $(<message)"
	key_is k "$id"
	[ "$("$svcreq" -C ws create p --key k 2>&1 >/dev/null)" = "request $id has that key already" ] ||
		complain "create --key does not find request $id"
	key_is k "$id"
	key_is other "$("$svcreq" -C ws create p --key other 2>message)"
	[ ! -e ws/state/.new-keys ] || complain 'left over: .new-keys'
}

# All of the batch is there, or nothing, and the same command again has it all.
check_batch() {
	local folders ids again
	"$svcreq" -C ws status >/dev/null 2>&1
	folders=(ws/state/requests/*)
	[ ${#folders[@]} -eq 1 ] || [ ${#folders[@]} -eq 4 ] ||
		complain "there are ${#folders[@]} requests"
	ids=$("$svcreq" -C ws create p --batch ws/batch.jsonl --key roll 2>message) ||
		complain "create --batch again: $(<message)"
	again=$("$svcreq" -C ws create p --batch ws/batch.jsonl --key roll 2>message)
	if [ "$(wc -w <<<"$ids")" -ne 3 ] || [ "$ids" != "$again" ]; then
		complain "again: $ids, then $again"
	fi
	[ ! -e ws/state/transaction ] || complain 'left over: transaction'
}

# Another pipeline, and that the failed step is to be run again: both are recorded, or neither.
check_mended() {
	case $("$svcreq" -C ws log 1 --events 2>&1) in
	*'(update --pipeline)') ;;
	*Updated*) complain "it is mended by half" ;;
	esac
	"$svcreq" -C ws update 1 --pipeline >message 2>&1 || complain "update again: $(<message)"
}

# sent <log>...: how often each call was sent, "<times> <path>".
sent() {
	cat "$@" | sed -n 's|.* sendto([0-9]*[^"]*"POST \(/ok/[0-9]*\) .*|\1|p' | sort | uniq -c
}

# Each call is made once; where the program was not killed, a fault harms one request at most.
check_calls() {
	local folders=(ws/state/requests/*) unfinished=0 folder files line faults
	# strace counts the calls of each thread by itself: several may meet the fault
	faults=$(grep -c "$1.*INJECTED" log)
	[ ${#folders[@]} -eq 17 ] || complain "there are ${#folders[@]} requests"
	strace -qq -f -o later -e trace=sendto \
		"$svcreq" -C ws run --pending </dev/null >/dev/null 2>message
	case $? in
	0 | 7) ;;
	*) complain "a later run: $(<message)" ;;
	esac
	sent log later | awk '$1 > 1 { exit 1 }' || complain "sent more than once: $(sent log later)"
	for folder in "${folders[@]}"; do
		files=("$folder"/*.json)
		read -r line <"${files[-1]}"
		case $line in
		*'"status":"Completed"'*) ;;
		*'"reason":"outcome_unknown"'*) unfinished=$((unfinished + 1)) ;;
		*) complain "$folder is left: $line" ;;
		esac
	done
	[ "$2" = KILL ] || [ $unfinished -le "$faults" ] ||
		complain "$unfinished requests are harmed by $faults faults"
}

# Work goes on with what there is, and with a new request.
check_going_on() {
	local message code folder highest=0 new left
	message=$("$svcreq" -C ws run --pending 2>&1)
	code=$?
	case $code in
	0 | 4 | 7) ;;
	*) complain "a later run: exit code $code: $message" ;;
	esac
	for folder in ws/state/requests/*; do
		[ "${folder##*/}" -le "$highest" ] || highest=${folder##*/}
	done
	new=$("$svcreq" -C ws create p 2>&1)
	[ "$new" = $((highest + 1)) ] || complain "a later create after $highest: $new"
	left=(ws/state/requests/.[!.]* ws/state/requests/*/.[!.]*)
	[ ${#left[@]} -eq 0 ] || complain "left over: ${left[*]}"
	check_whole
}

# ---- one injection

# run_injected <scenario> <strace expression>: in the copy "ws"; sets code.
run_injected() {
	local words
	read -ra words <<<"$(command_of "$1")"
	# shellcheck disable=SC2046 # words
	strace -qq -y -o log -e "trace=fsync,linkat,sendto,syncfs,${2%%:*}" -e "inject=$2" \
		$(always_of "$1") "$svcreq" -C ws "${words[@]}" </dev/null >out 2>err
	code=$?
	[ $code -eq 137 ] || grep -q "${2%%:*}[( ].*INJECTED" log ||
		complain 'the fault was not hit'
	events ws >after
}

# What could not be written was written elsewhere, or a name was made anew in the folder: the kernel
# takes its pages for clean now.
check_synced_again() {
	[ "$(grep -c 'fsync(' log)" -gt "$(grep -c 'fsync(' "$1")" ] ||
		complain "exit code $code without another fsync"
	awk '
	{ sub(/^[0-9]+ +/, "") }
	/^linkat\(.* = 0$/ {
		split($0, parts, /[<>]/)
		delete failed[parts[4]]
	}
	match($0, /fsync\([0-9]+<[^>]*>/) {
		file = substr($0, RSTART, RLENGTH - 1)
		sub(/.*</, "", file)
		if (file in failed)
			again = 1
		if (/INJECTED/)
			failed[file]
	}
	END { exit again }' log || complain 'an fsync that failed was repeated on the same file'
}

# inject <scenario> <call> <fault> <place>
inject() {
	local home="$work/$1" name="$1/$2/$3/$4" how="error=$3"
	[ "$3" != KILL ] || how=signal=KILL
	mkdir -p "$work/$name"
	cd "$work/$name" || exit 1
	cp -a "$home/ws" ws
	run_injected "$1" "$2:$how:when=$4"
	[ -z "$(comm -23 "$home/before" after)" ] || complain 'an event changed or is gone'
	if [[ $1 = calls* ]]; then
		: # what was harmed is made up for by the later run, or not: see there
	elif [ "$code" -eq "$(<"$home/code")" ]; then
		[ "$(wc -l <after)" -eq "$(<"$home/events")" ] ||
			complain "exit code $code with $(wc -l <after) events"
		case $2/$3 in
		*sync*/EIO | *sync*/ENOSPC) check_synced_again "$home/trace" ;;
		esac
	elif [ ! -s err ] && [ "$3" != KILL ]; then
		complain "exit code $code without a message"
	fi
	check_whole
	case $1 in
	create-key*) check_key ;;
	batch) check_batch ;;
	mend) check_mended ;;
	calls*) check_calls "$2" "$3" ;;
	esac
	check_going_on
	[ ! -e broken ] || sed "s|^|place $4: |" broken >>"$home/$2.$3.failed"
	rm -rf ws
}

if [ "${1-}" = --some ]; then
	shift
	exec 2>/dev/null # the shell's obituaries
	for task in "$@"; do
		IFS=/ read -r scenario call fault place <<<"$task"
		inject "$scenario" "$call" "$fault" "$place"
	done
	exit 0
fi

# ---- all of them

scenarios="create create-long batch run approve cancel group"
others=yes
if [ "${1-}" = --scenarios ]; then
	scenarios=$2 others=
	shift 2
fi
build=${1-${SVCREQ_BUILD-build/release}}
export svcreq="$PWD/$build/bin/svcreq"
if ! strace -qq -o /dev/null true 2>/dev/null; then
	echo '1..0 # SKIP strace cannot trace here'
	exit 0
fi
[ -w /dev/shm ] && export TMPDIR=/dev/shm # nothing here depends on a disk
work=$(mktemp -d)
export work
trap 'umount "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
number=0
failures=0

# start_server: one that answers, for the scenarios that have calls; it ends with its input.
start_server() {
	mkfifo "$work/input"
	/usr/bin/python3 tests/bad-server.py <"$work/input" >"$work/port" 2>&1 &
	exec 9>"$work/input"
	until [ -s "$work/port" ]; do sleep 0.05; done
	port=$(<"$work/port")
	export port
}


# tell <what> [<file with complaints>]
tell() {
	number=$((number + 1))
	if [ -s "${2-}" ]; then
		failures=$((failures + 1))
		echo "not ok $number - $1"
		sed 's/^/# /' "$2"
	else
		echo "ok $number - $1"
	fi
}

# A good run, in which the places are counted.
good_run() {
	local words
	mkdir "$work/$1"
	cd "$work/$1" || exit 1
	prepare "$1" >prepared 2>&1
	cp -a ws good
	read -ra words <<<"$(command_of "$1")"
	# shellcheck disable=SC2046 # words
	strace -qq -o trace $(always_of "$1") "$svcreq" -C good "${words[@]}" </dev/null >out 2>err
	echo $? >code
	events ws >before
	events good >good-events
	wc -l <good-events >events
	case $(<code) in
	0 | 4) ;;
	*) cat prepared err >bad ;;
	esac
	tell "$1: a good run" bad
}

# places <call>: the numbers of those calls, without those of the loader: they begin where a
# program finds its workspace.  strace counts those of each thread.
places() {
	awk -v call="$1(" '
	{ thread = 0 }
	/^[0-9]+ / { thread = $1; sub(/^[0-9]+ +/, "") }
	index($1, "execve(") == 1 { loaded = 0 }
	index($1, call) == 1 { n[thread]++; if (loaded && !seen[n[thread]]++) print n[thread] }
	/state\/format/ { loaded = 1 }' trace
}

# some_places <scenario> <call>: with two threads no two runs are the same, so that only the
# first third of what was called is called for sure; some of that will do.
some_places() {
	case $1 in
	calls*) places "$2" | awk '{ place[NR] = $1 }
		END { for (i = 1; i <= (NR + 2) / 3; i += 1 + int(NR / 24)) print place[i] }' ;;
	*) places "$2" ;;
	esac
}

# place <scenario> <call> <pattern>: the number of the first of those calls with that in its line.
place() {
	awk -v call="$2(" -v pattern="$3" '
	index($1, call) == 1 { n++; if ($0 ~ pattern) { print n; exit } }' "$work/$1/trace"
}

plan() {
	local call fault place
	for call in $(calls_of "$1"); do
		for place in $(some_places "$1" "$call"); do
			for fault in $(faults_of "$1" "$call"); do
				echo "$1/$call/$fault/$place"
			done
		done
	done
}

inject_all() {
	local call fault count
	good_run "$1"
	# shellcheck disable=SC2094 # two different plans
	plan "$1" >plan
	xargs -r -P "$(nproc)" -n 8 "$self" --some <plan
	for call in $(calls_of "$1"); do
		for fault in $(faults_of "$1" "$call"); do
			count=$(grep -c "/$call/$fault/" plan)
			[ "$count" -gt 0 ] || echo 'it is never called' >"$call.$fault.failed"
			tell "$1: $fault at each of $count $call" "$call.$fault.failed"
		done
	done
}

# made_up_for <what> <scenario> <strace expression>: the program ends as if nothing had happened.
made_up_for() {
	local home="$work/$2"
	mkdir "$work/made-up-$number"
	cd "$work/made-up-$number" || exit 1
	cp -a "$home/ws" ws
	run_injected "$2" "$3"
	[ "$code" -eq "$(<"$home/code")" ] || complain "exit code $code: $(<err)"
	[ "$(wc -l <after)" -eq "$(<"$home/events")" ] || complain "$(wc -l <after) events"
	check_whole
	check_going_on
	tell "$1" broken
}

full_disk() {
	local ids=() id message
	mkdir "$work/disk"
	if ! mount -t tmpfs -o size=1m tmpfs "$work/disk" 2>/dev/null; then
		number=$((number + 1))
		echo "ok $number - a disk that is full # SKIP tmpfs cannot be mounted"
		return
	fi
	cd "$work/disk" || exit 1
	prepare create >/dev/null 2>&1
	while [ ${#ids[@]} -lt 1000 ] && id=$("$svcreq" -C ws create p 2>&1); do
		ids+=("$id")
	done
	case $id in
	*'No space left on device') ;;
	*) complain "the disk is full: $id" ;;
	esac
	message=$("$svcreq" -C ws run 1 2>&1) && complain "run: exit code 0: $message"
	mount -o remount,size=8m "$work/disk"
	check_whole
	for id in "${ids[@]}"; do
		[ -e "ws/state/requests/$id/000003.json" ] || complain "request $id is gone"
	done
	check_going_on
	tell "a disk that is full after ${#ids[@]} requests" broken
	cd / && umount "$work/disk"
}

case $scenarios in
*calls*) start_server ;;
esac
for scenario in $scenarios; do
	inject_all "$scenario"
done
if [ -n "$others" ]; then
	made_up_for 'a kernel without renameat2' create renameat2:error=EINVAL
	made_up_for 'a system without /proc' run "linkat:error=ENOENT:when=$(place run linkat '[0-9]\.json')"
	made_up_for 'somebody else was first to write the event' run \
		"linkat:error=EEXIST:when=$(place run linkat '[0-9]\.json')"
	made_up_for 'an fsync fails once: the event is written to a new file' run \
		fsync:error=EIO:when=1
	full_disk
fi
echo "1..$number"
[ $failures -eq 0 ]
