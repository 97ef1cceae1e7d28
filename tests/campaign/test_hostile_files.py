"""Whatever stands where in a campaign file, it is read or refused in words; nothing else comes out of it."""

import pytest

from tests.campaign.files import QUESTION, RULE, TEMPLATE, faults, without, written

_TEMPLATE_KEYS = ["name", "text", "language", "purpose"]
_RULE_KEYS = ["name", "template", "delay", "timing", "quiet_hours", "when", "priority"]
_VALUES = [
    "true",
    "0",
    "-1",
    "1e400",
    "nan",
    "0x" + "f" * 5000,
    "1979-05-27",
    "1979-05-27T07:32:00Z",
    "07:32:00.999999",
    '""',
    '"\\u0000"',
    '"\\U0001F600"',
    '"\\u202E"',
    '"' + "9" * 5000 + 'd"',
    '"' + "{" * 3000 + '"',
    '"' + "{first_name|" * 500 + '"',
    '"--"',
    '"-"',
    "[]",
    "{}",
    "[[], {}]",
    "[[[[[[[[[[]]]]]]]]]]",
    "{ at = [], or_after = {} }",
    '{ at = "08:00", or_after = true }',
    "{ from = {}, to = [] }",
    "{ fact = {} }",
    "{ fact = [], is = [] }",
    '{ fact = "ref", is = {} }',
    '{ fact = "ref", one_of = [[]] }',
    '{ fact = "ref", at_least = 0x' + "f" * 5000 + " }",
    '[{ fact = "ref", is = 1979-05-27 }, 7]',
]


@pytest.mark.parametrize("value", _VALUES, ids=lambda value: value[:20])
def test_any_value_under_any_key_is_read_or_refused_in_words(value: str) -> None:
    files = [written(TEMPLATE | {key: value}) for key in _TEMPLATE_KEYS]
    files += [written(rule=without(RULE, "delay" if key == "timing" else "") | {key: value}) for key in _RULE_KEYS]
    files += [written(question=QUESTION | {key: value}) for key in QUESTION]
    files += [f"{key} = {value}" for key in ("templates", "rules", "opt_in", "surprise")]
    for text in files:
        for fault in faults(text):
            assert ": " in fault
