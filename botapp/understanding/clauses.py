"""A message as clauses: what stands between two marks or joining words, in the roles of one language."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from botapp.understanding.lexicon import Lexicon, Token
from botapp.understanding.moments import Moment, TimeWords
from botapp.understanding.normalise import Message
from botapp.understanding.roles import Role

_JOIN, _TIME, _UNKNOWN, _AGAIN = int(Role.JOIN), int(Role.TIME), int(Role.UNKNOWN), int(Role.AGAIN)
_NUMBER, _OTHER = int(Role.NUMBER), int(Role.OTHER)
_ABOUT_US = int(Role.MESSAGES | Role.WRITING | Role.NAMING | Role.RECEIVING | Role.ME)
_LONGEST_COUNT = 3  # digits
_WAIT = _JOIN | _TIME | _AGAIN  # "not before"
_QUIET = int(Role.MUTE | Role.AGAIN)


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
        is_number = not token.entry and message.words[token.start].isdecimal()
        may_be_time = token.roles & _TIME or is_number
        moment = times.moment_at(message, token.start) if may_be_time else None
        if moment is None and token.roles & _QUIET and (found := _time_after(message, token, times)):
            said_until, moment = found
            yield Token(_without_time(token.roles) | _TIME, token.start, said_until, token.entry), moment
        elif moment is None:
            roles = _without_time(token.roles)
            if is_number and _is_count(message.words, token.start):
                roles |= _NUMBER
            yield token if roles == token.roles else token._replace(roles=roles), None
        else:
            said_until = token.start + moment.length
            roles = _TIME | _AGAIN if token.roles & _WAIT == _WAIT else _TIME
            yield Token(roles, token.start, said_until, token.entry), moment


def _time_after(message: Message, token: Token, times: TimeWords) -> tuple[int, Moment] | None:
    """The time that follows a phrase which ends in "until", with the first word after it."""
    start = times.until_within(message, token.start, token.end)
    moment = None if start is None else times.moment_at(message, start)
    if start is None or moment is None or start + moment.length <= token.end:
        return None
    return start + moment.length, moment


def _is_count(words: Sequence[str], position: int) -> bool:
    """Tells so many pieces from a number of a telephone or an order, which is long or has its digits in groups."""
    beside = words[max(position - 1, 0) : position + 2]
    return len(words[position]) <= _LONGEST_COUNT and sum(map(str.isdecimal, beside)) == 1


def _without_time(roles: int) -> int:
    """What an entry is where no time follows: "not before" only begins a clause then."""
    return roles & ~(_TIME | _AGAIN) if roles & _WAIT == _WAIT else roles & ~_TIME


def _close(clauses: list[Clause], tokens: list[Token], moments: Sequence[Moment]) -> None:
    if tokens:
        roles = 0
        for token in tokens:
            roles |= token.roles
        if roles & _NUMBER and not roles & _ABOUT_US:
            roles |= _OTHER
            counts = (token.roles | _OTHER if token.roles & _NUMBER else token.roles for token in tokens)
            tokens = [token._replace(roles=role) for token, role in zip(tokens, counts, strict=True)]
        unknown = sum(token.roles & _UNKNOWN for token in tokens)
        clauses.append(Clause(tokens, roles, unknown, moments[0] if moments else None))
