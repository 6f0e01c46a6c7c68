#!/usr/bin/env python3
"""Times that a load generator can't take.

    timing.py ready PORT PID               waits until the server, that process, says it is ready
    timing.py first-200 PORT RUNS COMMAND… starts the server RUNS times; prints the median and the longest time, in ms,
                                           from exec to the first 200 of /health/ready
    timing.py sync FOLDER                  prints the median time, in ms, to write 4 KiB to a file and wait for the disk
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import time

PATIENCE = 60
REQUEST = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def is_ready(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(REQUEST)
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def wait_until_ready(port, lives):
    end = time.monotonic() + PATIENCE
    while not is_ready(port):
        if time.monotonic() > end or not lives():
            sys.exit("the server did not become ready")
        time.sleep(0.001)


def ready(port, pid):
    wait_until_ready(int(port), lambda: os.path.exists(f"/proc/{pid}"))


def one_start(port, command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(port, lambda: process.poll() is None)
        return (time.perf_counter() - start) * 1000
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=PATIENCE)


def first_200(port, runs, *command):
    times = [one_start(int(port), command) for _ in range(int(runs))]
    print(f"{statistics.median(times):.0f} {max(times):.0f}")


def sync(folder):
    path = os.path.join(folder, "sync-probe")
    file = os.open(path, os.O_CREAT | os.O_WRONLY)
    # As in a write-ahead log in use, the file has its size already.
    os.pwrite(file, bytes(300 * 4096), 0)
    os.fsync(file)
    times = []
    for n in range(300):
        start = time.perf_counter()
        os.pwrite(file, b"x" * 4096, n * 4096)
        os.fdatasync(file)
        times.append((time.perf_counter() - start) * 1000)
    os.close(file)
    os.remove(path)
    print(f"{statistics.median(times):.2f}")


if __name__ == "__main__":
    verb = {"ready": ready, "first-200": first_200, "sync": sync}
    verb[sys.argv[1]](*sys.argv[2:])
