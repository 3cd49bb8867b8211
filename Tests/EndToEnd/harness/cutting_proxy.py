"""Stands between server and PostgreSQL, understands enough of the protocol to see COMMIT go by, and cuts the line.

<https://www.postgresql.org/docs/current/protocol-message-formats.html>
"""

import contextlib
import socket
import struct
import threading
import urllib.parse

# Requests before the first message proper: TLS, GSSAPI. They are answered by one byte.
NEGOTIATIONS = {80877103, 80877104}


class CuttingProxy:
    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self._upstream = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._cut = None
        self._lock = threading.Lock()
        self.cuts = 0
        port = self._listener.getsockname()[1]
        self.url = parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}").geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, cut):
        """The next COMMIT of a rotation is cut off: `before` it reaches PostgreSQL, or `after`: its answer is lost."""
        self._cut = cut

    def stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._upstream)
                for line in (client, server):
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._carry_requests, args=(client, server), daemon=True).start()
                threading.Thread(target=self._carry_answers, args=(server, client), daemon=True).start()

    def _carry_requests(self, client, server):
        with contextlib.suppress(OSError):
            self._carry_messages(client, server)
        for line in (client, server):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _carry_messages(self, client, server):
        pending, started, rotation = b"", False, Rotation()
        while received := client.recv(65_536):
            pending += received
            ready = b""
            while message := first_message(pending, started):
                pending = pending[len(message) :]
                started = started or struct.unpack_from(">I", message, 4)[0] not in NEGOTIATIONS
                cut = self._take() if rotation.is_committed_by(message) else None
                if cut == "before":
                    server.sendall(ready)
                    return
                if cut == "after":
                    # The client hears nothing more; the server gets the whole of what the client has said.
                    client.shutdown(socket.SHUT_RDWR)
                    server.sendall(ready + message + pending)
                    return
                ready += message
            server.sendall(ready)

    def _carry_answers(self, server, client):
        with contextlib.suppress(OSError):
            while received := server.recv(65_536):
                client.sendall(received)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _take(self):
        with self._lock:
            cut, self._cut = self._cut, None
            self.cuts += cut is not None
            return cut


class Rotation:
    """Whether the transaction of one connection changes grants, as far as it has come by."""

    def __init__(self):
        self._statements = set()
        self._has_begun = False

    def is_committed_by(self, message):
        kind, body = message[:1], message[5:]
        if kind == b"P":
            name, sql = body.split(b"\0")[:2]
            if b"UPDATE grants" in sql:
                self._statements.add(name)
        if kind != b"B":
            return False
        statement = body.split(b"\0")[1]
        if statement in (b"commit", b"rollback"):
            has_begun, self._has_begun = self._has_begun, False
            return has_begun and statement == b"commit"
        self._has_begun = self._has_begun or statement in self._statements
        return False


def first_message(data, started):
    """The first whole message; nothing when it is not all there. Before the start messages have no type."""
    start = 1 if started else 0
    if len(data) < start + 4:
        return b""
    end = start + struct.unpack_from(">I", data, start)[0]
    return data[:end] if len(data) >= end else b""
