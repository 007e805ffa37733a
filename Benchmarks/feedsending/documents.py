"""Limit-status documents as Promo stores them, and the text that must be published of each."""

import json
from datetime import datetime, timedelta, timezone

from bson import ObjectId

FIRST = datetime(2021, 2, 27, 12, 7, 30, tzinfo=timezone.utc)


def object_id(number, kind):
    return ObjectId(f"603a{kind:04x}{number:016x}")


def document(number, last_update=None):
    """The sample of the product, with other ids and numbers; `last_update` a whole second."""
    midnight = datetime(2021, 2, 27, 3, tzinfo=timezone.utc)
    return {
        "_id": object_id(number, 1),
        "promotionId": object_id(number, 2),
        "benefitId": object_id(number, 3),
        "promotionCode": None,
        "promotionName": "limite general",
        "limitId": object_id(number, 4),
        "scope": ("RETAILER", "STORE", "CUSTOMER")[number % 3],
        "period": "UNDEFINED",
        "maxValue": 10.0,
        "customerId": "-",
        "storeId": f"store{number % 100}",
        "numberDays": 0,
        "nextReset": midnight,
        "lastReset": midnight,
        "companyId": "napse",
        "limitTypeCode": "benefiedProductCount",
        "description": None,
        "lastUpdate": last_update or FIRST + timedelta(seconds=number // 10),
        "active": number % 5 != 0,
        "currentValue": float(number % 11),
    }


def published(document):
    """The text of its posting."""

    def plain(value):
        if isinstance(value, ObjectId):
            return str(value)
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")

    return json.dumps(document, default=plain, separators=(",", ":"))


def message_id(document):
    """Of its posting."""
    milliseconds = (document["lastUpdate"] - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
    return f"limit-status:{document['_id']}:{milliseconds}"
