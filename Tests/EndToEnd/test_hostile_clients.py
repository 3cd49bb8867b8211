"""Clients that take what they can: places, time and memory are bounded, and honest clients are still answered."""

import concurrent.futures
import contextlib
import os
import shutil
import socket
import subprocess
import time

import pytest

from harness.crowd import Crowd, HonestClient, allow_files, open_files, resident
from harness.deadline import until
from harness.raw import RawConnection

GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /api/v1/auth/device HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
# How many idle connections there are in the big test, and for how long the tools of others attack.
# `make durability` says 10000 and 20.
IDLE = int(os.environ.get("HOSTILE_CONNECTIONS", "2000"))
SECONDS = int(os.environ.get("HOSTILE_SECONDS", "6"))

# Nobody waits longer, even where the machine is busy with other things. docs/reliability.md has what is usual.
LONGEST = 20


@pytest.fixture
def small_server(new_server):
    """A server that may open 512 files, so that there are 256 places."""
    server = new_server()
    server.wrapper = ["prlimit", "--nofile=512:512"]
    return server.start()


def test_a_crowd_from_one_address_takes_nobody_elses_place(small_server):
    with RawConnection(small_server.port) as kept, Crowd(small_server.port) as crowd:
        kept.send(GET + b"\r\n")
        assert kept.response().status == 200
        with HonestClient(small_server) as honest:
            crowd.grow(1_000)
            until(lambda: crowd.ended >= 1_000 - 256, "the surplus to be closed")
            assert open_files(small_server) < 512
            time.sleep(1)
        print(honest.figures)
        assert honest.failures == []
        kept.send(GET + b"\r\n")
        assert kept.response().status == 200, "a connection of another address was closed for the crowd"
    assert "All places for connections are taken" in small_server.log
    assert small_server.log.count("All places for connections are taken") < 10


def test_places_come_back_when_the_crowd_has_gone(small_server):
    for _ in range(3):
        with Crowd(small_server.port) as crowd:
            crowd.grow(600)
    until(lambda: open_files(small_server) < 100, "the connections to be closed")
    assert small_server.get("/readyz").ok


