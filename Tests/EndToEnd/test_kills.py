"""The short form of `make durability`: a server is killed up to twenty times, and nothing it acknowledged is lost."""

import os
import secrets

from durability.campaign import campaign


def test_nothing_acknowledged_is_lost_and_no_token_is_accepted_twice():
    seed = os.environ.get("DURABILITY_SEED", secrets.token_hex(4))
    report = campaign("short", kills=20, seed=seed, seconds=30)
    assert report["failure"] is None, report["failure"]
    assert report["counts"]["rotations acknowledged"] > 0
    assert report["counts"]["kills under load"] > 0
