"""A call with an Idempotency-Key is done once, whatever happens to the server in between."""

import concurrent.futures

import requests

from harness.accounts import tokens_of


def found(server, headers, key):
    """The answer, repeated until there is one, as a client does that lost its connection."""
    headers = headers | {"Idempotency-Key": key}
    return server.post("/api/v1/organizations", json={"name": f"Made by {key}"}, headers=headers)


def test_no_call_is_done_twice_when_the_server_is_killed_in_the_middle(server):
    people = [tokens_of(server, f"user{n}@example.com") for n in range(6)]
    headers = [{"Authorization": f"Bearer {person['access_token']}"} for person in people]
    answers = {}

    def run(n):
        for turn in range(15):
            key = f"key-{n}-{turn}"
            answers[key] = None
            try:
                answer = found(server, headers[n], key)
            except requests.ConnectionError:
                return key
            assert answer.status_code == 201, answer.text
            answers[key] = answer.json()
        return None

    with concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
        running = [pool.submit(run, n) for n in range(len(people))]
        while sum(1 for answer in answers.values() if answer) < 12:
            concurrent.futures.wait(running, timeout=0.01)
        server.kill()
        [task.result() for task in running]
    server.start()

    for key, before in list(answers.items()):
        n = int(key.split("-")[1])
        answer = found(server, headers[n], key)
        assert answer.status_code == 201, answer.text
        assert before is None or answer.json() == before
        assert found(server, headers[n], key).json() == answer.json()
    for n, header in enumerate(headers):
        listed = server.get("/api/v1/auth/organizations", headers=header).json()["organizations"]
        names = [organization["name"] for organization in listed if organization["name"].startswith("Made by")]
        assert sorted(names) == sorted(f"Made by {key}" for key in answers if key.startswith(f"key-{n}-"))
