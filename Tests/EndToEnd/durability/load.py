"""What the clients do until the server is gone, each on a thread of its own. They write down all they learn."""

import concurrent.futures
import html
import re
import secrets

from durability.client import Client, CutOff
from durability.journal import Login, Proof

REFRESH = "/api/v1/auth/refresh"


def expect(answer, status, what):
    assert answer.status == status, f"{what}: {answer.status} {answer.text[:300]}"
    return answer


def refresh(client, token, key=None):
    headers = {"Idempotency-Key": key} if key else {}
    return client.api(REFRESH, {"refresh_token": token}, **headers)


def rotate(world, client, login, is_keyed):
    """Refreshes for ever."""
    while True:
        key = secrets.token_hex(8) if is_keyed else None
        login.unanswered = [key]
        login.take(expect(refresh(client, login.newest, key), 200, f"a refresh of {login}").json)
        world.journal.count("rotations")


def rotate_twice_at_once(world, client, login):
    """Two calls at once with one token and one key: both get the same successor, and that counts once."""
    clients = [client, Client(world.server.port)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        while True:
            key = secrets.token_hex(8)
            login.unanswered = [key]
            calls = [pool.submit(refresh, one, login.newest, key) for one in clients]
            answers = [call.result() for call in calls if not isinstance(call.exception(), CutOff)]
            successors = [expect(answer, 200, f"a refresh of {login}").json for answer in answers]
            if not successors:
                raise CutOff
            assert len({one["refresh_token"] for one in successors}) == 1, f"two successors of {login}"
            login.take(successors[0])
            world.journal.count("rotations")


def log_in_by_mail(world, client):
    while True:
        world.journal.add(ask_and_redeem(world, client))


def ask_and_redeem(world, client):
    proof = world.journal.add_proof(Proof(world.journal.new_address()))
    expect(client.api("/api/v1/auth/magic_link", {"email": proof.email}), 202, "a request for a link")
    proof.state = "mailed"
    proof.fields = world.mail(proof.email, lambda: client.get("/healthz"))
    proof.state = "spending"
    return spent(world, proof, redeem_link(client, proof))


def redeem_link(client, proof):
    """By its digits: the link itself would only be looked at, as the application has no address for it."""
    return client.api("/api/v1/auth/magic_link/verify", {"email": proof.email, "code": proof.fields["code"]})


def spent(world, proof, answer):
    expect(answer, 200, f"the redemption of {proof}")
    proof.state = "spent"
    world.journal.count("one-time proofs")
    return Login(proof.email, answer.json)


def log_in_by_device(world, client):
    while True:
        proof = world.journal.add_proof(Proof(world.person))
        asked = expect(client.api("/api/v1/auth/device", {}), 200, "a request for a device code").json
        proof.fields = {"device_code": asked["device_code"]}
        proof.state = "pending"
        approve(world.browser, asked["user_code"], lambda: setattr(proof, "state", "approving"))
        proof.state = "spending"
        world.journal.add(spent(world, proof, redeem_device(client, proof)))


def redeem_device(client, proof):
    return client.api("/api/v1/auth/token", {"device_code": proof.fields["device_code"]})


def approve(browser, user_code, note):
    token = field("csrf", expect(browser.get("/device"), 200, "the page for codes").text)
    page = expect(browser.form("/device", csrf=token, user_code=user_code), 200, "an opened code").text
    note()
    decision = {"organization": field("organization", page), "decision": "approve"}
    expect(browser.form("/device/decision", csrf=token, user_code=user_code, **decision), 200, "an approval")


def sign_in(world, browser, email):
    """A person's browser, by the six digits."""
    token = field("csrf", expect(browser.get("/login"), 200, "the sign-in page").text)
    expect(browser.form("/login", csrf=token, email=email), 303, "a request for mail")
    code = world.mail(email, lambda: browser.get("/healthz"))["code"]
    expect(browser.form("/login/code", csrf=token, code=code), 303, "the six digits")
    expect(browser.get("/account"), 200, "the account page")


def field(name, page):
    """A field of a form; of radio buttons the first."""
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def switch(world, client, login):
    """Another organization is another grant. A call that is not answered may have made one or not."""
    while True:
        for slug in ("second", "demo"):
            world.journal.uncertain[login.email] += 1
            answer = client.api("/api/v1/auth/switch", {"organization": slug}, bearer=login.access_token)
            world.journal.add(Login(login.email, expect(answer, 200, "a switch").json))
            world.journal.uncertain[login.email] -= 1
            world.journal.count("switches")


def end_logins(world, client, random):
    while True:
        login = world.journal.take_doomed()
        if login is None:
            expect(client.get("/.well-known/jwks.json"), 200, "the keys")
            continue
        login.state = "ending"
        end(client, login, random.choice(WAYS_OUT))
        login.state = "ended"
        world.journal.count("revocations")


def end(client, login, way):
    if way == "logout":
        expect(client.api("/api/v1/auth/logout", method="DELETE", bearer=login.access_token), 204, "a logout")
    elif way == "revoke":
        expect(client.api("/api/v1/auth/revoke", {}, bearer=login.access_token), 204, "a revocation")
    else:
        token = login.newest if way == "refresh token" else login.access_token
        expect(client.form("/oauth/revoke", client_id="latchkey-cli", token=token), 200, "a token given back")


WAYS_OUT = ["logout", "revoke", "refresh token", "access token"]


def until_cut_off(activity, *arguments):
    try:
        activity(*arguments)
    except CutOff:
        pass
