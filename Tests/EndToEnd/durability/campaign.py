"""Many kills of one server."""

import pathlib
import shutil
import tempfile
import time
import traceback

from durability.world import World


def campaign(name, kills, seed, seconds=float("inf")):
    """Kills one server so often, or for so long. Answers the figures, and what has failed."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"latchkey-durability-{name}-"))
    world = World(directory, name, seed)
    failure = None
    try:
        world.open()
        deadline = time.monotonic() + seconds
        while world.killed < kills and time.monotonic() < deadline:
            world.kill_once()
            if world.killed % 50 < 1:
                print(f"{name}: {world.killed} kills", flush=True)
        world.close()
    except Exception:
        failure = f"{name}, after {world.killed} kills of --seed {seed}; its files are in {directory}\n"
        failure += traceback.format_exc()
        world.abandon()
    else:
        shutil.rmtree(directory)
    return {"counts": world.figures, "failure": failure}
