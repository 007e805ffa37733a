#!/usr/bin/env python3
"""The description of the HTTP interface, held to a real gateway: every address of /api/openapi.json is asked, and status,
content type, headers and body of every answer must be as described there. A field that is not described fails.

usage: check_api.py GATEWAY     (RABBITMQ_URI and MONGODB_URI name the servers)
"""

import http.client
import json
import re
import sys
import time
import urllib.parse

import jsonschema
from busy_gateway import OPERATOR, VIEWER, BusyGateway
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FOREIGN = {"Origin": "http://elsewhere.example"}
DOCUMENT = "urn:document"
passed, failed, asked = 0, 0, set()


def check(what, problems):
    global passed, failed
    problems = list(problems)
    passed, failed = passed + (not problems), failed + bool(problems)
    if problems:
        print(f"FAILED  {what}")
        for problem in problems[:5]:
            print(f"        {problem}")


class Description:
    def __init__(self, document):
        self.document = document
        self.registry = Registry().with_resource(DOCUMENT, Resource(document, DRAFT202012))

    def resolved(self, value):
        if "$ref" in value:
            names = value["$ref"].removeprefix("#/").split("/")
            value = self.document
            for name in names:
                value = value[name]
        return value

    def problems(self, schema, value):
        schema = json.loads(json.dumps(schema).replace('"#/components/', f'"{DOCUMENT}#/components/'))
        validator = jsonschema.Draft202012Validator(
            schema, registry=self.registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
        for error in validator.iter_errors(value):
            yield f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                yield method.upper(), path, operation

    def find(self, method, path):
        """The operation that an address belongs to; one without parameters before others."""
        found = []
        for known, template, operation in self.operations():
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if known == method and re.fullmatch(pattern, path):
                found.append((template.count("{"), template, operation))
        if not found:
            raise SystemExit(f"check_api: {method} {path} is not described")
        return min(found, key=lambda one: one[0])[1:]


class Client:
    def __init__(self, gateway, description):
        self.gateway, self.description = gateway, description

    def ask(self, method, address, expect=200, body=None, token=OPERATOR, headers=None):
        """The body of an answer, which must have that status and be as described."""
        path, _, query = address.partition("?")
        template, operation = self.description.find(method, path)
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=15)
        all_headers = {"Authorization": f"Bearer {token}"} if token else {}
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, address, text, {**all_headers, **(headers or {})})
        answer = connection.getresponse()
        kind, status = answer.headers.get_content_type(), answer.status
        what = f"{method} {address[:90]} {status}"
        if status == 200 and kind == "text/event-stream":
            content = self.read_events(answer)
        else:
            content = answer.read().decode()
        self.answer = answer
        connection.close()
        # What answers with another status: a part may be down, and a WebSocket is opened elsewhere (check_websocket.py).
        if status == 200 or template in ("/readyz", "/ws"):
            asked.add((method, template, 200))
        check(what, [] if status == expect else [f"expected {expect}: {content[:300]}"])
        if expect in (200, 400) and status == expect:
            self.check_request(what, operation, query, text)
        described = operation["responses"].get(str(status))
        if described is None:
            return check(what, ["this status is not described"])
        described = self.description.resolved(described)
        if kind not in described["content"]:
            return check(what, [f"{kind} is not described"])
        media = described["content"][kind]
        check(what, [
            f"without the header {name}" for name in described.get("headers", {}) if answer.headers.get(name) is None
            and not (status == 503 and name == "Retry-After")])
        if kind == "application/json":
            value = json.loads(content)
            check(what, self.description.problems(media["schema"], value))
            return value
        if kind == "application/x-ndjson":
            lines = [json.loads(line) for line in content.splitlines()]
            check(what, [p for line in lines for p in self.description.problems(media["x-lines"], line)])
            return lines
        if kind == "text/event-stream":
            for name, data in content:
                schema = media["x-events"].get(name)
                check(f"{what}, event {name}", self.description.problems(schema, data) if schema else ["is not described"])
        return content

    def check_request(self, what, operation, query, body):
        """What is sent is described, too: else the description lacks something."""
        names = {self.description.resolved(one)["name"] for one in operation.get("parameters", [])}
        given = {name for name, _ in urllib.parse.parse_qsl(query)} - {"colour"}
        check(what, [f"the parameter {name} is not described" for name in given - names])
        if body and body.startswith("{") and "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            try:
                value = json.loads(body)
            except json.JSONDecodeError:
                return
            check(what + ", what is sent", self.description.problems(schema, value))

    def read_events(self, answer):
        """Events until each topic has come."""
        events, event = [], {}
        self.gateway.send({"companyId": "napse", "catalog": "catalogBrand", "items": [{"operation": "I", "code": "event"}]})
        while {name for name, _ in events} < {"status", "deadLetters", "outcomes"}:
            line = answer.readline().decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
            elif "event" in event:
                events.append((event["event"], json.loads(event["data"])))
                self.last_event = event.get("id")
                event = {}
        return events


