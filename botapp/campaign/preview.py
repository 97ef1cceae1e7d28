"""What customers would read of a template: on each platform, for worst cases, and with what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from botapp.config_files import read_toml
from botapp.policy import template as template_policy
from botapp.policy.reason import Reason
from botapp.policy.template import Unrenderable
from botapp.policy.wording import NO_PARTS, Parts, Wording, card_lines

_LONGEST_VALUE = 100
_UNLIMITED = 1 << 30
_ORDINARY = {"first_name": "Alex", "last_name": "Meyer", "product": "Blue Jacket", "cart_value": "49.90"}
# Each fills every placeholder that a template has; names as customers have them, from short to trying.
_TRYING: tuple[tuple[str, str | None], ...] = (
    ("Nothing is known", None),
    ("The longest values", "Wolfeschlegelsteinhausen " * 4),
    ("Written from right to left", "محمد بن عبد الله"),
    ("Emoji", "Zoë 👩‍👩‍👧‍👦 🇧🇷"),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A template as one customer would read it; or why they would read nothing."""

    who: str
    text: str
    reason: Reason | None = None
    parts: Parts = NO_PARTS
    language: str | None = None

    @property
    def card(self) -> tuple[str, str] | None:
        """With a picture the text is a title and what stands below it."""
        return card_lines(self.text) if self.parts.image else None


@dataclass(frozen=True, slots=True)
class Look:
    """A platform that a message is shown as on, with its limits."""

    key: str
    name: str
    unit: str  # "characters" or "bytes"
    limit: int  # of a text alone
    limit_with_buttons: int
    limit_with_picture: int  # where `card`: of the first line, and of the rest
    card: bool  # with a picture the text is a title and a subtitle
    quick_replies: int
    buttons: int
    links: int  # buttons that lead to a page of the web
    title: int

    def length(self, text: str) -> int:
        """In the platform's own unit."""
        return len(text.encode()) if self.unit == "bytes" else len(text)

    def limit_of(self, case: Filled) -> int:
        """How long the text of this message may be, or the longer of a card's two lines."""
        if case.parts.image:
            return self.limit_with_picture
        return self.limit_with_buttons if case.parts.buttons else self.limit

    def length_of(self, case: Filled) -> int:
        """What is measured against it."""
        lines = case.card if case.card and self.card else (case.text,)
        return max(map(self.length, lines))

    def losses(self, case: Filled) -> list[str]:
        """What of a message this platform would not carry."""
        return list(self._losses(case))

    def _losses(self, case: Filled) -> Iterator[str]:
        buttons, replies = case.parts.buttons, case.parts.quick_replies
        links = sum(button.url is not None for button in buttons)
        if len(replies) > self.quick_replies:
            yield f"{self.quick_replies} of {len(replies)} quick replies"
        if len(buttons) > self.buttons:
            yield f"{self.buttons} of {len(buttons)} buttons"
        if links > self.links:
            yield f"{self.links} of {links} links"
        for title in case.parts.titles:
            if len(title) > self.title:
                yield f"“{title}” is cut after {self.title} characters"


@cache
def looks() -> tuple[Look, ...]:
    """The platforms of config/previews.toml."""
    return tuple(Look(key, **table) for key, table in read_toml("previews.toml").items())


def worst_cases(wording: Wording) -> list[Filled]:
    """A wording filled for an ordinary customer, and for those of every trying kind."""
    names = template_policy.names(wording.text)
    ordinary = {name: _ORDINARY.get(name, name.replace("_", " ")) for name in names}
    trying = [
        filled(who, wording, {} if value is None else dict.fromkeys(names, value[:_LONGEST_VALUE].strip()))
        for who, value in _TRYING
    ]
    return [filled("An ordinary customer", wording, ordinary), *trying]


def filled(who: str, wording: Wording, values: Mapping[str, str], language: str | None = None) -> Filled:
    """A wording for one customer, however long it comes out: the limits are shown beside it."""
    rendered = template_policy.render(wording.text, values, _UNLIMITED)
    if isinstance(rendered, Unrenderable):
        return Filled(who, "", rendered.reason)
    return Filled(who, rendered, None, wording.parts, language)


def with_way_out(wording: Wording, title: str) -> Wording:
    """As it is sent: the way out is the last of the quick replies."""
    return replace(wording, parts=replace(wording.parts, quick_replies=(*wording.parts.quick_replies, title)))
