"""The words of the customers' menus: those of config/preferences, and those that a page says in their place."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from botapp.policy.preferences import Frequency
from botapp.understanding.preferences import PAYLOAD_SETTINGS, Choice
from botapp.understanding.wish import (
    PAYLOAD_DATA,
    PAYLOAD_DELETE,
    PAYLOAD_MUTE,
    PAYLOAD_START,
    PAYLOAD_STOP,
    PAYLOAD_WHY,
)

TITLE_LIMIT = 20  # characters (platform-reference 2.2)
_TEXT_LIMIT = 400
_TOPIC_TITLE_LIMIT = 18  # beside the sign that shows whether it is on
# Where a page's own words stand in its texts.
OWN_TEXTS, OWN_BUTTONS, OWN_TOPICS = "preferences.texts", "preferences.buttons", "topics"
OwnTexts = Callable[[str], Mapping[str, str]]  # those of a language


def no_own_texts(_language: str) -> Mapping[str, str]:
    """A page that says what is shipped."""
    return {}


_SUMMARY = ("{frequency}", "{language}", "{quiet_hours}", "{state}", "{topics}")
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "settings": _SUMMARY,
    "saved": _SUMMARY,
    "frequency": (),
    "quiet_hours": ("{zone}",),
    "topics": (),
    "language": (),
    "state_on": (),
    "state_stopped": (),
    "state_muted": ("{until}",),
    "state_muted_open": (),
    "usual": (),
    "weekly": (),
    "monthly": (),
    "none": (),
    "no_hours": (),
}
BUTTONS: Mapping[str, str] = {
    "settings": PAYLOAD_SETTINGS,
    "frequency": f"{PAYLOAD_SETTINGS}:frequency",
    "quiet_hours": f"{PAYLOAD_SETTINGS}:quiet_hours",
    "topics": f"{PAYLOAD_SETTINGS}:topics",
    "language": f"{PAYLOAD_SETTINGS}:language",
    "mute": PAYLOAD_MUTE,
    "stop": PAYLOAD_STOP,
    "start": PAYLOAD_START,
    "data": PAYLOAD_DATA,
    "delete": PAYLOAD_DELETE,
    "why": PAYLOAD_WHY,
    "never": PAYLOAD_STOP,
}
CHOICES = {
    "usual": (Choice.FREQUENCY, Frequency.USUAL.value),
    "weekly": (Choice.FREQUENCY, Frequency.WEEKLY.value),
    "monthly": (Choice.FREQUENCY, Frequency.MONTHLY.value),
    "no_quiet_hours": (Choice.QUIET_HOURS, "none"),
}


@dataclass(frozen=True, slots=True)
class MenuWords:
    """The texts and buttons of one language, checked."""

    name: str
    texts: Mapping[str, str]
    buttons: Mapping[str, str]
    topics: Mapping[str, str] = field(default_factory=dict)  # what each is called in this language

    def replaced(self, own: Mapping[str, str]) -> "MenuWords":
        """These with what a page says in its own words, by the keys of `own_menu_texts`."""
        texts, buttons = (
            {key: own.get(f"{section}.{key}", text) for key, text in shipped.items()}
            for section, shipped in ((OWN_TEXTS, self.texts), (OWN_BUTTONS, self.buttons))
        )
        begin = f"{OWN_TOPICS}."
        topics = {key.removeprefix(begin): title for key, title in own.items() if key.startswith(begin)}
        return MenuWords(self.name, texts, buttons, topics)


def checked_words(language: str, table: Mapping[str, object]) -> MenuWords:
    where, name = f"config/preferences/{language}.toml", table.get("name")
    texts, buttons = table.get("texts"), table.get("buttons")
    if not isinstance(name, str) or not isinstance(texts, Mapping) or not isinstance(buttons, Mapping):
        raise ValueError(f"{where}: needs a name, [texts] and [buttons]")  # noqa: TRY004  the data is bad, not the call
    for found, wanted in ((texts.keys(), _TEXTS.keys()), (buttons.keys(), {*BUTTONS, *CHOICES})):
        if found != set(wanted):
            raise ValueError(f"{where}: missing or unknown: {', '.join(sorted(set(found) ^ set(wanted)))}")
    for key, text in texts.items():
        _check_text(where, key, text)
    for key, title in buttons.items():
        _check_title(where, f"the button {key}", title, TITLE_LIMIT)
    return MenuWords(name, texts, buttons)


def own_menu_texts(where: str, language: Mapping[str, object]) -> dict[str, str]:
    """A page's own words for menus in one language: [xx.preferences.texts], [xx.preferences.buttons], [xx.topics].

    Flat, by the sections they stand in. Raises ValueError naming the first that is wrong.
    """
    found: dict[str, str] = {}
    menus = language.get("preferences", {})
    for section, key, text in (
        *_own(where, "preferences", menus),
        *_own(where, "", {"topics": language.get("topics", {})}),
    ):
        if section == OWN_TEXTS and key in _TEXTS:
            _check_text(where, key, text)
        elif section == OWN_BUTTONS and key in {*BUTTONS, *CHOICES}:
            _check_title(where, f"the button {key}", text, TITLE_LIMIT)
        elif section == OWN_TOPICS:
            _check_title(where, f"the topic {key}", text, _TOPIC_TITLE_LIMIT)
        else:
            raise ValueError(f"{where}: unknown: {section}.{key}")
        found[f"{section}.{key}"] = text
    return found


def _own(where: str, within: str, sections: object) -> Iterator[tuple[str, str, str]]:
    for name, table in sections.items() if isinstance(sections, Mapping) else [("", None)]:
        section = f"{within}.{name}" if within else str(name)
        if not isinstance(table, Mapping) or not all(isinstance(text, str) for text in table.values()):
            raise ValueError(f"{where}: {section or within} must be a table of texts")
        yield from ((section, key, text) for key, text in table.items())


def _check_text(where: str, key: str, text: str) -> None:
    if not text.strip() or len(text) > _TEXT_LIMIT or tuple(sorted(re.findall(r"\{.*?\}", text))) != _TEXTS[key]:
        raise ValueError(f"{where}: {key} must have {_TEXT_LIMIT} characters at most, and hold {_TEXTS[key]}")


def _check_title(where: str, what: str, title: str, longest: int) -> None:
    if not title.strip() or len(title) > longest:
        raise ValueError(f"{where}: {what} must have 1 to {longest} characters")
