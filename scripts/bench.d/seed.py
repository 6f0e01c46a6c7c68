#!/usr/bin/env python3
"""Fills a migrated database with 10,000 users and 1,000,000 projects, past the API.

    seed.py sqlite FILE USERS_JSON              writes the rows
    seed.py copy users|projects USERS_JSON      prints them for PostgreSQL's COPY

USERS_JSON holds the users that traffic.py registered. Each of them gets about 1,000 of the projects, scattered over the
table as they would be after years of everybody's use; the others own about 100 each.
"""

import json
import random
import sqlite3
import sys
from datetime import datetime, timedelta, timezone
from uuid import UUID

USERS = 10_000
PROJECTS = 1_000_000
FIRST = datetime(2024, 1, 1, tzinfo=timezone.utc)
# One project in so many belongs to the users who send requests.
SHARE_OF_CLIENTS = 31

COLUMNS = {
    "users": "id, email, name, email_verified, role, country, timezone, locale, units, status, created_at, deleted_at",
    "projects": "id, owner_id, name, name_folded, description, created_at, updated_at, deleted_at",
}


def uuid7(at, rng):
    """A UUID of version 7 for a moment."""
    millis = int(at.timestamp() * 1000)
    return UUID(int=millis << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62))


def user_ids():
    """The ids of the seeded users, the same in every run."""
    rng = random.Random("users")
    return [uuid7(FIRST + timedelta(seconds=n), rng) for n in range(USERS)]


def users(_clients):
    for n, user in enumerate(user_ids()):
        made = (FIRST + timedelta(seconds=n)).isoformat()
        email, name = f"member-{n}@example.com", f"Member {n}"
        yield user, email, name, 0, "user", "DE", "Europe/Berlin", "de", "metric", "active", made, None


def projects(clients):
    rng = random.Random("projects")
    members = user_ids()
    for n in range(PROJECTS):
        if n % SHARE_OF_CLIENTS == 0:
            owner = clients[n // SHARE_OF_CLIENTS % len(clients)]
        else:
            owner = members[rng.randrange(USERS)]
        at = FIRST + timedelta(minutes=n)
        name = f"Spring block {n}"
        yield (
            uuid7(at, rng), owner, name, name.lower(), "Eight weeks, four days, chest and back first.",
            at.isoformat(), at.isoformat(), None,
        )


ROWS = {"users": users, "projects": projects}


def write_sqlite(file, clients):
    sqlite3.register_adapter(UUID, lambda value: value.bytes)
    database = sqlite3.connect(file)
    # The rows can be made again: nothing waits for the disk here.
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -500000")
    for table, columns in COLUMNS.items():
        places = ", ".join("?" * len(columns.split(",")))
        with database:
            database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", ROWS[table](clients))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def print_copy(table, clients):
    write = sys.stdout.write
    for row in ROWS[table](clients):
        write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")


def main():
    target, subject, users_json = sys.argv[1:]
    with open(users_json, encoding="utf-8") as file:
        clients = [UUID(user["id"]) for user in json.load(file)]
    if target == "sqlite":
        write_sqlite(subject, clients)
    else:
        print_copy(subject, clients)


if __name__ == "__main__":
    main()
