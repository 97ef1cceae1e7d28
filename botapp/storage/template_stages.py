"""How far the versions of templates have come. Whoever changes one holds its page's row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select, update

from botapp.policy.template_stage import Stage, Standing
from botapp.policy.wording import Wordings, from_stored
from botapp.storage import bulk
from botapp.storage.schema import template_stage, template_version

_IN_SERVICE = (Stage.LIVE.value, Stage.PAUSED.value)


@dataclass(frozen=True, slots=True)
class TemplateKey:
    account_id: int
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class StagedTemplate:
    """A version with its words, and how far it has come."""

    key: TemplateKey
    text: str
    language: str
    purpose: str
    content_hash: str
    standing: Standing
    by_command: bool
    changed_at: datetime
    parts: str | None = None

    @property
    def wordings(self) -> Wordings:
        """By language, that of the template first."""
        return from_stored(self.language, self.text, self.parts)


def load(connection: Connection, key: TemplateKey) -> StagedTemplate:
    """One version. LookupError if there is none."""
    named = [template_version.c[name] == value for name, value in _values(key).items()]
    row = connection.execute(_joined().where(*named)).first()
    if row is None:
        raise LookupError("no such version of a template")
    return _staged(row)


def load_of_page(connection: Connection, account_id: int) -> list[StagedTemplate]:
    """Every version of every template, by name, the newest first."""
    found = _joined().where(template_version.c.account_id == account_id)
    ordered = found.order_by(template_version.c.name, template_version.c.version.desc())
    return [_staged(row) for row in connection.execute(ordered)]


def load_versions(connection: Connection, account_id: int, name: str) -> list[StagedTemplate]:
    """Every version of one template, the newest first."""
    found = _joined().where(template_version.c.account_id == account_id, template_version.c.name == name)
    return [_staged(row) for row in connection.execute(found.order_by(template_version.c.version.desc()))]


def begin(connection: Connection, key: TemplateKey, written_by: int | None, now: datetime) -> bool:
    """A version is a draft; False if it was begun before, and then nothing changes unless it was retired."""
    values = {**_values(key), "stage": Stage.DRAFT.value, "written_by": written_by, "changed_at": now}
    if bulk.insert_new(connection, template_stage, [values], key=("account_id", "name", "version")):
        return True
    return move(connection, key, Stage.RETIRED, Standing(Stage.DRAFT, written_by), now)


def move(connection: Connection, key: TemplateKey, source: Stage, target: Standing, now: datetime) -> bool:
    """From a named stage; False if it is in another."""
    moved = update(template_stage).where(*_staged_as(key), template_stage.c.stage == source.value)
    return connection.execute(moved.values({**_columns(target), "changed_at": now})).rowcount == 1


def put_live_by_command(connection: Connection, key: TemplateKey, now: datetime) -> None:
    """From whatever stage: who works at the command line holds the database in their hands, and it is on record."""
    retire_others(connection, key, now)
    values = {"stage": Stage.LIVE.value, "by_command": True, "paused_by": None, "changed_at": now}
    connection.execute(update(template_stage).where(*_staged_as(key)).values(values))


def retire_others(connection: Connection, key: TemplateKey, now: datetime) -> None:
    """Whatever other version of the template is in service gives way."""
    others = update(template_stage).where(
        template_stage.c.account_id == key.account_id,
        template_stage.c.name == key.name,
        template_stage.c.version != key.version,
        template_stage.c.stage.in_(_IN_SERVICE),
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
    v, s = template_version, template_stage
    same = and_(s.c.account_id == v.c.account_id, s.c.name == v.c.name, s.c.version == v.c.version)
    words = (v.c.account_id, v.c.name, v.c.version, v.c.text, v.c.language, v.c.purpose, v.c.content_hash, v.c.parts)
    stage = (s.c.stage, s.c.written_by, s.c.submitted_by, s.c.approved_by, s.c.also_approved_by, s.c.paused_by)
    return select(*words, *stage, s.c.by_command, s.c.changed_at).join_from(v, s, same)


def _staged_as(key: TemplateKey) -> list[Any]:
    return [template_stage.c[name] == value for name, value in _values(key).items()]


def _values(key: TemplateKey) -> dict[str, Any]:
    return {"account_id": key.account_id, "name": key.name, "version": key.version}


def _staged(row: Row[Any]) -> StagedTemplate:
    standing = Standing(
        Stage(row.stage), row.written_by, row.submitted_by, row.approved_by, row.also_approved_by, row.paused_by
    )
    key = TemplateKey(row.account_id, row.name, row.version)
    return StagedTemplate(
        key,
        row.text,
        row.language,
        row.purpose,
        row.content_hash,
        standing,
        bool(row.by_command),
        row.changed_at,
        row.parts,
    )
