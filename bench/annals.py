"""A page's history of many windows, made by the database itself: what customers did and what became of each silence."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.population import tidy
from botapp.storage.engine import Database
from botapp.storage.statement import Statement
from botapp.storage.times import to_microseconds

VISITS = 5  # of each contact, one window each
_BETWEEN = timedelta(days=12)  # every other visit; the ones after them are answers, so to speak
_ANSWERS_AFTER = timedelta(hours=16)
_SCRAMBLE = 2_654_435_761  # odd, so that multiplying by it mixes numbers
_SPREAD = timedelta(days=8)  # over which the same visit of all contacts falls
_DELAY, _SEND = timedelta(hours=6), timedelta(milliseconds=200)
_WINDOW = timedelta(hours=24)
_NUMBERS = {
    "postgresql": "generate_series(0, {last}) AS number",
    "sqlite": "(WITH RECURSIVE n(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM n WHERE number < {last})"
    " SELECT number FROM n)",
}
_CONTACTS = """
INSERT INTO contact (account_id, id, person_id, platform_contact_id, created_at, last_interaction_at,
  conversation_started_at, first_name, zone, language, planned_generation, ledger_sequence)
SELECT {account_id}, number + 1, number + 1, CAST(7000000000000000 + number AS text), {began}, {until}, {until},
  CASE number % 4 WHEN 0 THEN 'Alice' WHEN 1 THEN 'Bob' WHEN 2 THEN 'Carla' END,
  CASE number % 3 WHEN 0 THEN 'Europe/Berlin' WHEN 1 THEN 'America/New_York' END,
  CASE number % 2 WHEN 0 THEN 'en' ELSE 'de' END, 0, {visits} * 4
FROM {contacts}
"""
_FACTS = """
INSERT INTO fact (account_id, contact_id, name, value, source, observed_at)
SELECT {account_id}, number + 1, 'basket_value', CAST(5 + number % 90 AS text), 'bench', {began}
FROM {contacts} WHERE number % 3 = 0
"""
# Each visit: the words, the plan, and what came of it. Every twentieth contact says stop at the last one.
_ENTRIES = """
INSERT INTO ledger_entry (account_id, contact_id, sequence, kind, occurred_at, recorded_at, reason, subject_at, details)
SELECT {account_id}, contact + 1, visit * 4 + part, CASE WHEN part = 1 THEN 'interaction' WHEN part = 2 THEN 'planned'
    WHEN part = 3 THEN CASE WHEN stops THEN 'suppression_set' ELSE 'claimed' END
    ELSE CASE WHEN stops THEN 'skipped' ELSE 'sent' END END,
  CASE WHEN part IN (1, 3) THEN begun_at END, begun_at, CASE WHEN stops AND part = 4 THEN 'stopped' END,
  CASE WHEN part = 2 OR (part > 2 AND NOT stops) OR part = 4 THEN written_at END,
  CASE WHEN part = 1 THEN '{{"kind":"message"}}' WHEN part = 3 AND stops THEN '{{"scope":"stop"}}'
    WHEN part = 3 THEN '{{"rule":"after-a-while","rule_version":1,"template":"hello-again","template_version":1,'
      || '"opened_at":' || written_at || ',"closes_at":' || (written_at + {window}) || '}}'
    ELSE '{{}}' END
FROM (
  SELECT contact, visit, part, written_at, visit = {visits} - 1 AND contact % 20 = 7 AS stops,
    written_at + CASE WHEN part < 3 THEN 0 WHEN part = 3 THEN {delay} ELSE {delay} + {send} END AS begun_at
  FROM (
    SELECT number / {parts} AS contact, number % {parts} / 4 AS visit, number % 4 + 1 AS part,
      {began} + number % {parts} / 8 * {between} + number / 4 % {visits} % 2 * {answers_after}
        + ((number / {parts} * {visits} + number % {parts} / 8) * {scramble} % {spread}) AS written_at
    FROM {entries}) AS visited) AS made
"""


@dataclass(frozen=True, slots=True)
class Annals:
    """So many windows, and when the first of them could have opened."""

    windows: int
    began: datetime

    @property
    def until(self) -> datetime:
        return self.began + VISITS // 2 * _BETWEEN + _SPREAD


def write_annals(database: Database, account_id: int, annals: Annals) -> None:
    """Into an empty database."""
    contacts = annals.windows // VISITS
    dialect = database.engine.dialect.name
    values = {
        "account_id": account_id,
        "began": to_microseconds(annals.began),
        "until": to_microseconds(annals.until),
        "visits": VISITS,
        "parts": VISITS * 4,
        "scramble": _SCRAMBLE,
        "between": _microseconds(_BETWEEN),
        "answers_after": _microseconds(_ANSWERS_AFTER),
        "spread": _microseconds(_SPREAD),
        "delay": _microseconds(_DELAY),
        "send": _microseconds(_SEND),
        "window": _microseconds(_WINDOW),
        "contacts": _NUMBERS[dialect].format(last=contacts - 1),
        "entries": _NUMBERS[dialect].format(last=contacts * VISITS * 4 - 1).replace("(0,", "(0::bigint,"),
    }
    with database.transaction() as connection:
        for sql in (_CONTACTS, _FACTS, _ENTRIES):
            Statement(sql.format(**values)).run(connection)
    tidy(database, "contact", "fact", "ledger_entry")


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
