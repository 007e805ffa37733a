"""Makes a mongod that has just been started ready for transactions.

usage: replica_set.py PORT PID

Waits for the server, makes it a replica set of one on the first start (or tells it its new address when the port has
changed since), waits until it is primary, and commits one transaction that reads. Exits 1 as soon as process PID is
gone, or after 60 seconds.
"""

import os
import sys
import time

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

NOT_YET_INITIALIZED = 94


def main(port: int, pid: int) -> None:
    address = f"127.0.0.1:{port}"
    client = pymongo.MongoClient(
        address, directConnection=True, serverSelectionTimeoutMS=300, heartbeatFrequencyMS=500
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            if make_primary(client, address):
                prove_transactions(address)
                return
        except PyMongoError as error:
            reason = f"{type(error).__name__}: {error}"
        else:
            reason = "it is not primary yet"
        if not os.path.exists(f"/proc/{pid}"):
            sys.exit("mongod has ended while it was starting")
        if time.monotonic() > deadline:
            sys.exit(f"mongod is not ready after 60 s: {reason}")
        time.sleep(0.03)


def make_primary(client: pymongo.MongoClient, address: str) -> bool:
    hello = client.admin.command("hello")
    if hello.get("isWritablePrimary"):
        return True
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        config = {"_id": "rs0", "members": [{"_id": 0, "host": address}]}
        client.admin.command("replSetInitiate", config)
        return False
    member = config["members"][0]
    if member["host"] != address:
        member["host"] = address
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)
    return False


def prove_transactions(address: str) -> None:
    # A client of its own: one that met the server before it was a replica set goes on refusing sessions for a while.
    client = pymongo.MongoClient(address, replicaSet="rs0", serverSelectionTimeoutMS=5000)
    with client, client.start_session() as session, session.start_transaction():
        client["promo_services"]["probe"].find_one({}, session=session)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), int(sys.argv[2]))
    except KeyboardInterrupt:
        sys.exit(130)
