#!/bin/sh
# Build every variant, lint, run every test and sum up.  Output is shown of what fails.
#
#   tests/run.sh                        all of it (make check)
#   tests/run.sh build/release...       only the tests, with these builds
#
# The unit tests of the release build are run by valgrind, but for three.  The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 1

make=${MAKE:-make}
jobs=$(nproc)
limit=1800 # seconds for one file of tests: a hang, also on a slow machine

# count <file>: passed, failed and skipped of its TAP.  A test that was announced and then not
# heard of has failed.
count() {
	awk '
	/^1\.\.[0-9]+/ { planned += substr($1, 4) }
	/^(not )?ok / && tolower($0) ~ /# skip/ { skipped++; next }
	/^ok / { passed++ }
	/^not ok / { failed++ }
	END {
		missing = planned - passed - failed - skipped
		print passed + 0, failed + (missing > 0 ? missing : 0), skipped + 0
	}' "$1"
}

# record <name> <log> <exit code> <start>: a file that fails otherwise than by its tests fails once.
record() {
	read -r passed failed skipped <<-END
		$(count "$2")
	END
	[ "$3" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
	echo "$passed $failed $skipped" >>"$results/counts"
	if [ "$failed" -eq 0 ]; then
		echo "  ok    $1: $passed ($(($(date +%s) - $4)) s)"
		return
	fi
	echo "  FAIL  $1 (exit code $3)"
	{
		echo "---- $1 (exit code $3)"
		cat "$2"
	} >>"$2.failed"
}

# step <name> <command>: what is no test counts only when it fails.
step() {
	name=$1
	shift
	log=$(mktemp "$results/XXXXXX")
	if "$@" >"$log" 2>&1 </dev/null; then
		echo "  ok    $name"
		return 0
	fi
	record "$name" "$log" 1 0
	return 1
}

# run_file <build> <file>
run_file() {
	name="$1 $2"
	log=$(mktemp "$results/XXXXXX")
	start=$(date +%s)
	export SVCREQ_BUILD="$1"
	case $1:$2 in
	*.bats) set -- bats --tap --print-output-on-failure "$2" ;;
	*.sh) set -- "$2" ;;
	*sanitize*:tests/sim/sim.c) set -- "$1/tests/sim/sim" --lives 2000 ;;
	*:tests/sim/sim.c) set -- "$1/tests/sim/sim" ;;
	# They walk large tables or texts through little code, which both sanitizer builds watch as well.
	*:tests/unit/test-decision.c | *:tests/unit/test-redact.c | *:tests/unit/test-redact-time.c)
		set -- "$1/${2%.c}"
		;;
	build/release:*)
		set -- valgrind --quiet --leak-check=full --error-exitcode=99 "$1/${2%.c}"
		;;
	*) set -- "$1/${2%.c}" ;;
	esac
	# timeout leads a process group of its own, which an interrupt from the terminal does not reach
	timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 </dev/null &
	trap 'kill $!' HUP INT TERM
	wait $!
	record "$name" "$log" $? "$start"
}

# Every file of tests with every build, as lines "<build> <file>", but for two: the sanitizers do not
# work below strace, which injects the faults; and what the programs say does not change with the
# compiler, so that of several sanitizer builds only the first runs the tests of the command line.
list() {
	sanitized=
	for build in "$@"; do
		case $build:$sanitized in
		*sanitize*:yes) ;;
		*sanitize*:) find tests -name '*.bats' -printf "$build %p\n" && sanitized=yes ;;
		*)
			find tests '(' -name '*.bats' -o -path 'tests/fault/*.sh' -o \
			    -name plant.sh ')' -printf "$build %p\n"
			;;
		esac
		find tests/unit tests/sim '(' -name 'test-*.c' -o -name sim.c ')' -printf "$build %p\n"
	done | LC_ALL=C sort -k 2
}

if [ "${1-}" = --file ]; then
	run_file "$2" "$3"
	exit 0
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
trap 'exit 1' HUP INT TERM
: >"$results/counts"

# variant <folder> <make variables>: one more build to test.
variant() {
	folder=$1
	shift
	step "$folder: make" "$make" -j"$jobs" WERROR=1 "$@" tests && builds="$builds $folder"
}

builds=$*
if [ $# -eq 0 ]; then
	variant build/release CC=gcc
	variant build/sanitize-address-undefined CC=gcc SANITIZE=address,undefined
	variant build/clang-sanitize-address-undefined CC=clang SANITIZE=address,undefined
	step lint tests/lint.sh
fi

unset MAKE MAKEFLAGS MFLAGS MAKELEVEL
export results CMOCKA_MESSAGE_OUTPUT=TAP
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# Tests wait more than they compute: one more at a time than there are processors.
# shellcheck disable=SC2086 # a list
list $builds | xargs -r -P $((jobs + 1)) -n 2 tests/run.sh --file

find "$results" -name '*.failed' -exec cat '{}' +
awk '
{ passed += $1; failed += $2; skipped += $3 }
END {
	if (skipped)
		print skipped " skipped"
	print passed + 0 " passed, " failed + 0 " failed"
	exit failed || !passed
}' "$results/counts"
