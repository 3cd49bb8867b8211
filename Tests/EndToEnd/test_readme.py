"""The commands of README.md do what it says, as they stand there."""

import pathlib
import re
import subprocess

import pytest

from harness.binary import BINARY

ROOT = pathlib.Path(__file__).resolve().parents[2]


def commands():
    """Every line of the shell blocks, without its comment."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    lines = [re.sub(r"\s+#.*", "", line).strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def test_every_make_target_of_the_readme_is_there():
    makefile = (ROOT / "Makefile").read_text()
    targets = [line.split()[1] for line in commands() if line.startswith("make ")]
    assert {"run", "test"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_other_command_of_the_readme_runs_as_written(server, logged_in):
    # Typed above, or tested by themselves.
    kinds = ("make ", "export PATH", "latchkey login", "latchkey serve", "latchkey doctor")
    typed = [line for line in commands() if not line.startswith(kinds)]
    assert len(typed) >= 6
    # Logging out ends what the others need.
    typed.sort(key=lambda line: line.startswith("latchkey logout"))
    for line in typed:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line.replace("http://localhost:8080", server.url)],
            env={**logged_in.environment, "PATH": f"{BINARY.parent}:/usr/bin:/bin"},
            cwd=logged_in.home,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert '"error"' not in done.stdout, f"{line}\n{done.stdout}"


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_every_flag_of_serve_and_doctor_in_the_readme_is_known(command):
    text = subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, check=True).stdout
    flags = re.findall(r"(--[a-z-]+)", " ".join(line for line in commands() if line.startswith(f"latchkey {command}")))
    assert {"--issuer", "--data", "--keys"} <= set(flags)
    for flag in flags:
        assert flag in text
