"""Long texts are divided where people would, and nothing of them is lost."""

import pytest

from botapp.conversation.splitting import split_text

FAMILY = "👨\u200d👩\u200d👧\u200d👦"  # four people joined to one character
ACCENTED = "e\u0301"


@pytest.mark.parametrize(
    ("text", "longest", "parts"),
    [
        ("short", 10, ["short"]),
        ("  short  ", 10, ["short"]),
        ("", 10, []),
        ("   ", 10, []),
        ("exactly 10", 10, ["exactly 10"]),
        ("One two. Three four. Five.", 20, ["One two. Three four.", "Five."]),
        ("One two three.\n\nFour. Five six.", 24, ["One two three.", "Four. Five six."]),
        ("Is it? Yes! So be it\nthen, all of you", 24, ["Is it? Yes! So be it", "then, all of you"]),
        ('He said "no." She left.', 16, ['He said "no."', "She left."]),
        ("no stop anywhere in this text", 12, ["no stop", "anywhere in", "this text"]),
        ("A. then a very long sentence follows", 24, ["A. then a very long", "sentence follows"]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        ("😀" * 6, 10, ["😀" * 5, "😀"]),
        (FAMILY * 2, 12, [FAMILY, FAMILY]),
        (ACCENTED * 4, 5, [ACCENTED * 2, ACCENTED * 2]),
        ("版本。更新。完成", 4, ["版本。更", "新。完成"]),
    ],
)
def test_it_is_divided_at_the_best_place_that_fits(text: str, longest: int, parts: list[str]) -> None:
    assert split_text(text, longest) == parts


@pytest.mark.parametrize("longest", [7, 40, 41, 100, 1999])
def test_every_part_fits_and_together_they_are_the_text(longest: int) -> None:
    text = "\n\n".join(f"Paragraph {number}. It says: {'café ' * number}😀! And more?" for number in range(30))
    parts = split_text(text, longest)
    assert all(0 < len(part.encode("utf-16-le")) // 2 <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_whole_book_is_divided_too() -> None:
    assert len(split_text("word " * 40_000, 1999)) == 101
