"""Fills the database of a stopped server with grants, so that the benchmark can measure a large one.

Usage: seed.py LATCHKEY_DB COUNT
The rows are copies of the grants, users and memberships that are there already, with names and secrets of their own:
no token exists for any of them. They are laid between the grants that do have tokens, evenly, so that those are as far
apart in the file as in a database that grew over years.
"""

import secrets
import sqlite3
import sys

PER_USER = 10


def columns(database, table):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def copy(database, table, template, changes):
    """Inserts many copies of one row; `changes` gives for each the values that differ, the same columns every time."""
    names = columns(database, table)
    row = dict(zip(names, template))
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    database.executemany(sql, ([(row | change)[name] for name in names] for change in changes))


def between(ids, count):
    """So many new numbers, spread evenly over the gaps between these."""
    share, rest = divmod(count, len(ids) - 1)
    for index, (low, high) in enumerate(zip(ids, ids[1:])):
        wanted = share + (index < rest)
        step = (high - low) // (wanted + 1)
        if wanted and not step:
            sys.exit("two grants are too close together to lay others between them")
        for place in range(1, wanted + 1):
            yield low + place * step


def seed(path, count):
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA foreign_keys = ON")
    database.execute("BEGIN IMMEDIATE")
    living = [row[0] for row in database.execute("SELECT id FROM grants ORDER BY id")]
    grant = database.execute("SELECT * FROM grants WHERE id = ?", living[:1]).fetchone()
    person, organization = database.execute("SELECT user_id, organization_id FROM grants WHERE id = ?",
                                            living[:1]).fetchone()
    user = database.execute("SELECT * FROM users WHERE id = ?", (person,)).fetchone()
    membership = database.execute("SELECT * FROM memberships WHERE user_id = ? AND organization_id = ?",
                                  (person, organization)).fetchone()
    people = list(between(living, max(1, count // PER_USER)))
    copy(database, "users", user, ({"id": number, "email": f"seed{number}@example.com",
                                    "email_canonical": f"seed{number}@example.com"} for number in people))
    copy(database, "memberships", membership, ({"user_id": number} for number in people))
    copy(database, "grants", grant, (
        {"id": number, "user_id": people[index // PER_USER % len(people)], "secret": secrets.token_bytes(32)}
        for index, number in enumerate(between(living, count))))
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    total = database.execute("SELECT count(*) FROM grants").fetchone()[0]
    database.close()
    return total


if __name__ == "__main__":
    print(f"{seed(sys.argv[1], int(sys.argv[2])):,} grants")
