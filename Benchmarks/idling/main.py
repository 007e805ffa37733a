"""What many sockets that say nothing cost a gateway, and whether they disturb anybody. Started by Benchmarks/sockets."""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from gateway import Gateway
from gateway_process import free_port
from processes import Failure, cpu_seconds, tied
from servers import Servers

MOST_KIBIBYTES, MOST_MILLISECONDS = 32, 30
IDLE = 45  # seconds: two pings of each socket
FIRST = 1_000_000  # user of the first socket
PUSHES = 100
PAUSE = 0.02  # seconds between two requests

DEFINITION = {
    "$schema": "urn:promo-gateway:definition:1", "$id": "urn:promo-gateway:definition:1:catalogNote", "title": "Notes",
    "x-catalog": "catalogNote", "x-collection": "note", "x-key": ["id"], "type": "object", "required": ["id"],
    "properties": {"id": {"type": "integer", "x-bson": "long"}, "user": {"type": "integer", "x-bson": "long"}},
}
MAPPING = """
routes:
  write:
    from: { http: { method: PUT, path: "/notes/{id}", listener: all } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: IU
      fields: { id: { parameter: id, integer: true }, user: .user }
    to: [mongodb, { websocket: { topic: notes, key: .user, outcomes: [inserted, updated, unchanged], body: { note: .id } } }]
  sockets:
    from: { websocket: { listener: all, topic: notes, subscribe: { key: .user } } }
"""


class Noted(Gateway):
    """A gateway with a route of requests and one of sockets on one listener."""

    def __init__(self, options, servers):
        directory = Path(options.directory)
        super().__init__(options.gateway, servers, servers.fresh_database(), servers.empty_queue(), directory)
        self.listener = free_port()
        for name, text in (("definitions/note.json", json.dumps(DEFINITION)), ("mappings/notes.yaml", MAPPING)):
            (directory / name).parent.mkdir()
            (directory / name).write_text(text)
        self.settings |= {
            "DEFINITIONS_DIRECTORY": "definitions", "MAPPINGS_DIRECTORY": "mappings", "HTTP_LISTENERS_ALL_PORT": str(self.listener),
            "HTTP_CONNECTIONS": str(options.sockets + options.sockets // 10 + 100)}

    def put(self, number, user):
        """The status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.listener, timeout=30)
        connection.request("PUT", f"/notes/{number}", json.dumps({"user": user}))
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def kibibytes(self):
        [line] = [line for line in Path(f"/proc/{self.pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Requests(threading.Thread):
    """One request after the other, as long as `with` lasts."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.ends, self.taken, self.statuses = gateway, threading.Event(), [], set()

    def run(self):
        number = 0
        while not self.ends.is_set():
            number += 1
            began = time.perf_counter()
            self.statuses.add(self.gateway.put(number, 0))
            self.taken.append(1000 * (time.perf_counter() - began))
            time.sleep(PAUSE)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.join()

    def words(self):
        """The milliseconds since the last call."""
        taken, self.taken = self.taken, []
        return f"{statistics.median(taken):.1f} ms at the median, {max(taken):.1f} ms at most"


def measure(gateway, count):
    """Returns what was missed."""
    for number in range(200):
        gateway.put(number, 0)
    before, memory = gateway.descriptors(), gateway.kibibytes()
    with Requests(gateway) as requests:
        time.sleep(3)
        print(f"requests before                 {requests.words()}")
        sockets = subprocess.Popen(
            tied(sys.executable, Path("scripts/lib/idle_sockets.py"), gateway.listener, count, FIRST), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        opened = json.loads(sockets.stdout.readline())
        if opened["statuses"] != {"101": count}:
            raise Failure(f"not all sockets are open: {opened['statuses']}")
        print(f"requests while they are opened  {requests.words()}; {opened['seconds']:.1f} s")
        cpu = cpu_seconds(gateway.pid)
        time.sleep(IDLE)
        cpu = 100 * (cpu_seconds(gateway.pid) - cpu) / IDLE
        print(f"requests while they are open    {requests.words()}")
        each = (gateway.kibibytes() - memory) / count
        print(f"memory of a socket              {each:.1f} KiB")
        print(f"processor meanwhile             {cpu:.1f} % of one core, with the requests")
        taken = []
        for number in range(PUSHES):
            user, began = FIRST + number * 7919 % count, time.time()
            if gateway.put(10_000_000 + number, user) != 201:
                raise Failure("a request was refused")
            heard = json.loads(sockets.stdout.readline())
            if heard.get("heard") != user:
                raise Failure(f"expected a push to {user}, found {heard}")
            taken.append(1000 * (heard["at"] - began))
        median = statistics.median(taken)
        print(f"from a request to its push      {median:.1f} ms at the median, {max(taken):.1f} ms at most")
        sockets.communicate(timeout=60)
        end = time.monotonic() + 10
        while gateway.descriptors() > before + 10 and time.monotonic() < end:
            time.sleep(0.05)
        left = gateway.descriptors() - before
        print(f"descriptors that are left       {max(0, left)}, after {max(0, 10 - end + time.monotonic()):.1f} s")
        print(f"requests while they are closed  {requests.words()}")
    return [what for what, is_missed in (
        ("memory", each > MOST_KIBIBYTES), ("requests", not requests.statuses <= {200, 201}), ("pushes", median > MOST_MILLISECONDS),
        ("descriptors", left > 10)) if is_missed]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int)
    parser.add_argument("--directory")
    parser.add_argument("--gateway")
    options = parser.parse_args()
    servers = Servers(Path(options.directory))
    try:
        with Noted(options, servers) as gateway:
            gateway.seconds_to_ready()
            missed = measure(gateway, options.sockets)
    except Failure as failure:
        sys.exit(f"sockets: {failure}")
    if missed:
        sys.exit(f"sockets: missed: {', '.join(missed)}")


main()
