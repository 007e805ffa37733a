#!/usr/bin/env python3
"""The metrics of a real gateway, the documentation of them, the Grafana dashboard and the alert rules: do they speak of the
same names and labels?

usage: check_metrics.py GATEWAY PROMTOOL     (RABBITMQ_URI and MONGODB_URI name the servers)
"""

import json
import pathlib
import re
import subprocess
import sys

from busy_gateway import BusyGateway, wait

OPERATIONS = pathlib.Path("docs/operations")
# Not the gateway's: Prometheus' own, and RabbitMQ's (the rules say so).
FOREIGN = {"up", "rabbitmq_queue_messages_ready", "rabbitmq_queue_consumers"}
SCRAPED = {"job", "instance", "le"}
# Lines of the banner that this gateway does not come to.
BANNER = {"feed .+", "queue .+"}
NAME = re.compile(r"\b(?:gateway|process|rabbitmq)_[a-z0-9_]+\b|\bup\b(?=\{)")
passed, failed = 0, 0


def check(what, problems):
    global passed, failed
    if problems:
        failed += 1
        print(f"FAILED  {what}")
        for problem in sorted(set(problems)):
            print(f"        {problem}")
    else:
        passed += 1
        print(f"ok      {what}")


def family(name):
    return re.sub(r"_(bucket|sum|count)$", "", name)


