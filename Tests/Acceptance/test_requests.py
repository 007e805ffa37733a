"""HTTP requests as messages and as questions, from outside: answers, effects, and what a client may do wrong."""

import http.client
import json
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from asking import ask_at
from gateway_process import free_port

DEFINITION = {
    "$schema": "urn:promo-gateway:definition:1", "$id": "urn:promo-gateway:definition:1:catalogNote", "title": "Notes", "x-catalog": "catalogNote", "x-collection": "note",
    "x-key": ["id"], "type": "object", "required": ["id", "text"], "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "x-bson": "long"}, "text": {"type": "string", "minLength": 1},
        "status": {"type": "integer", "x-bson": "long"}, "doneAt": {"type": ["string", "null"], "format": "date-time", "x-bson": "date"},
        "seen": {"type": "integer", "x-bson": "long", "x-merge": "sum"},
    },
}

MAPPING = """
routes:
  write:
    from: { http: { method: PUT, path: "/notes/{id}", listener: api, bodyBytes: 2000 } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: I
      fields: { id: { parameter: id, integer: true }, text: .text, status: { value: 0 } }
    respond: { inserted: { text: Created } }
  finish:
    from: { http: { method: PATCH, path: "/notes/{id}", listener: api } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: U
      if: { path: ~.status, equals: 0 }
      fields:
        id: { parameter: id, integer: true }
        status: .status
        doneAt: { delivery: receivedAt }
    to:
      - mongodb
      - amqp: { queue: QUEUE, body: { note: { fields: { id: ~.id, text: ~.text, status: ~.status } } } }
    respond: { updated: { text: OK }, guard: { body: { is: ~.status } } }
  see:
    from: { http: { method: POST, path: "/notes/{id}/seen", listener: api, body: none } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: U
      fields: { id: { parameter: id, integer: true }, seen: { value: 1 } }
  remove:
    from: { http: { method: DELETE, path: "/notes/{id}", listener: api, body: none, idempotency: required } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: D
      fields: { id: { parameter: id, integer: true } }
  form:
    from: { http: { method: POST, path: /forms, listener: api, body: form, contentTypes: [application/x-www-form-urlencoded] } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: IU
      fields: { id: { path: .id, integer: true }, text: .text }
  one:
    from: { http: { method: GET, path: "/notes/{id}", listener: api } }
    read:
      definition: catalogNote
      key: { companyId: { value: acme }, id: { parameter: id, integer: true } }
    message: { fields: { id: .id, text: .text, status: .status, doneAt: .doneAt, seen: .seen }, missing: "null" }
  all:
    from: { http: { method: GET, path: /notes, listener: api } }
    read:
      definition: catalogNote
      filter: { status: { parameter: status, integer: true } }
      order: id
      limit: 3
    message: { fields: { id: .id, text: .text } }
  headers:
    from: { http: { method: PUT, path: "/headers/{id}", listener: api } }
    definition: catalogNote
    message:
      companyId: { value: acme }
      items: $
      operation: I
      fields:
        id: { parameter: id, integer: true }
        text: { concat: [{ header: x-shown }, { value: "|" }, { header: authorization }, { value: "|" }, { header: cookie }] }
  by-shown:
    from: { http: { method: GET, path: /by-shown, listener: api } }
    read: { definition: catalogNote, filter: { text: { header: x-shown } }, limit: 3 }
    message: { fields: { id: .id } }
  by-hidden:
    from: { http: { method: GET, path: /by-hidden, listener: api } }
    read: { definition: catalogNote, filter: { text: { header: authorization } }, limit: 3 }
    message: { fields: { id: .id } }
"""


@pytest.fixture(scope="module")
def gateway(new_shared_gateway):
    port = free_port()
    gateway = new_shared_gateway("requests", {"HTTP_LISTENERS_API_PORT": str(port)})
    gateway.api = port
    (gateway.directory / "definitions").mkdir()
    (gateway.directory / "definitions" / "catalogNote.json").write_text(json.dumps(DEFINITION))
    gateway.settings["DEFINITIONS_DIRECTORY"] = "definitions"
    gateway.mappings.mkdir()
    queue = gateway.declare(gateway.name + ".done")
    gateway.done = queue
    (gateway.mappings / "notes.yaml").write_text(MAPPING.replace("QUEUE", queue))
    gateway.settings["MAPPINGS_DIRECTORY"] = "mappings"
    gateway.start()
    return gateway


