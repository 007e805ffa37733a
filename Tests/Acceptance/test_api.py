"""The description of the HTTP interface, held to a real gateway: every address of /api/openapi.json is asked, and status, content
type, headers and body of every answer must be as described there. A field that is not described fails."""

import json
import urllib.parse

import pytest
from busy import make_busy
from live_gateway import OPERATOR, VIEWER, WRONG
from openapi import Client, Description
from openapi_spec_validator import OpenAPIV31SpecValidator
from selection import is_selection
from waiting import wait

FOREIGN = {"Origin": "http://elsewhere.example"}
FILTERS = "code=schema&catalog=catalogBrand&company=napse&since=2h&before=2100-01-01T00:00:00Z&state=open"
BRAND = {"companyId": "napse", "catalog": "catalogBrand", "items": [
    {"operation": "IU", "code": "tail", "name": "Tail"}, {"operation": "I", "code": "tail-without-name"}]}
FIXED = {"companyId": "napse", "catalog": "catalogBrand", "items": [{"operation": "IU", "code": "x", "name": "X"}]}


PUSHES = """
routes:
  pushes:
    from: { amqp: { queue: %s } }
    definition: catalogBrand
    message: { companyId: { value: napse }, items: $, operation: IU, fields: { code: .code, name: .name } }
    to: { websocket: { topic: brands, key: .code, body: { name: .name } } }
  sockets:
    from: { websocket: { topic: brands, subscribe: { key: .brand } } }
"""


@pytest.fixture(scope="module")
def gateway(new_shared_gateway):
    gateway = new_shared_gateway("api", {"HTTP_LISTENERS_MAIN_PORT": "0"})
    gateway.mappings.mkdir()
    (gateway.mappings / "pushes.yaml").write_text(PUSHES % (gateway.name + ".pushes"))
    gateway.queues.append(gateway.name + ".pushes")
    return make_busy(gateway)


@pytest.fixture(scope="module")
def description(gateway):
    return Description(json.loads(gateway.read("/api/openapi.json")))


@pytest.fixture(scope="module")
def asked():
    """The operations that were asked by the tests of this file."""
    return set()


@pytest.fixture
def client(gateway, description, checks, asked):
    return Client(gateway, description, checks, asked)


def open_letters(client, code="schema"):
    letters = [letter["_id"] for letter in client.ask("GET", f"/api/dead-letters?state=open&code={code}")["deadLetters"]]
    assert len(letters) >= 2, f"expected at least 2 open dead letters of {code}, found {letters}"
    return [f"/api/dead-letters/{letter}" for letter in letters]


# ---------------------------------------------------------------------------------------------------------- the description


def test_the_description_is_openapi(description, checks):
    checks("the document is OpenAPI 3.1", [
        f"{list(error.absolute_path)}: {error.message[:200]}"
        for error in OpenAPIV31SpecValidator(description.document).iter_errors()])


def test_the_description_has_the_version(gateway, description, checks):
    checks.equal("info.version", json.loads(gateway.read("/version"))["version"], description.document["info"]["version"])


def test_examples_are_as_described(description, checks):
    for method, path, operation in description.operations():
        for status, answer in operation["responses"].items():
            for kind, media in description.resolved(answer).get("content", {}).items():
                if "example" in media and kind == "application/json":
                    checks(f"example of {method} {path} {status}", description.problems(media["schema"], media["example"]))
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "example" in body:
            checks(f"example of what {method} {path} takes", description.problems(body["schema"], body["example"]))


# ------------------------------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize("path", [
    "/", "/assets/app.js", "/assets/style.css", "/assets/icon.svg", "/livez", "/readyz", "/version", "/metrics", "/api/openapi.json"])
def test_pages_for_everybody(client, path):
    client.ask("GET", path, token=None)


def test_an_unknown_page(client):
    client.ask("GET", "/assets/nothing.js", 404, token=None)


@pytest.mark.parametrize(
    "path", ["session", "status", "history", "engines", "catalogs", "settings", "mappings", "feeds", "postings", "pushes"])
def test_pages_for_viewers(client, path):
    client.ask("GET", f"/api/{path}", token=VIEWER)
    client.ask("GET", f"/api/{path}", 401, token=None)


def test_filters_of_postings(client):
    client.ask("GET", "/api/postings?name=limit-status&state=stuck")
    client.ask("GET", "/api/postings?state=lost", 400)


def test_pushes(client, gateway, checks):
    for code in ("a", "b", "b"):
        gateway.send({"code": code, "name": "N" * 500}, queue=gateway.name + ".pushes")
    wait("three pushes", lambda: len(client.ask("GET", "/api/pushes")["pushes"]) == 3)
    found = client.ask("GET", "/api/pushes?topic=brands&key=b&since=10m&limit=5", token=VIEWER)["pushes"]
    checks.equal("keys of the pushes that the filter finds", ["b", "b"], [one["key"] for one in found])
    checks.equal("bytes of a body in the list", 200, len(found[0]["body"].encode()))
    whole = client.ask("GET", f"/api/pushes/{urllib.parse.quote(found[0]['id'], safe='')}", token=VIEWER)
    checks.equal("the whole body", {"name": "N" * 500}, json.loads(whole["body"]))
    checks.equal("pushes of the future", [], client.ask("GET", "/api/pushes?since=2100-01-01T00:00:00Z")["pushes"])
    client.ask("GET", "/api/pushes/nothing", 404)
    client.ask("GET", "/api/pushes/nothing", 401, token=None)
    for wrong in ("colour=red", "limit=0", "limit=501", "since=soon"):
        client.ask("GET", f"/api/pushes?{wrong}", 400)


