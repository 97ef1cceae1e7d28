"""Forecasts and backtests on the console: asked for, watched, cancelled, read."""

import json
import re
from datetime import timedelta

from botapp.bootstrap.foundation import PLATFORM
from botapp.campaign.pages import set_page_options
from botapp.policy.access import Role
from tests.console.office import Browser, Office
from tests.world import PAGE_ID

DRAFT = """
[[templates]]
name = "hi"
text = "Hi {first_name|there}, anything else?"

[[rules]]
name = "sooner"
template = "hi"
delay = "1h"
priority = 5
"""


def _ask(browser: Browser, **form: str) -> str:
    """Where the page is of what was asked for."""
    browser.get("/runs/")
    answer = browser.post("/runs/pages/1/ask", **form)
    assert answer.status_code == 303, answer.text
    return str(answer.location).removeprefix("/console")


def _work(office: Office) -> None:
    rounds = office.world.installation.rehearsal_rounds()
    rounds.look()
    rounds.wait(10)


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_marketer_tries_a_draft_on_the_windows_open_now(office: Office) -> None:
    for name in ("Alice", "Bob"):
        office.world.falls_silent(name, ago=timedelta(hours=2))
    office.world.apply(DRAFT, publish=False)
    set_page_options(office.world.installation.database, PLATFORM, PAGE_ID, {"daily_cap": 5})
    marketer = office.browse_as("mia", Role.MARKETER)
    run = _ask(marketer, rules="1/sooner", days="")
    waiting = marketer.get(run).text
    assert "data-open" in waiting
    assert "Cancel" in waiting
    _work(office)
    told = _words(marketer.get(run).text)
    assert "Windows 2 Sent 2; the live rules: 2" in told
    assert "sent by after-a-while sent by sooner 2" in told
    assert "daily cap, 5 of 5 left in this period: 0 go out in the next one" in told
    assert json.loads(marketer.get(f"{run}/result.json").text)["by_rule"] == {"sooner": 2}
    assert not office.world.proactive()


def test_the_live_rules_are_tried_on_the_history(office: Office) -> None:
    office.world.falls_silent("Alice", ago=timedelta(hours=2))
    marketer = office.browse_as("mia", Role.MARKETER)
    run = _ask(marketer, rules="live", days="30")
    _work(office)
    told = _words(marketer.get(run).text)
    assert "Undecided when the history ends 1" in told
    assert "daily cap held 0" in told
    assert re.search(r"SHA-256 of the result [0-9a-f]{64}", told)
    assert "Backtest of the live rules" in _words(marketer.get("/runs/").text)


def test_one_is_cancelled_by_whoever_writes_campaigns_and_read_by_whoever_may_read_them(office: Office) -> None:
    marketer, auditor = office.browse_as("mia", Role.MARKETER), office.browse_as("ann", Role.AUDITOR)
    run = _ask(marketer, rules="live", days="")
    assert "Cancel" not in auditor.get(run).text
    assert auditor.post(f"{run}/cancel").status_code == 403
    assert auditor.post("/runs/pages/1/ask", rules="live", days="").status_code == 403
    assert marketer.post(f"{run}/cancel").status_code == 303
    assert "cancelled" in auditor.get(run).text
    assert auditor.get(f"{run}/result.json").status_code == 404


def test_what_is_not_offered_is_not_worked_on_and_no_more_than_may_wait(office: Office) -> None:
    marketer = office.browse_as("mia", Role.MARKETER)
    marketer.get("/runs/")
    forms: list[dict[str, str]] = [{"rules": "1/unknown"}, {"rules": "live", "days": "3"}, {}]
    assert [marketer.post("/runs/pages/1/ask", **form).status_code for form in forms] == [400] * 3
    runs = [_ask(marketer, rules="live", days="") for _ in range(5)]
    assert _ask(marketer, rules="live", days="") == "/runs/"
    assert "Several wait for this page already" in marketer.get("/runs/").text
    other = office.world.add_page("1001").id
    max_ = office.browse_as("max", Role.MARKETER, page=other)
    assert max_.get(runs[0]).status_code == 404
    assert max_.get(runs[0].replace("/pages/1/", f"/pages/{other}/")).status_code == 404