def read_everything(client):
    for path in ("/", "/assets/app.js", "/assets/style.css", "/assets/icon.svg", "/livez", "/readyz", "/version", "/metrics"):
        client.ask("GET", path, token=None)
    client.ask("GET", "/api/openapi.json", token=None)
    client.ask("GET", "/assets/nothing.js", 404, token=None)
    for path in ("session", "status", "history", "engines", "catalogs", "settings", "mappings", "feeds", "postings"):
        client.ask("GET", f"/api/{path}", token=VIEWER)
        client.ask("GET", f"/api/{path}", 401, token=None)
    client.ask("GET", "/api/postings?name=limit-status&state=stuck")
    client.ask("GET", "/api/postings?state=lost", 400)
    filters = "code=schema&catalog=catalogBrand&company=napse&since=2h&before=2100-01-01T00:00:00Z&state=open"
    page = client.ask("GET", "/api/dead-letters?limit=3")
    client.ask("GET", f"/api/dead-letters?limit=3&cursor={page['cursor']}")
    for path in ("dead-letters", "dead-letters/groups", "dead-letters/export"):
        client.ask("GET", f"/api/{path}")
        check(f"{path} finds something", [] if client.ask("GET", f"/api/{path}?{filters}") else ["nothing"])
        client.ask("GET", f"/api/{path}?colour=red", 400)
    for letter in client.ask("GET", "/api/dead-letters?limit=50")["deadLetters"]:
        client.ask("GET", f"/api/dead-letters/{letter['_id']}")
    client.ask("GET", "/api/dead-letters/nothing", 404)
    client.ask("GET", "/api/dead-letters?catalog=-&text=no+quote")
    client.ask("GET", "/api/catalogs/catalogBrand/record?companyId=napse&code=x")
    client.ask("GET", "/api/catalogs/catalogItemStock/record?companyId=napse&item=1&store=2")
    client.ask("GET", "/api/catalogs/catalogBrand/record?companyId=napse", 400)
    client.ask("GET", "/api/catalogs/catalogBrnd/record?companyId=napse&code=x", 404)
    read_messages(client)
    client.ask("GET", "/ws", 426, token=VIEWER)
    client.ask("GET", "/ws", 401, token=None)
    client.ask("GET", "/api/events?topics=catalogs&key=open", 400)
    client.ask("GET", "/api/events?topics=status,deadLetters,outcomes,postings", token=VIEWER)
    client.ask("GET", "/api/events", headers={"Last-Event-ID": client.last_event})
    client.ask("GET", "/api/events?topics=weather", 400)
    client.ask("GET", "/api/events?colour=red", 400)
    client.ask("GET", "/api/events", 403, headers=FOREIGN)


def read_messages(client):
    """The tail is filled only while somebody looks."""
    brand = {"companyId": "napse", "catalog": "catalogBrand", "items": [
        {"operation": "IU", "code": "tail", "name": "Tail"}, {"operation": "I", "code": "tail-without-name"}]}
    last = client.ask("GET", "/api/messages", token=VIEWER)["last"]
    client.gateway.send(brand)
    client.gateway.send("no JSON")
    deadline = time.monotonic() + 15
    while client.ask("GET", f"/api/messages?after={last}")["last"] < last + 2:
        assert time.monotonic() < deadline, "the tail stays empty"
        time.sleep(0.1)
    found = client.ask(
        "GET", f"/api/messages?after={last}&route=catalogs&company=napse&catalog=catalogBrand&outcome=rejected&text=missing&limit=5")
    check("the tail finds the message", [] if len(found["messages"]) == 1 else [f"{found}"])
    for row in client.ask("GET", "/api/messages")["messages"]:
        client.ask("GET", f"/api/messages/{row['number']}", token=VIEWER)
        client.ask("GET", f"/api/messages/{row['number']}/explain", token=VIEWER)
    for path, expect in (("messages?colour=red", 400), ("messages/0", 404), ("messages/x", 404), ("messages/0/explain", 404)):
        client.ask("GET", f"/api/{path}", expect)
    client.ask("GET", "/api/messages", 401, token=None)
    client.ask("POST", "/api/explain?route=catalogs&messageId=m", token=VIEWER, body=brand)
    client.ask("POST", "/api/explain", token=VIEWER, body="no JSON")
    client.ask("POST", "/api/explain", 400, body="")
    client.ask("POST", "/api/explain?route=catalog", 404, body=brand)
    client.ask("POST", "/api/explain", 413, body=" " * (1 << 20) + "{}")
    client.ask("POST", "/api/explain", 403, body=brand, headers=FOREIGN)


