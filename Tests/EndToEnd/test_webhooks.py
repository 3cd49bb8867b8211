"""Webhooks with an endpoint of the test's own: signed, tried again, switched, replayed, and never led inside."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest

from harness.authenticator import Authenticator
from harness.deadline import until


class Endpoint:
    """An HTTP server on loopback that answers as it is told and keeps what it was sent."""

    def __init__(self):
        self.received = []
        self.answer = lambda request: (204, {}, b"")
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = {"path": self.path, "headers": dict(self.headers), "body": body}
                endpoint.received.append(request)
                status, headers, text = endpoint.answer(request)
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def events(self):
        return [json.loads(request["body"])["type"] for request in list(self.received)]

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def verify(request, *secrets):
    """What a receiver does, written from the text of Standard Webhooks. Answers which secrets have signed."""
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 60
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request["body"]
    found = []
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        found.append(expected in headers["webhook-signature"].split(" "))
    return found


@pytest.fixture
def new_endpoint():
    endpoints = []

    def make():
        endpoints.append(Endpoint())
        return endpoints[-1]

    yield make
    for endpoint in endpoints:
        endpoint.stop()


@pytest.fixture
def endpoint(new_endpoint):
    return new_endpoint()


@pytest.fixture
def owner(logged_in, server):
    """A command line whose login has just shown a second factor."""
    bearer = {"Authorization": f"Bearer {logged_in.succeed('token').strip()}"}
    secret = server.post("/api/v1/auth/totp", headers=bearer, json={}).json()["secret"]
    app = Authenticator(secret)
    confirmed = server.post("/api/v1/auth/totp/confirm", headers=bearer, json={"code": app.code(-1)})
    assert confirmed.status_code == 200, confirmed.text
    step_up = server.post("/api/v1/auth/step_up", headers=bearer, json={"method": "totp", "code": app.code()})
    assert step_up.status_code == 200, step_up.text
    logged_in.bearer = bearer
    return logged_in


def rename(server, owner, name):
    organization = server.get("/api/v1/auth/me", headers=owner.bearer).json()["organization"]["id"]
    answer = server.http.patch(
        f"{server.url}/api/v1/organizations/{organization}", headers=owner.bearer, json={"name": name}, timeout=30
    )
    assert answer.status_code == 200, answer.text


def test_events_arrive_signed_and_during_an_overlap_by_both_secrets(server, owner, endpoint):
    made = owner.json("webhooks", "create", endpoint.url, "--event", "organization.renamed")
    rename(server, owner, "Acme")
    until(lambda: endpoint.received, "the event")
    request = endpoint.received[0]
    assert verify(request, made["secret"]) == [True]
    assert verify({**request, "body": request["body"] + b" "}, made["secret"]) == [False]
    event = json.loads(request["body"])
    assert event["type"] == "organization.renamed" and event["data"]["after"] == {"name": "Acme"}
    assert request["headers"]["webhook-id"] == event["data"]["id"]

    rotated = owner.json("webhooks", "rotate", made["id"], "--overlap", "1h")
    assert "Delivered" in owner.succeed("webhooks", "test", made["id"])
    assert verify(endpoint.received[-1], made["secret"], rotated["secret"]) == [True, True]
    last = owner.json("webhooks", "rotate", made["id"], "--overlap", "0s")
    owner.succeed("webhooks", "test", made["id"])
    assert verify(endpoint.received[-1], made["secret"], rotated["secret"], last["secret"]) == [False, False, True]
    assert made["secret"] not in server.log and last["secret"] not in server.log


def test_what_fails_is_tried_again_over_a_restart_and_replayed_by_hand(server, owner, endpoint):
    made = owner.json("webhooks", "create", endpoint.url, "--event", "organization.renamed")
    endpoint.answer = lambda request: (500, {}, b"broken") if len(endpoint.received) == 1 else (200, {}, b"fine")
    rename(server, owner, "Acme")
    until(lambda: len(endpoint.received) == 1, "the first attempt")
    waiting = until(
        lambda: [d for d in owner.json("webhooks", "deliveries", made["id"])["deliveries"] if d["response_status"]],
        "the first attempt to be noted",
    )[0]
    assert (waiting["status"], waiting["attempts"], waiting["response_body"]) == ("waiting", 1, "broken")
    server.stop()
    server.start()
    until(lambda: len(endpoint.received) == 2, "the second attempt")
    first, second = endpoint.received
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"] and first["body"] == second["body"]
    until(
        lambda: owner.json("webhooks", "deliveries", made["id"], "--status", "delivered")["deliveries"],
        "the delivery to be noted",
    )
    assert "Delivered: it answered 200" in owner.succeed("webhooks", "replay", waiting["id"])
    assert endpoint.received[2]["headers"]["webhook-id"] == first["headers"]["webhook-id"]


def test_a_slow_endpoint_and_a_dead_one_hold_up_nobody_else(server, owner, new_endpoint):
    slow, dead, good = new_endpoint(), new_endpoint(), new_endpoint()
    held = threading.Event()
    slow.answer = lambda request: (held.wait(20) and (200, {}, b"")) or (200, {}, b"")
    for endpoint in (slow, dead, good):
        owner.json("webhooks", "create", endpoint.url, "--event", "organization.renamed")
    dead.stop()
    for index in range(5):
        rename(server, owner, f"Name {index}")
    until(lambda: len(good.received) == 5, "the good endpoint to have all")
    assert len(slow.received) == 1
    held.set()
    until(lambda: len(slow.received) == 5, "the slow endpoint to have all")


def test_redirects_are_not_followed(server, owner, new_endpoint):
    endpoint, target = new_endpoint(), new_endpoint()
    endpoint.answer = lambda request: (307, {"Location": target.url}, b"")
    made = owner.json("webhooks", "create", endpoint.url, "--all-events")
    tried = owner.run("webhooks", "test", made["id"])
    assert tried.returncode == 1 and "Redirects are not followed" in tried.stdout
    assert not target.received


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "https://192.168.1.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f000001/",
        "https://[fd00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://user@hooks.example.com/",
        "ftp://hooks.example.com/",
    ],
)
def test_addresses_of_inner_networks_are_refused_even_in_development_mode(owner, url):
    refused = owner.run("webhooks", "create", url, "--all-events")
    assert refused.returncode == 1 and "url must" in refused.stderr, refused.stderr
    assert "no webhook" in owner.succeed("webhooks", "list")


def test_a_server_that_is_not_for_development_sends_nothing_to_itself(server, owner, endpoint):
    """The database of a development server, served without --dev: what was allowed there leads nowhere here."""
    named = owner.json("webhooks", "create", endpoint.url.replace("127.0.0.1", "localhost"), "--event", "organization.renamed")
    plain = owner.json("webhooks", "create", endpoint.url, "--event", "organization.renamed")
    server.stop()
    server.flags = ("--issuer", server.url)
    server.start()
    rename(server, owner, "Acme")
    for webhook in (named, plain):
        told = until(
            lambda: [
                d for d in owner.json("webhooks", "deliveries", webhook["id"])["deliveries"] if d["error"]
            ],
            "the attempt to be noted",
        )
        assert "Nothing was sent" in told[0]["error"] and told[0]["response_status"] is None
    for url in (endpoint.url, f"https://localhost:{endpoint.port}/", f"https://127.0.0.1:{endpoint.port}/"):
        assert owner.run("webhooks", "create", url, "--all-events").returncode == 1
    assert not endpoint.received


def test_the_commands_live_from_making_to_deleting(server, owner, endpoint):
    text = owner.succeed("webhooks", "create", endpoint.url, "--event", "membership.created")
    name = next(word for word in text.split() if word.startswith("whk_"))
    assert "whsec_" in text
    assert "whsec_" not in owner.succeed("webhooks", "show", name)
    assert name in owner.succeed("webhooks", "list")
    assert "API_TOKEN_ISSUED" in owner.succeed("webhooks", "events")
    assert "off (by admin)" in owner.succeed("webhooks", "update", name, "--disable")
    refused = owner.run("webhooks", "test", name)
    assert refused.returncode == 1 and "--enable" in refused.stderr
    assert "on" in owner.succeed("webhooks", "update", name, "--enable")
    owner.succeed("webhooks", "test", name)
    assert "webhook.test" in owner.succeed("webhooks", "deliveries", name)
    assert "Deleted" in owner.succeed("webhooks", "delete", name)
    assert "no webhook" in owner.succeed("webhooks", "list")
    events = [json.loads(line)["event"] for line in owner.succeed("audit", "export").splitlines()]
    assert [event for event in events if event.startswith("webhook.")] == [
        "webhook.created",
        "webhook.updated",
        "webhook.updated",
        "webhook.tested",
        "webhook.deleted",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["create", "https://a.example"],
        ["create", "https://a.example", "--all-events", "--event", "x"],
        ["show", "../me"],
        ["update", "whk_1"],
        ["update", "whk_1", "--enable", "--disable"],
        ["rotate", "whk_1", "--overlap", "x"],
        ["replay", "whk_1"],
    ],
)
def test_what_is_used_wrongly_reaches_no_server(machine, arguments):
    done = machine.run("webhooks", *arguments)
    assert done.returncode == 2 and done.stderr and not done.stdout
