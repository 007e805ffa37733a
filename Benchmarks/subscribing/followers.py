"""Many subscribers to the console's outcomes in one light process: half on WebSockets, half on streams of Server-Sent Events.

Prints a line once all follow. When its standard input ends it prints a line of JSON with what each received.

usage: followers.py PORT COUNT
"""

import asyncio
import json
import sys

HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
REQUEST = "GET /api/events?topics=outcomes HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
SUBSCRIBE = b'{"type":"subscribe","topic":"outcomes"}'


class Follower(asyncio.Protocol):
    def __init__(self, request):
        self.request, self.buffer = request, b""
        self.items = self.events = self.gaps = 0
        self.follows = asyncio.get_running_loop().create_future()
        self.is_open = False

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.request)

    def connection_lost(self, _):
        if not self.follows.done():
            self.follows.set_exception(ConnectionError(f"ended: {self.buffer[:200]}"))

    def data_received(self, data):
        self.buffer += data
        if not self.is_open:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            self.is_open, self.buffer = True, rest
            self.opened(head)
        self.read()

    def follow(self):
        if not self.follows.done():
            self.follows.set_result(None)

    def told(self, outcomes):
        self.events += 1
        self.items += sum(outcomes["items"].values())


class Socket(Follower):
    def opened(self, head):
        assert b" 101 " in head, head
        # The mask of zeros is a mask, and costs nothing.
        self.transport.write(bytes([0x81, 0x80 | len(SUBSCRIBE), 0, 0, 0, 0]) + SUBSCRIBE)

    def read(self):
        while len(self.buffer) >= 2:
            length, start = self.buffer[1], 2
            if length == 126:
                length, start = int.from_bytes(self.buffer[2:4], "big"), 4
            elif length == 127:
                length, start = int.from_bytes(self.buffer[2:10], "big"), 10
            if len(self.buffer) < start + length:
                return
            opcode, payload = self.buffer[0] & 15, self.buffer[start:start + length]
            self.buffer = self.buffer[start + length:]
            if opcode == 9:
                self.transport.write(bytes([0x8A, 0x80 | length, 0, 0, 0, 0]) + payload)
            elif opcode == 1:
                message = json.loads(payload)
                if message["type"] == "subscribed":
                    self.follow()
                elif message["type"] == "event":
                    self.told(message["data"])
                elif message["type"] == "gap":
                    self.gaps += 1


class Stream(Follower):
    def opened(self, head):
        assert b" 200 " in head, head
        self.follow()

    def read(self):
        while b"\n" in self.buffer:
            line, _, self.buffer = self.buffer.partition(b"\n")
            if line.startswith(b'data: {"route"'):
                self.told(json.loads(line[6:]))
            elif line.startswith(b"event: gap"):
                self.gaps += 1


async def main():
    port, count = int(sys.argv[1]), int(sys.argv[2])
    loop = asyncio.get_running_loop()
    followers = []
    for number in range(count):
        kind, text = ((Socket, HANDSHAKE), (Stream, REQUEST))[number % 2]
        _, follower = await loop.create_connection(lambda: kind(text.format(port=port).encode()), "127.0.0.1", port)
        await follower.follows
        followers.append(follower)
    print("following", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({
        "items": [one.items for one in followers], "events": sum(one.events for one in followers),
        "gaps": sum(one.gaps for one in followers),
    }), flush=True)


asyncio.run(main())
