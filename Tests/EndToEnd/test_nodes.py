"""Three servers over one PostgreSQL database are one identity provider."""

import concurrent.futures
import subprocess
import types

import pytest

from harness.accounts import is_accepted, refresh
from harness.binary import BINARY, environment
from harness.deadline import until
from harness.sign_in import approve
from harness.sign_in import sign_in as sign_in_browser


@pytest.fixture
def nodes(new_server, cluster, tmp_path):
    """Three nodes, started at once on an empty database, with one issuer and one key directory."""
    keys = tmp_path / "keys"
    first = new_server("--database", cluster.url, "--keys", str(keys))
    first.launch()
    until(lambda: (keys / "master.key").exists(), "the master key")
    others = [
        new_server("--database", cluster.url, "--keys", str(keys), "--issuer", first.url) for _ in range(2)
    ]
    for node in others:
        node.launch()
    for node in (first, *others):
        until(node._is_ready, "a node to be ready")
    return [first, *others]


def sign_in(nodes, email):
    assert nodes[0].post("/api/v1/auth/magic_link", json={"email": email}).status_code == 202

    def mail():
        # Whichever node was first took the mail from the queue.
        messages = [m for node in nodes for m in node.get("/dev/mailbox.json").json()["messages"]]
        return next((m for m in messages if m["to"] == email), None)

    message = until(mail, f"a mail to {email}")
    token = message["text"].split("#token=")[1].split()[0]
    answers = at_once(lambda node: node.post("/api/v1/auth/magic_link/verify", json={"token": token}), nodes)
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
    return next(answer.json() for answer in answers if answer.status_code == 200)


def at_once(call, nodes, count=50):
    """So many calls at once, in turn to each node."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda number: call(nodes[number % len(nodes)]), range(count)))


def test_nodes_are_one_provider_whatever_races_between_them(nodes):
    key_sets = {node.get("/.well-known/jwks.json").text for node in nodes}
    assert len(key_sets) == 1
    tokens = sign_in(nodes, "ada@example.com")
    assert all(is_accepted(node, tokens["access_token"]) for node in nodes)

    repeated = at_once(lambda node: refresh(node, tokens["refresh_token"], **{"Idempotency-Key": "k"}), nodes)
    assert {answer.status_code for answer in repeated} == {200}
    assert len({answer.json()["refresh_token"] for answer in repeated}) == 1

    successor = repeated[0].json()["refresh_token"]
    raced = at_once(lambda node: refresh(node, successor), nodes, count=100)
    assert sorted(answer.status_code for answer in raced) == [200] + [400] * 99
    assert not any(is_accepted(node, tokens["access_token"]) for node in nodes), "the reuse ended the login everywhere"


def test_a_device_code_is_redeemed_once_whatever_races_between_two_nodes(new_server, cluster, browser, tmp_path):
    keys = str(tmp_path / "keys")
    first = new_server("--database", cluster.url, "--keys", keys).start()
    sign_in_browser(browser, first, "ada@example.com")
    codes = first.post("/api/v1/auth/device", json={}).json()
    approve(browser, types.SimpleNamespace(link=codes["verification_uri_complete"]))
    second = new_server("--database", cluster.url, "--keys", keys, "--issuer", first.url).start()
    assert cluster.number("SELECT count(*) FROM grants") == 0

    body = {"device_code": codes["device_code"]}
    answers = at_once(lambda node: node.post("/api/v1/auth/token", json=body), [first, second])

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 49
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 400} == {"invalid_grant"}
    assert cluster.number("SELECT count(*) FROM grants") == 1
    assert cluster.number("SELECT count(*) FROM audit_events WHERE event = 'grant.issued'") == 1


def test_a_database_that_is_away_is_told_and_comes_back_without_a_restart(nodes, cluster):
    tokens = sign_in(nodes, "ada@example.com")
    cluster.halt()
    for node in nodes:
        answer = node.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert answer.status_code == 503 and answer.headers["Retry-After"], answer.text
        assert node.get("/readyz").status_code == 503
        assert node.get("/healthz").ok and node.get("/.well-known/jwks.json").ok
    cluster.resume()
    for node in nodes:
        until(lambda: node.get("/readyz").ok, "a node to be ready again")
    assert refresh(nodes[1], tokens["refresh_token"]).status_code == 200, "a refused call spent nothing"


def test_a_compromised_key_is_gone_from_every_node_and_one_new_key_signs_on_all(nodes, cluster, tmp_path):
    tokens = sign_in(nodes, "ada@example.com")
    stolen = nodes[0].get("/.well-known/jwks.json").json()["keys"][0]["kid"]
    command = [BINARY, "keys", "rotate", "--now", "--compromised", "--yes", "--database", cluster.url]
    done = subprocess.run(
        [*command, "--keys", str(tmp_path / "keys")], env=environment(tmp_path), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for node in nodes:
        until(lambda: stolen not in node.get("/.well-known/jwks.json").text, "the key to be gone", patience=5)
        assert not is_accepted(node, tokens["access_token"])
    assert len({node.get("/.well-known/jwks.json").text for node in nodes}) == 1
    fresh = refresh(nodes[2], tokens["refresh_token"]).json()["access_token"]
    assert all(is_accepted(node, fresh) for node in nodes)
