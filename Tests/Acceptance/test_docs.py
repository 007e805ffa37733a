"""What `gateway docs` says of routes: valid documents, of all mappings that ship; and requests made from them, sent to a gateway."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from live_gateway import ROOT
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

# Arguments of the commands: the shipped mappings, and each example system with its definitions.
SHIPPED = [["mappings"], ["mappings/feeds"], ["mappings/examples"]] + [
    [str(path / "routes"), "--definitions", str(path / "definitions")]
    for path in sorted(path.parent.relative_to(ROOT) for path in (ROOT / "mappings/examples").glob("*/gateway.yaml"))]

DEFINITION = {
    "$schema": "urn:promo-gateway:definition:1", "$id": "urn:promo-gateway:definition:1:catalogOrder", "title": "Orders",
    "x-catalog": "catalogOrder", "x-collection": "order", "x-key": ["id"], "type": "object", "required": ["id", "customer", "status"],
    "additionalProperties": False,
    "$defs": {"status": {"enum": ["open", "paid", "shipped"]}},
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 40, "description": "Number of the order."},
        "customer": {"type": "string", "minLength": 1, "maxLength": 256},
        "status": {"$ref": "#/$defs/status"},
        "total": {"type": ["number", "null"], "x-bson": "decimal", "minimum": 0, "maximum": 1000000},
        "count": {"type": ["integer", "null"], "x-bson": "long", "minimum": 0, "maximum": 1000},
        "placedAt": {"type": ["string", "null"], "format": "date-time", "x-bson": "date"},
        "tags": {"type": ["array", "null"], "items": {"type": "string"}, "maxItems": 5},
        "address": {"type": ["object", "null"], "properties": {"city": {"type": "string"}}},
        "gift": {"type": ["boolean", "null"]},
        "visits": {"type": ["integer", "null"], "x-bson": "long", "x-merge": "sum"},
    },
}

# Each kind of route: every method, every kind of body, one item and lists, cases, answers of its own.
MAPPING = """
routes:
  place:
    description: Takes a new order.
    from: { http: { method: POST, path: /orders, listener: api, cors: ["*"] } }
    definition: catalogOrder
    message:
      companyId: { value: acme }
      items: $
      operation: I
      fields:
        id: { new: uuid }
        customer: .customer.id
        status: { path: .status, table: { NEW: open, PAID: paid } }
        total: .total
        count: { path: .count, default: 1 }
        placedAt: .placedAt
        tags: .tags
        address: .address
        gift: { path: .gift, bool: true }
    respond:
      inserted: { body: { id: .id, status: ~.status, total: ~.total, by: { value: gateway } } }
  put:
    from: { http: { method: PUT, path: "/orders/{id}", listener: api } }
    definition: catalogOrder
    message:
      companyId: { value: acme }
      items: $
      operation: IU
      fields:
        id: { parameter: id }
        customer: .customer
        status: .status
        count: { path: .count, integer: true }
        total: { path: .total, decimal: "1234.50", onError: drop }
  pay:
    from: { http: { method: PATCH, path: "/orders/{number}", listener: api, contentTypes: [application/json, application/merge-patch+json] } }
    definition: catalogOrder
    message:
      companyId: { value: acme }
      items: $
      operation: U
      if: { path: ~.status, equals: open }
      fields: { id: { parameter: number }, status: { value: paid }, total: .total }
    respond:
      updated: { text: paid }
      guard: { status: 409, body: { status: ~.status } }
      notFound: { text: no such order }
  visit:
    from: { http: { method: POST, path: "/orders/{id}/visits", listener: api, body: none } }
    definition: catalogOrder
    message:
      companyId: { value: acme }
      items: $
      operation: U
      fields: { id: { parameter: id }, visits: { value: 1 } }
    respond: { updated: { redirect: { concat: [/orders/, .id] } } }
  cancel:
    from: { http: { method: DELETE, path: "/orders/{id}", listener: api, body: none, idempotency: required } }
    definition: catalogOrder
    message:
      companyId: { value: acme }
      items: $
      operation: D
      fields: { id: { parameter: id } }
  form:
    from: { http: { method: POST, path: /forms, listener: api, body: form } }
    definition: catalogOrder
    message:
      companyId: { header: x-company }
      items: $
      operation: I
      fields: { id: .id, customer: .customer, status: .status, count: { path: .count, integer: true } }
  note:
    from: { http: { method: POST, path: "/orders/{id}/notes", listener: api, body: text } }
    definition: catalogOrder
    message: { companyId: { value: acme }, items: $, operation: U, fields: { id: { parameter: id }, customer: $ } }
  batch:
    from: { http: { method: POST, path: /batches, listener: api } }
    definition: catalogOrder
    message:
      companyId: { value: acme }
      items: $.orders[*]
      operation: { path: .action, table: { new: IU, drop: D } }
      fields: { id: .id, customer: .customer, status: { value: open } }
  events:
    from: { http: { method: POST, path: /events, listener: api } }
    else: ignore
    cases:
      - when: { path: .type, equals: placed }
        definition: catalogOrder
        message:
          companyId: { value: acme }
          items: $
          operation: IU
          fields: { id: .order, customer: .customer, status: { value: open } }
      - when: { path: .type, equals: shipped }
        definition: catalogOrder
        message: { companyId: { value: acme }, items: $, operation: U, fields: { id: .order, status: { value: shipped } } }
  catalogs:
    from: { http: { method: POST, path: /catalogs, listener: api } }
    message: catalog
  one:
    from: { http: { method: GET, path: "/orders/{id}", listener: api } }
    read:
      definition: catalogOrder
      key: { companyId: { value: acme }, id: { parameter: id } }
    message:
      fields: { id: .id, customer: .customer, status: .status, total: .total, placedAt: .placedAt, tags: .tags, city: .address.city,
                label: { concat: { parts: [.id, .customer], separator: " of " } } }
      missing: "null"
  list:
    from: { http: { method: GET, path: /orders, listener: api } }
    read:
      definition: catalogOrder
      filter: { status: { parameter: status }, count: { parameter: count, integer: true } }
      order: -placedAt
      limit: 3
    message: { keep: all, drop: [companyId, address] }
