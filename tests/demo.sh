#!/bin/sh
# The tour: a request goes through a call, an approval and a second call.  `make demo` runs it.
#
# It works in a folder of its own, which is removed at the end, and against a real httpbin on this
# machine.  Every line that begins with $ is a command that you could type.
#
# shellcheck disable=SC2016 # what show is given is evaluated there
set -eu

repository=$(cd "$(dirname "$0")/.." && pwd)
PATH=$repository/${1:-build/release}/bin:$PATH
scratch=$(mktemp -d)

end() {
	"$repository/tests/httpbin.sh" stop "$scratch/httpbin"
	rm -rf "$scratch"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

# Explain, then show a command and run it.
explain() {
	printf '\n%s\n' "$*"
}
show() {
	printf '$ %s\n' "$1"
	eval "$1"
}

# Nothing from outside may lead the tour elsewhere.
unset SVCREQ_ROOT SVCREQ_EXEC_PATH SUDO_USER SUDO_UID DOAS_USER
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

port=$("$repository/tests/httpbin.sh" start "$scratch/httpbin" $$)
# shellcheck disable=SC2034 # the typed commands use them
HTTPBIN=http://127.0.0.1:$port EXAMPLES=$repository/pipelines
cd "$scratch"

explain "A workspace is a folder: pipelines, state and logs, all of it plain files."
show 'svcreq init servers'
show 'cd servers'

explain "Pipelines are written by an admin. These are the examples, with httpbin on this machine in" \
    "place of the one on the Internet."
show 'cp "$EXAMPLES"/*.yaml pipelines/'
show 'sed -i "s|https://httpbin.org|$HTTPBIN|" pipelines/*.yaml'
show 'svcreq pipelines'

explain "A requester fills in the form of one. What is typed is checked; the id comes back."
show 'svcreq create order-server -f hostname=web1 -f size=M -f extras=backup'

explain "Nothing has happened yet. run does the steps, up to the first that needs a person: after" \
    "the call that reserves the server it waits for an admin."
show 'svcreq run 1'
show 'svcreq status'
show 'svcreq status 1'

explain "The admin approves, and the request goes on from there: the second call orders the server."
show 'svcreq approve 1 -m "within the budget"'
show 'svcreq status 1'

explain "Each step has its log: what was sent and what came back."
show 'svcreq log 1'

explain "And every change is on record: who, what, when and why."
show 'svcreq log 1 --events'

explain "Scripts ask by exit code: 0 is completed."
show 'svcreq status 1 --exit-code >/dev/null'

printf '\nThe request is Completed. man/svcreq.1 has the rest.\n'
