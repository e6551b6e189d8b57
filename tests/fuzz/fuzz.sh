#!/bin/sh
# Fuzz every tests/fuzz/fuzz-*.c with libFuzzer, FUZZ_SECONDS (60) each.
#
# It begins with the files of tests/fuzz/seeds/<name>, or with pipelines/.  What it learns stays in
# build/fuzz/corpus; an input that fails is left in build/fuzz and named.
set -eu
cd "$(dirname "$0")/../.."

seconds=${FUZZ_SECONDS:-60}
out=build/fuzz
rooms=$(printf "$out/lib/%s.a " steps http workspace store model base)

# shellcheck disable=SC2086 # a list
"${MAKE:-make}" --no-print-directory -j"$(nproc)" CC=clang VARIANT=fuzz \
    SANITIZE=fuzzer-no-link,address,undefined $rooms

for source in tests/fuzz/fuzz-*.c; do
	name=$(basename "$source" .c)
	mkdir -p "$out/corpus/$name"
	seeds=pipelines
	[ ! -d "tests/fuzz/seeds/$name" ] || seeds=tests/fuzz/seeds/$name
	# shellcheck disable=SC2086 # a list
	clang -std=c11 -D_GNU_SOURCE -Isrc -g -O1 -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all -o "$out/$name" "$source" -Wl,--start-group $rooms -Wl,--end-group -lyaml -lmd -ldl
	echo "$name: $seconds seconds"
	"$out/$name" -max_total_time="$seconds" -timeout=10 -max_len=65536 -print_final_stats=1 \
	    -artifact_prefix="$out/" "$out/corpus/$name" "$seeds" >"$out/$name.log" 2>&1 || {
		tail -n 50 "$out/$name.log" >&2
		exit 1
	}
	grep '^stat::number_of_executed_units' "$out/$name.log"
done
