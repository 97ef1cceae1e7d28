"""Reading what a template says: `text`, `quick_replies`, `buttons` and `image`, in one language or in several."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botapp.campaign.fields import Fields
from botapp.policy import template as template_policy
from botapp.policy.wording import USUAL_LIMITS, Button, PartLimits, Parts, Wording, Wordings, excess

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,4})?")
_KEYS = ("text", "quick_replies", "buttons", "image")
_LONGEST_ADDRESS = 1000
_ADDRESS = re.compile(r"https://[\x21-\x7e]+", re.IGNORECASE)
_BY_LANGUAGE = "the text is in several languages, so write it for each: {key} = {{ en = …, de = … }}"


@dataclass(frozen=True, slots=True)
class WordingLimits:
    """What the wordings of a template are measured against."""

    text: int  # the first length that is too long
    names: frozenset[str]  # that placeholders may have
    parts: PartLimits = USUAL_LIMITS


def read_wordings(fields: Fields, limits: WordingLimits) -> Wordings | None:
    """By language, that of the template first; None if there is a fault."""
    language = fields.text("language", longest=10, default="en")
    given = {key: fields.take(key) for key in _KEYS if fields.has(key)}
    if not isinstance(given.get("text"), dict):
        tables = {language or "": given}
        found = {code: _read(fields.within(table), limits) for code, table in tables.items()}
    else:
        tables = _by_language(fields, given, language)
        found = {code: _read(fields.within(table, code), limits) for code, table in tables.items()}
    wordings = {code: wording for code, wording in found.items() if wording is not None}
    return wordings if language and language in wordings and len(wordings) == len(found) else None


def to_table(wordings: Wordings) -> dict[str, Any]:
    """The same as it stands in a file; what is in one language only is written without it."""
    tables = {code: _table(wording) for code, wording in wordings.items()}
    own = next(iter(tables))
    if len(tables) == 1:
        return {"language": own, **tables[own]}
    keys = dict.fromkeys(key for table in tables.values() for key in table)
    return {"language": own, **{key: {code: t[key] for code, t in tables.items() if key in t} for key in keys}}


def _table(wording: Wording) -> dict[str, Any]:
    parts = wording.parts
    found = {
        "text": wording.text,
        "quick_replies": list(parts.quick_replies),
        "buttons": [{"title": b.title, "url": b.url} if b.url else {"title": b.title} for b in parts.buttons],
        "image": parts.image,
    }
    return {key: value for key, value in found.items() if value}


def said_in(wording: Wording) -> Iterator[str]:
    """All that customers would read of it, placeholders at their fallbacks."""
    yield template_policy.without_values(wording.text)
    yield from wording.parts.titles


def _by_language(fields: Fields, given: Mapping[str, Any], own: str | None) -> dict[str, dict[str, Any]]:
    """What is given for each language that there is a text in, the template's own first."""
    texts = given["text"]
    for code in (code for code in texts if not _LANGUAGE.fullmatch(code)):
        fields.refuse("text", f"{code!r} is no language; write its code in small letters, such as en or pt-br")
    if own not in texts:
        fields.refuse("language", f"there is no text in {own!r}, which is for all who speak none of the others")
        return {}
    tables: dict[str, dict[str, Any]] = {code: {} for code in sorted(texts, key=lambda code: (code != own, code))}
    for key, value in given.items():
        for code, of_language in _spread(fields, key, value, tables):
            tables[code][key] = of_language
    return tables


def _spread(fields: Fields, key: str, value: object, languages: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """One key's values by language; a picture may be one for all."""
    if not isinstance(value, dict):
        if key == "image":
            yield from ((code, value) for code in languages)
        else:
            fields.refuse(key, _BY_LANGUAGE.format(key=key))
        return
    for code in value.keys() - languages.keys():
        fields.refuse(key, f"there is no text in {code!r}")
    for code in languages:
        if code in value:
            yield code, value[code]
        else:
            fields.refuse(key, f"is missing in {code!r}; what can be tapped or seen in one language can be in all")


def _read(fields: Fields, limits: WordingLimits) -> Wording | None:
    text = fields.text("text", longest=limits.text * 2)
    parts = Parts(_read_quick_replies(fields, limits.parts), _read_buttons(fields, limits.parts), _read_image(fields))
    if text is None:
        return None
    for fault in template_policy.faults(text, limits.names):
        fields.refuse("text", fault)
    shown = template_policy.without_values(text)
    if len(shown) >= limits.text:
        fields.refuse("text", f"has {len(shown)} characters; the platform takes fewer than {limits.text}")
    elif broken := excess(shown, parts, limits.parts):
        fields.refuse("text", f"has {broken}")
    return Wording(text, parts)


def _read_quick_replies(fields: Fields, limits: PartLimits) -> tuple[str, ...]:
    if not fields.has("quick_replies"):
        return ()
    given, most = fields.take("quick_replies"), limits.quick_replies - 1
    if not isinstance(given, list) or not all(isinstance(title, str) for title in given):
        fields.refuse("quick_replies", 'write a list of texts, such as ["Yes, please", "Not now"]')
        return ()
    if len(given) > most:
        fields.refuse("quick_replies", f"has {len(given)}; at most {most}, because the way out is one more")
    if len(set(given)) < len(given):
        fields.refuse("quick_replies", "one stands twice")
    for title in given:
        _check_title(fields, "quick_replies", title, limits)
    return tuple(given)


def _read_buttons(fields: Fields, limits: PartLimits) -> tuple[Button, ...]:
    buttons = tuple(_read_button(each, limits) for each in fields.tables("buttons"))
    if len(buttons) > limits.buttons:
        fields.refuse("buttons", f"has {len(buttons)}; at most {limits.buttons}")
    if len({button.title for button in buttons}) < len(buttons):
        fields.refuse("buttons", "two have the same title")
    return buttons


def _read_button(fields: Fields, limits: PartLimits) -> Button:
    title = fields.text("title", longest=100) or ""
    _check_title(fields, "title", title or "-", limits)
    url = _read_address(fields, "url")
    fields.refuse_the_rest()
    return Button(title, url)


def _read_image(fields: Fields) -> str | None:
    return _read_address(fields, "image")


def _read_address(fields: Fields, key: str) -> str | None:
    """An address that the customer's own device or the platform will ask, never we."""
    if not fields.has(key):
        return None
    value = fields.text(key, longest=_LONGEST_ADDRESS)
    if value is None or _is_address(value):
        return value
    fields.refuse(key, f"is {value!r}; write a whole address that begins with https://")
    return None


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(_ADDRESS.fullmatch(value)) and "." in host.strip(".") and "@" not in parts.netloc


def _check_title(fields: Fields, key: str, title: str, limits: PartLimits) -> None:
    if not title.strip() or title != title.strip() or not title.isprintable():
        fields.refuse(key, f"{title!r} is no title; write a word or two on one line")
    elif len(title) > limits.title:
        fields.refuse(key, f"{title!r} has {len(title)} characters; at most {limits.title} are shown")
    elif "{" in title or "}" in title:
        fields.refuse(key, f"{title!r} is the same for everybody: leave the braces out")
