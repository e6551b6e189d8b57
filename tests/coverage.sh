#!/bin/sh
# The lines that the tests reach: runs all of them with a build that counts, and lists the files,
# the least covered first.
set -eu
cd "$(dirname "$0")/.."

"${MAKE:-make}" --no-print-directory -j"$(nproc)" VARIANT=coverage tests
find build/coverage -name '*.gcda' -delete
tests/run.sh build/coverage || true

find build/coverage/obj/src -name '*.gcda' -exec gcov --no-output '{}' + 2>/dev/null | awk '
/^File / { split($0, quoted, "\047"); file = quoted[2] }
/^Lines executed:/ && file ~ /^src\/.*\.c$/ {
	gsub(/Lines executed:|%/, "")
	printf "%6.1f %% of %4d  %s\n", $1, $3, file | "sort -n"
	reached += $1 * $3 / 100
	lines += $3
}
END {
	close("sort -n")
	printf "%6.1f %% of %4d  in all\n", lines ? 100 * reached / lines : 0, lines
}'
