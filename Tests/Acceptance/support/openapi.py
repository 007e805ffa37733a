"""The description of the HTTP interface, and a client that holds every answer to it: status, content type, headers and body. A
field that is not described fails."""

import http.client
import json
import re
import urllib.parse

import jsonschema
from live_gateway import OPERATOR
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = "urn:document"


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
        assert found, f"{method} {path} is not described"
        return min(found, key=lambda one: one[0])[1:]


class Client:
    """Asks one gateway. `asked` has the operations that answered, of all clients that share it."""

    def __init__(self, gateway, description, checks, asked):
        self.gateway, self.description, self.checks, self.asked = gateway, description, checks, asked

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
        # What answers with another status: a part may be down, and a WebSocket is opened elsewhere.
        if status == 200 or template in ("/readyz", "/ws"):
            self.asked.add((method, template))
        self.checks(what, [] if status == expect else [f"expected {expect}, found {status}: {content[:300]}"])
        if expect in (200, 400) and status == expect:
            self.check_request(what, operation, query, text)
        return self.check_answer(what, operation, status, kind, answer.headers, content)

    def check_answer(self, what, operation, status, kind, headers, content):
        described = operation["responses"].get(str(status))
        if described is None:
            return self.checks(what, [f"the status {status} is not described; described are {', '.join(operation['responses'])}"])
        described = self.description.resolved(described)
        if kind not in described["content"]:
            return self.checks(what, [f"{kind} is not described; described are {', '.join(described['content'])}"])
        media = described["content"][kind]
        self.checks(what, [
            f"expected the header {name}, found {', '.join(headers)}" for name in described.get("headers", {})
            if headers.get(name) is None and not (status == 503 and name == "Retry-After")])
        if kind == "application/json":
            value = json.loads(content)
            self.checks(what, self.description.problems(media["schema"], value))
            return value
        if kind == "application/x-ndjson":
            lines = [json.loads(line) for line in content.splitlines()]
            self.checks(what, [p for line in lines for p in self.description.problems(media["x-lines"], line)])
            return lines
        if kind == "text/event-stream":
            for name, data in content:
                schema = media["x-events"].get(name)
                self.checks(
                    f"{what}, event {name}", self.description.problems(schema, data) if schema else ["the event is not described"])
        return content

    def check_request(self, what, operation, query, body):
        """What is sent is described, too: else the description lacks something."""
        names = {self.description.resolved(one)["name"] for one in operation.get("parameters", [])}
        given = {name for name, _ in urllib.parse.parse_qsl(query)} - {"colour"}
        self.checks(what, [f"the parameter {name} is not described" for name in given - names])
        if body and body.startswith("{") and "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            try:
                value = json.loads(body)
            except json.JSONDecodeError:
                return
            self.checks(what + ", what is sent", self.description.problems(schema, value))

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
