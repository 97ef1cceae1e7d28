"""The error table: how a pair of numbers finds its row, and that the shipped rows say what the reference says."""

import pytest

from botapp.channels.messenger.errors import ErrorRow, ErrorTable, read_error_table
from botapp.channels.platform_rules import PlatformRules
from botapp.channels.port import ErrorClass


@pytest.mark.parametrize(
    ("code", "subcode", "error_class"),
    [
        # the pair itself
        (10, 2018278, ErrorClass.WINDOW_CLOSED),
        (10, 2534022, ErrorClass.WINDOW_CLOSED),
        (10, 2018065, ErrorClass.WINDOW_CLOSED),
        (200, 1545041, ErrorClass.UNREACHABLE),
        (551, 1545041, ErrorClass.UNREACHABLE),
        (10, 2018108, ErrorClass.UNREACHABLE),
        (100, 2018001, ErrorClass.UNREACHABLE),
        (10, 1893015, ErrorClass.STOPPED),
        (10, 1893063, ErrorClass.PAUSE),
        (100, 2534029, ErrorClass.PAUSE),
        (100, 2534037, ErrorClass.THREAD_TAKEN),
        (613, 1893016, ErrorClass.NEVER),
        (613, 2018338, ErrorClass.PAUSE),
        (4, 2018354, ErrorClass.NEVER),
        (190, 460, ErrorClass.PAUSE),
        (100, 33, ErrorClass.NEVER),
        # an unmistakable number in either place
        (2018300, None, ErrorClass.THREAD_TAKEN),
        (10, 2018300, ErrorClass.THREAD_TAKEN),
        (100, 2018300, ErrorClass.THREAD_TAKEN),
        (2018278, None, ErrorClass.WINDOW_CLOSED),
        (100, 2018278, ErrorClass.WINDOW_CLOSED),
        (1545041, None, ErrorClass.UNREACHABLE),
        (10, 1545041, ErrorClass.UNREACHABLE),
        (100, 2018321, ErrorClass.RETRY),
        (2018300, 77, ErrorClass.THREAD_TAKEN),
        # the code alone
        (551, None, ErrorClass.UNREACHABLE),
        (551, 42, ErrorClass.UNREACHABLE),
        (190, 999, ErrorClass.PAUSE),
        (100, 4712, ErrorClass.NEVER),
        (368, None, ErrorClass.PAUSE),
        (80006, 2018022, ErrorClass.WAIT),
        # a small number beside another code means nothing
        (613, 33, ErrorClass.WAIT),
        (4, 460, ErrorClass.WAIT),
        # a range
        (200, None, ErrorClass.PAUSE),
        (210, None, ErrorClass.PAUSE),
        (299, 5, ErrorClass.PAUSE),
    ],
)
def test_a_pair_finds_the_row_that_fits_best(
    code: int, subcode: int | None, error_class: ErrorClass, rules: PlatformRules
) -> None:
    row = rules.errors.classify(code, subcode)
    assert row is not None
    assert row.error_class is error_class


@pytest.mark.parametrize(("code", "subcode"), [(300, None), (199, None), (99, None), (33, None), (460, 190), (0, 0)])
def test_a_pair_that_nothing_matches_has_no_row(code: int, subcode: int | None, rules: PlatformRules) -> None:
    assert rules.errors.classify(code, subcode) is None


@pytest.mark.parametrize(
    ("code", "subcode"), [(1, None), (1, 99), (1, 1357046), (2, None), (2, 5), (1357046, None), (1200, None)]
)
def test_errors_that_may_have_delivered_say_so(code: int, subcode: int | None, rules: PlatformRules) -> None:
    row = rules.errors.classify(code, subcode)
    assert row is not None
    assert not row.certainly_not_delivered


@pytest.mark.parametrize("code", [4, 10, 17, 32, 100, 190, 200, 341, 368, 551, 613, 2018300, 80001])
def test_plain_refusals_are_certain(code: int, rules: PlatformRules) -> None:
    row = rules.errors.classify(code, None)
    assert row is not None
    assert row.certainly_not_delivered


def row(code: int, subcode: int | None = None, error_class: ErrorClass = ErrorClass.NEVER) -> ErrorRow:
    return ErrorRow(code, subcode, error_class, certainly_not_delivered=True, meaning="")


def test_one_pair_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="10/2018278 stands there twice"):
        ErrorTable([row(10, 2018278), row(10, 2018278)])


def test_rows_that_disagree_about_an_unmistakable_number_are_refused() -> None:
    with pytest.raises(ValueError, match="1545041 disagree"):
        ErrorTable([row(200, 1545041), row(551, 1545041, ErrorClass.UNREACHABLE)])


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (None, "no rows"),
        ([], "no rows"),
        ({"code": 1}, "no rows"),
        (["1"], "row 1"),
        ([{"class": "never", "delivered": "no"}], "row 1, code: missing"),
        ([{"code": "1", "class": "never", "delivered": "no"}], "row 1, code: '1'"),
        ([{"code": True, "class": "never", "delivered": "no"}], "row 1, code: True"),
        ([{"code": 0, "class": "never", "delivered": "no"}], "row 1, code: 0"),
        ([{"code": 1, "delivered": "no"}], "row 1, class: None"),
        ([{"code": 1, "class": "nver", "delivered": "no"}], "row 1, class: 'nver' is unknown; write one of retry"),
        ([{"code": 1, "class": "never", "delivered": True}], "row 1, delivered: True"),
        ([{"code": 1, "class": "never"}], "row 1, delivered: None"),
        ([{"code": 1, "class": "never", "delivered": "no", "subcod": 2}], "row 1: write a table with the keys"),
        (
            [{"code": 1, "class": "never", "delivered": "no"}, {"code": 2, "class": "x", "delivered": "no"}],
            "row 2, class",
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_named(rows: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_error_table(rows)
