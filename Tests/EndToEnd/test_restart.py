"""What has been answered is still so after the process was taken away without warning."""

import concurrent.futures

from harness.accounts import is_accepted, refresh, tokens_of
from harness.refreshing_client import RefreshingClient
from harness.sign_in import sign_in


def test_tokens_and_keys_outlive_a_kill(server):
    first = tokens_of(server, "ada@example.com")
    second = refresh(server, first["refresh_token"]).json()
    keys = server.get("/.well-known/jwks.json").json()

    server.kill()
    server.start()

    assert server.get("/.well-known/jwks.json").json() == keys
    assert is_accepted(server, second["access_token"])
    third = refresh(server, second["refresh_token"])
    assert third.status_code == 200, third.text
    assert is_accepted(server, third.json()["access_token"])


def test_a_replay_after_the_restart_is_refused_and_ends_the_grant(server):
    first = tokens_of(server, "ada@example.com")
    second = refresh(server, first["refresh_token"]).json()

    server.kill()
    server.start()

    replay = refresh(server, first["refresh_token"])
    assert (replay.status_code, replay.json()["error"]["code"]) == (400, "invalid_grant")
    assert refresh(server, second["refresh_token"]).status_code == 400
    assert not is_accepted(server, second["access_token"])


def test_a_browser_stays_signed_in(server, browser):
    sign_in(browser, server, "ada@example.com")
    server.kill()
    server.start()
    browser.open(server.url + "/account").wait_for_heading("Your account")


def test_no_client_is_lost_when_the_server_is_killed_in_the_middle_of_refreshes(server):
    """Each client repeats the very request that was not answered, as RFC-abiding ones do, and goes on."""
    clients = [RefreshingClient(server, tokens_of(server, f"user{n}@example.com")) for n in range(8)]
    with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
        running = [pool.submit(client.refresh_until_cut_off) for client in clients]
        while min(client.answered for client in clients) < 5:
            concurrent.futures.wait(running, timeout=0.05)
        server.kill()
    for client, cut_off in zip(clients, running):
        cut_off.result()
        assert client.answered >= 5

    server.start()
    for client in clients:
        client.refresh()
