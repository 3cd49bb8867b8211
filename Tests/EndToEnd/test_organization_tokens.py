"""API tokens and the audit on the page of an organization, as an admin uses them."""

import subprocess

import pytest

from harness.authenticator import Authenticator
from harness.inspection import inspect
from harness.passkey_device import Authenticator as PasskeyDevice
from harness.sign_in import sign_in
from test_keyboard import Keyboard
from test_step_up import set_up


@pytest.fixture
def ada(browser, server):
    return sign_in(browser, server, "ada@example.com")


def open_form(browser, server):
    browser.open(server.url + "/organization")
    browser.driver.find_element("xpath", "//summary[normalize-space()='New API token']").click()
    return browser


def choose(browser, value):
    browser.driver.find_element("css selector", f"input[name=access][value={value}]").click()
    return browser


def test_a_token_from_its_making_to_its_end(server, ada):
    app, _ = set_up(ada, server)
    inspect(ada.open(server.url + "/organization"), "organization-no-tokens")
    choose(open_form(ada, server).type("label", "Nightly import of everything there is, on the old machine"), "read_only")
    ada.press("Make the token").wait_for_heading("Confirm that it is you")
    ada.type("step_up_code", app.code()).press("Confirm").wait_for_heading("Copy your API token now")
    inspect(ada, "api-token-given")
    line = next(line for line in ada.text.splitlines() if line.startswith("curl "))
    told = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=30).stdout
    assert '"type":"api_token"' in told and '"access":"read_only"' in told
    secret = ada.text_of(".command code")
    ada.press("I have kept it").wait_for(lambda: "Nightly import" in ada.text, "the list")
    assert secret not in ada.text
    inspect(ada, "organization-tokens")
    ada.press("Manage Nightly import of everything there is, on the old machine")
    inspect(ada, "api-token")
    ada.type("label", "Import").press("Save").wait_for_heading("Import")
    ada.press("Rotate").wait_for_heading("Copy your API token now")
    inspect(ada, "api-token-rotated")
    assert ada.text_of(".command code") != secret and "works until" in ada.text
    ada.press("I have kept it").press("Manage Import").press("Revoke…").wait_for_heading("Revoke Import?")
    inspect(ada, "api-token-revoke")
    ada.press("Revoke it").wait_for(lambda: "The API token was revoked." in ada.text, "the end")
    assert server.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    inspect(ada.press("See Import"), "api-token-over")


def test_what_was_typed_is_kept_while_an_authenticator_app_is_set_up(server, ada):
    choose(open_form(ada, server).type("label", "Nightly “import”"), "read_only").press("Make the token")
    inspect(ada.wait_for_heading("Set up a second factor first"), "step-up-none-held")
    ada.press("Set up an authenticator app").wait_for_heading("Set up an authenticator app")
    app = Authenticator(ada.text_of(".command code"))
    assert "?" not in ada.driver.current_url
    ada.type("code", app.wrong_code()).press("Confirm")
    ada.wait_for(lambda: "The code is wrong." in ada.text, "the code to be refused")
    ada.type("code", app.code(-1)).press("Confirm").wait_for_heading("Keep your recovery codes")
    inspect(ada, "recovery-codes-held")
    ada.press("Go on with what you have entered").wait_for_heading("Confirm that it is you")
    ada.type("step_up_code", app.code()).press("Confirm").wait_for_heading("Copy your API token now")
    ada.press("I have kept it").wait_for(lambda: "Nightly “import”" in ada.text, "the list")


def test_what_was_typed_is_kept_while_a_passkey_is_made(server, ada):
    PasskeyDevice(ada)
    choose(open_form(ada, server).type("label", "Nightly"), "full").press("Make the token")
    ada.wait_for_heading("Set up a second factor first").press("Add a passkey").wait_for_heading("Add a passkey")
    ada.press("Add a passkey")
    inspect(ada.wait_for_heading("Your passkey was added"), "second-factor-ready")
    ada.press("Go on with what you have entered").wait_for_heading("Confirm that it is you")
    ada.press("Use a passkey").wait_for_heading("Copy your API token now")


