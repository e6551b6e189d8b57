#!/usr/bin/env bats
# The example pipelines against the servers that they are for.
#
# shellcheck disable=SC2154 # status, output and stderr are set by try

load ../cli/helper
load ../cli/calls
load servers

setup_file() {
	start_etcd
	start_alertmanager
	start_registry
	start_pushgateway
}

teardown_file() {
	stop_servers
}

# example <name> <its server's address> <this one's>: the pipeline, for this server.
example() {
	sed "s|$2|$3|" "$ROOT/pipelines/$1.yaml" >"pipelines/$1.yaml"
	grep -q "$3" "pipelines/$1.yaml"
}

@test "etcd: who comes first has the name, and the second request fails" {
	example etcd-reserve http://127.0.0.1:2379 "$ETCD"
	svcreq create etcd-reserve -f host=web1 -f owner=shop --run
	request_is 1 Completed
	[[ $(etcdctl get --print-value-only web1) == shop ]]
	try svcreq create etcd-reserve -f host=web1 -f owner=mallory --run
	assert_status 4
	assert_stderr_has "/succeeded"
	request_is 2 Failed
	[[ $(etcdctl get --print-value-only web1) == shop ]]
	svcreq create etcd-reserve -f host=web2 -f owner='a "b" ü' --run
	[[ $(etcdctl get --print-value-only web2) == 'a "b" ü' ]]
}

@test "Alertmanager: a silence for two hours from now, by its requester, that is active" {
	local silences

	example silence http://127.0.0.1:9093 "$ALERTMANAGER"
	svcreq create silence -f host=web1 -f why='new "disk"' --run
	request_is 1 Completed
	silences=$(curl -sS "$ALERTMANAGER/api/v2/silences")
	jq -e --arg user "$(id -un)" '.[0]
		| .status.state == "active" and .createdBy == $user and .comment == "new \"disk\" (request 1)"
		and .matchers[0].value == "web1"
		and ((.endsAt[:19] + "Z" | fromdate) - (.startsAt[:19] + "Z" | fromdate) | fabs - 7200 | fabs) <= 1' \
		<<<"$silences" || fail "$silences"
}

# push_image <repository> <tag>: an image of one layer, whose manifest no program would write that way.
push_image() {
	local blob digest place

	blob='{"architecture":"amd64"}'
	digest=sha256:$(printf %s "$blob" | sha256sum | cut -c -64)
	place=$(curl -sS -i -X POST "$REGISTRY/v2/$1/blobs/uploads/" | tr -d '\r' | sed -n 's/^Location: //p')
	curl -sSf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "$blob" "$place&digest=$digest"
	printf '{ "schemaVersion":2,\n\t"mediaType": "application/vnd.docker.distribution.manifest.v2+json",
 "config": {"size":%d, "mediaType":"application/vnd.docker.container.image.v1+json","digest":"%s"},\n "layers": [] }\n' \
		"${#blob}" "$digest" >manifest
	curl -sSf -X PUT -H 'Content-Type: application/vnd.docker.distribution.manifest.v2+json' \
		--data-binary @manifest "$REGISTRY/v2/$1/manifests/$2"
}

# digest_of <repository> <tag>
digest_of() {
	curl -sSf -I -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' "$REGISTRY/v2/$1/manifests/$2" |
	    tr -d '\r' | sed -n 's/^Docker-Content-Digest: //p'
}

@test "a registry: an image is promoted with its digest unchanged" {
	push_image shop/web 1.4
	example promote-image http://127.0.0.1:5000 "$REGISTRY"
	svcreq create promote-image -f image=shop/web -f tag=1.4 --run
	svcreq approve 1
	request_is 1 Completed
	[[ $(digest_of shop/web live) == "sha256:$(sha256sum <manifest | cut -c -64)" ]] || fail "$(digest_of shop/web live)"
	[[ $(digest_of shop/web live) == "$(digest_of shop/web 1.4)" ]]
}

@test "a Pushgateway: metrics are text, and are kept" {
	example push-metrics http://127.0.0.1:9091 "$PUSHGATEWAY"
	svcreq create push-metrics -f job=shop -f version=7 --run
	request_is 1 Completed
	curl -sS "$PUSHGATEWAY/metrics" | grep -q '^deploy_version{instance="",job="shop"} 7$'
}
