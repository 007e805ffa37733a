#!/usr/bin/env python3
"""The six shipped feeds, read by another client library and compared to the byte.

Writes the manual's documents with pymongo, starts the gateway with the shipped mappings, consumes the six queues with pika
and compares bodies and properties; then switches publishing off and on while it runs, and asks a feed to run.

usage: check_feeds.py GATEWAY     (RABBITMQ_URI and MONGODB_URI name the servers)
"""

import datetime
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid

import bson
import pika
import pymongo

UTC = datetime.timezone.utc
CARD = (
    '{"_id":"603d02251082e8369081744b","amount":"0","amountPrev":"0","card":{"code":"9900000000000000","status":"ENABLED",'
    '"type":"987"},"cardAction":"ACTIVATION","companyId":"napse","createdAt":"2021-03-01T15:03:01Z","customerCode":null,'
    '"date":"2021-03-01T15:03:01Z","reason":null,"reasonName":null,"storeCode":null,"terminalCode":null}'
)
LIMIT = (
    '{"_id":"603a36021082e83690816fe0","promotionId":"603a2fa81082e83690816f81","benefitId":"603a2fce1082e83690816f88",'
    '"promotionCode":null,"promotionName":"limite general","limitId":"603a2fca1082e83690816f87","scope":"RETAILER","period":'
    '"UNDEFINED","maxValue":10.0,"customerId":"-","storeId":"-","numberDays":0,"nextReset":"2021-02-27T03:00:00Z",'
    '"lastReset":"2021-02-27T03:00:00Z","companyId":"napse","limitTypeCode":"benefiedProductCount","description":null,'
    '"lastUpdate":"2021-02-27T12:07:30Z","active":true,"currentValue":1.0}'
)
CACHE = (
    '{"promotionCode":"p003","promotionName":"Promo03","SKU":"2734",'
    '"img":"http://myserverPromo:8080/assets/images/promonavidad.jpg"}'
)
PROMOTION = '{"_id":"603a2fa81082e83690816f81","code":"p003","discount":12.5,"limit":99.90,"from":"2021-02-27T03:00:00Z"}'
SETTINGS = {
    "loyalty-card": "RABBITMQ_LOYALTY_CARD_ENDPOINT_NAME",
    "limit-status": "RABBITMQ_LIMITSTATUS_ENDPOINT_NAME",
    "engine-status": "RABBITMQ_ENGINESTATUS_ENDPOINT_NAME",
    "promotions": "RABBITMQ_PROMOTION_ENDPOINT_NAME",
    "promotion-cache": "RABBITMQ_PROMOTIONS_CACHE_ENDPOINT_NAME",
    "transactions": "RABBITMQ_TRANSACTION_ENDPOINT_NAME",
}


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def fill(database) -> None:
    oid = bson.ObjectId
    database.cardMovement.insert_one({
        "_id": oid("603d02251082e8369081744b"), "amount": bson.Decimal128("0"), "amountPrev": bson.Decimal128("0"),
        "card": {"code": "9900000000000000", "status": "ENABLED", "type": "987"}, "cardAction": "ACTIVATION",
        "companyId": "napse", "createdAt": moment("2021-03-01T15:03:01"), "customerCode": None,
        "date": moment("2021-03-01T15:03:01")})
    database.limitStatus.insert_one({
        "_id": oid("603a36021082e83690816fe0"), "promotionId": oid("603a2fa81082e83690816f81"),
        "benefitId": oid("603a2fce1082e83690816f88"), "promotionName": "limite general",
        "limitId": oid("603a2fca1082e83690816f87"), "scope": "RETAILER", "period": "UNDEFINED", "maxValue": 10.0,
        "customerId": "-", "storeId": "-", "numberDays": 0, "nextReset": moment("2021-02-27T03:00:00"),
        "lastReset": moment("2021-02-27T03:00:00"), "companyId": "napse", "limitTypeCode": "benefiedProductCount",
        "description": None, "lastUpdate": moment("2021-02-27T12:07:30"), "active": True, "currentValue": 1.0})
    now = datetime.datetime.now(UTC)
    database.engine.insert_many([
        {"engineId": "1", "engineName": "ENGINE1", "processDate": now, "startDate": moment("2021-03-12T03:00:00"),
         "endDate": moment("2021-04-12T03:00:00"), "keyMap": "napse", "mapVersion": "2", "stores": "napse",
         "isConsole": "false"},
        {"engineId": "2", "engineName": "ENGINE2", "processDate": now - datetime.timedelta(hours=1), "isConsole": False}])
    database.promotion.insert_one({
        "_id": oid("603a2fa81082e83690816f81"), "code": "p003", "discount": 12.5, "limit": bson.Decimal128("99.90"),
        "from": moment("2021-02-27T03:00:00")})
    database.promotionCache.insert_one({
        "SKU": "2734", "promotionCode": "p003", "promotionName": "Promo03",
        "img": "http://myserverPromo:8080/assets/images/promonavidad.jpg"})


