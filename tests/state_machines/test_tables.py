"""Somebody at the database's prompt, with plain SQL: whatever they manage to commit keeps the promises, and whatever
keeps them can be committed. A story that breaks one is told in as few statements as it takes."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.state_machines.conftest import Play
from tests.storage.by_hand import ALLOWANCE, CLAIM_COLUMNS, DAY, GAP, HOUR, MINUTE, NOON, Hand, claim_values

STATES = ("planned", "claimed", "sent", "failed", "unknown", "skipped", "superseded", "expired")
AFTER_A_CLAIM = {"claimed": {"sent", "failed", "unknown", "expired"}, "unknown": {"sent"}}
WITHOUT_A_CLAIM = {"planned": {"skipped", "superseded", "expired"}, "skipped": {"planned"}}
ATTRIBUTES = ("crossed_at", "taken_up_at", "delivered_at", "read_at", "due_at", "leased_until", "reason", "message_id")
NO_CLAIM = dict.fromkeys(CLAIM_COLUMNS)

WHO = st.sampled_from(["alice", "alice", "bob"])
WHEN = st.integers(0, 16).map(lambda number: NOON + number * 5 * HOUR)  # few instants, so that they meet
AFTER = st.sampled_from([-1, 0, HOUR, 4 * HOUR, 10 * HOUR, DAY - ALLOWANCE - 1, DAY - ALLOWANCE, DAY, 2 * DAY])
FORGERIES = st.fixed_dictionaries(
    {},
    optional={
        "previous_claimed_at": st.one_of(st.none(), WHEN, WHEN.map(lambda at: at + 4 * HOUR)),
        "least_gap": st.sampled_from([None, 0, 1, HOUR, DAY - 1, DAY, GAP + 1, 3 * DAY]),
        "opened_at": st.one_of(st.none(), WHEN),
        "closes_at": st.one_of(st.none(), WHEN),
        "send_allowance": st.sampled_from([None, -1, 0, 1, MINUTE, DAY]),
        "text": st.none(),
        "claim_token": st.none(),
    },
)


@dataclass
class Silence:
    """What one row is known to say."""

    state: str
    claim: Mapping[str, Any] = field(default_factory=lambda: NO_CLAIM)

    @property
    def claimed_at(self) -> int | None:
        at: int | None = self.claim["claimed_at"]
        return at


class Prompt(RuleBasedStateMachine):
    """One statement after the other against the re-engagements of two customers."""

    hand: Hand
    numbers = itertools.count(1000)

    @initialize(planned=st.lists(WHEN, min_size=2, max_size=5, unique=True))
    def come(self, planned: list[int]) -> None:
        """Each of them has fallen silent a few times."""
        self.customers = {who: next(self.numbers) for who in ("alice", "bob")}
        self.silences: dict[str, dict[int, Silence]] = {who: {} for who in self.customers}
        self.read: dict[str, dict[int, Silence]] = {}
        for customer in self.customers.values():
            self.hand.add_customer(customer)
        for who, at in itertools.product(self.customers, planned):
            self.begin(who, at, "planned")

    @rule(who=WHO, at=WHEN, state=st.sampled_from(["planned", "planned", "skipped", "claimed", "sent", "unknown"]))
    def begin(self, who: str, at: int, state: str) -> None:
        """A silence has one row, and it begins without a claim."""
        key = {"contact": self.customers[who], "at": at, "state": state}
        done = not self.hand.is_refused(
            "INSERT INTO reengagement (account_id, contact_id, interaction_at, state, planned_at, due_at, deadline_at)"
            " VALUES (1, :contact, :at, :state, 0, 0, 0)",
            **key,
        )
        assert done == (at not in self.silences[who] and state in ("planned", "skipped"))
        if done:
            self.silences[who][at] = Silence(state)

    @rule(who=WHO, which=st.integers(0, 20), after=AFTER)
    def claim(self, who: str, which: int, after: int) -> None:
        """As it should be, if now is the time for it."""
        at = self._pick(who, which)
        if at is None:
            return
        claims = self._claims(who)
        last = max(claims, default=None)
        values = self._claim_values(who, at, at + after, last)
        silence, claimed_at = self.silences[who][at], at + after
        is_due = silence.state == "planned" and 0 <= after < DAY - ALLOWANCE
        is_first = last is None or (at > last and claimed_at - last >= GAP)
        assert self._change(who, at, values) == (is_due and is_first)
        if is_due and is_first:
            self.silences[who][at] = Silence("claimed", {name: values[name] for name in CLAIM_COLUMNS})

    @rule(who=WHO, which=st.integers(0, 20), after=AFTER, forged=FORGERIES, of_bob=st.booleans())
    def forge(self, who: str, which: int, after: int, forged: dict[str, Any], of_bob: bool) -> None:
        """Not as it should be; what passes is judged by what the row then says."""
        at = self._pick(who, which)
        if at is None:
            return
        last = max(self._claims("bob" if of_bob else who), default=None)
        values = self._claim_values(who, at, at + after, last) | forged
        if self._change(who, at, values):
            made = Silence("claimed", {name: values[name] for name in CLAIM_COLUMNS})
            assert self.silences[who][at] == made or self.silences[who][at].state == "planned"
            self.silences[who][at] = made

    @rule(who=WHO, which=st.integers(0, 20), state=st.sampled_from(STATES))
    def move(self, who: str, which: int, state: str) -> None:
        """Another state, and nothing else."""
        at = self._pick(who, which)
        if at is None:
            return
        silence = self.silences[who][at]
        table = WITHOUT_A_CLAIM if silence.claimed_at is None else AFTER_A_CLAIM
        allowed = state == silence.state or state in table.get(silence.state, ())
        assert self._change(who, at, {"state": state}) == allowed
        if allowed:
            self.silences[who][at] = replace(silence, state=state)

    @rule(who=WHO, which=st.integers(0, 20))
    def give_back(self, who: str, which: int) -> None:
        """Only a claim of which nothing is known yet, and after which there is none."""
        at = self._pick(who, which)
        if at is None:
            return
        silence = self.silences[who][at]
        is_last = silence.claimed_at == max(self._claims(who), default=None)
        allowed = silence.state in ("planned", "skipped") or (silence.state == "claimed" and is_last)
        assert self._change(who, at, {**NO_CLAIM, "state": "planned"}) == allowed
        if allowed:
            self.silences[who][at] = Silence("planned")

    @rule(who=WHO, which=st.integers(0, 20), state=st.sampled_from(STATES), forged=FORGERIES)
    def rewrite(self, who: str, which: int, state: str, forged: dict[str, Any]) -> None:
        """A claim stays as it was made, whatever else is changed with it."""
        at = self._pick(who, which)
        if at is None or self.silences[who][at].claimed_at is None:
            return
        kept = self.silences[who][at].claim
        # The words themselves are no part of what the promises rest on.
        changed = {name: value for name, value in forged.items() if kept[name] != value and name != "text"}
        if changed:
            assert not self._change(who, at, {"state": state, **changed})

    @rule(who=WHO, which=st.integers(0, 20), to=WHEN, column=st.sampled_from(["interaction_at", "contact_id"]))
    def move_elsewhere(self, who: str, which: int, to: int, column: str) -> None:
        """A row stays with its silence and its customer."""
        at = self._pick(who, which)
        if at is not None and to != at:
            assert not self._change(who, at, {column: to if column == "interaction_at" else self.customers["bob"] + 1})

    @rule(who=WHO, which=st.integers(0, 20), column=st.sampled_from(ATTRIBUTES))
    def note(self, who: str, which: int, column: str) -> None:
        """What is learnt of a message may be written down at any time."""
        at = self._pick(who, which)
        if at is not None:
            assert self._change(who, at, {column: "x" if column in ("reason", "message_id") else NOON})

    @rule(who=WHO, which=st.integers(0, 20))
    def forget(self, who: str, which: int) -> None:
        """What may have reached somebody is not deleted."""
        at = self._pick(who, which)
        if at is None:
            return
        sql = "DELETE FROM reengagement WHERE contact_id = :contact AND interaction_at = :at"
        done = not self.hand.is_refused(sql, contact=self.customers[who], at=at)
        assert done == (self.silences[who][at].claimed_at is None)
        if done:
            del self.silences[who][at]

    @invariant()
    def the_rows_say_what_was_committed(self) -> None:
        self.read = {who: self._rows(who) for who in self.customers}
        assert self.read == self.silences

    @invariant()
    def each_claim_lies_inside_its_window_with_its_margin(self) -> None:
        for rows in self.read.values():
            for at, silence in rows.items():
                if silence.claimed_at is None:
                    continue
                claim = silence.claim
                assert claim["opened_at"] <= at <= silence.claimed_at
                assert 0 < claim["send_allowance"] < claim["closes_at"] - silence.claimed_at

    @invariant()
    def the_claims_are_one_chain_with_a_window_and_an_interaction_between_two(self) -> None:
        for rows in self.read.values():
            earlier = None
            for later, at in sorted((s.claimed_at, at) for at, s in rows.items() if s.claimed_at is not None):
                claim = rows[at].claim
                assert claim["previous_claimed_at"] == earlier
                assert claim["least_gap"] >= claim["closes_at"] - claim["opened_at"]
                if earlier is not None:
                    assert at > earlier
                    assert later - earlier >= claim["least_gap"]
                earlier = later

    def _pick(self, who: str, which: int) -> int | None:
        """One of their silences, or none where there is none."""
        silences = sorted(self.silences[who])
        return silences[which % len(silences)] if silences else None

    def _claims(self, who: str) -> list[int]:
        return [s.claimed_at for s in self.silences[who].values() if s.claimed_at is not None]

    def _claim_values(self, who: str, at: int, claimed_at: int, previous: int | None) -> dict[str, Any]:
        token = f"token-{self.customers[who]}-{at}-{claimed_at}"
        return claim_values(at, claimed_at, previous, claim_token=token)

    def _change(self, who: str, at: int, changes: Mapping[str, Any]) -> bool:
        return not self.hand.cannot(self.customers[who], at, changes)

    def _rows(self, who: str) -> dict[int, Silence]:
        names = ", ".join(CLAIM_COLUMNS)
        sql = f"SELECT interaction_at, state, {names} FROM reengagement WHERE contact_id = :contact"  # noqa: S608  our own names
        return {
            row.interaction_at: Silence(row.state, {name: getattr(row, name) for name in CLAIM_COLUMNS})
            for row in self.hand.rows(sql, contact=self.customers[who])
        }


def test_whatever_is_typed_no_two_claims_fall_in_a_silence_or_a_day_and_none_is_rewritten(
    hand: Hand, play: Play
) -> None:
    play(type("PromptOfThisDatabase", (Prompt,), {"hand": hand}), 120)
