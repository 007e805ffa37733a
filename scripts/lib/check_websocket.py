#!/usr/bin/env python3
"""The console's WebSocket: its conformance against an echo, and its protocol against a real gateway on real servers.

usage: check_websocket.py ECHO [GATEWAY]     (RABBITMQ_URI and MONGODB_URI name the servers; without GATEWAY the echo alone)
"""

import subprocess
import sys

from websocket_cases import conformance
from websocket_protocol import protocol


class Echo:
    def __init__(self, path, *arguments):
        self.process = subprocess.Popen([path, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def close(self):
        self.process.kill()
        self.process.wait()


def main():
    echos = [Echo(sys.argv[1], 16 << 20), Echo(sys.argv[1], 64 << 10, 1000, 1000)]
    try:
        passed, failed = conformance(*(echo.port for echo in echos))
    finally:
        for echo in echos:
            echo.close()
    print(f"conformance: {passed} passed, {failed} failed", flush=True)
    if len(sys.argv) > 2:
        protocol(sys.argv[2])
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
