"""APIs that are declared in latchkey.json, their secret, and their end."""

import json
import subprocess

from harness.accounts import tokens_of
from harness.binary import BINARY, environment

API = "https://api.example.com"
DECLARED = [
    {"identifier": API, "name": "Example API", "scopes": {"jobs:read": "List and read jobs", "jobs:send": "Send jobs"}}
]


def declare(server, servers):
    (server.directory / "latchkey.json").write_text(json.dumps({"resource_servers": servers}))


def command(server, *arguments):
    """`latchkey resource-servers …` in the server's directory."""
    return subprocess.run(
        [BINARY, "resource-servers", *arguments],
        cwd=server.directory,
        env=environment(server.directory),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def succeed(server, *arguments):
    done = command(server, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bearer_of(server):
    return {"Authorization": f"Bearer {tokens_of(server, 'ada@example.com')['access_token']}"}


def catalog(server, bearer):
    told = server.get("/api/v1/scopes", headers=bearer).json()["catalog"]
    return {entry["scope"] for entry in told if entry["resource_server"] == API}


def introspect(server, token, credentials):
    pair = (credentials["client_id"], credentials["client_secret"])
    return server.post("/oauth/introspect", data={"token": token}, auth=pair)


def test_an_api_is_declared_gets_its_secret_and_goes(new_server):
    server = new_server()
    declare(server, DECLARED)
    server.start()
    tokens = tokens_of(server, "ada@example.com")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert catalog(server, bearer) == {"jobs:read", "jobs:send"}
    listed = json.loads(succeed(server, "list", "--json"))["resource_servers"]
    assert [entry["has_secret"] for entry in listed if entry["identifier"] == API] == [False]
    assert "not yet: rotate-secret" in succeed(server, "list")

    first = json.loads(succeed(server, "rotate-secret", API, "--json"))
    assert introspect(server, tokens["access_token"], first).json()["active"] is True
    second = succeed(server, "rotate-secret", API)
    assert first["client_id"] in second and first["client_secret"] not in second
    assert introspect(server, tokens["access_token"], first).status_code == 401
    secret = next(word for word in second.split() if word.startswith("lkcs_"))
    assert introspect(server, tokens["access_token"], first | {"client_secret": secret}).json()["active"] is True
    assert secret not in server.log

    refused = command(server, "remove", API, "--yes")
    assert refused.returncode == 1 and "resource_servers" in refused.stderr
    declare(server, [])
    asked = command(server, "remove", API)
    assert asked.returncode == 2 and "--yes" in asked.stderr
    assert "is removed" in succeed(server, "remove", API, "--yes")
    # The login held the scopes that are gone: it is made again.
    assert server.get("/api/v1/scopes", headers=bearer).status_code == 401
    assert catalog(server, bearer_of(server)) == set()
    assert introspect(server, tokens["access_token"], first | {"client_secret": secret}).status_code == 401


def test_a_scope_that_is_taken_out_is_gone_at_the_next_start(new_server):
    server = new_server()
    declare(server, DECLARED)
    server.start()
    assert catalog(server, bearer_of(server)) == {"jobs:read", "jobs:send"}
    server.stop()
    declare(server, [DECLARED[0] | {"scopes": {"jobs:read": "List and read jobs"}}])
    server.start()
    assert catalog(server, bearer_of(server)) == {"jobs:read"}


def test_a_fault_in_the_declaration_stops_the_start_and_is_named(new_server):
    server = new_server()
    declare(server, [DECLARED[0] | {"scopes": {"jobs read": "x"}}])
    assert server.launch().wait() == 2
    assert "resource_servers" in server.log and '"jobs read"' in server.log


def test_a_name_that_nobody_knows_is_answered_with_those_there_are(server):
    for action in ("rotate-secret", "remove"):
        refused = command(server, action, "https://api.exampel.com")
        assert refused.returncode == 1
        assert "https://api.craftdesk.example" in refused.stderr
