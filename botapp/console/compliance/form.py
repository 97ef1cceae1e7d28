"""Reads what the desk's forms say. What cannot be read is refused with words for whoever typed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from botapp.console.compliance.desk import ProblemError
from botapp.storage.tally import Filter

_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Search:
    """A search as typed: words for the form to show again, and what they mean."""

    page: str
    kind: str
    reason: str
    since: str
    until: str

    @staticmethod
    def of(typed: Mapping[str, str]) -> "Search":
        """From the fields of a form or an address."""
        return Search(*(typed.get(name, "").strip()[:100] for name in Search.__slots__))

    def filter(self, account_ids: frozenset[int] | None) -> Filter:
        """What is meant, within the pages that may be seen. ProblemError."""
        if self.page:
            page = read_number(self.page, "page")
            account_ids = frozenset({page}) if account_ids is None or page in account_ids else frozenset()
        return Filter(
            account_ids,
            kinds=[self.kind] if self.kind else (),
            reasons=[self.reason] if self.reason else (),
            since=read_instant(self.since),
            until=read_instant(self.until),
        )

    @property
    def typed(self) -> dict[str, str]:
        """The fields that say something, for addresses."""
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}


def read_instant(typed: str) -> datetime | None:
    """UTC; None for an empty field. ProblemError."""
    if not typed:
        return None
    try:
        found = datetime.fromisoformat(typed)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ProblemError(f"“{typed}” is not a time. Write it like 2026-11-22T15:02.", 400) from None


def read_number(typed: str, what: str) -> int:
    """A whole number, not negative. ProblemError."""
    if not typed.isascii() or not typed.isdecimal() or len(typed) > _MOST_DIGITS:
        raise ProblemError(f"“{typed}” does not name a {what}.", 400)
    return int(typed)


def read_place(typed: str) -> int | None:
    """The place in the log below which to go on; None to begin with the newest. ProblemError."""
    return read_number(typed, "place in the log") if typed else None
