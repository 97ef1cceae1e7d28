"""Tells the sandbox of those whose window is open: it judges by its own records, and `botapp up` goes on from here."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from botapp.clock import Clock
from botapp.sandbox import customers as acts
from botapp.sandbox.platform import Platform, SandboxSettings, new_mid
from botapp.showcase.opening import PAGE_ID
from botapp.showcase.platform import Customer, Line

_WINDOW = timedelta(hours=24)
JOURNAL = "sandbox.jsonl"


def introduce(customers: Iterable[Customer], journal: Path, clock: Clock) -> int:
    """Write their threads into the journal that the sandbox reads when it starts; how many they are."""
    nowhere = SandboxSettings(
        webhook_url="http://127.0.0.1:9", app_secret="", verify_token="", journal_path=journal, load_pages=dict
    )
    platform = Platform(nowhere, clock)
    since = clock.now() - _WINDOW
    latest = [customer for customer in customers if customer.wrote_at is not None and customer.wrote_at > since]
    try:
        for customer in sorted(latest, key=lambda each: (each.wrote_at, each.psid)):
            _introduce(platform, customer)
    finally:
        platform.close()
    return len(latest)


def _introduce(platform: Platform, customer: Customer) -> None:
    profile: dict[str, object] = {
        "name": customer.name,
        "locale": customer.talk.locale,
        "timezone": customer.zone_hours,
        "auto_read": False,
    }
    acts.create(platform, PAGE_ID, customer.psid, profile)
    known = [_tell(platform, customer, line) for line in customer.thread]
    told = [{"psid": customer.psid, "mid": mid} for mid in known]
    platform.record("webhook", page_id=PAGE_ID, detail={"status": 200, "attempt": 1, "events": told})
    if customer.is_blocked:
        platform.record("block", page_id=PAGE_ID, psid=customer.psid)


def _tell(platform: Platform, customer: Customer, line: Line) -> str:
    """One line of the thread; the id that it gets."""
    what, mid = "message" if line.is_from_customer else "send", new_mid()
    detail: dict[str, object] = {"message_id": mid, "text": line.text, "occurred_at": line.at.timestamp()}
    platform.record(what, page_id=PAGE_ID, psid=customer.psid, detail=detail)
    return mid
