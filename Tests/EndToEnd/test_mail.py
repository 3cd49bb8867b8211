"""Mail that leaves: through a real mail server, in each of its moods."""

import re
import sqlite3
import time

import pytest

from harness.deadline import until
from harness.mail_server import Certificates

PASSWORD = "canary-mail-password"


@pytest.fixture
def certificates(tmp_path):
    return Certificates(tmp_path)


@pytest.fixture
def serve(new_server):
    """Makes servers that are ready and send their mail through a mail server."""

    def make(mail_server, scheme="smtp", user=None, **settings):
        login = f"{user}@" if user else ""
        return new_server(
            settings={
                "sign_up": "open",
                "smtp_url": f"{scheme}://{login}{mail_server.host}:{mail_server.port}",
                "mail_from": "Schlüssel & Co <login@example.com>",
            }
            | ({"smtp_password": PASSWORD} if user else {})
            | settings
        ).start()

    return make


def ask(server, address="ada@example.com"):
    assert server.post("/api/v1/auth/magic_link", json={"email": address}).status_code == 202


def text_of(message):
    return message.get_body(("plain",)).get_content()


def code_in(message):
    return re.search(r"^\s*(\d{6})\s*$", text_of(message), re.M)[1]


def redeem(server, message, address="ada@example.com"):
    return server.post("/api/v1/auth/magic_link/verify", json={"email": address, "code": code_in(message)})


