"""What goes on record with a decision: everything that it saw, and nothing that names anybody."""

import json
from dataclasses import replace

import pytest

from botapp.policy.consent import ConsentRecord, ConsentState
from botapp.policy.decision import ContactFacts, PageFacts, PastClaim, decide
from botapp.policy.grounds import Grounds, grounds_of, standing_grounds
from botapp.policy.suppression import Suppression
from botapp.policy.window import Anchor, Interactions
from tests.policy.stories import ALICE, DAY, DUE_AT, PAGE, TERMS, WROTE_AT

BEFORE = WROTE_AT - DAY
SAID_YES = ConsentRecord(ConsentState.GIVEN, BEFORE, "3")


def grounds(contact: ContactFacts = ALICE, page: PageFacts = PAGE) -> Grounds:
    decision = decide(contact, page, TERMS, planned_for=WROTE_AT, now=DUE_AT)
    return grounds_of(decision, contact, page, TERMS, DUE_AT)


OTHER_CONTACTS = {
    "an earlier message": replace(ALICE, interactions=Interactions(BEFORE, BEFORE)),
    "a stop": replace(ALICE, suppressions=(Suppression("stop", BEFORE),)),
    "a mute with an end": replace(ALICE, suppressions=(Suppression("mute", BEFORE, WROTE_AT),)),
    "a lifted stop": replace(ALICE, suppressions=(Suppression("stop", BEFORE, None, WROTE_AT),)),
    "a yes": replace(ALICE, consents=(SAID_YES,)),
    "a yes that was taken back": replace(ALICE, consents=(SAID_YES, ConsentRecord(ConsentState.WITHDRAWN, WROTE_AT))),
    "a message before": replace(ALICE, last_claimed_at=BEFORE, past_claims=(PastClaim(BEFORE, False),)),
    "one taken up": replace(ALICE, last_claimed_at=BEFORE, past_claims=(PastClaim(BEFORE, True),)),
    "a wish for more": replace(ALICE, asked_for_more_at=BEFORE),
    "unreachable": replace(ALICE, reachable=False),
    "somebody else talks": replace(ALICE, thread_owned=True),
    "an answer is owed": replace(ALICE, answer_pending=True),
}
OTHER_PAGES = {
    "stopped": replace(PAGE, proactive_stopped=True),
    "paused": replace(PAGE, paused=True),
    "clocks": replace(PAGE, clocks_disagree=True),
    "another version": replace(PAGE, rules=(replace(PAGE.rules[0], version=2),)),
}


@pytest.mark.parametrize("other", OTHER_CONTACTS)
def test_whatever_a_decision_saw_of_the_contact_is_on_record(other: str) -> None:
    everything = {name: grounds(contact) for name, contact in OTHER_CONTACTS.items()}
    assert everything[other] != grounds()
    assert [name for name, found in everything.items() if found == everything[other]] == [other]


@pytest.mark.parametrize("other", OTHER_PAGES)
def test_whatever_it_saw_of_the_page_is_on_record(other: str) -> None:
    assert grounds(page=OTHER_PAGES[other]) != grounds()


def test_which_rules_guards_had_paused_is_on_record_beside_those_that_were_considered() -> None:
    mute = replace(PAGE.rules[0], name="without words", template=None)
    paused = replace(PAGE.rules[0], name="of guards", paused=frozenset({""}))
    found = grounds(page=replace(PAGE, rules=(mute, paused)))
    assert (sorted(found["rules"]), found["paused"]) == (["of guards", "without words"], ["of guards"])


def test_where_windows_count_from_the_first_message_the_record_says_when_it_was() -> None:
    older = replace(ALICE, interactions=Interactions(WROTE_AT, BEFORE))
    initial = replace(TERMS, anchor=Anchor.INITIAL)
    found = [
        grounds_of(decide(c, PAGE, initial, planned_for=WROTE_AT, now=DUE_AT), c, PAGE, initial, DUE_AT)
        for c in (ALICE, older)
    ]
    assert found[0]["opened_at"] - found[1]["opened_at"] == 24 * 3_600_000_000


def test_a_send_names_its_rule_and_its_template_by_version_and_hash_and_not_what_it_says() -> None:
    found = grounds()
    assert (found["rule"], found["rule_version"], found["template"], found["template_version"]) == (
        "after-a-while",
        1,
        "hello-again",
        1,
    )
    assert len(found["template_hash"]) == 64
    assert "Alice" not in json.dumps(found)
    other_name = grounds(replace(ALICE, values={"first_name": "Bob"}))
    assert other_name == found, "nobody can try names against the hash"


def test_a_refusal_names_the_rules_that_it_chose_among() -> None:
    assert grounds(OTHER_CONTACTS["a stop"])["rules"] == {"after-a-while": 1}
    assert "rules" not in grounds()


def test_what_is_not_so_is_left_out() -> None:
    assert set(standing_grounds(ALICE)) == {"last_at"}
    assert None not in grounds().values()
