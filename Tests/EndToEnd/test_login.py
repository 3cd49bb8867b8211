"""The main job: a command line logs in, a person signs in by magic link, tokens are checked, and all is revoked."""

import json
import socket

from harness.accounts import is_accepted, refresh
from harness.sign_in import approve, ask_for_mail, sign_in


def test_a_person_logs_the_command_line_in_by_a_magic_link(server, browser, machine):
    login = machine.login()
    assert login.link == f"{server.url}/device?user_code={login.code}"

    browser.open(login.link).wait_for_heading("Sign in to approve a device")
    ask_for_mail(browser, "ada@example.com")
    asking_tab = browser.new_tab()
    browser.open(server.url + "/dev/mailbox").press("Open the link")
    browser.wait_for_heading("Ready to sign in")
    browser.press("Sign in as ada@example.com").wait_for_heading("You are signed in")

    browser.turn_to(asking_tab).wait_for_url(login.link).wait_for_heading("Sign in a device")
    assert browser.value("user_code") == login.code
    browser.press("Continue").wait_for_heading("Let Latchkey command line sign in as you?")
    assert login.code in browser.text
    assert "ada@example.com" in browser.text
    assert "127.0.0.1" in browser.text
    assert f"latchkey-cli on {socket.gethostname()}" in browser.text
    assert "UTC" in browser.text
    browser.press("Approve").wait_for_heading("Latchkey command line is signed in")

    exit_code, output = login.finish()
    assert exit_code == 0, output
    assert f"Logged in as ada@example.com at {server.url}" in output
    assert browser.complaints() == []


def test_the_login_says_who_it_is_and_gives_tokens_that_verify_until_it_is_ended(server, logged_in):
    who = logged_in.json("whoami")
    assert who["email"] == "ada@example.com"
    assert who["organization"]["slug"] == "demo"
    assert who["organization"]["role"] == "owner"
    assert "ada@example.com" in logged_in.succeed("whoami")

    token = logged_in.succeed("token").strip()
    claims = logged_in.json("verify", token, "--audience", server.url)
    assert who["id"] in json.dumps(claims)
    refused = logged_in.run("verify", token, "--audience", "https://api.example.com")
    assert refused.returncode == 1
    assert "made for another API" in refused.stderr

    logged_in.succeed("logout")
    assert logged_in.run("whoami").returncode == 1
    assert logged_in.run("token").returncode == 1
    bearer = {"Authorization": f"Bearer {token}"}
    assert server.get("/api/v1/auth/me", headers=bearer).status_code == 401


def test_fifty_commands_that_ask_at_once_for_a_token_get_the_same_one(server, logged_in):
    processes = [logged_in.start("token") for _ in range(50)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 50, outputs
    assert len({stdout for stdout, _ in outputs}) == 1
    logged_in.succeed("verify", outputs[0][0].strip(), "--audience", server.url)


def test_fifty_commands_that_find_the_token_expired_refresh_it_once(server, logged_in):
    before = logged_in.succeed("token")
    expire_access_token(logged_in)
    processes = [logged_in.start("token") for _ in range(50)]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 50, outputs
    tokens = {stdout for stdout, _ in outputs}
    assert len(tokens) == 1
    assert tokens != {before}
    # The refresh token was not used twice: the login lives, and can refresh again.
    expire_access_token(logged_in)
    assert logged_in.json("whoami")["email"] == "ada@example.com"


def expire_access_token(machine):
    """As if the hours of an access token had passed on this machine."""
    stored = json.loads(machine.credentials.read_text())

    def backdate(value):
        if isinstance(value, dict):
            if "expires_at" in value:
                value["expires_at"] = "2020-01-01T00:00:00Z"
            for member in value.values():
                backdate(member)

    backdate(stored)
    machine.credentials.write_text(json.dumps(stored))


def test_a_login_that_is_denied_in_the_browser_says_so(server, browser, machine):
    sign_in(browser, server, "ada@example.com")
    login = machine.login()
    browser.open(login.link).press("Continue").press("Deny")
    browser.wait_for_heading("Latchkey command line was not let in")
    exit_code, output = login.finish()
    assert exit_code == 1
    assert "denied" in output
    assert not machine.credentials.exists()


def test_a_login_that_another_replaces_is_over_at_the_server(server, browser, logged_in):
    def stored():
        return json.loads(logged_in.credentials.read_text())[server.url]

    def logins(access_token):
        answer = server.get("/api/v1/auth/sessions", headers={"Authorization": f"Bearer {access_token}"})
        return answer.json()["sessions"]

    first = stored()
    assert len(logins(first["access_token"])) == 1
    login = logged_in.login()
    approve(browser, login)
    code, output = login.finish()
    assert code == 0 and "lives on" not in output, output

    second = stored()
    assert second["refresh_token"] != first["refresh_token"]
    assert not is_accepted(server, first["access_token"])
    assert refresh(server, first["refresh_token"]).status_code == 400
    assert len(logins(second["access_token"])) == 1
    assert logged_in.json("whoami")["email"] == "ada@example.com"
    assert refresh(server, second["refresh_token"]).status_code == 200
