"""Feeds beside a bare publisher, and the time from a change to its confirm. Started by Benchmarks/feeds, which says more."""

import argparse
import json
import os
import signal
import statistics
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pymongo

from documents import document, message_id, published
from gateway import Gateway
from machine import Stopwatch
from processes import Failure, cpu_seconds, run
from servers import Servers

LEAST_RATE, LEAST_SHARE, MOST_MILLISECONDS = 20_000, 0.7, 10.0
PATIENCE = 120  # seconds
WARM_UP = 50


def say(text):
    print(f"feeds: {text}", file=sys.stderr, flush=True)


class Feeding(Gateway):
    """A gateway that publishes one feed and consumes nothing."""

    def __init__(self, binary, servers, database, queue, directory, mapping):
        super().__init__(binary, servers, database, queue, directory)
        mappings = Path(directory) / "mappings"
        mappings.mkdir(exist_ok=True)
        (mappings / "feed.yaml").write_text(mapping)
        self.settings |= {
            "RABBITMQ_ENABLED": "false", "RABBITMQ_LIMITSTATUS_ENDPOINT_NAME": queue, "MAPPINGS_DIRECTORY": str(mappings),
        }

    def last_run(self, feed):
        row = self.servers.mongo[self.database]["gateway.feeds"].find_one({"_id": feed})
        return row and row.get("lastRun")


class Bench:
    def __init__(self, options):
        self.options = options
        self.servers = Servers(Path(options.directory))
        self.mapping = Path(options.mapping).read_text()
        self.documents = [document(number) for number in range(options.documents)]
        self.bodies = Path(options.directory) / "bodies"
        self.bodies.write_text("".join(published(one) + "\n" for one in self.documents))
        self.postings = Path(options.directory) / "postings"
        self.postings.write_text("".join(f"{message_id(one)}\t{published(one)}\n" for one in self.documents))

    @contextmanager
    def queue(self):
        name = self.servers.empty_queue()
        try:
            yield name
        finally:
            with self.servers.channel() as channel:
                channel.queue_delete(name)

    def bare(self):
        """The very messages of the feed, with all their properties."""
        return self.fill(self.postings, "--postings", "limitStatus")

    def lean(self):
        """The same bodies with a message-id alone."""
        return self.fill(self.bodies, "lean")

    def fill(self, lines, *form):
        with self.queue() as queue:
            measured = run(Path(self.options.directory) / "fill", queue, lines, *form)
            return measured["items"] / measured["seconds"], measured["cpu"] / measured["items"]

    def feed(self):
        """Documents a second by the feed's own account of its run, from its first query to its last mark."""
        database = self.servers.fresh_database()
        collection = self.servers.mongo[database]["limitStatus"]
        collection.insert_many(self.documents)
        collection.create_index([("lastUpdate", 1), ("_id", 1)])
        self.servers.mongo.admin.command("fsync")
        with self.queue() as queue:
            options = self.options
            with Feeding(options.gateway, self.servers, database, queue, options.directory, self.mapping) as gateway:
                last = gateway.wait("the first run", lambda: gateway.last_run("limit-status"), PATIENCE)
                cpu = cpu_seconds(gateway.pid)
                if last["confirmed"] != len(self.documents) or last["failed"]:
                    raise gateway.failure(f"has published {last}")
                self.compare(queue)
        self.servers.mongo.drop_database(database)
        return last["documents"] / last["milliseconds"] * 1000, cpu / last["documents"]

    def compare(self, queue):
        """The number of messages; the first thousand byte for byte, and the properties that the bare publisher gives too."""
        with self.servers.channel() as channel:
            count = channel.queue_declare(queue, passive=True).method.message_count
            if count != len(self.documents):
                raise Failure(f"{count} messages for {len(self.documents)} documents")
            for one in self.documents[:1000]:
                _, properties, body = channel.basic_get(queue, auto_ack=True)
                if body.decode() != published(one):
                    raise Failure(f"published {body.decode()}\nexpected  {published(one)}")
                given = (properties.message_id, properties.type, properties.app_id, properties.content_type)
                if given != (message_id(one), "limitStatus", "promo-gateway", "application/json"):
                    raise Failure(f"published with {properties}")
                if properties.delivery_mode != 2 or properties.timestamp is None or properties.headers:
                    raise Failure(f"published with {properties}")

    def latency(self):
        """Milliseconds from just before an insert (w: majority) until its mark is seen in the document, which is written
        after the broker's confirm: so never too low, and too high by the mark's own write and the finds that look for it."""
        database = self.servers.fresh_database()
        collection = self.servers.mongo[database].get_collection(
            "limitStatus", write_concern=pymongo.WriteConcern(w="majority", j=True)
        )
        mapping = self.mapping.replace(
            "progress: { field: lastUpdate, overlap: 5m }", "watch: true\n        progress: { flag: sent }"
        )
        taken = []
        with self.queue() as queue:
            options = self.options
            with Feeding(options.gateway, self.servers, database, queue, options.directory, mapping) as gateway:
                gateway.wait("the first run", lambda: gateway.last_run("limit-status"), PATIENCE)
                time.sleep(1)
                for number in range(WARM_UP + options.changes):
                    one = document(number, datetime.now(timezone.utc).replace(microsecond=0))
                    began = time.perf_counter()
                    collection.insert_one(one)
                    while not collection.find_one({"_id": one["_id"], "sent": True}, {"_id": 1}):
                        if time.perf_counter() - began > PATIENCE:
                            raise gateway.failure("does not publish a change")
                        time.sleep(0.0002)
                    taken.append(1000 * (time.perf_counter() - began))
                    time.sleep(0.003)
        self.servers.mongo.drop_database(database)
        return sorted(taken[WARM_UP:])


