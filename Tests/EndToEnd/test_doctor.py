"""`latchkey doctor` against real deployments, with real faults in them."""

import datetime
import json
import sqlite3
import subprocess

import pytest

from harness.binary import BINARY, environment
from harness.certificates import Authority
from harness.mail_server import Certificates
from harness.proxy import Proxy
from harness.server import free_port


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def new_proxy(authority):
    proxies = []

    def make(port, **habits):
        proxies.append(Proxy(authority, port, **habits))
        return proxies[-1]

    yield make
    for proxy in proxies:
        proxy.stop()


def doctor(server, *arguments, settings=None):
    """Runs doctor where the server was started, with its settings; answers the exit code and the findings by check."""
    done = run(server, *arguments, "--json", settings=settings)
    assert done.stderr == "", done.stderr
    report = json.loads(done.stdout)
    findings = {}
    for entry in report["checks"]:
        assert (entry["verdict"] == "ok") == ("fix" not in entry), entry
        findings.setdefault(entry["check"], []).append(entry)
    assert (done.returncode == 1) == (report["verdict"] == "fault"), report
    return done.returncode, findings


def run(server, *arguments, settings=None):
    return subprocess.run(
        [BINARY, "doctor", "--port", str(server.port), *server.flags, *arguments],
        cwd=server.directory,
        env=environment(server.directory)
        | server.settings
        | {f"LATCHKEY_{name.upper()}": value for name, value in (settings or {}).items()},
        capture_output=True,
        text=True,
        timeout=120,
    )


def only(findings, check, verdict):
    """The one finding of a check that is so."""
    found = [entry for entry in findings[check] if entry["verdict"] == verdict]
    assert len(found) == 1, findings[check]
    return found[0]


def faults(findings):
    return {check for check, entries in findings.items() if any(entry["verdict"] == "fault" for entry in entries)}


def test_a_healthy_server_has_no_faults_and_doctor_leaves_no_trace(server):
    before = {path: path.stat().st_mode for path in server.directory.rglob("*")}
    code, findings = doctor(server)
    assert code == 0 and not faults(findings), findings
    assert set(findings) == {
        "files", "disk", "database", "keys", "plans", "issuer", "tls", "jwks", "proxies", "cookies", "clock", "mail"
    }  # fmt: skip
    assert "127.0.0.1" in only(findings, "proxies", "ok")["text"]
    assert "Date of" in only(findings, "clock", "ok")["text"]
    assert {path: path.stat().st_mode for path in server.directory.rglob("*")} == before


def test_people_get_a_table_with_the_fix_below_each_fault(server):
    (server.directory / "keys/master.key").chmod(0o644)
    done = run(server)
    assert done.returncode == 1 and done.stderr == ""
    assert "FAULT  files" in done.stdout and "→ Run: chmod 600 ./keys/master.key" in done.stdout
    assert "ok     issuer" in done.stdout and "faults" in done.stdout.splitlines()[-1]


def test_modes_that_let_others_in_are_named_with_their_commands(server):
    (server.directory / "data").chmod(0o777)
    (server.directory / "data/latchkey.db").chmod(0o640)
    (server.directory / "keys").chmod(0o755)
    (server.directory / "latchkey.json").write_text("{}")
    (server.directory / "latchkey.json").chmod(0o666)
    code, findings = doctor(server)
    fixes = {entry["fix"]: entry["verdict"] for entry in findings["files"]}
    config = server.directory / "latchkey.json"
    assert code == 1 and fixes == {
        "Run: chmod 700 ./data": "fault",
        "Run: chmod 600 ./data/latchkey.db": "fault",
        "Run: chmod 700 ./keys": "warn",
        f"Run: chmod go-w {config}": "fault",
    }


def test_plans_that_would_stop_the_next_start_are_named_while_the_server_runs(server):
    plans = server.directory / "plans.json"
    plans.write_text('{"pro": {"calls_per_minute": 200}}')
    plans.chmod(0o666)
    code, findings = doctor(server, settings={"plans": str(plans)})
    assert code == 1 and only(findings, "files", "fault")["fix"] == f"Run: chmod go-w {plans}"
    assert "it changes pro." in only(findings, "plans", "ok")["text"]
    plans.chmod(0o644)
    plans.write_text('{"gold": {}}')
    code, findings = doctor(server, settings={"plans": str(plans)})
    fault = only(findings, "plans", "fault")
    assert code == 1 and faults(findings) == {"plans"} and "names the plan gold" in fault["text"]
    assert "docs/configuration.md" in fault["fix"]
    # It is the word of the start itself.
    assert server.stop() == 0
    server.settings["LATCHKEY_PLANS"] = str(plans)
    server.launch()
    assert server.wait() == 2 and fault["text"] in server.log and fault["fix"] in server.log


