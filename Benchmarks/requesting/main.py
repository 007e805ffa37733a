"""Requests and pushes beside what one would use instead. Started by Benchmarks/requests, which says more."""

import argparse
import http.client
import json
import signal
import sys
import time
import uuid
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from machine import Stopwatch
from processes import Failure
import websocket_frames
from servers import Servers
from load import CONNECTIONS, Sockets, warm_up, wrk
from tables import Tables
from web_servers import EXAMPLE, FastAPI, Nchan, WebGateway, free_port

STORED = 10_000  # records that are there to be read
LIST = 100  # records of each list
RATE = 1000  # pushes a second
FANOUT = 125  # pushes for each second of a run; each goes to all sockets
PAUSE = 0.003  # seconds between a notification and the next change
UNCOUNTED = 20  # changes, at the beginning


def say(text):
    print(f"requests: {text}", file=sys.stderr, flush=True)


class Bench:
    def __init__(self, options):
        self.options = options
        self.servers = Servers(Path(options.directory))
        self.workers = {"FastAPI, 1 worker": 1, "FastAPI, 2 workers": 2}

    @contextmanager
    def place(self):
        """A new database, and an exchange of its name whose messages with the key `placed` come into a queue of that name."""
        name = self.servers.fresh_database()
        with self.servers.channel() as channel:
            channel.exchange_declare(name, "topic", durable=True)
            channel.queue_declare(name, durable=True)
            channel.queue_bind(name, name, "placed")
            channel.queue_declare(f"{name}-catalog", durable=True)
        yield name
        with self.servers.channel() as channel:
            for queue in (name, f"{name}-catalog"):
                channel.queue_delete(queue)
            channel.exchange_delete(name)
        self.servers.mongo.drop_database(name)

    def server(self, who, place):
        if who == "gateway":
            return WebGateway(self, place, place)
        return FastAPI(self, place, place, self.workers[who])

    # ---------------------------------------------------------------------------------------------------- requests

    def writes(self, who, path, announces):
        with self.place() as place, self.server(who, place) as server:
            run = uuid.uuid4().hex[:12]
            answered = warm_up(self, server, path, run=f"{run}w")
            measured = wrk(self, server, path, self.options.seconds, run=run)
            if not measured["requests"]:
                raise Failure(f"{who}: no request was answered")
            self.check_written(place, who, answered + measured["requests"], announces)
            return measured

    def check_written(self, place, who, answered, announces):
        """Of the requests that were in hand when a client ended, nobody has seen the answer: they may be there or not."""
        store = self.servers.mongo[place]
        end = time.monotonic() + 30
        while True:
            records = store["order"].count_documents({})
            keys = store["gateway.ledger" if who == "gateway" else "idempotencyKeys"].count_documents({})
            with self.servers.channel() as channel:
                messages = channel.queue_declare(place, passive=True).method.message_count
            is_right = answered <= records <= answered + 2 * CONNECTIONS and keys == records
            if is_right and messages == (records if announces else 0):
                return
            if time.monotonic() > end:
                raise Failure(
                    f"{who}: {answered} requests were answered; there are {records} records, {keys} keys, {messages} messages")
            time.sleep(0.1)

    def announce(self, who):
        return self.writes(who, "/orders", True)

    def store(self, who):
        return self.writes(who, "/drafts", False)

    def reads(self, who, ends):
        """`ends`: of the addresses, one of which each request has, of the orders that are there."""
        with self.place() as place:
            orders = [order(number) for number in range(STORED)]
            collection = self.servers.mongo[place]["order"]
            collection.insert_many(orders)
            collection.create_index([("customer", 1), ("_id", 1)])
            file = Path(self.options.directory) / "ends"
            file.write_text("".join(f"{end}\n" for end in ends(orders)))
            with self.server(who, place) as server:
                self.check_read(server, who, orders)
                warm_up(self, server, "/orders", ends=file)
                return wrk(self, server, "/orders", self.options.seconds, ends=file)

    def check_read(self, server, who, orders):
        """Both show the same: an order, the first hundred, and those of a customer."""
        in_order = sorted(orders, key=lambda one: one["_id"])
        shown = {
            f"/orders/{orders[7]['id']}": orders[7],
            "/orders": in_order[:LIST],
            "/orders?customer=7": [one for one in in_order if one["customer"] == 7],
        }
        for path, expected in shown.items():
            connection = http.client.HTTPConnection("127.0.0.1", server.web, timeout=10)
            connection.request("GET", path)
            found = json.loads(connection.getresponse().read())
            connection.close()
            if without_time(found) != without_time(expected):
                raise Failure(f"{who}: GET {path} shows {str(found)[:500]}")

    def one(self, who):
        return self.reads(who, lambda orders: [f"/{one['id']}" for one in orders])

    def list(self, who):
        return self.reads(who, lambda _: [""])

    def lists(self, who):
        return self.reads(who, lambda _: [f"?customer={number}" for number in range(1, STORED // LIST + 1)])

    # ------------------------------------------------------------------------------------------------ notifications

    def notify(self, _):
        """The system of mappings/examples/tasks: from the request until the socket has the notification."""
        count = 50 * self.options.seconds
        with self.place() as place:
            store, now = self.servers.mongo[place], datetime.now(timezone.utc)
            store["user"].insert_one({"_id": "tasks|1", "companyId": "tasks", "id": 1, "name": "Marie"})
            store["task"].insert_many([
                {"_id": f"tasks|{id}", "companyId": "tasks", "id": id, "user_id": 1, "status": 0, "content": f"Aller marcher {id}",
                 "createdAt": now, "completedAt": None} for id in range(1, count + UNCOUNTED + 1)])
            names = {"EXCHANGE": place, "QUEUE": f"{place}-completed", "IMPORT_QUEUE": f"{place}-import"}
            ports = {"HTTP_LISTENERS_PUSH_PORT": str(free_port()), "HTTP_LISTENERS_WEB_PORT": str(free_port())}
            with self.servers.channel() as channel:
                for queue in (names["QUEUE"], names["IMPORT_QUEUE"]):
                    channel.queue_declare(queue, durable=True)
            with WebGateway(self, place, place, mappings=EXAMPLE / "routes", settings=names | ports) as gateway:
                measured = changes(gateway.web, int(ports["HTTP_LISTENERS_PUSH_PORT"]), count)
            for queue in (names["QUEUE"], names["IMPORT_QUEUE"]):
                self.servers.remove_queue(queue)
        return measured

    # ------------------------------------------------------------------------------------------------------- pushes

    def pushes(self, who, **shape):
        sockets = self.options.sockets
        if who == "gateway":
            with self.place() as place, WebGateway(self, place, place) as gateway:
                with Sockets(self, "subscribe", [gateway], sockets=sockets, **shape) as client:
                    return client.measure()
        with Nchan(self) as nginx, Sockets(self, "listen", [nginx], sockets=sockets, **shape) as client:
            return client.measure()

    def keyed(self, who):
        return self.pushes(who, keys=self.options.sockets, pushes=RATE * self.options.seconds, rate=RATE)

    def fanout(self, who):
        return self.pushes(who, keys=1, pushes=FANOUT * self.options.seconds, rate=RATE)

    def kill(self, _):
        """Two gateways, one of which is killed in the middle."""
        pushes = RATE * self.options.seconds
        with self.place() as place, WebGateway(self, place, place) as stays:
            killed = WebGateway(self, place, place, folder="killed")
            killed.start()
            killed.seconds_to_ready()
            shape = {"sockets": self.options.sockets, "keys": self.options.sockets, "pushes": pushes, "rate": RATE}
            with Sockets(self, "resume", [stays, killed], **shape) as client:
                client.begin()
                time.sleep(self.options.seconds / 2)
                killed.kill()
                heard = client.end()
            if heard["reconnected"] < self.options.sockets // 2:
                raise Failure(f"the kill came too late, or ended no sockets: {heard}")
            return heard


def order(number):
    id = str(uuid.uuid4())
    return {
        "_id": f"acme|{id}", "companyId": "acme", "id": id, "customer": number % (STORED // LIST) + 1, "product": f"A-{number % 500}",
        "quantity": number % 9 + 1, "price": number % 90 + 0.95,
        "note": "Please ring twice, and leave it with the neighbours if nobody opens.",
        "createdAt": datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=number),
    }


def without_time(shown):
    """Times are written in different ways."""
    if isinstance(shown, list):
        return [without_time(one) for one in shown]
    return {name: value for name, value in shown.items() if name not in ("createdAt", "_id", "companyId")}


def changes(api, push, count):
    """Completes tasks one at a time. Milliseconds until the answer, and until the notification, of each."""
    user = websocket_frames.Client(push, "/")
    user.send(websocket_frames.frame(websocket_frames.TEXT, b'{"type":"subscribe","user_id":1}'))
    if json.loads(user.next()[1])["type"] != "subscribe":
        raise Failure("the subscription was not answered")
    connection = http.client.HTTPConnection("127.0.0.1", api, timeout=10)
    connection.connect()
    answers, notifications = [], []
    for number in range(1, count + UNCOUNTED + 1):
        began = time.perf_counter()
        connection.request("PATCH", f"/tasks/{number}", '{"status":1}', {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        answered = time.perf_counter()
        while (message := user.next())[0] != websocket_frames.TEXT:
            user.send(websocket_frames.frame(websocket_frames.PONG, message[1]))
        notified = time.perf_counter()
        if response.status != 200 or json.loads(message[1])["task"]["id"] != number:
            raise Failure(f"PATCH /tasks/{number}: {response.status}, then {message[1]}")
        if number > UNCOUNTED:
            answers.append(1000 * (answered - began))
            notifications.append(1000 * (notified - began))
        time.sleep(PAUSE)
    connection.close()
    user.socket.close()
    return {"answers": answers, "notifications": notifications}


PEERS = ("FastAPI, 1 worker", "FastAPI, 2 workers")
CONTESTANTS = {
    **dict.fromkeys(("announce", "store", "one", "list", "lists"), ("gateway", *PEERS)),
    **dict.fromkeys(("notify", "kill"), ("gateway",)),
    **dict.fromkeys(("keyed", "fanout"), ("gateway", Nchan.name)),
}


def main():
    parser = argparse.ArgumentParser()
    for name in ("--seconds", "--rounds", "--sockets"):
        parser.add_argument(name, type=int, required=True)
    for name in ("--only", "--directory", "--gateway", "--peers-python", "--tools"):
        parser.add_argument(name, required=True)
    parser.add_argument("--json")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(options)
    rounds, others = {name: [] for name in CONTESTANTS if name in options.only.split(",")}, []
    for number in range(options.rounds):
        for workload, measured in rounds.items():
            stopwatch, one = Stopwatch(bench.servers), {}
            names = CONTESTANTS[workload]
            for who in names if number % 2 == 0 else reversed(names):
                one[who] = getattr(bench, workload)(who)
            measured.append(one)
            others.append(stopwatch.others_percent())
            rates = ", ".join(f"{who} {result['rate']:,.0f}/s" for who, result in one.items() if "rate" in result)
            say(f"{workload}, round {number + 1} of {options.rounds}: {rates or 'done'}"
                f" (others used {others[-1]:.0f} % of the machine)")
    if options.json:
        Path(options.json).write_text(json.dumps(rounds))
    tables = Tables(options, rounds, others)
    print(tables.text())
    sys.exit(1 if tables.missed else 0)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        say(str(failure))
        sys.exit(1)
