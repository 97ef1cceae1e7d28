"""Who matches a rule's criteria: the database counts the same customers as the policy chooses, whatever they are."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, update

from botapp.clock import SystemClock
from botapp.policy.criteria import Comparison, Condition, Criterion, Group, Grouping
from botapp.policy.fact import Fact, values_that_count
from botapp.policy.portrait import TRAIT_NAMES, WEEKDAYS, Background, Portrait, count_conversations
from botapp.policy.window import Interactions
from botapp.policy.zones import find_zone
from botapp.storage import accounts
from botapp.storage.engine import Database
from botapp.storage.matching import OpenWindows, count_matching, count_open, find_matching
from botapp.storage.schema import account, contact, fact, ledger_entry, reengagement
from tests.databases import postgresql_copy, sqlite_copy
from tests.policy.stories import PROPERTY
from tests.servers import Run
from tests.storage.by_hand import claim_values

_HOUR, _DAY, _MICROSECOND = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
# The clocks of Europe went back in the night before.
_NOW = datetime(2026, 10, 25, 14, tzinfo=UTC)
_ZONES = ("Europe/Berlin", "America/New_York", "+05:45", "-11:00", "Nowhere/Atall", None)
_TEXTS = ("spring", "Spring", "ß", "SS", "é", "", " ", "10", "9.5", "-3", "1e2", "007", "9.50", "nan", "10\n", "1,5")
_DATES = ("2026-10-24", "2026-12-24", "2026-1-1")
_VALUES = st.sampled_from((*_TEXTS, *_DATES)) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5
)
_FACTS = ("ref", "basket_value", "language", "hour")
_instants = st.timedeltas(timedelta(0), 30 * _HOUR).map(lambda ago: _NOW - ago)
_old_instants = st.none() | st.timedeltas(timedelta(0), 90 * _DAY).map(lambda ago: _NOW - ago)


@st.composite
def _customers(draw: st.DrawFn) -> dict[str, Any]:
    """A contact's columns, facts and number of claims."""
    last_at = draw(_instants)
    return {
        "created_at": draw(_old_instants) or _NOW,
        "last_interaction_at": last_at,
        "conversation_started_at": last_at - draw(st.timedeltas(timedelta(0), 20 * _HOUR)),
        "earlier_interaction_at": draw(_old_instants),
        "last_claimed_at": draw(_old_instants),
        "converted_at": draw(_old_instants),
        "language": draw(st.sampled_from(["de", "en", "", None])),
        "first_name": draw(st.sampled_from(["Ana", "", None])),
        "zone": draw(st.sampled_from(_ZONES)),
        "facts": draw(st.dictionaries(st.sampled_from(_FACTS), st.builds(Fact, _VALUES, _percents, _expiries))),
        "interactions": draw(
            st.lists(st.timedeltas(timedelta(0), 90 * _HOUR).map(lambda ago: last_at - ago), max_size=5)
        ),
        "claims": draw(st.lists(st.sampled_from(["sent", "unknown", "failed", "taken_up"]), max_size=3)),
    }


_percents = st.sampled_from([49, 50, 100])
_expiries = st.sampled_from([None, _NOW, _NOW + _MICROSECOND, _NOW - _HOUR])
_names = st.sampled_from([*_FACTS, "first_name", "page_name", "absent", *sorted(TRAIT_NAMES)])
_words = (
    st.sampled_from(
        [*WEEKDAYS, "new", "returning", "answered", "ignored", "de", "Ana", "Test Page", "0", "1", "2", "14"]
    )
    | _VALUES
)
_bounds = st.integers(-5, 100).map(str) | st.sampled_from(["9.5", "9.50", "123456789012345", *_DATES[:2]])
_conditions = st.one_of(
    st.builds(Condition, _names, st.sampled_from([Comparison.IS, Comparison.IS_NOT]), st.tuples(_words)),
    st.builds(Condition, _names, st.just(Comparison.ONE_OF), st.lists(_words, min_size=1, max_size=4).map(tuple)),
    st.builds(Condition, _names, st.sampled_from([Comparison.AT_LEAST, Comparison.AT_MOST]), st.tuples(_bounds)),
    st.builds(Condition, _names, st.just(Comparison.EXISTS), st.sampled_from([("yes",), ("no",)])),
)
_criteria: st.SearchStrategy[Criterion] = st.recursive(
    _conditions,
    lambda members: st.builds(Group, st.sampled_from(Grouping), st.lists(members, min_size=1, max_size=3).map(tuple)),
    max_leaves=6,
)


@contextmanager
def _a_page_with(database: Database, customers: list[dict[str, Any]], anchor: str) -> Iterator[Connection]:
    """The rows of these customers, for as long as the block lasts."""
    with database.writer.connect() as connection, connection.begin() as transaction:
        connection.execute(
            insert(account).values(
                id=1,
                platform="messenger",
                page_id="1",
                name="Test Page",
                token_encrypted="-",
                zone="Asia/Kolkata",
                anchor=anchor,
                created_at=_NOW,
            )
        )
        for number, customer in enumerate(customers, 1):
            _add(connection, number, customer)
        yield connection
        transaction.rollback()


