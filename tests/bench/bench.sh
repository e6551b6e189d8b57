#!/bin/bash
# What svcreq costs, each row beside a reference that is measured in the same run, in turn with it,
# and an aim: tests/bench/bench.sh [<build folder>].  See README.md.
#
#   ROWS="start create"   these rows alone: start create batch posts steps slow idle list unfinished
#                         large others
#   SCALE=10              a tenth of the requests
#
# shellcheck disable=SC2317 # functions that are handed on by name
set -eu
shopt -s nullglob

repository=$(cd "$(dirname "$0")/../.." && pwd)
build=$repository/${1:-build/release}
here=$repository/tests/bench
tools=$build/tests/bench
rows=${ROWS:-start create batch posts steps slow idle list unfinished large others}
scale=${SCALE:-1}
PATH=$build/bin:$PATH
scratch=$(mktemp -d -p "${TMPDIR:-/var/tmp}")
pids=()
missed=0

end() {
	[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
	rm -rf "$scratch"
}
trap end EXIT
trap 'exit 1' HUP INT TERM
unset SVCREQ_ROOT SVCREQ_EXEC_PATH SUDO_USER SUDO_UID DOAS_USER
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# ---- measuring

# row <work> <value> <unit> <at most|at least|-> <aim>: a line of the table.
row() {
	local verdict=''

	case $4 in
	'at most') awk "BEGIN { exit !($2 <= $5) }" || verdict='**missed**' ;;
	'at least') awk "BEGIN { exit !($2 >= $5) }" || verdict='**missed**' ;;
	esac
	[ -z "$verdict" ] || missed=$((missed + 1))
	printf '| %-64s | %12s | %-16s | %s |\n' "$1" "$2${3:+ $3}" "${4/-/}${5:+ $5}" "$verdict"
}

# us <command>: how long it takes, in microseconds.
us() {
	local start stop

	start=$(date +%s%N)
	"$@" >"$scratch/output" 2>&1 || {
		tail "$scratch/output" >&2
		echo "bench: '$*' failed" >&2
		return 1
	}
	stop=$(date +%s%N)
	echo $(((stop - start) / 1000))
}

# both <name of A> <name of B>: functions that are run in turn, three times; the medians in $a and $b.
both() {
	local i

	: >"$scratch/a"
	: >"$scratch/b"
	for i in 1 2 3; do
		us "$1" >>"$scratch/a"
		us "$2" >>"$scratch/b"
	done
	a=$(sort -n "$scratch/a" | sed -n 2p)
	b=$(sort -n "$scratch/b" | sed -n 2p)
}

divide() {
	awk "BEGIN { printf \"%.${3:-2}f\", $1 / $2 }"
}

# alternately <times> <program A>... -- <program B>...: the median of B divided by that of A.
alternately() {
	"$tools/alternate" "$@" 2>"$scratch/alternate" | cut -d ' ' -f 3
}

scaled() {
	echo $(($1 / scale))
}

# ---- workspaces and servers

# workspace <name>: makes it, and goes there.
workspace() {
	mkdir "$scratch/$1"
	cd "$scratch/$1"
	svcreq init . >/dev/null 2>&1
	cat >pipelines/three.yaml <<-'END'
		form:
		  fields: [{name: name, required: true}]
		steps:
		  - {step_name: A, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: B, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: C, step_type: WAIT_FOR_APPROVAL}
	END
}

lines() {
	seq "$1" | sed 's/.*/{"name":"web&"}/'
}

# server <milliseconds>: one that answers {} after that time; its port is in $port.
server() {
	rm -f "$scratch/port"
	"$tools/slow-server" "$1" "$scratch/port" &
	pids+=($!)
	until [ -s "$scratch/port" ]; do sleep 0.05; done
	port=$(<"$scratch/port")
}

# calls <name> <method> <how many>: a pipeline of so many calls.
calls() {
	local i

	{
		echo 'form: {fields: [{name: name, required: true}]}'
		echo 'steps:'
		for ((i = 1; i <= $3; i++)); do
			echo "  - {step_name: Call $i, step_type: API,"
			echo "     parameters: {method: $2, url: \"http://127.0.0.1:$port/\"$4}}"
		done
	} >"pipelines/$1.yaml"
}

# ---- the rows

start() {
	local command

	workspace start
	svcreq create three -f name=a --run >/dev/null 2>&1
	for command in "status 1" "log 1" "validate pipelines/three.yaml"; do
		# shellcheck disable=SC2086 # words
		row "$command, to a C program that prints a line" \
			"$(alternately 200 "$tools/hello" -- "$build/bin/svcreq" $command)" x 'at most' 1.3
	done
}

