"""The own lines: heard by the lists alone as docs/understanding.md says, and of every language enough of them."""

from collections import Counter

import pytest

from tests.understanding.measure import Judged, judged, lists_alone, own_lines, score_of_out


@pytest.fixture(scope="module")
def found() -> list[Judged]:
    return judged(own_lines(), lists_alone())


def test_the_lines_are_many_and_no_line_stands_in_both_halves() -> None:
    lines = list(own_lines())
    halves = {part: {line.text for line in lines if line.part == part} for part in ("own a", "own b")}

    assert len(lines) >= 1000
    assert min(Counter(line.language for line in lines).values()) >= 100
    assert not halves["own a"] & halves["own b"]


# Hard for what is no wish, or with threats, which are asked about; of all others 0.97.
_HARD = {"l": 0.96, "n": 0.95, "r": 0.96, "v": 0.96, "w": 0.96, "y": 0.95, "za": 0.92}
_LEAST_PRECISION = {f"own {half}": precision for half, precision in _HARD.items()}


@pytest.mark.parametrize(
    ("part", "recall"),
    [
        *(("own a", 0.99), ("own b", 0.98), ("own c", 0.98), ("own d", 0.98), ("own e", 0.98), ("own f", 0.97)),
        *(("own g", 0.98), ("own h", 0.97), ("own i", 0.98), ("own j", 0.96), ("own k", 0.95), ("own l", 0.96)),
        *(("own m", 0.98), ("own n", 0.96), ("own o", 0.92), ("own p", 0.99), ("own q", 0.98), ("own r", 0.98)),
        *(("own s", 0.98), ("own t", 0.99), ("own u", 0.99), ("own v", 0.97), ("own w", 0.96)),
        *(
            ("own x", 0.97),
            ("own y", 0.95),
            ("own z", 0.97),
            ("own za", 0.99),
            ("own zb", 0.99),
            ("own zc", 0.98),
            ("own zd", 0.94),
        ),
    ],
)
def test_who_wants_out_is_heard_and_hardly_anyone_else(found: list[Judged], part: str, recall: float) -> None:
    score = score_of_out(each for each in found if each.line.part == part)

    assert score.recall >= recall
    assert score.precision >= _LEAST_PRECISION.get(part, 0.97)


@pytest.mark.parametrize("label", ["human", "data", "delete", "why", "complaint", "resume"])
def test_the_other_wishes_are_told_apart(found: list[Judged], label: str) -> None:
    wanted = [each for each in found if each.line.label == label]

    assert len([each for each in wanted if each.heard == label]) >= 0.9 * len(wanted)
