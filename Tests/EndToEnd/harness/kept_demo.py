"""`make demo ARGS=--keep`, for tests: what it has started and printed."""

import contextlib
import os
import re
import signal
import subprocess
import sys

import requests

from harness.binary import BINARY, REPOSITORY, environment
from harness.deadline import until
from harness.server import Server

DEMO = REPOSITORY / "Tests/Demo/demo.py"
TITLES = {"crewkeel": "CrewKeel", "calkeep": "CalKeep", "autochat": "autoch.at", "craftdesk": "CraftDesk"}


def start_demo(home, *arguments):
    """Its directory is made below `home`, so that a test sees whether it is gone."""
    for name in ("latchkey", "latchkey-examples"):
        assert (BINARY.parent / name).exists(), f"There is no {BINARY.parent / name}. Run: make debug"
    return subprocess.Popen(
        [sys.executable, "-B", DEMO, BINARY.parent, "--free-ports", *arguments],
        cwd=home,
        env=environment(home) | {"PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        stdout=(home / "output").open("wb"),
        stderr=subprocess.STDOUT,
    )


class KeptDemo:
    """Latchkey and the four APIs, with Ada's organization in them."""

    def __init__(self, home):
        self.home = home
        self._process = start_demo(home, "--keep")
        try:
            until(self._is_all_printed, "the demo to be ready", patience=120)
            self._read()
        except BaseException:
            self.end()
            raise
        self.http = Server.new_session()

    def _read(self):
        """Addresses, tokens, and the lines to play with: what the last step prints."""
        self.issuer = re.search(r"^ +Latchkey +(http\S+)", self._last_step, re.M)[1]
        self.urls = {
            name: re.search(rf"^ +{re.escape(title)} +(http\S+)", self._last_step, re.M)[1]
            for name, title in TITLES.items()
        }
        self.tokens = dict(re.findall(r"^ +([A-Z_]+)=([\w.-]+)$", self._last_step, re.M))
        self.lines = re.findall(r"^ +(curl .*)$", self._last_step, re.M)

    @property
    def output(self):
        return (self.home / "output").read_text(errors="replace")

    @property
    def _last_step(self):
        return self.output.partition("Both are running")[2]

    def _is_all_printed(self):
        assert self._process.poll() is None, f"the demo ended with {self._process.returncode}:\n{self.output}"
        return self._last_step.count("curl ") == len(TITLES)

    def host(self, name):
        """Scheme, host and port: what takes the place of the host in a document."""
        return re.match(r"http://[^/]+", self.urls[name])[0]

    def make_token(self, **terms):
        """An API token of Ada's organization. The step-up of the demo is five minutes old at most."""
        bearer = {"Authorization": f"Bearer {self.tokens['LOGIN']}"}
        order = {"label": "Test", "access": "full"} | terms
        answer = self.http.post(f"{self.issuer}/api/v1/tokens", json=order, headers=bearer, timeout=30)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def revoke_token(self, identifier):
        bearer = {"Authorization": f"Bearer {self.tokens['LOGIN']}"}
        answer = self.http.delete(f"{self.issuer}/api/v1/tokens/{identifier}", headers=bearer, timeout=30)
        assert answer.status_code == 204, answer.text

    def call(self, name, method, path, token, **options):
        headers = {"Authorization": f"Bearer {token}"} | options.pop("headers", {})
        return self.http.request(method, self.urls[name] + path, headers=headers, timeout=30, **options)

    def is_reachable(self, url):
        with contextlib.suppress(requests.ConnectionError):
            self.http.get(url, timeout=5)
            return True
        return False

    def end(self):
        """As Ctrl-C does; answers the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        return self._process.wait(timeout=60)


def left_in(home):
    """What lies in the directory that the demo made its own in."""
    return [name for name in os.listdir(home) if name != "output"]
