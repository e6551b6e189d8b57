#!/bin/sh
# Layout, static analysis, shell scripts, manual pages and the rules of the house.
# All checks are run; each prints what it finds.
set -u
cd "$(dirname "$0")/.." || exit 1

failed=
check() {
	name=$1
	shift
	"$@" || failed="$failed $name"
}

sources() {
	find src tests -name '*.[ch]' | LC_ALL=C sort
}

layout() {
	sources | xargs clang-format --dry-run -Werror
}

# With less than its usual budget the analyser finds the same in a third of the time.
# Standard error only counts the warnings that were not asked for.
tidy() {
	sources | grep '\.c$' | xargs -P "$(nproc)" -I '{}' clang-tidy --quiet '{}' -- \
	    -std=c11 -D_GNU_SOURCE -Isrc -DSVCREQ_VERSION='""' \
	    -Xclang -analyzer-config -Xclang max-nodes=50000 2>/dev/null
}

errors() {
	cppcheck -q -j "$(nproc)" --std=c11 -D_GNU_SOURCE -Isrc --error-exitcode=1 --inline-suppr \
	    --enable=warning,performance,portability --suppress=legacyUninitvar src
}

scripts() {
	find .ci/run tests -type f '(' -path .ci/run -o -name '*.sh' ')' -exec shellcheck '{}' + &&
	    find tests -type f '(' -name '*.bash' -o -name '*.bats' ')' -exec shellcheck --shell=bats '{}' +
}

# mandoc looks for the pages that are referred to.  tests/cli/docs.bats sees to ours; those of the system
# need not be installed here.
pages() {
	tree=$(mktemp -d) || return
	find man -name '*.[157]' -exec grep -oh 'Xr [^ ]* [1-9]' '{}' + | sort -u |
		while read -r _ name section; do
			mkdir -p "$tree/man$section" && : >"$tree/man$section/$name.$section"
		done
	MANPATH=$tree find man -name '*.[157]' -exec mandoc -T lint -W style '{}' + 2>"$tree/noise"
	linted=$?
	grep -v 'outdated mandoc.db' "$tree/noise" >&2
	rm -rf "$tree"
	return $linted
}

check clang-format layout
check clang-tidy tidy
check cppcheck errors
check shellcheck scripts
check mandoc pages
check house-rules tests/lint-layers.sh

[ -z "$failed" ] || {
	echo "lint:$failed" >&2
	exit 1
}
