"""A forecast in a real browser, by keyboard and on a phone: asked for, watched, read."""

from datetime import timedelta

from playwright.sync_api import Browser, expect

from botapp.policy.access import Role
from tests.console.chromium import Watched, serious, served
from tests.console.office import PASSWORD, Office


def test_a_forecast_is_asked_for_by_keyboard_watched_and_read_on_a_phone(office: Office, chromium: Browser) -> None:
    office.world.falls_silent("Alice", ago=timedelta(hours=2))
    office.hire("alice", Role.MARKETER, second_factor=False)
    page = chromium.new_context(viewport={"width": 360, "height": 740}, bypass_csp=True).new_page()
    watched = Watched(page, "phone")
    rounds = office.world.installation.rehearsal_rounds()
    with served(office.app) as console:
        page.goto(f"{console}/runs/")
        page.get_by_label("Name or e-mail").fill("alice")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_label("Which rules").focus()
        watched.shoot("runs")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("progressbar")).to_be_visible()
        rounds.look()
        expect(page.get_by_text("What would be sent, by rule")).to_be_visible()  # the page was not loaded anew
        watched.shoot("forecast")
        assert watched.page_width() <= watched.window_width()
        assert serious(page) == []
        page.context.close()
