"""The console's WebSocket on a real gateway with real servers, as programs and browsers use it."""

import json
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid

import pika
import pymongo
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from websocket_frames import CLOSE, Client, Refused

OPERATOR = "operator-token-0123456789"
VIEWER = "viewer-token-0123456789"
BRAND = '{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"IU","code":"%s","name":"N"}]}'
BAD = '{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"I","code":"bad"}]}'


def say(words):
    print("ok  " + words, flush=True)


def wait(what, is_so, limit=30.0):
    end = time.monotonic() + limit
    while not is_so():
        assert time.monotonic() < end, f"waited {limit} s in vain: {what}"
        time.sleep(0.02)


class Gateway:
    """One `gateway run` after the other, with one database and one queue."""

    def __init__(self, path):
        self.path, self.name = path, "websocket-" + uuid.uuid4().hex[:12]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.directory = tempfile.TemporaryDirectory()
        self.log = pathlib.Path(self.directory.name, "log")
        self.store = pymongo.MongoClient(os.environ["MONGODB_URI"])
        self.broker = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URI"])).channel()
        self.start()

    def start(self):
        settings = {
            "RABBITMQ_URI": os.environ["RABBITMQ_URI"], "MONGODB_URI": os.environ["MONGODB_URI"],
            "MONGODB_DATABASE": self.name, "RABBITMQ_ENDPOINT_NAME": self.name, "CONSOLE_PORT": str(self.port),
            "CONSOLE_OPERATOR_TOKEN": OPERATOR, "CONSOLE_VIEWER_TOKEN": VIEWER, "PATH": os.environ["PATH"],
        }
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [self.path, "run"], cwd=self.directory.name, env=settings, stdout=log, stderr=log)
        wait("the gateway is ready", self.is_ready)

    def is_ready(self):
        assert self.process.poll() is None, f"the gateway ended:\n{self.log.read_text()}"
        try:
            return self.ask("/readyz").status == 200
        except OSError:
            return False

    def ask(self, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers or {})
        return urllib.request.urlopen(request, timeout=5)

    def send(self, body):
        self.broker.basic_publish("", self.name, body.encode(), pika.BasicProperties(message_id=uuid.uuid4().hex))

    def stop(self):
        self.process.terminate()
        assert self.process.wait(20) == 0, self.log.read_text()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.store.drop_database(self.name)
        self.broker.queue_delete(self.name)
        self.broker.connection.close()
        self.directory.cleanup()

    def open(self, headers=None, **more):
        return Socket(connect(
            f"ws://127.0.0.1:{self.port}/ws", additional_headers=headers or {"Authorization": "Bearer " + VIEWER}, **more))


