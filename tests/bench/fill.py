#!/usr/bin/env python3
"""Copies of a request, as if each had been made and run by itself.

    tests/bench/fill.py <workspace> <id> <first> <last> [latest]

Writes the requests <first> to <last> with the events of request <id>: each with its own number,
chain and check, and with its entry in the queue that <id> is in.  latest: the latest event of each
alone, which is what listings read.  Nothing may run meanwhile, and nothing waits for the disk.
"""
import hashlib
import os
import re
import sys


def main():
    workspace, template, first, last = sys.argv[1], *map(int, sys.argv[2:5])
    latest = sys.argv[5:] == ["latest"]
    requests = os.path.join(workspace, "state/requests")
    queue = os.path.join(workspace, "state/queue")
    names = sorted(os.listdir(os.path.join(requests, str(template))))
    texts = []
    for name in names:
        with open(os.path.join(requests, str(template), name), "rb") as file:
            texts.append(file.read())
    queues = [
        os.path.join(queue, status)
        for status in os.listdir(queue)
        if os.path.exists(os.path.join(queue, status, str(template)))
    ]
    own = b'"service_request_id":%d,' % template
    prev = re.compile(rb'"prev":"[0-9a-f]{64}"')
    seal = re.compile(rb',"sha256":"[0-9a-f]{64}"}\n$')
    for number in range(first, last + 1):
        folder = os.path.join(requests, str(number))
        os.mkdir(folder, 0o700)
        head = b""
        for name, text in zip(names, texts):
            text = text.replace(own, b'"service_request_id":%d,' % number, 1)
            text = prev.sub(b'"prev":"%s"' % head, text, 1)
            body = seal.sub(b"", text)
            text = body + b',"sha256":"%s"}\n' % hashlib.sha256(body).hexdigest().encode()
            head = hashlib.sha256(text).hexdigest().encode()
            if latest and name != names[-1]:
                continue
            fd = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(fd, text)
            os.close(fd)
        for status in queues:
            os.close(os.open(os.path.join(status, str(number)), os.O_WRONLY | os.O_CREAT, 0o600))


main()
