"""TLS by files: which are refused, what is spoken, and how a renewed certificate comes to be served."""

import datetime
import json
import os
import socket
import ssl
import time

import pytest

from harness.certificates import Authority
from harness.command_line import CommandLine
from harness.deadline import until
from harness.raw import RawConnection
from harness.sign_in import approve, sign_in


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def secure_server(new_server, authority):
    """A server that speaks TLS, in development mode."""
    certificate, key = authority.issue("localhost")
    server = new_server("--tls-certificate", str(certificate), "--tls-key", str(key))
    server.url = f"https://localhost:{server.port}"
    server.http.verify = str(authority.file)
    return server


def serial(server, authority, version=None):
    """The serial number of the certificate that a new connection is shown."""
    with connection(server, authority, version) as tls:
        return tls.getpeercert()["serialNumber"]


def connection(server, authority, version=None):
    context = authority.client
    if version:
        context.minimum_version = context.maximum_version = version
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    return context.wrap_socket(plain, server_hostname="localhost")


def ask(tls):
    tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while not answer.endswith(b"ok\n"):
        part = tls.recv(4096)
        assert part, answer
        answer += part
    return answer


def refused(server):
    server.launch()
    code = server.wait()
    return code, server.log


def test_a_server_with_a_certificate_is_reached_by_https_alone(secure_server, authority):
    secure_server.start()
    assert secure_server.url in secure_server.log
    answer = secure_server.get("/login")
    assert answer.ok and answer.headers["Strict-Transport-Security"]
    assert answer.headers["Set-Cookie"].startswith("__Host-latchkey=") and "Secure" in answer.headers["Set-Cookie"]
    issuer = secure_server.get("/.well-known/oauth-authorization-server").json()["issuer"]
    assert issuer == secure_server.url
    with RawConnection(secure_server.port) as plain:
        assert not plain.status_or_end(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(secure_server, authority, version):
    secure_server.start()
    with connection(secure_server, authority, version) as tls:
        assert ask(tls).startswith(b"HTTP/1.1 200")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_1_1_is_not(secure_server, authority):
    secure_server.start()
    context = authority.client
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", secure_server.port), timeout=20) as plain:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(plain, server_hostname="localhost")
    assert secure_server.get("/healthz").ok


def test_a_renewed_certificate_is_served_to_new_connections_and_old_ones_go_on(secure_server, authority):
    secure_server.start()
    before = serial(secure_server, authority)
    with connection(secure_server, authority) as old:
        assert ask(old).startswith(b"HTTP/1.1 200")
        authority.issue("localhost")
        until(lambda: serial(secure_server, authority) != before, "the new certificate")
        assert ask(old).startswith(b"HTTP/1.1 200"), "the connection stands"
        assert old.getpeercert()["serialNumber"] == before
    assert "Serving a new TLS certificate" in secure_server.log


def test_requests_go_on_while_the_certificate_is_renewed_again_and_again(secure_server, authority):
    secure_server.start()
    seen, end = set(), time.monotonic() + 12
    renewed = time.monotonic()
    while time.monotonic() < end:
        with connection(secure_server, authority) as tls:
            assert ask(tls).startswith(b"HTTP/1.1 200")
            seen.add(tls.getpeercert()["serialNumber"])
        if time.monotonic() - renewed > 4.5:
            authority.issue("localhost")
            renewed = time.monotonic()
    assert len(seen) >= 2


def test_a_broken_pair_is_told_and_the_one_before_is_served_until_it_is_mended(secure_server, authority, tmp_path):
    secure_server.start()
    before = serial(secure_server, authority)
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    good = certificate.read_bytes()

    certificate.write_text("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n")
    until(lambda: "holds no certificate in PEM" in secure_server.log, "the complaint")
    assert serial(secure_server, authority) == before
    certificate.unlink()
    until(lambda: "No such file" in secure_server.log, "the next complaint")
    assert serial(secure_server, authority) == before

    other, _ = authority.issue("localhost", name="other")
    certificate.write_bytes(other.read_bytes())
    until(lambda: "is not that of the first certificate" in secure_server.log, "the complaint about the key")
    assert serial(secure_server, authority) == before
    assert secure_server.log.count("cannot be used") == 3, "each fault is told once"

    certificate.write_bytes(good)
    key.chmod(0o644)
    until(lambda: "can be read by others" in secure_server.log, "the complaint about the mode")
    assert serial(secure_server, authority) == before
    authority.issue("localhost")
    until(lambda: serial(secure_server, authority) != before, "the mended pair")


def test_clients_that_stop_in_the_handshake_stop_nobody_else(secure_server, authority):
    secure_server.start()
    mute = [socket.create_connection(("127.0.0.1", secure_server.port)) for _ in range(200)]
    try:
        for plain in mute[:100]:
            plain.sendall(b"\x16\x03\x01")
        assert secure_server.get("/healthz").ok
        for plain in mute:
            plain.sendall(b"rubbish" * 100)
        assert secure_server.get("/healthz").ok
    finally:
        for plain in mute:
            plain.close()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_key_that_others_can_read_stops_the_start(new_server, authority, mode):
    certificate, key = authority.issue("localhost", key_mode=mode)
    code, log = refused(new_server("--tls-certificate", str(certificate), "--tls-key", str(key)))
    assert code == 1 and f"{key} can be read by others" in log and f"chmod 600 {key}" in log


def test_files_that_cannot_be_used_stop_the_start(new_server, authority, tmp_path):
    certificate, key = authority.issue("localhost")
    other, _ = authority.issue("localhost", name="other")
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    empty.chmod(0o600)
    for pair, complaint in [
        ((tmp_path / "none.pem", key), "none.pem cannot be read: No such file"),
        ((certificate, tmp_path / "none.key"), "none.key cannot be read: No such file"),
        ((empty, key), "holds no certificate in PEM"),
        ((certificate, empty), "holds no private key in PEM"),
        ((other, key), "is not that of the first certificate"),
        ((certificate.parent, key), "cannot be read: Is a directory"),
    ]:
        code, log = refused(new_server("--tls-certificate", str(pair[0]), "--tls-key", str(pair[1])))
        assert code == 1 and complaint in log, log


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_an_expired_certificate_is_served_with_a_warning(new_server, authority):
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    certificate, key = authority.issue("localhost", expires=yesterday)
    server = new_server("--tls-certificate", str(certificate), "--tls-key", str(key))
    server.url, server.http.verify = f"https://localhost:{server.port}", False
    server.start()
    assert "The TLS certificate has expired" in server.log


def test_an_http_issuer_does_not_go_with_tls(new_server, authority):
    certificate, key = authority.issue("localhost")
    server = new_server("--tls-certificate", str(certificate), "--tls-key", str(key), "--issuer", "http://localhost:1")
    code, log = refused(server)
    assert code == 2 and "http://localhost:1 contradict each other" in log


def test_an_https_issuer_on_plain_http_with_no_trusted_proxy_is_warned_of(new_server):
    settings = {"issuer": "https://id.example.com"}
    server = new_server(settings=settings).start()
    assert "trusted_proxies" in server.log and "count as one caller" in server.log
    trusting = new_server(settings=settings | {"trusted_proxies": "10.0.0.0/8"}).start()
    assert "count as one caller" not in trusting.log


# The commands that talk to such a server


UNKNOWN = "its certificate is of no authority that this machine believes"


def test_a_certificate_by_an_authority_that_nobody_knows_is_told_with_the_next_step(secure_server, tmp_path):
    secure_server.start()
    machine = CommandLine(tmp_path / "home", secure_server.url)
    done = machine.run("login", "--no-browser")
    assert done.returncode == 3 and UNKNOWN in done.stderr and "--authorities FILE" in done.stderr, done.stderr
    assert "Is it running" not in done.stderr
    # Neither the library's own words nor the place where it was built.
    assert "SSL" not in done.stderr and ".cc" not in done.stderr
    error = json.loads(machine.run("login", "--json").stdout)["error"]
    assert error["code"] == "certificate_untrusted" and UNKNOWN in error["message"]
    # The commands that need no login say the same.
    done = machine.run("verify", "a.b.c", "--audience", secure_server.url)
    assert done.returncode in (1, 3) and "SSL" not in done.stderr


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_a_certificate_for_another_name_and_a_port_without_tls_are_told(new_server, server, authority, tmp_path):
    certificate, key = authority.issue("other.example")
    other = new_server("--tls-certificate", str(certificate), "--tls-key", str(key))
    other.url, other.http.verify = f"https://localhost:{other.port}", False
    other.start()
    machine = CommandLine(tmp_path / "home", other.url)
    done = machine.run("login", "--no-browser", "--authorities", str(authority.file))
    assert done.returncode == 3 and "its certificate is not for that name" in done.stderr, done.stderr
    done = machine.run("login", "--no-browser", "--issuer", f"https://localhost:{server.port}")
    assert done.returncode == 3 and "does not speak TLS" in done.stderr, done.stderr


def test_a_login_keeps_the_authority_that_it_was_made_with(secure_server, authority, new_browser, tmp_path):
    secure_server.start()
    machine = CommandLine(tmp_path / "home", secure_server.url)
    browser = sign_in(new_browser(believes_everyone=True), secure_server, "ada@example.com")
    # From here it is another path than from where the next commands run.
    login = machine.login("--authorities", os.path.relpath(authority.file, machine.home))
    approve(browser, login)
    code, output = login.finish()
    assert code == 0, output

    assert machine.json("whoami")["email"] == "ada@example.com"
    token = machine.succeed("token").strip()
    machine.succeed("verify", token, "--audience", secure_server.url)
    machine.succeed("verify", token, "--audience", secure_server.url, "--issuer", secure_server.url)
    machine.succeed("tokens", "list")
    machine.succeed("organizations", "list")
    machine.succeed("scopes")

    moved = authority.file.rename(tmp_path / "moved.pem")
    done = machine.run("whoami")
    assert done.returncode == 2 and "cannot be read" in done.stderr and "named by your login" in done.stderr
    assert machine.json("whoami", "--authorities", str(moved))["email"] == "ada@example.com"
    machine.variables = {"LATCHKEY_AUTHORITIES": str(moved)}
    assert machine.json("whoami")["email"] == "ada@example.com"
    machine.succeed("logout")


def test_the_variable_of_the_commands_does_not_stop_a_server(new_server, authority):
    server = new_server()
    server.settings["LATCHKEY_AUTHORITIES"] = str(authority.file)
    server.start()
