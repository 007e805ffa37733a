"""A gateway as a process, seen from outside: the one place where Python starts a gateway.

Used by Tests/Acceptance and Benchmarks. Neither servers nor files are its concern: the caller gives all settings, and a
directory of its own for the log.
"""

import http.client
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

PATH = "/usr/bin:/bin"
# Above the ports of scripts/services, below the range that outgoing connections take theirs from.
PORTS = range(27_500, 32_700)


class GatewayFailure(Exception):
    """What a gateway did wrong, with the end of its log."""


class GatewayProcess:
    """`gateway run` with these settings and no others: no settings file, and no variable of the caller's.

    `settings` are environment variables. It ends when this Python process does, however that ends.
    """

    def __init__(self, binary, directory, settings):
        self.binary, self.directory = str(binary), Path(directory)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.directory / "gateway.log"
        self.settings = {"PATH": PATH, "CONSOLE_PORT": str(self.port), **settings}
        self.process, self.started = None, None

    def start(self, *arguments):
        with self.log.open("ab") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                tied(self.binary, "run", *arguments), env=self.settings, cwd=self.directory, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def wait_until_ready(self, patience=60.0, pause=0.02):
        """Until /readyz answers 200. Returns the seconds since its start."""
        self.wait("/readyz answers 200", lambda: (self.get("/readyz") or (0,))[0] == 200, patience, pause)
        return time.monotonic() - self.started

    def wait(self, what, is_so, patience=60.0, pause=0.02):
        """Until `is_so` returns something true, which is returned. The gateway must go on running meanwhile."""
        end = time.monotonic() + patience
        while not (answer := is_so()):
            if not self.is_running():
                raise self.failure(f"ended with {self.process.returncode} while this was waited for: {what}")
            if time.monotonic() > end:
                raise self.failure(f"took more than {patience:.0f} s: {what}")
            time.sleep(pause)
        return answer

    def get(self, path, headers=None, timeout=5):
        """Status and text of a path of the console; None while nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, patience=20.0):
        """Ends it with SIGTERM, as an operator does, and by force after `patience` seconds. Returns its exit code."""
        if self.is_running():
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise self.failure(f"did not end within {patience:.0f} s of SIGTERM") from None
        return self.process.returncode

    def kill(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()

    def text(self):
        """All that it has logged, in all of its runs."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def failure(self, what):
        return GatewayFailure("\n".join([f"the gateway {what}; its log ends:", *self.text().splitlines()[-15:]]))


def tied(*command):
    """The command in such a way that it ends when this process does, however that ends."""
    return ["setpriv", "--pdeathsig", "KILL", *map(str, command)]


given = set()


def free_port():
    """A port of the loopback address that nobody has now, and that no outgoing connection will be given."""
    for port in random.sample(PORTS, len(PORTS)):
        # One that was given is bound later.
        if port in given:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            given.add(port)
            return port
    raise GatewayFailure(f"no port between {PORTS.start} and {PORTS.stop} is free")
