"""The form of a template as it was filled in: one part of it for each language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from botapp.policy.wording import Wording
from botapp.storage.template_stages import StagedTemplate

_LONGEST_TEXT = 4000
_LONGEST_LINE = 1200
_BAR = "|"


@dataclass(frozen=True, slots=True)
class TypedWording:
    """What stands in the fields of one language."""

    text: str = ""
    quick_replies: str = ""  # one a line
    buttons: str = ""  # one a line: the title, or the title, a bar and an address
    image: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.quick_replies or self.buttons or self.image)

    def as_table(self) -> dict[str, Any]:
        """As it would stand in a campaign file."""
        found = {
            "text": self.text,
            "quick_replies": _lines(self.quick_replies),
            "buttons": [_button(line) for line in _lines(self.buttons)],
            "image": self.image,
        }
        return {key: value for key, value in found.items() if value or key == "text"}


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was filled in; `own` are the words in the template's own language."""

    name: str = ""
    language: str = ""
    purpose: str = ""
    own: TypedWording = field(default_factory=TypedWording)
    others: Mapping[str, TypedWording] = field(default_factory=dict)

    def as_table(self) -> dict[str, Any]:
        """The template as it would stand in a campaign file."""
        named = {"name": self.name, "language": self.language, "purpose": self.purpose}
        others = {code: typed for code, typed in self.others.items() if not typed.is_empty and code != self.language}
        if not others:
            return named | self.own.as_table()
        tables = {self.language: self.own.as_table(), **{code: typed.as_table() for code, typed in others.items()}}
        if self.own.image:  # one picture does for all, unless a language has its own
            tables = {code: {"image": self.own.image, **table} for code, table in tables.items()}
        keys = dict.fromkeys(key for table in tables.values() for key in table)
        return named | {key: {code: table[key] for code, table in tables.items() if key in table} for key in keys}


def typed_form(languages: Iterable[str]) -> Typed:
    """What was sent, for these languages and any that the form had besides."""
    sent = {key.partition("-")[2] for key in request.form if key.startswith("text-")}
    codes = [*languages, *sorted(sent - set(languages))]
    named = {key: " ".join(request.form.get(key, "").split()) for key in ("name", "language", "purpose")}
    return Typed(**named, own=_wording(""), others={code: _wording(f"-{code}") for code in codes})


def typed_as(found: StagedTemplate, languages: Iterable[str]) -> Typed:
    """The form as somebody would have filled it in for that version."""
    own, *others = found.wordings.items()
    known = dict(others)
    blank = {code: TypedWording() for code in languages if code not in known and code != found.language}
    shown = {code: _typed(wording) for code, wording in known.items()}
    return Typed(found.key.name, found.language, found.purpose, _typed(own[1]), {**shown, **blank})


def _wording(mark: str) -> TypedWording:
    text, replies, buttons = (_field(f"{key}{mark}", _LONGEST_TEXT) for key in ("text", "quick_replies", "buttons"))
    return TypedWording(text, replies, buttons, _field(f"image{mark}", _LONGEST_LINE))


def _field(key: str, longest: int) -> str:
    return request.form.get(key, "").replace("\r\n", "\n").strip()[:longest]


def _typed(wording: Wording) -> TypedWording:
    buttons = [f"{b.title} {_BAR} {b.url}" if b.url else b.title for b in wording.parts.buttons]
    replies = "\n".join(wording.parts.quick_replies)
    return TypedWording(wording.text, replies, "\n".join(buttons), wording.parts.image or "")


def _lines(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


def _button(line: str) -> dict[str, str]:
    title, bar, url = (piece.strip() for piece in line.partition(_BAR))
    return {"title": title, "url": url} if bar else {"title": title}
