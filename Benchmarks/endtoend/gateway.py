"""The gateway as a process, seen from outside: its console, its ledger in the store, /proc."""

import signal
import subprocess
import time
from collections import Counter

from processes import Failure, cpu_seconds, peak_megabytes  # first: it says where gateway_process is
from gateway_process import GatewayProcess
from pymongo.read_concern import ReadConcern

PATIENCE = 60  # seconds without progress


class Gateway(GatewayProcess):
    """`with Gateway(…) as gateway:` runs one with default settings, and ends it with SIGTERM."""

    def __init__(self, binary, servers, database, queue, directory):
        self.servers, self.database, self.queue = servers, database, queue
        super().__init__(binary, directory, {
            "RABBITMQ_URI": servers.rabbitmq_uri, "RABBITMQ_ENDPOINT_NAME": queue,
            "MONGODB_URI": servers.mongodb_uri, "MONGODB_DATABASE": database,
        })
        self.log.unlink(missing_ok=True)  # of the one before it in this directory

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.signal(signal.SIGTERM)
        try:
            status = self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        if kind is None and status != 0:
            raise self.failure(f"ended with exit {status} after SIGTERM")

    def failure(self, what):
        return Failure(str(super().failure(what)))

    def seconds_to_ready(self):
        """From its start until /readyz answers 200, asked every 2 ms."""
        return self.wait_until_ready(PATIENCE, pause=0.002)

    def outcomes(self):
        """Items by how they ended, summed over the ledger."""
        counts = Counter()
        for row in self.servers.mongo[self.database]["gateway.ledger"].find({}, {"outcomes": 1}):
            counts.update(row["outcomes"])
        return dict(counts)

    def peak_megabytes(self):
        return peak_megabytes(self.pid)

    def settle(self, filling):
        """Waits until all of the queue's messages are settled; returns the moments when it was ready, and when they were
        all settled.

        Settled is what the store has in gateway.ledger. How far it is, is asked every 20 ms, of the collection's own
        count, which costs mongod next to nothing. The end is when the last messages are read back with read concern
        "majority".
        """
        progress = Progress(self, filling)
        self.seconds_to_ready()
        ready = Moment.now(self, progress.items())
        while True:
            items = progress.items()
            if items >= filling.items and progress.is_complete():
                return ready, Moment.now(self, items)
            if self.process.poll() is not None:
                raise self.failure(f"ended in the middle, with exit {self.process.returncode}")
            if progress.seconds_without() > PATIENCE:
                raise self.failure(f"has settled {items} of {filling.items} items, and no more for {PATIENCE} s")
            time.sleep(0.001 if items >= filling.items else 0.02)


class Progress:
    """How far the messages of a queue are settled, by the ledger, and for how long nothing has moved."""

    def __init__(self, gateway, filling):
        self.filling = filling
        self.ledger = gateway.servers.mongo[gateway.database]["gateway.ledger"]
        self.durable = self.ledger.with_options(read_concern=ReadConcern("majority"))
        # With several lanes any of the last messages may be the last to be settled.
        last = range(max(1, filling.messages - len(filling.companies) + 1), filling.messages + 1)
        self.last_ids = [f"{gateway.queue}||{gateway.queue}-{number}" for number in last]
        self.seen, self.seen_at = 0, time.monotonic()

    def items(self):
        if self.filling.messages == 1:
            row = self.ledger.find_one(self.last_ids[0])
            items = row["settled"] if row else 0
        else:
            items = self.ledger.estimated_document_count() * self.filling.items // self.filling.messages
        if items != self.seen:
            self.seen, self.seen_at = items, time.monotonic()
        return items

    def is_complete(self):
        rows = list(self.durable.find({"_id": {"$in": self.last_ids}}))
        return len(rows) == len(self.last_ids) and all(row["settled"] == row["items"] for row in rows)

    def seconds_without(self):
        return time.monotonic() - self.seen_at


class Moment:
    """Items settled, and the processor time that was spent until then, by process."""

    def __init__(self, time, items, cpu):
        self.time, self.items, self.cpu = time, items, cpu

    @staticmethod
    def now(gateway, items):
        return Moment(time.monotonic(), items, {"own": cpu_seconds(gateway.pid), **gateway.servers.cpu()})