def change_everything(client, gateway):
    letters = [letter["_id"] for letter in client.ask("GET", "/api/dead-letters?code=schema")["deadLetters"]]
    first, second = f"/api/dead-letters/{letters[0]}", f"/api/dead-letters/{letters[1]}"
    mended = {"companyId": "napse", "catalog": "catalogBrand", "items": [{"operation": "IU", "code": "x", "name": "X"}]}
    client.ask("POST", first + "/check", body=mended)
    client.ask("POST", first + "/check", body="{\n no JSON")
    client.ask("POST", "/api/dead-letters/nothing/check", 404, body=mended)
    client.ask("POST", first + "/edit", body=mended)
    client.ask("POST", first + "/edit", 400, body="{\n no JSON")
    client.ask("POST", first + "/replay", 403, token=VIEWER)
    client.ask("POST", first + "/replay")
    client.ask("POST", first + "/replay", 409)
    client.ask("GET", first + "/replay")
    client.ask("GET", second + "/replay")
    client.ask("GET", "/api/dead-letters/nothing/replay", 404)
    client.ask("POST", first + "/discard", 409, body={})
    client.ask("POST", second + "/discard", body={"reason": "a test"})
    client.ask("GET", first)
    client.ask("GET", second)
    client.ask("POST", "/api/dead-letters/nothing/replay", 404)
    done = client.ask("POST", "/api/dead-letters/replay?code=unknownCatalog&limit=1")
    if done["cursor"]:
        client.ask("POST", f"/api/dead-letters/replay?code=unknownCatalog&cursor={urllib.parse.quote(done['cursor'])}")
    client.ask("POST", "/api/dead-letters/discard?code=notJson", body={"reason": "a test"})
    client.ask("POST", "/api/dead-letters/replay", 400)
    client.ask("POST", "/api/dead-letters/discard?all=true", body={})
    client.ask("GET", "/api/dead-letters/export")
    postings = {row["state"]: urllib.parse.quote(row["_id"], safe="") for row in client.ask("GET", "/api/postings")["postings"]}
    client.ask("POST", f"/api/postings/{postings['failed']}/retry")
    client.ask("POST", f"/api/postings/{postings['stuck']}/retry", 409)
    client.ask("POST", f"/api/postings/{postings['stuck']}/discard")
    client.ask("POST", "/api/postings/nothing/discard", 404)
    for verb, expect in (("run", 200), ("pause", 200), ("run", 409), ("resume", 200), ("rewind", 200)):
        client.ask("POST", f"/api/feeds/loyalty-card/{verb}", expect)
    client.ask("POST", "/api/feeds/loyalty-card/rewind", body={"to": "2h"})
    client.ask("POST", "/api/feeds/loyalty-card/rewind", 400, body={"to": "never"})
    client.ask("POST", "/api/feeds/nothing/pause", 404)
    client.ask("POST", "/api/settings/lanes/set", body={"value": "2"})
    client.ask("POST", "/api/settings/lanes/set", 400, body={"value": "many"})
    client.ask("POST", "/api/settings/lanes/unset")
    client.ask("POST", "/api/settings/lane/unset", 404)
    client.ask("POST", "/api/settings/lanes/set", 413, body=" " * (65 << 10))


def use_a_session(client):
    client.ask("POST", "/api/login", token=None, body={"token": OPERATOR})
    cookie = {"Cookie": client.answer.headers["Set-Cookie"].split(";")[0]}
    session = client.ask("GET", "/api/session", token=None, headers=cookie)
    client.ask("POST", "/api/feeds/loyalty-card/pause", 403, token=None, headers=cookie)
    client.ask("POST", "/api/logout", token=None, headers={**cookie, "X-CSRF-Token": session["csrf"]})
    client.ask("GET", "/api/session", 401, token=None, headers=cookie)
    for _ in range(5):
        client.ask("POST", "/api/login", 401, token=None, body={"token": "a-wrong-token-0123456789"})
    client.ask("POST", "/api/login", 429, token=None, body={"token": OPERATOR})


def check_document(document, description):
    check("the document is OpenAPI 3.1", [
        f"{list(error.absolute_path)}: {error.message[:200]}" for error in OpenAPIV31SpecValidator(document).iter_errors()])
    for method, path, operation in description.operations():
        for status, answer in operation["responses"].items():
            for kind, media in description.resolved(answer).get("content", {}).items():
                if "example" in media and kind == "application/json":
                    check(f"example of {method} {path} {status}", description.problems(media["schema"], media["example"]))
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        if "example" in body:
            check(f"example of what {method} {path} takes", description.problems(body["schema"], body["example"]))


def main():
    with BusyGateway(sys.argv[1]) as gateway:
        document = json.loads(gateway.read("/api/openapi.json"))
        description = Description(document)
        check_document(document, description)
        version = json.loads(gateway.read("/version"))["version"]
        check("the document's version", [] if document["info"]["version"] == version else [f"the gateway is {version}"])
        client = Client(gateway, description)
        read_everything(client)
        change_everything(client, gateway)
        use_a_session(client)
        all_operations = {(method, path) for method, path, _ in description.operations()}
        missing = all_operations - {(method, path) for method, path, status in asked if status == 200}
        check("every described address was asked", [f"{method} {path}" for method, path in sorted(missing)])
    print(f"{len(all_operations)} operations described, {len(all_operations) - len(missing)} asked")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
