"""All planted faults. Each is a way in which a protocol like ours has been built, or could be."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from botapp.reengagement.claim import Claimer
from botapp.reengagement.plan import Planner
from botapp.reengagement.terms import HouseRules
from botapp.simulation.faults import RATES, Faults
from botapp.simulation.oracle import Broken
from botapp.simulation.parts import Parts
from botapp.simulation.staff import Page, Staff
from tests.simulation.planted import wrong_conversations, wrong_sends
from tests.simulation.planted.fault import Fault, Patch, without

_DECIDE = "botapp.reengagement.claim.decide"
_NO_CHECKS = "PRAGMA ignore_check_constraints=ON"
_NO_GUARD = "DROP TRIGGER reengagement_update_guard"


def _set(target: str, value: object) -> Patch:
    """For what cannot be handed in: a function of a module, or a pure value's method."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(target, value)

    return patch


def _wilder(**rates: Any) -> Patch:
    """A world in which some things happen more often than they usually do."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(RATES, Faults.ALL, replace(RATES[Faults.ALL], **rates))

    return patch


_OFTEN_DISTURBED = _wilder(boundary=0.1, send=0.3)
_OFTEN_OF_TWO_MINDS = _set("botapp.simulation.people._USUAL", {"talk": 50, "stop": 25, "start": 20, "notices_stop": 5})
_OFTEN_WANTING_A_PERSON = _set("botapp.simulation.people._USUAL", {"talk": 70, "person": 20, "bot_button": 10})
_OFTEN_CHOOSING = _set("botapp.simulation.people._USUAL", {"talk": 70, "choose": 30})
_OFTEN_WANTING_TO_BE_FORGOTTEN = _set("botapp.simulation.people._USUAL", {"talk": 85, "delete": 15})
_OFTEN_STOPPING_AND_FORGOTTEN = _set("botapp.simulation.people._USUAL", {"talk": 65, "stop": 20, "delete": 15})
_NEVER_FORGOTTEN = _set("botapp.conversation.privacy_wishes._request", lambda *_: None)  # nobody carries it out
_OFTEN_WITHOUT_WORDS = _set(
    "botapp.simulation.people._USUAL", {"talk": 40, "react": 10, "unreact": 30, "take_back": 20}
)
_WITH_SUMMER_TIME = _set("botapp.simulation.world.ZONES", ("Europe/Berlin", "America/New_York"))
_LIMITED = b"""
[[templates]]
name = "still-here"
text = "Hello {first_name|there}, did you find what you were looking for?"
[[templates]]
name = "once-more"
text = "There is something new for you, {first_name|dear customer}."
[[rules]]
name = "few"
template = "still-here"
delay = "4h"
priority = 5
budget = { most = 2, per = "week" }
[[rules]]
name = "not-often"
template = "once-more"
delay = "5h"
per_customer = { most = 1, within = "6d" }
"""
_QUIET_NIGHTS = b"""
[[templates]]
name = "still-here"
text = "Hello {first_name|there}, did you find what you were looking for?"
[[rules]]
name = "evening-question"
template = "still-here"
delay = "4h"
quiet_hours = "21:00-08:00"
"""
_OFTEN_THERE = _set("botapp.simulation.people._DAYS_BETWEEN_SESSIONS", 1.0)
_OFTEN_LATE = _wilder(late_webhook=0.3)
_WITH_A_NEW_PAGE = _set("botapp.simulation.staff._NEW_PAGE", 1.0)
_EVERYBODY_ON_TWO_PAGES = _set("botapp.simulation.world._LINKED", 1.0)


_TAKE_THREAD = Staff._take_thread  # noqa: SLF001  the world, not what is tested


def _takes_many_threads(staff: Staff, page: Page) -> None:
    """So that one of them is of somebody to whom a message is due."""
    for _ in range(20):
        _TAKE_THREAD(staff, page)


def _with_house(change: Callable[[HouseRules], HouseRules]) -> Parts:
    """Plans and claims by other house rules."""

    def planner(*, house: HouseRules, **rest: Any) -> Planner:
        return Planner(house=change(house), **rest)

    def claimer(*, house: HouseRules, **rest: Any) -> Claimer:
        return Claimer(house=change(house), **rest)

    return Parts(planner=planner, claimer=claimer)


def _kinds(*kinds: Broken) -> frozenset[Broken]:
    return frozenset(kinds)


_TWICE = _kinds(Broken.REPEATED, Broken.WITHIN_A_DAY, Broken.TWICE_IN_A_SILENCE)

FAULTS = (
    Fault("claims after the write", _TWICE, Parts(reengagements=wrong_sends.ClaimsAfterTheWrite)),
    Fault("sends again after a timeout", _TWICE, Parts(reengagements=wrong_sends.RetriesAfterATimeout)),
    Fault("takes no answer for a refusal", _TWICE, Parts(delivery=wrong_sends.TakesNoAnswerForARefusal)),
    Fault(
        "takes a garbled answer for a refusal",
        _kinds(Broken.TAKEN_AND_NOT_RECORDED),
        Parts(delivery=wrong_sends.TakesAGarbledAnswerForARefusal),
    ),
    Fault(
        "the sweep plans a lost claim again",
        _TWICE,
        patches=(_set("botapp.reengagement.sweep._give_up", wrong_sends.gives_up_and_plans_again),),
    ),
    Fault(
        "decides outside the lock, and claims without a condition",
        _kinds(Broken.AFTER_A_NO),
        Parts(claimer=wrong_sends.DecidesOutsideTheLock, after_schema=without(_NO_GUARD)),
        patches=(
            _set(_DECIDE, wrong_sends.decides_once),
            _set("botapp.reengagement.claim.reengagements", wrong_sends.Unconditional()),
        ),
        world=(_OFTEN_THERE, _OFTEN_DISTURBED),
        guard="the trigger that names the moves between states",
        shows_at=6000,
    ),
    Fault(
        "looks at no clock before the write",
        _kinds(Broken.CROSSED_TOO_LATE, Broken.NO_ALLOWANCE, Broken.OUTSIDE_THE_WINDOW),
        Parts(delivery=wrong_sends.LooksAtNoClock),
        world=(_OFTEN_DISTURBED,),
        shows_at=8,
    ),
    Fault(
        "asks nobody after a slow connect",
        _kinds(Broken.CROSSED_TOO_LATE),
        Parts(claimer=wrong_sends.AsksTheDatabaseOnce),
        world=(_OFTEN_DISTURBED,),
        shows_at=34,
    ),
    Fault(
        "has no allowance for the send itself",
        _kinds(Broken.NO_ALLOWANCE, Broken.OUTSIDE_THE_WINDOW),
        _with_house(lambda house: replace(house, send_allowance=timedelta(microseconds=1))),
    ),
    Fault(
        "the window begins when the webhook arrives",
        _kinds(Broken.NO_ALLOWANCE, Broken.OUTSIDE_THE_WINDOW),
        Parts(receiver=wrong_conversations.CountsFromArrival),
        world=(_OFTEN_LATE,),
        shows_at=10,
    ),
    Fault(
        "a late webhook moves the last interaction back",
        _kinds(Broken.TOO_EARLY, Broken.TWICE_IN_A_SILENCE, Broken.NO_ALLOWANCE),
        patches=(_set("botapp.policy.window.Interactions.with_interaction", wrong_conversations.moves_back),),
        world=(_OFTEN_LATE,),
        shows_at=11,
    ),
    Fault(
        "anything at all begins a new silence",
        _kinds(Broken.TWICE_IN_A_SILENCE, Broken.NO_ALLOWANCE, Broken.OUTSIDE_THE_WINDOW),
        Parts(receiver=wrong_conversations.TakesAnythingForAnInteraction),
        world=(_OFTEN_WITHOUT_WORDS,),
    ),
    Fault(
        "one a calendar day",
        _kinds(Broken.WITHIN_A_DAY),
        Parts(
            planner=_with_house(lambda house: replace(house, cool_down=timedelta(0))).planner,
            after_schema=without(_NO_CHECKS),
        ),
        patches=(_set(_DECIDE, wrong_sends.counts_calendar_days),),
        guard="the checks of the chain of claims",
    ),
    Fault(
        "the cap counts four days instead of seven",
        _kinds(Broken.OVER_THE_CAP),
        _with_house(lambda house: replace(house, cap_period=timedelta(days=4))),
        shows_at=5,
    ),
    Fault(
        "who ignores us is written to all the same",
        _kinds(Broken.IGNORED),
        _with_house(lambda house: replace(house, ignored_cap=0)),
        shows_at=15,
    ),
    Fault(
        "quiet hours by the offset of January",
        _kinds(Broken.QUIET_HOURS, Broken.TOO_EARLY),
        patches=(_set("botapp.reengagement.facts.zone_of", wrong_conversations.zone_without_summer),),
        world=(_WITH_SUMMER_TIME,),
        campaign=_QUIET_NIGHTS,
    ),
    Fault(
        "reads a rule's budget and counts nothing in it",
        _kinds(Broken.OVER_THE_BUDGET),
        patches=(_set("botapp.storage.rule_limits.spend", lambda *_: 1),),
        campaign=_LIMITED,
    ),
    Fault(
        "forgets what a rule allows one person",
        _kinds(Broken.OVER_THE_RULE_CAP),
        patches=(_set("botapp.storage.rule_limits.ask_claims_of_rules", wrong_sends.NoClaimsOfRules),),
        campaign=_LIMITED,
    ),
    Fault(
        "knows nothing of a new page's daily cap",
        _kinds(Broken.OVER_THE_DAILY_CAP),
        patches=(_set("botapp.reengagement.claim.with_daily_cap", lambda _connection, page, *_: page),),
        world=(_WITH_A_NEW_PAGE, _OFTEN_THERE),
    ),
    Fault(
        "reads a daily cap and counts nothing in it",
        _kinds(Broken.OVER_THE_DAILY_CAP),
        patches=(_set("botapp.storage.daily_caps.count", lambda *_: 1),),
        world=(_WITH_A_NEW_PAGE, _OFTEN_THERE),
    ),
    Fault(
        "a page in team mode writes to everybody",
        _kinds(Broken.TEAM_ONLY),
        patches=(_set("botapp.reengagement.claim.page_facts", wrong_sends.is_in_no_team_mode),),
        world=(_WITH_A_NEW_PAGE, _OFTEN_THERE, _wilder(staff_hours=4)),
        shows_at=9,
    ),
    Fault(
        "goes on with a rule that a guard has paused",
        _kinds(Broken.GUARDED),
        patches=(_set("botapp.storage.guards.load_paused", lambda *_: {}),),
        world=(_OFTEN_OF_TWO_MINDS, _OFTEN_THERE),
        customers=60,
    ),
    Fault(
        "gives up what the rate would carry",
        _kinds(Broken.GIVEN_UP),
        Parts(overload=wrong_sends.expects_no_refill),
    ),
    Fault(
        "ignores the customer's own quiet hours",
        _kinds(Broken.OWN_QUIET_HOURS),
        patches=(_set("botapp.reengagement.facts.preferences_of", wrong_conversations.knows_only_how_often),),
        world=(_OFTEN_CHOOSING, _OFTEN_THERE),
    ),
    Fault(
        "ignores how often the customer wants to hear from us",
        _kinds(Broken.TOO_OFTEN),
        patches=(_set("botapp.reengagement.facts.preferences_of", wrong_conversations.knows_only_quiet_hours),),
        world=(_OFTEN_CHOOSING, _OFTEN_THERE),
    ),
    Fault(
        "a mute ends hours early",
        _kinds(Broken.AFTER_A_NO),
        patches=(_set("botapp.conversation.fold.mute_until", wrong_conversations.ends_early),),
        shows_at=2,
    ),
    Fault(
        "any message undoes a stop",
        _kinds(Broken.AFTER_A_NO),
        Parts(receiver=wrong_conversations.RevivedByAnyMessage),
    ),
    Fault(
        "of a stop and a start the one delivered last wins",
        _kinds(Broken.AFTER_A_NO),
        Parts(receiver=wrong_conversations.CountsAStartFromArrival),
        world=(_OFTEN_LATE, _OFTEN_OF_TWO_MINDS),
        shows_at=11,
    ),
    Fault(
        "a stop is not spread to the person's other identities",
        _kinds(Broken.AFTER_A_NO, Broken.AFTER_OUR_WORD),
        patches=(_set("botapp.conversation.receive._spread", lambda *_: None),),
        world=(_EVERYBODY_ON_TWO_PAGES, _OFTEN_OF_TWO_MINDS, _OFTEN_THERE),
        customers=20,
        days=20,
    ),
    Fault(
        "confirms a no while a claim is in flight",
        _kinds(Broken.AFTER_OUR_WORD),
        Parts(replies=wrong_conversations.ConfirmsAtOnce),
        world=(_OFTEN_THERE,),
        shows_at=34,
    ),
    Fault(
        "answers 200 before the commit",
        _kinds(Broken.ANSWERED_TOO_SOON),
        Parts(take_delivery=wrong_conversations.acknowledges_first),
    ),
    Fault(
        "writes into a thread that somebody else holds",
        _kinds(Broken.THREAD_OWNED),
        patches=(_set("botapp.reengagement.facts.thread_is_owned", lambda *_: False),),
        world=(_wilder(staff_hours=2), _set("botapp.simulation.staff.Staff._take_thread", _takes_many_threads)),
        shows_at=17,
    ),
    Fault(
        "goes on as ever with who asks for a person",
        _kinds(Broken.THREAD_OWNED),
        patches=(_set("botapp.conversation.fold.fold_wish_for_person", lambda *_: None),),
        world=(_OFTEN_WANTING_A_PERSON,),
    ),
    Fault(
        "a conversion is ignored",
        _kinds(Broken.CONVERTED),
        patches=(_set("botapp.policy.decision.is_converted", lambda *_: False),),
    ),
    Fault(
        "writes to who wants their data deleted",
        _kinds(Broken.AFTER_A_NO),
        patches=(_set("botapp.policy.decision.stopped", wrong_conversations.stopped_by_anything_but_a_deletion),),
        world=(_OFTEN_WANTING_TO_BE_FORGOTTEN, _OFTEN_THERE, _NEVER_FORGOTTEN),
    ),
    Fault(
        "who was erased comes back without their no",
        _kinds(Broken.AFTER_A_NO),
        Parts(receiver=wrong_conversations.remembers_nobody),
        world=(_OFTEN_STOPPING_AND_FORGOTTEN, _OFTEN_THERE),
        shows_at=2,
    ),
    Fault(
        "what was sent before an erasure counts for nothing",
        _kinds(Broken.WITHIN_A_DAY),
        Parts(receiver=wrong_conversations.lets_nobody_rest),
        world=(_OFTEN_WANTING_TO_BE_FORGOTTEN, _OFTEN_THERE),
    ),
    Fault(
        "a complaint is ignored",
        _kinds(Broken.AFTER_A_NO),
        patches=(_set("botapp.policy.decision.complained", lambda *_: False),),
    ),
    Fault(
        "writes after somebody else has answered",
        _kinds(Broken.ANSWERED),
        patches=(_set("botapp.policy.decision.is_answered", lambda *_: False),),
        world=(_wilder(staff_hours=2), _set("botapp.simulation.staff.Staff._take_thread", _takes_many_threads)),
    ),
    Fault(
        "writes to who has blocked us",
        _kinds(Broken.BLOCKED),
        patches=(_set(_DECIDE, wrong_sends.forgets_who_cannot_be_reached),),
        world=(_wilder(send=0.3),),
        shows_at=2,
    ),
    Fault(
        "reads the kill switch from memory",
        _kinds(Broken.KILL_SWITCH, Broken.PAUSED),
        patches=(_set("botapp.reengagement.claim.page_facts", wrong_sends.RemembersTheSwitches()),),
        world=(_wilder(staff_hours=2),),
    ),
    Fault(
        "reads the rules from memory",
        _kinds(Broken.NOT_LIVE, Broken.QUIET_HOURS, Broken.TOO_EARLY),
        Parts(claimer=wrong_sends.remembers_the_rules),
        world=(_OFTEN_THERE, _wilder(staff_hours=2)),
    ),
    Fault(
        "a late worker records over what is on record",
        _kinds(Broken.ROW_AND_LEDGER),
        Parts(reengagements=wrong_sends.RecordsOverEverything),
        world=(_OFTEN_DISTURBED,),
        shows_at=17,
    ),
    Fault(
        "the outcome's entry in a transaction of its own",
        _kinds(Broken.ROW_AND_LEDGER),
        Parts(reengagements=wrong_sends.RecordsInTwoTransactions),
        world=(_OFTEN_DISTURBED,),
    ),
    Fault(
        "the claim's entry in a transaction of its own",
        _kinds(Broken.ROW_AND_LEDGER, Broken.NO_CLAIM),
        Parts(claimer=wrong_sends.ClaimsInTwoTransactions),
        patches=(_set("botapp.reengagement.claim.ledger", wrong_sends.ENTRIES_KEPT_BACK),),
    ),
    Fault(
        "a lease is for ever",
        _kinds(Broken.UNSENT),
        patches=(_set("botapp.reengagement.send._LEASE", timedelta(days=365)),),
        customers=20,
        days=4,
    ),
    Fault(
        "an answer that was leased is nobody's any more",
        _kinds(Broken.UNANSWERED),
        patches=(_set("botapp.conversation.reply._LEASE", timedelta(days=365)),),
        customers=20,
        days=4,
        shows_at=15,
    ),
)
