"""The system `tasks` of mappings/examples, by its contract: REST, the queue, sockets, the page, two gateways, kills."""

import calendar
import contextlib
import http.client
import json
import os
import random
import socket
import threading
import time
import urllib.parse
import uuid
from concurrent.futures import ThreadPoolExecutor

import pika
import pytest
from asking import ask_at
from axe_playwright_python.sync_playwright import Axe
from gateway_process import GatewayProcess, free_port
from live_gateway import ROOT
from playwright.sync_api import expect
from waiting import wait
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

PACK = ROOT / "mappings/examples/tasks"
TASK = ["id", "user_id", "status", "content", "createdAt", "completedAt"]


class System:
    """Gateways of one database and one broker, as two machines would run them."""

    def __init__(self, new_gateway):
        self.new_gateway = new_gateway
        self.gateways = []
        name = "tasks-" + uuid.uuid4().hex[:8]
        self.names = {"EXCHANGE": name, "QUEUE": name + ".completed", "ROUTING_KEY": "update", "IMPORT_QUEUE": name + ".import"}

    def start(self, **more):
        """One more gateway. Its servers come by the names of .env; `more` are further variables."""
        gateway = self.new_gateway("tasks")
        settings = gateway.settings
        settings["AMQP_URL"] = settings.pop("RABBITMQ_URI")
        gateway.ports = {name: free_port() for name in ("HTTP_API_PORT", "HTTP_WS_PORT", "HTTP_WEB_PORT")}
        settings.update(self.names, **{name: str(port) for name, port in gateway.ports.items()})
        settings.update(MAPPINGS_DIRECTORY=str(PACK / "routes"), DEFINITIONS_DIRECTORY=str(PACK / "definitions"))
        del settings["RABBITMQ_ENDPOINT_NAME"]
        if self.gateways:
            settings["MONGODB_DATABASE"] = self.first.name
        else:
            gateway.queues += [self.names["QUEUE"], self.names["IMPORT_QUEUE"]]
        settings.update(more)
        self.gateways.append(gateway)
        gateway.start("-c", str(PACK / "gateway.yaml"))
        return gateway

    @property
    def first(self):
        return self.gateways[0]

    def load(self):
        for file in ("users.json", "tasks.json"):
            self.first.send((PACK / "routes/data" / file).read_bytes(), queue=self.names["IMPORT_QUEUE"])
        wait("the test data is there", lambda: len(ask(self.first, "GET", "/tasks").json()) == 5)

    def end(self):
        for gateway in self.gateways:
            gateway.stop()
        self.first.broker.exchange_delete(self.names["EXCHANGE"])

    def bind(self):
        """A queue of the test's own that gets what is announced."""
        channel = self.first.servers.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, self.names["EXCHANGE"], self.names["ROUTING_KEY"])
        return Announcements(channel, queue)


class Announcements:
    def __init__(self, channel, queue):
        self.channel, self.queue = channel, queue
        self.all = []

    def take(self):
        """Message-id and body of what has come since."""
        while True:
            method, properties, body = self.channel.basic_get(self.queue, auto_ack=True)
            if method is None:
                return self.all
            self.all.append((properties.message_id, json.loads(body)))

    def of(self, number):
        return [one for one in self.take() if one[1]["task"]["id"] == number]


def ask(gateway, method, path, body=None, port="HTTP_API_PORT", **headers):
    return ask_at(gateway.ports[port], method, path, body, **headers)


def new_task(gateway, content="x", **headers):
    """The number of a new task."""
    made = ask(gateway, "POST", "/tasks", {"user_id": 1, "content": content}, **headers)
    assert (made.status, made.text) == (201, "Created")
    return int(made.headers["Location"].removeprefix("/tasks/"))


@pytest.fixture(scope="module")
def system(new_shared_gateway):
    system = System(new_shared_gateway)
    system.start()
    system.load()
    yield system
    system.end()


@pytest.fixture(scope="module")
def gateway(system):
    return system.first


