"""The messages that every contestant gets, and the documents that come of them, written to files once."""

import sys
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from itertools import count
from math import ceil
from pathlib import Path
from random import Random

import bson
from bson.decimal128 import Decimal128

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "samples"))
import generate  # noqa: E402

CATALOG = "catalogItem"
COLLECTION = "item"
ONE_LANE = ("napse",)
TWO_LANES = ("napse", "tienda")  # the hashes of their names fall on the two lanes
NUMBERS = count(1)


@dataclass(frozen=True)
class Filling:
    """What a queue is filled with: a file of messages, one a line."""

    path: Path
    messages: int
    items: int
    companies: tuple = ONE_LANE


class Catalog:
    """The files of one run, in its directory, each made when it is first asked for.

    The products are those of samples/generate.py: SKU-0000001 and so on, 11 fields, about 290 bytes. Of the messages of
    several companies, each has items of one company, and the companies take turns.
    """

    def __init__(self, directory, items):
        self.directory, self.items = Path(directory), items

    def of(self, items):
        """Another one, of so many products."""
        return self if items == self.items else Catalog(self.directory, items)

    @cached_property
    def products(self):
        return products(self.items, seed=1)

    @cached_property
    def changed_products(self):
        """The same products with other values: almost every field differs but the code."""
        return products(self.items, seed=2)

    def chosen(self, changed):
        return self.changed_products if changed else self.products

    @cache
    def messages(self, operation, companies=ONE_LANE, items=None, items_a_message=100, changed=False):
        """Messages of one operation for the first of the products."""
        chosen = self.chosen(changed)[:items]
        path = self.new_file()
        with path.open("wb") as file:
            for company, part in by_company(chosen, companies, items_a_message):
                with_operation = [{"operation": operation, **product} for product in part]
                file.write(generate.message(CATALOG, company, with_operation).encode())
        return Filling(path, ceil(len(chosen) / items_a_message), len(chosen), companies)

    @cached_property
    def mix(self):
        """Messages of 100 items: I, U, D and IU at random, on a quarter as many keys as items."""
        path = self.new_file()
        arguments = generate.parse_arguments(
            ["--operation", "mix", "--items", "100", "--messages", str(self.items // 100)]
        )
        with path.open("wb") as file:
            for text in generate.messages(arguments):
                file.write(text.encode())
        return Filling(path, self.items // 100, self.items // 100 * 100)

    def expected_documents(self, companies=ONE_LANE, changed=False):
        """The products as they are stored after messages() for the same companies, 100 items a message."""
        for company, part in by_company(self.chosen(changed), companies, 100):
            for product in part:
                yield document(product, company)

    @cache
    def documents(self, companies=ONE_LANE):
        path = self.new_file()
        with path.open("wb") as file:
            for one in self.expected_documents(companies):
                file.write(bson.encode(one))
        return path

    @cached_property
    def updates(self):
        """For each product a pair {q, u}, which sets the fields that differ in changed_products, and no others."""
        path = self.new_file()
        with path.open("wb") as file:
            for old, new in zip(map(document, self.products), map(document, self.changed_products)):
                changed = {name: value for name, value in new.items() if value != old[name]}
                file.write(bson.encode({"q": {"_id": old["_id"]}, "u": {"$set": changed}}))
        return path

    def new_file(self):
        return self.directory / f"data-{next(NUMBERS)}"


def products(count, seed):
    rng = Random(seed)
    return [generate.item(number, rng) for number in range(1, count + 1)]


def by_company(products, companies, items_a_message):
    for number, start in enumerate(range(0, len(products), items_a_message)):
        yield companies[number % len(companies)], products[start : start + items_a_message]


def document(product, company=ONE_LANE[0]):
    """A product as it is stored: the gateway's documents have these bytes."""
    fields = {name: Decimal128(value) if isinstance(value, Decimal) else value for name, value in product.items()}
    return {"_id": f"{company}|{product['code']}", "companyId": company, **fields}
