"""Many WebSockets in one light process, each with a subscription of its own, that say nothing more.

usage: idle_sockets.py PORT COUNT [FIRST]

Socket number n subscribes to user FIRST + n. Writes lines of JSON to its standard output: one once all are open or refused, one for
each message that a socket gets, and one for each socket that the server ends. Ends when its standard input does.
"""

import asyncio
import collections
import json
import sys
import time

HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
EACH = 5000  # connections from one address: it has some 28,000 ports to all servers together
AT_ONCE = 100


def tell(**words):
    print(json.dumps(words), flush=True)


def frame(opcode, payload):
    # The mask of zeros is a mask, and costs nothing.
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0xFE]) + len(payload).to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


class Socket(asyncio.Protocol):
    def __init__(self, user, port):
        self.user, self.port, self.buffer = user, port, b""
        self.status = asyncio.get_running_loop().create_future()
        self.is_open = self.is_ready = False

    def connection_made(self, transport):
        self.transport = transport
        transport.write(HANDSHAKE.format(port=self.port).encode())

    def connection_lost(self, _):
        if not self.status.done():
            self.status.set_result(0)
        elif self.is_ready:
            tell(ended=self.user)

    def data_received(self, data):
        self.buffer += data
        if not self.is_open:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            status = int(head.split(b" ")[1])
            if status != 101:
                self.status.set_result(status)
                return self.transport.close()
            self.is_open, self.buffer = True, rest
            self.transport.write(frame(1, json.dumps({"type": "subscribe", "user": self.user}).encode()))
        while self.take():
            pass

    def take(self):
        if len(self.buffer) < 2:
            return False
        length, start = self.buffer[1], 2
        if length == 126:
            length, start = int.from_bytes(self.buffer[2:4], "big"), 4
        if len(self.buffer) < start + length:
            return False
        opcode, payload = self.buffer[0] & 15, self.buffer[start:start + length]
        self.buffer = self.buffer[start + length:]
        if opcode == 9:
            self.transport.write(frame(10, payload))
        elif opcode == 1 and not self.is_ready:
            self.is_ready = True
            self.status.set_result(101)
        elif opcode == 1:
            tell(heard=self.user, message=json.loads(payload), at=time.time())
        return True


async def main():
    port, count, first = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(AT_ONCE)

    async def connect(number):
        async with gate:
            try:
                _, socket = await loop.create_connection(
                    lambda: Socket(first + number, port), "127.0.0.1", port, local_addr=(f"127.0.7.{1 + number // EACH}", 0))
                return socket, await asyncio.wait_for(asyncio.shield(socket.status), 30)
            except (OSError, TimeoutError) as error:
                return None, type(error).__name__

    began = time.monotonic()
    sockets = await asyncio.gather(*(connect(number) for number in range(count)))
    tell(statuses=dict(collections.Counter(str(status) for _, status in sockets)), seconds=time.monotonic() - began)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
