"""Rotations a second through the server on PostgreSQL, beside pgbench changing rows of the same table by primary key.

Usage: postgresql.py SERVER_BINARY [SECONDS]
Everything shares the cores of one machine, so only figures of one run can be compared. Server and pgbench take turns,
three times, with as many clients; the turn whose ratio is in the middle is told.

The yardstick is a bare `UPDATE … WHERE id = :id` of two columns that no index holds, prepared, over 10,000 copies of real
grants, so that its clients seldom wait for each other's rows. It goes over TCP to the same server, whose fsync is on.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from run import HERE, Server, free_port, log_in, measure

CLIENTS = 64
TURNS = 3
ROWS = 10_000
CLUSTER = HERE.parent / "Support" / "postgresql"
PGBENCH = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
UPDATE = (
    f"\\set id random(1, {ROWS})\n"
    "UPDATE grants SET generation = generation + 1, last_used_at = last_used_at + 1 WHERE id = :id;\n"
)
COPIED = (
    "user_id, client_id, organization_id, scopes, audience, secret, generation, auth_time, amr, device, created_at, "
    "created_address, last_used_at, last_used_address, expires_at"
)
# Real identifiers are milliseconds since 1970, shifted: none is as small as these.
SEED = (
    f"INSERT INTO grants (id, {COPIED}) SELECT number, {COPIED} FROM generate_series(1, {ROWS}) number "
    "JOIN (SELECT *, row_number() OVER () AS place, count(*) OVER () AS places FROM grants) AS real "
    "ON real.place = 1 + number % real.places"
)


def psql(url, *commands):
    arguments = [argument for command in commands for argument in ("-c", command)]
    done = subprocess.run(
        [PGBENCH.with_name("psql"), url, "-qAt", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commits(url):
    """How many transactions the server has committed; it counts them with a delay of up to a second."""
    return int(psql(url, "SELECT pg_sleep(1.1)", "SELECT sum(xact_commit) FROM pg_stat_database").split()[-1])


def rotations(server, url, seconds, tokens):
    """Figures of `measure`, and how many rotations went into one transaction."""
    fresh = [log_in(server, f"person{tokens.stat().st_size}-{number}@example.com") for number in range(CLIENTS + 12)]
    tokens.write_text("\n".join(login["refresh_token"] for login in fresh) + "\n")
    before = commits(url)
    figures = measure(server, "/api/v1/auth/refresh", seconds, CLIENTS, "rotate.lua", TOKENS=str(tokens))
    return *figures, figures[0] * seconds / max(1, commits(url) - before)


def yardstick(url, seconds, script):
    """Transactions a second and mean latency in ms."""
    run = subprocess.run(
        [PGBENCH, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(seconds), "-f", script, url],
        capture_output=True, text=True, check=True)
    return [float(re.search(pattern, run.stdout).group(1)) for pattern in (r"tps = ([\d.]+)", r"average = ([\d.]+)")]


def main():
    binary = sys.argv[1]
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory).chmod(0o755)
        cluster = pathlib.Path(directory, "cluster")
        url = subprocess.run([CLUSTER, "start", cluster], capture_output=True, text=True, check=True).stdout.strip()
        try:
            port = free_port()
            server = Server([binary, "serve", "--dev", "--port", str(port), "--database", url], port, directory,
                            "/readyz")
            tokens, script = pathlib.Path(directory, "tokens.txt"), pathlib.Path(directory, "update.sql")
            tokens.touch()
            script.write_text(UPDATE)
            log_in(server, "seed@example.com")
            psql(url, SEED, "VACUUM ANALYZE")
            turns = [(rotations(server, url, seconds, tokens), yardstick(url, seconds, script)) for _ in range(TURNS)]
            server.stop()
        finally:
            subprocess.run([CLUSTER, "stop", cluster], check=True)
    turns.sort(key=lambda turn: turn[0][0] / turn[1][0])
    (rate, refused, median, worst, cpu, together), (bare, latency) = turns[TURNS // 2]
    print("| what | clients | a second | p50 ms | p99 ms |\n|---|---|---|---|---|")
    print(f"| durable rotation through the server | {CLIENTS} | {rate:,.0f} | {median:.2f} | {worst:.2f} |")
    print(f"| pgbench, UPDATE by primary key | {CLIENTS} | {bare:,.0f} | {latency:.2f} (mean) | |")
    print(f"\n{rate / bare:.2f} of pgbench; all turns: "
          + ", ".join(f"{server[0] / pgbench[0]:.2f}" for server, pgbench in turns)
          + f". {together:.1f} rotations a transaction; {cpu:.0f} µs of processor time of the server a rotation; "
          f"{refused} refused.")


if __name__ == "__main__":
    main()
