"""Where a list goes on: opaque to who holds it, signed, and good for the same list only."""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from pydantic import Field

from botapp.web.api.problems import ProblemError

_MAC_BYTES = 16
Place = Sequence[int | str]
CursorText = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,400}$")]


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads them. `of` names the list with everything that it is narrowed by."""

    key: bytes

    def write(self, of: str, place: Place) -> str:
        """For the answer: what comes behind that place is what has not been read yet."""
        content = json.dumps(list(place), separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(of, content) + content).rstrip(b"=").decode()

    def read(self, of: str, cursor: str) -> list[int | str]:
        """The place. Problem 400 for one that is not ours, or of another list."""
        try:
            signed = base64.b64decode(f"{cursor}{'=' * (-len(cursor) % 4)}", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            signed = b""
        mac, content = signed[:_MAC_BYTES], signed[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(of, content)):
            detail = "This cursor is not of this list; take `next` of the answer before, with the same parameters."
            raise ProblemError(HTTPStatus.BAD_REQUEST, "cursor", detail)
        place: list[int | str] = json.loads(content)
        return place

    def _mac(self, of: str, content: bytes) -> bytes:
        return hmac.new(self.key, of.encode() + b"\0" + content, sha256).digest()[:_MAC_BYTES]
