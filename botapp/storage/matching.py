"""Criteria as SQL: who of a page's customers with an open window matches them now.

It says what botapp/policy/criteria.py and botapp/policy/portrait.py say, and nothing that they do not; a property test
holds the two together on both databases.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    Select,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    type_coerce,
)

from botapp.policy.criteria import Comparison, Condition, Criterion, Grouping, is_date
from botapp.policy.fact import LEAST_PERCENT
from botapp.policy.portrait import WEEKDAYS
from botapp.policy.window import Anchor
from botapp.policy.zones import find_zone, offsets_between
from botapp.storage import matching_traits
from botapp.storage.accounts import Account
from botapp.storage.schema import contact, fact
from botapp.storage.times import to_microseconds

_MICROSECOND = timedelta(microseconds=1)
_HOUR = timedelta(hours=1) // _MICROSECOND
_DAYS_BEFORE_MONDAY = 3  # 1 January 1970 was a Thursday
# As botapp/policy/criteria.py has it; both databases and Python read \A and \Z alike, and "$" not.
_NUMBER = r"\A-?(?=[0-9.]{1,16}\Z)[0-9]{1,15}(\.[0-9]{1,14})?\Z"
_DATE = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"
_LAST = type_coerce(contact.c.last_interaction_at, BigInteger)


@dataclass(frozen=True, slots=True)
class OpenWindows:
    """Which customers of a page are looked at: those to whom a message could still be begun."""

    account: Account
    now: datetime
    opened_after: datetime  # a window that opened later can still be written into
    hour: timedelta  # scaled as the day is
    window_length: timedelta = timedelta(days=1)  # a silence as long ends a conversation

    def choose(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Those columns of the contacts that are looked at."""
        anchor = Anchor(self.account.anchor)
        opened = contact.c.conversation_started_at if anchor is Anchor.INITIAL else contact.c.last_interaction_at
        return select(*columns).where(contact.c.account_id == self.account.id, opened > self.opened_after)


def count_open(connection: Connection, windows: OpenWindows) -> int:
    """How many customers have an open window."""
    return int(connection.execute(windows.choose(func.count())).scalar_one())


def count_matching(connection: Connection, windows: OpenWindows, criteria: Sequence[Criterion]) -> int:
    """How many of them meet all of the criteria."""
    matches = _Compiler(connection, windows).all_of(criteria)
    return int(connection.execute(windows.choose(func.count()).where(matches)).scalar_one())


def find_matching(connection: Connection, windows: OpenWindows, criteria: Sequence[Criterion], limit: int) -> list[int]:
    """The ids of those contacts, in order, up to a limit."""
    matches = _Compiler(connection, windows).all_of(criteria)
    found = windows.choose(contact.c.id).where(matches).order_by(contact.c.id).limit(limit)
    return [int(row[0]) for row in connection.execute(found)]


def sample_matching(
    connection: Connection, windows: OpenWindows, criteria: Sequence[Criterion], names: Sequence[str], limit: int
) -> list[tuple[int, dict[str, str | None]]]:
    """Of those contacts the first few: their ids, and what is known of them under these names."""
    compiler = _Compiler(connection, windows)
    values = [compiler.value(name).label(f"value_{number}") for number, name in enumerate(names)]
    found = windows.choose(contact.c.id, *values).where(compiler.all_of(criteria)).order_by(contact.c.id).limit(limit)
    return [(int(row[0]), dict(zip(names, row[1:], strict=True))) for row in connection.execute(found)]


def count_by_hour(connection: Connection, windows: OpenWindows) -> dict[int, int]:
    """How many of them last wrote in each hour of their own day, those hours in which nobody did left out."""
    hour = _Compiler(connection, windows).local_hour
    found = connection.execute(windows.choose(hour, func.count()).group_by(hour))
    return {int(shown): int(number) for shown, number in found}


