"""Everything but messages: taps, opt-ins, receipts, reactions, thread control, policy. One reader per shape."""

from collections.abc import Callable, Mapping

from botapp.channels.messenger.content import Content, Item, referral_facts
from botapp.channels.messenger.fields import (
    PAYLOAD_LIMIT,
    TEXT_LIMIT,
    JsonObject,
    read_id,
    read_label,
    read_text,
    read_word,
    required_object,
)
from botapp.channels.messenger.keys import message_key, natural_key
from botapp.channels.messenger.messages import read_message
from botapp.channels.messenger.timestamps import read_instant
from botapp.channels.port import Signal


def read_content(item: Item) -> Content:
    """What the one event object of this item says. Raises UnreadableError when it cannot be read."""
    # A message first, wherever it stands: an item should hold one event object, and no other matters more.
    for name in ("message", *item.fields):
        value = item.fields.get(name)
        if value is None:
            continue
        if name in _READERS:
            return _READERS[name](required_object(value, name.replace("-", "_")), item)
        if name in _UNREAD:
            return Content(name, _UNREAD[name])
    return Content("unknown", Signal.OTHER)


def _postback(postback: JsonObject, _item: Item) -> Content:
    message_id = read_id(postback.get("mid"))
    return Content(
        "postback",
        Signal.CONTACT,
        message_key("m", message_id),
        wants_answer=True,
        text=read_text(postback.get("title"), TEXT_LIMIT),
        payload=read_text(postback.get("payload"), PAYLOAD_LIMIT),
        message_id=message_id,
        facts=referral_facts(postback.get("referral")),
    )


def _referral(referral: JsonObject, item: Item) -> Content:
    facts = referral_facts(referral) or {}
    # Only a link with a ref opens the window; an ad click alone, or a link without one, does not (1.7).
    has_ref = "ref" in facts
    return Content(
        "referral" if has_ref else "referral:bare",
        Signal.CONTACT,
        _timed_key("referral", item, facts.get("ref"), facts.get("ad_id")),
        wants_answer=has_ref,
        facts=facts,
    )


def _optin(optin: JsonObject, item: Item) -> Content:
    status = _notice_status(optin)
    signal = _NOTICE_SIGNALS.get(status, Signal.CONTACT)
    kind = _optin_kind(optin, item, status)
    ref = read_label(optin.get("ref"))
    payload = read_text(optin.get("payload"), PAYLOAD_LIMIT)
    token = read_label(optin.get("notification_messages_token") or optin.get("one_time_notif_token"))
    return Content(
        kind,
        signal,
        _timed_key("optin", item, read_label(optin.get("user_ref")), kind, token or ref),
        wants_answer=kind == "optin",
        payload=payload,
        topic=read_text(optin.get("title"), PAYLOAD_LIMIT) or payload if signal is not Signal.CONTACT else None,
        facts={"ref": ref} if ref else None,
    )


def _notice_status(optin: JsonObject) -> str:
    """'stop', 'resume' or nothing: documentation and traffic differ in spaces, underscores and case."""
    status = optin.get("notification_messages_status")
    if not isinstance(status, str):
        return ""
    words = status.lower().replace("_", " ").replace("-", " ").split()
    # Any wish to stop is one; to resume takes the platform's exact words.
    if words[:1] == ["stop"]:
        return "stop"
    return "resume" if words == ["resume", "notifications"] else ""


def _optin_kind(optin: JsonObject, item: Item, status: str) -> str:
    if status:
        return f"optin:notification_messages:{status}"
    given = optin.get("type")
    if given is not None:
        return f"optin:{read_word(given)}"
    if any(name.startswith(_NOTICE_FIELDS) for name in optin):
        return "optin:untyped"  # about notifications, so no plugin start, and opens nothing
    is_anonymous = item.sender_id is None and bool(item.user_ref or optin.get("user_ref"))
    return "optin_user_ref" if is_anonymous else "optin"


def _delivery(delivery: JsonObject, item: Item) -> Content:
    named = delivery.get("mids")
    mids = tuple(mid for given in named[:_MOST_MIDS] if (mid := read_id(given))) if isinstance(named, list) else ()
    watermark = read_label(delivery.get("watermark"))
    return Content(
        "delivery",
        Signal.DELIVERY,
        natural_key("delivery", item.sender_id, watermark, *mids) if watermark else None,
        message_ids=mids,
        watermark_at=read_instant(delivery.get("watermark")),
    )


