# The frame of a file that calls only the misbehaving server, at $BAD: `load bad`, after `load calls`.
#
# Each test begins with a new workspace and a server that nobody has called.
# A file with a setup of its own says `set_up_calls` in it.
#
# shellcheck shell=bash

setup_file() {
	start_bad_server
}

teardown_file() {
	stop_bad_server
}

setup() {
	set_up_calls
}

set_up_calls() {
	set_up_workspace
	forget_calls
}
