"""One `gateway run` with a database and queues of its own, on which something of everything has happened: items by every
outcome, dead letters of both kinds, feeds, postings that went out, failed and are stuck, a configuration that was refused.

For checks that look at it from outside. RABBITMQ_URI and MONGODB_URI name the servers.
"""

import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

import pika
import pymongo

OPERATOR = "operator-token-0123456789"
VIEWER = "viewer-token-0123456789"
FILTERED = """
routes:
  filtered:
    from: { amqp: { queue: %s } }
    definition: catalogBrand
    message:
      companyId: $.companyId
      items: $.items[*]
      where: { path: .skip, notEquals: true }
      operation: IU
      fields: { code: .code, name: .name }
"""


def wait(what, is_so, limit=30.0):
    end = time.monotonic() + limit
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit(f"waited {limit} s in vain: {what}")
        time.sleep(0.05)


class BusyGateway:
    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.name = "busy-" + uuid.uuid4().hex[:12]
        self.queue = self.name + ".catalog"
        self.cards, self.limits = self.name + ".cards", self.name + ".limits"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.directory = tempfile.TemporaryDirectory()
        home = pathlib.Path(self.directory.name)
        root = pathlib.Path(__file__).resolve().parents[2]
        self.mappings = home / "mappings"
        shutil.copytree(root / "mappings" / "feeds", self.mappings / "feeds")
        shutil.copy(root / "mappings" / "catalogs.yaml", self.mappings)
        (self.mappings / "filtered.yaml").write_text(FILTERED % (self.name + ".filtered"))
        self.log = open(home / "log", "w+")
        self.environment = {
            "RABBITMQ_URI": os.environ["RABBITMQ_URI"], "MONGODB_URI": os.environ["MONGODB_URI"],
            "MONGODB_DATABASE": self.name, "RABBITMQ_ENDPOINT_NAME": self.queue, "MAPPINGS_DIRECTORY": str(self.mappings),
            "RABBITMQ_LOYALTY_CARD_ENDPOINT_NAME": self.cards, "RABBITMQ_LIMITSTATUS_ENDPOINT_NAME": self.limits,
            "RABBITMQ_PRODUCER_INTERVAL": "1h", "CONSOLE_PORT": str(self.port), "CONSOLE_OPERATOR_TOKEN": OPERATOR,
            "CONSOLE_VIEWER_TOKEN": VIEWER, "PATH": os.environ["PATH"],
        }
        self.store = pymongo.MongoClient(os.environ["MONGODB_URI"])
        self.database = self.store[self.name]
        self.broker = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URI"])).channel()
        self.broker.queue_declare(self.cards, durable=True)
        self.process = None

    def __enter__(self):
        self._write_documents()
        self.process = subprocess.Popen(
            [self.path, "run"], cwd=self.directory.name, env=self.environment, stdout=self.log, stderr=self.log)
        try:
            wait("the gateway is ready", self._is_ready)
            self._send_messages()
            self._change_configuration()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, error, trace):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if kind:
            print(self._text()[-3000:], file=sys.stderr)
        self.store.drop_database(self.name)
        for queue in (self.queue, self.cards, self.name + ".filtered"):
            self.broker.queue_delete(queue)
        self.broker.connection.close()
        self.directory.cleanup()

    def send(self, body, message_id=None, queue=None):
        text = body if isinstance(body, str) else json.dumps(body)
        self.broker.basic_publish(
            "", queue or self.queue, text.encode(), pika.BasicProperties(message_id=message_id or uuid.uuid4().hex))

    def read(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": "Bearer " + VIEWER})
        return urllib.request.urlopen(request, timeout=10).read().decode()

    def command(self, *arguments):
        return subprocess.run(
            [self.path, *arguments], cwd=self.directory.name, env=self.environment, check=True, capture_output=True,
            text=True).stdout

    def _is_ready(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the gateway ended:\n{self._text()}")
        try:
            return urllib.request.urlopen(self.url + "/readyz", timeout=2).status == 200
        except OSError:
            return False

    def _text(self):
        self.log.seek(0)
        return self.log.read()

    def _write_documents(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        self.database.cardMovement.insert_one({"companyId": "napse", "amount": "0", "createdAt": now})
        # There is no queue for the first one, and the second one is no JSON.
        self.database.limitStatus.insert_many([
            {"companyId": "napse", "currentValue": 1.0, "lastUpdate": now},
            {"companyId": "napse", "currentValue": float("nan"), "lastUpdate": now}])
        self.database.engine.insert_many([
            {"engineId": "1", "engineName": "ENGINE1", "processDate": now, "startDate": now, "endDate": now, "keyMap": "napse",
             "mapVersion": "2", "stores": "napse", "isConsole": "false"},
            {"engineId": "2", "engineName": "ENGINE2", "processDate": now - datetime.timedelta(hours=1)}])

    def _send_messages(self):
        def message(*items, catalog="catalogBrand", company="napse"):
            return {"companyId": company, "catalog": catalog, "items": list(items)}

        brand = message({"operation": "I", "code": "a", "name": "A"}, {"operation": "IU", "code": "b", "name": "B"})
        self.send(brand, "one")
        self.send(brand, "one")
        self.send(message(
            {"operation": "IU", "code": "a", "name": "New"}, {"operation": "U", "code": "b", "name": "B"},
            {"operation": "D", "code": "b"}, {"operation": "D", "code": "c"}, {"operation": "I", "code": "d"}))
        for number in range(6):
            self.send(message({"operation": "I", "code": f"x{number}"}))
        self.send(message({"operation": "X", "code": "e"}, {"operation": "U", "code": "nobody"}))
        self.send(message({"operation": "I", "code": "f", "name": "F"}, catalog="catalogBrnad"))
        self.send("{\n  no JSON")
        self.send(
            {"companyId": "napse", "items": [{"code": "g", "name": "G"}, {"code": "h", "name": "H", "skip": True}]},
            queue=self.name + ".filtered")
        letters, postings = self.database["gateway.deadLetters"], self.database["gateway.postings"]
        wait("dead letters", lambda: letters.count_documents({"state": "open"}) == 10)
        wait("records", lambda: self.database.brand.count_documents({}) == 2)
        wait("a posting failed, and another one is stuck", lambda: {
            row["state"] for row in postings.find({"name": "limit-status"})} == {"failed", "stuck"})
        wait("a card was published", lambda: self.broker.queue_declare(self.cards, passive=True).method.message_count == 1)

    def _change_configuration(self):
        self.command("config", "set", "lanes", "3")
        wait("the setting is in force", lambda: 'gateway_reloads_total{outcome="done"}' in self.read("/metrics"))
        (self.mappings / "broken.yaml").write_text("routes:\n  broken: { form: here }\n")
        self.process.send_signal(signal.SIGHUP)
        wait("a mapping was refused", lambda: 'gateway_reloads_total{outcome="refused"}' in self.read("/metrics"))