def test_pages_of_dead_letters(client):
    page = client.ask("GET", "/api/dead-letters?limit=3")
    client.ask("GET", f"/api/dead-letters?limit=3&cursor={page['cursor']}")
    client.ask("GET", "/api/dead-letters?catalog=-&text=no+quote")


@pytest.mark.parametrize("path", ["dead-letters", "dead-letters/groups", "dead-letters/export"])
def test_filters_of_dead_letters(client, checks, path):
    client.ask("GET", f"/api/{path}")
    checks(f"{path}?{FILTERS}", [] if client.ask("GET", f"/api/{path}?{FILTERS}") else ["expected something, found nothing"])
    client.ask("GET", f"/api/{path}?colour=red", 400)


def test_each_dead_letter(client):
    for letter in client.ask("GET", "/api/dead-letters?limit=50")["deadLetters"]:
        client.ask("GET", f"/api/dead-letters/{letter['_id']}")
    client.ask("GET", "/api/dead-letters/nothing", 404)


def test_records(client):
    client.ask("GET", "/api/catalogs/catalogBrand/record?companyId=napse&code=x")
    client.ask("GET", "/api/catalogs/catalogItemStock/record?companyId=napse&item=1&store=2")
    client.ask("GET", "/api/catalogs/catalogBrand/record?companyId=napse", 400)
    client.ask("GET", "/api/catalogs/catalogBrnd/record?companyId=napse&code=x", 404)


def test_messages(client, gateway, checks):
    """The list of messages is filled only while somebody looks."""
    last = client.ask("GET", "/api/messages", token=VIEWER)["last"]
    gateway.send(BRAND)
    gateway.send("no JSON")
    wait("two more messages are listed",
         lambda: client.ask("GET", f"/api/messages?after={last}")["last"] >= last + 2, 15, pause=0.1)
    found = client.ask(
        "GET", f"/api/messages?after={last}&route=catalogs&company=napse&catalog=catalogBrand&outcome=rejected&text=missing&limit=5")
    checks.equal("messages that the filter finds", 1, len(found["messages"]))
    for row in client.ask("GET", "/api/messages")["messages"]:
        client.ask("GET", f"/api/messages/{row['number']}", token=VIEWER)
        client.ask("GET", f"/api/messages/{row['number']}/explain", token=VIEWER)


@pytest.mark.parametrize("path, status", [
    ("messages?colour=red", 400), ("messages/0", 404), ("messages/x", 404), ("messages/0/explain", 404)])
def test_wrong_addresses_of_messages(client, path, status):
    client.ask("GET", f"/api/{path}", status)


def test_messages_are_for_viewers(client):
    client.ask("GET", "/api/messages", 401, token=None)


def test_explain(client):
    client.ask("POST", "/api/explain?route=catalogs&messageId=m", token=VIEWER, body=BRAND)
    client.ask("POST", "/api/explain", token=VIEWER, body="no JSON")
    client.ask("POST", "/api/explain", 400, body="")
    client.ask("POST", "/api/explain?route=catalog", 404, body=BRAND)
    client.ask("POST", "/api/explain", 413, body=" " * (1 << 20) + "{}")
    client.ask("POST", "/api/explain", 403, body=BRAND, headers=FOREIGN)


def test_web_socket(client):
    client.ask("GET", "/ws", 426, token=VIEWER)
    client.ask("GET", "/ws", 401, token=None)


def test_events(client):
    client.ask("GET", "/api/events?topics=catalogs&key=open", 400)
    client.ask("GET", "/api/events?topics=status,deadLetters,outcomes,postings", token=VIEWER)
    client.ask("GET", "/api/events", headers={"Last-Event-ID": client.last_event})
    client.ask("GET", "/api/events?topics=weather", 400)
    client.ask("GET", "/api/events?colour=red", 400)
    client.ask("GET", "/api/events", 403, headers=FOREIGN)


# ----------------------------------------------------------------------------------------------------------------- changing


def test_a_dead_letter_is_edited_and_replayed(client):
    letter = open_letters(client)[0]
    client.ask("POST", letter + "/check", body=FIXED)
    client.ask("POST", letter + "/check", body="{\n no JSON")
    client.ask("POST", "/api/dead-letters/nothing/check", 404, body=FIXED)
    client.ask("POST", letter + "/edit", body=FIXED)
    client.ask("POST", letter + "/edit", 400, body="{\n no JSON")
    client.ask("POST", letter + "/replay", 403, token=VIEWER)
    client.ask("POST", letter + "/replay")
    client.ask("POST", letter + "/replay", 409)
    client.ask("GET", letter + "/replay")
    client.ask("GET", "/api/dead-letters/nothing/replay", 404)
    client.ask("POST", letter + "/discard", 409, body={})
    client.ask("GET", letter)
    client.ask("POST", "/api/dead-letters/nothing/replay", 404)


