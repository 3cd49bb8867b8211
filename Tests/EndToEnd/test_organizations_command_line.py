"""Organizations, members and plans from the command line, against a server that runs."""

import json
import re

import pytest

from harness.accounts import tokens_of
from harness.authenticator import Authenticator
from harness.command_line import CommandLine
from harness.deadline import until
from harness.sign_in import approve, sign_in


@pytest.fixture
def new_person(server, new_browser, tmp_path):
    """Makes people whose command line is logged in."""

    def make(name):
        machine = CommandLine(tmp_path / f"home-{name}", server.url)
        login = machine.login()
        approve(sign_in(new_browser(), server, f"{name}@example.com"), login)
        code, output = login.finish()
        assert code == 0, output
        return machine

    return make


def refused(machine, *arguments, code=1):
    done = machine.run(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert not done.stdout
    return done.stderr


def test_organizations_are_made_renamed_and_changed_between(server, logged_in):
    assert re.search(r"\* +demo +Demo +owner", logged_in.succeed("organizations", "list"))
    made = logged_in.succeed("organizations", "create", "Analytical Engines", "--slug", "engines")
    assert "latchkey organizations switch engines" in made
    assert "slug" in refused(logged_in, "organizations", "create", "Other", "--slug", "engines")
    renamed = logged_in.json("organizations", "rename", "Difference Engines", "--organization", "engines")
    assert renamed["name"] == "Difference Engines" and renamed["slug"] == "engines"
    shown = logged_in.succeed("organizations", "show", "engines")
    assert "Difference Engines" in shown and "free" in shown and "owner" in shown

    before = logged_in.succeed("token").strip()
    assert "Difference Engines" in logged_in.succeed("organizations", "switch", "engines")
    assert logged_in.json("whoami")["organization"]["slug"] == "engines"
    assert [o["slug"] for o in logged_in.json("organizations", "list")["organizations"] if o["current"]] == ["engines"]
    # The login that was left is over, so that going to and fro leaves no pile of them.
    assert server.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {before}"}).status_code == 401
    assert "nowhere" in refused(logged_in, "organizations", "show", "nowhere")
    assert "latchkey organizations list" in refused(logged_in, "organizations", "switch", "nowhere")
    assert logged_in.json("whoami")["organization"]["slug"] == "engines"


def test_members_from_the_invitation_to_the_handing_over(server, logged_in, new_person):
    logged_in.succeed("organizations", "create", "Engines")
    logged_in.succeed("organizations", "switch", "engines")
    bob = new_person("bob")
    assert "member" in logged_in.succeed("members", "invite", "bob@example.com")
    assert "bob@example.com" in logged_in.succeed("members", "invitations")
    joined = bob.succeed("organizations", "join", server.link("bob@example.com"))
    assert "You joined Engines as member." in joined
    bob.succeed("organizations", "switch", "engines")
    assert re.search(r"bob@example.com +bob +member", bob.succeed("members", "list"))
    assert "Ask an owner or admin" in refused(bob, "members", "invite", "x@example.com")
    assert "Ask an owner or admin" in refused(bob, "members", "invitations")

    assert "is an admin of Engines now" in logged_in.succeed("members", "role", "bob@example.com", "admin")
    assert "members transfer" in refused(logged_in, "members", "leave", "--yes")
    handed = refused(logged_in, "members", "transfer", "bob@example.com", code=2)
    assert "only an owner can undo it" in handed and "--yes" in handed
    assert {m["role"] for m in logged_in.json("members", "list")["members"]} == {"owner", "admin"}
    logged_in.succeed("members", "transfer", "BOB@example.com", "--yes")
    roles = {m["email"]: m["role"] for m in logged_in.json("members", "list")["members"]}
    assert roles == {"ada@example.com": "admin", "bob@example.com": "owner"}

    refused(bob, "members", "remove", "ada@example.com", code=2)
    assert logged_in.json("whoami")["organization"]["slug"] == "engines", "nothing was done without yes"
    assert "Removed" in bob.succeed("members", "remove", "ada@example.com", "--yes")
    assert "login" in refused(logged_in, "whoami")
    assert "no member" in refused(bob, "members", "role", "ada@example.com", "viewer")


def test_an_invitation_is_withdrawn_and_a_member_leaves(server, logged_in, new_person):
    logged_in.succeed("members", "invite", "eve@example.com", "--role", "viewer")
    assert "Withdrew" in logged_in.succeed("members", "withdraw", "eve@example.com")
    pages = {"page": 1, "limit": 50, "total": 0}
    assert logged_in.json("members", "invitations") == {"invitations": [], "pagination": pages}
    assert "No invitation" in refused(logged_in, "members", "withdraw", "eve@example.com")
    bob = new_person("bob")
    left = bob.succeed("members", "leave", "--yes")
    assert "You left Demo." in left and "latchkey login" in left
    assert [m["email"] for m in logged_in.json("members", "list")["members"]] == ["ada@example.com"]


def test_the_operator_puts_an_organization_on_a_plan_while_the_server_runs(server, logged_in):
    place = ["--data", str(server.directory / "data")]

    def plan(*arguments):
        return logged_in.run("organizations", "plan", *arguments, *place)

    told = plan("demo")
    assert told.returncode == 0 and "is on the plan business." in told.stdout
    done = plan("demo", "free", "--json")
    assert json.loads(done.stdout)["plan"] == "free"
    assert "free" in logged_in.succeed("organizations", "show")
    assert logged_in.json("organizations", "show")["plan"] == "free"
    missing = plan("nobody", "free")
    assert missing.returncode == 1 and "no organization called nobody" in missing.stderr
    assert plan("demo", "gold").returncode == 2


def test_the_terms_of_plans_are_the_operators(new_server, tmp_path):
    plans = tmp_path / "plans.json"
    plans.write_text(json.dumps({"business": {"calls_per_period": 4, "calls_per_minute": 10_000}}))
    server = new_server()
    server.settings["LATCHKEY_PLANS"] = str(plans)
    server.start()
    bearer = {"Authorization": f"Bearer {tokens_of(server, 'ada@example.com')['access_token']}"}
    app = Authenticator(server.post("/api/v1/auth/totp", headers=bearer, json={}).json()["secret"])
    server.post("/api/v1/auth/totp/confirm", headers=bearer, json={"code": app.code(-1)})
    server.post("/api/v1/auth/step_up", headers=bearer, json={"method": "totp", "code": app.code()})
    minted = server.post("/api/v1/tokens", headers=bearer, json={"label": "CI", "access": "full"})
    assert minted.status_code == 201, minted.text
    token = {"Authorization": f"Bearer {minted.json()['token']}"}
    for _ in range(4):
        assert server.get("/api/v1/me", headers=token).status_code == 200
    until(lambda: server.get("/api/v1/me", headers=token).status_code == 429, "the quota to be used up")
    refused = server.get("/api/v1/me", headers=token)
    assert refused.json()["error"]["code"] == "quota_exceeded" and "business" in refused.json()["error"]["message"]
    assert int(refused.headers["Retry-After"]) > 0

    plans.write_text('{"bussines": {}}')
    broken = new_server()
    broken.settings["LATCHKEY_PLANS"] = str(plans)
    assert broken.launch().wait() == 2
    assert "bussines" in broken.log and "docs/configuration.md" in broken.log


@pytest.mark.parametrize("arguments", [["organizations", "--help"], ["members", "--help"], ["members", "role", "--help"]])
def test_help_shows_an_example(machine, arguments):
    assert "latchkey " + arguments[0] in machine.succeed(*arguments)
