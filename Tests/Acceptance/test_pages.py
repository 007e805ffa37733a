"""Pages of a listener, from outside: files of a directory, and templates."""

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from test_requests import ask, exchange

MAPPING = """
routes:
  pages:
    from: { http: { path: /, files: pages, listener: api } }
  strict:
    from: { http: { path: /strict, files: strict, listener: api, contentSecurityPolicy: "default-src 'none'" } }
  form:
    from: { http: { method: POST, path: /brands, listener: api, body: form } }
    definition: catalogBrand
    message:
      companyId: { value: acme }
      items: $
      operation: I
      fields: { code: .code, name: .name }
    respond:
      inserted: { template: pages/done.html, body: { name: ~.name, code: .code } }
      alreadyExists: { template: texts/late.txt }
  list:
    from: { http: { method: GET, path: /brands, listener: api } }
    read: { definition: catalogBrand, order: code, limit: 2, template: texts/list.html }
    message: { fields: { code: .code, name: .name } }
  page:
    from: { http: { method: GET, path: "/brands/{code}", listener: api } }
    read: { definition: catalogBrand, key: { companyId: { value: acme }, code: { parameter: code } }, template: texts/one.html }
    message: { fields: { code: .code, name: .name } }
  brands:
    from: { http: { method: GET, path: "/api/{code}", listener: api } }
    read: { definition: catalogBrand, key: { companyId: { value: acme }, code: { parameter: code } } }
    message: { fields: { code: .code } }
"""

SECRET = "SECRET"


def prepared(make, settings=None):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gateway = make("pages", {"HTTP_LISTENERS_API_PORT": str(port), **(settings or {})})
    gateway.api = port
    gateway.mappings.mkdir()
    gateway.pages = gateway.mappings / "pages"
    for name, text in [
        ("index.html", "<h1>root</h1>"), ("app/index.html", "<script src=app.js></script>"), ("app/app.js", "let a = 1"),
        (".env", SECRET), ("docs/a b.txt", "á"), ("done.html", "<p title='{{code}}'>{{name}}</p>"),
        ("../texts/late.txt", "{{code}} & {{name}}"), ("../texts/one.html", "<h1>{{name}}</h1>"),
        ("../texts/list.html", "{{#items}}<li>{{code}}: {{name}}\n{{/items}}{{#next}}<a href=\"{{next}}\">{{/next}}{{^items}}none{{/items}}"),
    ]:
        file = gateway.pages / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (gateway.mappings / "strict").mkdir()
    (gateway.mappings / "strict" / "a.svg").write_text("<svg/>")
    (gateway.mappings / "secret.txt").write_text(SECRET)
    (gateway.pages / "out").symlink_to("..")
    (gateway.mappings / "pages.yaml").write_text(MAPPING)
    gateway.settings["MAPPINGS_DIRECTORY"] = "mappings"
    gateway.start()
    return gateway


@pytest.fixture(scope="module")
def gateway(new_shared_gateway):
    return prepared(new_shared_gateway)


def test_a_page_and_what_it_loads(gateway):
    page = ask(gateway, "GET", "/app/?user_id=1")
    assert (page.status, page.text, page.headers["Content-Type"]) == (200, "<script src=app.js></script>", "text/html; charset=utf-8")
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';") and "ws://127.0.0.1:*" in policy and "unsafe" not in policy
    script = ask(gateway, "GET", "/app/app.js")
    assert (script.status, script.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    redirect = ask(gateway, "GET", "/app")
    assert (redirect.status, redirect.headers["Location"]) == (307, "/app/")
    assert ask(gateway, "GET", "/docs/a%20b.txt").text == "á"
    assert ask(gateway, "GET", "/strict/a.svg").headers["Content-Security-Policy"] == "default-src 'none'"
    head = ask(gateway, "HEAD", "/app/app.js")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "9")
    for key in ("ETag", "Content-Type", "Content-Security-Policy", "Cache-Control"):
        assert head.headers[key] == script.headers[key]


