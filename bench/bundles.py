"""Bundles as large as wanted, of customers who wrote, were written to once, and wrote again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from botapp.audit.checkpoint import Checkpoint, sign_checkpoint
from botapp.audit.entry import SECRET_BYTES, Leaf, canonical, open_entry
from botapp.audit.note import SigningKey
from botapp.audit.tree import Frontier, leaf_hash
from botapp.compliance.bundle import BundleTerms, BundleWriter, Scope

_KEY = SigningKey.of("bench.example/log", bytes(32))
_SECRET = bytes(SECRET_BYTES)
_SECOND = 1_000_000
_HOUR = 3600 * _SECOND
_NOON = 1_795_348_800 * _SECOND
_ENTRIES_A_CHECKPOINT = 5000
_TERMS = {
    "window": 24 * _HOUR,
    "send_allowance": 300 * _SECOND,
    "cool_down": 24 * _HOUR,
    "cap": 3,
    "cap_period": 7 * 24 * _HOUR,
    "ignored_cap": 2,
    "anchor": "latest",
    "basis": "implied",
}
# What a decision saw, about as long as in earnest.
_DECISION = {
    "terms": 1,
    "rule": "after-a-while",
    "rule_version": 1,
    "template": "hello-again",
    "template_version": 1,
    "content_hash": "0123456789abcdef" * 4,
    "suppressions": [],
    "consent": "given",
    "past_claims": [],
    "unreachable": False,
    "thread_owned": False,
}
_WORDS = {"text": "Hello! Do you still have questions about the blue sofa? Just write to us."}


class _Event(NamedTuple):
    kind: str
    at: int
    subject_at: int | None = None
    details: dict[str, Any] | None = None
    private: dict[str, Any] | None = None


def write_bundle(folder: Path, entries: int) -> Path:
    """A whole log of so many entries, with a checkpoint for each five thousand."""
    frontier = Frontier()
    terms = BundleTerms(_KEY.name, Scope.WHOLE, datetime(2026, 11, 22, tzinfo=UTC))
    with BundleWriter(folder, terms, _KEY, [_KEY.public]) as writer:
        for index, (contact, sequence, event) in zip(range(entries), _log(), strict=False):
            opening = open_entry(_SECRET, sequence, event.private) if event.private else None
            leaf = _leaf(contact, sequence, event, opening.commitment if opening else None).encode()
            writer.add_entry(index, leaf, opening)
            frontier.append(leaf_hash(leaf))
            if frontier.size in (entries, frontier.size // _ENTRIES_A_CHECKPOINT * _ENTRIES_A_CHECKPOINT):
                checkpoint = Checkpoint(_KEY.name, frontier.size, frontier.root())
                writer.add_checkpoint(sign_checkpoint(checkpoint, [_KEY]))
        writer.finish(Frontier(), {})
    return folder


def _log() -> Iterator[tuple[int, int, _Event]]:
    """Contact, number and event of each entry; the page's own first."""
    yield 0, 1, _Event("terms", _NOON, details=_TERMS)
    contact = 0
    while True:
        contact += 1
        for sequence, event in enumerate(_story(contact), 1):
            yield contact, sequence, event


def _story(contact: int) -> Iterator[_Event]:
    at = _NOON + contact * _SECOND
    evidence = {"evidence_key": f"m:m_{contact:020d}"}
    yield _Event("interaction", at, details={"kind": "message_text"}, private=evidence)
    yield _Event("consent_given", at, details={"purpose": "reengagement", "method": "message"}, private=evidence)
    yield _Event("planned", at, at, {"due_at": at + 4 * _HOUR, "rule": "after-a-while"})
    yield _Event("reply_sent", at + _SECOND, private=evidence)
    yield _Event("claimed", at + 4 * _HOUR, at, _DECISION, _WORDS)
    yield _Event("sent", at + 4 * _HOUR + _SECOND, at, private=evidence)
    back = at + 5 * _HOUR
    yield _Event("interaction", back, details={"kind": "message_text"}, private=evidence)
    yield _Event("taken_up", back)
    yield _Event("planned", back, back, {"due_at": back + 4 * _HOUR, "rule": "after-a-while"})
    yield _Event("skipped", back + 4 * _HOUR, back, _DECISION)


def _leaf(contact: int, sequence: int, event: _Event, commitment: str | None) -> Leaf:
    return Leaf(
        1,
        contact,
        sequence,
        event.kind,
        event.at,
        event.at,
        event.subject_at,
        "too_soon" if event.kind == "skipped" else None,
        canonical(event.details or {}).decode(),
        commitment,
    )
