"""A second factor as people use it: set up, asked for, lost and removed; with and without script."""

import functools
import re

import pytest

from harness.accounts import tokens_of
from harness.authenticator import Authenticator
from harness.inspection import inspect
from harness.sign_in import sign_in
from test_keyboard import Keyboard


@pytest.fixture
def ada(browser, server):
    return sign_in(browser, server, "ada@example.com")


def set_up(browser, server):
    """Answers the app, whose present code is not used yet, and the recovery codes."""
    browser.open(server.url + "/account").press("Set up an authenticator app")
    browser.wait_for_heading("Set up an authenticator app")
    app = Authenticator(browser.text_of(".command code"))
    browser.type("code", app.code(-1)).press("Confirm").wait_for_heading("Keep your recovery codes")
    codes = re.findall(r"^[0-9a-z]{5}-[0-9a-z]{5}$", browser.text, re.M)
    assert len(codes) == 10
    return app, codes


def test_the_pages_of_an_app(server, ada):
    inspect(ada.open(server.url + "/step-up").wait_for_heading("Set up a second factor first"), "step-up-none")
    ada.press("Set up an authenticator app").wait_for_heading("Your account")
    inspect(ada, "account-without-app")
    ada.press("Set up an authenticator app").wait_for_heading("Set up an authenticator app")
    modules = ada.driver.find_element("css selector", ".qr svg, svg.qr").get_dom_attribute("viewBox").split()
    assert modules[:2] == ["-4", "-4"] and int(modules[2]) >= 29
    inspect(ada, "totp-setup")
    secret = ada.text_of(".command code")
    app = Authenticator(secret)
    ada.type("code", app.wrong_code()).press("Confirm")
    ada.wait_for(lambda: "The code is wrong." in ada.text, "the code to be refused")
    assert ada.text_of(".command code") == secret
    inspect(ada, "totp-setup-error")
    ada.type("code", app.code(-1)).press("Confirm").wait_for_heading("Keep your recovery codes")
    inspect(ada, "recovery-codes")
    ada.press("I have kept them").wait_for(lambda: "Your authenticator app is set up." in ada.text, "the account")
    inspect(ada, "account-with-app")
    ada.press("Remove the authenticator app").wait_for_heading("Confirm that it is you")
    inspect(ada, "step-up-form")
    ada.type("step_up_code", app.wrong_code()).press("Confirm")
    ada.wait_for(lambda: "The code is wrong." in ada.text, "the code to be refused")
    inspect(ada, "step-up-error")
    for _ in range(4):
        ada.type("step_up_code", app.wrong_code()).press("Confirm")
    ada.type("step_up_code", app.code()).press("Confirm")
    ada.wait_for(lambda: "Too many wrong codes. Try again in 15 minutes." in ada.text, "the pause")
    inspect(ada, "step-up-locked")


def test_what_was_asked_for_goes_on_after_the_code(server, ada):
    app, codes = set_up(ada, server)
    ada.press("I have kept them")
    ada.press("Make new ones: recovery codes").wait_for_heading("Confirm that it is you")
    ada.type("step_up_code", app.code()).press("Confirm").wait_for_heading("Keep your recovery codes")
    assert not set(codes) & set(ada.text.split())
    ada.press("I have kept them")
    ada.press("Remove the authenticator app")
    ada.wait_for(lambda: "The authenticator app was removed." in ada.text, "it to be removed without another code")


def test_a_lost_phone_is_replaced_by_a_recovery_code(server, ada):
    _, codes = set_up(ada, server)
    ada.press("I have kept them")
    ada.press("Replace the authenticator app").wait_for_heading("Confirm that it is you")
    ada.type("step_up_code", codes[0].upper()).press("Confirm").wait_for_heading("Set up an authenticator app")
    new = Authenticator(ada.text_of(".command code"))
    ada.type("code", new.code(-1)).press("Confirm").wait_for_heading("Keep your recovery codes")


def test_it_works_without_script_and_by_keyboard_alone(server, new_browser):
    bob = sign_in(new_browser(javascript=False), server, "bob@example.com")
    bob.open(server.url + "/account")
    keyboard = Keyboard(bob)
    keyboard.tab_to("Set up an authenticator app").press("\n")
    bob.wait_for_heading("Set up an authenticator app")
    app = Authenticator(bob.text_of(".command code"))
    keyboard.tab_to("code").press(app.code(-1), "\n")
    bob.wait_for_heading("Keep your recovery codes")
    keyboard.tab_to("I have kept them").press("\n")
    bob.wait_for_heading("Your account")
    keyboard.tab_to("Remove the authenticator app").press("\n")
    bob.wait_for_heading("Confirm that it is you")
    assert keyboard.focused.get_attribute("name") == "step_up_code"
    keyboard.press(app.code(), "\n")
    bob.wait_for(lambda: "The authenticator app was removed." in bob.text, "the app to be removed")


def test_a_terminals_login_is_stepped_up_at_the_address_it_was_told(server, ada):
    tokens = tokens_of(server, "ada@example.com")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    app, _ = set_up(ada, server)
    remove = functools.partial(server.http.delete, server.url + "/api/v1/auth/totp", headers=bearer, timeout=30)
    refused = remove()
    assert refused.status_code == 403 and refused.json()["error"]["code"] == "step_up_required"
    ada.open(refused.json()["step_up"]["url"]).wait_for_heading("Confirm that it is you")
    inspect(ada, "step-up-login")
    ada.type("step_up_code", app.code()).press("Confirm")
    ada.wait_for_heading("Confirmed for Latchkey command line")
    inspect(ada, "step-up-done")
    assert remove().status_code == 204
