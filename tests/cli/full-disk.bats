#!/usr/bin/env bats
# Disks that fill up: no call is announced without room for its outcome, and no outcome is lost.
#
# shellcheck disable=SC2154 # status and stderr are set by try

load helper
load calls
load bad

setup() {
	[[ $(id -u) -eq 0 ]] || skip "only root can mount"
	! is_sanitized || skip "a sanitizer is slow to start"
	set_up_calls
}

teardown() {
	refute_sanitizer_report
	cd "$BATS_TEST_TMPDIR" || return
	! mountpoint -q disk || umount disk
}

# mount_disk <type> <size> [<option of mkfs>...]: a workspace on a disk of its own, and into it.
mount_disk() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p disk
	if [[ $1 == tmpfs ]]; then
		mount -t tmpfs -o "size=$2" tmpfs disk || skip "no tmpfs can be mounted"
	else
		command -v "mkfs.$1" >/dev/null || skip "there is no mkfs.$1"
		truncate -s "$2" image
		"mkfs.$1" -q "${@:3}" image
		mount -o loop image disk 2>/dev/null || skip "no $1 can be mounted"
	fi
	svcreq init disk/w
	cd disk/w || return
}

unmount_disk() {
	cd "$BATS_TEST_TMPDIR" || return
	umount disk
}

# fill [<KiB>]: the disk, but for so much.  make_room: takes that back.
fill() {
	sync -f .
	dd if=/dev/zero of=../fill bs=64k 2>/dev/null || true
	sync -f . # what was set aside for later is there again
	dd if=/dev/zero of=../fill bs=1k oflag=append conv=notrunc 2>/dev/null || true
	[[ -z ${1-} ]] || truncate -s "-${1}K" ../fill
	sync -f .
}

# use_up_inodes <but>: of the disk.
use_up_inodes() {
	local count=0

	mkdir ../files
	while : >"../files/$count"; do
		count=$((count + 1))
	done 2>/dev/null
	for ((count = 0; count < $1; count++)); do
		rm "../files/$count"
	done
	sync -f .
}

make_room() {
	rm -rf ../fill ../files
}

pending_of() {
	local i

	for ((i = 0; i < $2; i++)); do
		svcreq create "$1" >/dev/null
	done
}

# none_is_unknown <requests> <message>: that is so after a run on the full disk, and when there is room
# all are completed.
none_is_unknown() {
	try svcreq run --pending -q
	refute_stderr_has "could not be recorded"
	make_room
	svcreq run --pending -q || fail "$2"
	[[ $(svcreq status --all --json | jq -r .status | sort | uniq -c | tr -s ' \n' ' ') == " $1 Completed " ]] ||
		fail "$2: $(svcreq status --all)"
	assert_received POST /delay/0.3 "$1"
	assert_received POST /ok "$1"
}

two_calls() {
	pipeline two <<-EOF
		steps:
		  - {step_name: First, step_type: API, parameters: {method: POST, url: "$BAD/delay/0.3"}}
		  - {step_name: Second, step_type: API, parameters: {method: POST, url: "$BAD/ok"}}
	EOF
}

@test "disks with little room, or none: every outcome of what was announced is recorded" {
	local room where

	for where in 'tmpfs 8M' 'ext4 16M -m 0'; do
		# sixteen calls at a time reserve 256 KiB; logs compete for what is above that
		for room in 16 384 448; do
			forget_calls
			# shellcheck disable=SC2086 # they are words
			mount_disk $where
			two_calls
			pending_of two 16
			fill "$room"
			none_is_unknown 16 "$where, $room KiB"
			unmount_disk
		done
	done
}

@test "a disk with few inodes, or none: every outcome of what was announced is recorded" {
	local inodes

	for inodes in 0 13 20 24; do
		forget_calls
		mount_disk ext4 16M -m 0 -N 256
		two_calls
		pending_of two 8
		use_up_inodes "$inodes"
		none_is_unknown 8 "$inodes inodes"
		unmount_disk
	done
}

# large_outcome: request 1 has made a call, whose outcome does not fit on the disk, nor into what is reserved.
large_outcome() {
	command -v strace >/dev/null || skip "strace is not installed"
	mount_disk tmpfs 8M
	call large POST "$BAD/hold/100000" 'outputs: {id: /id}'
	svcreq create large
	strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=write svcreq run 1 2>"$BATS_TEST_TMPDIR/said" &
	runner=$!
	eventually was_received POST /hold/100000
	fill
	release_calls
}

# has_failed <times>
has_failed() {
	[[ $(grep -c ENOSPC "$BATS_TEST_TMPDIR/trace") -ge $1 ]]
}

@test "an outcome that finds no room is kept, and recorded when there is some" {
	local runner

	large_outcome
	eventually has_failed 8 # it is tried again
	make_room
	wait "$runner" || fail "$(cat "$BATS_TEST_TMPDIR/said")"
	request_is 1 Completed
	[[ $(last_event 1 '.outputs.id | length') -eq 100000 ]]
	assert_received POST /hold/100000 1
}

@test "an outcome that finds no room in time is recorded without its outputs, as carried out" {
	local code=0 runner

	large_outcome
	wait "$runner" || code=$?
	[[ $code -eq 4 ]] || fail "exit code $code: $(cat "$BATS_TEST_TMPDIR/said")"
	make_room
	request_is 1 Failed
	[[ $(last_event 1 '[.reason, .effect, .http_status, .outputs]') == '["executor","certain",200,null]' ]] ||
		fail "$(last_event 1 .)"
	grep -q "the call succeeded (200), but its outputs could not be recorded: .*No space left on device" \
		"$BATS_TEST_TMPDIR/said"
	try svcreq retry 1
	assert_status 1
	svcreq resolve 1 --completed --output id=x -m "it is there"
	request_is 1 Completed
	assert_received POST /hold/100000 1
}

@test "without room for names, an outcome is kept and recorded later" {
	local place

	command -v strace >/dev/null || skip "strace is not installed"
	call p POST "$BAD/ok"
	svcreq create p
	svcreq create p
	strace -f -qq -o trace -e trace=linkat svcreq run 1
	place=$(grep linkat trace | grep -n '"000004.json"' | cut -d : -f 1)
	try strace -f -qq -o trace -e trace=linkat -e "inject=linkat:error=ENOSPC:when=$place..$((place + 2))" svcreq run 2
	assert_status 0
	[[ $(grep -c INJECTED trace) -eq 3 ]] || fail "$(cat trace)"
	request_is 2 Completed
	assert_received POST /ok 2
}
