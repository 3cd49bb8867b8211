"""Passkeys in a real browser with a device plugged in: made, used by autofill and by button, removed, refused."""

import re

import pytest

from harness.accounts import tokens_of
from harness.command_line import CommandLine
from harness.deadline import until
from harness.passkey_device import NO_AUTOFILL, Authenticator
from harness.inspection import inspect
from harness.sign_in import ask_for_mail, sign_in


@pytest.fixture
def ada(browser, server):
    return sign_in(browser, server, "ada@example.com")


def add_passkey(browser, server, name="Laptop"):
    browser.open(server.url + "/account/passkeys/new").type("name", name).press("Add a passkey")
    browser.wait_for(lambda: "The passkey was added." in browser.text, "the passkey to be added")


def sign_out(browser, server):
    browser.open(server.url + "/account").press("Sign out")
    browser.wait_for_url(server.url + "/")


def says(browser, text):
    browser.wait_for(lambda: text in browser.text, f"{text!r}")
    return browser


def test_a_passkey_is_made_after_a_magic_link_and_signs_in_by_autofill(server, browser):
    device = Authenticator(browser)
    browser.open(server.url + "/login")
    ask_for_mail(browser, "ada@example.com")
    browser.open(server.link("ada@example.com")).press("Sign in as ada@example.com")
    inspect(browser.wait_for_heading("You are signed in"), "magic-link-here-offer")
    browser.press("Add a passkey").wait_for_heading("Add a passkey")
    inspect(browser, "passkey-new")
    browser.type("name", "Ada’s laptop").press("Add a passkey")
    says(browser, "The passkey was added.")
    assert "Ada’s laptop" in browser.text
    assert [credential.rp_id for credential in device.credentials] == ["localhost"]
    inspect(browser, "account-passkey")
    assert "Add a passkey" not in browser.open(server.url).text

    sign_out(browser, server)
    # The device agrees at once to what the field of the address offers.
    browser.open(server.url + "/login?return_to=/account").wait_for_url(server.url + "/account")
    assert "Not used yet" not in browser.text_of("[aria-labelledby=passkeys]")
    assert browser.complaints() == []


def test_a_passkey_signs_in_by_the_button_and_goes_on_where_one_wanted(server, ada):
    Authenticator(ada)
    add_passkey(ada, server)
    ada.before_each_page(NO_AUTOFILL)
    sign_out(ada, server)
    ada.open(server.url + "/device?user_code=BBBB-BBBB").wait_for_heading("Sign in to approve a device")
    inspect(ada, "login-passkey")
    ada.press("Sign in with a passkey").wait_for_url(server.url + "/device?user_code=BBBB-BBBB")
    assert ada.complaints() == []


def test_a_passkey_is_renamed_and_removed_and_is_refused_then(server, ada):
    Authenticator(ada)
    add_passkey(ada, server)
    ada.driver.find_element("css selector", "[aria-labelledby=passkeys] summary").click()
    field = ada.driver.find_element("css selector", "[aria-labelledby=passkeys] input[name=name]")
    field.clear()
    field.send_keys("Phone")
    ada.press("Rename")
    says(ada, "Saved.")
    ada.press("Remove Phone").wait_for_heading("Confirm that it is you")
    inspect(ada, "passkey-remove")
    ada.press("Use a passkey")
    says(ada, "The passkey was removed.")
    ada.before_each_page(NO_AUTOFILL)
    sign_out(ada, server)
    ada.open(server.url + "/login").press("Sign in with a passkey")
    says(ada, "This passkey is not known here")
    inspect(ada, "login-passkey-refused")
    ask_for_mail(ada, "ada@example.com")


def test_the_same_device_is_told_that_it_has_one_already(server, ada):
    Authenticator(ada)
    add_passkey(ada, server)
    inspect(ada, "account-one-passkey")
    ada.press("Add a second passkey").wait_for_heading("Confirm that it is you")
    ada.press("Use a passkey").wait_for_heading("Add a passkey")
    assert "A second one" in ada.text
    ada.click("Add a passkey")
    says(ada, "already has a passkey for your account")
    inspect(ada, "passkey-new-again")


def test_a_device_that_does_not_know_its_owner_neither_makes_nor_shows_a_passkey(server, ada):
    device = Authenticator(ada, knows_owner=False)
    ada.open(server.url + "/account/passkeys/new").click("Add a passkey")
    says(ada, "the device did not recognize you")
    assert device.credentials == []
    device.know_owner()
    add_passkey(ada, server)
    ada.before_each_page(NO_AUTOFILL)
    sign_out(ada, server)
    device.know_owner(False)
    ada.open(server.url + "/login").click("Sign in with a passkey")
    says(ada, "No passkey was used")
    assert ada.url == server.url + "/login"
    inspect(ada, "login-passkey-cancelled")
    device.know_owner()
    ada.press("Sign in with a passkey").wait_for_url(server.url + "/")


