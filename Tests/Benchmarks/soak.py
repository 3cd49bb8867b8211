"""Rotates refresh tokens for a long time at 64 connections, and tells how long commits took.

Usage: soak.py SERVER_BINARY [SECONDS]
"""

import pathlib
import re
import sys
import tempfile
import urllib.request

from run import Server, free_port, log_in, measure

CONNECTIONS = 64


def commit_times(server):
    """Pairs of a time in seconds and how many commits took no longer, from the server's own histogram."""
    metrics = urllib.request.urlopen(server.base + "/metrics", timeout=10).read().decode()
    found = re.findall(r'latchkey_database_commit_seconds_bucket\{le="([^"]+)"\} (\d+)', metrics)
    return [(float(bound), int(count)) for bound, count in found]


def main():
    binary = sys.argv[1]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        server = Server([binary, "serve", "--dev", "--port", str(port)], port, directory, "/readyz")
        tokens = pathlib.Path(directory, "tokens.txt")
        logins = [log_in(server, f"person{number}@example.com") for number in range(CONNECTIONS + 12)]
        tokens.write_text("\n".join(login["refresh_token"] for login in logins) + "\n")
        rate, refused, median, worst, _ = measure(
            server, "/api/v1/auth/refresh", seconds, CONNECTIONS, "rotate.lua", TOKENS=str(tokens))
        times, before = commit_times(server), 0
        print(f"{rate:,.0f} rotations/s for {seconds} s, p50 {median:.2f} ms, p99 {worst:.2f} ms, {refused} refused; "
              f"{server.resident_megabytes():.0f} MB afterwards.\n\n| commits that took at most | |\n|---|---|")
        for bound, count in times:
            if count > before:
                print(f"| {'longer' if bound == float('inf') else f'{bound * 1000:g} ms'} | {count - before:,} |")
            before = count
        server.stop()


if __name__ == "__main__":
    main()
