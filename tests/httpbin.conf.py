"""How gunicorn serves httpbin for httpbin.sh."""
import os
import select
import signal
import threading

# Whoever started this may wait for the end of pipes that were only passed on to it.
os.closerange(3, 1024)

folder = os.environ["HTTPBIN_FOLDER"]
bind = "127.0.0.1:0"
pidfile = os.path.join(folder, "pid")
preload_app = True
worker_class = "gthread"
workers = 2
threads = 32
graceful_timeout = 0


def end_with(pid):
    """Ends the server when that process ends, however it ends."""
    try:
        parent = os.pidfd_open(pid)
        select.select([parent], [], [])
    except ProcessLookupError:
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def when_ready(server):
    """The socket listens and httpbin is loaded: from now on each call is answered."""
    port = server.LISTENERS[0].sock.getsockname()[1]
    unfinished = os.path.join(folder, "port.tmp")
    with open(unfinished, "w", encoding="ascii") as file:
        print(port, file=file)
    os.rename(unfinished, os.path.join(folder, "port"))
    parent = int(os.environ["HTTPBIN_PARENT"])
    threading.Thread(target=end_with, args=[parent], daemon=True).start()
