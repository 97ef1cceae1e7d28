"""Numbers of many texts, found by the texts' hashes."""

import pytest

from botapp.understanding.compact import CompactNumbers


@pytest.mark.parametrize("many", [0, 1, 2, 3, 767, 768, 769, 3000])  # about where the table becomes a larger one
def test_each_text_has_its_number_and_no_other_text_has_one(many: int) -> None:
    numbers = CompactNumbers([(f"text {number}", number) for number in range(many)], "I")

    assert [numbers.get(f"text {number}") for number in range(many)] == list(range(many))
    assert {numbers.get(f"other {number}") for number in range(500)} == {None}


def test_of_two_numbers_for_a_text_the_first_counts() -> None:
    assert CompactNumbers([("stop", 0.5), ("stop", 0.7)], "d").get("stop") == 0.5
