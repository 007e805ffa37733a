"""HTTP/1.1 on a listener of requests as RFC 9110 and 9112 have it: whatever bytes come, each request has one answer or the connection
ends, what is refused writes no record, and other clients are served meanwhile."""

import http.client
import json
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from gateway_process import free_port
from http_cases import ALL, BODY, chunked, get, put
from http_mutations import SEEDS, mutated
from http_replies import talk

MAPPING = """
routes:
  write:
    from: { http: { method: PUT, path: "/brands/{code}", listener: api, bodyBytes: 100000 } }
    definition: catalogBrand
    message:
      companyId: { value: acme }
      items: $
      operation: IU
      fields: { code: { parameter: code }, name: .name }
  read:
    from: { http: { method: GET, path: /brands, listener: api } }
    read: { definition: catalogBrand, filter: { code: { parameter: code } } }
    message: { fields: { code: .code, name: .name } }
"""

# Seconds in which an answer or an end comes, on a machine that has other things to do.
PATIENCE = 5
MUTATIONS = 2000
# Random bytes may be anything that the listener knows; a failure inside it they are not.
FITTING = {100, 200, 201, 204, 400, 404, 405, 413, 414, 415, 417, 422, 426, 431, 501, 505}


@pytest.fixture(scope="module")
def gateway(new_shared_gateway):
    gateway = new_shared_gateway("conformance", {"HTTP_LISTENERS_API_PORT": str(free_port())})
    gateway.api = int(gateway.settings["HTTP_LISTENERS_API_PORT"])
    gateway.mappings.mkdir()
    (gateway.mappings / "brands.yaml").write_text(MAPPING)
    gateway.settings["MAPPINGS_DIRECTORY"] = "mappings"
    gateway.start()
    return gateway


class Witness:
    """A client that reads and writes all the time, each request answered well and within PATIENCE."""

    def __init__(self, port):
        self.port, self.answered, self.problems = port, 0, []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        while not self.is_over.wait(0.01):
            began = time.monotonic()
            try:
                method, path, body = ("PUT", "/brands/witness", BODY) if self.answered % 2 else ("GET", "/brands?code=witness", None)
                connection.request(method, path, body)
                answer = connection.getresponse()
                answer.read()
                if answer.status not in (200, 201):
                    self.problems.append(f"{method} was answered {answer.status}")
            except (OSError, http.client.HTTPException) as error:
                self.problems.append(f"{error!r} after {time.monotonic() - began:.1f} s")
                connection.close()
            if (taken := time.monotonic() - began) > PATIENCE:
                self.problems.append(f"an answer took {taken:.1f} s")
            self.answered += 1
        connection.close()

    def assert_served(self):
        """It is answered, and was all the time."""
        before, end = self.answered, time.monotonic() + 2 * PATIENCE
        while self.answered == before:
            assert time.monotonic() < end, "the other client is not answered"
            time.sleep(0.002)
        assert not self.problems, self.problems[:5]


@pytest.fixture(scope="module")
def witness(gateway):
    witness = Witness(gateway.api)
    yield witness
    witness.is_over.set()
    witness.thread.join()


@pytest.fixture(autouse=True)
def others_are_served(witness):
    yield
    witness.assert_served()


def take_records(gateway):
    """Codes of what was written since the last time, without the other client's."""
    wanted = {"code": {"$ne": "witness"}}
    codes = {one["code"] for one in gateway.database.brand.find(wanted)}
    gateway.database.brand.delete_many(wanted)
    return codes


def problems_of(case, heard):
    """How the answers differ from those that fit."""
    found = []
    if len(heard.statuses) != len(case.expected) or not all(map(lambda got, fit: got in fit, heard.statuses, case.expected)):
        found.append(f"expected {case.expected}, found {heard.statuses}")
    if (interim := len(heard.replies) - len(heard.final)) != case.interim:
        found.append(f"expected {case.interim} interim answers, found {interim}")
    if not heard.is_closed:
        found.append(f"the connection stays open for {heard.seconds:.1f} s")
    # A body that does not come is waited for first.
    if heard.final and not heard.final[-1].closes and not case.ends:
        found.append("the last answer does not say that it is the last")
    if any(reply.closes for reply in heard.final[:-1]):
        found.append("an answer says that it is the last one, and is not")
    return found


@pytest.mark.parametrize("name", ALL)
def test_conformance(gateway, name):
    case = ALL[name]
    heard = talk(gateway.api, case.sent, methods=case.methods, ends=case.ends, patience=PATIENCE)
    written = take_records(gateway)
    assert not problems_of(case, heard)
    assert written == case.records


def test_bytes_one_by_one(gateway, checks):
    """Where a request is cut into pieces changes nothing."""
    small = {name: case for name, case in ALL.items() if len(case.sent) <= 500}
    assert len(small) > 300
    numbers = {name: at for at, name in enumerate(small)}

    def run(name):
        case = small[name]
        # Each has a record of its own.
        sent = case.sent.replace(b"/brands/outer", b"/brands/%d" % numbers[name])
        return talk(
            gateway.api, *(bytes([byte]) for byte in sent), methods=case.methods, ends=case.ends, pause=1e-5, patience=2 * PATIENCE)

    with ThreadPoolExecutor(8) as pool:
        for (name, case), heard in zip(small.items(), pool.map(run, small)):
            checks(name, problems_of(case, heard))
    assert take_records(gateway) == {str(numbers[name]) for name, case in small.items() if case.records}


