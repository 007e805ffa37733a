"""What has to be in the store after a run, and whether it is."""

import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import bson
from bson.decimal128 import Decimal128
from bson.raw_bson import RawBSONDocument

from catalog import COLLECTION
from processes import Failure

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "samples"))
import model  # noqa: E402


class StoredExactly:
    """The catalog's products, byte for byte, and no others."""

    def __init__(self, catalog, companies, changed=False):
        self.catalog, self.companies, self.changed = catalog, companies, changed

    def __call__(self, servers, database, queue):
        wanted = {bson.encode(one) for one in self.catalog.expected_documents(self.companies, self.changed)}
        as_bytes = bson.CodecOptions(document_class=RawBSONDocument)
        found = {one.raw for one in servers.mongo[database].get_collection(COLLECTION, as_bytes).find()}
        if found != wanted:
            raise Failure(f"of {len(wanted)} records {len(wanted - found)} are not stored as they should be")


class ByModel:
    """What samples/model.py makes of messages, one item after the other: outcomes, dead letters and final records."""

    def __init__(self, filling):
        sequential = model.Model(model.load_definitions([ROOT / "Sources/Schemas/Definitions"]))
        with filling.path.open("rb") as lines:
            results = [sequential.apply_message(line) for line in lines]
        self.message_outcomes = [result["outcomes"] for result in results]
        self.outcomes = dict(sum(map(Counter, self.message_outcomes), Counter()))
        self.dead_letters = sum(letter["count"] for result in results for letter in result["deadLetters"])
        self.records = sequential.collections[COLLECTION]

    def __call__(self, servers, database, queue):
        found = servers.mongo[database]
        rows = {row["_id"]: row["outcomes"] for row in found["gateway.ledger"].find()}
        wrong = [
            number
            for number, outcomes in enumerate(self.message_outcomes, start=1)
            if rows.get(f"{queue}||{queue}-{number}") != outcomes
        ]
        if wrong or len(rows) != len(self.message_outcomes):
            raise Failure(f"{len(wrong)} messages have other outcomes than the model: numbers {wrong[:5]} …")
        if found["gateway.deadLetters"].count_documents({}) != self.dead_letters:
            raise Failure(f"there are not {self.dead_letters} dead letters, as the model has them")
        records = {one["_id"]: plain(one) for one in found[COLLECTION].find()}
        differing = [key for key in records.keys() | self.records if not same(records.get(key), self.records.get(key))]
        if differing:
            raise Failure(f"{len(differing)} records differ from the model's, such as {sorted(differing)[:3]}")


def same(record, other):
    return record is not None and other is not None and model.same(record, other)


def plain(record):
    return {name: value.to_decimal() if isinstance(value, Decimal128) else value for name, value in record.items()}
