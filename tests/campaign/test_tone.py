"""What the tone check refuses never becomes a message: not as a template, and not when it is filled."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from botapp.campaign.fields import CampaignError
from botapp.campaign.file import Limits, read_campaign
from botapp.commands.tone import tone_lines
from botapp.compliance.agreement import AgreementCheck
from botapp.reengagement.tone import ToneRule
from botapp.storage import contacts
from tests.world import CAMPAIGN, World

HOUR = timedelta(hours=1)
_PUSHY = CAMPAIGN.replace("is there anything else?", "last chance, act now!!")


def _limits(tone: ToneRule) -> Limits:
    return Limits(2000, timedelta(hours=24), timedelta(minutes=5), tone=tone)


def test_a_template_out_of_tone_is_refused_with_its_words_and_a_remedy() -> None:
    with pytest.raises(CampaignError) as refused:
        read_campaign(_PUSHY.encode(), _limits(ToneRule.REFUSE))
    told = "\n".join(refused.value.faults)
    assert "templates['hello-again'].text: pressure: 'last chance'; offer it, and leave the choice to them" in told
    assert "shouting: '!!'" in told


@pytest.mark.parametrize("tone", [ToneRule.WARN, ToneRule.OFF])
def test_where_tone_refuses_nothing_it_is_read(tone: ToneRule) -> None:
    assert read_campaign(_PUSHY.encode(), _limits(tone)).templates


def test_a_fallback_counts_as_what_it_would_be_read_as() -> None:
    fallback = CAMPAIGN.replace("{first_name|there}", "{first_name|we noticed you}")
    with pytest.raises(CampaignError, match="tracking"):
        read_campaign(fallback.encode(), _limits(ToneRule.REFUSE))


def test_single_texts_are_checked_for_people_and_scripts() -> None:
    lines = '{"text": "We noticed you, dear."}\n\n{first_name}, see you soon.\nAct now!\n'
    found = CliRunner().invoke(tone_lines, input=lines)
    told = [json.loads(line) for line in found.output.splitlines()]
    assert [[f["tone"] for f in line["findings"]] for line in told] == [["tracking"], [], ["pressure"]]
    assert [line["ok"] for line in told] == [False, True, False]
    assert found.exit_code == 1
    assert CliRunner().invoke(tone_lines, input="See you soon.\n").exit_code == 0
    assert "line 1 has no text" in CliRunner().invoke(tone_lines, input='{"txt": 1}').output


def test_the_demo_and_shipped_campaigns_are_in_tone() -> None:
    demo = Path(__file__).resolve().parents[2] / "config" / "demo-campaign.toml"
    assert read_campaign(demo.read_bytes(), _limits(ToneRule.REFUSE)).rules


@pytest.mark.parametrize(
    ("name", "outcome"), [("Last Chance", ("skipped", "tone")), ("Alice", ("sent", None))], ids=["trips it", "a name"]
)
def test_a_filled_text_is_looked_at_last(world: World, name: str, outcome: Any) -> None:
    alice = world.add_customer()
    world.says(alice, ago=6 * HOUR)
    world.answer()
    [known] = world.contacts()
    with world.installation.database.transaction() as connection:
        contacts.change_contact(connection, known.account_id, known.id, first_name=name)
    world.work()
    assert [(r.state, r.reason) for r in world.reengagements()] == [outcome]
    assert len([s for s in world.accepted(alice) if not s["is_response"]]) == (outcome[0] == "sent")
    assert AgreementCheck(world.installation.database, world.installation.house).run().differences == 0
