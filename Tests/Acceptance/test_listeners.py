"""Listeners of requests as servers: TLS, and what others send who mean no good."""

import datetime
import http.client
import json
import re
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import websocket_frames as frames
from gateway_process import free_port, tied
from tokens import make_certificate, openssl

MAPPING = """
routes:
  write:
    from: { http: { method: PUT, path: "/brands/{code}", listener: LISTENER, bodyBytes: 100000 } }
    definition: catalogBrand
    message:
      companyId: { value: acme }
      items: $
      operation: IU
      fields: { code: { parameter: code }, name: .name }
  read:
    from: { http: { method: GET, path: /brands, listener: LISTENER } }
    read: { definition: catalogBrand, filter: { code: { parameter: code } } }
    message: { fields: { code: .code, name: .name } }
"""


def prepare(gateway, listener="api"):
    gateway.mappings.mkdir()
    (gateway.mappings / "brands.yaml").write_text(MAPPING.replace("LISTENER", listener))
    gateway.settings["MAPPINGS_DIRECTORY"] = "mappings"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


# ------------------------------------------------------------------------------------------------------------------- TLS

@pytest.fixture(scope="module")
def secure(new_shared_gateway):
    api = free_port()
    gateway = new_shared_gateway("secure", {
        "HTTP_LISTENERS_API_PORT": str(api), "HTTP_LISTENERS_API_TLS_CERTIFICATE_FILE": "used.pem",
        "HTTP_LISTENERS_API_TLS_KEY_FILE": "used.key"})
    gateway.api = api
    use(gateway, *make_certificate(gateway.directory, "first"))
    prepare(gateway)
    gateway.start()
    return gateway


def use(gateway, pem, key):
    (gateway.directory / "used.pem").write_bytes(pem.read_bytes())
    (gateway.directory / "used.key").write_bytes(key.read_bytes())


def trusting(*files, **options):
    context = ssl.create_default_context()
    for file in files:
        context.load_verify_locations(file)
    for name, value in options.items():
        setattr(context, name, value)
    return context


def secure_request(gateway, context, method="GET", path="/brands", body=None):
    connection = http.client.HTTPSConnection("localhost", gateway.api, context=context, timeout=20)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def serial_number(gateway):
    """Of the certificate that the listener shows."""
    with socket.create_connection(("127.0.0.1", gateway.api), timeout=10) as plain:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain) as wrapped:
            return openssl("x509", "-inform", "DER", "-noout", "-serial", stdin=wrapped.getpeercert(binary_form=True))


def test_requests_over_tls(secure):
    trust = trusting(secure.directory / "first.pem")
    assert secure_request(secure, trust, "PUT", "/brands/a", json.dumps({"name": "A"}))[0] == 201
    assert secure_request(secure, trust)[0] == 200
    large = json.dumps({"name": "x" * 90_000})
    assert secure_request(secure, trust, "PUT", "/brands/large", large)[0] == 201
    assert json.loads(secure_request(secure, trust, path="/brands?code=large")[1])[0]["name"] == "x" * 90_000
    with pytest.raises(ssl.SSLCertVerificationError):
        secure_request(secure, trusting())
    # A page of this listener's own origin.
    connection = http.client.HTTPSConnection("localhost", secure.api, context=trust, timeout=20)
    connection.request("GET", "/brands", headers={"Origin": f"https://localhost:{secure.api}"})
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version, is_taken", [("TLSv1", False), ("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
def test_versions_of_tls(secure, version, is_taken):
    context = trusting(secure.directory / "first.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
    if is_taken:
        assert secure_request(secure, context)[0] == 200
    else:
        with pytest.raises((ssl.SSLError, OSError)):
            secure_request(secure, context)


def test_what_is_no_tls_disturbs_nobody(secure):
    for sent in (b"GET /brands HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01", b"\x00" * 1000, b""):
        with socket.create_connection(("127.0.0.1", secure.api), timeout=3) as plain:
            plain.sendall(sent)
            plain.shutdown(socket.SHUT_WR)
            received = b""
            try:
                while more := plain.recv(4096):
                    received += more
            except OSError:
                pass
            assert not received.startswith(b"HTTP/")
    assert secure_request(secure, trusting(secure.directory / "first.pem"))[0] == 200


def test_many_at_once_over_tls(secure):
    trust = trusting(secure.directory / "first.pem")
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(
            lambda i: secure_request(secure, trust, "PUT", f"/brands/m{i}", json.dumps({"name": str(i)}))[0], range(100)))
    assert set(statuses) == {201}


