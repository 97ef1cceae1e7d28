"""What the chat page and scripts are shown of the platform's state, as JSON."""

import heapq
from collections.abc import Iterator

from botapp.sandbox.people import APP_ID, ChatMessage, Customer
from botapp.sandbox.platform import Platform
from botapp.sandbox.records import JsonObject, iso

_LISTED = 100  # customers in the list, the most recently active first


def state_view(platform: Platform) -> JsonObject:
    """Pages with what they have set up, and the customers who were active last."""
    everybody = platform.people.all()
    latest = heapq.nlargest(_LISTED, everybody, key=lambda customer: (customer.version, customer.created_at))
    return {
        "now": platform.now(),
        "day_seconds": platform.day_seconds,
        "app_id": APP_ID,
        "pages": [
            {"id": page_id, "name": page.name, "profile": platform.setups.of(page_id).profile}
            for page_id, page in platform.pages.known().items()
        ],
        "customers": [customer_view(platform, customer) for customer in latest],
        "customer_count": len(everybody),
        "webhooks_waiting": platform.webhooks.waiting(),
    }


def customer_view(platform: Platform, customer: Customer) -> JsonObject:
    """One customer without the thread."""
    now = platform.now()
    remaining = customer.window_remaining(now, platform.day_seconds)
    last = next((message for message in reversed(customer.thread) if message.author != "notice"), None)
    return {
        "psid": customer.psid,
        "page_id": customer.page_id,
        "name": customer.name,
        "locale": customer.locale,
        "timezone": customer.timezone,
        "blocked": customer.blocked,
        "owner_app_id": customer.owner_at(now, platform.day_seconds),
        "is_with_bot": customer.owner_at(now, platform.day_seconds) == APP_ID,
        "last_interaction_at": customer.last_interaction_at,
        "window_remaining_seconds": None if remaining is None else max(round(remaining, 3), 0.0),
        "unread": sum(_is_unread(customer, message) for message in customer.thread),
        "last_text": None if last is None else last.text,
        "last_at": None if last is None else last.at,
        "last_author": None if last is None else last.author,
        "is_typing": customer.typing_until > now,
        "version": customer.version,
    }


def thread_view(platform: Platform, customer: Customer, known_version: int | None) -> JsonObject:
    """One customer with the thread, unless the asker has this version of it."""
    view = {"now": platform.now(), "day_seconds": platform.day_seconds, **customer_view(platform, customer)}
    if known_version != customer.version:
        in_order = sorted(customer.thread, key=lambda message: message.at)
        view["messages"] = list(_messages(customer, in_order))
    return view


def _messages(customer: Customer, messages: list[ChatMessage]) -> Iterator[JsonObject]:
    for message in messages:
        yield {
            "mid": message.mid,
            "at": message.at,
            "at_iso": iso(message.at),
            "author": message.author,
            "text": message.text,
            **message.detail,
            "reaction": message.reaction,
            "unsent": message.unsent,
            "edited": message.edits > 0,
            "status": _status(customer, message),
        }


def _status(customer: Customer, message: ChatMessage) -> str:
    """For what the page sent: delivered or read; for what the customer sent: whether the bot knows, or saw it."""
    if message.author == "customer":
        if message.at <= customer.seen_until:
            return "seen"
        return "delivered" if message.acknowledged else "sending"
    return "read" if message.at <= customer.read_until else "delivered"


def _is_unread(customer: Customer, message: ChatMessage) -> bool:
    return message.author in {"bot", "person"} and message.at > customer.read_until
