"""What customers do, and the people behind the page's inbox: each is a record and the webhook it sets off.

Functions answer the record; those that the state of things forbids answer a `Conflict`, whose text names the remedy.
"""

import secrets
from dataclasses import dataclass

from botapp.sandbox import events
from botapp.sandbox.events import EMOJI
from botapp.sandbox.faults import Drawn
from botapp.sandbox.people import APP_ID, INBOX_APP_ID, MOST_EDITS, Customer
from botapp.sandbox.platform import Platform, new_mid
from botapp.sandbox.records import JsonObject, Record

_BLOCKED = "this customer has blocked the page: unblock first"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why an action is impossible now."""

    remedy: str


def create(platform: Platform, page_id: str, psid: str | None, profile: JsonObject) -> Record | Conflict:
    """A new customer of a page. They are nobody to the page until they write."""
    with platform.lock:
        if psid is not None and platform.people.find(psid) is not None:
            return Conflict("a customer with this psid exists already: choose another")
        return platform.record("customer", page_id=page_id, psid=psid or _new_psid(), detail=profile)


def ensure_somebody(platform: Platform) -> None:
    """On a platform that has a page but nobody in it, makes one customer, so that a stranger can just type."""
    with platform.lock:
        page_id = next(iter(platform.pages.known()), None)
        if page_id is not None and not platform.people.all():
            profile: JsonObject = {"name": "Alex Rivera", "locale": "en_US", "timezone": 0}
            create(platform, page_id, None, profile)


def write(
    platform: Platform, customer: Customer, content: JsonObject, ago_seconds: float, drawn: Drawn | None
) -> Record | Conflict:
    """A message: `text`, `attachment` ({type, url}) or `quick_reply` (its payload) with the title as text.

    `ago_seconds` dates the event back, as a late webhook would be; the window counts from the event.
    Without `drawn` (the faults of its webhook) no webhook is sent.
    """
    with platform.lock:
        if customer.blocked:
            return Conflict(_BLOCKED)
        occurred_at, mid = platform.now() - ago_seconds, new_mid()
        standby = _is_standby(platform, customer)
        payload = content.get("quick_reply")
        detail: JsonObject = {
            "text": content.get("text"),
            "payload": payload,
            "attachment": content.get("attachment"),
            "reply_to": content.get("reply_to"),
        }
        record = _note(platform, "message", customer, message_id=mid, occurred_at=occurred_at, **detail)
        message = _message(mid, detail)
        if drawn is not None:
            platform.emit(events.customer_message(customer, occurred_at, message, standby=standby), drawn)
        return record


def press(
    platform: Platform, customer: Customer, button: JsonObject, ago_seconds: float, drawn: Drawn
) -> Record | Conflict:
    """A button with a `title` and a `payload`: Get Started, the menu, an ice breaker or a template's."""
    with platform.lock:
        if customer.blocked:
            return Conflict(_BLOCKED)
        occurred_at, mid = platform.now() - ago_seconds, new_mid()
        standby = _is_standby(platform, customer)
        title, payload = button["title"], button["payload"]
        record = _note(
            platform,
            "postback",
            customer,
            message_id=mid,
            occurred_at=occurred_at,
            text=title,
            payload=payload,
        )
        content: JsonObject = {"mid": mid, "title": title, "payload": payload}
        platform.emit(events.postback(customer, occurred_at, content, standby=standby), drawn)
        return record


def react(platform: Platform, customer: Customer, mid: str, reaction: str | None, drawn: Drawn) -> Record | Conflict:
    """A reaction to a message of the page, by its name; None takes it back."""
    with platform.lock:
        if customer.blocked:
            return Conflict(_BLOCKED)
        if customer.find_message(mid) is None:
            return Conflict("there is no such message in this thread")
        standby = _is_standby(platform, customer)
        record = _note(
            platform,
            "reaction",
            customer,
            message_id=mid,
            action="unreact" if reaction is None else "react",
            reaction=reaction,
            emoji=EMOJI[reaction] if reaction is not None else None,
        )
        platform.emit(events.reaction(customer, record.epoch, mid, reaction, standby=standby), drawn)
        return record


