"""The first start of a server that lets nobody sign up: the printed link, in a real browser."""

import json
import re

import pytest

from harness.deadline import until
from harness.inspection import inspect

LINK = r"http\S+/setup#token=lks_\S+"


@pytest.fixture
def fresh(new_server):
    """A server as its operator starts it, without development mode."""
    return new_server(settings={"log_level": "info"}).start()


def links(server):
    return re.findall(LINK, server.log)


def link(server):
    return until(lambda: links(server), "the setup link")[-1]


def fill(browser, email="ada@example.com"):
    return browser.type("name", "Ada Lovelace").type("email", email).type("organization", "Analytical Engines")


def test_the_link_makes_the_first_owner_and_is_gone(fresh, new_browser):
    browser = new_browser()
    browser.open(link(fresh)).wait_for_heading("Become the owner")
    assert "token" not in browser.url, "it is not left in the history"
    fill(browser).press("Create and sign in").wait_for_heading("Your server is ready")
    assert "ada@example.com" in browser.text and "Analytical Engines" in browser.text
    assert "No mail can leave yet" in browser.text
    browser.press("Go to the start page").wait_for_heading("Hello, Ada Lovelace")
    assert "owner" in browser.text and "analytical-engines" in browser.text

    stranger = new_browser()
    stranger.open(link(fresh)).wait_for_heading("This server is set up")
    assert fresh.get("/setup").status_code == 410
    assert fresh.stop() == 0
    printed = len(links(fresh))
    fresh.start()
    assert len(links(fresh)) == printed, "no link is printed once there is an owner"
    assert browser.open(fresh.url).wait_for_heading("Hello, Ada Lovelace"), "the session outlives the restart"


def test_each_start_prints_a_link_until_one_is_claimed_and_all_work(fresh, browser):
    first = link(fresh)
    assert fresh.stop() == 0
    fresh.start()
    second = until(lambda: [each for each in links(fresh) if each != first], "a new link")[-1]
    browser.open(second).wait_for_heading("Become the owner")
    browser.open(first).wait_for_heading("Become the owner")
    fill(browser).press("Create and sign in").wait_for_heading("Your server is ready")
    browser.open(fresh.url).open(second).wait_for_heading("This server is set up")


def test_a_browser_without_scripts_takes_the_link_by_hand(fresh, new_browser):
    browser = new_browser(javascript=False)
    browser.open(link(fresh)).wait_for_heading("Set up this server")
    browser.type("token", link(fresh)).press("Continue").wait_for_heading("Become the owner")
    fill(browser).press("Create and sign in").wait_for_heading("Your server is ready")


def test_programs_that_open_links_spend_nothing(fresh, browser):
    url = link(fresh)
    for _ in range(3):
        assert fresh.get("/setup").ok and fresh.http.head(fresh.url + "/setup", timeout=30).ok
        assert fresh.http.get(url, timeout=30).ok
    browser.open(url).wait_for_heading("Become the owner")
    browser.open(url).wait_for_heading("Become the owner")


def test_with_json_logs_the_link_is_an_object_of_its_own_and_in_no_line_of_the_log(new_server):
    server = new_server(settings={"log_format": "json", "log_level": "trace"}).start()
    lines = until(lambda: [line for line in server.log.splitlines() if "setup_link" in line], "the setup link")
    setup_link = json.loads(lines[0])["setup_link"]
    assert re.fullmatch(LINK, setup_link)
    token = setup_link.split("#token=")[1]
    assert [line for line in server.log.splitlines() if token in line] == lines[:1]


def test_in_development_no_link_is_printed(server):
    assert "Nobody is the owner" not in server.log and not links(server)


def test_the_pages_are_right(fresh, browser):
    browser.open(fresh.url + "/setup").wait_for_heading("Set up this server")
    inspect(browser, "setup")
    browser.type("token", "rubbish").press("Continue")
    browser.wait_for(lambda: "no setup link of this server" in browser.text, "the token to be refused")
    inspect(browser, "setup-unknown")
    browser.open(fresh.url).open(link(fresh)).wait_for_heading("Become the owner")
    inspect(browser, "setup-claim")
    browser.without_its_own_checks()
    browser.type("email", "ada").type("slug", "Ä").press("Create and sign in")
    browser.wait_for(lambda: "This is no mail address" in browser.text, "the address to be refused")
    inspect(browser, "setup-claim-errors")
    fill(browser).type("slug", "engines").press("Create and sign in").wait_for_heading("Your server is ready")
    inspect(browser, "setup-done")
    browser.open(fresh.url).open(link(fresh)).wait_for_heading("This server is set up")
    inspect(browser, "setup-over")
