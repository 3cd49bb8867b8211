#!/usr/bin/env python3
"""The provider and the four example APIs, from an empty directory to a revoked token, in a minute.

  make demo                 builds both, and runs this
  make demo ARGS=--keep     leaves both running, and prints tokens and lines to play with

Each step prints the line that a person would type, and what came back, and is checked: it ends with 1 at the first that
is not as it should be. Nothing is needed but Python.
"""

import argparse
import pathlib
import signal
import sys
import time

from apis import APIS
from person import Person
from stage import Stage
from terminal import Failure, Terminal

FULL, READ_ONLY = "API_TOKEN", "READ_ONLY"


def main():
    options = parse(sys.argv[1:])
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _: sys.exit(128 + number))
    # Ctrl-C also where the shell that started this had it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    terminal = Terminal()
    try:
        with Stage(options.binaries, terminal, options.free_ports) as stage:
            play(stage, terminal)
            if options.keep:
                keep(stage, terminal)
    except Failure as failure:
        print(f"\nThe demo ends here: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEnded. Nothing is left behind.", file=sys.stderr)
        return 130
    terminal.step("That was all. Both have ended, and their data is gone")
    return 0


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", type=pathlib.Path, help="the directory of latchkey and latchkey-examples")
    parser.add_argument("--keep", action="store_true", help="leave both running until Ctrl-C")
    parser.add_argument("--free-ports", action="store_true", help="not 8080 to 8084, but whatever is free")
    return parser.parse_args(arguments)


def play(stage, terminal):
    terminal.step("Start Latchkey, and four APIs that take its tokens")
    stage.start_latchkey()
    stage.start_apis()
    ada = Person("ada@example.com", stage.issuer, terminal)

    terminal.step("Ada signs in with her browser, by the code in a mail")
    ada.sign_in()

    terminal.step("A program signs in as Ada, by device flow")
    ada.approve_program("LOGIN")
    organization = ada.call("GET", "/api/v1/auth/me", 200, "LOGIN")["organization"]
    if organization["role"] != "owner":
        raise Failure(f"Ada should own the Demo organization, and is told to be its {organization['role']}.")

    terminal.step("Something to look at in each API")
    stage.seed(organization["id"])

    terminal.step("An API token takes a second factor of the last five minutes")
    order = {"label": "Demo", "access": "full"}
    refused = ada.call("POST", "/api/v1/tokens", 403, "LOGIN", order)
    terminal.expect(refused["error"]["code"] == "step_up_required", "step_up_required", refused)
    ada.enrol_authenticator()
    ada.step_up()
    token = ada.make_token(FULL, order)
    ada.make_token(READ_ONLY, {"label": "Reports", "access": "read_only"})

    for api in APIS:
        call_with_both(api, stage, ada, terminal)
    refuse_what_is_not_for_it(stage, ada, terminal)
    revoke_login(stage, ada, terminal)
    revoke_token(token["id"], stage, ada, terminal)


def call_with_both(api, stage, ada, terminal):
    terminal.step(f"{api.title}, with a JWT for it and with the API token")
    ada.approve_program(api.jwt, resource=api.audience)
    url = stage.url(api) + api.listing
    heard_of_revocations(url, terminal, api.jwt)
    for name in (api.jwt, FULL):
        listed = terminal.call("GET", url, 200, name)
        terminal.expect(api.rows(listed), "rows of the organization", listed)


def heard_of_revocations(url, terminal, name):
    """A verifier that has only just begun answers 503 until it has heard of the revocations."""
    terminal.until(lambda: terminal.status("GET", url, name) != 503, 10, "the API to have heard of the revocations")


def refuse_what_is_not_for_it(stage, ada, terminal):
    terminal.step("What is refused: each in the words of its API")
    crewkeel, calkeep, *_ = APIS
    terminal.say("A token that may only read:")
    for api in APIS:
        refused = terminal.call("POST", stage.url(api) + api.listing, 403, READ_ONLY, json=api.order)
        code, message = api.error(refused)
        terminal.expect(code.lower() == "forbidden_scope" and api.writing in message, api.writing, refused)
    terminal.say("A token for another API:")
    terminal.call("GET", stage.url(calkeep) + calkeep.listing, 401, crewkeel.jwt)
    terminal.say("The one that may do all:")
    terminal.call("POST", stage.url(crewkeel) + crewkeel.listing, 201, FULL, json=crewkeel.order)


def revoke_login(stage, ada, terminal):
    terminal.step("The program is signed out: its JWT is over, though the API verifies it by itself")
    api, other = APIS[:2]
    url = stage.url(api) + api.listing
    terminal.call("GET", url, 200, api.jwt)
    ada.call("DELETE", "/api/v1/auth/logout", 204, api.jwt)
    seconds = terminal.until(lambda: terminal.status("GET", url, api.jwt) == 401, 2, "the JWT to be refused")
    refused = terminal.call("GET", url, 401, api.jwt)
    terminal.expect(api.error(refused)[0] == "invalid_token", "invalid_token", refused)
    terminal.say(f"{seconds:.1f} seconds after the sign-out. Ada's other programs go on:")
    terminal.call("GET", stage.url(other) + other.listing, 200, other.jwt)


def revoke_token(identifier, stage, ada, terminal):
    terminal.step("The API token is revoked: over at each API")
    ada.call("DELETE", f"/api/v1/tokens/{identifier}", 204, "LOGIN")
    for api in APIS:
        url = stage.url(api) + api.listing
        terminal.until(lambda url=url: terminal.status("GET", url, FULL) == 401, 2, "the API token to be refused")
        terminal.call("GET", url, 401, FULL)


def keep(stage, terminal):
    """Until somebody presses Ctrl-C."""
    crewkeel, *others = APIS
    terminal.step("Both are running. Ctrl-C ends them")
    terminal.say(f"Latchkey      {stage.issuer}    (mail: {stage.issuer}/dev/mailbox)")
    for api in APIS:
        terminal.say(f"{api.title:<13} {stage.url(api)}")
    terminal.say("")
    for name in ["LOGIN", READ_ONLY, *(api.jwt for api in others)]:
        terminal.say(f"{name}={terminal.names[name]}")
    terminal.say("")
    for api in others:
        terminal.say(f'curl -H "Authorization: Bearer ${api.jwt}" {stage.url(api)}{api.listing}')
    terminal.say(f'curl -H "Authorization: Bearer $READ_ONLY" {stage.url(crewkeel)}{crewkeel.listing}')
    sys.stdout.flush()
    while True:
        stage.must_run()
        time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
