"""Requests as RFC 9110 and 9112 want or forbid them, by their sections, each with what a server must make of it."""

from dataclasses import dataclass, field

BODY = b'{"name":"N"}'
CLOSE = b"Connection: close\r\n"
# Behind what is taken: it must be read as a request of its own, and is the last one.
LAST = b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
# Behind what is refused or ends the connection: it must not be read.
HIDDEN = b"PUT /brands/hidden HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY

@dataclass
class Case:
    sent: bytes
    # Of each answer the statuses that fit.
    expected: list
    # Codes of the records that are written.
    records: set = field(default_factory=set)
    # Of the requests, as far as they matter to where an answer ends.
    methods: list = field(default_factory=list)
    # How many interim answers come.
    interim: int = 0
    # The client says that it sends no more.
    ends: bool = False


class Cases:
    def __init__(self):
        self.all = {}

    def add(self, section, name, sent, expected, **more):
        name = f"{section}: {name}"
        assert name not in self.all, name
        self.all[name] = Case(sent, [one if isinstance(one, set) else {one} for one in expected], **more)

    def taken(self, section, name, sent, *expected, **more):
        """Each request is answered, and the one behind them is read where they end."""
        self.add(section, name, sent + LAST, [*expected, 404], **more)

    def ending(self, section, name, sent, *expected, **more):
        """The last answer ends the connection: what is behind it is not read."""
        self.add(section, name, sent + HIDDEN, expected, **more)

    def refused(self, section, name, sent, expected=400, before=(), **more):
        """One answer of these statuses, which ends the connection."""
        self.ending(section, name, sent, *before, expected, **more)

    def cut(self, section, name, sent, *expected, **more):
        """More is announced than comes: what is behind it belongs to the body."""
        self.add(section, name, sent + HIDDEN, expected, ends=True, **more)


def get(target=b"/brands", fields=b"Host: a\r\n", method=b"GET", version=b"HTTP/1.1"):
    return method + b" " + target + b" " + version + b"\r\n" + fields + b"\r\n"


def put(fields=b"", body=BODY, length=True, code=b"outer", host=b"Host: a\r\n", version=b"HTTP/1.1"):
    head = b"PUT /brands/" + code + b" " + version + b"\r\n" + host + fields
    return head + (b"Content-Length: %d\r\n" % len(body) if length else b"") + b"\r\n" + body


def chunked(*chunks, fields=b"", end=b"0\r\n\r\n", code=b"outer"):
    """`chunks`: the data of each, or with line ends in it what is sent."""
    sent = b"".join(one if b"\r\n" in one else b"%x\r\n" % len(one) + one + b"\r\n" for one in chunks)
    return put(fields + b"Transfer-Encoding: chunked\r\n", sent + end, length=False, code=code)