"""

# What AsyncAPI has words for: declared topology, settings, every kind of body and destination.
QUEUES = """
routes:
  orders:
    description: Orders of the shop.
    from:
      amqp:
        queue: shop.orders
        declare:
          arguments: { x-queue-type: quorum, x-delivery-limit: 20, x-dead-letter-exchange: shop.dead }
          exchanges: [{ name: erp, type: topic }, { name: shop.dead, type: fanout }]
          queues: [{ name: shop.dropped, bindings: [{ exchange: shop.dead }] }]
          bindings: [{ exchange: erp, routingKey: order.* }]
    definition: catalogOrder
    message:
      companyId: { header: x-company }
      items: $.orders[*]
      operation: IU
      fields: { id: .id, customer: .customer.id, status: { value: open }, total: .total, placedAt: .at }
    to:
      - mongodb
      - amqp: { queue: shop.done, body: item, type: order }
      - amqp: { exchange: shop, routingKey: { concat: [order., .status] }, body: { id: .id, total: ~.total }, headers: { source: gateway, customer: .customer } }
      - websocket: { topic: orders, key: .customer, body: { order: .id } }
      - amqp: { exchange: shop, routingKey: order.all, declare: { exchanges: [{ name: shop, type: topic }] } }
  all:
    from: { amqp: { queues: [{ setting: rabbitMQ.endpointName }, "a queue/with ~ signs"] } }
    message: catalog
  sockets:
    from: { websocket: { listener: push, topic: orders, subscribe: { key: { parameter: customer }, after: .after } } }
  changes:
    from: { mongodb: { collection: order, every: 30m, progress: { field: placedAt } } }
    message: { fields: { id: .id, at: .placedAt, total: .total } }
    to: { amqp: { queue: shop.done } }
