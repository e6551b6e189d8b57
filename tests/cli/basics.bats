#!/usr/bin/env bats
# The frame around every command: finding it, helping, failing; and making a workspace.

load helper

# Each command has a page.
commands() {
	local page

	for page in "$ROOT"/man/svcreq-*.1; do
		page=${page##*/svcreq-}
		echo "${page%.1}"
	done
}

mode_of() {
	stat --format=%a "$@"
}

@test "version prints the name and the version" {
	try svcreq version
	assert_status 0
	assert_stdout_matches '^svcreq [0-9]+\.[0-9]+\.[0-9]+$'
	assert_stderr_is ""
	version=$output

	try svcreq --version
	assert_status 0
	assert_stdout_is "$version"
}

@test "help lists every command" {
	try svcreq help
	assert_status 0
	assert_stderr_is ""
	diff <(commands | sort) <(awk '/^  [a-z]/ { print $1 }' <<<"$output" | sort)
}

@test "help of a command is the same in all three spellings" {
	local command help

	for command in $(commands); do
		try svcreq help "$command"
		assert_status 0
		assert_stdout_has "usage: svcreq $command"
		assert_stderr_is ""
		help=$output
		try svcreq "$command" --help
		assert_status 0
		assert_stdout_is "$help"
		try svcreq "$command" -h
		assert_status 0
		assert_stdout_is "$help"
	done
}

@test "without a command the usage goes to standard error" {
	try svcreq
	assert_status 2
	assert_stdout_is ""
	assert_stderr_has "usage: svcreq"
}

@test "an unknown command is a usage error" {
	unchanged svcreq frobnicate
	assert_status 2
	assert_stdout_is ""
	assert_stderr_has "svcreq: 'frobnicate' is not a svcreq command"
}

@test "a misspelt command is answered with the one that is near" {
	try svcreq aprove 1
	assert_status 2
	assert_stderr_has "did you mean 'approve'?"

	try svcreq help aprove
	assert_status 2
	assert_stderr_has "did you mean 'approve'?"
}

@test "an unknown command is looked for as svcreq-<command> in PATH" {
	mkdir bin
	printf '#!/bin/sh\necho "frobnicates $*"\nexit 42\n' >bin/svcreq-frobnicate
	chmod +x bin/svcreq-frobnicate
	PATH=$PWD/bin:$PATH

	try svcreq frobnicate --all "two words"
	assert_status 42
	assert_stdout_is "frobnicates --all two words"
}

@test "an unknown option is a usage error and shows the usage line" {
	unchanged svcreq status --frobnicate
	assert_status 2
	assert_stdout_is ""
	assert_stderr_has "frobnicate"
	assert_stderr_has "usage: svcreq status"
}

# options_with_value <command>: each option as "-m --remarks", without the letter where it has none.
options_with_value() {
	# shellcheck disable=SC2086 # nothing, or a command
	svcreq $1 -h | sed -nE 's,^  (-.|  )[, ] (--[a-z-]+) [^ ].*,\1 \2,p'
}

@test "an option with a value that does not add up is refused when it is repeated" {
	local adds=" --status --pipeline --user --field --output --output-json " command names name refused=0

	for command in "" create update run retry cancel approve reject resolve status log wait pipelines init validate; do
		while read -r names; do
			name=${names##* }
			[[ $adds == *" $name "* ]] && continue
			# shellcheck disable=SC2086 # nothing, or a command
			try svcreq $command "$name" x "${names%% *}" y 1
			assert_status 2
			assert_stderr_matches "^svcreq: option .*'$name'\)? is given more than once"
			refused=$((refused + 1))
		done < <(options_with_value "$command")
	done
	[[ $refused -ge 18 ]] || fail "only $refused options were tried"
}

@test "an option without a value may be repeated" {
	try svcreq status --json --json --all --all
	assert_status 0
}

@test "an argument too many is a usage error" {
	try svcreq version 1
	assert_status 2
	assert_stdout_is ""
	assert_stderr_has "usage: svcreq version"
}

@test "standard output that cannot be written is an error" {
	try bash -c 'svcreq help >/dev/full'
	assert_status 1
	assert_stderr_has "svcreq: cannot write to standard output: No space left on device"

	try bash -c 'svcreq version >&-'
	assert_status 1
	assert_stderr_has "svcreq: cannot write to standard output"
}

@test "init makes a private workspace" {
	try svcreq init "$BATS_TEST_TMPDIR/new"
	assert_status 0
	assert_stdout_is ""
	assert_stderr_has "$BATS_TEST_TMPDIR/new"

	cd "$BATS_TEST_TMPDIR/new"
	[ -d pipelines ]
	[ -d executor_logs ]
	[ "$(cat state/format)" = 1 ]
	[ "$(mode_of . state executor_logs state/format | tr '\n' ' ')" = "700 700 700 600 " ]
	try svcreq status
	assert_status 0
}

@test "init --shared=group makes a workspace that the group may write" {
	(umask 077 && svcreq init --shared=group "$BATS_TEST_TMPDIR/new")

	cd "$BATS_TEST_TMPDIR/new"
	[ "$(mode_of state executor_logs state/format | tr '\n' ' ')" = "2770 2770 640 " ]
}

@test "init without a folder makes the working directory a workspace" {
	mkdir "$BATS_TEST_TMPDIR/new"
	cd "$BATS_TEST_TMPDIR/new"
	svcreq init
	[ "$(cat state/format)" = 1 ]
}

@test "init leaves a workspace as it is" {
	pipeline wait <<-EOF
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create wait
	unchanged svcreq init
	assert_status 0
	[ -e pipelines/wait.yaml ]
}

@test "init says why it cannot make a workspace" {
	touch file
	try svcreq init file/ws
	assert_status 1
	assert_stdout_is ""
	assert_stderr_has "svcreq: cannot make 'file/ws': Not a directory"
}

@test "the workspace is the nearest one above the working directory" {
	mkdir -p deep/er
	cd deep/er
	try svcreq status
	assert_status 0
}

@test "outside of a workspace there is an error that says so" {
	cd "$HOME"
	try svcreq status
	assert_status 1
	assert_stdout_is ""
	assert_stderr_matches "^svcreq: .*workspace"
}

@test "-C wins over SVCREQ_ROOT, and SVCREQ_ROOT over the working directory" {
	pipeline here <<-EOF
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq init "$BATS_TEST_TMPDIR/other"
	export SVCREQ_ROOT=$BATS_TEST_TMPDIR/other

	try svcreq pipelines
	assert_status 0
	refute_stdout_has here
	try svcreq -C "$BATS_TEST_TMPDIR/ws" pipelines
	assert_status 0
	assert_stdout_has here
}

@test "the repository is a workspace and its pipelines are valid" {
	mkdir clone
	cp -R "$ROOT/pipelines" clone
	mkdir clone/state
	cp "$ROOT/state/format" clone/state
	cd clone
	try svcreq validate
	assert_status 0
	for name in hello order-server form-fields flowforge; do
		try svcreq pipelines "$name"
		assert_status 0
		assert_stdout_has "$name"
	done
}
