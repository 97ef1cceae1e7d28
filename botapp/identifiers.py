"""The one place that makes identifiers nobody can guess. A simulation draws them from its seed instead."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_bits: ContextVar[Callable[[int], int]] = ContextVar("bits", default=secrets.randbits)

_TOKEN_BITS = 96
_ROW_BITS = 63


def new_token() -> str:
    """Names one claim in all the world, so that its echo is known again."""
    return f"{_bits.get()(_TOKEN_BITS):0{_TOKEN_BITS // 4}x}"


def new_row_id() -> int:
    """Random, not counted: known before the insert, and tells nobody how many rows there are."""
    return _bits.get()(_ROW_BITS)


def new_secret(size_bytes: int) -> bytes:
    """Random bytes that nobody can guess."""
    return _bits.get()(8 * size_bytes).to_bytes(size_bytes, "big")


@contextmanager
def drawn_from(bits: Callable[[int], int]) -> Iterator[None]:
    """Within the block, and in what copies its context, identifiers come from `bits(how_many)`."""
    token = _bits.set(bits)
    try:
        yield
    finally:
        _bits.reset(token)
