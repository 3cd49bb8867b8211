"""Rotations a second through the server on PostgreSQL, beside pgbench running the same UPDATE with as many clients.

Usage: postgresql.py SERVER_BINARY [SECONDS]
Everything shares the cores of one machine, so only figures of one run can be compared.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

from run import HERE, Server, free_port, log_in, measure

CLUSTER = HERE.parent / "Support" / "postgresql"
PGBENCH = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
UPDATE = (
    "\\set row random(1, :rows)\n"
    "UPDATE grants SET generation = generation + 1, last_used_at = last_used_at + 1\n"
    "WHERE id = (SELECT id FROM bench_ids WHERE row = :row);\n"
)


def prepare(url):
    """Numbers the grants, so that pgbench can draw one by its primary key."""
    psql = PGBENCH.with_name("psql")
    sql = "CREATE TABLE bench_ids AS SELECT row_number() OVER () AS row, id FROM grants; " \
          "CREATE UNIQUE INDEX ON bench_ids (row); ANALYZE bench_ids; SELECT count(*) FROM bench_ids;"
    counted = subprocess.run([psql, url, "-qAtc", sql], capture_output=True, text=True, check=True)
    return int(counted.stdout.split()[-1])


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
            tokens = [log_in(server, f"person{number}@example.com")["refresh_token"] for number in range(76)]
            file = pathlib.Path(directory, "tokens.txt")
            file.write_text("\n".join(tokens) + "\n")
            print("| what | clients | a second | p50 ms | p99 ms |\n|---|---|---|---|---|")
            rate, refused, median, worst, cpu = measure(
                server, "/api/v1/auth/refresh", seconds, 64, "rotate.lua", TOKENS=str(file))
            print(f"| durable rotation through the server | 64 | {rate:,.0f} | {median:.2f} | {worst:.2f} |")
            server.stop()
            rows = prepare(url)
            script = pathlib.Path(directory, "update.sql")
            script.write_text(UPDATE)
            run = subprocess.run(
                [PGBENCH, "-n", "-M", "prepared", "-c", "64", "-j", "1", "-T", str(seconds), "-D", f"rows={rows}",
                 "-f", script, url], capture_output=True, text=True, check=True)
            yardstick = float(re.search(r"tps = ([\d.]+)", run.stdout).group(1))
            latency = float(re.search(r"latency average = ([\d.]+)", run.stdout).group(1))
            print(f"| pgbench, UPDATE by primary key | 64 | {yardstick:,.0f} | {latency:.2f} (mean) | |")
            print(f"\n{rate / yardstick:.2f} of pgbench; {cpu:.0f} µs of processor time of the server a rotation; "
                  f"{refused} refused.")
        finally:
            subprocess.run([CLUSTER, "stop", cluster], check=True)


if __name__ == "__main__":
    main()
