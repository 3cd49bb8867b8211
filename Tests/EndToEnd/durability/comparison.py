"""The journal against what is left: first the rows, then the server that was started again."""

import collections
import concurrent.futures
import secrets

from durability.client import Client
from durability.journal import Login
from durability.load import WAYS_OUT, end, expect, redeem_device, redeem_link, refresh

# So many of the newest artefacts that are over are presented again after each kill. The rows are compared for all.
SAMPLE = 4


def compare_rows(journal, rows):
    grants = rows.grants()
    for login in journal.logins:
        assert login.grant in grants, f"lost: {login}"
        generation, is_ended, email = grants[login.grant]
        assert email == login.email
        allowed = {login.generation} | {login.generation + 1 for _ in login.unanswered}
        assert generation in allowed, f"{login} is at generation {generation} after the kill"
        if login.state != "ending":
            assert is_ended == (login.state == "ended"), f"{login} is ended: {is_ended}"
    _compare_grants(journal, grants)
    for proof in journal.proofs:
        _compare_proof(proof, rows)


def _compare_grants(journal, grants):
    """Nobody has a grant that was not asked for: each artefact gave one at most."""
    known = {login.grant for login in journal.logins}
    unknown = collections.Counter(email for id, (_, _, email) in grants.items() if id not in known)
    for email, count in unknown.items():
        unanswered = sum(p.email == email and p.state == "spending" for p in journal.proofs)
        most = journal.certain[email] + journal.uncertain[email] + unanswered
        assert journal.certain[email] <= count <= most, f"{email} has {count} grants that nobody was given, not {most}"


def _compare_proof(proof, rows):
    if "device_code" in proof.fields:
        state = rows.device_state(proof.fields["device_code"])
        allowed = {
            "pending": ["pending"],
            "approving": ["pending", "approved"],
            "spending": ["approved", "redeemed"],
            "spent": ["redeemed"],
        }
    elif "token" in proof.fields:
        state = rows.link_state(proof.fields["token"])
        allowed = {"spending": ["waiting", "spent"], "spent": ["spent"]}
    else:
        state = rows.links_to(proof.email)
        allowed = {"asked": [0, 1], "mailed": [1]}
    assert state in allowed[proof.state], f"{proof} is {state} in the rows"


class Settlement:
    """Asks the server that was started again for everything the journal promises, and leaves nothing open."""

    def __init__(self, world, rows, random):
        self._world = world
        self._journal = world.journal
        self._client = Client(world.server.port)
        self._rows = rows
        self._grants = rows.grants()
        self._random = random

    def settle(self):
        for login in [one for one in self._journal.logins if one.state == "ending"]:
            self._settle_end(login)
        for login in [one for one in self._journal.logins if one.state == "alive" and one.unanswered]:
            self._settle_refresh(login)
        for proof in list(self._journal.proofs):
            self._settle_proof(proof)
        ended = [login for login in self._journal.logins if login.state == "ended"]
        for login in ended[-SAMPLE:]:
            self._expect_over(login)
        for proof in [one for one in self._journal.proofs if one.state == "spent"][-SAMPLE:]:
            self._expect_spent(proof)
        alive = [login for login in self._journal.logins if login.state == "alive"]
        for login in self._random.sample(alive, min(8, len(alive))):
            self._expect_alive(login)
        victims = [login for login in alive if login is not self._world.switching]
        for attack, victim in zip((self._steal, self._race), self._random.sample(victims, 2)):
            attack(victim)
        expect(self._world.browser.get("/account"), 200, "the account page of a browser that was signed in")

    # Refreshes

    def _settle_refresh(self, login):
        """The refresh that was cut off: it was done or it was not, and never by halves."""
        (key,) = login.unanswered
        was_done = self._grants[login.grant][0] > login.generation
        shows_another = key is None or self._random.random() < 0.1
        answer = refresh(self._client, login.newest, secrets.token_hex(8) if key and shows_another else key)
        if was_done and shows_another:
            # Who presents it looks like a thief, as its successor is out.
            expect(answer, 400, f"a spent token of {login}")
            self._end(login)
        else:
            login.take(expect(answer, 200, f"the same refresh again, of {login}").json)

    def _expect_alive(self, login):
        expect(self._client.get("/api/v1/auth/me", bearer=login.access_token), 200, f"the access token of {login}")
        login.take(expect(refresh(self._client, login.newest), 200, f"the newest token of {login}").json)

    def _steal(self, login):
        """Any token but the newest ends the grant, also one that was spent before the kill."""
        login.take(expect(refresh(self._client, login.newest), 200, f"the newest token of {login}").json)
        stolen = self._random.choice(login.refresh_tokens[:-1])
        expect(refresh(self._client, stolen, secrets.token_hex(8)), 400, f"a spent token of {login}")
        self._end(login)

    def _race(self, login):
        """Four at once with one token and no key: one at most gets a successor."""
        clients = [Client(self._world.server.port) for _ in range(4)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda client: refresh(client, login.newest), clients))
        accepted = [answer for answer in answers if answer.status == 200]
        assert len(accepted) == 1, f"{len(accepted)} of 4 calls with one token of {login} were accepted"
        login.take(accepted[0].json)
        self._end(login)

    def _end(self, login):
        login.state = "ended"
        self._expect_over(login)

    # Ends

    def _settle_end(self, login):
        if self._grants[login.grant][1]:
            self._end(login)
        else:
            login.state = "alive"
            self._expect_alive(login)
            end(self._client, login, self._random.choice(WAYS_OUT))
            self._end(login)

    def _expect_over(self, login):
        expect(refresh(self._client, login.newest), 400, f"the newest token of {login}")
        expect(self._client.get("/api/v1/auth/me", bearer=login.access_token), 401, f"the access token of {login}")

    # One-time artefacts

    def _settle_proof(self, proof):
        if proof.state == "mailed" and (mail := self._world.mail_now(proof.email)):
            proof.fields = mail
            self._take(proof, self._redeem(proof))
        elif proof.state == "spending":
            is_device = "device_code" in proof.fields
            state = (
                self._rows.device_state(proof.fields["device_code"])
                if is_device
                else self._rows.link_state(proof.fields["token"])
            )
            if state in ("redeemed", "spent"):
                expect(self._redeem(proof), 400, f"{proof}, which was spent by a call that was not answered")
                self._journal.certain[proof.email] += 1
                proof.state = "spent"
            else:
                self._take(proof, self._redeem(proof))
        elif proof.state != "spent":
            # A mail that was promised and has not come must wait in the queue: it was on its way to a minute's lease.
            assert proof.state != "mailed" or self._rows.mail_to(proof.email), f"the mail of {proof} is lost"
            self._journal.proofs.remove(proof)

    def _take(self, proof, answer):
        expect(answer, 200, f"the redemption of {proof} after the start")
        proof.state = "spent"
        self._journal.add(Login(proof.email, answer.json))
        self._expect_spent(proof)

    def _expect_spent(self, proof):
        expect(self._redeem(proof), 400, f"a second redemption of {proof}")

    def _redeem(self, proof):
        if "device_code" in proof.fields:
            return redeem_device(self._client, proof)
        return redeem_link(self._client, proof)
