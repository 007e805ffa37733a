"""The six shipped feeds, read by another client library and compared to the byte.

The documents of the manual are written with pymongo, a gateway with the shipped mappings publishes them, and the six queues are
consumed with pika. Publishing is switched off and on while it runs, and a feed is asked to run.
"""

import datetime
import json

import bson
import pytest
from live_gateway import ROOT
from waiting import stays, wait

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


class Feeds:
    """A gateway that publishes and consumes nothing, and its six queues as a consumer in another language sees them."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.queues = {feed: gateway.declare(f"{gateway.name}-{feed}") for feed in SETTINGS}
        self.kept = {}

    def start(self):
        self.gateway.settings |= {
            "RABBITMQ_ENABLED": "false", "LOG_LEVEL": "warning",
            **{variable: self.queues[feed] for feed, variable in SETTINGS.items()}}
        self.gateway.start("--mappings", str(ROOT / "mappings"))

    def take(self, feed, count=1, within=20.0):
        """The next messages, each with its properties."""
        taken = []
        while len(taken) < count:
            taken.append(wait(f"{count} messages of {feed}, {len(taken)} came", lambda: self.get(feed), within, pause=0.01))
        return taken

    def first(self, feed, count=1):
        """What it publishes of the documents that were there, whichever test is run first."""
        if feed not in self.kept:
            self.kept[feed] = self.take(feed, count)
        return self.kept[feed]

    def get(self, feed):
        method, properties, body = self.gateway.broker.basic_get(self.queues[feed], auto_ack=True)
        return method and (body.decode(), properties)

    def switch(self, value):
        """Publishing off or on; returns once the running gateway has taken it over."""
        before = self.gateway.reloads("done")
        self.gateway.command("config", "set", "rabbitMQ.producer.enabled", value)
        wait("the setting is in force", lambda: self.gateway.reloads("done") > before)


@pytest.fixture(scope="module")
def feeds(new_shared_gateway):
    feeds = Feeds(new_shared_gateway("feeds"))
    fill(feeds.gateway.database)
    feeds.start()
    return feeds


def check_properties(feed, properties):
    assert properties.delivery_mode == 2
    assert properties.content_type == "application/json"
    assert properties.app_id == "promo-gateway"
    assert (properties.message_id or "").startswith(feed + ":")
    assert properties.timestamp
    assert properties.type


@pytest.mark.parametrize("feed, expected", [
    ("loyalty-card", CARD), ("limit-status", LIMIT), ("promotion-cache", CACHE), ("promotions", PROMOTION)])
def test_a_document_to_the_byte(feeds, feed, expected):
    (body, properties), = feeds.first(feed)
    assert body == expected
    check_properties(feed, properties)


@pytest.fixture(scope="module")
def engines(feeds):
    """The status of each engine, by its name."""
    return {json.loads(body)["engineId"]: body for body, _ in feeds.first("engine-status", 3)}


def test_engines_are_those_of_the_collection_and_the_gateway(engines):
    assert set(engines) == {"1", "2", "promo-gateway"}


def test_engines_that_ping_are_online(engines):
    assert json.loads(engines["1"])["statusMQ"] == "ONLINE"
    assert json.loads(engines["2"])["statusMQ"] == "OFFLINE"


def test_an_engine_to_the_byte(engines):
    first = json.loads(engines["1"])
    assert datetime.datetime.strptime(first["timestamp"], "%d/%m/%Y %H:%M").replace(tzinfo=UTC) <= datetime.datetime.now(UTC)
    assert engines["1"] == (
        '{"engineId":"1","engineName":"ENGINE1","processDate":"%s","startDate":"2021-03-12T03:00:00Z","endDate":'
        '"2021-04-12T03:00:00Z","keyMap":"napse","mapVersion":"2","stores":"napse","statusMQ":"ONLINE","timestamp":"%s",'
        '"isConsole":"false"}') % (first["processDate"], first["timestamp"])


def test_the_gateway_is_a_console(engines):
    own = json.loads(engines["promo-gateway"])
    assert (own["isConsole"], own["statusMQ"], own["startDate"], own["stores"]) == ("true", "ONLINE", "", "")


def test_all_values_of_engines_are_strings(engines):
    for body in engines.values():
        assert all(isinstance(value, str) for value in json.loads(body).values()), body


def test_an_insert_is_published(feeds):
    sale = feeds.gateway.database.transaction.insert_one({"number": 1042, "total": 13999.0}).inserted_id
    (body, properties), = feeds.take("transactions")
    assert body == f'{{"_id":"{sale}","number":1042,"total":13999.0}}'
    check_properties("transactions", properties)


def test_a_feed_runs_when_it_is_asked_to(feeds):
    feeds.first("limit-status")
    feeds.gateway.database.limitStatus.update_one({}, {"$set": {"currentValue": 2.0, "lastUpdate": moment("2021-02-28T00:00:00")}})
    feeds.gateway.command("feeds", "run", "limit-status")
    (body, _), = feeds.take("limit-status")
    assert json.loads(body)["currentValue"] == 2.0


def test_publishing_is_switched_off_and_on(feeds):
    feeds.switch("false")
    try:
        feeds.gateway.database.transaction.insert_one({"number": 1043})
        stays("no transaction is published while rabbitMQ.producer.enabled is false",
              lambda: feeds.gateway.broker.queue_declare(feeds.queues["transactions"], passive=True).method.message_count == 0, 1.5)
    finally:
        feeds.switch("true")
    (body, _), = feeds.take("transactions")
    assert json.loads(body)["number"] == 1043


def test_there_is_nothing_to_warn_of(feeds):
    assert json.loads(feeds.gateway.read("/readyz"))["warnings"] == []


def test_it_ends_well(feeds):
    """Behind all other tests of this file."""
    assert feeds.gateway.stop(15) == 0
