"""A message as likeness hears it: its words, and what its phrases are to the language that knows most of them."""

from collections.abc import Sequence
from typing import NamedTuple

from botapp.understanding.moments import Moment
from botapp.understanding.normalise import Message
from botapp.understanding.spoken import Spoken

_LIMIT = 0  # of a clause, among the roles of phrases, of which each has one


class Said(NamedTuple):
    """Words, and the roles of phrases with a limit before, between and after the clauses."""

    words: Sequence[str]
    marks: Sequence[int]  # where something ends that stands between marks; the beginning and the end among them
    shape: Sequence[int]
    starts: Sequence[int]  # for each of the shape the word at which it begins
    moments: Sequence[tuple[int, Moment]]  # times that say until when or for how long, with the words where they stand

    @property
    def limits(self) -> Sequence[int]:
        """Where clauses end, at marks and at joining words; the beginning and the end among them."""
        inner = {start for roles, start in zip(self.shape, self.starts, strict=True) if roles == _LIMIT}
        return sorted({0, *inner, len(self.words)})

    def until_when(self, start: int, end: int) -> Moment | None:
        """The first time in the clauses that begin at the words from `start` up to `end`."""
        return next((moment for place, moment in self.moments if start <= place < end), None)


def said_in(message: Message, spoken: Sequence[Spoken]) -> Said:
    """The message in the one of these languages that knows most of its words; of the first of several such."""
    best = min(spoken, key=lambda each: each.unknown, default=None)
    said, clauses = (best.message, best.clauses) if best else (message, ())
    shape: list[int] = []
    starts: list[int] = []
    moments: list[tuple[int, Moment]] = []
    for clause in clauses:
        shape += [_LIMIT, *(token.roles for token in clause.tokens)]
        starts += [clause.tokens[0].start, *(token.start for token in clause.tokens)]
        if clause.moment and clause.moment.is_introduced:
            moments.append((clause.tokens[0].start, clause.moment.whole))
    ends = [end for end, is_end in enumerate(said.ends_clause, start=1) if is_end and end < len(said.words)]
    return Said(said.words, [0, *ends, len(said.words)], [*shape, _LIMIT], [*starts, len(said.words)], moments)
