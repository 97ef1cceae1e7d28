"""What happened on this platform, one record at a time: the log, the journal and the memory are made of these."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

JsonObject: TypeAlias = dict[str, object]

_OWN_FIELDS = frozenset({"n", "at", "epoch", "page", "psid", "what", "accepted", "code", "subcode"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One accepted change or one refusal. `n` counts from 1 without gaps; `epoch` is seconds of the sandbox's clock."""

    n: int
    epoch: float
    what: str
    page_id: str | None = None
    psid: str | None = None
    accepted: bool = True
    code: int | None = None
    subcode: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)

    def to_line(self) -> bytes:
        """One line of JSON, ASCII, with the detail beside the common fields."""
        fields = {
            "n": self.n,
            "at": iso(self.epoch),
            "epoch": self.epoch,
            "page": self.page_id,
            "psid": self.psid,
            "what": self.what,
            "accepted": self.accepted,
            "code": self.code,
            "subcode": self.subcode,
            **self.detail,
        }
        return json.dumps(fields, separators=(",", ":")).encode("ascii") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> "Record":
        """The record that `to_line` wrote. Raises ValueError or KeyError on anything else."""
        fields = json.loads(line)
        return cls(
            n=fields["n"],
            epoch=fields["epoch"],
            what=fields["what"],
            page_id=fields["page"],
            psid=fields["psid"],
            accepted=fields["accepted"],
            code=fields["code"],
            subcode=fields["subcode"],
            detail={name: value for name, value in fields.items() if name not in _OWN_FIELDS},
        )

    def text(self, name: str) -> str | None:
        """A detail that is text, or None."""
        value = self.detail.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str, default: float) -> float:
        """A detail that is a number, or the default."""
        value = self.detail.get(name)
        return float(value) if isinstance(value, int | float) else default


def iso(epoch: float) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
