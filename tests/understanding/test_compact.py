"""Indexes of many texts, found by the texts' hashes."""

import pytest

from botapp.understanding.compact import CompactIndexes


@pytest.mark.parametrize("many", [0, 1, 2, 3, 767, 768, 769, 3000])  # about where the table becomes a larger one
def test_each_text_has_its_index_and_no_other_text_has_one(many: int) -> None:
    indexes = CompactIndexes((f"text {index}", index) for index in range(many))

    assert [indexes.get(f"text {index}") for index in range(many)] == list(range(many))
    assert {indexes.get(f"other {index}") for index in range(500)} == {None}


def test_of_two_indexes_for_a_text_the_first_counts() -> None:
    assert CompactIndexes([("stop", 5), ("stop", 7)]).get("stop") == 5