create() {
	local one many count
	count=$(scaled 320)

	workspace create
	mkdir -p ../least/requests ../least/queue
	row 'create, 3 steps, to the least program that writes the same' \
		"$(alternately 100 "$tools/least-create" ../least 4 -- "$build/bin/svcreq" create three -f name=a)" \
		x 'at most' 1.2
	one_at_a_time() { seq "$count" | xargs -I{} svcreq create three -f name=a; }
	sixteen() { seq "$count" | xargs -P 16 -I{} svcreq create three -f name=a; }
	both one_at_a_time sixteen
	one=$a many=$b
	row 'create, 16 at once, to one at a time' "$(divide "$one" "$many")" x 'at least' 4
	least_one() { seq "$count" | xargs -I{} "$tools/least-create" ../least 4; }
	least_sixteen() { seq "$count" | xargs -P 16 -I{} "$tools/least-create" ../least 4; }
	both least_one least_sixteen
	row '  the same of the least program, which has no lock' "$(divide "$a" "$b")" x - ''
}

batch() {
	local count single
	count=$(scaled 1000)

	workspace batch
	lines "$count" >list.jsonl
	singles() { seq "$((count / 10))" | xargs -I{} svcreq create three -f name=a; }
	one_batch() { svcreq create three --batch list.jsonl; }
	both singles one_batch
	single=$((a * 10))
	row "create --batch of $count, to as many single creates" "$(divide "$single" "$b" 1)" x 'at least' 10
}

posts() {
	local count
	count=$(scaled 2000)

	server 0
	workspace posts
	# shellcheck disable=SC2016 # a placeholder
	calls post POST 1 ', data: {name: "${name}"}'
	prepare_posts() { lines "$count" | svcreq create post --batch - >/dev/null; }
	run_posts() { svcreq run --pending -j 16 -q; }
	xargs_curl() { seq "$((count / 10))" | xargs -P 16 -I{} curl -sS -d '{"name":"a"}' -o /dev/null "http://127.0.0.1:$port/"; }
	: >"$scratch/runs"
	: >"$scratch/curls"
	: >"$scratch/minimal"
	for _ in 1 2 3; do
		prepare_posts
		us run_posts >>"$scratch/runs"
		us xargs_curl >>"$scratch/curls"
		mkdir "$scratch/least-posts"
		"$tools/group-commit" "$scratch/least-posts" "$count" 16 "http://127.0.0.1:$port/" >>"$scratch/minimal"
		rm -r "$scratch/least-posts"
	done
	a=$(sort -n "$scratch/runs" | sed -n 2p)
	b=$(sort -n "$scratch/curls" | sed -n 2p)
	row "run --pending -j 16, $count POSTs, to a minimal group commit" \
		"$(divide "$(sort -n "$scratch/minimal" | sed -n 2p)" "$a")" x 'at least' 0.7
	row "run --pending -j 16, $count POSTs, to xargs -P16 curl" "$(divide "$((b * 10))" "$a" 1)" x 'at least' 30
	row '  requests a second' "$((count * 1000000 / a))" /s - ''
}

steps() {
	local count
	count=$(scaled 200)

	server 0
	workspace steps
	calls get GET 3 ''
	svcreq create get -f name=a >/dev/null
	one_run() { svcreq create get -f name=a --run; }
	row 'three GET steps: create --run of one request' "$(divide "$(us one_run)" 1000 1)" ms - ''
	lines "$count" | svcreq create get --batch - >/dev/null
	all_run() { svcreq run --pending -q; }
	row "three GET steps, $count at once" "$((count * 1000000 / $(us all_run)))" /s 'at least' 1500
}

slow() {
	local count took
	count=$(scaled 2560)

	server 100
	workspace slow
	calls get GET 1 ''
	lines "$count" | svcreq create get --batch - >/dev/null
	slow_run() { /usr/bin/time -f %M -o "$scratch/kib" svcreq run --pending -q -j 256; }
	took=$(us slow_run)
	row "100 ms a call, -j 256, $count requests" "$(divide "$took" 1000000)" s 'at most' 1.25
	row '  memory' "$(divide "$(<"$scratch/kib")" 1024 1)" MiB 'at most' 50
}

# finished <name> <how many>: a workspace with so many, of which a listing reads the latest event.
finished() {
	workspace "$1"
	sed -i '/step_name: [BC]/d' pipelines/three.yaml
	svcreq create three -f name=a --run >/dev/null 2>&1
	svcreq approve 1 >/dev/null 2>&1
	/usr/bin/python3 "$here/fill.py" . 1 2 "$2" latest
	svcreq status --all -n 1 >/dev/null # after a restore one listing looks at all names
}

