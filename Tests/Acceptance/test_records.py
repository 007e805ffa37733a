"""Several records of one item: written together or not at all, whatever is killed."""

import json
import random
import shutil
import socket
import textwrap
import time

import pika
import pytest
from test_requests import ask
from waiting import wait

EVENT = {
    "$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogPriceEvent", "x-key": ["code", "version"],
    "x-immutable": True, "type": "object", "required": ["code", "version"], "additionalProperties": False,
    "properties": {"code": {"type": "string"}, "version": {"type": "integer"}, "name": {"type": "string", "maxLength": 12}},
}
COUNT = {
    "$schema": "urn:promo-gateway:definition:1", "x-catalog": "catalogPriceCount", "x-key": ["code"], "type": "object",
    "required": ["code"], "properties": {"code": {"type": "string"}, "changes": {"type": "integer", "x-merge": "sum"}},
}
MAPPING = """
    routes:
      prices:
        from: { amqp: { queue: QUEUE, prefetch: 500 } }
        definition: catalogBrand
        message:
          companyId: c
          items: $.items[*]
          operation: IU
          keep: all
          fields: { code: .code, name: .name, version: .version, changes: { sum: [~.changes, { value: 1 }] } }
        to:
          - mongodb
          - mongodb:
              definition: catalogPriceEvent
              operation: I
              fields: { code: .code, version: .version, name: ~.name }
          - mongodb: { definition: catalogPriceCount, operation: IU, fields: { code: .code, changes: { value: 1 } } }
"""


CODES = [f"c{number}" for number in range(12)]


@pytest.fixture
def gateway(new_gateway):
    gateway = new_gateway("records")
    definitions = gateway.directory / "definitions"
    definitions.mkdir()
    for definition in (EVENT, COUNT):
        (definitions / f"{definition['x-catalog']}.json").write_text(json.dumps(definition))
    gateway.prices = gateway.declare(gateway.name + ".prices")
    gateway.mappings.mkdir()
    (gateway.mappings / "prices.yaml").write_text(textwrap.dedent(MAPPING).replace("QUEUE", gateway.prices))
    gateway.settings |= {"MAPPINGS_DIRECTORY": "mappings", "DEFINITIONS_DIRECTORY": "definitions"}
    return gateway


def send(gateway, number, items):
    gateway.broker.basic_publish(
        "", gateway.prices, json.dumps({"items": items}),
        pika.BasicProperties(message_id=f"m{number}", delivery_mode=2))


def test_kills_part_no_record_from_those_beside_it(gateway):
    """Each change has its event and is counted once; what no event can be made of changes nothing."""
    gateway.start()
    chance = random.Random(7)
    versions = dict.fromkeys(CODES, 0)
    expected = {code: [] for code in CODES}
    rejected, kills = 0, 0
    for number in range(400):
        items = []
        for _ in range(chance.randint(1, 5)):
            code = chance.choice(CODES)
            versions[code] += 1
            name = f"n{versions[code]}" if chance.random() < 0.9 else "longer than an event takes"
            items.append({"code": code, "name": name, "version": versions[code]})
            if name.startswith("n"):
                expected[code].append((versions[code], name))
            else:
                rejected += 1
        send(gateway, number, items)
        if number % 60 == 59:
            time.sleep(chance.uniform(0, 0.4))
            gateway.kill()
            gateway.start()
            kills += 1
    assert kills == 6 and rejected > 50
    database = gateway.database
    wait("all messages are in the ledger", lambda: database["gateway.ledger"].count_documents({}) == 400, limit=60)
    events = {code: [] for code in CODES}
    for event in database["priceEvent"].find().sort([("code", 1), ("version", 1)]):
        events[event["code"]].append((event["version"], event["name"]))
    assert events == expected
    assert {row["code"]: row["changes"] for row in database["priceCount"].find()} == {
        code: len(changes) for code, changes in expected.items()}
    assert {row["code"]: (row["version"], row["name"]) for row in database["brand"].find()} == {
        code: changes[-1] for code, changes in expected.items()}
    assert {row["code"]: row["changes"] for row in database["brand"].find()} == {
        code: len(changes) for code, changes in expected.items()}
    letters = list(database["gateway.deadLetters"].find())
    assert sum(len(letter["reasons"]) for letter in letters) == rejected
    assert {reason["code"] for letter in letters for reason in letter["reasons"]} == {"schema"}


