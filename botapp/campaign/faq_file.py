"""Reads a FAQ file: entries with their questions, phrasings and answers, each refused with its key and the reason."""

import re
from collections.abc import Iterable, Iterator

from botapp.campaign.fields import CampaignError, Fields
from botapp.campaign.file_format import load_tables
from botapp.understanding.faq.entry import FaqEntry

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_LONGEST_QUESTION, _LONGEST_TITLE, _LONGEST_ANSWER = 300, 20, 4000
_MOST_PHRASINGS = 200


def read_faq(content: bytes) -> list[FaqEntry]:
    """The entries in a TOML file. Raises CampaignError, which lists every fault with its key."""
    tables = load_tables(content)
    faults: list[str] = []
    top = Fields(tables, "", faults)
    entries = [entry for fields in top.tables("entries") for entry in _read_entry(fields, faults)]
    top.refuse_the_rest()
    if not entries and not faults:
        faults.append("entries: there are none; write each as [[entries]]")
    faults += _twins(tables)
    faults += _contested(entries)
    if faults:
        raise CampaignError(faults)
    return entries


def read_entry(name: str, language: str, question: str, answer: str) -> FaqEntry:
    """One entry as a file would hold it. Raises CampaignError, which lists every fault with its key."""
    faults: list[str] = []
    fields = Fields({"name": name, language: {"question": question, "answer": answer}}, "", faults)
    entries = list(_read_entry(fields, faults))
    if faults:
        raise CampaignError(faults)
    return entries[0]


def _read_entry(fields: Fields, faults: list[str]) -> Iterator[FaqEntry]:
    name = fields.text("name", longest=60)
    if name is not None and not _NAME.fullmatch(name):
        fields.refuse("name", "may hold small letters, digits and hyphens only")
    languages = [key for key in fields.unread() if _LANGUAGE.fullmatch(key)]
    if not languages:
        fields.refuse("en", "is missing; give question and answer in at least one language")
    for language in languages:
        own = Fields(fields.table(language), f"entries[{name!r}].{language}", faults)
        question, answer = own.text("question", longest=_LONGEST_QUESTION), own.text("answer", longest=_LONGEST_ANSWER)
        title = own.text("title", longest=_LONGEST_TITLE) if own.has("title") else ""
        phrasings = _phrasings(own)
        own.refuse_the_rest()
        if name and question and answer:
            yield FaqEntry(name, language, question, answer, phrasings, title or "")
    fields.refuse_the_rest()


def _phrasings(fields: Fields) -> tuple[str, ...]:
    found = fields.take("phrasings")
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(text, str) and text.strip() for text in found):
        fields.refuse("phrasings", "must be a list of texts in quotes, none of them empty")
        return ()
    if len(found) > _MOST_PHRASINGS or any(len(text) > _LONGEST_QUESTION for text in found):
        fields.refuse("phrasings", f"at most {_MOST_PHRASINGS}, each of at most {_LONGEST_QUESTION} characters")
        return ()
    return tuple(dict.fromkeys(found))


def _twins(tables: dict[str, object]) -> list[str]:
    listed = tables.get("entries")
    names = [e.get("name") for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    twins = sorted({str(name) for name in names if name is not None and names.count(name) > 1})
    return [f"entries: two are named {name!r}; give each its own name" for name in twins]


def _contested(entries: Iterable[FaqEntry]) -> Iterator[str]:
    """Words that two entries of one language claim: which of them answers would be chance."""
    claimed: dict[tuple[str, str], str] = {}
    for entry in entries:
        for words in (entry.question, *entry.phrasings):
            other = claimed.setdefault((entry.language, words.strip().casefold()), entry.name)
            if other != entry.name:
                yield f"entries: {other!r} and {entry.name!r} both have {words!r} in {entry.language}; leave it to one"
