"""Is the object of an exit word a thing that no list knows? "Don't send the percolator", "den Stuhl nicht mehr"."""

from collections.abc import Sequence
from itertools import dropwhile, islice, pairwise, takewhile

from botapp.understanding.clauses import Clause
from botapp.understanding.lexicon import Token
from botapp.understanding.roles import Role

_UNKNOWN, _OTHER, _ME = int(Role.UNKNOWN), int(Role.OTHER), int(Role.ME)
_DETERMINER, _NEUTRAL, _ARTICLE = int(Role.DETERMINER), int(Role.NEUTRAL), int(Role.ARTICLE)
_CANCEL, _SENDING = int(Role.CANCEL), int(Role.WRITING | Role.SHOW)
_TO_ME, _REPORT = int(Role.MESSAGES | Role.ME), int(Role.REPORT)
_ABOUT_US = int(Role.MESSAGES | Role.WRITING | Role.NAMING | Role.RECEIVING)
_REFUSES = int(Role.UNWANTED | Role.GUESS | Role.NO_MORE)
_WRITING, _OTHER_THAN_MESSAGES = int(Role.WRITING), int(Role.OTHER | Role.MESSAGES)
_MESSAGES, _BEFORE_A_THING = int(Role.MESSAGES), int(Role.ME | Role.TIME)
_STEPPED_OVER = int(Role.DETERMINER | Role.NEUTRAL | Role.ME | Role.OPENER | Role.TIME)


def names_a_thing(tokens: Sequence[Token]) -> bool:
    """Hears "the percolator", and not "your percolators", which may be what we send."""
    return any(token.roles & _ARTICLE and following.roles & _UNKNOWN for token, following in pairwise(tokens))


def is_other_object(tokens: Sequence[Token], position: int) -> bool:
    """Hears the job in "no more jobs", and not in "no more job alerts"."""
    return tokens[position].roles & _OTHER_THAN_MESSAGES == _OTHER and not any(
        token.roles & _MESSAGES and not token.roles & _WRITING for token in tokens[position + 1 : position + 2]
    )


def is_object_next(after: Sequence[Token]) -> bool:
    """Hears "from the gym plan" and "from the sports channel package", unknown words included, behind an exit."""
    rest = [token for token in after if not token.roles & _STEPPED_OVER]
    unknown = len(list(takewhile(lambda token: token.roles & _UNKNOWN, rest[:2]))) if len(rest) < len(after) else 0
    known = rest[unknown:]
    return bool(known) and bool(known[0].roles & _OTHER)


def is_thing_next(clause: Clause, position: int) -> bool:
    """Hears "no me manden la salsa" and "quítenme los puntos" behind an exit phrase, where nothing is said of messages.

    Not "take me off the roster" or "hou op met de flyers": what stands behind a preposition may be what we send.
    """
    if clause.roles & _MESSAGES:
        return False
    after = clause.tokens[position + 1 :]
    rest = dropwhile(lambda token: token.roles & _BEFORE_A_THING and not token.roles & _ARTICLE, after)
    return names_a_thing(list(islice(rest, 2)))


def has_object_of_its_own(after: Sequence[Token]) -> bool:
    """Knows that "stop the …" has, known or not; "stop this" may have, and "stop this song" has."""
    return any(
        token.roles & _DETERMINER
        and (not token.roles & _NEUTRAL or any(later.roles & _UNKNOWN for later in after[index:]))
        for index, token in enumerate(after)
    )


def is_thing_unwanted(clause: Clause, position: int, *, is_order_free: bool = False) -> bool:
    """Hears "I don't want the percolator" and "I want nothing spicy" in a clause that says nothing of us.

    `position` is that of the exit word. Where the order is free the thing may stand before it.
    """
    if clause.roles & _ABOUT_US or not clause.unknown:
        return False
    said, *after = clause.tokens[position : position + 4]
    if said.roles & _CANCEL and not clause.roles & _ME and names_a_thing(clause.tokens):  # "discontinue the cruise"
        return True
    if not said.roles & _REFUSES:
        return False
    if is_order_free and names_a_thing(clause.tokens[:position]):
        return True
    named = next((token for token in after if not token.roles & (_DETERMINER | _NEUTRAL)), None)
    return named is not None and bool(named.roles & _UNKNOWN)


def is_thing_sent(tokens: Sequence[Token], position: int) -> bool:
    """Hears "don't send the percolator" and "das Paket nicht schicken", where `position` is that of "send".

    Of "send me the …" nothing is sure, nor after a report: "Paket ist da nichts mehr schicken".
    """
    is_sending = tokens[position].roles & _SENDING == _SENDING
    if not is_sending or any(token.roles & _TO_ME for token in tokens):
        return False
    is_told = any(token.roles & _REPORT for token in tokens)
    return names_a_thing(tokens) or (not is_told and any(token.roles & _OTHER for token in tokens))
