"""How far the versions of rules have come. Whoever changes one holds its page's row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select, update

from botapp.policy.template_stage import Stage, Standing
from botapp.storage import bulk
from botapp.storage.schema import rule_stage, rule_version

_KEY = ("account_id", "name", "version")
_IN_SERVICE = (Stage.LIVE.value, Stage.PAUSED.value)


@dataclass(frozen=True, slots=True)
class RuleKey:
    account_id: int
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class StagedRule:
    """A version as it is stored, and how far it has come."""

    key: RuleKey
    definition: str  # JSON
    content_hash: str
    standing: Standing
    by_command: bool
    changed_at: datetime


def load(connection: Connection, key: RuleKey) -> StagedRule:
    """One version. LookupError if there is none."""
    named = [rule_version.c[name] == value for name, value in _values(key).items()]
    row = connection.execute(_joined().where(*named)).first()
    if row is None:
        raise LookupError("no such version of a rule")
    return _staged(row)


def load_of_page(connection: Connection, account_id: int) -> list[StagedRule]:
    """Every version of every rule, by name, the newest first."""
    found = _joined().where(rule_version.c.account_id == account_id)
    ordered = found.order_by(rule_version.c.name, rule_version.c.version.desc())
    return [_staged(row) for row in connection.execute(ordered)]


def load_versions(connection: Connection, account_id: int, name: str) -> list[StagedRule]:
    """Every version of one rule, the newest first."""
    found = _joined().where(rule_version.c.account_id == account_id, rule_version.c.name == name)
    return [_staged(row) for row in connection.execute(found.order_by(rule_version.c.version.desc()))]


def begin(connection: Connection, key: RuleKey, written_by: int | None, now: datetime) -> bool:
    """A version is a draft; False if it was begun before, and then nothing changes unless it was retired."""
    values = {**_values(key), "stage": Stage.DRAFT.value, "written_by": written_by, "changed_at": now}
    if bulk.insert_new(connection, rule_stage, [values], key=_KEY):
        return True
    return move(connection, key, Stage.RETIRED, Standing(Stage.DRAFT, written_by), now)


def move(connection: Connection, key: RuleKey, source: Stage, target: Standing, now: datetime) -> bool:
    """From a named stage; False if it is in another."""
    moved = update(rule_stage).where(*_is(key), rule_stage.c.stage == source.value)
    return connection.execute(moved.values({**_columns(target), "changed_at": now})).rowcount == 1


def put_live_by_command(connection: Connection, key: RuleKey, now: datetime) -> None:
    """From whatever stage: who works at the command line holds the database in their hands, and it is on record."""
    retire_others(connection, key, now)
    values = {"stage": Stage.LIVE.value, "by_command": True, "paused_by": None, "changed_at": now}
    connection.execute(update(rule_stage).where(*_is(key)).values(values))


def retire(connection: Connection, key: RuleKey, now: datetime) -> None:
    """It is in service no more, by whatever way it came to be."""
    values = {"stage": Stage.RETIRED.value, "changed_at": now}
    connection.execute(update(rule_stage).where(*_is(key)).values(values))


def retire_others(connection: Connection, key: RuleKey, now: datetime) -> None:
    """Whatever other version of the rule is in service gives way."""
    others = update(rule_stage).where(
        rule_stage.c.account_id == key.account_id,
        rule_stage.c.name == key.name,
        rule_stage.c.version != key.version,
        rule_stage.c.stage.in_(_IN_SERVICE),
    )
    connection.execute(others.values(stage=Stage.RETIRED.value, changed_at=now))


def _columns(standing: Standing) -> dict[str, Any]:
    # `by_command` goes with a version that is in service; one that is a draft again needs approval like any other.
    kept = {} if standing.stage in (Stage.LIVE, Stage.PAUSED, Stage.RETIRED) else {"by_command": False}
    return {
        "stage": standing.stage.value,
        "written_by": standing.written_by,
        "submitted_by": standing.submitted_by,
        "approved_by": standing.approved_by,
        "also_approved_by": standing.also_approved_by,
        "paused_by": standing.paused_by,
        **kept,
    }


def _joined() -> Select[Any]:
    v, s = rule_version, rule_stage
    same = and_(*(s.c[name] == v.c[name] for name in _KEY))
    written = (*(v.c[name] for name in _KEY), v.c.definition, v.c.content_hash)
    by = (s.c.written_by, s.c.submitted_by, s.c.approved_by, s.c.also_approved_by, s.c.paused_by)
    return select(*written, s.c.stage, *by, s.c.by_command, s.c.changed_at).join_from(v, s, same)


def _is(key: RuleKey) -> list[Any]:
    return [rule_stage.c[name] == value for name, value in _values(key).items()]


def _values(key: RuleKey) -> dict[str, Any]:
    return {"account_id": key.account_id, "name": key.name, "version": key.version}


def _staged(row: Row[Any]) -> StagedRule:
    by = (row.written_by, row.submitted_by, row.approved_by, row.also_approved_by, row.paused_by)
    key = RuleKey(row.account_id, row.name, row.version)
    standing = Standing(Stage(row.stage), *by)
    return StagedRule(key, row.definition, row.content_hash, standing, bool(row.by_command), row.changed_at)
