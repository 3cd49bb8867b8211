"""The example APIs as they are run, against a server and with its tokens."""

import json
import re
import shlex
import socket
import subprocess

import pytest

from harness.accounts import tokens_of
from harness.authenticator import Authenticator
from harness.binary import REPOSITORY, environment
from harness.deadline import until
from harness.examples import EXAMPLES, Examples, credentials_of
from harness.sign_in import approve, sign_in

CREWKEEL = "https://api.crewkeel.example"


@pytest.fixture
def start(server, tmp_path):
    """Starts the APIs."""
    started = []

    def make(credentials=None, *options):
        started.append(Examples(server, tmp_path, credentials, options))
        return started[-1]

    yield make
    for examples in started:
        examples.end()


@pytest.fixture
def owner(server):
    """Mints, exchanges and revokes API tokens: a login that has shown a second factor."""
    return Owner(server)


class Owner:
    def __init__(self, server):
        self._server = server
        self._bearer = {"Authorization": f"Bearer {tokens_of(server, 'ada@example.com')['access_token']}"}
        secret = server.post("/api/v1/auth/totp", headers=self._bearer, json={}).json()["secret"]
        app = Authenticator(secret)
        server.post("/api/v1/auth/totp/confirm", headers=self._bearer, json={"code": app.code(-1)})
        shown = server.post(
            "/api/v1/auth/step_up", headers=self._bearer, json={"method": "totp", "code": app.code()}
        )
        assert shown.status_code == 200, shown.text

    @property
    def organization(self):
        return self._server.get("/api/v1/auth/me", headers=self._bearer).json()["organization"]["id"]

    def mint(self, *scopes, resources=None):
        kind = {"access": "custom", "scopes": scopes} if scopes else {"access": "full"}
        kind |= {"resources": resources} if resources else {}
        made = self._server.post("/api/v1/tokens", headers=self._bearer, json={"label": "Test", **kind})
        assert made.status_code == 201, made.text
        return made.json()

    def exchange(self, token, resource):
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "subject_token": token["token"],
            "subject_token_type": "urn:latchkey:params:oauth:token-type:api_token",
            "resource": resource,
        }
        return self._server.post("/oauth/token", data=form).json()["access_token"]

    def revoke(self, token):
        done = self._server.http.delete(self._server.url + f"/api/v1/tokens/{token['id']}", headers=self._bearer)
        assert done.status_code in (200, 204), done.text


def test_api_tokens_work_in_every_api_with_credentials_until_they_are_revoked(server, owner, start):
    examples = start(credentials_of(server, "crewkeel", "calkeep"))
    examples.seed(owner.organization)
    full, reading = owner.mint(), owner.mint("jobs:read", "contacts:read")
    made = examples.call("crewkeel", "POST", "/jobs", full["token"], json={"title": "Roof"})
    assert made.status_code == 201, made.text
    listed = examples.call("crewkeel", "GET", "/jobs", reading["token"]).json()
    assert listed["jobs"][0]["id"] == made.json()["id"] and listed["pagination"]["total"] == 3
    refused = examples.call("crewkeel", "POST", "/jobs", reading["token"], json={"title": "Roof"})
    assert refused.status_code == 403
    assert refused.json() == {
        "error": {"code": "forbidden_scope", "message": "This token is missing the required scope: jobs:write."}
    }
    sent = examples.call("crewkeel", "POST", "/invoices", full["token"], json={"job": "JOB-1001", "send": True}).json()
    pdf = examples.call("crewkeel", "GET", sent["pdf"], full["token"])
    assert pdf.headers["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF-1.4\n")

    contacts = examples.call("calkeep", "GET", "/contacts", reading["token"])
    assert contacts.json()["success"] is True and len(contacts.json()["data"]["contacts"]) == 2
    # The plan of the Demo organization is business.
    assert contacts.headers["X-RateLimit-Limit"] == "100"
    other = {"X-CalKeep-Workspace": "org_0000000000001"}
    assert examples.call("calkeep", "GET", "/contacts", reading["token"], headers=other).status_code == 401

    owner.revoke(reading)
    for name, path in (("crewkeel", "/jobs"), ("calkeep", "/contacts")):
        until(
            lambda: examples.call(name, "GET", path, reading["token"]).status_code == 401, "the token to be refused"
        )
    assert examples.stop() == 0, examples.log


def test_jwts_work_without_credentials_in_their_own_api_and_api_tokens_do_not(server, owner, start):
    examples = start()
    token = owner.mint("jobs:read")
    jwt = owner.exchange(token, CREWKEEL)
    # Until a verifier has heard of the revocations it takes nothing.
    for name, path in (("crewkeel", "/jobs"), ("calkeep", "/contacts")):
        until(lambda: examples.call(name, "GET", path, jwt).status_code != 503, "the revocations to be heard")
    assert examples.call("crewkeel", "GET", "/jobs", jwt).status_code == 200
    assert examples.call("calkeep", "GET", "/contacts", jwt).status_code == 401
    assert examples.call("crewkeel", "GET", "/jobs", token["token"]).status_code == 401
    assert "crewkeel has no credentials" in examples.log
    owner.revoke(token)
    until(lambda: examples.call("crewkeel", "GET", "/jobs", jwt).status_code == 401, "the JWT to be refused")


