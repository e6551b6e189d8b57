#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A misbehaving HTTP server for tests, of Python's standard library only, but for br and zstd.

It listens on 127.0.0.1, prints the port as the first line of its standard output and
ends when its standard input closes (keep that open: a pipe, a FIFO), on SIGTERM, or
after --seconds.  With --tls it speaks HTTPS, with --client-ca to whoever shows a certificate
of that authority.  With --silent it takes connections and never says a word.  As an HTTP
proxy it answers itself.

With --keep FOLDER each request is kept there, byte for byte, in a file FOLDER/<number>, from
1, before it is answered.  What the list below does not have is then answered with 200 and what
stands in FOLDER/answer ("{}"), or with 503 while FOLDER/fail is there.

How it behaves is told by the path, whatever the method:

/ok                    200 and "ok"
/status/<n>            that status; ?retry_after= is sent as Retry-After
/empty                 204
/echo                  200 and, in JSON, the method, path, headers (in order) and body;
                       X-Body-Length has the length of the body
/big/<n>               n bytes in chunks
/flaky/<n>/<key>       503 for the first n-1 calls of that key, then 200; ?retry_after=
/exists/<key>          reads the first request of that key and closes; 409 from then on
/redirect<3xx>?to=     a redirect to there
/delay/<seconds>       200 after so long
/hold                  200 once there was a POST /release, which is not counted
/hold/<n>              the same; in JSON, {"id": <n zeros>}
/interim               100 and 103 first, then 200
/trailers              a chunked body with trailers
/close-after-read      reads the request and closes
/stall                 reads the request and never answers
/trickle               a body of 60 bytes, one a second
/cut[/<status>]        100 bytes promised, 10 sent, closed
/stuck/<status>        a head that promises 100 bytes, 10 of them, and no end; when they have arrived
                       that is counted as "STUCK <status>"; ?to= is sent as Location
