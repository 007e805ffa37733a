"""The ends of every type through the command line: no input ends the gateway with a signal.

Messages, mappings, schemas, settings and options with the least and the greatest numbers, numbers that no machine holds, and
values of other types. Each command must end with an exit code that it documents, and in time.
"""

import itertools
import json
import subprocess

import pytest

PATIENCE = 120
DOCUMENTED = (0, 1, 64, 69, 78)
NUMBERS = [
    "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "18446744073709551615", "1e400", "-1e400",
    "1e1000000000", "1e-1000000000", "1e99999999999999999999", "0e999999999", "-0.0", "5e-324", "9" * 400, "0." + "0" * 400 + "1",
    "253402300800000", "-62135596800001",
]
OTHERS = ["null", "true", "[]", "{}", '""', '"-9223372036854775808"', '"1e400"', '"0000-01-01"', '"9999-12-31T23:59:60Z"',
          '"9999-12-31T23:59:59.999999999+23:59"', '"\\u0000"', '"NaN"']
VALUES = NUMBERS + OTHERS
FIELDS = {
    "catalogItem": ["code", "price", "active", "barcodes", "attributes", "name"],
    "catalogCard": ["code", "amount", "expirationDate"], "catalogStore": ["code", "latitude"],
    "catalogInfoFinancial": ["code", "installments", "rate", "startDate"],
}
STEPS = [
    "date: epochMilliseconds", "date: epochSeconds", "integer: true", "round: 2", "scale: -34", 'decimal: "1.234,50"', "text: true",
    "format: yyyy-MM-dd", "bool: true", "jq: '.'", "split: ','", "substring: { from: -3 }",
]
KEYWORDS = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "minimum",
            "exclusiveMaximum", "multipleOf", "const"]
PATTERNS = ["a{9223372036854775807}", "a{0,99999999999999999999}", "(a{1000}){1000}", "\\\\u{FFFFFFFFFF}", "[\\\\u{10FFFF}-a]", "\\\\99999999999"]
SET_VALUES = ["-9223372036854775808", "9223372036854775807", "99999999999999999999d", "1e400"]
OPTIONS = [
    "dead-letters list --since", "dead-letters list --limit", "dead-letters list -n", "dead-letters replay --all --rate",
    "dead-letters replay --all --before", "feeds rewind x --to",
]


class Cli:
    """Runs commands of the gateway; each is a check that it ends with a documented exit code."""

    def __init__(self, gateway, checks):
        self.gateway, self.checks = gateway, checks

    def run(self, *arguments, given=None, folder=None):
        """Its standard output."""
        what = "gateway " + " ".join(map(str, arguments))
        try:
            done = subprocess.run(
                [self.gateway, *arguments], input=given, capture_output=True, text=True, timeout=PATIENCE, cwd=folder,
                env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "NO_COLOR": "1"})
        except subprocess.TimeoutExpired:
            self.checks(what, [f"expected an end, found none after {PATIENCE} s"])
            return ""
        self.checks(what, [] if done.returncode in DOCUMENTED else [
            f"expected an exit of {', '.join(map(str, DOCUMENTED))}, found {done.returncode}: {done.stderr[-300:].strip()}"])
        return done.stdout


@pytest.fixture
def cli(binaries, checks):
    return Cli(binaries / "gateway", checks)


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """Files with every value in every field of some catalogs, with every operation; then envelopes of every value."""
    folder, files = tmp_path_factory.mktemp("messages"), []
    for catalog, names in FIELDS.items():
        items = []
        for field, value, operation in itertools.product(names, VALUES, ("I", "IU", "U", "D")):
            others = ",".join(f'"{name}":"a"' for name in ("code", "name") if name != field)
            items.append(f'{{"operation":"{operation}",{others},"{field}":{value}}}')
        path = folder / f"{catalog}.json"
        path.write_text(f'{{"companyId":"napse","catalog":"{catalog}","items":[{",".join(items)}]}}')
        files.append(path)
    for number, value in enumerate(VALUES):
        path = folder / f"envelope{number}.json"
        path.write_text(f'{{"companyId":{value},"catalog":{value},"params":{value},"items":{value}}}')
        files.append(path)
    return files


