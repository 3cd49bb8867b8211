"""A link in a mail signs in the browser that asked, and no other."""

import re

import pytest
import requests

from harness.sign_in import ask_for_mail


def csrf(page):
    return re.search(r'name="csrf" value="([^"]+)"', page)[1]


def is_signed_in(browser, server):
    browser.open(server.url + "/account")
    return browser.url == server.url + "/account"


def test_in_another_browser_the_link_asks_for_the_match_code_and_signs_in_only_the_one_that_asked(
    server, new_browser
):
    asking, other = new_browser(), new_browser()
    asking.open(server.url + "/login")
    ask_for_mail(asking, "ada@example.com")
    match_code = asking.text_of(".match .digits")
    assert re.fullmatch(r"\d\d", match_code)

    other.open(server.link("ada@example.com")).wait_for_heading("Was it you who asked?")
    assert "Chrome on Linux" in other.text
    assert "127.0.0.1" in other.text
    shown = re.sub(r"\d+ \w+ \d{4}, \d\d:\d\d UTC", "", other.text)  # a time may hold any two digits
    assert not re.search(rf"(?<!\d){match_code}(?!\d)", shown)

    other.type("match", f"{(int(match_code) + 1) % 100:02}").press("Sign in that browser")
    other.wait_for(lambda: "That is not the code" in other.text, "the wrong code to be refused")
    other.type("match", match_code).press("Sign in that browser")
    other.wait_for_heading("The other browser is signed in")

    asking.wait_for_url(server.url + "/")
    assert "ada@example.com" in asking.text
    assert not is_signed_in(other, server)
    assert is_signed_in(asking, server)
    assert asking.complaints() == []


def test_a_script_without_the_asking_browsers_cookie_leaves_the_link_unused(server, browser):
    browser.open(server.url + "/login")
    ask_for_mail(browser, "ada@example.com")
    link = server.link("ada@example.com")
    address, token = link.split("#token=")

    # What scanners of mail do: fetch it, by every method, and run its script and submit its forms.
    for method in ["GET", "HEAD", "OPTIONS", "POST"]:
        requests.request(method, address, timeout=30, allow_redirects=False)
    scanner = requests.Session()
    form = {"csrf": csrf(scanner.get(address, timeout=30).text), "token": token}
    assert "Was it you who asked?" in scanner.post(address + "/open", data=form, timeout=30).text
    answer = scanner.post(address, data=form, timeout=30)
    assert answer.status_code == 400
    assert "Was it you who asked?" in answer.text
    without_cookie = requests.post(address, data=form, timeout=30)
    assert without_cookie.status_code == 403
    assert requests.post(address + "/open", data=form, timeout=30).status_code == 403

    browser.open(link).press("Sign in as ada@example.com").wait_for_heading("You are signed in")


def test_a_link_works_once(server, browser):
    browser.open(server.url + "/login")
    ask_for_mail(browser, "ada@example.com")
    link = server.link("ada@example.com")
    browser.open(link).press("Sign in as ada@example.com").wait_for_heading("You are signed in")
    browser.new_tab()
    browser.open(link).wait_for_heading("This link does not work any more")
    assert "It has been used." in browser.text


def test_without_javascript_one_signs_in_by_the_six_digits(server, new_browser):
    browser = new_browser(javascript=False)
    browser.open(server.url + "/login")
    ask_for_mail(browser, "ada@example.com")
    assert "continue here" in browser.text

    asking_tab = browser.new_tab()
    browser.open(server.url + "/dev/mailbox")
    code = browser.text_of(".mail .digits")
    browser.press("Open the link").wait_for_heading("Use the code instead")
    assert "needs JavaScript" in browser.text

    browser.turn_to(asking_tab).type("code", code).press("Sign in").wait_for_url(server.url + "/")
    assert "ada@example.com" in browser.text


def test_without_javascript_the_asking_tab_is_taken_on_by_hand(server, new_browser):
    asking, other = new_browser(javascript=False), new_browser()
    asking.open(server.url + "/login?return_to=%2Faccount")
    ask_for_mail(asking, "ada@example.com")
    other.open(server.link("ada@example.com")).wait_for_heading("Was it you who asked?")
    other.type("match", asking.text_of(".match .digits")).press("Sign in that browser")
    other.wait_for_heading("The other browser is signed in")
    asking.press("continue here").wait_for_url(server.url + "/account")


@pytest.mark.parametrize("address", ["not an address", "a@x.org,b@y.org", "a@x.org b@y.org"])
def test_what_is_no_address_gets_no_mail(server, address):
    session = requests.Session()
    form = {"csrf": csrf(session.get(server.url + "/login", timeout=30).text), "email": address}
    assert session.post(server.url + "/login", data=form, timeout=30).status_code == 400
    assert server.get("/dev/mailbox.json").json()["messages"] == []
