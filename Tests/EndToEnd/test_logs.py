"""The log of the built binary: every line is an object, and no secret is in any of them, nor anywhere else it must not
be. What is secret is driven through every flow, also the wrong way round."""

import base64
import json
import re
import sqlite3
import urllib.parse

from harness.deadline import until
from harness.mail_server import Certificates
from harness.raw import RawConnection

MAIL_PASSWORD = "canary-mail-password"
METRICS_TOKEN = "canary-metrics-token-that-is-long-enough"
MASTER_KEY = base64.urlsafe_b64encode(bytes(range(100, 132))).decode().rstrip("=")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def lines_of(log):
    return [json.loads(line) for line in log.splitlines()]


def sign_in(server, mail_server, email):
    assert server.post("/api/v1/auth/magic_link", json={"email": email}).status_code == 202
    text = mail_server.next().get_body(("plain",)).get_content()
    link = re.search(r"#token=(\S+)", text)[1]
    code = re.search(r"^\s*(\d{6})\s*$", text, re.M)[1]
    wrong = "000000" if code != "000000" else "000001"
    server.post("/api/v1/auth/magic_link/verify", json={"email": email, "code": wrong})
    answer = server.post("/api/v1/auth/magic_link/verify", json={"token": link})
    assert answer.status_code == 200, answer.text
    return answer.json(), link


def parts(name, token):
    """A token, and what of it would be as good as the whole."""
    yield name, token
    last = re.split(r"[._]", token)[-1]
    if len(last) > 20:
        yield f"the end of the {name}", last


def test_no_secret_is_in_the_log_the_audit_the_metrics_or_an_error(new_server, new_mail_server, tmp_path):
    certificates = Certificates(tmp_path)
    mail_server = new_mail_server(certificates=certificates, password=MAIL_PASSWORD)
    server = new_server(
        "--log-format",
        "json",
        "--log-level",
        "trace",
        settings={
            "sign_up": "open",
            "smtp_url": f"smtp://latchkey@{mail_server.host}:{mail_server.port}",
            "smtp_password": MAIL_PASSWORD,
            "smtp_ca_file": certificates.file,
            "mail_from": "login@example.com",
            "master_key": MASTER_KEY,
            "metrics_token": METRICS_TOKEN,
        },
    ).start()
    bodies = []

    def post(path, **options):
        answer = server.post(path, headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, **options)
        if answer.status_code >= 400:
            bodies.append(answer.text)
        return answer

    secrets = {"mail password": MAIL_PASSWORD, "metrics token": METRICS_TOKEN, "master key": MASTER_KEY}
    secrets["master key in hex"] = bytes(range(100, 132)).hex()
    tokens, secrets["link token"] = sign_in(server, mail_server, "ada@example.com")
    following = post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    device = post("/api/v1/auth/device", json={}).json()
    assert post("/api/v1/auth/token", json={"device_code": device["device_code"]}).status_code == 400
    secrets["device code"], secrets["user code"] = device["device_code"], device["user_code"]
    for name, given in [("first", tokens), ("second", following)]:
        secrets |= dict(parts(f"{name} access token", given["access_token"]))
        secrets |= dict(parts(f"{name} refresh token", given["refresh_token"]))
    # The pages of a browser: a cookie, a form token, a link to another place.
    page = server.get("/login?return_to=/canary-return-path")
    secrets |= {f"cookie {name}": content for name, content in server.http.cookies.items()}
    secrets["form token"] = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    post("/login", data={"csrf": secrets["form token"], "email": "bob@example.com"})
    text = mail_server.next().get_body(("plain",)).get_content()
    secrets["link token of a browser"] = re.search(r"#token=(\S+)", text)[1]

    # Reuse, revocation, and every secret in every wrong place.
    assert post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code == 400
    for secret in list(secrets.values()):
        post("/api/v1/auth/refresh", json={"refresh_token": secret})
        post("/api/v1/auth/token", json={"device_code": secret})
        post("/api/v1/auth/magic_link", json={"email": secret})
        post("/api/v1/auth/magic_link/verify", json={"token": secret})
        post("/api/v1/auth/magic_link/verify", json={"email": "ada@example.com", "code": secret})
        post("/oauth/token", data={"grant_type": secret, "client_id": secret, "client_secret": secret})
        post("/oauth/introspect", data={"token": secret, "client_id": "latchkey-cli"}, auth=("vault", secret))
        post("/oauth/revoke", data={"token": secret, "client_id": "latchkey-cli"})
        post("/api/v1/auth/refresh", data="{" + secret)
        server.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {secret}"})
        server.get("/metrics", headers={"Authorization": f"Bearer {secret}x"})
        server.get(f"/{urllib.parse.quote(secret)}?token={urllib.parse.quote(secret)}")
        with RawConnection(server.port) as connection:
            connection.status_or_end(f"GET /{secret} {secret}\r\nHost: {secret}\r\n\r\n".encode())
    # What the pages say of them is for their owner alone; errors must not say them back to whoever sends them. What a
    # request names as its grant type or scope is no secret of ours, and is told again so that people see the mistake.
    bodies = [body for body in bodies if "unsupported_grant_type" not in body]
    metrics = server.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).text
    assert 'latchkey_refusals_total{of="refresh",reason="reused"} 1' in metrics
    assert server.stop() == 0

    with sqlite3.connect(f"file:{server.directory}/data/latchkey.db?mode=ro", uri=True) as database:
        audit = str(database.execute("SELECT * FROM audit_events").fetchall())
        # All of it is sealed before the process ends.
        assert database.execute("SELECT COUNT(*) FROM audit_events WHERE sequence IS NULL").fetchone() == (0,)
    assert "refresh_token.reuse" in audit
    log = server.log
    for place, text in {"log": log, "audit": audit, "metrics": metrics, "errors": "\n".join(bodies)}.items():
        for name, secret in secrets.items():
            assert secret not in text, f"{name} is in the {place}"
    assert "canary" not in log

    lines = lines_of(log)
    assert lines
    for line in lines:
        assert {"time", "level", "message"} <= line.keys(), line
        assert all(isinstance(content, str) for content in line.values()), line
    requests = [line for line in lines if line["message"] == "Request"]
    assert any(line["route"] == "/api/v1/auth/refresh" and line["status"] == "400" for line in requests)
    for line in requests:
        assert {"method", "route", "status", "duration_ms", "request_id", "address"} <= line.keys(), line
    assert any(line.get("trace_id") == TRACE for line in requests)


def test_in_text_or_json_requests_are_silent_until_they_are_asked_for(new_server):
    server = new_server("--log-format", "json").start()
    server.get("/login")
    assert not [line for line in lines_of(server.log) if line["message"] == "Request"]
    assert [line["issuer"] for line in lines_of(server.log) if line["message"] == "Latchkey is ready"] == [server.url]
    assert server.stop() == 0

    server = new_server("--log-format", "json", "--log-level", "debug").start()
    server.get("/login", headers={"X-Request-Id": "mine"})
    line = until(lambda: next((x for x in lines_of(server.log) if x["message"] == "Request"), None), "the line")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/login", "200")
    assert line["request_id"] == "mine"
    assert float(line["duration_ms"]) > 0


def test_the_password_in_a_database_url_is_never_told(new_server):
    server = new_server(
        "--log-format",
        "json",
        "--log-level",
        "trace",
        settings={"database": "postgres://latchkey:canary-password@127.0.0.1:1/latchkey", "master_key": MASTER_KEY},
    )
    server.launch()
    assert server.wait() == 1
    assert "canary-password" not in server.log
    assert MASTER_KEY not in server.log
