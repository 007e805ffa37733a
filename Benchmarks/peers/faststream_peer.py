#!/usr/bin/env python3
"""What one would write today: FastStream, pydantic and one pymongo bulk_write for each message.

usage: RABBITMQ_URI=… MONGODB_URI=… faststream_peer.py QUEUE DATABASE MESSAGES upsert|each

Takes MESSAGES catalog messages of catalogItem from QUEUE. With `upsert` the items of a message become one ordered bulk
of UpdateOne(upsert=True); with `each`, one unordered bulk of InsertOne, UpdateOne and DeleteOne as their operation
says, in which an item that is refused is passed over. Written with `w: majority`, acknowledged by FastStream.

bulk_write blocks the event loop on purpose: messages are then applied one after the other, in their order, as the
gateway does; with the asynchronous client they would overtake one another. The clock runs from when the first message
is settled to when the last one is. Prints {"items", "seconds", "cpu"}.
"""

import asyncio
import json
import os
import sys
import time
from decimal import Decimal
from typing import Literal

from bson.decimal128 import Decimal128
from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitMessage, RabbitQueue
from pydantic import BaseModel, Field
from pymongo import DeleteOne, InsertOne, MongoClient, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError


class Item(BaseModel):
    operation: Literal["I", "U", "D", "IU"]
    code: str = Field(min_length=1, max_length=256)
    name: str | None = Field(None, min_length=1)
    description: str | None = None
    brand: str | None = None
    category: str | None = None
    subCategory: str | None = None
    supplier: str | None = None
    unit: str | None = None
    price: Decimal | None = None
    barcodes: list[str] | None = None
    active: bool | None = None


class CatalogMessage(BaseModel):
    companyId: str
    catalog: str
    items: list[Item]


async def decode(message: RabbitMessage):
    return json.loads(message.body, parse_float=Decimal)  # a price keeps its digits


def record(company, item):
    fields = item.model_dump(exclude={"operation"}, exclude_unset=True)
    if item.price is not None:
        fields["price"] = Decimal128(item.price)
    return {"_id": f"{company}|{item.code}", "companyId": company, **fields}


def upsert(fields):
    return UpdateOne({"_id": fields["_id"]}, {"$set": fields}, upsert=True)


def each(operation, fields):
    match operation:
        case "I":
            return InsertOne(fields)
        case "U":
            return UpdateOne({"_id": fields["_id"]}, {"$set": fields})
        case "D":
            return DeleteOne({"_id": fields["_id"]})
        case _:
            return upsert(fields)


def apply(collection, message, mode):
    fields = [record(message.companyId, item) for item in message.items]
    if mode == "upsert":
        collection.bulk_write([upsert(one) for one in fields], ordered=True)
        return
    try:
        collection.bulk_write([each(i.operation, f) for i, f in zip(message.items, fields)], ordered=False)
    except BulkWriteError:
        pass  # I of a key that is there


async def main():
    queue, database, messages, mode = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    client = MongoClient(os.environ["MONGODB_URI"])
    collection = client[database].get_collection("item", write_concern=WriteConcern("majority"))
    broker = RabbitBroker(os.environ["RABBITMQ_URI"], logger=None)
    app = FastStream(broker, logger=None)
    began = cpu_began = items = taken = 0

    @broker.subscriber(RabbitQueue(queue, durable=True), channel=Channel(prefetch_count=100), decoder=decode)
    async def handle(message: CatalogMessage):
        nonlocal began, cpu_began, items, taken
        apply(collection, message, mode)
        taken += 1
        if taken == 1:
            began, cpu_began = time.monotonic(), time.process_time()
        else:
            items += len(message.items)
        if taken == messages:
            spent = {"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu_began}
            print(json.dumps({"items": items, **spent}))
            app.exit()

    await app.run()


if __name__ == "__main__":
    asyncio.run(main())
