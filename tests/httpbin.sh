#!/bin/sh
# A real httpbin on a free port of the loopback interface.
#
#   tests/httpbin.sh start <folder> <pid>     print its port; it ends when that process ends
#   tests/httpbin.sh stop <folder>            end it now
#
# Each has a folder of its own for its port, pid and log, so that any number may run at once.
set -eu

start() {
	folder=$1
	mkdir -p "$folder"
	rm -f "$folder/port" "$folder/pid"
	HTTPBIN_FOLDER=$folder HTTPBIN_PARENT=$2 /usr/bin/gunicorn \
	    --config "$(dirname "$0")/httpbin.conf.py" httpbin:app \
	    </dev/null >"$folder/log" 2>&1 &
	pid=$!
	while [ ! -s "$folder/port" ]; do
		if ! kill -0 "$pid" 2>/dev/null; then
			cat "$folder/log" >&2
			exit 1
		fi
		sleep 0.05
	done
	cat "$folder/port"
}

# The pid file goes when gunicorn has ended.
stop() {
	[ ! -s "$1/pid" ] || kill "$(cat "$1/pid")" 2>/dev/null || rm -f "$1/pid"
	tries=0
	while [ -s "$1/pid" ]; do
		tries=$((tries + 1))
		[ $tries -le 100 ] || kill -KILL "$(cat "$1/pid")" 2>/dev/null || rm -f "$1/pid"
		sleep 0.05
	done
}

case "${1-}:$#" in
start:3) start "$2" "$3" ;;
stop:2) stop "$2" ;;
*)
	echo "usage: $0 start <folder> <pid> | stop <folder>" >&2
	exit 2
	;;
esac
