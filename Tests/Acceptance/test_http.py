"""HTTP/1.1 as RFC 9110 and 9112 have it, byte by byte on the console's port."""

import socket

import pytest
from http_replies import talk
from live_gateway import OPERATOR


@pytest.fixture(scope="module")
def gateway(new_shared_gateway):
    gateway = new_shared_gateway("http")
    gateway.start()
    return gateway


def exchange(gateway, *parts):
    """Sends each part, waits for an answer after each but the last, and returns what came until the server closed."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        received = b""
        for number, part in enumerate(parts):
            connection.sendall(part)
            if number < len(parts) - 1:
                received += connection.recv(65536)
        while True:
            more = connection.recv(65536)
            if not more:
                break
            received += more
        return received.decode("latin-1")


def test_http_1_0_ends_with_its_answer(gateway):
    answer = exchange(gateway, b"GET /livez HTTP/1.0\r\n\r\n")
    assert answer.startswith("HTTP/1.1 200") and answer.count("HTTP/1.1 ") == 1


@pytest.mark.parametrize("headers", [b"", b"Host: a\r\nHost: a\r\n", b"Host: a\r\nHost: b\r\n", b"X-Host: a\r\n"])
def test_a_request_names_one_host(gateway, headers):
    for method, path in [(b"GET", b"/livez"), (b"POST", b"/api/login"), (b"GET", b"/no/such/page")]:
        answer = exchange(gateway, method + b" " + path + b" HTTP/1.1\r\n" + headers + b"\r\n")
        assert answer.startswith("HTTP/1.1 400") and "connection: close" in answer.lower(), answer


def test_the_host_is_checked_for_every_request_of_a_connection(gateway):
    good, bad = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /livez HTTP/1.1\r\n\r\n"
    answer = exchange(gateway, good, bad)
    assert answer.startswith("HTTP/1.1 200") and "HTTP/1.1 400" in answer, answer


def test_a_good_request_is_answered_before_a_bad_one_behind_it_is_refused(gateway):
    good, bad = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /livez HTTP/1.1\r\n\r\n"
    answer = exchange(gateway, good + bad + good)
    assert answer.count("HTTP/1.1 ") == 2 and answer.index("HTTP/1.1 200") < answer.index("HTTP/1.1 400"), answer


def test_a_client_that_waits_for_100_gets_it_before_its_body(gateway):
    body = b'{"token":"wrong-wrong-wrong-wrong"}'
    head = (b"POST /api/login HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
    answer = exchange(gateway, head, body)
    first, _, rest = answer.partition("\r\n\r\n")
    assert first.startswith("HTTP/1.1 100"), answer
    assert rest.startswith("HTTP/1.1 401") and rest.count("HTTP/1.1 ") == 1, answer


def test_another_expectation_is_refused(gateway):
    answer = exchange(gateway, b"GET /livez HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n")
    assert answer.startswith("HTTP/1.1 417"), answer


@pytest.mark.parametrize("path", ["/", "/livez", "/no/such/page", "/api/status", "/api/no", "/metrics", "/ws", "/%zz"])
def test_an_answer_to_head_has_no_body(gateway, path):
    """What follows it is the answer to the next request."""
    head = f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1:{gateway.port}\r\n\r\n".encode()
    last = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    heard = talk(gateway.port, head + last, methods=["HEAD"])
    assert len(heard.statuses) == 2 and heard.statuses[1] == 200 and heard.is_closed, heard


@pytest.mark.parametrize("host", ["a b", "a/b", "a@b", "a:b", "[::1", "a%zz"])
def test_a_host_is_one(gateway, host):
    heard = talk(gateway.port, f"GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert heard.statuses == [400] and heard.is_closed, heard


def test_two_requests_at_once_are_answered_in_order(gateway):
    one = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET /version HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answer = exchange(gateway, one + last)
    assert answer.count("HTTP/1.1 200") == 2 and answer.index('"alive"') < answer.index('"promo-gateway"'), answer


def test_two_gateways_on_one_host_have_cookies_of_their_own(new_shared_gateway):
    names = []
    for name in ("first", "second"):
        gateway = new_shared_gateway(f"cookie-{name}")
        gateway.start()
        body = f'{{"token":"{OPERATOR}"}}'.encode()
        answer = exchange(gateway, (
            b"POST /api/login HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % (gateway.port, len(body))) + body)
        assert answer.startswith("HTTP/1.1 200"), answer
        names += [line.split(":", 1)[1].split("=")[0].strip()
                  for line in answer.split("\r\n") if line.lower().startswith("set-cookie:")]
    assert len(names) == 2 and len(set(names)) == 2, names
