"""A client that goes on refreshing through everything, as one that keeps to the RFCs does."""

import secrets
import time

import requests

from harness.accounts import JSON_REFRESH

# No call may take longer, whatever becomes of the database.
LONGEST_ANSWER = 5.0


class RefreshingClient:
    """Holds the newest refresh token it was told of, and the key of the request it has not seen answered."""

    def __init__(self, server, tokens):
        self._server = server
        self._http = requests.Session()
        self._http.trust_env = False
        self._refresh_token = tokens["refresh_token"]
        self._key = secrets.token_hex(8)
        self.answered = 0
        self.refused = 0
        self.slowest = 0.0

    def ask(self):
        """Makes the request that is due; when it was refused for now, the same one as the last time."""
        began = time.monotonic()
        answer = self._http.post(
            self._server.url + JSON_REFRESH,
            json={"refresh_token": self._refresh_token},
            headers={"Idempotency-Key": self._key},
            timeout=30,
        )
        self.slowest = max(self.slowest, time.monotonic() - began)
        if answer.status_code == 200:
            self._refresh_token = answer.json()["refresh_token"]
            self._key = secrets.token_hex(8)
            self.answered += 1
        else:
            assert answer.status_code == 503 and answer.headers["Retry-After"], answer.text
            self.refused += 1
        return answer

    def refresh(self):
        answer = self.ask()
        assert answer.status_code == 200, answer.text

    def refresh_until_cut_off(self):
        try:
            while True:
                self.refresh()
        except requests.ConnectionError:
            pass

    def refresh_until(self, end):
        """Through refusals, until the event. It heeds Retry-After as a hasty client does."""
        while not end.is_set():
            if self.ask().status_code == 503:
                end.wait(0.02)
