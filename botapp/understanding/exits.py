"""Does a clause ask us to stop? What matters is whether the exit word has another object than our messages.

"Stop texting me" withdraws; "stop by the store", "can't stop loving it" and "parar o tratamento" do not.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from botapp.understanding.clauses import Clause
from botapp.understanding.lexicon import Token
from botapp.understanding.roles import Role
from botapp.understanding.things import (
    has_object_of_its_own,
    is_object_next,
    is_other_object,
    is_thing_next,
    is_thing_sent,
    is_thing_unwanted,
    names_a_thing,
)

# So few words of which our lists know nothing are still taken for a withdrawal: a miss is worse than a false stop.
_FEW_UNKNOWN = 2
_FARTHEST = 7  # phrases between the two halves of an exit


class Weight(IntEnum):
    """How sure an exit is, in percent; VETO is knowledge, too: the exit word has another object."""

    VETO = 0
    GUESS = 50
    LIKELY = 80
    CERTAIN = 97


class Exit(NamedTuple):
    """What an exit word amounts to in one clause."""

    weight: Weight
    evidence: tuple[str, ...]  # entries of our data
    is_bare: bool = False  # nothing but an exit word: "stop!"


class _Pair(NamedTuple):
    first: int
    second: int
    weight: Weight
    farthest: int = _FARTHEST
    unless: int = 0  # roles that, anywhere in the clause, make it no wish
    unless_after: int = 0  # the same of roles after the first half: "put me back on the list"


_ABOUT_US = int(Role.MESSAGES | Role.WRITING | Role.NAMING | Role.RECEIVING)
_REPORT = int(Role.REPORT)
_NO_TO_MESSAGES = _Pair(int(Role.NEGATION), int(Role.MESSAGES), Weight.LIKELY, farthest=2, unless=_REPORT)
_PAIRS = (
    _Pair(int(Role.VERB), _ABOUT_US, Weight.CERTAIN),
    _Pair(int(Role.NO_MORE), int(Role.MESSAGES | Role.WRITING | Role.NAMING), Weight.CERTAIN, unless=_REPORT),
    _Pair(int(Role.UNWANTED), _ABOUT_US, Weight.CERTAIN),
    _Pair(int(Role.NEGATION), int(Role.WRITING | Role.NAMING), Weight.CERTAIN),
    _Pair(int(Role.NEGATION), int(Role.RECEIVING), Weight.LIKELY, unless=_REPORT),
    _NO_TO_MESSAGES,
    _Pair(int(Role.CANCEL), int(Role.MESSAGES), Weight.CERTAIN, unless=_REPORT, unless_after=int(Role.RETURN)),
    _Pair(int(Role.REMOVAL), int(Role.ME), Weight.CERTAIN, unless_after=int(Role.RETURN)),
    _Pair(int(Role.VERB), int(Role.ME), Weight.LIKELY, farthest=3),  # "stop" + any verb + "me"
)

# Plain numbers: testing members of an IntFlag costs more than all the rest.
_UNKNOWN, _OTHER, _PEOPLE = int(Role.UNKNOWN), int(Role.OTHER), int(Role.PEOPLE)
_DETERMINER, _OPENER = int(Role.DETERMINER), int(Role.OPENER)
_EXIT, _GUESS, _VERB, _MESSAGES = int(Role.EXIT), int(Role.GUESS), int(Role.VERB), int(Role.MESSAGES)
_NAMING, _NEUTRAL, _UNWANTED = int(Role.NAMING), int(Role.NEUTRAL), int(Role.UNWANTED)
_NEGATION, _WRITING = int(Role.NEGATION), int(Role.WRITING)
_DENIES = int(Role.NEGATION | Role.UNWANTED)
_NAMES_ANOTHER = int(Role.OTHER | Role.DETERMINER)
_RECEIVING, _WANTS = int(Role.RECEIVING), int(Role.OPENER | Role.SHOW)
_MAY_I = int(Role.OPENER | Role.TALK)
_TRAILING = int(Role.OPENER | Role.TIME)  # "now", "today"
_BEGINS_ANEW = int(Role.OPENER | Role.UNWANTED)
_BESIDE_A_VERB = int(
    (Role.VERB | Role.EXIT | Role.GUESS | Role.OPENER | Role.ME | Role.NEUTRAL | Role.TIME | Role.NO_MORE | Role.MUTE)
    | (Role.TAKEN_BACK | Role.TOLD | Role.AFTERWARDS | Role.UNTIL_THEN | Role.NO)
)
_TOWARDS_US = int(Role.ME | Role.NO_MORE | Role.UNWANTED | Role.EXIT | Role.COMPLAINT | Role.WHY) | _ABOUT_US
_ANY_EXIT = _EXIT | _GUESS | _VERB | int(Role.NO_MORE | Role.UNWANTED | Role.NEGATION | Role.CANCEL | Role.REMOVAL)


def find_exit(clause: Clause, earlier: Sequence[Clause], *, is_order_free: bool) -> Exit | None:
    """The exit of a clause, or a veto, or None where there is no exit word.

    `earlier` are the clauses before it; `is_order_free` tells a language whose verb may come first or last.
    """
    if not clause.roles & _ANY_EXIT:
        return None
    phrase = _phrase(clause, is_order_free=is_order_free) if clause.roles & _EXIT else None
    if phrase is not None and phrase.weight:
        return phrase
    for pair in _PAIRS:
        if clause.roles & pair.first and clause.roles & pair.second:
            found = _paired(clause.tokens, pair, is_order_free=is_order_free)
            if found is not None:
                return found
    if phrase is not None:
        return phrase
    if clause.roles & _VERB:
        return _alone(clause, earlier, is_order_free=is_order_free)
    return _guessed(clause)


def _phrase(clause: Clause, *, is_order_free: bool) -> Exit:
    """An entry that withdraws wherever it stands, unless it is denied or goes on with another object."""
    tokens = clause.tokens
    position = next(index for index, token in enumerate(tokens) if token.roles & _EXIT)
    denied = any(token.roles & _DENIES and not token.roles & _EXIT for token in tokens[max(position - 2, 0) : position])
    told = max((index for index in range(position) if tokens[index].roles & _REPORT), default=-1)  # "Paket ist da"
    is_other = is_order_free and any(token.roles & _OTHER for token in tokens[told + 1 :])
    has_object = is_object_next(tokens[position + 1 :]) or is_other
    has_object = has_object and not clause.roles & _MESSAGES
    has_object = has_object or is_thing_unwanted(clause, position, is_order_free=is_order_free)
    has_object = has_object or is_thing_next(clause, position)
    if denied or has_object or clause.roles & _PEOPLE:
        return Exit(Weight.VETO, ())
    return Exit(Weight.CERTAIN, (tokens[position].entry,))


def _paired(tokens: Sequence[Token], pair: _Pair, *, is_order_free: bool) -> Exit | None:
    """Two roles that together withdraw: a negation and a word of writing, a removal and the person."""
    for first, token in enumerate(tokens):
        if not token.roles & pair.first:
            continue
        # "These messages must stop", "your texts are unwelcome", "ads no": these may end their clause in any language.
        is_last = all(token.roles & _TRAILING for token in tokens[first + 1 :])
        may_look_back = is_order_free or (is_last and (pair.first in {_VERB, _UNWANTED} or pair is _NO_TO_MESSAGES))
        begin = max(first - pair.farthest, 0) if may_look_back else first + 1
        seconds = [
            index
            for index in range(begin, min(first + pair.farthest + 1, len(tokens)))
            if index != first and tokens[index].roles & pair.second
        ]
        if not seconds:
            continue
        second = min(seconds, key=lambda index: abs(index - first))
        if _is_denied(tokens, first, pair) or _is_no_wish(tokens, first, pair):
            return Exit(Weight.VETO, ())
        is_thing = pair.first == _NEGATION and is_thing_sent(tokens, second)
        if is_thing or _has_another_object(tokens, first, second):
            return Exit(Weight.VETO, ())
        return Exit(pair.weight, tuple(tokens[index].entry for index in sorted((first, second))))
    return None


def _is_denied(tokens: Sequence[Token], first: int, pair: _Pair) -> bool:
    """Hears "don't stop sending": a denial right before the exit word, or after it where languages do so."""
    if pair.first & _DENIES:
        return False
    return first > 0 and bool(tokens[first - 1].roles & _DENIES)


def _is_no_wish(tokens: Sequence[Token], first: int, pair: _Pair) -> bool:
    """Hears "no message arrived" and "put me back on the list"."""
    # "I received no message" tells, and "I want to receive no messages" does not.
    is_wanted = any(token.roles & _WANTS == _WANTS for token in tokens)
    if any(token.roles & pair.unless and not (is_wanted and token.roles & _RECEIVING) for token in tokens):
        return True
    return any(token.roles & pair.unless_after for token in tokens[first + 1 :])


def _has_another_object(tokens: Sequence[Token], first: int, second: int) -> bool:
    begin, beyond = min(first, second), max(first, second) + 1
    # "Stop the ads they wake my son": behind what we send people are nobody's object.
    reach = tokens[:beyond] if tokens[second].roles & _MESSAGES and not tokens[second].roles & _WRITING else tokens
    if any(token.roles & _PEOPLE for token in reach):
        return True
    # "Stop texting me I want my refund": a wish that follows has an object of its own.
    end = next((index for index in range(beyond, len(tokens)) if tokens[index].roles & _BEGINS_ANEW), len(tokens))
    other = next((at for at in range(begin, end) if is_other_object(tokens, at)), None)
    if other is None:
        return _gives_a_name(tokens, second)
    said = (tokens[index].roles for index in range(begin, other))
    return not any(roles & _MESSAGES and not roles & _NEUTRAL for roles in said)


def _gives_a_name(tokens: Sequence[Token], second: int) -> bool:
    """Hears "stop calling me Dave"."""
    return bool(tokens[second].roles & _NAMING) and any(token.roles & _UNKNOWN for token in tokens[second + 1 :])


def _alone(clause: Clause, earlier: Sequence[Clause], *, is_order_free: bool) -> Exit | None:
    """An exit word without a word about messages: the rest of the clause, and what was said before, decide."""
    tokens = clause.tokens
    position = next(index for index, token in enumerate(tokens) if token.roles & _VERB)
    before, after = tokens[:position], tokens[position + 1 :]
    is_denied = any(token.roles & _DENIES for token in (*before[-2:], *after[:1]))
    is_noun = bool(before) and bool(before[-1].roles & _DETERMINER)
    is_about_another = clause.roles & (_OTHER | _PEOPLE) or has_object_of_its_own(after)
    is_about_another = is_about_another or (is_order_free and names_a_thing(before))
    if is_denied or is_noun or is_about_another:
        return Exit(Weight.VETO, ())
    if any(not token.roles & (_BESIDE_A_VERB | _UNKNOWN) for token in tokens):
        return None
    weight = _by_unknown(before, after)
    if weight is None:
        return None
    is_own_doing = any(token.roles & _MAY_I == _MAY_I for token in before)  # "must I finish the pills or can I stop"
    if is_own_doing and any(said.roles & _OTHER and not said.roles & _MESSAGES for said in earlier):
        weight = min(weight, Weight.GUESS)
    return Exit(min(weight, _after_all_that(earlier)), (tokens[position].entry,), is_bare=True)


def _by_unknown(before: Sequence[Token], after: Sequence[Token]) -> Weight | None:
    unknown_before = sum(token.roles & _UNKNOWN for token in before)
    unknown_after = sum(token.roles & _UNKNOWN for token in after)
    if unknown_before + unknown_after == 0:
        return Weight.CERTAIN
    if unknown_after == 0 and unknown_before <= _FEW_UNKNOWN:
        return Weight.LIKELY
    # "I want to stop smoking": after an opener nothing is guessed.
    has_opener = any(token.roles & _OPENER for token in before)
    is_short = unknown_before == 0 and unknown_after <= _FEW_UNKNOWN
    return Weight.GUESS if is_short and not has_opener else None


def _after_all_that(earlier: Sequence[Clause]) -> Weight:
    """What was said before weighs: "whisper mode, stop" is not said to us, "my parcel has come, stop" is."""
    if any(_only_names_another(clause) for clause in earlier[-1:]):
        return Weight.VETO
    is_related = any(clause.roles & _TOWARDS_US for clause in earlier)
    unknown = sum(clause.unknown for clause in earlier)
    if unknown <= _FEW_UNKNOWN or is_related:
        return Weight.CERTAIN if unknown == 0 else Weight.LIKELY
    return Weight.GUESS


def _only_names_another(clause: Clause) -> bool:
    return not clause.roles & _REPORT and all(token.roles & _NAMES_ANOTHER for token in clause.tokens)


def _guessed(clause: Clause) -> Exit | None:
    """What may be meant as a withdrawal; a veto where it is some other thing that is not wanted."""
    if clause.roles & (_OTHER | _PEOPLE):
        return None
    position = next((index for index, token in enumerate(clause.tokens) if token.roles & _GUESS), None)
    if position is not None and is_thing_next(clause, position):  # "I am fed up with my knee"
        return Exit(Weight.VETO, ())
    guess = None if position is None else clause.tokens[position].entry
    if guess is None and clause.roles & _NEUTRAL and not clause.unknown:  # "I don't want this"
        guess = next((token.entry for token in clause.tokens if token.roles & _UNWANTED), None)
    if guess:
        return Exit(Weight.GUESS, (guess,))
    is_about_a_thing = any(is_thing_unwanted(clause, position) for position in range(len(clause.tokens)))
    return Exit(Weight.VETO, ()) if is_about_a_thing else None
