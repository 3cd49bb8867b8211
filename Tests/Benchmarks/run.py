"""Measures the built server with wrk and prints a table, with a bare Hummingbird route of the same run as yardstick.

Usage: run.py SERVER_BINARY BARE_ROUTE_BINARY [SECONDS]
wrk shares the cores with the server, so only figures of one run can be compared.
"""

import json, os, pathlib, re, signal, socket, subprocess, sys, tempfile, time, urllib.parse, urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that listens on a port of its own, in a directory of its own."""

    def __init__(self, arguments, port, directory, probe):
        self.base = f"http://127.0.0.1:{port}"
        started = time.monotonic()
        environment = os.environ | {"LATCHKEY_RATE_LIMITS": "off"}
        self.process = subprocess.Popen(arguments, cwd=directory, env=environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                urllib.request.urlopen(self.base + probe, timeout=1).read()
                break
            except OSError:
                if self.process.poll() is not None or time.monotonic() - started > 20:
                    sys.exit(f"{arguments[0]} did not start")
                time.sleep(0.002)
        self.cold_start = time.monotonic() - started

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_megabytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)

    def post(self, path, body):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        return json.load(urllib.request.urlopen(request, timeout=10))

    def get(self, path):
        return json.load(urllib.request.urlopen(self.base + path, timeout=10))


def log_in(server, address):
    server.post("/api/v1/auth/magic_link", {"email": address})
    for message in server.get("/dev/mailbox.json")["messages"]:
        if message["to"] == address:
            token = re.search(r"#token=(\S+)", message["text"]).group(1)
            return server.post("/api/v1/auth/magic_link/verify", {"token": token})
    sys.exit("no mail arrived")


def measure(server, path, seconds, connections, script="repeat.lua", **environment):
    """Requests a second, refused requests, p50 and p99 in ms, CPU µs of the server a request."""
    before = server.cpu_seconds()
    run = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(HERE / script), server.base + path],
        env=os.environ | environment, capture_output=True, text=True, check=True)
    rate, refused, median, worst = map(float, re.search(r"RESULT (.*)", run.stdout).group(1).split())
    cpu = (server.cpu_seconds() - before) / max(1, rate * seconds) * 1e6
    return rate, int(refused), median, worst, cpu


def main():
    server_binary, bare_binary = sys.argv[1:3]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    rows = []

    def note(name, connections, figures, yardstick=None):
        rate, refused, median, worst, cpu = figures
        share = f"{rate / yardstick:.2f}" if yardstick else ""
        row = f"| {name} | {connections} | {rate:,.0f} | {share} | {median:.2f} | {worst:.2f} | {cpu:.0f} | {refused} |"
        rows.append(row)
        print(row, flush=True)

    print("| what | connections | requests/s | of the bare route | p50 ms | p99 ms | server CPU µs | refused |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        bare = Server([bare_binary, str(port)], port, directory, "/")
        figures = measure(bare, "/", seconds, 64)
        yardstick = figures[0]
        note("bare Hummingbird route", 64, figures)
        bare.stop()

        port = free_port()
        server = Server([server_binary, "serve", "--dev", "--port", str(port)], port, directory, "/readyz")
        idle = server.resident_megabytes()
        logins = [log_in(server, f"person{number}@example.com") for number in range(80)]
        bearer = "Bearer " + logins[0]["access_token"]
        note("JWKS", 64, measure(server, "/.well-known/jwks.json", seconds, 64), yardstick)
        note("`/api/v1/auth/me`", 64, measure(server, "/api/v1/auth/me", seconds, 64, AUTH=bearer), yardstick)
        device = server.post("/api/v1/auth/device", {})
        note("pending device poll (answered 400)", 64, measure(
            server, "/api/v1/auth/token", seconds, 64, METHOD="POST", TYPE="application/json",
            BODY=json.dumps({"device_code": device["device_code"]})), yardstick)
        note("introspection of an access token", 64, measure(
            server, "/oauth/introspect", seconds, 64, METHOD="POST", TYPE="application/x-www-form-urlencoded",
            AUTH=bearer, BODY=urllib.parse.urlencode({"token": logins[0]["access_token"]})), yardstick)
        tokens = pathlib.Path(directory, "tokens.txt")
        for connections in (1, 8, 64):
            fresh = [log_in(server, f"rotation{connections}-{number}@example.com")["refresh_token"]
                     for number in range(connections + 12)]
            tokens.write_text("\n".join(fresh) + "\n")
            note("durable rotation", connections, measure(
                server, "/api/v1/auth/refresh", seconds, connections, "rotate.lua", TOKENS=str(tokens)), yardstick)
        loaded = server.resident_megabytes()
        cold = server.cold_start
        server.stop()
    print(f"\nCold start {cold * 1000:.0f} ms. Resident memory {idle:.0f} MB idle, {loaded:.0f} MB after the load.")


if __name__ == "__main__":
    main()
