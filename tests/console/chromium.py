"""A real browser in front of a real server. Debian's Chromium, driven by Playwright; nothing is downloaded."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from tests.console.office import PASSWORD, Person

_SHOTS = os.environ.get("BOTAPP_TEST_SCREENSHOTS")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_HARMLESS = ("the server responded with a status of 40", "net::ERR_SOCKET_NOT_CONNECTED", "net::ERR_CONNECTION_")
_PATIENCE_MILLISECONDS = 20_000  # five seconds, which is usual, are short where all cores are busy


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Skips the test, and says so, where there is no Chromium."""
    expect.set_options(timeout=_PATIENCE_MILLISECONDS)
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("there is no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the console, on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/console"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Watched:
    """A page of the browser, and what it complained about."""

    page: Page
    look: str
    complaints: list[str] = field(default_factory=list)

    def refusals(self) -> list[str]:
        """What the browser would not do (Content-Security-Policy), missing files, errors of scripts.

        That a page came with 403 or 404 is a complaint too, and no refusal; nor is that the test ended, and its server
        with it, before the last icon came.
        """
        return [text for text in self.complaints if not any(harmless in text for harmless in _HARMLESS)]

    def page_width(self) -> int:
        has_come(self.page)
        return int(self.page.evaluate("document.documentElement.scrollWidth"))

    def window_width(self) -> int:
        assert self.page.viewport_size
        return self.page.viewport_size["width"]

    def shoot(self, name: str) -> None:
        """A picture for people who want to look: set BOTAPP_TEST_SCREENSHOTS to a directory."""
        if _SHOTS:
            has_come(self.page)
            self.page.screenshot(path=str(Path(_SHOTS) / f"{name}-{self.look}.png"), full_page=True)


def has_come(page: Page) -> None:
    """Waits for the whole page and its style: a click returns when the next page has only begun to come."""
    page.wait_for_load_state()


def log_in(page: Page, wanted: str, person: Person) -> None:
    """With everything that is asked for, on the way to that address."""
    page.goto(wanted)
    page.get_by_label("Name or e-mail").fill(person.name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    if person.secret:
        page.get_by_role("textbox", name="Code").fill(person.next_code())
        page.get_by_role("button", name="Go on").click()


def approve(approver: Watched, picture: str) -> None:
    """The version whose page is coming; returns when that is on record."""
    button = approver.page.get_by_role("button", name="Approve")
    expect(button).to_be_visible()
    assert approver.page_width() <= approver.window_width()
    approver.shoot(picture)
    button.click()
    expect(approver.page.locator(".notice").first).to_contain_text("Your approval is on record.")


def serious(page: Page) -> list[str]:
    """What axe finds wrong with the page, of what keeps people out."""
    has_come(page)
    violations = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in violations if v["impact"] in ("serious", "critical")]


def watch(page: Page, look: str) -> Watched:
    """Listens from now on."""
    watched = Watched(page, look)
    page.on("console", lambda m: watched.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    return watched