@pytest.fixture(scope="module")
def second(system):
    return system.start()


# -------------------------------------------------------------------------------------------------------------------- REST


def test_the_test_data_is_five_open_tasks_of_one_user(gateway):
    tasks = ask(gateway, "GET", "/tasks").json()
    assert [list(task) for task in tasks] == [TASK] * 5
    assert tasks[0] == {"id": 1, "user_id": 1, "status": 0, "content": "Aller marcher", "createdAt": "2024-01-02T17:00:00.000Z",
                        "completedAt": None}
    assert {(task["user_id"], task["status"], task["completedAt"]) for task in tasks} == {(1, 0, None)}


def test_a_task_is_created_read_and_completed(system, gateway):
    announcements = system.bind()
    # As curl sends it by default: with the content type of a form.
    made = ask(gateway, "POST", "/tasks", b'{"user_id":1,"content":"Aller marcher"}', Content_Type="application/x-www-form-urlencoded")
    assert (made.status, made.text) == (201, "Created")
    path = made.headers["Location"]
    task = ask(gateway, "GET", path).json()
    number = task["id"]
    assert path == f"/tasks/{number}" and number > 5 and list(task) == TASK
    assert {**task, "createdAt": ""} == {"id": number, "user_id": 1, "status": 0, "content": "Aller marcher", "createdAt": "", "completedAt": None}
    assert abs(time.time() - moment(task["createdAt"])) < 60
    assert task in ask(gateway, "GET", "/tasks").json()
    done = ask(gateway, "PATCH", path, {"status": 1})
    assert (done.status, done.text) == (200, "OK")
    completed = ask(gateway, "GET", path).json()
    assert completed == {**task, "status": 1, "completedAt": completed["completedAt"]}
    assert abs(time.time() - moment(completed["completedAt"])) < 60
    wait("it is announced", lambda: announcements.of(number))
    [(message_id, announced)] = announcements.of(number)
    assert message_id and list(announced) == ["message", "task"] and announced["task"] == completed and list(announced["task"]) == TASK
    text = time.strftime("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)", time.gmtime(moment(completed["completedAt"])))
    assert announced["message"] == f"task {number} has been completed at {text}"
    again = ask(gateway, "PATCH", path, {"status": 1})
    assert again.status == 409 and again.json()["detail"] == f"task {number} is completed already"
    assert ask(gateway, "GET", path).json() == completed


def moment(text):
    """Seconds since 1970 of such a text: 2024-01-02T17:00:00.000Z."""
    assert len(text) == 24 and text[19] == "." and text[23] == "Z"
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) + int(text[20:23]) / 1000


@pytest.mark.parametrize("body, pointer", [
    ({"user_id": 1}, ""), ({"user_id": 1, "content": ""}, "/content"), ({"user_id": 1, "content": " \n"}, "/content"),
    ({"user_id": 1, "content": None}, "/content"), ({"user_id": 1, "content": 5}, "/content"),
    ({"user_id": 1, "content": ["x"]}, "/content"), ({"user_id": 1, "content": "x" * 10_001}, "/content"),
    ({"content": "x"}, ""), ({"user_id": None, "content": "x"}, "/user_id"), ({"user_id": "1", "content": "x"}, "/user_id"),
    ({"user_id": "abc", "content": "x"}, "/user_id"), ({"user_id": 1.5, "content": "x"}, "/user_id"),
    ({"user_id": -1, "content": "x"}, "/user_id"), ({"user_id": 0, "content": "x"}, "/user_id"),
    ({"user_id": 99, "content": "x"}, "/user_id"), ({"user_id": True, "content": "x"}, "/user_id"),
    ({"user_id": 10 ** 20, "content": "x"}, "/user_id"), ({"user_id": {"gt": 0}, "content": "x"}, "/user_id"), ({"user_id": {"$gt": 0}, "content": "x"}, "/user_id/$gt"),
    ({}, ""), ([], ""), ([{"user_id": 1, "content": "x"}], ""), (1, ""), (b"", ""), (b"null", ""), (b"{", ""),
    (b"user_id=1&content=x", ""), (b'{"user_id":1,"user_id":1,"content":"x"}', "/user_id"),
])
def test_what_is_no_task_is_refused(gateway, body, pointer):
    before = ask(gateway, "GET", "/tasks").json()
    answer = ask(gateway, "POST", "/tasks", body)
    problem = answer.json()
    assert answer.status == 400 and answer.headers["Content-Type"] == "application/problem+json" and problem["detail"]
    assert problem["errors"][0]["pointer"] == pointer
    assert ask(gateway, "GET", "/tasks").json() == before
    assert gateway.database["gateway.deadLetters"].count_documents({}) == 0