def test_a_store_that_refuses_one_of_the_records_takes_none(gateway):
    """A unique index on the events refuses some: their items are dead letters, and all others are applied."""
    database = gateway.database
    database["priceEvent"].create_index("name", unique=True)
    gateway.start()
    for number in range(40):
        items = [{"code": f"c{number}-{at}", "name": "same" if at == 2 and number % 4 else f"n{number}-{at}", "version": 1} for at in range(4)]
        send(gateway, number, items)
    wait("all messages are in the ledger", lambda: database["gateway.ledger"].count_documents({}) == 40, limit=60)
    # Thirty share a name, and one of them was the first.
    codes = sorted(row["code"] for row in database["brand"].find())
    assert len(codes) == 160 - 29
    assert sorted(row["code"] for row in database["priceEvent"].find()) == codes
    assert sorted(row["code"] for row in database["priceCount"].find()) == codes
    letters = list(database["gateway.deadLetters"].find())
    assert [reason["code"] for letter in letters for reason in letter["reasons"]] == ["storeRefused"] * 29


SHARED = """
    routes:
      products:
        from: { amqp: { queue: QUEUE.products, prefetch: 500 } }
        definition: catalogBrand
        message: { companyId: c, items: "$.items[*]", operation: IU, keep: all, fields: { code: .code, name: .name } }
        to: &to
          - mongodb
          - mongodb: { definition: catalogPriceCount, operation: IU, fields: { code: .of, changes: { value: 1 } } }
          - mongodb: { definition: catalogPriceEvent, operation: I, fields: { code: { new: uuid }, version: .version, name: ~.name } }
      categories:
        from: { amqp: { queue: QUEUE.categories, prefetch: 500 } }
        definition: catalogCategory
        message: { companyId: c, items: "$.items[*]", operation: IU, keep: all, fields: { code: .code, name: .name } }
        to: *to
"""


def test_two_gateways_and_two_routes_write_the_same_records(gateway, new_gateway):
    """All add to the same few sums at once, and one of them is killed: each item is counted once, and has one event."""
    other = new_gateway("records-other")
    queues = [gateway.declare(f"{gateway.name}.{kind}") for kind in ("products", "categories")]
    (gateway.mappings / "prices.yaml").write_text(textwrap.dedent(SHARED).replace("QUEUE", gateway.name))
    shutil.copytree(gateway.mappings, other.mappings)
    shutil.copytree(gateway.directory / "definitions", other.directory / "definitions")
    other.settings |= {
        "MAPPINGS_DIRECTORY": "mappings", "DEFINITIONS_DIRECTORY": "definitions", "MONGODB_DATABASE": gateway.name,
        "RABBITMQ_ENDPOINT_NAME": gateway.queue}
    gateway.start()
    other.start()
    messages, items = 300, 6
    for number in range(messages):
        for queue in queues:
            body = {"items": [
                {"code": f"{number}-{at}", "name": f"n{number}", "of": f"sum{at % 2}", "version": number} for at in range(items)]}
            gateway.broker.basic_publish(
                "", queue, json.dumps(body), pika.BasicProperties(message_id=f"m{number}", delivery_mode=2))
        if number % 100 == 50:
            other.kill()
            other.start()
    database = gateway.database
    wait("all messages are in the ledger", lambda: database["gateway.ledger"].count_documents({}) == 2 * messages, limit=90)
    assert {row["code"]: row["changes"] for row in database["priceCount"].find()} == {
        "sum0": messages * items, "sum1": messages * items}
    assert database["priceEvent"].count_documents({}) == 2 * messages * items
    assert database["gateway.deadLetters"].count_documents({}) == 0


def test_large_messages_have_all_their_records_once(gateway):
    """Cut into windows and small batches, without a message-id, and the gateway is killed amid them."""
    (gateway.mappings / "prices.yaml").write_text(textwrap.dedent(SHARED).replace("QUEUE", gateway.name))
    queue = gateway.declare(f"{gateway.name}.products")
    gateway.declare(f"{gateway.name}.categories")
    gateway.settings["LIMITS_BATCH_ITEMS"] = "100"
    gateway.start()
    items, messages = 3000, 6
    padding = "p" * 500
    for number in range(messages):
        body = {"items": [
            {"code": f"{number}-{at}", "name": f"n{at}" if at % 7 else "longer than an event takes", "of": f"sum{number}",
             "version": at, "padding": padding} for at in range(items)]}
        gateway.broker.basic_publish("", queue, json.dumps(body), pika.BasicProperties(delivery_mode=2))
    database = gateway.database
    for _ in range(4):
        before = database["priceEvent"].count_documents({})
        wait("some more items are applied", lambda: database["priceEvent"].count_documents({}) > before + 500)
        gateway.kill()
        gateway.start()
    applied = items - len(range(0, items, 7))
    wait("all items are settled", lambda: sum(
        row["changes"] for row in database["priceCount"].find()) == messages * applied, limit=120)
    assert database["priceEvent"].count_documents({}) == database["brand"].count_documents({}) == messages * applied
    assert {row["code"]: row["changes"] for row in database["priceCount"].find()} == {
        f"sum{number}": applied for number in range(messages)}
    per_item = list(database["priceEvent"].aggregate([{"$group": {"_id": {"v": "$version", "n": "$name"}, "count": {"$sum": 1}}}]))
    assert len(per_item) == applied and {row["count"] for row in per_item} == {messages}


