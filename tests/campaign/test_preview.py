"""Previews show what customers would read, on every platform, and what changed between two texts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botapp.campaign.differences import Piece, differences
from botapp.campaign.preview import looks, worst_cases
from botapp.policy.reason import Reason
from botapp.policy.wording import Wording


def test_the_worst_cases_are_filled_and_what_would_not_be_sent_says_why() -> None:
    cases = {case.who: case for case in worst_cases(Wording("Hello {first_name|there}, your {product}."))}
    assert cases["Nothing is known"].reason is Reason.MISSING_FACT
    assert len(cases["The longest values"].text) > 180
    assert "\u202e" not in "".join(case.text for case in cases.values())
    assert worst_cases(Wording("Hello {first_name|there}."))[1].text == "Hello there."


@pytest.mark.parametrize(("platform", "length"), [("messenger", 2), ("instagram", 6), ("whatsapp", 2), ("telegram", 2)])
def test_each_platform_counts_as_it_does(platform: str, length: int) -> None:
    [look] = [look for look in looks() if look.key == platform]
    assert look.length("é😀") == length


def test_words_that_went_and_came_are_told_apart() -> None:
    assert differences("shall we look?", "shall we talk?") == [
        Piece("same", "shall we "),
        Piece("gone", "look"),
        Piece("new", "talk"),
        Piece("same", "?"),
    ]


@settings(max_examples=60)
@given(st.text("ab ,é\n", max_size=30), st.text("ab ,é\n", max_size=30))
def test_put_together_the_pieces_are_both_texts(older: str, newer: str) -> None:
    pieces = differences(older, newer)
    assert "".join(p.text for p in pieces if p.kind != "new") == older
    assert "".join(p.text for p in pieces if p.kind != "gone") == newer


def test_an_ordinary_customer_reads_what_fits_each_placeholder_and_not_their_name_everywhere() -> None:
    first, *_ = worst_cases(Wording("Hello {first_name|there}, is {product|it} right for {new_purpose|you}?"))
    assert first.text == "Hello Alex, is Blue Jacket right for new purpose?"
