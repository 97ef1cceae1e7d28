"""The short form of `make chaos`: half a minute of everything going wrong, on each database."""

import os
from pathlib import Path

import pytest

from tests.chaos.arena import Plan
from tests.chaos.report import readable
from tests.chaos.run import Options, run_chaos
from tests.servers import Run

_SECONDS = 30.0
_DAY_SECONDS = 24.0
_PEOPLE = 60
_SEED = 20_261_122
_ENOUGH_KILLS = 10  # a loaded machine is slow to bring back what was killed, and then fewer are there to be killed


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_whatever_dies_freezes_or_is_cut_off_no_promise_breaks_and_everything_comes_to_rest(
    test_run: Run, database: str
) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("finds processes and their connections through /proc")
    if database == "postgresql" and os.environ.get("BOTAPP_TEST_DATABASE_URL"):
        pytest.skip("needs a PostgreSQL that it may crash, and one was given")
    options = Options(seed=_SEED, seconds=_SECONDS, people=_PEOPLE, pause_seconds=0.8)
    outcome = run_chaos(test_run, Plan(database, _DAY_SECONDS), options)
    said = readable([outcome])
    assert outcome.violations == [], said
    assert outcome.kill_count >= _ENOUGH_KILLS, said
    assert outcome.untried == [], said
    # It was no storm in an empty house.
    assert outcome.figures["re-engagements accepted"] > 0, said
    assert outcome.figures.get("re-engagements: skipped (guard)", 0) == 0, said
    assert outcome.figures["answers accepted"] > _PEOPLE / 4, said
