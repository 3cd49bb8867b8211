"""The commands of `latchkey`, as a person on some machine types them."""

import json
import pathlib
import re
import subprocess

from harness.binary import BINARY, environment
from harness.deadline import until


class CommandLine:
    """One person's machine: a home directory, and the server it talks to."""

    def __init__(self, home, issuer):
        self.home = home
        self.issuer = issuer
        # Variables of this machine besides.
        self.variables = {}
        home.mkdir(parents=True, exist_ok=True)

    @property
    def environment(self):
        return {**environment(self.home), "LATCHKEY_ISSUER": self.issuer, **self.variables}

    @property
    def credentials(self):
        return pathlib.Path(self.home) / ".config/latchkey/credentials.json"

    def run(self, *arguments, stdin=subprocess.DEVNULL):
        """Runs a command to its end."""
        return subprocess.run(
            [BINARY, *arguments],
            env=self.environment,
            cwd=self.home,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def succeed(self, *arguments):
        """What a command prints that must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"latchkey {arguments[0]} exited with {done.returncode}: {done.stderr}"
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.succeed(*arguments, "--json"))

    def start(self, *arguments):
        """Starts a command and does not wait for its end."""
        return subprocess.Popen(
            [BINARY, *arguments],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def login(self, *arguments):
        return Login(self, *arguments)


class Login:
    """`latchkey login --no-browser`, waiting for somebody's approval."""

    def __init__(self, command_line, *arguments):
        self._output = command_line.home / "login.txt"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [BINARY, "login", "--no-browser", *arguments],
                env=command_line.environment,
                cwd=command_line.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self.link = self._printed(r"Open\s+(http\S+)")
        self.code = self._printed(r"Code\s+([A-Z]{4}-[A-Z]{4})")

    @property
    def output(self):
        return self._output.read_text()

    def _printed(self, pattern):
        return until(lambda: re.search(pattern, self.output), f"{pattern} to be printed")[1]

    def finish(self):
        """Waits for its end; answers the exit code and all that it printed."""
        return self._process.wait(timeout=60), self.output

    def abandon(self):
        self._process.kill()
        self._process.wait(timeout=30)
