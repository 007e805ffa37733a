"""The WebSocket's conformance, case by case, in the families of the Autobahn test suite (which needs Python 2): 1 framing, 2 pings
and pongs, 3 reserved bits, 4 opcodes, 5 fragmentation, 6 UTF-8, 7 close handshake, 9 limits; H the opening handshake, L our own
bounds. Each runs on a Server: an echo that is built on the console's own WebSocket, or a gateway's listener with a route whose
reply to a message says the same again."""

import json
import socket
import struct
import time
from dataclasses import dataclass

from websocket_frames import (
    BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Client, Refused, close, fragments, frame)

KAPPA = "Hello-µ@ßöäüàá-UTF-8!!".encode()


@dataclass
class Server:
    """What the cases run on, and where it differs from an echo of everything."""

    port: int
    # Bytes of the longest message.
    most: int
    # An echo answers with the same bytes. A route answers with its reply to JSON, and with an error to any other text.
    is_echo: bool = True
    # Seconds between two pings, and until a client that takes nothing in is cut off.
    ping: int = 1
    stall: int = 1

    def refusal(self, opcode, payload):
        """The code with which a message is refused that an echo would answer; None if it is not."""
        if opcode in (TEXT, BINARY) and len(payload) > self.most:
            return 1009
        # A route takes JSON as text.
        return 1003 if opcode == BINARY and not self.is_echo else None

    def assert_reply(self, got, opcode, payload):
        """To a message, or to a ping."""
        if self.is_echo or opcode != TEXT:
            assert got == (opcode, payload), f"got {got[0]} {got[1][:40]!r} ({len(got[1])} bytes)"
            return
        assert got[0] == TEXT, f"got {got[0]} {got[1][:40]!r}"
        answer = json.loads(got[1])
        try:
            said = json.loads(payload)["say"]
        except (ValueError, TypeError, KeyError):
            assert answer["type"] == "error" and answer["detail"], answer
            return
        assert answer == {"say": said}, f"got {got[1][:100]!r}"


def say(text):
    """A message to which an echo and the route give the same answer."""
    return b'{"say":"' + text + b'"}'


def text_of(size):
    """The same of `size` bytes; where that is too short for it, any text."""
    return say(b"*" * (size - len(say(b"")))) if size >= len(say(b"")) else b"*" * size


class Cases:
    """A list of names, each with what asks a server and asserts what it answers."""

    def __init__(self):
        self.all = []

    def case(self, name, check):
        self.all.append((name, check))

    def good(self, name, sent, replies=(), chop=None, answer=1000):
        """All is answered, and then a close; the first message that the server refuses ends it."""

        def check(server):
            client = Client(server.port)
            client.send(*sent, chop=chop)
            if not expect(server, client, replies):
                return
            client.send(close(answer))
            expect(server, client, [(CLOSE, struct.pack("!H", answer))])
            assert client.is_ended(), "the connection stays open"

        self.case(name, check)

    def bad(self, name, sent, code, replies=(), chop=None):
        """The server ends it, with that code, after those replies."""

        def check(server):
            client = Client(server.port)
            client.send(*sent, chop=chop)
            assert expect(server, client, replies), "ended too early"
            expect_end(client, code)

        self.case(name, check)

    def together(self, server):
        """All of them as one."""
        for name, check in self.all:
            try:
                check(server)
            except AssertionError as error:
                raise AssertionError(f"{name}: {error}") from error

    def closed(self, name, sent, payload):
        """The client ends it; the server answers with that payload and ends the connection, and nothing else comes."""

        def check(server):
            client = Client(server.port)
            client.send(*sent)
            expect(server, client, [(CLOSE, payload)])
            assert client.is_ended() and not client.buffered, "something came after the close"

        self.case(name, check)


def expect(server, client, replies):
    """Whether all of them came: the first one that the server refuses must end the connection."""
    for opcode, payload in replies:
        if code := server.refusal(opcode, payload):
            expect_end(client, code)
            return False
        server.assert_reply(client.next(), opcode, payload)
    return True


def expect_end(client, code):
    """The server closes with that code, and ends the connection when that was answered."""
    opcode, payload = client.next()
    assert opcode == CLOSE, f"opcode {opcode} came, not a close"
    got = struct.unpack("!H", payload[:2])[0]
    assert got == code, f"closed with {got}, not {code}"
    payload[2:].decode()
    try:
        client.send(close(code))
    except OSError:
        pass
    assert client.is_ended(), "the connection stays open"