class Queues:
    """The six queues, as a consumer in another language sees them."""

    def __init__(self, run: str):
        self.connection = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URI"]))
        self.channel = self.connection.channel()
        self.names = {feed: f"{run}-{feed}" for feed in SETTINGS}
        for name in self.names.values():
            self.channel.queue_declare(name, durable=True)

    def take(self, feed: str, count: int, within: float = 20.0) -> list:
        """So many messages, each with its properties."""
        taken, end = [], time.monotonic() + within
        while len(taken) < count:
            method, properties, body = self.channel.basic_get(self.names[feed], auto_ack=True)
            if method:
                taken.append((body.decode(), properties))
            elif time.monotonic() > end:
                fail(f"{feed}: {len(taken)} of {count} messages came within {within} s")
            else:
                time.sleep(0.01)
        return taken

    def is_empty_for(self, feed: str, seconds: float) -> bool:
        time.sleep(seconds)
        method, _, _ = self.channel.basic_get(self.names[feed], auto_ack=True)
        return method is None

    def close(self) -> None:
        for name in self.names.values():
            self.channel.queue_delete(name)
        self.connection.close()


def fail(words: str):
    raise SystemExit(f"check_feeds: {words}")


def equal(what: str, expected, found) -> None:
    if expected != found:
        fail(f"{what}:\n  expected {expected}\n  found    {found}")


def check_properties(feed: str, properties) -> None:
    equal(f"{feed}, delivery mode", 2, properties.delivery_mode)
    equal(f"{feed}, content-type", "application/json", properties.content_type)
    equal(f"{feed}, app-id", "promo-gateway", properties.app_id)
    if not (properties.message_id or "").startswith(feed + ":") or not properties.timestamp or not properties.type:
        fail(f"{feed}: message-id {properties.message_id}, timestamp {properties.timestamp}, type {properties.type}")


def check_engines(messages: list) -> None:
    engines = {json.loads(body)["engineId"]: body for body, _ in messages}
    equal("engines", {"1", "2", "promo-gateway"}, set(engines))
    first = json.loads(engines["1"])
    equal("statusMQ of an engine that pings", "ONLINE", first["statusMQ"])
    equal("statusMQ of one that does not", "OFFLINE", json.loads(engines["2"])["statusMQ"])
    now = datetime.datetime.now(UTC)
    if datetime.datetime.strptime(first["timestamp"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC) > now:
        fail(f"timestamp {first['timestamp']} is later than now")
    equal("engine 1", (
        '{"engineId":"1","engineName":"ENGINE1","processDate":"%s","startDate":"2021-03-12T03:00:00Z","endDate":'
        '"2021-04-12T03:00:00Z","keyMap":"napse","mapVersion":"2","stores":"napse","statusMQ":"ONLINE","timestamp":"%s",'
        '"isConsole":"false"}') % (first["processDate"], first["timestamp"]), engines["1"])
    own = json.loads(engines["promo-gateway"])
    equal("the gateway as a console", ("true", "ONLINE", "", ""), (
        own["isConsole"], own["statusMQ"], own["startDate"], own["stores"]))
    for body in engines.values():
        if not all(isinstance(value, str) for value in json.loads(body).values()):
            fail(f"engine status: a value is no string: {body}")


def main() -> None:
    gateway = sys.argv[1]
    run = "feeds" + uuid.uuid4().hex[:12]
    client = pymongo.MongoClient(os.environ["MONGODB_URI"])
    database, queues = client[run], Queues(run)
    fill(database)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = dict(
        os.environ, MONGODB_DATABASE=run, RABBITMQ_ENABLED="false", CONSOLE_PORT=str(port), LOG_LEVEL="warning",
        **{variable: queues.names[feed] for feed, variable in SETTINGS.items()})
    process = subprocess.Popen([gateway, "run", "--mappings", "mappings"], env=environment)
    try:
        def call(*arguments: str) -> str:
            return subprocess.run(
                [gateway, *arguments], env=environment, check=True, capture_output=True, text=True).stdout

        for feed, expected in {
            "loyalty-card": CARD, "limit-status": LIMIT, "promotion-cache": CACHE, "promotions": PROMOTION}.items():
            (body, properties), = queues.take(feed, 1)
            equal(feed, expected, body)
            check_properties(feed, properties)
        check_engines(queues.take("engine-status", 3))

        sale = database.transaction.insert_one({"number": 1042, "total": 13999.0}).inserted_id
        (body, properties), = queues.take("transactions", 1)
        equal("transactions", f'{{"_id":"{sale}","number":1042,"total":13999.0}}', body)
        check_properties("transactions", properties)

        # A change, and a run that somebody asks for.
        database.limitStatus.update_one(
            {}, {"$set": {"currentValue": 2.0, "lastUpdate": moment("2021-02-28T00:00:00")}})
        call("feeds", "run", "limit-status")
        (body, _), = queues.take("limit-status", 1)
        equal("currentValue", 2.0, json.loads(body)["currentValue"])

        # Publishing off and on again, while it runs.
        call("config", "set", "rabbitMQ.producer.enabled", "false")
        time.sleep(1.5)
        database.transaction.insert_one({"number": 1043})
        if not queues.is_empty_for("transactions", 1.5):
            fail("a transaction was published while rabbitMQ.producer.enabled was false")
        call("config", "set", "rabbitMQ.producer.enabled", "true")
        (body, _), = queues.take("transactions", 1)
        equal("the transaction of meanwhile", 1043, json.loads(body)["number"])

        answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5)
        equal("warnings", [], json.load(answer)["warnings"])
        process.terminate()
        equal("exit code after SIGTERM", 0, process.wait(timeout=15))
    finally:
        process.kill()
        process.wait()
        queues.close()
        client.drop_database(run)
    print("six feeds, to the byte; switched off and on; run when asked: ok")


main()
