"""Requests and what becomes of them when bytes are changed, lost, repeated or put in between."""

from http_cases import BODY, HIDDEN, chunked, get, put

SEEDS = {
    "length": put(), "chunked": chunked(BODY[:5], b"%x;a=b\r\n" % len(BODY[5:]) + BODY[5:] + b"\r\n", end=b"0;c\r\nX: y\r\n\r\n"),
    "read": get(b"/brands?code=x"), "old": put(b"Connection: keep-alive\r\n", version=b"HTTP/1.0"), "absolute": get(b"http://a:80/brands"),
    "waiting": put(b"Expect: 100-continue\r\n"), "three": put(code=b"one") + get() + chunked(BODY, code=b"three"),
}
PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b" ", b"\t", b":", b",", b";", b"0", b"0\r\n\r\n", b"%", b"\xff", b"\x80", b"/", b"?", b"[", b"9" * 20, b"f" * 17, b"-", b"+",
    b"Content-Length: 3\r\n", b"Content-Length: 12\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: identity\r\n", b"Host: b\r\n", b"Connection: close\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\n", b"Expect: 100-continue\r\n", b"X: a\r\n b\r\n", b"Trailer: X\r\n", b" HTTP/1.1", b"HTTP/1.0", BODY, HIDDEN,
]


def mutated(random, data):
    """One change of a text of bytes, or a few."""
    for _ in range(random.choice((1, 1, 1, 1, 2, 3))):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.choice((1, 1, 2, 8, 40)))
        kind = random.randrange(7)
        if kind == 0 and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1:]
        elif kind == 1:
            data = data[:at] + data[end:]
        elif kind == 2:
            data = data[:end] + data[at:]
        elif kind == 3:
            lines = data.split(b"\r\n")
            random.shuffle(lines)
            data = b"\r\n".join(lines)
        elif kind == 4:
            data = data[:at] + bytes([random.randrange(256)]) + data[end:]
        else:
            data = data[:at] + random.choice(PIECES) + data[at if kind == 5 else end:]
    return data