"""

SECONDS = 60  # of the requests that are made
SEED = 20260101


@pytest.fixture(scope="module")
def gateway(new_shared_gateway):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gateway = new_shared_gateway("docs", {"HTTP_LISTENERS_API_PORT": str(port), "DEFINITIONS_DIRECTORY": "definitions",
                                          "MAPPINGS_DIRECTORY": "mappings"})
    gateway.api = f"http://127.0.0.1:{port}"
    (gateway.directory / "definitions").mkdir()
    (gateway.directory / "definitions" / "catalogOrder.json").write_text(json.dumps(DEFINITION))
    gateway.mappings.mkdir()
    (gateway.mappings / "orders.yaml").write_text(MAPPING)
    gateway.start()
    return gateway


def described(binaries, kind, *arguments):
    result = subprocess.run([binaries / "gateway", "docs", kind, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize("place", SHIPPED, ids=lambda place: place[0])
def test_openapi_of_shipped_mappings_is_valid(binaries, place):
    OpenAPIV31SpecValidator(described(binaries, "openapi", *place)).validate()


def test_openapi_of_every_kind_of_route_is_valid(gateway):
    document = json.loads(gateway.command("docs", "openapi"))
    OpenAPIV31SpecValidator(document).validate()
    assert document["servers"] == [{"url": gateway.api, "description": "The listener 'api'."}]
    operations = {one["operationId"] for path in document["paths"].values() for one in path.values()}
    assert operations == {"place", "put", "pay", "visit", "cancel", "form", "note", "batch", "events", "catalogs", "one", "list"}


def references(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref" and isinstance(inner, str):
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(document, reference):
    assert reference.startswith("#/"), reference
    for name in reference[2:].split("/"):
        document = document[name.replace("~1", "/").replace("~0", "~")]
    return document


class AsyncAPI:
    """A document that holds to the official schema, and to the rules that the schema does not state."""

    schema = json.loads((Path(__file__).parent / "support/asyncapi-3.0.0.schema.json").read_text())

    def __init__(self, document):
        self.document = document
        errors = [f"{list(error.absolute_path)}: {error.message[:300]}" for error in jsonschema.Draft7Validator(self.schema).iter_errors(document)]
        assert not errors, "\n".join(errors[:20])
        for reference in references(document):
            resolved(document, reference)
        for name, operation in document["operations"].items():
            channel = operation["channel"]["$ref"]
            messages = [one["$ref"] for one in operation["messages"]]
            assert messages, f"{name} has no message"
            for message in messages:
                assert message.startswith(channel + "/messages/"), f"{name}: {message} is not of {channel}"
        for message in document["components"]["messages"].values():
            jsonschema.Draft202012Validator.check_schema(message["payload"]["schema"])
        self.registry = Registry().with_resource("urn:document", Resource(document, DRAFT202012))

    def problems(self, message, value):
        schema = json.loads(json.dumps(self.document["components"]["messages"][message]["payload"]["schema"]).replace('"#/', '"urn:document#/'))
        return [error.message[:300] for error in jsonschema.Draft202012Validator(schema, registry=self.registry).iter_errors(value)]


@pytest.mark.parametrize("place", SHIPPED, ids=lambda place: place[0])
def test_asyncapi_of_shipped_mappings_is_valid(binaries, place):
    AsyncAPI(described(binaries, "asyncapi", *place))


def test_messages_that_are_applied_are_as_described(binaries):
    """The samples, and the messages of the shipped mappings' own tests."""
    catalogs = AsyncAPI(described(binaries, "asyncapi", "mappings", "--definitions", "samples/definitions"))
    bodies = [(catalogs, json.loads(path.read_text())["catalog"], json.loads(path.read_text()))
              for path in sorted((ROOT / "samples/catalogs").glob("*.json"))]
    for path in sorted((ROOT / "mappings/examples").glob("*.test.yaml")):
        mapping = path.with_name(path.name.replace(".test.yaml", ".yaml"))
        document = described(binaries, "asyncapi", str(mapping))
        names = [one["messages"][0]["$ref"].rpartition("/")[2] for one in document["operations"].values() if one["action"] == "receive"]
        for test in yaml.safe_load(path.read_text())["tests"]:
            for message in test.get("messages") or [test["message"]]:
                outcomes = message.get("outcomes")
                # Of a message with an item that is rejected only the others are as described.
                if isinstance(message.get("body"), dict) and outcomes and "rejected" not in outcomes and (len(names) == 1 or "route" in message):
                    bodies.append((AsyncAPI(document), message.get("route", names[0]), message["body"]))
    for document, name, body in bodies:
        assert not document.problems(name, body), f"{name}: {body}"
    assert len(bodies) > 30


