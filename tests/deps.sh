#!/bin/sh
# Install the Debian packages that are missing: tests/deps.sh demo|check|real
set -eu

demo='gcc libc6-dev make libcurl4-openssl-dev libyaml-dev libjsmn-dev libmd-dev libssl-dev python3-httpbin gunicorn'
check="$demo bats bindfs clang clang-format clang-tidy cppcheck curl doas faketime fuse3 git jq
    libclang-rt-dev libcmocka-dev mandoc nginx-light openssl python3-brotli shellcheck strace sudo util-linux valgrind zstd"
# the servers of tests/real, whose services are not started, now or later
services='etcd prometheus-alertmanager docker-registry prometheus-pushgateway'
real="$check etcd-client etcd-server prometheus-alertmanager docker-registry prometheus-pushgateway"

case "${1-}" in
demo) wanted=$demo ;;
check) wanted=$check ;;
real) wanted=$real ;;
*)
	echo "usage: $0 demo|check|real" >&2
	exit 2
	;;
esac

# shellcheck disable=SC2086 # a list
there=" $(dpkg-query -W -f '${Package}:${db:Status-Status} ' $wanted 2>/dev/null || true)"
missing=
for package in $wanted; do
	case "$there" in
	*" $package:installed "*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

install="apt-get install --yes --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
	echo "packages are missing; as root run: $install" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
[ "$1" = real ] || exec $install
# what packages ask before they start a service; 101: they must not
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
	trap 'rm $policy' EXIT
fi
$install
# shellcheck disable=SC2086 # a list
! command -v systemctl >/dev/null || systemctl disable $services
