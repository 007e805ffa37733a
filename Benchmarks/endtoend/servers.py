"""The two private servers: databases and queues for one run each."""

import os
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pika
import pymongo

from processes import Failure, cpu_seconds, run


class Servers:
    """Those that `scripts/services env` names; `programs` has the compiled C programs."""

    def __init__(self, programs):
        self.programs = programs
        self.rabbitmq_uri = os.environ["RABBITMQ_URI"]
        self.mongodb_uri = os.environ["MONGODB_URI"]
        self.mongo = pymongo.MongoClient(self.mongodb_uri)
        directory = Path(os.environ["PROMO_SERVICES_DIR"])
        self.pids = {name: int((directory / f"{name}.pid").read_text().split()[0]) for name in ("mongod", "rabbitmq")}
        self.numbers = count(1)

    def fresh_database(self, documents=None):
        """A database that was not there before; with a file of documents, their collection is in it."""
        name = f"benchmark_{next(self.numbers)}"
        if documents:
            run(self.programs / "store", "load", name, documents, 1)
            self.mongo[name].drop_collection("gateway.ledger")
        # The checkpoint is written now, and not in the middle of what is timed.
        self.mongo.admin.command("fsync")
        return name

    def empty_queue(self):
        name = f"benchmark_{next(self.numbers)}"
        with self.channel() as channel:
            channel.queue_declare(name, durable=True)
        return name

    def filled_queue(self, filling):
        """A durable queue with all of the messages, confirmed by the broker; its name begins their message-ids."""
        name = self.empty_queue()
        run(self.programs / "fill", name, filling.path, name)
        return name

    def remove(self, database, queue):
        self.mongo.drop_database(database)
        self.remove_queue(queue)

    def remove_queue(self, queue):
        with self.channel() as channel:
            left = channel.queue_declare(queue, passive=True).method.message_count
            channel.queue_delete(queue)
        if left:
            raise Failure(f"{left} messages are still in a queue that should be empty")

    def cpu(self):
        """Processor time of each so far."""
        return {name: cpu_seconds(pid) for name, pid in self.pids.items()}

    @contextmanager
    def channel(self):
        """For a moment only: a connection that is kept would miss its heartbeats while something is timed."""
        connection = pika.BlockingConnection(pika.URLParameters(self.rabbitmq_uri))
        try:
            yield connection.channel()
        finally:
            connection.close()
