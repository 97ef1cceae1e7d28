"""Zones by name: those of the zone database and the platform's fixed offsets, and nothing else that looks like one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from botapp.policy.zones import find_zone, offset_name

_SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
_WINTER = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_zone_of_a_place_is_found_and_tells_the_time_there() -> None:
    places = {name for name in available_timezones() if name.split("/")[0] in {"Africa", "America", "Asia", "Europe"}}
    assert len(places) > 300
    for name in places:
        zone = find_zone(name)
        assert zone is not None, name
        for instant in (_SUMMER, _WINTER):
            assert instant.astimezone(zone).utcoffset() == instant.astimezone(ZoneInfo(name)).utcoffset(), name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "Berlin",
        "Europe/Nowhere",
        "europe berlin",
        "/etc/localtime",
        "../../etc/localtime",
        "Europe/../Europe/Berlin",
        "file:///etc/localtime",
        "EST5EDT",  # an expression, not a place
        "Nowhere/EST5EDT",
        "Nowhere/UTC+3",
        "Europe/",
        "Europe",
        "Europe/Berlin\n",
        "Europe/Berlin\x00",
        "+2:00",
        "+02",
        "+16:00",
        "+02:00\n",
        "UTC+2",
        "x" * 5000,
        "A/" * 2000 + "B",
    ],
)
def test_what_is_no_zone_is_none(name: str) -> None:
    assert find_zone(name) is None


def test_a_file_on_this_host_is_no_zone(tmp_path: Path) -> None:
    copy = tmp_path / "zone"
    copy.write_bytes(Path("/usr/share/zoneinfo/Europe/Berlin").read_bytes() if _HAS_FILES else b"TZif")
    assert find_zone(str(copy)) is None
    assert find_zone(str(copy).lstrip("/")) is None


_HAS_FILES = Path("/usr/share/zoneinfo/Europe/Berlin").exists()


@pytest.mark.parametrize(
    ("hours", "name"),
    [
        (0, "+00:00"),
        (2, "+02:00"),
        (5.5, "+05:30"),
        (5.75, "+05:45"),
        (-3.5, "-03:30"),
        (-12, "-12:00"),
        (14, "+14:00"),
    ],
)
def test_an_offset_has_a_name_by_which_it_is_found_again(hours: float, name: str) -> None:
    assert offset_name(hours) == name
    zone = find_zone(name)
    assert zone is not None
    assert _SUMMER.astimezone(zone).utcoffset() == timedelta(hours=hours)


def test_utc_is_utc() -> None:
    assert find_zone("UTC") is UTC
