"""`make demo` shows what it says, leaves nothing behind, and says what is wrong when something is."""

import re
import signal
import subprocess
import sys
import time

from harness.binary import BINARY, environment
from harness.deadline import until
from harness.kept_demo import DEMO, KeptDemo, left_in, start_demo


def test_the_demo_shows_every_step_and_leaves_nothing(tmp_path):
    demo = start_demo(tmp_path)
    code = demo.wait(timeout=180)
    output = (tmp_path / "output").read_text()
    assert code == 0, output
    steps = [int(number) for number in re.findall(r"^(\d+)\. ", output, re.M)]
    assert steps == list(range(1, len(steps) + 1)) and len(steps) == 13, output
    # Each API: with a JWT, with an API token, with one that may only read, and after the revocation.
    for title in ("CREWKEEL", "CALKEEP", "AUTOCHAT", "CRAFTDESK"):
        assert f'Bearer ${title}_JWT"' in output
    assert len(re.findall(r"^     403 .*missing the required scope", output, re.M | re.I)) == 4
    assert output.count("     429 ") == output.count("     500 ") == 0
    # No token stands there whole.
    assert not re.search(r"lk_live_\w{30}|eyJ[\w-]{30}", output)
    assert left_in(tmp_path) == []


def test_kept_it_runs_until_ctrl_c_and_its_lines_work(tmp_path):
    demo = KeptDemo(tmp_path)
    try:
        for line in demo.lines:
            done = subprocess.run(
                ["bash", "-euc", line],
                env=environment(tmp_path) | demo.tokens,
                capture_output=True,
                text=True,
                timeout=30,
            )
            assert done.returncode == 0 and '"error"' not in done.stdout and "_at" in done.stdout.replace("At", "_at")
    finally:
        assert demo.end() == 130, demo.output
    assert "Nothing is left behind" in demo.output
    assert not any(demo.is_reachable(url) for url in [demo.issuer, *demo.urls.values()])
    assert left_in(tmp_path) == []


def test_it_ends_when_it_is_terminated(tmp_path):
    demo = start_demo(tmp_path)
    until(lambda: left_in(tmp_path), "the demo to begin")
    time.sleep(0.5)
    demo.send_signal(signal.SIGTERM)
    assert demo.wait(timeout=60) == 143, (tmp_path / "output").read_text()
    assert left_in(tmp_path) == []


def run(tmp_path, directory):
    return subprocess.run(
        [sys.executable, "-B", DEMO, directory, "--free-ports"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_says_what_is_not_built(tmp_path):
    done = run(tmp_path, tmp_path)
    assert done.returncode == 1 and "make demo" in done.stderr and "Traceback" not in done.stderr


def test_it_says_what_a_server_said_that_does_not_start(tmp_path):
    (tmp_path / "latchkey").symlink_to(BINARY)
    broken = tmp_path / "latchkey-examples"
    broken.write_text("#!/bin/sh\necho 'There is no database here.' >&2\nexit 2\n")
    broken.chmod(0o755)
    done = run(tmp_path, tmp_path)
    assert done.returncode == 1 and "There is no database here." in done.stderr and "Traceback" not in done.stderr
    assert sorted(left_in(tmp_path)) == ["latchkey", "latchkey-examples"]
