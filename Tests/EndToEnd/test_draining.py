"""SIGTERM under load: what was accepted is answered, what was acknowledged is kept, and it ends in time."""

import http.client
import json
import socket
import threading
import time

from harness.accounts import JSON_REFRESH, refresh, tokens_of
from harness.deadline import until
from harness.raw import RawConnection

CLIENTS = 12


class Client(threading.Thread):
    """Rotates a refresh token again and again over connections that it keeps, and writes down what it was told."""

    def __init__(self, port, token):
        super().__init__()
        self._port = port
        self.token = token
        self.rotations = 0
        # The key of a call whose answer never came.
        self.unanswered = None
        # How connections failed on which a request had been sent: those that had answered before, and the others.
        self.broken = []
        self.never_taken = []
        self.was_told_to_close = False

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while True:
            try:
                connection.connect()
            except OSError:
                return  # the port is closed: the server is gone
            has_answered = False
            while True:
                key = f"{self.ident}-{self.rotations}"
                try:
                    connection.request(
                        "POST",
                        JSON_REFRESH,
                        json.dumps({"refresh_token": self.token}),
                        {"Content-Type": "application/json", "Idempotency-Key": key},
                    )
                    response = connection.getresponse()
                    body = response.read()
                except (OSError, http.client.HTTPException) as error:
                    self.unanswered = key
                    (self.broken if has_answered else self.never_taken).append(repr(error))
                    return
                has_answered = True
                assert response.status == 200, body
                self.token = json.loads(body)["refresh_token"]
                self.rotations += 1
                if response.headers["Connection"] == "close":
                    self.was_told_to_close = True
                    break
            connection.close()


def test_under_load_every_request_is_answered_and_no_acknowledged_rotation_is_lost(new_server):
    server = new_server(settings={"dev": "true", "rate_limits": "off"}).start()
    clients = [
        Client(server.port, tokens_of(server, f"user{number}@example.com")["refresh_token"])
        for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    until(lambda: all(client.rotations > 5 for client in clients), "every client to be at work")
    began = time.monotonic()
    assert server.stop() == 0
    duration = time.monotonic() - began
    for client in clients:
        client.join(30)
        assert not client.is_alive()
    assert [client.broken for client in clients if client.broken] == []
    # The shortest queue that the kernel can be told to keep holds one.
    assert len([client.never_taken for client in clients if client.never_taken]) <= 1
    assert any(client.was_told_to_close for client in clients)
    assert duration < 10

    server.start()
    for client in clients:
        # The token that was given last is good: no rotation after it was made, and none before it was lost.
        headers = {"Idempotency-Key": client.unanswered} if client.unanswered else {}
        assert refresh(server, client.token, **headers).status_code == 200


def test_during_the_delay_the_server_is_not_ready_but_answers(new_server):
    server = new_server(settings={"dev": "true", "drain_delay": "3"}).start()
    began = time.monotonic()
    server.terminate()
    until(lambda: server.get("/readyz").status_code == 503, "the server to be unready")
    answer = server.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    assert answer.headers["Connection"] == "close"
    assert server.wait() == 0
    assert 3 <= time.monotonic() - began < 8


def test_a_second_signal_ends_it_at_once(new_server):
    server = new_server(settings={"dev": "true"}).start()
    with RawConnection(server.port) as connection:
        # Half a request: the first signal waits for the other half.
        connection.send(
            b"POST /api/v1/auth/device HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 20\r\n\r\n{"
        )
        assert server.get("/healthz").ok
        server.terminate()
        time.sleep(1)
        assert server.is_running
        began = time.monotonic()
        server.terminate()
        assert server.wait() == 0
        assert time.monotonic() - began < 5
    assert "second signal" in server.log


def test_a_client_that_stops_in_the_middle_of_its_body_is_cut_off_in_time(new_server):
    server = new_server(settings={"dev": "true"}).start()
    with RawConnection(server.port) as connection:
        connection.send(
            b"POST /api/v1/auth/device HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 20\r\n\r\n{"
        )
        assert server.get("/healthz").ok
        began = time.monotonic()
        assert server.stop() == 0
        assert 15 < time.monotonic() - began < 28


def test_connections_that_come_while_the_port_is_being_closed_do_not_take_the_process_with_them(new_server):
    body = b'{"scope":"jobs:read"}'
    for _ in range(3):
        server = new_server(settings={"dev": "true"}).start()
        is_over = threading.Event()

        def knock(port=server.port, is_over=is_over):
            while not is_over.is_set():
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)):
                        return

        knockers = [threading.Thread(target=knock) for _ in range(4)]
        with RawConnection(server.port) as connection:
            connection.send(
                b"POST /api/v1/auth/device HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body[:5]
            )
            with RawConnection(server.port) as later:
                request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                assert later.send(request).response().status == 200, "connections are taken in their order"
            try:
                for knocker in knockers:
                    knocker.start()
                time.sleep(0.1)
                server.terminate()
                time.sleep(0.6)
                assert connection.send(body[5:]).response().status == 200
            finally:
                is_over.set()
                for knocker in knockers:
                    knocker.join(30)
        assert server.wait() == 0, server.log
