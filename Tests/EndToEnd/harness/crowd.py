"""Many clients that mean no good, and one honest client whose waiting is measured meanwhile."""

import pathlib
import resource
import selectors
import socket
import statistics
import threading
import time

import requests


class Crowd:
    """Connections of one address (of 127.0.0.0/8), which are only held."""

    def __init__(self, port, address="127.0.0.2"):
        self._port = port
        self._address = address
        self.sockets = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.sockets:
            one.close()

    def grow(self, count, first_words=b""):
        """Connects so often, and says the same on each connection."""
        for _ in range(count):
            one = socket.socket()
            one.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: more than there are ports to bind
            one.bind((self._address, 0))
            one.settimeout(20)
            one.connect(("127.0.0.1", self._port))
            if first_words:
                try:
                    one.sendall(first_words)
                except OSError:
                    pass  # It was shown the door meanwhile.
            self.sockets.append(one)
        return self

    @property
    def ended(self):
        """How many of them the server has ended."""
        with selectors.DefaultSelector() as selector:
            for one in self.sockets:
                selector.register(one, selectors.EVENT_READ)
            return len(selector.select(timeout=0))


class HonestClient:
    """Asks for the keys again and again, in turn on a connection that it keeps and on a new one."""

    def __init__(self, server):
        self._server = server
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.seconds = []
        self.failures = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join(60)

    def _run(self):
        kept = requests.Session()
        kept.trust_env = False
        is_over = False
        while not is_over:  # once more at the end, however short the attack was
            is_over = self._end.wait(0.02)
            self._ask(kept)
            with requests.Session() as new:
                new.trust_env = False
                self._ask(new)

    def _ask(self, session):
        began = time.monotonic()
        try:
            answer = session.get(self._server.url + "/.well-known/jwks.json", timeout=30)
            if not answer.ok:
                self.failures.append(answer.text)
        except requests.RequestException as error:
            self.failures.append(repr(error))
        self.seconds.append(time.monotonic() - began)

    @property
    def figures(self):
        percentiles = statistics.quantiles(self.seconds, n=100)
        return (
            f"{len(self.seconds)} answers to the honest client, {len(self.failures)} failures, "
            f"median {percentiles[49] * 1_000:.0f} ms, p99 {percentiles[98] * 1_000:.0f} ms, "
            f"longest {max(self.seconds) * 1_000:.0f} ms"
        )


def resident(server):
    """The memory of the server, in MiB."""
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1_024


def open_files(server):
    return len(list(pathlib.Path(f"/proc/{server.pid}/fd").iterdir()))


def allow_files(count):
    """Lets this process open so many files, if it may. Answers whether it does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= count
