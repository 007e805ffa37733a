"""The metrics of a real gateway, the documentation of them, the Grafana dashboard and the alert rules speak of the same names and
labels."""

import json
import re
import subprocess

import pytest
from asking import ask_at
from busy import make_busy
from gateway_process import free_port
from live_gateway import ROOT
from websocket_frames import TEXT, Client, frame

OPERATIONS = ROOT / "docs/operations"
ALERTS, TESTS = OPERATIONS / "alerts.yaml", OPERATIONS / "alerts.test.yaml"
DASHBOARD = json.loads((OPERATIONS / "grafana.json").read_text())
# Not the gateway's: Prometheus' own, and RabbitMQ's (the rules say so).
FOREIGN = {"up", "rabbitmq_queue_messages_ready", "rabbitmq_queue_consumers"}
SCRAPED = {"job", "instance", "le"}
# Lines of the banner that this gateway does not come to.
BANNER = {"feed .+", "(queue|exchange|binding) .+"}
NAME = re.compile(r"\b(?:gateway|process|rabbitmq)_[a-z0-9_]+\b|\bup\b(?=\{)")


def family(name):
    return re.sub(r"_(bucket|sum|count)$", "", name)


class Exposition:
    """Names with their labels, and all label values, of a text in Prometheus' format; parts and warnings of /readyz with it."""

    def __init__(self, text, banner):
        self.text, self.banner, self.names, self.values = text, banner, {}, {}
        for line in text.splitlines():
            found = re.match(r"([a-z_0-9]+)(?:\{(.*)\})? \S+$", line)
            if line.startswith("#") or not found:
                continue
            labels = dict(re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', found[2] or ""))
            self.names.setdefault(family(found[1]), set()).update(set(labels) - SCRAPED)
            for label, value in labels.items():
                self.values.setdefault((family(found[1]), label), set()).add(value)


def documented(path):
    """Names with their labels, of the tables `| metric | labels | … |` of a page."""
    names = {}
    for table in path.read_text().split("| metric | labels |")[1:]:
        for row in table.split("\n\n")[0].splitlines()[2:]:
            cells = row.split("|")
            labels = set(re.findall(r"\b[a-z]+\b(?=[,:;( ]|$)", re.sub(r"`[^`]*`|\([^)]*\)|:.*?(?=,|$)", "", cells[2])))
            for name in re.findall(r"`((?:gateway|process)_[a-z_]+)`", cells[1]):
                names[name] = labels
    return names


# Every page that has such a table; the reference is the one with the most metrics.
PAGES = {path: names for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if (names := documented(path))}
REFERENCE = max(PAGES, key=lambda path: len(PAGES[path]))


def expressions():
    """(where, expression) of all that Prometheus is asked."""
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield f"grafana.json, {panel['title']}", target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield f"grafana.json, ${variable['name']}", variable["definition"]
    for annotation in DASHBOARD["annotations"]["list"]:
        yield f"grafana.json, {annotation['name']}", annotation["expr"]
    for rule in re.split(r"- alert: ", ALERTS.read_text())[1:]:
        name, expression = re.match(r"(\w+)\n.*?expr: (?:>-\n)?(.*?)\n        (?:for|labels):", rule, re.DOTALL).groups()
        yield f"alerts.yaml, {name}", expression


def selectors():
    """(where, metric, label, operator, value) of all label matchers, foreign ones apart."""
    for where, text in expressions():
        for name, selector in re.findall(r"\b([a-z_]+)\{([^}]*)\}", text):
            for label, operator, value in re.findall(r'([a-z]+)(=~|!~|!=|=)"([^"]*)"', selector):
                if label not in SCRAPED and name not in FOREIGN:
                    yield where, name, label, operator, value


ASKED = """
routes:
  asked:
    from: { http: { method: POST, path: /brands, listener: api } }
    definition: catalogBrand
    message: { companyId: { value: napse }, items: $, operation: IU, fields: { code: .code, name: .name } }
    to: [mongodb, { websocket: { topic: brands, key: .code, outcomes: [inserted, updated, unchanged] } }]
  heard:
    from: { websocket: { listener: api, topic: brands, subscribe: { key: .code } } }
"""


@pytest.fixture(scope="module")
def exposition(new_shared_gateway):
    port = free_port()
    gateway = new_shared_gateway("metrics", {"HTTP_LISTENERS_API_PORT": str(port)})
    gateway.mappings.mkdir()
    (gateway.mappings / "asked.yaml").write_text(ASKED)
    make_busy(gateway)
    assert ask_at(port, "POST", "/brands", {}).status == 400
    listener = Client(port, "/any")
    listener.send(frame(TEXT, b'{"code":"pushed"}'))
    assert b"subscribed" in listener.next()[1]
    assert ask_at(port, "POST", "/brands", {"code": "pushed", "name": "x"}).status == 201
    assert b"pushed" in listener.next()[1]

    def shows(pattern):
        return re.search(pattern, gateway.read("/metrics"))

    # The first reading asks for the queues to be counted.
    gateway.wait("queues are counted", lambda: shows("gateway_queue_messages"), 30)
    # The state of the postings is read every second, that of the dead letters every five.
    gateway.wait("dead letters are counted", lambda: shows(r'gateway_dead_letters\{state="open"\} 10'), 30)
    gateway.wait("postings are counted", lambda: shows(r'gateway_postings_waiting\{feed="limit-status",state="stuck"\} 1'), 30)
    text = gateway.read("/metrics")
    listener.socket.close()
    banner = {(one["name"], "parts" if "ok" in one else "warnings") for part in ("parts", "warnings")
              for one in json.loads(gateway.read("/readyz"))[part]}
    return Exposition(text, banner)


@pytest.fixture(scope="module")
def rows():
    return PAGES[REFERENCE]


@pytest.fixture
def promtool(request):
    """Runs it; it must have nothing to say against its input."""
    tool = request.config.getoption("--promtool")
    assert tool.is_file(), f"there is no {tool}: scripts/setup --with-acceptance puts it there"

    def run(*arguments, text=None):
        result = subprocess.run([tool, *arguments], input=text, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, f"promtool {' '.join(map(str, arguments))}:\n{result.stdout}{result.stderr}"

    return run


def test_the_exposition_is_as_prometheus_wants_it(promtool, exposition):
    promtool("check", "metrics", text=exposition.text)


def test_parts_and_warnings_are_those_of_readyz(exposition):
    shown = {(name, "parts") for name in exposition.values["gateway_part_up", "part"]} \
        | {(name, "warnings") for name in exposition.values["gateway_warning", "name"]}
    assert shown == exposition.banner


def test_each_exported_metric_is_documented(exposition, rows):
    assert len(exposition.names) > 20
    assert not set(exposition.names) - set(rows), f"these are not in the table of {REFERENCE.name}"


def test_each_documented_metric_is_exported(exposition, rows):
    assert not set(rows) - set(exposition.names), f"these are in {REFERENCE.name} and are not exported"


def test_labels_are_as_documented(exposition, rows, checks):
    for name in sorted(set(exposition.names) & set(rows)):
        checks.equal(f"labels of {name}", sorted(rows[name]), sorted(exposition.names[name]))


def test_every_table_of_every_page_has_exported_metrics_alone(exposition, checks):
    for page, names in PAGES.items():
        checks.equal(f"not exported, of {page.name}", [], sorted(set(names) - set(exposition.names)))


def test_expressions_name_exported_metrics(exposition, checks):
    for where, text in expressions():
        found = NAME.findall(text)
        checks(where, [] if found else [f"names no metric: {text}"])
        for name in found:
            checks(f"{where}: {name}", [] if name in FOREIGN or family(name) in exposition.names else ["is not exported"])


def test_expressions_name_labels_that_are_there(exposition, checks):
    for where, name, label, _, _ in selectors():
        labels = exposition.names.get(family(name), set())
        checks(f"{where}: {name}", [] if label in labels else [f"has no label {label}; it has {sorted(labels)}"])


def test_expressions_name_values_that_occur(exposition, checks):
    for where, name, label, operator, value in selectors():
        if operator in ("=", "=~") and value not in BANNER:
            occurring = exposition.values.get((family(name), label), set())
            checks(f"{where}: {name}", [] if any(re.fullmatch(value, one) for one in occurring)
                   else [f"never has {label} {value}; it has {sorted(occurring)}"])


def test_the_dashboard_or_the_rules_use_every_metric(exposition):
    used = {family(name) for _, text in expressions() for name in NAME.findall(text)}
    assert not set(exposition.names) - used, "these are not used"


def test_panels_have_ids_of_their_own():
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert ids and len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]


def test_panels_stand_side_by_side(checks):
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        checks(panel["title"], ["is wider than the page"] if place["x"] + place["w"] > 24 else [])
        for other in DASHBOARD["panels"]:
            its = other["gridPos"]
            covers = other["id"] < panel["id"] and its["x"] < place["x"] + place["w"] and place["x"] < its["x"] + its["w"] \
                and its["y"] < place["y"] + place["h"] and place["y"] < its["y"] + its["h"]
            checks(panel["title"], [f"lies upon {other['title']}"] if covers else [])


def test_panels_are_on_the_data_source_that_one_chooses(checks):
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    for panel in DASHBOARD["panels"]:
        if panel["type"] != "row":
            for source in [panel.get("datasource")] + [target["datasource"] for target in panel.get("targets", [])]:
                checks.equal(f"data source of {panel['title']}", chosen, source)


def test_promtool_reads_the_rules(promtool):
    promtool("check", "rules", str(ALERTS))


def test_the_tests_of_the_rules_pass(promtool):
    promtool("test", "rules", str(TESTS))


def test_a_test_lets_each_alert_fire(checks):
    alerts, tests = re.findall(r"- alert: (\w+)", ALERTS.read_text()), TESTS.read_text()
    assert alerts
    for name in alerts:
        checks(name, [] if f'alertname="{name}",alertstate="firing"' in tests else ["no test lets it fire"])
