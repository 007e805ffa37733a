"""Runs a command that must end by itself; one that does not within its limit is shown and ended.

usage: limit.py SECONDS COMMAND...

At the limit: the processes it has started are printed, the command gets SIGABRT (a Swift program prints its threads), what it has
started and not moved out of its tree gets SIGKILL, and the exit status is 124. SIGTERM and SIGINT are passed on.
"""

import os
import signal
import subprocess
import sys
import time


def descendants(root: int) -> list[int]:
    """Processes below `root`, itself not among them."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(name))
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


def main() -> int:
    limit, command = float(sys.argv[1]), sys.argv[2:]
    began = time.monotonic()
    process = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: end(process.pid, number))
    try:
        status = process.wait(timeout=limit)
        return status if status >= 0 else 128 - status
    except subprocess.TimeoutExpired:
        pass
    started = descendants(process.pid)
    print(f"not ended within {time.monotonic() - began:.0f} s: {command_line(process.pid)}", flush=True)
    for pid in started:
        print(f"  started by it: {pid} {command_line(pid)}", flush=True)
    end(process.pid, signal.SIGABRT)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        end(process.pid, signal.SIGKILL)
    for pid in started:
        end(pid, signal.SIGKILL)
    return 124


if __name__ == "__main__":
    sys.exit(main())
