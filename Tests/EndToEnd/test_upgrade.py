"""Requests that offer to go on in another protocol, as Java's client sends them to addresses without TLS."""

from urllib.parse import urlsplit

import pytest

from harness.examples import Examples
from harness.raw import RawConnection

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /oauth/introspect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.mark.parametrize(
    ("request_text", "status"),
    [(GET + OFFER + b"\r\n", 200), (POST + OFFER + b"Content-Length: 7\r\n\r\ntoken=x", 401)],
    ids=["without a body", "with one"],
)
def test_it_is_answered_as_if_nothing_had_been_offered_and_the_client_is_told_that_it_was_the_last(
    server, request_text, status
):
    with RawConnection(server.port) as connection:
        # The one before it is not the last.
        before = connection.send(GET + b"\r\n").response()
        assert (before.status, before.headers.get("Connection")) == (200, None)
        response = connection.send(request_text).response()
        assert (response.status, response.headers["Connection"]) == (status, "close")
        assert "Upgrade" not in response.headers
        assert connection.rest() == b""


def test_requests_sent_together_are_answered_up_to_the_offer(server):
    with RawConnection(server.port) as connection:
        connection.send(GET + b"\r\n" + GET + OFFER + b"\r\n" + GET + b"\r\n")
        _, first, second = connection.rest().split(b"HTTP/1.1 200 OK\r\n")
        assert b"Connection: close" not in first and b"Connection: close" in second


def test_the_example_apis_which_no_proxy_stands_before_do_the_same(server, tmp_path):
    examples = Examples(server, tmp_path)
    try:
        for name in ("crewkeel", "calkeep", "autochat", "craftdesk"):
            api = urlsplit(examples.url(name))
            get = f"GET {api.path}/nothing HTTP/1.1\r\nHost: localhost\r\n".encode()
            with RawConnection(api.port) as connection:
                before = connection.send(get + b"\r\n").response()
                assert (before.status, before.headers.get("Connection")) == (404, None)
                response = connection.send(get + OFFER + b"\r\n").response()
                assert (response.status, response.headers["Connection"]) == (404, "close")
                assert connection.rest() == b""
    finally:
        examples.end()
