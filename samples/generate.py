#!/usr/bin/env python3
"""Generates catalog messages of any size, the same ones for the same arguments.

A message is one line of JSON. One message goes to --out as a file (default: standard output); several go to the
directory --out as message-0001.json, message-0002.json, …, or to standard output, one a line.
"""

import argparse
import random
import sys
from decimal import Decimal
from json import dumps
from pathlib import Path

OVERSIZED_BYTES = 17 * 1024 * 1024

KINDS = [
    # name, brand, category, subCategory, lowest and highest price in whole pesos
    ("Heladera no frost", "drean", "lineaBlanca", "heladeras", 450_000, 1_900_000),
    ("Lavarropas automático", "drean", "lineaBlanca", "lavado", 380_000, 1_200_000),
    ("Smart TV 4K", "sony", "tvAudio", "televisores", 299_999, 2_500_000),
    ("Yerba mate", "nanduti", "infusiones", "yerba", 1_800, 9_500),
    ("Café en cápsulas", "cafeSanIgnacio", "infusiones", "cafe", 3_900, 21_000),
    ("Vino torrontés", "penaflor", "bebidas", "vinos", 3_200, 48_000),
    ("Pañales de niños", "nanduti", "bebes", "panales", 5_400, 33_000),
]
VARIANTS = ["clásico", "premium", "línea hogar", "edición limitada", "tamaño familiar", "nuevo diseño"]
DETAILS = [
    "con garantía oficial del fabricante",
    "de industria argentina",
    "de primera selección",
    "con envío a todo el país",
]
UNITS = ["UN", "UN", "UN", "KG", "LT", "PACK"]
STORES = ["dot", "cba01", "nqn01"]
FIRST_NAMES = ["Begoña", "Iñaki", "Martín", "Rocío", "José", "Ángela", "Tomás", "Lucía", "Noemí", "Ramón"]
LAST_NAMES = ["Núñez", "Peña", "Quiroga", "Cañete", "Gómez", "Ibáñez", "Muñoz", "Acuña", "López", "Sarmiento"]


