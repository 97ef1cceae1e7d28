"""What a message is made of in one language: a text, and the quick replies, buttons and picture that come with it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from botapp.policy.reason import Reason
from botapp.policy.template import Unrenderable, render


@dataclass(frozen=True, slots=True)
class PartLimits:
    """What a platform takes of a message that is more than a text, in characters and in number."""

    quick_replies: int = 13  # the one by which people stop us is among them
    buttons: int = 3
    title: int = 20  # of a quick reply or a button
    button_text: int = 640  # a text that has buttons
    card_line: int = 80  # with a picture: the first line, and all the others together


USUAL_LIMITS = PartLimits()


@dataclass(frozen=True, slots=True)
class Button:
    title: str
    url: str | None = None  # None: a tap is told to us, as words would be


@dataclass(frozen=True, slots=True)
class Parts:
    """What comes with a text. None of it has placeholders: it is the same for everybody."""

    quick_replies: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    image: str | None = None  # its address; the platform fetches it

    @property
    def titles(self) -> tuple[str, ...]:
        """All that people can tap."""
        return (*self.quick_replies, *(button.title for button in self.buttons))


NO_PARTS = Parts()


@dataclass(frozen=True, slots=True)
class Wording:
    text: str
    parts: Parts = NO_PARTS


Wordings = Mapping[str, Wording]  # by language, that of the template first


def fill(wording: Wording, values: Mapping[str, str], text_limit: int, limits: PartLimits) -> Wording | Unrenderable:
    """The wording for one person, or why there is none."""
    filled = render(wording.text, values, text_limit)
    if isinstance(filled, Unrenderable):
        return filled
    if excess(filled, wording.parts, limits):
        return Unrenderable(Reason.TEXT_TOO_LONG)
    return Wording(filled, wording.parts)


def excess(text: str, parts: Parts, limits: PartLimits) -> str | None:
    """Which limit a text breaks by what comes with it, in words for its author; None if it breaks none."""
    if parts.image is not None:
        longest = max(len(line) for line in card_lines(text))
        if longest > limits.card_line:
            return f"{longest} characters; with a picture, first line and rest have {limits.card_line} each at most"
    elif parts.buttons and len(text) > limits.button_text:
        return f"{len(text)} characters; with buttons it has at most {limits.button_text}"
    return None


def card_lines(text: str) -> tuple[str, str]:
    """The first line of a text and the rest of it, as platforms set them below a picture."""
    first, _, rest = text.partition("\n")
    return first.strip(), rest.strip()


def spoken(wordings: Wordings, languages: Iterable[str | None]) -> tuple[str, Wording]:
    """The wording in the first of these languages that there is one in; else in that of the template."""
    for language in filter(None, languages):
        exact = language.replace("_", "-").lower()
        for code in (exact, exact.partition("-")[0]):
            if code in wordings:
                return code, wordings[code]
    return next(iter(wordings.items()))


@lru_cache(maxsize=500)
def hash_of(wording: Wording) -> str:
    """By which the log knows what was sent, before names were filled in: with them it could be guessed name by name."""
    is_plain = wording.parts == NO_PARTS
    content = wording.text if is_plain else json.dumps({"text": wording.text, **_stored(wording.parts)}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def to_stored(wordings: Wordings) -> str | None:
    """All that is more than the text in the template's own language, as it is stored; None if that is all there is."""
    (language, own), *others = wordings.items()
    found = _stored(own.parts)
    if others:
        found["translations"] = {code: {"text": w.text, **_stored(w.parts)} for code, w in others if code != language}
    return json.dumps(found, sort_keys=True, ensure_ascii=False) if found else None


def from_stored(language: str, text: str, stored: str | None) -> dict[str, Wording]:
    """The wordings by language, that of the template first."""
    found = json.loads(stored) if stored else {}
    others = {code: Wording(w["text"], _parts(w)) for code, w in found.get("translations", {}).items()}
    return {language: Wording(text, _parts(found)), **others}


def _stored(parts: Parts) -> dict[str, Any]:
    found = {
        "quick_replies": list(parts.quick_replies),
        "buttons": [[button.title, button.url] for button in parts.buttons],
        "image": parts.image,
    }
    return {name: value for name, value in found.items() if value}


def _parts(stored: Mapping[str, Any]) -> Parts:
    buttons = tuple(Button(title, url) for title, url in stored.get("buttons", ()))
    return Parts(tuple(stored.get("quick_replies", ())), buttons, stored.get("image"))
