"""Sends nothing; says what to send, and whether the gateway made of it what samples/expected.json expects.

  samples.py list EXPECTED WORKDIR
      prints "message-id<TAB>file" for each message, in the order of sending; generates into WORKDIR those that are
      generated

  samples.py check EXPECTED --queue QUEUE --database NAME [--patience S]
      waits until every message is settled as expected, or nothing has changed for S seconds; prints a table;
      exit 1 where something differs

  samples.py clean [--queue QUEUE] [--database NAME]
      deletes the queue and drops the database

Looks from outside: at MongoDB with a driver that the gateway does not use. MONGODB_URI, RABBITMQ_URI: the servers.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

OUTCOMES = ("inserted", "updated", "unchanged", "deleted", "absent", "rejected")


@dataclass
class Seen:
    """What the store holds about one message."""

    settled: bool = False
    outcomes: Counter = field(default_factory=Counter)
    dead_letters: list = field(default_factory=list)


# -- what to send ------------------------------------------------------------------------------------------------------


def read_expected(path):
    expected = json.loads(Path(path).read_text())
    identifiers = [message["messageId"] for message in expected["messages"]]
    twice = [identifier for identifier, count in Counter(identifiers).items() if count > 1]
    if twice:
        sys.exit(f"{path}: message-ids that occur twice: {', '.join(twice)}")
    return expected


def messages_to_send(path, workdir):
    """(message-id, file) of each message, in the order of sending. Generates into `workdir` those that are generated."""
    samples = Path(path).resolve().parent
    for number, message in enumerate(read_expected(path)["messages"], start=1):
        if "generate" in message:
            file = Path(workdir) / f"generated-{number}.json"
            generator = [sys.executable, str(samples / "generate.py"), *message["generate"], "--out", str(file)]
            subprocess.run(generator, check=True, stdout=subprocess.DEVNULL)
        else:
            file = samples / message["file"]
        if not file.is_file():
            sys.exit(f"{path}: {message['messageId']}: there is no file {file}")
        yield message["messageId"], file


# -- what came of it ---------------------------------------------------------------------------------------------------


def look(database, expected, queue):
    """What the ledger and the dead letters say, by message-id."""
    seen = {message["messageId"]: Seen() for message in expected["messages"]}
    # The ledger's key is queue|app-id|message-id; the chunks of a large message add a mark and a number to it.
    ledger_key = re.compile(re.escape(queue) + r"\|[^|]*\|([^|#/:@~]+)([|#/:@~].*)?", re.DOTALL)
    for row in database["gateway.ledger"].find({}):
        key = ledger_key.fullmatch(row["_id"])
        if key and key[1] in seen:
            seen[key[1]].settled = True
            seen[key[1]].outcomes.update({name: count for name, count in (row.get("outcomes") or {}).items() if count})
    for letter in database["gateway.deadLetters"].find({}, {"message": 0, "original": 0}):
        if letter.get("messageId") in seen:
            seen[letter["messageId"]].dead_letters.append(letter)
    return seen


def matches(wanted, letter):
    """True when the dead letter is of the wanted kind, for the wanted reasons, at the wanted place."""
    reasons = letter.get("reasons", [])
    if letter.get("kind") != wanted["kind"] or {reason.get("code") for reason in reasons} != set(wanted["codes"]):
        return False
    place = {key: wanted[key] for key in ("line", "column") if key in wanted}
    return not place or any(all(reason.get(key) == at for key, at in place.items()) for reason in reasons)


def differences(message, seen):
    if not seen.settled:
        return ["not settled: no row in gateway.ledger"]
    found = []
    wanted_outcomes = {name: count for name, count in message["outcomes"].items() if count}
    if dict(seen.outcomes) != wanted_outcomes:
        found.append(f"expected {counts(wanted_outcomes) or 'no outcomes'}")
    left = list(seen.dead_letters)
    for wanted in message["deadLetters"]:
        for _ in range(wanted.get("count", 1)):
            letter = next((letter for letter in left if matches(wanted, letter)), None)
            if letter is None:
                place = "".join(f", {key} {wanted[key]}" for key in ("line", "column") if key in wanted)
                found.append(f"expected a dead letter: {wanted['kind']}, {' '.join(wanted['codes'])}{place}")
            else:
                left.remove(letter)
    found += [f"not expected: dead letter {describe(letter)}" for letter in left]
    return found


def collection_differences(database, expected):
    found = []
    for name, wanted in expected.get("collections", {}).items():
        count = database[name].count_documents({})
        if count != wanted["count"]:
            found.append(f"{name}: {count} records, expected {wanted['count']}")
    return found


def counts(outcomes):
    return ", ".join(f"{outcomes[name]} {name}" for name in OUTCOMES if outcomes.get(name))


def describe(letter):
    reasons = letter.get("reasons", [])
    codes = " ".join(sorted({str(reason.get("code")) for reason in reasons}))
    place = next((f", line {r['line']} column {r.get('column')}" for r in reasons if r.get("line") is not None), "")
    return f"{letter.get('kind')}, {codes}{place}"


def wait_until_settled(database, expected, queue, patience):
    """Until every message is settled as expected, or nothing has changed for `patience` seconds. Returns what was seen of each
    message, its differences, and those of the collections."""
    state, changed = None, time.monotonic()
    while True:
        seen = look(database, expected, queue)
        wrong = {m["messageId"]: differences(m, seen[m["messageId"]]) for m in expected["messages"]}
        wrong_collections = collection_differences(database, expected)
        if not any(wrong.values()) and not wrong_collections:
            return seen, wrong, wrong_collections
        now = repr((wrong, wrong_collections, seen))
        if now != state:
            state, changed = now, time.monotonic()
        elif time.monotonic() - changed > patience:
            return seen, wrong, wrong_collections
        time.sleep(0.1)


def check(arguments):
    import pymongo

    expected = read_expected(arguments.expected)
    messages = expected["messages"]
    database = pymongo.MongoClient(os.environ["MONGODB_URI"])[arguments.database]
    seen, wrong, wrong_collections = wait_until_settled(database, expected, arguments.queue, arguments.patience)
    print_table(messages, seen, wrong)
    bad = sum(1 for found in wrong.values() if found)
    items = sum((one.outcomes for one in seen.values()), Counter())
    letters = sum(len(one.dead_letters) for one in seen.values())
    print()
    print(f"{len(messages)} messages: {counts(items) or 'no outcomes'}; {letters} dead letters")
    for difference in wrong_collections:
        print(f"!! collection {difference}")
    if bad or wrong_collections:
        print(f"NOT as expected: {bad} of {len(messages)} messages, {len(wrong_collections)} collections")
        return 1
    print(f"everything as expected, in {len(expected.get('collections', {}))} collections too")
    return 0


def print_table(messages, seen, wrong):
    rows = []
    for message in messages:
        one = seen[message["messageId"]]
        rows.append(
            (
                "!!" if wrong[message["messageId"]] else "ok",
                message.get("file") or "generate.py " + " ".join(message["generate"]),
                counts(one.outcomes) or "-",
                "; ".join(describe(letter) for letter in one.dead_letters) or "-",
                wrong[message["messageId"]],
            )
        )
    heads = ("", "message", "outcomes", "dead letters")
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(4)]
    print("  ".join(head.ljust(width) for head, width in zip(heads, widths)).rstrip())
    print("  ".join("-" * width for width in widths))
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        for difference in row[4]:
            print(" " * (widths[0] + 2) + "^ " + difference)


# -- afterwards --------------------------------------------------------------------------------------------------------


def clean(arguments):
    if arguments.queue:
        import pika

        connection = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URI"]))
        connection.channel().queue_delete(arguments.queue)
        connection.close()
    if arguments.database:
        import pymongo

        pymongo.MongoClient(os.environ["MONGODB_URI"]).drop_database(arguments.database)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("list")
    verb.add_argument("expected")
    verb.add_argument("workdir")
    verb = verbs.add_parser("check")
    verb.add_argument("expected")
    verb.add_argument("--queue", required=True)
    verb.add_argument("--database", required=True)
    verb.add_argument("--patience", type=float, default=15)
    verb = verbs.add_parser("clean")
    verb.add_argument("--queue")
    verb.add_argument("--database")
    arguments = parser.parse_args()
    if arguments.verb == "list":
        for message_id, file in messages_to_send(arguments.expected, arguments.workdir):
            print(message_id, file, sep="\t")
    elif arguments.verb == "check":
        sys.exit(check(arguments))
    else:
        clean(arguments)


if __name__ == "__main__":
    main()