def test_asyncapi_has_queues_exchanges_and_what_is_declared(binaries, tmp_path):
    (tmp_path / "definitions").mkdir()
    (tmp_path / "definitions" / "catalogOrder.json").write_text(json.dumps(DEFINITION))
    (tmp_path / "shop.yaml").write_text(QUEUES)
    document = described(binaries, "asyncapi", str(tmp_path), "--set", "rabbitMQ.endpointName=promo.catalog",
                         "--set", "http.listeners.push.port=3080", "--set", "rabbitMQ.uri=amqp://user:secret@broker.example:5673/shop")
    shop = AsyncAPI(document)
    assert "secret" not in json.dumps(document)
    assert document["servers"] == {
        "broker": {"host": "broker.example:5673", "protocol": "amqp", "protocolVersion": "0.9.1", "pathname": "/shop"},
        "listener-push": {"host": "127.0.0.1:3080", "protocol": "ws"}}
    channels = document["channels"]
    assert {name: channel["address"] for name, channel in channels.items()} == {
        "shop.orders": "shop.orders", "erp": None, "shop.dead": None, "shop.dropped": "shop.dropped", "shop.done": "shop.done", "shop": None,
        "shop-order.all": "order.all", "promo.catalog": "promo.catalog", "sockets": None, "a_queue_with___signs": "a queue/with ~ signs"}
    assert channels["shop.orders"]["bindings"]["amqp"]["queue"] == {"name": "shop.orders", "durable": True, "exclusive": False, "autoDelete": False}
    assert channels["shop.orders"]["x-bindings"] == [{"exchange": "erp", "routingKey": "order.*"}]
    assert channels["shop.orders"]["x-arguments"]["x-queue-type"] == "quorum"
    assert channels["shop-order.all"]["bindings"]["amqp"]["exchange"] == {"name": "shop", "type": "topic", "durable": True, "autoDelete": False}
    assert channels["shop"]["bindings"] == channels["shop-order.all"]["bindings"]
    assert {name: one["action"] for name, one in document["operations"].items()} == {
        "orders": "receive", "orders.post": "send", "orders.post2": "send", "orders.post4": "send", "sockets": "receive", "sockets.push": "send", "all": "receive", "all.2": "receive",
        "changes": "send"}
    messages = document["components"]["messages"]
    assert messages["orders"]["headers"]["required"] == ["x-company"]
    assert messages["orders.post"]["bindings"]["amqp"]["messageType"] == "order"
    assert messages["orders.post2"]["headers"]["properties"]["source"] == {"type": "string", "const": "gateway"}
    order = {"id": "7", "customer": {"id": "c"}}
    assert not shop.problems("orders", {"orders": [order, {**order, "total": 3}]})
    assert not shop.problems("orders", {"orders": order})
    for wrong in ({}, {"orders": 1}, {"orders": [{"customer": {"id": "c"}}]}, {"orders": [{**order, "id": ""}]}, {"orders": [{**order, "total": -1}]}):
        assert shop.problems("orders", wrong), wrong
    item = {"operation": "I", "id": "7", "customer": "c", "status": "open"}
    assert not shop.problems("catalogOrder", {"companyId": "a", "catalog": "catalogOrder", "items": [item, {"operation": "D", "id": "7"}]})
    for wrong in ({**item, "colour": "red"}, {**item, "status": "lost"}, {"operation": "I", "id": "7"}, {"id": "7"}):
        assert shop.problems("catalogOrder", {"companyId": "a", "catalog": "catalogOrder", "items": [wrong]}), wrong
    assert not shop.problems("changes", {"id": "7", "at": "2026-01-01T00:00:00Z", "total": 1.5})
    assert shop.problems("changes", {"id": 7})


def test_a_gateway_answers_as_it_is_described(gateway):
    """Requests that fit the description, and requests that do not, made by schemathesis: no 5xx, no status, content type, header or
    body that is not described, and nothing is taken that the description excludes."""
    document = gateway.directory / "openapi.json"
    document.write_text(gateway.command("docs", "openapi"))
    # Values that are tried often.
    gateway.database["order"].insert_many(
        {"_id": f"acme|{key}", "companyId": "acme", "id": key, "customer": "c", "status": "open"} for key in ("0", "00", "1"))
    # If-Match is judged before some other errors of a request are.
    refusals = "[400, 401, 403, 404, 405, 406, 409, 412, 415, 422, 428, 429]"
    (gateway.directory / "schemathesis.toml").write_text(
        f"[checks]\nnegative_data_rejection.expected-statuses = {refusals}\nmissing_required_header.expected-statuses = {refusals}\n")
    result = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", "run", document, "--url", gateway.api, "--workers", "2",
         "--max-time", str(SECONDS), "--seed", str(SEED), "--phases", "examples,coverage,fuzzing", "--checks", "all",
         # What a schema leaves open may be refused. Of a list only the items that are wrong are.
         "--exclude-checks", "positive_data_acceptance", "--continue-on-failure", "--no-color", "--warnings", "off"],
        cwd=gateway.directory, capture_output=True, text=True, timeout=SECONDS * 3)
    assert result.returncode == 0, result.stdout[-12000:] + result.stderr[-2000:]
    answered = {}
    for line in gateway.read("/metrics").splitlines():
        if found := re.match(r'gateway_requests_total\{route="(\w+)",status="(\d+)"\} ', line):
            answered.setdefault(found[1], set()).add(found[2])
    # Each route took some of them, and refused some.
    for route, statuses in answered.items():
        # Of this one the name of a catalog is not guessed.
        if route == "catalogs":
            continue
        assert min(statuses) < "400" <= max(statuses), f"{route}: {sorted(statuses)}"
    assert len(answered) == 12
