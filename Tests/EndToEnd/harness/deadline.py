"""Waiting for something to become true, and saying what did not when it does not."""

import time

PATIENCE = 30.0


def until(condition, what, patience=PATIENCE):
    """The first true answer of `condition`, asked again and again."""
    deadline = time.monotonic() + patience
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {patience:.0f} s in vain for {what}"
        time.sleep(0.02)