def ask(gateway, method, path, body=None, **headers):
    return ask_at(gateway.api, method, path, body, **headers)


def exchange(gateway, request):
    """What the server sends to these bytes until it closes, or for three seconds."""
    with socket.create_connection(("127.0.0.1", gateway.api), timeout=3) as connection:
        connection.sendall(request)
        received = b""
        try:
            while more := connection.recv(65536):
                received += more
        except TimeoutError:
            pass
        return received.decode("latin-1")


def records(gateway):
    return list(gateway.database["note"].find())


numbers = iter(range(1, 1_000_000))


def test_a_record_is_written_read_changed_and_removed(gateway):
    number = next(numbers)
    made = ask(gateway, "PUT", f"/notes/{number}", {"text": "Aller marcher"})
    assert (made.status, made.text) == (201, "Created")
    assert made.headers["Location"] == f"/notes/{number}"
    assert ask(gateway, "PUT", f"/notes/{number}", {"text": "other"}).status == 409
    read = ask(gateway, "GET", f"/notes/{number}")
    assert read.json() == {"id": number, "text": "Aller marcher", "status": 0, "doneAt": None, "seen": None}
    assert ask(gateway, "GET", f"/notes/{number}", If_None_Match=read.headers["ETag"]).status == 304
    done = ask(gateway, "PATCH", f"/notes/{number}", {"status": 1})
    assert (done.status, done.text) == (200, "OK")
    assert ask(gateway, "GET", f"/notes/{number}", If_None_Match=read.headers["ETag"]).status == 200
    again = ask(gateway, "PATCH", f"/notes/{number}", {"status": 2})
    assert (again.status, again.json()) == (409, {"is": 1})
    assert ask(gateway, "DELETE", f"/notes/{number}").status == 400
    assert ask(gateway, "DELETE", f"/notes/{number}", Idempotency_Key="d" + str(number)).status == 204
    assert ask(gateway, "GET", f"/notes/{number}").status == 404
    assert ask(gateway, "PATCH", f"/notes/{number}", {"status": 1}).status == 404


def test_a_posting_shows_the_record_as_it_became(gateway):
    number = next(numbers)
    ask(gateway, "PUT", f"/notes/{number}", {"text": "x"})
    ask(gateway, "PATCH", f"/notes/{number}", {"status": 1})
    end = time.monotonic() + 20
    found = []
    while time.monotonic() < end and {"note": {"id": number, "text": "x", "status": 1}} not in found:
        _, _, body = gateway.broker.basic_get(gateway.done, auto_ack=True)
        if body:
            found.append(json.loads(body))
    assert {"note": {"id": number, "text": "x", "status": 1}} in found


def test_the_same_request_under_a_key_counts_once(gateway):
    number = next(numbers)
    ask(gateway, "PUT", f"/notes/{number}", {"text": "x"})
    key = uuid.uuid4().hex
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: ask(gateway, "POST", f"/notes/{number}/seen", Idempotency_Key=key), range(50)))
    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert ask(gateway, "GET", f"/notes/{number}").json()["seen"] == 1
    reused = ask(gateway, "POST", f"/notes/{next(numbers)}/seen", Idempotency_Key=key)
    assert reused.status == 422 and f"Idempotency-Key '{key}' was used before for another request" in reused.json()["detail"]
    # Without a key each counts.
    with ThreadPoolExecutor(20) as pool:
        assert {answer.status for answer in pool.map(lambda _: ask(gateway, "POST", f"/notes/{number}/seen"), range(20))} == {200}
    assert ask(gateway, "GET", f"/notes/{number}").json()["seen"] == 21


