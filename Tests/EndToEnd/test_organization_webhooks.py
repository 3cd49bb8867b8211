"""Webhooks on the page of an organization, as an admin uses them."""

import pytest

from harness.deadline import until
from harness.inspection import inspect
from harness.sign_in import sign_in
from test_keyboard import Keyboard
from test_step_up import set_up
from test_webhooks import new_endpoint, verify  # noqa: F401 (a fixture)


@pytest.fixture
def ada(browser, server):
    return sign_in(browser, server, "ada@example.com")


def open_form(browser, server):
    browser.open(server.url + "/organization")
    browser.driver.find_element("xpath", "//summary[normalize-space()='New webhook']").click()
    return browser


def test_a_webhook_from_its_making_to_its_end(server, ada, new_endpoint):  # noqa: F811
    app, _ = set_up(ada, server)
    endpoint = new_endpoint()
    open_form(ada, server).type("url", "https://10.0.0.1/inside").press("Make the webhook").wait_for_heading("New webhook")
    assert "this is an address of some inner network" in ada.text
    inspect(ada, "webhook-new-error")
    ada.type("url", endpoint.url).press("Make the webhook").wait_for_heading("Confirm that it is you")
    ada.type("step_up_code", app.code()).press("Confirm").wait_for_heading("Copy the signing secret now")
    inspect(ada, "webhook-given")
    secret = ada.text_of(".command code")
    ada.press("I have kept it").wait_for_heading("Webhook")
    ada.press("Send a test message")

    def tests():
        return [message for message in list(endpoint.received) if b'"type":"webhook.test"' in message["body"]]

    until(tests, "the test message")
    message = tests()[0]
    assert verify(message, secret) == [True]
    until(lambda: "delivered" in ada.open(ada.url).text, "the page to tell that it arrived")
    inspect(ada, "webhook")
    ada.press("Rotate").wait_for_heading("Copy the signing secret now")
    ada.press("I have kept it").press("Switch off")
    ada.wait_for(lambda: "by an admin" in ada.text, "it to be off")
    inspect(ada, "webhook-off")
    inspect(ada.open(server.url + "/organization"), "organization-webhooks")
    ada.press("Manage " + endpoint.url).press("Delete…").wait_for_heading("Delete this webhook?")
    inspect(ada, "webhook-delete")
    ada.press("Delete it").wait_for(lambda: "The webhook was deleted." in ada.text, "the list")


def test_a_webhook_without_script_and_by_keyboard_alone(server, new_browser, new_endpoint):  # noqa: F811
    bob = sign_in(new_browser(javascript=False), server, "bob@example.com")
    app, _ = set_up(bob, server)
    bob.open(server.url + "/organization")
    keyboard = Keyboard(bob)
    keyboard.tab_to("New webhook").press("\n")
    keyboard.tab_to("url").press(new_endpoint().url, "\n")
    bob.wait_for_heading("Confirm that it is you")
    keyboard.press(app.code(), "\n")
    bob.wait_for_heading("Copy the signing secret now")
    keyboard.tab_to("I have kept it").press("\n")
    bob.wait_for_heading("Webhook")
