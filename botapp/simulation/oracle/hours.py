"""Wall clocks and quiet hours, computed with zoneinfo: nothing of policy's own arithmetic, which uses dateutil."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]

_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_DAY = timedelta(days=1)


@lru_cache
def zone_named(name: str) -> tzinfo:
    """An IANA zone, or a fixed offset."""
    offset = _OFFSET.fullmatch(name)
    if offset is None:
        return UTC if name == "UTC" else ZoneInfo(name)
    sign = -1 if offset[1] == "-" else 1
    return timezone(sign * timedelta(hours=int(offset[2]), minutes=int(offset[3])))


@lru_cache
def _wall(text: str) -> time:
    return time.fromisoformat(text)


def is_quiet(instant: datetime, quiet_from: str, quiet_until: str, zone: str) -> bool:
    """Whether clocks in the zone show a time of the quiet hours, which may pass midnight. Equal ends: always."""
    shown = instant.astimezone(zone_named(zone)).time()
    begin, end = _wall(quiet_from), _wall(quiet_until)
    if begin < end:
        return begin <= shown < end
    return shown >= begin or shown < end


def quiet_spans(quiet_from: str, quiet_until: str, zone: str, span: Span) -> list[Span]:
    """The quiet hours that touch a span; around a change of the clocks rather too long than too short."""
    begin, end = _wall(quiet_from), _wall(quiet_until)
    if begin == end:
        return [span]
    found = []
    for day in _days(span, zone):
        first = min(_shown(day, begin, zone))
        last = max(_shown(day if begin < end else day + _DAY, end, zone))
        found.append((first, last))
    return found


def due_instants(at: str, zone: str, not_before: datetime) -> Iterator[datetime]:
    """When clocks in the zone show `at`, from an instant on; the later where they show it twice."""
    for day in _days((not_before, not_before + _DAY), zone):
        shown = max(_shown(day, _wall(at), zone))
        if shown >= not_before:
            yield shown


def first_gap(span: Span, taken: Iterable[Span], least: timedelta) -> datetime | None:
    """Where the first stretch of at least this length begins that nothing takes up; None if there is none."""
    free_from, end = span
    for begin, until in sorted(taken):
        if begin - free_from >= least:
            break
        free_from = max(free_from, until)
    return free_from if end - free_from >= least else None


def _days(span: Span, zone: str) -> Sequence[date]:
    """The dates that clocks in the zone show in a span, with one more on either side."""
    first = span[0].astimezone(zone_named(zone)).date() - _DAY
    last = span[1].astimezone(zone_named(zone)).date() + _DAY
    return [first + offset * _DAY for offset in range((last - first).days + 1)]


def _shown(day: date, wall: time, zone: str) -> list[datetime]:
    """The instants at which clocks show this time of this day; a time that they skip is where they would show it."""
    local = datetime.combine(day, wall, tzinfo=zone_named(zone))
    return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
