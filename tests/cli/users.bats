#!/usr/bin/env bats
# Real users who share a workspace through their group.
#
# shellcheck disable=SC2016 # ${...} is for svcreq

# shellcheck disable=SC2016 # ${...} is for svcreq

load helper
load calls

setup_file() {
	[[ $(id -u) -eq 0 ]] || return 0
	# parallel runs have users of their own
	alice=svt$$a bob=svt$$b eve=svt$$e group=svt$$g
	export alice bob eve group
	# another run may hold the lock of the database of users
	eventually groupadd "$group"
	eventually useradd -M -N -G "$group" "$alice"
	eventually useradd -M -N -G "$group" "$bob"
	eventually useradd -M -N "$eve"
}

teardown_file() {
	[[ $(id -u) -eq 0 ]] || return 0
	eventually userdel "$alice"
	eventually userdel "$bob"
	eventually userdel "$eve"
	eventually groupdel "$group"
}

setup() {
	[[ $(id -u) -eq 0 ]] || skip "only root can become other users"
	set_up_workspace
	# what bats has is closed to others
	shared=$(mktemp -d)
	chmod 755 "$shared"
	cp -r "$BUILD/bin" "$BUILD/libexec" "$shared"
	chmod -R a+rX "$shared/bin" "$shared/libexec"
	unset ASAN_OPTIONS UBSAN_OPTIONS
	chgrp "$group" "$shared" && chmod g+s "$shared"
	mkdir -m 2770 "$shared/ws"
	cd "$shared/ws" || return
	user "$alice" svcreq init --shared=group .
	PATH=$shared/bin:$PATH
	export PATH
	wait_pipeline plain
	chmod 644 pipelines/*
}

teardown() {
	[[ -z ${shared-} ]] || rm -rf "$shared"
}

# user <name> <command>: as that user, with the groups of the database, in the workspace by its name.
user() {
	found "$1" env SVCREQ_ROOT="$shared/ws" "${@:2}"
}

# found <name> <command>: the same, in the workspace that is found.
found() {
	local name=$1

	shift
	setpriv --reuid="$name" --regid="$(id -g "$name")" --init-groups --reset-env --inh-caps=-all \
	    env HOME="$shared/$name" PATH="$shared/bin:$PATH" LC_ALL=C.UTF-8 "$@"
}

# lists <name> <lines>: that user's own configuration.
lists() {
	install -d -o "$1" "$shared/$1" "$shared/$1/.config" "$shared/$1/.config/svcreq"
	printf '%s\n' "${@:2}" >"$shared/$1/.config/svcreq/config.yaml"
	chown "$1" "$shared/$1/.config/svcreq/config.yaml"
}

@test "members of the group work on each other's requests; each is named" {
	try user "$alice" svcreq create plain --run
	assert_status 0
	try user "$bob" svcreq status 1
	assert_status 0
	[[ $(event 1 1 .requested_by) == "$alice" ]]
	try user "$bob" svcreq create plain --run
	assert_status 0
	assert_stdout_is 2
	try user "$alice" svcreq approve 2
	assert_status 0
	[[ $(last_event 2 '[.status, .created_by]') == "[\"Completed\",\"$alice\"]" ]]
}

@test "everything in state/ stays shared with the group, whatever the umask" {
	(umask 077 && user "$bob" svcreq create plain --run)
	(umask 000 && user "$alice" svcreq approve 1)
	[[ $(find state executor_logs -type d ! -perm 2770) == "" ]] || fail "$(ls -lR state)"
	[[ $(find state executor_logs -type f ! -perm 660 ! -name format ! -path "*/requests/*") == "" ]] || fail "$(ls -lR state)"
	[[ $(find state executor_logs ! -group "$group") == "" ]] || fail "$(ls -lR state)"
}

@test "who is no admin cannot approve" {
	user "$alice" svcreq create plain --run
	unchanged user "$bob" svcreq approve 1
	assert_status 9
	assert_stdout_is ""
	assert_stderr_is "svcreq: cannot approve request 1: '$bob' is not an approver of step 'Wait' (the owner of the workspace)"
}

@test "the group may be the approvers, and two approvals are of two users" {
	wait_pipeline pair "approvers: ['@$group'], approvals_required: 2"
	chmod 644 pipelines/*
	user "$alice" svcreq create pair --run
	try user "$alice" svcreq approve 1
	assert_status 0
	unchanged user "$alice" svcreq approve 1
	assert_status 0
	assert_stderr_is "'$alice' has approved step 'Wait' of request 1 already"
	request_is 1 Pending
	try user "$bob" svcreq approve 1
	assert_status 0
	request_is 1 Completed
	[[ $(last_event 1 .created_by) == "$bob" ]]
	# the owner is in no group that is meant
	wait_pipeline others "approvers: ['@games']"
	chmod 644 pipelines/*
	user "$bob" svcreq create others --run
	unchanged user "$alice" svcreq approve 2
	assert_status 9
	assert_stderr_is "svcreq: cannot approve request 2: '$alice' is not an approver of step 'Wait' ('@games')"
}

@test "sudo's and doas' variables are not believed of who is neither the owner nor root" {
	user "$alice" svcreq create plain --run
	for variables in "SUDO_USER=$alice SUDO_UID=$(id -u "$alice")" "DOAS_USER=$alice"; do
		# shellcheck disable=SC2086 # words
		unchanged user "$bob" env $variables svcreq approve 1
		assert_status 1
		assert_stderr_is "svcreq: ${variables%%=*} says that you are '$alice', which only root and the owner of the workspace may say: it is not certain who you are"
		# what is read needs no name
		# shellcheck disable=SC2086 # words
		unchanged user "$bob" env $variables svcreq status 1
		assert_status 0
	done
	# of oneself anybody may say it
	user "$bob" env DOAS_USER="$bob" svcreq create plain
	[[ $(event 2 1 .requested_by) == "$bob" ]]
	# the owner could become anybody anyway
	user "$alice" env SUDO_USER="$bob" SUDO_UID="$(id -u "$bob")" svcreq create plain
	[[ $(event 3 1 .requested_by) == "$bob" ]]
}

@test "somebody else's workspace is not used because one stands in the way" {
	local entry

	mkdir "$shared/w" "$shared/ws2"
	for entry in "" "safe_workspaces: []" "safe_workspaces: [$shared/w, $shared/ws2, $shared/ws/pipelines]" "safe_workspaces: [/nowhere]"; do
		lists "$bob" "$entry"
		for arguments in status "status 1" "create plain" "run --pending" pipelines validate; do
			# shellcheck disable=SC2086 # words
			unchanged found "$bob" svcreq $arguments
			assert_status 1
			assert_stdout_is ""
			assert_stderr_is "svcreq: '$shared/ws' belongs to '$alice', not to you: name it with -C, or list it under safe_workspaces in $shared/$bob/.config/svcreq/config.yaml"
		done
	done
	# nor by root, whose rights are more
	for arguments in status "create plain" "run --pending"; do
		# shellcheck disable=SC2086 # words
		unchanged svcreq $arguments
		assert_status 1
		assert_stderr_has "'$shared/ws' belongs to '$alice', not to you"
	done
	# by its owner it is
	mkdir below
	cd below
	found "$alice" svcreq create plain
	# and by its name
	found "$bob" svcreq -C .. status
	SVCREQ_ROOT=.. svcreq status
}

@test "a workspace of somebody else's is used when the user's own configuration lists it" {
	local entry

	ln -s ws "$shared/link"
	for entry in "safe_workspaces: [/nowhere, $shared/ws]" "safe_workspaces: $shared" "safe_workspaces: ['*']" \
	    "safe_workspaces: [/]" "safe_workspaces: [$shared/ws/]" "safe_workspaces: ['$shared/../$(basename "$shared")/link']"; do
		lists "$bob" "$entry"
		found "$bob" svcreq status || fail "$entry"
	done
	# below XDG_CONFIG_HOME, when there is one
	mv "$shared/$bob/.config" "$shared/$bob/mine"
	try found "$bob" svcreq status
	assert_status 1
	found "$bob" env XDG_CONFIG_HOME="$shared/$bob/mine" svcreq status
	# a file that is a link, as of those who keep them in one folder
	install -d -o "$bob" "$shared/$bob/.config/svcreq"
	mv "$shared/$bob/mine/svcreq/config.yaml" "$shared/$bob/dotfile"
	ln -s "$shared/$bob/dotfile" "$shared/$bob/.config/svcreq/config.yaml"
	chown -h "$bob" "$shared/$bob/.config" "$shared/$bob/.config/svcreq" "$shared/$bob/.config/svcreq/config.yaml"
	found "$bob" svcreq status
}

@test "a user's own configuration is checked: its keys, and who can write to it" {
	lists "$bob" "safe_workspace: ['*']"
	try found "$bob" svcreq status
	assert_status 1
	assert_stderr_is "svcreq: $shared/$bob/.config/svcreq/config.yaml:1:1: unknown key 'safe_workspace', did you mean 'safe_workspaces'?"
	lists "$bob" "safe_workspaces: [ws, '*']"
	try found "$bob" svcreq status
	assert_status 1
	assert_stderr_is "svcreq: $shared/$bob/.config/svcreq/config.yaml:1:19: 'safe_workspaces' must be absolute paths or '*'"
	lists "$bob" "['*']"
	try found "$bob" svcreq status
	assert_status 1
	assert_stderr_has "config.yaml:1:1: it must be a map"
	# by others it says nothing
	lists "$bob" "safe_workspaces: ['*']"
	chmod 666 "$shared/$bob/.config/svcreq/config.yaml"
	try found "$bob" svcreq status
	assert_status 1
	assert_stderr_has "config.yaml' can be written by everybody"
	chmod 644 "$shared/$bob/.config/svcreq/config.yaml"
	chown "$alice" "$shared/$bob/.config/svcreq/config.yaml"
	try found "$bob" svcreq status
	assert_status 1
	assert_stderr_has "config.yaml' belongs to '$alice', not to '$bob' or root"
	# where it is not needed it is not read
	found "$bob" svcreq -C . status
	found "$alice" svcreq status
}

@test "a member who has listed the workspace may name own files in it, found or by its name" {
	local how file=$shared/$bob/form.json

	pipeline form <<-EOF
		form: {fields: [{name: host, type: input}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	chmod 644 pipelines/*
	lists "$bob" ""
	echo '{"host": "web1"}' >"$file"
	for arguments in "create form --form-data" "update 1 --form-data" "resolve 1 --completed -m done --outputs"; do
		# shellcheck disable=SC2086 # words
		unchanged user "$bob" svcreq $arguments "$file"
		assert_status 9
		assert_stderr_is "svcreq: cannot read '$file': '$shared/ws' belongs to '$alice': list it under safe_workspaces in $shared/$bob/.config/svcreq/config.yaml, or give - instead, and the text on standard input"
	done
	# what comes from standard input is a text, wherever it is from
	user "$bob" svcreq create form --form-data - <"$file"
	lists "$bob" "safe_workspaces: [$shared/ws]"
	for how in found user; do
		$how "$bob" svcreq create form --form-data "$file"
	done
	# who is no member may not, root neither
	lists root "safe_workspaces: ['*']"
	for how in "" "-C ."; do
		# shellcheck disable=SC2086 # words
		HOME=$shared/root unchanged svcreq $how create form --form-data "$file"
		assert_status 9
		assert_stderr_is "svcreq: cannot read '$file': '$shared/ws' belongs to '$alice': give - instead, and the text on standard input"
	done
	# that needs no workspace: it is one's own file, read with one's own rights
	chmod 644 "$file"
	user "$bob" svcreq validate "$file" || [[ $? -eq 3 ]]
}

@test "no environment and no program of a member's or of root's enters the workspace of another" {
	local who

	call secret POST "$DOWN/" 'data: {t: "${secret:MINE}"}'
	chmod 644 pipelines/*
	mkdir "$shared/programs"
	printf '#!/bin/sh\ntouch "%s/ws/was-run"\n' "$shared" | tee "$shared/programs/svcreq-run" >"$shared/programs/svcreq-mine"
	chmod -R a+rwX "$shared/programs"
	chmod a+x "$shared/programs"/*
	lists "$bob" "safe_workspaces: ['*']"
	lists root "safe_workspaces: ['*']"
	for who in "$bob" root; do
		id=$(user "$who" svcreq create secret)
		try user "$who" env SVCREQ_SECRET_MINE=s3cr3t-of-mine SVCREQ_EXEC_PATH="$shared/programs" svcreq run "$id"
		assert_status 0
		assert_stderr_has "there is no secret 'MINE' (state/secrets/MINE or"
		try user "$who" env SVCREQ_EXEC_PATH="$shared/programs" PATH="$shared/programs:$PATH" svcreq mine
		assert_status 2
		assert_stderr_is "svcreq: 'mine' is not a svcreq command; programs of your own are not run for the workspace of another"$'\n'"see 'svcreq help'"
	done
	[[ ! -e was-run ]]
	# for the owner they do
	id=$(user "$alice" svcreq create secret)
	user "$alice" env PATH="$shared/programs:$PATH" svcreq mine
	[[ -e was-run ]]
	try user "$alice" env SVCREQ_SECRET_MINE=s3cr3t-of-mine svcreq run "$id"
	refute_stderr_has "there is no secret"
}

@test "USER and LOGNAME are not believed of anyone" {
	user "$alice" svcreq create plain --run
	unchanged user "$bob" env USER="$alice" LOGNAME="$alice" svcreq approve 1
	assert_status 9
}

@test "who is not in the group gets nothing to see and changes nothing" {
	local arguments

	user "$alice" svcreq create plain --run
	chmod 755 "$shared/ws"
	for arguments in status "status 1" "log 1" "create plain" "approve 1" "run 1" "run --pending"; do
		# shellcheck disable=SC2086 # words
		unchanged user "$eve" svcreq -C "$shared/ws" $arguments
		assert_status 1
		assert_stdout_is ""
		assert_stderr_has "Permission denied"
	done
}

@test "only the owner and admins run everything; a requester runs their own" {
	user "$alice" svcreq create plain
	user "$bob" svcreq create plain
	unchanged user "$bob" svcreq run --pending
	assert_status 9
	assert_stderr_has "'$bob' is not an admin"
	unchanged user "$bob" svcreq run 1
	assert_status 9
	assert_stderr_is "svcreq: cannot run request 1: '$bob' is neither an admin nor its requester"
	try user "$bob" svcreq run 2
	assert_status 0
	try user "$alice" svcreq run --pending
	assert_status 0
	request_is 1 Pending
}

# Takes every watch that a user may have, prints a line, and ends with its input.
take_watches() {
	user "$1" /usr/bin/python3 -c '
import ctypes, resource, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
while ctypes.CDLL(None).inotify_init() >= 0:
    pass
print("full", flush=True)
sys.stdin.read()'
}

@test "a user who has no watch left follows a request all the same" {
	local holder follower

	mkfifo hold
	take_watches "$bob" <hold >full &
	holder=$!
	exec 7>hold
	eventually grep -q full full
	user "$alice" svcreq create plain --run
	# not by the function: this is to be the process itself
	setpriv --reuid="$bob" --regid="$(id -g "$bob")" --init-groups env SVCREQ_ROOT="$shared/ws" \
	    "$shared/bin/svcreq" log -f 1 --events >followed 2>&1 7>&- &
	follower=$!
	eventually grep -q Running followed
	run readlink "/proc/$follower/fd"/*
	[[ $output == *followed* && $output != *inotify* ]] || fail "$output"
	user "$alice" svcreq approve 1
	eventually grep -q Approved followed
	exec 7>&-
	wait $holder $follower
	[[ $(wc -l <followed) -eq 5 ]] || fail "$(cat followed)"
}

@test "a secret that the owner shares with the group is sent by its members, and read by nobody else" {
	local mode

	start_bad_server
	call p GET "$BAD/ok" 'headers: {X-Auth: "${secret:TOKEN}"}'
	chmod 644 pipelines/*
	user "$alice" mkdir -m 2750 state/secrets
	user "$alice" sh -c 'umask 027; echo top-s3cret-value >state/secrets/TOKEN'
	[[ $(stat -c %a:%U:%G state/secrets/TOKEN) == "640:$alice:$group" ]]
	try user "$bob" svcreq create p --run
	assert_status 0
	assert_received GET /ok 1
	[[ $(last_event 1 '[.status, .created_by]') == "[\"Completed\",\"$bob\"]" ]]
	# what its owner keeps is sent by the owner alone
	chmod 600 state/secrets/TOKEN
	try user "$bob" svcreq create p --run
	assert_status 0
	assert_stderr_has "request 2: step 'Call' is left to a run of '$alice', who owns the workspace: cannot read 'state/secrets/TOKEN': Permission denied"
	try user "$alice" svcreq run 2
	assert_received GET /ok 2
	for mode in 660 644 750; do
		chmod $mode state/secrets/TOKEN
		try user "$bob" svcreq create p --run
		assert_status 1
		assert_stderr_has "'state/secrets/TOKEN' can be read by others: chmod 600"
		try user "$alice" svcreq create p --run
		assert_status 4
		assert_stderr_has "'state/secrets/TOKEN' can be read by others: chmod 600"
	done
	# nor is one that a member has made, and no link is followed
	chmod 2770 state/secrets
	user "$bob" sh -c 'umask 027; rm -f state/secrets/TOKEN && echo other-s3cret >state/secrets/TOKEN'
	try user "$alice" svcreq create p --run
	assert_stderr_has "'state/secrets/TOKEN' belongs to '$bob', not to '$alice' or root"
	user "$alice" sh -c "umask 077; echo private-key >$shared/ws/key"
	user "$bob" ln -sf "$shared/ws/key" state/secrets/TOKEN
	try user "$alice" svcreq create p --run
	assert_stderr_has "'state/secrets/TOKEN' is a symbolic link, not a regular file"
	assert_received GET /ok 2
	stop_bad_server
}

@test "who cannot read what the next step needs leaves it to the owner, who alone finds it missing" {
	start_bad_server
	pipeline p <<-EOF
		steps:
		  - {step_name: Ask, step_type: WAIT_FOR_APPROVAL, parameters: {approvers: ["@$group"]}}
		  - {step_name: Call, step_type: API, parameters: {method: POST, url: "$BAD/ok",
		      headers: {X-Auth: "\${secret:TOKEN}"}}}
		  - {step_name: Keyed, step_type: API, parameters: {url: "$BAD/ok", client_cert: state/pair.pem}}
	EOF
	chmod 644 pipelines/*
	user "$alice" mkdir -m 700 state/secrets
	user "$alice" sh -c 'umask 077; echo top-s3cret-value >state/secrets/TOKEN'
	user "$alice" sh -c 'umask 077; openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout state/pair.pem 2>/dev/null >>state/pair.pem'
	user "$bob" svcreq create p --run
	try user "$bob" svcreq approve 1
	assert_status 0
	assert_stderr_has "step 'Call' is left to a run of '$alice', who owns the workspace"
	assert_received POST /ok 0
	request_is 1 Running
	try user "$bob" svcreq status 1
	assert_stdout_has "is left to a run of '$alice', who can read what it needs"
	try user "$bob" svcreq status 1 --json
	assert_json '[.steps[].left_to]' "[null,\"$alice\",null]"
	try user "$alice" svcreq status 1 --json
	assert_json '[.steps[].left_to]' '[null,null,null]'
	# once more changes nothing, and what is not for people is silent with -q
	unchanged user "$bob" svcreq run -q 1
	assert_status 0
	assert_stderr_is ""
	# the key of the step after it
	chmod 2750 state/secrets
	chmod 640 state/secrets/TOKEN
	try user "$bob" svcreq run 1
	assert_status 0
	assert_received POST /ok 1
	assert_stderr_has "step 'Keyed' is left to a run of '$alice', who owns the workspace: cannot read 'state/pair.pem'"
	try user "$bob" svcreq status 1 --json
	assert_json '[.steps[].left_to]' "[null,null,\"$alice\"]"
	# one that is not to be trusted is nobody's to use
	chmod 644 state/pair.pem
	unchanged user "$bob" svcreq run 1
	assert_status 1
	assert_stderr_has "svcreq: request 1: 'state/pair.pem' can be read by others: chmod 600"
	try user "$bob" svcreq status 1 --json
	assert_json '[.steps[].left_to]' "[null,null,null]"
	chmod 600 state/pair.pem
	try user "$alice" svcreq run 1
	assert_status 0
	request_is 1 Completed
	# one that is not there at all
	sed -i 's/TOKEN/TOKNE/' pipelines/p.yaml
	user "$bob" svcreq create p --run
	try user "$bob" svcreq approve 2
	assert_status 0
	assert_stderr_has "there is no secret 'TOKNE'"
	request_is 2 Running
	try user "$alice" svcreq run --pending
	assert_status 4
	[[ $(last_event 2 '[.event_type, .step_name, .reason]') == '["Failed","Call","placeholder"]' ]]
	stop_bad_server
}

@test "a vote that somebody else has written is marked" {
	local file

	wait_pipeline pair "approvers: ['@$group'], approvals_required: 3"
	chmod 644 pipelines/*
	user "$bob" svcreq create pair --run
	user "$alice" svcreq approve 1 -m "seen"
	try user "$bob" svcreq status 1
	refute_stdout_has "NOT CERTAIN"
	# bob writes a vote in the name of another
	file=$(printf 'state/requests/1/%06d.json' $(($(find state/requests/1 -name '*.json' | wc -l) + 1)))
	jq -c --arg prev "$(sha256sum "$(find state/requests/1 -name '*.json' | sort | tail -1)" | cut -d ' ' -f 1)" \
	    '.event_id += 1 | .prev = $prev | .created_by = "daemon" | .created_by_uid = '"$(id -u daemon)"' | .remarks = "all is well"' \
	    "$(find state/requests/1 -name '*.json' | sort | tail -1)" >../forged
	reseal ../forged
	install -o "$bob" -g "$group" -m 640 ../forged "$file"
	try user "$alice" svcreq status 1
	assert_status 0
	assert_stdout_has "approved by daemon (NOT CERTAIN: the file is of $bob)"
	assert_stdout_has "approved by $alice  "
	try user "$alice" svcreq status 1 --json
	assert_json '[.steps[0].approvals[] | .doubt]' "[null,\"$bob\"]"
	try user "$alice" svcreq log 1 --events
	assert_stdout_has "(NOT CERTAIN: the file is of $bob)"
	# what belongs to the owner of the workspace, or to root, is what they vouch for
	chown root "$file"
	try user "$alice" svcreq status 1
	refute_stdout_has "NOT CERTAIN"
}

# forge <name>: the next vote of request 1, and its text, ../forged, which says that <name> has approved.
forge() {
	file=$(printf 'state/requests/1/%06d.json' $(($(find state/requests/1 -name '*.json' | wc -l) + 1)))
	jq -c --arg by "$1" --arg prev "$(sha256sum "$(find state/requests/1 -name '*.json' | sort | tail -1)" | cut -d ' ' -f 1)" \
	    '.event_id += 1 | .prev = $prev | .event_type = "Approved" | .created_by = $by | del(.expires_at)' \
	    "$(find state/requests/1 -name '*.json' | sort | tail -1)" >../forged
	reseal ../forged
}

@test "a vote in a file of somebody's that others can write is marked" {
	wait_pipeline pair "approvers: ['@$group'], approvals_required: 3"
	chmod 644 pipelines/*
	user "$bob" svcreq create pair --run
	forge "$alice"
	chmod 644 ../forged
	# bob takes a file of alice's that all members write to, and writes a vote into it
	install -o "$alice" -g "$group" -m 660 /dev/null state/found
	user "$bob" sh -c "mv state/found $file && cat ../forged >$file"
	try user "$bob" svcreq status 1
	assert_stdout_has "approved by $alice (NOT CERTAIN: the file is of @$group)"
	try user "$bob" svcreq status 1 --json
	assert_json '[.steps[0].approvals[] | .doubt]' "[\"@$group\"]"
}

@test "a vote that somebody else has recorded in a transaction is marked, whoever carries that out" {
	local mode who

	wait_pipeline pair "approvers: ['@$group'], approvals_required: 3"
	chmod 644 pipelines/*
	user "$bob" svcreq create pair --run
	forge "$alice"
	for mode in 640 660; do
		for who in "$alice" root; do
			rm -f "$file"
			{ printf '1 %d pending pending %d\n' "$((10#$(basename "$file" .json)))" "$(stat -c %s ../forged)" && cat ../forged; } |
			    install -o "$bob" -g "$group" -m "$mode" /dev/stdin state/transaction
			try user "$who" svcreq -C . status 1
			assert_status 0
			[[ ! -e state/transaction ]]
			assert_stdout_has "approved by $alice (NOT CERTAIN: the file is of "
		done
	done
}