def test_a_request_that_is_being_answered_keeps_its_place(small_server):
    """Its body has come in part: it is young, and its address holds but one."""
    body = b'{"client_id":"latchkey-cli"}'
    with RawConnection(small_server.port) as sending, Crowd(small_server.port) as crowd:
        sending.send(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        crowd.grow(600)
        until(lambda: crowd.ended >= 600 - 256, "the surplus to be closed")
        sending.send(body[5:])
        assert sending.response().status == 200


def test_idle_connections_cost_little_and_hinder_nobody(server):
    if not allow_files(IDLE + 200):
        pytest.skip(f"this process may not open {IDLE} files")
    before = resident(server)
    with contextlib.ExitStack() as stack, HonestClient(server) as honest:
        for n in range(10):
            stack.enter_context(Crowd(server.port, f"127.0.1.{n + 1}")).grow(IDLE // 10)
        time.sleep(2)
        after = resident(server)
    print(f"{IDLE} idle connections: {before:.0f} MiB before, {after:.0f} MiB with them; {honest.figures}")
    assert honest.failures == []
    assert max(honest.seconds) < LONGEST
    assert after - before < 16 + IDLE * 0.025, "25 KiB a connection is too much"


def _ends_after(port, first, more=b"", pause=0.5, patience=50, buffer=None):
    """Says something, and something more again and again; answers after how many seconds the server has hung up."""
    with socket.socket() as connection:
        if buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.connect(("127.0.0.1", port))
        connection.settimeout(pause)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            connection.sendall(first) if first else None
            while time.monotonic() - began < patience:
                if buffer:  # never reads
                    with contextlib.suppress(TimeoutError):
                        connection.sendall(more)
                    time.sleep(pause)
                    continue
                with contextlib.suppress(TimeoutError):
                    if connection.recv(65_536) == b"":
                        if not more:
                            break
                        time.sleep(pause)
                connection.sendall(more)
        return time.monotonic() - began


def test_who_is_slow_is_given_up_in_a_stated_time(server):
    page = b"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: localhost\r\n\r\n"
    cases = {
        "says nothing": ((b"",), 15),
        "a head that never ends": ((GET + b"X: ", b"a"), 15),
        "a second head that never ends": ((GET + b"\r\nGET", b" "), 15),
        "a body that never ends": ((POST + b"Content-Length: 1000\r\n\r\n{", b" "), 30),
        "a body that stops": ((POST + b"Content-Length: 1000\r\n\r\n{",), 35),
        "never reads": ((page * 2_000, page, 0.5, 50, 4_096), 30),
        "stays after its last answer": ((b"nonsense\r\n\r\n", b"a"), 5),
    }
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        running = {name: pool.submit(_ends_after, server.port, *says) for name, (says, _) in cases.items()}
        took = {name: one.result() for name, one in running.items()}
    for name, (_, limit) in cases.items():
        print(f"{name}: {took[name]:.1f} s, of {limit} s")
        assert limit - 2 < took[name] < limit + 12, name


def test_ten_thousand_pipelined_requests_are_answered_one_after_the_other(server):
    before = resident(server)
    with RawConnection(server.port) as connection, HonestClient(server) as honest:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            last = GET + b"Connection: close\r\n\r\n"
            sending = pool.submit(connection.send, (GET + b"\r\n") * 9_999 + last)
            answers = connection.rest()
            sending.result()
    print(f"10,000 pipelined requests: {before:.0f} MiB before, {resident(server):.0f} MiB after; {honest.figures}")
    assert answers.count(b"HTTP/1.1 200 OK") == 10_000
    assert honest.failures == []
    assert resident(server) - before < 64


LARGE = b"a" * 1_000_000


@pytest.mark.parametrize(
    "data",
    [
        b"GET /" + LARGE + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        GET + b"X: " + LARGE,
        GET + LARGE + b": a\r\n\r\n",
        GET + b"X: a\r\n" * 100_000 + b"\r\n",
        LARGE,
        POST + b"Transfer-Encoding: chunked\r\n\r\n5;" + LARGE + b"\r\nhello\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 1_000_000 + b"1\r\na\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 10_000 + b"0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + LARGE + b"\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: a\r\n" * 100_000 + b"\r\n",
    ],
    ids=[
        "request line", "field", "name of a field", "fields", "no line at all", "chunk extension", "chunk size of zeros",
        "tiny chunks", "trailer", "trailers",
    ],
)  # fmt: skip
def test_a_megabyte_of_nonsense_is_not_kept(server, data):
    """Twenty at once. What is sent is refused, ended or, where it means nothing, ignored; none of it stays."""
    before = resident(server)
    with concurrent.futures.ThreadPoolExecutor(20) as pool, HonestClient(server) as honest:

        def send(_):
            with RawConnection(server.port) as connection:
                return connection.status_or_end(data)

        answers = set(pool.map(send, range(20)))
    print(f"answered {answers}, {resident(server) - before:.1f} MiB more; {honest.figures}")
    assert answers <= {400, 413, 414, 431, None}, answers
    assert honest.failures == []
    assert resident(server) - before < 48


@pytest.mark.parametrize(
    "ambiguous",
    [
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\nContent-Length: 4\r\n\r\n",
        b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n",
        b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 4\r\n\r\n",
        b"Content-Length: 4\r\nContent-Length: 39\r\n\r\n",
        b"Content-Length: 4, 39\r\n\r\n",
        b"Content-Length: +39\r\n\r\n",
        b"Content-Length: 0x27\r\n\r\n",
        b"Content-Length: 39\nTransfer-Encoding: chunked\r\n\r\n",
        b"X: a\r\n Transfer-Encoding: chunked\r\nContent-Length : 4\r\n\r\n",
    ],
)
def test_no_second_request_is_read_out_of_an_ambiguous_one(server, ambiguous):
    """Where two readers could disagree about the end of a request, the connection ends with it (RFC 9112 §6.3)."""
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with RawConnection(server.port) as connection:
        with contextlib.suppress(ConnectionError):
            connection.send(POST + ambiguous + smuggled)
        answer = connection.rest()
    assert answer.count(b"HTTP/1.1 ") <= 1, answer
    assert b"\r\n\r\nok\n" not in answer


@pytest.mark.parametrize(
    "attack", [["-H"], ["-B"], ["-X", "-w", "512", "-y", "1024", "-n", "5", "-z", "32"], ["-R"]],
    ids=["slow heads", "slow bodies", "slow reads", "ranges"],
)  # fmt: skip
def test_slowhttptest_does_not_find_the_server_unavailable(server, attack):
    if not shutil.which("slowhttptest"):
        pytest.skip("slowhttptest is not installed")
    before = resident(server)
    command = [
        "slowhttptest", *attack, "-c", "1000", "-r", "500", "-i", "1", "-l", str(SECONDS), "-p", "5",
        "-u", server.url.replace("localhost", "127.0.0.1") + "/.well-known/openid-configuration",
    ]  # fmt: skip
    with HonestClient(server) as honest:
        result = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS + 60)
    print(f"slowhttptest {attack[0]}: {resident(server) - before:.0f} MiB more; {honest.figures}")
    assert "service available:" in result.stdout.replace("\x1b[0m", ""), result.stdout[-500:]
    assert honest.failures == []
    assert max(honest.seconds) < LONGEST
    assert resident(server) - before < 64


def test_a_flood_on_one_route_leaves_the_others_to_the_others(server):
    """As fast as 32 clients can, past the limit of their address, while the honest one asks for something else."""
    refused = served = 0

    def flood(_):
        counts = [0, 0]
        session = server.new_session()
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            answer = session.post(server.url + "/api/v1/auth/refresh", json={"refresh_token": "lkr_x"}, timeout=30)
            assert answer.status_code in (400, 429), answer.text
            counts[answer.status_code == 429] += 1
        return counts

    before = resident(server)
    with HonestClient(server) as honest, concurrent.futures.ThreadPoolExecutor(32) as pool:
        for a, b in pool.map(flood, range(32)):
            served, refused = served + a, refused + b
    print(f"{served} served and {refused} refused; {resident(server) - before:.0f} MiB more; {honest.figures}")
    assert honest.failures == []
    assert max(honest.seconds) < LONGEST
    assert resident(server) - before < 64