def _add(connection: Connection, number: int, customer: dict[str, Any]) -> None:
    columns = {name: value for name, value in customer.items() if name not in ("facts", "claims", "interactions")}
    key = {"account_id": 1, "contact_id": number}
    connection.execute(
        insert(contact).values(account_id=1, id=number, person_id=number, platform_contact_id=str(number), **columns)
    )
    for sequence, at in enumerate(customer["interactions"], 1):
        told = {"sequence": sequence, "kind": "interaction", "occurred_at": at, "recorded_at": at}
        connection.execute(insert(ledger_entry).values(**key, **told))
    for name, known in customer["facts"].items():
        connection.execute(
            insert(fact).values(
                **key,
                name=name,
                value=known.value,
                source="test",
                confidence_percent=known.confidence_percent,
                observed_at=_NOW,
                expires_at=known.expires_at,
            )
        )
    previous = None
    for day, outcome in enumerate(customer["claims"]):
        silence = _NOW - (100 - 2 * day) * _DAY
        own = {**key, "interaction_at": silence}
        planned = {"state": "planned", "planned_at": silence, "due_at": silence, "deadline_at": silence}
        connection.execute(insert(reengagement).values(**own, **planned))
        claimed = claim_values(0, 0) | {
            "claimed_at": silence + 4 * _HOUR,
            "claim_token": f"{number}-{day}",
            "previous_claimed_at": previous,
            "opened_at": silence,
            "closes_at": silence + _DAY,
            "least_gap": _DAY + timedelta(minutes=5),
            "send_allowance": timedelta(minutes=5),
        }
        _change(connection, own, claimed)
        is_taken_up = outcome == "taken_up"
        _change(connection, own, {"state": "sent" if is_taken_up else outcome})
        _change(connection, own, {"taken_up_at": silence + 5 * _HOUR} if is_taken_up else {})
        previous = silence + 4 * _HOUR


def _change(connection: Connection, key: dict[str, Any], values: dict[str, Any]) -> None:
    where = [reengagement.c[name] == value for name, value in key.items()]
    if values:
        connection.execute(update(reengagement).where(*where).values(**values))


def _portrait(customer: dict[str, Any]) -> Portrait:
    """The same customer as a decision sees them."""
    profile = {"language": customer["language"], "first_name": customer["first_name"], "page_name": "Test Page"}
    arrived = [outcome for outcome in customer["claims"] if outcome != "failed"]
    own_zone = find_zone(customer["zone"]) if customer["zone"] else None
    return Portrait(
        {**values_that_count(customer["facts"], _NOW), **{name: value for name, value in profile.items() if value}},
        Interactions(
            customer["last_interaction_at"], customer["conversation_started_at"], customer["earlier_interaction_at"]
        ),
        own_zone or find_zone("Asia/Kolkata") or UTC,
        Background(
            customer["created_at"],
            len(arrived),
            arrived.count("taken_up"),
            arrived[-1] == "taken_up" if arrived else None,
            messages=len(set(customer["interactions"])),
            conversations=count_conversations(sorted(set(customer["interactions"])), _DAY),
        ),
        customer["last_claimed_at"],
        customer["converted_at"],
    )


def _agree(database: Database, customers: list[dict[str, Any]], criteria: list[Criterion], anchor: str) -> None:
    """Each of the criteria alone, and all of them together."""
    opened_after = _NOW - _DAY + timedelta(minutes=5)
    column = "conversation_started_at" if anchor == "initial" else "last_interaction_at"
    looked_at = [n for n, customer in enumerate(customers, 1) if customer[column] > opened_after]
    portraits = {number: _portrait(customers[number - 1]) for number in looked_at}
    with _a_page_with(database, customers, anchor) as connection:
        windows = OpenWindows(accounts.load_account(connection, 1), _NOW, opened_after, _HOUR)
        assert count_open(connection, windows) == len(looked_at)
        for tried in [[criterion] for criterion in criteria] + [criteria]:
            expected = [n for n in looked_at if all(criterion.holds(portraits[n]) for criterion in tried)]
            assert find_matching(connection, windows, tried, 1000) == expected, tried
        assert count_matching(connection, windows, criteria) == len(expected)


_STORIES = given(
    st.lists(_customers(), min_size=1, max_size=6),
    st.lists(_criteria, max_size=3),
    st.sampled_from(["latest", "initial"]),
)


