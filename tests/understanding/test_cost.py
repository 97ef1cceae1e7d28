"""The cost of reading grows with the length and no faster, whatever is written. Counted in calls, not in seconds."""

import sys
from types import FrameType

import pytest

from botapp.understanding.wish import WithdrawalWords, understand

_HOSTILE = [
    "stop ",
    "no ",
    "i ",
    "i don't ",
    "please ",
    "a, ",
    "until 2 ",
    "stop please please please me ",
    "für ",
    "é",
]


def _calls(text: str, words: WithdrawalWords) -> int:
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        understand(text, None, words)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("part", _HOSTILE)
def test_twice_the_length_costs_at_most_about_twice_as_much(words: WithdrawalWords, part: str) -> None:
    once, twice = (_calls((part * length)[:length], words) for length in (240, 480))

    assert twice <= 2.6 * once + 200


@pytest.mark.parametrize("part", _HOSTILE)
def test_beyond_what_is_read_more_text_costs_nothing(words: WithdrawalWords, part: str) -> None:
    # Whole parts, because the last words are read, too.
    much, more = (_calls(part * (length // len(part)), words) for length in (4000, 40000))

    assert more <= much + 10
