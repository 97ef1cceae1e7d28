"""A real browser: a template is written while its checks are told, approved by another, put live; all is stopped."""

from playwright.sync_api import Browser, expect

from botapp.policy.access import Role
from botapp.storage import campaigns
from tests.console.chromium import Watched, approve, log_in, serious, served, watch
from tests.console.office import Office


def test_from_the_first_word_to_live_and_to_the_kill_switch(office: Office, chromium: Browser) -> None:
    mia, ann = office.hire("mia", Role.MARKETER, second_factor=False), office.hire("ann", Role.ADMIN)
    desk = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", bypass_csp=True)
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", java_script_enabled=False)
    writer, approver = watch(desk.new_page(), "desk-light"), watch(phone.new_page(), "phone-dark")
    with served(office.app) as console:
        log_in(writer.page, f"{console}/templates/", mia)
        _write(writer)
        log_in(approver.page, writer.page.url, ann)
        approve(approver, "template-to-approve")
        writer.page.reload()
        writer.page.get_by_role("button", name="Put live").click()
        expect(writer.page.locator(".notice").first).to_have_text("It is live.")
        writer.shoot("template-version")
        assert serious(writer.page) == []
        with office.world.installation.database.reading() as connection:
            assert "come-back" in campaigns.load_live_templates(connection, office.world.account.id)
        _look_at_pages(approver, console)
        writer.page.goto(f"{console}/switch/pages/1/team")
        assert serious(writer.page) == []
        _stop(writer, approver, console)
    assert writer.refusals() == []
    assert approver.refusals() == []
    desk.close()
    phone.close()


def _write(watched: Watched) -> None:
    """What is wrong is told while it is written, without another page."""
    page = watched.page
    page.get_by_role("link", name="Write a template").click()
    page.get_by_label("Name").fill("come-back")
    words = page.get_by_role("textbox", name="Words", exact=True)
    words.fill("We noticed that you were looking at shoes, {first_name|there}.")
    expect(page.locator("#checked")).to_contain_text("tracking")
    words.fill("Hello {first_name|there}, shall we look together?")
    expect(page.locator("#checked")).to_contain_text("Nothing is wrong")
    expect(page.locator("#count")).to_contain_text("49 of 1999")
    page.get_by_text("Quick replies, buttons, a picture").click()
    page.get_by_label("Quick replies, one a line").fill("Yes, please\nNot now")
    page.get_by_label("Buttons, one a line").fill("See it | https://shop.example/x")
    expect(page.locator("#checked .messenger").first).to_contain_text("See it")
    expect(page.locator("#checked .messenger").first).to_contain_text("Stop")
    expect(page.locator("#checked")).to_contain_text("Nothing is wrong")
    watched.shoot("template-write")
    assert serious(page) == []
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.locator(".notice").first).to_contain_text("another person is to approve it")


def _look_at_pages(admin: Watched, console: str) -> None:
    """The page where pages are connected, and that of their mode and daily cap, on a phone."""
    for name, address in (("pages", f"{console}/pages/"), ("team-mode", f"{console}/switch/pages/1/team")):
        admin.page.goto(address)
        admin.shoot(name)
        assert admin.page_width() <= admin.window_width()


def _stop(marketer: Watched, approver: Watched, console: str) -> None:
    """By keyboard alone, from any page; the second person resumes it on a phone without a script."""
    page = marketer.page
    page.goto(f"{console}/account")
    page.get_by_role("textbox", name="Why").focus()
    page.keyboard.type("The shoes are gone")
    page.keyboard.press("Enter")
    expect(page.locator(".banner")).to_contain_text("The kill switch is on")
    marketer.shoot("kill-switch")
    assert serious(page) == []
    approver.page.goto(f"{console}/switch/")
    assert approver.page_width() <= approver.window_width()
    approver.shoot("kill-switch")
    approver.page.get_by_label("Why it may go on").fill("New shoes are here")
    approver.page.get_by_role("button", name="Resume Everything").click()
    expect(approver.page.locator(".notice").first).to_contain_text("Sending goes on")