@pytest.fixture(scope="module")
def sqlite(test_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One for all examples: each is rolled back."""
    path = tmp_path_factory.mktemp("matching") / "matching.sqlite"
    database = Database(sqlite_copy(test_run, path), clock=SystemClock())
    yield database
    database.close()


@pytest.fixture(scope="module")
def postgresql(test_run: Run, postgresql_url: str, database_names: Iterator[str]) -> Iterator[Database]:
    with postgresql_copy(test_run, postgresql_url, next(database_names)) as url:
        database = Database(url, clock=SystemClock())
        yield database
        database.close()


@settings(PROPERTY, max_examples=60)
@_STORIES
def test_sqlite_and_the_policy_agree(
    sqlite: Database, customers: list[dict[str, Any]], criteria: list[Criterion], anchor: str
) -> None:
    _agree(sqlite, customers, criteria, anchor)


@settings(PROPERTY, max_examples=15)
@_STORIES
def test_postgresql_and_the_policy_agree(
    postgresql: Database, customers: list[dict[str, Any]], criteria: list[Criterion], anchor: str
) -> None:
    _agree(postgresql, customers, criteria, anchor)


_PLAIN: dict[str, Any] = {
    "created_at": _NOW - _DAY,
    "last_interaction_at": _NOW - _HOUR,
    "conversation_started_at": _NOW - _HOUR,
    "facts": {},
    "interactions": [],
    "claims": [],
    **dict.fromkeys(
        ("earlier_interaction_at", "last_claimed_at", "converted_at", "language", "first_name", "zone"), None
    ),
}
_ODD_VALUES = (
    *_TEXTS,
    *_DATES,
    "12345678901234567",
    "1234567890123456",
    "12345678901234.56",
    "0.00000000000001",
    ".5",
    "5.",
    "--1",
    "+1",
    "٣",
)
_ODD_FACTS = [
    *(Fact(value) for value in _ODD_VALUES),
    *(
        Fact("10", percent, expiry)
        for percent, expiry in itertools.product((49, 50), (None, _NOW, _NOW + _MICROSECOND))
    ),
]
_ORDERED = [
    Condition("ref", comparison, (bound,))
    for comparison in (Comparison.AT_LEAST, Comparison.AT_MOST)
    for bound in ("10", "9.5", "-3", "0", "0.00000000000001", "123456789012345", "2026-10-24")
]
_ALIKE = [
    Condition("ref", comparison, (value,))
    for comparison in (Comparison.IS, Comparison.IS_NOT)
    for value in (*_TEXTS[:8], _DATES[2])
]
_EXISTING = [Condition("ref", Comparison.EXISTS, (word,)) for word in ("yes", "no")]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_odd_values_are_read_alike(request: pytest.FixtureRequest, kind: str) -> None:
    """Numbers that are none, texts that differ in case, what expires now, and what is a guess."""
    people = [_PLAIN | {"facts": {"ref": known}} for known in _ODD_FACTS]
    _agree(request.getfixturevalue(kind), [_PLAIN, *people], [*_ORDERED, *_ALIKE, *_EXISTING], "latest")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_hours_and_days_are_the_customers_own_also_in_the_night_in_which_clocks_change(
    request: pytest.FixtureRequest, kind: str
) -> None:
    instants = [_NOW - timedelta(minutes=30 * half) for half in range(47)]
    people = [
        _PLAIN | {"last_interaction_at": at, "conversation_started_at": at, "zone": zone, "created_at": at - 100 * ago}
        for zone in _ZONES
        for at, ago in zip(instants, itertools.cycle([_HOUR, -_HOUR, timedelta(minutes=59)]), strict=False)
    ]
    hours = [Condition("hour", Comparison.IS, (str(hour),)) for hour in range(24)]
    days = [Condition("weekday", Comparison.IS, (day,)) for day in WEEKDAYS]
    since = [Condition("hours_since_first_seen", Comparison.IS, (str(number),)) for number in (0, 98, 99, 100)]
    _agree(request.getfixturevalue(kind), people, [*hours, *days, *since], "latest")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_sent_before_is_counted_alike(request: pytest.FixtureRequest, kind: str) -> None:
    people = [
        _PLAIN | {"claims": claims, "earlier_interaction_at": earlier, "language": language, "facts": facts}
        for claims in ([], ["sent"], ["unknown", "taken_up"], ["failed", "sent", "sent"])
        for earlier in (None, _NOW - 50 * _DAY)
        for language, facts in ((None, {}), ("", {"language": Fact("fr")}), ("de", {"language": Fact("fr")}))
    ]
    counts = [
        Condition(name, Comparison.AT_LEAST, (bound,))
        for name in ("reengagements", "responses")
        for bound in ("1", "2")
    ]
    words = [Condition("language", Comparison.IS, (word,)) for word in ("de", "fr")]
    kinds = [Condition("customer_type", Comparison.IS, (word,)) for word in ("new", "returning")]
    groups = [Group(grouping, (counts[0], words[1], kinds[0])) for grouping in Grouping]
    _agree(request.getfixturevalue(kind), people, [*counts, *words, *kinds, *groups], "latest")
