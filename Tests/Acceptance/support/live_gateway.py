"""A gateway with a database and queues of its own on the servers of this run, and what looks at it from outside."""

import json
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import pika
import pymongo
from gateway_process import GatewayProcess

ROOT = Path(__file__).resolve().parents[3]
OPERATOR = "operator-token-0123456789"
VIEWER = "viewer-token-0123456789"
WRONG = "a-wrong-token-0123456789"
AS_VIEWER = {"Authorization": "Bearer " + VIEWER}


class Servers:
    """Those of RABBITMQ_URI and MONGODB_URI."""

    def __init__(self):
        self.rabbitmq_uri, self.mongodb_uri = os.environ["RABBITMQ_URI"], os.environ["MONGODB_URI"]
        self.mongo = pymongo.MongoClient(self.mongodb_uri)

    def channel(self):
        """A channel of a connection of its own, on which nobody answers heartbeats."""
        parameters = pika.URLParameters(self.rabbitmq_uri)
        parameters.heartbeat = 0
        return pika.BlockingConnection(parameters).channel()


class Gateway(GatewayProcess):
    """Made, then prepared (mappings, documents, queues), then started.

    `settings` come on top of those of the servers, the database, the queue and the console's tokens. The database, the queue of
    the catalogs and the queues in `queues` are removed by `close`.
    """

    known = []  # those of the running test, for its report

    def __init__(self, binary, servers, directory, kind, settings):
        self.name = f"{kind}-{uuid.uuid4().hex[:12]}"
        self.queue = self.name + ".catalog"
        super().__init__(binary, directory, {
            "RABBITMQ_URI": servers.rabbitmq_uri, "MONGODB_URI": servers.mongodb_uri, "MONGODB_DATABASE": self.name,
            "RABBITMQ_ENDPOINT_NAME": self.queue, "CONSOLE_OPERATOR_TOKEN": OPERATOR, "CONSOLE_VIEWER_TOKEN": VIEWER, **settings,
        })
        self.servers, self.database = servers, servers.mongo[self.name]
        self.broker = servers.channel()
        self.queues = [self.queue]
        self.mappings = self.directory / "mappings"
        self.was_stopped = False
        Gateway.known.append(self)

    # ------------------------------------------------------------------------------------------------ before its start

    def take_mappings(self, *names):
        """Copies these of the shipped mappings, files or folders, into a directory of its own, and uses that."""
        self.mappings.mkdir(exist_ok=True)
        for name in names:
            shipped = ROOT / "mappings" / name
            if shipped.is_dir():
                shutil.copytree(shipped, self.mappings / name)
            else:
                shutil.copy(shipped, self.mappings)
        self.settings["MAPPINGS_DIRECTORY"] = "mappings"

    def declare(self, queue):
        """A durable queue, removed at the end."""
        self.queues.append(queue)
        self.broker.queue_declare(queue, durable=True)
        return queue

    # ----------------------------------------------------------------------------------------------------- while it runs

    def start(self, *arguments):
        self.was_stopped = False
        super().start(*arguments)
        self.wait_until_ready()

    def send(self, body, message_id=None, queue=None):
        """`body`: bytes or text as they are, else what becomes JSON. Without a message-id it gets one of its own."""
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        self.broker.basic_publish(
            "", queue or self.queue, body, pika.BasicProperties(message_id=message_id or uuid.uuid4().hex))

    def read(self, path):
        """The text of a page that answers 200, as somebody who may look."""
        answer = self.get(path, AS_VIEWER, timeout=10)
        assert answer and answer[0] == 200, f"GET {path}: expected 200, found {answer}"
        return answer[1]

    def command(self, *arguments):
        """The standard output of one of its commands, with its settings; it must end well."""
        result = subprocess.run(
            [self.binary, *arguments], cwd=self.directory, env=self.settings, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, f"gateway {' '.join(arguments)}: exit {result.returncode}: {result.stderr.strip()}"
        return result.stdout

    def reloads(self, outcome):
        """How often settings or files were taken over (`done`), or not (`refused`)."""
        for line in self.read("/metrics").splitlines():
            if line.startswith(f'gateway_reloads_total{{outcome="{outcome}"}}'):
                return int(float(line.split()[-1]))
        return 0

    # -------------------------------------------------------------------------------------------------------------- its end

    def stop(self, patience=20.0):
        """Its exit code after SIGTERM, which should be 0."""
        self.was_stopped = True
        return super().stop(patience)

    def has_crashed(self):
        return self.process is not None and not self.is_running() and not self.was_stopped

    def close(self):
        """Ends it and removes what it leaves on the servers. Fails when it did not end well."""
        try:
            if self.has_crashed():
                raise self.failure(f"ended by itself, with {self.process.returncode}")
            if self.is_running():
                code = self.stop()
                if code != 0:
                    raise self.failure(f"ended with {code} after SIGTERM, and not with 0")
        finally:
            self.kill()
            self.servers.mongo.drop_database(self.name)
            for queue in self.queues:
                self.broker.queue_delete(queue)
            self.broker.connection.close()
