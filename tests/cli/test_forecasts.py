"""Forecasts and backtests at the command line, at once and in the background."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Botapp

_CAMPAIGN = """
[[templates]]
name = "hello"
text = "Hello!"

[[rules]]
name = "after-a-while"
template = "hello"
delay = "4h"
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    written = tmp_path / "campaign.toml"
    written.write_text(_CAMPAIGN)
    return str(written)


def test_a_file_is_tried_on_the_windows_open_now_and_on_the_history(shop: Botapp, file: str) -> None:
    forecast = shop("campaign", "forecast", file, "--page", "1000")
    assert forecast.code == 0, forecast.err
    sent, rate, *compared = forecast.out.splitlines()[1:]
    assert sent == "would be sent: 0"
    assert rate.endswith(" a second over time; at most 0 fall due in one minute")
    assert compared == ["the live rules: 0 sent", "  and the same becomes of every window"]
    backtests = [shop("campaign", "backtest", file, "--since", "2026-01-01", "--until", "1d") for _ in range(2)]
    told = [each.out.splitlines() for each in backtests]
    assert told[0][1:4] == ["would have been sent: 0", "would not have been sent: 0", "the live rules sent: 0"]
    assert told[0][-1].startswith("sha256 ")
    in_json = json.loads(shop("campaign", "backtest", "--live", "--since", "30d", "--json").out)
    assert (in_json["windows"], in_json["rules"], len(in_json["sha256"])) == (0, {}, 64)


def test_one_is_put_down_for_the_background_listed_and_cancelled(shop: Botapp, file: str) -> None:
    number = shop("campaign", "backtest", file, "--since", "30d", "--background").out.strip()
    listed = shop("campaign", "runs").out
    assert listed.startswith(f"{number}  page 1000  backtest of a file since ")
    assert listed.endswith(": waiting\n")
    assert shop("campaign", "runs", "show", number).err == f"Error: there is no result: {listed.split('  ')[2]}"
    assert shop("campaign", "runs", "cancel", number).out == "cancelled\n"
    assert shop("campaign", "runs", "cancel", number).err == "Error: it had ended already\n"
    assert shop("campaign", "runs", "cancel", "1/2").code == 1
    for unclear in (["forecast"], ["backtest", "--live", "--since", "yesterday"]):
        assert shop("campaign", *unclear).code == 2
