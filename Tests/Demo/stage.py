"""The two servers, on their ports, with their data in a directory that goes with them."""

import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import tempfile

from apis import APIS
from terminal import OPENER, Failure

PORTS = range(8080, 8085)


class Stage:
    def __init__(self, binaries, terminal, has_free_ports):
        self._binaries = binaries.resolve()
        self._terminal = terminal
        self._programs = {}
        self._urls = {}
        for name in ("latchkey", "latchkey-examples"):
            if not (self._binaries / name).exists():
                raise Failure(f"There is no {self._binaries / name}. Run: make demo")
        self._ports = self._free_ports() if has_free_ports or not all(map(is_free, PORTS)) else list(PORTS)
        self.issuer = f"http://localhost:{self._ports[0]}"

    def __enter__(self):
        self._directory = pathlib.Path(tempfile.mkdtemp(prefix="latchkey-demo-"))
        return self

    def __exit__(self, *_):
        for program in reversed(self._programs.values()):
            program.terminate()
        for program in reversed(self._programs.values()):
            try:
                program.wait(timeout=15)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def url(self, api):
        return self._urls[api.name]

    def start_latchkey(self):
        self._start("latchkey", "serve", "--dev", "--port", str(self._ports[0]))
        self._terminal.until(self._is_ready, 30, "Latchkey to be ready")

    def start_apis(self):
        """Each has a secret of its own, to ask about API tokens with."""
        secrets = {
            api.name: json.loads(self._run("latchkey", "resource-servers", "rotate-secret", api.audience, "--json"))
            for api in APIS
        }
        credentials = self._directory / "examples.json"
        credentials.touch(mode=0o600)
        credentials.write_text(json.dumps(secrets))
        port = [] if self._ports[1] == PORTS[1] else ["--port", str(self._ports[1])]
        self._start("latchkey-examples", "serve", "--issuer", self.issuer, "--credentials", "examples.json", *port)
        self._terminal.until(self._all_listen, 30, "the APIs to listen")
        for url in self._urls.values():
            self._terminal.say(url)

    def seed(self, organization):
        self._run("latchkey-examples", "seed", "--organization", organization)

    def must_run(self):
        for name, program in self._programs.items():
            if program.poll() is not None:
                raise Failure(f"{name} ended by itself with {program.returncode}:\n{self._log(name)}")

    def _start(self, name, *arguments):
        self._terminal.command(f"{shlex.join([name, *arguments])} &")
        with (self._directory / f"{name}.log").open("wb") as log:
            self._programs[name] = subprocess.Popen(
                [self._binaries / name, *arguments],
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the demo, which ends them in their order.
                start_new_session=True,
            )

    def _run(self, name, *arguments):
        """A command to its end; answers what it prints."""
        self._terminal.command(shlex.join([name, *arguments]))
        try:
            done = subprocess.run(
                [self._binaries / name, *arguments],
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
            )
        except subprocess.TimeoutExpired:
            raise Failure(f"{name} {arguments[0]} did not end within a minute.") from None
        if done.returncode != 0:
            raise Failure(f"{name} {arguments[0]} ended with {done.returncode}:\n{done.stderr}")
        return done.stdout

    @property
    def _environment(self):
        """No setting of the person who runs this reaches the demo."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LATCHKEY_")}
        return kept | {"HOME": str(self._directory), "XDG_CONFIG_HOME": str(self._directory)}

    def _log(self, name):
        return (self._directory / f"{name}.log").read_text(errors="replace")

    def _is_ready(self):
        self.must_run()
        try:
            with OPENER.open(self.issuer + "/readyz", timeout=5):
                return True
        except OSError:
            return False

    def _all_listen(self):
        self.must_run()
        self._urls = dict(re.findall(r"^(\w+) listens on (\S+)$", self._log("latchkey-examples"), re.M))
        return set(self._urls) == {api.name for api in APIS}

    @staticmethod
    def _free_ports():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            # The APIs find their own.
            return [probe.getsockname()[1], 0]


def is_free(port):
    """Whether nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
