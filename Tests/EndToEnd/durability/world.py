"""One server with its clients, and the hand that kills it."""

import pathlib
import random
import re
import shutil
import sqlite3
import threading
import time

from durability.client import Client, CutOff
from durability.comparison import Settlement, compare_rows
from durability.journal import Journal
from durability.load import (
    ask_and_redeem,
    end_logins,
    log_in_by_device,
    log_in_by_mail,
    rotate,
    rotate_twice_at_once,
    sign_in,
    switch,
    until_cut_off,
)
from durability.rows import Rows, copying
from harness.server import Server

# How long the load may last before the kill, and after which time of its start a server may be killed, in seconds.
LOAD, START = 0.4, 0.2
# How long a checkpoint is waited for that is to be killed.
HUNT = 3


class World:
    def __init__(self, directory, name, seed):
        self._directory = pathlib.Path(directory)
        self._random = random.Random(f"{seed}/{name}")
        self.journal = Journal(name)
        self.person = f"{name}-person@example.com"
        self.server = self._new_server("server")
        self.kills = {"under load": 0, "while starting": 0, "in an empty directory": 0, "in a checkpoint": 0}

    def _new_server(self, name):
        directory = self._directory / name
        directory.mkdir()
        return Server(directory, "--dev", settings={"rate_limits": "off"})

    def open(self):
        """The first start: a person, and who logs in for good. A second organization is put where no one can make one yet."""
        self._start()
        self.browser = self.new_browser()
        client = Client(self.server.port)
        self._rotating = [self._long_login(client) for _ in range(5)]
        self.switching = self._long_login(client)
        assert self.server.stop() == 0
        with sqlite3.connect(self._data / "latchkey.db") as database:
            database.execute(
                "INSERT INTO organizations SELECT id + 1, 'second', 'Second', plan, created_at FROM organizations"
            )
            database.execute(
                """
                INSERT INTO memberships SELECT u.id, o.id, 'member', o.created_at
                FROM organizations o, users u WHERE o.slug = 'second'
                """
            )
        database.close()
        self._start()

    def _long_login(self, client):
        return self.journal.add(ask_and_redeem(self, client), is_doomed=False)

    @property
    def _data(self):
        return self.server.directory / "data"

    def new_browser(self):
        browser = Client(self.server.port)
        sign_in(self, browser, self.person)
        return browser

    def kill_once(self):
        """One kill, and all that is to be asked afterwards."""
        kind = self._random.random()
        if kind < 0.1:
            self._kill_in_an_empty_directory()
            return
        self._load_until_killed(is_hunting=kind > 0.9)
        if kind < 0.25:
            # Recovery is killed too.
            self._kill_while_starting(self.server)
            self.kills["while starting"] += 1
        with Rows(self._data) as rows:
            rows.check()
            compare_rows(self.journal, rows)
            self._start()
            Settlement(self, rows, self._random).settle()
        self._replace_ended()

    @property
    def killed(self):
        return sum(count for kind, count in self.kills.items() if kind != "in a checkpoint")

    @property
    def figures(self):
        """What was done, in words and numbers."""
        return {f"kills {kind}": count for kind, count in self.kills.items()} | {
            f"{what} acknowledged": count for what, count in self.journal.acknowledged.items()
        }

    def abandon(self):
        """Ends the server after a failure, and leaves its files to be looked at."""
        if self.server.is_running:
            self.server.kill()

    def close(self):
        """A last look after an orderly end."""
        self.server.end()
        with Rows(self._data) as rows:
            rows.check()
            compare_rows(self.journal, rows)

    # Killing

    def _load_until_killed(self, is_hunting):
        # All mail that was promised has been read.
        self.server.clear_log()
        threads = [threading.Thread(target=self._run, args=a, daemon=True) for a in self._activities()]
        self._failures = []
        for thread in threads:
            thread.start()
        self._await_moment(is_hunting)
        self.server.kill()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "a client waits for ever"
        self.browser.close()
        if self._failures:
            raise self._failures[0]
        self.kills["under load"] += 1
        self.kills["in a checkpoint"] += self._is_copying

    def _await_moment(self, is_hunting):
        """Any moment; or, when hunting, the middle of a checkpoint."""
        if not is_hunting:
            return time.sleep(self._random.uniform(0, LOAD))
        deadline = time.monotonic() + HUNT
        while not self._is_copying and time.monotonic() < deadline:
            time.sleep(0.0005)

    @property
    def _is_copying(self):
        return copying(self._data) not in (0, self._recovered)

    def _activities(self):
        keyed, other_keyed, unkeyed, other_unkeyed, twice = self._rotating
        yield rotate, keyed, True
        yield rotate, other_keyed, True
        yield rotate, unkeyed, False
        yield rotate, other_unkeyed, False
        yield rotate_twice_at_once, twice
        yield log_in_by_mail,
        yield log_in_by_mail,
        yield log_in_by_device,
        yield switch, self.switching
        yield end_logins, random.Random(self._random.random())
        yield end_logins, random.Random(self._random.random())

    def _run(self, activity, *arguments):
        try:
            until_cut_off(activity, self, Client(self.server.port), *arguments)
        except Exception as failure:
            self._failures.append(failure)

    def _kill_while_starting(self, server):
        server.launch()
        time.sleep(self._random.uniform(0, START))
        server.kill()

    def _kill_in_an_empty_directory(self):
        """The first start of all: key, tables and first rows may be there or not, and the next start finds its way."""
        server = self._new_server("fresh")
        try:
            for _ in range(self._random.choice([1, 1, 2, 3])):
                self._kill_while_starting(server)
                self.kills["in an empty directory"] += 1
            _wait_until_ready(server)
            server.end()
            with Rows(server.directory / "data") as rows:
                rows.check()
        finally:
            server.end()
            shutil.rmtree(server.directory)

    def _start(self):
        _wait_until_ready(self.server)
        self._recovered = copying(self._data)

    def _replace_ended(self):
        """Who was logged out in the settlement logs in again."""
        client = Client(self.server.port)
        for index, login in enumerate(self._rotating):
            if login.state == "ended":
                self._rotating[index] = self._long_login(client)
        if self.switching.state == "ended":
            self.switching = self._long_login(client)
        # Proofs that are long over are swept from the database some day.
        self.journal.proofs = self.journal.proofs[-200:]
        self.journal.doomed = [login for login in self.journal.doomed if login.state == "alive"]

    # Mail

    def mail(self, email, is_alive):
        """What is in the mail to an address, once it is there."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if mail := self.mail_now(email):
                return mail
            is_alive()
            time.sleep(0.005)
        raise AssertionError(f"no mail to {email}, though it was promised")

    def mail_now(self, email):
        """The token of the link and the digits, as a server in development prints them; None as long as it has not."""
        _, found, mail = self.server.log.rpartition(f"Mail to {email}: ")
        # To the end of its line: what is written just now may be there in part.
        token = re.search(r"#token=(\S+)\s", mail)
        code = re.search(r"^\s*(\d{3} ?\d{3})\s*$", mail, re.M)
        return {"token": token[1], "code": code[1].replace(" ", "")} if found and token and code else None


def _wait_until_ready(server):
    server.launch()
    client = Client(server.port)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert server.is_running, f"the server ended by itself:\n{server.log[-4_000:]}"
        try:
            if client.get("/readyz").status == 200:
                return
        except CutOff:
            time.sleep(0.005)
    raise AssertionError("the server is not ready after 30 s")
