"""The long form: `python -m durability --kills 1000`, in the directory above this one."""

import argparse
import collections
import concurrent.futures
import multiprocessing
import secrets
import time

from durability.campaign import campaign


def main():
    parser = argparse.ArgumentParser(prog="durability", description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--servers", type=int, default=3, help="how many at once, each killed for itself")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="repeats the moments of a former run")
    arguments = parser.parse_args()
    print(f"{arguments.kills} kills of {arguments.servers} servers, --seed {arguments.seed}", flush=True)
    began = time.monotonic()
    shares = [len(range(n, arguments.kills, arguments.servers)) for n in range(arguments.servers)]
    with concurrent.futures.ProcessPoolExecutor(arguments.servers, multiprocessing.get_context("spawn")) as pool:
        worlds = [pool.submit(campaign, f"w{n}", share, arguments.seed) for n, share in enumerate(shares)]
        reports = [world.result() for world in worlds]
    total = sum((collections.Counter(report["counts"]) for report in reports), collections.Counter())
    for what, count in total.items():
        print(f"{count:8,} {what}")
    print(f"in {time.monotonic() - began:.0f} s")
    failures = [report["failure"] for report in reports if report["failure"]]
    for failure in failures:
        print(failure)
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()