def test_reloading_the_page_with_the_secret_makes_no_second_token(server, ada):
    app, _ = set_up(ada, server)
    choose(open_form(ada, server).type("label", "Nightly"), "full").press("Make the token")
    ada.wait_for_heading("Confirm that it is you")
    ada.type("step_up_code", app.code()).press("Confirm").wait_for_heading("Copy your API token now")
    secret = ada.text_of(".command code")
    for _ in range(2):
        ada.reload().wait_for_heading("Copy your API token now")
        assert ada.text_of(".command code") == secret
    ada.press("I have kept it").wait_for(lambda: "Nightly" in ada.text, "the list")
    assert len(ada.driver.find_elements("css selector", "a[href^='/organization/token?']")) == 1
    ada.press("Manage Nightly").press("Rotate").wait_for_heading("Copy your API token now")
    rotated = ada.text_of(".command code")
    assert rotated != secret
    ada.reload().wait_for_heading("Copy your API token now")
    assert ada.text_of(".command code") == rotated


def test_a_custom_token_and_what_is_typed_wrongly(server, ada):
    app, _ = set_up(ada, server)
    choose(open_form(ada, server).type("label", "Importer"), "custom").press("Make the token")
    ada.wait_for_heading("New API token")
    inspect(ada, "api-token-new")
    for scope in ("jobs:read", "jobs:write"):
        ada.driver.find_element("css selector", f"input[name='scope:{scope}']").click()
    ada.type("resources", "projects=prj_1").press("Make the token").wait_for_heading("Confirm that it is you")
    ada.type("step_up_code", app.wrong_code()).press("Confirm")
    ada.wait_for(lambda: "The code is wrong." in ada.text, "the code to be refused")
    ada.type("step_up_code", app.code()).press("Confirm").wait_for_heading("Copy your API token now")
    token = server.get("/api/v1/me", headers={"Authorization": f"Bearer {ada.text_of('.command code')}"}).json()
    assert token["scopes"] == ["jobs:read", "jobs:write"] and token["resources"] == {"projects": ["prj_1"]}


def test_it_works_without_script_and_by_keyboard_alone(server, new_browser):
    bob = sign_in(new_browser(javascript=False), server, "bob@example.com")
    app, _ = set_up(bob, server)
    bob.open(server.url + "/organization")
    keyboard = Keyboard(bob)
    keyboard.tab_to("New API token").press("\n")
    keyboard.tab_to("label").press("CI")
    keyboard.tab_to("Make the token").press("\n")
    bob.wait_for_heading("Confirm that it is you")
    keyboard.press(app.code(), "\n")
    bob.wait_for_heading("Copy your API token now")
    keyboard.tab_to("I have kept it").press("\n")
    bob.wait_for_heading("Demo")
    assert "CI" in bob.text
    keyboard.tab_to("Manage CI").press("\n")
    bob.wait_for_heading("CI")
    keyboard.tab_to("Revoke…").press("\n")
    bob.wait_for_heading("Revoke CI?")
    keyboard.tab_to("Revoke it").press("\n")
    bob.wait_for(lambda: "The API token was revoked." in bob.text, "the end")


def test_a_long_address_leaves_the_role_alone(server, ada, new_browser):
    sign_in(new_browser(), server, "charlotte." + "with.quite.a.long.name." * 2 + "x@" + "mail." * 30 + "example.com")
    ada.open(server.url + "/organization")
    ada.driver.set_window_size(1280, 900)
    overlapping = ada.driver.execute_script(
        """return [...document.querySelectorAll('.item')].filter((item) => {
            const [words, controls] = item.children;
            return controls && [...words.querySelectorAll('*')].some(
                (word) => word.getBoundingClientRect().right > controls.getBoundingClientRect().left);
        }).length"""
    )
    assert overlapping == 0
    inspect(ada, "organization-long-address")