def queue(server, table="outgoing_mail"):
    with sqlite3.connect(f"file:{server.directory}/data/latchkey.db?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        return database.execute(f"SELECT * FROM {table}").fetchall()


def is_sent(server):
    return until(lambda: not queue(server), "the queue to be empty")


def test_a_mail_arrives_whole_and_signs_in(serve, new_mail_server):
    mail_server = new_mail_server()
    server = serve(mail_server)
    ask(server)
    message = mail_server.next()
    assert mail_server.envelopes == [("login@example.com", ["ada@example.com"])]
    assert mail_server.names == ["localhost"]
    assert message.defects == [] and all(part.defects == [] for part in message.walk())
    assert message["From"].addresses[0].display_name == "Schlüssel & Co"
    assert message["From"].addresses[0].addr_spec == "login@example.com"
    assert message["To"].addresses[0].addr_spec == "ada@example.com"
    assert message["Subject"] == f"Sign in to localhost:{server.port}"
    assert re.fullmatch(r"<msg_[0-9a-z]{13}@localhost>", message["Message-ID"].strip())
    assert abs(message["Date"].datetime.timestamp() - time.time()) < 60
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    code, html = code_in(message), message.get_body(("html",)).get_content()
    assert code in html and "</html>" in html
    link = re.search(r"http\S+#token=\S+", text_of(message))[0]
    assert link in html
    assert redeem(server, message).status_code == 200
    is_sent(server)


def test_a_mail_server_that_asks_for_patience_gets_it(serve, new_mail_server):
    mail_server = new_mail_server(moods=["451 4.7.1 Greylisted, come again"])
    server = serve(mail_server)
    ask(server)
    assert redeem(server, mail_server.next()).status_code == 200
    is_sent(server)
    assert mail_server.recipients_offered == ["ada@example.com"] * 2
    assert queue(server, "dead_mail") == []
    assert "451 4.7.1 Greylisted" in server.log


def test_what_is_refused_for_ever_is_a_dead_letter_and_holds_up_nobody(serve, new_mail_server):
    mail_server = new_mail_server(moods=["550 5.1.1 No such mailbox"])
    server = serve(mail_server)
    ask(server, "gone@example.com")
    dead = until(lambda: queue(server, "dead_mail"), "the dead letter")[0]
    assert (dead["recipient"], dead["attempts"]) == ("gone@example.com", 1)
    assert "550 5.1.1 No such mailbox" in dead["cause"]
    ask(server)
    assert mail_server.next()["To"].addresses[0].addr_spec == "ada@example.com"
    is_sent(server)
    assert mail_server.recipients_offered == ["gone@example.com", "ada@example.com"]


def test_a_connection_that_dies_within_the_message_is_tried_again(serve, new_mail_server):
    mail_server = new_mail_server(moods=["break off"])
    server = serve(mail_server)
    ask(server)
    assert redeem(server, mail_server.next()).status_code == 200
    is_sent(server)
    assert len(mail_server.messages) == 1


def test_a_message_whose_acceptance_is_never_heard_comes_twice_and_works_once(serve, new_mail_server):
    mail_server = new_mail_server(moods=["take it and break off"])
    server = serve(mail_server)
    ask(server)
    first, second = mail_server.next(), mail_server.next()
    assert first["Message-ID"] == second["Message-ID"]
    assert code_in(first) == code_in(second)
    assert redeem(server, first).status_code == 200
    assert redeem(server, second).status_code == 400
    is_sent(server)


def test_mail_outlives_a_mail_server_that_is_away_and_a_kill(serve, new_mail_server):
    mail_server = new_mail_server()
    server = serve(mail_server)
    mail_server.stop()
    ask(server)
    until(lambda: "cannot be reached" in server.log, "the first attempt to fail")
    server.kill()
    assert len(queue(server)) == 1
    back = new_mail_server()
    server.settings["LATCHKEY_SMTP_URL"] = f"smtp://localhost:{back.port}"
    server.start()
    assert redeem(server, back.next()).status_code == 200


def test_starttls_with_a_login(serve, new_mail_server, certificates):
    mail_server = new_mail_server(password=PASSWORD, certificates=certificates)
    server = serve(mail_server, user="login@example.com", smtp_ca_file=certificates.file)
    ask(server)
    assert redeem(server, mail_server.next()).status_code == 200
    assert mail_server.was_encrypted == [True]
    assert {login[1:] for login in mail_server.logins} == {("login@example.com", PASSWORD)}
    assert PASSWORD not in server.log


def test_tls_from_the_first_octet_with_a_login(serve, new_mail_server, certificates):
    mail_server = new_mail_server(password=PASSWORD, certificates=certificates, is_implicit=True)
    server = serve(mail_server, scheme="smtps", user="login%40example.com", smtp_ca_file=certificates.file)
    ask(server)
    assert redeem(server, mail_server.next()).status_code == 200
    assert mail_server.was_encrypted == [True]
    assert {login[1:] for login in mail_server.logins} == {("login@example.com", PASSWORD)}


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_of_a_stranger_is_not_believed(serve, new_mail_server, certificates, scheme):
    mail_server = new_mail_server(password=PASSWORD, certificates=certificates, is_implicit=scheme == "smtps")
    server = serve(mail_server, scheme=scheme, user="login")
    ask(server)
    until(lambda: "no safe connection" in server.log, "the certificate to be refused")
    assert mail_server.logins == [] and mail_server.is_empty
    assert len(queue(server)) == 1


def test_nothing_is_said_in_the_clear_to_a_server_elsewhere(serve, new_mail_server):
    """127.0.0.2 is this machine, but not by a name that Latchkey knows as such."""
    mail_server = new_mail_server(host="127.0.0.2", password=PASSWORD)
    server = serve(mail_server, user="login")
    ask(server)
    until(lambda: "no safe connection" in server.log, "the missing STARTTLS to be noticed")
    assert mail_server.logins == [] and mail_server.recipients_offered == []


def test_a_wrong_password_is_said_and_not_shown_and_the_mail_waits(serve, new_mail_server, certificates):
    mail_server = new_mail_server(password="another", certificates=certificates)
    server = serve(mail_server, user="login", smtp_ca_file=certificates.file)
    ask(server)
    until(lambda: "attempt=1" in server.log, "the login to be refused")
    assert "turns us away: 535" in server.log
    assert PASSWORD not in server.log
    assert len(queue(server)) == 1 and queue(server, "dead_mail") == []
    server.stop()
    mail_server._password = PASSWORD
    server.start()
    assert redeem(server, mail_server.next()).status_code == 200


def test_templates_of_the_operator_are_sent(serve, new_mail_server, tmp_path):
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "mail-magic-link-html.mustache").write_text("<p>Grüße {{email}} {{agent}}</p>\n<b>{{code}}</b>\n.\n..\n")
    mail_server = new_mail_server()
    server = serve(mail_server, mail_templates=templates)
    ask(server, "a'da@example.com")
    message = mail_server.next()
    html = message.get_body(("html",)).get_content()
    assert html.splitlines()[0].startswith("<p>Grüße a&#39;da@example.com ")
    assert html.splitlines()[1:] == [f"<b>{code_in(message)}</b>", ".", ".."]


@pytest.mark.parametrize(
    "name, text, complaint",
    [
        ("mail-magic-link-text", "{{code}}\n{{#application}}", "line 2"),
        ("mail-magic-link-text", "{{cod}}", "neither {{link}} nor {{code}}"),
        ("mail-magic-lnik-text", "{{code}}", "not the template of any mail"),
    ],
)
def test_a_template_that_is_no_good_stops_the_start(new_server, tmp_path, name, text, complaint):
    (tmp_path / f"{name}.mustache").write_text(text)
    server = new_server(settings={"mail_templates": tmp_path}).launch()
    assert server.wait() == 2
    assert complaint in server.log and name in server.log


def test_without_a_mail_server_the_start_says_that_no_mail_can_leave(new_server):
    server = new_server(settings={"sign_up": "open"}).start()
    assert "No mail can leave" in server.log
    ask(server)
    assert len(queue(server)) == 1


def test_a_server_told_to_stop_sees_the_message_under_way_to_its_end(serve, new_mail_server):
    mail_server = new_mail_server(moods=["hang"])
    server = serve(mail_server)
    ask(server)
    until(lambda: mail_server.recipients_offered, "the message to be under way")
    server.terminate()
    mail_server.go_on()
    mail_server.next()
    assert server.wait() == 0
    assert queue(server) == []
