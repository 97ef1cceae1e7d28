"""The compliance desk's searches over a large log: the first page of each, and the counting that makes them quick."""

import time
from datetime import timedelta

from bench.figures import Figure, Result, at_most, compare
from bench.population import tidy
from bench.stage import DATABASES, House, Stage
from botapp.storage import entries, tally
from botapp.storage.engine import Database
from botapp.storage.statement import Statement
from botapp.storage.tally import Filter
from botapp.storage.times import to_microseconds

_MOST_MILLISECONDS = 300  # of any page; of a search's first page a second
_PAGE_SIZE = 51
_COUNTED_AT_ONCE = 20_000
_STEP = timedelta(seconds=2.6)  # ten million in ten months
_PAGES = 12
_NUMBERS = {
    "postgresql": "generate_series(0, {last}) AS number",
    "sqlite": "(WITH RECURSIVE n(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n WHERE number < {last})"
    " SELECT number FROM n)",
}
# Most of a page or two, a dozen of others; kinds from every third entry down to one in a million.
_FILL = """
INSERT INTO ledger_entry (account_id, contact_id, sequence, kind, occurred_at, recorded_at, reason, details,
  leaf_index, leaf_hash)
SELECT page, number / 12 * 1009 + page, number % 12 + 1, kind, at, at,
  CASE WHEN kind = 'skipped' THEN CASE WHEN page = 2 AND number % 3 = 0 THEN 'muted' ELSE 'no_rule' END END,
  '{{"rule":"after-a-while","rule_version":3}}', number, '{hash}'
FROM (
  SELECT number, {began} + CAST(number AS bigint) * {step} AS at,
    CASE WHEN number % 1000 < 700 THEN 1 WHEN number % 1000 < 900 THEN 2 ELSE 3 + number % {pages} END AS page,
    CASE WHEN number % 1000003 = 7 THEN 'crossed' WHEN number % 12 < 5 THEN 'interaction'
      WHEN number % 12 < 8 THEN 'planned' WHEN number % 12 < 10 THEN 'skipped' ELSE 'sent' END AS kind
  FROM {numbers}) AS made
"""


def run(stage: Stage) -> Result:
    """Each database at its size."""
    figures: list[Figure] = []
    for database in DATABASES:
        with stage.part() as part:
            count = part.size.pick(10_000_000 if database == "postgresql" else 1_000_000, 20_000)
            figures += _measure(part.house(database), f"{database}, {count:,} entries", count, part.size.rounds)
    return Result(figures)


def _measure(house: House, where: str, count: int, rounds: int) -> list[Figure]:
    database = house.installation.database
    began = house.installation.clock.now() - count * _STEP
    _fill(database, count, to_microseconds(began))
    counting = time.perf_counter()
    while _count(database):
        pass
    rate = count / (time.perf_counter() - counting)
    middle = began + count // 2 * _STEP
    searches = {
        "the newest": Filter(),
        "a frequent kind": Filter(kinds=["interaction"]),
        "a rare kind": Filter(kinds=["crossed"]),
        "a reason that only another page has": Filter(account_ids=[1], reasons=["muted"]),
        "a small page": Filter(account_ids=[12]),
        "five minutes long ago": Filter(since=middle, until=middle + timedelta(minutes=5)),
    }
    found = [compare(f"{where}: counted for searches and figures", "1/s", [rate])]
    for name, wanted in searches.items():
        seconds = [1000 * _search(database, wanted) for _ in range(rounds)]
        found.append(compare(f"{where}: search for {name}", "ms", seconds, budget=at_most(_MOST_MILLISECONDS)))
    return found


def _fill(database: Database, count: int, began: int) -> None:
    dialect = database.engine.dialect.name
    numbers = _NUMBERS[dialect].format(last=count - 1)
    step = _STEP // timedelta(microseconds=1)
    sql = _FILL.format(hash="0" * 64, began=began, step=step, pages=_PAGES, numbers=numbers)
    fill = Statement(sql)
    with database.transaction() as connection:
        fill.run(connection)
        Statement("UPDATE tree SET size = :size").run(connection, {"size": count})
    tidy(database, "ledger_entry")


def _count(database: Database) -> int:
    with database.transaction() as connection:
        return tally.advance(connection, _COUNTED_AT_ONCE)


def _search(database: Database, wanted: Filter) -> float:
    with database.reading() as connection:
        began = time.perf_counter()
        entries.search(connection, wanted, None, _PAGE_SIZE)
        return time.perf_counter() - began
