"""Random tokens: whoever shows one has it; the database keeps only hashes, so that a copy of it lets nobody in."""

import base64
import hashlib
import secrets
from collections.abc import Sequence

_RECOVERY_CODES = 10
_RECOVERY_CODE_BYTES = 10


def new_token() -> str:
    """256 random bits, for addresses and cookies."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Plain SHA-256: there is nothing to guess in what is random."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def new_recovery_codes() -> Sequence[str]:
    """80 random bits each, in letters and figures that people do not confuse."""
    return [
        _grouped(base64.b32encode(secrets.token_bytes(_RECOVERY_CODE_BYTES)).decode()) for _ in range(_RECOVERY_CODES)
    ]


def hash_recovery_code(code: str) -> str:
    """However it was typed: capitals, blanks and dashes make no difference."""
    return hash_token("".join(character for character in code.upper() if character.isalnum()))


def _grouped(code: str) -> str:
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
