"""The rules of a platform from its table: typed, scaled, and strict about what is written."""

from datetime import timedelta

import pytest

from botapp.channels.platform_rules import PlatformRules, load_platform_rules


def test_the_shipped_table_is_messengers_day(rules: PlatformRules) -> None:
    assert rules.window == timedelta(hours=24)
    assert (rules.text_limit, rules.quick_reply_limit, rules.quick_reply_title_limit) == (2000, 13, 20)
    assert (rules.sends_per_second_ceiling, rules.usage_pause_percent) == (300, 80)
    assert rules.inbox_app_id == "263902037430900"
    assert {"message_text", "postback", "reaction:react"} <= rules.opening_kinds
    assert not {"echo", "delivery", "read"} & rules.opening_kinds


def test_a_day_of_four_minutes_scales_the_window(platforms_table: dict[str, object]) -> None:
    rules = load_platform_rules(platforms_table, scale=4 / (24 * 60))
    assert rules.window == timedelta(minutes=4)
    assert rules.text_limit == 2000


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("window", "a day", "window: 'a day' is not a duration"),
        ("window", 24, "window: 24 is not a duration"),
        ("window", "0h", "window: must be longer"),
        ("opening_kinds", [], "opening_kinds: write a list"),
        ("opening_kinds", "message_text", "opening_kinds: write a list"),
        ("opening_kinds", ["message_text", 1], "opening_kinds: write a list"),
        ("text_limit", "2000", "text_limit: '2000' is not a whole number"),
        ("text_limit", True, "text_limit: True is not a whole number"),
        ("quick_reply_limit", 0, "quick_reply_limit: 0 is not a whole number"),
        ("inbox_app_id", 263902037430900, "inbox_app_id: 263902037430900 is not an id"),
        ("errors", [], "errors: no rows"),
        ("windw", "24h", "windw: unknown"),
    ],
)
def test_a_wrong_key_is_named_with_file_and_remedy(
    key: str, value: object, complaint: str, platforms_table: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=complaint) as raised:
        load_platform_rules(platforms_table | {key: value})
    assert str(raised.value).startswith("config/platforms.toml [messenger] ")


def test_each_missing_key_is_named(platforms_table: dict[str, object]) -> None:
    for key in list(platforms_table):
        rest = {name: value for name, value in platforms_table.items() if name != key}
        with pytest.raises(ValueError, match=f"{key}: missing"):
            load_platform_rules(rest)
