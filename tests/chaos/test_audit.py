"""The audit sees each kind of wrong by itself; where everything is right it says nothing."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from tests.chaos.audit import Books, violations_of_sends
from tests.chaos.records import Tables, violations_of_records

_DAY_SECONDS = 40.0
_MUTE_SECONDS = 10.0
_ALICE = "alice"


def _wrote(mid: str, text: str, at: float) -> list[dict[str, Any]]:
    """Alice wrote, and the webhook was answered with 200 a tenth of a second later."""
    event = {"kind": "message", "psid": _ALICE, "mid": mid, "standby": False}
    return [
        {"what": "message", "psid": _ALICE, "message_id": mid, "text": text, "epoch": at, "occurred_at": at},
        {"what": "webhook", "psid": None, "accepted": True, "status": 200, "events": [event], "epoch": at + 0.1},
    ]


def _sent(token: str, at: float, **other: Any) -> dict[str, Any]:
    return {
        "what": "send",
        "psid": _ALICE,
        "accepted": True,
        "subcode": None,
        "is_response": False,
        "metadata": f"botapp:{token}",
        "message_id": f"m_{token}",
        "window_remaining_seconds": 20.0,
        "epoch": at,
        **other,
    }


def _row(token: str, state: str = "sent", **other: Any) -> Any:
    """A row of either table, as far as the audit reads it."""
    fields = {
        "account_id": 1,
        "contact_id": 7,
        "interaction_at": 0,
        "claim_token": token,
        "claimed_at": None,
        "state": state,
        "reason": None,
        "message_id": f"m_{token}" if state == "sent" else None,
        "crossed_at": None,
        "kind": "answer",
    }
    return SimpleNamespace(**{**fields, **other})


def _books(log: Sequence[Mapping[str, Any]], reengagements: Sequence[Any], **other: Any) -> Books:
    began_at = {e["metadata"].removeprefix("botapp:"): e["epoch"] - 0.01 for e in log if e["what"] == "send"}
    fields = {"replies": [], "began_at": began_at, "day_seconds": _DAY_SECONDS, "mute_seconds": _MUTE_SECONDS}
    return Books(log=log, reengagements=reengagements, **{**fields, **other})


_HELLO = _wrote("m1", "hello", 0)
_CONFIRMED = _row("c", kind="stop_confirmed")
_STORIES = {
    "all is well": (_books([*_HELLO, _sent("a", 5)], [_row("a")]), None),
    "unknown explains both": (
        _books([*_HELLO, _sent("a", 5)], [_row("a", "unknown"), _row("b", "unknown")]),
        None,
    ),
    "a duplicate": (_books([*_HELLO, _sent("a", 5), _sent("a", 6)], [_row("a")]), "arrived 2 times"),
    "a stranger": (_books([*_HELLO, _sent("a", 5)], []), "no record knows it"),
    "a lie": (_books(_HELLO, [_row("a")]), "never arrived"),
    "another id": (_books([*_HELLO, _sent("a", 5)], [_row("a", message_id="m_x")]), "another message's id"),
    "sent although failed": (_books([*_HELLO, _sent("a", 5)], [_row("a", "failed")]), "is said to be failed"),
    "outside": (_books([*_HELLO, _sent("a", 5, window_remaining_seconds=0.0)], [_row("a")]), "outside the window"),
    "outside and refused": (
        _books([*_HELLO, _sent("a", 5, accepted=False, subcode=2018278)], [_row("a", "failed")]),
        "after the window's end",
    ),
    "two in a silence": (
        _books([*_HELLO, _sent("a", 5), _sent("b", 50)], [_row("a"), _row("b")]),
        "second re-engagement",
    ),
    "two in a day": (
        _books(
            [*_HELLO, _sent("a", 5), *_wrote("m2", "hello", 6), _sent("b", 44)],
            [_row("a"), _row("b")],
            began_at={"a": 4.9},
        ),
        "a day is longer (on the wire at 4.900, accepted at 5.000; accepted at 44.000)",
    ),
    "after STOP": (_books([*_HELLO, *_wrote("m2", "STOP", 4), _sent("a", 5)], [_row("a")]), "after a no"),
    "on the wire at the STOP": (
        _books([*_HELLO, *_wrote("m2", "STOP", 4), _sent("a", 5)], [_row("a")], began_at={"a": 4.05}),
        None,
    ),
    "crossed by the STOP": (
        _books([*_HELLO, *_wrote("m2", "STOP", 4), _sent("a", 5)], [_row("a", crossed_at=4)]),
        None,
    ),
    "crossed, but after the confirmation": (
        _books(
            [*_HELLO, *_wrote("m2", "STOP", 4), _sent("c", 4.5, is_response=True), _sent("a", 5)],
            [_row("a", crossed_at=4)],
            replies=[_CONFIRMED],
        ),
        "after the confirmation",
    ),
    "after STOP and START": (
        _books([*_HELLO, *_wrote("m2", "STOP", 2), *_wrote("m3", "START", 4), _sent("a", 5)], [_row("a")]),
        None,
    ),
    "a STOP nobody knows of": (
        _books([*_HELLO, _wrote("m2", "STOP", 4)[0], _sent("a", 5)], [_row("a")]),
        None,
    ),
    "while muted": (_books([*_HELLO, *_wrote("m2", "mute", 4), _sent("a", 5)], [_row("a")]), "after a no"),
    "after the mute": (_books([*_HELLO, *_wrote("m2", "mute", 4), _sent("a", 14.5)], [_row("a")]), None),
}


@pytest.mark.parametrize("name", _STORIES)
def test_of_the_sends(name: str) -> None:
    books, expected = _STORIES[name]
    found = violations_of_sends(books)
    if expected is None:
        assert found == []
    else:
        assert any(expected in violation for violation in found), found


def _entry(sequence: int, kind: str, **other: Any) -> Any:
    return SimpleNamespace(
        **{"account_id": 1, "contact_id": 7, "sequence": sequence, "kind": kind, "subject_at": None}
        | {"evidence_key": None, **other}
    )


def _tables(**other: Any) -> Tables:
    """Alice's hello is stored, answered, and followed by one re-engagement; all of it is in the ledger."""
    fields: dict[str, Any] = {
        "events": [SimpleNamespace(raw='{"sender": {"id": "alice"}, "message": {"mid": "m1"}}')],
        "replies": [_row("r", event_key="m:m1")],
        "reengagements": [_row("a")],
        "contacts": [SimpleNamespace(account_id=1, id=7, ledger_sequence=4)],
        "accounts": [SimpleNamespace(id=1, ledger_sequence=0)],
        "consents": [SimpleNamespace(account_id=1, contact_id=7, sequence=2, state="given")],
        "entries": [
            _entry(1, "interaction", evidence_key="m:m1"),
            _entry(2, "consent_given"),
            _entry(3, "reply_sent", evidence_key="m:m1"),
            _entry(4, "sent", subject_at=0),
        ],
    }
    return Tables(**{**fields, **other})


