#!/usr/bin/env bats
# What decides is trusted by its owner, its mode and its type, each time it is opened.  The workspace belongs to daemon;
# bin is somebody else, and its group one of others.
#
# shellcheck disable=SC2154 # stderr is set by try
# shellcheck disable=SC2317 # objects and owner are replaced by a test, and called by name

load helper
load calls
load bad

setup() {
	[[ $(id -u) -eq 0 ]] || skip "only root can give files to others"
	set_up_workspace
	unset ASAN_OPTIONS UBSAN_OPTIONS
	# what bats has is closed to others
	place=$(mktemp -d)
	chmod 755 "$place"
	cp -r "$BUILD/bin" "$BUILD/libexec" "$place"
	chmod -R a+rX "$place/bin" "$place/libexec"
	install -d -o daemon -g daemon "$place/ws"
	cd "$place/ws" || return
	owner svcreq init . 2>/dev/null
	install -d -m 700 -o daemon -g daemon state/secrets
	echo s3cr3t-T0ken >state/secrets/TOKEN
	echo 'admins: [daemon, root]' >state/config.yaml
	chmod 600 state/secrets/TOKEN state/config.yaml
	pipeline order <<-EOF
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Call, step_type: API, parameters: {url: "$BAD/ok", headers: {X-Auth: "\${secret:TOKEN}"}}}
	EOF
	chmod 644 pipelines/*
	chown -R daemon:daemon .
	owner svcreq create order --run 2>/dev/null
	owner svcreq approve 1 2>/dev/null
	owner svcreq create order --run 2>/dev/null
}

teardown() {
	[[ -z ${place-} ]] || rm -rf "$place"
}

# owner <command>: as daemon.
owner() {
	setpriv --reuid=daemon --regid=daemon --init-groups --reset-env --inh-caps=-all \
	    env PATH="$place/bin:/usr/local/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 "$@"
}

# Each object that decides, a command that cannot do without it and, where that is another one, the command by which it
# goes on when the object is mended: a step that has failed for it is tried again.
objects_of_all() {
	cat <<-EOF
		. status
		state status
		state/format status
		state/config.yaml approve 2 --no-run
		state/requests status 1
		state/requests/1 status 1
		state/requests/1/000001.json status 1
		state/requests/1/000003.json status 1
		state/queue status
		state/queue/pending status
		state/lock approve 2 --no-run
		state/keys create order --key k
		state/secrets approve 2 | retry 2
		state/secrets/TOKEN approve 2 | retry 2
		pipelines create order
		pipelines/order.yaml create order
		executor_logs log 1
		executor_logs/1 log 1
		executor_logs/1/Call.log log 1
	EOF
}

objects() { objects_of_all; }

# refused <path>: the command failed, and said of which file and what mends it; that is in $mending.
refused() {
	local shown=$1

	[[ $1 != . ]] || shown=$PWD
	[[ $status -ne 0 ]] || fail "'$1' was accepted: $output"
	[[ $stderr == *"'$shown' "* ]] || unexpected "the message does not name '$shown'"
	mending=$(sed -n "s|.*'$shown' [^:]*: \(look at it, then \)\?||p" <<<"$stderr" | head -1)
	[[ -n $mending ]] || unexpected "the message has no command"
	[[ $(received GET /ok) == "$calls" ]] || fail "a call was made"
}

# spoiled <command that spoils $path>: with each object it is refused, the command of the message mends it, and then all is well.
spoiled() {
	local path arguments calls mending

	calls=$(received GET /ok)
	while read -r path arguments; do
		rm -rf ../kept
		cp -a . ../kept
		path=$path bash -c "$1"
		# shellcheck disable=SC2086 # words
		try owner svcreq -C "$PWD" ${arguments% | *}
		refused "$path"
		bash -c "$mending" || fail "cannot do '$mending'"
		# shellcheck disable=SC2086 # words
		try owner svcreq -C "$PWD" ${arguments#* | }
		[[ $status -eq 0 ]] || unexpected "'$path' is not mended by: $mending"
		calls=$(received GET /ok)
		find . -mindepth 1 -delete
		cp -aT ../kept .
	done < <(objects)
}

@test "what belongs to somebody else is not used, and the message mends it" {
	# state/ says who the owner is; who is not the owner ends no step for a secret, so that nothing is tried again
	objects() { objects_of_all | grep -v '^state ' | sed 's/ | .*//'; }
	# root can read it all
	owner() { "$@"; }
	# shellcheck disable=SC2016 # the other shell's
	spoiled 'chown bin "$path"'
}

@test "what a group of others can write is not used, and the message mends it" {
	# shellcheck disable=SC2016 # the other shell's
	spoiled 'chgrp bin "$path" && chmod g+w "$path"'
}

@test "what everybody can write is not used, and the message mends it" {
	# shellcheck disable=SC2016 # the other shell's
	spoiled 'chmod o+w "$path"'
}

