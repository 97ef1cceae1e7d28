"""Whatever the facts, a send keeps every promise; what keeps every promise is sent; and a skip is never too early."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.policy.decision import Decision, Hold, Send, Skip
from botapp.policy.reason import Reason
from tests.policy.stories import MICROSECOND, MINUTE, PROPERTY
from tests.policy.tellings import Telling, tellings

_MANY = settings(PROPERTY, max_examples=250)
# Of these the page or the person may yet free a plan; the others are told by the clock alone.
_PASSING = {Reason.PROACTIVE_STOPPED, Reason.PAGE_PAUSED, Reason.THREAD_OWNED, Reason.ANSWER_PENDING}


def test_a_send_keeps_every_promise_and_what_keeps_every_promise_is_sent() -> None:
    decisions: list[Decision] = []

    @_MANY
    @given(tellings())
    def decide(telling: Telling) -> None:
        decision = telling.decided()
        decisions.append(decision)
        assert isinstance(decision, Send) is not bool(telling.broken()), (decision, telling.broken())

    decide()
    # Neither half of the promise was tested on nothing.
    for kind in (Send, Hold, Skip):
        assert sum(isinstance(decision, kind) for decision in decisions) >= 10


@_MANY
@given(tellings(), st.integers(0, 27 * 60))
def test_where_it_is_skipped_no_later_instant_would_have_done(telling: Telling, minutes: int) -> None:
    if isinstance(telling.decided(), Skip):
        assert telling.at(telling.now + minutes * MINUTE).broken()


@_MANY
@given(tellings(), st.floats(0, 1))
def test_where_it_is_not_due_no_earlier_instant_would_have_done_and_then_it_is_sent_or_waits_for_others(
    telling: Telling, share: float
) -> None:
    decision = telling.decided()
    if not isinstance(decision, Hold) or decision.reason is not Reason.NOT_DUE:
        return
    wait: timedelta = decision.until - telling.now
    assert telling.at(telling.now + min(wait * share, wait - MICROSECOND)).broken()
    then = telling.at(decision.until).decided()
    assert isinstance(then, Send) or (isinstance(then, Hold) and then.reason in _PASSING)


@_MANY
@given(tellings())
def test_what_holds_it_names_what_may_pass_and_nothing_else_stands_against_it(telling: Telling) -> None:
    decision = telling.decided()
    if isinstance(decision, Hold) and decision.reason in _PASSING:
        freed = replace(
            telling,
            contact=replace(telling.contact, thread_owned=False, answer_pending=False),
            page=replace(telling.page, proactive_stopped=False, paused=False),
        )
        assert decision.until > telling.now
        assert isinstance(freed.decided(), Send)
