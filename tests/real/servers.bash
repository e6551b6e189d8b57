# The real servers, each on a free port of this machine, with their data in the folder of the test file:
# `load servers`, and start_<server> in setup_file; stop_servers in teardown_file.
#
# Each sets a variable with its address: $ETCD, $ALERTMANAGER, $REGISTRY, $PUSHGATEWAY, $OAUTH2.
#
# shellcheck shell=bash

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# begin <name> <command>: in the background, with its output in <name>.log.
begin() {
	local name=$1

	shift
	"$@" >"$BATS_FILE_TMPDIR/$name.log" 2>&1 3>&- &
	echo $! >>"$BATS_FILE_TMPDIR/servers"
}

# answers <url>: once it does.
answers() {
	local end=$((SECONDS + 60))

	until curl -sf -o /dev/null "$1"; do
		[[ $SECONDS -lt $end ]] || {
			echo "no server at $1" >&2
			tail "$BATS_FILE_TMPDIR"/*.log >&2
			return 1
		}
		sleep 0.1
	done
}

stop_servers() {
	local pid

	while read -r pid; do
		kill "$pid" || true
	done <"$BATS_FILE_TMPDIR/servers"
}

start_etcd() {
	local peers

	ETCD=http://127.0.0.1:$(free_port)
	peers=http://127.0.0.1:$(free_port)
	export ETCD ETCDCTL_API=3
	begin etcd etcd --data-dir "$BATS_FILE_TMPDIR/etcd" --listen-client-urls "$ETCD" \
		--advertise-client-urls "$ETCD" --listen-peer-urls "$peers" --initial-advertise-peer-urls "$peers" \
		--initial-cluster "default=$peers"
	answers "$ETCD/health"
}

etcdctl() {
	command etcdctl --endpoints "$ETCD" "$@"
}

start_alertmanager() {
	local port

	port=$(free_port)
	export ALERTMANAGER=http://127.0.0.1:$port
	printf 'route: {receiver: none}\nreceivers: [{name: none}]\n' >"$BATS_FILE_TMPDIR/alertmanager.yml"
	begin alertmanager prometheus-alertmanager --web.listen-address "127.0.0.1:$port" \
		--cluster.listen-address= --config.file "$BATS_FILE_TMPDIR/alertmanager.yml" \
		--storage.path "$BATS_FILE_TMPDIR/alertmanager"
	answers "$ALERTMANAGER/-/ready"
}

start_registry() {
	local port

	port=$(free_port)
	export REGISTRY=http://127.0.0.1:$port
	cat >"$BATS_FILE_TMPDIR/registry.yml" <<-END
		version: 0.1
		storage: {filesystem: {rootdirectory: "$BATS_FILE_TMPDIR/registry"}}
		http: {addr: "127.0.0.1:$port"}
	END
	begin registry docker-registry serve "$BATS_FILE_TMPDIR/registry.yml"
	answers "$REGISTRY/v2/"
}

start_pushgateway() {
	local port

	port=$(free_port)
	export PUSHGATEWAY=http://127.0.0.1:$port
	begin pushgateway prometheus-pushgateway --web.listen-address "127.0.0.1:$port"
	answers "$PUSHGATEWAY/-/ready"
}

start_oauth2() {
	local port

	port=$(free_port)
	export OAUTH2=http://127.0.0.1:$port
	begin oauth2 python3 "$BATS_TEST_DIRNAME/oauth2.py" "$port"
	answers "$OAUTH2/asked"
}