def test_a_certificate_is_exchanged_while_the_gateway_runs(secure):
    before = serial_number(secure)
    old = http.client.HTTPSConnection("localhost", secure.api, context=trusting(secure.directory / "first.pem"), timeout=20)
    old.request("GET", "/brands")
    assert old.getresponse().read() is not None
    pem, key = make_certificate(secure.directory, "second")
    # Another key first: a pair that does not fit changes nothing.
    (secure.directory / "used.key").write_bytes(key.read_bytes())
    secure.wait("the pair that does not fit is reported", lambda: "tls.certificateFile: not read again" in secure.text(), 20, 0.2)
    assert serial_number(secure) == before
    use(secure, pem, key)
    secure.wait("the new one is used", lambda: serial_number(secure) != before, 20, 0.5)
    assert secure_request(secure, trusting(pem))[0] == 200
    old.request("GET", "/brands")
    assert old.getresponse().status == 200
    old.close()
    use(secure, secure.directory / "first.pem", secure.directory / "first.key")
    secure.wait("the first one is used again", lambda: serial_number(secure) == before, 20, 0.5)


@pytest.mark.parametrize("what, expected", [
    ("no certificate", "'used.pem' holds no certificate"), ("no key", "'used.key' holds no private key"),
    ("no files", "used.pem"), ("another key", "the key in 'used.key' is not that of the (first) certificate in 'used.pem'"),
    ("expired", "expired on 20"), ("not yet", "is not valid before 20"), ("password", "'used.key' holds no private key"),
    ("swapped", "'used.pem' holds no certificate"),
])
def test_a_pair_that_cannot_be_used_keeps_the_gateway_from_starting(new_gateway, what, expected):
    gateway = new_gateway("tls-start", {
        "HTTP_LISTENERS_API_PORT": str(free_port()), "HTTP_LISTENERS_API_TLS_CERTIFICATE_FILE": "used.pem",
        "HTTP_LISTENERS_API_TLS_KEY_FILE": "used.key"})
    start = {"expired": now() - datetime.timedelta(days=20), "not yet": now() + datetime.timedelta(days=2)}.get(what)
    pem, key = make_certificate(gateway.directory, "one", days=10, start=start)
    if what != "no files":
        use(gateway, pem, key)
    used = {name: gateway.directory / f"used.{name}" for name in ("pem", "key")}
    if what == "no certificate":
        used["pem"].write_text("nothing\n")
    elif what == "no key":
        used["key"].write_text("")
    elif what == "another key":
        used["key"].write_bytes(make_certificate(gateway.directory, "two")[1].read_bytes())
    elif what == "swapped":
        used["pem"].write_bytes(key.read_bytes())
    elif what == "password":
        openssl("pkcs8", "-topk8", "-in", key, "-out", used["key"], "-passout", "pass:secret")
    super(type(gateway), gateway).start()
    assert gateway.process.wait(20) == 78
    gateway.was_stopped = True
    assert "http.listeners.api.tls.certificateFile: " in gateway.text() and expected in gateway.text(), gateway.text()


def test_a_certificate_that_expires_soon_is_a_warning(new_gateway):
    gateway = new_gateway("tls-soon", {
        "HTTP_LISTENERS_API_PORT": str(free_port()), "HTTP_LISTENERS_API_TLS_CERTIFICATE_FILE": "used.pem",
        "HTTP_LISTENERS_API_TLS_KEY_FILE": "used.key"})
    use(gateway, *make_certificate(gateway.directory, "soon", days=20))
    gateway.start()
    gateway.wait("the warning", lambda: "the certificate expires on 20" in gateway.text(), 20, 0.2)


