"""What every test may ask for: a server, browsers, and machines with the command line."""

import pytest

from harness.binary import BINARY
from harness.browser import Browser
from harness.cluster import PROGRAMS, Cluster
from harness.command_line import CommandLine
from harness.mail_server import MailServer
from harness.server import Server
from harness.sign_in import approve, sign_in


def pytest_sessionstart():
    if not BINARY.exists():
        pytest.exit(f"There is no {BINARY}. Run: make debug", returncode=1)


@pytest.fixture
def new_server(tmp_path):
    """Makes servers, each with a directory of its own, that are not started yet."""
    servers = []

    def make(*flags, **options):
        directory = tmp_path / f"server-{len(servers)}"
        directory.mkdir()
        servers.append(Server(directory, *flags, **options))
        return servers[-1]

    yield make
    for server in servers:
        server.end()


@pytest.fixture
def server(new_server):
    """A fresh server, ready."""
    return new_server().start()


@pytest.fixture
def cluster(tmp_path_factory):
    """A PostgreSQL cluster, running and empty."""
    if PROGRAMS is None:
        pytest.skip("PostgreSQL is not installed")
    directory = tmp_path_factory.mktemp("postgresql")
    for parent in (directory, directory.parent, directory.parent.parent):
        parent.chmod(0o755)  # the server runs as another user
    cluster = Cluster(directory / "cluster")
    yield cluster
    cluster.stop()


@pytest.fixture
def new_mail_server():
    """Makes mail servers that run already."""
    servers = []

    def make(**options):
        servers.append(MailServer(**options))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def new_browser():
    """Makes browsers of different people."""
    browsers = []

    def make(**options):
        browsers.append(Browser(**options))
        return browsers[-1]

    yield make
    for browser in browsers:
        browser.close()


@pytest.fixture
def browser(new_browser):
    return new_browser()


@pytest.fixture
def machine(tmp_path, server):
    """A machine whose command line talks to the server."""
    return CommandLine(tmp_path / "home", server.url)


@pytest.fixture
def logged_in(machine, browser, server):
    """The same, logged in as Ada."""
    sign_in(browser, server, "ada@example.com")
    login = machine.login()
    approve(browser, login)
    code, output = login.finish()
    assert code == 0, output
    return machine
