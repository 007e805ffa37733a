"""Pushes to WebSockets and event streams, from outside: whose they are, their order, and what survives an end of a gateway."""

import http.client
import json
import random
import socket
import threading
import time
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from waiting import stays, wait
from websocket_frames import BINARY, CLOSE, PING, TEXT, Client, Refused, frame

DEFINITION = {
    "$schema": "urn:promo-gateway:definition:1", "$id": "urn:promo-gateway:definition:1:catalogNote", "title": "Notes",
    "x-catalog": "catalogNote", "x-collection": "note", "x-key": ["id"], "type": "object", "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "x-bson": "long"}, "text": {"type": "string"}, "user": {"type": "integer", "x-bson": "long"},
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
      - websocket: { topic: notes, key: .user, outcomes: [inserted, updated, unchanged], body: { type: { value: note }, note: .id, text: .text } }
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
  own:
    from:
      websocket: { listener: push, path: /own, topic: notes, access: people, subscribe: { key: { delivery: principal } } }
  plain:
    from: { websocket: { listener: api, path: "/users/{user}/notes", topic: notes, subscribe: { key: { parameter: user } } } }
"""


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def make(new, name, of=None):
    """A gateway; `of`: shares that one's database and mappings."""
    api, push = free_port(), free_port()
    settings = {
        "HTTP_LISTENERS_API_PORT": str(api), "HTTP_LISTENERS_PUSH_PORT": str(push), "HTTP_ACCESS_PEOPLE_TOKENS_FILE": "tokens"}
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
    gateway.start()
    return gateway


@pytest.fixture(scope="module")
def pair(new_shared_gateway):
    first = make(new_shared_gateway, "push-a")
    return first, make(new_shared_gateway, "push-b", of=first)


def put(gateway, number, user, text="x", key=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{gateway.api}/notes/{number}", data=json.dumps({"text": text, "user": user}).encode(), method="PUT",
        headers={"Idempotency-Key": key or uuid.uuid4().hex})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
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
        return [one for one in list(self.heard) if one["type"] == kind]

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


def test_a_killed_gateway_loses_and_repeats_nothing(new_gateway):
    """Clients of a gateway that is killed again and again come back to the other one, or to the same."""
    first = make(new_gateway, "push-kill-a")
    second = make(new_gateway, "push-kill-b", of=first)
    stop = threading.Event()
    accepted = []
    lock = threading.Lock()

    def write(lane):
        number = 10_000_000 * (lane + 1)
        while not stop.is_set():
            number += 1
            while not stop.is_set():
                if put(second, number, lane, key=f"{lane}-{number}") in (200, 201):
                    with lock:
                        accepted.append((lane, number))
                    break
                time.sleep(0.05)

    heard = {lane: [] for lane in range(4)}
    gaps = []

    def listen(lane):
        place = ""
        target = first
        while not stop.is_set() or len(heard[lane]) < sum(1 for own, _ in accepted if own == lane):
            try:
                client = Client(target.push, "/")
            except (Refused, OSError):
                time.sleep(0.05)
                target = random.choice((first, second))
                continue
            client.socket.settimeout(1)
            client.send(frame(TEXT, json.dumps(subscribe(lane, after=place)).encode()))
            try:
                while not stop.is_set() or len(heard[lane]) < sum(1 for own, _ in accepted if own == lane):
                    try:
                        opcode, payload = client.next()
                    except TimeoutError:
                        continue
                    if opcode == PING:
                        client.send(frame(10, payload))
                    if opcode == CLOSE:
                        break
                    if opcode != TEXT:
                        continue
                    message = json.loads(payload)
                    place = message.get("id", place)
                    if message["type"] == "note":
                        heard[lane].append(message["note"])
                    if message["type"] == "gap":
                        gaps.append(lane)
                    if random.random() < 0.01:
                        break
            except (EOFError, OSError):
                pass
            client.socket.close()
            target = random.choice((first, second))

    threads = [threading.Thread(target=run, args=(lane,), daemon=True) for lane in range(4) for run in (write, listen)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        time.sleep(random.uniform(1, 2))
        first.was_stopped = True
        first.kill()
        time.sleep(random.uniform(0, 1))
        first.start()
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), {lane: len(all) for lane, all in heard.items()}
    for lane in range(4):
        sent = [number for own, number in accepted if own == lane]
        assert len(sent) > 20
        assert heard[lane] == sent, (lane, len(heard[lane]), len(sent))
    assert not gaps


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