def json_text(value):
    """Compact JSON of a value; a Decimal keeps its digits (13999.90 stays 13999.90)."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{dumps(k, ensure_ascii=False)}:{json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(json_text, value)) + "]"
    return dumps(value, ensure_ascii=False)


def ean13(number):
    """An in-store EAN-13 bar code (prefix 200) with its check digit."""
    digits = f"200{number:09d}"
    total = sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(digits))
    return digits + str(-total % 10)


def money(rng, low, high):
    return Decimal(rng.randrange(low * 100, high * 100)).scaleb(-2)


def item(number, rng):
    kind, brand, category, sub_category, low, high = rng.choice(KINDS)
    return {
        "code": f"SKU-{number:07d}",
        "name": f"{kind} {rng.choice(VARIANTS)} {rng.randrange(10, 999)}",
        "description": f"{kind} {rng.choice(DETAILS)}",
        "brand": brand,
        "category": category,
        "subCategory": sub_category,
        "supplier": f"PROV-{rng.randrange(40, 140):04d}",
        "unit": rng.choice(UNITS),
        "price": money(rng, low, high),
        "barcodes": [ean13(number)],
        "active": rng.random() < 0.95,
    }


def item_stock(number, rng):
    return {
        "item": f"SKU-{number:07d}",
        "store": STORES[number % len(STORES)],
        "quantity": rng.randrange(0, 400),
        "updatedAt": f"2024-05-{rng.randrange(1, 29):02d}T{rng.randrange(8, 22):02d}:{rng.randrange(60):02d}:00-03:00",
    }


def customer(number, rng):
    return {
        "code": f"GC-{number:07d}",
        "firstName": rng.choice(FIRST_NAMES),
        "lastName": f"{rng.choice(LAST_NAMES)} {rng.choice(LAST_NAMES)}",
        "idType": "DNI",
        "identifier": str(rng.randrange(8_000_000, 46_000_000)),
        "customerType": "CF",
        "email": f"cliente{number}@correo.example",
        "phone": f"+54 9 11 5555-{rng.randrange(10_000):04d}",
        "birthDate": f"{rng.randrange(1940, 2006)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
        "active": True,
    }


def card(number, rng):
    return {
        "code": f"99{number:014d}",
        "type": "987",
        "status": rng.choice(["ENABLED", "ENABLED", "ENABLED", "DISABLED", "BLOCKED", "EXPIRED"]),
        "customerCode": f"GC-{number:07d}",
        "amount": money(rng, 0, 90_000),
        "expirationDate": f"{rng.randrange(2025, 2031)}-{rng.randrange(1, 13):02d}-28",
    }


CATALOGS = {
    "catalogItem": item,
    "catalogItemStock": item_stock,
    "catalogCustomer": customer,
    "catalogCard": card,
}
KEYS = {"catalogItemStock": ("item", "store")}


def operate(operation, catalog, record, rng):
    """The item that asks for `operation` on `record`; "mix" draws one of the four."""
    if operation == "mix":
        operation = rng.choice(["I", "I", "U", "U", "D", "IU", "IU", "IU"])
    key = KEYS.get(catalog, ("code",))
    if operation == "D":
        record = {field: record[field] for field in key}
    return {"operation": operation, **record}


def message(catalog, company, items):
    return json_text({"companyId": company, "catalog": catalog, "params": [], "items": items}) + "\n"


def messages(arguments):
    if arguments.oversized:
        yield message("catalogItem", arguments.company, oversized_items(random.Random(arguments.seed)))
        return
    rng = random.Random(arguments.seed)
    make = CATALOGS[arguments.catalog]
    total = arguments.items * arguments.messages
    # A mix only means something when keys come back, so it draws from a quarter as many keys as items.
    pool = max(1, total // 4) if arguments.operation == "mix" else None
    for m in range(arguments.messages):
        items = []
        for n in range(arguments.items):
            number = rng.randrange(pool) + 1 if pool else m * arguments.items + n + 1
            items.append(operate(arguments.operation, arguments.catalog, make(number, rng), rng))
        yield message(arguments.catalog, arguments.company, items)


def oversized_items(rng):
    """One item of 17 MiB, more than a record may hold, between two ordinary ones."""
    before, huge, after = (item(number, rng) for number in (9_000_001, 9_000_002, 9_000_003))
    filler = "Ficha técnica del producto, repetida por un error del sistema de origen. "
    huge["description"] = (filler * (OVERSIZED_BYTES // len(filler) + 1))[:OVERSIZED_BYTES]
    return [{"operation": "I", **record} for record in (before, huge, after)]


def parse_arguments(argv=None):
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Records depend on --seed, keys do not: the same keys with another seed make updates of every record.\n"
        "Example: generate.py --items 5000 --out /tmp/items.json && gateway send /tmp/items.json",
    )
    parser.add_argument("--items", type=positive, default=5000, metavar="N", help="items a message (default 5000)")
    parser.add_argument("--messages", type=positive, default=1, metavar="N", help="messages (default 1)")
    parser.add_argument("--catalog", choices=CATALOGS, default="catalogItem", help="catalog (default catalogItem)")
    parser.add_argument(
        "--operation", choices=["I", "U", "D", "IU", "mix"], default="I", help="of every item; mix: at random (default I)"
    )
    parser.add_argument("--company", default="napse", help="companyId (default napse)")
    parser.add_argument("--seed", type=int, default=1, help="of the random values (default 1)")
    parser.add_argument("--oversized", action="store_true", help="one 17 MiB item between two good ones, nothing else")
    parser.add_argument("--out", metavar="PATH", help="file, or directory where --messages is above 1 (default: stdout)")
    return parser.parse_args(argv)


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def main():
    arguments = parse_arguments()
    if arguments.out is None:
        for text in messages(arguments):
            sys.stdout.buffer.write(text.encode())
        return
    out = Path(arguments.out)
    several = arguments.messages > 1 and not arguments.oversized
    if several:
        out.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(messages(arguments), start=1):
        target = out / f"message-{number:04d}.json" if several else out
        target.write_bytes(text.encode())


if __name__ == "__main__":
    main()
