"""The programs of docs/verify-from, taken out of their pages and run as the pages say."""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import pytest
import requests

from harness.binary import REPOSITORY, environment
from harness.deadline import until
from harness.server import free_port

PAGES = REPOSITORY / "docs/verify-from"

# What has to be installed to run the page of a language.
RUNTIMES = {
    "python": [],
    "node": ["node"],
    "java": ["java"],
    "shell": ["openssl", "jq", "curl", "socat"],
}


class DocumentedProgram:
    """The API of one page."""

    def __init__(self, language, directory):
        missing = [program for program in RUNTIMES[language] if shutil.which(program) is None]
        if missing and os.environ.get("END_TO_END") != "always":
            pytest.skip(f"{', '.join(missing)} not installed: .ci/needs languages")
        assert not missing, f"not installed: {missing}"
        directory.mkdir()
        self.directory = directory
        text = (PAGES / f"{language}.md").read_text()
        for name, code in re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```', text, re.M | re.S):
            (directory / name).write_text(code)
        # The last commands of a page are those that run it.
        self._commands = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)[-1]
        self._session = requests.Session()
        self._session.trust_env = False
        self._process = None

    @property
    def log(self):
        return (self.directory / "log").read_text(errors="replace")

    def start(self, issuer, audience, credentials=None):
        """Runs the commands as they stand there, but for the two addresses, and waits until something answers."""
        assert "http://localhost:8080" in self._commands and "https://api.crewkeel.example" in self._commands
        commands = self._commands.replace("http://localhost:8080", issuer)
        commands = commands.replace("https://api.crewkeel.example", audience)
        port = free_port()
        self._url = f"http://127.0.0.1:{port}"
        # The Python of these tests is the one that has what the page installs.
        path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        settings = {"PORT": str(port), "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        if credentials:
            settings |= {"CLIENT_ID": credentials["client_id"], "CLIENT_SECRET": credentials["client_secret"]}
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", "-euc", commands],
                cwd=self.directory,
                env=environment(self.directory) | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self._answers, "the program to answer")
        return self

    def _answers(self):
        assert self._process.poll() is None, f"it ended with {self._process.returncode}:\n{self.log}"
        with contextlib.suppress(requests.ConnectionError):
            return self.get("/jobs").status_code == 401
        return False

    def get(self, path, **headers):
        return self._session.get(self._url + path, headers=headers, timeout=30)

    def call(self, token):
        return self.get("/jobs", Authorization=f"Bearer {token}")

    @property
    def address(self):
        """Host and port, for requests that no library makes."""
        return self._url.removeprefix("http://")

    def stop(self):
        """Ends everything that the commands have started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=10)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process = None
