"""What docs/deploy and README.md install is what the binary loads."""

import re
import subprocess

import pytest
from harness.binary import BINARY, REPOSITORY

# Every Debian 12 has them: apt and dpkg need them too.
EVERYWHERE = {"libc6", "libgcc-s1", "libstdc++6", "zlib1g"}
# Part of the release binary, which is built with --static-swift-stdlib.
OF_SWIFT = re.compile(r"lib(swift|_?Foundation|dispatch|BlocksRuntime)")


def packages():
    dynamic = subprocess.run(["readelf", "--dynamic", BINARY], capture_output=True, text=True, check=True).stdout
    libraries = [name for name in re.findall(r"Shared library: \[(.+?)\]", dynamic) if not OF_SWIFT.match(name)]
    owners = [
        subprocess.run(["dpkg", "--search", f"*/{name}"], capture_output=True, text=True, check=True).stdout.split(":")[0]
        for name in libraries
    ]
    return set(owners) - EVERYWHERE


@pytest.mark.parametrize("path", ["docs/deploy/Containerfile", "docs/deploy/latchkey.service", "README.md"])
def test_every_library_that_is_loaded_is_installed(path):
    needed = packages()
    assert "libsqlite3-0" in needed and "libcurl4" in needed
    # Of the image, what it runs in; the stage before is not there any more.
    text = (REPOSITORY / path).read_text().split("FROM debian:")[-1]
    assert needed - set(re.findall(r"[a-z0-9.+-]+", text)) == set()
