#!/usr/bin/env bats
# create --batch: many requests from a file, all or none.

load helper

setup() {
	set_up_workspace
	pipeline order <<-EOF
		form:
		  fields:
		    - {name: host, required: true}
		    - {name: size, type: select, options: [S, M], default: S}
		steps:
		  - {step_name: Wait, step_type: WAIT_FOR_APPROVAL}
		  - {step_name: Wait again, step_type: WAIT_FOR_APPROVAL}
	EOF
}

# hosts <number>: so many lines.
hosts() {
	seq "$1" | sed 's/.*/{"host":"web&"}/'
}

# How many requests there are, and what is left of those that are none.
requests() {
	find state/requests -mindepth 1 -maxdepth 1 2>/dev/null | wc -l
}

@test "each line is a request, and their ids come out in order" {
	svcreq create order -f host=first
	printf '%s\n' '{"host":"a","size":"M"}' '' '  {"host": "b"}' >list.jsonl
	printf '{"host":"c"}' >>list.jsonl
	try svcreq create order --batch list.jsonl -m "for the shop"
	assert_status 0
	assert_stdout_is "2"$'\n'"3"$'\n'"4"
	assert_stderr_is ""
	try svcreq status 1 2 3 4 --json
	assert_json '.form_data.host' $'first\na\nb\nc'
	assert_json '.form_data.size' $'S\nM\nS\nS'
	[[ $(svcreq log 3 --events --json | jq -r 'select(.event_type == "Created").remarks') == "for the shop" ]]
	try svcreq run --pending
	assert_status 0
	[[ $(svcreq status --status pending -n 10 | wc -l) -eq 5 ]]
}

@test "the lines may come from a pipe, and fields of -f hold for all" {
	hosts 3 | svcreq create order --batch - -f size=M
	svcreq create order --batch <(hosts 2)
	try svcreq status {1..5} --json
	assert_json '.form_data.host + .form_data.size' $'web1M\nweb2M\nweb3M\nweb1S\nweb2S'

	hosts 2 >two
	try svcreq create order --batch two --json
	assert_json '.id' $'6\n7'
}

