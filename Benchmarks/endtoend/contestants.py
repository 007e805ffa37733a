"""The gateway and what it is compared with. Each does one piece of work on fresh data and says what it took.

What is timed. The queue is filled before anybody consumes from it.

- The gateway: from when /readyz first answers 200 to when the last message is durable (gateway.py tells how that is
  seen). Its first batch is in, with the collection and the session that are made for it.
- The Python peers: from when the first message is settled (bulk_write or update_one has returned) to when the last one
  is, and the items in between are counted. Connecting and all that is done only once is not in it.
- The programs in ../limits: from when they are connected; their heads tell.

The processor time of a contestant itself is that of the same stretch; that of the servers is taken from before it
starts until it has ended, which for the peers includes their connecting.
"""

from dataclasses import dataclass
from pathlib import Path

from catalog import Filling
from gateway import Gateway
from processes import Failure, run

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / "peers"
DEFINITION = HERE.parents[1] / "Sources/Schemas/Definitions/catalogItem.json"


@dataclass(frozen=True)
class Bench:
    """What contestants work with: servers, binaries, and a directory for their files."""

    servers: object
    programs: Path
    gateway: Path
    python: Path
    peers_python: Path
    directory: Path

    def gateway_on(self, database, queue):
        return Gateway(self.gateway, self.servers, database, queue, self.directory)

    def run(self, *command):
        """Runs a peer or a limit, which prints {"items", "seconds", "cpu"}."""
        before = self.servers.cpu()
        printed = run(*command)
        servers = {name: after - before[name] for name, after in self.servers.cpu().items()}
        return Measured(printed["items"], printed["seconds"], {"own": printed["cpu"], **servers})


@dataclass(frozen=True)
class Measured:
    items: int
    seconds: float
    cpu: dict  # seconds of processor time, by process: own, mongod, rabbitmq
    peak_megabytes: float | None = None  # of the gateway
    others_percent: float | None = None  # of the machine, used by programs that have no part in this

    @property
    def rate(self):
        return self.items / self.seconds

    @property
    def microseconds(self):
        """Of processor time for each item, by process and all together."""
        each = {name: seconds / self.items * 1e6 for name, seconds in self.cpu.items()}
        return {**each, "all": sum(each.values())}


@dataclass(frozen=True)
class TheGateway:
    """Settles a queue; `outcomes` is how its items must have ended, `check` looks at what is stored."""

    filling: Filling
    outcomes: dict
    documents: Path | None = None  # in the store beforehand
    check: object = None

    def measure(self, bench):
        database = bench.servers.fresh_database(self.documents)
        queue = bench.servers.filled_queue(self.filling)
        with bench.gateway_on(database, queue) as gateway:
            ready, end = gateway.settle(self.filling)
            peak = gateway.peak_megabytes()
            outcomes = gateway.outcomes()
        if outcomes != self.outcomes:
            raise Failure(f"the gateway's outcomes are {outcomes}, and should be {self.outcomes}")
        if self.check:
            self.check(bench.servers, database, queue)
        bench.servers.remove(database, queue)
        cpu = {name: end.cpu[name] - ready.cpu[name] for name in end.cpu}
        return Measured(end.items - ready.items, end.time - ready.time, cpu, peak)


@dataclass(frozen=True)
class FastStream:
    """../peers/faststream_peer.py"""

    filling: Filling
    mode: str = "upsert"
    documents: Path | None = None

    def measure(self, bench):
        database = bench.servers.fresh_database(self.documents)
        queue = bench.servers.filled_queue(self.filling)
        arguments = (queue, database, self.filling.messages, self.mode)
        measured = bench.run(bench.peers_python, PEERS / "faststream_peer.py", *arguments)
        bench.servers.remove(database, queue)
        return measured


@dataclass(frozen=True)
class UsualScript:
    """../peers/usual_script.py"""

    filling: Filling

    def measure(self, bench):
        database = bench.servers.fresh_database()
        queue = bench.servers.filled_queue(self.filling)
        arguments = (queue, database, self.filling.messages, DEFINITION)
        measured = bench.run(bench.python, PEERS / "usual_script.py", *arguments)
        bench.servers.remove(database, queue)
        return measured


@dataclass(frozen=True)
class Store:
    """../limits/store.c"""

    work: str
    file: Path
    connections: int
    documents: Path | None = None

    def measure(self, bench):
        database = bench.servers.fresh_database(self.documents)
        measured = bench.run(bench.programs / "store", self.work, database, self.file, self.connections)
        bench.servers.mongo.drop_database(database)
        return measured


@dataclass(frozen=True)
class Drain:
    """../limits/drain.c, with the gateway's own prefetch"""

    filling: Filling
    prefetch: int = 500

    def measure(self, bench):
        queue = bench.servers.filled_queue(self.filling)
        measured = bench.run(bench.programs / "drain", queue, self.filling.messages, self.prefetch)
        bench.servers.remove_queue(queue)
        return measured