class _Compiler:
    """Says criteria in SQL. Each condition is true or false and never unknown, whatever is absent."""

    def __init__(self, connection: Connection, windows: OpenWindows) -> None:
        self._connection = connection
        self._windows = windows

    def all_of(self, criteria: Sequence[Criterion]) -> ColumnElement[bool]:
        return and_(true(), *(self._criterion(criterion) for criterion in criteria))

    def _criterion(self, criterion: Criterion) -> ColumnElement[bool]:
        if isinstance(criterion, Condition):
            return self._condition(criterion)
        members = [self._criterion(member) for member in criterion.members]
        match criterion.grouping:
            case Grouping.ALL:
                return and_(*members)
            case Grouping.ANY:
                return or_(*members)
            case Grouping.NONE:
                return not_(or_(*members))

    def _condition(self, condition: Condition) -> ColumnElement[bool]:
        value = self.value(condition.fact)
        match condition.comparison:
            case Comparison.EXISTS:
                return value.is_not(None) if condition.expected == ("yes",) else value.is_(None)
            case Comparison.IS_NOT:
                return func.coalesce(value != condition.expected[0], true())
            case Comparison.IS | Comparison.ONE_OF:
                return func.coalesce(value.in_(condition.expected), false())
            case Comparison.AT_LEAST | Comparison.AT_MOST:
                return func.coalesce(_compared(value, condition), false())

    def value(self, name: str) -> ColumnElement[str]:
        """What is known under that name, as a text or NULL: a trait before the profile, the profile before a fact."""
        trait = self._traits.get(name)
        if trait is not None:
            return trait()
        if name == "page_name" and self._windows.account.name:
            return literal(self._windows.account.name, Text)
        profile = _PROFILE.get(name)
        return self._fact(name) if profile is None else func.coalesce(func.nullif(profile, ""), self._fact(name))

    def _fact(self, name: str) -> ColumnElement[str]:
        counts = (
            fact.c.confidence_percent >= LEAST_PERCENT,
            or_(fact.c.expires_at.is_(None), fact.c.expires_at > self._windows.now),
        )
        of_contact = (fact.c.account_id == contact.c.account_id, fact.c.contact_id == contact.c.id)
        found = select(fact.c.value).where(*of_contact, fact.c.name == name, *counts)
        return found.correlate(contact).scalar_subquery()

    @cached_property
    def _traits(self) -> Mapping[str, Callable[[], ColumnElement[str]]]:
        return {
            "customer_type": matching_traits.customer_type,
            "weekday": self._weekday,
            "hour": lambda: cast(self.local_hour, Text),
            "hours_since_first_seen": lambda: self._hours_since(contact.c.created_at),
            "hours_since_reengagement": lambda: self._hours_since(contact.c.last_claimed_at),
            "hours_since_conversion": lambda: self._hours_since(contact.c.converted_at),
            "hours_since_conversation": lambda: self._hours_since(contact.c.earlier_interaction_at),
            "messages": matching_traits.messages,
            "conversations": lambda: matching_traits.conversations(self._windows.window_length),
            "last_reengagement": matching_traits.last_reengagement,
            "reengagements": matching_traits.reengagements,
            "responses": matching_traits.responses,
        }

    @property
    def local_hour(self) -> ColumnElement[int]:
        """Of the customer's day, at their last interaction."""
        return self._local_time // _HOUR % 24

    def _weekday(self) -> ColumnElement[str]:
        number = (self._local_time // (24 * _HOUR) + _DAYS_BEFORE_MONDAY) % 7
        return case(dict(enumerate(WEEKDAYS)), value=number)

    def _hours_since(self, since: ColumnElement[datetime]) -> ColumnElement[str]:
        past = _LAST - type_coerce(since, BigInteger)
        hours = case((past < 0, literal(0, BigInteger)), else_=past // (self._windows.hour // _MICROSECOND))
        return cast(hours, Text)

    @cached_property
    def _local_time(self) -> ColumnElement[int]:
        """Microseconds as the customer's wall clock counted them at their last interaction."""
        account_zone = find_zone(self._windows.account.zone) or UTC
        names = [row[0] for row in self._connection.execute(self._windows.choose(contact.c.zone).distinct())]
        zones = [(name, find_zone(name) or account_zone if name else account_zone) for name in names]
        offsets = [(_is(name), self._offset(zone)) for name, zone in zones]
        return _LAST + (case(*offsets, else_=0) if offsets else literal(0, BigInteger))

    def _offset(self, zone: tzinfo) -> ColumnElement[int]:
        # A day more: who said when that interaction was may have another clock.
        found = offsets_between(zone, self._windows.opened_after, self._windows.now + timedelta(days=1))
        (_, first), *later = [(to_microseconds(since), offset // _MICROSECOND) for since, offset in found]
        if not later:
            return literal(first, BigInteger)
        return case(*((since <= _LAST, literal(offset, BigInteger)) for since, offset in reversed(later)), else_=first)


def _compared(value: ColumnElement[str], condition: Condition) -> ColumnElement[bool]:
    """NULL for what cannot be compared: a text is cast to a number only where it is one."""
    bound = condition.expected[0]
    is_least = condition.comparison is Comparison.AT_LEAST
    if is_date(bound):
        return case((value.regexp_match(_DATE), value >= bound if is_least else value <= bound), else_=null())
    number = cast(value, Double)
    is_ordered = number >= float(bound) if is_least else number <= float(bound)
    return case((value.regexp_match(_NUMBER), is_ordered), else_=null())


def _is(zone_name: str | None) -> ColumnElement[bool]:
    return contact.c.zone.is_(None) if zone_name is None else contact.c.zone == zone_name


_PROFILE = {
    "first_name": contact.c.first_name,
    "last_name": contact.c.last_name,
    "language": contact.c.language,
}
