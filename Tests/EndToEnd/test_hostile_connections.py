"""Bytes that no honest client sends: each is refused, and the others are still served."""

import contextlib
import time

import pytest

from harness.raw import RawConnection

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/v1/auth/device HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(autouse=True)
def others_are_served(server):
    yield
    began = time.monotonic()
    assert server.get("/readyz").ok
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "head",
    [
        REQUEST + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        REQUEST + b"".join(b"X-%d: a\r\n" % n for n in range(5_000)) + b"\r\n",
        REQUEST + b"".join(b"X-%d: " % n + b"a" * 8_000 + b"\r\n" for n in range(10)) + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["one field", "many fields", "all fields together", "the address"],
)
def test_an_oversized_head_is_refused(server, head):
    with RawConnection(server.port) as connection:
        assert connection.status_or_end(head) in (400, 414, 431, None)


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody speaks TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n",
        REQUEST + b"X: a\x00b\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        POST + b"Content-Length: -1\r\n\r\n",
        POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    ],
    ids=[
        "no HTTP", "TLS", "HTTP/2", "space before the colon", "unknown version", "NUL", "chunk size no number",
        "chunk size negative", "chunk size too large", "two transfer encodings", "length and chunks", "two lengths",
        "negative length", "length too large",
    ],
)  # fmt: skip
def test_what_is_not_http_is_refused_and_the_connection_ended(server, data):
    with RawConnection(server.port) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.send(data)
        answer = connection.rest()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.1 5"), answer
    assert answer.count(b"HTTP/1.1 ") <= 1, "two answers to one request"


def test_trace_is_not_answered_with_what_was_sent(server):
    with RawConnection(server.port) as connection:
        connection.send(b"TRACE / HTTP/1.1\r\nHost: localhost\r\nX-Secret: canary\r\n\r\n")
        response = connection.response()
        assert response.status in (400, 405, 501)
        assert b"canary" not in response.body


def test_a_body_that_is_too_large_is_refused_whether_announced_or_not(server):
    large = b"a" * 70_000
    for body in [
        b"Content-Length: %d\r\n\r\n" % len(large) + large,
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(large) + large + b"\r\n0\r\n\r\n",
    ]:
        with RawConnection(server.port) as connection:
            assert connection.status_or_end(POST + body) in (413, None)


def test_slow_heads_keep_nobody_waiting(server):
    """As many as a small attacker opens, each with a head that never ends."""
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(RawConnection(server.port)) for _ in range(300)]
        for byte in REQUEST[:20]:
            for connection in slow:
                connection.send(bytes([byte]))
        began = time.monotonic()
        for _ in range(20):
            assert server.get("/.well-known/jwks.json").ok
        assert time.monotonic() - began < 5


def test_slow_bodies_keep_nobody_waiting(server):
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            connection = stack.enter_context(RawConnection(server.port))
            connection.send(POST + b"Content-Length: 1000\r\n\r\n{")
        began = time.monotonic()
        for _ in range(20):
            assert server.get("/readyz").ok
        assert time.monotonic() - began < 5
