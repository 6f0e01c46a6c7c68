#!/usr/bin/env python3
"""What logins do to others, and what their time gives away.

    logins.py beside BASE_URL USERS_JSON SECONDS   GET /users/me 50 times a second; prints p50 and p99 in microseconds
    logins.py refused BASE_URL USERS_JSON          logins with a wrong password and with an unknown address by turns;
                                                   prints a line each: p10, p50 and p90 in microseconds
"""

import http.client
import json
import sys
import time
from urllib.parse import urlsplit

A_SECOND = 50
# Fewer than slow an answer down.
TRIES_EACH = 3


def percentile(sorted_times, share):
    return sorted_times[min(len(sorted_times) - 1, int(len(sorted_times) * share))] // 1000


def connect(base):
    place = urlsplit(base)
    return http.client.HTTPConnection(place.hostname, place.port, timeout=60)


def ask(connection, method, path, headers=None, body=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def log_in(connection, email, password):
    body = json.dumps({"email": email, "password": password})
    connection.request("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def beside(base, users_json, seconds):
    with open(users_json, encoding="utf-8") as file:
        user = json.load(file)[0]
    connection = connect(base)
    _, session = log_in(connection, user["email"], user["password"])
    bearer = {"Authorization": f"Bearer {session['access_token']}"}
    times, began = [], time.monotonic_ns()
    for turn in range(int(seconds) * A_SECOND):
        # From when it was due, not from when the one before was answered: waiting in line is waiting.
        due = began + turn * 1_000_000_000 // A_SECOND
        time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
        status = ask(connection, "GET", "/api/v1/users/me", bearer)
        if status != 200:
            sys.exit(f"GET /users/me was answered with {status}")
        times.append(time.monotonic_ns() - due)
    times.sort()
    print(percentile(times, 0.5), percentile(times, 0.99))


def refused(base, users_json):
    with open(users_json, encoding="utf-8") as file:
        users = json.load(file)
    connection = connect(base)
    times = {"wrong": [], "unknown": []}
    for attempt in range(TRIES_EACH):
        for n, user in enumerate(users):
            for kind, email in (("wrong", user["email"]), ("unknown", f"nobody-{n}@example.com")):
                start = time.monotonic_ns()
                status, body = log_in(connection, email, f"wrong password {attempt}")
                times[kind].append(time.monotonic_ns() - start)
                if status != 401:
                    sys.exit(f"a {kind} login was answered with {status}: {body}")
    for kind in ("wrong", "unknown"):
        times[kind].sort()
        print(*(percentile(times[kind], share) for share in (0.1, 0.5, 0.9)))


if __name__ == "__main__":
    {"beside": beside, "refused": refused}[sys.argv[1]](*sys.argv[2:])
