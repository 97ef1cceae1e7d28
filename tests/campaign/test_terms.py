"""The house rules: what cannot keep the promises stops the start."""

from datetime import timedelta
from pathlib import Path

import pytest

from botapp.bootstrap.installation import Installation
from botapp.clock import SystemClock
from botapp.reengagement.terms import HouseRules
from botapp.settings import SettingsError, load_settings


def _house(var_dir: Path, **settings: str) -> HouseRules:
    return Installation(load_settings(var_dir=var_dir, sandbox="on", **settings), SystemClock()).house


@pytest.mark.parametrize("cool_down", ["1h", "23h", "23h54m59s"])
@pytest.mark.parametrize("day", ["24h", "4m"])
def test_a_cool_down_that_would_allow_two_in_a_window_is_refused(var_dir: Path, day: str, cool_down: str) -> None:
    with pytest.raises(SettingsError, match="BOTAPP_COOL_DOWN"):
        _house(var_dir, day=day, cool_down=cool_down)


@pytest.mark.parametrize("day", ["24h", "4m", "61s"])
def test_a_shortened_day_shortens_every_duration_of_policy_alike(var_dir: Path, day: str) -> None:
    house, whole = _house(var_dir, day=day), _house(var_dir)
    for name in ("window_length", "send_allowance", "cool_down", "cap_period", "hold_interval", "disclosure_lapse"):
        expected = getattr(whole, name) * house.scale
        assert abs(getattr(house, name) - expected) <= timedelta(microseconds=1), name
    assert (house.cap, house.ignored_cap, house.text_limit) == (whole.cap, whole.ignored_cap, whole.text_limit)
