"""The storage fails under a running server: nothing is given out, nothing is pretended, and it comes back by itself."""

import concurrent.futures
import contextlib
import os
import sqlite3
import time

import pytest

from durability.rows import Rows
from harness.accounts import is_accepted, refresh, tokens_of
from harness.deadline import until
from harness.faults import BlockedWriter, FullDisk, RefusedWrites, may_mount

# How long each lasts. `make durability` says 30.
SECONDS = float(os.environ.get("STORAGE_FAULT_SECONDS", "8"))
# A lock is waited for five seconds; the rest is for the machine that runs the test.
LONGEST = 5 + 2


@pytest.fixture(params=[BlockedWriter, RefusedWrites, FullDisk], ids=lambda fault: fault.name)
def fault(request):
    if request.param is FullDisk and not may_mount():
        pytest.skip("a file system of its own may not be mounted here; DatabaseTests fill one where they may")
    return request.param


def test_while_the_storage_fails_nothing_is_given_out_and_afterwards_all_is_as_before(new_server, fault):
    server = new_server("--dev", settings={"rate_limits": "off"})
    fault.prepare(server)
    server.start()
    kept = [tokens_of(server, f"kept{n}@example.com") for n in range(4)]
    kept = [refresh(server, tokens["refresh_token"]).json() for tokens in kept]
    given_back = tokens_of(server, "given-back@example.com")
    keys = server.get("/.well-known/jwks.json").json()

    failure = fault()
    failure.begin(server)
    try:
        _expect_refusals(server, kept, given_back, keys)
    finally:
        failure.end()

    began = time.monotonic()
    until(lambda: server.get("/readyz").ok, "the server to be ready again", patience=10)
    print(f"ready after {time.monotonic() - began:.1f} s")
    _expect_as_before(server, kept, given_back)
    server.stop() if fault is FullDisk else _expect_whole(server)


def _expect_refusals(server, kept, given_back, keys):
    """Again and again, by clients that do not wait for one another, until the fault has lasted long enough."""
    bearer = {"Authorization": f"Bearer {given_back['access_token']}"}
    token = {"client_id": "latchkey-cli", "token": given_back["refresh_token"]}
    writes = [
        *(lambda t=t: refresh(server, t["refresh_token"], **{"Idempotency-Key": "a"}) for t in kept[:2]),
        *(lambda t=t: refresh(server, t["refresh_token"]) for t in kept[2:]),
        lambda: server.post("/oauth/revoke", data=token),
        lambda: server.post("/api/v1/auth/revoke", json={}, headers=bearer),
        lambda: server.post("/api/v1/auth/device", json={}),
        lambda: server.post("/api/v1/auth/magic_link", json={"email": "late@example.com"}),
    ]
    deadline = time.monotonic() + SECONDS
    with concurrent.futures.ThreadPoolExecutor(len(writes) + 1) as pool:
        running = [pool.submit(_expect_unavailable, server, write, deadline) for write in writes]
        running.append(pool.submit(_expect_served, server, bearer, keys, deadline))
        *refusals, served = [one.result() for one in running]
    print(f"{sum(map(len, refusals))} writes refused, the longest after {max(map(max, refusals)):.1f} s")
    print(f"{len(served)} rounds of reads served, the longest in {max(served):.1f} s")
    assert server.get("/readyz").status_code == 503


def _expect_unavailable(server, write, deadline):
    times = []
    while time.monotonic() < deadline:
        began = time.monotonic()
        answer = write()
        assert answer.status_code == 503, f"{answer.request.url}: {answer.status_code} {answer.text}"
        assert int(answer.headers["Retry-After"]) > 0
        assert "token" not in answer.json(), answer.text
        times.append(time.monotonic() - began)
        assert times[-1] < LONGEST, f"{answer.request.url} took {times[-1]:.1f} s"
        time.sleep(0.05)
    return times


def _expect_served(server, bearer, keys, deadline):
    """What only reads is answered all the time, and at once."""
    times = []
    while time.monotonic() < deadline:
        began = time.monotonic()
        assert server.get("/.well-known/jwks.json").json() == keys
        assert server.get("/api/v1/auth/me", headers=bearer).ok
        assert server.get("/healthz").ok
        times.append(time.monotonic() - began)
        assert times[-1] < 2
        time.sleep(0.05)
    return times


def _expect_as_before(server, kept, given_back):
    assert is_accepted(server, given_back["access_token"]), "refused to revoke, and revoked all the same"
    for tokens in kept:
        answer = refresh(server, tokens["refresh_token"])
        assert answer.status_code == 200, answer.text
        former, next = (int(one.split("_")[2]) for one in (tokens["refresh_token"], answer.json()["refresh_token"]))
        assert next == former + 1, "a generation was spent by a call that was refused"
    token = {"client_id": "latchkey-cli", "token": given_back["refresh_token"]}
    assert server.post("/oauth/revoke", data=token).status_code == 200
    assert not is_accepted(server, given_back["access_token"])


def _expect_whole(server):
    assert server.stop() == 0
    with Rows(server.directory / "data") as rows:
        rows.check()


def test_a_start_while_another_holds_the_database_says_so(new_server):
    server = new_server().start()
    server.stop()
    with contextlib.closing(sqlite3.connect(server.directory / "data/latchkey.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert server.launch().wait() == 1
    assert "locked" in server.log, server.log
