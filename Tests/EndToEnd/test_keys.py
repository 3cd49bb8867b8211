"""Signing keys: rotation that no verifier notices, `latchkey keys`, and starts that must not be."""

import base64
import concurrent.futures
import json
import sqlite3
import subprocess
import time

import pytest

from harness.accounts import is_accepted, refresh, tokens_of
from harness.binary import BINARY, environment
from harness.deadline import until
from harness.verifier import CachingVerifier

LIFETIME = 5  # seconds that a key signs
ROTATIONS = 4


def keys(server, *arguments):
    """`latchkey keys …` in the server's directory."""
    return subprocess.run(
        [BINARY, "keys", *arguments],
        cwd=server.directory,
        env=environment(server.directory),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def listed(server):
    done = keys(server, "list", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["keys"]


def published(server):
    return [key["kid"] for key in server.get("/.well-known/jwks.json").json()["keys"]]


def kid(token):
    head = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


# Rotation by itself


def test_keys_that_rotate_every_few_seconds_under_load_fail_no_verification(new_server):
    server = new_server("--signing-key-lifetime", f"{LIFETIME}s")
    server.settings = {"LATCHKEY_RATE_LIMITS": "off"}
    server.start()
    logins = [tokens_of(server, f"ada{number}@example.com") for number in range(4)]
    verifiers = [CachingVerifier(server) for _ in logins[1:]]
    deadline = time.monotonic() + LIFETIME * (ROTATIONS + 0.8)

    def work(login, verifier):
        seen, count, token = [], 0, login["refresh_token"]
        while time.monotonic() < deadline:
            answer = refresh(server, token)
            assert answer.status_code == 200, answer.text
            token, access = answer.json()["refresh_token"], answer.json()["access_token"]
            assert verifier.check(access).claims["iss"] == server.url
            assert is_accepted(server, access)
            count += 1
            if kid(access) not in seen:
                seen.append(kid(access))
        return seen, count

    def work_as_a_resource_server(login):
        """The same by the library for resource servers, which starts without any keys each time."""
        token = login["refresh_token"]
        while time.monotonic() < deadline:
            answer = refresh(server, token).json()
            token = answer["refresh_token"]
            command = [BINARY, "verify", answer["access_token"], "--issuer", server.url, "--audience", server.url]
            done = subprocess.run(command, env=environment(server.directory), capture_output=True, timeout=30)
            assert done.returncode == 0, done.stderr

    with concurrent.futures.ThreadPoolExecutor(len(logins)) as pool:
        library = pool.submit(work_as_a_resource_server, logins.pop())
        results = list(pool.map(work, logins, verifiers))
        library.result()
    for (seen, count), verifier in zip(results, verifiers):
        assert len(seen) > ROTATIONS - 1, f"only {len(seen)} keys signed"
        assert count > 20
        assert set(verifier.lifetimes) == {1}, "one second is a fifth of the lifetime"
    assert is_accepted(server, logins[0]["access_token"]), "a token of the first key lives on"
    states = [key["state"] for key in listed(server)]
    assert states.count("active") == 1 and states.count("retired") >= ROTATIONS - 1


# By an operator, beside a running server


def test_an_operator_rotates_beside_a_busy_server_and_the_server_follows(server):
    tokens = tokens_of(server, "ada@example.com")
    [first] = listed(server)
    assert first["state"] == "active" and first["kid"] == kid(tokens["access_token"])

    planned = keys(server, "rotate")
    assert planned.returncode == 0, planned.stderr
    pending = next(key for key in listed(server) if key["state"] == "pending")
    assert pending["kid"] in planned.stdout and not planned.stderr
    until(lambda: published(server) == [first["kid"], pending["kid"]], "the pending key to be published")
    again = keys(server, "rotate")
    assert again.returncode == 0 and "on its way already" in again.stdout

    table = keys(server, "list").stdout.splitlines()
    assert table[0].split() == ["KID", "ALG", "STATE", "CREATED", "SIGNS", "FROM", "RETIRED", "GONE"]
    assert [line.split()[2] for line in table[1:]] == ["active", "pending"]

    at_once = keys(server, "rotate", "--now")
    assert at_once.returncode == 0, at_once.stderr
    assert "refuse new tokens until they fetch" in at_once.stderr
    until(lambda: published(server) == [pending["kid"], first["kid"]], "the new key to be in use")
    fresh = refresh(server, tokens["refresh_token"]).json()["access_token"]
    assert kid(fresh) == pending["kid"]
    assert is_accepted(server, fresh) and is_accepted(server, tokens["access_token"])


def test_operators_get_through_while_the_server_writes_without_pause(new_server):
    server = new_server()
    server.settings = {"LATCHKEY_RATE_LIMITS": "off"}
    server.start()
    logins = [tokens_of(server, f"ada{number}@example.com") for number in range(8)]
    stop = time.monotonic() + 6

    def work(login):
        token = login["refresh_token"]
        while time.monotonic() < stop:
            answer = refresh(server, token)
            assert answer.status_code == 200, answer.text
            token = answer.json()["refresh_token"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        work_done = [pool.submit(work, login) for login in logins]
        for _ in range(3):
            done = keys(server, "rotate", "--now", "--json")
            assert done.returncode == 0, done.stdout + done.stderr
        for work in work_done:
            work.result()
    assert [key["state"] for key in listed(server)] == ["active", "retired", "retired", "retired"]


def test_a_compromised_key_goes_with_its_tokens_after_a_question(server):
    tokens = tokens_of(server, "ada@example.com")
    [stolen] = listed(server)

    for asked in (keys(server, "rotate", "--now", "--compromised"), keys(server, "rotate", "--compromised", "--now")):
        assert asked.returncode == 2
        assert "1 grant holds at least 1 live access token" in asked.stderr
        assert "--yes" in asked.stderr
    assert keys(server, "rotate", "--compromised").returncode == 2
    assert listed(server) == [stolen] and is_accepted(server, tokens["access_token"])

    done = keys(server, "rotate", "--now", "--compromised", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["grants"], told["live_tokens"]) == (1, 1)
    [new] = told["keys"]
    assert new["state"] == "active" and new["kid"] != stolen["kid"]

    until(lambda: published(server) == [new["kid"]], "the stolen key to be gone", patience=5)
    assert not is_accepted(server, tokens["access_token"])
    fresh = refresh(server, tokens["refresh_token"])
    assert fresh.status_code == 200 and is_accepted(server, fresh.json()["access_token"])


def test_what_is_refused_names_the_next_step(server):
    [active] = listed(server)
    refused = keys(server, "retire", "--", active["kid"])
    assert refused.returncode == 1 and "latchkey keys rotate" in refused.stderr
    unknown = keys(server, "retire", "--", active["kid"][:-1] + "_x")
    assert unknown.returncode == 1 and active["kid"] in unknown.stderr
    assert keys(server, "rotate").returncode == 0
    pending = next(key for key in listed(server) if key["state"] == "pending")
    withdrawn = keys(server, "retire", "--json", "--", pending["kid"][:12])
    assert withdrawn.returncode == 0, withdrawn.stderr
    assert listed(server) == [active]
    assert keys(server, "rotate", "--now").returncode == 0
    early = keys(server, "retire", "--", active["kid"])
    assert early.returncode == 1 and "goes at" in early.stderr and "--compromised" in early.stderr
    assert keys(server, "retire", "--compromised", "--yes", "--", active["kid"]).returncode == 0
    assert len(listed(server)) == 1
    for command in ([], ["list", "--help"], ["rotate", "--help"], ["retire", "--help"]):
        assert keys(server, *command).returncode == 0
    assert keys(server, "retire").returncode == 2


def test_without_a_database_nothing_is_made(new_server):
    server = new_server()
    for arguments in (["list"], ["rotate"], ["retire", "x"]):
        done = keys(server, *arguments)
        assert done.returncode == 3, done.stderr
        assert "--data" in done.stderr
    assert list(server.directory.iterdir()) == []
    failed = json.loads(keys(server, "list", "--json").stdout)
    assert failed["error"]["code"] == "database"


def test_a_database_of_another_version_is_not_migrated(new_server):
    server = new_server().start()
    assert server.stop() == 0
    with sqlite3.connect(server.directory / "data/latchkey.db") as database:
        database.execute("DELETE FROM schema_migrations WHERE number = (SELECT MAX(number) FROM schema_migrations)")
    done = keys(server, "list")
    assert done.returncode == 1 and "another version" in done.stderr


def test_the_wrong_master_key_rotates_nothing(server):
    before = listed(server)
    other = server.directory / "other"
    other.mkdir(mode=0o700)
    missing = keys(server, "rotate", "--keys", str(other))
    assert missing.returncode == 1 and "missing" in missing.stderr and not list(other.iterdir())
    (other / "master.key").write_text(base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=") + "\n")
    (other / "master.key").chmod(0o600)
    wrong = keys(server, "rotate", "--now", "--keys", str(other))
    assert wrong.returncode == 1 and "cannot be opened with this master key" in wrong.stderr
    assert listed(server) == before


# The master key


def flip(text, bit):
    """The base64url of the same key but for one bit."""
    key = bytearray(base64.urlsafe_b64decode(text.strip() + "="))
    key[bit // 8] ^= 1 << bit % 8
    return base64.urlsafe_b64encode(bytes(key)).decode().rstrip("=") + "\n"


@pytest.mark.parametrize("fault", ["missing", "wrong", "flipped", "readable", "cut short"])
def test_a_start_without_its_master_key_is_refused_with_the_reason_and_the_fix(new_server, fault):
    server = new_server().start()
    tokens = tokens_of(server, "ada@example.com")
    assert server.stop() == 0
    file = server.directory / "keys/master.key"
    right = file.read_text()
    match fault:
        case "missing":
            file.unlink()
            expected = ["master.key is missing, but the database was made with it", "--keys"]
        case "wrong":
            file.write_text(base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=") + "\n")
            expected = ["cannot be opened with this master key", "Put the right master key back"]
        case "flipped":
            file.write_text(flip(right, 131))
            expected = ["cannot be opened with this master key", "Put the right master key back"]
        case "readable":
            file.chmod(0o604)
            expected = ["can be read by others", "chmod 600"]
        case "cut short":
            file.write_text(right[:30])
            expected = ["does not hold a master key of 32 bytes", "backup"]
    present = file.read_text() if file.exists() else None

    server.launch()
    assert server.wait() == 1
    for text in expected:
        assert text in server.log
    assert (file.read_text() if file.exists() else None) == present, "it is left as it was"

    file.write_text(right)
    file.chmod(0o600)
    server.start()
    assert is_accepted(server, tokens["access_token"])
    assert len(listed(server)) == 1


def test_a_master_key_is_changed_without_anyone_noticing(new_server):
    server = new_server().start()
    tokens = tokens_of(server, "ada@example.com")
    before = published(server)
    assert server.stop() == 0
    present, former = server.directory / "keys/master.key", server.directory / "keys/former-master.key"
    present.rename(former)
    present.write_text(base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=") + "\n")
    present.chmod(0o600)
    former.chmod(0o640)
    server.launch()
    assert server.wait() == 1 and "former-master.key can be read by others" in server.log
    former.chmod(0o600)

    server.start()
    assert "is wrapped by the present one" in server.log
    assert published(server) == before and is_accepted(server, tokens["access_token"])
    renewed = refresh(server, tokens["refresh_token"])
    assert renewed.status_code == 200, "a refresh token that the former key made"
    assert server.stop() == 0

    former.unlink()
    server.start()
    assert published(server) == before and is_accepted(server, renewed.json()["access_token"])
    assert refresh(server, renewed.json()["refresh_token"]).status_code == 200
