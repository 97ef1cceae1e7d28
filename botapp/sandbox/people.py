"""The playable customers and their threads: what the platform remembers of each."""

from collections import deque
from dataclasses import dataclass, field

from botapp.sandbox.records import JsonObject, Record

APP_ID = "4242424242424242"  # the one app of this platform: the bot
INBOX_APP_ID = "263902037430900"  # Messenger's own inbox, where a person answers (platform-reference 2.8)

_THREAD_LENGTH = 300  # messages kept in memory per thread; the log has them all
_TYPING_SECONDS = 20.0
MOST_EDITS = 5  # platform-reference 1.6


@dataclass(slots=True)
class ChatMessage:
    """One bubble of a thread. `at` is the platform's time of the event, in seconds."""

    mid: str
    at: float
    author: str  # "customer", "bot", "person" or "notice"
    text: str | None = None
    detail: JsonObject = field(default_factory=dict)  # attachment, quick_replies, messaging_type, payload
    reaction: str | None = None
    unsent: bool = False
    edits: int = 0
    acknowledged: bool = False  # the webhook that told the bot was answered with 200


@dataclass(slots=True)
class Customer:
    """One person as one page knows them: a PSID never means anything to another page."""

    psid: str
    page_id: str
    name: str
    locale: str
    timezone: float  # hours from GMT, as the User Profile API has it
    auto_read: bool
    created_at: float
    last_interaction_at: float | None = None
    blocked: bool = False
    owner_app_id: str | None = None  # another app than ours; None is the default app, ours
    owner_active_at: float = 0.0
    read_until: float = 0.0
    seen_until: float = 0.0  # the page marked our messages as seen
    typing_until: float = 0.0
    version: int = 0  # the number of the last record that changed anything here
    thread: deque[ChatMessage] = field(default_factory=lambda: deque(maxlen=_THREAD_LENGTH))

    def owner_at(self, now: float, day_seconds: float) -> str:
        """Which app controls the thread: an idle one goes back to the default app after a day."""
        if self.owner_app_id is None or now - self.owner_active_at >= day_seconds:
            return APP_ID
        return self.owner_app_id

    def window_remaining(self, now: float, day_seconds: float) -> float | None:
        """Seconds until the window closes, negative afterwards; None when it was never opened."""
        if self.last_interaction_at is None:
            return None
        return self.last_interaction_at + day_seconds - now

    def find_message(self, mid: str) -> ChatMessage | None:
        return next((message for message in reversed(self.thread) if message.mid == mid), None)


class People:
    """Every customer, by PSID. Changes only by applying records, so that replaying the journal restores it."""

    def __init__(self) -> None:
        self._customers: dict[str, Customer] = {}

    def find(self, psid: str) -> Customer | None:
        return self._customers.get(psid)

    def all(self) -> list[Customer]:
        return list(self._customers.values())

    def apply(self, record: Record) -> None:
        """Carries out one record. Those that were refused, or concern nobody, change nothing."""
        if not record.accepted:
            return
        if record.what == "webhook":
            self._acknowledge(record)
        if record.psid is None:
            return
        if record.what == "customer":
            self._customers[record.psid] = _created(record)
            return
        customer = self._customers.get(record.psid)
        change = _CHANGES.get(record.what)
        if customer is not None and change is not None:
            change(customer, record)
            customer.version = record.n

    def _acknowledge(self, record: Record) -> None:
        events = record.detail.get("events")
        for event in events if isinstance(events, list) else ():
            customer = self._customers.get(event["psid"])
            message = customer.find_message(event["mid"]) if customer and event["mid"] else None
            if customer is not None and message is not None and not message.acknowledged:
                message.acknowledged = True
                customer.version = record.n


def _created(record: Record) -> Customer:
    return Customer(
        psid=record.psid or "",
        page_id=record.page_id or "",
        name=record.text("name") or "",
        locale=record.text("locale") or "en_US",
        timezone=record.number("timezone", 0.0),
        auto_read=record.detail.get("auto_read") is True,
        created_at=record.epoch,
        version=record.n,
    )


def _interact(customer: Customer, record: Record) -> None:
    occurred_at = record.number("occurred_at", record.epoch)
    customer.last_interaction_at = max(customer.last_interaction_at or occurred_at, occurred_at)
    if customer.owner_app_id is not None:
        customer.owner_active_at = record.epoch


def _say(customer: Customer, record: Record, author: str) -> None:
    kept = ("attachment", "quick_replies", "messaging_type", "tag", "payload", "reply_to")
    message = ChatMessage(
        mid=record.text("message_id") or "",
        at=record.number("occurred_at", record.epoch),
        author=author,
        text=record.text("text"),
        detail={name: record.detail[name] for name in kept if record.detail.get(name) is not None},
    )
    customer.thread.append(message)
    customer.typing_until = 0.0


def _write(customer: Customer, record: Record) -> None:
    _interact(customer, record)
    _say(customer, record, "customer")
    customer.read_until = record.epoch


def _receive(customer: Customer, record: Record) -> None:
    _say(customer, record, "bot")
    if customer.auto_read:
        customer.read_until = record.epoch


def _answer_as_person(customer: Customer, record: Record) -> None:
    _say(customer, record, "person")
    customer.owner_active_at = record.epoch


def _react(customer: Customer, record: Record) -> None:
    if record.text("action") == "react":
        _interact(customer, record)
    message = customer.find_message(record.text("message_id") or "")
    if message is not None:
        message.reaction = record.text("emoji")


def _unsend(customer: Customer, record: Record) -> None:
    message = customer.find_message(record.text("message_id") or "")
    if message is not None:
        message.unsent = True


def _edit(customer: Customer, record: Record) -> None:
    message = customer.find_message(record.text("message_id") or "")
    if message is not None:
        message.text = record.text("text")
        message.edits += 1


def _block(customer: Customer, _record: Record) -> None:
    customer.blocked = True


def _unblock(customer: Customer, _record: Record) -> None:
    customer.blocked = False


def _delete(customer: Customer, _record: Record) -> None:
    customer.thread.clear()


def _read(customer: Customer, record: Record) -> None:
    customer.read_until = record.epoch


def _act(customer: Customer, record: Record) -> None:
    action = record.text("sender_action")
    if action == "mark_seen":
        customer.seen_until = record.epoch
    elif action in {"typing_on", "typing_off"}:
        customer.typing_until = record.epoch + _TYPING_SECONDS if action == "typing_on" else 0.0


def _route(customer: Customer, record: Record) -> None:
    owner = record.text("new_owner_app_id")
    if owner is not None:
        customer.owner_app_id = None if owner == APP_ID else owner
        customer.owner_active_at = record.epoch
    text = record.text("notice")
    if text is not None:
        customer.thread.append(ChatMessage(f"notice_{record.n}", record.epoch, "notice", text))


_CHANGES = {
    "message": _write,
    "postback": _write,
    "reaction": _react,
    "unsend": _unsend,
    "edit": _edit,
    "block": _block,
    "unblock": _unblock,
    "delete": _delete,
    "read": _read,
    "send": _receive,
    "person": _answer_as_person,
    "sender_action": _act,
    "thread_control": _route,
}
