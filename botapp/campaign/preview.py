"""What customers would read of a template: on each platform, for worst cases, and with what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from botapp.config_files import read_toml
from botapp.policy import template as template_policy
from botapp.policy.reason import Reason
from botapp.policy.template import Unrenderable

_LONGEST_VALUE = 100
_UNLIMITED = 1 << 30
# Each fills every placeholder that a template has; names as customers have them, from short to trying.
_CASES: tuple[tuple[str, str | None], ...] = (
    ("An ordinary customer", "Alex"),
    ("Nothing is known", None),
    ("The longest values", "Wolfeschlegelsteinhausen " * 4),
    ("Written from right to left", "محمد بن عبد الله"),
    ("Emoji", "Zoë 👩‍👩‍👧‍👦 🇧🇷"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """A platform that a text is shown as on."""

    key: str
    name: str
    limit: int
    unit: str  # "characters" or "bytes"

    def length(self, text: str) -> int:
        """In the platform's own unit."""
        return len(text.encode()) if self.unit == "bytes" else len(text)


@dataclass(frozen=True, slots=True)
class Filled:
    """A template as one customer would read it; or why they would read nothing."""

    who: str
    text: str
    reason: Reason | None = None


@cache
def looks() -> tuple[Look, ...]:
    """The platforms of config/previews.toml."""
    return tuple(Look(key, **table) for key, table in read_toml("previews.toml").items())


def worst_cases(text: str) -> list[Filled]:
    """The template filled for customers of every trying kind."""
    names = template_policy.names(text)
    return [
        filled(who, text, {} if value is None else dict.fromkeys(names, value[:_LONGEST_VALUE].strip()))
        for who, value in _CASES
    ]


def filled(who: str, text: str, values: Mapping[str, str]) -> Filled:
    """The template for one customer, however long it comes out: the limits are shown beside it."""
    rendered = template_policy.render(text, values, _UNLIMITED)
    return Filled(who, "", rendered.reason) if isinstance(rendered, Unrenderable) else Filled(who, rendered)
