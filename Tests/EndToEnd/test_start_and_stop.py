"""The server as a process: how it starts, what it refuses to start with, and how it ends."""

import json
import socket
import stat

from harness.accounts import is_accepted, tokens_of
from harness.deadline import until
from harness.raw import RawConnection


def refused_start(server):
    """Starts a server that must not; answers its exit code and what it says."""
    server.launch()
    return server.wait(), server.log


def test_the_start_says_where_everything_is_and_what_to_type_next(server):
    until(lambda: "login" in server.log, "the banner")
    for text in [server.url, f"{server.url}/dev/mailbox", f"login --issuer {server.url}"]:
        assert text in server.log
    # What a newcomer reads first is not a list of migrations.
    assert server.log.count("made the database, schema ") == 1
    assert "migrated" not in server.log


def test_the_start_makes_a_key_that_only_its_owner_can_read(server):
    key = server.directory / "keys/master.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_a_request_under_way_when_the_server_is_told_to_stop_is_answered(server):
    body = json.dumps({"scope": "jobs:read"}).encode()
    with RawConnection(server.port) as connection, RawConnection(server.port) as idle:
        # Both are known to the server before it is told to stop, one of them in the middle of a request.
        idle.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.response().status == 200
        connection.send(
            b"POST /api/v1/auth/device HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body[:5]
        )
        assert server.get("/healthz").ok
        server.terminate()
        until(lambda: not is_listening(server.port), "the port to be free")
        connection.send(body[5:])
        response = connection.response()
        assert response.status == 200
        assert "user_code" in json.loads(response.body)
    assert server.wait() == 0


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_client_that_never_finishes_its_request_does_not_keep_the_server_from_stopping(server):
    with RawConnection(server.port) as connection:
        connection.send(b"POST /api/v1/auth/device HTTP/1.1\r\nHost: localhost\r\nContent-Le")
        assert server.get("/healthz").ok
        assert server.stop() == 0


def test_a_port_in_use_is_named(server, new_server):
    second = new_server()
    second.port = server.port
    exit_code, log = refused_start(second)
    assert exit_code == 1
    assert f"Port {server.port} is used by another program." in log
    assert "--port" in log
    made = [path.name for path in (second.directory / "data", second.directory / "keys") if path.exists()]
    assert made == [], "a start that cannot listen leaves nothing behind"
    assert "database" not in log
    assert server.get("/readyz").ok


def test_a_missing_key_is_never_replaced_when_there_is_a_database(new_server):
    server = new_server().start()
    tokens = tokens_of(server, "ada@example.com")
    assert server.stop() == 0
    key = server.directory / "keys/master.key"
    key.rename(server.directory / "backup")
    key.parent.rmdir()

    exit_code, log = refused_start(server)
    assert exit_code == 1
    assert "master.key is missing, but the database was made with it." in log
    assert not key.exists()

    key.parent.mkdir(mode=0o700)
    (server.directory / "backup").rename(key)
    server.start()
    assert is_accepted(server, tokens["access_token"])


def test_a_key_that_others_can_read_is_refused(new_server):
    server = new_server().start()
    assert server.stop() == 0
    key = server.directory / "keys/master.key"
    key.chmod(0o640)
    exit_code, log = refused_start(server)
    assert exit_code == 1
    assert "can be read by others" in log
    assert "chmod 600" in log

    key.chmod(0o600)
    server.start()


def test_a_damaged_key_is_refused_and_left_as_it_is(new_server):
    server = new_server().start()
    assert server.stop() == 0
    key = server.directory / "keys/master.key"
    key.write_text("damaged\n")
    exit_code, log = refused_start(server)
    assert exit_code == 1
    assert "does not hold a master key" in log
    assert key.read_text() == "damaged\n"


def test_plans_that_cannot_be_understood_stop_the_start_before_anything_is_made(new_server, tmp_path):
    plans = tmp_path / "plans.json"
    plans.write_text('{"gold": {}}')
    server = new_server()
    (server.directory / "latchkey.json").write_text(json.dumps({"plans": str(plans)}))
    exit_code, log = refused_start(server)
    assert exit_code != 0 and "names the plan gold" in log
    assert not list(server.directory.glob("*.db*"))


def test_development_mode_is_for_this_machine_only(new_server):
    server = new_server("--hostname", "0.0.0.0")
    exit_code, log = refused_start(server)
    assert exit_code == 2
    assert "hostname" in log
    assert not (server.directory / "data").exists()
