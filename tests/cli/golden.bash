# The frame of the tests of golden workspaces: `load golden`, after `load calls`.
#
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154 # the $ of jq; ids is set by golden_copy

# shellcheck disable=SC1091 # it is checked by itself
source "$BATS_TEST_DIRNAME/../golden/golden.bash"

setup_file() {
	export KEPT=$BATS_FILE_TMPDIR/kept
	mkdir "$KEPT"
	start_server bad bad-server.py --keep "$KEPT" || return
	BAD=http://127.0.0.1:$(server_port bad)
	export BAD
	golden_certificates "$BATS_FILE_TMPDIR/certificates"
}

teardown_file() { stop_bad_server; }

# of_each <command>: with each golden workspace, named by $golden, from a fresh copy that it stands in.
of_each() {
	for golden in "$ROOT"/tests/golden/*/; do
		golden=${golden%/}
		[[ -e $golden/requests ]] || continue
		golden_copy "$golden" "$BATS_TEST_TMPDIR/golden" "$BATS_FILE_TMPDIR/certificates"
		cd "$BATS_TEST_TMPDIR/golden" || return
		golden_server "$BAD" "$KEPT"
		"$@" || fail "${golden##*/}: $*" || return
	done
}

# Members that came later do not count.
LIKE='
	def like($old):
		if type == "object" and ($old | type) == "object" then
			. as $new | reduce ($old | keys_unsorted[]) as $name ({};
				if $new | has($name) then .[$name] = ($new[$name] | like($old[$name])) else . end)
		elif type == "array" and ($old | type) == "array" then
			to_entries | map(. as $item | .value | like($old[$item.key]))
		else . end;
	to_entries[] | . as $item | .value | like($old[$item.key])'

# The first versions did not put into quotes what people had said of an event.
quoted_remarks() {
	jq -r '.remarks // empty' state/requests/*/*.json | sort -u | sed 's/.*/s|: &$|: "&"|/'
}

# What later versions let people do: reject what they have approved, and retry what waits for its next attempt.
# later <what>: the sed command for it.
later() {
	case $1 in
	reject) echo 's/^14 exits 1: Pending with Running Not Started$/14 exits 0: Failed with Failed rejected Not Started/' ;;
	retry) echo 's/^5 exits 1: Running with Failed http_status$/5 exits 0: Running with Not Started/' ;;
	esac
}

# same <what> [<sed command>]: it is shown as it was when it was written, but for that change.
same() {
	sed -e "$(later "$1")" -e "${2-}" "$golden/expected/$1" >../wanted
	[[ $1 != events ]] || sed -i -f <(quoted_remarks) ../wanted
	golden_show "$1" >../got || return
	refute_sanitizer_report || return
	if [[ $1 == *.json ]]; then
		jq -c . ../wanted >../wanted.json
		jq -sc --slurpfile old ../wanted "$LIKE" ../got >../got.json || return
		diff ../wanted.json ../got.json
	else
		diff ../wanted ../got
	fi
}

# same_view <sed command> <what>...: each of these.  With a sanitizer each process takes long, and codes has nothing
# that requests.json does not go through.
same_view() {
	local change=$1 what

	shift
	for what; do
		[[ $what == codes ]] && is_sanitized && continue
		same "$what" "$change" || return
	done
}

# failed_steps <jq filter of the step>: "<id> <what it gives>" for each failed request.
failed_steps() {
	jq -r "select(.status == \"Failed\") | .id as \$id | .steps[] | select(.status == \"Failed\") | \"\\(\$id) \\($1)\"" \
	    "$golden/expected/requests.json"
}

# The first versions did not resolve a call when they knew how it had ended, nor one of a cancelled request: it
# counts as completed now.
same_but_settled() {
	local id type reason settled=()

	while read -r id type reason; do
		[[ $type != API || $reason == outcome_unknown ]] || settled+=("$id")
	done < <(failed_steps '.step_type + " " + .reason')
	while read -r id; do
		settled+=("$id")
	done < <(sed -n 's/ exits .*: Cancelled with Failed outcome_unknown$//p' "$golden/expected/resolve")
	golden_show resolve >../got || return
	refute_sanitizer_report || return
	printf '^%s exits\n' "${settled[@]}" >../settled
	diff <(grep -v -f ../settled "$golden/expected/resolve") <(grep -v -f ../settled ../got) || return
	[[ $(grep -f ../settled ../got | grep -c ' exits 0: .* with Completed') -eq ${#settled[@]} ]] ||
		fail "a failed call is not settled" "$(grep -f ../settled ../got)"
}

# What was there is there, byte for byte.
same_events() {
	local changed

	changed=$(diff -rq "$golden/workspace/state/requests" state/requests | grep -v '^Only in state/requests')
	[[ $changed == "" ]] || fail "$changed"
}

every_log() {
	local file step

	for file in executor_logs/*/*.log; do
		step=${file##*/}
		svcreq log "$(basename "${file%/*}")" "${step%.log}" | diff - "$file" || return
	done
}
