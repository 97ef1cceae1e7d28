"""The settings in force for each page, by what is on record, and their history."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import Connection

from botapp.console.access import requires
from botapp.console.compliance.desk import Desk, visible_pages
from botapp.console.compliance.form import read_place
from botapp.console.compliance.shown import show
from botapp.policy.access import Permission
from botapp.storage import accounts, campaigns, entries, ledger
from botapp.storage.accounts import Account
from botapp.storage.ledger import EntryKind
from botapp.storage.tally import Filter

PAGE_SIZE = 50
_KINDS = (
    EntryKind.TERMS,
    EntryKind.ACCOUNT_ADDED,
    EntryKind.ACCOUNT_CHANGED,
    EntryKind.LIVE_ASKED,
    EntryKind.PAGE_PAUSED,
    EntryKind.PAGE_RESUMED,
    EntryKind.PROACTIVE_STOPPED,
    EntryKind.PROACTIVE_RESUMED,
    EntryKind.TEMPLATE_APPROVED,
    EntryKind.TEMPLATE_PUBLISHED,
    EntryKind.TEMPLATE_PAUSED,
    EntryKind.TEMPLATE_RETIRED,
    EntryKind.RULE_APPROVED,
    EntryKind.RULE_PUBLISHED,
    EntryKind.RULE_HALTED,
    EntryKind.RULE_RETIRED,
    EntryKind.RULE_PAUSED,
    EntryKind.RULE_RESUMED,
    EntryKind.QUESTION_PUBLISHED,
    EntryKind.TEXTS_PUBLISHED,
    EntryKind.FAQ_PUBLISHED,
    EntryKind.PROFILE_SET,
)


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What a page's messages are judged by, and what may be sent from it."""

    page: Account
    terms: Mapping[str, Any] | None  # durations as such; None: nothing was begun from it yet
    rules: tuple[str, ...]

    @staticmethod
    def load(connection: Connection, page: Account) -> "PageSettings":
        """The terms come from the log, the rest from where the senders read it."""
        found = ledger.find_last_of_page(connection, page.id, EntryKind.TERMS)
        rules = campaigns.load_live_rules(connection, page.id)
        return PageSettings(
            page,
            _readable(json.loads(found.details)) if found is not None else None,
            tuple(f"{rule.name}, version {rule.version}" for rule in rules),
        )


def add_routes(blueprint: Blueprint, desk: Desk) -> None:
    """Settings in force and their history."""

    @blueprint.get("/settings", endpoint="settings")
    @requires(Permission.READ_LOG)
    def show_settings() -> str:
        before = read_place(request.args.get("before", ""))
        with desk.database.reading() as connection:
            pages = visible_pages(connection)
            found = entries.search(connection, Filter(pages.account_ids, kinds=_KINDS), before, PAGE_SIZE + 1)
            return render_template(
                "desk_settings.html",
                pages=pages,
                in_force=[PageSettings.load(connection, page) for page in pages.by_id.values()],
                is_stopped=accounts.proactive_is_stopped(connection),
                shown=[show(entry) for entry in found[:PAGE_SIZE]],
                older=found[PAGE_SIZE - 1].leaf_index if len(found) > PAGE_SIZE else None,
            )


def _readable(details: Mapping[str, Any]) -> dict[str, Any]:
    """Durations are whole microseconds in the log."""
    spans = ("window", "send_allowance", "cool_down", "cap_period")
    return {name: timedelta(microseconds=value) if name in spans else value for name, value in details.items()}
