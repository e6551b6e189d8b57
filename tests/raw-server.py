#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Keeps what it receives, byte for byte, for tests.

It listens on 127.0.0.1, prints the port and ends when its standard input closes.  Each
request is written to <folder>/<number>, from 1, and answered with 200 and what stands in
<folder>/answer ("{}"), or with 503 while <folder>/fail is there.  As an HTTP proxy it keeps
what it is sent and answers itself.
"""

import os
import re
import socket
import sys
import threading


def end_with_input() -> None:
    """Ends the program when its standard input closes."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def receive(connection: socket.socket) -> bytes:
    """One request: a head, and as much of a body as it announces."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    length = re.search(rb"(?im)^content-length: *(\d+)\r$", data)
    end = data.index(b"\r\n\r\n") + 4 + (int(length.group(1)) if length else 0)
    while len(data) < end:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data


def answer(folder: str) -> bytes:
    """What the folder says."""
    status = b"503 No" if os.path.exists(os.path.join(folder, "fail")) else b"200 OK"
    body = b"{}"
    if os.path.exists(os.path.join(folder, "answer")):
        with open(os.path.join(folder, "answer"), "rb") as file:
            body = file.read()
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, len(body)) + body


def main() -> None:
    """Serves, one connection after the other."""
    folder = sys.argv[1]
    threading.Thread(target=end_with_input, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        number = 0
        while True:
            connection, _ = server.accept()
            with connection:
                number += 1
                name = os.path.join(folder, str(number))
                with open(name + ".tmp", "wb") as file:
                    file.write(receive(connection))
                os.rename(name + ".tmp", name)
                connection.sendall(answer(folder))


if __name__ == "__main__":
    main()
