"""A gateway on which something of everything has happened: items by every outcome, dead letters of both kinds, feeds, postings
that went out, failed and are stuck, a configuration that was refused."""

import datetime
import signal

from waiting import wait

FILTERED = """
routes:
  filtered:
    from: { amqp: { queue: %s } }
    definition: catalogBrand
    message:
      companyId: $.companyId
      items: $.items[*]
      where: { path: .skip, notEquals: true }
      operation: IU
      fields: { code: .code, name: .name }
"""


def make_busy(gateway):
    """Prepares and starts it, and makes all of it happen."""
    gateway.take_mappings("feeds", "catalogs.yaml")
    filtered = gateway.name + ".filtered"
    (gateway.mappings / "filtered.yaml").write_text(FILTERED % filtered)
    gateway.queues.append(filtered)
    cards = gateway.declare(gateway.name + ".cards")
    gateway.settings |= {
        "RABBITMQ_LOYALTY_CARD_ENDPOINT_NAME": cards, "RABBITMQ_LIMITSTATUS_ENDPOINT_NAME": gateway.name + ".limits",
        "RABBITMQ_PRODUCER_INTERVAL": "1h",
    }
    write_documents(gateway)
    gateway.start()
    send_messages(gateway, cards, filtered)
    change_configuration(gateway)
    return gateway


def write_documents(gateway):
    now = datetime.datetime.now(datetime.timezone.utc)
    gateway.database.cardMovement.insert_one({"companyId": "napse", "amount": "0", "createdAt": now})
    # There is no queue for the first one, and the second one cannot be written as JSON.
    gateway.database.limitStatus.insert_many([
        {"companyId": "napse", "currentValue": 1.0, "lastUpdate": now},
        {"companyId": "napse", "currentValue": float("nan"), "lastUpdate": now}])
    gateway.database.engine.insert_many([
        {"engineId": "1", "engineName": "ENGINE1", "processDate": now, "startDate": now, "endDate": now, "keyMap": "napse",
         "mapVersion": "2", "stores": "napse", "isConsole": "false"},
        {"engineId": "2", "engineName": "ENGINE2", "processDate": now - datetime.timedelta(hours=1)}])


def send_messages(gateway, cards, filtered):
    def message(*items, catalog="catalogBrand", company="napse"):
        return {"companyId": company, "catalog": catalog, "items": list(items)}

    brand = message({"operation": "I", "code": "a", "name": "A"}, {"operation": "IU", "code": "b", "name": "B"})
    gateway.send(brand, "one")
    gateway.send(brand, "one")
    gateway.send(message(
        {"operation": "IU", "code": "a", "name": "New"}, {"operation": "U", "code": "b", "name": "B"},
        {"operation": "D", "code": "b"}, {"operation": "D", "code": "c"}, {"operation": "I", "code": "d"}))
    for number in range(6):
        gateway.send(message({"operation": "I", "code": f"x{number}"}))
    gateway.send(message({"operation": "X", "code": "e"}, {"operation": "U", "code": "nobody"}))
    gateway.send(message({"operation": "I", "code": "f", "name": "F"}, catalog="catalogBrnad"))
    gateway.send("{\n  no JSON")
    gateway.send(
        {"companyId": "napse", "items": [{"code": "g", "name": "G"}, {"code": "h", "name": "H", "skip": True}]},
        queue=filtered)
    letters, postings = gateway.database["gateway.deadLetters"], gateway.database["gateway.postings"]
    wait("dead letters", lambda: letters.count_documents({"state": "open"}) == 10)
    wait("records", lambda: gateway.database.brand.count_documents({}) == 2)
    wait("a posting failed, and another one is stuck", lambda: {
        row["state"] for row in postings.find({"name": "limit-status"})} == {"failed", "stuck"})
    wait("a card was published", lambda: gateway.broker.queue_declare(cards, passive=True).method.message_count == 1)


def change_configuration(gateway):
    gateway.command("config", "set", "lanes", "3")
    wait("the setting is in force", lambda: 'gateway_reloads_total{outcome="done"}' in gateway.read("/metrics"))
    (gateway.mappings / "broken.yaml").write_text("routes:\n  broken: { form: here }\n")
    gateway.process.send_signal(signal.SIGHUP)
    wait("a mapping was refused", lambda: 'gateway_reloads_total{outcome="refused"}' in gateway.read("/metrics"))
