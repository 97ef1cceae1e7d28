"""One item of an envelope into one event."""

from collections.abc import Collection

from botapp.channels.messenger.actions import read_content
from botapp.channels.messenger.content import Content, Item
from botapp.channels.messenger.fields import JsonObject, UnreadableError, read_id, read_label, read_word
from botapp.channels.messenger.json_body import encode
from botapp.channels.messenger.keys import content_key
from botapp.channels.messenger.timestamps import read_instant
from botapp.channels.port import InboundEvent, Signal

_PAGE_SIGNALS = (Signal.PAGE_BLOCKED, Signal.PAGE_UNBLOCKED)


def read_item(
    fields: JsonObject, entry_id: str | None, opening_kinds: Collection[str], *, standby: bool
) -> InboundEvent:
    """The event in an item of `messaging` or `standby`. Raises UnreadableError when it is malformed."""
    sender_id, user_ref = _party(fields.get("sender"))
    recipient_id, _ = _party(fields.get("recipient"))
    item = Item(fields, sender_id, recipient_id, user_ref, read_label(fields.get("timestamp")))
    content = read_content(item)
    page_id, contact_id = (sender_id, recipient_id) if content.from_page else (recipient_id, sender_id)
    if content.signal in _PAGE_SIGNALS:
        contact_id = None
    return InboundEvent(
        page_id=entry_id or page_id or "",
        key=content.key or content_key(fields),
        kind=content.kind,
        signal=_signal(content, contact_id, opening_kinds),
        platform_contact_id=contact_id,
        occurred_at=read_instant(fields.get("timestamp")),
        raw=encode(fields),
        standby=standby,
        wants_answer=content.wants_answer and not standby and contact_id is not None,
        text=content.text,
        payload=content.payload,
        message_id=content.message_id,
        subject_key=content.subject_key,
        metadata=content.metadata,
        app_id=content.app_id,
        message_ids=content.message_ids,
        watermark_at=content.watermark_at,
        topic=content.topic,
        facts=content.facts or {},
        addressed_elsewhere=None not in (entry_id, page_id) and entry_id != page_id,
    )


def read_change(fields: JsonObject, entry_id: str | None, entry_time: object) -> InboundEvent:
    """A change of the page itself (its feed, its settings): never a conversation."""
    if not isinstance(fields.get("field"), str):
        raise UnreadableError("change_without_field")
    return _unread(fields, entry_id, f"change:{read_word(fields['field'])}", entry_time)


def read_foreign(fields: JsonObject, entry_id: str | None, platform: object, entry_time: object) -> InboundEvent:
    """An item of another platform, which has its own webhook: accepted and counted, nothing else."""
    return _unread(fields, entry_id, f"other:{read_word(platform)}", entry_time)


def _unread(fields: JsonObject, entry_id: str | None, kind: str, entry_time: object) -> InboundEvent:
    return InboundEvent(
        page_id=entry_id or "",
        key=content_key(fields),
        kind=kind,
        signal=Signal.OTHER,
        platform_contact_id=None,
        occurred_at=read_instant(entry_time),
        raw=encode(fields),
    )


def _party(value: object) -> tuple[str | None, str | None]:
    if not isinstance(value, dict):
        return None, None
    return read_id(value.get("id")), read_label(value.get("user_ref"))


def _signal(content: Content, contact_id: str | None, opening_kinds: Collection[str]) -> Signal:
    if content.signal in _PAGE_SIGNALS:
        return content.signal
    if contact_id is None:
        return Signal.OTHER  # about a person whom nothing names
    if content.signal is Signal.CONTACT and _opens(content.kind, opening_kinds):
        return Signal.INTERACTION
    return content.signal


def _opens(kind: str, opening_kinds: Collection[str]) -> bool:
    if kind in opening_kinds:
        return True
    return any(kind.startswith(opening) for opening in opening_kinds if opening.endswith(":"))
