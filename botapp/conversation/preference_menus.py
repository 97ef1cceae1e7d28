"""The customer's settings as they see them: all at once, and the choices of each. The words: config/preferences."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256

from sqlalchemy import Connection

from botapp.channels.port import QuickReply
from botapp.config_files import read_languages
from botapp.conversation.menu_words import (
    BUTTONS,
    CHOICES,
    TITLE_LIMIT,
    MenuWords,
    OwnTexts,
    checked_words,
    no_own_texts,
)
from botapp.conversation.moment_words import tell_moment
from botapp.policy.preferences import Frequency, topic_scope
from botapp.policy.rule import topics_of
from botapp.policy.suppression import Suppression, complained, muting, stopped
from botapp.reengagement.facts import Standings, load_rules, zone_name, zone_of
from botapp.storage.accounts import Account
from botapp.storage.contacts import Contact
from botapp.storage.replies import Reply
from botapp.understanding.preferences import PAYLOAD_CHOOSE, Choice, Menu, PreferenceWords

_MOST_BUTTONS = 13
_TOPICS_SHOWN = 80  # characters of the summary
_VERSION_DIGITS = 12
_HOURS = ("21:00-08:00", "22:00-07:00", "20:00-10:00", "08:00-18:00")
_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a menu shows of one contact."""

    contact: Contact
    account: Account
    suppressions: Sequence[Suppression]
    topics: tuple[str, ...]
    language: str
    now: datetime

    def refused(self) -> list[str]:
        scopes = {s.scope for s in self.suppressions if s.is_in_force(self.now)}
        return [topic for topic in self.topics if topic_scope(topic) in scopes]


@dataclass(frozen=True, slots=True)
class PreferenceMenus:
    """Makes the messages of these kinds."""

    by_language: Mapping[str, MenuWords]

    def compose(
        self,
        connection: Connection,
        contact: Contact,
        account: Account,
        reply: Reply,
        now: datetime,
        own: OwnTexts = no_own_texts,
    ) -> tuple[str, Sequence[QuickReply]]:
        """Inside the claim's transaction: what it shows is what holds. `own`: what the page says in its own words."""
        key = (contact.account_id, contact.id)
        suppressions = tuple(Standings(connection, [key]).suppressions(key).values())
        language, topics = self._language(contact, account, reply), topics_of(load_rules(connection, account.id, 1.0))
        seen = _Seen(contact, account, suppressions, topics, language, now)
        text, buttons = self._shown(Menu(reply.kind), self.by_language[language].replaced(own(language)), seen)
        return text, tuple(buttons[:_MOST_BUTTONS])

    def _language(self, contact: Contact, account: Account, reply: Reply) -> str:
        # The language may have been chosen by the very message that is answered.
        wanted = (contact.language if contact.language_chosen_at else reply.language, account.language, "en")
        codes = [(language or "").replace("-", "_").partition("_")[0].lower() for language in wanted]
        return next(code for code in codes if code in self.by_language)

    def _shown(self, menu: Menu, words: MenuWords, seen: _Seen) -> tuple[str, list[QuickReply]]:
        key = menu.value.removeprefix("preferences").lstrip("_") or "settings"
        if menu in (Menu.SETTINGS, Menu.SAVED):
            return _filled(words.texts[key], _summary(words, seen)), _settings_buttons(menu, words, seen)
        version = _version(words.texts[key])
        text = _filled(words.texts[key], {"zone": _zone(seen)})
        return text, [*self._choices(menu, words, seen, version), _button(words, "settings")]

    def _choices(self, menu: Menu, words: MenuWords, seen: _Seen, version: str) -> list[QuickReply]:
        match menu:
            case Menu.FREQUENCY:
                named = [_choice(words, name, version) for name in ("usual", "weekly", "monthly")]
                return [*named, _button(words, "never")]
            case Menu.QUIET_HOURS:
                hours = [_tap(_with_dash(h), Choice.QUIET_HOURS, h, version) for h in _HOURS]
                return [*hours, _choice(words, "no_quiet_hours", version)]
            case Menu.LANGUAGE:
                known = self.by_language.items()
                return [_tap(each.name, Choice.LANGUAGE, code, version) for code, each in known]
            case _:
                refused = set(seen.refused())
                topics = seen.topics[: _MOST_BUTTONS - 1]
                return [_topic(topic, words, version, is_refused=topic in refused) for topic in topics]


