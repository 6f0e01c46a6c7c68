"""Who the made-up requests come from: a registered user, and a new one wherever a request may end the session it uses."""

import itertools
import os
import threading

import requests
import schemathesis

URL = os.environ["FUZZ_URL"]
# A request to one of these may leave its session, or its account, behind it. The others would be answered 401 from then on.
ENDS_SESSIONS = {
    "log_out",
    "log_out_everywhere",
    "end_session",
    "change_password",
    "delete_me",
}
numbers = itertools.count()
lock = threading.Lock()


def session(path, form):
    form = {"password": "correct horse battery", **form}
    answer = requests.post(f"{URL}/api/v1/auth/{path}", json=form, timeout=30)
    answer.raise_for_status()
    return answer.json()["access_token"]


def register():
    with lock:
        number = next(numbers)
    return session("register", {"email": f"fuzz-{os.getpid()}-{number}@example.com", "name": "Fuzz"})


class Sessions:
    """Two tokens, made anew before they expire."""

    def get(self, case, context):
        return {"member": register(), "staff": session("login", {"email": os.environ["FUZZ_STAFF"]})}

    def set(self, case, tokens, context):
        operation = case.operation.definition.raw.get("operationId")
        token = tokens["staff" if "/admin/" in case.operation.path else "member"]
        if operation in ENDS_SESSIONS:
            token = register()
        case.headers["Authorization"] = f"Bearer {token}"


schemathesis.auth(refresh_interval=300)(Sessions)