REQUESTS = """
    routes:
      change:
        from: { http: { method: PUT, path: "/brands/{code}", listener: api } }
        definition: catalogBrand
        message: { companyId: { value: c }, items: $, operation: IU, fields: { code: { parameter: code }, name: .name } }
        to:
          - mongodb
          - mongodb: { definition: catalogPriceEvent, operation: I, fields: { code: { new: uuid }, version: { value: 1 }, name: ~.name } }
        respond: { updated: { body: { now: ~.name } }, schema: { body: { still: ~.name } } }
      one:
        from: { http: { method: GET, path: "/brands/{code}", listener: api } }
        read: { definition: catalogBrand, key: { companyId: { value: c }, code: { parameter: code } } }
        message: document
"""


def test_a_request_leaves_all_its_records_or_none(gateway):
    """Repeated under its key, also after a kill; refused by an event; refused by a tag."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gateway.api = free.getsockname()[1]
    gateway.settings["HTTP_LISTENERS_API_PORT"] = str(gateway.api)
    (gateway.mappings / "prices.yaml").write_text(textwrap.dedent(REQUESTS))
    gateway.start()

    def put(name, key, **headers):
        answer = ask(gateway, "PUT", "/brands/a", {"name": name}, Idempotency_Key=key, **headers)
        return answer.status, answer.text

    assert put("one", "k1")[0] == 201
    tag = ask(gateway, "GET", "/brands/a").headers["ETag"]
    answers = {
        "k2": put("longer than an event takes", "k2"), "k3": put("two", "k3", If_Match=tag), "k4": put("three", "k4", If_Match=tag)}
    assert answers["k2"] == (400, '{"still":"one"}') and answers["k3"] == (200, '{"now":"two"}') and answers["k4"][0] == 412
    gateway.kill()
    gateway.start()
    assert put("longer than an event takes", "k2") == answers["k2"]
    assert put("two", "k3", If_Match=tag) == answers["k3"]
    assert put("three", "k4", If_Match=tag) == answers["k4"]
    assert [row["name"] for row in gateway.database["brand"].find()] == ["two"]
    assert sorted(row["name"] for row in gateway.database["priceEvent"].find()) == ["one", "two"]


def test_large_records_are_written_with_their_copies(gateway):
    """Of 5 MB with 10 MB beside them, thirty of 1 MB in one batch, and one whose copy is larger than a record may be."""
    queue = gateway.prices
    target = "- mongodb: { definition: catalogPriceCount, operation: IU, fields: { code: .code, copy: ~.text, again: ~.text } }"
    mapping = MAPPING.replace("QUEUE", queue)
    (gateway.mappings / "prices.yaml").write_text(textwrap.dedent(mapping[:mapping.index("          - mongodb:")] + "          " + target))
    gateway.start()
    for name, count, size in (("a", 4, 5 << 20), ("b", 30, 1 << 20), ("c", 1, 9 << 20), ("d", 1, 1)):
        gateway.send({"items": [{"code": f"{name}{at}", "name": name, "text": name * size} for at in range(count)]}, queue=queue)
    database = gateway.database
    wait("all messages are in the ledger", lambda: database["gateway.ledger"].count_documents({}) == 4, limit=60)
    assert database["brand"].count_documents({}) == 35
    for row in database["priceCount"].find():
        assert row["copy"] == row["again"] and len(row["copy"]) == {"a": 5 << 20, "b": 1 << 20, "d": 1}[row["code"][0]]
    assert database["priceCount"].count_documents({}) == 35
    letters = list(database["gateway.deadLetters"].find())
    assert [reason["code"] for letter in letters for reason in letter["reasons"]] == ["tooLarge"]
