"""What a server answers on a bare socket: read strictly, so that a wrong byte between two answers is seen."""

import re
import socket
import time
from dataclasses import dataclass, field

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [\t -~]*")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*)")


@dataclass
class Reply:
    status: int
    fields: list
    body: bytes = b""

    def values(self, name):
        return [value for own, value in self.fields if own == name]

    @property
    def closes(self):
        return "close" in self.values("connection")


@dataclass
class Heard:
    """All that came on one connection. `seconds`: until it was closed, or nothing was waited for any longer."""

    replies: list = field(default_factory=list)
    is_closed: bool = False
    seconds: float = 0.0

    @property
    def final(self):
        return [reply for reply in self.replies if reply.status >= 200]

    @property
    def statuses(self):
        return [reply.status for reply in self.final]


def read(data, methods=()):
    """The replies in `data`, to requests of these methods; any further request is a GET. Fails on anything that is not one."""
    replies, methods = [], iter(methods)
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        assert end, f"a reply without an end of its header: {head[:300]!r}"
        first, *lines = head.split(b"\r\n")
        match = STATUS_LINE.fullmatch(first)
        assert match, f"expected a status line, found {first[:300]!r}"
        fields = []
        for line in lines:
            pair = FIELD.fullmatch(line)
            assert pair, f"expected a header, found {line[:300]!r}"
            fields.append((pair[1].decode().lower(), pair[2].decode("latin-1").rstrip()))
        reply = Reply(int(match[1]), fields)
        replies.append(reply)
        if reply.status < 200:
            assert reply.status == 100, reply
            continue
        method = next(methods, "GET")
        if method == "HEAD" or reply.status in (204, 304):
            continue
        lengths, codings = reply.values("content-length"), reply.values("transfer-encoding")
        assert len(lengths) + len(codings) == 1, f"expected one length of a body: {reply}"
        if codings:
            assert codings == ["chunked"], reply
            reply.body, data = unchunked(data)
        else:
            assert len(data) >= int(lengths[0]), f"the body is cut: {reply}"
            reply.body, data = data[:int(lengths[0])], data[int(lengths[0]):]
    return replies


def unchunked(data):
    body = b""
    while True:
        size, end, data = data.partition(b"\r\n")
        assert end and re.fullmatch(rb"[0-9A-Fa-f]+", size), f"expected a chunk's size, found {size[:100]!r}"
        count = int(size, 16)
        assert data[count:count + 2] == b"\r\n", "expected the end of a chunk"
        body, data = body + data[:count], data[count + 2:]
        if count == 0:
            return body, data


def talk(port, *pieces, methods=(), pause=0.0, patience=8.0, ends=False):
    """Sends the pieces, and hears until the server closes or `patience` (seconds) is over. `ends`: sends no more behind them, and
    says so."""
    received, heard, began = b"", Heard(), time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                connection.sendall(piece)
                if pause:
                    time.sleep(pause)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # closed by the server: what it said before is read
        try:
            while (left := began + patience - time.monotonic()) > 0:
                connection.settimeout(left)
                more = connection.recv(1 << 16)
                if not more:
                    heard.is_closed = True
                    break
                received += more
        except TimeoutError:
            pass
        except OSError:
            heard.is_closed = True
    heard.seconds = time.monotonic() - began
    heard.replies = read(received, methods)
    return heard
