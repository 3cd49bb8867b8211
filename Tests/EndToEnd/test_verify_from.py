"""The programs of docs/verify-from take what is good and refuse the attacks, each for its own reason."""

import http.client
import json
import pathlib
import re
import shutil
import time

import pytest

from harness.accounts import tokens_of
from harness.authenticator import Authenticator
from harness.deadline import until
from harness.documented_program import PAGES, RUNTIMES, DocumentedProgram
from harness.forgery import by_key, by_secret, compact, encode, new_key, parts, spellings, unsigned
from harness.own_issuer import OwnIssuer
from harness.server import free_port
from test_resource_servers import succeed

API = "https://api.crewkeel.example"
OTHER_API = "https://api.craftdesk.example"
FEED = "/.well-known/revocations"
KEYS = "/.well-known/jwks.json"

# What docs/verify-from/README.md says: the status of each cause.
REFUSALS = {
    cause: int(status)
    for status, cause in re.findall(r"^\| (\d{3}) \| (?:`(.+?)`)? ?\|", (PAGES / "README.md").read_text(), re.M)
}
ERRORS = {400: "invalid_request", 401: "invalid_token", 403: "insufficient_scope", 503: "temporarily_unavailable"}


@pytest.fixture(params=RUNTIMES)
def program(request, tmp_path):
    program = DocumentedProgram(request.param, tmp_path / "program")
    yield program
    program.stop()


@pytest.fixture
def own_issuer():
    issuer = OwnIssuer()
    yield issuer
    issuer.close()


class Owner:
    """Somebody whose organization has API tokens, and JWTs that these are exchanged for."""

    def __init__(self, server, email="ada@example.com"):
        self._server = server
        self.login = tokens_of(server, email)["access_token"]
        secret = self._post("/api/v1/auth/totp", 201)["secret"]
        app = Authenticator(secret)
        self._post("/api/v1/auth/totp/confirm", 200, code=app.code(-1))
        self._post("/api/v1/auth/step_up", 200, method="totp", code=app.code())

    @property
    def _bearer(self):
        return {"Authorization": f"Bearer {self.login}"}

    def _post(self, path, status, **body):
        answer = self._server.post(path, json=body, headers=self._bearer)
        assert answer.status_code == status, answer.text
        return answer.json()

    def api_token(self, **terms):
        return self._post("/api/v1/tokens", 201, **{"label": "CI", "access": "full"} | terms)

    def revoke(self, api_token):
        answer = self._server.http.delete(f"{self._server.url}/api/v1/tokens/{api_token['id']}", headers=self._bearer)
        assert answer.status_code == 204, answer.text

    def jwt(self, api_token, resource=API, **terms):
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": api_token["token"],
            "subject_token_type": "urn:latchkey:params:oauth:token-type:api_token",
            "resource": resource,
        }
        answer = self._server.post("/oauth/token", data=form | terms)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]


def expect(answer, cause):
    """That an answer is the one that the table has for this cause, in its status, its header and its body."""
    status = REFUSALS[cause]
    told = {"error": ERRORS[status], "error_description": cause} if cause else {}
    told |= {"scope": "jobs:read"} if status == 403 else {}
    assert (answer.status_code, answer.json()) == (status, told)
    assert answer.headers["Cache-Control"] == "no-store"
    if status == 503:
        assert int(answer.headers["Retry-After"]) > 0 and "WWW-Authenticate" not in answer.headers
    else:
        challenge = ", ".join(['Bearer realm="jobs"', *(f'{name}="{text}"' for name, text in told.items())])
        assert answer.headers["WWW-Authenticate"] == challenge


def expect_good(answer, subject):
    assert answer.status_code == 200, answer.text
    assert answer.json()["subject"] == subject and answer.json()["jobs"] == []


def status_of(program, *authorization):
    """The answer to a request with these Authorization headers, each by itself."""
    connection = http.client.HTTPConnection(program.address, timeout=30)
    connection.putrequest("GET", "/jobs")
    for value in authorization:
        connection.putheader("Authorization", value)
    connection.endheaders()
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    return answer.status, body