def test_of_many_at_once_one_passes_the_guard(gateway):
    number = next(numbers)
    ask(gateway, "PUT", f"/notes/{number}", {"text": "x"})
    with ThreadPoolExecutor(30) as pool:
        statuses = [answer.status for answer in pool.map(lambda i: ask(gateway, "PATCH", f"/notes/{number}", {"status": i}), range(1, 31))]
    assert sorted(statuses) == [200] + [409] * 29


def test_a_record_is_changed_as_it_was_read(gateway):
    number = next(numbers)
    path = f"/notes/{number}"
    assert ask(gateway, "PUT", path, {"text": "x"}, If_Match="*").status == 412
    assert ask(gateway, "GET", path).status == 404
    assert ask(gateway, "PATCH", path, {"status": 1}, If_Match="*").status == 404
    assert ask(gateway, "PUT", path, {"text": "x"}, If_None_Match="*").status == 201
    assert ask(gateway, "PUT", path, {"text": "y"}, If_None_Match="*").status == 412
    tag = ask(gateway, "GET", path).headers["ETag"]
    refused = ask(gateway, "POST", path + "/seen", If_Match='"a", "b"')
    assert (refused.status, refused.json()["errors"][0]["code"]) == (412, "preconditionFailed")
    assert ask(gateway, "POST", path + "/seen", If_Match="W/" + tag).status == 412
    assert ask(gateway, "POST", path + "/seen", If_Match=f'"x", {tag}').status == 200
    assert ask(gateway, "POST", path + "/seen", If_Match=tag).status == 412
    # Of many with the same tag, one passes; and the same request again gets the same answer.
    tag = ask(gateway, "GET", path).headers["ETag"]
    keys = [uuid.uuid4().hex for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda key: ask(gateway, "POST", path + "/seen", If_Match=tag, Idempotency_Key=key).status, keys))
    assert sorted(statuses) == [200] + [412] * 19
    assert [ask(gateway, "POST", path + "/seen", If_Match=tag, Idempotency_Key=key).status for key in keys] == statuses
    assert ask(gateway, "GET", path).json()["seen"] == 2
    assert ask(gateway, "DELETE", path, If_Match=tag, Idempotency_Key=uuid.uuid4().hex).status == 412
    tag = ask(gateway, "HEAD", path).headers["ETag"]
    assert ask(gateway, "DELETE", path, If_Match=tag, Idempotency_Key=uuid.uuid4().hex).status == 204
    assert ask(gateway, "DELETE", path, If_Match="*", Idempotency_Key=uuid.uuid4().hex).status == 412


@pytest.mark.parametrize("body, code, pointer", [
    (b"", "notJson", ""), (b"{", "notJson", ""), (b"[]", None, None), (b'{"text":""}', "schema", "/text"),
    (b'{"text":7}', "schema", "/text"), (b'{}', "schema", ""), (b'{"text":"a","text":"b"}', "duplicateField", None),
    (b"\xff\xfe", "notJson", ""),
])
def test_what_is_wrong_with_a_body_is_told(gateway, body, code, pointer):
    before = len(records(gateway))
    answer = ask(gateway, "PUT", f"/notes/{next(numbers)}", body)
    assert answer.status == 400 and answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 400 and problem["detail"] and problem["title"] == "Bad Request"
    if code:
        assert problem["errors"][0]["code"] == code
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer
    assert len(records(gateway)) == before
    assert gateway.database["gateway.deadLetters"].count_documents({}) == 0


def test_bounds_paths_and_methods(gateway):
    assert ask(gateway, "PUT", "/notes/1", b'"' + b"x" * 3000 + b'"').status == 413
    assert ask(gateway, "GET", "/notes/abc").status == 400
    assert ask(gateway, "GET", "/nothing").status == 404
    assert ask(gateway, "GET", "/notes/").status == 404
    assert ask(gateway, "GET", "/notes/%zz").status == 400
    wrong = ask(gateway, "POST", "/notes/1", b"{}")
    assert wrong.status == 405 and wrong.headers["Allow"] == "DELETE, GET, PATCH, PUT, HEAD, OPTIONS"
    options = ask(gateway, "OPTIONS", "/notes/1")
    assert options.status == 204 and "PATCH" in options.headers["Allow"]
    head = ask(gateway, "HEAD", "/notes")
    assert head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) >= 2
    assert ask(gateway, "POST", "/forms", b"id=1", Content_Type="text/plain").status == 415
    assert ask(gateway, "PUT", "/notes/1", b"{}", Origin="https://evil.example").status == 403
    assert ask(gateway, "PUT", "/notes/1", b"x", Content_Encoding="gzip").status == 415
    assert ask(gateway, "POST", "/notes/1/seen", b"{}").status == 400


