"""What an item is made of: the parties and time around it, and what its event object says."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from botapp.channels.messenger.fields import JsonObject, read_label, read_object
from botapp.channels.port import Signal


class Item(NamedTuple):
    """One element of `messaging` or `standby`, its parties read. A tuple: it is made for every event."""

    fields: JsonObject
    sender_id: str | None
    recipient_id: str | None
    user_ref: str | None  # stands for a person who is not yet known by an id
    timestamp: str | None  # as sent, for keys


class Content(NamedTuple):
    """What the event object says. Field names are those of InboundEvent.

    Signal.CONTACT means that the person did something; only the whitelist makes an interaction of it.
    """

    kind: str
    signal: Signal
    key: str | None = None  # None: nothing natural, the whole item is the key
    from_page: bool = False  # echoes: sender and recipient have changed places
    wants_answer: bool = False
    text: str | None = None
    payload: str | None = None
    message_id: str | None = None
    subject_key: str | None = None
    metadata: str | None = None
    app_id: str | None = None
    message_ids: tuple[str, ...] = ()
    watermark_at: datetime | None = None
    topic: str | None = None
    facts: Mapping[str, str] | None = None


def referral_facts(value: object) -> dict[str, str] | None:
    """Where the person came from: a link's ref, an ad, a product. None when there is no referral."""
    referral = read_object(value)
    if referral is None:
        return None
    product = read_object(referral.get("product")) or {}
    advert = read_object(referral.get("ads_context_data")) or {}
    named = {
        "ref": referral.get("ref"),
        "ad_id": referral.get("ad_id"),
        "source": referral.get("source"),
        "product_id": product.get("id") or advert.get("product_id"),
    }
    return {name: label for name, given in named.items() if (label := read_label(given))}
