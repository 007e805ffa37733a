#!/usr/bin/env python3
"""Times Python's validators on the items of one catalog message: a line of JSON for each, as MicroBenchmark prints.

usage: definitions.py MESSAGE-FILE DEFINITION-FILE

The items are decoded beforehand; what is timed is validation alone, in processor time of this thread.
"""

import json
import sys
import time
from statistics import median

import fastjsonschema
from jsonschema import Draft202012Validator


def measure(name, items, is_valid, duration=3.0):
    assert all(is_valid(item) for item in items), f"{name}: an item is not valid"  # and the warm-up
    rounds = []
    end = time.thread_time() + duration
    while len(rounds) < 5 or time.thread_time() < end:
        start = time.thread_time()
        for item in items:
            is_valid(item)
        rounds.append(time.thread_time() - start)
    rate = int(len(items) / median(rounds))
    print(json.dumps({"way": name, "items": len(items), "itemsPerSecond": rate}), flush=True)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        items = json.load(file)["items"]
    with open(sys.argv[2], encoding="utf-8") as file:
        definition = json.load(file)
    # Our keywords and dialect mean nothing to them: they see the plain schema.
    definition["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    slow = Draft202012Validator(definition)
    measure("jsonschema", items, slow.is_valid)

    # Draft 7 is the newest that it knows; the keywords of catalogItem mean the same there.
    definition["$schema"] = "http://json-schema.org/draft-07/schema#"
    fast = fastjsonschema.compile(definition)

    def is_valid(item):
        try:
            fast(item)
        except fastjsonschema.JsonSchemaException:
            return False
        return True

    measure("fastjsonschema", items, is_valid)


if __name__ == "__main__":
    main()
