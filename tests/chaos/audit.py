"""Send by send: what the platform accepted against what the records say. Knows neither policy nor SQL of botapp.

Every check answers violations, in words; `figures` counts what is allowed and worth knowing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Row

from botapp.reengagement.delivery import METADATA_PREFIX

_MAY_HAVE_ARRIVED = ("sent", "unknown")
_WINDOW_CLOSED = 2018278
_CONFIRMATIONS = ("stop_confirmed", "stop_holds", "mute_confirmed")
_NO, _YES = frozenset({"STOP"}), frozenset({"START"})

LogEntry = Mapping[str, Any]


@dataclass(frozen=True)
class Books:
    """Both sides' records of one run, and the wire's."""

    log: Sequence[LogEntry]  # the platform's, in its order
    reengagements: Sequence[Row[Any]]
    replies: Sequence[Row[Any]]
    began_at: Mapping[str, float]  # token -> when its body was first seen on the wire
    day_seconds: float
    mute_seconds: float

    @cached_property
    def accepted(self) -> list[LogEntry]:
        return [e for e in self.log if e["what"] == "send" and e["accepted"]]

    @cached_property
    def proactive(self) -> list[LogEntry]:
        return [e for e in self.accepted if not e["is_response"]]

    @cached_property
    def answers(self) -> list[LogEntry]:
        return [e for e in self.accepted if e["is_response"]]

    @cached_property
    def acknowledged_at(self) -> dict[str, float]:
        """By message id: when the webhook of what the customer wrote or pressed was first answered with 200."""
        found: dict[str, float] = {}
        for entry in self.log:
            if entry["what"] == "webhook" and entry["accepted"]:
                for event in entry["events"]:
                    if event["mid"] is not None and event["kind"] in ("message", "postback"):
                        found.setdefault(event["mid"], entry["epoch"])
        return found


def token_of(entry: LogEntry) -> str:
    return str(entry["metadata"]).removeprefix(METADATA_PREFIX)


def violations_of_sends(books: Books) -> list[str]:
    """Duplicates, strangers, sends outside the window, too often, or after a no."""
    return [
        *_unexplained(books.proactive, books.reengagements, "re-engagement"),
        *_unexplained(books.answers, books.replies, "answer"),
        *_outside(books),
        *_too_often(books),
        *_after_a_no(books),
        *_after_a_confirmation(books),
    ]


def figures_of_sends(books: Books) -> dict[str, int]:
    """What is allowed, counted."""
    figures: Counter[str] = Counter({"re-engagements accepted": len(books.proactive)})
    figures["answers accepted"] = len(books.answers)
    for what, rows, arrived in (
        ("re-engagements", books.reengagements, {token_of(e) for e in books.proactive}),
        ("answers", books.replies, {token_of(e) for e in books.answers}),
    ):
        for row in rows:
            figures[f"{what}: {row.state}" + (f" ({row.reason})" if row.reason else "")] += 1
            if row.state == "unknown":
                figures[f"{what} unknown that arrived" if row.claim_token in arrived else f"{what} unknown, lost"] += 1
    figures["crossed by a no"] = sum(row.crossed_at is not None for row in books.reengagements)
    figures["silences decided upon"] = len(books.reengagements)
    return dict(figures)


def _unexplained(accepted: Sequence[LogEntry], rows: Sequence[Row[Any]], what: str) -> Iterator[str]:
    """Each message that arrived has a row, each row that says sent a message, and none has two."""
    arrived = Counter(token_of(e) for e in accepted)
    message_ids = {token_of(e): e["message_id"] for e in accepted}
    by_token = {row.claim_token: row for row in rows if row.claim_token}
    yield from (f"{what} {token} arrived {times} times" for token, times in arrived.items() if times > 1)
    yield from (f"{what} {token} arrived, and no record knows it" for token in arrived.keys() - by_token.keys())
    for token, row in by_token.items():
        if row.state == "sent" and token not in arrived:
            yield f"{what} {token} is said to be sent and never arrived"
        if row.state == "sent" and row.message_id != message_ids.get(token):
            yield f"{what} {token} is on record with another message's id"
        if row.state not in _MAY_HAVE_ARRIVED and token in arrived:
            yield f"{what} {token} arrived and is said to be {row.state} ({row.reason})"


def _outside(books: Books) -> Iterator[str]:
    for entry in books.accepted:
        if not (entry["window_remaining_seconds"] or 0) > 0:
            yield f"message {entry['message_id']} was accepted outside the window"
    for entry in books.log:
        if entry["what"] == "send" and entry["subcode"] == _WINDOW_CLOSED:
            late_seconds = -(entry["window_remaining_seconds"] or 0)
            yield f"send {token_of(entry)} came {late_seconds:.3f} s after the window's end and was refused"


def _too_often(books: Books) -> Iterator[str]:
    """By the platform's own order: between two the person has spoken, and a day has passed."""
    spoken: dict[str, bool] = defaultdict(lambda: True)
    last: dict[str, LogEntry] = {}
    for entry in books.log:
        psid = entry["psid"]
        if entry["what"] in ("message", "postback") or (entry["what"] == "reaction" and entry["action"] == "react"):
            spoken[psid] = True
        elif entry["what"] == "send" and entry["accepted"] and not entry["is_response"]:
            if not spoken[psid]:
                yield f"a second re-engagement to {psid} in one silence"
            if psid in last and entry["epoch"] - last[psid]["epoch"] < books.day_seconds:
                gap = entry["epoch"] - last[psid]["epoch"]
                courses = "; ".join(_course(books, each) for each in (last[psid], entry))
                yield f"two re-engagements to {psid} within {gap:.3f} s, and a day is longer ({courses})"
            spoken[psid], last[psid] = False, entry


