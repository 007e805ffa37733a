"""Pushes to WebSockets and event streams, from outside: whose they are, their order, and what survives an end of a gateway."""

import contextlib
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pymongo
import pytest
from asking import ask_at
from gateway_process import free_port, tied
from live_gateway import ROOT
from waiting import stays, wait
from websocket_frames import BINARY, CLOSE, PING, TEXT, Client, Refused, frame

DEFINITION = {
    "$schema": "urn:promo-gateway:definition:1", "$id": "urn:promo-gateway:definition:1:catalogNote", "title": "Notes",
    "x-catalog": "catalogNote", "x-collection": "note", "x-key": ["id"], "type": "object", "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "x-bson": "long"}, "text": {"type": "string"}, "user": {"type": "integer", "x-bson": "long"},
        "seen": {"type": "integer", "x-bson": "long", "x-merge": "sum"},
    },
}

MAPPING = """
routes:
  write:
    from: { http: { method: PUT, path: "/notes/{id}", listener: api } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: IU
      fields: { id: { parameter: id, integer: true }, text: .text, user: .user }
    to:
      - mongodb
      - websocket:
          topic: notes
          key: .user
          outcomes: [inserted, updated, unchanged]
          body: { type: { value: note }, note: .id, text: .text }
  see:
    from: { http: { method: POST, path: "/notes/{id}/seen/{number}", listener: api, body: none } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: U
      fields: { id: { parameter: id, integer: true }, seen: { value: 1 } }
    to:
      - mongodb
      - websocket:
          topic: notes
          key: { concat: ["seen-", .id] }
          body: { type: { value: seen }, note: { parameter: number, integer: true } }
  sockets:
    from:
      websocket:
        listener: push
        topic: notes
        cors: ["http://page.example"]
        subscribe:
          when: { path: .type, equals: subscribe }
          key: .user
          after: .after
          reply: { type: .type, user: .user }
        keep: 2m
  empty-push:
    from: { http: { method: PUT, path: "/empty/{id}", listener: api } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: IU
      fields: { id: { parameter: id, integer: true }, user: .user }
    to: [mongodb, { websocket: { topic: empty, key: .user, body: { text: .text } } }]
  empty:
    from:
      websocket: { listener: api, path: "/users/{user}/empty", topic: empty, subscribe: { key: { parameter: user }, reply: { is: .absent } } }
  own:
    from:
      websocket: { listener: push, path: /own, topic: notes, access: people, subscribe: { key: { delivery: principal } } }
  plain:
    from: { websocket: { listener: api, path: "/users/{user}/notes", topic: notes, subscribe: { key: { parameter: user } } } }
"""


def make(new, name, of=None, prepare=lambda gateway: None, **further):
    """A gateway; `of`: shares that one's database and mappings. `further`: settings."""
    api, push = free_port(), free_port()
    settings = {
        "HTTP_LISTENERS_API_PORT": str(api), "HTTP_LISTENERS_PUSH_PORT": str(push), "HTTP_ACCESS_PEOPLE_TOKENS_FILE": "tokens",
        **further}
    if of:
        settings |= {"MONGODB_DATABASE": of.name, "RABBITMQ_ENDPOINT_NAME": of.queue}
    gateway = new(name, settings)
    gateway.api, gateway.push = api, push
    (gateway.directory / "tokens").write_text("11 0123456789abcdef-11\n12 0123456789abcdef-12\n")
    (gateway.directory / "definitions").mkdir()
    (gateway.directory / "definitions" / "catalogNote.json").write_text(json.dumps(DEFINITION))
    gateway.settings["DEFINITIONS_DIRECTORY"] = "definitions"
    gateway.mappings.mkdir()
    (gateway.mappings / "notes.yaml").write_text(MAPPING)
    gateway.settings["MAPPINGS_DIRECTORY"] = "mappings"
    prepare(gateway)
    gateway.start()
    return gateway


@pytest.fixture(scope="module")
def pair(new_shared_gateway):
    first = make(new_shared_gateway, "push-a")
    return first, make(new_shared_gateway, "push-b", of=first)


