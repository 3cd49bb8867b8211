"""`latchkey serve` as a process of its own, with `--dev` unless it is given settings."""

import pathlib
import re
import signal
import socket
import subprocess

import requests

from harness.binary import BINARY, environment
from harness.deadline import until


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server in a directory of its own. It can be stopped or killed, and started again in the same place."""

    def __init__(self, directory, *flags, settings=None):
        self.directory = directory
        self.flags = flags if settings is not None else ("--dev", *flags)
        self.settings = {f"LATCHKEY_{name.upper()}": str(value) for name, value in (settings or {}).items()}
        # A command that starts the process, and then is it.
        self.wrapper = []
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.http = self.new_session()
        self._log = directory / "server.log"
        self._process = None
        # Whether nobody has asked for its end yet: then it must still be there when the test is over.
        self._is_wanted = False

    @property
    def log(self):
        """All that it has printed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def clear_log(self):
        """Forgets what it has printed."""
        if self._log.exists():
            self._log.write_bytes(b"")

    @property
    def pid(self):
        return self._process.pid

    @property
    def is_running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def resident_megabytes(self):
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def launch(self):
        """Starts the process and does not wait."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.wrapper, BINARY, "serve", "--port", str(self.port), *self.flags],
                cwd=self.directory,
                env=environment(self.directory) | self.settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._is_wanted = True
        return self

    def start(self):
        """Starts the process and waits until it is ready."""
        self.launch()
        until(self._is_ready, "the server to be ready")
        return self

    def _is_ready(self):
        assert self.is_running, f"the server ended with {self._process.returncode}:\n{self.log}"
        try:
            return self.get("/readyz", timeout=1).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def wait(self):
        """Waits for the process to end; answers its exit code."""
        exit_code = self._process.wait(timeout=30)
        self._is_wanted = False
        return exit_code

    def terminate(self):
        """Asks the process to end, as a service manager does."""
        self._process.send_signal(signal.SIGTERM)

    def stop(self):
        """Asks the process to end and waits; answers its exit code."""
        self.terminate()
        return self.wait()

    def kill(self):
        """Takes the process away without warning, as a power failure does."""
        self._process.kill()
        self.wait()

    def end(self):
        """At the end of a test: whatever a test has left running is stopped, and must end well."""
        if not self._is_wanted:
            return
        assert self.is_running, f"the server ended by itself with {self._process.returncode}:\n{self.log}"
        try:
            assert self.stop() == 0, self.log
        finally:
            self._process.kill()

    # HTTP

    @staticmethod
    def new_session():
        session = requests.Session()
        session.trust_env = False  # no proxy of the machine
        return session

    def get(self, path, **options):
        return self.http.get(self.url + path, **{"timeout": 30, **options})

    def post(self, path, **options):
        return self.http.post(self.url + path, **{"timeout": 30, **options})

    # Mail

    def mail(self, recipient):
        """The newest mail to a recipient, once it is there."""

        def newest():
            messages = self.get("/dev/mailbox.json").json()["messages"]
            return next((message for message in messages if message["to"] == recipient), None)

        return until(newest, f"a mail to {recipient}")

    def code(self, recipient):
        """The six digits in the newest mail."""
        return re.search(r"^\s*(\d{3} ?\d{3})\s*$", self.mail(recipient)["text"], re.M)[1].replace(" ", "")

    def link(self, recipient):
        """The link in the newest mail."""
        return re.search(r"http\S+#token=\S+", self.mail(recipient)["text"])[0]