class Socket:
    def __init__(self, connection):
        self.connection = connection

    def ask(self, **message):
        self.connection.send(json.dumps(message))

    def subscribe(self, topic, **more):
        self.ask(type="subscribe", topic=topic, **more)
        answer = self.next("subscribed")
        assert answer["topic"] == topic, answer
        return answer["id"]

    def next(self, kind=None, topic=None):
        """The next message, or the next of that type and topic."""
        end = time.monotonic() + 10
        while True:
            message = json.loads(self.connection.recv(timeout=max(0.01, end - time.monotonic())))
            if kind in (None, message["type"]) and topic in (None, message.get("topic")):
                return message

    def quiet(self, seconds=1.2):
        """Whether nothing comes for so long: more than two looks of the gateway."""
        try:
            self.connection.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False

    def closed(self, limit=10):
        """The code it is closed with."""
        end = time.monotonic() + limit
        try:
            while True:
                self.connection.recv(timeout=max(0.01, end - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def inserted(socket, wanted, topic="outcomes"):
    """Reads until so many items are told; returns the last id."""
    total = 0
    while total < wanted:
        event = socket.next("event", topic)
        total += sum(event["data"]["items"].values())
    assert total == wanted, f"{total} items told, not {wanted}"
    return event["id"]


def check_topics(gateway):
    one = gateway.open()
    one.subscribe("status")
    while not (routes := one.next("event", "status")["data"]["routes"]):
        pass  # it was ready a moment before it looked at itself again
    assert routes[0]["name"] == "catalogs", routes
    one.subscribe("outcomes", key="catalogs")
    one.subscribe("catalogs")
    other = gateway.open({"Authorization": "Bearer " + OPERATOR})
    other.subscribe("outcomes", key="another-route")
    other.subscribe("deadLetters", key="open")
    gateway.send(BRAND % "first")
    event = one.next("event", "outcomes")
    assert event["key"] == "catalogs" and event["data"]["items"] == {"inserted": 1}, event
    assert one.next("event", "catalogs")["data"] == event["data"]
    assert other.quiet(), "a key of another route lets nothing through"
    gateway.send(BAD)
    event = other.next("event")
    assert event["topic"] == "deadLetters" and event["key"] == "open" and event["data"]["open"] == 1, event
    one.ask(type="unsubscribe", topic="status")
    one.next("unsubscribed")
    one.ask(type="subscribe", topic="outcome")
    error = one.next("error")
    assert error["code"] == "unknownTopic" and "did you mean 'outcomes'?" in error["remedy"], error
    one.connection.close()
    other.connection.close()
    say("topics, keys and a route's name: an item that is applied is told to whom it concerns")


def check_resume(gateway):
    one = gateway.open()
    one.subscribe("outcomes")
    gateway.send(BRAND % "second")
    last = inserted(one, 1)
    one.connection.close()
    gateway.send(BRAND % "third")
    wait("it is stored", lambda: gateway.store[gateway.name].brand.find_one({"_id": "napse|third"}) is not None)
    gateway.send(BRAND % "fourth")
    again = gateway.open()
    again.subscribe("outcomes", after=last)
    inserted(again, 2)
    again.subscribe("outcomes", after="another-7")
    assert again.next()["type"] == "gap"
    again.connection.close()
    say("who comes back gets what was missed, nothing twice; an id of another run is a gap")
    return last


def status_of(open_it):
    try:
        open_it().connection.close()
    except InvalidStatus as refused:
        body = json.loads(refused.response.body)
        assert body["error"]["remedy"], body
        return refused.response.status_code, body["error"]["code"]
    return 101, None


def check_refusals(gateway):
    bearer = {"Authorization": "Bearer " + VIEWER}
    own = f"http://127.0.0.1:{gateway.port}"
    assert status_of(lambda: gateway.open({**bearer, "Origin": "http://evil.example"})) == (403, "foreignOrigin")
    assert status_of(lambda: gateway.open({**bearer, "Origin": "null"})) == (403, "foreignOrigin")
    assert status_of(lambda: gateway.open({**bearer, "Origin": own})) == (101, None)
    assert status_of(lambda: gateway.open({"X": "y"})) == (401, "loginNeeded")
    assert status_of(lambda: gateway.open({"Cookie": "gateway_session=0000"})) == (401, "loginNeeded")
    # From an address of its own: after five it has to wait. Each is counted once, though two places look at it.
    for number in range(6):
        try:
            Client(gateway.port, headers=[("Authorization", "Bearer wrong-token-0123456789")], source="127.0.0.9")
        except Refused as refused:
            assert refused.status == (401 if number < 5 else 429), (number, refused)
        else:
            raise AssertionError("a wrong token is let in")
    try:
        Client(gateway.port, headers=[("Authorization", "Bearer " + VIEWER)], source="127.0.0.9")
    except Refused as refused:
        assert refused.status == 429, refused
    else:
        raise AssertionError("the right token is let in while its address waits")
    try:
        gateway.ask("/ws", headers=bearer)
    except urllib.error.HTTPError as refused:
        assert refused.code == 426 and json.load(refused)["error"]["code"] == "upgradeNeeded"
    say("a foreign Origin (403), no token and a wrong one (401), and too many of them (429) are refused before the upgrade")


def check_codes(gateway):
    one = gateway.open()
    one.connection.send("x" * (64 << 10 | 1))
    assert one.closed() == 1009
    one = gateway.open()
    one.connection.send(b"binary")
    assert one.closed() == 1003
    one = gateway.open()
    one.connection.send("{")
    assert one.next("error")["code"] == "invalid"
    one.connection.close()
    say("a message too large is closed with 1009, a binary one with 1003; one that is no JSON is answered")


def check_session(gateway):
    answer = gateway.ask("/api/login", {"token": OPERATOR})
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    own = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{gateway.port}"}
    one = gateway.open(own)
    one.subscribe("outcomes")
    csrf = json.load(gateway.ask("/api/session", headers=own))["csrf"]
    gateway.ask("/api/logout", {}, {**own, "X-CSRF-Token": csrf})
    began = time.monotonic()
    assert one.closed() == 1008
    say(f"who logs out is closed with 1008 after {time.monotonic() - began:.1f} s")


def check_bound(gateway):
    headers = [("Authorization", "Bearer " + VIEWER)]
    clients = [Client(gateway.port, headers=headers) for _ in range(256)]
    opcode, payload = Client(gateway.port, headers=headers).next()
    assert opcode == CLOSE and payload[:2] == b"\x03\xf5", (opcode, payload)
    try:
        gateway.ask("/api/events", headers=dict(headers))
    except urllib.error.HTTPError as refused:
        assert refused.code == 503
    else:
        raise AssertionError("there is room for a stream")
    for client in clients:
        client.socket.close()
    wait("there is room again", lambda: status_of_stream(gateway) == 200, 10)
    say("256 follow, the next one is closed with 1013; when they are gone there is room again")


def status_of_stream(gateway):
    try:
        answer = gateway.ask("/api/events", headers={"Authorization": "Bearer " + VIEWER})
    except urllib.error.HTTPError as refused:
        return refused.code
    answer.close()
    return answer.status


def check_end(gateway, last):
    one, two = gateway.open(), gateway.open()
    two.subscribe("outcomes")
    began = time.monotonic()
    gateway.process.terminate()
    assert one.closed() == 1001 and two.closed() == 1001
    assert gateway.process.wait(20) == 0, gateway.log.read_text()
    say(f"at the end all are closed with 1001, and the gateway exits 0 after {time.monotonic() - began:.1f} s")
    gateway.start()
    one = gateway.open()
    one.subscribe("outcomes", after=last)
    assert one.next()["type"] == "gap"
    one.connection.close()
    stream = gateway.ask("/api/events?topics=outcomes&key=catalogs", headers={
        "Authorization": "Bearer " + VIEWER, "Last-Event-ID": last})
    told = [stream.readline().decode().strip() for _ in range(4)]
    assert "event: gap" in told, told
    gateway.send(BRAND % "fifth")
    while not (line := stream.readline().decode()).startswith("data: {\"route\""):
        pass
    assert json.loads(line[6:])["items"] == {"inserted": 1}
    stream.close()
    gateway.stop()
    say("after a restart a gap is told, on a socket and on a stream")


def protocol(path):
    gateway = Gateway(path)
    try:
        check_topics(gateway)
        last = check_resume(gateway)
        check_refusals(gateway)
        check_codes(gateway)
        check_session(gateway)
        check_bound(gateway)
        check_end(gateway, last)
    except BaseException:
        print(gateway.log.read_text()[-3000:], flush=True)
        raise
    finally:
        gateway.close()