def _course(books: Books, entry: LogEntry) -> str:
    """When a message was claimed, written and accepted: to see which of these took long."""
    token, accepted_at = token_of(entry), entry["epoch"]
    claimed_at = next((row.claimed_at for row in books.reengagements if row.claim_token == token), None)
    claimed = f"claimed at {claimed_at.timestamp():.3f}, " if claimed_at else ""
    written = f"on the wire at {books.began_at[token]:.3f}, " if token in books.began_at else ""
    return f"{claimed}{written}accepted at {accepted_at:.3f}"


def _after_a_no(books: Books) -> Iterator[str]:
    """No re-engagement begins after a no was answered with 200, unless it is on record as crossed by it."""
    crossed = {r.claim_token for r in books.reengagements if r.crossed_at is not None}
    nos = _Nos(books)
    for entry in books.log:
        nos.take(entry)
        if entry["what"] == "send" and entry["accepted"] and not entry["is_response"]:
            token = token_of(entry)
            no_at = nos.since(entry["psid"], entry["epoch"])
            if no_at is not None and books.began_at.get(token, entry["epoch"]) > no_at and token not in crossed:
                yield f"re-engagement {token} to {entry['psid']} began after a no that was answered with 200"


def _after_a_confirmation(books: Books) -> Iterator[str]:
    """Whoever was told that there will be no more gets no more, crossed or not."""
    confirms = {row.claim_token for row in books.replies if row.kind in _CONFIRMATIONS}
    confirmed_at: dict[str, float] = {}
    nos = _Nos(books)
    for entry in books.log:
        nos.take(entry)
        if entry["what"] != "send" or not entry["accepted"]:
            continue
        psid, token = entry["psid"], token_of(entry)
        if token in confirms:
            confirmed_at[psid] = entry["epoch"]
        no_at = nos.since(psid, entry["epoch"])
        if not entry["is_response"] and no_at is not None and no_at <= confirmed_at.get(psid, float("-inf")):
            yield f"re-engagement {token} to {psid} arrived after the confirmation of a no"


class _Nos:
    """Who has said no, and since when botapp has known: fed with the platform's log, in its order."""

    def __init__(self, books: Books) -> None:
        self._acknowledged_at = books.acknowledged_at
        self._mute_seconds = books.mute_seconds
        self._stopped_at: dict[str, float] = {}
        self._muted: dict[str, tuple[float, float]] = {}  # known since, until

    def take(self, entry: LogEntry) -> None:
        psid = entry["psid"]
        if entry["what"] != "message":
            return
        if entry["text"] in _YES:
            self._stopped_at.pop(psid, None)
            self._muted.pop(psid, None)
        known_at = self._acknowledged_at.get(entry["message_id"])
        if known_at is None:
            return
        if entry["text"] in _NO:
            self._stopped_at.setdefault(psid, known_at)
        elif str(entry["text"]).startswith("mute"):
            self._muted[psid] = known_at, entry["occurred_at"] + self._mute_seconds

    def since(self, psid: str, at: float) -> float | None:
        """Since when nothing proactive may begin for this person; None if it may."""
        muted = self._muted.get(psid)
        known = [self._stopped_at[psid]] if psid in self._stopped_at else []
        if muted is not None and at < muted[1]:
            known.append(muted[0])
        return min(known, default=None)
