"""Whether the rows of pages and of the installation are what the log tells."""

from collections.abc import Iterator

from sqlalchemy import Connection

from botapp.compliance.page_retelling import KINDS, PageRetelling
from botapp.compliance.told import Told
from botapp.storage import page_rows
from botapp.storage.ledger import THE_INSTALLATION
from botapp.storage.page_rows import PageRows

Found = Iterator[tuple[str, str, object, object]]  # table, what, told, kept


def load(connection: Connection, account_id: int) -> PageRows:
    """What is to be compared of a page, or of the installation."""
    if account_id == THE_INSTALLATION:
        return page_rows.load_installation(connection, KINDS)
    return page_rows.load_page(connection, account_id, KINDS)


def differences(account_id: int, rows: PageRows) -> Found:
    """Where the rows are not what the entries come to."""
    told = PageRetelling()
    for entry in map(Told.of, rows.entries):
        told.take(entry)
    if rows.count != rows.last_sequence:
        yield "ledger_entry", "numbers", rows.last_sequence, f"{rows.count} entries"
    if rows.row is None:
        if rows.count:
            yield "control" if account_id == THE_INSTALLATION else "account", "row", f"{rows.count} entries", None
        return
    yield from _of_installation(told, rows) if account_id == THE_INSTALLATION else _of_page(told, rows)


def _of_installation(told: PageRetelling, rows: PageRows) -> Found:
    values = {"proactive_stopped": told.is_stopped, "reason": told.switch_reason, "changed_at": told.switched_at}
    yield from _of_row("control", {**values, "ledger_sequence": rows.last_sequence}, rows)
    yield from told.access.differences(rows.staff, rows.api_keys, rows.webhooks)


def _of_page(told: PageRetelling, rows: PageRows) -> Found:
    values: dict[str, object] = {
        "live_asked_by": told.live_asked_by,
        "paused_at": told.paused_at,
        "pause_reason": told.pause_reason,
        "proactive_stopped_at": told.stopped_at,
        "ledger_sequence": rows.last_sequence,
    }
    yield from _of_row("account", {**told.options, **values}, rows)
    yield from _of_live(told, rows)
    yield from _of_versions(told, rows)
    yield from told.template_stages.differences(rows.template_stages)
    yield from told.rule_stages.differences(rows.rule_stages)
    yield from _of_canned(told, rows)
    yield from _of_model(told, rows)
    yield from _of_guards(told, rows)
    yield from told.access.differences(rows.staff, rows.api_keys, rows.webhooks)


def _of_row(table: str, values: dict[str, object], rows: PageRows) -> Found:
    for name, value in values.items():
        kept = getattr(rows.row, name, value)  # an option may be told that is no column, or not one any more
        if kept != value:
            yield table, name, value, kept


def _of_live(told: PageRetelling, rows: PageRows) -> Found:
    for named in sorted(told.live.keys() | rows.live.keys()):
        value, kept = told.live.get(named), rows.live.get(named)
        if value != kept:
            what, name = named
            yield what, f"live version of {name}", value, kept


def _of_model(told: PageRetelling, rows: PageRows) -> Found:
    """What answers was learnt as its entry says, and is not other bytes."""
    kept = rows.model
    if kept is None:
        return  # that none answers is told of the live version
    for hashed in {kept.content_hash, kept.hashed} - {told.model_hash}:
        yield "faq_model", "model", told.model_hash, hashed


def _of_versions(told: PageRetelling, rows: PageRows) -> Found:
    """What was ever live has the content that its entry vouches for, and nothing is stored under a wrong hash."""
    for versioned in sorted(told.hashes.keys() | rows.versions.keys()):
        what, name, version = versioned
        row, where = rows.versions.get(versioned), f"version {version} of {name}"
        if row is None:
            yield f"{what}_version", where, told.hashes[versioned], None
            continue
        vouched_for = told.hashes.get(versioned, row.content_hash)
        for value, kept in ((vouched_for, row.content_hash), (row.content_hash, row.hashed)):
            if value != kept:
                yield f"{what}_version", where, value, kept


def _of_canned(told: PageRetelling, rows: PageRows) -> Found:
    """Words of which no entry tells were kept before changes of them were on the log."""
    for (language, name), value in sorted(told.canned.items()):
        kept = rows.canned.get((language, name))
        if value != kept:
            yield "canned_answer", f"{name} ({language})", value, kept


def _of_guards(told: PageRetelling, rows: PageRows) -> Found:
    for name, version, variant in sorted(told.paused_rules ^ rows.paused_rules):
        is_told = (name, version, variant) in told.paused_rules
        paused = f"version {version}{f', variant {variant}' if variant else ''}"
        yield "rule_guard", f"what a guard has paused of {name}", *((paused, None) if is_told else (None, paused))
