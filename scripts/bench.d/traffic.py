#!/usr/bin/env python3
"""The clients of the benchmark: their accounts, and files of ready-made HTTP requests for load.lua.

    traffic.py register BASE_URL USERS_JSON          registers the clients and writes down who they are
    traffic.py requests BASE_URL USERS_JSON FOLDER   logs them in; writes health.http, me.http, list.http, …
    traffic.py webhooks BASE_URL COUNT FILE          writes COUNT signed events, no two with one id
    traffic.py probe BASE_URL FILE                   sends the file's first request; fails unless it is answered with 2xx
    traffic.py drain BASE_URL                        waits until no job is due

The secret of the webhooks comes from STRIPE_WEBHOOK_SECRET.
"""

import hashlib
import hmac
import http.client
import json
import os
import random
import socket
import sys
import time
from urllib.parse import urlsplit

from seed import user_ids

CLIENTS = 32
EVENT_BYTES = 3 * 1024
DAY = 24 * 60 * 60
PATIENCE = 10 * 60


def call(base, method, path, body=None):
    """One request; answers the body."""
    place = urlsplit(base)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status >= 300:
        sys.exit(f"{method} {path} was answered with {answer.status}: {text}")
    return text


def credentials(n):
    return {"email": f"client-{n}@example.com", "password": f"correct horse battery {n}"}


def register(base, users_json):
    def one(n):
        body = {**credentials(n), "name": f"Client {n}", "country": "DE"}
        return {"id": json.loads(call(base, "POST", "/api/v1/auth/register", body))["user"]["id"], **credentials(n)}

    with open(users_json, "w", encoding="utf-8") as file:
        json.dump([one(n) for n in range(CLIENTS)], file)


def raw(base, method, path, headers=None, body=b""):
    """The bytes of a request, after a line with their number."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(base).netloc}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    request = "\r\n".join([*lines, "", ""]).encode() + body
    return b"%d\n%s" % (len(request), request)


def requests(base, users_json, folder):
    with open(users_json, encoding="utf-8") as file:
        users = json.load(file)
    as_json = {"Content-Type": "application/json"}
    logins = [json.dumps({"email": user["email"], "password": user["password"]}).encode() for user in users]
    sessions = [json.loads(call(base, "POST", "/api/v1/auth/login", json.loads(login))) for login in logins]
    bearers = [{"Authorization": f"Bearer {session['access_token']}"} for session in sessions]
    project = json.dumps({"name": "Spring block", "description": "Eight weeks, four days, chest and back first."}).encode()
    files = {
        "health": [raw(base, "GET", "/health")],
        "me": [raw(base, "GET", "/api/v1/users/me", bearer) for bearer in bearers],
        "list": [raw(base, "GET", "/api/v1/projects?limit=20", bearer) for bearer in bearers],
        "insert": [raw(base, "POST", "/api/v1/projects", {**bearer, **as_json}, project) for bearer in bearers],
        "login": [raw(base, "POST", "/api/v1/auth/login", as_json, login) for login in logins],
    }
    for name, entries in files.items():
        with open(os.path.join(folder, f"{name}.http"), "wb") as file:
            file.writelines(entries)


def event_template(now):
    """A subscription that was renewed, in the shape Stripe sends it, padded to 3 KB."""
    price = {
        "id": "price_premium_monthly_eur", "object": "price", "active": True, "billing_scheme": "per_unit",
        "created": now - 700 * DAY, "currency": "eur", "livemode": True, "lookup_key": None, "nickname": None,
        "product": "prod_premium", "recurring": {"interval": "month", "interval_count": 1, "usage_type": "licensed"},
        "tax_behavior": "inclusive", "type": "recurring", "unit_amount": 999, "unit_amount_decimal": "999",
    }
    item = {
        "id": "si_CUSTOMER", "object": "subscription_item", "created": now - 400 * DAY, "quantity": 1,
        "current_period_start": now, "current_period_end": now + 30 * DAY, "price": price,
        "subscription": "sub_CUSTOMER", "tax_rates": [], "metadata": {},
    }
    subscription = {
        "id": "sub_CUSTOMER", "object": "subscription", "customer": "cus_CUSTOMER", "status": "active",
        "created": now - 400 * DAY, "start_date": now - 400 * DAY, "currency": "eur", "livemode": True,
        "billing_cycle_anchor": now - 400 * DAY, "cancel_at": None, "cancel_at_period_end": False, "canceled_at": None,
        "collection_method": "charge_automatically", "default_payment_method": "pm_CUSTOMER", "ended_at": None,
        "latest_invoice": "in_EVENT", "trial_end": None, "trial_start": None, "pause_collection": None,
        "items": {"object": "list", "data": [item], "has_more": False, "total_count": 1},
        "metadata": {"user_id": "USER", "note": ""},
    }
    event = {
        "id": "evt_EVENT", "object": "event", "api_version": "2025-03-31.basil", "created": "CREATED", "livemode": True,
        "type": "customer.subscription.updated", "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "data": {"object": subscription, "previous_attributes": {"latest_invoice": "in_before"}},
    }
    # The placeholder of a number must lose its quotation marks.
    return json.dumps(event).replace('"CREATED"', "CREATED")


def webhooks(base, count, path):
    secret = os.environ["STRIPE_WEBHOOK_SECRET"].encode()
    now, count = int(time.time()), int(count)
    template, members = event_template(now), user_ids()
    with open(path, "wb") as file:
        for n in range(count):
            member = random.randrange(len(members))
            text = template.replace("EVENT", os.urandom(12).hex()).replace("CUSTOMER", f"{member:08}")
            # Each is newer than the one before: a fact that repeats or contradicts another costs something else.
            text = text.replace("USER", str(members[member])).replace("CREATED", str(now - count + n))
            body = text.replace('"note": ""', '"note": "' + "x" * (EVENT_BYTES - len(text)) + '"').encode()
            signature = hmac.new(secret, b"%d." % now + body, hashlib.sha256).hexdigest()
            headers = {
                "User-Agent": "Stripe/1.0", "Accept": "*/*", "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": f"t={now},v1={signature}",
            }
            file.write(raw(base, "POST", "/webhooks/stripe", headers, body))


def probe(base, path):
    with open(path, "rb") as file:
        request = file.read(int(file.readline()))
    place = urlsplit(base)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(request)
        answer = connection.recv(65536)
    if not answer.startswith(b"HTTP/1.1 2"):
        sys.exit(f"{os.path.basename(path)} is answered with: {answer.decode(errors='replace')}")


def jobs_due(base):
    lines = call(base, "GET", "/metrics").splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("jobs_waiting{"))


def drain(base):
    end = time.monotonic() + PATIENCE
    while jobs_due(base) > 0:
        if time.monotonic() > end:
            sys.exit("jobs are still waiting after ten minutes")
        time.sleep(0.25)


if __name__ == "__main__":
    verb = {"register": register, "requests": requests, "webhooks": webhooks, "probe": probe, "drain": drain}
    verb[sys.argv[1]](*sys.argv[2:])