def test_a_person_logs_in_for_an_api_and_types_what_the_document_says(machine, browser, server, start, tmp_path):
    lines = (REPOSITORY / "docs/examples.md").read_text().splitlines()
    typed = ("latchkey login", "latchkey-examples seed", "curl ", "latchkey tokens create")
    login, seed, *curls, again, create = (line.split("  #")[0] for line in lines if line.startswith(typed))
    sign_in(browser, server, "ada@example.com")
    waiting = machine.login(*shlex.split(login)[2:])
    approve(browser, waiting)
    assert waiting.finish()[0] == 0
    examples = start()
    surroundings = machine.environment | {"PATH": f"{EXAMPLES.parent}:/usr/bin:/bin"}

    def type_in(line):
        line = line.replace("http://127.0.0.1:8081/api/v1", examples.url("crewkeel"))
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line], cwd=tmp_path, env=surroundings, capture_output=True, text=True, timeout=60
        )

    assert type_in(seed).returncode == 0
    jobs, job, invoice = (json.loads(type_in(line).stdout) for line in curls)
    assert jobs["pagination"]["total"] == 2 and jobs["jobs"][1]["id"] == job["id"]
    assert invoice["number"] == "INV-1001" and invoice["job_id"] == job["id"]
    token = machine.succeed("token").strip()
    scopes = ["jobs:read", "jobs:write", "documents:read", "documents:write"]
    assert examples.call("crewkeel", "GET", "/me", token).json()["scopes"] == scopes
    assert examples.call("calkeep", "GET", "/contacts", token).status_code == 401

    # A login for an API makes no API token; one without does, but for the second factor that this person does not have.
    refused = machine.run(*shlex.split(create)[1:])
    assert refused.returncode == 1 and "Log in again without --resource: latchkey login" in refused.stderr
    waiting = machine.login(*shlex.split(again)[2:])
    approve(browser, waiting)
    assert waiting.finish()[0] == 0
    asked = machine.run(*shlex.split(create)[1:])
    assert asked.returncode == 1 and "second factor" in asked.stderr, asked.stderr


def test_seed_002_webhooks_reach_this_machine_only_where_that_is_allowed(server, owner, start):
    token = owner.mint()["token"]
    hook = {"url": server.url + "/healthz", "events": ["client.created"]}
    closed = start(credentials_of(server, "autochat"))
    refused = closed.call("autochat", "POST", "/webhooks", token, json=hook)
    assert refused.status_code == 400 and refused.json()["error"]["code"] == "URL_OUT_OF_REACH"
    closed.stop()
    opened = start(credentials_of(server, "autochat"), "--local-webhooks")
    made = opened.call("autochat", "POST", "/webhooks", token, json=hook)
    assert made.status_code == 201, made.text
    tried = opened.call("autochat", "POST", f"/webhooks/{made.json()['data']['id']}/test", token).json()["data"]
    # A server of its own that has no such route to POST to: it was reached, and did not take it.
    assert tried["delivered"] is False and 400 <= tried["status"] < 500


def test_seed_003_keys_are_counted_confined_and_revoked(server, owner, start):
    examples = start(credentials_of(server, "craftdesk"))
    examples.seed(owner.organization)
    full = owner.mint()
    projects = examples.call("craftdesk", "GET", "/projects", full["token"]).json()
    assert [project["name"] for project in projects] == ["Loft", "Harbour café"]
    own, other = (project["id"] for project in projects)

    confined = owner.mint("projects:read", "project_tasks:write", resources={"projects": [own]})
    assert [one["id"] for one in examples.call("craftdesk", "GET", "/projects", confined["token"]).json()] == [own]
    asked = examples.call("craftdesk", "GET", f"/projects/{other}", confined["token"])
    assert asked.status_code == 403 and asked.json()["error"]["code"] == "forbidden_project"
    # The restriction travels with the token when it is exchanged.
    jwt = owner.exchange(confined, "https://api.craftdesk.example")
    assert examples.call("craftdesk", "GET", f"/projects/{other}", jwt).status_code == 403
    task = examples.call("craftdesk", "POST", f"/projects/{own}/tasks", jwt, json={"title": "Order"})
    assert task.status_code == 201, task.text

    usage = examples.call("craftdesk", "GET", "/usage", full["token"]).json()
    assert {key["key"]: key["calls"] for key in usage["keys"]} == {full["id"]: 1, confined["id"]: 4}
    owner.revoke(confined)
    for credential in (confined["token"], jwt):
        until(
            lambda: examples.call("craftdesk", "GET", "/projects", credential).status_code == 401,
            "the key to be refused",
        )


def test_a_taken_port_is_told_with_its_api_and_what_to_do(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [EXAMPLES, "serve", "--port", str(min(port, 65_532)), "--data", "data"],
            env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, timeout=60,
        )
    assert done.returncode == 1
    assert re.search(r"(crewkeel|calkeep|autochat|craftdesk) cannot listen on 127\.0\.0\.1:\d+: another", done.stderr)
    assert "--port" in done.stderr and "errno" not in done.stderr and "bind(" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["serve", "--port", "x"], "--port"),
        (["serve", "--port", "65535"], "--port"),
        (["serve", "--local-webhooks", "--hostname", "0.0.0.0"], "--local-webhooks"),
        (["serve", "--issuer", "http://id.example.com"], "--issuer"),
        (["serve", "--credentials", "/nowhere.json"], "/nowhere.json"),
        (["seed", "--organization", "acme"], "--organization"),
        (["seed"], "--organization"),
        (["sing"], "sing"),
    ],
)
def test_what_is_used_wrongly_is_told_and_exits_with_2(tmp_path, arguments, word):
    done = subprocess.run(
        [EXAMPLES, *arguments], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2 and word in done.stderr, done.stderr
    assert done.stdout == ""
