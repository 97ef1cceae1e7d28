"""The append-only file behind the log: one record per line; a restarted sandbox remembers, memory stays bounded."""

import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_MARK_EVERY_LINES = 512
_READ_BYTES = 1 << 16


class Journal:
    """Lines numbered from 1. One thread appends at a time; any number may read meanwhile."""

    def __init__(self, path: Path | None) -> None:
        """Opens or creates the file; without a path it is an unnamed one that vanishes with the process."""
        if path is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # lives as long as the sandbox
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)
        self._descriptor = self._file.fileno()
        self._marks = [0]  # where line 1, 513, 1025 … begin
        self._count = 0
        self._size = 0
        self._adopt()

    @property
    def count(self) -> int:
        """How many lines there are, which is the number of the last."""
        return self._count

    def append(self, line: bytes) -> None:
        """Adds one line, which ends in a newline. It survives the death of this process, not that of the machine.

        All of it or nothing: raises OSError where there is no room.
        """
        if self._file.write(line) != len(line):  # what fitted on a disk that is full now
            os.ftruncate(self._descriptor, self._size)
            raise OSError(errno.ENOSPC, "no room for a line of the journal")
        self._note(len(line))

    def lines(self, after: int = 0) -> Iterator[bytes]:
        """The lines numbered above `after` that exist at the time of the call, read as they are asked for."""
        end = self._size  # taken now, not at the first `next`
        mark = min(max(after, 0), self._count) // _MARK_EVERY_LINES
        number = mark * _MARK_EVERY_LINES
        return (line for at, line in enumerate(self._split(self._marks[mark], end), number + 1) if at > after)

    def close(self) -> None:
        self._file.close()

    def _split(self, start: int, end: int) -> Iterator[bytes]:
        rest = b""
        while start < end:
            block = os.pread(self._descriptor, min(_READ_BYTES, end - start), start)
            if not block:
                return
            start += len(block)
            *whole, rest = (rest + block).split(b"\n")
            for line in whole:
                yield line + b"\n"

    def _adopt(self) -> None:
        """Counts what an earlier process left, and cuts off a last line that its death tore."""
        for line in self._split(0, os.fstat(self._descriptor).st_size):
            self._note(len(line))
        os.ftruncate(self._descriptor, self._size)

    def _note(self, length: int) -> None:
        self._size += length
        self._count += 1
        if self._count % _MARK_EVERY_LINES == 0:
            self._marks.append(self._size)