/part/<from>/<to>      200 and those bytes of the request's body
/unended/<from>/<to>   the same, but nothing says how long it is
/folded/<from>/<to>    the same in a header, X-Folded, with each space folded
/switch                101, and then another protocol
/garbage               an answer that is not HTTP
/many-headers          100,000 header lines
/long-header           one header line of 200 KiB
/gzip-bomb             50 MB of zeros, gzip
/bomb/<encoding>       the same with another encoding
/binary                the bytes 0 to 255
/encoded/<names>       200 (or ?status=) and the request's body ({"id": "vm-1"} when it has none)
                       with those encodings, by commas: gzip, x-gzip, deflate, raw (deflate without
                       zlib's frame), br, zstd; others are only named
/encoded/<names>/<how>  the same, "cut" in half, "plain" or with "more" behind it; what is sent is
                       as long as its Content-Length
/keepalive-die         200, kept alive; the next request on that connection, whatever
                       its path, is read, counted and not answered: closed
/drop                  reset (RST); the request stays unread, but is counted

Every request is counted, by method and path (without the query), as soon as its head
is there.  GET /count gives the counts in JSON {"POST /ok": 1}, POST /reset sets them
to nothing and holds again; neither is counted or kept.
"""

import argparse
import fcntl
import gzip
import http.client
import importlib
import json
import os
import socket
import socketserver
import ssl
import struct
import subprocess
import sys
import termios
import threading
import time
import urllib.parse
import zlib
from http.server import BaseHTTPRequestHandler
from typing import BinaryIO, Callable, Optional

BOMB_SIZE = 50 * 1000 * 1000


class Counts:
    """How often each request and each flaky key was seen."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.requests: dict[str, int] = {}
        self.flaky: dict[str, int] = {}
        self.bombs: dict[str, bytes] = {}

    def add(self, method: str, path: str) -> None:
        """Counts one request."""
        name = f"{method} {path}"
        with self.lock:
            self.requests[name] = self.requests.get(name, 0) + 1

    def add_flaky(self, key: str) -> int:
        """Counts one call of a flaky key and returns its number, from 1."""
        with self.lock:
            self.flaky[key] = self.flaky.get(key, 0) + 1
            return self.flaky[key]

    def reset(self) -> None:
        """Forgets all counts."""
        with self.lock:
            self.requests.clear()
            self.flaky.clear()

    def json(self) -> bytes:
        """The counts of the requests."""
        with self.lock:
            return json.dumps(self.requests, indent=1, sort_keys=True).encode()

    def bomb(self, name: str) -> bytes:
        """Zeros, encoded once."""
        with self.lock:
            if name not in self.bombs:
                self.bombs[name] = ENCODERS[name](bytes(BOMB_SIZE))
            return self.bombs[name]


class Recorder:
    """What is read from a connection, and kept."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.bytes = b""

    def readline(self, size: int = -1) -> bytes:
        """One line."""
        line = self.file.readline(size)
        self.bytes += line
        return line

    def read(self, size: int) -> bytes:
        """So many bytes."""
        data = self.file.read(size)
        self.bytes += data
        return data

    def close(self) -> None:
        """Closes the connection's file."""
        self.file.close()


class Folder:
    """Where requests are kept, each in a file of its number."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.number = 0

    def keep(self, request: bytes) -> None:
        """Writes one; the file is there whole or not at all."""
        with self.lock:
            self.number += 1
            name = os.path.join(self.path, str(self.number))
            with open(name + ".tmp", "wb") as file:
                file.write(request)
            os.rename(name + ".tmp", name)

    def answer(self) -> tuple[int, bytes]:
        """The status and the body that it says."""
        status = 503 if os.path.exists(os.path.join(self.path, "fail")) else 200
        try:
            with open(os.path.join(self.path, "answer"), "rb") as file:
                return status, file.read()
        except FileNotFoundError:
            return status, b"{}"


COUNTS = Counts()
RELEASED = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    tls: Optional[ssl.SSLContext] = None
    folder: Optional[Folder] = None
    server_version = "bad-server"
    dies_next = False
    handshake = "fin"
    body = b""
    query: dict[str, str] = {}
    route = ""

    def break_handshake(self) -> None:
        """Ends TLS before it has begun, and counts that."""
        if self.handshake.startswith("proxy-"):
            while b"\r\n\r\n" not in self.request.recv(65536):
                pass
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        COUNTS.add("TLS", self.handshake)
        self.request.recv(65536)
        how = self.handshake.rsplit("-", 1)[-1]
        if how == "reset":
            linger = struct.pack("ii", 1, 0)
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        elif how.isdigit():
            self.request.sendall(bytes([0x15, 3, 3, 0, 2, 2, int(how)]))
        elif how == "stall":
            self.request.recv(1)
        raise ConnectionError

    def setup(self) -> None:
        """Begins TLS, in this connection's own thread."""
        if self.request.recv(1, socket.MSG_PEEK) == b"\x16" and self.tls is None:
            self.break_handshake()
        if self.handshake.startswith("proxy-") and self.is_connect():
            self.break_handshake()
        if self.tls is not None:
            self.request = self.tls.wrap_socket(
                self.request, server_side=True, do_handshake_on_connect=False
            )
            try:
                self.request.do_handshake()
            except ssl.SSLError:
                time.sleep(0.3)  # else the alert could be lost when this end closes
                raise
        super().setup()
        if self.folder is not None:
            self.rfile = Recorder(self.rfile)

    def is_connect(self) -> bool:
        """Peeks whether a way is asked for."""
        return self.request.recv(8, socket.MSG_PEEK) == b"CONNECT "

    def handle_one_request(self) -> None:
        """Reads a request, counts it and answers as its path says."""
        self.close_connection = True
        try:
            if self.was_dropped():
                return
            if self.folder is not None:
                self.rfile.bytes = b""
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                return
            url = urllib.parse.urlsplit(self.path)
            self.route = url.path
            self.query = dict(urllib.parse.parse_qsl(url.query))
            is_control = self.route in ("/count", "/reset", "/release") or self.route.startswith(
                "/handshake/"
            )
            if not is_control:
                COUNTS.add(self.command, self.route)
            self.body = self.read_body()
            if not is_control:
                self.keep()
            if self.dies_next:
                self.close_connection = True
                return
            self.answer()
            self.wfile.flush()
        except (OSError, ValueError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
        """Says nothing."""

    def was_dropped(self) -> bool:
        """Peeks at the request and resets the connection if it is for /drop."""
        head = b""
        while self.tls is None and not self.dies_next and b"\n" not in head:
            seen = self.connection.recv(4096, socket.MSG_PEEK)
            if not seen or len(seen) == len(head):
                return False
            head = seen
        words = head.split(b"\n")[0].decode("latin-1").split(" ")
        if len(words) < 2 or words[1].split("?")[0] != "/drop":
            return False
        COUNTS.add(words[0], "/drop")
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        return True

    def read_body(self) -> bytes:
        """The body of the request, of either framing."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def keep(self) -> None:
        """Keeps the request that was read, if it is to be kept."""
        if self.folder is not None:
            self.folder.keep(self.rfile.bytes)

    def answer(self) -> None:
        """Finds the behaviour for the path."""
        if self.command == "CONNECT":
            self.refuse_way()
            return
        words = self.route.strip("/").split("/")
        name, args = words[0], words[1:]
        if name.startswith("redirect") and name[8:].isdigit():
            name, args = "redirect", [name[8:]]
        behave = BEHAVIOURS.get(name)
        if behave is not None:
            behave(self, args)
        elif self.folder is not None:
            self.send(*self.folder.answer(), {"Connection": "close"})
        else:
            self.send(404, b"no such behaviour\n")

    def refuse_way(self) -> None:
        """No tunnel: "CONNECT status-503.invalid:443" is answered with 503."""
        host = self.path.split(".")[0]
        self.send(int(host[7:]) if host.startswith("status-") else 404, b"")

    def send(
        self, status: int, body: bytes = b"", headers: Optional[dict[str, str]] = None
    ) -> None:
        """A proper answer."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        has_body = status >= 200 and status not in (204, 304)
        if has_body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if has_body and self.command != "HEAD":
            self.wfile.write(body)

    def send_raw(self, data: bytes) -> None:
        """Bytes that are no proper answer; the connection closes after them."""
        self.close_connection = True
        self.wfile.write(data)
        self.wfile.flush()

    def send_chunk(self, data: bytes) -> None:
        """A chunk, the last one when it is empty."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if data else b"0\r\n\r\n")

    def retry_after(self) -> dict[str, str]:
        """The header that the query asks for."""
        wait = self.query.get("retry_after")
        return {} if wait is None else {"Retry-After": wait}


def ok(handler: Handler, _args: list[str]) -> None:
    """A plain answer."""
    handler.send(200, b"ok", {"Content-Type": "text/plain"})


def status_of(handler: Handler, args: list[str]) -> None:
    """The status that was asked for."""
    status = int(args[0])
    reason = http.client.responses.get(status, "a status")
    handler.send(status, f"{status} {reason}".encode(), handler.retry_after())


def empty(handler: Handler, _args: list[str]) -> None:
    """No content."""
    handler.send(204)


def echo(handler: Handler, _args: list[str]) -> None:
    """What was received."""
    seen = {
        "method": handler.command,
        "path": handler.path,
        "headers": list(map(list, handler.headers.items())),
        "body": handler.body.decode("utf-8", "backslashreplace"),
    }
    headers = {"Content-Type": "application/json", "X-Body-Length": str(len(handler.body))}
    handler.send(200, json.dumps(seen).encode(), headers)


def big(handler: Handler, args: list[str]) -> None:
    """Many bytes, chunked."""
    left = int(args[0])
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while left > 0:
        size = min(left, 65536)
        handler.send_chunk(b"x" * size)
        left -= size
    handler.send_chunk(b"")


def flaky(handler: Handler, args: list[str]) -> None:
    """Fails until the n-th call."""
    number = COUNTS.add_flaky(args[1])
    if number < int(args[0]):
        handler.send(503, b"not yet", handler.retry_after())
    else:
        handler.send(200, b"now", {"X-Calls": str(number)})


def exists(handler: Handler, args: list[str]) -> None:
    """It is made without a word, and cannot be made twice."""
    if COUNTS.add_flaky(args[0]) == 1:
        close_after_read(handler, args)
    else:
        handler.send(409, b'{"error":"it exists"}', {"Content-Type": "application/json"})


def redirect(handler: Handler, args: list[str]) -> None:
    """Points elsewhere."""
    handler.send(int(args[0]), b"elsewhere", {"Location": handler.query.get("to", "/ok")})


def delay(handler: Handler, args: list[str]) -> None:
    """Answers late."""
    time.sleep(float(args[0]))
    handler.send(200, b"late")


def hold(handler: Handler, args: list[str]) -> None:
    """Answers when it is told to."""
    RELEASED.wait()
    handler.send(200, json.dumps({"id": "0" * int(args[0])}).encode() if args else b"held")


def release(handler: Handler, _args: list[str]) -> None:
    """Lets go what is held, and what comes."""
    RELEASED.set()
    handler.send(200)


def interim(handler: Handler, _args: list[str]) -> None:
    """Other responses before the response."""
    handler.wfile.write(b"HTTP/1.1 100 Continue\r\nX-Interim: 100\r\n\r\n")
    handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nX-Interim: 103\r\n\r\n")
    handler.send(200, b"ok")


def trailers(handler: Handler, _args: list[str]) -> None:
    """Headers after the body, one of which looks like a status line."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.send_header("Trailer", "X-Trailer")
    handler.end_headers()
    handler.wfile.write(b"2\r\nok\r\n0\r\nX-Trailer: 1\r\nHTTP/1.1: 2\r\n\r\n")


def close_after_read(handler: Handler, _args: list[str]) -> None:
    """No answer at all."""
    handler.close_connection = True


def stall(handler: Handler, _args: list[str]) -> None:
    """No answer, and no end."""
    handler.close_connection = True
    while handler.connection.recv(4096):
        pass


def trickle(handler: Handler, _args: list[str]) -> None:
    """An answer that takes a minute."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Length", "60")
    handler.end_headers()
    for _ in range(60):
        handler.wfile.write(b".")
        handler.wfile.flush()
        time.sleep(1)


def cut(handler: Handler, args: list[str]) -> None:
    """Less than promised."""
    status = int(args[0]) if args else 200
    line = f"HTTP/1.1 {status} {http.client.responses[status]}\r\n".encode()
    handler.send_raw(line + b"Content-Length: 100\r\n\r\n0123456789")


def cut_once(handler: Handler, args: list[str]) -> None:
    """Breaks off the first time: its length, a chunk, or only its end is missing."""
    body, how = b'{"id": "vm-1"}', args[0]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    if COUNTS.add_flaky(args[1]) > 1:
        handler.send(200, body)
    elif how == "chunked":
        handler.send_raw(head + b"Transfer-Encoding: chunked\r\n\r\n6\r\n" + body[:6] + b"\r\n")
    else:
        handler.send_raw(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:6])
        if how == "stalled":
            handler.connection.recv(1)  # until the other side has given up


def stuck(handler: Handler, args: list[str]) -> None:
    """A beginning that arrives, and no end."""
    status = int(args[0])
    line = f"HTTP/1.1 {status} {http.client.responses[status]}\r\n"
    if "to" in handler.query:
        line += f"Location: {handler.query['to']}\r\n"
    handler.send_raw(line.encode() + b"Content-Length: 100\r\n\r\n0123456789")
    while struct.unpack("i", fcntl.ioctl(handler.connection, termios.TIOCOUTQ, bytes(4)))[0] > 0:
        time.sleep(0.001)  # the other side's system does not have it yet
    COUNTS.add("STUCK", args[0])
    while handler.connection.recv(4096):
        pass


def part(handler: Handler, args: list[str]) -> None:
    """A part of what was received."""
    handler.send(200, handler.body[int(args[0]) : int(args[1])])


def unended(handler: Handler, args: list[str]) -> None:
    """A part of what was received, without its length."""
    body = handler.body[int(args[0]) : int(args[1])]
    handler.send_raw(b"HTTP/1.1 200 OK\r\n\r\n" + body)


def folded(handler: Handler, args: list[str]) -> None:
    """A header over many lines."""
    lines = handler.body[int(args[0]) : int(args[1])].split(b" ")
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Folded: "
    handler.send_raw(head + b"\r\n \t ".join(lines) + b"\r\n\r\n")


def switch(handler: Handler, _args: list[str]) -> None:
    """Another protocol."""
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"
    handler.send_raw(head + b"\x01hello")


def garbage(handler: Handler, _args: list[str]) -> None:
    """Not HTTP."""
    handler.send_raw(b"\x00\x01\x02 what is this?\r\n\r\n" * 100)


def many_headers(handler: Handler, _args: list[str]) -> None:
    """Header lines without end."""
    lines = b"".join(b"X-Header-%d: %d\r\n" % (i, i) for i in range(100000))
    handler.send_raw(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 0\r\n\r\n")


def long_header(handler: Handler, _args: list[str]) -> None:
    """A header line without end."""
    line = b"X-Long: " + b"x" * 200 * 1024
    handler.send_raw(b"HTTP/1.1 200 OK\r\n" + line + b"\r\nContent-Length: 0\r\n\r\n")


def gzip_bomb(handler: Handler, _args: list[str]) -> None:
    """Small on the wire."""
    bomb(handler, ["gzip"])


def binary(handler: Handler, _args: list[str]) -> None:
    """No text."""
    handler.send(200, bytes(range(256)))


def bomb(handler: Handler, args: list[str]) -> None:
    """Small on the wire."""
    handler.send(200, COUNTS.bomb(args[0]), {"Content-Encoding": args[0]})


def deflate_raw(data: bytes) -> bytes:
    """As some servers take "deflate"."""
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return encoder.compress(data) + encoder.flush()


def brotli(data: bytes) -> bytes:
    """By Debian's python3-brotli."""
    return importlib.import_module("brotli").compress(data)


def zstd(data: bytes) -> bytes:
    """By Debian's zstd."""
    return subprocess.run(["zstd", "-qc"], input=data, stdout=subprocess.PIPE, check=True).stdout


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "raw": deflate_raw,
    "br": brotli,
    "zstd": zstd,
}


def encoded(handler: Handler, args: list[str]) -> None:
    """A body as Content-Encoding says, or not quite."""
    names, how = urllib.parse.unquote(args[0]).split(","), args[1] if len(args) > 1 else ""
    body = handler.body or b'{"id": "vm-1"}'
    for name in names if how != "plain" else []:
        body = ENCODERS.get(name.lower(), bytes)(body)
    if how == "cut":
        body = body[: len(body) // 2]
    if how == "more":
        body += b"more"
    said = ", ".join("deflate" if name == "raw" else name for name in names)
    handler.send(int(handler.query.get("status", "200")), body, {"Content-Encoding": said})


def keepalive_die(handler: Handler, _args: list[str]) -> None:
    """A connection that works once."""
    handler.close_connection = False
    handler.dies_next = True
    handler.send(200, b"ok")


def handshake(handler: Handler, args: list[str]) -> None:
    """From now on TLS ends so: fin, reset, stall or the number of an alert; "proxy-" in a tunnel."""
    Handler.handshake = args[0]
    handler.send(204)


def count(handler: Handler, _args: list[str]) -> None:
    """The counts."""
    handler.send(200, COUNTS.json(), {"Content-Type": "application/json"})


def reset(handler: Handler, _args: list[str]) -> None:
    """Begin to count anew."""
    COUNTS.reset()
    RELEASED.clear()
    handler.send(200, b"{}", {"Content-Type": "application/json"})


BEHAVIOURS: dict[str, Callable[[Handler, list[str]], None]] = {
    "ok": ok,
    "status": status_of,
    "empty": empty,
    "echo": echo,
    "big": big,
    "flaky": flaky,
    "exists": exists,
    "redirect": redirect,
    "delay": delay,
    "hold": hold,
    "release": release,
    "interim": interim,
    "trailers": trailers,
    "close-after-read": close_after_read,
    "stall": stall,
    "trickle": trickle,
    "cut": cut,
    "cut-once": cut_once,
    "stuck": stuck,
    "part": part,
    "unended": unended,
    "folded": folded,
    "switch": switch,
    "garbage": garbage,
    "many-headers": many_headers,
    "long-header": long_header,
    "gzip-bomb": gzip_bomb,
    "bomb": bomb,
    "binary": binary,
    "encoded": encoded,
    "keepalive-die": keepalive_die,
    "handshake": handshake,
    "count": count,
    "reset": reset,
}


class Server(socketserver.ThreadingTCPServer):
    """A thread for each connection."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news here."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def end_with_input() -> None:
    """Ends the program when its standard input closes."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> None:
    """Serves until it is time to end."""
    parser = argparse.ArgumentParser(description="a misbehaving HTTP server for tests")
    parser.add_argument("--port", type=int, default=0, help="default: any that is free")
    parser.add_argument("--seconds", type=float, default=3600, help="end after so long (3600)")
    parser.add_argument(
        "--ignore-stdin", action="store_true", help="do not end when standard input closes"
    )
    parser.add_argument("--tls", metavar="PEM", help="speak TLS with this certificate and key")
    parser.add_argument("--client-ca", metavar="PEM", help="and demand one of this authority")
    parser.add_argument("--keep", metavar="FOLDER", help="keep each request there")
    parser.add_argument("--silent", action="store_true", help="never say a word")
    options = parser.parse_args()
    if options.keep is not None:
        Handler.folder = Folder(options.keep)
    if options.tls is not None:
        Handler.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        Handler.tls.load_cert_chain(options.tls)
        if options.client_ca is not None:
            Handler.tls.verify_mode = ssl.CERT_REQUIRED
            Handler.tls.load_verify_locations(options.client_ca)
    with Server(("127.0.0.1", options.port), Handler) as server:
        print(server.server_address[1], flush=True)
        if not options.ignore_stdin:
            threading.Thread(target=end_with_input, daemon=True).start()
        if not options.silent:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        time.sleep(options.seconds)


if __name__ == "__main__":
    main()
