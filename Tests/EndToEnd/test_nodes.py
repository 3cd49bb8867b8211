"""Three servers over one PostgreSQL database are one identity provider."""

import concurrent.futures
import pathlib
import subprocess

import pytest

from harness.accounts import is_accepted, refresh
from harness.deadline import until

POSTGRESQL = pathlib.Path(__file__).resolve().parent.parent / "Support" / "postgresql"

pytestmark = pytest.mark.skipif(
    not list(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")), reason="PostgreSQL is not installed"
)


class Cluster:
    def __init__(self, directory):
        self._directory = directory
        self.url = self._run("start")

    def _run(self, command, *arguments):
        done = subprocess.run(
            [POSTGRESQL, command, self._directory, *arguments], capture_output=True, text=True, timeout=90, check=True
        )
        return done.stdout.strip()

    def halt(self, mode="immediate"):
        self._run("halt", mode)

    def resume(self):
        self._run("resume")

    def stop(self):
        self._run("stop")


@pytest.fixture
def cluster(tmp_path_factory):
    directory = tmp_path_factory.mktemp("postgresql")
    for parent in (directory, directory.parent, directory.parent.parent):
        parent.chmod(0o755)  # the server runs as another user
    cluster = Cluster(directory / "cluster")
    yield cluster
    cluster.stop()


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


def at_once(call, nodes):
    """Fifty calls at once, in turn to each node."""
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        return list(pool.map(lambda number: call(nodes[number % len(nodes)]), range(50)))


def test_nodes_are_one_provider_whatever_races_between_them(nodes):
    key_sets = {node.get("/.well-known/jwks.json").text for node in nodes}
    assert len(key_sets) == 1
    tokens = sign_in(nodes, "ada@example.com")
    assert all(is_accepted(node, tokens["access_token"]) for node in nodes)

    repeated = at_once(lambda node: refresh(node, tokens["refresh_token"], **{"Idempotency-Key": "k"}), nodes)
    assert {answer.status_code for answer in repeated} == {200}
    assert len({answer.json()["refresh_token"] for answer in repeated}) == 1

    successor = repeated[0].json()["refresh_token"]
    raced = at_once(lambda node: refresh(node, successor), nodes)
    assert sorted(answer.status_code for answer in raced) == [200] + [400] * 49
    assert not any(is_accepted(node, tokens["access_token"]) for node in nodes), "the reuse ended the login everywhere"


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
