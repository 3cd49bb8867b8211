"""Every route against its description: requests made up from docs/openapi.yaml, sent with a login and an API token.

Half of them are what the document allows, half are not. Whatever comes back is a status that the document names, with
the body that it has there, and never a failure of the server. The requests are the same at each run.
"""

import collections
import http.server
import re
import threading

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from harness.accounts import tokens_of
from harness.authenticator import Authenticator
from harness.binary import REPOSITORY
from harness.deadline import until
from harness.server import Server

DOCUMENT = schemathesis.openapi.from_path(REPOSITORY / "docs/openapi.yaml")
# What deletes comes last: until then there is something to ask for.
OPERATIONS = sorted(
    (result.ok() for result in DOCUMENT.get_all_operations()), key=lambda operation: operation.method == "delete"
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BEARERS = [operation for operation in OPERATIONS if operation.definition.raw["security"] == [{"bearer": []}]]
# These end the login they are called with, so they have one of their own.
ENDING = {"POST /api/v1/auth/revoke", "DELETE /api/v1/auth/logout"}


class Endpoint:
    """Where all webhooks lead: on this machine, and it takes whatever comes."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class Person:
    """The owner of an organization, its API token, and the names of what they have."""

    def __init__(self, server, endpoint):
        self.endpoint = endpoint
        login = tokens_of(server, "ada@example.com")
        self.login = f"Bearer {login['access_token']}"
        bearer = {"Authorization": self.login}
        secret = server.post("/api/v1/auth/totp", headers=bearer, json={}).json()["secret"]
        app = Authenticator(secret)
        assert server.post("/api/v1/auth/totp/confirm", headers=bearer, json={"code": app.code(-1)}).ok
        proof = {"method": "totp", "code": app.code()}
        assert server.post("/api/v1/auth/step_up", headers=bearer, json=proof).ok
        # One to call with, and one to be changed and revoked.
        api_token, spare = (
            server.post("/api/v1/tokens", headers=bearer, json={"label": label, "access": "full"}).json()
            for label in ("CI", "Spare")
        )
        self.api_token = f"Bearer {api_token['token']}"
        self.guest = f"Bearer {tokens_of(server, 'grace@example.com')['access_token']}"
        me = server.get("/api/v1/auth/me", headers=bearer).json()
        # The statuses that each operation was answered with.
        self.seen = collections.defaultdict(set)
        webhook = {"url": endpoint.url, "events": ["organization.renamed"]}
        webhook = server.post("/api/v1/webhooks", headers=bearer, json=webhook).json()
        self.names = {
            "organizations": me["organization"]["id"],
            "tokens": spare["id"],
            "members": me["id"],
            "webhooks": webhook["id"],
            "deliveries": self.delivered(server, webhook["id"])["id"],
        }

    def delivered(self, server, webhook):
        """A message that has arrived."""
        bearer = {"Authorization": self.login}
        assert server.post(f"/api/v1/webhooks/{webhook}/test", headers=bearer).status_code == 202
        deliveries = f"/api/v1/webhooks/{webhook}/deliveries?status=delivered"
        return until(lambda: server.get(deliveries, headers=bearer).json()["deliveries"], "the delivery")[0]


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """A server, and someone who may do all there is to do."""
    server = Server(tmp_path_factory.mktemp("described"))
    server.settings = {"LATCHKEY_RATE_LIMITS": "off"}
    server.start()
    endpoint = Endpoint()
    yield server, Person(server, endpoint)
    server.end()
    endpoint.stop()


def with_known_names(case, person):
    """The parameters of the path replaced by names of what there is."""
    for collection, parameter in re.findall(r"/(\w+)/\{(\w+)\}", case.operation.path):
        if collection in person.names:
            case.path_parameters[parameter] = person.names[collection]


def try_out(operation, server, person, bearer):
    def check(case, is_known):
        if is_known:
            with_known_names(case, person)
        if isinstance(case.body, dict) and re.match("https?://", str(case.body.get("url")), re.IGNORECASE):
            # Nobody out there is to hear of it.
            case.body["url"] = person.endpoint.url
        if isinstance(case.query.get("wait"), int):
            # An answer that is held for a minute is the same answer.
            case.query["wait"] = min(case.query["wait"], 1)
        answer = case.call(base_url=server.url, headers={"Authorization": bearer}, session=server.http, timeout=30)
        person.seen[operation.label].add(answer.status_code)
        # Schemathesis takes a JWT for JSON.
        is_signed = answer.headers.get("content-type") == ["application/jwt"]
        excluded = [response_schema_conformance] if is_signed else []
        case.validate_response(answer, checks=CHECKS, excluded_checks=excluded)

    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = strategies.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))
    settings = hypothesis.settings(
        max_examples=16,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=(hypothesis.Phase.generate,),
    )
    settings(hypothesis.given(case=cases, is_known=strategies.booleans())(check))()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_a_login_is_answered_as_the_document_says(operation, described):
    server, person = described
    try_out(operation, server, person, person.guest if operation.label in ENDING else person.login)


@pytest.mark.parametrize("operation", BEARERS, ids=lambda operation: operation.label)
def test_an_api_token_is_answered_as_the_document_says(operation, described):
    server, person = described
    try_out(operation, server, person, person.api_token)


def test_the_events_of_the_document_are_those_of_the_server(described):
    server, person = described
    told = server.get("/api/v1/audit/events", headers={"Authorization": person.login}).json()["events"]
    assert DOCUMENT.raw_schema["components"]["schemas"]["EventName"]["enum"] == [event["event"] for event in told]


def test_after_all_of_that_nothing_is_broken_and_most_of_it_was_done(described):
    server, person = described
    if len(person.seen) == len(OPERATIONS):
        done = {label for label, statuses in person.seen.items() if any(status < 300 for status in statuses)}
        assert len(done) > len(OPERATIONS) / 2, sorted(set(person.seen) - done)
    assert server.get("/readyz").ok
    assert "A request failed" not in server.log
