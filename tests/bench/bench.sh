#!/bin/sh
# Start-up time and throughput: tests/bench/bench.sh [<build folder>]
set -eu

repository=$(cd "$(dirname "$0")/../.." && pwd)
build=$repository/${1:-build/release}
PATH=$build/bin:$PATH
requests=500
scratch=$(mktemp -d)
nginx=

end() {
	[ -z "$nginx" ] || kill "$nginx" 2>/dev/null || true
	rm -rf "$scratch"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

unset SVCREQ_ROOT SVCREQ_EXEC_PATH SUDO_USER SUDO_UID DOAS_USER
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# start_nginx <port>: answers {} to whatever it is asked.  Its pid file tells that it listens.
start_nginx() {
	cat >"$scratch/nginx.conf" <<-END
		daemon off;
		master_process off;
		pid $scratch/nginx.pid;
		error_log $scratch/error.log;
		events {}
		http {
			access_log off;
			keepalive_requests 100000;
			client_body_temp_path $scratch/body;
			proxy_temp_path $scratch/proxy;
			fastcgi_temp_path $scratch/fastcgi;
			uwsgi_temp_path $scratch/uwsgi;
			scgi_temp_path $scratch/scgi;
			server {
				listen 127.0.0.1:$1;
				default_type application/json;
				return 200 '{}';
			}
		}
	END
	PATH=$PATH:/usr/sbin nginx -e "$scratch/error.log" -c "$scratch/nginx.conf" &
	nginx=$!
	while [ ! -s "$scratch/nginx.pid" ]; do
		kill -0 $nginx 2>/dev/null || return 1
		sleep 0.05
	done
}

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# timed <name> <command>: how many requests a second.
timed() {
	name=$1
	shift
	start=$(date +%s%N)
	"$@" >"$scratch/output" 2>&1 || {
		tail "$scratch/output" >&2
		return 1
	}
	end=$(date +%s%N)
	printf '%-28s %6d requests/s (%d in %d ms)\n' "$name" \
	    $((requests * 1000000000 / (end - start))) $requests $(((end - start) / 1000000))
}

create_all() {
	for _ in $(seq $requests); do
		svcreq create bench -f name=web1
	done
}

svcreq init "$scratch/ws" >/dev/null 2>&1
cd "$scratch/ws"
port=$(free_port)
# The port may be taken between the question and the use of it.
start_nginx "$port" || { port=$(free_port) && start_nginx "$port"; }
cat >pipelines/bench.yaml <<END
form:
  fields: [{name: name, required: true}]
steps:
  - step_name: Call
    step_type: API
    parameters: {method: POST, url: "http://127.0.0.1:$port/", data: {name: "\${name}"}}
END

timed 'create' create_all
timed 'run --pending' svcreq run --pending
svcreq status 1 --exit-code >/dev/null

read -r hello status ratio <<END
$("$build/tests/bench/alternate" 200 "$build/tests/bench/hello" "$build/bin/svcreq" status 1)
END
printf '%-28s %6s us\n' 'hello, world' "$hello" 'status 1' "$status"
printf '%-28s %6s\n' 'status 1 / hello, world' "$ratio"
