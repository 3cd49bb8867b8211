"""Measures the built server with wrk and prints a table, with a bare Hummingbird route in turns with each as yardstick.

Usage: run.py SERVER_BINARY BARE_ROUTE_BINARY SCOPED_ROUTE_BINARY [SECONDS [GRANTS]]
wrk shares the cores with the server, so only figures of one run can be compared.
"""

import base64, json, os, pathlib, re, signal, socket, statistics, subprocess, sys, tempfile, time
import urllib.parse, urllib.request

from seed import seed

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "EndToEnd"))
from harness.authenticator import Authenticator
# So many grants of the large database have tokens, and are rotated in turn.
SPREAD = 2_000
# Of the right form, and of no issuer.
API_TOKEN = "lk_live_0000000000100000000000000000000000000000000000000000002mv4Qi"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that listens on a port of its own, in a directory of its own."""

    def __init__(self, arguments, port, directory, probe):
        self.base = f"http://127.0.0.1:{port}"
        self.binary, self.directory = arguments[0], directory
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

    def post(self, path, body, **headers):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"} | headers)
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


def grants_of(server, login, count):
    """Refresh tokens of so many grants of one person, each of its own."""
    address = server.base + "/api/v1/auth/switch"
    body = json.dumps({"organization": "demo"}).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + login["access_token"]}
    for _ in range(count):
        with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=10) as answer:
            yield json.load(answer)["refresh_token"]


def api_token(server, bearer):
    """A full API token of the organization of a login, made with a second factor."""
    app = Authenticator(server.post("/api/v1/auth/totp", {}, Authorization=bearer)["secret"])
    server.post("/api/v1/auth/totp/confirm", {"code": app.code(-1)}, Authorization=bearer)
    server.post("/api/v1/auth/step_up", {"method": "totp", "code": app.code()}, Authorization=bearer)
    return server.post("/api/v1/tokens", {"label": "bench", "access": "full"}, Authorization=bearer)["token"]


def api_credentials(server):
    """What an API introspects with."""
    command = [server.binary, "resource-servers", "rotate-secret", "https://api.crewkeel.example", "--json"]
    given = json.loads(subprocess.run(command, cwd=server.directory, capture_output=True, check=True).stdout)
    pair = f"{given['client_id']}:{given['client_secret']}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


class Table:
    """The rows as they come, each beside the yardstick that was measured in turns with it: a shared machine is faster
    and slower from one moment to the next, and both are to have the same moments."""

    # So long is a turn, in seconds.
    TURN = 2

    def __init__(self, bare, seconds):
        self.bare, self.seconds = bare, seconds
        print("| what | connections | requests/s | the bare route in turn | of it | p50 ms | p99 ms | server CPU µs "
              "| refused |")
        print("|---|---|---|---|---|---|---|---|---|")

    def yardstick(self, seconds):
        return measure(self.bare, "/", seconds, 64)[0]

    def turns(self, name, server, path, **arguments):
        """A row of what can be measured in parts."""
        count = max(1, self.seconds // self.TURN)
        pairs = [(self.yardstick(self.TURN), measure(server, path, self.TURN, 64, **arguments)) for _ in range(count)]
        columns = list(zip(*(figures for _, figures in pairs)))
        means = [statistics.fmean(column) for column in columns]
        means[1] = sum(columns[1])
        self.row(name, 64, means, statistics.fmean(bare for bare, _ in pairs))

    def whole(self, name, connections, run):
        """A row of what can be measured in one piece only: the yardstick before it and after it."""
        before = self.yardstick(self.TURN)
        figures = run(self.seconds)
        self.row(name, connections, figures, (before + self.yardstick(self.TURN)) / 2)
        return figures[0]

    def row(self, name, connections, figures, bare):
        rate, refused, median, worst, cpu = figures
        print(f"| {name} | {connections} | {rate:,.0f} | {bare:,.0f} | {rate / bare:.2f} | {median:.2f} | {worst:.2f} "
              f"| {cpu:.0f} | {refused:.0f} |", flush=True)


def measure_reads(server, login, table):
    bearer = "Bearer " + login["access_token"]
    form = "application/x-www-form-urlencoded"
    table.turns("JWKS", server, "/.well-known/jwks.json")
    table.turns("`/api/v1/auth/me`", server, "/api/v1/auth/me", AUTH=bearer)
    device = server.post("/api/v1/auth/device", {})
    table.turns("pending device poll (answered 400)", server, "/api/v1/auth/token", METHOD="POST",
                TYPE="application/json", BODY=json.dumps({"device_code": device["device_code"]}))
    table.turns("introspection of an access token", server, "/oauth/introspect", METHOD="POST", TYPE=form, AUTH=bearer,
                BODY=urllib.parse.urlencode({"token": login["access_token"]}))
    token = api_token(server, bearer)
    table.turns("introspection of an API token, by an API", server, "/oauth/introspect", METHOD="POST", TYPE=form,
                AUTH=api_credentials(server), BODY=urllib.parse.urlencode({"token": token}))


def measure_rotations(server, tokens, connections, name, table, directory):
    file = pathlib.Path(directory, "tokens.txt")
    file.write_text("\n".join(tokens) + "\n")
    return table.whole(name, connections, lambda seconds: measure(
        server, "/api/v1/auth/refresh", seconds, connections, "rotate.lua", TOKENS=str(file)))


def measure_scoped_routes(binary, table, directory):
    """What an API on LatchkeyHummingbird does with tokens that it knows, and with those that it does not."""
    port = free_port()
    api = Server([binary, str(port)], port, directory, "/")
    with urllib.request.urlopen(api.base + "/tokens", timeout=60) as answer:
        tokens = answer.read().decode()
    file = pathlib.Path(directory, "bearers.txt")
    file.write_text(tokens + "\n")
    known = "Bearer " + tokens.split("\n", 1)[0]
    path = "/api/v1/jobs"
    table.turns("scoped route, a JWT seen before", api, path, AUTH=known)
    table.turns("scoped route, a JWT never seen", api, path, script="bearers.lua", TOKENS=str(file))
    table.turns("scoped route, an API token asked about", api, path, AUTH="Bearer " + API_TOKEN)
    api.stop()


def measure_empty_and_full(start, grants, table, directory):
    """Rotations on a database that is all but empty, then on the same with many grants laid between those rotated."""
    server = start()
    cold, idle = server.cold_start, server.resident_megabytes()
    logins = [log_in(server, f"person{number}@example.com") for number in range(20)]
    measure_reads(server, logins[0], table)
    tokens = [token for login in logins for token in grants_of(server, login, SPREAD // len(logins))]
    for connections in (1, 8, 64):
        part, tokens = tokens[:connections + 12], tokens[connections + 12:]
        empty = measure_rotations(server, part, connections, "durable rotation", table, directory)
    loaded = server.resident_megabytes()
    server.stop()
    total = seed(pathlib.Path(directory, "data", "latchkey.db"), grants)
    server = start()
    for connections, part in zip((1, 8, 64), (tokens[:200], tokens[200:600], tokens[600:])):
        full = measure_rotations(
            server, part, connections,
            f"durable rotation, {total:,} grants, {len(part):,} of them in turn", table, directory)
    print(f"\nCold start {cold * 1000:.0f} ms, with {total:,} grants {server.cold_start * 1000:.0f} ms. Resident memory "
          f"{idle:.0f} MB idle, {loaded:.0f} MB after the load, {server.resident_megabytes():.0f} MB after the load on "
          f"{total:,} grants. Rotations there: {full / empty:.2f} of those on an empty database.")
    server.stop()


def main():
    server_binary, bare_binary, scoped_binary = sys.argv[1:4]
    seconds = int(sys.argv[4]) if len(sys.argv) > 4 else 10
    grants = int(sys.argv[5]) if len(sys.argv) > 5 else 1_000_000
    with tempfile.TemporaryDirectory() as directory:
        port = free_port()
        bare = Server([bare_binary, str(port)], port, directory, "/")
        table = Table(bare, seconds)
        measure_scoped_routes(scoped_binary, table, directory)
        port = free_port()
        arguments = [server_binary, "serve", "--dev", "--port", str(port)]
        measure_empty_and_full(
            lambda: Server(arguments, port, directory, "/readyz"), grants, table, directory)
        bare.stop()


if __name__ == "__main__":
    main()
