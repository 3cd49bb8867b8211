"""A PostgreSQL cluster of a test's own, which can be stopped, killed, frozen and brought back."""

import contextlib
import os
import pathlib
import signal
import subprocess

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "Support" / "postgresql"
PROGRAMS = next(iter(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


class Cluster:
    def __init__(self, directory):
        self._directory = directory
        self.url = self._run("start")

    def _run(self, command, *arguments):
        done = subprocess.run(
            [SCRIPT, command, self._directory, *arguments], capture_output=True, text=True, timeout=90, check=True
        )
        return done.stdout.strip()

    def halt(self, mode="immediate"):
        self._run("halt", mode)

    def resume(self):
        self._run("resume")

    def stop(self):
        self.thaw()
        self._run("stop")

    def kill(self):
        """Takes it away without warning."""
        self._signal(signal.SIGKILL)

    def freeze(self):
        """It answers nothing from now on, and closes nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def number(self, sql):
        """The one number that a query answers."""
        done = subprocess.run(
            [PROGRAMS / "psql", self.url, "-qAtc", sql], capture_output=True, text=True, timeout=30, check=True
        )
        return int(done.stdout)

    def _signal(self, number):
        """To the server and all processes that it has made."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            parent = int((self._directory / "data" / "postmaster.pid").read_text().split()[0])
            children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            for process in [parent, *map(int, children)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)