def test_an_unknown_user_is_named(gateway):
    assert "'tasks|99'" in ask(gateway, "POST", "/tasks", {"user_id": 99, "content": "x"}).json()["detail"]


def test_what_is_not_asked_for_is_not_taken(gateway):
    made = ask(gateway, "POST", "/tasks", {"user_id": 1.0, "content": "é\n<b>&", "id": 1, "status": 1, "completedAt": "2020-01-01T00:00:00Z"})
    task = ask(gateway, "GET", made.headers["Location"]).json()
    assert (made.status, task["user_id"], task["status"], task["content"], task["completedAt"]) == (201, 1, 0, "é\n<b>&", None)


@pytest.mark.parametrize("body", [
    {"status": 0}, {"status": 2}, {"status": -1}, {"status": "1"}, {"status": None}, {"status": True}, {"status": [1]}, {"status": 1.5},
    {}, [], 1, b"", b"{", b"null", b"status=1",
])
def test_another_status_than_1_is_refused(gateway, body):
    number = new_task(gateway)
    for path in (f"/tasks/{number}", "/tasks/999999"):
        answer = ask(gateway, "PATCH", path, body)
        assert answer.status == 400 and answer.json()["detail"]
    assert ask(gateway, "GET", f"/tasks/{number}").json()["status"] == 0


@pytest.mark.parametrize("number, status", [
    ("abc", 400), ("1.5", 400), ("1e0", 400), ("99999999999999999999", 400), ("%2e", 400), ("1%00", 400), ("%7B%7D", 400),
    ("999999", 404), ("0", 404), ("-1", 404), ("1/2", 404), ("", 404),
])
def test_numbers_of_no_task(gateway, number, status):
    assert ask(gateway, "GET", "/tasks/" + number).status == status
    assert ask(gateway, "PATCH", "/tasks/" + number, {"status": 1}).status == status


def test_methods_and_paths(gateway):
    head = ask(gateway, "HEAD", "/tasks")
    assert head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) > 100
    assert ask(gateway, "HEAD", "/tasks/1").status == 200 and ask(gateway, "HEAD", "/tasks/999999").status == 404
    for method, path, allowed in (("PATCH", "/tasks", "GET, POST, HEAD, OPTIONS"), ("DELETE", "/tasks/1", "GET, PATCH, HEAD, OPTIONS"),
                                  ("PUT", "/tasks/1", "GET, PATCH, HEAD, OPTIONS"), ("POST", "/tasks/1", "GET, PATCH, HEAD, OPTIONS")):
        wrong = ask(gateway, method, path, {"status": 1})
        assert wrong.status == 405 and wrong.headers["Allow"] == allowed
    assert ask(gateway, "GET", "/nothing").status == 404


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded; charset=latin1", "x"])
def test_a_body_is_json_whatever_its_type_says(gateway, content_type):
    assert ask(gateway, "POST", "/tasks", {"user_id": 1, "content": "x"}, Content_Type=content_type).status == 201


def test_tasks_by_user_and_status(gateway):
    assert ask(gateway, "GET", "/tasks?user_id=2").json() == []
    assert ask(gateway, "GET", "/tasks?user_id=x").status == 400
    assert ask(gateway, "GET", "/tasks?user_id[$gt]=0").status == 200
    done = ask(gateway, "GET", "/tasks?user_id=1&status=1").json()
    assert done and {task["status"] for task in done} == {1}