def forgeries(token, jwk):
    """What somebody makes who has a good token and the public key: the cause of the refusal, and the token."""
    header, claims, signature = parts(token)
    start, _, last = token.rpartition(".")
    stranger = by_key(new_key())
    r, s = signature[:32], signature[32:]
    der = b"\x30\x44\x02\x20" + r + b"\x02\x20" + s
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    wider = compact(header, claims | {"scope": "jobs:read jobs:write customers:write"}, lambda _: signature)
    same_bytes = last[:-1] + digits[digits.index(last[-1]) + 1]  # its last four bits mean nothing
    for forged in (
        wider,
        compact(header, claims, stranger),
        compact(header | {"jwk": jwk, "jku": "http://localhost:1/", "x5u": "http://localhost:1/"}, claims, stranger),
        *(f"{start}.{encode(bad)}" for bad in (bytes(64), b"", der, signature[:-1], signature + b"\0", s + r)),
        f"{start}.{encode(bytes([signature[0] ^ 1]) + signature[1:])}",
        f"{start}.{same_bytes}",
    ):
        yield "Signature not valid", forged
    for name in ("none", "None", "NONE", "", "ES384", "RS256", "es256", None, ["ES256"]):
        yield "Algorithm not accepted", compact(header | {"alg": name}, claims, unsigned)
        yield "Algorithm not accepted", compact(header | {"alg": name}, claims, lambda _: signature)
    for secret in spellings(jwk):
        yield "Algorithm not accepted", compact(header | {"alg": "HS256"}, claims, by_secret(secret))
    for name in ("JWT", "at+jwtx", "", None, ["at+jwt"], "id_token+jwt"):
        yield "Not an access token", compact(header | {"typ": name}, claims, lambda _: signature)
    yield "Not an access token", compact({"alg": "none"}, claims, unsigned)
    for name in ("stranger", "", "../../../etc/passwd", "' OR 1=1 --", "k" * 2000, header["kid"] + "\0", "*", "$(id)"):
        yield "Signed with an unknown key", compact(header | {"kid": name}, claims, stranger)
    nameless = {name: value for name, value in header.items() if name != "kid"}
    yield "Signed with an unknown key", compact(nameless, claims, lambda _: signature)
    for malformed in (
        "x", "a.b", "..", "a.b.c", f"{token}.x", token + "=", token.replace(".", ".é", 1),
        *(f"{encode(bad)}.{token.split('.', 1)[1]}" for bad in (b"[]", b"{", b"[" * 9_000, b"{} {}")),
        compact(header | {"crit": ["exp"]}, claims, lambda _: signature),
        compact(header | {"b64": False}, claims, lambda _: signature),
    ):  # fmt: skip
        yield "The token is malformed", malformed


def test_the_table_of_refusals_has_no_row_that_is_not_tried_here():
    text = pathlib.Path(__file__).read_text()
    assert len(REFUSALS) == 19
    assert [cause for cause in REFUSALS if f'"{cause}"' not in text] == []


