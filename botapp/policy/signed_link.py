"""Links that open what belongs to one contact, for a time: whoever holds one is let in, nobody can make one."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

_FIELD_BYTES = 8  # of each number: account, contact, end
_MAC_BYTES = 16
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Makes and reads the tokens of such links."""

    key: bytes

    def sign(self, account_id: int, contact_id: int, expires_at: datetime) -> str:
        """A token for the address. It ends with the second in which it expires."""
        seconds = (expires_at - _EPOCH) // timedelta(seconds=1)
        numbers = b"".join(number.to_bytes(_FIELD_BYTES, "big") for number in (account_id, contact_id, seconds))
        return base64.urlsafe_b64encode(numbers + self._mac(numbers)).decode()

    def read(self, token: str, now: datetime) -> tuple[int, int] | None:
        """Account and contact id, or None for a token that is not ours or has expired."""
        try:
            content = base64.b64decode(token.encode(errors="replace"), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        numbers, mac = content[:-_MAC_BYTES], content[-_MAC_BYTES:]
        if len(numbers) != 3 * _FIELD_BYTES or not hmac.compare_digest(mac, self._mac(numbers)):
            return None
        account_id, contact_id, seconds = (
            int.from_bytes(numbers[begin : begin + _FIELD_BYTES], "big")
            for begin in range(0, len(numbers), _FIELD_BYTES)
        )
        return (account_id, contact_id) if now < _EPOCH + timedelta(seconds=seconds) else None

    def _mac(self, numbers: bytes) -> bytes:
        return hmac.new(self.key, numbers, sha256).digest()[:_MAC_BYTES]
