"""API tokens from the command line: made with a second factor, used, rotated, revoked."""

import json
import os
import subprocess

import pytest
import requests

from harness.authenticator import Authenticator
from harness.deadline import until


@pytest.fixture
def owner(logged_in, server):
    """A command line whose login has just shown a second factor."""
    bearer = {"Authorization": f"Bearer {logged_in.succeed('token').strip()}"}
    secret = server.post("/api/v1/auth/totp", headers=bearer, json={}).json()["secret"]
    app = Authenticator(secret)
    confirmed = server.post("/api/v1/auth/totp/confirm", headers=bearer, json={"code": app.code(-1)})
    assert confirmed.status_code == 200, confirmed.text
    logged_in.show_code = lambda: server.post(
        "/api/v1/auth/step_up", headers=bearer, json={"method": "totp", "code": app.code()}
    )
    logged_in.code = app.code
    return logged_in


def me(server, token):
    return server.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


def test_without_a_second_factor_the_command_says_where_to_show_one(owner):
    refused = owner.run("tokens", "create", "CI", "--access", "full")
    assert refused.returncode == 1
    assert "second factor" in refused.stderr and "/step-up?grant=" in refused.stderr
    assert "no API token" in owner.succeed("tokens", "list")


def test_with_json_the_code_is_asked_for_in_a_terminal_and_the_output_is_json_alone(owner):
    controller, terminal = os.openpty()
    os.write(controller, f"{owner.code()}\n".encode())
    done = owner.run("tokens", "create", "CI", "--access", "full", "--json", stdin=terminal)
    os.close(terminal)
    os.close(controller)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["token"].startswith("lk_live_")
    assert "Code from your authenticator app" in done.stderr and "lk_live_" not in done.stderr


def test_with_json_and_no_terminal_the_demand_is_told(owner):
    refused = owner.run("tokens", "create", "CI", "--access", "full", "--json")
    told = json.loads(refused.stdout)
    assert refused.returncode == 1 and told["error"]["code"] == "step_up_required" and told["step_up"]["url"]


def test_a_token_lives_from_its_making_to_its_end(server, owner):
    assert owner.show_code().status_code == 200
    made = owner.succeed("tokens", "create", "Importer", "--scope", "projects:read", "--resource", "projects=prj_1")
    line = next(line for line in made.splitlines() if line.strip().startswith("curl "))
    told = subprocess.run(line.strip(), shell=True, capture_output=True, text=True, timeout=30)
    assert '"type":"api_token"' in told.stdout and '"projects":["prj_1"]' in told.stdout
    listed = owner.json("tokens", "list")["tokens"]
    assert [token["label"] for token in listed] == ["Importer"]
    name = listed[0]["id"]
    assert "Importer" in owner.succeed("tokens", "show", name)
    assert "Nightly" in owner.succeed("tokens", "rename", name, "Nightly")

    rotated = owner.json("tokens", "rotate", name, "--overlap", "1h")
    first, second = line.split("Bearer ")[1].split('"')[0], rotated["token"]
    assert me(server, first).status_code == me(server, second).status_code == 200
    until(lambda: owner.json("tokens", "usage", name)["uses_this_period"] == 3, "the uses to be written")
    assert "127.0.0.1" in owner.succeed("tokens", "usage", name)

    assert "Revoked" in owner.succeed("tokens", "revoke", name)
    assert me(server, first).status_code == me(server, second).status_code == 401
    assert "revoked" in owner.succeed("tokens", "list")
    assert first not in server.log and second not in server.log


def test_what_was_used_at_the_last_moment_is_counted_after_a_stop(server, owner):
    owner.show_code()
    token = owner.json("tokens", "create", "CI", "--access", "read-only", "--expires-in", "90d")
    for _ in range(5):
        assert me(server, token["token"]).status_code == 200
    assert server.stop() == 0
    server.start()
    assert owner.json("tokens", "usage", token["id"])["uses_this_period"] == 5


def test_an_exchanged_token_is_verified_offline(server, owner):
    owner.show_code()
    token = owner.json("tokens", "create", "CI", "--access", "full")["token"]
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": token,
        "subject_token_type": "urn:latchkey:params:oauth:token-type:api_token",
        "resource": "https://api.crewkeel.example",
    }
    jwt = requests.post(server.url + "/oauth/token", data=form, timeout=10).json()["access_token"]
    claims = owner.json("verify", jwt, "--audience", "https://api.crewkeel.example", "--scope", "jobs:read")
    assert "tok_" in str(claims)


@pytest.mark.parametrize(
    "arguments",
    [["create", "CI"], ["create", "CI", "--access", "full", "--scope", "x"], ["show", "../me"], ["rotate", "tok_1", "--overlap", "x"]],
)
def test_what_is_used_wrongly_reaches_no_server(machine, arguments):
    done = machine.run("tokens", *arguments)
    assert done.returncode == 2 and done.stderr and not done.stdout
