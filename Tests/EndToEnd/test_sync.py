"""kill -9 leaves the page cache alone, so it says nothing of a power failure. What does is asked of the kernel here."""

import re
import shutil
import subprocess

import pytest

from harness.accounts import refresh, tokens_of


def may_trace():
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not may_trace(), reason="strace is not installed, or may not trace here")
def test_the_log_is_on_the_disk_before_a_rotation_is_answered(new_server):
    server = new_server()
    trace = server.directory / "trace"
    calls = "fdatasync,fsync,write,writev,sendto,sendmsg"
    server.wrapper = ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "32", "-e", f"trace={calls}", "-o", str(trace)]
    server.start()
    tokens = tokens_of(server, "ada@example.com")
    begin = trace.stat().st_size
    for _ in range(20):
        tokens = refresh(server, tokens["refresh_token"]).json()
    assert server.stop() == 0

    synced = answered = 0
    waiting = set()
    for line in trace.read_bytes()[begin:].decode(errors="replace").splitlines():
        thread = line.split()[0]
        # A call that another thread's line interrupts is told in two: it is over with the second.
        if re.search(r"\bf(data)?sync\(\d+<[^>]*latchkey\.db-wal>", line):
            waiting.add(thread)
        if thread in waiting and line.rstrip().endswith("= 0"):
            waiting.remove(thread)
            synced += 1
        if "HTTP/1.1 200 OK" in line and answered < 20:
            answered += 1
            assert synced >= answered, f"answer {answered} after {synced} syncs: {line}"
    assert answered == 20
