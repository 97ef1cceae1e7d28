"""How much of an HTTP/1.1 request has arrived, told from its framing alone, before anybody spends a thread on it.

Stricter than a server has to be: what two readers might frame differently (two lengths, a length beside chunks, other
codings) is refused, so that nobody can hide one request in another.
"""

import re
from enum import Enum

LARGEST_HEAD_BYTES = 64 << 10
_LARGEST_CHUNK_LINE_BYTES = 100
_FRAMING_PER_BODY = 2  # of chunks a byte each, the framing is six times the body: nobody needs to send those
_LENGTH = re.compile(rb"\d{1,12}\Z")
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}[ \t]*(;[^\r\n]*)?\Z")


class Verdict(Enum):
    """What to do with what is there. A refusal's value is its status line."""

    INCOMPLETE = "wait"
    WHOLE = "serve"
    MALFORMED = "400 Bad Request"
    BODY_TOO_LARGE = "413 Content Too Large"
    HEAD_TOO_LARGE = "431 Request Header Fields Too Large"


class Arrival:
    """The bytes of one connection: a request that is arriving or being read, and what has come after it."""

    def __init__(self, largest_body_bytes: int) -> None:
        self._largest_body_bytes = largest_body_bytes
        self._content = bytearray()
        self._begin()

    def _begin(self) -> None:
        self._searched = 0
        self._head_end: int | None = None
        self._is_chunked = False
        self._body_bytes = 0  # told, or seen in chunks so far
        self._next_chunk = 0
        self._end: int | None = None
        self._taken = 0
        self.wants_leave = False  # the client waits for "100 Continue" before it sends the body

    def __len__(self) -> int:
        return len(self._content)

    def add(self, data: bytes) -> None:
        """More has arrived."""
        self._content += data

    def take(self, most_bytes: int) -> bytes:
        """The next bytes of the whole request; none at its end."""
        begin, end = self._taken, min(self._taken + most_bytes, self._end or 0)
        self._taken = max(begin, end)
        return bytes(self._content[begin:end])

    def go_on(self) -> None:
        """The request has been served: what came after it is the beginning of the next."""
        del self._content[: self._end]
        self._begin()

    def judge(self) -> Verdict:
        """Of what has arrived so far."""
        if self._head_end is None:
            verdict = self._judge_head()
            if verdict is not Verdict.WHOLE:
                return verdict
        return self._judge_chunks() if self._is_chunked else self._judge_length()

    def _judge_head(self) -> Verdict:
        found = self._content.find(b"\r\n\r\n", max(self._searched - 3, 0), LARGEST_HEAD_BYTES)
        self._searched = len(self._content)
        if found < 0:
            return Verdict.HEAD_TOO_LARGE if self._searched >= LARGEST_HEAD_BYTES else Verdict.INCOMPLETE
        self._head_end = self._next_chunk = found + 4
        return self._read_fields(bytes(self._content[:found]))

    def _read_fields(self, head: bytes) -> Verdict:
        """WHOLE when the fields tell the body's end, without looking at the body."""
        fields: dict[bytes, list[bytes]] = {b"content-length": [], b"transfer-encoding": [], b"expect": []}
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            # A reader that trims the name would see a field here, one that does not would not: for us it is one.
            if (known := fields.get(name.strip().lower())) is not None:
                known.append(value.strip())
        lengths, codings = fields[b"content-length"], fields[b"transfer-encoding"]
        if len(lengths) + len(codings) > 1 or any(coding.lower() != b"chunked" for coding in codings):
            return Verdict.MALFORMED
        if lengths and not _LENGTH.match(lengths[0]):
            return Verdict.MALFORMED
        self._is_chunked = bool(codings)
        self._body_bytes = int(lengths[0]) if lengths else 0
        self.wants_leave = any(value.lower() == b"100-continue" for value in fields[b"expect"])
        return Verdict.WHOLE

    def _judge_length(self) -> Verdict:
        if self._body_bytes > self._largest_body_bytes:
            return Verdict.BODY_TOO_LARGE
        return self._judge_end((self._head_end or 0) + self._body_bytes)

    def _judge_chunks(self) -> Verdict:
        if len(self._content) > LARGEST_HEAD_BYTES + _FRAMING_PER_BODY * self._largest_body_bytes:
            return Verdict.BODY_TOO_LARGE
        while True:
            line_end = self._content.find(b"\r\n", self._next_chunk, self._next_chunk + _LARGEST_CHUNK_LINE_BYTES)
            if line_end < 0:
                is_long = len(self._content) >= self._next_chunk + _LARGEST_CHUNK_LINE_BYTES
                return Verdict.MALFORMED if is_long else Verdict.INCOMPLETE
            line = bytes(self._content[self._next_chunk : line_end])
            if not _CHUNK_SIZE.match(line):
                return Verdict.MALFORMED
            size = int(line.partition(b";")[0], 16)
            if size == 0:
                return self._judge_trailers(line_end)
            if self._body_bytes + size > self._largest_body_bytes:
                return Verdict.BODY_TOO_LARGE
            if len(self._content) < line_end + 2 + size + 2:
                return Verdict.INCOMPLETE
            self._body_bytes += size
            self._next_chunk = line_end + 2 + size + 2

    def _judge_trailers(self, line_end: int) -> Verdict:
        """After the last chunk's line: trailers if there are any, and an empty line."""
        found = self._content.find(b"\r\n\r\n", line_end, line_end + LARGEST_HEAD_BYTES)
        if found < 0:
            is_long = len(self._content) >= line_end + LARGEST_HEAD_BYTES
            return Verdict.HEAD_TOO_LARGE if is_long else Verdict.INCOMPLETE
        return self._judge_end(found + 4)

    def _judge_end(self, end: int) -> Verdict:
        if len(self._content) < end:
            return Verdict.INCOMPLETE
        self._end = end
        return Verdict.WHOLE
