#!/usr/bin/env python3
"""The ends of every type through the command line: no input ends the gateway with a signal.

usage: check_extremes.py GATEWAY

Messages, mappings, schemas, settings and options with the least and the greatest numbers, numbers that no machine holds, and
values of other types. Each command must end with an exit code that it documents (0, 1, 64, 69, 78), and in time.
"""
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

GATEWAY = sys.argv[1]
PATIENCE = 120
NUMBERS = [
    "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "18446744073709551615", "1e400", "-1e400",
    "1e1000000000", "1e-1000000000", "1e99999999999999999999", "0e999999999", "-0.0", "5e-324", "9" * 400, "0." + "0" * 400 + "1",
    "253402300800000", "-62135596800001",
]
OTHERS = ["null", "true", "[]", "{}", '""', '"-9223372036854775808"', '"1e400"', '"0000-01-01"', '"9999-12-31T23:59:60Z"',
          '"9999-12-31T23:59:59.999999999+23:59"', '"\\u0000"', '"NaN"']
VALUES = NUMBERS + OTHERS
failures = []
runs = 0


def run(arguments, given=None, folder=None):
    global runs
    runs += 1
    name = " ".join(arguments)
    try:
        done = subprocess.run(
            [GATEWAY, *arguments], input=given, capture_output=True, text=True, timeout=PATIENCE, cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "NO_COLOR": "1"})
    except subprocess.TimeoutExpired:
        failures.append(f"{name}: no end after {PATIENCE} s")
        return ""
    if done.returncode not in (0, 1, 64, 69, 78):
        failures.append(f"{name}: exit {done.returncode}: {done.stderr[-300:].strip()}")
    return done.stdout


def messages(folder):
    """Every value in every field of some catalogs, with every operation."""
    fields = {
        "catalogItem": ["code", "price", "active", "barcodes", "attributes", "name"],
        "catalogCard": ["code", "amount", "expirationDate"], "catalogStore": ["code", "latitude"],
        "catalogInfoFinancial": ["code", "installments", "rate", "startDate"],
    }
    files = []
    for catalog, names in fields.items():
        items = []
        for field, value, operation in itertools.product(names, VALUES, ("I", "IU", "U", "D")):
            others = ",".join(f'"{name}":"a"' for name in ("code", "name") if name != field)
            items.append(f'{{"operation":"{operation}",{others},"{field}":{value}}}')
        path = folder / f"{catalog}.json"
        path.write_text(f'{{"companyId":"napse","catalog":"{catalog}","items":[{",".join(items)}]}}')
        files.append(str(path))
    for number, value in enumerate(VALUES):
        path = folder / f"envelope{number}.json"
        path.write_text(f'{{"companyId":{value},"catalog":{value},"params":{value},"items":{value}}}')
        files.append(str(path))
    planned = run(["plan", *files])
    run(["plan", "--format", "json", *files])
    for path in files[:4]:
        run(["explain", path])
    if planned.count("\n") < 300:
        failures.append(f"plan told of {planned.count(chr(10))} lines only")


def mappings(folder):
    """Every value in every step, and every number in what a mapping sets."""
    steps = [
        "date: epochMilliseconds", "date: epochSeconds", "integer: true", "round: 2", "scale: -34", 'decimal: "1.234,50"', "text: true",
        "format: yyyy-MM-dd", "bool: true", "jq: '.'", "split: ','", "substring: { from: -3 }",
    ]
    fields = "".join(f"        f{number}: {{ path: .x, {step}, onError: drop }}\n" for number, step in enumerate(steps))
    (folder / "mappings").mkdir()
    (folder / "mappings" / "m.yaml").write_text(
        "routes:\n  r:\n    from: { amqp: { queue: q } }\n    definition: catalogItem\n    message:\n      companyId: napse\n"
        "      items: $.items[*]\n      operation: IU\n      fields:\n        code: { delivery: index, text: true }\n"
        "        name: { value: n }\n" + fields)
    message = folder / "foreign.json"
    message.write_text('{"items":[' + ",".join(f'{{"x":{value}}}' for value in VALUES) + "]}")
    for verb in ("plan", "explain"):
        run([verb, "--mappings", str(folder / "mappings"), "--route", "r", str(message)])
    for number, (key, value) in enumerate(itertools.product(
            ["round", "scale", "every", "batch", "prefetch", "jitter", "cron", "lineBytes", "x-message-ttl"],
            ["9223372036854775807", "-9223372036854775808", "99999999999999999999d", "1e400", ".inf", ".nan", "-1", "0", "'*/0 * * * *'"])):
        place = folder / f"set{number}"
        place.mkdir()
        step = f"{key}: {value}" if key in ("round", "scale") else "trim: true"
        source = "amqp: { queue: q }" if key in ("round", "scale") else (
            f"amqp: {{ queue: q, {key}: {value}, declare: {{ {key}: {value} }} }}")
        (place / "m.yaml").write_text(
            f"routes:\n  r:\n    from: {{ {source} }}\n    definition: catalogBrand\n    message:\n      companyId: c\n      items: $\n"
            f"      operation: I\n      fields: {{ code: .a, name: {{ path: .b, {step} }} }}\n"
            f"  f:\n    from: {{ collection: {{ name: x, {key}: {value}, every: {value} }} }}\n    message: document\n"
            f"    to: {{ amqp: {{ queue: y }} }}\n")
        run(["check", str(place)])


def schemas():
    """Every number in every keyword that takes one, against every value."""
    keywords = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "minimum",
                "exclusiveMaximum", "multipleOf", "const"]
    lines = []
    for keyword, number, value in itertools.product(keywords, NUMBERS, VALUES):
        lines.append(f'{{"id":1,"schema":{{"{keyword}":{number},"contains":true,"type":["integer","string","array","object","number"]}},"instance":{value}}}')
    for pattern in ["a{9223372036854775807}", "a{0,99999999999999999999}", "(a{1000}){1000}", "\\\\u{FFFFFFFFFF}", "[\\\\u{10FFFF}-a]", "\\\\99999999999"]:
        lines.append(f'{{"id":1,"schema":{{"pattern":"{pattern}"}},"instance":"aaa"}}')
    answers = run(["validate", "--ndjson"], "\n".join(lines) + "\n")
    if answers.count("\n") != len(lines):
        failures.append(f"validate --ndjson: {answers.count(chr(10))} answers to {len(lines)} lines")
    for answer in answers.splitlines():
        json.loads(answer)


def settings():
    names = [line.split()[0] for line in run(["check", "--settings"]).splitlines() if "." in line.split(" ")[0]]
    values = ["-9223372036854775808", "9223372036854775807", "99999999999999999999d", "1e400"]
    for value in values:
        # One run for all keys of a kind would tell only of the first that is wrong: each key by itself.
        for name in names:
            run(["check", "--set", f"{name}={value}"])
    for arguments in (["dead-letters", "list", "--since"], ["dead-letters", "list", "--limit"], ["dead-letters", "list", "-n"],
                      ["dead-letters", "replay", "--all", "--rate"], ["dead-letters", "replay", "--all", "--before"],
                      ["feeds", "rewind", "x", "--to"]):
        for value in values + ["0", "-1", "nan", "106751991168d", "9223372036854775807s"]:
            run([*arguments, value])


with tempfile.TemporaryDirectory() as name:
    messages(Path(name))
    mappings(Path(name))
    schemas()
    settings()
for failure in failures:
    print(failure)
print(f"{runs} runs, {len(failures)} failures")
sys.exit(1 if failures or runs < 100 else 0)
