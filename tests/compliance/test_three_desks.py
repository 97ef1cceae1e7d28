"""The three desks agree: what the customer was told, what the log says of it, and what the claim decides."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from botapp.compliance.agreement import AgreementCheck
from botapp.compliance.check_live import LiveCheck
from botapp.compliance.explain import Explainer
from botapp.compliance.promises import PromiseCheck
from botapp.compliance.wording import WHY
from botapp.policy.reason import Reason
from tests.world import World, standing_world

HOUR = timedelta(hours=1)


@pytest.fixture
def one_world(sqlite_database_url: str, redis_url: str, var_dir: Path) -> Iterator[World]:
    """On one database: each desk is tested on both by itself."""
    with standing_world(sqlite_database_url, redis_url, var_dir) as standing:
        yield standing


@pytest.mark.parametrize(
    ("said", "told", "reason"),
    [
        ("STOP", "stop_confirmed", Reason.STOPPED),
        ("mute for 2 days", "mute_confirmed", Reason.MUTED),
        ("not now", "mute_confirmed", Reason.MUTED),
        ("this is outrageous, I am furious", "complaint", Reason.COMPLAINT),
        ("delete my data", "delete_asked", Reason.MUTED),
        ("thanks", "thanks", None),
    ],
)
def test_what_is_told_is_what_is_decided_and_what_the_log_explains(
    one_world: World, said: str, told: str, reason: Reason | None
) -> None:
    world, installation = one_world, one_world.installation
    alice = world.add_customer()
    world.says(alice, "hello", ago=6 * HOUR)
    world.answer()
    world.says(alice, said, ago=5 * HOUR)
    world.answer()
    world.work()

    assert [row.kind for row in world.replies()] == ["greeting", told]
    decided = world.reengagements()[-1]
    assert (decided.reason, len(world.proactive(alice))) == (reason, 0 if reason else 1)

    key = world.silence(alice)
    explainer = Explainer(installation.database, installation.house)
    explained = explainer.of_reengagement((key.account_id, key.contact_id), key.interaction_at)
    assert explained.verdict == (f"It was not sent, because {WHY[reason]}." if reason else "It was sent.")
    assert "Decided again from the entries before it, with the same result." in explained.notes
    timeline = [(row.kind, row.reason) for row in world.ledger() if row.subject_at == key.interaction_at]
    assert timeline[-1] == (("skipped", reason) if reason else ("sent", None))

    _assert_everybody_agrees(world)


def test_who_asked_for_a_person_is_left_to_them_on_every_desk(one_world: World) -> None:
    world, installation = one_world, one_world.installation
    alice = world.add_customer()
    world.says(alice, "hello", ago=6 * HOUR)
    world.answer()
    world.says(alice, "I want to talk to a person", ago=5 * HOUR)
    world.answer()
    world.work()

    assert ([row.kind for row in world.replies()], world.proactive(alice)) == (["greeting", "person"], [])
    [owner] = [row for row in world.ledger() if row.kind == "thread_owner"]
    assert owner.details == '{"owner":"person"}'
    key = world.silence(alice)
    explainer = Explainer(installation.database, installation.house)
    explained = explainer.of_reengagement((key.account_id, key.contact_id), key.interaction_at)
    assert "It was sent" not in explained.verdict
    _assert_everybody_agrees(world)


def _assert_everybody_agrees(world: World) -> None:
    """The tables are what the log tells, the log is as it was signed, and a replay of it finds no broken promise."""
    installation = world.installation
    assert AgreementCheck(installation.database, installation.house).run().first == []
    installation.sealer().seal()
    assert LiveCheck(installation.database, installation.signer, []).run().fault is None
    assert PromiseCheck(installation.database, lambda _: None).run().fault is None