def percentile(values, share):
    return values[int(share * (len(values) - 1))]


def main():
    parser = argparse.ArgumentParser()
    for name in ("--documents", "--changes", "--rounds"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--directory", "--gateway", "--mapping"):
        parser.add_argument(name, required=True)
    parser.add_argument("--json")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(options)
    rounds = []
    for number in range(options.rounds):
        stopwatch = Stopwatch(bench.servers)
        measured = {}
        contestants = ("feed", "bare", "lean")
        for name in contestants if number % 2 == 0 else reversed(contestants):
            measured[name], measured[name + "Cpu"] = getattr(bench, name)()
        measured["latency"] = bench.latency()
        measured["others"] = stopwatch.others_percent()
        rounds.append(measured)
        say(
            f"round {number + 1} of {options.rounds}: feed {measured['feed']:,.0f}/s, bare {measured['bare']:,.0f}/s,"
            f" bare with a message-id alone {measured['lean']:,.0f}/s, change {percentile(measured['latency'], 0.5):.1f} ms (others used {measured['others']:.0f} % of the machine)"
        )
    if options.json:
        Path(options.json).write_text(json.dumps(rounds))
    sys.exit(report(options, rounds))


def report(options, rounds):
    def median(name):
        return statistics.median(one[name] for one in rounds)

    share = statistics.median(one["feed"] / one["bare"] for one in rounds)
    lean = statistics.median(one["feed"] / one["lean"] for one in rounds)
    p50, p99 = (statistics.median(percentile(one["latency"], at) for one in rounds) for at in (0.5, 0.99))
    is_fast = median("feed") >= LEAST_RATE or share >= LEAST_SHARE
    is_soon = p50 < MOST_MILLISECONDS
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; others used {median('others'):.0f} % of them")
    print(f"{options.documents:,} limit-status documents, {options.changes} changes; median of {options.rounds} rounds\n")
    print(f"{'published and confirmed':38}{'a second':>12}{'CPU µs each':>14}")
    for name, key in (
        ("gateway, from MongoDB", "feed"), ("bare librabbitmq publisher", "bare"),
        ("the same, a message-id alone", "lean"),
    ):
        print(f"{name:38}{median(key):>12,.0f}{median(key + 'Cpu') * 1e6:>14.1f}")
    print(f"\n{'share of the bare publisher':38}{share:>12.2f}    {'ok' if is_fast else 'MISSED'}: 20,000/s or 0.7")
    print(f"{'… with a message-id alone':38}{lean:>12.2f}")
    print(f"{'insert to confirmed, p50, ms':38}{p50:>12.1f}    {'ok' if is_soon else 'MISSED'}: below 10")
    print(f"{'insert to confirmed, p99, ms':38}{p99:>12.1f}")
    return 0 if is_fast and is_soon else 1


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        say(str(failure))
        sys.exit(1)
