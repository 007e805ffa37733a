#!/usr/bin/env python3
"""A second opinion: what the gateway must make of catalog messages, computed one item at a time.

Starting from an empty database, applies the message files in the order given and prints JSON:

  messages     per file: outcome counts, dead letters, the outcome of each item
  collections  per collection: the final records by _id

Written apart from the gateway, with Python's own JSON parser and the jsonschema package (4.x), so that it can serve
as an oracle. It knows one company's messages, each sent once: no redelivery, no ledger, no crash.
Dates are printed in UTC, numbers with the digits they came with.
"""

import argparse
import json
import re
import sys
from collections import Counter
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import chain
from math import isinf
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import extend

import generate

HERE = Path(__file__).resolve().parent
MAX_DEPTH = 100
MAX_BYTES = 16 * 1024 * 1024 - 64 * 1024
OPERATIONS = ("I", "U", "D", "IU")
RESERVED_FIELDS = ("_id", "companyId")
DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
DATE_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Rejection(Exception):
    """Why an item, or a whole message, becomes a dead letter."""

    def __init__(self, code, line=None, column=None):
        super().__init__(code)
        self.code, self.line, self.column = code, line, column


# -- text to values ---------------------------------------------------------------------------------------------------


class Record(dict):
    """A JSON object that remembers whether a key came twice."""

    def __init__(self, pairs=()):
        super().__init__(pairs)
        self.twice = len(pairs) != len(self)


def decode(data):
    """The value of a JSON text, numbers exact; raises Rejection notJson if it is not JSON."""
    try:
        text = data.decode("utf-8")
        value = json.loads(
            text,
            parse_float=Decimal,
            parse_int=lambda digits: int(digits) if len(digits) < 4000 else Decimal(digits),
            parse_constant=not_json,
            object_pairs_hook=Record,
        )
        if "\\u" in text:
            refuse_surrogates(value)
    except json.JSONDecodeError as error:
        # At a token that does not belong the place is beyond dispute; at the end of a cut text it is not.
        if error.msg.startswith("Expecting") and error.pos < len(text.rstrip()):
            raise Rejection("notJson", error.lineno, error.colno) from None
        raise Rejection("notJson") from None
    except UnicodeError:
        raise Rejection("notJson") from None
    except RecursionError:
        raise Rejection("tooDeep") from None
    return value


def not_json(constant):
    raise Rejection("notJson")  # NaN, Infinity and -Infinity, which Python would take


def refuse_surrogates(value):
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, dict):
        for key, inner in value.items():
            key.encode("utf-8")
            refuse_surrogates(inner)
    elif isinstance(value, list):
        for inner in value:
            refuse_surrogates(inner)


