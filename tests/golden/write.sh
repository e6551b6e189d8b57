#!/bin/bash
# Write a golden workspace: what this version writes, and every later one must read.
#
#   tests/golden/write.sh build/release tests/golden/<version>
#
# For each release.  It has a request in every state that a request can be in, and every parameter of
# every step type.  A release that adds to these adds them here; what older releases wrote is never changed.
set -eu

tests=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
mkdir "$2"
golden=$(cd "$2" && pwd)
# shellcheck disable=SC1091 # it is checked by itself
. "$tests/golden/golden.bash"
export PATH=$build/bin:$PATH TZ=UTC LC_ALL=C.UTF-8
unset SVCREQ_ROOT SVCREQ_EXEC_PATH "${!SUDO_@}"

scratch=$(mktemp -d)
end() {
	[[ ! -s $scratch/server.pid ]] || kill "$(<"$scratch/server.pid")"
	rm -rf "$scratch"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

start_server() {
	mkdir "$scratch/sent"
	tail -f /dev/null --pid=$$ | /usr/bin/python3 "$tests/bad-server.py" --keep "$scratch/sent" >"$scratch/port" &
	echo $! >"$scratch/server.pid"
	until [[ -s $scratch/port ]]; do sleep 0.05; done
	server=http://127.0.0.1:$(<"$scratch/port")
	golden_server "$server" "$scratch/sent"
}

# as <user> <command>: as if by sudo.
as() {
	SUDO_USER=$1 SUDO_UID=$(id -u "$1") "${@:2}"
}

# new <state> <user> <pipeline> [<options>]: make the request that is to get there, $id.
new() {
	id=$(as "$2" svcreq create "${@:3}")
	echo "$id $1" >>"$golden/requests"
}

# Its owner runs it, whatever comes of it.
run() {
	svcreq run -q "$id" || true
}

# interrupt <method> <path> [<command>]: run it, and kill the run in the middle of the call; give the command before.
interrupt() {
	local pid

	curl -sf -X POST "$server/reset" >/dev/null
	svcreq run -q "$id" &
	pid=$!
	until [[ $(curl -sf "$server/count" | jq --arg call "$1 $2" '.[$call] // 0') -gt 0 ]]; do sleep 0.05; done
	"${@:3}"
	kill -KILL $pid
	wait $pid || true
}

# The form that asks for everything.
fill_in() {
	cat <<-END
		{"hostname": "web1", "size": "10", "extras": ["backup", "monitoring"], "password": "hunter2hunter2", "cpus": 4,
		 "attempts": 2, "cost_centre": "Zürich \"A\""}
	END
}

write_requests() {
	fill_in >"$scratch/form.json"
	new "not started" nobody every --form-data "$scratch/form.json" -m "for Ann"
	new "not started, by another user" bin plain
	new "not started, a proxy" nobody proxied
	new "updated" nobody every --form-data "$scratch/form.json"
	as nobody svcreq update "$id" -f hostname=web2 -f password=hunter3hunter3 -m "as asked"
	as daemon svcreq update "$id" -f extras=monitoring

	new "waits for its next attempt" nobody later
	run
	new "interrupted, not repeatable" nobody call -f path=hold -f method=POST
	interrupt POST /hold
	new "interrupted, repeatable" nobody call -f path=hold
	interrupt GET /hold
	new "interrupted, with a key" nobody keyed -f path=hold
	interrupt POST /hold

	new "pending" nobody plain
	run
	new "pending, after a call" nobody every --form-data "$scratch/form.json"
	run
	new "pending, nobody has voted" nobody pair -f what=this
	run
	new "pending, one of two votes" nobody pair -f what=that
	run
	as bin svcreq approve "$id" -m "fine with me"
	new "expired, not recorded" nobody short
	run
	new "pending again, votes before" nobody pair -f what=it
	run
	as bin svcreq approve "$id"
	as daemon svcreq reject "$id" -m "not now"
	as daemon svcreq retry "$id" -m "now"
	as daemon svcreq approve "$id"
	new "approved, not run" nobody plain
	run
	as daemon svcreq approve "$id" --no-run -m yes
	new "approved, not run, after a call" nobody every --form-data "$scratch/form.json"
	run
	as daemon svcreq approve "$id" --no-run -m "within the budget"

	new "failed: rejected" nobody plain
	run
	as daemon svcreq reject "$id" -m "too large"
	new "failed: expired" nobody short
	run
	sleep 2.1 # the time that is to pass
	run
	new "failed: http_status" nobody call -f path=status/404
	run
	new "failed: transport" nobody down
	run
	new "failed: timeout" nobody slow
	run
	new "failed: outcome_unknown" nobody lost
	run
	new "failed: outcome_unknown, interrupted" nobody call -f path=hold -f method=POST
	interrupt POST /hold
	run
	new "failed: placeholder" nobody unfilled
	run
	new "failed: executor" nobody output
	run
	new "failed: http_status, after attempts" nobody again -f times=9 -f key=d
	run

	new "retried, not run: a call" nobody once -f key=a
	run
	as daemon svcreq retry "$id" --no-run -m "once more"
	new "retried, not run: an approval" nobody pair -f what=any
	run
	as daemon svcreq reject "$id" -m no
	as daemon svcreq retry "$id" --no-run
	new "retried, completed" nobody once -f key=b
	run
	as daemon svcreq retry "$id" --no-run
	run
	new "resolved: completed, not run" nobody lost
	run
	as daemon svcreq resolve "$id" --completed -m "it is there" --no-run
	new "resolved: completed" nobody lost
	run
	as daemon svcreq resolve "$id" --completed -m "it is there" --no-run
	run
	new "resolved: failed" nobody lost
	run
	as daemon svcreq resolve "$id" --failed -m "it is not there"

	new "cancelled: not started" nobody plain
	as nobody svcreq cancel "$id" -m "not needed"
	new "cancelled: pending" nobody pair -f what=nothing
	run
	as daemon svcreq cancel "$id"
	new "cancelled: failed" nobody down
	run
	as nobody svcreq cancel "$id"
	new "cancelled in a call, not recorded" nobody call -f path=hold -f method=POST
	interrupt POST /hold as nobody svcreq cancel "$id"
	new "cancelled in a call, recorded" nobody call -f path=hold -f method=PUT
	interrupt PUT /hold as nobody svcreq cancel "$id"
	as nobody svcreq cancel "$id"

	new "completed" nobody every --form-data "$scratch/form.json" -m "all of it"
	run
	as daemon svcreq approve "$id" --no-run -m "within the budget"
	run
	new "completed, by attempts" nobody again -f times=2 -f key=c
	run
	new "completed, of JSON" nobody flow -f who=Ann -f rooms=one
	run
	as daemon svcreq approve "$id" --no-run
	run
}

# By the time that it is read all that was to come has come.
wait_until_due() {
	until jq -se --arg now "$(date -u +%FT%TZ)" 'all(.[] | (.not_before, (select(.pipeline_name == "short") | .expires_at)); . == null or . < $now)' \
	    state/requests/*/*.json >/dev/null; do
		sleep 1
	done
}

# record <what>...: each from the workspace as it was written, or, for what is sent, from that of the one before.
record() {
	local what

	mkdir "$golden/expected"
	for what; do
		if [[ $what != sent ]]; then
			golden_copy "$golden" "$scratch/copy" "$scratch/certificates"
			golden_server "$server" "$scratch/sent"
		fi
		(cd "$scratch/copy" && golden_show "$what" >"$golden/expected/$what")
	done
}

svcreq init "$golden/workspace"
cp "$tests/golden/pipelines"/* "$golden/workspace/pipelines/"
cd "$golden/workspace"
echo "admins: [daemon]" >state/config.yaml
mkdir -m 700 state/secrets
(umask 077 && echo golden-token-0123 >state/secrets/TOKEN)
golden_certificates "$scratch/certificates"
cp -r "$scratch/certificates" .
start_server
write_requests
wait_until_due
rm -r certificates
chmod -R u=rwX,go=rX "$golden/workspace"
record list list.json requests.json events codes update approve reject cancel retry resolve run sent
