"""Whoever has only the log comes to the verdict of the oracle, which saw the world, wherever the log can show it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from botapp.simulation.parts import Parts, WorldPlan
from tests.simulation.planted.fault import MOST_CUSTOMER_DAYS, Fault, applied, first_expected, plan_of
from tests.simulation.planted.faults import FAULTS
from tests.simulation.replayed import Judged, live_and_replay

# Faults whose world leaves a log that contradicts itself.
SHOWN_BY_THE_LOG = {
    "writes to who wants their data deleted",
    "reads a rule's budget and counts nothing in it",
    "reads a daily cap and counts nothing in it",
    "forgets what a rule allows one person",
    "ignores the customer's own quiet hours",
    "ignores how often the customer wants to hear from us",
    "a conversion is ignored",
    "a complaint is ignored",
    "writes after somebody else has answered",
    "decides outside the lock, and claims without a condition",
    "a late webhook moves the last interaction back",
    "one a calendar day",
    "the outcome's entry in a transaction of its own",
    "the claim's entry in a transaction of its own",
}
# Of these a log cannot tell, whoever replays it: it says what the code believed.
SEEN_BY_THE_ORACLE_ALONE = {
    # What was written to the platform is not what was put on record.
    "claims after the write",
    "sends again after a timeout",
    "takes no answer for a refusal",
    "takes a garbled answer for a refusal",
    "the sweep plans a lost claim again",
    "a late worker records over what is on record",
    # The instant of the write is not that of the claim.
    "looks at no clock before the write",
    "asks nobody after a slow connect",
    "confirms a no while a claim is in flight",
    # The event was put on record as something else than it was, or not at all.
    "the window begins when the webhook arrives",
    "anything at all begins a new silence",
    "goes on as ever with who asks for a person",
    "a mute ends hours early",
    "any message undoes a stop",
    "of a stop and a start the one delivered last wins",
    "a stop is not spread to the person's other identities",
    # Before it was erased it was somebody else to the log.
    "who was erased comes back without their no",
    "what was sent before an erasure counts for nothing",
    "answers 200 before the commit",
    # The house rules themselves: they are on record, and the messages keep to them.
    "has no allowance for the send itself",
    "the cap counts four days instead of seven",
    "who ignores us is written to all the same",
    # A message names the cap that it was counted in; one that names none may be of a page that had none.
    "knows nothing of a new page's daily cap",
    # No promise of the replay: quiet hours, threads, switches, rules, and what was not sent.
    "quiet hours by the offset of January",
    "writes into a thread that somebody else holds",
    "writes to who has blocked us",
    "reads the kill switch from memory",
    "a page in team mode writes to everybody",
    "goes on with a rule that a guard has paused",
    "gives up what the rate would carry",
    "reads the rules from memory",
    "a lease is for ever",
    "an answer that was leased is nobody's any more",
}


@pytest.mark.parametrize("seed", range(5_000, 5_006))
def test_of_the_correct_code_neither_has_anything_to_say(seed: int, tmp_path: Path) -> None:
    judged = live_and_replay(WorldPlan(seed=seed, customers=60, days=10), Parts(), tmp_path)
    assert judged.verdict.violations == ()
    assert (judged.replay, judged.log) == (None, [])
    assert judged.figures is not None
    assert judged.figures.counts["claimed"] > 0
    assert judged.figures.not_judged == 0


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.name in SHOWN_BY_THE_LOG], ids=lambda fault: fault.name)
def test_of_a_fault_that_the_log_shows_both_speak(fault: Fault, tmp_path: Path) -> None:
    told = ((judged, first_expected(judged.verdict, fault.broken)) for judged in worlds_with(fault, tmp_path))
    assert any(violation is not None and judged.replay is not None for judged, violation in told)


def worlds_with(fault: Fault, tmp_path: Path) -> Iterator[Judged]:
    """One world after the other in which the fault is planted."""
    worlds = MOST_CUSTOMER_DAYS // (fault.customers * fault.days)
    with applied((*fault.world, *fault.patches)):
        for seed in range(fault.shows_at, fault.shows_at + worlds):
            yield live_and_replay(plan_of(fault, seed), fault.parts, tmp_path / str(seed))


def test_of_every_planted_fault_it_is_known_who_sees_it() -> None:
    assert {fault.name for fault in FAULTS} == SHOWN_BY_THE_LOG | SEEN_BY_THE_ORACLE_ALONE
    assert not SHOWN_BY_THE_LOG & SEEN_BY_THE_ORACLE_ALONE