@test "faults are named with their lines, and nothing is recorded" {
	cat >list.jsonl <<-'EOF'
		{"host":"a"}
		{"host":"b","size":"XL"}

		[1]
		{"host":"c"
		{"hots":"d"}
	EOF
	try svcreq create order --batch list.jsonl
	assert_status 3
	assert_stdout_is ""
	assert_stderr_is <<-'EOF'
		list.jsonl:2:20: form field 'size': 'XL' is not one of S, M
		list.jsonl:4:1: form data is an object of field names and values, not a list
		list.jsonl:5:12: expected ',' or '}', found the end of the text
		list.jsonl:6:2: the form has no field 'hots', did you mean 'host'?
		list.jsonl:6: form field 'host': it is required
		svcreq: nothing is recorded: 4 lines of list.jsonl cannot be used
	EOF
	[[ $(requests) -eq 0 ]]
}

@test "of many faults the first are named" {
	yes '{}' | head -n 25 >list.jsonl
	try svcreq create order --batch list.jsonl
	assert_status 3
	assert_stderr_has "list.jsonl:10: "
	refute_stderr_has "list.jsonl:11: "
	assert_stderr_has "list.jsonl: 15 more lines have faults"
}

@test "the output of a program that failed is no batch" {
	try svcreq create order --batch - < <(echo)
	assert_status 3
	assert_stderr_is "svcreq: there is no form data in <stdin>"
}

@test "what is about one request does not go with a batch" {
	local option

	hosts 2 >list.jsonl
	svcreq create order -f host=a
	for option in "--from 1" --again "--form-data list.jsonl" --run; do
		# shellcheck disable=SC2086 # words
		try svcreq create order --batch list.jsonl $option
		assert_status 2
		assert_stderr_has "--batch and ${option%% *} exclude each other"
	done
	try svcreq create --batch list.jsonl
	assert_status 2
	try svcreq create none --batch list.jsonl
	assert_status 1
	[[ $(requests) -eq 1 ]]
}

@test "with a key, the same batch again is the same requests" {
	hosts 3 >list.jsonl
	svcreq create order --batch list.jsonl --key roll
	svcreq create order -f host=other
	try svcreq create order --batch list.jsonl --key roll
	assert_status 0
	assert_stdout_is $'1\n2\n3'
	assert_stderr_is "3 of 3 requests were recorded already"

	# it has grown
	hosts 5 >list.jsonl
	try svcreq create order --batch list.jsonl --key roll
	assert_status 0
	assert_stdout_is $'1\n2\n3\n5\n6'

	# each of them can be found alone
	try svcreq create order -f host=web2 --key roll/2
	assert_stdout_is 2

	sed -i 's/web3/db3/' list.jsonl
	try svcreq create order --batch list.jsonl --key roll
	assert_status 1
	assert_stderr_is "svcreq: the key 'roll/3' is that of request 3, which has other form data: host"
	[[ $(requests) -eq 6 ]]
}

@test "many programs with one key make one batch" {
	local i

	hosts 20 >list.jsonl
	for i in {1..6}; do
		svcreq create order --batch list.jsonl --key roll >"ids$i" 2>/dev/null &
	done
	wait
	for i in {1..6}; do
		diff <(seq 20) "ids$i"
	done
	[[ $(requests) -eq 20 ]]
}

@test "single requests and batches at once get ids of their own" {
	local i

	hosts 10 >list.jsonl
	for i in {1..6}; do
		svcreq create order --batch list.jsonl >"batch$i" &
		svcreq create order -f host=one >"one$i" &
	done
	wait
	diff <(seq 66) <(sort -n batch* one*)
	for i in {1..6}; do # those of a batch follow each other
		[[ $(tail -n 1 "batch$i") -eq $(($(head -n 1 "batch$i") + 9)) ]]
	done
	[[ $(svcreq status --all | wc -l) -eq 67 ]]
}

@test "a batch waits for the disk once, whatever its size" {
	is_sanitized && skip "a sanitizer looks for leaks by tracing itself"
	hosts 100 >list.jsonl
	strace -f -qq -o trace -e trace=fsync,syncfs svcreq create order --batch list.jsonl
	[[ $(grep -c . trace) -le 8 ]] || fail "$(cat trace)"
	[[ $(grep -c syncfs trace) -eq 1 ]]
}

@test "a batch that is recorded appears, and one that is not leaves nothing" {
	is_sanitized && skip "a sanitizer looks for leaks by tracing itself"
	hosts 5 >list.jsonl
	try strace -f -qq -o trace -e inject=syncfs:signal=KILL svcreq create order --batch list.jsonl
	[[ $(find state/requests/.new-1 -name '*.json' | wc -l) -eq 15 ]]
	try svcreq status
	assert_stderr_is "no such requests"
	[[ $(requests) -eq 0 && -z $(ls state/queue/not-started) ]]

	try strace -f -qq -o trace -e inject=renameat2:signal=KILL:when=3 svcreq create order --batch list.jsonl
	[[ -e state/transaction && -e state/requests/2 && ! -e state/requests/3 ]]
	try svcreq status
	[[ $(wc -l <<<"$output") -eq 6 ]] || fail "$output"
	[[ ! -e state/transaction && ! -e state/requests/.new-1 ]]
	try svcreq status {1..5}
	assert_status 0
	[[ $(svcreq create order -f host=next) -eq 6 ]]
}

@test "create waits for the disk with no lock that others wait for" {
	is_sanitized && skip "a sanitizer looks for leaks by tracing itself"
	svcreq create order -f host=first
	strace -qq -o trace -e trace=fcntl,fsync svcreq create order -f host=a --key k
	awk '
	/F_OFD_SETLK/ && /l_start=0,/ { held = /F_WRLCK/; taken += held }
	/^fsync/ { synced++; if (held) print }
	END { if (taken < 1 || synced < 5) print "nothing was traced" }' trace >waits
	[[ ! -s waits ]] || fail "$(cat waits trace)"
}
