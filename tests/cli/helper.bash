# What every file of tests loads: `load helper`.
#
# Each test gets a new workspace and stands in it.  It runs the built svcreq:
#
#	@test "a rejected request cannot be approved" {
#		pipeline p <<-EOF
#			steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
#		EOF
#		svcreq create p --run                   # must succeed
#		svcreq reject 1 -m "too large"
#		try svcreq approve 1                    # may fail: exit code and output are kept apart
#		assert_status 1
#		assert_stdout_is ""
#		assert_stderr_is "svcreq: cannot approve request 1: it is Failed"
#	}
#
# A file that calls a server has this at its top, and $HTTPBIN is its address:
#
#	setup_file() { start_httpbin; }
#	teardown_file() { stop_httpbin; }
#
# shellcheck shell=bash
# shellcheck disable=SC2154 # status, output and stderr are set by run

bats_require_minimum_version 1.5.0

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
BUILD=${SVCREQ_BUILD:-build/release}
[[ $BUILD == /* ]] || BUILD=$ROOT/$BUILD

setup() {
	set_up_workspace
}

teardown() {
	refute_sanitizer_report
}

# For files with a setup of their own.
set_up_workspace() {
	local name

	for name in ${!SVCREQ_@} ${!SUDO_@} DOAS_USER PKEXEC_UID NO_COLOR TERM {http,https,all,no}_proxy {HTTP,HTTPS,ALL,NO}_PROXY; do
		unset "$name"
	done
	export HOME=$BATS_TEST_TMPDIR/home LC_ALL=C.UTF-8 TZ=UTC PATH=$BUILD/bin:$PATH
	export ASAN_OPTIONS=exitcode=99:log_path=$BATS_TEST_TMPDIR/sanitizer
	export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:$ASAN_OPTIONS
	exec </dev/null
	umask 022
	mkdir "$HOME"
	svcreq init "$BATS_TEST_TMPDIR/ws" >"$BATS_TEST_TMPDIR/init.log" 2>&1 ||
		fail "svcreq init: $(cat "$BATS_TEST_TMPDIR/init.log")"
	cd "$BATS_TEST_TMPDIR/ws" || return
}

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

is_sanitized() {
	[[ $BUILD == *sanitize* ]]
}

# A report fails the test wherever it comes from, a process in the background too.
refute_sanitizer_report() {
	local report

	for report in "$BATS_TEST_TMPDIR"/sanitizer.*; do
		[[ -e $report ]] || continue
		fail "$(cat "$report")"
		return
	done
}

# Run a command that may fail: $status, $output (standard output) and $stderr.
try() {
	run --separate-stderr "$@"
	refute_sanitizer_report || return
	! is_sanitized || [[ $status -ne 99 && $stderr != *Sanitizer* && $stderr != *"runtime error"* ]] ||
		fail "a sanitizer ended '$*':" "$stderr"
}

# Show what came when it was not what was wanted.
unexpected() {
	fail "$1" "-- exit code: $status" "-- standard output:" "$output" "-- standard error:" "$stderr"
}

assert_status() {
	[[ $status -eq $1 ]] || unexpected "exit code $status, not $1"
}

# _is: the whole of it, without the last newline; from standard input when no text is given.
assert_stdout_is() {
	local wanted

	wanted=${1-$(cat)}
	[[ $output == "$wanted" ]] ||
		unexpected "standard output:"$'\n'"$(diff -u <(echo "$wanted") <(echo "$output"))"
}

assert_stderr_is() {
	local wanted

	wanted=${1-$(cat)}
	[[ $stderr == "$wanted" ]] ||
		unexpected "standard error:"$'\n'"$(diff -u <(echo "$wanted") <(echo "$stderr"))"
}

# _has: the text is somewhere in it.
assert_stdout_has() {
	[[ $output == *"$1"* ]] || unexpected "not in standard output: $1"
}

assert_stderr_has() {
	[[ $stderr == *"$1"* ]] || unexpected "not in standard error: $1"
}

refute_stdout_has() {
	[[ $output != *"$1"* ]] || unexpected "in standard output: $1"
}

refute_stderr_has() {
	[[ $stderr != *"$1"* ]] || unexpected "in standard error: $1"
}

# _matches: an extended regular expression.
assert_stdout_matches() {
	[[ $output =~ $1 ]] || unexpected "standard output does not match: $1"
}

assert_stderr_matches() {
	[[ $stderr =~ $1 ]] || unexpected "standard error does not match: $1"
}

# assert_json <jq filter> <text>: what the filter gives for standard output, strings without quotes.
assert_json() {
	local got

	got=$(jq -rc "$1" <<<"$output") || unexpected "jq cannot read standard output with $1" || return
	[[ $got == "$2" ]] || unexpected "$1 is $got, not $2"
}

# pipeline <name>: write pipelines/<name>.yaml from standard input.
pipeline() {
	cat >"pipelines/$1.yaml"
}

# reseal <event>: give an edited event the check that fits, as a forger would.
reseal() {
	local text

	text=$(jq -c 'del(.sha256)' "$1")
	printf '%s,"sha256":"%s"}\n' "${text%?}" "$(printf %s "${text%?}" | sha256sum | cut -c -64)" >"$1"
}

# The names, modes and contents of all that is in state/.
state_fingerprint() {
	find state -printf '%p %y %m %l\n' | LC_ALL=C sort
	find state -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
}

# unchanged <command>: try it, and fail when it changed anything in state/.
unchanged() {
	local before after

	before=$(state_fingerprint)
	try "$@" || return
	after=$(state_fingerprint)
	[[ $before == "$after" ]] || unexpected "$* changed state/:"$'\n'"$(diff <(echo "$before") <(echo "$after"))"
}

# wait_for <seconds> <command>: until it succeeds.  So long only when something is wrong: what is waited for is a
# fact, and on a busy machine it comes late.
wait_for() {
	local seconds=$1 end

	shift
	end=$((SECONDS + seconds))
	until "$@" >/dev/null 2>&1; do
		[[ $SECONDS -lt $end ]] || fail "not within $seconds seconds: $*" || return
		sleep 0.05
	done
}

# eventually <command>: until it succeeds.
eventually() {
	wait_for 120 "$@"
}

# It also ends with this file of tests, should they never come to teardown_file.
start_httpbin() {
	local port

	port=$("$ROOT/tests/httpbin.sh" start "$BATS_FILE_TMPDIR/httpbin" $$) || return
	export HTTPBIN=http://127.0.0.1:$port
}

stop_httpbin() {
	"$ROOT/tests/httpbin.sh" stop "$BATS_FILE_TMPDIR/httpbin"
}
