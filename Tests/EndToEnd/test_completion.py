"""Completion scripts, as the help promises them."""

import shutil
import subprocess

import pytest

from harness.command_line import CommandLine


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_generated(shell, tmp_path):
    machine = CommandLine(tmp_path, "http://localhost:1")
    script = machine.succeed("--generate-completion-script", shell)
    for command in ["serve", "login", "token", "whoami", "logout", "verify"]:
        assert command in script
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, timeout=60)
        assert checked.returncode == 0, checked.stderr