def test_a_copy_whose_counter_is_behind_is_refused_and_its_user_is_warned(server, ada, new_browser):
    device = Authenticator(ada)
    add_passkey(ada, server)
    thief = new_browser().before_each_page(NO_AUTOFILL)
    copy = Authenticator(thief)
    copy.put_copy(device.credentials[0], sign_count=0)
    sign_out(ada, server)
    for _ in range(2):
        ada.open(server.url + "/login").wait_for_url(server.url + "/")
        sign_out(ada, server)
    thief.open(server.url + "/login").press("Sign in with a passkey")
    says(thief, "there seems to be a copy of it")
    thief.open(server.url + "/account").wait_for_heading("Sign in")
    ada.open(server.url + "/login?return_to=/account").wait_for_url(server.url + "/account")
    says(ada, "There seems to be a copy of this passkey")
    inspect(ada, "account-passkey-copied")


def test_at_another_address_of_the_server_both_are_shown(server, browser):
    elsewhere = server.url.replace("localhost", "127.0.0.1")
    browser.open(elsewhere + "/login").click("Sign in with a passkey")
    says(browser, f"Passkeys of this server work at {server.url}, and this page was opened at {elsewhere}.")


def test_a_browser_that_knows_no_passkeys_says_so(server, browser):
    browser.before_each_page("delete window.PublicKeyCredential")
    browser.open(server.url + "/login").click("Sign in with a passkey")
    says(browser, "This browser does not know passkeys.")


def test_without_script_there_is_no_passkey_and_the_code_signs_in(server, new_browser):
    browser = new_browser(javascript=False)
    assert "passkey" not in browser.open(server.url + "/login").text
    sign_in(browser, server, "bob@example.com").open(server.url + "/account/passkeys/new")
    says(browser, "A passkey is made by JavaScript, which is off in this browser.")


def test_a_passkey_is_a_second_factor(server, ada):
    Authenticator(ada)
    add_passkey(ada, server)
    page = ada.open(server.url + "/step-up?return_to=/account").wait_for_heading("Confirm that it is you")
    inspect(page, "step-up-passkey")
    ada.press("Use a passkey").wait_for_url(server.url + "/account")
    ada.open(server.url + "/step-up?return_to=/account").wait_for_url(server.url + "/account")


def test_a_program_mints_a_token_after_its_passkey_was_shown_where_it_said(server, ada):
    Authenticator(ada)
    add_passkey(ada, server)
    bearer = {"Authorization": f"Bearer {tokens_of(server, 'ada@example.com')['access_token']}"}

    def mint():
        return server.post("/api/v1/tokens", headers=bearer, json={"label": "CI", "access": "full"})

    refused = mint()
    assert refused.status_code == 403 and refused.json()["step_up"]["methods"] == ["passkey"]
    ada.open(refused.json()["step_up"]["url"]).wait_for_heading("Confirm that it is you")
    inspect(ada, "step-up-login-passkey")
    assert mint().status_code == 403
    ada.press("Use a passkey").wait_for_heading("Confirmed for Latchkey command line")
    minted = mint()
    assert minted.status_code == 201, minted.text
    assert minted.json()["token"].startswith("lk_live_")


def test_a_terminal_is_let_in_after_a_passkey_where_the_server_demands_it(new_server, browser, tmp_path):
    server = new_server()
    server.settings["LATCHKEY_TERMINAL_STEP_UP"] = "always"
    server.start()
    ada = sign_in(browser, server, "ada@example.com")
    Authenticator(ada)
    add_passkey(ada, server)
    login = CommandLine(tmp_path / "home", server.url).login()
    ada.open(login.link).press("Continue").press("Approve").wait_for_heading("Confirm that it is you")
    inspect(ada, "device-step-up")
    ada.press("Use a passkey").wait_for_heading("Latchkey command line is signed in")
    exit_code, output = login.finish()
    assert exit_code == 0, output


def test_a_lost_passkey_is_replaced_by_a_recovery_code_and_the_mail_says_so(server, ada, new_browser):
    Authenticator(ada)
    add_passkey(ada, server)
    until(lambda: "A passkey was added" in server.mail("ada@example.com")["subject"], "the mail about the passkey")
    inspect(ada.open(server.url + "/account"), "account-no-codes")
    ada.press("Make new ones: recovery codes").press("Use a passkey").wait_for_heading("Keep your recovery codes")
    code = re.search(r"^[0-9a-z]{5}-[0-9a-z]{5}$", ada.text, re.M)[0]

    other = new_browser()
    Authenticator(other)
    sign_in(other, server, "ada@example.com").open(server.url + "/account/passkeys/new")
    inspect(other.wait_for_heading("Confirm that it is you"), "step-up-passkey-or-code")
    other.type("step_up_code", code).press("Confirm").wait_for_heading("Add a passkey")
    other.type("name", "New phone").press("Add a passkey")
    says(other, "The passkey was added.")
    until(lambda: "New phone" in server.mail("ada@example.com")["text"], "the mail about the new passkey")
    assert "A recovery code was used to get there." in server.mail("ada@example.com")["text"]
