"""The samples through a gateway: each message ends as samples/expected.json says, seen with a driver that the gateway does not
use."""

import pytest
import samples
from live_gateway import ROOT

PATH = ROOT / "samples" / "expected.json"
EXPECTED = samples.read_expected(PATH)
PATIENCE = 15  # seconds in which nothing changes


@pytest.fixture(scope="module")
def settled(new_shared_gateway, tmp_path_factory):
    """What was seen of each message and its differences, by message-id, and the differences of the collections."""
    gateway = new_shared_gateway("samples")
    gateway.start("--mappings", str(ROOT / "mappings"), "--definitions", str(ROOT / "samples" / "definitions"))
    for message_id, file in samples.messages_to_send(PATH, tmp_path_factory.mktemp("generated")):
        gateway.send(file.read_bytes(), message_id)
    return samples.wait_until_settled(gateway.database, EXPECTED, gateway.queue, PATIENCE)


@pytest.mark.parametrize("message_id", [message["messageId"] for message in EXPECTED["messages"]])
def test_a_message_ends_as_expected(settled, message_id):
    seen, wrong, _ = settled
    assert not wrong[message_id], f"found {samples.counts(seen[message_id].outcomes) or 'no outcomes'}," \
        f" {len(seen[message_id].dead_letters)} dead letters"


def test_collections_have_as_many_records_as_expected(settled):
    assert len(EXPECTED["collections"]) > 20
    assert not settled[2]