def test_websockets_over_tls(binaries, tmp_path):
    pem, key = make_certificate(tmp_path, "echo")
    echo = subprocess.Popen(tied(binaries / "WebSocketEcho", 1 << 20, pem, key), stdout=subprocess.PIPE, text=True)
    try:
        port = int(echo.stdout.readline())
        client = frames.Client(port, tls=trusting(pem))
        for size in (0, 1, 125, 126, 65_535, 65_536, 1_000_000):
            client.send(frames.frame(frames.BINARY, b"x" * size))
            assert client.next() == (frames.BINARY, b"x" * size)
        client.send(*frames.fragments(frames.TEXT, [b"a", b"", b"b"]), frames.frame(frames.PING, b"p"), chop=1)
        assert [client.next() for _ in range(2)] == [(frames.TEXT, b"ab"), (frames.PONG, b"p")]
        client.send(frames.frame(frames.TEXT, b"\xff"))
        opcode, payload = client.next()
        assert opcode == frames.CLOSE and payload[:2] == (1007).to_bytes(2)
        client.send(frames.close(1007))
        assert client.is_ended()
        with pytest.raises(frames.Refused) as refused:
            frames.Client(port, path="/other", tls=trusting(pem))
        assert refused.value.status == 404
        with pytest.raises(ssl.SSLCertVerificationError):
            frames.Client(port, tls=trusting())
        # One that says good-bye.
        client = frames.Client(port, tls=trusting(pem))
        client.send(frames.close())
        assert client.next()[0] == frames.CLOSE and client.is_ended()
        assert echo.poll() is None
    finally:
        echo.kill()
        echo.wait()


# ------------------------------------------------------------------------------------------------ bytes on a bare socket

@pytest.fixture(scope="module")
def plain(new_shared_gateway):
    api = free_port()
    gateway = new_shared_gateway("plain", {"HTTP_LISTENERS_API_PORT": str(api)})
    gateway.api = api
    prepare(gateway)
    gateway.start()
    return gateway


def talk(gateway, *pieces, pause=0.0, patience=4.0, ends=False):
    """What comes back until the listener closes or `patience` is over, and whether it closed."""
    with socket.create_connection(("127.0.0.1", gateway.api), timeout=patience) as connection:
        received = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            end = time.monotonic() + patience
            while time.monotonic() < end:
                more = connection.recv(65536)
                if not more:
                    return received.decode("latin-1"), True
                received += more
        except TimeoutError:
            return received.decode("latin-1"), False
        except (ConnectionResetError, BrokenPipeError):
            return received.decode("latin-1"), True
        return received.decode("latin-1"), False


def statuses(text):
    return [int(status) for status in re.findall(r"HTTP/1\.1 (\d{3})", text)]


HIDDEN = b"PUT /brands/smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n{\"name\":\"x\"}"
PUT = b"PUT /brands/outer HTTP/1.1\r\nHost: a\r\n"

