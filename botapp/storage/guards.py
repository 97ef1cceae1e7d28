"""What the guards have paused: rule versions and their variants. A row leaves only a named state."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from json import loads

from sqlalchemy import Connection

from botapp.storage.ledger import THE_PAGE_ITSELF, EntryKind
from botapp.storage.statement import Statement
from botapp.storage.times import from_microseconds

_COLUMNS = "rule_name, rule_version, variant, state, reason, paused_at, known_sends, known_responses, known_harms"
_OF_PAGE = Statement(f"SELECT {_COLUMNS} FROM rule_guard WHERE account_id = :account_id")  # noqa: S608  names are our schema's
_PAUSED = Statement(
    "SELECT rule_name, rule_version, variant FROM rule_guard WHERE account_id = :account_id AND state = 'paused'"
)
_KEY = "account_id = :account_id AND rule_name = :rule AND rule_version = :version AND variant = :variant"
_PAUSE = Statement(
    "INSERT INTO rule_guard (account_id, rule_name, rule_version, variant, state, reason, paused_at)"
    " VALUES (:account_id, :rule, :version, :variant, 'paused', :reason, :now)"
    " ON CONFLICT (account_id, rule_name, rule_version, variant) DO UPDATE SET state = 'paused',"
    " reason = excluded.reason, paused_at = excluded.paused_at, resumed_at = NULL WHERE rule_guard.state = 'resumed'"
)
_RESUME = Statement(
    "UPDATE rule_guard SET state = 'resumed', resumed_at = :now, known_sends = :sends, known_responses = :responses,"  # noqa: S608  the same
    f" known_harms = :harms WHERE {_KEY} AND state = 'paused'"
)
_PUBLICATIONS = Statement(
    "SELECT details FROM ledger_entry"  # noqa: S608  the same
    f" WHERE account_id = :account_id AND contact_id = {THE_PAGE_ITSELF} AND kind = '{EntryKind.RULE_PUBLISHED}'"
    " ORDER BY sequence DESC"
)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A version of a page's rule, or one of its variants; without one the variant is empty."""

    account_id: int
    rule: str
    version: int
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Sends whose outcome is known, and what came of them."""

    sends: int = 0
    responses: int = 0
    harms: int = 0


@dataclass(frozen=True, slots=True)
class GuardState:
    """That it is paused, or was and may go on. `before`: what was known then, by which it is not judged again."""

    is_paused: bool
    reason: str
    paused_at: datetime
    before: Known


def load_paused(connection: Connection, account_id: int) -> Mapping[tuple[str, int], frozenset[str]]:
    """What of a page is paused: the variants by rule and version."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for rule, version, variant in _PAUSED.rows(connection, {"account_id": account_id}):
        found[rule, version].add(variant)
    return {key: frozenset(variants) for key, variants in found.items()}


def load_states(connection: Connection, account_id: int) -> dict[Guarded, GuardState]:
    """All of a page that was ever paused."""
    return {
        Guarded(account_id, rule, version, variant): GuardState(
            state == "paused", reason, from_microseconds(paused_at), Known(*known)
        )
        for rule, version, variant, state, reason, paused_at, *known in _OF_PAGE.rows(
            connection, {"account_id": account_id}
        )
    }


def pause(connection: Connection, guarded: Guarded, reason: str, now: datetime) -> bool:
    """Pause it; False if it is paused already."""
    return _PAUSE.run(connection, {**_key(guarded), "reason": reason, "now": now}) == 1


def resume(connection: Connection, guarded: Guarded, known: Known, now: datetime) -> bool:
    """Let it go on, judged by what comes after what is known now; False if it was not paused."""
    values = {"sends": known.sends, "responses": known.responses, "harms": known.harms, "now": now}
    return _RESUME.run(connection, {**_key(guarded), **values}) == 1


def find_publisher(connection: Connection, account_id: int, rule: str, version: int) -> int | None:
    """Who made that version live last, as the log tells; None if it does not say."""
    for (stored,) in _PUBLICATIONS.rows(connection, {"account_id": account_id}):
        details = loads(stored)
        if (details["name"], details["version"]) == (rule, version):
            by: int | None = details.get("by")
            return by
    return None


def _key(guarded: Guarded) -> dict[str, object]:
    return {
        "account_id": guarded.account_id,
        "rule": guarded.rule,
        "version": guarded.version,
        "variant": guarded.variant,
    }
