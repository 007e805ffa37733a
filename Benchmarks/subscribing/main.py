"""What subscribers to the console cost the pipeline, and how soon pages answer meanwhile. Started by Benchmarks/subscribers."""

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pika

from catalog import Catalog
from gateway import PATIENCE, Gateway, Progress
from machine import Stopwatch
from processes import Failure, cpu_seconds, tied
from servers import Servers

LEAST_RATE, LEAST_RATIO, MOST_MILLISECONDS = 20_000, 0.95, 50.0
PAGES = ("/api/status", "/", "/api/dead-letters")
PAUSE = 0.02  # seconds between two requests
LETTERS = 1000
BAD = '{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"I","code":"%d"}]}'


def say(text):
    print(f"subscribers: {text}", file=sys.stderr, flush=True)


class Followers:
    """followers.py with so many; `with` waits until all follow."""

    def __init__(self, gateway, count):
        self.gateway, self.count, self.told = gateway, count, None

    def __enter__(self):
        script = Path(__file__).with_name("followers.py")
        self.process = subprocess.Popen(
            tied(sys.executable, script, self.gateway.port, self.count), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        if self.process.stdout.readline() != "following\n":
            raise Failure("the subscribers could not subscribe")
        return self

    def __exit__(self, *_):
        text, _ = self.process.communicate(timeout=20)
        self.told = json.loads(text)


class Pages:
    """Asks for one page after the other while `with` lasts, each on a connection that is kept."""

    def __init__(self, port):
        self.port, self.taken, self.ends, self.refused = port, {page: [] for page in PAGES}, threading.Event(), []

    def __enter__(self):
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()
        if self.refused:
            raise Failure(f"pages were refused: {self.refused}")

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.ends.is_set():
            for page in PAGES:
                began = time.perf_counter()
                connection.request("GET", page)
                response = connection.getresponse()
                response.read()
                self.taken[page].append(1000 * (time.perf_counter() - began))
                if response.status != 200:
                    self.refused.append((page, response.status))
                time.sleep(PAUSE)
        connection.close()


class Bench:
    def __init__(self, options):
        self.options = options
        self.servers = Servers(Path(options.directory))
        self.filling = Catalog(options.directory, options.items).messages("I")
        self.letters = self.dead_letters()

    def gateway(self, database, queue):
        return Gateway(self.options.gateway, self.servers, database, queue, self.options.directory)

    def dead_letters(self):
        """Those that a gateway makes of bad messages: something for the page of dead letters to show."""
        database, queue = self.servers.fresh_database(), self.servers.empty_queue()
        with self.servers.channel() as channel:
            for number in range(LETTERS):
                channel.basic_publish("", queue, (BAD % number).encode(), pika.BasicProperties(message_id=f"bad-{number}"))
        letters = self.servers.mongo[database]["gateway.deadLetters"]
        with self.gateway(database, queue) as gateway:
            gateway.seconds_to_ready()
            began = time.monotonic()
            while letters.count_documents({}) < LETTERS:
                if time.monotonic() - began > PATIENCE:
                    raise gateway.failure("makes no dead letters")
                time.sleep(0.05)
        found = list(letters.find())
        self.servers.remove(database, queue)
        return found

    @contextmanager
    def loaded(self):
        """A gateway that is up and consumes nothing yet, beside a queue that is full."""
        database, queue = self.servers.fresh_database(), self.servers.filled_queue(self.filling)
        store = self.servers.mongo[database]
        store["configuration"].insert_one({"_id": "rabbitMQ.enabled", "value": False})
        store["gateway.deadLetters"].insert_many(self.letters)
        self.servers.mongo.admin.command("fsync")
        with self.gateway(database, queue) as gateway:
            gateway.started = time.monotonic()
            while (gateway.get("/api/dead-letters") or (0,))[0] != 200:
                if time.monotonic() - gateway.started > PATIENCE:
                    raise gateway.failure("does not come up")
                time.sleep(0.02)
            yield gateway
        self.servers.remove(database, queue)

    def run(self, gateway, followers=None):
        """Has it consume; from the first items that are settled until all are. Items a second, and processor time for each:
        the gateway's, and that of all who have a part in it."""

        def cpu():
            own = cpu_seconds(gateway.pid)
            others = sum(self.servers.cpu().values()) + (cpu_seconds(followers.process.pid) if followers else 0)
            return own, own + others

        progress = Progress(gateway, self.filling)
        if progress.items():
            raise gateway.failure("consumes though it must not")
        self.servers.mongo[gateway.database]["configuration"].update_one(
            {"_id": "rabbitMQ.enabled"}, {"$set": {"value": True}})
        first = None
        while True:
            items = progress.items()
            now = time.monotonic()
            if items and first is None:
                first = (items, now, cpu())
            if items >= self.filling.items and progress.is_complete():
                done = self.filling.items - first[0]
                own, every = ((after - before) / done * 1e6 for before, after in zip(first[2], cpu()))
                return {"rate": done / (now - first[1]), "cpu": own, "allCpu": every}
            if progress.seconds_without() > PATIENCE:
                raise gateway.failure(f"has settled {items} of {self.filling.items} items")
            time.sleep(0.001 if items >= self.filling.items else 0.02)

    def without(self):
        with self.loaded() as gateway:
            return self.run(gateway)

    def followed(self):
        with self.loaded() as gateway, Followers(gateway, self.options.subscribers) as followers:
            measured = self.run(gateway, followers)
            time.sleep(2.5)  # the last outcomes arrive within a second and a half
        return {**measured, "told": self.checked(followers)}

    def asked(self):
        """The same with pages that are asked for."""
        with self.loaded() as gateway, Followers(gateway, self.options.subscribers) as followers:
            with Pages(gateway.port) as pages:
                measured = self.run(gateway, followers)
            time.sleep(2.5)
        self.checked(followers)
        return {**measured, "taken": {page: sorted(taken) for page, taken in pages.taken.items()}}

    def checked(self, followers):
        told = followers.told
        if told["gaps"] or set(told["items"]) != {self.filling.items}:
            raise Failure(f"of {self.filling.items} items, reported: {sorted(set(told['items']))}, gaps: {told['gaps']}")
        return told


def percentile(values, share):
    return values[int(share * (len(values) - 1))]


def main():
    parser = argparse.ArgumentParser()
    for name in ("--items", "--subscribers", "--rounds"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--directory", "--gateway"):
        parser.add_argument(name, required=True)
    parser.add_argument("--json")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(options)
    rounds = []
    for number in range(options.rounds):
        stopwatch = Stopwatch(bench.servers)
        measured = {}
        names = ("without", "followed")
        for name in names if number % 2 == 0 else reversed(names):
            measured[name] = getattr(bench, name)()
        measured["others"] = stopwatch.others_percent()
        measured["asked"] = bench.asked()
        rounds.append(measured)
        say(
            f"round {number + 1} of {options.rounds}: without {measured['without']['rate']:,.0f} items/s, with"
            f" {measured['followed']['rate']:,.0f}, with pages too {measured['asked']['rate']:,.0f}"
            f" (others used {measured['others']:.0f} % of the machine)")
    if options.json:
        Path(options.json).write_text(json.dumps(rounds))
    sys.exit(report(options, rounds))


def report(options, rounds):
    def median(name, figure):
        return statistics.median(one[name][figure] for one in rounds)

    ratio = statistics.median(one["followed"]["rate"] / one["without"]["rate"] for one in rounds)
    by_cpu = statistics.median(one["without"]["allCpu"] / one["followed"]["allCpu"] for one in rounds)
    is_fast, is_cheap = median("without", "rate") >= LEAST_RATE, ratio >= LEAST_RATIO
    others = statistics.median(one["others"] for one in rounds)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; others used {others:.0f} % of them")
    print(f"{options.items:,} items, {options.subscribers} subscribers; median of {options.rounds} rounds\n")
    print(f"{'':38}{'items/s':>12}{'CPU µs each':>14}{'of the gateway':>16}")
    for title, name in (("without subscribers", "without"), ("with them", "followed")):
        figures = (median(name, figure) for figure in ("rate", "allCpu", "cpu"))
        print("{:38}{:>12,.0f}{:>14.2f}{:>16.2f}".format(title, *figures))
    told = [one["followed"]["told"] for one in rounds]
    print(f"{'events told, all together':38}{statistics.median(one['events'] for one in told):>12,.0f}")
    print(f"\n{'ratio':38}{ratio:>12.3f}    {'ok' if is_cheap else 'MISSED'}: at least {LEAST_RATIO}")
    print(f"{'ratio by CPU':38}{by_cpu:>12.3f}")
    print(f"{'a load worth the name':38}{'':>12}    {'ok' if is_fast else 'MISSED'}: {LEAST_RATE:,}/s without subscribers")
    is_soon = True
    print(f"\n{'pages during the load, ms':38}{'p50':>8}{'p99':>8}{'asked':>8}")
    for page in PAGES:
        taken = sorted(time for one in rounds for time in one["asked"]["taken"][page])
        p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
        is_soon = is_soon and p50 < MOST_MILLISECONDS
        word = "ok" if p50 < MOST_MILLISECONDS else "MISSED"
        print(f"{page:38}{p50:>8.1f}{p99:>8.1f}{len(taken):>8}    {word}: p50 below {MOST_MILLISECONDS:.0f}")
    return 0 if is_fast and is_cheap and is_soon else 1


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        say(str(failure))
        sys.exit(1)
