"""The webhook items of this platform (platform-reference 1.2 and 1.6), pure, and the signed body they travel in."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

from botapp.sandbox.people import APP_ID, INBOX_APP_ID, Customer
from botapp.sandbox.records import JsonObject

EMOJI = {"love": "❤️", "like": "👍", "dislike": "👎", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠"}


@dataclass(frozen=True, slots=True)
class Event:
    """One item of a webhook. `field` is the subscription that it needs."""

    page_id: str
    psid: str
    kind: str
    field: str
    item: JsonObject
    mid: str | None = None
    text: str | None = None
    standby: bool = False


def customer_message(customer: Customer, at: float, message: JsonObject, *, standby: bool) -> Event:
    """Something the customer wrote, tapped or took back; `message` is the platform's object of that name."""
    kind = "unsend" if message.get("is_deleted") else "message"
    text = message.get("text")
    return Event(
        page_id=customer.page_id,
        psid=customer.psid,
        kind=kind,
        field="messages",
        item=_from_customer(customer, at, "message", message),
        mid=str(message["mid"]),
        text=str(text) if text is not None else None,
        standby=standby,
    )


def postback(customer: Customer, at: float, content: JsonObject, *, standby: bool) -> Event:
    """A button. In standby its payload is withheld."""
    shown = {name: value for name, value in content.items() if name != "payload" or not standby}
    item = _from_customer(customer, at, "postback", shown)
    return Event(
        customer.page_id,
        customer.psid,
        "postback",
        "messaging_postbacks",
        item,
        str(content["mid"]),
        str(content["title"]),
        standby,
    )


def reaction(customer: Customer, at: float, mid: str, name: str | None, *, standby: bool) -> Event:
    """A reaction by its name, or its removal when `name` is None."""
    content: JsonObject = {"mid": mid, "action": "unreact" if name is None else "react"}
    if name is not None:
        content |= {"reaction": name, "emoji": EMOJI[name]}
    item = _from_customer(customer, at, "reaction", content)
    return Event(customer.page_id, customer.psid, "reaction", "message_reactions", item, mid, standby=standby)


def edit(customer: Customer, at: float, mid: str, text: str, number: int, *, standby: bool) -> Event:
    """Other words for a message; `number` counts the edits of it."""
    item = _from_customer(customer, at, "message_edit", {"mid": mid, "text": text, "num_edit": number})
    return Event(customer.page_id, customer.psid, "edit", "message_edits", item, mid, text, standby)


def echo(customer: Customer, at: float, mid: str, message: JsonObject, app_id: str, *, standby: bool) -> Event:
    """A copy of what the page sent, with the app that sent it and what that app attached."""
    content: JsonObject = {"mid": mid, "is_echo": True, "app_id": int(app_id)}
    for name in ("text", "metadata", "reply_to"):
        if message.get(name):
            content[name] = message[name]
    if message.get("attachment"):
        content["attachments"] = [message["attachment"]]
    text = message.get("text")
    item = _from_page(customer, at, "message", content)
    return Event(
        customer.page_id,
        customer.psid,
        "echo",
        "message_echoes",
        item,
        mid,
        str(text) if text else None,
        standby,
    )


def delivery(customer: Customer, at: float, mid: str) -> Event:
    content: JsonObject = {"mids": [mid], "watermark": milliseconds(at)}
    item = _from_customer(customer, at, "delivery", content)
    return Event(customer.page_id, customer.psid, "delivery", "message_deliveries", item, mid)


def read(customer: Customer, at: float, *, standby: bool = False) -> Event:
    item = _from_customer(customer, at, "read", {"watermark": milliseconds(at)})
    return Event(customer.page_id, customer.psid, "read", "message_reads", item, standby=standby)


def control_taken(customer: Customer, at: float) -> Event:
    """A person took the thread from us by answering in the page's inbox."""
    content: JsonObject = {"previous_owner_app_id": APP_ID, "new_owner_app_id": INBOX_APP_ID, "metadata": ""}
    item = _from_customer(customer, at, "take_thread_control", content)
    return Event(customer.page_id, customer.psid, "take_thread_control", "messaging_handovers", item)


def control_passed(customer: Customer, at: float) -> Event:
    """The inbox handed the thread back to us."""
    content: JsonObject = {"previous_owner_app_id": INBOX_APP_ID, "new_owner_app_id": APP_ID, "metadata": ""}
    item = _from_customer(customer, at, "pass_thread_control", content)
    return Event(customer.page_id, customer.psid, "pass_thread_control", "messaging_handovers", item)


def encode(events: Sequence[Event], sent_at: float) -> bytes:
    """One webhook body: ASCII with escapes, slashes escaped too, because that is what the platform signs."""
    entries = [
        {
            "id": event.page_id,
            "time": milliseconds(sent_at),
            "standby" if event.standby else "messaging": [event.item],
        }
        for event in events
    ]
    text = json.dumps({"object": "page", "entry": entries}, separators=(",", ":"))
    return text.replace("/", "\\/").encode("ascii")


def sign(body: bytes, app_secret: str) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def milliseconds(epoch: float) -> int:
    """The platform's own unit of time."""
    return round(epoch * 1000)


def _from_customer(customer: Customer, at: float, name: str, content: JsonObject) -> JsonObject:
    return _item(customer.psid, customer.page_id, at, name, content)


def _from_page(customer: Customer, at: float, name: str, content: JsonObject) -> JsonObject:
    return _item(customer.page_id, customer.psid, at, name, content)


def _item(sender: str, recipient: str, at: float, name: str, content: JsonObject) -> JsonObject:
    return {
        "sender": {"id": sender},
        "recipient": {"id": recipient},
        "timestamp": milliseconds(at),
        name: content,
    }
