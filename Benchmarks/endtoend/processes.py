"""Running programs, and what /proc tells of processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts" / "lib"))  # where a gateway is started
from gateway_process import tied  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """Why the benchmark cannot go on, in words for its user."""


def run(*command):
    """Runs a program that prints a line of JSON, or nothing, and returns what it printed."""
    finished = subprocess.run(tied(*command), capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        reason = finished.stderr.strip() or f"exit {finished.returncode}"
        raise Failure(f"{' '.join(map(str, command))}\nfailed: {reason}")
    return json.loads(finished.stdout) if finished.stdout else None


def cpu_seconds(pid):
    """Processor time of a process so far, user and system. It comes in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_megabytes(pid):
    """The largest resident memory that the process ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024
