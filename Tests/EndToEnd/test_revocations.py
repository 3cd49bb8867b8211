"""The revocation feed, as a resource server meets it that verifies offline: how soon it hears, and what that costs."""

import base64
import contextlib
import json
import threading
import time

import requests
from joserfc import jws
from joserfc.jwk import KeySet

from harness.accounts import tokens_of

PATH = "/.well-known/revocations"


class Follower(threading.Thread):
    """Follows the feed of a server, and writes down when it heard of what."""

    def __init__(self, *servers, wait=60):
        super().__init__(daemon=True)
        # Asked in turns, as by a load balancer; they are one issuer.
        self._servers = servers
        self._wait = wait
        self._session = requests.Session()
        self._session.trust_env = False
        self.heard = {}
        self.requests = 0
        self._cursor = None
        self.read(wait=0)

    def read(self, wait):
        server = self._servers[self.requests % len(self._servers)]
        query = {"wait": wait} | ({"since": self._cursor} if self._cursor else {})
        answer = self._session.get(server.url + PATH, params=query, timeout=wait + 10)
        assert answer.status_code == 200, answer.text
        self.requests += 1
        keys = KeySet.import_key_set(self._session.get(server.url + "/.well-known/jwks.json").json())
        token = jws.deserialize_compact(answer.content, keys, algorithms=["ES256"])
        assert token.headers()["typ"] == "revocations+jwt"
        claims = json.loads(token.payload)
        assert claims["iss"] == self._servers[0].url
        for name in claims["revoked"]:
            self.heard.setdefault(name, time.monotonic())
        self._cursor = claims["cursor"]

    def run(self):
        # Until the server is gone.
        with contextlib.suppress(requests.RequestException):
            while True:
                self.read(self._wait)


def grant_of(tokens):
    payload = tokens["access_token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sid"]


def log_out(server, tokens):
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert server.http.delete(server.url + "/api/v1/auth/logout", headers=bearer).status_code == 204


def test_a_follower_hears_of_each_revocation_within_two_seconds_and_asks_no_more_than_it_must(server):
    follower = Follower(server)
    follower.start()
    delays = []
    for number in range(5):
        tokens = tokens_of(server, f"p{number}@example.com")
        log_out(server, tokens)
        begun = time.monotonic()
        while grant_of(tokens) not in follower.heard and time.monotonic() < begun + 10:
            time.sleep(0.01)
        delays.append(follower.heard[grant_of(tokens)] - begun)
    print("heard after", [round(delay, 2) for delay in delays])
    assert max(delays) < 2
    # One answer for each revocation, and the one that is held now.
    assert follower.requests <= 7


def test_a_held_answer_takes_its_time_and_does_not_outlive_the_server(server):
    follower = Follower(server)
    begun = time.monotonic()
    follower.read(wait=2)
    assert 1.9 < time.monotonic() - begun < 6
    follower.start()
    time.sleep(0.5)
    begun = time.monotonic()
    server.stop()
    follower.join(10)
    assert time.monotonic() - begun < 8 and not follower.is_alive()


def test_a_follower_of_two_nodes_in_turns_hears_everything_and_nothing_in_vain(new_server, cluster, tmp_path):
    keys = str(tmp_path / "keys")
    first = new_server("--database", cluster.url, "--keys", keys).start()
    second = new_server("--database", cluster.url, "--keys", keys, "--issuer", first.url).start()
    follower = Follower(first, second)
    logins = [tokens_of(first, f"n{number}@example.com") for number in range(4)]
    for number, login in enumerate(logins):
        log_out((first, second)[number % 2], login)
    for _ in range(6):
        follower.read(wait=1)
    assert {grant_of(login) for login in logins} <= set(follower.heard)
    asked = time.monotonic()
    follower.read(wait=1)
    follower.read(wait=1)
    assert time.monotonic() - asked > 1.9, "each node holds its answer: what the other told is not told again"
