"""`botapp simulate`, as people and scripts use it."""

import json
import logging
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from botapp.commands.simulate import conclude, simulate
from botapp.reengagement.delivery import Claim, Delivery
from botapp.simulation.many import Summary, add_up, live_and_judge, plan_worlds
from botapp.simulation.parts import Parts

_OWN = """
[[templates]]
name = "question"
text = "Anything else?"

[[rules]]
name = "after-an-hour"
template = "question"
delay = "1h"
"""
_IMPOSSIBLE = _OWN.replace('"1h"', '"30h"')


class _CarelessDelivery(Delivery):
    """Writes whatever was claimed, however long ago."""

    def _check(self, claim: Claim) -> None:
        """Looks at nothing."""


def _simulate(*options: str) -> Result:
    return CliRunner().invoke(simulate, options)


def _careless() -> Summary:
    """Worlds in which something breaks."""
    parts = Parts(delivery=_CarelessDelivery)
    for seed in range(3, 40):  # where it shows soon
        found = add_up(live_and_judge(plan, parts) for plan in plan_worlds(200, 8, seed))
        if found.violations:
            return found
    raise AssertionError("the oracle sees nothing")


def test_it_tells_what_happened_and_that_every_promise_held() -> None:
    result = _simulate("--customers", "30", "--days", "4", "--seed", "2", "--faults", "none")

    assert result.exit_code == 0, result.output
    for told in (
        "customer-days     120 in 1 worlds",
        "re-engagements",
        "worst lateness",
        "violations        none",
        "trace ",
    ):
        assert told in result.output


def test_the_json_form_is_stable_and_the_same_seed_gives_the_same_trace() -> None:
    first, second = (_simulate("--customers", "30", "--days", "4", "--faults", "some", "--json") for _ in range(2))
    told, again = json.loads(first.output), json.loads(second.output)

    assert told.pop("seconds") >= 0
    again.pop("seconds")
    assert told == again
    assert told["customer_days"] == 120
    assert set(told) >= {"sends", "reengagements", "unanswered", "worst_lateness_seconds", "violations", "trace_hash"}


def test_several_processes_tell_the_same_as_one() -> None:
    options = ("--customers", "30", "--days", "22", "--faults", "some", "--json")
    one, two = (json.loads(_simulate(*options, "--jobs", jobs).output) for jobs in ("1", "2"))

    assert one["worlds"] == 3
    assert one["trace_hash"] == two["trace_hash"]


def test_a_campaign_of_one_s_own_is_lived_through(tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text(_OWN)
    result = _simulate("--customers", "40", "--days", "5", "--faults", "none", "--campaign", str(file), "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["reengagements"]["sent"] > 5


def test_a_campaign_that_cannot_work_is_refused_with_its_faults(tmp_path: Path) -> None:
    file = tmp_path / "campaign.toml"
    file.write_text(_IMPOSSIBLE)
    result = _simulate("--campaign", str(file))

    assert result.exit_code == 2
    assert "can never fall inside the window" in result.output


@pytest.mark.parametrize("options", [("--faults", "many"), ("--customers", "0"), ("--campaign", "no-such-file")])
def test_wrong_use_is_exit_code_2(options: tuple[str, ...]) -> None:
    assert _simulate(*options).exit_code == 2


def test_a_broken_promise_is_exit_code_1_and_names_the_world_that_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = _careless()
    plan = found.violations[0].plan

    assert conclude(found, 1.0, json_wanted=False) == 1
    assert f"again with: botapp simulate --customers {plan.customers} --days {plan.days} --seed {plan.seed}" in (
        capsys.readouterr().out
    )


def test_afterwards_what_goes_wrong_is_told_again() -> None:
    before = logging.getLogger("botapp").level
    _simulate("--customers", "1", "--days", "1")
    assert logging.getLogger("botapp").level == before
