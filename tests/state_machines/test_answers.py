"""The same somebody at the table of answers: one an event, in its place, and what was begun stays as it was begun."""

import itertools
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.state_machines.conftest import Play
from tests.storage.by_hand import Hand

STATES = ("planned", "claimed", "sent", "failed", "unknown", "skipped")
MAY_FOLLOW = {
    "planned": {"claimed", "skipped"},
    "claimed": {"sent", "failed", "unknown", "planned"},
    "unknown": {"sent"},
}
EVENT = st.integers(0, 4)
INSTANT = st.integers(1, 5)


@dataclass
class Answer:
    """What one row is known to say."""

    position: int
    state: str
    claimed_at: int | None = None
    claim_token: str | None = None


class Prompt(RuleBasedStateMachine):
    """One statement after the other against one customer's answers."""

    hand: Hand
    numbers = itertools.count(1000)

    @initialize(planned=st.sets(EVENT, min_size=1))
    def come(self, planned: set[int]) -> None:
        """A few things that they wrote are to be answered."""
        self.customer = next(self.numbers)
        self.answers: dict[int, Answer] = {}
        self.hand.add_customer(self.customer)
        for event in planned:
            self.begin(event, event, "planned")

    @rule(event=EVENT, position=EVENT, state=st.sampled_from(STATES))
    def begin(self, event: int, position: int, state: str) -> None:
        """An event has one answer, a place in the conversation too, and none begins as if it had gone out."""
        done = not self.hand.is_refused(
            "INSERT INTO reply (account_id, contact_id, event_key, position, kind, state, planned_at, not_before)"
            " VALUES (1, :customer, :event, :position, 'answer', :state, 0, 0)",
            customer=self.customer,
            event=f"m_{event}",
            position=position,
            state=state,
        )
        is_free = event not in self.answers and position not in {a.position for a in self.answers.values()}
        assert done == (is_free and state in ("planned", "skipped"))
        if done:
            self.answers[event] = Answer(position, state)

    @rule(event=EVENT, at=INSTANT)
    def claim(self, event: int, at: int) -> None:
        """A token names one answer; one that was begun is not begun again."""
        token = f"token-{self.customer}-{at}"
        answer = self.answers.get(event)
        is_taken = token in {a.claim_token for key, a in self.answers.items() if key != event}
        allowed = answer is not None and answer.state == "planned" and not is_taken
        changes = {"state": "claimed", "claimed_at": at, "claim_token": token}
        if answer is not None and (answer.state, answer.claim_token) == ("claimed", token):
            return  # the very same again changes nothing
        assert self._change(event, changes) == allowed
        if allowed:
            self.answers[event] = Answer(self.answers[event].position, "claimed", at, token)

    @rule(event=EVENT, state=st.sampled_from(STATES))
    def move(self, event: int, state: str) -> None:
        """Another state, and nothing else."""
        answer = self.answers.get(event)
        if answer is None:
            return
        may_follow = state == answer.state or state in MAY_FOLLOW.get(answer.state, set())
        is_begun = answer.claimed_at is not None
        allowed = may_follow and (is_begun if state not in ("planned", "skipped") else not is_begun)
        assert self._change(event, {"state": state}) == allowed
        if allowed:
            answer.state = state

    @rule(event=EVENT)
    def give_back(self, event: int) -> None:
        """Certain that nothing was delivered: planned again, without a claim."""
        answer = self.answers.get(event)
        if answer is None:
            return
        allowed = answer.state in ("planned", "claimed")
        assert self._change(event, {"state": "planned", "claimed_at": None, "claim_token": None}) == allowed
        if allowed:
            self.answers[event] = Answer(answer.position, "planned")

    @rule(
        event=EVENT,
        state=st.sampled_from(STATES[1:]),
        column=st.sampled_from(["claimed_at", "claim_token"]),
        value=st.one_of(st.none(), st.integers(6, 9)),
    )
    def rewrite(self, event: int, state: str, column: str, value: int | None) -> None:
        """What was begun stays as it was begun, whatever becomes of it."""
        answer = self.answers.get(event)
        if answer is not None and answer.claimed_at is not None:
            assert not self._change(event, {"state": state, column: value if column == "claimed_at" else None})

    @rule(event=EVENT, to=EVENT)
    def move_elsewhere(self, event: int, to: int) -> None:
        """An answer stays with what it answers."""
        if event in self.answers and to != event:
            assert not self._change(event, {"event_key": f"m_{to}"})

    @invariant()
    def the_rows_say_what_was_committed(self) -> None:
        sql = "SELECT event_key, position, state, claimed_at, claim_token FROM reply WHERE contact_id = :customer"
        rows = self.hand.rows(sql, customer=self.customer)
        found = {
            int(row.event_key.removeprefix("m_")): Answer(row.position, row.state, row.claimed_at, row.claim_token)
            for row in rows
        }
        assert found == self.answers

    @invariant()
    def what_may_have_gone_out_tells_when(self) -> None:
        for answer in self.answers.values():
            assert answer.state in ("planned", "skipped") or answer.claimed_at is not None

    def _change(self, event: int, changes: dict[str, Any]) -> bool:
        """Whether the row was changed."""
        sets = ", ".join(f"{name} = :{name}" for name in changes)
        sql = f"UPDATE reply SET {sets} WHERE contact_id = :of_customer AND event_key = :of_event"  # noqa: S608  our own names
        if event not in self.answers:
            return False
        return not self.hand.is_refused(sql, **changes, of_customer=self.customer, of_event=f"m_{event}")


def test_whatever_is_typed_an_answer_that_was_begun_stays_begun_and_goes_out_once(hand: Hand, play: Play) -> None:
    play(type("PromptOfThisDatabase", (Prompt,), {"hand": hand}), 60)
