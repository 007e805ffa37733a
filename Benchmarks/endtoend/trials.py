"""What is not a rate: the time one message takes, and the time the gateway takes to start."""

from dataclasses import dataclass
from statistics import median

from processes import run


@dataclass(frozen=True)
class Figure:
    title: str
    value: float
    unit: str
    below: float | None = None


class Latency:
    """From publication until the record is durable, one message of one item at a time; see latency.c."""

    MESSAGES = 1050  # of which latency.c does not count the first 50

    def __init__(self, catalog):
        self.filling = catalog.of(self.MESSAGES).messages("I", items_a_message=1)

    def measure(self, bench):
        database, queue = bench.servers.fresh_database(), bench.servers.empty_queue()
        with bench.gateway_on(database, queue) as gateway:
            gateway.seconds_to_ready()
            printed = run(bench.programs / "latency", queue, database, self.filling.path)
            printed["peak"] = gateway.peak_megabytes()
        bench.servers.remove(database, queue)
        return printed

    def figures(self, rounds):
        def of(name):
            return median(one[name] for one in rounds)

        return [
            Figure("latency, publish to durable: p50", of("p50"), "ms", 5),
            Figure("latency, publish to durable: p99", of("p99"), "ms", 25),
            Figure("  of that, at most what looking for it adds", of("addedP50"), "ms"),
            Figure("  insert of one record by libmongoc: p50", of("floorP50"), "ms"),
            Figure("  insert of one record by libmongoc: p99", of("floorP99"), "ms"),
            Figure("resident memory, one message at a time", max(one["peak"] for one in rounds), "MB", 80),
        ]


class Start:
    """From exec until /readyz answers 200, with servers that are up and an empty queue."""

    TIMES = 5

    def __init__(self, catalog):
        pass  # no message is sent

    def measure(self, bench):
        fresh, known = [], []
        for _ in range(self.TIMES):
            database, queue = bench.servers.fresh_database(), bench.servers.empty_queue()
            for times in (fresh, known):
                with bench.gateway_on(database, queue) as gateway:
                    times.append(gateway.seconds_to_ready() * 1000)
            bench.servers.remove(database, queue)
        return {"fresh": fresh, "known": known}

    def figures(self, rounds):
        def of(name):
            return median(time for one in rounds for time in one[name])

        return [
            Figure("start to consuming, fresh database", of("fresh"), "ms", 300),
            Figure("start to consuming, its database of before", of("known"), "ms", 300),
        ]


TRIALS = {"latency": Latency, "start": Start}