def test_tokens_of_the_server_and_what_can_be_made_of_them(new_server, program):
    server = new_server().start()
    owner = Owner(server)
    credentials = json.loads(succeed(server, "rotate-secret", API, "--json"))
    made, ended = owner.api_token(), owner.api_token()
    good, over = owner.jwt(made), owner.jwt(ended)
    program.start(server.url, API, credentials)
    until(lambda: program.call(good).status_code != 503, "the revocations to be heard")
    expect_good(program.call(good), made["id"])
    assert status_of(program, f"bEARER {good}")[0] == 200

    expect(program.get("/jobs"), "")
    expect(program.get("/jobs", Authorization="Basic YTpi"), "")
    expect(program.get("/jobs", Authorization="Bearer"), "")
    expect(program.get(f"/jobs?access_token={good}"), "")
    assert program.get("/else", Authorization=f"Bearer {good}").status_code == 404
    cause = "Send one Authorization header"
    status, body = status_of(program, f"Bearer {good}", f"Bearer {good}")
    assert (status, body["error_description"]) == (REFUSALS[cause], cause)
    assert program.call("a" * 17_000 + ".a.a").status_code in (401, 431)

    published = {key["kid"]: key for key in server.get(KEYS).json()["keys"]}
    for cause, forged in forgeries(good, published[parts(good)[0]["kid"]]):
        answer = program.get("/jobs", Authorization=f"Bearer {forged}".encode())
        assert answer.status_code == REFUSALS[cause], f"{cause}: {forged}: {answer.text}"
        expect(answer, cause)

    expect(program.call(owner.login), "Made for another API")
    expect(program.call(owner.jwt(made, OTHER_API)), "Made for another API")
    expect(program.call(owner.jwt(made, scope="jobs:write")), "The scope jobs:read is missing")
    expect(program.call(server.get(FEED).text), "Not an access token")

    # API tokens: asked about each time.
    expect_good(program.call(made["token"]), made["id"])
    narrow = owner.api_token(access="custom", scopes=["jobs:write"])
    expect(program.call(narrow["token"]), "The scope jobs:read is missing")
    for wrong in (made["token"][:-9] + "0" * 9, made["token"] + "0", made["token"].lower(), "lk_live_"):
        expect(program.call(wrong), "API token not active")

    # What is revoked is over, and nothing else is.
    expect_good(program.call(over), ended["id"])
    owner.revoke(ended)
    expect(program.call(ended["token"]), "API token not active")
    until(lambda: program.call(over).status_code == 401, "the revocation to be heard", patience=5)
    expect(program.call(over), "Revoked")
    expect_good(program.call(good), made["id"])

    # Without the issuer JWTs go on, and API tokens are not said to be bad.
    server.stop()
    expect_good(program.call(good), made["id"])
    expect(program.call(made["token"]), "Introspection unavailable")
    # Nothing of what came is in the log.
    assert good not in program.log and credentials["client_secret"] not in program.log


def test_tokens_of_other_issuers(new_server, program):
    server = new_server().start()
    server.stop()
    # It has the same keys and another name: nothing but `iss` is wrong with its tokens.
    twin = new_server()
    shutil.copytree(server.directory, twin.directory, dirs_exist_ok=True)
    server.start()
    twin.start()
    stranger = new_server().start()
    ada = Owner(server)
    good = ada.jwt(ada.api_token())
    program.start(server.url, API)
    until(lambda: program.call(good).status_code != 503, "the revocations to be heard")
    assert program.call(good).status_code == 200

    carol = Owner(twin, "carol@example.com")
    token = carol.jwt(carol.api_token())
    assert parts(token)[0]["kid"] == parts(good)[0]["kid"] and parts(token)[1]["iss"] == twin.url
    expect(program.call(token), "Made by another issuer")
    dave = Owner(stranger, "dave@example.com")
    expect(program.call(dave.jwt(dave.api_token())), "Signed with an unknown key")
    expect(program.call(carol.api_token()["token"]), "API tokens are not accepted here")
    assert program.call(good).status_code == 200


