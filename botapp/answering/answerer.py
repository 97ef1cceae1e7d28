"""Finds what a page says to a text. The model of each page is kept by version: another version is seen at once."""

import logging
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection

from botapp.answering.content import from_content, hash_of
from botapp.storage import faq
from botapp.understanding.faq.entry import FaqEntry
from botapp.understanding.faq.model import FaqModel, Find, Learnt
from botapp.understanding.intent.encoder import Encoder
from botapp.understanding.intent.stored import OtherEncoderError, from_bytes

_MOST_MODELS = 8  # pages whose models a process holds at a time; a page of a hundred questions takes some megabytes
_MOST_NEAREST = 4
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """The page knows it."""

    entry: FaqEntry


@dataclass(frozen=True, slots=True)
class Offered:
    """One of these was meant, the likeliest first."""

    entries: tuple[FaqEntry, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The page has answers, but none to this."""


Answer: TypeAlias = Answered | Offered | Unanswered


class Answerer:
    """Answers for any number of pages and threads; with an encoder for those whose answers were learnt with it."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._encoder = encoder
        self._models: OrderedDict[int, tuple[tuple[int, str], FaqModel]] = OrderedDict()
        self._loading = threading.Lock()

    def answer(self, connection: Connection, account_id: int, text: str, language: str) -> Answer | None:
        """What the page says to a text; None for a page that has no answers at all.

        The language is that of the nearest question; `language` decides where the words stand in several.
        """
        model = self._model(connection, account_id)
        if model is None:
            return None
        found = model.find(text, language)
        entries = _entries(model, found)
        if entries and found.is_sure:
            return Answered(entries[0])
        return Offered(entries) if entries and found.is_worth_offering else Unanswered()

    def nearest(self, connection: Connection, account_id: int, text: str, language: str) -> tuple[FaqEntry, ...] | None:
        """The entries that come nearest to a text that the page has no sure answer to; None where it has, or no FAQ."""
        model = self._model(connection, account_id)
        found = model.find(text, language, most=_MOST_NEAREST) if model else None
        return None if model is None or found is None or found.is_sure else _entries(model, found)

    def entry(self, connection: Connection, account_id: int, name: str, language: str) -> FaqEntry | None:
        """The entry of that name; None where it has gone since it was offered."""
        model = self._model(connection, account_id)
        return model.entry(name, language) if model else None

    def _model(self, connection: Connection, account_id: int) -> FaqModel | None:
        version = faq.find_live_version(connection, account_id)
        if version is None:
            return None
        known = self._models.get(account_id)
        if known is not None and known[0] == version:
            return known[1]
        with self._loading:
            return self._load(connection, account_id, version)

    def _load(self, connection: Connection, account_id: int, version: tuple[int, str]) -> FaqModel | None:
        known = self._models.get(account_id)
        if known is not None and known[0] == version:
            return known[1]  # by another thread meanwhile
        live = faq.find_live(connection, account_id)
        if live is None:
            return None
        if hash_of(live.model) != live.model_hash:
            _log.error("the model of page %d, version %d, is damaged: publish its answers anew", account_id, version[0])
            return None
        try:
            learnt = Learnt(*from_bytes(live.model, self._encoder))
        except OtherEncoderError as error:
            _log.error("the answers of page %d were %s: apply its FAQ anew, or set that encoder", account_id, error)
            return None
        model = FaqModel.of(from_content(live.content), learnt)
        self._models[account_id] = ((live.version, live.model_hash), model)
        self._models.move_to_end(account_id)
        while len(self._models) > _MOST_MODELS:
            self._models.popitem(last=False)
        return model


def _entries(model: FaqModel, found: Find) -> tuple[FaqEntry, ...]:
    return tuple(e for name, asked in found.likeliest if (e := model.entry(name, asked)) is not None)