def put(gateway, number, user, text="x", key=None):
    """The status, or 0 for no answer."""
    return status_of(gateway, "PUT", f"/notes/{number}", {"text": text, "user": user}, key)


def post(gateway, path, key):
    return status_of(gateway, "POST", path, None, key)


def status_of(gateway, method, path, body, key):
    try:
        return ask_at(gateway.api, method, path, body, Idempotency_Key=key or uuid.uuid4().hex).status
    except (OSError, http.client.HTTPException):
        return 0


class Listener:
    """A client that collects what it hears, in the background."""

    def __init__(self, gateway, *subscriptions, path="/", port=None, headers=()):
        deadline = time.monotonic() + 20
        while True:
            try:
                self.client = Client(port or gateway.push, path, headers=headers)
                break
            except (Refused, OSError):
                assert time.monotonic() < deadline, "the gateway takes no connections"
                time.sleep(0.05)
        self.heard, self.end = [], None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.client.socket.settimeout(60)
        self.thread.start()
        for one in subscriptions:
            self.say(one)

    def say(self, message):
        self.client.send(frame(TEXT, message if isinstance(message, bytes) else json.dumps(message).encode()))

    def run(self):
        try:
            while True:
                opcode, payload = self.client.next()
                if opcode == TEXT:
                    self.heard.append(json.loads(payload))
                elif opcode == PING:
                    self.client.send(frame(10, payload))
                elif opcode == CLOSE:
                    self.end = int.from_bytes(payload[:2], "big")
                    return
        except (EOFError, OSError):
            self.end = self.end or 0

    def replies(self, count=1):
        wait("the replies", lambda: len(self.of("subscribe")) >= count)
        return self.of("subscribe")

    def of(self, kind):
        return [one for one in list(self.heard) if one.get("type") == kind]

    def notes(self):
        return [one["note"] for one in self.of("note")]

    def last(self):
        return [one["id"] for one in list(self.heard) if "id" in one][-1]

    def close(self):
        # Closing alone would leave it to the thread that reads.
        self.client.socket.shutdown(socket.SHUT_RDWR)
        self.client.socket.close()


def subscribe(user, **further):
    return {"type": "subscribe", "user": user, **further}


numbers = iter(range(1000, 10**9))


def test_all_sockets_of_a_key_hear_it_at_both_gateways_and_no_other(pair):
    first, second = pair
    mine = [Listener(gateway, subscribe(user)) for gateway in pair for user in (1, "1")]
    others = [Listener(gateway, subscribe(2)) for gateway in pair]
    silent = Listener(first)
    for one in mine + others:
        one.replies()
    assert [one.replies()[0]["user"] for one in mine] == [1, "1", 1, "1"], "answered in kind"
    sent = [next(numbers) for _ in range(20)]
    for number in sent:
        assert put(random.choice(pair), number, 1) == 201
    for one in mine:
        wait("all of them", lambda: len(one.notes()) >= len(sent), 10)
    time.sleep(0.5)
    for one in mine:
        assert one.notes() == sent, "each once and in order"
        assert all(set(message) == {"type", "note", "text"} for message in one.of("note")), "no further member"
    assert not any(one.notes() for one in others) and not silent.heard
    for one in [*mine, *others, silent]:
        one.close()


def test_a_repeated_request_is_pushed_once(pair):
    first, second = pair
    listener = Listener(second, subscribe(3))
    listener.replies()
    number = next(numbers)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda at: put(pair[at % 2], number, 3, key="same-key-" + str(number)), range(40)))
    assert set(answers) <= {201, 409} and 201 in answers
    wait("the push", lambda: listener.notes())
    stays("once", lambda: listener.notes() == [number], 1)
    listener.close()


