"""Starts a system of mappings/examples, says how to try it, and plays it through, or stays until SIGTERM.

  example.py NAME --gateway BINARY --work DIRECTORY --console-port PORT [--two] [--once] [--on-your-broker] [--on-your-store]

scripts/run --example NAME calls it with servers in RABBITMQ_URI and MONGODB_URI. Names and ports come from the environment, else
from .env in the system's directory, else from .env.example there. What is particular to a system is in example_NAME.py. Ends
with 0 after SIGTERM, or with --once if every expected thing came.
"""

import argparse
import importlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pika
import pymongo
from gateway_process import GatewayFailure, GatewayProcess, free_port

ROOT = Path(__file__).resolve().parents[2]


class System:
    """One or two gateways of an example on one broker and one database.

    `ports`: variables of ports with what is there. `names`: variables of exchanges and queues, which on a broker of somebody
    else's get an ending of their own.
    """

    def __init__(self, name, ports, names, options):
        self.pack = ROOT / "mappings/examples" / name
        self.ports, self.names, self.options = ports, names, options
        self.ending = time.strftime("_%Y%m%d_%H%M%S_") + str(os.getpid())
        self.database = name + (self.ending if options.on_your_store else "")
        self.broker_uri, self.store_uri = os.environ["RABBITMQ_URI"], os.environ["MONGODB_URI"]
        self.variables = {**read_variables(self.pack), **{name: os.environ[name] for name in (*ports, *names) if os.environ.get(name)}}
        if options.on_your_broker:
            for name in names:
                self.variables[name] += self.ending
        self.gateways = []

    def __getitem__(self, name):
        return self.variables[name]

    def start(self):
        for number in range(2 if self.options.two else 1):
            ports = {name: self.variables[name] if number == 0 else str(free_port()) for name in self.ports}
            if number == 0:
                self.demand_free(ports)
            directory = Path(self.options.work) / (f"gateway-{number + 1}" if number else "")
            directory.mkdir(exist_ok=True)
            gateway = GatewayProcess(self.options.gateway, directory, {
                "AMQP_URL": self.broker_uri, "MONGODB_URI": self.store_uri, "MONGODB_DATABASE": self.database,
                "MAPPINGS_DIRECTORY": str(self.pack / "routes"), "DEFINITIONS_DIRECTORY": str(self.pack / "definitions"),
                **{name: self.variables[name] for name in self.names}, **ports,
            })
            if number == 0:
                gateway.port = int(self.options.console_port)
                gateway.url = f"http://127.0.0.1:{gateway.port}"
                gateway.settings["CONSOLE_PORT"] = str(gateway.port)
            gateway.ports = ports
            self.gateways.append(gateway)
            gateway.start("-c", str(self.pack / "gateway.yaml"))
        for gateway in self.gateways:
            gateway.wait_until_ready()

    def demand_free(self, ports):
        taken = []
        for name, port in ports.items():
            if not re.fullmatch("[0-9]{1,5}", port) or not 0 < int(port) < 65536:
                sys.exit(f"{name}: expected a port from 1 to 65535, found '{port}'; correct it in {self.pack / '.env'} or in the environment")
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", int(port)))
                except OSError:
                    taken.append(f"port {port} ({name}, {self.ports[name]}) is taken; stop what listens there, or set {name} to another port,"
                                 f" in {self.pack / '.env'} or in the environment")
        if taken:
            sys.exit("\n".join(taken))

    def send(self, queue, *files):
        """Publishes catalog messages of the system's directory, as a person would."""
        gateway = self.gateways[0]
        result = subprocess.run(
            [gateway.binary, "send", "-c", str(self.pack / "gateway.yaml"), "--queue", queue, *(str(self.pack / file) for file in files)],
            env=gateway.settings, cwd=gateway.directory, capture_output=True, text=True, timeout=60)
        if result.returncode:
            sys.exit(f"the test data could not be sent: {result.stderr.strip()}")

    def channel(self):
        return pika.BlockingConnection(pika.URLParameters(self.broker_uri)).channel()

    def check_running(self):
        for gateway in self.gateways:
            if not gateway.is_running():
                raise gateway.failure(f"ended by itself, with {gateway.process.returncode}")

    def stop(self):
        """Ends the gateways, and removes what this run left on servers of somebody else's."""
        for gateway in self.gateways:
            if gateway.is_running() and gateway.stop() != 0:
                raise gateway.failure(f"ended with {gateway.process.returncode} after SIGTERM, and not with 0")
        if self.options.on_your_broker:
            channel = self.channel()
            for name, kind in self.names.items():
                if kind == "queue":
                    channel.queue_delete(self.variables[name])
                elif kind == "exchange":
                    channel.exchange_delete(self.variables[name])
            channel.connection.close()
        if self.options.on_your_store and self.options.once:
            pymongo.MongoClient(self.store_uri).drop_database(self.database)


class Play:
    """The steps of a scenario, each printed with what came of it."""

    def __init__(self):
        self.failures = 0

    def step(self, what, happens, patience=20.0):
        """`happens` returns something true within `patience` seconds. Returns that."""
        end, found, trouble = time.monotonic() + patience, None, ""
        while not found and time.monotonic() < end:
            try:
                found = happens()
            except (OSError, EOFError, AssertionError) as error:
                trouble = f": {error}" if str(error) else ""
            if not found:
                time.sleep(0.05)
        print(f"{'ok     ' if found else 'FAILED '} {what}{'' if found else trouble}", flush=True)
        self.failures += not found
        return found


def read_variables(pack):
    """Those of .env.example, and over them those of .env, which the gateway itself reads, and is strict about."""
    variables = {}
    for file in (pack / ".env.example", pack / ".env"):
        for line in file.read_text().splitlines() if file.exists() else []:
            if match := re.fullmatch(r"""\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*("[^"]*"|'[^']*'|.*?)\s*(?:\s#.*)?""", line):
                variables[match[1]] = match[2].strip("\"'")
    return variables


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    for option in ("--gateway", "--work", "--console-port"):
        parser.add_argument(option, required=True)
    for option in ("--two", "--once", "--on-your-broker", "--on-your-store"):
        parser.add_argument(option, action="store_true")
    options = parser.parse_args()
    example = importlib.import_module("example_" + options.name)
    system = System(options.name, example.PORTS, example.NAMES, options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143 if options.once else 0))
    status = 1
    try:
        system.start()
        example.prepare(system)
        if options.once:
            play = Play()
            example.play(system, play)
            system.check_running()
            print(f"{options.name}: {'everything came as expected' if play.failures == 0 else f'{play.failures} steps failed'}", flush=True)
            status = 1 if play.failures else 0
        else:
            print(example.hints(system), flush=True)
            while True:
                system.check_running()
                time.sleep(0.5)
    except GatewayFailure as failure:
        print(failure, file=sys.stderr)
    except SystemExit as end:
        status = end.code
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        system.stop()
    except GatewayFailure as failure:
        print(failure, file=sys.stderr)
        status = status or 1
    sys.exit(status)


if __name__ == "__main__":
    main()
