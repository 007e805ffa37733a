"""Where the figures come from: a line about the machine, and how much of it others used meanwhile."""

import os
import subprocess
import time
from pathlib import Path

from processes import TICKS

VERSION = "from importlib.metadata import version; print(version('faststream'))"


def describe(bench):
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({processor}), {gigabytes:.0f} GB, load {os.getloadavg()[0]:.1f}; "
        f"RabbitMQ {printed(os.environ['PROMO_RABBITMQCTL'], 'version')}, "
        f"mongod {bench.servers.mongo.server_info()['version']}, "
        f"Python {printed(bench.python, '-V').removeprefix('Python ')}, "
        f"FastStream {printed(bench.peers_python, '-c', VERSION)}"
    )


def printed(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout.strip()


class Stopwatch:
    """Tells, for a stretch of time, which share of the processors went to programs that are not the benchmark's."""

    def __init__(self, servers):
        self.servers = servers
        self.began = self.now()

    def now(self):
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        return time.monotonic(), busy_seconds() - own - sum(self.servers.cpu().values())

    def others_percent(self):
        """Since it was made. The gateway and the peers count as our own once they have ended."""
        elapsed, others = (after - before for before, after in zip(self.began, self.now()))
        return max(0, 100 * others / (elapsed * os.cpu_count()))


def busy_seconds():
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS
