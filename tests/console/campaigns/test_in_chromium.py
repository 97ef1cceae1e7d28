"""A real browser: the overview with its charts, live figures, and the way to a single decision; desk and phone."""

from datetime import timedelta

from playwright.sync_api import Browser, expect

from botapp.policy.access import Role
from tests.console.campaigns import fortnight
from tests.console.chromium import Watched, log_in, serious, served, watch
from tests.console.office import Office


def test_from_the_overview_to_a_single_decision(office: Office, chromium: Browser) -> None:
    fortnight.write(office.world)
    mia = office.hire("mia", Role.MARKETER, second_factor=False)
    desk = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", bypass_csp=True)
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", java_script_enabled=False)
    marketer, reader = watch(desk.new_page(), "desk-light"), watch(phone.new_page(), "phone-dark")
    with served(office.app) as console:
        log_in(marketer.page, f"{console}/campaigns/", mia)
        _see_it_live(office, marketer)
        _walk(marketer)
        log_in(reader.page, f"{console}/campaigns/", mia)
        for address in ("", f"pages/{office.world.account.id}", f"pages/{office.world.account.id}/changes"):
            reader.page.goto(f"{console}/campaigns/{address}")
            assert reader.page_width() <= reader.window_width(), address
            reader.shoot(f"campaigns-{address.rpartition('/')[2] or 'overview'}")
    assert marketer.refusals() == []
    assert reader.refusals() == []
    desk.close()
    phone.close()


def _see_it_live(office: Office, marketer: Watched) -> None:
    """Somebody writes, and the figure follows without another page."""
    page_id = office.world.account.id
    opened = marketer.page.locator(f'[data-figure="{page_id}-opened"]')
    before = int(opened.inner_text().replace(",", ""))
    office.world.falls_silent("Alice Ng", ago=timedelta(0))
    fortnight.count(office.world)
    expect(opened).to_have_text(str(before + 1))
    marketer.shoot("campaigns-overview")
    assert serious(marketer.page) == []


def _walk(marketer: Watched) -> None:
    page = marketer.page
    page.get_by_role("heading", level=2).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="How far conversations came")).to_be_visible()
    expect(page.get_by_role("heading", name="Unusual days")).to_be_visible()
    marketer.shoot("campaigns-page")
    page.emulate_media(media="print")
    expect(page.get_by_role("columnheader", name="From")).to_be_visible()  # on paper the tables are open
    marketer.shoot("campaigns-page-print")
    page.emulate_media(media="screen")
    assert serious(page) == []
    page.get_by_role("link", name="What changed?").click()
    marketer.shoot("campaigns-changes")
    assert serious(page) == []
    page.go_back()
    page.get_by_role("link", name="Why did or didn't somebody get it?").click()
    marketer.shoot("campaigns-why")
    page.get_by_role("row", name="Not sent").first.get_by_role("link").click()
    expect(page.get_by_text("It was not sent, because")).to_be_visible()
    marketer.shoot("campaigns-why-not")
    assert serious(page) == []