# What two servers in a row may read differently: a request inside of another one's body must never be seen as one. Each is
# refused and the connection closed, so that nothing behind it is read.
SMUGGLING = {
    "both lengths": PUT + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, the other way": PUT + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": PUT + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "two lengths that agree": PUT + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a list of lengths": PUT + b"Content-Length: 0, 0\r\n\r\n",
    "a length with a sign": PUT + b"Content-Length: +0\r\n\r\n",
    "a negative length": PUT + b"Content-Length: -1\r\n\r\n",
    "a length in hexadecimal": PUT + b"Content-Length: 0x0\r\n\r\n",
    "a length with a space in it": PUT + b"Content-Length: 0 0\r\n\r\n",
    "an empty length": PUT + b"Content-Length: \r\n\r\n",
    "a length beyond all numbers": PUT + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "a length that turns around": PUT + b"Content-Length: 18446744073709551616\r\n\r\n",
    "chunked, and something else": PUT + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "something else, and chunked": PUT + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": PUT + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and identity in two": PUT + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "nearly chunked": PUT + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked with a quote": PUT + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunked behind a tab": PUT + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "identity": PUT + b"Transfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n",
    "a space before the colon": PUT + b"Content-Length : 0\r\n\r\n",
    "a tab before the colon": PUT + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "a space before the name": PUT + b" Content-Length: 0\r\n\r\n",
    "a folded line": PUT + b"X: a\r\n Content-Length: 0\r\n\r\n",
    "a folded length": PUT + b"Content-Length:\r\n 0\r\n\r\n",
    "a folded line with a tab": PUT + b"Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n",
    "a bare line feed": PUT + b"Content-Length: 0\n\r\n",
    "bare line feeds": b"PUT /brands/outer HTTP/1.1\nHost: a\nContent-Length: 0\n\n",
    "a bare line feed at the end": PUT + b"Content-Length: 0\r\n\n",
    "a bare carriage return": PUT + b"X: a\rContent-Length: 0\r\n\r\n",
    "a carriage return for a line": PUT + b"Content-Length: 0\r\r\n\r\n",
    "a NUL in a value": PUT + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "a NUL in a name": PUT + b"X\x00Y: a\r\nContent-Length: 0\r\n\r\n",
    "no name": PUT + b": a\r\nContent-Length: 0\r\n\r\n",
    "no colon": PUT + b"Content-Length\r\n\r\n",
    "two hosts": b"PUT /brands/outer HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n",
    "no host": b"PUT /brands/outer HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "a space in the target": b"PUT /brands/ou ter HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "no version": b"PUT /brands/outer\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "a version with a sign": b"PUT /brands/outer HTTP/+1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "a version of two digits": b"PUT /brands/outer HTTP/1.10\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "a chunk's size with a sign": PUT + b"Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n",
    "a chunk's size with 0x": PUT + b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk's size with a space": PUT + b"Transfer-Encoding: chunked\r\n\r\n2 \r\n{}\r\n0\r\n\r\n",
    "a chunk's size beyond all numbers": PUT + b"Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n",
    "a chunk's size with a line feed": PUT + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
    "a chunk with a line feed": PUT + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\n0\r\n\r\n",
    "a chunk that is longer": PUT + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}}\r\n0\r\n\r\n",
    "an extension with a line feed": PUT + b"Transfer-Encoding: chunked\r\n\r\n2;a=\nb\r\n{}\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"PUT /brands/outer HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("what", SMUGGLING)
def test_what_could_be_read_in_two_ways_is_not_read(plain, what):
    text, is_closed = talk(plain, SMUGGLING[what] + HIDDEN)
    taken = plain.database["brand"].delete_many({"code": {"$in": ["smuggled", "outer"]}}).deleted_count
    assert statuses(text) in ([400], [501], [505]), (what, text[:400])
    assert is_closed, what
    assert taken == 0, (what, text)


