"""The POST body of a Messenger webhook: every entry, every item of it, each on its own."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from botapp.channels.messenger.fields import JsonObject, UnreadableError, read_id, required_object
from botapp.channels.messenger.items import read_change, read_foreign, read_item
from botapp.channels.messenger.json_body import BodyRefusal, decode, encode
from botapp.channels.port import InboundEvent, MalformedItem, ParsedBody

__all__ = ["LARGEST_BATCH", "BodyRefusal", "decode", "open_envelope", "parse"]

LARGEST_BATCH = 2_000  # entries, or events; the platform sends at most half of that (platform-reference 1.4)
_CHANNELS = ("messaging", "standby", "changes")
_OTHER_PLATFORMS = ("instagram", "whatsapp_business_account")  # they have webhooks of their own


class _Found(NamedTuple):
    """One element of an entry's lists, not yet looked at."""

    entry_id: str | None
    entry_time: object
    channel: str
    item: object


def parse(body: Mapping[str, object], opening_kinds: Collection[str]) -> ParsedBody:
    """All events of a decoded body, and what could not be read. Never raises.

    A kind is an interaction only if it is in `opening_kinds` (one ending in ":" is a prefix) and names its
    sender. An entry without an id takes the page from its items; `page_id` is "" where those name none.
    """
    platform = body.get("object")
    events: list[InboundEvent] = []
    malformed: list[MalformedItem] = []
    for found in _walk(body):
        result = _read(found, platform, opening_kinds) if isinstance(found, _Found) else found
        if isinstance(result, InboundEvent):
            events.append(result)
        else:
            malformed.append(result)
    return ParsedBody(events=tuple(events), malformed=tuple(malformed))


def open_envelope(content: bytes) -> JsonObject | BodyRefusal:
    """The body, decoded, unless it has more events than the platform ever sends: a million fit into its bytes."""
    body = decode(content)
    entries = body.get("entry") if isinstance(body, dict) else None
    if isinstance(entries, list) and _are_too_many(entries):
        return BodyRefusal.TOO_MANY
    return body


def _are_too_many(entries: list[object]) -> bool:
    return len(entries) > LARGEST_BATCH or sum(map(_count_events, entries)) > LARGEST_BATCH


def _count_events(entry: object) -> int:
    lists = (entry.get(name) for name in _CHANNELS) if isinstance(entry, dict) else ()
    return sum(len(items) for items in lists if isinstance(items, list))


def _walk(body: Mapping[str, object]) -> Iterator[_Found | MalformedItem]:
    entries = body.get("entry")
    if not isinstance(entries, list):
        yield _malformed(None, "entries_not_list", entries)
        return
    for entry in entries:
        try:
            fields = required_object(entry, "entry")
            entry_id = read_id(fields.get("id"))
        except UnreadableError as error:
            yield _malformed(None, error.reason, entry)
        else:
            yield from _walk_entry(fields, entry_id)


def _walk_entry(entry: dict[str, object], entry_id: str | None) -> Iterator[_Found | MalformedItem]:
    channels = [(name, entry[name]) for name in _CHANNELS if entry.get(name) is not None]
    if not channels:
        yield _malformed(entry_id, "entry_without_events", entry)
    for name, items in channels:
        if not isinstance(items, list):
            yield _malformed(entry_id, f"{name}_not_list", items)
            continue
        for item in items:
            yield _Found(entry_id, entry.get("time"), name, item)


def _read(found: _Found, platform: object, opening_kinds: Collection[str]) -> InboundEvent | MalformedItem:
    try:
        fields = required_object(found.item, "item")
        if found.channel == "changes" and platform not in _OTHER_PLATFORMS:
            return read_change(fields, found.entry_id, found.entry_time)
        if platform not in (None, "page"):
            return read_foreign(fields, found.entry_id, platform, found.entry_time)
        return read_item(fields, found.entry_id, opening_kinds, standby=found.channel == "standby")
    except UnreadableError as error:
        return _malformed(found.entry_id, error.reason, found.item)
    except RecursionError:
        return MalformedItem(found.entry_id, "nested_too_deep", "null")


def _malformed(page_id: str | None, reason: str, value: object) -> MalformedItem:
    try:
        raw = encode(value)
    except RecursionError:
        raw = "null"  # what could just be read may be too deep to be written again
    return MalformedItem(page_id, reason, raw)