def _read(read: JsonObject, item: Item) -> Content:
    watermark = read_label(read.get("watermark"))
    return Content(
        "read",
        Signal.READ,
        natural_key("read", item.sender_id, watermark) if watermark else None,
        message_id=read_id(read.get("mid")),
        watermark_at=read_instant(read.get("watermark")),
    )


def _reaction(reaction: JsonObject, item: Item) -> Content:
    kind = "reaction:" + read_word(reaction.get("action"))
    message_id = read_id(reaction.get("mid"))
    shown = read_label(reaction.get("reaction"))
    key = _timed_key("reaction", item, message_id, kind, shown)
    return Content(kind, Signal.CONTACT, key, message_id=message_id)


def _edit(edit: JsonObject, _item: Item) -> Content:
    message_id = read_id(edit.get("mid"))
    number = read_label(edit.get("num_edit"))
    return Content(
        "message_edit",
        Signal.CONTACT,
        natural_key("edit", message_id, number) if message_id and number else None,
        text=read_text(edit.get("text"), TEXT_LIMIT),
        message_id=message_id,
        subject_key=message_key("m", message_id),
    )


def _pass_thread(control: JsonObject, item: Item) -> Content:
    return _thread_owner("pass_thread_control", control, item)


def _take_thread(control: JsonObject, item: Item) -> Content:
    return _thread_owner("take_thread_control", control, item)


def _thread_owner(kind: str, control: JsonObject, item: Item) -> Content:
    app_id = read_id(control.get("new_owner_app_id"))
    return Content(kind, Signal.THREAD_OWNER, _timed_key("thread", item, kind), app_id=app_id)


def _thread_request(_control: JsonObject, item: Item) -> Content:
    kind = "request_thread_control"  # only asked for: the owner is still the same
    return Content(kind, Signal.OTHER, _timed_key("thread", item, kind))


def _policy(enforcement: JsonObject, item: Item) -> Content:
    action = read_word(enforcement.get("action"))
    signal = {"block": Signal.PAGE_BLOCKED, "unblock": Signal.PAGE_UNBLOCKED}.get(action, Signal.OTHER)
    return Content("policy_enforcement", signal, _timed_key("policy", item, action))


def _timed_key(family: str, item: Item, *parts: str | None) -> str | None:
    """None without a time: then two such events differ in nothing that the key would hold."""
    if item.timestamp is None:
        return None
    return natural_key(family, item.sender_id, item.timestamp, *parts)


_MOST_MIDS = 1_000  # of one delivery; its watermark says it of the others too
_NOTICE_FIELDS = ("notification_messages_", "one_time_notif_")
_NOTICE_SIGNALS = {"stop": Signal.NOTICE_STOPPED, "resume": Signal.NOTICE_RESUMED}

_READERS: Mapping[str, Callable[[JsonObject, Item], Content]] = {
    "message": read_message,
    "postback": _postback,
    "referral": _referral,
    "optin": _optin,
    "delivery": _delivery,
    "read": _read,
    "reaction": _reaction,
    "message_edit": _edit,
    "pass_thread_control": _pass_thread,
    "take_thread_control": _take_thread,
    "request_thread_control": _thread_request,
    "policy_enforcement": _policy,
    "policy-enforcement": _policy,  # as older traffic spells it
}

# Known by name, whatever they hold. None of them opens the window.
_UNREAD: Mapping[str, Signal] = {
    "account_linking": Signal.CONTACT,
    "branded_camera": Signal.CONTACT,
    "checkout_update": Signal.CONTACT,
    "game_play": Signal.CONTACT,
    "message_request": Signal.CONTACT,
    "messaging_customer_information": Signal.CONTACT,
    "messaging_feedback": Signal.CONTACT,
    "order": Signal.CONTACT,
    "payment": Signal.CONTACT,
    "pre_checkout": Signal.CONTACT,
    "response_feedback": Signal.CONTACT,
    "app_roles": Signal.OTHER,
    "messenger_template_status_update": Signal.OTHER,
}
