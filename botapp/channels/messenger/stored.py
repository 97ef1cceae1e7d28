"""Reads again what was delivered and stored."""

from botapp.channels.messenger.fields import UnreadableError
from botapp.channels.messenger.items import read_item
from botapp.channels.messenger.json_body import decode
from botapp.channels.port import InboundEvent


def read_stored(raw: str, page_id: str) -> InboundEvent | None:
    """The event in a stored item; None where it was forgotten, or never was readable."""
    fields = decode(raw.encode()) if raw else None
    if not isinstance(fields, dict):
        return None
    try:
        return read_item(fields, page_id, (), standby=False)
    except UnreadableError:
        return None
