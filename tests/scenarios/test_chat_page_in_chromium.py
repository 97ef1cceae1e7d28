"""A new user's first minutes on the chat page, in a real browser as wide as a phone, in three languages."""

import re
import statistics
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.chromium import open_chromium, watch
from tests.scenarios.instance import Instance, Wait

ANSWERS = Path(__file__).resolve().parents[2] / "config/answers"
_DUE_SECONDS = 2.0  # what people are promised
_PATIENCE_MILLISECONDS = 10_000  # what a crowded machine may take
CATALOGUE = """
[[products]]
key = "blue-sofa"
names = { en = "Blue Sofa", de = "Blaues Sofa", es = "Sofá Azul" }
"""


@dataclass(frozen=True)
class Visitor:
    """Somebody who tries out everything, and what they should read: a text of ours by its name, or a part of it."""

    name: str
    language: str
    locale: str
    lines: tuple[tuple[str, str], ...]


# What is written, and the kinds of answer that are right, one of "a|b" or both of "a+b"; "…" stands before words that
# follow the greeting.
VISITORS = (
    Visitor(
        "Alice Ng",
        "en",
        "en_US",
        (
            ("When are you open?", "…Monday to Friday from 8:00 to 20:00"),
            ("Who won the football game last night?", "answer"),
            ("I am looking for a blue sofa", "stuck|offered"),
            ("stop", "stop_confirmed"),
            ("mute till tomorrow", "mute_confirmed+stop_holds"),
            ("my data", "data"),
            ("I want to talk to a person", "person"),
            ("delete my data", "delete_asked"),
        ),
    ),
    Visitor(
        "Bernd Roth",
        "de",
        "de_DE",
        (
            ("Wann habt ihr geöffnet?", "…montags bis freitags von 8 bis 20 Uhr"),
            ("Wer hat gestern das Fußballspiel gewonnen?", "answer"),
            ("Ich suche ein blaues Sofa", "stuck|offered"),
            ("stopp", "stop_confirmed"),
            ("stumm bis morgen", "mute_confirmed+stop_holds"),
            ("meine Daten", "data"),
            ("Ich möchte mit einem Menschen sprechen", "person"),
            ("lösche meine Daten", "delete_asked"),
        ),
    ),
    Visitor(
        "Carmen Ruiz",
        "es",
        "es_ES",
        (
            ("¿Cuál es el horario de la tienda?", "…de lunes a viernes de 8:00 a 20:00"),
            ("¿Quién ganó el partido de anoche?", "answer"),
            ("Busco un sofá azul", "stuck|offered"),
            ("para", "stop_confirmed"),
            ("silencio hasta mañana", "mute_confirmed+stop_holds"),
            ("mis datos", "data"),
            ("quiero hablar con una persona", "person"),
            ("borrar mis datos", "delete_asked"),
        ),
    ),
)


@dataclass
class Phone:
    """The chat page on a phone, and how long each answer took."""

    page: Page
    took_seconds: list[float] = field(default_factory=list)

    def become(self, visitor: Visitor) -> None:
        """A new customer of the sandbox, made on the page."""
        page = self.page
        page.get_by_role("button", name="Customers", exact=True).click()
        page.get_by_role("button", name="New customer").click()
        page.get_by_label("Name").fill(visitor.name)
        page.get_by_label("Language").select_option(visitor.locale)
        page.get_by_role("button", name="Create").click()
        expect(page.locator("#name")).to_have_text(visitor.name)

    def writes(self, text: str) -> str:
        """Write, and wait for what the bot says."""
        self.page.get_by_role("textbox", name="Message").fill(text)
        return self._answered(self.page.get_by_role("button", name="Send", exact=True).click)

    def taps(self, title: str) -> str:
        """Tap one of the quick replies."""
        return self._answered(self.page.locator("#replies").get_by_role("button", name=title, exact=True).click)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the phone."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def _answered(self, act: Callable[[], None]) -> str:
        said = self.page.locator("li.by-bot")
        before = said.count()
        began_at = time.monotonic()
        act()
        expect(said).to_have_count(before + 1, timeout=_PATIENCE_MILLISECONDS)
        self.took_seconds.append(time.monotonic() - began_at)
        return said.last.locator(".bubble").inner_text()


@pytest.fixture
def phone() -> Iterator[Phone]:
    """With all that the browser complains about as a failure."""
    with open_chromium() as browser:
        yield from _opened(browser)


def _opened(browser: Browser) -> Iterator[Phone]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True, is_mobile=True
    )
    watched = watch(context.new_page(), "phone")
    yield Phone(watched.page)
    context.close()
    assert watched.refusals() == []


def test_a_new_user_gets_the_right_answers_in_their_own_language_at_once(
    make_instance: Callable[..., Instance], phone: Phone, tmp_path: Path, wait_until: Wait
) -> None:
    instance = make_instance()
    instance.start()
    file = tmp_path / "catalogue.toml"
    file.write_text(CATALOGUE)
    applied = instance.command("catalogue", "apply", str(file))
    assert applied.returncode == 0, applied.stderr
    phone.page.goto(instance.sandbox_url)
    for visitor in VISITORS:
        phone.become(visitor)
        texts = tomllib.loads((ANSWERS / f"{visitor.language}.toml").read_text())
        for number, (line, wanted) in enumerate(visitor.lines):
            said = phone.writes(line)
            phone.page.screenshot(path=tmp_path / f"{visitor.language}-{number}.png")
            assert _is_right(said, wanted, texts), f"{visitor.language}: {line!r} was answered with {said!r}"
            assert phone.overflow() <= 0, f"the page is too wide after {line!r}"
        assert _is_right(phone.taps(texts["button_delete_yes"]), "delete_confirmed", texts)
        phone.page.screenshot(path=tmp_path / f"{visitor.language}-end.png")
    with instance.record() as record:
        wait_until(lambda: not record.replies(), 20, "everybody who asked for it erased")
    assert statistics.median(phone.took_seconds) < _DUE_SECONDS, sorted(phone.took_seconds)
    print(f"answered within {max(phone.took_seconds):.2f} s")  # noqa: T201  for who wants to know how near it was


def _is_right(said: str, wanted: str, texts: dict[str, Any]) -> bool:
    """Whether it is that text of ours, in that language, whatever fills its placeholders."""
    if wanted.startswith("…"):
        return wanted[1:] in said and said.startswith(texts["greeting"])
    said_so = ("\n\n".join(str(texts[kind]) for kind in together.split("+")) for together in wanted.split("|"))
    written = (re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)) for text in said_so)
    return any(re.fullmatch(pattern, said, re.DOTALL) for pattern in written)
