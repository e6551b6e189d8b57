#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A small forward proxy for tests, of Python's standard library only.

It listens on 127.0.0.1, prints the port and ends when its standard input closes.  The
head of each request is appended to <log>.  With --auth user:password it answers 407 to
whoever does not say so; with --refuse it makes no tunnel and forwards nothing: 502.  Before
it reaches for a server it runs the command of --before.
"""

import argparse
import base64
import os
import select
import socket
import socketserver
import subprocess
import sys
import threading
import urllib.parse

OPTIONS = argparse.Namespace()
LOCK = threading.Lock()


def read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head of a request, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def relay(left: socket.socket, right: socket.socket) -> None:
    """Passes on bytes until one side closes."""
    while True:
        for side in select.select([left, right], [], [])[0]:
            data = side.recv(65536)
            if not data:
                return
            (right if side is left else left).sendall(data)


class Handler(socketserver.BaseRequestHandler):
    """One connection, for one request."""

    def handle(self) -> None:
        """Makes a tunnel, or forwards the request."""
        head, rest = read_head(self.request)
        if not head:
            return
        with LOCK, open(OPTIONS.log, "ab") as file:
            file.write(head + b"\n")
        if OPTIONS.auth and not self.is_allowed(head):
            self.answer(b"407 Proxy Authentication Required")
            return
        if OPTIONS.refuse:
            self.answer(b"502 Bad Gateway")
            return
        if OPTIONS.before:
            subprocess.run(OPTIONS.before, shell=True, check=True)
        lines = head.split(b"\r\n")
        method, target, _ = lines[0].split(b" ")
        if method == b"CONNECT":
            host, _, port = target.rpartition(b":")
            self.tunnel(host.decode(), int(port), b"", b"HTTP/1.1 200 OK\r\n\r\n")
            return
        url = urllib.parse.urlsplit(target.decode())
        path = url._replace(scheme="", netloc="").geturl().encode()
        lines[0] = method + b" " + path + b" HTTP/1.1"
        kept = [line for line in lines if not line.lower().startswith(b"proxy-")]
        kept.append(b"Connection: close")
        message = b"\r\n".join(kept) + b"\r\n\r\n" + rest
        self.tunnel(url.hostname or "", url.port or 80, message, b"")

    def is_allowed(self, head: bytes) -> bool:
        """Whether the request has the password."""
        wanted = b"Basic " + base64.b64encode(OPTIONS.auth.encode())
        return b"\r\nProxy-Authorization: " + wanted in head

    def answer(self, status: bytes) -> None:
        """An answer of the proxy's own."""
        self.request.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")

    def tunnel(self, host: str, port: int, there: bytes, back: bytes) -> None:
        """Connects to the server and passes on what both say."""
        try:
            with socket.create_connection((host, port)) as server:
                server.sendall(there)
                self.request.sendall(back)
                relay(self.request, server)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    """A thread for each connection."""

    daemon_threads = True


def end_with_input() -> None:
    """Ends the program when its standard input closes."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> None:
    """Serves."""
    parser = argparse.ArgumentParser(description="a small forward proxy for tests")
    parser.add_argument("log")
    parser.add_argument("--auth", metavar="USER:PASSWORD")
    parser.add_argument("--before", metavar="COMMAND")
    parser.add_argument("--refuse", action="store_true")
    parser.parse_args(sys.argv[1:], OPTIONS)
    threading.Thread(target=end_with_input, daemon=True).start()
    with Server(("127.0.0.1", 0), Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
