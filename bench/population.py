"""Many contacts with open windows, made by the database itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from botapp.storage.engine import Database
from botapp.storage.times import to_microseconds

_SCRAMBLE = 2_654_435_761  # odd, so that multiplying by it mixes ids and none comes twice
_IDS = 1 << 40
_WINDOW = timedelta(hours=24)
_ALLOWANCE = timedelta(minutes=5)
_TABLES = ("contact", "reengagement")
# Ten million rows are looked up in no other table, and sorted into indexes once instead of row by row.
_FAST = {
    "postgresql": ("SET session_replication_role = replica", "SET maintenance_work_mem = '1GB'"),
    "sqlite": ("PRAGMA cache_size = -1000000", "PRAGMA foreign_keys = OFF"),
}
_UNINDEXED = "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = '{}'::regclass"
_NUMBERS = {
    "postgresql": "generate_series({first}, {last}) AS number",
    "sqlite": "(WITH RECURSIVE n(number) AS (SELECT {first} UNION ALL SELECT number + 1 FROM n WHERE number < {last})"
    " SELECT number FROM n)",
}
_ROWS = {
    "contact": """
INSERT INTO contact (account_id, id, person_id, platform_contact_id, created_at, last_interaction_at,
  conversation_started_at, planned_generation, ledger_sequence)
SELECT {account_id}, {id}, {id}, CAST(7000000000000000 + number AS text), {wrote_at}, {wrote_at}, {wrote_at},
  {generation}, 2
FROM {numbers}
""",
    "reengagement": """
INSERT INTO reengagement (account_id, contact_id, interaction_at, state, planned_at, due_at, deadline_at)
SELECT {account_id}, {id}, {wrote_at}, 'planned', {wrote_at}, {wrote_at} + {delay}, {wrote_at} + {last_instant}
FROM {numbers}
""",
}
Execute = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Population:
    """Contacts who wrote, one after the other, evenly over `span` before `until`; each is due `delay` later."""

    first: int
    count: int
    until: datetime
    span: timedelta
    delay: timedelta


def populate(database: Database, account_id: int, generation: int, population: Population) -> None:
    """Write contacts and their plans. Nobody else may use the database meanwhile."""
    with _open(database) as execute:
        for table in _TABLES:
            if database.is_postgresql:
                execute(_UNINDEXED.format(table))
            execute(_rows(table, database, account_id, generation, population))
            if database.is_postgresql:
                execute(f"REINDEX TABLE {table}")
    tidy(database)


def tidy(database: Database, *tables: str) -> None:
    """What the database's own housekeeping would have done by then, for these tables or for the population's."""
    with _open(database) as execute:
        execute(f"VACUUM ANALYZE {', '.join(tables or _TABLES)}" if database.is_postgresql else "ANALYZE")


@contextmanager
def _open(database: Database) -> Iterator[Execute]:
    """The driver's own connection, which commits each statement by itself; not used again afterwards."""
    pooled = database.engine.raw_connection()
    driver = pooled.driver_connection
    if driver is None:
        raise ConnectionError
    if database.is_postgresql:
        driver.autocommit = True
    try:
        for statement in _FAST[database.engine.dialect.name]:
            driver.execute(statement)
        yield driver.execute
    finally:
        pooled.invalidate()


def _rows(table: str, database: Database, account_id: int, generation: int, population: Population) -> str:
    first, last = population.first, population.first + population.count - 1
    began = to_microseconds(population.until - population.span)
    step = _microseconds(population.span) / population.count
    return _ROWS[table].format(
        account_id=account_id,
        id=f"((number * {_SCRAMBLE}) % {_IDS})",
        wrote_at=f"({began} + CAST((number - {first}) * {step!r} AS bigint))",
        delay=_microseconds(population.delay),
        last_instant=_microseconds(_WINDOW - _ALLOWANCE),
        generation=generation,
        numbers=_NUMBERS[database.engine.dialect.name].format(first=first, last=last),
    )


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
