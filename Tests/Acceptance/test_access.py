"""Who may send requests, and how many: tokens, signed tokens, what wrong ones get, rates."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from asking import ask_at
from gateway_process import free_port
from tokens import make_key, token

MAPPING = """
routes:
  write:
    from: { http: { method: PUT, path: "/cards/{code}", listener: api, access: shop, cors: ["https://shop.example"] } }
    definition: catalogCard
    message:
      companyId: { value: acme }
      items: $
      operation: I
      fields: { code: { parameter: code }, customerCode: { delivery: principal } }
    respond: { inserted: { body: { code: .code, by: .customerCode } } }
  change:
    from: { http: { method: PATCH, path: "/cards/{code}", listener: api, access: people } }
    definition: catalogCard
    message:
      companyId: { value: acme }
      items: $
      operation: U
      if: { path: ~.customerCode, equals: { delivery: principal } }
      fields: { code: { parameter: code }, type: .type }
    respond: { guard: { status: 403 } }
  own:
    from: { http: { method: GET, path: "/mine", listener: api, access: { name: people, claim: user_id } } }
    read: { definition: catalogCard, filter: { customerCode: { delivery: principal } } }
    message: { fields: { code: .code } }
  some:
    from: { http: { method: GET, path: "/all", listener: api, access: { name: shop, principals: [till-1] } } }
    read: { definition: catalogCard }
    message: { fields: { code: .code } }
  partners:
    from: { http: { method: GET, path: "/partners", listener: api, access: partners } }
    read: { collection: nothing }
    message: { fields: { code: .code } }
  limited:
    from: { http: { method: GET, path: "/limited", listener: api, access: shop, rate: 5/2s } }
    read: { collection: nothing }
    message: { fields: { code: .code } }
  open:
    from: { http: { method: GET, path: "/open", listener: api, rate: 4/2s } }
    read: { collection: nothing }
    message: { fields: { code: .code } }