@pytest.mark.parametrize("path, headers, status", [
    ("/notes", "", 200), ("/notes/0", "", 404), ("/notes/abc", "", 400), ("/nothing", "", 404), ("/notes/%zz", "", 400),
    ("/" + "a" * 9000, "", 414), ("/forms", "", 405), ("/notes", "Origin: https://evil.example\r\n", 403),
    ("/notes?status=x", "", 400), ("/large", "", 200),
])
def test_a_head_has_no_body(gateway, path, headers, status):
    """Nothing follows its header, which is that of GET: what follows would be taken for the next answer."""
    if path == "/large":
        gateway.database["note"].insert_one({"_id": "acme|1000001", "companyId": "acme", "id": 1_000_001, "text": "x" * 300_000})
        path = "/notes/1000001"

    def answer(method):
        # Two requests on one connection.
        request = f"{method} {path} HTTP/1.1\r\nHost: a\r\n{headers}"
        text = exchange(gateway, f"{request}\r\n{request}Connection: close\r\n\r\n".encode())
        head, _, rest = text.partition("\r\n\r\n")
        lines = head.lower().split("\r\n")
        return lines[0], sorted(line for line in lines[1:] if not line.startswith("date:")), rest

    head, get = answer("HEAD"), answer("GET")
    assert head[0].split()[1] == str(status)
    # The text of 405 names the method.
    assert (head[0], head[1]) == (get[0], get[1]) or status == 405
    length = next(int(line.split(": ")[1]) for line in get[1] if line.startswith("content-length:"))
    assert get[2][length:].startswith("HTTP/1.1 ")
    assert head[2].startswith("HTTP/1.1 ") and head[2].partition("\r\n\r\n")[2] == ""


def test_what_opens_doors_is_no_data(gateway):
    """A mapping sees no credentials, neither of a message nor of a question."""
    number, sent = next(numbers), {"Authorization": "Bearer secret", "Cookie": "session=1", "X_Shown": "yes"}
    assert ask(gateway, "PUT", f"/headers/{number}", {}, **sent).status == 201
    assert ask(gateway, "GET", f"/notes/{number}").json()["text"] == "yes||"
    other = next(numbers)
    assert ask(gateway, "PUT", f"/notes/{other}", {"text": "Bearer secret"}).status == 201
    by_shown = ask(gateway, "GET", "/by-shown", X_Shown="Bearer secret").json()
    assert [one["id"] for one in by_shown] == [other]
    by_hidden = ask(gateway, "GET", "/by-hidden", Authorization="Bearer secret").json()
    assert len(by_hidden) == 3, "its filter has no value, so all are shown"


def test_a_form_is_an_object_of_texts(gateway):
    number = next(numbers)
    answer = ask(gateway, "POST", "/forms", f"id={number}&text=a+b%26".encode(), Content_Type="application/x-www-form-urlencoded; charset=utf-8")
    assert answer.status == 201
    assert ask(gateway, "GET", f"/notes/{number}").json()["text"] == "a b&"


def test_a_list_goes_on_page_by_page(gateway):
    own = [next(numbers) for _ in range(8)]
    for number in own:
        ask(gateway, "PUT", f"/notes/{number}", {"text": str(number)})
    seen, path = [], "/notes?status=0"
    while path:
        answer = ask(gateway, "GET", path)
        assert answer.status == 200 and len(answer.json()) <= 3
        seen += [one["id"] for one in answer.json()]
        link = answer.headers["Link"]
        path = link[1:link.index(">")] if link else None
        assert not link or "status=0" in path
    assert seen == sorted(record["id"] for record in records(gateway) if record.get("status") == 0)
    assert set(own) <= set(seen)
    assert ask(gateway, "GET", "/notes?cursor=00").status == 400
    assert ask(gateway, "GET", "/notes?status=x").status == 400