@pytest.mark.parametrize("name", SEEDS)
def test_every_beginning_of_a_request(gateway, name):
    """A client that stops within a request is answered or not, and the request does nothing: whether the client says that it ends,
    or is gone."""
    sent = SEEDS[name] if name != "three" else chunked(*(bytes([byte]) for byte in BODY))

    def run(size):
        with socket.create_connection(("127.0.0.1", gateway.api), timeout=PATIENCE) as gone:
            gone.sendall(sent[:size])
        return talk(gateway.api, sent[:size], ends=True, patience=PATIENCE)

    with ThreadPoolExecutor(4) as pool:
        for size, heard in enumerate(pool.map(run, range(len(sent)))):
            assert heard.is_closed, f"open after {size} bytes"
            assert heard.statuses in ([], [400]), f"{heard.statuses} after {size} bytes"
    # What came before it is done.
    assert talk(gateway.api, put(code=b"behind"), ends=True, patience=PATIENCE).statuses == [201]
    assert take_records(gateway) == {"behind"}
    assert talk(gateway.api, sent, ends=True, patience=PATIENCE).statuses in ([200], [201])
    take_records(gateway)


@pytest.mark.parametrize("batch", range(10))
def test_random_changes(gateway, batch):
    """Each 201 is a record and each record a 201; no more answers than there are requests, and one refusal of the rest."""
    chance = random.Random(f"http {batch}")
    all_sent = [mutated(chance, SEEDS[chance.choice(list(SEEDS))]) for _ in range(MUTATIONS // 10)]

    def run(sent):
        try:
            return talk(gateway.api, sent, ends=True, patience=PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}, to {sent!r}") from error

    with ThreadPoolExecutor(4) as pool:
        # A batch that is written in parallel may write a record twice: codes are made different.
        numbered = [sent.replace(b"/brands/", b"/brands/%d-" % at) for at, sent in enumerate(all_sent)]
        heard_all = list(pool.map(run, numbered))
    inserted = 0
    for sent, heard in zip(numbered, heard_all):
        statuses = heard.statuses
        assert heard.is_closed, f"open after {sent!r}"
        assert set(statuses) <= FITTING, f"{statuses} to {sent!r}"
        requests = sent.count(b"HTTP/")
        assert len(statuses) <= requests + 1, f"{statuses} to {sent!r}"
        assert sum(status < 300 for status in statuses) <= requests, f"{statuses} to {sent!r}"
        assert not any(reply.closes for reply in heard.final[:-1]), f"an answer behind the last one, to {sent!r}"
        inserted += statuses.count(201)
    assert inserted > len(numbered) / 20, "hardly any is a request any more"
    assert len(take_records(gateway)) == inserted


@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("head, rest", [
    (get(b"/nothing", method=b"POST", fields=b"Host: a\r\nTransfer-Encoding: chunked\r\n"), b"3\r\nabc\r\nzz\r\n"),
    (get(b"/nothing", method=b"POST", fields=b"Host: a\r\nTransfer-Encoding: chunked\r\n"), b"3\r\nab"),
    (put(b"Content-Length: 200000\r\n", body=b"", length=False), BODY), (get(method=b"DELETE", fields=b"Host: a\r\nContent-Length: 9\r\n"), b"x"),
])
def test_a_body_that_breaks_behind_its_answer(gateway, head, rest, ends):
    """It was answered, and is not answered again."""
    heard = talk(gateway.api, head, rest, pause=0.3, ends=ends, patience=PATIENCE)
    assert heard.statuses in ([404], [413], [405]) and heard.is_closed, heard


def test_many_that_do_not_go_on(gateway, witness):
    """Clients that stop anywhere take up nobody else's time."""
    states = [b"", b"G", b"GET /brands HTTP/1.1\r\nHost: a\r\nX: ", put()[:-1], put(b"Expect: 100-continue\r\n")[:-len(BODY)], chunked(BODY)[:-2],
              chunked(BODY)[:-20], get() * 50]
    clients = [socket.create_connection(("127.0.0.1", gateway.api), timeout=PATIENCE) for _ in range(400)]
    for at, client in enumerate(clients):
        client.sendall(states[at % len(states)])
    before = witness.answered
    time.sleep(1)
    assert witness.answered > before + 5
    witness.assert_served()
    for client in clients:
        client.close()
    assert talk(gateway.api, put(code=b"behind"), ends=True, patience=PATIENCE).statuses == [201]
    assert take_records(gateway) == {"behind"}


def test_a_refusal_says_why(gateway):
    """What is refused by a route says so as a problem, with its status."""
    for sent in (get(b"/nothing"), get(b"/brands", method=b"DELETE"), put(body=b"{"), get(b"/brands?%zz"), get(b"http://a/brands?%zz")):
        (answer,) = talk(gateway.api, sent, ends=True, patience=PATIENCE).final
        problem = json.loads(answer.body)
        assert answer.values("content-type") == ["application/problem+json"] and problem["status"] == answer.status, answer
