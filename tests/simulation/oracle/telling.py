"""Traces told by hand: a few sentences make a world whose record is in order, and a test bends one thing of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botapp.simulation.oracle import Broken, Verdict, judge
from botapp.simulation.trace import (
    Accepted,
    Acknowledged,
    Acted,
    Happening,
    HouseTold,
    PageTold,
    Refused,
    RuleTold,
    Said,
    Stored,
    Trace,
    Unwell,
    Written,
)

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)
BEGINS_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
TEXT = "Still there?"
PAGE, ALICE = "shop", "alice"
WORDLESS = frozenset({Said.NOTICES_STOPPED, Said.NOTICES_RESUMED, Said.BLOCK, Said.UNBLOCK, Said.OTHER})


def at(after: timedelta) -> datetime:
    return BEGINS_AT + after


def _told_at(happening: Happening) -> datetime:
    """What lasts is told when it is over."""
    return happening.until if isinstance(happening, Unwell) else happening.at


@dataclass
class Telling:
    """A world with one page and one rule: 4 hours after the last words, one more message."""

    zone: str = "UTC"
    basis: str = "implied"
    anchor: str = "latest"
    rule: dict[str, Any] = field(default_factory=dict)
    days: int = 30
    happenings: list[Any] = field(default_factory=list)
    plans: list[dict[str, Any]] = field(default_factory=list)
    replies: list[dict[str, Any]] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    rules: list[RuleTold] = field(default_factory=list)
    silence: dict[str, datetime] = field(default_factory=dict)
    house: HouseTold = field(default_factory=lambda: HouseTold(clock_error=10 * SECOND))
    numbers: int = 0

    def says(
        self,
        said: Said,
        after: timedelta,
        *,
        stored: timedelta | None = SECOND,
        contact: str = ALICE,
        opens: bool | None = None,
        answered: bool = True,
        **act: Any,
    ) -> str:
        """A person says something; it is stored that much later, answered 200, and then answered in words."""
        self.numbers += 1
        mid, when = f"m{self.numbers}", at(after)
        is_open = said not in WORDLESS if opens is None else opens
        told = {"occurred_at": when, "wants_answer": is_open, **act}
        self.happenings.append(Acted(when, PAGE, contact, contact, mid, said=said, opens_window=is_open, **told))
        if is_open:
            self.silence[contact] = when
        if stored is not None:
            known_at = when + stored
            self.happenings += [Stored(known_at, (mid,)), Acknowledged(known_at + MILLISECOND, (mid,))]
            if answered and told["wants_answer"]:
                self.answers(mid, known_at + SECOND, contact, confirms=said if said in (Said.STOP, Said.MUTE) else None)
        return mid

    def answers(self, mid: str, when: datetime, contact: str = ALICE, *, confirms: Said | None = None) -> None:
        metadata = f"botapp:a{mid}"
        self.happenings += [
            Written(when, when, PAGE, contact, is_proactive=False, metadata=metadata, text="Hello"),
            Accepted(when + MILLISECOND, PAGE, contact, is_proactive=False, metadata=metadata, confirms=confirms),
        ]
        row = {"event_key": f"m:{mid}", "mid": mid, "state": "sent", "claim_token": f"a{mid}", "claimed_at": when}
        self.replies.append({"page_id": PAGE, "contact_id": contact, **row})

    def sends(
        self,
        after: timedelta,
        *,
        claimed: timedelta = MILLISECOND,
        taken: timedelta | None = 100 * MILLISECOND,
        refused: bool = False,
        contact: str = ALICE,
        outcome: str = "sent",
        **written: Any,
    ) -> str:
        """One more message, claimed that long before its write and taken that long after it."""
        self.numbers += 1
        when, token = at(after), f"t{self.numbers}"
        claimed_at, silence = when - claimed, self.silence.get(contact, BEGINS_AT)
        told = {"text": TEXT, **written}
        metadata = f"botapp:{token}"
        self.happenings.append(Written(when, claimed_at, PAGE, contact, is_proactive=True, metadata=metadata, **told))
        taken_at = when + taken if taken is not None else None
        if taken_at is not None:
            self.happenings.append(Accepted(taken_at, PAGE, contact, is_proactive=True, metadata=metadata))
        if refused:
            self.happenings.append(Refused(when + SECOND, PAGE, contact, is_proactive=True, metadata=metadata))
        for kind in ("planned", "claimed", outcome):
            self.enters(kind, claimed_at, contact, subject_at=silence)
        row = {"interaction_at": silence, "closes_at": silence + DAY, "state": outcome, "claim_token": token}
        released = outcome == "released"
        row |= {"claimed_at": None, "claim_token": None, "state": "planned"} if released else {"claimed_at": claimed_at}
        self.plans = [p for p in self.plans if p["interaction_at"] != silence or p["contact_id"] != contact]
        self.plans.append({"page_id": PAGE, "contact_id": contact, **row})
        return token

    def enters(self, kind: str, when: datetime, contact: str = ALICE, **columns: Any) -> None:
        """One entry of the ledger."""
        number = 1 + sum(row["contact_id"] == contact for row in self.ledger)
        row = {"sequence": number, "kind": kind, "recorded_at": when, "subject_at": None, "details": "{}"}
        self.ledger.append({"page_id": PAGE, "contact_id": contact, **row, **columns})

    def verdict(self) -> Verdict:
        rule = {"page_id": PAGE, "name": "rule", "since": BEGINS_AT, "until": None, "priority": 0, "delay": 4 * HOUR}
        rules = self.rules or [RuleTold(**{**rule, "text": TEXT, **self.rule})]
        return judge(
            Trace(
                seed=1,
                begins_at=BEGINS_AT,
                ends_at=BEGINS_AT + self.days * DAY,
                pages=(PageTold(PAGE, self.zone, self.basis, self.anchor),),
                rules=tuple(rules),
                zones={},
                happenings=tuple(sorted(self.happenings, key=_told_at)),
                reengagements=tuple(self.plans),
                replies=tuple(self.replies),
                ledger=tuple(self.ledger),
                house=self.house,
            )
        )

    def broken(self) -> set[Broken]:
        """Every promise that the oracle finds broken."""
        return {violation.promise for violation in self.verdict().violations}


def quiet_evening(**told: Any) -> Telling:
    """Alice writes and falls silent; the rest is for the test to tell."""
    telling = Telling(**told)
    telling.says(Said.TALK, timedelta(0))
    return telling
