"""Templates, rules and opt-in questions: immutable versions, and which of them is live."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from botapp.storage import bulk
from botapp.storage.schema import rule_version
from botapp.storage.statement import Statement


@dataclass(frozen=True, slots=True)
class StoredRule:
    name: str
    version: int
    definition: str


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    name: str
    version: int
    text: str
    language: str
    purpose: str
    parts: str | None = None  # JSON: what comes with the text, and the same in other languages


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    version: int
    text: str
    yes: str
    no: str


_LIVE_RULES = Statement(
    "SELECT v.name, v.version, v.definition FROM rule_version v JOIN rule r"
    " ON r.account_id = v.account_id AND r.name = v.name AND r.live_version = v.version"
    " WHERE r.account_id = :account_id ORDER BY v.name"
)
_LIVE_TEMPLATES = Statement(
    "SELECT v.name, v.version, v.text, v.language, v.purpose, v.parts FROM template_version v JOIN template t"
    " ON t.account_id = v.account_id AND t.name = v.name AND t.live_version = v.version"
    " WHERE t.account_id = :account_id"
)
_NEWEST_TEMPLATES = Statement(
    "SELECT name, version, text, language, purpose, parts FROM template_version v WHERE account_id = :account_id"
    " AND version = (SELECT max(version) FROM template_version n WHERE n.account_id = v.account_id AND n.name = v.name)"
)
_LIVE_QUESTION = Statement(
    "SELECT v.version, v.text, v.yes, v.no FROM question_version v JOIN account a"
    " ON a.id = v.account_id AND a.question_version = v.version WHERE a.id = :account_id"
)


def content_hash(content: Mapping[str, Any]) -> str:
    """By which the log knows a version: SHA-256 of its content as JSON with sorted keys. What is absent is left out."""
    known = {name: value for name, value in content.items() if value is not None}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def load_live_rules(connection: Connection, account_id: int) -> list[StoredRule]:
    return [StoredRule(*row) for row in _LIVE_RULES.rows(connection, {"account_id": account_id})]


def load_live_templates(connection: Connection, account_id: int) -> dict[str, StoredTemplate]:
    """By name."""
    stored = (StoredTemplate(*row) for row in _LIVE_TEMPLATES.rows(connection, {"account_id": account_id}))
    return {template.name: template for template in stored}


def load_newest_templates(connection: Connection, account_id: int) -> dict[str, StoredTemplate]:
    """By name, each as it was last written, live or not."""
    stored = (StoredTemplate(*row) for row in _NEWEST_TEMPLATES.rows(connection, {"account_id": account_id}))
    return {template.name: template for template in stored}


def load_rule_versions(connection: Connection, account_id: int, versions: Mapping[str, int]) -> list[StoredRule]:
    """Those versions, live or not; the version by the rule's name."""
    wanted = [{"account_id": account_id, "name": name, "version": version} for name, version in versions.items()]
    found = bulk.find(connection, rule_version, wanted)
    return [StoredRule(row.name, row.version, row.definition) for row in found]


def load_live_question(connection: Connection, account_id: int) -> StoredQuestion | None:
    row = _LIVE_QUESTION.first(connection, {"account_id": account_id})
    return StoredQuestion(*row) if row else None


def store_version(
    connection: Connection, table: Table, key: Mapping[str, Any], content: Mapping[str, Any], created_at: datetime
) -> int:
    """The version number of this content; a new one unless the very same content has one already.

    `key` is the account id and, for templates and rules, the name. The account's row must be held.
    """
    where = [table.c[name] == value for name, value in key.items()]
    same = select(table.c.version).where(*where, table.c.content_hash == content["content_hash"])
    known = connection.execute(same).scalar()
    if known is not None:
        return int(known)
    latest = connection.execute(select(func.max(table.c.version)).where(*where)).scalar() or 0
    connection.execute(insert(table).values(**key, **content, version=latest + 1, created_at=created_at))
    return int(latest) + 1


def set_live(connection: Connection, table: Table, account_id: int, name: str, version: int | None) -> bool:
    """Make a version live, or none; True if that changed something."""
    where = (table.c.account_id == account_id, table.c.name == name)
    before = connection.execute(select(table.c.live_version).where(*where)).first()
    if before is not None and before.live_version == version:
        return False
    bulk.upsert(
        connection,
        table,
        [{"account_id": account_id, "name": name, "live_version": version}],
        key=("account_id", "name"),
    )
    return True