def test_what_is_not_there_and_what_is_not_meant(gateway):
    wrong = ask(gateway, "POST", "/app/app.js", b"x")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    options = ask(gateway, "OPTIONS", "/app/app.js")
    assert (options.status, options.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    for path in ("/none", "/docs/", "/docs", "/app/app.js/", "/.env", "/strict/"):
        none = ask(gateway, "GET", path)
        assert (none.status, none.headers["Content-Type"]) == (404, "application/problem+json"), path
        assert none.json()["detail"]
    assert ask(gateway, "GET", "/", Origin="https://evil.example").status == 403
    # The route goes before the files.
    assert ask(gateway, "GET", "/api/none").json()["detail"].startswith("there is no such record")


@pytest.mark.parametrize("path", [
    "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/..%5csecret.txt", "/..\\secret.txt", "//secret.txt", "/app/../../secret.txt",
    "/app/%2e%2e/%2e%2e/secret.txt", "/.env", "/%2eenv", "/out/secret.txt", "/out", "/secret.txt%00.html", "/..%00/secret.txt", "/%c0%ae%c0%ae/secret.txt",
    "/./.env", "/app//app.js", "http://127.0.0.1/../secret.txt", "*",
])
def test_nothing_leads_out(gateway, path):
    text = exchange(gateway, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    assert text.startswith(("HTTP/1.1 404", "HTTP/1.1 400")), text[:200]
    assert SECRET not in text and "application/problem+json" in text.lower()


def test_a_changed_file_is_seen_at_once(gateway):
    file = gateway.pages / "change.css"
    file.write_text("one")
    first = ask(gateway, "GET", "/change.css")
    assert ask(gateway, "GET", "/change.css", If_None_Match=first.headers["ETag"]).status == 304
    file.write_text("two")
    second = ask(gateway, "GET", "/change.css", If_None_Match=first.headers["ETag"])
    assert (second.status, second.text) == (200, "two") and second.headers["ETag"] != first.headers["ETag"]
    file.unlink()
    assert ask(gateway, "GET", "/change.css").status == 404


def test_clients_that_do_not_read_hold_a_bounded_number_of_bytes(gateway):
    size = 15 << 20
    (gateway.pages / "large.bin").write_bytes(b"a" * size)
    assert len(ask(gateway, "GET", "/large.bin").body) == size
    memory = lambda: int(next(line for line in open(f"/proc/{gateway.process.pid}/status") if line.startswith("VmRSS")).split()[1])
    before = memory()

    def hang(_):
        connection = socket.socket()
        connection.settimeout(20)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # before it is connected: it never grows
        connection.connect(("127.0.0.1", gateway.api))
        connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        return connection, connection.recv(12)

    with ThreadPoolExecutor(8) as pool:
        open_ones = list(pool.map(hang, range(40)))
    statuses = [start[9:12] for _, start in open_ones]
    assert set(statuses) == {b"200", b"503"} and statuses.count(b"200") <= 4
    assert memory() - before < 300 << 10
    for connection, _ in open_ones:
        connection.close()
    # What they held is free again.
    for _ in range(100):
        answer = ask(gateway, "GET", "/large.bin")
        if answer.status == 200:
            break
    assert len(answer.body) == size
    assert ask(gateway, "GET", "/app/app.js").status == 200


def test_answers_are_pages(gateway):
    def post(form):
        return ask(gateway, "POST", "/brands", form.encode(), Content_Type="application/x-www-form-urlencoded")

    assert ask(gateway, "GET", "/brands").text == "none"
    made = post("code=%27b&name=<b>A%26B%22%CC%81</b>")
    assert (made.status, made.text) == (201, "<p title='&#39;b'>&lt;b&gt;A&amp;B&quot;\u0301&lt;/b&gt;</p>")
    assert made.headers["Content-Type"] == "text/html; charset=utf-8"
    assert made.headers["Content-Security-Policy"].startswith("default-src 'self';")
    late = post("code=%27b&name=<x>")
    assert (late.status, late.text, late.headers["Content-Type"]) == (409, "'b & <x>", "text/plain; charset=utf-8")
    post("code=c&name=C")
    post("code=d&name=D")
    page = ask(gateway, "GET", "/brands")
    items, link = page.text.split("<a href=")
    assert items == "<li>&#39;b: &lt;b&gt;A&amp;B&quot;\u0301&lt;/b&gt;\n<li>c: C\n"
    assert ask(gateway, "GET", link.split('"')[1]).text == "<li>d: D\n"
    one = ask(gateway, "GET", "/brands/c")
    assert (one.text, one.headers["Content-Type"]) == ("<h1>C</h1>", "text/html; charset=utf-8")
    assert ask(gateway, "GET", "/brands/c", If_None_Match=one.headers["ETag"]).status == 304


def test_a_changed_template_is_taken_over(gateway):
    file = gateway.mappings / "texts" / "one.html"
    ask(gateway, "POST", "/brands", b"code=t&name=T", Content_Type="application/x-www-form-urlencoded")
    before = ask(gateway, "GET", "/brands/t")
    file.write_text("changed {{name}}")
    end = time.monotonic() + 30
    while (answer := ask(gateway, "GET", "/brands/t", If_None_Match=before.headers["ETag"])).status != 200:
        assert time.monotonic() < end, answer.status
        time.sleep(0.1)
    assert answer.text == "changed T"
    # A wrong one is reported, and the one before stays.
    file.write_text("{{nobody}}")
    time.sleep(3)
    assert ask(gateway, "GET", "/brands/t").text == "changed T"
    file.write_text("again {{name}}")
    while ask(gateway, "GET", "/brands/t").text != "again T":
        assert time.monotonic() < end + 30
        time.sleep(0.1)


class Store:
    """The way to the store, until `cut`."""

    def __init__(self, uri):
        host, port = uri.split("//")[1].split("/")[0].split("@")[-1].split(",")[0].split(":")
        self.target, self.ends = (host, int(port)), []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"mongodb://127.0.0.1:{self.listener.getsockname()[1]}/?directConnection=true"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            self.ends += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pipe, args=(one, other), daemon=True).start()

    @staticmethod
    def _pipe(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass

    def cut(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_files_need_no_store(new_gateway, servers):
    store = Store(servers.mongodb_uri)
    gateway = prepared(new_gateway, {"MONGODB_URI": store.uri})
    assert ask(gateway, "GET", "/app/app.js").status == 200
    assert ask(gateway, "GET", "/brands").status == 200
    store.cut()
    assert ask(gateway, "GET", "/brands").status == 503
    assert ask(gateway, "GET", "/app/app.js").status == 200
    (gateway.pages / "app" / "app.js").write_text("let b = 2")
    assert ask(gateway, "GET", "/app/app.js").text == "let b = 2"
