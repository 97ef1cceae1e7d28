"""After a change of the campaign, open windows are planned again: what had no rule, and what had another."""

from datetime import timedelta

from botapp.campaign.publish import retire_rule
from tests.campaign.files import RULE, as_rule, as_template, written
from tests.world import PAGE_ID, World

_HOUR = timedelta(hours=1)
_HELLO_AGAIN = as_template({"name": '"hello-again"', "text": '"Hello {first_name|there}, is there anything else?"'})


def _rule(**values: str) -> str:
    """The world's own rule with other values."""
    return _HELLO_AGAIN + as_rule(RULE | {"name": '"after-a-while"', "template": '"hello-again"'} | values)


def _without_rules(world: World) -> None:
    retire_rule(world.installation.database, world.account.id, "after-a-while")


def _states(world: World) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in world.reengagements()]


def _said_of(world: World) -> list[str]:
    """What the ledger says of re-engagements, in order."""
    kinds = ("planned", "skipped", "held", "claimed", "sent", "expired")
    return [entry.kind for entry in world.ledger() if entry.kind in kinds]


def test_a_window_that_had_no_rule_at_all_gets_one(world: World) -> None:
    _without_rules(world)
    alice = world.add_customer()
    world.says(alice, ago=5 * _HOUR)
    world.work()
    world.replan()
    assert _states(world) == []
    world.apply(_rule())
    assert world.replan() == 1
    assert _states(world) == [("planned", None)]
    world.work()
    assert _states(world) == [("sent", None)]
    assert _said_of(world) == ["planned", "claimed", "sent"]


def test_a_window_that_no_rule_was_meant_for_gets_one(world: World) -> None:
    world.apply(_rule(when='{ fact = "ref", is = "spring" }'))
    world.says(world.add_customer(), ago=5 * _HOUR)
    assert _states(world) == [("skipped", "no_rule")]
    world.apply(_rule())
    world.replan()
    world.work()
    assert _states(world) == [("sent", None)]
    assert _said_of(world) == ["skipped", "planned", "claimed", "sent"]


def test_a_plan_follows_its_rule_to_another_time(world: World) -> None:
    world.says(world.add_customer(), ago=2 * _HOUR)
    (before,) = world.reengagements()
    assert before.due_at == before.interaction_at + 4 * _HOUR
    world.apply(_rule(delay='"6h"'))
    world.replan()
    (after,) = world.reengagements()
    assert (after.state, after.due_at) == ("planned", after.interaction_at + 6 * _HOUR)
    world.apply(_rule(delay='"1h"'))
    world.replan()
    world.work()
    assert _states(world) == [("sent", None)]


def test_quiet_hours_that_left_no_instant_are_forgotten_with_their_rule(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=20 * _HOUR)
    now = world.installation.clock.now()
    quiet = f'"{now - _HOUR:%H:%M}-{now + 5 * _HOUR:%H:%M}"'
    world.apply(_rule(quiet_hours=quiet))
    world.replan()
    world.work()
    assert _states(world) == [("skipped", "no_legal_instant")]
    world.apply(_rule())
    world.replan()
    world.work()
    assert _states(world) == [("sent", None)]


def test_a_window_that_has_closed_is_left_alone(world: World) -> None:
    _without_rules(world)
    world.says(world.add_customer(), ago=25 * _HOUR)
    world.apply(_rule())
    assert world.replan() == 0
    assert _states(world) == []


def test_a_silence_that_had_its_message_gets_no_other(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * _HOUR)
    world.work()
    world.apply(_rule(delay='"1h"'))
    world.replan()
    world.work()
    assert _states(world) == [("sent", None)]
    assert len(world.accepted(alice)) == 2


def test_no_campaign_brings_back_what_the_person_refused(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, "STOP", ago=5 * _HOUR)
    assert _states(world) == [("skipped", "stopped")]
    world.apply(_rule(delay='"1h"'))
    world.replan()
    world.work()
    assert _states(world) == [("skipped", "stopped")]
    assert _said_of(world) == ["skipped"]  # and nothing was decided anew
    assert len(world.accepted(alice)) == 1  # the confirmation


def test_when_the_last_rule_goes_it_is_put_on_record_why_its_plans_are_not_sent(world: World) -> None:
    alice = world.add_customer()
    world.says(alice, ago=5 * _HOUR)
    _without_rules(world)
    world.replan()
    world.work()
    assert _states(world) == [("skipped", "no_rule")]
    assert _said_of(world)[-1] == "skipped"
    assert len(world.accepted(alice)) == 1


def test_each_window_is_planned_again_once_for_each_change(world: World) -> None:
    for name in ("Alice", "Bob", "Charlie"):
        world.says(world.add_customer(name), ago=_HOUR)
    assert world.replan() == 0  # they were planned under this campaign
    world.apply(_rule(delay='"6h"'))
    assert [world.replan(), world.replan()] == [3, 0]
    assert _said_of(world) == ["planned", "planned"] * 3
    sequences = [entry.sequence for entry in world.ledger()]
    assert sequences == [number for _ in range(3) for number in range(1, len(sequences) // 3 + 1)]


def test_the_zone_of_the_profile_moves_a_plan_that_was_made_by_the_pages_zone(world: World) -> None:
    """ "8 in the morning" is the person's; it is known only after the first answer."""
    now = world.installation.clock.now()
    wrote_at = now - 2 * _HOUR
    # For the page, in UTC, the time of day is four hours off; for one five hours east of it, it was an hour ago.
    page_sees = wrote_at + 6 * _HOUR
    timing = f'{{ at = "{page_sees:%H:%M:%S}", or_after = "20h" }}'
    rule = {"name": '"after-a-while"', "template": '"hello-again"', "timing": timing}
    world.apply(_HELLO_AGAIN + as_rule(rule))
    alice = world.add_customer(timezone=5)
    world.says(alice, ago=2 * _HOUR)
    (planned,) = world.reengagements()
    assert planned.due_at > now + 3 * _HOUR
    world.work()  # answers, and learns her zone
    assert [contact.zone for contact in world.contacts()] == ["+05:00"]
    assert world.replan() == 1
    world.work()
    assert [sent["messaging_type"] for sent in world.accepted(alice)] == ["RESPONSE", "UPDATE"]


def test_a_page_that_has_the_bot_speak_for_it_anew_begins_with_the_open_windows(world: World) -> None:
    """A known page that takes other terms is planned again by them."""
    world.says(world.add_customer(), ago=5 * _HOUR)
    world.add_page(PAGE_ID, basis="explicit")
    assert world.replan() == 1
    assert _states(world) == [("skipped", "no_consent")]


def test_a_rule_for_others_leaves_a_plan_as_it_was(world: World) -> None:
    world.says(world.add_customer(), ago=_HOUR)
    (before,) = world.reengagements()
    world.apply(written(rule=RULE | {"priority": "9", "when": '{ fact = "ref", is = "spring" }'}))
    world.replan()
    (after,) = world.reengagements()
    assert (after.state, after.due_at) == ("planned", before.due_at)
