"""Several records of one item: written together or not at all, whatever is killed."""

import json
import random
import textwrap
import time

import pika
import pytest
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
          fields: { code: .code, name: .name, version: .version }
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
