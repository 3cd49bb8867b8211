"""A copy is made under load and put back: nothing that was given out before it is alive afterwards."""

import concurrent.futures
import json
import pathlib
import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import threading

import pytest

from harness.accounts import is_accepted, refresh, tokens_of
from harness.binary import BINARY, environment
from harness.deadline import until
from harness.sign_in import sign_in


def latchkey(server, *arguments):
    """Runs an operator's command beside a server."""
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        cwd=server.directory,
        env=environment(server.directory) | server.settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def succeed(server, *arguments):
    done = latchkey(server, *arguments, "--json")
    assert done.returncode == 0, f"latchkey {arguments} exited with {done.returncode}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def refuse(server, *arguments, status=1):
    """Runs a command that must not do its work; answers the code of the refusal."""
    done = latchkey(server, *arguments, "--json")
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)["error"]["code"]


def database(server):
    return server.directory / "data/latchkey.db"


def change(server, sql):
    """Changes rows of a stopped server past all rules."""
    with sqlite3.connect(database(server)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.executescript(sql)
    connection.close()


def events(server, kind):
    with sqlite3.connect(database(server)) as connection:
        rows = connection.execute("SELECT detail FROM audit_events WHERE event = ?", [kind]).fetchall()
    connection.close()
    return [json.loads(row[0]) for row in rows]


class Load:
    """Clients that refresh for as long as this runs."""

    def __init__(self, server, tokens):
        self.latest = list(tokens)
        self.count = 0
        self._is_over = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(len(tokens))
        self._runs = [self._pool.submit(self._run, server, place) for place in range(len(tokens))]

    def _run(self, server, place):
        while not self._is_over.is_set():
            answer = refresh(server, self.latest[place]["refresh_token"])
            assert answer.status_code == 200, answer.text
            self.latest[place] = answer.json()
            self.count += 1

    def stop(self):
        self._is_over.set()
        for run in self._runs:
            run.result()
        self._pool.shutdown()
        return self.latest


def test_everything_from_before_a_restore_is_refused_and_nobody_is_taken_for_a_thief(server, browser):
    sign_in(browser, server, "ada@example.com")
    cookie = {"Cookie": f"latchkey={browser.driver.get_cookie('latchkey')['value']}"}
    issued = [tokens_of(server, f"user{n}@example.com") for n in range(4)]
    device = server.post("/api/v1/auth/device", json={}).json()
    assert server.post("/api/v1/auth/magic_link", json={"email": "eve@example.com"}).status_code == 202
    link = server.link("eve@example.com").split("#token=")[1]

    load = Load(server, issued)
    copied = succeed(server, "backup", "copy.db")
    before = load.count
    while load.count < before + 20:
        pass
    latest = load.stop()
    late = tokens_of(server, "late@example.com")
    copy = server.directory / "copy.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copied["users"] == 5 and copied["grants"] == 4 and copied["bytes"] == copy.stat().st_size
    assert sorted(path.name for path in server.directory.glob("copy.db*")) == ["copy.db"]

    assert refuse(server, "backup", "copy.db") == "file_exists"
    assert refuse(server, "restore", "copy.db") == "database_exists"
    assert refuse(server, "restore", "copy.db", "--replace") == "database_in_use"
    assert is_accepted(server, late["access_token"]), "a refused restore changes nothing"
    server.stop()
    restored = succeed(server, "restore", "copy.db", "--replace")
    assert (restored["grants_ended"], restored["sessions_ended"], restored["epoch"]) == (4, 1, 2)
    assert restored["taken_at"] == copied["taken_at"]
    assert (server.directory / restored["replaced"]).exists()
    server.start()

    for tokens in [*issued, *latest, late]:
        answer = refresh(server, tokens["refresh_token"])
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_grant")
        assert not is_accepted(server, tokens["access_token"])
    poll = server.post("/api/v1/auth/token", json={"device_code": device["device_code"]})
    assert (poll.status_code, poll.json()["error"]["code"]) == (400, "invalid_grant")
    spent = server.post("/api/v1/auth/magic_link/verify", json={"token": link})
    assert (spent.status_code, spent.json()["error"]["code"]) == (400, "invalid_grant")
    account = server.get("/account", headers=cookie, allow_redirects=False)
    assert account.status_code == 303 and account.headers["Location"].startswith("/login")

    assert events(server, "refresh_token.reuse") == [], "an honest client that comes late is no thief"
    assert [detail["copy_taken_at"] for detail in events(server, "database.restored")] == [copied["taken_at"]]
    again = tokens_of(server, "user0@example.com")
    assert refresh(server, again["refresh_token"]).status_code == 200
    audit = succeed(server, "audit", "verify")
    assert audit["intact"] and audit["events"] > 10


def test_a_copy_goes_to_another_machine_and_is_not_served_unrestored(server, new_server):
    tokens = tokens_of(server, "ada@example.com")
    succeed(server, "backup", "copy.db")
    other = new_server()
    shutil.copytree(server.directory / "keys", other.directory / "keys")
    (other.directory / "data").mkdir(mode=0o700)
    shutil.copy(server.directory / "copy.db", database(other))
    other.launch()
    assert other.wait() == 1
    assert "restore --finish" in other.log and "would be alive again" in other.log
    assert succeed(other, "restore", "--finish")["grants_ended"] == 1
    other.start()
    assert refresh(other, tokens["refresh_token"]).status_code == 400
    assert not is_accepted(other, tokens["access_token"])

    fresh = new_server()
    shutil.copytree(server.directory / "keys", fresh.directory / "keys")
    succeed(fresh, "restore", server.directory / "copy.db")
    assert sorted(path.name for path in (fresh.directory / "data").iterdir()) == ["latchkey.db"]
    assert stat.S_IMODE(database(fresh).stat().st_mode) == 0o600
    fresh.start()
    assert fresh.get("/.well-known/jwks.json").text == server.get("/.well-known/jwks.json").text


def test_the_drill_of_the_document_works_as_written(server, new_server):
    text = (pathlib.Path(__file__).resolve().parents[2] / "docs/operations.md").read_text()
    block = re.search(r"### The drill\n.*?```sh\n(.*?)```", text, re.S)[1]
    restore, verify, serve = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    succeed(server, "backup", "latchkey-monday.db")
    drill = new_server(*serve[1 : serve.index("--issuer")])
    shutil.copy(server.directory / "latchkey-monday.db", drill.directory)
    shutil.copytree(server.directory / "keys", drill.directory / "drill/keys")
    succeed(drill, *restore)
    assert succeed(drill, *verify)["intact"]
    drill.start()
    tokens_of(drill, "ada@example.com")


def test_a_copy_that_is_none_is_refused_and_the_database_stays(server, new_server):
    succeed(server, "backup", "copy.db")
    tokens = tokens_of(server, "ada@example.com")
    server.stop()
    directory = server.directory
    whole = (directory / "copy.db").read_bytes()
    (directory / "text.db").write_text("no database")
    (directory / "empty.db").write_bytes(b"")
    (directory / "torn.db").write_bytes(whole[: len(whole) // 2])
    middle = len(whole) // 2 // 4096 * 4096
    (directory / "flipped.db").write_bytes(whole[:middle] + bytes(4096) + whole[middle + 4096 :])
    sqlite3.connect(directory / "other.db").execute("CREATE TABLE t (a)").connection.close()
    shutil.copy(directory / "copy.db", directory / "newer.db")
    with sqlite3.connect(directory / "newer.db") as newer:
        newer.execute("INSERT INTO schema_migrations (number, name, hash) VALUES (999, 'later', 'x')")
    newer.close()
    expected = {
        "missing.db": "copy_unreadable", "text.db": "database", "empty.db": "database", "other.db": "database",
        "newer.db": "database", "torn.db": None, "flipped.db": None, "data": "copy_unreadable",
        "data/latchkey.db": "copy_unreadable",
    }
    kept = sorted(path.name for path in (directory / "data").iterdir())
    for name, code in expected.items():
        found = refuse(server, "restore", name, "--replace")
        assert found == code if code else found in ("copy_damaged", "database"), name
        assert sorted(path.name for path in (directory / "data").iterdir()) == kept, name
    stranger = new_server().start()
    stranger.stop()
    keys = stranger.directory / "keys"
    assert refuse(server, "restore", "copy.db", "--replace", "--keys", keys) == "signing_key_unreadable"
    assert refuse(server, "restore", "copy.db", "--replace", "--keys", "none") == "master_key_missing"
    server.start()
    assert refresh(server, tokens["refresh_token"]).status_code == 200


def test_commands_used_wrongly_say_so(new_server):
    server = new_server()
    assert refuse(server, "restore", status=2) == "used_wrongly"
    assert refuse(server, "restore", "x", "--finish", status=2) == "used_wrongly"
    assert refuse(server, "backup", "x", status=3) == "database", "there is none"
    assert refuse(server, "audit", "verify", status=3) == "database"
    assert not (server.directory / "data").exists()
    url = "postgres://latchkey@localhost/latchkey"
    assert refuse(server, "backup", "x", "--database", url, status=2) == "use_pg_dump"
    (server.directory / "x").write_text("")
    assert refuse(server, "restore", "x", "--database", url, status=2) == "use_pg_restore"


@pytest.mark.parametrize(
    ("tampering", "kind"),
    [
        ("UPDATE audit_events SET at = at + 1 WHERE sequence = 5", "changed"),
        ("DELETE FROM audit_events WHERE sequence = 5", "removed"),
        ("DELETE FROM audit_events WHERE sequence >= 5", "truncated"),
        ("UPDATE audit_head SET sequence = 4, chain_hash ="
         " (SELECT chain_hash FROM audit_events WHERE sequence = 4)", "head_moved_back"),
    ],
)
def test_the_audit_tells_what_was_done_to_it(server, tampering, kind):
    tokens_of(server, "ada@example.com")
    until(lambda: succeed(server, "audit", "verify")["unsealed"] == 0, "the audit to be sealed")
    server.stop()
    intact = succeed(server, "audit", "verify")
    assert intact["intact"] and intact["first_at"] <= intact["last_at"] and len(intact["hash"]) == 64
    change(server, tampering)
    done = latchkey(server, "audit", "verify", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1 and not found["intact"]
    assert (found["fault"]["event"], found["fault"]["kind"]) == (5, kind)
    text = latchkey(server, "audit", "verify")
    assert text.returncode == 1 and "BROKEN at event 5" in text.stdout


def test_a_restored_postgresql_is_settled_by_finish(new_server, cluster, tmp_path):
    server = new_server("--database", cluster.url).start()
    device = server.post("/api/v1/auth/device", json={}).json()
    tokens = tokens_of(server, "ada@example.com")
    dump = tmp_path / "latchkey.dump"
    subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", cluster.url], check=True)
    newer = refresh(server, tokens["refresh_token"]).json()
    server.stop()
    subprocess.run(
        ["pg_restore", "--clean", "--if-exists", "--single-transaction", f"--dbname={cluster.url}", dump], check=True
    )
    assert succeed(server, "restore", "--finish", "--database", cluster.url)["grants_ended"] == 1
    server.start()
    for token in (tokens, newer):
        assert refresh(server, token["refresh_token"]).json()["error"]["code"] == "invalid_grant"
        assert not is_accepted(server, token["access_token"])
    poll = server.post("/api/v1/auth/token", json={"device_code": device["device_code"]})
    assert poll.json()["error"]["code"] == "invalid_grant"
    assert succeed(server, "audit", "verify", "--database", cluster.url)["intact"]
    again = tokens_of(server, "ada@example.com")
    assert succeed(server, "restore", "--finish", "--database", cluster.url)["epoch"] == 3, "beside a running node"
    assert refresh(server, again["refresh_token"]).status_code == 400, "a running node is in the epoch at once"
