"""A wish that one language hears in a message."""

from typing import NamedTuple

from botapp.understanding.clauses import Clause
from botapp.understanding.exits import Weight
from botapp.understanding.moments import Moment
from botapp.understanding.wishes import Wish


class Heard(NamedTuple):
    """A wish that one language hears. Weight VETO with no wish: the exit word has another object."""

    wish: Wish | None
    weight: Weight
    evidence: tuple[str, ...] = ()  # entries of our data, never the person's words
    moment: Moment | None = None  # how long a mute is to last
    is_bare: bool = False  # an exit word alone, which another language may know to mean something else


def entries_of(clause: Clause, roles: int) -> tuple[str, ...]:
    """The evidence: entries of a clause that have one of the roles."""
    return tuple(token.entry for token in clause.tokens if token.roles & roles)