def framing(cases):
    for number, size in enumerate([0, 125, 126, 127, 128, 65535, 65536], 1):
        for kind, opcode in ((1, TEXT), (2, BINARY)):
            payload = text_of(size) if opcode == TEXT else b"\xfe" * size
            cases.good(f"1.{kind}.{number}", [frame(opcode, payload)], [(opcode, payload)])
    for kind, opcode in ((1, TEXT), (2, BINARY)):
        payload = text_of(65536)
        cases.good(f"1.{kind}.8", [frame(opcode, payload)], [(opcode, payload)], chop=997)


def pings(cases):
    cases.good("2.1", [frame(PING)], [(PONG, b"")])
    cases.good("2.2", [frame(PING, b"Hello")], [(PONG, b"Hello")])
    binary = bytes([0, 255, 254, 253, 252, 251, 0, 255])
    cases.good("2.3", [frame(PING, binary)], [(PONG, binary)])
    cases.good("2.4", [frame(PING, b"\xfe" * 125)], [(PONG, b"\xfe" * 125)])
    cases.bad("2.5", [frame(PING, b"\xfe" * 126)], 1002)
    cases.good("2.6", [frame(PING, b"\xfe" * 125)], [(PONG, b"\xfe" * 125)], chop=1)
    cases.good("2.7", [frame(PONG)])
    cases.good("2.8", [frame(PONG, b"unasked")])
    cases.good("2.9", [frame(PONG, b"unasked"), frame(PING, b"p")], [(PONG, b"p")])
    many = [b"payload-%d" % number for number in range(10)]
    cases.good("2.10", [frame(PING, one) for one in many], [(PONG, one) for one in many])
    cases.good("2.11", [frame(PING, one) for one in many], [(PONG, one) for one in many], chop=1)


def reserved_bits(cases):
    hello = frame(TEXT, say(b"Hello"))
    for bits in range(1, 8):
        for opcode, payload in ((TEXT, b"Hello"), (BINARY, b"\xff" * 8), (PING, b"p"), (PONG, b""), (CLOSE, b"\x03\xe8")):
            cases.bad(
                f"3.{bits} opcode {opcode}", [hello, frame(opcode, payload, reserved=bits), frame(PING)], 1002,
                [(TEXT, say(b"Hello"))])
        cases.bad(f"3.{bits} chopped", [frame(TEXT, b"Hello", reserved=bits)], 1002, chop=1)


def opcodes(cases):
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        cases.bad(f"4 opcode {opcode}, empty", [frame(opcode)], 1002)
        cases.bad(f"4 opcode {opcode}", [frame(opcode, b"reserved"), frame(PING)], 1002)
        cases.bad(
            f"4 opcode {opcode}, after a message", [frame(TEXT, say(b"Hello")), frame(opcode, b"x"), frame(PING)], 1002,
            [(TEXT, say(b"Hello"))])


def fragmentation(cases):
    def two():
        return fragments(TEXT, [b'{"say":"fragment1', b'fragment2"}'])

    both = [(TEXT, say(b"fragment1fragment2"))]
    cases.bad("5.1", [frame(PING, b"fr", fin=False), frame(CONTINUATION, b"ag")], 1002)
    cases.bad("5.2", [frame(PONG, b"fr", fin=False), frame(CONTINUATION, b"ag")], 1002)
    for chop, name in ((None, "5.3"), (4, "5.4"), (1, "5.5")):
        cases.good(name, two(), both, chop=chop)
    first, last = two()
    for chop, name in ((None, "5.6"), (4, "5.7"), (1, "5.8")):
        cases.good(name, [first, frame(PING, b"between"), last], [(PONG, b"between"), *both], chop=chop)
    more, end = frame(CONTINUATION, b"x", fin=False), frame(CONTINUATION, b"x")
    for name, begin in (("5.9", end), ("5.10", end), ("5.11", end), ("5.12", more), ("5.13", more), ("5.14", more)):
        cases.bad(name, [begin, frame(TEXT, b"Hello")], 1002, chop=None if name in ("5.9", "5.12") else 1)
    cases.bad("5.15", [*two(), more, frame(TEXT, b"Hello")], 1002, both)
    cases.bad("5.16", [more, *two()] * 2, 1002)
    cases.bad("5.17", [end, *two()] * 2, 1002)
    cases.bad("5.18", [frame(TEXT, b"fragment1", fin=False), frame(TEXT, b"fragment2")], 1002)
    pieces = [b'{"say":"fragment1', *(b"fragment%d" % number for number in range(2, 5)), b'fragment5"}']
    row = fragments(TEXT, pieces)
    with_pings = [row[0], row[1], frame(PING, b"1"), row[2], row[3], frame(PING, b"2"), row[4]]
    answers = [(PONG, b"1"), (PONG, b"2"), (TEXT, b"".join(pieces))]
    cases.good("5.19", with_pings, answers)
    cases.good("5.20", with_pings, answers, chop=1)
    cases.good("5 a thousand empty pieces", fragments(BINARY, [b""] * 1000), [(BINARY, b"")])
    cases.bad("5 binary within text", [first, frame(BINARY, b"x", fin=False)], 1002)


