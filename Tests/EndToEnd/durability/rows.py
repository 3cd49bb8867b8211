"""What a killed server has left on the disk, read without its help."""

import hashlib
import pathlib
import shutil
import sqlite3
import struct
import tempfile

# https://www.sqlite.org/walformat.html#walidxfmt
BACKFILLED, BACKFILL_ATTEMPTED = 96, 128


class Rows:
    """A copy of the database and its log, as SQLite recovers them."""

    def __init__(self, data):
        self._directory = tempfile.TemporaryDirectory(prefix="latchkey-rows-")
        copy = pathlib.Path(self._directory.name, "latchkey.db")
        for ending in ("", "-wal"):
            if pathlib.Path(f"{data}/latchkey.db{ending}").exists():
                shutil.copyfile(f"{data}/latchkey.db{ending}", f"{copy}{ending}")
        self._database = sqlite3.connect(copy)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._database.close()
        self._directory.cleanup()

    def all(self, sql, *values):
        return self._database.execute(sql, values).fetchall()

    def check(self):
        """What must hold of any database of this server, whatever was asked of it."""
        assert self.all("PRAGMA integrity_check") == [("ok",)], self.all("PRAGMA integrity_check")
        assert self.all("PRAGMA foreign_key_check") == [], self.all("PRAGMA foreign_key_check")
        assert self.all("SELECT count(*) FROM signing_keys WHERE state = 'active'") == [(1,)]
        self._check_chain()
        for condition, events in (
            ("true", "'grant.issued'"),
            ("revoked_at IS NOT NULL", "'grant.revoked', 'refresh_token.reuse'"),
        ):
            untold = self.all(
                f"""
                SELECT id FROM grants WHERE {condition}
                EXCEPT SELECT grant_id FROM audit_events WHERE event IN ({events})
                """
            )
            assert untold == [], f"the audit has no {events} of {untold}"

    def _check_chain(self):
        """hash(n) = SHA-256(hash(n-1) ‖ n ‖ each column with its kind and length)."""
        sequence, link = 0, bytes(32)
        for id, event, *numbers, request, address, detail, number, stored in self.all(
            """
            SELECT id, event, at, organization_id, user_id, client_id, grant_id, request_id, address, detail,
                sequence, chain_hash
            FROM audit_events WHERE sequence IS NOT NULL ORDER BY sequence
            """
        ):
            sequence += 1
            assert number == sequence, f"the audit goes from {sequence - 1} to {number}"
            message = link + struct.pack(">q", sequence)
            for value in (id, *numbers):
                message += b"\0" if value is None else b"\1" + struct.pack(">q", value)
            for text in (event, request, address, detail):
                message += b"\2" + struct.pack(">q", len(text.encode())) + text.encode()
            link = hashlib.sha256(message).digest()
            assert link == stored, f"the audit chain breaks at {sequence}"
        head = self.all("SELECT sequence, chain_hash FROM audit_head") or [(0, bytes(32))]
        assert head == [(sequence, link)], f"the head of the audit is at {head[0][0]}, its end at {sequence}"

    def grants(self):
        """generation, end and address of each grant"""
        return {
            id: (generation, revoked_at is not None, email)
            for id, generation, revoked_at, email in self.all(
                "SELECT g.id, generation, revoked_at, u.email FROM grants g JOIN users u ON u.id = g.user_id"
            )
        }

    def device_state(self, code):
        rows = self.all("SELECT state FROM device_authorizations WHERE device_code_digest = ?", _digest(code))
        return rows[0][0] if rows else None

    def link_state(self, token):
        rows = self.all("SELECT state FROM magic_links WHERE token_digest = ?", _digest(token))
        return rows[0][0] if rows else None

    def links_to(self, email):
        return self.all("SELECT count(*) FROM magic_links WHERE email_canonical = ?", email)[0][0]

    def mail_to(self, email):
        return self.all("SELECT count(*) FROM outgoing_mail WHERE recipient = ?", email)[0][0]


def copying(data):
    """How far the last checkpoint wanted to get when it has not got there yet, as the index of the log tells; else 0.

    Recovery leaves such a number behind too, so it is one that has changed that shows a checkpoint under way.
    """
    try:
        content = pathlib.Path(f"{data}/latchkey.db-shm").read_bytes()
        (done,), (wanted,) = (struct.unpack_from("=I", content, at) for at in (BACKFILLED, BACKFILL_ATTEMPTED))
    except (FileNotFoundError, struct.error):
        return 0
    return wanted if wanted > done else 0


def _digest(text):
    return hashlib.sha256(text.encode()).digest()
