"""`latchkey users reset-factors`: for who has lost every second factor, while the server runs."""

import json
import os
import sqlite3
import subprocess

import pytest

from harness.accounts import is_accepted, refresh, tokens_of
from harness.authenticator import Authenticator
from harness.binary import BINARY, environment
from harness.deadline import until

ADA = "ada@example.com"


def reset(server, *arguments, issuer=True, **options):
    """`latchkey users reset-factors …` in the server's directory."""
    named = ["--issuer", server.url] if issuer else []
    return subprocess.run(
        [BINARY, "users", "reset-factors", *arguments, *named],
        cwd=server.directory,
        env=environment(server.directory),
        **{"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60} | options,
    )


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def set_up(server, tokens):
    """An app, and the ten codes beside it."""
    begun = server.post("/api/v1/auth/totp", json={}, headers=bearer(tokens))
    assert begun.status_code == 201, begun.text
    app = Authenticator(begun.json()["secret"])
    made = server.post("/api/v1/auth/totp/confirm", json={"code": app.code(-1)}, headers=bearer(tokens))
    assert made.status_code == 200, made.text
    return app, made.json()["recovery_codes"]


def rows(server, query):
    with sqlite3.connect(f"file:{server.directory}/data/latchkey.db?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


@pytest.fixture
def ada(server):
    tokens = tokens_of(server, ADA)
    set_up(server, tokens)
    return tokens


def test_who_has_lost_everything_is_signed_out_told_and_sets_up_a_new_app(server, ada):
    bob = tokens_of(server, "bob@example.com")
    # Who only reads the mail comes to nothing as long as there is a factor.
    assert server.post("/api/v1/auth/totp", json={}, headers=bearer(tokens_of(server, ADA))).status_code == 403

    [(before,)] = rows(server, "SELECT MAX(id) FROM audit_events")
    done = reset(server, ADA.upper(), "--yes")
    assert done.returncode == 0, done.stderr
    assert "loses the authenticator app and 10 recovery codes" in done.stderr and "reading their mail" in done.stderr
    assert f"{ADA} has lost the authenticator app and 10 recovery codes" in done.stdout
    assert "signed out everywhere: 2 logins and 0 browsers." in done.stdout

    assert not is_accepted(server, ada["access_token"])
    assert refresh(server, ada["refresh_token"]).status_code == 400
    assert is_accepted(server, bob["access_token"]) and refresh(server, bob["refresh_token"]).status_code == 200

    mail = until(lambda: "second factors" in server.mail(ADA)["subject"] and server.mail(ADA), "the mail about it")
    assert f"{server.url}/account" in mail["text"] and "on the server itself" in mail["text"]
    kinds = [kind for (kind,) in rows(server, f"SELECT event FROM audit_events WHERE id > {before} AND address = ''")]
    assert sorted(kinds) == ["grant.revoked", "grant.revoked", "second_factors.reset", "totp.removed"]

    app, _ = set_up(server, tokens_of(server, ADA))
    again = tokens_of(server, ADA)
    proof = {"method": "totp", "code": app.code()}
    assert server.post("/api/v1/auth/step_up", json=proof, headers=bearer(again)).status_code == 200
    assert server.stop() == 0
    verify = [BINARY, "audit", "verify"]
    assert subprocess.run(verify, cwd=server.directory, env=environment(server.directory), timeout=60).returncode == 0


def test_programs_are_told_in_json_and_it_works_without_a_server(server, ada):
    assert server.stop() == 0
    done = reset(server, ADA, "--yes", "--json")
    assert done.returncode == 0 and done.stderr == ""
    told = json.loads(done.stdout)
    assert told.pop("id").startswith("usr_")
    assert told == {
        "email": ADA, "passkeys": 0, "authenticator_app": True, "recovery_codes": 10, "logins": 1, "browsers": 0
    }  # fmt: skip
    # The mail waits for the server.
    server.start()
    until(lambda: "second factors" in server.mail(ADA)["subject"], "the mail about it")
    assert not is_accepted(server, ada["access_token"])


def test_what_is_not_agreed_to_or_cannot_be_changes_nothing(server, ada, tmp_path):
    before = rows(server, "SELECT COUNT(*) FROM audit_events")

    def refused(status, words, *arguments, **options):
        done = reset(server, *arguments, **options)
        assert done.returncode == status and words in done.stderr, (done.returncode, done.stderr)
        assert done.stdout == ""

    refused(2, "there is nobody to ask", ADA)
    refused(1, "Nobody has the address eve@example.com", "eve@example.com", "--yes")
    refused(2, "is no mail address", "ada", "--yes")
    refused(2, "--issuer https://", ADA, "--yes", issuer=False)
    # A mail that is sealed with another key could never be sent.
    (tmp_path / "other").mkdir(mode=0o700)
    other = tmp_path / "other/master.key"
    other.write_text("A" * 43)
    other.chmod(0o600)
    refused(1, "signing key", ADA, "--yes", "--keys", str(tmp_path / "other"))
    refused(3, "cannot be used", ADA, "--yes", "--data", str(tmp_path))

    for answer, status in (("no", 1), ("yes", 0)):
        assert rows(server, "SELECT COUNT(*) FROM audit_events") == before
        assert is_accepted(server, ada["access_token"])
        controller, terminal = os.openpty()
        os.write(controller, f"{answer}\n".encode())
        done = reset(server, ADA, stdin=terminal)
        os.close(terminal)
        os.close(controller)
        assert done.returncode == status, done.stderr
        assert "Type yes to go on" in done.stderr
    assert not is_accepted(server, ada["access_token"])
    again = reset(server, ADA, "--yes", "--json")
    assert again.returncode == 1 and json.loads(again.stdout)["error"]["code"] == "nothing_to_remove"
