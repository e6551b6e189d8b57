# The set-up of svcreq(1) for many people: `load service`, after `load helper`.  A service account owns the workspace,
# and people of a group come to it through a program that the real sudo lets them run.
#
#	setup_file() { make_people; }
#	teardown_file() { remove_people; }
#	setup() { set_up_service; }
#	teardown() { remove_service; }
#
# shellcheck shell=bash
# shellcheck disable=SC2154 # account, alice, bob and staff are set by eval of make_people

# parallel runs have users of their own
make_people() {
	[[ $(id -u) -eq 0 ]] || return 0
	account=svc$$ alice=svp$$a bob=svp$$b staff=svp$$g
	export account alice bob staff
	# another run may hold the lock of the database of users
	eventually groupadd "$staff"
	eventually useradd -M -U -d "$BATS_FILE_TMPDIR/account" "$account"
	eventually useradd -M -U -G "$staff" -d "$BATS_FILE_TMPDIR/alice" "$alice"
	eventually useradd -M -U -G "$staff" -d "$BATS_FILE_TMPDIR/bob" "$bob"
}

remove_people() {
	[[ $(id -u) -eq 0 ]] || return 0
	rm -f "/etc/sudoers.d/$account"
	eventually userdel "$alice"
	eventually userdel "$bob"
	eventually userdel "$account"
	eventually groupdel "$staff"
}

# $place holds the programs, the wrapper "request" and the workspace, in which the test stands as root.
set_up_service() {
	[[ $(id -u) -eq 0 ]] || skip "only root can make users"
	set_up_workspace
	unset ASAN_OPTIONS UBSAN_OPTIONS
	# what bats has is closed to others
	place=$(mktemp -d)
	chmod 755 "$place"
	cp -r "$BUILD/bin" "$BUILD/libexec" "$place"
	chmod -R a+rX "$place/bin" "$place/libexec"
	install -d -o "$account" "$place/ws"
	cd "$place/ws" || return
	as "$account" svcreq init . 2>/dev/null
	cat >"$place/request" <<-EOF
		#!/bin/sh
		case \${1-} in -*) echo "request: the command comes first" >&2; exit 2 ;; esac
		export SVCREQ_ROOT=$place/ws
		exec $place/bin/svcreq "\$@"
	EOF
	chmod 755 "$place/request"
	sudo_rules ""
}

# sudo_rules <more rules>: the rule of svcreq(1), and more.
sudo_rules() {
	rm -f "/etc/sudoers.d/$account"
	(umask 337 && printf '%s\n' "%$staff ALL = ($account) NOPASSWD: $place/request" "$1" >"/etc/sudoers.d/$account")
}

remove_service() {
	[[ -z ${place-} ]] || rm -rf "$place"
}

# as <name> <command>: as that user, as after a login.
as() {
	local name=$1

	shift
	setpriv --reuid="$name" --regid="$name" --init-groups --reset-env --inh-caps=-all \
	    env PATH="$place/bin:/usr/local/bin:/usr/bin:/bin" LC_ALL=C.UTF-8 "$@"
}

# request <name> <arguments>: as a person types it.
request() {
	local name=$1

	shift
	as "$name" sudo -n -u "$account" "$place/request" "$@"
}

# of_account <file> <mode>: writes it, from standard input.
of_account() {
	install -D -o "$account" -m "$2" /dev/stdin "$1"
}
