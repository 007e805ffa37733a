"""Runs a command that must end by itself; one that does not within its limit is shown and ended.

usage: limit.py SECONDS COMMAND...

At the limit: the processes it has started are printed, the command gets SIGABRT (a Swift program prints its threads), what it has
started (its remaining descendants) gets SIGKILL, and the exit status is 124. SIGTERM and SIGINT are passed on.
"""

import os
import signal
import subprocess
import sys
import time


def parent_and_start(pid: int) -> tuple[int, str] | None:
    """Of a process; None where it has ended. A number that is used again has another start time."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), fields[19]


def descendants(root: int) -> list[int]:
    """Processes below `root`, itself not among them."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        known = parent_and_start(int(name)) if name.isdigit() else None
        if known:
            children.setdefault(known[0], []).append(int(name))
    found, open_ = [], [root]
    while open_:
        for child in children.get(open_.pop(), []):
            found.append(child)
            open_.append(child)
    return found


def command_line(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return " ".join(file.read().split("\0"))[:200]
    except OSError:
        return "(ended)"


def end(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def run(limit: float, command: list[str]) -> int:
    """Its exit status, 128 and the signal's number where one ended it, 124 at the limit (seconds)."""
    began = time.monotonic()
    process = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: end(process.pid, number))
    try:
        status = process.wait(timeout=limit)
        return status if status >= 0 else 128 - status
    except subprocess.TimeoutExpired:
        pass
    started = {pid: parent_and_start(pid) for pid in descendants(process.pid)}
    print(f"not ended within {time.monotonic() - began:.0f} s: {command_line(process.pid)}", flush=True)
    for pid in started:
        print(f"  started by it: {pid} {command_line(pid)}", flush=True)
    end(process.pid, signal.SIGABRT)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        end(process.pid, signal.SIGKILL)
        process.wait()
    for pid, known in started.items():
        now = parent_and_start(pid)
        if known and now and now[1] == known[1]:
            end(pid, signal.SIGKILL)
    return 124


if __name__ == "__main__":
    sys.exit(run(float(sys.argv[1]), sys.argv[2:]))