def test_what_the_issuer_would_have_to_sign(own_issuer, program):
    stranger = new_key()
    own_issuer.document = lambda since: own_issuer.signed_list(since, key=stranger)
    program.start(own_issuer.url, API)

    def call(header=None, key=None, **claims):
        return program.call(own_issuer.token(API, header, key, **claims))

    # Nothing is accepted before there was a list, and one that cannot be believed is none.
    until(lambda: FEED in own_issuer.requests and KEYS in own_issuer.requests, "the first questions")
    until(lambda: "Keys" not in call().text, "the keys to be taken in")
    expect(call(), "Revocations unavailable")
    own_issuer.change(document=own_issuer.signed_list)
    until(lambda: call().status_code != 503, "the revocations to be heard")
    expect_good(call(), "usr_1")

    # A key that is published later is found by the token that names it.
    second = new_key()
    own_issuer.published = {"first": own_issuer.key, "second": second}
    expect_good(call({"kid": "second"}, second), "usr_1")
    fetched = own_issuer.requests[KEYS]
    for number in range(5):
        expect(call({"kid": f"unknown-{number}"}), "Signed with an unknown key")
    assert own_issuer.requests[KEYS] == fetched == 2
    expect(call({"kid": "second"}), "Signature not valid")

    now = int(time.time())
    for claims in (
        {"exp": now - 10, "iat": now - 600}, {"iat": now + 20}, {"nbf": now - 1}, {"aud": ["https://x.example", API]},
        {"sid": None}, {"scope": "a jobs:read b"},
    ):  # fmt: skip
        expect_good(call(**claims), "usr_1")
    expect_good(call({"typ": "application/at+jwt"}), "usr_1")
    for cause, wrong in {
        "Made by another issuer": [
            {"iss": value} for value in (None, own_issuer.url + "/", own_issuer.url.upper(), "", [own_issuer.url], 1)
        ],
        "Made for another API": [
            {"aud": value}
            for value in (None, [], API + "/", API.upper(), "", [API + ".example.org"], [[API]], {API: 1}, 1, API[:-1])
        ],
        "Expired": [{"exp": now - 40}, {"exp": 0}],
        "Not yet valid": [{"iat": now + 90}, {"nbf": now + 90}],
        "A claim is missing or malformed": [
            *({"exp": value} for value in (None, str(now + 600), now + 600.5, -1, 2**63, True, [now + 600])),
            *({"iat": value} for value in (None, str(now), -1, False)),
            *({"nbf": value} for value in (str(now), -1, {})),
            *({name: value} for name in ("sub", "client_id", "jti") for value in (None, "", 1, ["usr_1"])),
            *({name: value} for name in ("scope", "sid", "org") for value in (1, ["jobs:read"], {})),
        ],
        "The scope jobs:read is missing": [
            {"scope": value} for value in (None, "", "jobs:write", "jobs:reader", "JOBS:READ", "xjobs:read jobs: read")
        ],
    }.items():
        for claims in wrong:
            answer = call(**claims)
            assert answer.status_code == REFUSALS[cause], f"{cause}: {claims}: {answer.text}"
            expect(answer, cause)
    for payload in (b"[]", b'"x"', b"{", b""):
        answer = program.call(own_issuer.signed(payload))
        expect(answer, "The token is malformed")


def test_revocations_are_heard_and_believed_when_the_issuer_has_signed_them(own_issuer, program):
    now = int(time.time())
    # The first question names no document, and what answers one that does leaves out all that came before.
    own_issuer.document = lambda _: own_issuer.signed_list(own_issuer.cursor)
    program.start(own_issuer.url, API)

    def call(**claims):
        return program.call(own_issuer.token(API, **({"iat": now} | claims)))

    until(lambda: own_issuer.requests[FEED] == 2, "the question to be asked again")
    expect(call(), "Revocations unavailable")
    own_issuer.change(document=own_issuer.signed_list)
    until(lambda: call().status_code == 200, "the revocations to be heard")

    # None of these may end anything, nor keep the next one from being heard.
    everything = {"revoked": {"*": now + 3600}}
    stranger = new_key()
    for forged in (
        {"key": stranger},
        {"header": {"typ": "at+jwt"}},
        {"header": {"kid": "unknown"}},
        {"iss": "http://localhost:1"},
        {"iat": now - 300},
    ):
        until(lambda: own_issuer.waiting, "a question to be held")
        asked = own_issuer.requests[FEED]
        own_issuer.tell_once(lambda since: own_issuer.signed_list(since, **forged, **everything))
        until(lambda: own_issuer.requests[FEED] > asked, "the next question")
        assert call().status_code == 200

    # Who stands in between answers by what is genuine, and the answer to another question: what ended just now is not
    # in it, and its cursor would have us never ask for that again.
    for number, since in enumerate((None, "", [], 0, {})):
        name = f"grt_skipped_{number}"

        def skip():
            own_issuer.revoke(name, now)
            return own_issuer.signed_list(own_issuer.cursor, **({} if since is None else {"since": since}))

        until(lambda: own_issuer.waiting, "a question to be held")
        own_issuer.tell_once(lambda _: skip())
        until(lambda: call(sid=name).status_code == 401, f"the end of {name} to be heard")
        expect(call(sid=name), "Revoked")
        assert call().status_code == 200

    # By each of the names that a token has. What was issued a second later is another login.
    for claim, name in (("sid", "grt_2"), ("sub", "usr_2"), ("client_id", "cli_2"), (None, "*")):
        named = {claim: name} if claim else {}
        assert call(**named).status_code == 200
        own_issuer.revoke(name, now)
        until(lambda: call(**named).status_code == 401, f"the end of {name} to be heard", patience=5)
        expect(call(**named), "Revoked")
        assert call(**named, iat=now + 1).status_code == 200
        assert call().status_code == (200 if claim else 401)


