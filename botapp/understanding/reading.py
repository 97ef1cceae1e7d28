"""What the sentences of a message ask for, read in one language."""

from collections.abc import Sequence
from typing import NamedTuple

from botapp.understanding.clauses import Clause
from botapp.understanding.exits import Exit, Weight, find_exit
from botapp.understanding.heard import Heard, entries_of
from botapp.understanding.kept import keeps_some, only_some, refused
from botapp.understanding.language import LanguageWords
from botapp.understanding.mutes import find_mute, how_long
from botapp.understanding.normalise import words_of_entry
from botapp.understanding.roles import Role
from botapp.understanding.spoken import Spoken
from botapp.understanding.wishes import Wish


class Reading(NamedTuple):
    """What one language makes of a message."""

    language: str
    wishes: list[Heard]  # the one to act on first
    has_veto: bool  # the language knows of another object of an exit word
    has_object: bool  # the language knows of things that are none of ours
    unknown: int  # words that it does not know


_ONLY, _MESSAGES, _OTHER = int(Role.ONLY), int(Role.MESSAGES), int(Role.OTHER)
_PERSON, _TALK, _PEOPLE = int(Role.PERSON), int(Role.TALK), int(Role.PEOPLE)
_SHOW, _DATA, _ERASE, _DETAIL = int(Role.SHOW), int(Role.DATA), int(Role.ERASE), int(Role.DETAIL)
_WHY, _RETURN, _TAKEN_BACK, _TOLD = int(Role.WHY), int(Role.RETURN), int(Role.TAKEN_BACK), int(Role.TOLD)
_COMPLAINT, _AFTERWARDS, _NO = int(Role.COMPLAINT), int(Role.AFTERWARDS), int(Role.NO)
_BEGINS_TO_ASK = int(Role.RETURN | Role.WRITING | Role.AGAIN)
_DENIES = int(Role.NEGATION | Role.UNWANTED | Role.NO_MORE)
_REACHES_ME = int(Role.MESSAGES | Role.WRITING | Role.NAMING | Role.RECEIVING)
_ONE_OF_OURS = int(Role.WRITING | Role.NAMING)
_ASKED_FOR_A_PERSON = int(Role.PERSON | Role.OPENER | Role.DETERMINER | Role.NEUTRAL | Role.ME)


def read_sentences(spoken: Spoken) -> Reading:
    """The wishes heard in one language. A stop comes before all but the wish to have everything deleted."""
    language, clauses = spoken.language, spoken.clauses
    exits = _exits(clauses, language)
    if not any(found.weight > Weight.GUESS for found in exits):
        exits = list(only_some(clauses)) or exits
    heard = [found for found in (_deletion(clauses), *exits, find_mute(clauses, language)) if found]
    if any(found.weight and found.wish in {Wish.STOP, Wish.DELETE} for found in heard):
        heard = [found for found in heard if found.wish is not Wish.MUTE or found in exits]
    for find in (_person, _data, _why, _complaint, _return):
        if found := find(clauses):
            heard.append(found)
    wishes = [found for found in heard if found.wish is not None]
    return Reading(
        language.language,
        wishes,
        has_veto=len(wishes) < len(heard),
        has_object=any(clause.roles & _OTHER for clause in clauses),
        unknown=spoken.unknown,
    )


def _exits(clauses: Sequence[Clause], language: LanguageWords) -> list[Heard]:
    """The weightiest exit of all clauses, as a stop, a stop of one topic or a mute; or a veto."""
    is_free = language.is_order_free
    found = [find_exit(clause, clauses[:index], is_order_free=is_free) for index, clause in enumerate(clauses)]
    best = max((index for index, each in enumerate(found) if each), key=lambda index: _rank(found, index), default=None)
    if best is None:
        return []
    chosen = found[best]
    if chosen is None or not chosen.weight:
        return [Heard(None, Weight.VETO)]
    if _is_taken_back(clauses, found, language):
        return []
    moment = how_long(clauses[best], clauses[:best])
    is_threat = any(clause.roles & _COMPLAINT for clause in clauses[best + 1 :])
    if moment and not is_threat:
        return [Heard(Wish.MUTE, chosen.weight, chosen.evidence, moment)]
    if keeps_some(clauses, best):
        evidence = (*chosen.evidence, *refused(clauses[best], chosen.evidence))
        return [Heard(Wish.TOPIC_STOP, chosen.weight, evidence)]
    return [Heard(Wish.STOP, chosen.weight, chosen.evidence, is_bare=chosen.is_bare)]