@pytest.mark.parametrize("request_bytes, expected", [
    (b"PUT /notes/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /notes HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"PUT /notes/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    (b"GET /notes HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", None),
    (b"GET /notes HTTP/1.1\r\n\r\n", 400),
    (b"GET notes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
    (b"\x00\x01\x02\r\n\r\n", 400),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 414),
])
def test_bytes_that_are_no_request_get_one_answer(gateway, request_bytes, expected):
    text = exchange(gateway, request_bytes)
    assert text.count("HTTP/1.1 ") == 1 or expected is None
    if expected:
        assert text.startswith(f"HTTP/1.1 {expected}"), text[:200]
    assert ask(gateway, "GET", "/notes").status == 200


def test_a_kill_changes_no_answer(gateway):
    number = next(numbers)
    ask(gateway, "PUT", f"/notes/{number}", {"text": "x"})
    keys = [uuid.uuid4().hex for _ in range(60)]
    first, stop = {}, threading.Event()

    def send(key):
        while not stop.is_set():
            try:
                answer = ask(gateway, "POST", f"/notes/{number}/seen", Idempotency_Key=key)
                if answer.status != 503:
                    return key, answer
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        return key, None

    with ThreadPoolExecutor(20) as pool:
        work = [pool.submit(send, key) for key in keys]
        time.sleep(0.05)
        gateway.kill()
        gateway.start()
        for done in work:
            key, answer = done.result(timeout=60)
            first[key] = answer
        stop.set()
    assert {answer.status for answer in first.values()} == {200}
    for key in keys:
        again = ask(gateway, "POST", f"/notes/{number}/seen", Idempotency_Key=key)
        assert (again.status, again.text) == (first[key].status, first[key].text)
    assert ask(gateway, "GET", f"/notes/{number}").json()["seen"] == 60


def test_a_stop_answers_what_is_in_hand(gateway):
    number = next(numbers)
    ask(gateway, "PUT", f"/notes/{number}", {"text": "x"})
    stop, answers, cut = threading.Event(), [], []

    def send():
        while not stop.is_set():
            try:
                answers.append(ask(gateway, "POST", f"/notes/{number}/seen").status)
            except ConnectionRefusedError:
                time.sleep(0.02)
            except (OSError, http.client.HTTPException) as error:
                cut.append(error)

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    assert gateway.stop() == 0
    gateway.start()
    time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 503} and answers.count(200) > 20
    # Without a key, what was answered counts once, and nothing else counts.
    assert ask(gateway, "GET", f"/notes/{number}").json()["seen"] == answers.count(200), (len(answers), cut[:3])


def test_a_changed_mapping_loses_no_request(gateway):
    number = next(numbers)
    ask(gateway, "PUT", f"/notes/{number}", {"text": "x"})
    stop, answers = threading.Event(), []

    def send():
        while not stop.is_set():
            answers.append(ask(gateway, "POST", f"/notes/{number}/seen").status)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    file = gateway.mappings / "notes.yaml"
    text, before = file.read_text(), gateway.reloads("done")
    for _ in range(3):
        file.write_text(text.replace("seen: { value: 1 } }", "seen: { path: .n, default: { value: 1 } } }"))
        end = time.monotonic() + 15
        while gateway.reloads("done") == before and time.monotonic() < end:
            time.sleep(0.1)
        before = gateway.reloads("done")
        file.write_text(text)
        while gateway.reloads("done") == before and time.monotonic() < end:
            time.sleep(0.1)
        before = gateway.reloads("done")
    stop.set()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 503}, set(answers)
    assert ask(gateway, "GET", f"/notes/{number}").json()["seen"] == answers.count(200)


def test_metrics_count_requests(gateway):
    ask(gateway, "GET", "/notes")
    text = gateway.read("/metrics")
    assert 'gateway_requests_total{route="all",status="200"}' in text
    assert "gateway_request_seconds_count" in text
