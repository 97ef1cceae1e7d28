"""The `message` object: what a person wrote, what the page wrote (echo), and what was taken back."""

from botapp.channels.messenger.content import Content, Item, referral_facts
from botapp.channels.messenger.fields import (
    PAYLOAD_LIMIT,
    TEXT_LIMIT,
    JsonObject,
    read_id,
    read_object,
    read_text,
    read_word,
)
from botapp.channels.messenger.keys import message_key
from botapp.channels.port import Signal

_MOST_TYPES_IN_KIND = 10


def read_message(message: JsonObject, _item: Item) -> Content:
    """Raises UnreadableError when an id in it is too long."""
    message_id = read_id(message.get("mid"))
    # Truthiness on purpose: an echo taken for a person's message would have the bot answer itself.
    if message.get("is_echo"):
        return _echo(message, message_id)
    if message.get("is_deleted"):
        key, subject_key = message_key("d", message_id), message_key("m", message_id)
        return Content("message_deleted", Signal.UNSENT, key, message_id=message_id, subject_key=subject_key)
    return _from_person(message, message_id)


def _from_person(message: JsonObject, message_id: str | None) -> Content:
    text = read_text(message.get("text"), TEXT_LIMIT)
    quick_reply = read_object(message.get("quick_reply"))
    kind = _kind(message, text, quick_reply)
    return Content(
        kind,
        Signal.CONTACT,
        message_key("m", message_id),
        wants_answer=kind != "message_empty",
        text=text,
        payload=read_text(quick_reply.get("payload"), PAYLOAD_LIMIT) if quick_reply else None,
        message_id=message_id,
        facts=referral_facts(message.get("referral")),
    )


def _echo(message: JsonObject, message_id: str | None) -> Content:
    app_id = read_id(message.get("app_id"))
    if message.get("is_deleted"):
        # The page took its own message back: neither the person's doing nor news of a sent message.
        key = message_key("ed", message_id)
        return Content("echo:deleted", Signal.OTHER, key, from_page=True, message_id=message_id, app_id=app_id)
    return Content(
        "echo",
        Signal.ECHO,
        message_key("e", message_id),
        from_page=True,
        text=read_text(message.get("text"), TEXT_LIMIT),
        message_id=message_id,
        metadata=read_text(message.get("metadata"), PAYLOAD_LIMIT),
        app_id=app_id,
    )


def _kind(message: JsonObject, text: str | None, quick_reply: JsonObject | None) -> str:
    if message.get("is_unsupported"):
        return "message_unsupported"
    if quick_reply is not None:
        return "quick_reply"
    attachments = _attachments(message)
    if text:
        return "message_text+attachment" if attachments else "message_text"
    if _is_sticker(message, attachments):
        return "sticker"
    if attachments:
        types = (read_word(attachment.get("type")) for attachment in attachments[:_MOST_TYPES_IN_KIND])
        return "message_attachment:" + ",".join(types)
    return "message_empty"


def _attachments(message: JsonObject) -> list[JsonObject]:
    value = message.get("attachments")
    if not isinstance(value, list):
        return []
    return [attachment if isinstance(attachment, dict) else {} for attachment in value]


def _is_sticker(message: JsonObject, attachments: list[JsonObject]) -> bool:
    """Stickers came as images with a sticker_id, then as both, since August 2026 as their own type."""
    if message.get("sticker_id") is not None:
        return True
    return any(
        attachment.get("type") == "sticker"
        or (read_object(attachment.get("payload")) or {}).get("sticker_id") is not None
        for attachment in attachments
    )
