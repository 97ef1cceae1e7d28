"""The marketers' overview over ten million messages: how long its pages take to be written, from request to answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median

from bench.browser import logged_in, look
from bench.figures import Figure, Result, at_most, compare, percentile
from bench.population import tidy
from bench.stage import Stage
from botapp.policy.access import Role
from botapp.storage import plan_counts
from botapp.storage.engine import Database
from botapp.storage.plan_counts import PlanCount
from botapp.storage.schema import rollup, rollup_day, rollup_loss, rollup_loss_day
from botapp.storage.schema.rollups import MEASURES
from botapp.storage.statement import Statement

_BUDGET = at_most(300)  # until the first paint; style sheets and scripts are cached, and 20 kB together
_PAGES = 12  # most of the messages are of one or two
_DAYS = 180
_LOOKS = 20  # at each page, in each round
_HOUR_SECONDS = 3600
# Three windows for each message; one message in five of each rule, one in twenty about each question.
_MADE = """
CREATE TEMPORARY TABLE made AS
SELECT CASE WHEN number % 1000 < 700 THEN 1 WHEN number % 1000 < 900 THEN 2 ELSE 3 + number % {others} END AS page,
  CAST({first_hour} + CAST(number AS bigint) * {hours} / {count} AS integer) AS hour,
  'rule-' || chance % 5 AS rule, 1 + number * 2 / {count} AS version,
  CASE chance / 5 % 3 WHEN 0 THEN '' WHEN 1 THEN 'a' ELSE 'b' END AS variant,
  CASE WHEN chance / 15 % 10 < 7 THEN 'en' WHEN chance / 15 % 10 < 9 THEN 'es' ELSE 'de' END AS language,
  CASE WHEN chance / 150 % 3 = 0 THEN '' ELSE 'question-' || chance / 450 % 20 END AS intent,
  chance / 9000 % 100 AS luck
FROM (SELECT number, CAST(number AS bigint) * 2654435761 % 1099511627776 AS chance
  FROM generate_series(0, {count} - 1) AS number) AS numbered
"""
_COUNTED = """
INSERT INTO rollup (account_id, split, hour, bucket, rule_name, rule_version, sent, matured, delivered, seen, replied,
  responded, converted, stopped, complained, harmed)
SELECT page, '{split}', hour, {split}, rule, version, count(*), count(*), count(*),
  count(*) FILTER (WHERE luck < 70), count(*) FILTER (WHERE luck < 22), count(*) FILTER (WHERE luck < 20),
  count(*) FILTER (WHERE luck < 4), count(*) FILTER (WHERE luck = 21), 0, count(*) FILTER (WHERE luck = 21)
FROM made GROUP BY page, hour, {split}, rule, version
"""
_WINDOWS = (
    "UPDATE rollup SET planned = sent * 2, messaged = sent WHERE split = 'variant'",
    (
        "INSERT INTO rollup (account_id, split, hour, bucket, rule_name, rule_version, opened, eligible)"
        " SELECT page, 'variant', hour, '', '', 0, 3 * count(*), 2 * count(*) + 1 FROM made GROUP BY page, hour"
    ),
    (
        "INSERT INTO rollup_loss (account_id, hour, rule_name, rule_version, stage, reason, windows)"
        " SELECT page, hour, '', 0, 'opened', reason, count(*) FROM made"
        " CROSS JOIN (VALUES ('stopped'), ('muted'), ('ignored'), ('no_consent')) AS reasons(reason)"
        " WHERE luck % 4 = length(reason) % 4 GROUP BY page, hour, reason"
    ),
    (
        "INSERT INTO rollup_loss (account_id, hour, rule_name, rule_version, stage, reason, windows)"
        " SELECT page, hour, rule, version, 'planned', reason, count(*) FROM made"
        " CROSS JOIN (VALUES ('thread_owned'), ('answered'), ('window_closed')) AS reasons(reason)"
        " WHERE luck % 3 = length(reason) % 3 GROUP BY page, hour, rule, version, reason"
    ),
)


def run(stage: Stage) -> Result:
    """PostgreSQL only: whoever has so many messages has it."""
    house = stage.house("postgresql")
    count, looks_each = stage.size.pick(10_000_000, 2_000), stage.size.pick(_LOOKS, 2)
    for number in range(2, _PAGES + 1):
        house.add_page(str(999 + number))
    rows = _fill(house.installation.database, house.installation.clock.now(), count)
    client = logged_in(house, Role.MARKETER)
    pages = {
        "the overview of all pages": "/",
        "the largest page, 28 days": "/pages/1",
        "the same, 90 days": "/pages/1?days=90",
        "one of its rules": "/pages/1?rule=rule-3",
        "what changed between two weeks": "/pages/1/changes",
        "the live figures": "/live",
    }
    figures: list[Figure] = []
    for name, path in pages.items():
        looks = [look(client, f"/campaigns{path}", looks_each) for _ in range(stage.size.rounds)]
        figures += _figures(f"{count:,} messages, {name}", looks)
    note = f"{_PAGES} pages, {_DAYS} days, most of the messages on one page: {rows:,} rows of counts are kept for them."
    return Result(figures, notes=[note])


def _figures(name: str, looks: Sequence[Sequence[float]]) -> list[Figure]:
    return [
        compare(f"{name}: median", "ms", [median(each) for each in looks]),
        compare(f"{name}: 95 of 100", "ms", [percentile(each, 0.95) for each in looks], budget=_BUDGET),
    ]


def _fill(database: Database, now: datetime, count: int) -> int:
    """As the ticker would have counted them; how many rows that is."""
    hours = _DAYS * 24
    first_hour = int(now.timestamp()) // _HOUR_SECONDS - hours + 1
    made = _MADE.format(others=_PAGES - 2, first_hour=first_hour, hours=hours, count=count)
    counted = [_COUNTED.format(split=split) for split in ("variant", "language", "intent")]
    with database.transaction() as connection:
        for statement in (made, *counted, *_WINDOWS, *_days()):
            Statement(statement).run(connection)
        plans = [PlanCount(page, first_hour + hours - 1 + ahead, 500) for page in range(1, 3) for ahead in range(24)]
        plan_counts.save(connection, plans, now)
        Statement("DROP TABLE made").run(connection)
    tables = ("rollup", "rollup_loss", "rollup_day", "rollup_loss_day")
    tidy(database, *tables)
    with database.reading() as connection:
        return sum(int(Statement(f"SELECT count(*) FROM {table}").scalar(connection)) for table in tables)


def _days() -> Iterator[str]:
    """Statements that put the sums of whole days beside the hours."""
    numbers = {"rollup": MEASURES, "rollup_loss": ("windows",)}
    for hours, days in ((rollup, rollup_day), (rollup_loss, rollup_loss_day)):
        names = ", ".join(column.name for column in days.columns)
        values = {column.name: column.name for column in days.columns} | {"hour": "hour / 24 * 24"}
        values |= {name: f"sum({name})" for name in numbers[hours.name]}
        keys = ", ".join(values[column.name] for column in days.primary_key)
        yield f"INSERT INTO {days.name} ({names}) SELECT {', '.join(values.values())} FROM {hours.name} GROUP BY {keys}"
