"""Each role's way in a real browser: on a desk and on a phone, and for those who do not see it."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from botapp.compliance import requests
from botapp.compliance.requests import PlatformRequest
from botapp.policy.access import Role
from tests.console.chromium import log_in, serious, served, watch
from tests.console.compliance.conftest import make_day
from tests.console.office import Office, Person


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    """An installation with a day behind it."""
    office = open_office()
    make_day(office.world)
    return office


@contextmanager
def opened(browser: Browser, office: Office, **looks: Any) -> Iterator[Page]:
    """A page of a fresh profile; whatever the browser complains of fails the test."""
    with served(office.app) as console:
        context = browser.new_context(base_url=f"{console}/", **looks)
        watched = watch(context.new_page(), "")
        yield watched.page
        context.close()
    assert watched.complaints == []


def enter(page: Page, person: Person) -> None:
    """Through the log-in to the first page."""
    log_in(page, "compliance/", person)
    expect(page.get_by_role("heading", name="Compliance", level=1)).to_be_visible()


def is_sound(page: Page) -> None:
    """Nothing serious for those who use a screen reader, and nothing that makes the page scroll sideways."""
    assert serious(page) == []
    widths: list[int] = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1], page.url


@pytest.mark.parametrize(
    "looks",
    [
        {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    ],
    ids=["desk", "phone"],
)
def test_an_auditor_finds_proves_and_takes_out_what_happened(
    chromium: Browser, office: Office, looks: dict[str, Any]
) -> None:
    auditor = office.hire("auditor", Role.AUDITOR)
    with opened(chromium, office, **looks) as page:
        enter(page, auditor)
        is_sound(page)
        page.get_by_role("button", name="Check the log now").click()
        expect(page.locator("#check")).to_contain_text("are as they were signed")  # without reloading
        find_the_one_who_said_stop(page)
        look_into_the_past(page)
        page.get_by_role("link", name="Stop or pause set").click()
        take_the_proof(page)
        take_a_bundle(page)
        for part in ("Requests", "Settings"):
            page.get_by_role("link", name=part, exact=True).click()
            is_sound(page)


def test_an_operator_says_whose_a_deletion_is_and_sees_it_done(chromium: Browser, office: Office) -> None:
    world, operator = office.world, office.hire("operator", Role.OPERATOR)
    now = world.installation.clock.now()
    asked = PlatformRequest("code1", "messenger", "deletion", "asid1", now - timedelta(days=3))
    requests.take(world.installation.database, asked, now)
    with opened(chromium, office, viewport={"width": 390, "height": 844}) as page:
        enter(page, operator)
        expect(page.get_by_role("link", name="Exports")).to_have_count(0)
        page.get_by_role("link", name="Requests", exact=True).click()
        expect(page.get_by_text("not known yet")).to_be_visible()
        page.get_by_text("Say whose it is").click()
        page.get_by_label("The platform's id on this page").fill(world.contacts()[0].platform_contact_id)
        is_sound(page)
        page.get_by_role("button", name="This person").click()
        expect(page.get_by_role("status")).to_contain_text("erased within a minute")
        assert world.carry_out_deletions() == 1
        page.get_by_role("link", name="All", exact=True).click()
        expect(page.get_by_role("table")).to_contain_text("Done")
        is_sound(page)
        assert [page.request.get(path).status for path in ("compliance/exports", "staff")] == [403, 403]


def test_a_marketer_sees_what_is_theirs_and_nothing_of_the_log(chromium: Browser, office: Office) -> None:
    marketer = office.hire("marketer", Role.MARKETER, second_factor=False)
    with opened(chromium, office, viewport={"width": 390, "height": 844}) as page:
        log_in(page, "log-in", marketer)
        expect(page.get_by_role("heading", name="Hello, ")).to_be_visible()
        is_sound(page)
        expect(page.get_by_role("link", name="Compliance", include_hidden=True)).to_have_count(0)
        assert [page.request.get(path).status for path in ("compliance/", "inbox/", "staff")] == [403] * 3
        page.goto("account")
        is_sound(page)
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def find_the_one_who_said_stop(page: Page) -> None:
    """By the reason why nothing was sent, to the timeline."""
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_label("Reason").select_option(label="The customer said STOP.")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("table.entries tbody tr")).to_have_count(1)
    is_sound(page)
    page.locator("td.whom a").click()
    expect(page.get_by_role("img", name="windows")).to_be_visible()
    is_sound(page)


def look_into_the_past(page: Page) -> None:
    """And back to the timeline."""
    page.get_by_role("link", name="How it stood at an instant").click()
    expect(page.get_by_role("heading", name="How the contact stood")).to_be_visible()
    is_sound(page)
    page.go_back()


def take_the_proof(page: Page) -> None:
    """From the page of an entry."""
    expect(page.get_by_role("heading", name="Proof")).to_be_visible()
    is_sound(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the proof").click()
    assert Path(download.value.path()).read_text().startswith("c2sp.org/tlog-proof@v1\n")


def take_a_bundle(page: Page) -> None:
    """Of the whole log."""
    page.get_by_role("link", name="Exports").click()
    is_sound(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Bundle").click()
    assert "bundle/verify.py" in zipfile.ZipFile(download.value.path()).namelist()


def test_the_desk_can_be_read_without_javascript_and_by_keyboard(chromium: Browser, office: Office) -> None:
    auditor = office.hire("auditor", Role.AUDITOR)
    with opened(chromium, office, java_script_enabled=False) as page:
        enter(page, auditor)
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        page.get_by_role("link", name="Search", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.locator("table.entries tbody tr").first).to_be_visible()
        page.locator("td.whom a").first.click()
        page.get_by_role("link", name="How it stood at an instant").click()
        page.get_by_label("Slide from the first entry to now").focus()
        page.keyboard.press("Home")
        page.get_by_role("button", name="Show").first.click()
        page.wait_for_url("**/as-of?step=0")
        expect(page.get_by_role("heading", name="How the contact stood")).to_be_visible()