@test "a secret that is not to be trusted is nobody's to use: the owner's step fails, anybody else's run is an error" {
	local spoil calls

	calls=$(received GET /ok)
	for spoil in 'chown bin state/secrets/TOKEN' 'chmod o+r state/secrets/TOKEN' 'ln state/secrets/TOKEN state/other' \
	    'chmod o+w state/secrets' 'rm state/secrets/TOKEN; mkfifo state/secrets/TOKEN'; do
		rm -rf ../kept
		cp -a . ../kept
		svcreq -C . approve 2 --no-run
		bash -c "$spoil"
		# that it was approved is recorded
		try svcreq -C . run 2
		assert_status 1
		unchanged svcreq -C . run 2
		assert_status 1
		assert_stderr_has "svcreq: request 2: 'state/secrets"
		refute_stderr_has "is left to"
		unchanged svcreq -C . run --pending -q
		assert_status 1
		assert_stderr_has "svcreq: request 2: 'state/secrets"
		try svcreq -C . status 2 --json
		assert_json '[.status, .steps[1].status, .steps[1].left_to]' '["Running","Not Started",null]'
		try owner svcreq run 2
		assert_status 4
		[[ $(last_event 2 '[.event_type, .step_name, .reason]') == '["Failed","Call","placeholder"]' ]]
		find . -mindepth 1 -delete
		cp -aT ../kept .
	done
	assert_received GET /ok "$calls"
}

# replaced <command>: with each object but the workspace's folder, whether or not a command can mend it.
replaced() {
	local path arguments calls mending

	calls=$(received GET /ok)
	while read -r path arguments; do
		rm -rf ../kept
		cp -a . ../kept
		path=$path bash -c "$1"
		# shellcheck disable=SC2086 # words
		try timeout 20 setpriv --reuid=daemon --regid=daemon --init-groups svcreq -C "$PWD" ${arguments% | *}
		refused "$path"
		find . -mindepth 1 -delete
		cp -aT ../kept .
	done < <(objects_of_all | grep -v -e '^\. ' -e '^state ' -e "${2:-^$}")
}

@test "links are not followed where pipelines and certificates are not" {
	# shellcheck disable=SC2016 # the other shell's
	replaced 'rm -rf ../real; mv "$path" ../real && ln -s "$PWD/../real" "$path"' '^pipelines'
}

