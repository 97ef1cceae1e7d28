"""What rules would make of the windows that are open now."""

from datetime import timedelta

from botapp.bootstrap.foundation import PLATFORM
from botapp.campaign.pages import set_page_options
from botapp.campaign.publish import stop_proactive
from botapp.policy.overload import Rate
from botapp.policy.reason import Reason
from botapp.rehearsal.forecast import Forecast, Foreseen
from tests.rehearsal.conftest import DAY, HOUR, tried
from tests.world import PAGE_ID, World

_USUAL = Rate(20)
SOONER = """
[[rules]]
name = "sooner"
template = "hello-again"
delay = "2h"
priority = 5
when = { fact = "first_name", is = "Bob" }
"""


def _foresee(world: World, file: str | None = None, *, rate: Rate = _USUAL) -> Foreseen:
    installation, database = world.installation, world.installation.database
    rules = tried(world, file) if file else None
    with database.reading() as connection:
        forecast = Forecast.of(connection, world.account, installation.house, rules, database.now(connection))
    told: list[tuple[int, int]] = []
    found = forecast.run(database, rate, lambda done, number: told.append((done, number)), at_once=2)
    assert told[-1][0] == told[-1][1]
    return found


def test_it_tells_how_many_go_out_and_why_the_others_do_not(world: World) -> None:
    world.says(world.add_customer("Alice"), ago=HOUR)
    world.says(world.add_customer("Bob"), ago=2 * HOUR)
    world.says(world.add_customer("Charlie"), "STOP", ago=HOUR)
    world.says(world.add_customer("Dora"), ago=2 * DAY)
    found = _foresee(world)
    assert (found.tried.windows, found.tried.by_rule) == (3, {"after-a-while": 2})
    assert found.tried.not_sent == {Reason.STOPPED: 1}
    assert (found.live, found.changes) == (None, {})


def test_the_forecast_comes_true(small_world: World) -> None:
    for name, hours in (("Alice", 5), ("Bob", 6)):
        small_world.falls_silent(name, ago=hours * HOUR)
    found = _foresee(small_world)
    [(hour, rules)] = found.tried.by_hour.items()
    assert rules == {"after-a-while": 2}
    assert hour <= found.at < hour + HOUR
    small_world.work()
    assert len(small_world.proactive()) == 2
    assert _foresee(small_world).tried.not_sent == {Reason.ONE_PER_SILENCE: 2}


def test_what_is_tried_is_told_beside_what_is_live(small_world: World) -> None:
    for name in ("Alice", "Bob", "Bob"):
        small_world.falls_silent(name, ago=HOUR)
    found = _foresee(small_world, SOONER)
    assert found.tried.by_rule == {"after-a-while": 1, "sooner": 2}
    assert found.live is not None
    assert found.live.by_rule == {"after-a-while": 3}
    assert found.changes == {("rule:after-a-while", "rule:sooner"): 2}
    assert not small_world.proactive()


def test_the_rules_that_are_live_change_nothing_when_they_are_tried(small_world: World) -> None:
    small_world.says(small_world.add_customer("Alice"), ago=HOUR)
    same = '[[rules]]\nname = "after-a-while"\ntemplate = "hello-again"\ndelay = "4h"\n'
    found = _foresee(small_world, same)
    assert found.changes == {}
    assert tried(small_world, same)[0].version == 1


def test_a_stop_for_the_page_shows_as_what_they_would_wait_for(small_world: World) -> None:
    small_world.says(small_world.add_customer("Alice"), ago=5 * HOUR)
    stop_proactive(small_world.installation.database, "a test")
    found = _foresee(small_world)
    assert (found.tried.sent, found.tried.waiting) == (0, {Reason.PROACTIVE_STOPPED: 1})


def test_what_the_daily_cap_leaves_out_is_told_beforehand(small_world: World) -> None:
    set_page_options(small_world.installation.database, PLATFORM, PAGE_ID, {"daily_cap": 1, "zone": "UTC"})
    for number in range(3):
        small_world.says(small_world.add_customer(f"Ann{number}"), ago=20 * HOUR)
    found = _foresee(small_world).tried
    held = found.held[Reason.DAILY_CAP]
    assert (held["left"], held["most"], held["later"] + held["never"]) == (1, 1, 2)
    assert (found.sent, found.not_sent.get(Reason.DAILY_CAP, 0)) == (1 + held["later"], held["never"])
    assert held["later"] <= 1  # tomorrow has one place too, if it comes before their windows close


def test_a_rate_that_does_not_carry_all_is_told_beforehand(small_world: World) -> None:
    for number in range(6):
        small_world.says(small_world.add_customer(f"Ann{number}"), ago=23 * HOUR + timedelta(minutes=50))
    found = _foresee(small_world, rate=Rate(1 / 120, burst=1))
    assert found.tried.sent + found.tried.given_up["after-a-while"] == 6
    assert found.tried.not_sent[Reason.PAGE_RATE] == found.tried.given_up["after-a-while"] >= 1
    assert found.tried.behind is not None
    told = found.as_json()
    assert told["behind"]["at_most"] >= 1
