"""The clients: wrk for requests, sockets.c for pushes, one socket and one connection for notifications."""

import json
import os
import subprocess
from pathlib import Path

from processes import Failure, tied

HERE = Path(__file__).resolve().parent
CONNECTIONS = 64
WARM_UP = 1  # seconds


class Spent:
    """Processor time of the server, mongod, RabbitMQ and the client while `with` lasts, in seconds."""

    def __init__(self, bench, server):
        self.bench, self.server = bench, server

    def now(self):
        children = os.times()
        return {
            "own": self.server.cpu(), **self.bench.servers.cpu(), "client": children.children_user + children.children_system}

    def __enter__(self):
        self.before = self.now()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.seconds = {name: value - self.before[name] for name, value in self.now().items()}


def wrk(bench, server, path, seconds, run=None, ends=None):
    """Requests by 64 connections; {"requests", "seconds", "p50", "p99", "cpu": seconds by process}, times in ms."""
    environment = {
        "PATH": "/usr/bin:/bin", "ASK": path, "LD_LIBRARY_PATH": f"{bench.options.tools}/usr/lib/x86_64-linux-gnu",
        **({"RUN": run} if run else {}), **({"ENDS": str(ends)} if ends else {}),
    }
    command = tied(
        Path(bench.options.tools) / "usr/bin/wrk", "-t", 1, "-c", CONNECTIONS, "-d", f"{seconds}s", "--timeout", "20s", "-s",
        HERE / "orders.lua", f"http://127.0.0.1:{server.web}")
    with Spent(bench, server) as spent:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise Failure(f"wrk failed: {ended.stderr}{ended.stdout}")
    measured = json.loads(ended.stdout.splitlines()[-1])
    if measured["failed"] or measured["refused"]:
        raise Failure(f"not every request was answered as it should be: {measured}")
    return {**measured, "rate": measured["requests"] / measured["seconds"], "cpu": spent.seconds}


def warm_up(bench, server, path, **asked):
    """Returns the number of requests that were answered."""
    return wrk(bench, server, path, WARM_UP, **asked)["requests"]


class Sockets:
    """sockets.c with these arguments; `with` waits until all sockets are open."""

    def __init__(self, bench, way, servers, *, sockets, keys, pushes, rate):
        self.bench, self.servers = bench, servers
        self.command = tied(
            Path(bench.options.directory) / "sockets", sockets, keys, pushes, rate, CONNECTIONS, way,
            *(server.web for server in servers))

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "open\n":
            raise Failure("the sockets could not be opened")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def begin(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self):
        """What all sockets have heard."""
        text = self.process.stdout.readline()
        if self.process.wait() != 0:
            raise Failure("the sockets failed")
        return json.loads(text)

    def measure(self):
        server = self.servers[0]
        with Spent(self.bench, server) as spent:
            self.begin()
            heard = self.end()
        for name in ("lost", "again", "gaps"):
            if heard[name]:
                raise Failure(f"{heard[name]} messages: {name}: {heard}")
        cpu = {**spent.seconds, "client": heard["cpu"]}
        return {**heard, "requests": heard["received"], "rate": heard["received"] / heard["seconds"], "cpu": cpu}
