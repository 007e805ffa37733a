"""Runs the workloads round by round and prints what came of them. Started by Benchmarks/end-to-end, which says more."""

import argparse
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from catalog import Catalog
from contestants import Bench
from machine import Stopwatch, describe
from processes import Failure
from report import Report
from results import Results
from servers import Servers
from trials import TRIALS
from workloads import WORKLOADS


def say(text):
    print(f"end-to-end: {text}", file=sys.stderr, flush=True)


def timed(description, work):
    began = time.monotonic()
    result = work()
    say(f"{description}  ({time.monotonic() - began:.0f} s)")
    return result


def run_workload(bench, catalog, name, rounds, results):
    """Each contestant once a round, one right after the other; every second round the other way round."""
    workload = timed(f"{name}: data", lambda: WORKLOADS[name](catalog))
    measured = {who: [] for who in workload.contestants}
    for number in range(rounds):
        order = list(workload.contestants.items())
        for who, contestant in order if number % 2 == 0 else reversed(order):
            stopwatch = Stopwatch(bench.servers)
            one = replace(contestant.measure(bench), others_percent=stopwatch.others_percent())
            measured[who].append(one)
            say(
                f"{name}, round {number + 1} of {rounds}: {who}: {one.rate:,.0f} items/s"
                f" (others used {one.others_percent:.0f} % of the machine)"
            )
    results.workloads[name] = (workload, measured)


def run_trial(bench, catalog, name, rounds, results):
    trial = TRIALS[name](catalog)
    tried = [
        timed(f"{name}, round {number + 1} of {rounds}", lambda: trial.measure(bench)) for number in range(rounds)
    ]
    results.trials[name] = (trial, tried)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--only", required=True)
    parser.add_argument("--json", type=Path)
    for name in ("programs", "gateway", "peers-python", "directory"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    return parser.parse_args()


def main():
    given = arguments()
    # What is running is then stopped on the way out, as after an error.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(
        servers=Servers(given.programs),
        programs=given.programs,
        gateway=given.gateway,
        python=Path(sys.executable),
        peers_python=given.peers_python,
        directory=given.directory,
    )
    catalog = Catalog(given.directory, given.items)
    results = Results(f"{describe(bench)}\n{given.items:,} items, median of {given.rounds} rounds")
    print(f"{results.machine}\n", flush=True)

    stopwatch, failure = Stopwatch(bench.servers), None
    try:
        for names, run in ((WORKLOADS, run_workload), (TRIALS, run_trial)):
            for name in (name for name in names if name in given.only.split(",")):
                run(bench, catalog, name, given.rounds, results)
    except Failure as one:
        failure = one  # what was measured until then is worth seeing

    report = Report(results)
    print(report.text())
    print(f"Meanwhile other programs used {stopwatch.others_percent():.0f} % of the machine.")
    if given.json:
        given.json.write_text(results.json())
    if failure:
        sys.exit(f"end-to-end: error: {failure}")
    sys.exit(1 if report.missed else 0)


if __name__ == "__main__":
    main()