def test_an_issuer_that_was_gone_is_not_kept_waiting_for(own_issuer, program):
    program.start(own_issuer.url, API)
    until(lambda: own_issuer.waiting, "a question to be held")
    held = len(own_issuer.questions)
    since = own_issuer.cursor
    assert int(own_issuer.questions[-1]["wait"]) > 0

    # It is not heard, and heard with the first answer after it is back: that one must not be a long poll.
    own_issuer.change(is_gone=True)
    until(lambda: len(own_issuer.questions) > held, "the question after a failure")
    own_issuer.is_gone = False
    until(lambda: own_issuer.waiting, "a question to be held again")
    *at_once, last = own_issuer.questions[held:]
    assert at_once and all(query == {"since": since, "wait": "0"} for query in at_once)
    assert int(last["wait"]) > 0 and last["since"] == own_issuer.cursor
    expect_good(program.call(own_issuer.token(API)), "usr_1")


def test_an_issuer_that_cannot_be_reached_is_not_the_fault_of_the_token(own_issuer, program):
    program.start(f"http://localhost:{free_port()}", API)
    expect(program.call(own_issuer.token(API)), "Keys unavailable")


def test_a_key_that_cannot_be_looked_for_may_be_there(own_issuer, program):
    program.start(own_issuer.url, API)
    until(lambda: program.call(own_issuer.token(API)).status_code == 200, "the revocations to be heard")
    own_issuer.has_no_keys = True
    expect(program.call(own_issuer.token(API, {"kid": "second"})), "Keys unavailable")
    expect_good(program.call(own_issuer.token(API)), "usr_1")


def test_what_is_said_about_an_api_token_is_believed_when_it_is_an_answer_of_the_issuer(own_issuer, program):
    token = "lk_live_" + "0" * 60
    good = {"active": True, "iss": own_issuer.url, "sub": "tok_1", "scope": "jobs:read", "org": "org_1"}
    own_issuer.has_moved = True
    program.start(own_issuer.url, API, {"client_id": "res_1", "client_secret": "lkcs_1"})
    # What is sent on to another place, be it the keys, is not gone after: a secret goes along.
    own_issuer.introspection = good
    expect(program.call(token), "Introspection unavailable")
    until(lambda: own_issuer.requests[KEYS], "the keys to be asked for")
    expect(program.call(own_issuer.token(API)), "Keys unavailable")
    own_issuer.has_moved = False
    expect_good(program.call(token), "tok_1")
    for answer in (
        *(good | {"iss": value} for value in (own_issuer.url + "/", "", None, 1)),
        *(good | {"active": value} for value in ("true", 1, None, [])),
        {}, [], "active", None, True,
    ):  # fmt: skip
        own_issuer.introspection = answer
        answered = program.call(token)
        assert answered.status_code == 503, f"{answer}: {answered.text}"
        expect(answered, "Introspection unavailable")
    own_issuer.introspection = {"active": False}
    expect(program.call(token), "API token not active")
