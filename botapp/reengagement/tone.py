"""The tone check where texts of ours become messages: once when a template is written, and on every filled text."""

import logging
from enum import StrEnum
from functools import cache, lru_cache

from botapp.config_files import read_languages, read_toml
from botapp.understanding.purpose import PurposeWords, advertising, load_purpose_words
from botapp.understanding.tone import Finding, ToneWords, check_tone, load_tone_words

_log = logging.getLogger(__name__)


class ToneRule(StrEnum):
    """What a finding means."""

    REFUSE = "refuse"
    WARN = "warn"
    OFF = "off"


@lru_cache(maxsize=2000)
def tone_of(text: str) -> tuple[Finding, ...]:
    """What the words of config/tone find in a text. Most templates fill alike for many, so each is looked at once."""
    return tuple(check_tone(text, _shipped_words()))


def is_refused(text: str, rule: ToneRule, template: str) -> bool:
    """The last look at a filled text. Only the kinds of findings are logged: a filled text may name the customer."""
    if rule is ToneRule.OFF:
        return False
    found = tone_of(text)
    if found:
        _log.warning("tone of template %s: %s", template, ", ".join(finding.tone for finding in found))
    return bool(found) and rule is ToneRule.REFUSE


@lru_cache(maxsize=500)
def advertising_of(text: str, purpose: str) -> str | None:
    """The words that advertise in a template of another purpose; None if there are none."""
    return advertising(text, purpose, _shipped_purposes())


@cache
def _shipped_purposes() -> PurposeWords:
    return load_purpose_words(read_toml("purposes.toml"))


@cache
def _shipped_words() -> ToneWords:
    return load_tone_words(read_languages("tone"))