def _rank(found: Sequence[Exit | None], index: int) -> tuple[int, int]:
    chosen = found[index]
    return (chosen.weight if chosen else -1, -index)


def _is_taken_back(clauses: Sequence[Clause], found: Sequence[Exit | None], language: LanguageWords) -> bool:
    """Hears "I had said stop, but I'd like your messages again", and not "I said stop and you send messages again".

    To hear from us must come last, and be asked for: told, it may be what the person complains of.
    """
    is_regretted = any(clause.roles & _TAKEN_BACK for clause in clauses)
    if not is_regretted and not any(clause.roles & _TOLD for clause in clauses):
        return False
    last = max(index for index, each in enumerate(found) if each and each.weight)
    # "Pressed stop by mistake, send me messages again" asks; where the stop is only told of, it takes more.
    asks = _BEGINS_TO_ASK if is_regretted else 0
    after = [clause for clause in clauses[last + 1 :] if not clause.roles & _WHY]
    asked = [each for each in after if each.tokens[0].roles & asks or _has_a_word_of(each, language.wishing)]
    return _return(asked) is not None


def _has_a_word_of(clause: Clause, words: frozenset[str]) -> bool:
    return any(not words.isdisjoint(words_of_entry(token.entry)) for token in clause.tokens)


def _deletion(clauses: Sequence[Clause]) -> Heard | None:
    found = _together(clauses, _ERASE, _DATA, Wish.DELETE)
    is_asked = any(clause.roles & _ERASE and not clause.roles & (_DENIES | _PEOPLE) for clause in clauses)
    # "My name and my number off your list" is a stop.
    if found or not is_asked or any(clause.roles & _MESSAGES for clause in clauses):
        return found
    details = tuple(entry for clause in clauses for entry in entries_of(clause, _DETAIL))
    return Heard(Wish.DELETE, Weight.LIKELY, details) if len(details) > 1 else None


def _data(clauses: Sequence[Clause]) -> Heard | None:
    return _together(clauses, _SHOW, _DATA, Wish.DATA)


def _why(clauses: Sequence[Clause]) -> Heard | None:
    return _together(clauses, _WHY, _REACHES_ME, Wish.WHY, unless=_DENIES | _OTHER)


def _return(clauses: Sequence[Clause]) -> Heard | None:
    # "You can write to me again" is one, "you can send me the invoice" is none.
    all_of_them = [clause for clause in clauses if not clause.roles & _ONLY]
    ours = [each for each in all_of_them if each.roles & _MESSAGES or not (each.unknown or each.roles & _OTHER)]
    return _together(ours, _RETURN, _REACHES_ME, Wish.RETURN)


def _person(clauses: Sequence[Clause]) -> Heard | None:
    for clause in clauses:
        if clause.roles & _PERSON and not any(token.roles & _ASKED_FOR_A_PERSON == 0 for token in clause.tokens):
            return Heard(Wish.PERSON, Weight.LIKELY, entries_of(clause, _PERSON))
    return _together(clauses, _TALK, _PERSON, Wish.PERSON)


def _complaint(clauses: Sequence[Clause]) -> Heard | None:
    for clause in clauses:
        if clause.roles & _COMPLAINT:
            return Heard(Wish.COMPLAINT, Weight.LIKELY, entries_of(clause, _COMPLAINT))
    return None


def _together(clauses: Sequence[Clause], first: int, second: int, wish: Wish, *, unless: int = _DENIES) -> Heard | None:
    """A wish that two phrases of one clause make together, unless something speaks against it."""
    for clause in clauses:
        if clause.roles & first and clause.roles & second and not clause.roles & (unless | _PEOPLE):
            return Heard(wish, Weight.CERTAIN, entries_of(clause, first | second))
    return None