def unsend(platform: Platform, customer: Customer, mid: str, drawn: Drawn) -> Record | Conflict:
    """The customer takes a message back."""
    with platform.lock:
        message = customer.find_message(mid)
        if message is None or message.author != "customer" or message.unsent:
            return Conflict("only a message that this customer wrote can be taken back, once")
        record = _note(platform, "unsend", customer, message_id=mid)
        gone: JsonObject = {"mid": mid, "is_deleted": True}
        standby = _is_standby(platform, customer)
        platform.emit(events.customer_message(customer, record.epoch, gone, standby=standby), drawn)
        return record


def edit(platform: Platform, customer: Customer, mid: str, text: str, drawn: Drawn) -> Record | Conflict:
    """The customer changes what a message says."""
    with platform.lock:
        message = customer.find_message(mid)
        if message is None or message.author != "customer" or message.unsent or message.text is None:
            return Conflict("only words that this customer wrote, and did not take back, can be changed")
        if message.edits >= MOST_EDITS:
            return Conflict(f"a message can be changed {MOST_EDITS} times")
        number = message.edits + 1
        record = _note(platform, "edit", customer, message_id=mid, text=text)
        standby = _is_standby(platform, customer)
        platform.emit(events.edit(customer, record.epoch, mid, text, number, standby=standby), drawn)
        return record


def change(platform: Platform, customer: Customer, action: str) -> Record:
    """`block`, `unblock` or `delete` (the customer's own view of the conversation).

    The platform tells nobody: after a block the next send fails (platform-reference 1.8), and the window stays.
    """
    return _note(platform, action, customer)


def look(platform: Platform, customer: Customer, drawn: Drawn) -> Record | None:
    """The customer looks at the thread; tells the page if there was something new, otherwise None."""
    with platform.lock:
        if not has_unread(customer) or customer.blocked:
            return None
        record = _note(platform, "read", customer)
        standby = _is_standby(platform, customer)
        platform.emit(events.read(customer, record.epoch, standby=standby), drawn)
        return record


def answer_as_person(platform: Platform, customer: Customer, text: str, drawn: Drawn) -> Record | Conflict:
    """A person answers from the page's inbox, which takes the thread from the bot."""
    with platform.lock:
        if customer.blocked:
            return Conflict(_BLOCKED)
        if customer.last_interaction_at is None:
            return Conflict("nobody can write to somebody who never wrote: let the customer write first")
        if not _is_standby(platform, customer):
            notice = "A person has taken over this conversation"
            taken = _note(platform, "thread_control", customer, new_owner_app_id=INBOX_APP_ID, notice=notice)
            platform.emit(events.control_taken(customer, taken.epoch), drawn)
        mid = new_mid()
        record = _note(platform, "person", customer, message_id=mid, text=text)
        message: JsonObject = {"text": text}
        platform.emit(events.echo(customer, record.epoch, mid, message, INBOX_APP_ID, standby=True), drawn)
        return record


def hand_back(platform: Platform, customer: Customer, drawn: Drawn) -> Record | Conflict:
    """The person in the inbox gives the thread back to the bot."""
    with platform.lock:
        if not _is_standby(platform, customer):
            return Conflict("the bot controls this thread already")
        notice = "The conversation is back with the bot"
        record = _note(platform, "thread_control", customer, new_owner_app_id=APP_ID, notice=notice)
        platform.emit(events.control_passed(customer, record.epoch), drawn)
        return record


def has_unread(customer: Customer) -> bool:
    return any(message.author in {"bot", "person"} and message.at > customer.read_until for message in customer.thread)


def _message(mid: str, detail: JsonObject) -> JsonObject:
    message: JsonObject = {"mid": mid}
    if detail["text"] is not None:
        message["text"] = detail["text"]
    if detail["payload"] is not None:
        message["quick_reply"] = {"payload": detail["payload"]}
    attachment = detail["attachment"]
    if isinstance(attachment, dict):
        payload = {name: value for name, value in attachment.items() if name != "type"}
        message["attachments"] = [{"type": attachment["type"], "payload": payload}]
    if detail["reply_to"] is not None:
        message["reply_to"] = {"mid": detail["reply_to"]}
    return message


def _note(platform: Platform, what: str, customer: Customer, **detail: object) -> Record:
    known = {name: value for name, value in detail.items() if value is not None}
    with platform.lock:
        return platform.record(what, page_id=customer.page_id, psid=customer.psid, detail=known)


def _is_standby(platform: Platform, customer: Customer) -> bool:
    return customer.owner_at(platform.now(), platform.day_seconds) != APP_ID


def _new_psid() -> str:
    return str(10**15 + secrets.randbelow(9 * 10**15))
