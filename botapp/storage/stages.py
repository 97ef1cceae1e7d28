"""How far the versions of templates and of rules have come. Whoever changes one holds its page's row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, select, update

from botapp.policy.approval import Stage, Standing
from botapp.storage import bulk

_KEY = ("account_id", "name", "version")
_HANDS = ("written_by", "submitted_by", "approved_by", "also_approved_by", "paused_by")  # as a Standing has them
_IN_SERVICE = (Stage.LIVE.value, Stage.PAUSED.value)


@dataclass(frozen=True, slots=True)
class VersionKey:
    """Which version, of a template or of a rule."""

    account_id: int
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class StagedVersion:
    """A version as it is stored, and how far it has come. What it says is for each kind to add."""

    key: VersionKey
    content_hash: str
    standing: Standing
    by_command: bool
    changed_at: datetime


Staged = TypeVar("Staged", bound=StagedVersion)


@dataclass(frozen=True, slots=True)
class StagedVersions(Generic[Staged]):
    """All versions of one kind: their tables, and as what they are read."""

    noun: str
    live: Table  # which version is
    written: Table  # what each version says
    stages: Table
    read_as: type[Staged]
    content: tuple[str, ...]  # the columns of `written` that are fields of `read_as`

    def load(self, connection: Connection, key: VersionKey) -> Staged:
        """One version. LookupError if there is none."""
        row = connection.execute(self._joined(*_is(self.written, key))).first()
        if row is None:
            raise LookupError(f"no such version of a {self.noun}")
        return self._staged(row)

    def load_of_page(self, connection: Connection, account_id: int) -> list[Staged]:
        """Every version of every one, by name, the newest first."""
        return self._found(connection, self.written.c.account_id == account_id)

    def load_versions(self, connection: Connection, account_id: int, name: str) -> list[Staged]:
        """Every version of one, the newest first."""
        return self._found(connection, self.written.c.account_id == account_id, self.written.c.name == name)

    def begin(self, connection: Connection, key: VersionKey, written_by: int | None, now: datetime) -> bool:
        """A version is a draft; False if it was begun before, and then nothing changes unless it was retired."""
        values = {**_values(key), "stage": Stage.DRAFT.value, "written_by": written_by, "changed_at": now}
        if bulk.insert_new(connection, self.stages, [values], key=_KEY):
            return True
        return self.move(connection, key, Stage.RETIRED, Standing(Stage.DRAFT, written_by), now)

    def move(self, connection: Connection, key: VersionKey, source: Stage, target: Standing, now: datetime) -> bool:
        """From a named stage; False if it is in another."""
        moved = update(self.stages).where(*_is(self.stages, key), self.stages.c.stage == source.value)
        return connection.execute(moved.values({**_columns(target), "changed_at": now})).rowcount == 1

    def put_live_by_command(self, connection: Connection, key: VersionKey, now: datetime) -> None:
        """From whatever stage: who works at the command line holds the database in their hands, and it is on record."""
        self.retire_others(connection, key, now)
        values = {"stage": Stage.LIVE.value, "by_command": True, "paused_by": None, "changed_at": now}
        connection.execute(update(self.stages).where(*_is(self.stages, key)).values(values))

    def retire(self, connection: Connection, key: VersionKey, now: datetime) -> None:
        """It is in service no more, by whatever way it came to be."""
        values = {"stage": Stage.RETIRED.value, "changed_at": now}
        connection.execute(update(self.stages).where(*_is(self.stages, key)).values(values))

    def retire_others(self, connection: Connection, key: VersionKey, now: datetime) -> None:
        """Whatever other version of the same name is in service gives way."""
        stages = self.stages.c
        others = update(self.stages).where(
            stages.account_id == key.account_id,
            stages.name == key.name,
            stages.version != key.version,
            stages.stage.in_(_IN_SERVICE),
        )
        connection.execute(others.values(stage=Stage.RETIRED.value, changed_at=now))

    def _found(self, connection: Connection, *which: ColumnElement[bool]) -> list[Staged]:
        ordered = self._joined(*which).order_by(self.written.c.name, self.written.c.version.desc())
        return [self._staged(row) for row in connection.execute(ordered)]

    def _joined(self, *which: ColumnElement[bool]) -> Select[Any]:
        written = [self.written.c[name] for name in (*_KEY, "content_hash", *self.content)]
        come_to = [self.stages.c[name] for name in ("stage", *_HANDS, "by_command", "changed_at")]
        same = [self.stages.c[name] == self.written.c[name] for name in _KEY]
        return select(*written, *come_to).where(*same, *which)

    def _staged(self, row: Row[Any]) -> Staged:
        values = row._mapping  # noqa: SLF001  SQLAlchemy's name for the public one
        return self.read_as(
            key=VersionKey(*(values[name] for name in _KEY)),
            content_hash=row.content_hash,
            standing=Standing(Stage(row.stage), *(values[name] for name in _HANDS)),
            by_command=bool(row.by_command),
            changed_at=row.changed_at,
            **{name: values[name] for name in self.content},
        )


def _columns(standing: Standing) -> dict[str, Any]:
    # `by_command` goes with a version that is in service; one that is a draft again needs approval like any other.
    kept = {} if standing.stage in (Stage.LIVE, Stage.PAUSED, Stage.RETIRED) else {"by_command": False}
    return {"stage": standing.stage.value, **{name: getattr(standing, name) for name in _HANDS}, **kept}


def _is(table: Table, key: VersionKey) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in _values(key).items()]


def _values(key: VersionKey) -> dict[str, Any]:
    return {"account_id": key.account_id, "name": key.name, "version": key.version}
