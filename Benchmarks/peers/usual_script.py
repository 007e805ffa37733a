#!/usr/bin/env python3
"""The usual script: pika, jsonschema and one update_one(upsert) for each item.

usage: RABBITMQ_URI=… MONGODB_URI=… usual_script.py QUEUE DATABASE MESSAGES DEFINITION-FILE

Takes MESSAGES catalog messages of catalogItem from QUEUE, validates each item, writes it with `w: majority` and
acknowledges each message. The clock runs from when the first message is settled to when the last one is. Prints
{"items", "seconds", "cpu"}.
"""

import json
import os
import sys
import time
from decimal import Decimal

import pika
from bson.decimal128 import Decimal128
from jsonschema import Draft202012Validator
from pymongo import MongoClient, WriteConcern


def document(company, item):
    fields = {k: Decimal128(v) if isinstance(v, Decimal) else v for k, v in item.items() if k != "operation"}
    return {"_id": f"{company}|{item['code']}", "companyId": company, **fields}


def main():
    queue, database, messages, definition = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    with open(definition, encoding="utf-8") as file:
        schema = json.load(file)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"  # our keywords mean nothing to it
    validator = Draft202012Validator(schema)
    client = MongoClient(os.environ["MONGODB_URI"])
    collection = client[database].get_collection("item", write_concern=WriteConcern("majority"))
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URI"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=100)

    began = cpu_began = items = taken = 0
    for method, _, body in channel.consume(queue):
        message = json.loads(body, parse_float=Decimal)
        for item in message["items"]:
            validator.validate(item)
            record = document(message["companyId"], item)
            collection.update_one({"_id": record["_id"]}, {"$set": record}, upsert=True)
        channel.basic_ack(method.delivery_tag)
        taken += 1
        if taken == 1:
            began, cpu_began = time.monotonic(), time.process_time()
        else:
            items += len(message["items"])
        if taken == messages:
            break
    spent = {"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu_began}
    print(json.dumps({"items": items, **spent}))
    connection.close()


if __name__ == "__main__":
    main()