def test_all_tasks_are_listed_however_many(gateway):
    before = len(ask(gateway, "GET", "/tasks").json())
    items = [{"operation": "I", "id": 1_000_000 + number, "user_id": 1, "status": 1, "content": "old", "createdAt": "2020-01-01T00:00:00Z",
              "completedAt": "2020-01-01T00:00:00Z"} for number in range(3000)]
    try:
        gateway.send({"companyId": "tasks", "catalog": "catalogTask", "items": items}, queue=gateway.settings["IMPORT_QUEUE"])
        wait("they are there", lambda: gateway.database["task"].count_documents({"id": {"$gte": 1_000_000}}) == 3000)
        tasks = ask(gateway, "GET", "/tasks").json()
        assert len(tasks) == before + 3000 and [task["id"] for task in tasks] == sorted(task["id"] for task in tasks)
    finally:
        gateway.database["task"].delete_many({"id": {"$gte": 1_000_000}})


# ----------------------------------------------------------------------------------------------- once, whatever happens


def test_fifty_equal_requests_at_two_gateways_are_one_task(gateway, second):
    before = len(ask(gateway, "GET", "/tasks").json())
    key, body = uuid.uuid4().hex, {"user_id": 1, "content": "once"}
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda at: ask((gateway, second)[at % 2], "POST", "/tasks", body, Idempotency_Key=key), range(50)))
    assert {(one.status, one.text, one.headers["Location"]) for one in answers} == {(201, "Created", answers[0].headers["Location"])}
    assert len(ask(second, "GET", "/tasks").json()) == before + 1
    assert ask(second, "POST", "/tasks", {**body, "content": "other"}, Idempotency_Key=key).status == 422
    assert ask(second, "POST", "/tasks", body, Idempotency_Key=key).headers["Location"] == answers[0].headers["Location"]


def test_of_many_completions_at_two_gateways_one_counts(system, gateway, second):
    number = new_task(gateway)
    announcements = system.bind()
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda at: ask((gateway, second)[at % 2], "PATCH", f"/tasks/{number}", {"status": 1}).status, range(20)))
    assert sorted(statuses) == [200] + [409] * 19
    wait("it is announced", lambda: announcements.of(number))
    assert len({message_id for message_id, _ in announcements.of(number)}) == 1


