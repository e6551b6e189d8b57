#!/usr/bin/env bats
# Which files of certificates and keys are used, and what is used of them.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup_file() { start_nginx; }
teardown_file() { stop_nginx; }

setup() {
	set_up_workspace
	: >"$TLS/access.log"
	mkdir keys
	cp "$TLS"/{ca.pem,client.pem,client.key,both.pem} keys
	chmod 600 keys/client.key keys/both.pem
	call p GET "$CLIENT/" 'ca_file: keys/ca.pem, client_cert: keys/client.pem, client_key: keys/client.key'
	call both GET "$CLIENT/" 'ca_file: keys/ca.pem, client_cert: keys/both.pem'
}

# accepted [<pipeline>]: the call of the pipeline is made.
accepted() {
	: >"$TLS/access.log"
	try svcreq create "${1-p}" --run
	assert_status 0 || return
	assert_called "$CLIENT" 1
}

# refused <message> [<pipeline>]: nothing is announced and nothing sent, and a dry run says the same.
refused() {
	local id

	: >"$TLS/access.log"
	try svcreq create "${2-p}"
	id=$output
	unchanged svcreq run "$id" --dry-run
	assert_status 4 || return
	assert_stdout_has "# cannot be sent: $1" || return
	try svcreq run "$id"
	assert_status 4 || return
	[[ $(events "$id" | tail -n 1) == "Failed Call executor" ]] || fail "$(events "$id")" || return
	[[ $(last_event "$id" .message) == "$1"* ]] || fail "$(last_event "$id" .message)" || return
	[[ $(events "$id") != *Running* ]] || fail "it was announced" || return
	assert_called "$CLIENT" 0
}

@test "a file that is not there, or no file, fails the step before it is announced" {
	rm keys/client.key
	refused "cannot read 'keys/client.key' (client_key): No such file or directory"
	mkdir keys/client.key
	refused "'keys/client.key' is a directory, not a regular file"
	rmdir keys/client.key
	mkfifo keys/client.key
	refused "'keys/client.key' is a FIFO, not a regular file"
	rm keys/ca.pem
	refused "cannot read 'keys/ca.pem' (ca_file): No such file or directory"
	head -c 1048577 /dev/zero >keys/ca.pem
	refused "cannot read 'keys/ca.pem' (ca_file): File too large"
}

@test "a file that holds something else is named" {
	echo hello >keys/ca.pem
	refused "'keys/ca.pem' (ca_file) holds no certificate in PEM"
	cp "$TLS/ca.pem" keys
	cp keys/client.pem keys/client.key
	refused "'keys/client.key' (client_key) holds no private key in PEM"
	cp "$TLS/client.key" keys
	: >keys/client.pem
	refused "'keys/client.pem' (client_cert) holds no certificate in PEM"
}

@test "a private key that others may read is refused, in whichever file it is" {
	local mode

	for mode in 604 644 601; do
		chmod $mode keys/client.key keys/both.pem
		refused "'keys/client.key' can be read by others: chmod 600 $PWD/keys/client.key"
		refused "'keys/both.pem' can be read by others: chmod 600 $PWD/keys/both.pem" both
	done
	chmod 400 keys/client.key keys/both.pem
	accepted
	accepted both
	cat keys/client.key >>keys/ca.pem
	refused "'keys/ca.pem' can be read by others"
}

@test "certificates may be read by everybody, and written by nobody else" {
	chmod 444 keys/{ca,client}.pem
	accepted
	chmod 646 keys/ca.pem
	refused "'keys/ca.pem' can be written by everybody: chmod o-w $PWD/keys/ca.pem"
	chmod 644 keys/ca.pem
	chmod 666 keys/client.pem
	refused "'keys/client.pem' can be written by "
}

@test "links are followed as Kubernetes makes them" {
	mkdir keys/..2026_11_23
	mv keys/*.* keys/..2026_11_23
	ln -s ..2026_11_23 keys/..data
	for file in ca.pem client.pem client.key both.pem; do
		ln -s "..data/$file" "keys/$file"
	done
	accepted
	accepted both
	chmod 644 keys/..data/client.key
	refused "'keys/..2026_11_23/client.key' can be read by others"
}

@test "links are followed as certbot makes them" {
	mkdir -p live/h archive/h
	mv keys/client.pem archive/h/cert1.pem
	mv keys/client.key archive/h/privkey1.pem
	ln -s ../../archive/h/cert1.pem live/h/cert.pem
	ln -s ../../archive/h/privkey1.pem live/h/privkey.pem
	call p GET "$CLIENT/" "ca_file: \"$PWD/keys/ca.pem\", client_cert: live/h/cert.pem, client_key: \"$PWD/live/h/privkey.pem\""
	accepted
	chmod 777 archive
	refused "'live/h/../../archive' can be written by everybody: chmod "
	chmod 755 archive
	ln -sfn nowhere live/h/cert.pem
	refused "cannot read 'live/h/cert.pem' (client_cert): No such file or directory"
	ln -sfn cert.pem live/h/cert.pem
	refused "cannot read 'live/h/cert.pem' (client_cert): Too many levels of symbolic links"
}

@test "a folder on the way that others may write to is refused, but one with the sticky bit" {
	chmod 777 keys
	refused "'keys' can be written by everybody: chmod "
	chmod 1777 keys
	accepted
}

@test "a key has one name; a certificate may have two" {
	ln keys/client.pem elsewhere
	accepted
	ln keys/client.key stolen
	refused "'keys/client.key' has another name elsewhere (a hard link)"
}

@test "a file of somebody else is refused" {
	[[ $(id -u) -eq 0 ]] || skip "only root can make one"
	chown nobody keys/ca.pem
	refused "'keys/ca.pem' belongs to 'nobody', not to 'root'"
	chown root keys/ca.pem
	chown nobody keys/client.key
	refused "'keys/client.key' belongs to 'nobody', not to 'root'"
}

@test "what was checked is what is used, whatever the path names by then" {
	start_server hasty proxy.py "$BATS_FILE_TMPDIR/hasty.heads" --before "rm -r $PWD/keys"
	call p GET "$CLIENT/" "proxy: \"http://127.0.0.1:$(server_port hasty)\", ca_file: keys/ca.pem, client_cert: keys/client.pem, client_key: keys/client.key"
	accepted
	[[ ! -e keys ]] || fail "the proxy has not taken the files away"
	stop_server hasty
}

@test "nothing of a file is shown" {
	local line

	svcreq create p
	svcreq run 1 --dry-run >shown
	svcreq run 1
	cp shown executor_logs
	while read -r line; do
		[[ ${#line} -lt 32 ]] || ! grep -rF -- "$line" state/requests executor_logs || fail "it is shown"
	done <keys/client.key
}