def test_a_port_where_nothing_listens_is_named(new_server):
    server = new_server().start()
    assert server.stop() == 0
    code, findings = doctor(server)
    assert code == 1 and faults(findings) >= {"issuer", "jwks"}
    assert "nothing listens there" in only(findings, "issuer", "fault")["text"]
    assert faults(findings).isdisjoint({"files", "database", "keys", "disk"})


def test_a_directory_that_was_never_started_in_is_no_fault_of_its_own(new_server):
    server = new_server()
    _, findings = doctor(server)
    assert faults(findings).isdisjoint({"files", "database", "keys", "disk"})
    assert only(findings, "database", "warn") and only(findings, "keys", "warn")
    assert not list(server.directory.iterdir()), "nothing was made"


def test_an_issuer_without_an_address_is_named(server):
    code, findings = doctor_without_dev(server, "https://id.invalid")
    assert code == 1
    assert "id.invalid has no address" in only(findings, "issuer", "fault")["text"]
    assert "A or AAAA record" in only(findings, "issuer", "fault")["fix"]


def doctor_without_dev(server, issuer, *arguments, settings=None):
    """As `doctor`, for another issuer, which development mode would not have."""
    flags, server.flags = server.flags, ()
    try:
        return doctor(server, "--issuer", issuer, *arguments, settings=settings)
    finally:
        server.flags = flags


def test_an_issuer_with_another_port_is_named(server):
    code, findings = doctor_without_dev(server, f"http://localhost:{free_port()}")
    assert code == 1 and f"listens on {server.port}" in only(findings, "issuer", "fault")["text"]


def test_another_server_under_the_issuers_name_is_seen_by_its_name_and_its_keys(new_server):
    ours, theirs = new_server().start(), new_server().start()
    ours.port, port = theirs.port, ours.port
    code, findings = doctor(ours)
    ours.port = port
    assert code == 1 and faults(findings) == {"jwks"}
    assert "another server's" in only(findings, "jwks", "fault")["text"]
    assert "404" in only(findings, "proxies", "warn")["text"], "a server with another master key tells nothing"


def test_a_master_key_that_opens_nothing_is_named(server, new_server):
    other = new_server().start()
    assert other.stop() == 0
    key = server.directory / "keys/master.key"
    key.write_bytes((other.directory / "keys/master.key").read_bytes())
    code, findings = doctor(server)
    assert code == 1 and "does not open the signing key" in only(findings, "keys", "fault")["text"]
    key.unlink()
    code, findings = doctor(server)
    assert code == 1 and "master.key is missing" in only(findings, "keys", "fault")["text"]


def test_a_database_of_a_newer_version_and_one_that_is_none_are_named(new_server):
    server = new_server().start()
    assert server.stop() == 0
    path = server.directory / "data/latchkey.db"
    database = sqlite3.connect(path)
    database.execute("INSERT INTO schema_migrations VALUES (999, 'later', 'x')")
    database.commit()
    database.close()
    _, findings = doctor(server)
    assert "999" in only(findings, "database", "fault")["text"]
    path.write_bytes(b"rubbish" * 1000)
    _, findings = doctor(server)
    assert "latchkey.db" in only(findings, "database", "fault")["text"]


def test_a_database_that_is_out_of_reach_is_named_without_its_password(server):
    url = f"postgres://latchkey:sesame@127.0.0.1:{free_port()}/latchkey"
    code, findings = doctor(server, settings={"database": url})
    assert code == 1 and "cannot be used" in only(findings, "database", "fault")["text"]
    assert "sesame" not in json.dumps(findings)


# TLS


def secure(new_server, authority, *names, **options):
    certificate, key = authority.issue(*names, **options)
    server = new_server("--tls-certificate", str(certificate), "--tls-key", str(key))
    server.url, server.http.verify = f"https://localhost:{server.port}", False
    return server.start()


pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


def test_a_certificate_that_is_believed_is_no_fault(new_server, authority):
    server = secure(new_server, authority, "localhost")
    code, findings = doctor(server, "--authorities", str(authority.file))
    assert code == 0, findings
    assert "__Host-" in only(findings, "cookies", "ok")["text"]


def test_a_certificate_by_an_authority_that_nobody_knows_is_named(new_server, authority):
    code, findings = doctor(secure(new_server, authority, "localhost"))
    assert code == 1 and "of no authority that this machine believes" in only(findings, "tls", "fault")["text"]
    assert "of no authority that this machine believes" in only(findings, "issuer", "fault")["text"]
    # Neither the library's own words nor the place where it was built.
    assert "SSL" not in json.dumps(findings) and ".cc" not in json.dumps(findings)


def test_a_certificate_for_another_name_is_named(new_server, authority):
    server = secure(new_server, authority, "other.example")
    code, findings = doctor(server, "--authorities", str(authority.file))
    assert code == 1 and "is not for that name" in only(findings, "tls", "fault")["text"]


def test_a_certificate_that_has_expired_or_soon_will_is_named(new_server, authority):
    now = datetime.datetime.now(datetime.timezone.utc)
    server = secure(new_server, authority, "localhost", expires=now - datetime.timedelta(days=1))
    code, findings = doctor(server, "--authorities", str(authority.file))
    assert code == 1
    assert all("expired at" in entry["text"] for entry in findings["tls"] if entry["verdict"] == "fault")
    assert server.stop() == 0

    server = secure(new_server, authority, "localhost", expires=now + datetime.timedelta(days=7))
    code, findings = doctor(server, "--authorities", str(authority.file))
    assert code == 0 and {entry["verdict"] for entry in findings["tls"]} == {"warn"}


def test_a_key_that_others_may_read_and_a_name_that_speaks_no_tls_are_named(server, authority):
    certificate, key = authority.issue("localhost", key_mode=0o644)
    code, findings = doctor_without_dev(
        server, f"https://localhost:{server.port}", "--tls-certificate", str(certificate), "--tls-key", str(key)
    )
    assert code == 1 and f"Run: chmod 600 {key}" in [entry.get("fix") for entry in findings["files"]]
    texts = [entry["text"] for entry in findings["tls"]]
    assert any("can be read by others" in text for text in texts)
    assert any("does not speak TLS" in text for text in texts)


# Behind a proxy


def behind(new_server, proxy_of, trusted=None):
    """A server whose issuer is a proxy's, which is made once its port is known."""
    server = new_server(settings={})
    proxy = proxy_of(server.port)
    server.settings = {"LATCHKEY_ISSUER": proxy.url}
    if trusted:
        server.settings["LATCHKEY_TRUSTED_PROXIES"] = trusted
    return server.start()