def test_kills_lose_and_repeat_no_completion(system, gateway):
    """Each answer 200 is one message-id, and nothing else is one, while the gateway is killed again and again."""
    announcements = system.bind()
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda _: new_task(gateway), range(500)))

    def complete(number):
        """The answer. Every other client has a key, and so may ask until it knows; the others learn by 409 that it happened."""
        keys = {"Idempotency_Key": f"done-{number}"} if number % 2 else {}
        lost = False
        while True:
            try:
                answer = ask(gateway, "PATCH", f"/tasks/{number}", {"status": 1}, **keys)
            except (OSError, http.client.HTTPException):
                lost = True
                time.sleep(0.05)
                continue
            if answer.status == 503:
                lost = True
                time.sleep(0.05)
                continue
            assert answer.status == 200 or answer.status == 409 and lost and not keys, answer.text
            return answer.status

    random.shuffle(numbers)
    results, kills = {}, 0

    def work(share):
        for number in share:
            results[number] = complete(number)
            time.sleep(0.05)

    threads = [threading.Thread(target=work, args=(numbers[at::8],)) for at in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        time.sleep(random.uniform(0.1, 1.5))
        if kills < 6:
            gateway.kill()
            gateway.start("-c", str(PACK / "gateway.yaml"))
            kills += 1
    assert len(results) == 500 and kills >= 3
    tasks = {task["id"]: task for task in ask(gateway, "GET", "/tasks").json()}
    assert {tasks[number]["status"] for number in numbers} == {1}

    def ids():
        found = {}
        for message_id, body in announcements.take():
            found.setdefault(body["task"]["id"], set()).add(message_id)
        return found

    wait("all are announced", lambda: set(numbers) <= set(ids()), 30)
    time.sleep(1)
    found = ids()
    assert {number: len(found[number]) for number in numbers if len(found[number]) != 1} == {}
    assert set(found) <= set(numbers)


class Relay:
    """The way to a server, which can be cut."""

    def __init__(self, port):
        self.port, self.pairs, self.is_cut = port, [], False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.own_port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                if self.is_cut:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.port))
                self.pairs.append((client, server))
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pipe, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pipe(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        self.is_cut = True
        for end in (end for pair in self.pairs for end in pair):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_a_completion_is_announced_though_the_broker_was_away(new_gateway):
    """It is answered meanwhile, and nothing is lost by a kill before the broker is back."""
    system = System(new_gateway)
    broker = urllib.parse.urlsplit(os.environ["RABBITMQ_URI"])
    relay = Relay(broker.port)
    gateway = system.start(AMQP_URL=broker._replace(netloc=broker.netloc.replace(str(broker.port), str(relay.own_port))).geturl())
    system.load()
    announcements = system.bind()
    relay.cut()
    time.sleep(1)
    for number in range(1, 6):
        assert ask(gateway, "PATCH", f"/tasks/{number}", {"status": 1}).status == 200
    assert announcements.take() == []
    gateway.kill()
    GatewayProcess.start(gateway, "-c", str(PACK / "gateway.yaml"))
    time.sleep(1)
    relay.is_cut = False
    gateway.wait_until_ready()
    wait("all are announced", lambda: {body["task"]["id"] for _, body in announcements.take()} == {1, 2, 3, 4, 5})
    assert len({message_id for message_id, _ in announcements.all}) == 5
    system.end()


# ------------------------------------------------------------------------------------------------------------- sockets


class Client:
    """A WebSocket client, closed at the end of the test. With `after` it goes on there."""

    open_ones = []

    def __init__(self, gateway, user, after=None, path="/any/path?at=all", port="HTTP_WS_PORT"):
        self.socket = wait("a gateway takes sockets", lambda: self.open(f"ws://127.0.0.1:{gateway.ports[port]}{path}"))
        self.open_ones.append(self)
        self.last = after
        message = {"type": "subscribe", "user_id": user} | ({} if after is None else {"after": after})
        self.socket.send(json.dumps(message))
        reply = self.next()
        assert {"type": reply["type"], "user_id": reply["user_id"]} == {"type": "subscribe", "user_id": user}

    @staticmethod
    def open(url):
        """Nothing while it is answered 503, as a gateway does that has just been started."""
        try:
            return connect(url, open_timeout=20, close_timeout=1, max_size=None, compression=None)
        except InvalidStatus as refused:
            assert refused.response.status_code == 503
            return None

    def next(self, timeout=20):
        message = json.loads(self.socket.recv(timeout))
        if self.last is not None:
            self.last = message.pop("id")
        return message

    def rest(self, seconds=1):
        """What comes within this time."""
        found = []
        with contextlib.suppress(TimeoutError):
            while True:
                found.append(self.next(seconds))
        return found

    def numbers(self, count, timeout=20):
        """The tasks of the next notifications."""
        found = [self.next(timeout) for _ in range(count)]
        assert {one["type"] for one in found} <= {"notification"}
        return [one["task"]["id"] for one in found]


@pytest.fixture(autouse=True)
def no_client_stays():
    yield
    while Client.open_ones:
        Client.open_ones.pop().socket.close()


def complete(gateway, number):
    assert ask(gateway, "PATCH", f"/tasks/{number}", {"status": 1}).status == 200


@pytest.mark.parametrize("user", [1, "1", 2, "2", "abc", 0, -1])
def test_a_subscription_is_answered_in_kind(gateway, user):
    for path in ("/", "/any", "/any/path?x=1", "/tasks"):
        Client(gateway, user, path=path).socket.close()


def test_all_sockets_of_a_user_hear_of_it_and_no_others(system, gateway, second):
    announcements = system.bind()
    own = [Client(gateway, 1), Client(gateway, "1"), Client(second, 1), Client(second, "1", path="/")]
    others = [Client(gateway, 2), Client(second, "2"), Client(gateway, "01"), Client(second, 11)]
    for at in (gateway, second):
        number = new_task(at)
        complete(at, number)
        wait("it is announced", lambda: announcements.of(number))
        expected = {"type": "notification", **announcements.of(number)[0][1]}
        heard = [client.next() for client in own]
        assert heard == [expected] * 4 and list(heard[0]) == ["type", "task", "message"]
    time.sleep(1)
    assert [client.rest(0.05) for client in others] == [[]] * 4
    assert [client.rest(0.05) for client in own] == [[]] * 4


@pytest.mark.parametrize("message", [
    "", "{", "null", "[]", "5", '"subscribe"', "{}", '{"type":"subscribe"}', '{"type":"subscribe","user_id":null}',
    '{"type":"subscribe","user_id":[1]}', '{"type":"subscribe","user_id":{}}', '{"type":"unsubscribe","user_id":1}',
    '{"type":"subscribe","user_id":' + '"' + "x" * 1000 + '"}', '{"user_id":1}', '{"type":"subscribe","user_id":1,"after":"x"}',
    '{"type":"subscribe","user_id":1,"after":{}}', "[" * 100_000, b"\x00\xff", b"", "x" * 2_000_000,
])
def test_what_is_no_subscription_harms_nobody(gateway, message):
    listener = Client(gateway, 1)
    with connect(f"ws://127.0.0.1:{gateway.ports['HTTP_WS_PORT']}/", max_size=None) as socket:
        with contextlib.suppress(ConnectionClosed, TimeoutError):
            socket.send(message)
            answer = json.loads(socket.recv(2))
            assert answer["type"] in ("error", "subscribe", "gap")
    number = new_task(gateway)
    complete(gateway, number)
    assert listener.numbers(1) == [number]


def test_who_comes_back_misses_nothing_and_hears_nothing_twice(gateway, second):
    numbers = [new_task(gateway) for _ in range(12)]
    client = Client(gateway, 1, after="")
    for number in numbers[:3]:
        complete(second, number)
    assert sorted(client.numbers(3)) == numbers[:3]
    client.socket.close()
    for number in numbers[3:8]:
        complete(random.choice((gateway, second)), number)
    time.sleep(5)
    back = Client(second, "1", after=client.last)
    for number in numbers[8:]:
        complete(gateway, number)
    # Two gateways take turns at the queue, so neighbours may change places.
    assert sorted(back.numbers(9)) == numbers[3:]
    assert back.rest() == []
    # A client that does not say where to go on hears only what comes from now on.
    assert Client(gateway, 1).rest(0.5) == []


def test_a_socket_goes_on_at_the_other_gateway_when_its_own_is_killed(gateway, second):
    numbers = [new_task(second) for _ in range(60)]
    client, heard, stop = Client(gateway, 1, after=""), [], threading.Event()

    def work():
        for number in numbers:
            complete(second, number)
            time.sleep(0.03)

    worker = threading.Thread(target=work)
    worker.start()
    gateways = [gateway, second]
    was_killed = False
    end = time.monotonic() + 60
    while len(heard) < len(numbers) and time.monotonic() < end:
        try:
            heard += client.numbers(1, timeout=2)
        except (ConnectionClosed, TimeoutError):
            gateways.reverse()
            with contextlib.suppress(OSError):
                client = Client(gateways[0], 1, after=client.last)
        if len(heard) > 20 and not was_killed:
            was_killed = True
            gateway.kill()
            gateway.start("-c", str(PACK / "gateway.yaml"))
    worker.join()
    assert was_killed and sorted(heard) == numbers and client.rest() == []


def test_a_stream_of_events_needs_no_websocket(gateway):
    number = new_task(gateway)
    Client(gateway, 1)  # it takes connections
    connection = http.client.HTTPConnection("127.0.0.1", gateway.ports["HTTP_WS_PORT"], timeout=20)
    connection.request("GET", "/?user_id=1&type=subscribe", headers={"Accept": "text/event-stream"})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
    complete(gateway, number)
    lines = iter(answer.readline, b"")
    data = (json.loads(line.removeprefix(b"data:")) for line in lines if line.startswith(b"data:"))
    told = next(one for one in data if one["type"] == "notification")
    assert told["task"]["id"] == number
    connection.close()


def test_garbage_on_the_queue_becomes_dead_letters(system, gateway):
    client = Client(gateway, 1)
    channel = system.first.servers.channel()
    for body in ("", "{", "[]", "{}", '{"message":"x"}', '{"message":"x","task":null}', '{"message":"x","task":{"id":1}}',
                 '{"message":5,"task":{"id":1,"user_id":1}}', '{"message":"x","task":{"id":1,"user_id":"1"}}'):
        channel.basic_publish(system.names["EXCHANGE"], system.names["ROUTING_KEY"], body, pika.BasicProperties(message_id=uuid.uuid4().hex))
    wait("all are dead letters", lambda: gateway.database["gateway.deadLetters"].count_documents({}) == 9)
    assert client.rest() == []
    gateway.database["gateway.deadLetters"].delete_many({})


# ------------------------------------------------------------------------------------------------------------ the page


def open_page(gateway, page, user=1):
    page.goto(f"http://127.0.0.1:{gateway.ports['HTTP_WEB_PORT']}/index.html" + (f"?user_id={user}" if user else ""))
    if user:
        expect(page.locator("#state")).to_have_attribute("data-state", "connected", timeout=20_000)


def test_the_page_appends_each_message_as_it_comes(gateway, second, new_page, picture):
    pages = [new_page(viewport={"width": 1280, "height": 800}), new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")]
    for page, at in zip(pages, (gateway, second), strict=True):
        open_page(at, page)
        picture(page, f"tasks-empty-{page.viewport_size['width']}")
    other = new_page()
    open_page(gateway, other, 2)
    texts = ["Aller marcher", "<img src=x onerror=alert(1)>", "Une tâche " + "très " * 40 + "longue", "x" * 300]
    for count, text in enumerate(texts, 1):
        number = new_task(gateway, text)
        complete(gateway, number)
        for page in pages:
            expect(page.locator("#messages li")).to_have_count(count)
            entry = page.locator("#messages li").nth(count - 1)
            expect(entry).to_contain_text(text)
            expect(entry).to_contain_text(f"task {number} has been completed at ")
    for page in pages:
        picture(page, f"tasks-{page.viewport_size['width']}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
    expect(other.locator("#messages li")).to_have_count(0)


def test_the_page_goes_on_after_an_interruption(gateway, second, new_page):
    numbers = [new_task(second) for _ in range(3)]
    page = new_page()
    open_page(gateway, page)
    complete(second, numbers[0])
    expect(page.locator("#messages li")).to_have_count(1)
    gateway.kill()
    expect(page.locator("#state")).to_have_attribute("data-state", "connecting")
    complete(second, numbers[1])
    gateway.start("-c", str(PACK / "gateway.yaml"))
    expect(page.locator("#state")).to_have_attribute("data-state", "connected", timeout=30_000)
    complete(gateway, numbers[2])
    expect(page.locator("#messages li")).to_have_count(3, timeout=20_000)
    found = "\n".join(page.locator("#messages li").all_inner_texts())
    assert all(f"task {number} has" in found for number in numbers)
    expect(page.locator("#gap")).to_be_hidden()


def test_the_page_asks_for_a_user(gateway, new_page, picture):
    page = new_page(viewport={"width": 390, "height": 844})
    open_page(gateway, page, None)
    page.get_by_label("Whose tasks?").fill("1")
    picture(page, "tasks-who")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#state")).to_have_attribute("data-state", "connected", timeout=20_000)
    assert page.url.endswith("index.html?user_id=1")
