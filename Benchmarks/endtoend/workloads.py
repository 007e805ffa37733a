"""The workloads: who takes part in each, and the ratios that are asked for."""

from dataclasses import dataclass

from catalog import ONE_LANE, TWO_LANES
from contestants import Drain, FastStream, Store, TheGateway, UsualScript
from oracle import ByModel, StoredExactly

USUAL_SCRIPT_ITEMS = 2000  # it settles some hundred a second
LARGE_ITEMS = 100_000

ONE, TWO = "gateway, one company", "gateway, two companies"
PEER = "FastStream + bulk_write"


@dataclass(frozen=True)
class Bar:
    """The rate of one contestant over that of another; `at_least` None: shown, and nothing is asked for."""

    gateway: str
    other: str
    at_least: float | None = None


@dataclass(frozen=True)
class Workload:
    title: str
    contestants: dict
    bars: list
    # of the gateway: processor time for each item in microseconds, resident memory in megabytes
    most_microseconds: float | None = None
    most_megabytes: float = 80


def first_load(catalog):
    inserted = {"inserted": catalog.items}
    exact = StoredExactly(catalog, ONE_LANE)
    insert, upsert = "gateway, I", "gateway, IU"
    one, two = "find + insert + ledger, 1 connection", "find + insert + ledger, 2 connections"
    script = "pika + jsonschema + update_one"
    return Workload(
        "first load",
        {
            PEER: FastStream(catalog.messages("IU")),
            upsert: TheGateway(catalog.messages("IU"), inserted, check=exact),
            one: Store("load", catalog.documents(), 1),
            insert: TheGateway(catalog.messages("I"), inserted, check=exact),
            two: Store("load", catalog.documents(), 2),
            TWO: TheGateway(catalog.messages("IU", TWO_LANES), inserted, check=StoredExactly(catalog, TWO_LANES)),
            script: UsualScript(catalog.messages("IU", items=USUAL_SCRIPT_ITEMS)),
        },
        [
            Bar(upsert, PEER, 8),
            Bar(insert, PEER, 8),
            Bar(upsert, script),
            Bar(upsert, one, 0.6),
            Bar(insert, one, 0.6),
            Bar(upsert, two, 0.6),
            Bar(insert, two, 0.6),
            Bar(TWO, two, 0.6),
        ],
        most_microseconds=5,
    )


def unchanged(catalog):
    find_one, find_two = "find by _id, 1 connection", "find by _id, 2 connections"
    return Workload(
        "resend, all unchanged",
        {
            PEER: FastStream(catalog.messages("IU"), documents=catalog.documents()),
            ONE: TheGateway(catalog.messages("IU"), {"unchanged": catalog.items}, documents=catalog.documents()),
            find_one: Store("find", catalog.documents(), 1, documents=catalog.documents()),
            find_two: Store("find", catalog.documents(), 2, documents=catalog.documents()),
        },
        [Bar(ONE, PEER, 12), Bar(ONE, find_one), Bar(ONE, find_two)],
        most_microseconds=5,
    )


def changed(catalog):
    def limit(work, connections):
        return Store(work, catalog.updates, connections, documents=catalog.documents())

    def gateway(companies):
        return TheGateway(
            catalog.messages("IU", companies, changed=True),
            {"updated": catalog.items},
            documents=catalog.documents(companies),
            check=StoredExactly(catalog, companies, changed=True),
        )

    plain_one, plain_two = "bulk update, 1 connection", "bulk update, 2 connections"
    whole_one, whole_two = "in transactions, 1 connection", "in transactions, 2 connections"
    return Workload(
        "resend, all changed",
        {
            plain_one: limit("update", 1),
            ONE: gateway(ONE_LANE),
            whole_one: limit("update-in-transactions", 1),
            plain_two: limit("update", 2),
            TWO: gateway(TWO_LANES),
            whole_two: limit("update-in-transactions", 2),
        },
        [Bar(ONE, plain_one, 2), Bar(TWO, plain_two, 2), Bar(ONE, whole_one), Bar(TWO, whole_two)],
        most_microseconds=5,
    )


def single(catalog):
    filling = catalog.messages("I", items_a_message=1)
    drain = "librabbitmq drain"
    return Workload(
        "one item a message",
        {
            drain: Drain(filling),
            ONE: TheGateway(filling, {"inserted": catalog.items}, check=StoredExactly(catalog, ONE_LANE)),
        },
        [Bar(ONE, drain, 0.4)],
    )


def mixed(catalog):
    expected = ByModel(catalog.mix)
    return Workload(
        "I, U, D, IU mixed",
        {
            PEER: FastStream(catalog.mix, mode="each"),
            ONE: TheGateway(catalog.mix, expected.outcomes, check=expected),
        },
        [Bar(ONE, PEER, 4)],
    )


def large(catalog):
    """Of 100,000 items whatever --items says: the bar is for that."""
    filling = catalog.of(LARGE_ITEMS).messages("I", items=LARGE_ITEMS, items_a_message=LARGE_ITEMS)
    return Workload(
        f"a message of {LARGE_ITEMS:,} items",
        {ONE: TheGateway(filling, {"inserted": LARGE_ITEMS})},
        [],
        most_megabytes=300,
    )


WORKLOADS = {
    "load": first_load,
    "unchanged": unchanged,
    "changed": changed,
    "single": single,
    "mixed": mixed,
    "large": large,
}
