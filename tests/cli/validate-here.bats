#!/usr/bin/env bats
# validate --here: whether what pipelines need is there, in this workspace.
#
# shellcheck disable=SC2016,SC2154 # ${...} is for svcreq; stderr is set by try

load helper
load calls
load api

setup() {
	set_up_workspace
	pipeline p <<-'EOF'
		steps:
		  - step_name: Call
		    step_type: API
		    parameters:
		      url: https://api.example.org/
		      headers: {X-Auth: "${secret:TOKEN}", X-Pin: "${secret:PIN} ${secret:PIN}"}
	EOF
	make_secret TOKEN top-s3cret-value
	make_secret PIN 12345678
}

short="has less than 8 bytes: it is easy to guess, and what equals it by chance is masked too"

@test "what is there is right" {
	unchanged svcreq validate --here
	assert_status 0
	assert_stdout_is ""
	assert_stderr_is "1 pipeline is valid"
}

@test "a secret that is not there, or cannot be used, is a fault where it stands first" {
	rm state/secrets/PIN
	try svcreq validate
	assert_status 0
	unchanged svcreq validate --here
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/p.yaml:6:51: there is no secret 'PIN' (state/secrets/PIN or $SVCREQ_SECRET_PIN)
		1 of 1 pipeline is invalid
	EOF
	SVCREQ_SECRET_PIN=87654321 try svcreq validate --here
	assert_status 0
	make_secret PIN ""
	chmod 644 state/secrets/TOKEN
	try svcreq validate --here
	assert_status 3
	assert_stderr_is <<-EOF
		pipelines/p.yaml:6:25: 'state/secrets/TOKEN' can be read by others: chmod 600 $PWD/state/secrets/TOKEN
		pipelines/p.yaml:6:51: the secret 'PIN' is empty
		1 of 1 pipeline is invalid
	EOF
}

@test "a short secret is warned about, and one that is too short is a fault" {
	make_secret PIN 1234567
	unchanged svcreq validate --here
	assert_status 0
	assert_stderr_is <<-EOF
		pipelines/p.yaml:6:51: warning: the secret 'PIN' $short
		1 pipeline is valid
	EOF
	make_secret PIN 1234
	try svcreq validate --here
	assert_status 0
	make_secret PIN 123
	try svcreq validate --here
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/p.yaml:6:51: the secret 'PIN' is too short to be masked: it needs 4 bytes
		1 of 1 pipeline is invalid
	EOF
	try svcreq validate
	assert_status 0
	assert_stderr_is "1 pipeline is valid"
}

@test "create warns of a short secret, and says nothing of what cannot be told" {
	make_secret PIN 1234567
	try svcreq create p
	assert_status 0
	assert_stdout_is 1
	assert_stderr_is "warning: the secret 'PIN' $short"
	make_secret PIN 123
	try svcreq create p --json
	assert_status 0
	assert_stderr_is "warning: the secret 'PIN' $short"
	rm state/secrets/PIN
	chmod 644 state/secrets/TOKEN
	try svcreq create p
	assert_status 0
	assert_stderr_is ""
}

@test "a secret that is bound elsewhere is a fault where it stands" {
	echo "secrets: {TOKEN: {origins: ['https://api.example.org']}, PIN: {origins: ['https://other.example.org'], pipelines: [q]}}" \
	    >state/config.yaml
	unchanged svcreq validate --here
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/p.yaml:6:51: the secret 'PIN' is bound to other pipelines (q): 'p' must not use it
		pipelines/p.yaml:6:51: the secret 'PIN' is bound to https://other.example.org: it must not be sent to https://api.example.org
		1 of 1 pipeline is invalid
	EOF
	try svcreq validate
	assert_status 0
}

@test "a file is checked against the workspace, too" {
	rm state/secrets/PIN
	mv pipelines/p.yaml ../p.yaml
	try svcreq validate ../p.yaml
	assert_status 0
	try svcreq validate --here ../p.yaml
	assert_status 3
	assert_stderr_has "../p.yaml:6:51: there is no secret 'PIN'"
	cd ..
	try svcreq validate --here p.yaml
	assert_status 1
	assert_stderr_has "not in a workspace"
}

@test "an invalid pipeline is not looked at further, and the others are" {
	cp pipelines/p.yaml pipelines/q.yaml
	echo 'oops: 1' >>pipelines/p.yaml
	rm state/secrets/PIN
	try svcreq validate --here
	assert_status 3
	assert_stderr_is <<-'EOF'
		pipelines/p.yaml:7:1: unknown key 'oops' in a pipeline
		pipelines/q.yaml:6:51: there is no secret 'PIN' (state/secrets/PIN or $SVCREQ_SECRET_PIN)
		2 of 2 pipelines are invalid
	EOF
}

@test "a configuration that cannot be read is an error" {
	echo 'secrets: 1' >state/config.yaml
	for arguments in "" pipelines/p.yaml; do
		# shellcheck disable=SC2086 # words
		try svcreq validate --here $arguments
		assert_status 1
		assert_stderr_is "svcreq: state/config.yaml:1:10: 'secrets' must be a map from names of secrets to what they are for"
	done
}
