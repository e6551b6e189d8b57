# What write.sh and tests/cli/golden.bats share.
#
# A golden workspace is a folder with:
#	workspace/	what a version wrote; Git keeps no modes, and no empty folder
#	requests	a line for each request: its id, and in what state it is
#	expected/	what that version shows of it, and what each command does with it
#
# shellcheck shell=bash

# golden_certificates <folder>: make the files that a pipeline names.  Calls without TLS open them as well.
golden_certificates() {
	mkdir "$1"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=golden.invalid \
	    -keyout "$1/client.key" -out "$1/client.pem" 2>/dev/null
	cp "$1/client.pem" "$1/ca.pem"
}

# golden_copy <golden> <to> <certificates>: a workspace that can be used.  ${ids[@]} are its requests from now on.
golden_copy() {
	rm -rf "$2"
	cp -r "$1/workspace" "$2"
	cp -r "$3" "$2/certificates"
	chmod -R u=rwX,go= "$2"
	mapfile -t ids < <(cut -d ' ' -f 1 "$1/requests")
}

# golden_server <url> <folder>: bad-server.py there, which keeps in that folder what it is sent, answers the calls of
# the pipelines.  They all go to golden.invalid: it is their proxy.
golden_server() {
	export http_proxy=$1 no_proxy=127.0.0.1 GOLDEN_SENT=$2
	curl -sf -X POST "$1/reset" >/dev/null
	curl -sf -X POST "$1/release" >/dev/null
	rm -f "$2"/*
}

# golden_rewrite <from> <to>...: replace a text by another in all events, and make the chains whole again.
golden_rewrite() {
	/usr/bin/python3 - "$@" <<-'EOF'
		import glob, hashlib, re, sys
		pairs = [text.encode() for text in sys.argv[1:]]
		for folder in glob.glob("state/requests/*/"):
		    digest = None
		    for name in sorted(glob.glob(folder + "*.json")):
		        with open(name, "rb") as file:
		            event = file.read()
		        for old, new in zip(pairs[::2], pairs[1::2]):
		            event = event.replace(old, new)
		        if digest is not None:
		            event = re.sub(rb'"prev":"[0-9a-f]{64}"', b'"prev":"%s"' % digest, event)
		        # versions of then wrote no check of the event itself
		        event = re.sub(rb',"sha256":"[0-9a-f]{64}"}\n$', b"}\n", event)
		        digest = hashlib.sha256(event).hexdigest().encode()
		        with open(name, "wb") as file:
		            file.write(event)
	EOF
}

# The table, without the age of each, which is the last column.
golden_list() {
	local table

	table=$(svcreq status --all)
	awk 'NR == 1 { end = index($0, "UPDATED") - 1 } { print substr($0, 1, end) }' <<<"$table" | sed 's/ *$//'
}

golden_events() {
	local id

	for id in "${ids[@]}"; do
		echo "== $id"
		svcreq log --events "$id"
	done
}

golden_codes() {
	local id code

	for id in "${ids[@]}"; do
		code=0
		svcreq status --exit-code "$id" >/dev/null || code=$?
		echo "$id exits $code"
	done
}

# golden_do <command> [<options>]: give it to each request, and see how the request is then.  The admin decides,
# and the owner runs, whose environment names the proxy.
golden_do() {
	local command=$1 id code codes=()

	shift
	for id in "${ids[@]}"; do
		code=0
		(
			if [[ $command != run ]]; then
				SUDO_UID=$(id -u daemon)
				export SUDO_USER=daemon SUDO_UID
			fi
			exec svcreq "$command" "$id" "$@" >/dev/null 2>&1
		) || code=$?
		codes+=("$id exits $code: ")
	done
	paste -d '' <(printf '%s\n' "${codes[@]}") <(svcreq status --json "${ids[@]}" | jq -r \
	    '[.status, "with", (.steps[] | .status, .reason // empty)] | join(" ")')
}

# What was sent since golden_server, byte for byte, but for the version that User-Agent has.
golden_sent() {
	local file number=0

	for file in $(find "$GOLDEN_SENT" -name '[0-9]*' | sort -V); do
		number=$((number + 1))
		echo "== $number"
		sed 's/^User-Agent: .*/User-Agent: .../; s/\r$//' "$file"
		echo
	done
}

# A version may want to hear that what may have been carried out is repeated; the first ones ask nothing.
golden_retry() {
	local again

	again=$(svcreq retry -h | grep -o -m 1 -e --again) || true
	golden_do retry ${again:+"$again"} --no-run
}

# golden_show <what>: print what expected/<what> has, from the workspace that we stand in; "sent" after "run".
golden_show() {
	case $1 in
	list) golden_list ;;
	list.json) svcreq status --all --json ;;
	requests.json) svcreq status --json "${ids[@]}" ;;
	events) golden_events ;;
	codes) golden_codes ;;
	update) golden_do update -f hostname=other ;;
	approve) golden_do approve --no-run ;;
	reject) golden_do reject -m no ;;
	cancel) golden_do cancel ;;
	retry) golden_retry ;;
	resolve) golden_do resolve --completed -m 'it is there' --no-run ;;
	run) golden_do run ;;
	sent) golden_sent ;;
	esac
}