@cache
def shipped_preference_menus() -> PreferenceMenus:
    """Those of config/preferences."""
    return load_preference_menus(read_languages("preferences"))


@cache
def shipped_preference_words() -> PreferenceWords:
    """What messages ask for them, of config/preferences."""
    return PreferenceWords(read_languages("preferences"))


def load_preference_menus(tables: Mapping[str, Mapping[str, object]]) -> PreferenceMenus:
    """Checks the parsed files, language code -> table. Raises ValueError naming file and key."""
    return PreferenceMenus({language: checked_words(language, table) for language, table in tables.items()})


def _summary(words: MenuWords, seen: _Seen) -> dict[str, str]:
    contact, texts = seen.contact, words.texts
    refused = ", ".join(words.topics.get(topic, topic) for topic in seen.refused())
    return {
        "state": _state(words, seen),
        "frequency": texts[contact.frequency or Frequency.USUAL.value],
        "quiet_hours": texts["no_hours"] if contact.quiet_hours in (None, "none") else _with_dash(contact.quiet_hours),
        "topics": (refused if len(refused) <= _TOPICS_SHOWN else refused[: _TOPICS_SHOWN - 1] + "…") or texts["none"],
        "language": words.name,
    }


def _state(words: MenuWords, seen: _Seen) -> str:
    if stopped(seen.suppressions, seen.now):
        return words.texts["state_stopped"]
    mute = muting(seen.suppressions, seen.now)
    if complained(seen.suppressions, seen.now) or (mute is not None and mute.until is None):
        return words.texts["state_muted_open"]
    if mute is None or mute.until is None:
        return words.texts["state_on"]
    until, is_own = mute.until.astimezone(zone_of(seen.contact, seen.account)), seen.contact.zone is not None
    told = tell_moment(seen.language, seen.account.language, until, seen.now, own=is_own)
    return _filled(words.texts["state_muted"], {"until": told})


def _zone(seen: _Seen) -> str:
    """A zone by its name; one of which only the distance is known as "UTC+01:00"."""
    name = zone_name(seen.contact, seen.account)
    return f"UTC{name}" if name[0] in "+-" else name


def _settings_buttons(menu: Menu, words: MenuWords, seen: _Seen) -> list[QuickReply]:
    is_quiet = complained(seen.suppressions, seen.now) or muting(seen.suppressions, seen.now) is not None
    on_off = ["start"] if stopped(seen.suppressions, seen.now) else ["start", "stop"] if is_quiet else ["mute", "stop"]
    if menu is Menu.SAVED:
        return [_button(words, name) for name in ("settings", *on_off)]
    topics = ["topics"] if seen.topics else []
    names = ["frequency", "quiet_hours", *topics, "language", *on_off, "data", "delete", "why"]
    return [_button(words, name) for name in names]


def _button(words: MenuWords, name: str) -> QuickReply:
    return QuickReply(words.buttons[name], BUTTONS[name])


def _choice(words: MenuWords, name: str, version: str) -> QuickReply:
    return _tap(words.buttons[name], *CHOICES[name], version)


def _topic(topic: str, words: MenuWords, version: str, *, is_refused: bool) -> QuickReply:
    title = f"{'✗' if is_refused else '✓'} {words.topics.get(topic, topic)}"
    return _tap(title[:TITLE_LIMIT], Choice.TOPIC_ON if is_refused else Choice.TOPIC_OFF, topic, version)


def _tap(title: str, choice: Choice, value: str, version: str) -> QuickReply:
    return QuickReply(title, f"{PAYLOAD_CHOOSE}:{version}:{choice.value}:{value}")


def _with_dash(hours: str | None) -> str:
    return (hours or "").replace("-", "\u2013")


def _version(text: str) -> str:
    """Of the wording that was shown with the choice: it stands in the button, and then on the log."""
    return sha256(text.encode()).hexdigest()[:_VERSION_DIGITS]


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
