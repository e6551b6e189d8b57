#!/usr/bin/env bats
# create on a terminal: what signals and stops do to a question.  The shells have job control; dash never
# repairs a terminal, which shows what svcreq leaves.
#
# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # $... is for the shell on the terminal; output and stderr are set by try

load helper
load calls

setup() {
	set_up_workspace
	export TERM=xterm
	pipeline form <<-EOF
		form: {fields: [{name: host, title: Host, required: true}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	pipeline secret <<-EOF
		form: {fields: [{name: token, title: Token, required: true, secret: true}]}
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
}

# in_shell <shell> <script> [<answers>]: $output is what the terminal shows.  In the script, modes prints
# "modes: echo", or "-echo" when what is typed is not shown.
in_shell() {
	local shell=$1 script=$2

	shift 2
	try "$BATS_TEST_DIRNAME/terminal.py" "$@" -- "$shell" -c "set -m
		trap : INT # or it ends with what Ctrl-C ended
		modes() { stty -a | sed -n 's/.* \(-*echo\) .*/modes: \1/p'; }
		$script"
}

# times <number> <text>: so often it is in $output.
times() {
	[[ $(grep -oF -- "$2" <<<"$output" | wc -l) -eq $1 ]] || unexpected "not $1 times: $2"
}

# Every signal that ends the process: not SIGXFSZ, for a limit is an error.  A sanitizer takes the faults for
# itself.
ending_signals() {
	if is_sanitized; then
		echo 1 2 3 10 12 {13..16} 24 26 27 {29..30} 34 50 64
	else
		echo {1..8} {10..16} 24 26 27 {29..31} 34 50 64
	fi
}

@test "every signal that ends it leaves the terminal as it was, and ends it with that signal" {
	local before shell number

	before=$(state_fingerprint)
	for shell in dash bash; do
		for number in $(ending_signals); do
			# bash ends a script when Ctrl-C ended a command of it
			[[ $shell:$number != bash:2 ]] || continue
			in_shell "$shell" 'svcreq create secret; echo "code $?"; modes' --kill "Token: " "$number"
			assert_stdout_has "svcreq: interrupted, so nothing was recorded"
			assert_stdout_has "code $((128 + number))"
			assert_stdout_has "modes: echo"
		done
	done
	[[ $(state_fingerprint) == "$before" ]]
}

@test "a signal ends a question that is shown, too" {
	local number

	for number in 1 2 3 15; do
		in_shell dash 'svcreq create form; echo "code $?"; modes' --kill "Host: " "$number"
		assert_stdout_has "svcreq: interrupted, so nothing was recorded"
		assert_stdout_has "code $((128 + number))"
		assert_stdout_has "modes: echo"
	done
}

@test "an ignored signal stays ignored" {
	in_shell dash "trap '' HUP QUIT; svcreq create secret; modes" \
	    --kill "Token: " HUP,QUIT --answer "" hunter2
	times 1 "Token: "
	refute_stdout_has hunter2
	assert_stdout_has "modes: echo"
	[[ $(event 1 1 .form_data.token) == hunter2 ]]
}

@test "Ctrl-C, Ctrl-\\ and Ctrl-Z at a secret forget what was typed, and show none of it" {
	in_shell dash 'svcreq create secret; modes' --send "Token: " $'half\x03'
	assert_stdout_has "modes: echo"
	refute_stdout_has half
	in_shell dash 'svcreq create secret; modes' --send "Token: " $'half\x1c'
	assert_stdout_has "modes: echo"
	refute_stdout_has half
	in_shell dash 'svcreq create secret; modes; fg; modes' \
	    --send "Token: " $'half\x1a' --answer "Token: " hunter2
	times 2 "modes: echo"
	refute_stdout_has half
	refute_stdout_has hunter2
	[[ $(event 1 1 .form_data.token) == hunter2 ]]
}

@test "what was typed of a secret is not read as a command after a signal" {
	in_shell dash 'svcreq create secret; read -r next; echo "next: $next"' \
	    --send "Token: " $'half' --kill "" TERM --answer "interrupted" other
	assert_stdout_has "next: other"
}

@test "every stop leaves the terminal as it was; then the question is asked again, and hidden as before" {
	local shell stop

	for shell in dash bash; do
		for stop in TSTP TTIN TTOU; do
			in_shell "$shell" 'svcreq create secret; modes; fg; modes; fg; modes' \
			    --kill "Token: " $stop --kill "Token: " $stop --answer "Token: " hunter2
			assert_status 0
			times 3 "Token: "
			times 3 "modes: echo"
			refute_stdout_has hunter2
		done
	done
	[[ $(event 6 1 .form_data.token) == hunter2 ]]
}

@test "a question that is shown is asked again after a stop, and what was typed of it is forgotten" {
	in_shell dash 'svcreq create form; modes; fg' --send "Host: " $'half\x1a' --answer "Host: " web1
	times 2 "Host: "
	[[ $(event 1 1 .form_data.host) == web1 ]]
	# without a shell, which would take the terminal back when it sees the stop before it is over
	try "$BATS_TEST_DIRNAME/terminal.py" --send "Host: " half --kill half STOP,CONT --answer "Host: " web1 -- \
	    svcreq create form
	times 2 "Host: "
	[[ $(event 2 1 .form_data.host) == web1 ]]
}

@test "a stop that cannot be caught is followed by the question, hidden as before" {
	in_shell dash 'svcreq create secret; stty echo; fg; modes' --kill "Token: " STOP --answer "Token: " hunter2
	times 2 "Token: "
	refute_stdout_has hunter2
	assert_stdout_has "modes: echo"
	in_shell dash 'svcreq create secret; fg; modes' --kill "Token: " STOP --answer "Token: " hunter2
	times 2 "Token: "
	assert_stdout_has "modes: echo"
}

@test "in the background it stops before it asks, and changes nothing of the terminal" {
	local shell

	for shell in dash bash; do
		in_shell "$shell" 'svcreq create secret &
			until grep -q "^State:.T" /proc/$!/status; do sleep 0.05; done
			modes; fg; modes' --answer "Token: " hunter2
		assert_status 0
		times 1 "Token: "
		times 2 "modes: echo"
		refute_stdout_has hunter2
	done
}

@test "a person's shell: Ctrl-Z, bg, fg, and the secret is never shown" {
	PS1='ready> ' try "$BATS_TEST_DIRNAME/terminal.py" --answer "ready> " "svcreq create secret" \
	    --send "Token: " $'half\x1a' --answer "ready> " bg --answer "ready> " "stty -a | grep -o ' .*echo '" \
	    --answer "ready> " fg --answer "Token: " hunter2 --answer "ready> " "stty -a; exit" -- \
	    bash --norc --noprofile -i
	refute_stdout_has half
	refute_stdout_has hunter2
	assert_stdout_matches " echo .*"
	refute_stdout_has " -echo "
	[[ $(event 1 1 .form_data.token) == hunter2 ]]
}

@test "a person's shell: what began in the background while the shell read a line asks as any other" {
	PS1='ready> ' try "$BATS_TEST_DIRNAME/terminal.py" --answer "ready> " \
	    'set -b; { while m=$(stty -a) && [[ $m != *-icanon* ]]; do :; done; svcreq create form; } &' \
	    --answer "Stopped" fg --answer "Host: " web1 --answer "ready> " exit -- bash --norc --noprofile -i
	times 1 web1
	[[ $(event 1 1 .form_data.host) == web1 ]]
}

@test "a terminal that hangs up ends the question" {
	try "$BATS_TEST_DIRNAME/terminal.py" --hang-up "Token: " -- svcreq create secret
	assert_status $((128 + 1))
	try "$BATS_TEST_DIRNAME/terminal.py" --hang-up "Token: " -- \
	    sh -c "trap '' HUP; svcreq create secret; echo \$? >code"
	[[ $(<code) -eq 1 && -z $(ls state/requests) ]]
}
