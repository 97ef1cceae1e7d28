"""What the sentences of a message ask for, read in one language."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from botapp.understanding.clauses import Clause, read_clauses
from botapp.understanding.exits import EXITS_ALONE, EXITS_TOGETHER, Exit, Weight, find_exit
from botapp.understanding.language import LanguageWords
from botapp.understanding.moments import Moment
from botapp.understanding.normalise import Message
from botapp.understanding.roles import Role
from botapp.understanding.things import is_thing_next
from botapp.understanding.wishes import Wish


class Heard(NamedTuple):
    """A wish that one language hears. Weight VETO with no wish: the exit word has another object."""

    wish: Wish | None
    weight: Weight
    evidence: tuple[str, ...] = ()  # entries of our data, never the person's words
    moment: Moment | None = None  # how long a mute is to last
    is_bare: bool = False  # an exit word alone, which another language may know to mean something else


class Reading(NamedTuple):
    """What one language makes of a message."""

    language: str
    wishes: list[Heard]  # the one to act on first
    has_veto: bool  # the language knows of another object of an exit word
    has_object: bool  # the language knows of things that are none of ours
    unknown: int  # words that it does not know


_ONLY, _NAMED = int(Role.ONLY), int(Role.MESSAGES | Role.OTHER)
_DENIES_OR_STOPS = int(Role.NEGATION | Role.UNWANTED | Role.NO_MORE | Role.VERB | Role.EXIT | Role.CANCEL)
_KEEP, _MUTE, _AGAIN, _TIME = int(Role.KEEP), int(Role.MUTE), int(Role.AGAIN), int(Role.TIME)
_MESSAGES, _COMPLAINT, _OTHER, _EXIT = int(Role.MESSAGES), int(Role.COMPLAINT), int(Role.OTHER), int(Role.EXIT)
_PERSON, _TALK, _SHOW, _DATA = int(Role.PERSON), int(Role.TALK), int(Role.SHOW), int(Role.DATA)
_UNKNOWN, _YES = int(Role.UNKNOWN), int(Role.YES)
_ERASE, _WHY, _RETURN = int(Role.ERASE), int(Role.WHY), int(Role.RETURN)
_PEOPLE, _OPENER, _REPORT = int(Role.PEOPLE), int(Role.OPENER), int(Role.REPORT)
_DETERMINER = int(Role.DETERMINER)
_DENIES = int(Role.NEGATION | Role.UNWANTED | Role.NO_MORE)
_RECEIVING = int(Role.RECEIVING)
_WANTS, _GETS = int(Role.OPENER | Role.SHOW), int(Role.RECEIVING | Role.RETURN)
_REFUSES = int(Role.NEGATION | Role.NO_MORE)
_ASKS_TO_STOP = int(Role.VERB | Role.EXIT | Role.CANCEL | Role.REMOVAL)
_TELLS = int(Role.REPORT | Role.UNWANTED | Role.GUESS | Role.COMPLAINT)
_NOT_AGAIN = _DENIES | _PEOPLE | _OTHER
_REACHES_ME = int(Role.MESSAGES | Role.WRITING | Role.NAMING | Role.RECEIVING)
_BESIDE_A_MUTE = int(
    Role.MUTE | Role.AGAIN | Role.ME | Role.NEUTRAL | Role.OPENER | Role.TIME | Role.MESSAGES | Role.WRITING | Role.VERB
)
_KEPT = int(Role.UNKNOWN | Role.MESSAGES | Role.OTHER | Role.DETERMINER | Role.WRITING | Role.RECEIVING)
_ONE_OF_OURS = int(Role.WRITING | Role.NAMING)
_ASKED_FOR_A_PERSON = int(Role.PERSON | Role.OPENER | Role.DETERMINER | Role.NEUTRAL | Role.ME)


# What a message must have somewhere for any wish to be heard in it: one role alone, or one each of two sets.
_TELLS_ALONE = int(Role.MUTE | Role.AGAIN | Role.PERSON | Role.COMPLAINT) | EXITS_ALONE
_TELLS_TOGETHER = (
    *EXITS_TOGETHER,
    (_ONLY, _ONE_OF_OURS | _MESSAGES),
    (_ERASE | _SHOW, _DATA),
    (_WHY | _RETURN, _REACHES_ME),
)


def may_say_a_wish(roles: int) -> bool:
    """Whether a message whose phrases have these roles, all of them together, may say any wish at all."""
    return bool(roles & _TELLS_ALONE) or any(roles & first and roles & second for first, second in _TELLS_TOGETHER)


def read_sentences(message: Message, language: LanguageWords) -> Reading:
    """The wishes heard in one language. A stop comes before all but the wish to have everything deleted."""
    clauses = read_clauses(message, language.lexicon, language.times)
    exits = _exits(clauses, is_order_free=language.is_order_free)
    if not any(found.weight > Weight.GUESS for found in exits):
        exits = list(_only_some(clauses)) or exits
    heard = [found for found in (_deletion(clauses), *exits, _mute(clauses, language)) if found]
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
        unknown=sum(clause.unknown for clause in clauses),
    )


def _exits(clauses: Sequence[Clause], *, is_order_free: bool) -> list[Heard]:
    """The weightiest exit of all clauses, as a stop, a stop of one topic or a mute; or a veto."""
    found = [find_exit(clause, clauses[:index], is_order_free=is_order_free) for index, clause in enumerate(clauses)]
    best = max((index for index, each in enumerate(found) if each), key=lambda index: _rank(found, index), default=None)
    if best is None:
        return []
    chosen = found[best]
    if chosen is None or not chosen.weight:
        return [Heard(None, Weight.VETO)]
    moment = _how_long(clauses[best])
    is_threat = any(clause.roles & _COMPLAINT for clause in clauses[best + 1 :])
    if moment and not is_threat:
        return [Heard(Wish.MUTE, chosen.weight, chosen.evidence, moment)]
    if _keeps_some(clauses, best):
        evidence = (*chosen.evidence, *_refused(clauses[best], chosen.evidence))
        return [Heard(Wish.TOPIC_STOP, chosen.weight, evidence)]
    return [Heard(Wish.STOP, chosen.weight, chosen.evidence, is_bare=chosen.is_bare)]


def _how_long(clause: Clause) -> Moment | None:
    """Hears "stop for two weeks", "leave me alone two weeks" and "no messages tonight"; "stop today" does not say."""
    moment, last = clause.moment, clause.tokens[-1]
    if moment is None:
        return None
    if moment.is_introduced:
        return moment if moment.span or moment.at or moment.is_open else None
    if not last.roles & _TIME or clause.roles & _TELLS or clause.unknown:
        return None
    if moment.span:
        return moment
    is_refused = clause.roles & _REFUSES and not clause.roles & _ASKS_TO_STOP
    over = moment.at.day_after() if moment.at and is_refused else None
    return moment._replace(at=over) if over else None


def _refused(clause: Clause, said: Sequence[str]) -> list[str]:
    """What a no to some of our messages names beside its evidence, up to what shall go on."""
    named: list[str] = []
    for token in clause.tokens:
        if token.roles & (_KEEP | _ONLY):
            break
        if token.roles & _NAMED and token.entry not in said:
            named.append(token.entry)
    return named


def _rank(found: Sequence[Exit | None], index: int) -> tuple[int, int]:
    chosen = found[index]
    return (chosen.weight if chosen else -1, -index)


def _keeps_some(clauses: Sequence[Clause], chosen: int) -> bool:
    """Hears "no more promotions, but order updates are fine"."""
    if not clauses[chosen].roles & (_MESSAGES | _EXIT):
        return False
    if clauses[chosen].roles & _KEEP or _names_the_only_ones(clauses) or any(map(_says_yes_to_some, clauses)):
        return True
    others = [clause for index, clause in enumerate(clauses) if index != chosen]
    return any((clause.roles & _KEEP and clause.roles & _KEPT) or _wants_some(clause) for clause in others)


def _says_yes_to_some(clause: Clause) -> bool:
    """Hears "orders yes", and not "yes, stop the messages"."""
    if not clause.roles & _YES:
        return False
    position = next(index for index, token in enumerate(clause.tokens) if token.roles & _YES)
    said = clause.tokens[:position]
    return bool(said and said[-1].roles & _NAMED) and not any(token.roles & _DENIES_OR_STOPS for token in said)


def _wants_some(clause: Clause) -> bool:
    """Hears "I want order updates", which are our messages about something."""
    names_some = clause.roles & _MESSAGES and clause.roles & _OTHER and not clause.roles & _DENIES_OR_STOPS
    return bool(names_some) and any(token.roles & _OPENER and token.roles & _SHOW for token in clause.tokens)


def _names_the_only_ones(clauses: Sequence[Clause]) -> bool:
    """Hears "only order updates" and "just tell me about my parcel", and not "just stop"."""
    for index, clause in enumerate(clauses):
        if clause.roles & _ONLY:
            tokens = [token for later in clauses[index : index + 2] for token in later.tokens]
            position = next(place for place, token in enumerate(tokens) if token.roles & _ONLY)
            named = next((place for place, token in enumerate(tokens[position:]) if token.roles & _NAMED), None)
            said = tokens[position : position + (named or 0)]
            if named and not any(token.roles & _DENIES_OR_STOPS for token in said):
                return True
    return False


def _only_some(clauses: Sequence[Clause]) -> Iterator[Heard]:
    """Hears "only text me about my order", which says no to the rest; "just text me" says nothing."""
    # "No sales talk, only order updates" says so in its second clause.
    is_second = len(clauses) > 1 and clauses[0].roles & _DENIES and clauses[0].unknown
    for clause in clauses[: 2 if is_second else 1]:
        says_only = any(token.roles & _ONLY and not token.roles & _OPENER for token in clause.tokens)
        is_wanted = _is_wanted(clause)
        is_told = any(token.roles & _REPORT and not (is_wanted and token.roles & _RECEIVING) for token in clause.tokens)
        is_a_wish = not is_told and not clause.roles & (_PEOPLE | _DENIES_OR_STOPS)
        # "Only messages about my order" names an order, and "I want only reminders" reminders.
        named = _NAMED if is_wanted or clause.roles & _ONE_OF_OURS else _OTHER
        is_about_some = any(token.roles & named for later in clauses[:2] for token in later.tokens)
        if says_only and is_a_wish and is_about_some and clause.roles & (_ONE_OF_OURS | _MESSAGES):
            yield Heard(Wish.TOPIC_STOP, Weight.LIKELY, _entries(clause, _ONLY))


def _is_wanted(clause: Clause) -> bool:
    """Whether somebody wants something sent: "I'd like to receive", "ich möchte … bekommen"."""
    if not clause.roles & _RECEIVING:
        return False
    return any(token.roles & _WANTS == _WANTS or token.roles & _GETS == _GETS for token in clause.tokens)


def _mute(clauses: Sequence[Clause], language: LanguageWords) -> Heard | None:
    for index, clause in enumerate(clauses):
        if found := _quiet_until(clause, language):
            return found
        if clause.roles & _MUTE and not clause.roles & (_OTHER | _PEOPLE):
            position = next(index for index, token in enumerate(clause.tokens) if token.roles & _MUTE)
            entry = clause.tokens[position].entry
            if entry in language.mutes_by_itself and len(clause.tokens) > 1:  # "later", and not "I'll come later"
                continue
            # "Not now, mate" is one; "quiet room" and "stop talking so fast" are none.
            spare = 1 if language.mutes.get(entry) else 0
            beside = _BESIDE_A_MUTE | _DETERMINER if clause.roles & _MESSAGES else _BESIDE_A_MUTE  # "mute the ads"
            is_plain = all(token.roles & beside or not token.entry for token in clause.tokens)
            if clause.unknown <= spare and is_plain and not is_thing_next(clause, position):
                said = next((later.moment for later in clauses[index:] if later.moment), None)
                return Heard(Wish.MUTE, Weight.CERTAIN, (entry,), said or language.usual_mute(entry))
        if found := _asked_for_later(clause):
            return found
    return None


def _quiet_until(clause: Clause, language: LanguageWords) -> Heard | None:
    """Hears "no messages until my exams are over": what follows is no object, whatever it is."""
    for token in clause.tokens:
        if token.entry in language.mutes_until:
            return Heard(Wish.MUTE, Weight.CERTAIN, (token.entry,), clause.moment)
        if token.roles & (_OTHER | _PEOPLE | _UNKNOWN):
            return None
    return None


def _asked_for_later(clause: Clause) -> Heard | None:
    """Hears "ask me again tomorrow" and "you can write to me again after Monday"."""
    when = clause.moment
    if when is None:
        return None
    is_point = when.is_introduced or when.at  # "three weeks" may be past
    if clause.roles & _AGAIN and clause.roles & _TIME and not clause.roles & (_PEOPLE | _PERSON) and is_point:
        telling = [token for token in clause.tokens if token.roles & (_AGAIN | _TIME | _UNKNOWN | _OTHER)]
        again = next(index for index, token in enumerate(telling) if token.roles & _AGAIN)
        # What comes before is the reason: "in class write to me after three".
        if not any(token.roles & (_UNKNOWN | _OTHER) for token in telling[again:]):
            return Heard(Wish.MUTE, Weight.LIKELY, (telling[again].entry,), when)
    reaches = _REACHES_ME if when.is_introduced else _ONE_OF_OURS | _MESSAGES
    if clause.roles & _RETURN and clause.roles & reaches and not clause.roles & _NOT_AGAIN:
        return Heard(Wish.MUTE, Weight.LIKELY, _entries(clause, _RETURN), when)
    return None


def _deletion(clauses: Sequence[Clause]) -> Heard | None:
    return _together(clauses, _ERASE, _DATA, Wish.DELETE)


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
            return Heard(Wish.PERSON, Weight.LIKELY, _entries(clause, _PERSON))
    return _together(clauses, _TALK, _PERSON, Wish.PERSON)


def _complaint(clauses: Sequence[Clause]) -> Heard | None:
    for clause in clauses:
        if clause.roles & _COMPLAINT:
            return Heard(Wish.COMPLAINT, Weight.LIKELY, _entries(clause, _COMPLAINT))
    return None


def _together(clauses: Sequence[Clause], first: int, second: int, wish: Wish, *, unless: int = _DENIES) -> Heard | None:
    """A wish that two phrases of one clause make together, unless something speaks against it."""
    for clause in clauses:
        if clause.roles & first and clause.roles & second and not clause.roles & (unless | _PEOPLE):
            return Heard(wish, Weight.CERTAIN, _entries(clause, first | second))
    return None


def _entries(clause: Clause, roles: int) -> tuple[str, ...]:
    return tuple(token.entry for token in clause.tokens if token.roles & roles)
