"""A resource server's view of the keys: a verifier that keeps them for exactly as long as it is told."""

import re
import threading
import time

import requests
from joserfc import jwt
from joserfc.jwk import KeySet


class CachingVerifier:
    """Checks tokens by the key set it holds. Before the set's `max-age` is over it does not ask for another, not even
    for a key that it has never heard of: no verifier that keeps to what it was told knows less."""

    def __init__(self, server):
        self._server = server
        self._lock = threading.Lock()
        self._session = requests.Session()
        self._session.trust_env = False
        self._keys = None
        self._good_until = 0.0
        self.lifetimes = []
        self.names = set()

    def check(self, token):
        """The claims of a token. Raises whatever is wrong with it."""
        with self._lock:
            # The token was there before the keys are looked at, as in every resource server.
            if time.monotonic() >= self._good_until:
                self._fetch()
            keys = self._keys
        return jwt.decode(token, keys, algorithms=["ES256"])

    def _fetch(self):
        asked = time.monotonic()
        answer = self._session.get(f"{self._server.url}/.well-known/jwks.json", timeout=10)
        assert answer.ok, answer.text
        lifetime = int(re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])[1])
        self.lifetimes.append(lifetime)
        self.names |= {key["kid"] for key in answer.json()["keys"]}
        self._keys = KeySet.import_key_set(answer.json())
        self._good_until = asked + lifetime
