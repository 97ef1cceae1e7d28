"""A real browser: a new marketer's way over a shop's past, from the first look to the kill switch.

It takes the guide's pictures too. To renew them, over a shop of full size:
BOTAPP_GUIDE_PICTURES=docs/pictures .venv/bin/pytest tests/showcase/test_marketers_way_in_chromium.py
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from botapp.bootstrap.foundation import complete_settings
from botapp.bootstrap.installation import Installation
from botapp.settings import load_settings
from botapp.showcase.fortnight import Plan, live_through
from botapp.showcase.opening import Learn
from botapp.staff.record import COMMAND_LINE
from botapp.storage import staff
from tests import databases, servers
from tests.console.chromium import open_chromium, serious, served
from tests.console.office import TurnedClock

_PICTURES = os.environ.get("BOTAPP_GUIDE_PICTURES")
_LARGEST_PICTURE_BYTES = 150 * 1024
_BAD_RULE = "tea-letter"
_UNTIL = datetime(2026, 11, 20, 15, tzinfo=UTC)  # the same for every run: so are the guards


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def shop(test_run: servers.Run, tmp_path_factory: pytest.TempPathFactory, learn: Learn) -> Iterator[Installation]:
    """Small, and its guards less patient in return; for pictures as `botapp demo` makes it."""
    var_dir = tmp_path_factory.mktemp("shop")
    database_url = databases.sqlite_copy(test_run, var_dir / "botapp.db")
    impatient = {} if _PICTURES else {"response_floor": 0.4}
    settings = load_settings(var_dir=var_dir, database_url=database_url, **impatient)
    plan = Plan(_UNTIL) if _PICTURES else Plan(_UNTIL, days=5, customers=120, seed=3)
    assert _BAD_RULE in live_through(plan, settings, lambda _share: None, learn).paused
    clock = TurnedClock()
    clock.turn(_UNTIL - clock.now())
    installation = Installation(complete_settings(settings), clock)
    yield installation
    installation.database.close()


@dataclass
class Visitor:
    """Somebody of the staff at a browser, and what it complained about."""

    page: Page
    look: str
    console: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.console}{path}")

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def has_heard(self, words: str) -> None:
        expect(self.page.locator(".notice").first).to_contain_text(words)

    def show(self, name: str, *, at: str | None = None) -> None:
        """A picture for the guide; on the way, that the page fits the screen and everybody can use it."""
        page = self.page
        assert serious(page) == [], name
        assert page.viewport_size
        assert int(page.evaluate("document.documentElement.scrollWidth")) <= page.viewport_size["width"], name
        if _PICTURES:
            if at:
                page.get_by_text(at, exact=True).first.evaluate("each => each.scrollIntoView()")
            path = Path(_PICTURES) / f"{name}-{self.look}.png"
            page.screenshot(path=path)
            assert path.stat().st_size <= _LARGEST_PICTURE_BYTES, name


def test_a_new_marketers_way_from_the_first_look_to_the_kill_switch(shop: Installation, chromium: Browser) -> None:
    with served(shop.web_app(lambda: True)) as console:
        mia = _enter(shop, chromium, console, "mia", "desk")
        paul = _enter(shop, chromium, console, "paul", "phone")
        _look_around(mia)
        template = _write_a_template(mia)
        _approve(paul, template)
        _put_live(mia, template)
        rule = _write_a_rule(mia)
        _try_it_out(mia, shop)
        _approve(paul, rule)
        _put_live(mia, rule)
        _see_a_guard(mia, paul)
        _stop_and_resume(mia, paul)
        for visitor in (mia, paul):
            assert [text for text in visitor.complaints if "status of 40" not in text] == []
            visitor.page.context.close()


def _enter(shop: Installation, chromium: Browser, console: str, name: str, look: str) -> Visitor:
    """By a link that `botapp demo` prints."""
    size, scheme = {"desk": ((1280, 900), "light"), "phone": ((390, 844), "dark")}[look]
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    visitor = Visitor(context.new_page(), look, console)
    complaints = visitor.complaints
    visitor.page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    visitor.page.on("pageerror", lambda error: complaints.append(str(error)))
    with shop.database.reading() as connection:
        member = staff.find_by_name(connection, name)
    assert member
    visitor.go(f"/welcome/{shop.members().one_time_log_in(member.id, by=COMMAND_LINE)}")
    visitor.page.get_by_role("button").first.click()
    expect(visitor.page.get_by_role("heading", name=f"Hello, {member.display_name}")).to_be_visible()
    return visitor


def _look_around(mia: Visitor) -> None:
    page = mia.page
    mia.show("home")
    page.get_by_role("link", name="Overview", exact=True).first.click()
    mia.show("overview")
    page.get_by_role("link", name="Corner Shop", exact=True).click()
    expect(page.get_by_role("heading", name="How far conversations came")).to_be_visible()
    mia.show("results", at="How far conversations came")
    page.get_by_role("link", name="What changed?").click()
    mia.show("changes")


def _write_a_template(mia: Visitor) -> str:
    """What is wrong is told while it is written. Where the version is."""
    page = mia.page
    mia.go("/templates/")
    mia.show("templates")
    page.get_by_role("link", name="Write a template").first.click()
    page.get_by_label("Name").fill("tea-tasting")
    page.get_by_label("Words", exact=True).fill("Last chance, {first_name|there}! Only 3 seats left at our tasting.")
    expect(page.locator("#checked .error")).to_contain_text("urgency")
    page.get_by_label("Words", exact=True).fill(
        "Hello {first_name|there}, would you like to taste our teas on Saturday?"
    )
    expect(page.locator("#checked")).to_contain_text("Nothing is wrong")
    mia.show("template-write")
    mia.press("Keep as a draft")
    mia.press("Ask for approval")
    mia.has_heard("another person is to approve it")
    return page.url


def _approve(paul: Visitor, address: str) -> None:
    """On a phone, by somebody else."""
    paul.page.goto(address)
    paul.show(f"approve-{'rule' if '/rules/' in address else 'template'}", at="Next")
    paul.press("Approve")
    paul.has_heard("Your approval is on record.")


def _put_live(mia: Visitor, address: str) -> None:
    mia.page.goto(address)
    mia.press("Put live")
    mia.has_heard("It is live.")


def _write_a_rule(mia: Visitor) -> str:
    """By keyboard alone. Where the version is."""
    page = mia.page
    mia.go("/rules/")
    mia.show("rules")
    page.get_by_role("link", name="Write a rule").first.focus()
    page.keyboard.press("Enter")
    for label, words in (
        ("Name", "invite-tea-friends"),
        ("Template", "tea-tasting"),
    ):
        _type(page, label, words)
    page.get_by_role("button", name="Add a condition", exact=True).focus()
    page.keyboard.press("Enter")
    _type(page, "What is known", "category")
    _type(page, "Value", "tea")
    for label, words in (("So long", "6h"), ("Quiet from", "21:00"), ("Quiet until", "09:00"), ("Priority", "28")):
        _type(page, label, words)
    expect(page.locator("#checked")).to_contain_text("customers with an open window match now")
    mia.show("rule-write", at="For whom")
    page.get_by_role("button", name="Keep as a draft").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/versions/**")
    mia.press("Ask for approval")
    mia.has_heard("approve")
    mia.show("rule-version")
    return page.url


def _try_it_out(mia: Visitor, shop: Installation) -> None:
    """What the rule would make of the windows that are open now, and of last week."""
    page = mia.page
    for name, stretch in (("forecast", "the windows open now"), ("backtest", "the last 7 days of history")):
        mia.go("/runs/")
        page.get_by_label("Which rules").first.select_option(label="invite-tea-friends, version 1, beside them")
        page.get_by_label("On what").first.select_option(label=stretch)
        page.get_by_role("button", name="Try it out").first.click()
        expect(page.get_by_role("progressbar").first).to_be_visible()
        rounds = shop.rehearsal_rounds()  # the ticker's
        rounds.look()
        rounds.wait(30)
        page.reload()
        expect(page.get_by_text("What differs from the live rules")).to_be_visible()
        mia.show(name)


def _type(page: Page, label: str, words: str) -> None:
    page.get_by_label(label, exact=True).first.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(words)


def _see_a_guard(mia: Visitor, paul: Visitor) -> None:
    """Why it paused, and that a second person lets it go on."""
    mia.go("/rules/")
    mia.page.get_by_role("link", name=f"Guards of {_BAD_RULE}").click()
    expect(mia.page.get_by_text("paused by a guard").first).to_be_visible()
    expect(mia.page.get_by_role("button", name="Resume the rule")).to_have_count(0)
    mia.show("guard")
    paul.page.goto(mia.page.url)
    paul.show("guard")
    paul.page.get_by_label("Let it go on, because").fill("The letter says something new from Monday")
    paul.press("Resume the rule")
    expect(paul.page.get_by_text("running").first).to_be_visible()


def _stop_and_resume(mia: Visitor, paul: Visitor) -> None:
    page = mia.page
    page.get_by_role("textbox", name="Why").fill("The tasting is full")
    mia.press("Stop sending")
    expect(page.locator(".banner")).to_contain_text("The kill switch is on")
    mia.show("kill-switch")
    paul.go("/switch/")
    paul.show("kill-switch")
    paul.page.get_by_label("Why it may go on").fill("There is a second tasting")
    paul.press("Resume Everything")
    paul.has_heard("Sending goes on")