def instant(text):
    """The moment a date or date-time means, or None where it is neither."""
    try:
        if match := DATE.fullmatch(text):
            return datetime(*map(int, match.groups()), tzinfo=timezone.utc)
        if match := DATE_TIME.fullmatch(text):
            *parts, fraction, zone = match.groups()
            moment = datetime(*map(int, parts), tzinfo=timezone.utc)
            moment += timedelta(milliseconds=int(((fraction or "") + "000")[:3]))
            if zone not in "Zz":
                hours, minutes = int(zone[1:3]), int(zone[4:6])
                if hours > 23 or minutes > 59:
                    return None
                moment -= (1 if zone[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)
            return moment
    except (ValueError, OverflowError):
        pass
    return None


def is_number(value):
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def same(a, b):
    """Equality of stored values: numbers by value, objects whatever the order of their keys."""
    if is_number(a) and is_number(b):
        return a == b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


# -- definitions ------------------------------------------------------------------------------------------------------


def is_integer(checker, value):
    return is_number(value) and (isinstance(value, int) or value == value.to_integral_value())


Validator = extend(
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", is_integer)
)
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-or-date-time")
def is_date(value):
    return not isinstance(value, str) or instant(value) is not None


@FORMATS.checks("email")
def is_email(value):
    return not isinstance(value, str) or re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None


class Definition:
    """A catalog's schema: which items hold, and what they are stored as."""

    def __init__(self, schema):
        self.catalog = schema["x-catalog"]
        name = self.catalog.removeprefix("catalog")
        self.collection = schema.get("x-collection", name[:1].lower() + name[1:])
        self.key = schema["x-key"]
        self.properties = schema["properties"]
        partial, key_only = deepcopy(schema), deepcopy(schema)
        partial["required"] = key_only["required"] = self.key
        key_only["properties"] = {field: self.properties[field] for field in self.key}
        self.full, self.partial, self.key_only = (
            Validator(shape, format_checker=FORMATS) for shape in (schema, partial, key_only)
        )

    def holds(self, operation, fields):
        """I and IU: the whole definition. U: the fields given, any but the key may be null. D: the key alone."""
        if operation == "D":
            return self.key_only.is_valid(fields)
        if operation == "U":
            given = {k: v for k, v in fields.items() if v is not None or k in self.key}
            return self.partial.is_valid(given)
        return self.full.is_valid(fields)

    def stored(self, field, value):
        """The value as the store keeps it, by the definition's x-bson; Rejection where it would not be kept exactly."""
        bson = self.properties.get(field, {}).get("x-bson")
        if value is None or bson is None:
            refuse_long_integers(value)
            return deepcopy(value)
        if bson == "date":
            return instant(value)
        if bson == "double":
            if isinf(float(value)):
                raise Rejection("schema")
            return float(value)
        if bson == "long":
            if not -(2**63) <= value < 2**63:
                raise Rejection("schema")
            return int(value)
        if bson == "decimal" and not fits_decimal128(Decimal(value)):
            raise Rejection("schema")
        return deepcopy(value)



def fits_decimal128(number):
    """34 digits, the last at 10^-6176 or above, the first at 10^6144 or below."""
    _, digits, exponent = number.as_tuple()
    significant = len("".join(map(str, digits)).rstrip("0"))
    last = exponent + len(digits) - significant
    return significant == 0 or (significant <= 34 and last >= -6176 and number.adjusted() <= 6144)


def refuse_long_integers(value):
    """Outside a decimal field an integer is 64 bits or it is refused."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise Rejection("schema")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        refuse_long_integers(inner)


def load_definitions(directories):
    """By catalog name; a later directory overrides an earlier one."""
    definitions = {}
    for path in chain.from_iterable(sorted(Path(d).glob("catalog*.json")) for d in directories):
        definition = Definition(json.loads(path.read_text("utf-8")))
        definitions[definition.catalog] = definition
    return definitions


# -- one item after the other -----------------------------------------------------------------------------------------


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def objects(value):
    """Every object in a value, itself first."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def check_shape(item):
    """What no store could take, whatever the catalog and the operation."""
    if not isinstance(item, dict):
        raise Rejection("schema")
    if any(inner.twice for inner in objects(item)):
        raise Rejection("duplicateField")
    if len(generate.json_text(item).encode("utf-8")) > MAX_BYTES:
        raise Rejection("tooLarge")
    if depth(item) > MAX_DEPTH:
        raise Rejection("tooDeep")
    keys = chain.from_iterable(objects(item))
    if any(key == "" or key[0] == "$" or "." in key or "\0" in key for key in keys):
        raise Rejection("reservedField")
    if any(field in item for field in RESERVED_FIELDS):
        raise Rejection("reservedField")


def record_id(company, key_parts):
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in [company, *key_parts])


def apply_item(item, company, definition, records):
    """The outcome of one item; `records` (by _id) is changed in place."""
    check_shape(item)
    fields = dict(item)
    operation = fields.pop("operation", None)
    if operation not in OPERATIONS:
        raise Rejection("invalidOperation")
    if not definition.holds(operation, fields):
        raise Rejection("schema")
    identity = record_id(company, [fields[field] for field in definition.key])
    present = records.get(identity)

    if operation == "D":
        return "absent" if records.pop(identity, None) is None else "deleted"
    stored = {field: definition.stored(field, value) for field, value in fields.items()}
    whole = {"_id": identity, "companyId": company, **stored}
    if present is None:
        if operation == "U":
            raise Rejection("notFound")
        records[identity] = whole
        return "inserted"
    if operation == "I":
        if same(present, whole):
            return "unchanged"
        raise Rejection("alreadyExists")
    changed = {f: v for f, v in stored.items() if f not in present or not same(present[f], v)}
    present.update(changed)
    return "updated" if changed else "unchanged"