def sequences():
    """Bytes that are text or are not: Python's own decoder knows which."""
    points = [
        0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFF, 0x1000, 0xD7FF, 0xE000, 0xFDD0, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x3FFFF, 0x40000,
        0xFFFFF, 0x100000, 0x10FFFF,
    ] + [plane << 16 | low for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)]
    found = [chr(point).encode() for point in points]
    found += [one[:cut] for one in found[:] for cut in range(1, len(one))]  # unfinished
    found += [one[:cut] + b"x" for one in found[:19] for cut in range(1, len(one))]
    found += [b"\x80" * count for count in range(1, 8)] + [b"\xbf", b"\x80\xbf" * 3]
    found += [bytes([lead, 0x20]) for lead in range(0xC0, 0x100)]
    found += [bytes([lead]) + b"\x80" * more for lead in (0xC0, 0xC1, 0xE0, 0xF0, 0xF4, 0xF5, 0xF8, 0xFC, 0xFE, 0xFF)
              for more in range(1, 6)]
    found += [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf"]
    for unit in (0xD800, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF):
        found += [chr(unit).encode(errors="surrogatepass"), (chr(unit) + "\udc00").encode(errors="surrogatepass")]
    found += [b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf", "κόσμε".encode(), KAPPA]
    return sorted(set(found))


def is_text(data):
    try:
        data.decode()
        return True
    except UnicodeDecodeError:
        return False


def utf8(cases):
    cases.good("6.1.1", [frame(TEXT)], [(TEXT, b"")])
    cases.good("6.1.2", fragments(TEXT, [b"", b"", b""]), [(TEXT, b"")])
    cases.good("6.1.3", fragments(TEXT, [b"", say(b"middle"), b""]), [(TEXT, say(b"middle"))])
    for data in sequences():
        ways = Cases()
        between = say(b"\xc2\xb5" + data + b"z")
        for name, text, sent in (
            ("alone", data, [frame(TEXT, data)]), ("whole", say(data), [frame(TEXT, say(data))]),
            ("by octets", say(data), fragments(TEXT, [bytes([one]) for one in say(data)])),
            ("between", between, fragments(TEXT, [b'{"say":"\xc2\xb5', data, b'z"}'])),
        ):
            if is_text(text):
                ways.good(name, sent, [(TEXT, text)])
            else:
                ways.bad(name, sent, 1007)
        ways.good("binary", [frame(BINARY, data)], [(BINARY, data)])
        cases.case(f"6 {data.hex()}", ways.together)
    # Refused as soon as it cannot become text, though the message goes on.
    for name, data in (("6.4.1", b"\xf4\x90"), ("6.4.2", b"\xed\xa0"), ("6.4.3", b"\xff"), ("6.4.4", b"\xce\xba\xe1\xbd\xb9\xc0")):
        cases.bad(name, [frame(TEXT, say(b"ok")), frame(TEXT, data, fin=False)], 1007, [(TEXT, say(b"ok"))])


def closing(cases):
    normal = struct.pack("!H", 1000)
    hello = frame(TEXT, say(b"Hello"))
    cases.good("7.1.1", [hello], [(TEXT, say(b"Hello"))])
    cases.closed("7.1.2", [close(), close()], normal)
    cases.closed("7.1.3", [close(), frame(PING, b"late")], normal)
    cases.closed("7.1.4", [close(), hello], normal)
    cases.closed("7.1.5", [frame(TEXT, b"a", fin=False), close(), frame(CONTINUATION, b"b")], normal)
    big = say(b"BAsd7&jh23" * 26214)
    cases.case("7.1.6", lambda server: close_after(server, big, normal))
    cases.closed("7.3.1", [frame(CLOSE)], b"")
    cases.bad("7.3.2", [frame(CLOSE, b"\x03")], 1002)
    cases.closed("7.3.3", [close()], normal)
    cases.closed("7.3.4", [close(1000, b"Hello World!")], normal)
    cases.closed("7.3.5", [close(1000, b"*" * 123)], normal)
    cases.bad("7.3.6", [close(1000, b"*" * 124)], 1002)
    cases.bad("7.5.1", [close(1000, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80edited")], 1007)
    cases.bad("7.5.2", [close(1000, b"\xce")], 1007)
    for code in [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]:
        cases.closed(f"7.7 {code}", [close(code)], struct.pack("!H", code))
    for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
        cases.bad(f"7.9 {code}", [close(code)], 1002)
    cases.bad("7 a close in pieces", [frame(CLOSE, normal, fin=False)], 1002)


def close_after(server, big, normal):
    client = Client(server.port)
    client.send(frame(TEXT, big), close(), frame(PING))
    if expect(server, client, [(TEXT, big), (CLOSE, normal)]):
        assert client.is_ended() and not client.buffered


def limits(cases):
    for kind, opcode in ((1, TEXT), (2, BINARY)):
        for number, size in enumerate([64 << 10, 256 << 10, 1 << 20, 4 << 20], 1):
            payload = text_of(size)
            cases.good(f"9.{kind}.{number}", [frame(opcode, payload)], [(opcode, payload)])
        for number, size in enumerate([64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10], 1):
            payload = text_of(1 << 20)
            pieces = [payload[at:at + size] for at in range(0, len(payload), size)]
            cases.good(f"9.{kind + 2}.{number}", fragments(opcode, pieces), [(opcode, payload)])
        for number, size in enumerate([64, 256, 1 << 10, 4 << 10], 1):
            payload = text_of(1 << 20)
            cases.good(f"9.{kind + 4}.{number}", [frame(opcode, payload)], [(opcode, payload)], chop=size)
        for number, size in enumerate([0, 16, 64, 256, 1024, 4096], 1):
            cases.case(f"9.{kind + 6}.{number}", lambda server, opcode=opcode, size=size: one_by_one(server, opcode, size))


def one_by_one(server, opcode, size, count=1000):
    client = Client(server.port)
    for number in range(count):
        payload = b"%d" % (number % 10) * size
        if opcode == TEXT:
            payload = say(payload)
        client.send(frame(opcode, payload))
        if not expect(server, client, [(opcode, payload)]):
            return
    client.send(close())
    assert client.next()[0] == CLOSE and client.is_ended()


def handshake(cases):
    def refused(name, replaced, headers=()):
        def check(server):
            try:
                Client(server.port, replaced=replaced, headers=headers)
            except Refused as answer:
                assert 400 <= answer.status < 500, answer
                return
            raise AssertionError("it was upgraded")

        cases.case(f"H {name}", check)

    cases.case("H as it must be", lambda server: Client(server.port))
    cases.case("H in other letters", lambda server: Client(
        server.port, replaced={"Upgrade": "WebSocket", "Connection": "keep-alive, UPGRADE"}))
    cases.case("H further headers", lambda server: Client(server.port, headers=[
        ("Sec-WebSocket-Protocol", "chat"), ("Sec-WebSocket-Extensions", "permessage-deflate")]))
    refused("version 8", {"Sec-WebSocket-Version": "8"})
    refused("no version", {"Sec-WebSocket-Version": None})
    refused("no key", {"Sec-WebSocket-Key": None})
    refused("two keys", {}, [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")])
    refused("a short key", {"Sec-WebSocket-Key": "AAAA"})
    refused("a key that is not Base64", {"Sec-WebSocket-Key": "?" * 22 + "=="})
    refused("another protocol", {"Upgrade": "h2c"})
    refused("no Connection", {"Connection": "close"})
    refused("POST", {":method": "POST", "Content-Length": "0"})
    refused("a body", {}, [("Content-Length", "3"), ("X", "y")])
    refused("HTTP/1.0", {":version": "HTTP/1.0"})
    refused("no Host", {"Host": None})
    refused("two Origins", {}, [("Origin", "http://a"), ("Origin", "http://b")])
    refused("a wrong Host", {"Host": "a b"})
    refused("two Hosts", {}, [("Host", "a")])
    refused("a key and another", {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="})
    refused("an Upgrade that lists two", {"Upgrade": "websocket, h2c"})
    cases.case("H frames right behind", frames_behind)
    cases.bad("H an unmasked frame", [frame(TEXT, b"Hello", masked=False)], 1002)


def frames_behind(server):
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    raw.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" + frame(TEXT, say(b"early")) + frame(PING, b"p"))
    got = b""
    while not got.endswith(b"\x8a\x01p"):
        piece = raw.recv(4096)
        assert piece, "closed"
        got += piece
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in got and got.endswith(b'\r\n\r\n\x81\x0f{"say":"early"}\x8a\x01p'), got


def idle(server, sent):
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    raw.sendall(sent)
    began = time.monotonic()
    while raw.recv(4096):
        pass
    assert 1 < time.monotonic() - began < 5, "the echo gives two seconds"


def bounds(cases):
    """With 64 KiB a message."""
    most = 64 << 10
    cases.good("L the largest", [frame(TEXT, text_of(most))], [(TEXT, text_of(most))])
    cases.bad("L a frame one larger", [frame(TEXT, text_of(most + 1))], 1009)
    cases.bad("L announced alone", [frame(BINARY, length=most + 1)], 1009)
    cases.bad("L the largest length", [frame(BINARY, length=(1 << 63) - 1)], 1009)
    cases.bad("L a negative length", [frame(BINARY, length=1 << 63)], 1009)
    cases.bad("L a much larger one", [frame(TEXT, b"x" * (4 << 20))], 1009)
    cases.bad("L in pieces", fragments(TEXT, [b"x" * most, b"y"]), 1009)
    cases.bad("L in a thousand pieces", fragments(BINARY, [b"x" * 100] * 1000), 1009)
    cases.case("L half a connection ends", half)


def times(cases):
    cases.case("L a ping comes and its pong is enough", answers_pings)
    cases.case("L without a pong it ends", answers_no_ping)
    cases.case("L who takes nothing in is cut off", takes_nothing)


def waits(cases):
    """Of an echo that waits two seconds for a request."""
    cases.case("H nothing is asked", lambda server: idle(server, b""))
    cases.case("H half of it is asked", lambda server: idle(server, b"GET /ws HTTP/1.1\r\nHost: x\r\n"))


def patient(server):
    client = Client(server.port)
    client.socket.settimeout(server.ping + 10)
    return client


def answers_pings(server):
    client = patient(server)
    for _ in range(3 if server.ping == 1 else 1):
        opcode, payload = client.next()
        assert opcode == PING
        client.send(frame(PONG, payload))
    client.send(frame(TEXT, say(b"still here")))
    expect(server, client, [(TEXT, say(b"still here"))])


def answers_no_ping(server):
    client = patient(server)
    assert client.next()[0] == PING
    client.send(frame(PONG, b"another"))
    opcode, payload = client.next()
    assert opcode == CLOSE and payload[:2] == struct.pack("!H", 1011), (opcode, payload)
    began = time.monotonic()
    assert client.is_ended() and time.monotonic() - began > 1, "it waits for the answer"


def takes_nothing(server):
    client = Client(server.port, buffer=4096)
    client.socket.settimeout(server.stall + 15)
    sent, began = 0, time.monotonic()
    message = frame(TEXT, text_of(60000))
    try:
        while True:
            client.send(message)
            sent += len(message)
            # One that does not answer two pings is closed too, and for a moment all it sends is read and dropped.
            assert sent < 64 << 20 or time.monotonic() - began > 2 * server.ping, "all of it is queued"
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert time.monotonic() - began < server.stall + 15, "it took long"


def half(server):
    client = Client(server.port)
    client.socket.shutdown(socket.SHUT_WR)
    assert client.is_ended()


def cases_of(*families):
    """(family, name, check) of each case."""
    for family in families:
        cases = Cases()
        family(cases)
        for name, check in cases.all:
            yield family.__name__, name, check


WIDE = list(cases_of(framing, pings, reserved_bits, opcodes, fragmentation, utf8, closing, limits, handshake))
NARROW = list(cases_of(bounds))
TIMES = list(cases_of(times))
WAITS = list(cases_of(waits))
