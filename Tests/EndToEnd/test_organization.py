"""Organizations as people use them: in a browser, with and without script."""

import re

import pytest

from harness.accounts import tokens_of
from harness.inspection import inspect
from harness.sign_in import sign_in


@pytest.fixture
def ada(browser, server):
    """The first to sign in owns the Demo organization."""
    return sign_in(browser, server, "ada@example.com")


def bearer(tokens):
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def invite(browser, server, email):
    browser.open(server.url + "/organization").type("email", email).press("Invite")
    browser.wait_for(lambda: "The invitation is on its way." in browser.text, "the invitation to be sent")


def test_the_page_of_an_organization(server, ada, new_browser):
    inspect(ada.open(server.url + "/organization"), "organization-fresh")
    for name in ["bob", "charlotte.with.quite.a.long.name.indeed"]:
        sign_in(new_browser(), server, f"{name}@mail.analytical-engines.example.com")
    invite(ada, server, "dora.with.quite.a.long.name.too@mail.analytical-engines.example.com")
    inspect(ada, "organization")
    ada.type("email", "nobody").without_its_own_checks().press("Invite")
    ada.wait_for(lambda: "This is no mail address" in ada.text, "the address to be refused")
    inspect(ada, "organization-error")
    ada.press("Leave Demo").wait_for(lambda: "has an owner at all times" in ada.text, "the owner to be kept")
    inspect(ada, "organization-last-owner")
    ada.driver.find_element("id", "create-name").send_keys("An organization of quite a long name, as some have it")
    ada.press("Create").wait_for(lambda: "The organization is there." in ada.text, "the organization to be made")
    inspect(ada, "organization-second")
    ada.press("Demo").wait_for_heading("Demo")


def test_a_person_joins_by_the_link_of_the_mail(server, ada, new_browser):
    ada.open(server.url + "/organization")
    ada.driver.find_element("id", "create-name").send_keys("Engines")
    ada.press("Create").wait_for_heading("Engines")
    ada.type("email", "bob@example.com").press("Invite")
    ada.wait_for(lambda: "The invitation is on its way." in ada.text, "the invitation to be sent")
    link = server.link("bob@example.com")

    inspect(ada.open(link).wait_for_heading("Join Engines?"), "invitation-other-address")
    bob = new_browser()
    inspect(bob.open(link).wait_for_heading("Join Engines?"), "invitation-signed-out")
    bob.press("Sign in as bob@example.com").wait_for_heading("Check your mail")
    bob.type("code", server.code("bob@example.com")).press("Sign in").wait_for_url(server.url + "/organization")
    assert "You are invited" in bob.text
    inspect(bob, "organization-invited")
    inspect(bob.open(link).wait_for_heading("Join Engines?"), "invitation")
    bob.press("Join Engines").wait_for_heading("Engines")
    inspect(bob, "organization-joined")
    bob.new_tab()
    inspect(bob.open(link).wait_for_heading("This invitation does not work any more"), "invitation-used")
    inspect(bob.open(server.url + "/invitation").wait_for_heading("Sign in to see your invitation"), "invitation-empty")


def test_it_works_without_script(server, ada, new_browser):
    invite(ada, server, "bob@example.net")
    bob = new_browser(javascript=False)
    bob.open(server.link("bob@example.net")).wait_for_heading("Sign in to see your invitation")
    bob.press("Go on").type("email", "bob@example.net").press("Send me a link").wait_for_heading("Check your mail")
    bob.type("code", server.code("bob@example.net")).press("Sign in")
    bob.wait_for_heading("Demo").press("Leave Demo")
    bob.wait_for(lambda: "You left the organization." in bob.text, "to have left")
    bob.press("Join Demo").wait_for_heading("Demo")


def test_who_is_removed_is_signed_out_of_the_organization_at_once(server, ada):
    bob = tokens_of(server, "bob@example.com")
    assert server.get("/api/v1/auth/me", headers=bearer(bob)).ok
    ada.open(server.url + "/organization").press("Remove bob").wait_for(lambda: "Removed." in ada.text, "the removal")
    assert server.get("/api/v1/auth/me", headers=bearer(bob)).status_code == 401


def test_an_invitation_in_the_mail(server, ada):
    invite(ada, server, "bob@example.com")
    message = server.mail("bob@example.com")
    assert message["subject"].startswith("Invitation to an organization at localhost")
    token = re.search(r"#token=(lki_[\w-]{43})$", message["text"], re.M)[1]
    assert token in message["html"]
    inspect(ada.open(server.url + "/dev/mailbox"), "mailbox-invitation")
