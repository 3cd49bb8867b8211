"""What clients see when PostgreSQL is stopped, killed, frozen or cut off in the middle of their requests."""

import concurrent.futures
import contextlib
import threading
import time

import pytest

from harness.accounts import is_accepted, refresh, tokens_of
from harness.cutting_proxy import CuttingProxy
from harness.deadline import until
from harness.refreshing_client import LONGEST_ANSWER, RefreshingClient


@contextlib.contextmanager
def load(clients):
    """All refresh at once, again and again, as long as the block runs."""
    end = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        running = [pool.submit(client.refresh_until, end) for client in clients]
        try:
            yield
        finally:
            end.set()
    for client in running:
        client.result()


def readiness(server):
    began = time.monotonic()
    status = server.get("/readyz").status_code
    assert time.monotonic() - began < LONGEST_ANSWER
    return status


# Clients that are refused come again at once, all from one address.
UNLIMITED = {"dev": "true", "rate_limits": "off"}

DEPARTURES = {
    "stopped": (lambda cluster: cluster.halt("fast"), lambda cluster: cluster.resume()),
    "killed": (lambda cluster: cluster.kill(), lambda cluster: cluster.resume()),
    "frozen": (lambda cluster: cluster.freeze(), lambda cluster: cluster.thaw()),
}


@pytest.mark.parametrize("departure", DEPARTURES)
def test_a_database_that_leaves_under_load_costs_refusals_and_nothing_else(new_server, cluster, departure):
    leave, come_back = DEPARTURES[departure]
    server = new_server("--database", cluster.url, settings=UNLIMITED).start()
    clients = [RefreshingClient(server, tokens_of(server, f"user{n}@example.com")) for n in range(24)]
    with load(clients):
        until(lambda: min(client.answered for client in clients) >= 3, "every client to be served")
        leave(cluster)
        until(lambda: readiness(server) == 503, "the server to say that it is not ready")
        until(lambda: min(client.refused for client in clients) >= 1, "every client to be refused")
        before = server.resident_megabytes
        time.sleep(1)
        assert server.resident_megabytes - before < 32, "nothing is kept for a database that is away"
        assert server.get("/healthz").ok and server.get("/.well-known/jwks.json").ok
        come_back(cluster)
        until(lambda: readiness(server) == 200, "the server to be ready again")
        served = [client.answered for client in clients]
        until(lambda: all(c.answered > n for c, n in zip(clients, served)), "every client to be served again")
    assert max(client.slowest for client in clients) < LONGEST_ANSWER
    for client in clients:
        client.refresh()


@pytest.fixture
def proxy(cluster):
    proxy = CuttingProxy(cluster.url)
    yield proxy
    proxy.stop()


@pytest.mark.parametrize("cut", ["before", "after"])
def test_a_line_cut_during_commit_logs_no_honest_client_out(new_server, cluster, proxy, cut):
    server = new_server("--database", proxy.url).start()
    tokens = tokens_of(server, "ada@example.com")
    for number in range(3):
        key = {"Idempotency-Key": f"call {number}"}
        proxy.arm(cut)
        first = refresh(server, tokens["refresh_token"], **key)
        assert proxy.cuts == number + 1
        assert first.status_code in (200, 503), first.text
        assert first.elapsed.total_seconds() < LONGEST_ANSWER
        repeated = refresh(server, tokens["refresh_token"], **key)
        assert repeated.status_code == 200, repeated.text
        if first.status_code == 200:
            assert repeated.json()["refresh_token"] == first.json()["refresh_token"]
        else:
            assert first.headers["Retry-After"]
        assert cluster.number("SELECT max(generation) FROM grants") == number + 2, "rotated once, not twice"
        tokens = repeated.json()
    assert is_accepted(server, tokens["access_token"])


def test_a_line_cut_during_the_commit_of_many_logs_none_of_them_out(new_server, cluster, proxy):
    server = new_server("--database", proxy.url, settings=UNLIMITED).start()
    clients = [RefreshingClient(server, tokens_of(server, f"user{n}@example.com")) for n in range(16)]
    with load(clients):
        for number, cut in enumerate(["before", "after"] * 3):
            proxy.arm(cut)
            until(lambda: proxy.cuts == number + 1, "a line to be cut")
    assert max(client.slowest for client in clients) < LONGEST_ANSWER
    for client in clients:
        client.refresh()
    assert cluster.number("SELECT count(*) FROM grants WHERE revoked_at IS NOT NULL") == 0
