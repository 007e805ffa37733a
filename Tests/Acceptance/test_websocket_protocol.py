"""The console's WebSocket on a real gateway with real servers, as programs and browsers use it."""

import json
import time
import urllib.error
import urllib.request

import pytest
from live_gateway import AS_VIEWER, OPERATOR, VIEWER
from waiting import wait
from websocket_frames import CLOSE, Client, Refused
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

BRAND = '{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"IU","code":"%s","name":"N"}]}'
BAD = '{"companyId":"napse","catalog":"catalogBrand","items":[{"operation":"I","code":"bad"}]}'
AS_OPERATOR = {"Authorization": "Bearer " + OPERATOR}


@pytest.fixture
def gateway(new_gateway):
    gateway = new_gateway("websocket")
    gateway.start()
    return gateway


def ask(gateway, path, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    return urllib.request.urlopen(urllib.request.Request(gateway.url + path, data=data, headers=headers or {}), timeout=5)


def open_socket(gateway, headers=None, **more):
    return Socket(connect(f"ws://127.0.0.1:{gateway.port}/ws", additional_headers=headers or AS_VIEWER, **more))


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
    """Reads until `wanted` items are reported; returns the last id."""
    total = 0
    while total < wanted:
        event = socket.next("event", topic)
        total += sum(event["data"]["items"].values())
    assert total == wanted, f"{total} items reported, not {wanted}"
    return event["id"]


def test_topics_and_keys(gateway):
    one = open_socket(gateway)
    one.subscribe("status")
    while not (routes := one.next("event", "status")["data"]["routes"]):
        pass  # it was ready a moment before it looked at itself again
    assert routes[0]["name"] == "catalogs", routes
    one.subscribe("outcomes", key="catalogs")
    one.subscribe("catalogs")
    other = open_socket(gateway, AS_OPERATOR)
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


def test_a_socket_goes_on_where_it_was(gateway):
    one = open_socket(gateway)
    one.subscribe("outcomes")
    gateway.send(BRAND % "second")
    last = inserted(one, 1)
    one.connection.close()
    gateway.send(BRAND % "third")
    wait("it is stored", lambda: gateway.database.brand.find_one({"_id": "napse|third"}) is not None)
    gateway.send(BRAND % "fourth")
    again = open_socket(gateway)
    again.subscribe("outcomes", after=last)
    inserted(again, 2)
    again.subscribe("outcomes", after="another-7")
    assert again.next()["type"] == "gap"
    again.connection.close()


def status_of(open_it):
    try:
        open_it().connection.close()
    except InvalidStatus as refused:
        body = json.loads(refused.response.body)
        assert body["error"]["remedy"], body
        return refused.response.status_code, body["error"]["code"]
    return 101, None


def test_foreign_origins_are_refused(gateway):
    assert status_of(lambda: open_socket(gateway, {**AS_VIEWER, "Origin": "http://evil.example"})) == (403, "foreignOrigin")
    assert status_of(lambda: open_socket(gateway, {**AS_VIEWER, "Origin": "null"})) == (403, "foreignOrigin")
    assert status_of(lambda: open_socket(gateway, {**AS_VIEWER, "Origin": gateway.url})) == (101, None)


def test_a_socket_needs_a_log_in(gateway):
    assert status_of(lambda: open_socket(gateway, {"X": "y"})) == (401, "loginNeeded")
    assert status_of(lambda: open_socket(gateway, {"Cookie": "gateway_session=0000"})) == (401, "loginNeeded")


def test_wrong_tokens_are_limited(gateway):
    """After five the address has to wait. Each is counted once, though two places look at it."""
    for number, status in enumerate([401] * 5 + [429]):
        with pytest.raises(Refused) as refused:
            Client(gateway.port, headers=[("Authorization", "Bearer wrong-token-0123456789")], source="127.0.0.9")
        assert refused.value.status == status, f"wrong token number {number + 1}"
    with pytest.raises(Refused) as refused:
        Client(gateway.port, headers=[("Authorization", "Bearer " + VIEWER)], source="127.0.0.9")
    assert refused.value.status == 429, "the right token, while its address waits"


def test_a_request_without_an_upgrade(gateway):
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(gateway, "/ws", headers=AS_VIEWER)
    assert refused.value.code == 426
    assert json.load(refused.value)["error"]["code"] == "upgradeNeeded"


def test_close_codes(gateway):
    one = open_socket(gateway)
    one.connection.send("x" * (64 << 10 | 1))
    assert one.closed() == 1009
    one = open_socket(gateway)
    one.connection.send(b"binary")
    assert one.closed() == 1003
    one = open_socket(gateway)
    one.connection.send("{")
    assert one.next("error")["code"] == "invalid"
    one.connection.close()


def test_who_logs_out_is_closed(gateway):
    answer = ask(gateway, "/api/login", {"token": OPERATOR})
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    own = {"Cookie": cookie, "Origin": f"http://127.0.0.1:{gateway.port}"}
    one = open_socket(gateway, own)
    one.subscribe("outcomes")
    csrf = json.load(ask(gateway, "/api/session", headers=own))["csrf"]
    ask(gateway, "/api/logout", {}, {**own, "X-CSRF-Token": csrf})
    assert one.closed() == 1008


def test_256_follow(gateway):
    headers = [("Authorization", "Bearer " + VIEWER)]
    clients = [Client(gateway.port, headers=headers) for _ in range(256)]
    opcode, payload = Client(gateway.port, headers=headers).next()
    assert opcode == CLOSE and payload[:2] == b"\x03\xf5", (opcode, payload)
    assert status_of_stream(gateway) == 503
    for client in clients:
        client.socket.close()
    wait("there is room again", lambda: status_of_stream(gateway) == 200, 10)


def status_of_stream(gateway):
    try:
        answer = ask(gateway, "/api/events", headers=AS_VIEWER)
    except urllib.error.HTTPError as refused:
        return refused.code
    answer.close()
    return answer.status


def test_the_end_closes_all_and_a_restart_is_a_gap(gateway):
    one, two = open_socket(gateway), open_socket(gateway)
    two.subscribe("outcomes")
    gateway.send(BRAND % "fourth")
    last = inserted(two, 1)
    gateway.was_stopped = True
    gateway.process.terminate()
    assert one.closed() == 1001 and two.closed() == 1001
    assert gateway.process.wait(20) == 0
    gateway.start()
    one = open_socket(gateway)
    one.subscribe("outcomes", after=last)
    assert one.next()["type"] == "gap"
    one.connection.close()
    stream = ask(gateway, "/api/events?topics=outcomes&key=catalogs", headers={**AS_VIEWER, "Last-Event-ID": last})
    told = [stream.readline().decode().strip() for _ in range(4)]
    assert "event: gap" in told, told
    gateway.send(BRAND % "fifth")
    while not (line := stream.readline().decode()).startswith("data: {\"route\""):
        pass
    assert json.loads(line[6:])["items"] == {"inserted": 1}
    stream.close()
