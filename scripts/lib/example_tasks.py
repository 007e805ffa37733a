"""The system `tasks`: what to try, and its scenario. scripts/lib/example.py starts it."""

import http.client
import json
import re

import websocket_frames

PORTS = {"HTTP_API_PORT": "REST", "HTTP_WS_PORT": "WebSocket", "HTTP_WEB_PORT": "the page"}
NAMES = {"EXCHANGE": "exchange", "ROUTING_KEY": "key", "QUEUE": "queue", "IMPORT_QUEUE": "queue"}
DATA = ("routes/data/users.json", "routes/data/tasks.json")


def prepare(system):
    system.send(system["IMPORT_QUEUE"], *DATA)
    first = system.gateways[0]
    first.wait("the test data is there", lambda: len(json.loads(ask(first, "GET", "/tasks")[2] or "[]")) >= 5)


def hints(system):
    api, sockets, web = (f"127.0.0.1:{system[name]}" for name in PORTS)
    text = f"""
REST        http://{api}/tasks
WebSocket   ws://{sockets}/
page        http://{web}/index.html?user_id=1
console     {system.gateways[0].url}
queue       {system['QUEUE']}, bound to the exchange {system['EXCHANGE']} with {system['ROUTING_KEY']}
log         {system.gateways[0].log}

Open the page, then in another shell:
    curl -i -d '{{"user_id":1,"content":"Aller marcher"}}' http://{api}/tasks
    curl http://{api}/tasks
    curl -i -X PATCH -d '{{"status":1}}' http://{api}/tasks/1
What the page hears, as a stream of events:
    curl -N -H 'Accept: text/event-stream' 'http://{sockets}/?type=subscribe&user_id=1'
"""
    if len(system.gateways) > 1:
        api, sockets, web = (f"127.0.0.1:{system.gateways[1].ports[name]}" for name in PORTS)
        text += f"""
The second gateway, on the same broker and database:
    REST http://{api}/tasks   WebSocket ws://{sockets}/   page http://{web}/index.html?user_id=1
"""
    return text + "\nCtrl-C stops everything that was started here."


def play(system, play):
    first, last = system.gateways[0], system.gateways[-1]
    channel = system.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, system["EXCHANGE"], system["ROUTING_KEY"])

    play.step("GET /tasks: the five tasks of the test data", lambda: len(json.loads(ask(first, "GET", "/tasks")[2])) == 5)
    location = {}

    def create():
        status, headers, text = ask(first, "POST", "/tasks", {"user_id": 1, "content": "Faire la sieste"})
        location["path"] = headers["Location"]
        return (status, text) == (201, "Created")

    play.step("POST /tasks: 201, Created", create)
    path = location.get("path") or "/tasks/1"
    play.step(f"GET {path}: the new task, not completed", lambda: json.loads(ask(last, "GET", path)[2])["status"] == 0)
    play.step("POST /tasks without a content: 400", lambda: ask(first, "POST", "/tasks", {"user_id": 1})[0] == 400)

    # A gateway that has just been started answers 503 for a moment.
    play.step("WebSocket: connections are taken", lambda: all(Socket(gateway, 1).close() for gateway in system.gateways))
    own = [Socket(gateway, 1) for gateway in {first.port: first, last.port: last}.values()] + [Socket(first, "1")]
    other = Socket(last, 2)
    play.step("WebSocket: a subscription is answered", lambda: all(socket.subscribed for socket in (*own, other)))
    play.step(f"PATCH {path}: 200, OK", lambda: ask(first, "PATCH", path, {"status": 1})[::2] == (200, "OK"), 1)
    play.step(f"PATCH {path} again: 409", lambda: ask(last, "PATCH", path, {"status": 1})[0] == 409)

    task = json.loads(ask(last, "GET", path)[2])
    date = r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d GMT\+0000 \(Coordinated Universal Time\)"
    told = re.compile(rf"task {task['id']} has been completed at {date}")
    announced = play.step("a message on the queue says so", lambda: channel.basic_get(queue, auto_ack=True)[2])
    message = json.loads(announced or "{}")
    play.step("it has the task and the time", lambda: message["task"] == task and told.fullmatch(message["message"]), 0.1)
    for number, socket in enumerate(own, 1):
        play.step(f"WebSocket {number} of user 1 hears of it", lambda: socket.next() == {"type": "notification", **message})
    play.step("WebSocket of user 2 does not", lambda: other.is_silent(1))

    for file, content in (("/index.html?user_id=1", "<!doctype html>"), ("/tasks.js", "WebSocket"), ("/tasks.css", "color-scheme")):
        status, _, text = ask(last, "GET", file, port="HTTP_WEB_PORT")
        play.step(f"GET {file}: the page", lambda: status == 200 and content in text, 0.1)


def ask(gateway, method, path, body=None, port="HTTP_API_PORT"):
    """Status, headers and text."""
    connection = http.client.HTTPConnection("127.0.0.1", int(gateway.ports[port]), timeout=30)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


class Socket:
    """A client that has subscribed."""

    def __init__(self, gateway, user):
        self.client = websocket_frames.Client(int(gateway.ports["HTTP_WS_PORT"]), "/any/path")
        self.client.send(websocket_frames.frame(websocket_frames.TEXT, json.dumps({"type": "subscribe", "user_id": user}).encode()))
        self.subscribed = self.next() == {"type": "subscribe", "user_id": user}

    def close(self):
        self.client.socket.close()
        return True

    def next(self):
        """The next message."""
        while True:
            kind, payload = self.client.next()
            if kind == websocket_frames.TEXT:
                return json.loads(payload)
            if kind == websocket_frames.PING:
                self.client.send(websocket_frames.frame(websocket_frames.PONG, payload))

    def is_silent(self, seconds):
        self.client.socket.settimeout(seconds)
        try:
            return not self.next()
        except TimeoutError:
            return True
