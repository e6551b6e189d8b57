#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Takes connections and never says a word, for tests.

It listens on 127.0.0.1, prints the port and ends when its standard input closes.
"""

import os
import socket

if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while os.read(0, 4096):
            pass