def test_plan(cli, messages):
    planned = cli.run("plan", *messages)
    assert planned.count("\n") >= 300, "plan printed only a few lines"


def test_plan_as_json(cli, messages):
    cli.run("plan", "--format", "json", *messages)


@pytest.mark.parametrize("number", range(len(FIELDS)), ids=list(FIELDS))
def test_explain(cli, messages, number):
    cli.run("explain", messages[number])


@pytest.mark.parametrize("verb", ["plan", "explain"])
def test_every_value_in_every_step_of_a_mapping(cli, tmp_path, verb):
    fields = "".join(f"        f{number}: {{ path: .x, {step}, onError: drop }}\n" for number, step in enumerate(STEPS))
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "m.yaml").write_text(
        "routes:\n  r:\n    from: { amqp: { queue: q } }\n    definition: catalogItem\n    message:\n      companyId: napse\n"
        "      items: $.items[*]\n      operation: IU\n      fields:\n        code: { delivery: index, text: true }\n"
        "        name: { value: n }\n" + fields)
    message = tmp_path / "foreign.json"
    message.write_text('{"items":[' + ",".join(f'{{"x":{value}}}' for value in VALUES) + "]}")
    cli.run(verb, "--mappings", tmp_path / "mappings", "--route", "r", message)


@pytest.mark.parametrize("key", ["round", "scale", "every", "batch", "prefetch", "jitter", "cron", "lineBytes", "x-message-ttl"])
def test_every_number_in_what_a_mapping_sets(cli, tmp_path, key):
    for number, value in enumerate([
            "9223372036854775807", "-9223372036854775808", "99999999999999999999d", "1e400", ".inf", ".nan", "-1", "0", "'*/0 * * * *'"]):
        place = tmp_path / f"set{number}"
        place.mkdir()
        step = f"{key}: {value}" if key in ("round", "scale") else "trim: true"
        source = "amqp: { queue: q }" if key in ("round", "scale") else (
            f"amqp: {{ queue: q, {key}: {value}, declare: {{ {key}: {value} }} }}")
        (place / "m.yaml").write_text(
            f"routes:\n  r:\n    from: {{ {source} }}\n    definition: catalogBrand\n    message:\n      companyId: c\n      items: $\n"
            f"      operation: I\n      fields: {{ code: .a, name: {{ path: .b, {step} }} }}\n"
            f"  f:\n    from: {{ collection: {{ name: x, {key}: {value}, every: {value} }} }}\n    message: document\n"
            f"    to: {{ amqp: {{ queue: y }} }}\n")
        cli.run("check", place)


def test_every_number_in_every_keyword_of_a_schema(cli):
    lines = []
    for keyword, number, value in itertools.product(KEYWORDS, NUMBERS, VALUES):
        lines.append(f'{{"id":1,"schema":{{"{keyword}":{number},"contains":true,"type":["integer","string","array","object","number"]}},"instance":{value}}}')
    for pattern in PATTERNS:
        lines.append(f'{{"id":1,"schema":{{"pattern":"{pattern}"}},"instance":"aaa"}}')
    answers = cli.run("validate", "--ndjson", given="\n".join(lines) + "\n")
    assert answers.count("\n") == len(lines), "each line has an answer"
    for answer in answers.splitlines():
        json.loads(answer)


@pytest.mark.parametrize("value", SET_VALUES)
def test_every_number_in_every_setting(cli, value):
    names = [line.split()[0] for line in cli.run("check", "--settings").splitlines() if "." in line.split(" ")[0]]
    assert len(names) > 10, names
    # One run for all keys of a kind would tell only of the first that is wrong: each key by itself.
    for name in names:
        cli.run("check", "--set", f"{name}={value}")


@pytest.mark.parametrize("arguments", OPTIONS)
def test_every_number_in_options(cli, arguments):
    for value in [*SET_VALUES, "0", "-1", "nan", "106751991168d", "9223372036854775807s"]:
        cli.run(*arguments.split(), value)