class Model:
    """The database after the messages so far."""

    def __init__(self, definitions):
        self.definitions = definitions
        self.collections = {}

    def apply_message(self, data):
        """Outcome counts, dead letters and the outcome of each item of one message."""
        try:
            company, definition, items = self.open_envelope(decode(data))
        except Rejection as rejection:
            letter = {"kind": "message", "codes": [rejection.code], "count": 1}
            if rejection.line is not None:
                letter |= {"line": rejection.line, "column": rejection.column}
            return {"outcomes": {}, "deadLetters": [letter], "items": []}
        records = self.collections.setdefault(definition.collection, {})
        results, codes = [], []
        for item in items:
            try:
                results.append(apply_item(item, company, definition, records))
            except Rejection as rejection:
                codes.append(rejection.code)
                results.append(f"rejected {rejection.code}")
        outcomes = dict(sorted(Counter(result.split()[0] for result in results).items()))
        letters = [{"kind": "item", "codes": sorted(set(codes)), "count": 1}] if codes else []
        return {"outcomes": outcomes, "deadLetters": letters, "items": results}

    def open_envelope(self, message):
        if not isinstance(message, dict):
            raise Rejection("notEnvelope")
        if message.twice:
            raise Rejection("duplicateField")
        company, catalog, items = (message.get(name) for name in ("companyId", "catalog", "items"))
        if not (isinstance(company, str) and company and isinstance(catalog, str) and isinstance(items, list)):
            raise Rejection("notEnvelope")
        if catalog not in self.definitions:
            raise Rejection("unknownCatalog")
        return company, self.definitions[catalog], items


# -- expected.json ----------------------------------------------------------------------------------------------------


def compute_expected(path, model):
    """The expectations that the model itself arrives at, for the messages that expected.json lists."""
    listed = json.loads(path.read_text("utf-8"))
    messages = []
    for entry in listed["messages"]:
        if "generate" in entry:
            arguments = generate.parse_arguments(entry["generate"])
            sources = [text.encode() for text in generate.messages(arguments)]
        else:
            sources = [(path.parent / entry["file"]).read_bytes()]
        (result,) = map(model.apply_message, sources)
        named = {name: entry[name] for name in ("file", "generate", "messageId") if name in entry}
        messages.append(named | {"outcomes": result["outcomes"], "deadLetters": result["deadLetters"]})
    counts = {name: {"count": len(records)} for name, records in sorted(model.collections.items())}
    return listed, {"messages": messages, "collections": counts}


def expected_text(expected):
    """One message and one collection a line."""
    messages = ",\n    ".join(json.dumps(entry, ensure_ascii=False) for entry in expected["messages"])
    counts = ",\n    ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in expected["collections"].items())
    return f'{{\n  "messages": [\n    {messages}\n  ],\n  "collections": {{\n    {counts}\n  }}\n}}\n'


def check_expected(path, model, update):
    listed, computed = compute_expected(path, model)
    if update:
        path.write_text(expected_text(computed), "utf-8")
        return 0
    differences = [
        f"{entry.get('messageId')}: expected {json.dumps(entry)}, computed {json.dumps(other)}"
        for entry, other in zip(listed["messages"], computed["messages"])
        if entry != other
    ]
    if listed["collections"] != computed["collections"]:
        counts = json.dumps(listed["collections"]), json.dumps(computed["collections"])
        differences.append("collections: expected %s, computed %s" % counts)
    print(*differences or [f"{len(listed['messages'])} messages as expected"], sep="\n")
    return 1 if differences else 0


# -- command line -----------------------------------------------------------------------------------------------------


def printable(value):
    """The value with dates as text, ready for json_text."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace(".000", "").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {key: printable(inner) for key, inner in value.items()}
    return [printable(inner) for inner in value] if isinstance(value, list) else value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="message files, in the order they are sent")
    parser.add_argument(
        "--definitions",
        action="append",
        metavar="DIR",
        help="directory of definitions, may be repeated (default: those of the gateway and samples/definitions)",
    )
    parser.add_argument("--expected", metavar="FILE", help="check this expected.json instead; exit 1 where it differs")
    parser.add_argument("--update", action="store_true", help="with --expected: write what the model computes")
    arguments = parser.parse_args()
    if bool(arguments.files) == bool(arguments.expected):
        parser.error("give message files, or --expected")
    shipped = [HERE.parent / "Sources/Schemas/Definitions", HERE / "definitions"]
    model = Model(load_definitions(arguments.definitions or shipped))
    if arguments.expected:
        return check_expected(Path(arguments.expected), model, arguments.update)
    results = [{"file": name} | model.apply_message(Path(name).read_bytes()) for name in arguments.files]
    print(generate.json_text(printable({"messages": results, "collections": model.collections})))
    return 0


if __name__ == "__main__":
    sys.exit(main())
