#!/usr/bin/env python3
"""What one would write today for requests: FastAPI on uvicorn, pydantic, PyMongo's asynchronous client and aio-pika.

usage: MONGODB_URI=… RABBITMQ_URI=… DATABASE=… EXCHANGE=… uvicorn fastapi_peer:app

POST /orders takes an order once for each Idempotency-Key: the key, with a hash of the request and its answer, goes into a
collection whose `_id` is unique; then the order is inserted; then it is published, persistent and mandatory, and its confirm
awaited. POST /drafts does the same and publishes nothing. Writes are `w: majority` and journaled, reads have read concern
`majority`, as those of the gateway.

There is no transaction: a crash between two of the three steps leaves the key without its order, or an order that nobody
hears of. A transaction around the two inserts takes one more round trip, and was slower.
"""

import hashlib
import os
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from typing import Annotated
from uuid import uuid4

import aio_pika
from fastapi import FastAPI, Header, HTTPException, Request, Response
from pydantic import BaseModel, Field
from pymongo import AsyncMongoClient, WriteConcern
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

LIST = 100


class NewOrder(BaseModel):
    customer: int = Field(ge=1)
    product: str = Field(min_length=1, max_length=40)
    quantity: int = Field(ge=1, le=1000)
    price: float = Field(ge=0)
    note: str = Field(max_length=1000)


class Order(NewOrder):
    id: str
    createdAt: datetime


class Created(BaseModel):
    id: str


@asynccontextmanager
async def lifespan(app):
    client = AsyncMongoClient(os.environ["MONGODB_URI"], tz_aware=True)
    database = client.get_database(
        os.environ["DATABASE"], write_concern=WriteConcern("majority", j=True), read_concern=ReadConcern("majority"))
    app.state.orders, app.state.keys = database["order"], database["idempotencyKeys"]
    connection = await aio_pika.connect_robust(os.environ["RABBITMQ_URI"])
    channel = await connection.channel(publisher_confirms=True)
    app.state.exchange = await channel.get_exchange(os.environ["EXCHANGE"])
    yield
    await connection.close()
    await client.close()


app = FastAPI(lifespan=lifespan)
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


async def take(order: NewOrder, key: str, path: str):
    """Returns the answer, and the order if it is new."""
    asked = hashlib.sha256(f"{path} {order.model_dump_json()}".encode()).hexdigest()
    document = {**order.model_dump(), "id": str(uuid4()), "companyId": "acme", "createdAt": datetime.now(timezone.utc)}
    document["_id"] = f"acme|{document['id']}"
    answer = Created(id=document["id"])
    try:
        await app.state.keys.insert_one(
            {"_id": f"{path} {key}", "request": asked, "answer": answer.model_dump(), "at": document["createdAt"]})
    except DuplicateKeyError:
        row = await app.state.keys.find_one({"_id": f"{path} {key}"})
        if row["request"] != asked:
            raise HTTPException(422, "the Idempotency-Key belongs to another request") from None
        return Created(**row["answer"]), None
    await app.state.orders.insert_one(document)
    return answer, document


@app.post("/orders", status_code=201)
async def announced(order: NewOrder, key: Key, request: Request, response: Response) -> Created:
    answer, document = await take(order, key, request.url.path)
    if document:
        body = Order.model_validate(document).model_dump_json(include={"id", "customer", "product", "quantity", "price"})
        message = aio_pika.Message(
            body.encode(), content_type="application/json", message_id=key,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await app.state.exchange.publish(message, routing_key="placed", mandatory=True)
    response.headers["Location"] = f"/orders/{answer.id}"
    return answer


@app.post("/drafts", status_code=201)
async def stored(order: NewOrder, key: Key, request: Request, response: Response) -> Created:
    answer, _ = await take(order, key, request.url.path)
    response.headers["Location"] = f"/orders/{answer.id}"
    return answer


@app.get("/orders/{id}")
async def one(id: str) -> Order:
    found = await app.state.orders.find_one({"_id": f"acme|{id}"})
    if found is None:
        raise HTTPException(404, "there is no such order")
    return Order.model_validate(found)


@app.get("/orders")
async def some(customer: int | None = None) -> list[Order]:
    wanted = {} if customer is None else {"customer": customer}
    return [Order.model_validate(one) for one in await app.state.orders.find(wanted).sort("_id").limit(LIST).to_list()]