def exported(text):
    """Names with their labels, and all label values, of an exposition in Prometheus' text format."""
    names, values = {}, {}
    for line in text.splitlines():
        found = re.match(r"([a-z_0-9]+)(?:\{(.*)\})? \S+$", line)
        if line.startswith("#") or not found:
            continue
        labels = dict(re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', found[2] or ""))
        names.setdefault(family(found[1]), set()).update(set(labels) - SCRAPED)
        for label, value in labels.items():
            values.setdefault((family(found[1]), label), set()).add(value)
    return names, values


def documented(path):
    """Names with their labels, of a table `| metric | labels | … |`."""
    table = path.read_text().split("| metric | labels |")[1].split("\n\n")[0]
    names = {}
    for row in table.splitlines()[2:]:
        cells = row.split("|")
        labels = set(re.findall(r"\b[a-z]+\b(?=[,:;( ]|$)", re.sub(r"`[^`]*`|\([^)]*\)|:.*?(?=,|$)", "", cells[2])))
        for name in re.findall(r"`((?:gateway|process)_[a-z_]+)`", cells[1]):
            names[name] = labels
    return names


def expressions():
    """(where, expression) of all that Prometheus is asked."""
    dashboard = json.loads((OPERATIONS / "grafana.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield f"grafana.json, {panel['title']}", target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield f"grafana.json, ${variable['name']}", variable["definition"]
    for annotation in dashboard["annotations"]["list"]:
        yield f"grafana.json, {annotation['name']}", annotation["expr"]
    for rule in re.split(r"- alert: ", (OPERATIONS / "alerts.yaml").read_text())[1:]:
        name, expression = re.match(r"(\w+)\n.*?expr: (?:>-\n)?(.*?)\n        (?:for|labels):", rule, re.DOTALL).groups()
        yield f"alerts.yaml, {name}", expression


def check_expressions(names, values):
    unknown, labels, wrong, count = [], [], [], 0
    for where, text in expressions():
        count += 1
        found = [name for name in NAME.findall(text)]
        if not found:
            unknown.append(f"{where}: names no metric: {text}")
        for name in found:
            if name not in FOREIGN and family(name) not in names:
                unknown.append(f"{where}: {name}")
        for name, selector in re.findall(r"\b([a-z_]+)\{([^}]*)\}", text):
            for label, operator, value in re.findall(r'([a-z]+)(=~|!~|!=|=)"([^"]*)"', selector):
                if label in SCRAPED or name in FOREIGN:
                    continue
                if label not in names.get(family(name), set()):
                    labels.append(f"{where}: {name} has no label {label}")
                elif operator in ("=", "=~") and value not in BANNER and not any(
                        re.fullmatch(value, one) for one in values[family(name), label]):
                    wrong.append(f"{where}: {name} never has {label} {value}")
    check(f"the metrics of {count} expressions are exported", unknown)
    check("their labels are there", labels)
    check("their values occur", wrong)
    return {family(name) for _, text in expressions() for name in NAME.findall(text)}


def check_dashboard():
    dashboard = json.loads((OPERATIONS / "grafana.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    problems = [f"two panels have the id {one}" for one in ids if ids.count(one) > 1]
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            problems.append(f"{panel['title']}: wider than the page")
        for other in dashboard["panels"]:
            its = other["gridPos"]
            if other["id"] < panel["id"] and its["x"] < place["x"] + place["w"] and place["x"] < its["x"] + its["w"] \
                    and its["y"] < place["y"] + place["h"] and place["y"] < its["y"] + its["h"]:
                problems.append(f"{panel['title']} lies upon {other['title']}")
        sources = [panel.get("datasource")] + [target["datasource"] for target in panel.get("targets", [])]
        if panel["type"] != "row" and any(one != {"type": "prometheus", "uid": "${datasource}"} for one in sources):
            problems.append(f"{panel['title']}: its data source is fixed")
    check(f"{len(ids)} panels stand side by side, on the data source that one chooses", problems)


def run(what, *arguments, text=None):
    result = subprocess.run(arguments, input=text, capture_output=True, text=True)
    said = [line for line in (result.stdout + result.stderr).splitlines() if line.strip()]
    check(what, said if result.returncode != 0 else [])


def main():
    gateway, promtool = sys.argv[1:3]
    with BusyGateway(gateway) as busy:
        # The first reading asks for the queues to be counted.
        wait("queues are counted", lambda: "gateway_queue_messages" in busy.read("/metrics"))
        # The state of the postings is read every second, that of the dead letters every five.
        wait("dead letters are counted", lambda: 'gateway_dead_letters{state="open"} 10' in busy.read("/metrics"))
        wait("postings are counted", lambda: re.search(
            r'gateway_postings_waiting\{feed="limit-status",state="stuck"\} 1', busy.read("/metrics")))
        text = busy.read("/metrics")
        banner = {(one["name"], "parts" if "ok" in one else "warnings") for part in ("parts", "warnings")
                  for one in json.loads(busy.read("/readyz"))[part]}
    names, values = exported(text)
    run("the exposition is as Prometheus wants it", promtool, "check", "metrics", text=text)
    shown = {(name, "parts") for name in values["gateway_part_up", "part"]} \
        | {(name, "warnings") for name in values["gateway_warning", "name"]}
    check("parts and warnings are those of /readyz", [f"{one}" for one in shown ^ banner])
    rows = documented(pathlib.Path("docs/operations.md"))
    check(f"{len(names)} metrics are exported, and docs/operations.md has each", [
        f"{name} is not in the table" for name in set(names) - set(rows)])
    check("all that it has is exported", [f"{name} is not exported" for name in set(rows) - set(names)])
    check("labels are as documented", [
        f"{name}: {sorted(names[name])}, documented {sorted(rows[name])}"
        for name in set(names) & set(rows) if names[name] != rows[name]])
    check("the README's table has real ones alone", [
        f"{name} is not exported" for name in set(documented(pathlib.Path("README.md"))) - set(names)])
    used = check_expressions(names, values)
    check("the dashboard or the rules use every metric", [f"{name} is not used" for name in set(names) - used])
    check_dashboard()
    rules, tests = (OPERATIONS / "alerts.yaml").read_text(), (OPERATIONS / "alerts.test.yaml").read_text()
    run("promtool reads the rules", promtool, "check", "rules", str(OPERATIONS / "alerts.yaml"))
    run("their tests pass", promtool, "test", "rules", str(OPERATIONS / "alerts.test.yaml"))
    alerts = re.findall(r"- alert: (\w+)", rules)
    check(f"a test lets each of {len(alerts)} alerts fire", [
        name for name in alerts if f'alertname="{name}",alertstate="firing"' not in tests])
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