def test_what_is_in_order_is_read(plain):
    body = b'{"name":"A"}'
    chunked = b"PUT /brands/b HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\n\r\n5\r\n" + body[:5] + b"\r\n7;x=y\r\n" + body[5:] + b"\r\n0\r\n\r\n"
    text, _ = talk(
        plain, b"PUT /brands/a HTTP/1.1\r\nHost:a\r\nContent-Length: 12 \r\nX: \xc3\xa9\r\n\r\n" + body, chunked,
        b"GET /brands HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert statuses(text) == [201, 201, 200]
    # Byte by byte.
    request = b"PUT /brands/c HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nConnection: close\r\n\r\n" + body
    text, is_closed = talk(plain, *(bytes([byte]) for byte in request), pause=0.002)
    assert statuses(text) == [201] and is_closed
    # Answers are in the order of the requests.
    many = b"".join(b"GET /brands?code=%d HTTP/1.1\r\nHost: a\r\n\r\n" % i for i in range(50))
    text, _ = talk(plain, many + b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert statuses(text) == [200] * 50 + [404]


@pytest.mark.parametrize("what, head, expected", [
    ("many", b"".join(b"X-%d: a\r\n" % i for i in range(2000)), 431), ("one that is long", b"X: " + b"a" * 100_000 + b"\r\n", 431),
    ("many that are long", b"".join(b"X-%d: " % i + b"a" * 8000 + b"\r\n" for i in range(20)), 431),
    ("a name that is long", b"X" * 100_000 + b": a\r\n", 431), ("as many as may be", b"".join(b"X-%d: a\r\n" % i for i in range(90)), 200),
    ("as long as may be", b"Cookie: " + b"a" * 15_000 + b"\r\n", 200),
])
def test_floods_of_headers(plain, what, head, expected):
    text, is_closed = talk(plain, b"GET /brands HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n", patience=2 if expected == 200 else 8)
    assert statuses(text) == [expected], (what, text[:300])
    if expected != 200:
        assert is_closed
    # As the second request of a connection.
    text, is_closed = talk(
        plain, b"GET /brands HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /brands HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n", pause=0.2, patience=2 if expected == 200 else 8)
    assert statuses(text) == [200, expected], (what, text[:300])


def test_an_endless_header_ends(plain):
    with socket.create_connection(("127.0.0.1", plain.api), timeout=10) as connection:
        connection.sendall(b"GET /brands HTTP/1.1\r\nHost: a\r\nX: ")
        began = time.monotonic()
        try:
            while time.monotonic() < began + 10:
                connection.sendall(b"a" * 100_000)
        except OSError:
            pass
    assert time.monotonic() < began + 8


def test_a_body_that_is_refused_ends_the_connection(plain):
    """The answer is heard, and the rest of the body is not taken forever."""
    head = b"PUT /brands/a HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"
    text, is_closed = talk(plain, head, b"x" * 1000, patience=8)
    assert statuses(text) == [413] and is_closed
    chunk = b"%x\r\n" % 60_000 + b"x" * 60_000 + b"\r\n"
    text, is_closed = talk(plain, b"PUT /brands/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", chunk, chunk, chunk, patience=8)
    assert statuses(text) == [413] and is_closed
    text, is_closed = talk(plain, b"PUT /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n", b"12345", patience=8)
    assert statuses(text) == [404] and is_closed
    # A client that sends all of it keeps its connection.
    text, is_closed = talk(
        plain, b"PUT /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1234567890" * 2, patience=1)
    assert statuses(text) == [404, 404] and not is_closed


def test_a_client_that_does_not_read_is_let_go(plain):
    for number in range(40):
        plain.database["brand"].replace_one(
            {"_id": f"acme|big{number}"}, {"companyId": "acme", "code": f"big{number}", "name": "x" * 400_000}, upsert=True)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", plain.api))
        connection.sendall(b"GET /brands HTTP/1.1\r\nHost: a\r\n\r\n")

        def is_let_go():
            with open("/proc/net/tcp") as file:
                port = f":{connection.getsockname()[1]:04X}"
                return not any(line.split()[2].endswith(port) and line.split()[3] == "01" for line in file)

        plain.wait("the listener closes", is_let_go, 60, 1)
    for number in range(40):
        plain.database["brand"].delete_one({"_id": f"acme|big{number}"})


def test_a_drain_says_so_and_waits_for_no_slow_client(new_gateway):
    gateway = new_gateway("drain", {"HTTP_LISTENERS_API_PORT": str(free_port())})
    gateway.api = int(gateway.settings["HTTP_LISTENERS_API_PORT"])
    prepare(gateway)
    gateway.start()
    received = {}

    def slow(name, head, drop):
        with socket.create_connection(("127.0.0.1", gateway.api), timeout=15) as connection:
            connection.sendall(head)
            text = b""
            connection.settimeout(0.3)
            for _ in range(60):
                try:
                    if drop:
                        connection.sendall(drop)
                    more = connection.recv(65536)
                    if not more:
                        break
                    text += more
                except TimeoutError:
                    continue
                except OSError:
                    break
            received[name] = text.decode("latin-1")

    clients = [threading.Thread(target=slow, args=args) for args in [
        ("body", b"PUT /brands/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n", b"x"),
        ("header", b"GET /brands HTTP/1.1\r\nHost: a\r\nX: ", b"x"), ("silent", b"", b""),
        ("idle", b"GET /brands HTTP/1.1\r\nHost: a\r\n\r\n", b""),
        ("half", b"PUT /brands/half HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n", b""),
    ]]
    for client in clients:
        client.start()
    time.sleep(1)
    began = time.monotonic()
    assert gateway.stop() == 0
    taken = time.monotonic() - began
    for client in clients:
        client.join()
    assert taken < 6, taken
    for name in ("body", "half"):
        assert statuses(received[name]) == [408], received
        assert "connection: close" in received[name].lower()
    assert statuses(received["idle"]) == [200] and not received["header"] and not received["silent"]
