"""Whatever statements come in whatever order: the promises hold over what the table then says."""

from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.storage.by_hand import CLAIM_COLUMNS, DAY, HOUR, NOON, Hand, claim_values

HOURS = st.integers(0, 60).map(lambda hours: NOON + hours * HOUR)  # few instants, so that they meet
STATES = st.sampled_from(["planned", "claimed", "sent", "failed", "unknown", "skipped", "superseded", "expired"])
DURATIONS = st.sampled_from([0, 1, HOUR, 23 * HOUR, DAY, 25 * HOUR])
SETTLED = ("sent", "failed", "unknown", "expired")


@dataclass(frozen=True)
class Claim:
    """What a row says of its claim."""

    interaction_at: int
    state: str
    columns: tuple[Any, ...]

    def __getattr__(self, name: str) -> Any:
        return self.columns[CLAIM_COLUMNS.index(name)]


class Meddler(RuleBasedStateMachine):
    """Somebody at the prompt who tries one statement after the other against one customer."""

    hand: Hand
    customers = iter(range(1000, 1_000_000))

    def __init__(self) -> None:
        super().__init__()
        self.customer = next(self.customers)
        self.claims: list[Claim] = []

    @initialize()
    def come(self) -> None:
        self.hand.add_customer(self.customer)

    @rule(interaction_at=HOURS)
    def plan(self, interaction_at: int) -> None:
        self._try("INSERT", interaction_at, {"state": "planned"})

    @rule(
        interaction_at=HOURS,
        after_hours=st.integers(1, 23),
        previous=st.one_of(st.none(), HOURS),
        truthfully=st.booleans(),
        durations=st.one_of(st.none(), st.tuples(DURATIONS, DURATIONS)),
    )
    def claim(
        self,
        interaction_at: int,
        after_hours: int,
        previous: int | None,
        truthfully: bool,
        durations: tuple[int, int] | None,
    ) -> None:
        """Planned and claimed, mostly as it should be, sometimes with a forged predecessor, gap or window."""
        claimed_at = interaction_at + after_hours * HOUR
        if truthfully:
            previous = max((claim.claimed_at for claim in self.claims), default=None)
        forged = {"least_gap": durations[0], "closes_at": interaction_at + durations[1]} if durations else {}
        token = {"claim_token": f"token-{self.customer}-{interaction_at}-{claimed_at}"}
        self._try("INSERT", interaction_at, {"state": "planned"})
        self._try("UPDATE", interaction_at, claim_values(interaction_at, claimed_at, previous) | token | forged)

    @rule(which=st.integers(0, 9), state=STATES)
    def move(self, which: int, state: str) -> None:
        if self.claims:
            self._try("UPDATE", self.claims[which % len(self.claims)].interaction_at, {"state": state})

    @rule(which=st.integers(0, 9), state=STATES)
    def release(self, which: int, state: str) -> None:
        if self.claims:
            changes = dict.fromkeys(CLAIM_COLUMNS) | {"state": state}
            self._try("UPDATE", self.claims[which % len(self.claims)].interaction_at, changes)

    @rule(interaction_at=HOURS, column=st.sampled_from(CLAIM_COLUMNS[:7]), value=st.one_of(st.none(), HOURS, DURATIONS))
    def rewrite(self, interaction_at: int, column: str, value: int | None) -> None:
        self._try("UPDATE", interaction_at, {column: value})

    @rule(interaction_at=HOURS)
    def delete(self, interaction_at: int) -> None:
        self.hand.is_refused(
            "DELETE FROM reengagement WHERE contact_id = :customer AND interaction_at = :interaction_at",
            customer=self.customer,
            interaction_at=interaction_at,
        )

    @invariant()
    def what_was_settled_stays(self) -> None:
        before, self.claims = self.claims, self._claims()
        for claim in before:
            if claim.state in SETTLED:
                (kept,) = [c for c in self.claims if c.interaction_at == claim.interaction_at]
                assert kept.columns == claim.columns
                assert kept.state in (claim.state, "sent")

    @invariant()
    def each_claim_lies_in_its_window(self) -> None:
        for claim in self.claims:
            assert claim.opened_at <= claim.interaction_at <= claim.claimed_at
            assert claim.claimed_at + claim.send_allowance < claim.closes_at

    @invariant()
    def between_two_claims_lie_a_window_and_an_interaction(self) -> None:
        for earlier, later in zip(self.claims, self.claims[1:], strict=False):
            assert later.previous_claimed_at == earlier.claimed_at
            assert later.interaction_at > earlier.claimed_at
            assert later.claimed_at - earlier.claimed_at >= later.closes_at - later.opened_at

    def _try(self, verb: str, interaction_at: int, changes: dict[str, Any]) -> None:
        if verb == "UPDATE":
            self.hand.cannot(self.customer, interaction_at, changes)
            return
        self.hand.is_refused(
            "INSERT INTO reengagement (account_id, contact_id, interaction_at, state, planned_at, due_at, deadline_at)"
            " VALUES (1, :customer, :interaction_at, :state, 0, 0, 0)",
            customer=self.customer,
            interaction_at=interaction_at,
            **changes,
        )

    def _claims(self) -> list[Claim]:
        sql = (
            f"SELECT interaction_at, state, {', '.join(CLAIM_COLUMNS)} FROM reengagement"  # noqa: S608  our own names
            " WHERE contact_id = :customer AND claimed_at IS NOT NULL ORDER BY claimed_at"
        )
        rows = self.hand.rows(sql, customer=self.customer)
        return [Claim(row.interaction_at, row.state, tuple(getattr(row, c) for c in CLAIM_COLUMNS)) for row in rows]


def test_no_order_of_statements_makes_two_claims_of_one_silence_or_one_day(hand: Hand) -> None:
    machine = type("MeddlerOfThisDatabase", (Meddler,), {"hand": hand})
    quick = settings(
        max_examples=25,
        stateful_step_count=15,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=quick)