def request_lines(cases):
    at = "3 request line"
    cases.taken(at, "origin form", get(), 200)
    cases.taken(at, "a query", get(b"/brands?code=x&code=y"), {200, 400})
    cases.taken(at, "an empty query", get(b"/brands?"), 200)
    cases.taken(at, "absolute form", get(b"http://a/brands"), 200)
    cases.taken(at, "absolute form with a port and a query", get(b"http://a:80/brands?code=x"), 200)
    cases.taken(at, "absolute form in capitals", get(b"HTTP://A/brands"), 200)
    cases.taken(at, "absolute form without a path", get(b"http://a"), 404)
    cases.taken(at, "absolute form of another host: it goes before Host", get(b"http://other/brands"), 200)
    for target in (b"ftp://a/brands", b"http:///brands", b"http:/brands", b"http://a b/brands", b"http://u@a/brands", b"http://a:x/brands", b"http://<a>/brands"):
        cases.refused(at, f"{target.decode()}", get(target))
    # A word ends with any number of spaces (RFC 9112, 3).
    cases.taken(at, "two spaces", b"GET  /brands HTTP/1.1\r\nHost: a\r\n\r\n", 200)
    cases.taken(at, "two spaces before the version", b"GET /brands  HTTP/1.1\r\nHost: a\r\n\r\n", 200)
    # A sister of HTTP, which the parser knows; the answer is that to HTTP/1.0.
    cases.ending(at, "another protocol", b"GET /brands RTSP/1.0\r\nHost: a\r\n\r\n", {200, 400, 505})
    cases.taken(at, "absolute form that writes", put().replace(b"/brands/", b"http://a/brands/"), 201, records={"outer"})
    cases.taken(at, "asterisk form", get(b"*", method=b"OPTIONS"), {200, 204, 400, 404})
    cases.taken(at, "asterisk form of GET", get(b"*"), {400, 404})
    cases.ending(at, "authority form", get(b"a:80", method=b"CONNECT"), 501)
    cases.ending(at, "authority form, behind a request", get() + get(b"a:80", method=b"CONNECT"), 200, 501)
    cases.taken(at, "an empty line before it", b"\r\n" + get(), 200)
    cases.taken(at, "an empty line between two", get() + b"\r\n" + get(), 200, 200)
    for method in (b"DELETE", b"PATCH", b"POST", b"TRACE", b"PROPFIND"):
        cases.taken(at, f"method {method.decode()}", get(method=method), {405, 501})
    cases.taken(at, "method OPTIONS", get(method=b"OPTIONS"), 204)
    for method in (b"get", b"FOO", b"GETT", b"G", b"M" * 300):
        cases.refused(at, f"method {method.decode()[:10]} ({len(method)})", get(method=method), {400, 405, 501})
    for method in (b"G T", b"G(T", b"G\x00T", b"\xc3\xa9", b"", b"G\tT", b"\"GET\"", b"GET/"):
        cases.refused(at, f"method {method!r}", get(method=method))
    for name, line in {
        "a tab": b"GET\t/brands\tHTTP/1.1\r\n", "a space behind it": b"GET /brands HTTP/1.1 \r\n", "a space before it": b" GET /brands HTTP/1.1\r\n",
        "no target": b"GET HTTP/1.1\r\n", "no version": b"GET /brands\r\n", "a bare line feed": b"GET /brands HTTP/1.1\n",
        "a bare carriage return": b"GET /brands HTTP/1.1\r", "a bare carriage return in it": b"GET /bra\rnds HTTP/1.1\r\n",
        "a NUL in the target": b"GET /bra\x00nds HTTP/1.1\r\n", "a control in the target": b"GET /bra\x7fnds HTTP/1.1\r\n",
        "a space in the target": b"GET /bra nds HTTP/1.1\r\n", "a vertical tab": b"GET\x0b/brands HTTP/1.1\r\n",
        "a relative target": b"GET brands HTTP/1.1\r\n", "three words more": b"GET /brands HTTP/1.1 a b c\r\n",
        "lower case": b"GET /brands http/1.1\r\n", "no digits": b"GET /brands HTTP/\r\n", "a letter": b"GET /brands HTTP/1.x\r\n",
        "one digit": b"GET /brands HTTP/1\r\n", "three digits": b"GET /brands HTTP/1.1.1\r\n", "two digits": b"GET /brands HTTP/11.1\r\n",
        "another name": b"GET /brands HTTPS/1.1\r\n", "a comma": b"GET /brands HTTP/1,1\r\n",
    }.items():
        cases.refused(at, name, line + b"Host: a\r\n\r\n", {400, 505})
    for version in (b"0.9", b"2.0", b"3.0", b"9.9", b"0.0"):
        cases.refused(at, f"version {version.decode()}", get(version=b"HTTP/" + version), {400, 505})
    cases.refused(at, "HTTP/0.9", b"GET /brands\r\n")
    cases.refused(at, "HTTP/2 with prior knowledge", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), {400, 405, 505})
    cases.refused(at, "TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)))


def targets(cases):
    at = "3.2 target"
    for name, target in {
        "dots": b"/x/../brands", "encoded dots": b"/%2e%2e/brands", "an encoded slash": b"/x%2f..%2fbrands",
        "two slashes": b"//brands", "a backslash": b"/x\\..\\brands", "a semicolon": b"/brands;a=b", "many dots": b"/" + b"../" * 1000,
        "encoded twice": b"/%252e%252e/brands", "a slash at the end": b"/brands/", "other letters": b"/BRANDS", "long encoding": b"/%c0%af",
        "two slashes and a host": b"//evil.example/brands", "a wide slash": b"/%ef%bc%8fbrands", "an encoded NUL": b"/brands%00",
        "an encoded line": b"/brands%0d%0aX:%20y", "half a percent sign": b"/brands%", "no hexadecimal": b"/brands%zz",
        "a fragment": b"/brands#a",
    }.items():
        cases.taken(at, name, get(target), {400, 404})
    # The parameter of a path is any text; a read has no such path.
    cases.taken(at, "dots for a parameter", get(b"/brands/.."), 405)
    for target in ("/é".encode(), b"/\xff\xfe"):
        cases.refused(at, f"{target!r}", get(target))
    cases.taken(at, "4,000 bytes", get(b"/" + b"a" * 4_000), 404)
    cases.taken(at, "9,000 bytes", get(b"/" + b"a" * 9_000), 414)
    cases.refused(at, "40,000 bytes", get(b"/" + b"a" * 40_000), {414, 431})
    cases.refused(at, "200,000 bytes", get(b"/" + b"a" * 200_000), {414, 431})
    cases.taken(at, "thousands of parameters", get(b"/brands?" + b"a&" * 4000), {200, 400, 414})


def fields(cases):
    at = "5 fields"
    for name, line in {
        "no space": b"X:a\r\n", "many spaces": b"X:   \t a  \t\r\n", "empty": b"X:\r\n", "spaces alone": b"X:   \r\n", "bytes beyond ASCII": "X: é\r\n".encode(),
        "twice": b"X: a\r\nX: b\r\n", "a colon in the value": b"X: a:b\r\n", "all signs of a token": b"!#$%&'*+-.^_`|~09azAZ: a\r\n",
        "quotes": b'X: "a\r\n', "a comment": b"X: (a (b) c\r\n", "a proxy's": b"X-HTTP-Method-Override: PUT\r\nX-Original-URL: /brands/x\r\nX-Rewrite-URL: /x\r\n",
    }.items():
        cases.taken(at, name, get(fields=b"Host: a\r\n" + line), 200)
    for name, line in {
        "a space before the colon": b"X : a\r\n", "a tab before the colon": b"X\t: a\r\n", "obs-fold": b"X: a\r\n b\r\n", "obs-fold with a tab": b"X: a\r\n\tb\r\n",
        "obs-fold of nothing": b"X: a\r\n \r\n", "a bare line feed": b"X: a\nY: b\r\n", "a bare line feed alone": b"\n", "a bare carriage return": b"X: a\rY: b\r\n",
        "a NUL": b"X: a\x00\r\n", "a control": b"X: a\x01\r\n", "a DEL": b"X: a\x7f\r\n", "no name": b": a\r\n", "no colon": b"X\r\n", "a space in the name": b"X Y: a\r\n",
        "a bracket in the name": b"X(Y: a\r\n", "a byte in the name": b"X\xe9: a\r\n", "a NUL in the name": b"X\x00: a\r\n", "a comma in the name": b"X,Y: a\r\n",
        "two carriage returns": b"X: a\r\r\n", "a line feed first": b"X: a\n\r\n",
    }.items():
        cases.refused(at, name, get(fields=b"Host: a\r\n" + line))
        cases.refused(at, name + ", behind a request", get() + get(fields=b"Host: a\r\n" + line), before=[200])
    cases.refused(at, "a space before the first", get(fields=b" X: a\r\nHost: a\r\n"))
    cases.refused(at, "a line feed in place of the end", b"GET /brands HTTP/1.1\r\nHost: a\r\n\n")


def hosts(cases):
    at = "3.2 Host"
    for host in (b"a", b"a:80", b"127.0.0.1:1", b"[::1]:80", b"[::1]", b"A.Example", b"a.", b"a_b", b"a%20b", b"a,b", b"", b"a:"):
        cases.taken(at, f"'{host.decode()}'", get(fields=b"Host: " + host + b"\r\n"), 200)
    for host in (b"a b", b"a/b", b"a@b", b"http://a", b"a?b", b"a#b", b"a\\b", b"<a>", b"a:b", b"a:80:80", b"[::1", b"a\xe9", b"\"a\"", b"a:-1", b"a%zz",
                 b"{a}", b"a^b", b"a|b", b"[a", b"]"):
        cases.refused(at, f"{host!r}", get(fields=b"Host: " + host + b"\r\n"))
        cases.refused(at, f"{host!r} that writes", put(host=b"Host: " + host + b"\r\n"))
    cases.refused(at, "none", get(fields=b""))
    cases.refused(at, "two that agree", get(fields=b"Host: a\r\nHost: a\r\n"))
    cases.refused(at, "two, the other far behind", get(fields=b"Host: a\r\nX: y\r\nhost: b\r\n"))
    cases.refused(at, "none, behind a request", get() + get(fields=b""), before=[200])
    cases.refused(at, "none, with an absolute form", get(b"http://a/brands", b""))


def lengths(cases):
    at = "6.2 Content-Length"
    cases.taken(at, "as it is", put(), 201, records={"outer"})
    cases.taken(at, "with zeros", put(b"Content-Length: 0000012\r\n", length=False), 201, records={"outer"})
    cases.taken(at, "nothing, of a body", put(body=b""), 400)
    cases.taken(at, "none: no body", put(body=b"", length=False), 400)
    cases.taken(at, "a body of GET", get(fields=b"Host: a\r\nContent-Length: %d\r\n" % len(HIDDEN)) + HIDDEN, {200, 400})
    cases.taken(at, "a body of OPTIONS", get(method=b"OPTIONS", fields=b"Host: a\r\nContent-Length: 5\r\n") + b"12345", 204)
    cases.taken(at, "a body for nothing", get(b"/nothing", method=b"POST", fields=b"Host: a\r\nContent-Length: %d\r\n" % len(HIDDEN)) + HIDDEN, 404)
    for name, value in {
        "a list": b"12, 12", "a list of two": b"12, 13", "a comma": b"12,", "a sign": b"+12", "negative": b"-12", "hexadecimal": b"0xC", "a fraction": b"12.0",
        "a space": b"1 2", "nothing": b"", "a word": b"twelve", "other digits": "١٢".encode(), "2^64": b"18446744073709551616", "2^64 + 12": b"18446744073709551628",
        "400 digits": b"9" * 400, "an exponent": b"1e1", "quotes": b'"12"', "a semicolon": b"12;a", "an underscore": b"1_2", "a tab": b"1\t2",
    }.items():
        cases.refused(at, name, put(b"Content-Length: " + value + b"\r\n", length=False), {400, 413})
    cases.refused(at, "two that agree", put(b"Content-Length: 12\r\n"))
    cases.refused(at, "two that differ", put(b"Content-Length: 0\r\n"))
    cases.refused(at, "another before it, in other letters", put(b"cOnTeNt-LeNgTh: 3\r\n"))
    cases.refused(at, "and chunked", put(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n", length=False))
    for name, number in (("2^63 - 1", (1 << 63) - 1), ("2^63", 1 << 63), ("2^64 - 1", (1 << 64) - 1), ("one too many", 100_001)):
        cases.cut(at, name, put(b"Content-Length: %d\r\n" % number, length=False), 413)
    cases.cut(at, "more than comes", put(b"Content-Length: 1000\r\n", length=False), 400)


def codings(cases):
    at = "6.1 Transfer-Encoding"
    cases.taken(at, "chunked", chunked(BODY), 201, records={"outer"})
    cases.taken(at, "Chunked", chunked(BODY).replace(b": chunked", b": CHUNKED"), 201, records={"outer"})
    cases.taken(at, "nothing chunked", chunked(), 400)
    for name, value in {
        "chunked twice in one": b"chunked, chunked", "gzip": b"gzip", "gzip and chunked": b"gzip, chunked", "chunked and gzip": b"chunked, gzip", "identity": b"identity",
        "empty": b"", "a comma": b"chunked,", "a comma before": b",chunked", "a parameter": b"chunked;q=1", "quotes": b'"chunked"', "xchunked": b"xchunked",
        "chunkedx": b"chunkedx", "chunk": b"chunk", "a NUL": b"chunked\x00", "a control": b"\x0bchunked", "a space": b"chun ked", "a letter that becomes a k": "chun\u212aed".encode(),
    }.items():
        cases.refused(at, name, chunked(BODY).replace(b": chunked", b": " + value), {400, 501})
    cases.refused(at, "chunked in two lines", chunked(BODY, fields=b"Transfer-Encoding: chunked\r\n"), {400, 501})
    cases.refused(at, "chunked and identity in two lines", chunked(BODY, fields=b"Transfer-Encoding: identity\r\n"), {400, 501})
    cases.refused(at, "with a space before the colon", chunked(BODY).replace(b"Encoding:", b"Encoding :"))
    cases.refused(at, "with an underscore and a length", put(b"Transfer_Encoding : chunked\r\n"))
    cases.refused(at, "in HTTP/1.0", chunked(BODY).replace(b"HTTP/1.1", b"HTTP/1.0"))
    cases.refused(at, "in HTTP/1.0 that stays", chunked(BODY, fields=b"Connection: keep-alive\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"))


def chunks(cases):
    at = "7.1 chunks"
    wrote = {"records": {"outer"}}
    cases.taken(at, "of one byte", chunked(*(bytes([byte]) for byte in BODY)), 201, **wrote)
    cases.taken(at, "with an extension", chunked(b"c;a=b;c=\"d\r\n".replace(b"\r\n", b"\"\r\n") + BODY + b"\r\n"), 201, **wrote)
    cases.taken(at, "with an extension without a value", chunked(b"c;a\r\n" + BODY + b"\r\n"), 201, **wrote)
    cases.taken(at, "with an extension of the last one", chunked(BODY, end=b"0;a=b\r\n\r\n"), 201, **wrote)
    cases.taken(at, "with capitals", chunked(b"C\r\n" + BODY + b"\r\n"), 201, **wrote)
    cases.taken(at, "with zeros", chunked(b"0000000C\r\n" + BODY + b"\r\n"), 201, **wrote)
    cases.taken(at, "with zeros at the end", chunked(BODY, end=b"000\r\n\r\n"), 201, **wrote)
    cases.taken(at, "a trailer", chunked(BODY, end=b"0\r\nX: y\r\nEtag: \"a\"\r\n\r\n"), 201, **wrote)
    cases.taken(at, "a trailer that was announced", chunked(BODY, fields=b"Trailer: X\r\n", end=b"0\r\nX: y\r\n\r\n"), 201, **wrote)
    for name in (b"Idempotency-Key", b"Authorization", b"If-Match", b"Host"):
        # It arrives behind the body, and is not a header of the request.
        cases.taken(at, f"a trailer {name.decode()}", chunked(BODY, end=b"0\r\n" + name + b": close\r\n\r\n"), 201, **wrote)
    for line in (b"Content-Length: 5", b"Transfer-Encoding: chunked"):
        cases.refused(at, f"a trailer {line.decode()}", chunked(BODY, end=b"0\r\n" + line + b"\r\n\r\n"))
    for name, size in (("2^64 - 1", b"f" * 16), ("2^63", b"8" + b"0" * 15), ("2^32 + 12", b"10000000c")):
        cases.cut(at, name, put(b"Transfer-Encoding: chunked\r\n", size + b"\r\n" + BODY, length=False), 400)
    for name, sent in {
        "no size": b"\r\n" + BODY + b"\r\n", "a word": b"x\r\n" + BODY + b"\r\n", "a sign": b"+c\r\n" + BODY + b"\r\n", "negative": b"-c\r\n" + BODY + b"\r\n",
        "0x": b"0xc\r\n" + BODY + b"\r\n", "a space before": b" c\r\n" + BODY + b"\r\n", "a space behind": b"c \r\n" + BODY + b"\r\n", "a tab behind": b"c\t\r\n" + BODY + b"\r\n",
        "a bare line feed": b"c\n" + BODY + b"\r\n", "a bare carriage return": b"c\r" + BODY + b"\r\n", "a NUL": b"c\x00\r\n" + BODY + b"\r\n",
        "a line feed behind the data": b"c\r\n" + BODY + b"\n", "nothing behind the data": b"c\r\n" + BODY, "too short": b"b\r\n" + BODY + b"\r\n", "too long": b"d\r\n" + BODY + b"\r\n",
        "2^64 + 12": b"1000000000000000c\r\n" + BODY + b"\r\n", "400 digits": b"f" * 400 + b"\r\n" + BODY + b"\r\n", "an extension with a line feed": b"c;a\nb\r\n" + BODY + b"\r\n",
        "an extension with a carriage return": b"c;a\rb\r\n" + BODY + b"\r\n", "an extension with a NUL": b"c;a\x00\r\n" + BODY + b"\r\n", "a comma": b"c,a\r\n" + BODY + b"\r\n",
        "a point": b"c.0\r\n" + BODY + b"\r\n",
    }.items():
        cases.refused(at, name, put(b"Transfer-Encoding: chunked\r\n", sent + b"0\r\n\r\n", length=False), {400, 413})
    for name, end in {
        "a line feed at the end": b"0\r\n\n", "a line feed behind the last size": b"0\n\r\n", "a carriage return at the end": b"0\r\n\r\r\n",
        "a trailer with a space before the colon": b"0\r\nX : y\r\n\r\n", "a folded trailer": b"0\r\nX: y\r\n z\r\n\r\n", "a trailer with a line feed": b"0\r\nX: y\n\r\n",
        "a trailer with a NUL": b"0\r\nX: \x00\r\n\r\n", "a trailer without a colon": b"0\r\nX\r\n\r\n", "a trailer without a name": b"0\r\n: x\r\n\r\n",
        "many trailers": b"0\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(5000)) + b"\r\n", "a long trailer": b"0\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
    }.items():
        cases.refused(at, name, chunked(BODY, end=end), {400, 413, 431})


def expectations(cases):
    at = "10.1.1 Expect"
    cases.taken(at, "100-continue", put(b"Expect: 100-continue\r\n"), 201, records={"outer"}, interim=1)
    cases.taken(at, "100-Continue, chunked", chunked(BODY, fields=b"Expect: 100-Continue\r\n"), 201, records={"outer"}, interim=1)
    cases.refused(at, "another", put(b"Expect: 200-ok\r\n"), {417})
    cases.refused(at, "two", put(b"Expect: 100-continue\r\nExpect: 100-continue\r\n"), {400, 417})
    cases.ending(at, "in HTTP/1.0", put(b"Expect: 100-continue\r\n", version=b"HTTP/1.0"), 201, records={"outer"})


def connections(cases):
    at = "9.3 connection"
    cases.ending(at, "close", get(fields=b"Host: a\r\nConnection: close\r\n"), 200)
    cases.ending(at, "Close in a list", get(fields=b"Host: a\r\nConnection: x, Close\r\n"), 200)
    cases.ending(at, "close in another line", get(fields=b"Host: a\r\nConnection: x\r\nConnection: close\r\n"), 200)
    cases.ending(at, "close and keep-alive", get(fields=b"Host: a\r\nConnection: close, keep-alive\r\n"), 200)
    cases.taken(at, "keep-alive", get(fields=b"Host: a\r\nConnection: keep-alive\r\nKeep-Alive: timeout=1000, max=9\r\n"), 200)
    cases.ending(at, "HTTP/1.0", get(version=b"HTTP/1.0"), 200)
    cases.ending(at, "HTTP/1.0 without Host", get(version=b"HTTP/1.0", fields=b""), 200)
    cases.ending(at, "HTTP/1.0 that writes", put(version=b"HTTP/1.0"), 201, records={"outer"})
    cases.taken(at, "HTTP/1.0 keep-alive", get(version=b"HTTP/1.0", fields=b"Connection: keep-alive\r\n") * 3, 200, 200, 200)
    cases.taken(at, "HTTP/1.1 behind 1.0", get(version=b"HTTP/1.0", fields=b"Connection: Keep-Alive\r\n") + put(), 200, 201, records={"outer"})
    cases.ending(at, "the last of three", get() + put() + get(b"/no", fields=b"Host: a\r\nConnection: close\r\n"), 200, 201, 404, records={"outer"})
    upgrade = b"Host: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"
    cases.ending(at, "an upgrade", get(fields=upgrade), 200)
    cases.ending(at, "an upgrade behind a request", get() + get(fields=upgrade), 200, 200)
    cases.ending(at, "an upgrade with a body", put(upgrade, host=b""), 201, records={"outer"})
    cases.ending(at, "an upgrade with a body, behind a request", get() + put(upgrade, host=b""), 200, 201, records={"outer"})
    many = b"".join(put(code=b"p%d" % at) + get(b"/brands?code=p%d" % at) + get(b"/no") for at in range(40))
    cases.taken(at, "pipelined", many, *([201, 200, 404] * 40), records={f"p{at}" for at in range(40)})
    cases.refused(at, "pipelined, the last is broken", put() + get() + b"GET\r\n\r\n", before=[201, 200], records={"outer"})


def heads(cases):
    at = "9.3.2 HEAD"
    cases.taken(at, "of a list", get(method=b"HEAD"), 200, methods=["HEAD"])
    cases.taken(at, "of nothing", get(b"/nothing", method=b"HEAD"), 404, methods=["HEAD"])
    cases.taken(at, "of what is only written", get(b"/brands/x", method=b"HEAD"), 405, methods=["HEAD"])
    cases.taken(at, "between others", get() + get(method=b"HEAD") + get(), 200, 200, 200, methods=["GET", "HEAD", "GET"])
    cases.taken(at, "of a bad query", get(b"/brands?%zz", method=b"HEAD"), 400, methods=["HEAD"])


def bodies(cases):
    at = "bodies"
    for name, body in {
        "deep lists": b"[" * 50_000, "deep objects": b'{"a":' * 15_000, "deep and closed": b"[" * 40_000 + b"]" * 40_000, "a long number": b"1" * 90_000,
        "a huge exponent": b'{"name":1e999999999}', "the same name many times": b"{" + b'"name":"a",' * 5_000 + b'"name":"b"}', "no UTF-8": b'{"name":"\xff"}',
        "UTF-16": BODY.decode().encode("utf-16"), "half a surrogate": b'{"name":"\\ud800"}', "a NUL": b'{"name":"a\x00"}',
        "two values": BODY * 2, "a comment": b'/**/{"name":"N"}', "a comma": b'{"name":"N",}', "spaces": b" " * 90_000, "nothing": b" ",
    }.items():
        cases.taken(at, name, put(body=body), {400, 422})
    cases.taken(at, "gzip", put(b"Content-Encoding: gzip\r\n"), 415)
    # A reader of JSON may ignore it (RFC 8259, 8.1).
    cases.taken(at, "a byte order mark", put(body=b"\xef\xbb\xbf" + BODY), 201, records={"outer"})
    cases.taken(at, "chunked too large", chunked(*([b"x" * 60_000] * 3)), 413)


def all_cases():
    cases = Cases()
    for family in (request_lines, targets, fields, hosts, lengths, codings, chunks, expectations, connections, heads, bodies):
        family(cases)
    return cases.all


ALL = all_cases()
