"""Every route against its description: requests made up from docs/openapi.yaml, sent with a login and an API token.

Half of them are what the document allows, half are not. Whatever comes back is a status that the document names, with
the body that it has there, and never a failure of the server. The requests are the same at each run.
"""

import collections
import re

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
from harness.server import Server

OPERATIONS = [result.ok() for result in schemathesis.openapi.from_path(REPOSITORY / "docs/openapi.yaml").get_all_operations()]
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


class Person:
    """The owner of an organization, its API token, and the names of what they have."""

    def __init__(self, server):
        login = tokens_of(server, "ada@example.com")
        self.login = f"Bearer {login['access_token']}"
        bearer = {"Authorization": self.login}
        secret = server.post("/api/v1/auth/totp", headers=bearer, json={}).json()["secret"]
        app = Authenticator(secret)
        assert server.post("/api/v1/auth/totp/confirm", headers=bearer, json={"code": app.code(-1)}).ok
        proof = {"method": "totp", "code": app.code()}
        assert server.post("/api/v1/auth/step_up", headers=bearer, json=proof).ok
        minted = server.post("/api/v1/tokens", headers=bearer, json={"label": "CI", "access": "full"}).json()
        self.api_token = f"Bearer {minted['token']}"
        self.guest = f"Bearer {tokens_of(server, 'grace@example.com')['access_token']}"
        me = server.get("/api/v1/auth/me", headers=bearer).json()
        # The statuses that each operation was answered with.
        self.seen = collections.defaultdict(set)
        self.names = {"organizations": me["organization"]["id"], "tokens": minted["id"], "members": me["id"]}


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """A server, and someone who may do all there is to do."""
    server = Server(tmp_path_factory.mktemp("described"))
    server.settings = {"LATCHKEY_RATE_LIMITS": "off"}
    server.start()
    yield server, Person(server)
    server.end()


def with_known_names(case, person):
    """The parameters of the path replaced by names of what there is."""
    for collection, parameter in re.findall(r"/(\w+)/\{(\w+)\}", case.operation.path):
        if collection in person.names:
            case.path_parameters[parameter] = person.names[collection]


def try_out(operation, server, person, bearer):
    def check(case, is_known):
        if is_known:
            with_known_names(case, person)
        if isinstance(case.query.get("wait"), int):
            # An answer that is held for a minute is the same answer.
            case.query["wait"] = min(case.query["wait"], 1)
        answer = case.call(base_url=server.url, headers={"Authorization": bearer}, session=server.http, timeout=30)
        person.seen[operation.label].add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = strategies.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))
    settings = hypothesis.settings(
        max_examples=10,
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


def test_after_all_of_that_nothing_is_broken_and_most_of_it_was_done(described):
    server, person = described
    if len(person.seen) == len(OPERATIONS):
        done = {label for label, statuses in person.seen.items() if any(status < 300 for status in statuses)}
        assert len(done) > len(OPERATIONS) / 2, sorted(set(person.seen) - done)
    assert server.get("/readyz").ok
    assert "A request failed" not in server.log