idle() {
	local many
	many=$(scaled "${FINISHED:-1000000}")

	finished idle-few 10
	finished idle-many "$many"
	for command in "status" "run --pending"; do
		# shellcheck disable=SC2086 # words
		row "$command with nothing to do, $many finished to 10" \
			"$(alternately 200 "$build/bin/svcreq" -C ../idle-few $command -- "$build/bin/svcreq" $command)" x 'at most' 1.1
		# shellcheck disable=SC2086 # words
		row "  to version" \
			"$(alternately 200 "$build/bin/svcreq" version -- "$build/bin/svcreq" $command)" x 'at most' 1.5
	done
}

list() {
	finished list-few 2000
	finished list-many "$(scaled 100000)"
	row "status --all -n 20, $(scaled 100000) finished to 2,000" \
		"$(alternately 50 "$build/bin/svcreq" -C ../list-few status --all -n 20 -- "$build/bin/svcreq" status --all -n 20)" x 'at most' 1.5
}

unfinished() {
	local count nothing took
	count=$(scaled 10000)

	workspace unfinished
	svcreq create three -f name=a --run >/dev/null 2>&1
	/usr/bin/python3 "$here/fill.py" . 1 2 "$count"
	few() { svcreq status -n 1; }
	all_of_them() { svcreq status; }
	both few all_of_them
	nothing=$a took=$b
	row "status with $count unfinished, each" "$(divide "$((took - nothing))" "$count" 1)" us 'at most' 15
	row '  status -n 10, to all' \
		"$(alternately 20 "$build/bin/svcreq" status -- "$build/bin/svcreq" status -n 10)" x 'at most' 0.2
	svcreq retry 1 >/dev/null 2>&1 || true
	server 0
	calls get GET 1 ''
	lines "$count" | svcreq create get --batch - >/dev/null
	run_all() { /usr/bin/time -f %M -o "$scratch/kib" svcreq run --pending -q; }
	us run_all >/dev/null
	row "memory of run --pending over $count" "$(divide "$(<"$scratch/kib")" 1024 1)" MiB 'at most' 16
}

# How much more twice as much costs, at the worst: of create, run and status together.
large() {
	local before='' now size

	workspace large
	echo 'form: {fields: [{name: name, type: text}]}
steps: [{step_name: A, step_type: WAIT_FOR_APPROVAL}]' >pipelines/value.yaml
	one_value() { svcreq create value --form-data value.json >id && svcreq run "$(<id)" && svcreq status "$(<id)"; }
	for size in 131072 262144 524288 1000000; do
		printf '{"name":"%*s"}' "$size" '' | tr ' ' x >value.json
		now=$(us one_value)
		[ -z "$before" ] || row "form value of $((size / 1024)) KiB, to half of it" "$(divide "$now" "$before")" x 'at most' 2.2
		before=$now
	done
	before=
	one_pipeline() { svcreq create long >id && svcreq run "$(<id)" && svcreq status "$(<id)"; }
	for size in 125 250 500 1000 2000; do
		{
			echo 'steps:'
			seq "$size" | sed 's/.*/  - {step_name: Step &, step_type: WAIT_FOR_APPROVAL}/'
		} >pipelines/long.yaml
		now=$(us one_pipeline)
		[ -z "$before" ] || row "pipeline of $size steps, to half of it" "$(divide "$now" "$before")" x 'at most' 2.2
		before=$now
	done
}

# What people would use instead: the same calls, without what svcreq promises.
others() {
	local count
	count=$(scaled 200)

	server 0
	workspace others
	calls get GET 3 ''
	svcreq_three() { lines "$count" | svcreq create get --batch - && svcreq run --pending -q; }
	script() { seq "$count" | xargs -P 16 -I{} sh "$here/script.sh" "$port" "$scratch/script"; }
	mkdir "$scratch/script"
	both svcreq_three script
	row "$count requests of three GETs, to a script with curl and jq" "$(divide "$b" "$a" 1)" x - ''
	if command -v nq >/dev/null; then
		with_nq() {
			export NQDIR=$scratch/nq
			mkdir -p "$NQDIR"
			for ((i = 0; i < count / 10; i++)); do
				nq -q sh "$here/script.sh" "$port" "$scratch/script"
			done
			nq -w
		}
		row '  to nq, which runs one after the other' "$(divide "$(($(us with_nq) * 10))" "$a" 1)" x - ''
	fi
}

echo "$(nproc) processors, $(uname -sr), $(df --output=fstype "$scratch" | tail -n 1), $(date -I), load $(cut -d ' ' -f 1 /proc/loadavg)"
printf '| %-64s | %12s | %-16s | |\n|---|--:|---|---|\n' work measured aim
for name in $rows; do
	"$name"
done
[ $missed -eq 0 ] || echo "$missed rows are worse than their aims"
