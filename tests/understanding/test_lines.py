"""The own lines: heard as docs/understanding.md says, and of every language enough of them."""

from collections import Counter

import pytest

from tests.understanding.measure import OUT, Judged, judged, lists_alone, own_lines, score_of_out


@pytest.fixture(scope="module")
def found() -> list[Judged]:
    """By the lists alone."""
    return judged(own_lines(), lists_alone())


@pytest.fixture(scope="module")
def found_by_both() -> list[Judged]:
    """As the product hears them, which has learnt from them."""
    return judged(own_lines())


def test_the_lines_are_many_and_no_line_stands_in_both_halves() -> None:
    lines = list(own_lines())
    halves = {part: {line.text for line in lines if line.part == part} for part in ("own a", "own b")}

    assert len(lines) >= 1000
    assert min(Counter(line.language for line in lines).values()) >= 100
    assert not halves["own a"] & halves["own b"]


_LEAST_RECALL = {"a": 0.99, "b": 0.98, "c": 0.98, "d": 0.98, "e": 0.98, "f": 0.97, "g": 0.98, "h": 0.97, "i": 0.98}
_LEAST_RECALL |= {"j": 0.96, "k": 0.95, "l": 0.96, "m": 0.98, "n": 0.96, "o": 0.92, "p": 0.99, "q": 0.98, "r": 0.98}
_LEAST_RECALL |= {"s": 0.98, "t": 0.99, "u": 0.99, "v": 0.97, "w": 0.96, "x": 0.97, "y": 0.95, "z": 0.97}
_LEAST_RECALL |= {"za": 0.99, "zb": 0.99, "zc": 0.98, "zd": 0.94}
_LEAST_RECALL |= {"zf": 0.96, "zg": 0.96, "zh": 0.98, "zi": 0.96, "zj": 0.95, "zk": 0.97}
# Hard for what is no wish, or with threats, which are asked about; of all others 0.97.
_LEAST_PRECISION = {"l": 0.96, "n": 0.95, "r": 0.96, "v": 0.96, "w": 0.96, "y": 0.95, "za": 0.92}


@pytest.mark.parametrize("half", _LEAST_RECALL)
def test_who_wants_out_is_heard_and_hardly_anyone_else(found: list[Judged], half: str) -> None:
    score = score_of_out(each for each in found if each.line.part == f"own {half}")

    assert score.recall >= _LEAST_RECALL[half]
    assert score.precision >= _LEAST_PRECISION.get(half, 0.97)


# Where most is heard by likeness. Hard on purpose for what is no wish: near twins, long tales, telling of stops.
_LEARNT = {"zl": 0.97, "zm": 0.97, "zn": 0.87, "zo": 0.95, "zp": 0.93, "zq": 0.96, "zr": 0.95, "zs": 0.95, "zt": 0.96}
_LEARNT |= {"zu": 0.97, "zv": 0.97, "zx": 0.97, "zy": 0.97, "zz": 0.88, "ya": 0.97, "yb": 0.97}
_LEARNT |= {"yc": 0.94, "yd": 0.96, "ye": 0.96, "yg": 0.95, "yh": 0.97, "yi": 0.97, "yx": 0.96, "yw": 0.96}
_LEARNT |= {"yv": 0.98, "xa": 0.97, "xc": 0.97, "xd": 0.98, "xe": 0.98, "xf": 0.98, "xj": 0.97}
# Idioms, a few words each, and what is only implied.
_LEAST_LEARNT = {"yc": 0.96, "yg": 0.9, "yh": 0.96}


@pytest.mark.parametrize("half", _LEARNT)
def test_likeness_hears_what_the_lists_do_not(found_by_both: list[Judged], half: str) -> None:
    score = score_of_out(each for each in found_by_both if each.line.part == f"own {half}")

    assert score.recall >= _LEAST_LEARNT.get(half, 0.98)
    assert score.precision >= _LEARNT[half]


# Without a no: everyday lines, and long or technical ones of which half hold a word that stops elsewhere.
_MOST_FALSE = {"xg": 0.03, "xh": 0.02, "xi": 0.09}


@pytest.mark.parametrize("half", _MOST_FALSE)
def test_hardly_anybody_is_asked_who_wants_something_else(found_by_both: list[Judged], half: str) -> None:
    lines = [each for each in found_by_both if each.line.part == f"own {half}"]

    assert len([each for each in lines if each.heard in OUT]) <= _MOST_FALSE[half] * len(lines)


# "I had said stop, write again" stays a stop where the lists are sure of it and it sounds a little like one, and so
# does "why me, I have never given you my number"; of two or three words only the lists are asked.
_LEAST_TOLD_APART = {"human": 0.97, "data": 0.96, "delete": 0.93, "why": 0.95, "complaint": 0.92, "resume": 0.86}


@pytest.mark.parametrize("label", _LEAST_TOLD_APART)
def test_the_other_wishes_are_told_apart(found_by_both: list[Judged], label: str) -> None:
    wanted = [each for each in found_by_both if each.line.label == label]
    heard = [each for each in found_by_both if each.heard == label]

    assert len([each for each in wanted if each.heard == label]) >= _LEAST_TOLD_APART[label] * len(wanted)
    assert len([each for each in heard if each.line.label == label]) >= 0.9 * len(heard)