_RIGHT = _tables()
_RECORDS = {
    "all is well": (_RIGHT, None),
    "an event lost": (_tables(events=[]), "is not stored"),
    "an answer never planned": (_tables(replies=[]), "no answer was ever planned"),
    "an answer without a reason": (_tables(replies=[_row("r", "failed", event_key="m:m1")]), "nothing tells why"),
    "a claim left open": (_tables(reengagements=[_row("a", "claimed")]), "still claimed"),
    "a gap": (_tables(entries=[*_RIGHT.entries[:2], *_RIGHT.entries[3:]]), "gap in the ledger"),
    "a number too high": (
        _tables(contacts=[SimpleNamespace(account_id=1, id=7, ledger_sequence=5)]),
        "5 are on record",
    ),
    "a state without its entry": (_tables(reengagements=[_row("a", "unknown")]), "its ledger says sent"),
    "a reply without its entry": (
        _tables(replies=[_row("r", "unknown", event_key="m:m1", reason="no_answer")]),
        "its ledger does not say so",
    ),
    "a consent without its entry": (
        _tables(consents=[SimpleNamespace(account_id=1, contact_id=7, sequence=3, state="given")]),
        "its entry is reply_sent",
    ),
}


@pytest.mark.parametrize("name", _RECORDS)
def test_of_the_records(name: str) -> None:
    tables, expected = _RECORDS[name]
    found = violations_of_records(tables, _HELLO)
    if expected is None:
        assert found == []
    else:
        assert any(expected in violation for violation in found), found
