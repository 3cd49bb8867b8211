"""The audit of an organization on the command line: followed while things happen, and exported as a whole."""

import json
import queue
import threading

from harness.accounts import tokens_of


def following(machine, *arguments):
    """`audit tail --follow` with a thread that collects its lines."""
    process = machine.start("audit", "tail", "--follow", "--json", *arguments)
    lines = queue.Queue()
    threading.Thread(target=lambda: [lines.put(line) for line in process.stdout], daemon=True).start()
    return process, lines


def rename(server, machine, name):
    bearer = {"Authorization": f"Bearer {machine.succeed('token').strip()}"}
    organization = server.get("/api/v1/auth/me", headers=bearer).json()["organization"]["id"]
    answer = server.http.patch(
        f"{server.url}/api/v1/organizations/{organization}", headers=bearer, json={"name": name}, timeout=30
    )
    assert answer.status_code == 200, answer.text


def test_what_happens_is_followed_and_each_event_told_once(server, logged_in):
    process, lines = following(logged_in, "--event", "organization.renamed")
    try:
        names = [f"Name {index}" for index in range(3)]
        for name in names:
            rename(server, logged_in, name)
        told = [json.loads(lines.get(timeout=30)) for _ in names]
        assert [event["after"]["name"] for event in told] == names
        assert [event["before"]["name"] for event in told][1:] == names[:2]
        assert told[0]["actor"]["email"] == "ada@example.com"
        server.stop()
        server.start()
        rename(server, logged_in, "After a restart")
        assert json.loads(lines.get(timeout=30))["after"] == {"name": "After a restart"}
        assert lines.empty()
    finally:
        process.kill()
        process.wait(timeout=30)


def test_tail_is_for_people_and_export_for_programs(server, logged_in):
    rename(server, logged_in, "Acme")
    shown = logged_in.succeed("audit", "tail")
    assert "organization.renamed" in shown and "-> Acme" in shown and "ada@example.com (latchkey-cli)" in shown
    assert logged_in.succeed("audit", "tail", "--event", "membership.ended") == "No event fits.\n"
    exported = [json.loads(line) for line in logged_in.succeed("audit", "export").splitlines()]
    assert "organization.renamed" in [event["event"] for event in exported]
    assert [event["id"] for event in exported] == sorted(event["id"] for event in exported)
    assert logged_in.succeed("audit", "export", "--since", "1h", "--search", "nobody@example.com") == ""


def test_who_may_not_read_it_is_told_whom_to_ask(server, logged_in):
    # A second person joins the demo organization as a member; Ada's machine is used for theirs.
    tokens = tokens_of(server, "bob@example.com")
    answer = server.get("/api/v1/audit", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert answer.status_code == 403 and answer.json()["error"]["code"] == "forbidden"
    refused = logged_in.run("audit", "tail", "--event", "no.such.event")
    assert refused.returncode == 1 and "no.such.event" in refused.stderr


def test_what_is_used_wrongly_reaches_no_server(machine):
    for arguments in (["tail", "--lines", "0"], ["tail", "--since", "yesterday"], ["export", "--until", "x"]):
        done = machine.run("audit", *arguments)
        assert done.returncode == 2 and done.stderr and not done.stdout
