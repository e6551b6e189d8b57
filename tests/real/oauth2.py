#!/usr/bin/env python3
"""An authorization server and what it guards: oauth2.py <port>

  POST /token     client credentials (RFC 6749, 4.4): the client is "svcreq" with the secret "s3cret&+ pass",
                  by HTTP Basic, form-encoded as 2.3.1 says, or in the body; a token is good for an hour
  POST /short     the same; its tokens are good for a second
  POST /html      a page for people, with status 200
  POST /busy      503
  GET  /asked     how many tokens were given, as JSON {"tokens": 3}
  POST /revoke    no token that was given is good any more
  any  /api/...   401 without a good token, else JSON with the method and the body
"""
import base64
import json
import secrets
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLIENT = ("svcreq", "s3cret&+ pass")
tokens = {}
given = 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, content_type="application/json", **headers):
        data = (json.dumps(body) if content_type == "application/json" else body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def client(self, form):
        scheme, _, text = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            user, _, password = base64.b64decode(text).decode().partition(":")
            return urllib.parse.unquote_plus(user), urllib.parse.unquote_plus(password)
        return form.get("client_id"), form.get("client_secret")

    def give_token(self, lifetime):
        global given
        if self.headers.get("Content-Type", "").split(";")[0] != "application/x-www-form-urlencoded":
            return self.answer(400, {"error": "invalid_request"})
        form = dict(urllib.parse.parse_qsl(self.body(), strict_parsing=True))
        if form.get("grant_type") != "client_credentials":
            return self.answer(400, {"error": "unsupported_grant_type"})
        if self.client(form) != CLIENT:
            return self.answer(401, {"error": "invalid_client"}, WWW_Authenticate="Basic")
        token = secrets.token_urlsafe(30)
        tokens[token] = time.monotonic() + lifetime
        given += 1
        return self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": lifetime})

    def guarded(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        body = self.body()
        if scheme.lower() != "bearer" or tokens.get(token, 0) < time.monotonic():
            return self.answer(401, {"error": "invalid_token"}, WWW_Authenticate="Bearer")
        return self.answer(200, {"method": self.command, "body": body})

    def do_POST(self):
        if self.path == "/token":
            self.give_token(3600)
        elif self.path == "/short":
            self.give_token(1)
        elif self.path == "/html":
            self.body()
            self.answer(200, "<html>Please log in</html>", "text/html")
        elif self.path == "/busy":
            self.body()
            self.answer(503, {})
        elif self.path == "/revoke":
            self.body()
            tokens.clear()
            self.answer(200, {})
        elif self.path.startswith("/api/"):
            self.guarded()
        else:
            self.answer(404, {})

    def do_GET(self):
        if self.path == "/asked":
            self.answer(200, {"tokens": given})
        elif self.path.startswith("/api/"):
            self.guarded()
        else:
            self.answer(404, {})


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
