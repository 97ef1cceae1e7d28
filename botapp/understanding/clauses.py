"""A message as clauses: what stands between two marks or joining words, in the roles of one language."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from botapp.understanding.lexicon import Lexicon, Token
from botapp.understanding.moments import Moment, TimeWords
from botapp.understanding.normalise import Message
from botapp.understanding.roles import Role

_JOIN, _TIME, _UNKNOWN = int(Role.JOIN), int(Role.TIME), int(Role.UNKNOWN)


class Clause(NamedTuple):
    """The phrases of a clause without fillers."""

    tokens: Sequence[Token]
    roles: int  # of all phrases together
    unknown: int  # words in no list
    moment: Moment | None  # the first time that it names


def read_clauses(message: Message, lexicon: Lexicon, times: TimeWords) -> list[Clause]:
    """The clauses that hold more than fillers."""
    clauses: list[Clause] = []
    tokens: list[Token] = []
    moments: list[Moment] = []
    end = 0
    for token, moment in _with_times(message, lexicon, times):
        if token.roles & _JOIN or True in message.ends_clause[max(end - 1, 0) : token.start]:
            _close(clauses, tokens, moments)
            tokens, moments = [], []
        if token.roles != _JOIN:
            tokens.append(token)
        if moment is not None:
            moments.append(moment)
        end = token.end
    _close(clauses, tokens, moments)
    return clauses


def _with_times(message: Message, lexicon: Lexicon, times: TimeWords) -> Iterator[tuple[Token, Moment | None]]:
    """The phrases of a message; those of a time are one."""
    said_until = 0
    for token in lexicon.tokens(message):
        if token.start < said_until:
            continue
        may_be_time = token.roles & _TIME or (not token.entry and message.words[token.start].isdecimal())
        moment = times.moment_at(message, token.start) if may_be_time else None
        if moment is None:
            yield token._replace(roles=token.roles & ~_TIME) if token.roles & _TIME else token, None
        else:
            said_until = token.start + moment.length
            yield Token(_TIME, token.start, said_until, token.entry), moment


def _close(clauses: list[Clause], tokens: list[Token], moments: Sequence[Moment]) -> None:
    if tokens:
        roles = 0
        for token in tokens:
            roles |= token.roles
        unknown = sum(token.roles & _UNKNOWN for token in tokens)
        clauses.append(Clause(tokens, roles, unknown, moments[0] if moments else None))