@pytest.mark.parametrize(
    "adds, trusted, verdict, words, fix",
    [
        ({"X-Forwarded-For": "203.0.113.7"}, None, "fault", "is not believed", "Set trusted_proxies to 127.0.0.1"),
        ({"Forwarded": "for=203.0.113.7"}, "10.0.0.0/8", "fault", "is not believed", "trusted_proxies to 127.0.0.1"),
        ({"X-Forwarded-For": "203.0.113.7"}, "127.0.0.1", "ok", "seen to come from 203.0.113.7", None),
        ({"Forwarded": "for=203.0.113.7"}, "127.0.0.0/8", "ok", "seen to come from 203.0.113.7", None),
        ({}, "127.0.0.1", "fault", "says nothing of its callers", "send X-Forwarded-For"),
        ({}, None, "fault", "says nothing of its callers", "set trusted_proxies to 127.0.0.1"),
        ({"X-Forwarded-For": "unknown"}, "127.0.0.1", "warn", "names no caller", "add whom it was called by"),
        (
            {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=198.51.100.1"},
            "127.0.0.1",
            "fault",
            "do not agree",
            "take the other away",
        ),
    ],
)
def test_what_the_server_sees_behind_a_proxy_is_judged(
    new_server, new_proxy, authority, adds, trusted, verdict, words, fix
):
    server = behind(new_server, lambda port: new_proxy(port, adds=adds), trusted)
    _, findings = doctor(server, "--authorities", str(authority.file))
    found = only(findings, "proxies", verdict)
    assert words in found["text"] and (fix is None or fix in found["fix"])
    assert faults(findings) <= {"proxies"}, findings


def test_a_proxy_that_rewrites_cookies_or_the_date_is_seen(new_server, new_proxy, authority):
    def spoil(name, value):
        if name == "set-cookie":
            return value.replace("Path=/", "Path=/id")
        return "Sun, 06 Nov 1994 08:49:37 GMT" if name == "date" else value

    adds = {"X-Forwarded-For": "203.0.113.7"}
    server = behind(new_server, lambda port: new_proxy(port, adds=adds, rewrites=spoil), "127.0.0.1")
    code, findings = doctor(server, "--authorities", str(authority.file))
    assert code == 1 and faults(findings) == {"cookies", "clock"}
    assert "path=/id" in only(findings, "cookies", "fault")["text"]
    assert "ahead of the Date of" in only(findings, "clock", "fault")["text"]


def test_what_doctor_asks_is_answered_to_nobody_else(server):
    for ticket in ["", "1.x", "9999999999.AAAA", "." * 200]:
        answer = server.get("/doctor", headers={"X-Latchkey-Doctor": ticket})
        assert answer.status_code == 404 and "peer" not in answer.text
    assert server.get("/doctor").status_code == 404


# Mail


def with_mail(new_server, mail_server, **more):
    settings = {"smtp_url": f"smtp://localhost:{mail_server.port}", "mail_from": "login@example.com"} | more
    return new_server(settings=settings).start()


def test_the_mail_server_is_tried_without_a_mail_and_with_one(new_server, new_mail_server):
    mail_server = new_mail_server()
    server = with_mail(new_server, mail_server)
    code, findings = doctor(server)
    assert code == 0 and "lets us in" in only(findings, "mail", "ok")["text"]
    assert mail_server.is_empty and not mail_server.recipients_offered
    code, findings = doctor(server, "--send-mail", "ops@example.com")
    assert code == 0 and "ops@example.com" in only(findings, "mail", "ok")["text"]
    assert mail_server.next()["To"] == "ops@example.com"


def test_a_wrong_password_is_named_and_never_shown(new_server, new_mail_server, tmp_path):
    certificates = Certificates(tmp_path)
    mail_server = new_mail_server(password="right-password", certificates=certificates)
    settings = {"smtp_url": f"smtp://login@localhost:{mail_server.port}", "smtp_ca_file": str(certificates.file)}
    server = with_mail(new_server, mail_server, smtp_password="wrong-password", **settings)
    code, findings = doctor(server)
    assert code == 1 and "turns us away" in only(findings, "mail", "fault")["text"]
    assert "smtp_password" in only(findings, "mail", "fault")["fix"] and "wrong-password" not in json.dumps(findings)
    code, findings = doctor(server, settings={"smtp_password": "right-password"})
    assert code == 0 and "lets us in as login" in only(findings, "mail", "ok")["text"]


def test_a_mail_server_that_is_away_or_refuses_is_named(new_server, new_mail_server):
    mail_server = new_mail_server(moods=["550 no such person"])
    server = with_mail(new_server, mail_server)
    code, findings = doctor(server, "--send-mail", "nobody@example.com")
    assert code == 1 and "550 no such person" in only(findings, "mail", "fault")["text"]
    mail_server.stop()
    code, findings = doctor(server)
    assert code == 1 and "cannot be reached" in only(findings, "mail", "fault")["text"]


def test_a_server_without_mail_is_told(new_server):
    server = new_server(settings={"log_level": "info"}).start()
    code, findings = doctor(server)
    assert code == 0 and "nobody can sign in by mail" in only(findings, "mail", "warn")["text"]
    code, findings = doctor(server, "--send-mail", "ops@example.com")
    assert code == 1 and only(findings, "mail", "fault")


def test_settings_that_cannot_be_are_used_wrongly(server):
    for arguments in (
        ["--send-mail", "x"],
        ["--hostname", ""],
        ["--authorities", "/none"],
        ["--tls-key", "x"],
        ["--port", "0"],
    ):
        done = run(server, *arguments)
        assert done.returncode == 2, (arguments, done)
