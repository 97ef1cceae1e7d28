"""The compliance desk over a large log: searches, the counting that makes them quick, and every page that it has."""

import time
from collections.abc import Mapping
from datetime import timedelta
from statistics import median

from bench.browser import logged_in, look
from bench.figures import Figure, Result, at_most, compare, percentile
from bench.population import tidy
from bench.stage import DATABASES, House, Size, Stage
from botapp.policy.access import Role
from botapp.storage import entries, tally
from botapp.storage.engine import Database
from botapp.storage.statement import Statement
from botapp.storage.tally import Filter
from botapp.storage.times import to_microseconds
from botapp.storage.tree import STORED_LEVELS

_BUDGET = at_most(300)  # milliseconds, of any page; of a search's first page a second
_PAGE_SIZE = 51
_LOOKS = 20  # at each page, in each round
_HASH = "0" * 64
_A_CONTACT = 12  # entries
_SAME_PAGE = 250  # of as many contacts the first has all its entries on the largest page
_COUNTED_AT_ONCE = 20_000
_STEP = timedelta(seconds=2.6)  # ten million in ten months
_PAGES = 12
_NUMBERS = {
    "postgresql": "generate_series(0, {last}) AS number",
    "sqlite": "(WITH RECURSIVE n(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n WHERE number < {last})"
    " SELECT number FROM n)",
}
# Most of a page or two, a dozen of others; kinds from every third entry down to one in a million, and one in ten
# thousand of the page itself: a campaign that lives.
_FILL = """
INSERT INTO ledger_entry (account_id, contact_id, sequence, kind, occurred_at, recorded_at, reason, details,
  leaf_index, leaf_hash)
SELECT page, CASE WHEN kind = 'rule_published' THEN 0 ELSE number / 12 * 1009 + page END,
  CASE WHEN kind = 'rule_published' THEN 1000 + number ELSE number % 12 + 1 END, kind, at, at,
  CASE WHEN kind = 'skipped' THEN CASE WHEN page = 2 AND number % 3 = 0 THEN 'muted' ELSE 'no_rule' END END,
  '{{"rule":"after-a-while","rule_version":3}}', number, '{hash}'
FROM (
  SELECT number, {began} + CAST(number AS bigint) * {step} AS at,
    CASE WHEN number % 1000 < 700 THEN 1 WHEN number % 1000 < 900 THEN 2 ELSE 3 + number % {pages} END AS page,
    CASE WHEN number % 1000003 = 7 THEN 'crossed' WHEN number % 10007 = 11 THEN 'rule_published'
      WHEN number % 12 < 5 THEN 'interaction'
      WHEN number % 12 < 8 THEN 'planned' WHEN number % 12 < 10 THEN 'skipped' ELSE 'sent' END AS kind
  FROM {numbers}) AS made
"""
# Every subtree that is kept, so that an entry has its whole path; and what customers asked, a tenth of it not done.
_NODES = "INSERT INTO tree_node (level, position, hash) SELECT {level}, number, '{hash}' FROM {numbers}"
_CHECKPOINT = "INSERT INTO checkpoint (size, root, note, sealed_at) VALUES (:size, :root, 'a note', :now)"
_REQUESTS = """
INSERT INTO privacy_request (confirmation_code, platform, kind, origin, platform_person_id, received_at, due_at, state,
  closed_at)
SELECT 'code-' || number, 'messenger', 'deletion', 'platform', CASE WHEN number % 10 = 0 THEN 'p' || number END,
  {now} - CAST(number AS bigint) * 60000000, {now} + CAST(30 * 1440 - number AS bigint) * 60000000,
  CASE WHEN number % 10 = 0 THEN 'open' ELSE 'done' END, CASE WHEN number % 10 > 0 THEN {now} END
FROM {numbers}
"""


def run(stage: Stage) -> Result:
    """Each database at its size."""
    figures: list[Figure] = []
    for database in DATABASES:
        with stage.part() as part:
            count = part.size.pick(10_000_000 if database == "postgresql" else 1_000_000, 20_000)
            house, where = part.house(database), f"{database}, {count:,} entries"
            figures += _measure_searches(house, where, count, part.size.rounds)
            figures += _measure_pages(house, where, count, part.size)
    return Result(figures)


def _measure_searches(house: House, where: str, count: int, rounds: int) -> list[Figure]:
    database, now = house.installation.database, house.installation.clock.now()
    began = now - count * _STEP
    _fill(database, count, to_microseconds(began))
    _sign(database, count, to_microseconds(now))
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
        found.append(compare(f"{where}: search for {name}", "ms", seconds, budget=_BUDGET))
    return found


def _measure_pages(house: House, where: str, count: int, size: Size) -> list[Figure]:
    client, figures = logged_in(house, Role.AUDITOR), []
    for name, path in _pages(count).items():
        look(client, f"/compliance{path}", 1)  # templates are read once
        looks = [look(client, f"/compliance{path}", size.pick(_LOOKS, 2)) for _ in range(size.rounds)]
        figures.append(compare(f"{where}: {name}, median", "ms", [median(each) for each in looks]))
        worst = [percentile(each, 0.95) for each in looks]
        figures.append(compare(f"{where}: {name}, 95 of 100", "ms", worst, budget=_BUDGET))
    return figures


def _pages(count: int) -> Mapping[str, str]:
    """The desk's pages, as an auditor asks for them; one customer in the middle of the log."""
    number = count // 2 // _A_CONTACT // _SAME_PAGE * _SAME_PAGE
    contact = f"/pages/1/contacts/{number * 1009 + 1}"
    return {
        "the overview": "/",
        "the overview of thirty days": "/?days=30",
        "a page of search results": "/search",
        "one customer's timeline": contact,
        "the same customer as of now": f"{contact}/as-of",
        "one entry with its proof": f"{contact}/entries/7",
        "settings and their history": "/settings",
        "requests about data": "/requests",
        "exports": "/exports",
    }


def _fill(database: Database, count: int, began: int) -> None:
    dialect = database.engine.dialect.name
    numbers = _NUMBERS[dialect].format(last=count - 1)
    step = _STEP // timedelta(microseconds=1)
    sql = _FILL.format(hash=_HASH, began=began, step=step, pages=_PAGES, numbers=numbers)
    fill = Statement(sql)
    with database.transaction() as connection:
        fill.run(connection)
        Statement("UPDATE tree SET size = :size").run(connection, {"size": count})
    tidy(database, "ledger_entry")


def _sign(database: Database, count: int, now: int) -> None:
    """What else stands beside so many entries. No page verifies hashes or signatures: that is for who reads them."""
    made = _NUMBERS[database.engine.dialect.name]
    with database.transaction() as connection:
        level = STORED_LEVELS
        while count >> level:
            numbers = made.format(last=(count >> level) - 1)
            Statement(_NODES.format(level=level, hash=_HASH, numbers=numbers)).run(connection)
            level += STORED_LEVELS
        Statement(_CHECKPOINT).run(connection, {"size": count, "root": _HASH, "now": now})
        numbers = made.format(last=count // 1000)
        Statement(_REQUESTS.format(now=now, numbers=numbers)).run(connection)
    tidy(database, "tree_node", "privacy_request")


def _count(database: Database) -> int:
    with database.transaction() as connection:
        return tally.advance(connection, _COUNTED_AT_ONCE)


def _search(database: Database, wanted: Filter) -> float:
    with database.reading() as connection:
        began = time.perf_counter()
        entries.search(connection, wanted, None, _PAGE_SIZE)
        return time.perf_counter() - began
