"""Numbers as forms and addresses bring them: text that anybody may have typed."""

_MOST_DIGITS = 9  # of a plain integer column, whatever they are


def read_number(typed: str) -> int | None:
    """None for whatever is no number, or is a larger one than counts anything here."""
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= _MOST_DIGITS
    return int(typed) if is_number else None