@test "of a folder that is a link it is said that links are not followed, and that it can be mounted" {
	local folder said="is a symbolic link, not a directory: links are not followed here; put the directory itself, or mount --bind it, at"

	for folder in state executor_logs state/requests; do
		mv "$folder" ../real && ln -s ../real "$folder"
		[[ $folder != */* ]] || ln -sfn ../../real "$folder"
		try owner svcreq create order --run
		assert_stderr_has "'$folder' $said $PWD/$folder"
		rm "$folder" && mv ../real "$folder"
	done
	mv state ../real && ln -s ../real state
	try owner svcreq status
	assert_status 1
	assert_stderr_is "svcreq: 'state' $said $PWD/state"
	try owner svcreq init .
	assert_status 1
	assert_stderr_is "svcreq: 'state' $said state"
}

@test "a FIFO where a file or a folder belongs is named, and nothing waits for it" {
	# shellcheck disable=SC2016 # the other shell's
	replaced 'rm -r "$path" && mkfifo "$path" && chown daemon "$path"' '^pipelines'
}

@test "a lock that is none is named, and requests are shown all the same" {
	local spoil command

	owner svcreq create order
	for spoil in 'mkfifo state/lock' 'mkdir state/lock' 'ln -s ../format state/lock' \
	    'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"state/lock\")"'; do
		rm -rf state/lock
		bash -c "$spoil"
		try timeout 20 setpriv --reuid=daemon --regid=daemon --init-groups svcreq -C "$PWD" status
		assert_status 0
		assert_stderr_has "'state/lock' is a "
		assert_stdout_has "Pending"
		try timeout 20 setpriv --reuid=daemon --regid=daemon --init-groups svcreq -C "$PWD" status 2
		assert_status 0
		assert_stderr_has "'state/lock' is a "
		assert_stdout_has "Request 2: Pending"
		try timeout 20 setpriv --reuid=daemon --regid=daemon --init-groups svcreq -C "$PWD" wait 2
		assert_status 12
		assert_stderr_has "'state/lock' is a "
		for command in "log 1" "log 1 -f" "log 1 --events"; do
			# shellcheck disable=SC2086 # words
			try timeout 20 setpriv --reuid=daemon --regid=daemon --init-groups svcreq -C "$PWD" $command
			assert_status 0
			assert_stderr_has "'state/lock' is a "
			assert_stdout_has "Call"
		done
		try timeout 20 setpriv --reuid=daemon --regid=daemon --init-groups svcreq -C "$PWD" create order
		assert_status 1
		assert_stderr_has "'state/lock' is a "
		# whether a run is at it cannot be seen, and is not said
		try timeout 60 setpriv --reuid=daemon --regid=daemon --init-groups svcreq -C "$PWD" wait 3 --timeout 3s
		assert_status 10
		assert_stderr_has "'state/lock' is a "
		refute_stderr_has "nobody runs it"
	done
	rm -rf state/lock
	try owner svcreq status
	assert_stderr_is ""
}

@test "a last-id that is none, or somebody else's, gives way to a new one" {
	local spoil id=2

	for spoil in 'mkfifo state/last-id' 'echo 77 >state/last-id; chown bin state/last-id' 'ln -s ../../ws/none state/last-id' \
	    'echo 77 >state/last-id; chmod 666 state/last-id' 'mkdir state/last-id; touch state/last-id/x; chown -R daemon state/last-id' \
	    'umask 077; truncate -s 1G state/last-id; chown daemon state/last-id' \
	    'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\"state/last-id\")"'; do
		rm -rf state/last-id
		bash -c "$spoil"
		try timeout 20 setpriv --reuid=daemon --regid=daemon --init-groups svcreq -C "$PWD" create order
		assert_status 0
		assert_stdout_is $((++id))
		assert_stderr_has "'state/last-id' was "
		assert_stderr_has ": a new one is made"
		[[ $(stat -c '%F %U %a' state/last-id) == "regular file daemon 600" ]] || fail "$(ls -l state/last-id)"
	done
}

@test "a secret is read by its owner alone, and has one name" {
	chmod 640 state/secrets/TOKEN
	try owner svcreq approve 2
	assert_status 4
	assert_stderr_has "'state/secrets/TOKEN' can be read by others: chmod 600 $PWD/state/secrets/TOKEN"
	chmod 600 state/secrets/TOKEN
	ln state/secrets/TOKEN ../other
	try owner svcreq create order --run
	try owner svcreq approve 3
	assert_status 4
	assert_stderr_has "'state/secrets/TOKEN' has another name elsewhere (a hard link): cp -p $PWD/state/secrets/TOKEN "
}

@test "a clone under umask 002 works: the owner's own group has nobody else in it" {
	chmod -R g+w .
	chmod 600 state/secrets/TOKEN
	try owner svcreq approve 2
	assert_status 0
	request_is 2 Completed
	# bin is a member of it now
	chgrp -R nogroup .
	try owner svcreq status
	assert_status 1
	assert_stderr_has "can be written by the group 'nogroup': chmod g-w "
}

@test "root may own what the owner uses" {
	chown -R root:root pipelines state/config.yaml
	chmod -R a+rX pipelines state/config.yaml
	try owner svcreq create order --run
	assert_status 0
	try owner svcreq approve 3
	assert_status 0
	request_is 3 Completed
}

@test "those whom config.yaml names as authors write pipelines, and nobody else does" {
	chgrp bin pipelines && chmod 2775 pipelines
	install -o bin -g bin -m 664 pipelines/order.yaml pipelines/theirs.yaml
	unchanged owner svcreq create theirs
	assert_status 1
	assert_stderr_has "'pipelines' can be written by the group 'bin'"
	echo 'authors: "@bin"' >>state/config.yaml
	try owner svcreq create theirs
	assert_status 0
	chown sys pipelines/theirs.yaml
	unchanged owner svcreq create theirs
	assert_status 1
	assert_stderr_has "'pipelines/theirs.yaml' belongs to 'sys'"
	sed -i s/bin/nobody-of-that-name/ state/config.yaml
	unchanged owner svcreq create order
	assert_status 1
	assert_stderr_has "a group that this system does not have: 'nobody-of-that-name'"
}

@test "pipelines may be links, as a volume of Kubernetes has them, when the way is trusted" {
	install -d -o daemon ../repository
	mv pipelines/order.yaml ../repository/
	ln -s ../../repository/order.yaml pipelines/order.yaml
	try owner svcreq create order
	assert_status 0
	chmod 777 ../repository
	unchanged owner svcreq create order
	assert_status 1
	assert_stderr_has "'pipelines/../../repository' can be written by everybody: chmod o-w "
	chmod 755 ../repository
	mv pipelines ../repository/all
	ln -s ../repository/all pipelines
	try owner svcreq pipelines
	assert_status 0
}

@test "an author's link leads to nothing that the author could not read" {
	chgrp bin pipelines && chmod 2775 pipelines
	echo 'authors: "@bin"' >>state/config.yaml
	install -d -o daemon -g daemon -m 711 ../private
	install -o daemon -g daemon -m 600 pipelines/order.yaml ../private/own.yaml
	install -d -o bin -g bin ../repository
	mv pipelines/order.yaml ../repository/theirs.yaml
	ln -s ../../private/own.yaml pipelines/own.yaml
	ln -s ../../repository/theirs.yaml pipelines/theirs.yaml
	chown -h daemon pipelines/own.yaml
	chown -h bin pipelines/theirs.yaml
	try owner svcreq validate
	assert_status 0
	chown -h bin pipelines/own.yaml
	try owner svcreq validate
	assert_status 1
	assert_stderr_has "cannot read 'pipelines/own.yaml': Permission denied"
	unchanged owner svcreq create own
	assert_status 1
	# the way is the author's, too
	chmod 644 ../private/own.yaml
	try owner svcreq validate
	assert_status 0
	chmod 700 ../private
	try owner svcreq validate
	assert_stderr_has "cannot read 'pipelines/own.yaml': Permission denied"
}