"""

ONE, TWO, NEW = "till-1-0123456789abcdef", "till-2-0123456789abcdef", "till-1-new-0123456789"
SECRET = "a shared secret of thirty-two bytes or more"


@pytest.fixture(scope="module")
def gateway(new_shared_gateway):
    api = free_port()
    gateway = new_shared_gateway("access", {"HTTP_LISTENERS_API_PORT": str(api)})
    gateway.api = api
    gateway.ec, gateway.rsa = gateway.directory / "ec.key", gateway.directory / "rsa.key"
    make_key(gateway.rsa, "RSA")
    gateway.tokens = gateway.directory / "tokens"
    gateway.tokens.write_text(f"# tills\ntill-1 {ONE}\ntill-2 {TWO}\n")
    (gateway.directory / "secret").write_text(SECRET + "\n")
    gateway.settings |= {
        "MAPPINGS_DIRECTORY": "mappings", "HTTP_ACCESS_SHOP_TOKENS_FILE": "tokens",
        "HTTP_ACCESS_PEOPLE_JWT_KEY_FILE": str(make_key(gateway.ec, "EC")),
        "HTTP_ACCESS_PEOPLE_ISSUER": "https://idp.example", "HTTP_ACCESS_PEOPLE_AUDIENCE": "shop",
        "HTTP_ACCESS_PARTNERS_JWT_KEY_FILE": "secret",
    }
    gateway.mappings.mkdir()
    (gateway.mappings / "cards.yaml").write_text(MAPPING)
    gateway.start()
    return gateway


def ask(gateway, method, path, body=None, bearer=None, source="127.0.0.1", **headers):
    if bearer is not None:
        headers["Authorization"] = f"Bearer {bearer}"
    return ask_at(gateway.api, method, path, body, source, **headers)


def person(gateway, claims=None, key=None, **more):
    return token(key or gateway.ec, {"iss": "https://idp.example", "aud": "shop", **(claims or {})}, **more)


def test_a_token_opens_the_routes_that_ask_for_it(gateway):
    assert ask(gateway, "PUT", "/cards/a1", {}, ONE).json() == {"code": "a1", "by": "till-1"}
    assert ask(gateway, "PUT", "/cards/a2", {}, TWO).json() == {"code": "a2", "by": "till-2"}
    for bearer in (None, "wrong", ONE[:-1], "", person(gateway)):
        answer = ask(gateway, "PUT", "/cards/a3", {}, bearer, source="127.0.0.9")
        assert answer.status in (401, 429), bearer
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.status == 429 or answer.headers["WWW-Authenticate"].startswith('Bearer realm="shop"')
    # A token in the query is in the logs of everything between: plain requests send a header.
    assert ask(gateway, "PUT", f"/cards/a3?access_token={ONE}", {}).status == 401
    assert gateway.database["card"].count_documents({"code": "a3"}) == 0
    assert ask(gateway, "GET", "/all", bearer=ONE).status == 200
    refused = ask(gateway, "GET", "/all", bearer=TWO)
    assert refused.status == 403 and 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    head = ask(gateway, "HEAD", "/all")
    assert head.status == 401 and head.body == b""


def test_pages_may_ask_with_a_token(gateway):
    origin = {"Origin": "https://shop.example"}
    options = ask(gateway, "OPTIONS", "/cards/a1", **origin)
    assert options.status == 204 and "authorization" in options.headers["Access-Control-Allow-Headers"]
    answer = ask(gateway, "PUT", "/cards/b1", {}, **origin)
    assert answer.status == 401 and answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert ask(gateway, "PUT", "/cards/b1", {}, ONE, **origin).status == 201


def test_a_key_of_one_caller_is_not_that_of_another(gateway):
    first = ask(gateway, "PUT", "/cards/k1", {}, ONE, Idempotency_Key="k")
    other = ask(gateway, "PUT", "/cards/k2", {}, TWO, Idempotency_Key="k")
    assert (first.status, other.status) == (201, 201)
    again = ask(gateway, "PUT", "/cards/k1", {}, ONE, Idempotency_Key="k")
    assert (again.status, again.body) == (201, first.body)
    assert ask(gateway, "PUT", "/cards/k2", {}, ONE, Idempotency_Key="k").status == 422


def test_a_signed_token_says_who_it_is(gateway):
    gateway.database["card"].insert_one({"_id": "acme|s1", "companyId": "acme", "code": "s1", "customerCode": "ana"})
    gateway.database["card"].insert_one({"_id": "acme|s2", "companyId": "acme", "code": "s2", "customerCode": "12"})
    assert ask(gateway, "PATCH", "/cards/s1", {"type": "x"}, person(gateway)).status == 200
    assert ask(gateway, "PATCH", "/cards/s2", {"type": "x"}, person(gateway)).status == 403
    mine = ask(gateway, "GET", "/mine", bearer=person(gateway, {"user_id": 12}))
    assert mine.status == 200 and mine.json() == [{"code": "s2"}]
    assert ask(gateway, "GET", "/partners", bearer=token(SECRET, algorithm="HS256")).status == 200


@pytest.mark.parametrize("what", [
    "expired", "not yet", "another audience", "no audience", "another issuer", "never expires", "no caller", "another key",
    "the public key as secret", "none", "no signature", "huge", "another algorithm",
])
def test_a_wrong_signed_token_is_refused(gateway, what):
    now = time.time()
    public = gateway.ec.with_suffix(".pub").read_bytes()
    other = gateway.directory / "other.key"
    if not other.exists():
        make_key(other, "EC")
    bearer = {
        "expired": lambda: person(gateway, {"exp": now - 1}), "not yet": lambda: person(gateway, {"nbf": now + 100}),
        "another audience": lambda: person(gateway, {"aud": ["x"]}), "no audience": lambda: person(gateway, {"aud": None}),
        "another issuer": lambda: person(gateway, {"iss": "https://evil.example"}),
        "never expires": lambda: person(gateway, {"exp": None}), "no caller": lambda: person(gateway, {"sub": None}),
        "another key": lambda: person(gateway, key=other),
        "the public key as secret": lambda: person(gateway, key=public, algorithm="HS256"),
        "none": lambda: person(gateway, algorithm="none"),
        "no signature": lambda: person(gateway).rsplit(".", 1)[0] + ".",
        "huge": lambda: person(gateway, {"x": "y" * 10_000}),
        "another algorithm": lambda: person(gateway, key=gateway.rsa, algorithm="RS256"),
    }[what]()
    # Each from another address: wrong ones are slowed.
    answer = ask(gateway, "PATCH", "/cards/s1", {"type": "x"}, bearer, source=f"127.0.1.{len(what)}")
    assert answer.status == 401, (what, answer.body)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="people", error="invalid_token"'
    assert bearer not in gateway.text()


def test_wrong_tokens_are_slowed_and_disturb_nobody(gateway):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda i: ask(gateway, "GET", "/all", bearer=f"wrong-{i}", source="127.0.0.7"), range(60)))
        statuses = [answer.status for answer in answers]
        assert set(statuses) == {401, 429} and statuses.count(401) < 30
        assert all(1 <= int(answer.headers["Retry-After"]) <= 61 for answer in answers if answer.status == 429)
        right = list(pool.map(lambda _: ask(gateway, "GET", "/all", bearer=ONE, source="127.0.0.7").status, range(20)))
    assert set(right) == {200}
    assert ask(gateway, "GET", "/all", bearer="wrong", source="127.0.0.8").status == 401


def test_tokens_change_while_the_gateway_runs(gateway):
    gateway.tokens.write_text(f"till-1 {ONE}\ntill-1 {NEW}\ntill-2 {TWO}\n")
    gateway.wait("the new token counts", lambda: ask(gateway, "GET", "/all", bearer=NEW, source="127.0.2.1").status == 200, 20, 0.5)
    assert ask(gateway, "GET", "/all", bearer=ONE).status == 200
    for broken in ("", "till-1\n", f"till-1 {NEW}\ntill-2 {NEW}\n"):
        gateway.tokens.write_text(broken)
        before = gateway.text().count("tokensFile: not read again")
        gateway.wait("the broken file is reported", lambda: gateway.text().count("tokensFile: not read again") > before, 20, 0.2)
        assert ask(gateway, "GET", "/all", bearer=NEW).status == 200
    gateway.tokens.write_text(f"till-1 {NEW}\ntill-2 {TWO}\n")
    gateway.wait("the former token is gone", lambda: ask(gateway, "GET", "/all", bearer=ONE, source="127.0.2.2").status != 200, 20, 0.5)
    assert ask(gateway, "GET", "/all", bearer=NEW).status == 200
    assert NEW not in gateway.text() and ONE not in gateway.text()
    gateway.tokens.write_text(f"till-1 {ONE}\ntill-1 {NEW}\ntill-2 {TWO}\n")
    gateway.wait("the former token is back", lambda: ask(gateway, "GET", "/all", bearer=ONE, source="127.0.2.3").status == 200, 20, 0.5)


def test_a_rate_holds_back_one_caller_and_no_other(gateway):
    def burst(path, bearer, source="127.0.0.1"):
        with ThreadPoolExecutor(10) as pool:
            return list(pool.map(lambda _: ask(gateway, "GET", path, bearer=bearer, source=source), range(30)))

    began = time.monotonic()
    answers = burst("/limited", ONE)
    taken = time.monotonic() - began
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {200, 429}
    assert 5 <= statuses.count(200) <= 5 + taken * 2.5 + 1, statuses
    late = next(answer for answer in answers if answer.status == 429)
    assert 1 <= int(late.headers["Retry-After"]) <= 3 and late.headers["Content-Type"] == "application/problem+json"
    # By caller, from wherever; without callers, by address.
    assert ask(gateway, "GET", "/limited", bearer=ONE, source="127.0.3.1").status == 429
    assert ask(gateway, "GET", "/limited", bearer=TWO).status == 200
    assert ask(gateway, "GET", "/all", bearer=ONE).status == 200
    assert 429 in {answer.status for answer in burst("/open", None, "127.0.3.2")}
    assert ask(gateway, "GET", "/open", source="127.0.3.3").status == 200
    time.sleep(int(late.headers["Retry-After"]))
    assert ask(gateway, "GET", "/limited", bearer=ONE).status == 200
    assert 'gateway_requests_total{route="limited",status="429"}' in gateway.read("/metrics")


@pytest.mark.parametrize("settings, expected", [
    ({"HTTP_ACCESS_SHOP_TOKENS_FILE": "absent"}, "http.access.shop.tokensFile: there is no file 'absent'"),
    ({"HTTP_ACCESS_SHOP_TOKENS_FILE": "bad"}, "http.access.shop.tokensFile: 'bad': line 1"),
    ({"HTTP_ACCESS_SHOP_JWT_KEY_FILE": "bad"}, "http.access.shop.jwtKeyFile: 'bad': expected a public key"),
])
def test_a_file_that_cannot_be_used_keeps_the_gateway_from_starting(new_gateway, settings, expected):
    gateway = new_gateway("access-start", {"HTTP_LISTENERS_API_PORT": str(free_port()), **settings})
    (gateway.directory / "bad").write_text("till-1 hidden-token\n")
    super(type(gateway), gateway).start()
    assert gateway.process.wait(20) == 78
    gateway.was_stopped = True
    assert expected in gateway.text() and "hidden-token" not in gateway.text()
