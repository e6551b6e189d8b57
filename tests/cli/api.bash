# For tests that need servers of their own: `load api`, after `load helper` and `load calls`.
#
# shellcheck shell=bash

# A server that keeps what it is sent, byte for byte, in files of $CALLS; $RAW is its address.
start_raw_server() {
	export CALLS=$BATS_FILE_TMPDIR/calls
	mkdir "$CALLS"
	start_server raw bad-server.py --keep "$CALLS" || return
	RAW=http://127.0.0.1:$(server_port raw)
	export RAW
}

# make_secret <name> <value>
make_secret() {
	[[ -d state/secrets ]] || mkdir -m 700 state/secrets
	(umask 077 && printf %s "$2" >"state/secrets/$1")
}

# make_certificate <name> <days> <subjectAltName>: <name>.pem and <name>.key, by the authority ca.pem of this folder.
make_certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" \
	    -keyout "$1.key" -out "$1.csr" &&
	    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$2" \
		-extfile <(echo "subjectAltName=$3") -out "$1.pem"
}

# All that the TLS tests need, in $TLS.
make_certificates() {
	export TLS=$BATS_FILE_TMPDIR/tls
	mkdir "$TLS"
	(
		cd "$TLS" || return
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		    -subj "/CN=Test CA" -keyout ca.key -out ca.pem
		make_certificate good 2 DNS:localhost,IP:127.0.0.1
		make_certificate expired -1 DNS:localhost,IP:127.0.0.1
		make_certificate other 2 DNS:other.invalid
		make_certificate client 2 DNS:client.invalid
		(umask 077 && cat client.pem client.key >both.pem)
		openssl ec -aes128 -passout pass:secret -in client.key -out locked.key
	) >"$TLS/log" 2>&1 || fail "$(cat "$TLS/log")"
}

# free_ports <n>: so many, on which nobody listens at the moment.
free_ports() {
	/usr/bin/python3 - "$1" <<-EOF
		import socket, sys
		held = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
		print(*(server.getsockname()[1] for server in held))
	EOF
}

# nginx_server <port> <certificate> [<more directives>]
nginx_server() {
	cat <<-EOF
		server {
			listen 127.0.0.1:$1 ssl;
			ssl_certificate $TLS/$2.pem;
			ssl_certificate_key $TLS/$2.key;
			${3-}
			location / {
				default_type application/json;
				return 200 '{"protocol": "\$ssl_protocol", "client": "\$ssl_client_s_dn"}\n';
			}
			location /to-http { return 302 http://127.0.0.1:$1/; }
		}
	EOF
}

# nginx_front <port>: it hands what is below /v1/ on to the misbehaving server, in the usual way: decoded and put in order.
nginx_front() {
	cat <<-EOF
		server {
			listen 127.0.0.1:$1;
			location /v1/ { proxy_pass $BAD/real/; }
		}
	EOF
}

# Writes the configuration for ports that are free; $NGINX has them by name.
configure_nginx() {
	local ports

	read -r -a ports < <(free_ports 7)
	export GOOD=https://localhost:${ports[0]} EXPIRED=https://localhost:${ports[1]}
	export OTHER=https://localhost:${ports[2]} CLIENT=https://localhost:${ports[3]}
	export OLD=https://localhost:${ports[4]} NEW=https://localhost:${ports[5]}
	export FRONT=http://127.0.0.1:${ports[6]}
	cat >"$TLS/nginx.conf" <<-EOF
		$([[ $(id -u) -ne 0 ]] || echo 'user root;')
		daemon off;
		worker_processes 1;
		pid $TLS/nginx.pid;
		error_log $TLS/error.log;
		events { worker_connections 64; }
		http {
			log_format calls '\$server_port \$request_method \$uri \$status';
			access_log $TLS/access.log calls;
			client_body_temp_path $TLS/tmp;
			proxy_temp_path $TLS/tmp;
			fastcgi_temp_path $TLS/tmp;
			uwsgi_temp_path $TLS/tmp;
			scgi_temp_path $TLS/tmp;
			ssl_protocols TLSv1.2 TLSv1.3;
			$(nginx_server "${ports[0]}" good)
			$(nginx_server "${ports[1]}" expired)
			$(nginx_server "${ports[2]}" other)
			$(nginx_server "${ports[3]}" good "ssl_verify_client on; ssl_client_certificate $TLS/ca.pem;")
			$(nginx_server "${ports[4]}" good "ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0;")
			$(nginx_server "${ports[5]}" good "ssl_protocols TLSv1.3;")
			$([[ -z ${BAD-} ]] || nginx_front "${ports[6]}")
		}
	EOF
}

# A real nginx with a certificate of each kind: $GOOD, $EXPIRED, $OTHER (for another name), $CLIENT (which demands
# one), $OLD (TLS 1.1 only) and $NEW (TLS 1.3 only); $FRONT without one, before $BAD if that has been started.  Another process may take a port meanwhile: then once more.
start_nginx() {
	local nginx tries

	make_certificates || return
	nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx) || fail "nginx is not installed" || return
	for ((tries = 0; tries < 5; tries++)); do
		configure_nginx
		: >"$TLS/access.log"
		# a file of tests takes longer than one thinks on a busy machine
		timeout 3600 "$nginx" -p "$TLS" -e "$TLS/error.log" -c "$TLS/nginx.conf" \
		    </dev/null >"$TLS/nginx.log" 2>&1 3>&- &
		echo $! >"$TLS/timeout.pid"
		nginx_is_up && return
	done
	fail "$(cat "$TLS/nginx.log" "$TLS/error.log")"
}

nginx_is_up() {
	local tries

	for ((tries = 0; tries < 100; tries++)); do
		curl -sf --cacert "$TLS/ca.pem" "$GOOD/" >"$TLS/answer" 2>&1 && return
		kill -0 "$(cat "$TLS/timeout.pid")" 2>/dev/null || return
		sleep 0.05
	done
	return 1
}

stop_nginx() {
	kill "$(cat "$TLS/timeout.pid")"
	eventually test ! -e "$TLS/nginx.pid"
}

# assert_called <url> <n>: how many requests that server of nginx has got.  It writes its log after it has answered.
assert_called() {
	eventually has_calls "${1##*:}" "$2" || fail "$1 was not called $2 times:" "$(cat "$TLS/access.log")"
}

has_calls() {
	[[ $(grep -c "^$1 " "$TLS/access.log") -eq $2 ]]
}
