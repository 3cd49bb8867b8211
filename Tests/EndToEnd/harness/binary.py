"""Where the binary under test is, and the surroundings in which it runs."""

import os
import pathlib

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("LATCHKEY_BINARY", REPOSITORY / ".build/debug/latchkey"))


def environment(home):
    """A bare environment: no setting of the machine reaches a test, and nothing is written outside `home`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TMPDIR": str(home),
        # No proxy of the machine stands between the parts of a test.
        "no_proxy": "localhost,127.0.0.1",
    }
