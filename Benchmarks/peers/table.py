#!/usr/bin/env python3
"""Prints what Benchmarks/definitions measured as a table, beside what is asked for. Exit 1 where that is missed.

usage: table.py MEASURED COUNTED   (lines as MicroBenchmark and definitions.py print them)
"""

import json
import sys
from statistics import median

TITLES = {
    "parse": "gateway: JSON text to tape",
    "validate": "gateway: validate, from tape",
    "prepare": "gateway: validate + convert to BSON, from tape",
    "foundation": "Foundation JSONSerialization: decode alone",
    "jsonschema": "Python jsonschema: validate alone",
    "fastjsonschema": "Python fastjsonschema: validate alone",
}
ALLOWED_ALLOCATIONS = 0.01  # an item: a message allocates a few blocks, its items none


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main():
    rates = {}
    for line in lines(sys.argv[1]):
        rates.setdefault(line["way"], []).append(line["itemsPerSecond"])
    allocations = {line["way"]: line["allocations"] / line["items"] for line in lines(sys.argv[2])}

    print(f"{'one core, median of ' + str(len(rates['parse'])) + ' rounds':<48} {'items/s':>11} {'allocations/item':>18}")
    for way, title in TITLES.items():
        # Foundation's are counted where it calls malloc itself, which is not everywhere.
        count = f"{allocations[way]:.3f}" if way in allocations and way != "foundation" else "-"
        print(f"{title:<48} {median(rates[way]):>11,.0f} {count:>18}")

    # Ratios of one round, so that both sides met the same machine.
    def ratio(peer):
        return median(a / b for a, b in zip(rates["prepare"], rates[peer]))

    bars = [
        ("items/s", median(rates["prepare"]), 1_000_000),
        ("× Python jsonschema", ratio("jsonschema"), 50),
        ("× Python fastjsonschema", ratio("fastjsonschema"), 3),
        ("× Foundation decode alone", ratio("foundation"), 10),
    ]
    print(f"\n{'validate + convert':<48} {'measured':>11} {'at least':>18}")
    missed = False
    for name, measured, least in bars:
        missed |= measured < least
        print(f"{name:<48} {measured:>11,.1f} {least:>18,}{'' if measured >= least else '  MISSED'}")
    count = allocations["prepare"]
    missed |= count > ALLOWED_ALLOCATIONS
    print(f"{'allocations per item':<48} {count:>11.3f} {'at most ' + str(ALLOWED_ALLOCATIONS):>18}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
