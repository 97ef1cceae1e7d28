"""Templates, rules and opt-in questions: immutable versions, and which of them is live."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, func, insert, select

from botapp.storage import bulk
from botapp.storage.schema import account, question_version, rule, rule_version, template, template_version


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


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    version: int
    text: str
    yes: str
    no: str


def load_live_rules(connection: Connection, account_id: int) -> list[StoredRule]:
    live = (
        select(rule_version.c.name, rule_version.c.version, rule_version.c.definition)
        .join(
            rule,
            and_(
                rule.c.account_id == rule_version.c.account_id,
                rule.c.name == rule_version.c.name,
                rule.c.live_version == rule_version.c.version,
            ),
        )
        .where(rule.c.account_id == account_id)
        .order_by(rule_version.c.name)
    )
    return [StoredRule(*row) for row in connection.execute(live)]


def load_live_templates(connection: Connection, account_id: int) -> dict[str, StoredTemplate]:
    """By name."""
    v = template_version.c
    live = (
        select(v.name, v.version, v.text, v.language, v.purpose)
        .join(
            template,
            and_(
                template.c.account_id == v.account_id,
                template.c.name == v.name,
                template.c.live_version == v.version,
            ),
        )
        .where(template.c.account_id == account_id)
    )
    return {row.name: StoredTemplate(*row) for row in connection.execute(live)}


def load_live_question(connection: Connection, account_id: int) -> StoredQuestion | None:
    v = question_version.c
    live = (
        select(v.version, v.text, v.yes, v.no)
        .join(account, and_(account.c.id == v.account_id, account.c.question_version == v.version))
        .where(account.c.id == account_id)
    )
    row = connection.execute(live).first()
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
