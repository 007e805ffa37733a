"""A WebSocket client on a raw socket, which may break every rule."""

import base64
import os
import socket
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode, payload=b"", fin=True, reserved=0, masked=True, length=None):
    """`reserved`: bits 4, 2, 1 for RSV1 to RSV3. `length`: what the header says, where it says something else."""
    length = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 1 << 16:
        head += struct.pack("!BH", bit | 126, length)
    else:
        head += struct.pack("!BQ", bit | 127, length)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    if payload:
        key = int.from_bytes((mask * (len(payload) // 4 + 1))[:len(payload)], "big")
        payload = (int.from_bytes(payload, "big") ^ key).to_bytes(len(payload), "big")
    return head + mask + payload


def close(code=1000, reason=b""):
    return frame(CLOSE, struct.pack("!H", code) + reason)


def fragments(opcode, pieces):
    last = len(pieces) - 1
    return [frame(opcode if at == 0 else CONTINUATION, piece, fin=at == last) for at, piece in enumerate(pieces)]


class Refused(ConnectionError):
    """The handshake was answered with something else than 101: `status`, `text`."""

    def __init__(self, status, text):
        super().__init__(f"{status} {text}")
        self.status, self.text = status, text


class Client:
    def __init__(self, port, path="/ws", headers=(), replaced=None, buffer=None, source=None):
        """`headers`: further ones. `replaced`: those of the handshake that are sent otherwise, or with None not at all.
        `source`: the address it comes from."""
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffered = b""
        fields = {
            "Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), "Sec-WebSocket-Version": "13",
            **(replaced or {}),
        }
        method = fields.pop(":method", "GET")
        version = fields.pop(":version", "HTTP/1.1")
        lines = [f"{method} {path} {version}"] + [f"{name}: {value}" for name, value in fields.items() if value is not None]
        self.send("\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers), "", ""]).encode())
        while b"\r\n\r\n" not in self.buffered:
            if not self.fill():
                raise Refused(0, "the connection was closed")
        head, _, self.buffered = self.buffered.partition(b"\r\n\r\n")
        self.head = head.decode()
        status = int(self.head.split(" ")[1])
        if status != 101:
            text = self.buffered.decode()
            while self.fill():
                text += self.buffered.decode()
                self.buffered = b""
            self.socket.close()
            raise Refused(status, text)

    def fill(self):
        try:
            piece = self.socket.recv(1 << 20)
        except ConnectionResetError:
            piece = b""
        self.buffered += piece
        return bool(piece)

    def send(self, *pieces, chop=None):
        data = b"".join(pieces)
        for at in range(0, len(data), chop or max(1, len(data))):
            self.socket.sendall(data[at:at + (chop or len(data))])

    def take(self, count):
        while len(self.buffered) < count:
            if not self.fill():
                raise EOFError
        piece, self.buffered = self.buffered[:count], self.buffered[count:]
        return piece

    def next(self):
        """Opcode and payload of the next frame; what a server must not send is an error."""
        first, second = self.take(2)
        assert first & 0x70 == 0, "the server set a reserved bit"
        assert first & 0x80, "the server sent a fragment"
        assert second & 0x80 == 0, "the server masked a frame"
        length = second
        if length == 126:
            (length,) = struct.unpack("!H", self.take(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.take(8))
        return first & 15, self.take(length)

    def is_ended(self):
        """Whether the server ends the connection."""
        try:
            while self.fill():
                pass
        except TimeoutError:
            return False
        return True
