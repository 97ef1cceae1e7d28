"""What a person wrote or tapped: understood or not, never a fault, and stable under blanks around it."""

from functools import cache

from botapp.bootstrap.content import withdrawal_words
from botapp.understanding.wish import Wish, WithdrawalWords, understand


@cache
def words() -> WithdrawalWords:
    return withdrawal_words()


def try_input(data: bytes) -> None:
    """The text, a zero byte, the payload."""
    text, _, payload = data.decode("utf-8", "surrogatepass" if _is_valid(data) else "replace").partition("\0")
    understood = understand(text or None, payload or None, words())
    assert understand(f"  {text}\n", payload or None, words()).wish is understood.wish
    if understood.wish is Wish.STOP and not payload:
        assert text.strip()


def _is_valid(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
