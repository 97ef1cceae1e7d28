"""What people say or tap to see and change their own settings. A whole message says it, or a button; else nothing does.

The words stand in config/preferences. "Never" is not among them: that is a STOP, and config/optout knows it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from botapp.understanding.normalise import read_message

PAYLOAD_SETTINGS = "botapp:settings"  # alone: all of them; "botapp:settings:frequency": the choices of one
PAYLOAD_CHOOSE = "botapp:choose"  # with the wording's version, what is chosen, and the choice

_LONGEST_SAID = 60  # characters: what is longer tells something else
_CHOSEN = re.compile(rf"{PAYLOAD_CHOOSE}:([0-9a-f]{{1,64}}):([a-z_]{{1,20}}):(.{{1,40}})")
_HOUR = r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:h|uhr|uur|(am|pm))?"
_UNTIL = r"(?:-|\u2013|to|till|until|bis|tot|a|à|alle|às|hasta|jusqu'à)"
_HOURS = re.compile(rf"{_HOUR}\s*{_UNTIL}\s*{_HOUR}\s*$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_NOON = 12
_TELLING_LETTERS = 3


class Menu(StrEnum):
    """What is shown. The values are kinds of answers, and keys of the texts in config/preferences after the first."""

    SETTINGS = "preferences"
    SAVED = "preferences_saved"
    FREQUENCY = "preferences_frequency"
    QUIET_HOURS = "preferences_quiet_hours"
    TOPICS = "preferences_topics"
    LANGUAGE = "preferences_language"


class Choice(StrEnum):
    """What can be chosen."""

    FREQUENCY = "frequency"
    QUIET_HOURS = "quiet_hours"
    LANGUAGE = "language"
    TOPIC_ON = "topic_on"
    TOPIC_OFF = "topic_off"


@dataclass(frozen=True, slots=True)
class Preference:
    """A menu that is asked for, or a choice. The value is as it came: whether there is such a one is not known here."""

    menu: Menu
    choice: Choice | None = None
    value: str = ""
    version: str | None = None  # of the wording whose button was tapped
    language: str | None = None  # of the words


_MENUS = {
    "settings": Menu.SETTINGS,
    "frequency": Menu.FREQUENCY,
    "quiet_hours": Menu.QUIET_HOURS,
    "topics": Menu.TOPICS,
    "language": Menu.LANGUAGE,
}
_CHOICES = {
    "weekly": (Choice.FREQUENCY, "weekly"),
    "monthly": (Choice.FREQUENCY, "monthly"),
    "usual": (Choice.FREQUENCY, "usual"),
    "no_quiet_hours": (Choice.QUIET_HOURS, "none"),
}
_BY_PAYLOAD = {
    PAYLOAD_SETTINGS: Menu.SETTINGS,
    **{f"{PAYLOAD_SETTINGS}:{name}": menu for name, menu in _MENUS.items() if menu is not Menu.SETTINGS},
}


class PreferenceWords:
    """What messages say it, of all languages. Immutable; share one."""

    __slots__ = ("_beginnings", "_meanings")

    def __init__(self, tables: Mapping[str, Mapping[str, object]]) -> None:
        """From the parsed files, language code -> table. Raises ValueError naming the file and key that is wrong."""
        meanings: dict[tuple[str, ...], Preference] = {}
        for language, table in tables.items():
            where, said = f"config/preferences/{language}.toml: said", table.get("said", {})
            if not isinstance(said, Mapping) or said.keys() != {*_MENUS, *_CHOICES, "this_language"}:
                raise ValueError(f"{where}: must have exactly {', '.join(sorted({*_MENUS, *_CHOICES}))}, this_language")
            for key, entries in said.items():
                for entry in entries:
                    words, meaning = read_message(entry).words, _meaning(key, language)
                    meanings[words] = _shared(meanings.get(words), meaning)
        self._meanings = meanings
        # Asked of every message, so most are let go by the first letters of their first word.
        self._beginnings = frozenset(words[0][:_TELLING_LETTERS] for words in meanings)

    def understand(self, text: str | None, payload: str | None) -> Preference | None:
        """The setting that is asked for or chosen; None if the message is about something else."""
        tapped = _tapped(payload or "")
        if tapped or not text or len(text) > _LONGEST_SAID or not self._may_begin(text):
            return tapped
        said = self._meanings.get(read_message(text).words)
        return said or self._hours(text)

    def _may_begin(self, text: str) -> bool:
        """Whether it begins like one of ours; what begins with anything but plain letters may."""
        first = text.split(maxsplit=1)[:1]
        word = first[0].rstrip(",.!?").lower() if first else ""
        return not (word.isascii() and word.isalpha()) or word[:_TELLING_LETTERS] in self._beginnings

    def _hours(self, text: str) -> Preference | None:
        """Quiet hours with the hours themselves: "quiet hours 21:30-07:00"."""
        hours = _HOURS.search(text) if _DIGIT.search(text) else None
        named = self._meanings.get(read_message(text[: hours.start()]).words) if hours else None
        if hours is None or named is None or named.menu is not Menu.QUIET_HOURS:
            return None
        start, end = _wall(*hours.groups()[:3]), _wall(*hours.groups()[3:])
        return Preference(Menu.SAVED, Choice.QUIET_HOURS, f"{start}-{end}", language=named.language)


def _meaning(key: str, language: str) -> Preference:
    if key == "this_language":
        return Preference(Menu.SAVED, Choice.LANGUAGE, language, language=language)
    if key in _MENUS:
        return Preference(_MENUS[key], language=language)
    choice, value = _CHOICES[key]
    return Preference(Menu.SAVED, choice, value, language=language)


def _shared(known: Preference | None, meaning: Preference) -> Preference:
    """Words that mean the same in several languages do not tell which is spoken; else the first meaning counts."""
    if known is None or known.language == meaning.language:
        return meaning if known is None else known
    told = replace(known, language=None)
    return told if told == replace(meaning, language=None) else known


def _tapped(payload: str) -> Preference | None:
    if menu := _BY_PAYLOAD.get(payload):
        return Preference(menu)
    chosen = _CHOSEN.fullmatch(payload)
    if chosen is None or chosen[2] not in set(Choice):
        return None
    return Preference(Menu.SAVED, Choice(chosen[2]), chosen[3], version=chosen[1])


def _wall(hour: str, minute: str | None, half: str | None) -> str:
    """As it is stored; an hour that no clock shows stays one, and is refused where it is chosen."""
    shown = int(hour)
    if half:
        shown = shown % _NOON + (_NOON if half.lower() == "pm" else 0)
    return f"{shown:02}:{minute or '00'}"
