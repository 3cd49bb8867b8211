"""Every page: within the window from 320 px on, light and dark, accessible, within its own content policy."""

import pytest

from harness.inspection import inspect
from harness.sign_in import ask_for_mail, sign_in


@pytest.fixture
def ada(browser, server):
    return sign_in(browser, server, "ada@example.com")


@pytest.fixture
def code(machine):
    """The code of a login that waits."""
    login = machine.login()
    yield login.code
    login.abandon()


def test_the_pages_of_who_is_not_signed_in(server, browser):
    inspect(browser.open(server.url), "home-welcome")
    inspect(browser.open(server.url + "/dev/mailbox"), "mailbox-empty")
    inspect(browser.open(server.url + "/device"), "login-for-device")
    inspect(browser.open(server.url + "/login"), "login")


def test_the_sign_in_page_when_the_address_is_refused(server, browser):
    browser.open(server.url + "/login").without_its_own_checks().type("email", "ada").press("Send me a link")
    browser.wait_for(lambda: "This is no mail address" in browser.text, "the address to be refused")
    inspect(browser, "login-error")


def test_the_pages_of_a_sign_in(server, new_browser):
    asking, other = new_browser(), new_browser()
    asking.open(server.url + "/login")
    ask_for_mail(asking, "ada.lovelace.with.quite.a.long.name@mail.analytical-engines.example.com")
    inspect(asking, "login-sent")
    asking.type("code", "000000").press("Sign in")
    asking.wait_for(lambda: "That is not the code" in asking.text, "the code to be refused")
    inspect(asking, "login-sent-error")

    other.open(server.url + "/dev/mailbox")
    inspect(other, "mailbox")
    link = other.press("Open the link").wait_for_heading("Was it you who asked?")
    inspect(link, "magic-link-other-browser")
    other.without_its_own_checks().type("match", "xx").press("Sign in that browser")
    other.wait_for(lambda: "That is not the code" in other.text, "the match code to be refused")
    inspect(other, "magic-link-other-browser-error")
    other.type("match", asking.text_of(".match .digits")).press("Sign in that browser")
    inspect(other.wait_for_heading("The other browser is signed in"), "magic-link-there")
    other.open(server.url + "/magic-link").wait_for_heading("Use the code instead")
    inspect(other, "magic-link-without-token")


def test_the_pages_of_a_link_in_the_same_browser(server, browser):
    browser.open(server.url + "/login")
    ask_for_mail(browser, "ada@example.com")
    link = server.link("ada@example.com")
    browser.open(link).wait_for_heading("Ready to sign in")
    inspect(browser, "magic-link-same-browser")
    browser.press("Sign in as ada@example.com").wait_for_heading("You are signed in")
    inspect(browser, "magic-link-here")
    browser.new_tab()
    inspect(browser.open(link).wait_for_heading("This link does not work any more"), "magic-link-used")


def test_the_page_of_a_link_that_an_application_asked_for(server, browser):
    server.post("/api/v1/auth/magic_link", json={"email": "ada@example.com"})
    browser.open(server.link("ada@example.com")).wait_for_heading("Enter the code in Latchkey command line")
    inspect(browser, "magic-link-application")


def test_the_page_when_too_many_wrong_codes_were_typed(server, browser):
    browser.open(server.url + "/login")
    ask_for_mail(browser, "ada@example.com")
    for _ in range(5):
        browser.type("code", "000000").press("Sign in")
    inspect(browser.wait_for_heading("Too many wrong codes"), "login-locked")
    browser.open(server.link("ada@example.com")).wait_for_heading("This link does not work any more")
    inspect(browser, "magic-link-locked")


def test_the_pages_of_who_is_signed_in(server, ada):
    inspect(ada, "home")
    inspect(ada.open(server.url + "/account"), "account-fresh")
    ada.type("name", "Ada, Countess of Lovelace").press("Save")
    ada.wait_for(lambda: "Saved." in ada.text, "the name to be saved")
    inspect(ada, "account-saved")


def test_the_account_page_with_many_sign_ins(server, ada, new_browser, machine):
    for _ in range(2):
        login = machine.login()
        ada.open(login.link).press("Continue").press("Approve")
        ada.wait_for_heading("Latchkey command line is signed in")
        assert login.finish()[0] == 0
    sign_in(new_browser(), server, "ada@example.com")
    ada.open(server.url + "/account").wait_for_heading("Your account")
    inspect(ada, "account")


def test_the_pages_of_a_device(server, ada, code):
    inspect(ada.open(server.url + "/device"), "device")
    ada.type("user_code", "BBBB-BBBB").press("Continue")
    ada.wait_for(lambda: "unknown or has expired" in ada.text, "the code to be refused")
    inspect(ada, "device-error")
    ada.type("user_code", code).press("Continue")
    inspect(ada.wait_for_heading("Let Latchkey command line sign in as you?"), "device-confirm")
    ada.press("Approve").wait_for_heading("Latchkey command line is signed in")
    inspect(ada, "device-approved")


def test_the_pages_of_a_device_that_is_denied(server, ada, code):
    ada.open(server.url + "/device").type("user_code", code).press("Continue")
    ada.wait_for_heading("Let Latchkey command line sign in as you?")
    first_tab = ada.new_tab()
    ada.open(server.url + "/device").type("user_code", code).press("Continue")
    ada.press("Deny").wait_for_heading("Latchkey command line was not let in")
    inspect(ada, "device-denied")
    ada.turn_to(first_tab).press("Approve").wait_for_heading("This code has been decided")
    inspect(ada, "device-decided")


def test_the_page_when_too_many_wrong_user_codes_were_typed(server, ada):
    ada.open(server.url + "/device")
    for last in "BCDFG":
        ada.type("user_code", "BBBB-BBB" + last).press("Continue")
    assert "Too many wrong codes." in ada.text
    inspect(ada, "device-locked")


def test_the_pages_of_errors(server, ada):
    inspect(ada.open(server.url + "/no-such-page"), "error-not-found")
    ada.open(server.url + "/account").driver.execute_script(
        "document.querySelector('form[action=\"/account/profile\"] [name=csrf]').value = 'x'"
    )
    ada.press("Save").wait_for(lambda: "Error 403" in ada.text, "the form to be refused")
    inspect(ada, "error-form-expired")