def test_who_comes_back_to_the_other_gateway_misses_nothing_and_hears_nothing_twice(pair):
    first, second = pair
    listener = Listener(first, subscribe(4, after=""))
    assert "id" in listener.replies()[0]
    heard = []
    sent = []
    for turn in range(6):
        sent += [next(numbers) for _ in range(5)]
        for number in sent[-5:]:
            assert put(random.choice(pair), number, 4) == 201
        if turn % 2 == 0:
            wait("the latest", lambda: (heard + listener.notes())[-1:] == sent[-1:])
            heard += listener.notes()
            place = listener.last()
            listener.close()
            sent += [next(numbers) for _ in range(5)]
            for number in sent[-5:]:
                assert put(random.choice(pair), number, 4) == 201
            listener = Listener(pair[turn // 2 % 2], subscribe(4, after=place))
    wait("all", lambda: len(heard + listener.notes()) >= len(sent))
    assert heard + listener.notes() == sent
    assert not listener.of("gap")
    listener.close()


def test_a_gap_is_told(pair):
    listener = Listener(pair[0], subscribe(5, after="1-1-1"))
    listener.replies()
    wait("the gap", lambda: listener.of("gap"))
    stays("one gap", lambda: len(listener.of("gap")) == 1, 0.5)
    listener.close()


class Returning(threading.Thread):
    """A client that comes back to one of the gateways, from where it was, again and again, until it has heard all that its writer
    sent."""

    def __init__(self, gateways, key):
        super().__init__(daemon=True)
        self.gateways, self.key, self.writer = gateways, key, None
        self.heard, self.gaps, self.place = [], 0, ""
        self.start()

    def is_over(self):
        return self.writer and not self.writer.is_alive() and len(self.heard) >= len(self.writer.sent)

    def run(self):
        while not self.is_over():
            try:
                client = Client(random.choice(self.gateways).push, "/")
            except (Refused, OSError):
                time.sleep(0.05)
                continue
            client.socket.settimeout(1)
            try:
                client.send(frame(TEXT, json.dumps(subscribe(self.key, after=self.place)).encode()))
                self.listen(client)
            except (EOFError, OSError):
                pass
            client.socket.close()

    def listen(self, client):
        while not self.is_over() and random.random() > 0.01:
            try:
                opcode, payload = client.next()
            except TimeoutError:
                continue
            if opcode == PING:
                client.send(frame(10, payload))
            if opcode == CLOSE:
                return
            if opcode != TEXT:
                continue
            message = json.loads(payload)
            self.place = message.get("id", self.place)
            if message["type"] in ("note", "seen"):
                self.heard.append(message["note"])
            self.gaps += message["type"] == "gap"


class Writing(threading.Thread):
    """Sends requests one after the other, each under a key until it is answered, until it is to stop; begins when its listener
    has subscribed."""

    def __init__(self, stop, listener, send, first=1):
        super().__init__(daemon=True)
        self.stop, self.send, self.number, self.sent, self.answers = stop, send, first, [], set()
        self.listener = listener
        self.start()
        # Not before it runs: a listener is over once its writer is.
        listener.writer = self

    def run(self):
        wait("the listener has subscribed", lambda: self.listener.place)
        while not self.stop.is_set():
            while (status := self.send(self.number)) not in (200, 201):
                self.answers.add(status)
                time.sleep(0.05)
            self.sent.append(self.number)
            self.number += 1


def all_heard(writers, listeners, patience=60):
    """Waits, once the writers are to stop, until each listener has heard what its writer sent."""
    for thread in [*writers, *listeners]:
        thread.join(patience)
    assert not any(thread.is_alive() for thread in [*writers, *listeners]), [
        (len(one.sent), len(other.heard)) for one, other in zip(writers, listeners)]
    for one, other in zip(writers, listeners):
        assert len(one.sent) > 20 and one.answers <= {0, 409, 503}, one.answers
        assert other.heard == one.sent, (len(one.sent), len(other.heard))
        assert not other.gaps


def test_a_killed_gateway_loses_and_repeats_nothing(new_gateway):
    """Clients of a gateway that is killed again and again come back to the other one, or to the same."""
    first = make(new_gateway, "push-kill-a")
    second = make(new_gateway, "push-kill-b", of=first)
    stop = threading.Event()

    def writer(lane, listener):
        return Writing(stop, listener, lambda number: put(second, number, lane, key=f"{lane}-{number}"), 10_000_000 * (lane + 1))

    listeners = [Returning((first, second), lane) for lane in range(4)]
    writers = [writer(lane, one) for lane, one in enumerate(listeners)]
    for _ in range(4):
        time.sleep(random.uniform(1, 2))
        first.was_stopped = True
        first.kill()
        time.sleep(random.uniform(0, 1))
        first.start()
    time.sleep(1)
    stop.set()
    all_heard(writers, listeners)


def test_a_cut_between_gateway_and_store_loses_and_repeats_nothing(new_gateway, servers):
    """The server fails commands, cuts connections, ends sessions and steps down, while records are written, counted and pushed."""
    first = make(new_gateway, "push-cut-a")
    second = make(new_gateway, "push-cut-b", of=first)
    admin, pushes = servers.mongo.admin, f"{first.name}.gateway.pushes"
    stop = threading.Event()

    either = (first, second)

    def writer(lane, listener):
        return Writing(
            stop, listener, lambda number: put(random.choice(either), number, lane, key=f"{lane}-{number}"), 10_000_000 * (lane + 1))

    def counter(lane, listener):
        assert put(first, lane, lane) == 201
        return Writing(stop, listener, lambda number: post(random.choice(either), f"/notes/{lane}/seen/{number}", f"{lane}-{number}"))

    listeners = [Returning(either, key) for key in (0, 1, "seen-2", "seen-3")]
    writers = [begin(lane, one) for lane, (begin, one) in enumerate(zip((writer, writer, counter, counter), listeners))]

    def failing(commands, mode=None, provoke=lambda: None, **data):
        """Until some have failed."""
        point = {"configureFailPoint": "failCommand", "data": {"failCommands": commands, **data}}
        before = admin.command({**point, "mode": mode or {"activationProbability": 0.5}})["count"]
        provoke()
        admin.command({"waitForFailPoint": "failCommand", "timesEntered": before + 1, "maxTimeMS": 20_000})
        time.sleep(random.uniform(0.1, 0.5))
        admin.command({"configureFailPoint": "failCommand", "mode": "off"})

    def step_down():
        with contextlib.suppress(pymongo.errors.AutoReconnect):
            admin.command("replSetStepDown", 1, secondaryCatchUpPeriodSecs=0, force=True)
        wait("there is a primary again", lambda: admin.command("hello")["isWritablePrimary"])

    def end_sessions():
        for _ in range(5):
            admin.command("killAllSessions", [])
            time.sleep(0.1)

    faults = [
        lambda: failing(["commitTransaction"], errorCode=91), lambda: failing(["commitTransaction"], closeConnection=True),
        lambda: failing(["commitTransaction"], writeConcernError={"code": 64, "errmsg": "no majority in time"}),
        lambda: failing(["find", "insert", "update"], closeConnection=True), lambda: failing(["insert"], errorCode=11602),
        lambda: failing(["getMore"], namespace=pushes, closeConnection=True),
        lambda: failing(["getMore", "aggregate"], namespace=pushes, errorCode=11600),
        lambda: failing(["getMore"], namespace=pushes, errorCode=43),
        # One of the gateways cannot go on where it was, and reads anew.
        lambda: failing(["aggregate"], {"times": 1}, lambda: admin.command("killAllSessions", []), namespace=pushes, errorCode=286),
        end_sessions, step_down,
    ]
    try:
        for fault in random.sample(faults, len(faults)):
            fault()
            time.sleep(0.3)
    finally:
        admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    time.sleep(1)
    stop.set()
    all_heard(writers, listeners)
    for lane, one in ((2, writers[2]), (3, writers[3])):
        assert first.database["note"].find_one({"id": lane})["seen"] == len(one.sent)
    assert "pushes cannot be read" in first.text()


def test_event_streams_hear_the_same(pair):
    first, second = pair
    connection = http.client.HTTPConnection("127.0.0.1", first.push, timeout=20)
    connection.request("GET", "/?type=subscribe&user=6", headers={"Accept": "text/event-stream"})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.getheader("Content-Type").startswith("text/event-stream")

    def event(answer):
        fields = {}
        while (line := answer.readline().decode().rstrip("\n")) or not fields:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
        return fields

    reply = event(answer)
    assert json.loads(reply["data"]) == {"type": "subscribe", "user": "6"} and "id" in reply
    number = next(numbers)
    assert put(second, number, 6) == 201
    pushed = event(answer)
    assert json.loads(pushed["data"]) == {"type": "note", "note": number, "text": "x"}
    connection.close()
    later = next(numbers)
    assert put(first, later, 6) == 201
    connection = http.client.HTTPConnection("127.0.0.1", second.push, timeout=20)
    connection.request(
        "GET", "/?type=subscribe&user=6", headers={"Accept": "text/event-stream", "Last-Event-ID": pushed["id"]})
    answer = connection.getresponse()
    event(answer)
    assert json.loads(event(answer)["data"])["note"] == later
    connection.close()


STREAM = "GET /?type=subscribe&user={} HTTP/1.{}\r\nHost: a\r\nAccept: text/event-stream\r\n{}\r\n"


@pytest.mark.parametrize("further", ["", "Connection: keep-alive\r\n"])
def test_a_client_of_http_1_0_gets_a_stream_without_chunks(pair, further):
    with socket.create_connection(("127.0.0.1", pair[0].push), timeout=10) as connection:
        connection.sendall(STREAM.format(14, 0, further).encode())
        reader = connection.makefile("rb")
        head = iter(lambda: reader.readline().strip().lower(), b"")
        names = [line.split(b":")[0] for line in head]
        assert b"transfer-encoding" not in names and b"content-length" not in names
        number = next(numbers)
        assert reader.readline() == b"retry: 1000\n" and put(pair[1], number, 14) == 201
        data = [line for line in (reader.readline() for _ in range(6)) if line.startswith(b"data: ")]
        assert json.loads(data[1][6:])["note"] == number


@pytest.mark.parametrize("leave", [lambda one: one.close(), lambda one: one.shutdown(socket.SHUT_WR)])
def test_who_leaves_a_stream_is_let_go_at_once(pair, leave):
    def open_ones():
        [line] = [line for line in pair[1].read("/metrics").splitlines() if line.startswith('gateway_sockets{route="sockets"}')]
        return int(float(line.split()[-1]))

    Client(pair[1].push, "/").socket.close()
    wait("there is none", lambda: open_ones() == 0)
    before = descriptors(pair[1])
    streams = [socket.create_connection(("127.0.0.1", pair[1].push), timeout=10) for _ in range(20)]
    for one in streams:
        one.sendall(STREAM.format(15, 1, "").encode())
    wait("all are open", lambda: open_ones() == 20)
    for one in streams:
        leave(one)
    # Sooner than an idle stream has its next line.
    wait("all are gone", lambda: open_ones() == 0 and descriptors(pair[1]) <= before + 3, 5)
    for one in streams:
        one.close()


def test_the_key_of_a_path(pair):
    listener = Listener(pair[0], {}, path="/users/7/notes", port=pair[0].api)
    wait("the reply", lambda: listener.heard)
    assert listener.heard == [{"type": "subscribed", "key": "7"}]
    number = next(numbers)
    assert put(pair[1], number, 7) == 201
    wait("the push", lambda: listener.notes() == [number])
    listener.close()


@pytest.mark.parametrize("message", [
    b"garbage", b"[1]", b"null", b"{}", b'{"type":"subscribe"}', b'{"type":"subscribe","user":null}',
    b'{"type":"subscribe","user":{"$gt":1}}', b'{"type":"subscribe","user":[1]}', b'{"type":"subscribe","user":""}',
    b'{"type":"subscribe","user":1,"user":2}', b'{"type":"subscribe","user":1,"after":"x"}', b'{"type":"other","user":1}',
    b'{"type":"subscribe","user":"' + b"x" * 300 + b'"}', b"[" * 5000, b'{"type":' + b"1" * 60000 + b"}", b"",
    '{"type":"subscribe","user":"\\ud800"}'.encode(),
])
def test_what_is_no_subscription_is_answered_and_the_connection_goes_on(pair, message):
    listener = Listener(pair[0])
    listener.say(message)
    wait("an answer", lambda: listener.heard)
    assert listener.heard[0]["type"] in ("error", "subscribe") and len(listener.heard) == 1
    listener.say(subscribe(8))
    listener.replies()
    listener.close()


@pytest.mark.parametrize("bytes,code", [
    (frame(TEXT, b"\xff\xfe"), 1007), (frame(BINARY, b"{}"), 1003), (frame(TEXT, b"x" * 70000), 1009),
    (frame(TEXT, b"{}", masked=False), 1002), (frame(3, b""), 1002),
])
def test_what_is_no_websocket_is_closed(pair, bytes, code):
    listener = Listener(pair[0])
    listener.client.send(bytes)
    wait("the end", lambda: listener.end is not None)
    assert listener.end == code


def test_who_may_connect(pair):
    first = pair[0]
    Client(first.push, headers=[("Origin", "http://page.example")]).socket.close()
    Client(first.push, headers=[("Origin", f"http://127.0.0.1:{first.push}")]).socket.close()
    with pytest.raises(Refused) as refused:
        Client(first.push, headers=[("Origin", "http://evil.example")])
    assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        Client(first.push, replaced={"Sec-WebSocket-Version": "12"})
    assert refused.value.status in (400, 426)
    for path, status in (("/", 426), ("/any/path", 426)):
        request = http.client.HTTPConnection("127.0.0.1", first.push, timeout=5)
        request.request("GET", path)
        answer = request.getresponse()
        assert answer.status == status and answer.getheader("Upgrade") == "websocket" and b"WebSocket" in answer.read()
        request.request("POST", path, body="{}")
        answer = request.getresponse()
        assert answer.status == 405 and "GET" in answer.getheader("Allow")
        answer.read()
        request.close()


def test_a_caller_hears_its_own_and_nobody_without_a_token_connects(pair):
    first, second = pair
    for path, headers in (
        ("/own", []), ("/own?access_token=wrong-0123456789", []), ("/own", [("Authorization", "Bearer wrong-0123456789")]),
    ):
        with pytest.raises(Refused) as refused:
            Client(first.push, path, headers=headers)
        assert refused.value.status == 401
    mine = [
        Listener(first, {}, path="/own?access_token=0123456789abcdef-11"),
        Listener(second, {}, path="/own", headers=[("Authorization", "Bearer 0123456789abcdef-11")])]
    other = Listener(first, {}, path="/own?access_token=0123456789abcdef-12")
    for one in [*mine, other]:
        wait("the reply", lambda one=one: one.heard)
    number = next(numbers)
    assert put(second, number, 11) == 201
    for one in mine:
        wait("the push", lambda one=one: one.notes() == [number])
    stays("the other hears nothing", lambda: not other.notes(), 0.5)
    connection = http.client.HTTPConnection("127.0.0.1", first.push, timeout=5)
    connection.request("GET", "/own", headers={"Accept": "text/event-stream"})
    answer = connection.getresponse()
    assert answer.status == 401 and "Bearer" in answer.getheader("WWW-Authenticate")
    connection.close()
    for one in [*mine, other]:
        one.close()


def test_a_wrong_token_counts_once(pair):
    """A handshake that is refused is read twice, as a handshake and as a request."""
    def of_sockets(number):
        try:
            Client(pair[0].push, "/own", headers=[("Authorization", f"Bearer wrong-0123456789-{number}")], source="127.0.5.1")
        except Refused as refused:
            return refused.status
        return 101

    def of_streams(number):
        return ask_at(
            pair[0].push, "GET", "/own", source="127.0.5.2", Accept="text/event-stream",
            Authorization=f"Bearer wrong-0123456789-{number}").status

    sockets, streams = [of_sockets(number) for number in range(12)], [of_streams(number) for number in range(12)]
    assert sockets == streams and sockets[0] == 401 and sockets[-1] == 429


def test_refused_handshakes_are_counted(pair):
    def count(route, status):
        found = [line for line in pair[1].read("/metrics").splitlines()
                 if line.startswith(f'gateway_requests_total{{route="{route}",status="{status}"}}')]
        return int(float(found[0].split()[-1])) if found else 0

    before = {case: count(*case) for case in (("sockets", 403), ("sockets", 426), ("sockets", 400), ("own", 401))}
    for path, more in (("/", {"headers": [("Origin", "http://evil.example")]}), ("/", {"replaced": {"Sec-WebSocket-Version": "8"}}),
                       ("/own", {"source": "127.0.5.3"})):
        with pytest.raises(Refused):
            Client(pair[1].push, path, **more)
    assert ask_at(pair[1].push, "GET", "/").status == 426
    assert {case: count(*case) - before[case] for case in before} == dict.fromkeys(before, 1)


def exchange(port, request):
    """Bytes of the answer, until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        received = b""
        while more := connection.recv(65536):
            received += more
        return received


@pytest.mark.parametrize("path, headers, status", [
    ("/", "", 426), ("/own", "Accept: text/event-stream\r\n", 401), ("/", "Accept: text/event-stream\r\n", 405),
    ("/", "Origin: http://evil.example\r\n", 403), ("/%zz", "", 400),
])
def test_a_head_of_sockets_has_no_body(pair, path, headers, status):
    def answer(method):
        text = exchange(pair[0].push, f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n".encode())
        head, _, body = text.partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        return lines[0], sorted(line for line in lines[1:] if not line.startswith("date:")), body

    head = answer("HEAD")
    assert head[0].split()[1] == str(status) and head[2] == b""
    if status != 405:
        get = answer("GET")
        assert (head[0], head[1]) == (get[0], get[1]) and f"content-length: {len(get[2])}" in get[1]


def test_what_has_no_fields_is_an_object(pair):
    """A reply and a push of which nothing is there."""
    listener = Listener(pair[0], {}, path="/users/13/empty", port=pair[0].api)
    wait("the reply", lambda: listener.heard)
    assert ask_at(pair[1].api, "PUT", f"/empty/{next(numbers)}", {"user": 13}).status == 201
    wait("the push", lambda: len(listener.heard) == 2)
    assert listener.heard == [{}, {}]
    listener.close()


def test_subscriptions_of_a_connection_are_bounded(pair):
    listener = Listener(pair[0], *(subscribe(100 + at) for at in range(70)))
    wait("all answers", lambda: len(listener.heard) == 70)
    assert len(listener.of("error")) == 6
    listener.close()


def test_a_slow_client_disturbs_no_other(pair):
    first = pair[0]
    slow = Client(first.push, "/", buffer=4096)
    slow.send(frame(TEXT, json.dumps(subscribe(9)).encode()))
    quick = Listener(first, subscribe(9))
    quick.replies()
    sent = [next(numbers) for _ in range(60)]
    text = "x" * 100_000
    for number in sent:
        assert put(first, number, 9, text) == 201
    wait("all", lambda: quick.notes() == sent, 20)
    slow.socket.close()
    quick.close()


def test_metrics_and_the_end(new_gateway):
    gateway = make(new_gateway, "push-end")
    listeners = [Listener(gateway, subscribe(1)) for _ in range(3)]
    for one in listeners:
        one.replies()
    assert put(gateway, 1, 1) == 201
    wait("the pushes", lambda: all(one.notes() for one in listeners))
    text = gateway.read("/metrics")
    assert 'gateway_sockets{route="sockets"} 3' in text
    assert 'gateway_pushes_total{route="sockets"} 3' in text
    listeners.pop().close()
    wait("two are open", lambda: 'gateway_sockets{route="sockets"} 2' in gateway.read("/metrics"))
    assert gateway.stop() == 0
    wait("they end", lambda: all(one.end is not None for one in listeners))
    assert [one.end for one in listeners] == [1001, 1001]


# ------------------------------------------------------------------------------------------------------------ many sockets


class Idle:
    """idle_sockets.py: so many sockets, each with a user of its own from `first` on."""

    def __init__(self, gateway, count, first=1_000_000):
        self.process = subprocess.Popen(
            tied(sys.executable, ROOT / "scripts/lib/idle_sockets.py", gateway.push, count, first), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.statuses = self.line()["statuses"]

    def line(self):
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self.process.stdout.close()


def descriptors(gateway):
    return len(os.listdir(f"/proc/{gateway.pid}/fd"))


def kibibytes(gateway):
    [line] = [line for line in Path(f"/proc/{gateway.pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])


def test_many_idle_sockets_cost_little_and_disturb_nobody(new_gateway):
    """The short part of Benchmarks/sockets."""
    gateway = make(new_gateway, "push-idle")
    for number in range(50):
        assert put(gateway, number, 1) == 201
    before, memory = descriptors(gateway), kibibytes(gateway)
    idle = Idle(gateway, 500)
    assert idle.statuses == {"101": 500}
    assert descriptors(gateway) >= before + 490 and kibibytes(gateway) - memory < 500 * 64
    for at in range(20):
        began = time.time()
        assert put(gateway, 100 + at, 1_000_000 + 25 * at) == 201
        heard = idle.line()
        assert heard["heard"] == 1_000_000 + 25 * at and heard["at"] - began < 2
    idle.close()
    wait("the descriptors are back", lambda: descriptors(gateway) <= before + 10, 10)
    assert 'gateway_sockets{route="sockets"} 0' in gateway.read("/metrics")


def test_more_connections_than_allowed_are_refused(new_gateway):
    gateway = make(new_gateway, "push-full", HTTP_CONNECTIONS="24")
    sockets = [Client(gateway.push, "/") for _ in range(22)]
    with pytest.raises(Refused) as refused:
        Client(gateway.push, "/")
    assert refused.value.status == 503 and "connect again" in refused.value.text
    stream = ask_at(gateway.push, "GET", "/?type=subscribe&user=1", Accept="text/event-stream")
    assert stream.status == 503 and stream.headers["Retry-After"]
    assert put(gateway, 1, 1) == 201, "some are left to requests"
    waiting = [socket.create_connection(("127.0.0.1", gateway.api), timeout=5) for _ in range(2)]

    def answer():
        return ask_at(gateway.api, "PUT", "/notes/2", {"user": 1})

    # The former ones may be about to close.
    wait("all places are taken", lambda: answer().status == 503)
    full = answer()
    assert (full.status, full.headers["Retry-After"], full.headers["Connection"], full.body) == (503, "5", "close", b"")
    for one in waiting:
        one.close()
    wait("there is a place again", lambda: answer().status in (200, 201))
    for one in sockets:
        one.socket.close()
    wait("sockets are taken again", lambda: Idle(gateway, 22).statuses == {"101": 22})


def test_few_descriptors_limit_the_connections_and_end_nothing(new_gateway):
    def limit(gateway):
        program = gateway.directory / "limited"
        program.write_text(f'#!/bin/sh\nulimit -n 400\nexec {gateway.binary} "$@"\n')
        program.chmod(0o755)
        gateway.binary = str(program)

    gateway = make(new_gateway, "push-few", prepare=limit)
    assert "the listeners take 200: the process may have 400 descriptors" in gateway.text()
    idle = Idle(gateway, 600)
    assert 150 < idle.statuses["101"] <= 184, idle.statuses
    assert put(gateway, 1, 1_000_000) == 201
    wait("the push", lambda: idle.line().get("heard") == 1_000_000)
    idle.close()
    again = Idle(gateway, 100)
    assert again.statuses == {"101": 100}
    again.close()


def test_what_a_client_has_missed_is_sent_as_it_reads(new_gateway):
    """It waits in the topic, once for all, and not for each."""
    gateway = make(new_gateway, "push-slow")
    first = Listener(gateway, subscribe(1, after=""))
    place = first.replies()[0]["id"]
    first.close()
    text = "x" * 900_000
    for number in range(40):
        assert put(gateway, number, 1, text) == 201
    memory = kibibytes(gateway)
    slow = [Client(gateway.push, "/", buffer=4096) for _ in range(20)]
    for one in slow:
        one.send(frame(TEXT, json.dumps(subscribe(1, after=place)).encode()))
        assert one.next()[0] == TEXT
    last = slow.pop()
    # 36 MB are in the topic; 20 times as much if each had its own.
    stays("little is taken", lambda: kibibytes(gateway) - memory < 200 << 10, 2)
    heard = [json.loads(payload)["note"] for opcode, payload in (last.next() for _ in range(40)) if opcode == TEXT]
    assert heard == list(range(40))
    for one in [*slow, last]:
        one.socket.close()
