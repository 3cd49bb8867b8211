"""`latchkey-examples` as a process of its own, against a server."""

import json
import re
import subprocess

import requests

from harness.binary import BINARY, environment
from harness.deadline import until

EXAMPLES = BINARY.parent / "latchkey-examples"


def credentials_of(server, *names):
    """What each API introspects with, as `resource-servers rotate-secret --json` prints it."""
    return {name: json.loads(_rotate(server, f"https://api.{name}.example")) for name in names}


def _rotate(server, identifier):
    done = subprocess.run(
        [BINARY, "resource-servers", "rotate-secret", identifier, "--json"],
        cwd=server.directory,
        env=environment(server.directory),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Examples:
    """The example APIs, each on a free port."""

    def __init__(self, server, directory, credentials=None, options=()):
        assert EXAMPLES.exists(), f"There is no {EXAMPLES}. Run: make debug"
        self.directory = directory
        self._log = directory / "examples.log"
        flags = ["--issuer", server.url, "--port", "0", "--data", str(directory / "examples"), *options]
        if credentials is not None:
            (directory / "examples.json").write_text(json.dumps(credentials))
            flags += ["--credentials", str(directory / "examples.json")]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [EXAMPLES, "serve", *flags],
                env=environment(directory),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._http = requests.Session()
        self._http.trust_env = False

    @property
    def log(self):
        return self._log.read_text()

    def url(self, name):
        """Where an API listens, once it says so."""

        def said():
            assert self._process.poll() is None, self.log
            return re.search(rf"^{name} listens on (http\S+)$", self.log, re.M)

        return until(said, f"{name} to listen")[1]

    def call(self, name, method, path, token=None, **options):
        headers = ({"Authorization": f"Bearer {token}"} if token else {}) | options.pop("headers", {})
        return self._http.request(method, self.url(name) + path, headers=headers, timeout=30, **options)

    def seed(self, organization):
        done = subprocess.run(
            [EXAMPLES, "seed", "--organization", organization, "--data", self.directory / "examples"],
            env=environment(self.directory),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr

    def stop(self):
        self._process.terminate()
        return self._process.wait(timeout=30)

    def end(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
