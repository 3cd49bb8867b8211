"""What may befall the storage of a running server, and its end."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess


class BlockedWriter:
    """Another process holds the database."""

    name = "writer blocked"

    @staticmethod
    def prepare(server):
        pass

    def begin(self, server):
        self._database = sqlite3.connect(server.directory / "data/latchkey.db", isolation_level=None)
        self._database.execute("BEGIN IMMEDIATE")

    def end(self):
        self._database.execute("ROLLBACK")
        self._database.close()


class RefusedWrites:
    """No file of the server may be written any more, as on a disk that has become read-only.

    By the limit on the size of files: a mounted file system cannot be made read-only while a file on it is open for
    writing, and the mode of a file does not stop who has it open.
    """

    name = "writes refused"

    @staticmethod
    def prepare(server):
        pass

    def begin(self, server):
        self._pid = server.pid
        self._former = resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def end(self):
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, self._former)


class FullDisk:
    """The file system of the database has no room. It is a small one, which only the server sees."""

    name = "disk full"

    @staticmethod
    def prepare(server):
        (server.directory / "data").mkdir()
        server.wrapper = [
            "unshare", "--mount", "sh", "-c",
            'mount -t tmpfs -o size=16m,mode=700 latchkey data && exec "$@"', "sh",
        ]  # fmt: skip

    def begin(self, server):
        self._filler = f"/proc/{server.pid}/root{server.directory}/data/filler"
        with contextlib.suppress(OSError), open(self._filler, "wb", buffering=0) as filler:
            for size in (65_536, 4_096, 1):
                with contextlib.suppress(OSError):
                    while filler.write(bytes(size)):
                        pass
        assert os.path.getsize(self._filler) > 0

    def end(self):
        os.unlink(self._filler)


def may_mount():
    """Whether this process may mount a file system of its own: root may, and in some containers it may not either."""
    if not shutil.which("unshare"):
        return False
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True).returncode == 0
