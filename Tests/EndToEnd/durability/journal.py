"""What the clients know: each answer they have got, and each request that was never answered."""

import collections
import itertools
import threading

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


class Login:
    """One grant, as the client that holds it knows it."""

    def __init__(self, email, tokens):
        self.email = email
        self.access_token = tokens["access_token"]
        self.refresh_tokens = [tokens["refresh_token"]]
        # The `Idempotency-Key` (or None) of a refresh that was not answered.
        self.unanswered = []
        # alive; ending: its end was asked for and not answered; ended: its end was acknowledged.
        self.state = "alive"

    @property
    def newest(self):
        return self.refresh_tokens[-1]

    @property
    def grant(self):
        """The number under which the grant is in the database."""
        number = 0
        for digit in self.newest.split("_")[1]:
            number = number << 5 | CROCKFORD.index(digit)
        return number

    @property
    def generation(self):
        return int(self.newest.split("_")[2])

    def take(self, tokens):
        """The answer to a refresh. It must be the very next generation of this grant."""
        former, newest = self.newest.split("_"), tokens["refresh_token"].split("_")
        assert newest[1] == former[1] and int(newest[2]) == int(former[2]) + 1, (
            f"generation {former[2]} of {former[1]} was followed by {newest[2]} of {newest[1]}"
        )
        self.refresh_tokens.append(tokens["refresh_token"])
        self.access_token = tokens["access_token"]
        self.unanswered = []

    def __str__(self):
        return f"the login of {self.email} (grant {self.grant}, generation {self.generation}, {self.state})"


class Proof:
    """A one-time artefact: a link, its digits, or a device code."""

    def __init__(self, email, **fields):
        self.email = email
        self.fields = fields
        # asked, ready (mail seen, or approval acknowledged), spending (unanswered), spent (acknowledged)
        self.state = "asked"

    def __str__(self):
        return f"the proof of {self.email} ({', '.join(self.fields)}; {self.state})"


class Journal:
    """Of one server. Its clients write into it at once."""

    def __init__(self, name):
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._name = name
        self.logins = []
        # Those that a client may end.
        self.doomed = []
        self.proofs = []
        # By address: requests for a new grant that were not answered, and may have been done or not; and those of
        # which the server has said later that they were done.
        self.uncertain = collections.Counter()
        self.certain = collections.Counter()
        self.acknowledged = collections.Counter()

    def new_address(self):
        return f"{self._name}-{next(self._numbers)}@example.com"

    def add(self, login, is_doomed=True):
        with self._lock:
            self.logins.append(login)
            if is_doomed:
                self.doomed.append(login)
        return login

    def add_proof(self, proof):
        with self._lock:
            self.proofs.append(proof)
        return proof

    def take_doomed(self):
        with self._lock:
            return self.doomed.pop(0) if self.doomed else None

    def count(self, what):
        with self._lock:
            self.acknowledged[what] += 1
