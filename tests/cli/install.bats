#!/usr/bin/env bats
# make install and make uninstall, of the release build.

load helper

setup() {
	is_sanitized && skip "only the release is installed"
	set_up_workspace
}

make_in_repository() {
	env -u MAKEFLAGS -u MAKELEVEL make -C "$ROOT" --silent DESTDIR="$BATS_TEST_TMPDIR/dest" PREFIX=/usr "$@"
}

@test "what is installed works on its own, and uninstall leaves nothing" {
	make_in_repository install
	cd "$BATS_TEST_TMPDIR/dest/usr"
	[ -x bin/svcreq ]
	[ -x libexec/svcreq/svcreq-run ]
	[ -f share/doc/svcreq/LICENSE ]
	bin/svcreq validate share/doc/svcreq/examples/*
	pages=("$ROOT"/man/*.[157])
	[ "$(find share/man -type f | wc -l)" -eq ${#pages[@]} ]

	cd "$BATS_TEST_TMPDIR/ws"
	PATH=$BATS_TEST_TMPDIR/dest/usr/bin:$PATH
	pipeline wait <<-EOF
		steps: [{step_name: Wait, step_type: WAIT_FOR_APPROVAL}]
	EOF
	svcreq create wait --run
	try svcreq status 1 --exit-code
	assert_status 12

	make_in_repository uninstall
	[ -z "$(find "$BATS_TEST_TMPDIR/dest" -type f)" ]
}

@test "uninstall leaves what somebody else put beside it" {
	make_in_repository install
	touch "$BATS_TEST_TMPDIR/dest/usr/libexec/svcreq/svcreq-step-MAIL"
	make_in_repository uninstall
	[ -e "$BATS_TEST_TMPDIR/dest/usr/libexec/svcreq/svcreq-step-MAIL" ]
}

@test "svcreq links neither libcurl nor what else would slow its start" {
	[ "$(ldd "$BUILD/bin/svcreq" | grep -v -e linux-vdso -e ld-linux | awk '{ print $1 }')" = libc.so.6 ]
	! ldd "$BUILD/libexec/svcreq/svcreq-run" | grep libcurl || fail "svcreq-run is linked with it"
}

@test "the front carries no HTTP client" {
	local run=$BUILD/libexec/svcreq/svcreq-run front=$BUILD/bin/svcreq

	nm "$run" | grep -q ' curl_easy_init' # so this is how it would show
	! nm "$front" | grep curl_ || fail "svcreq has these"
}