def test_a_dead_letter_is_discarded(client):
    letter = open_letters(client)[0]
    client.ask("GET", letter + "/replay")
    client.ask("POST", letter + "/discard", body={"reason": "a test"})
    client.ask("GET", letter)


def test_postings_are_retried_and_discarded(client):
    postings = {row["state"]: urllib.parse.quote(row["_id"], safe="") for row in client.ask("GET", "/api/postings")["postings"]}
    client.ask("POST", f"/api/postings/{postings['failed']}/retry")
    client.ask("POST", f"/api/postings/{postings['stuck']}/retry", 409)
    client.ask("POST", f"/api/postings/{postings['stuck']}/discard")
    client.ask("POST", "/api/postings/nothing/discard", 404)


def test_feeds_are_run_paused_and_rewound(client):
    for verb, expect in (("run", 200), ("pause", 200), ("run", 409), ("resume", 200), ("rewind", 200)):
        client.ask("POST", f"/api/feeds/loyalty-card/{verb}", expect)
    client.ask("POST", "/api/feeds/loyalty-card/rewind", body={"to": "2h"})
    client.ask("POST", "/api/feeds/loyalty-card/rewind", 400, body={"to": "never"})
    client.ask("POST", "/api/feeds/nothing/pause", 404)


def test_settings_are_set_and_unset(client):
    client.ask("POST", "/api/settings/lanes/set", body={"value": "2"})
    client.ask("POST", "/api/settings/lanes/set", 400, body={"value": "many"})
    client.ask("POST", "/api/settings/lanes/unset")
    client.ask("POST", "/api/settings/lane/unset", 404)
    client.ask("POST", "/api/settings/lanes/set", 413, body=" " * (65 << 10))


def test_many_dead_letters_are_replayed_and_discarded(client):
    """Behind the tests that want dead letters: none is open afterwards."""
    done = client.ask("POST", "/api/dead-letters/replay?code=unknownCatalog&limit=1")
    if done["cursor"]:
        client.ask("POST", f"/api/dead-letters/replay?code=unknownCatalog&cursor={urllib.parse.quote(done['cursor'])}")
    client.ask("POST", "/api/dead-letters/discard?code=notJson", body={"reason": "a test"})
    client.ask("POST", "/api/dead-letters/replay", 400)
    client.ask("POST", "/api/dead-letters/replay?all=true&state=discarded", 400)
    client.ask("POST", "/api/dead-letters/discard?all=true&state=replayed", 400, body={})
    count = client.ask("GET", "/api/dead-letters/groups")["count"]
    assert count > 0
    for verb in ("replay", "discard"):
        client.ask("POST", f"/api/dead-letters/{verb}?all=true&expected={count + 1}", 409)
        client.ask("POST", f"/api/dead-letters/{verb}?all=true&expected=x", 400)
    assert client.ask("GET", "/api/dead-letters/groups")["count"] == count, "a refused command did something"
    done = client.ask("POST", f"/api/dead-letters/replay?all=true&expected={count}&limit=1")
    client.ask("GET", f"/api/dead-letters/replay?ids={done['ids'][0]}")
    client.ask("GET", "/api/dead-letters/replay?ids=nothing")
    client.ask("GET", "/api/dead-letters/replay", 400)
    client.ask("GET", "/api/dead-letters?code=schema,invalidOperation")
    client.ask("GET", "/api/dead-letters?code=schema,shcema", 400)
    client.ask("POST", "/api/dead-letters/discard?all=true", body={})
    client.ask("GET", "/api/dead-letters/export")


# ------------------------------------------------------------------------------------------------------------------ sessions


def test_a_session(client):
    client.ask("POST", "/api/login", token=None, body={"token": OPERATOR})
    cookie = {"Cookie": client.answer.headers["Set-Cookie"].split(";")[0]}
    session = client.ask("GET", "/api/session", token=None, headers=cookie)
    client.ask("POST", "/api/feeds/loyalty-card/pause", 403, token=None, headers=cookie)
    client.ask("POST", "/api/logout", token=None, headers={**cookie, "X-CSRF-Token": session["csrf"]})
    client.ask("GET", "/api/session", 401, token=None, headers=cookie)


def test_wrong_tokens_are_limited(client):
    """Behind all other log-ins: this address has to wait afterwards."""
    for _ in range(5):
        client.ask("POST", "/api/login", 401, token=None, body={"token": WRONG})
    client.ask("POST", "/api/login", 429, token=None, body={"token": OPERATOR})


# ----------------------------------------------------------------------------------------------------------------- all of it


def test_every_described_address_was_asked(request, description, asked, checks):
    """Counts what the others asked, so it needs all of them."""
    if is_selection(request.config):
        pytest.skip("only some tests of this file are run")
    for method, path, _ in description.operations():
        checks(f"{method} {path}", [] if (method, path) in asked else ["was asked by no test of this file"])
