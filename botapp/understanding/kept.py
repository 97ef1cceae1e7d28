"""Which of our messages shall go on beside a stop: "no more promotions, but order updates are fine"."""

from collections.abc import Iterator, Sequence

from botapp.understanding.clauses import Clause
from botapp.understanding.exits import Weight
from botapp.understanding.heard import Heard, entries_of
from botapp.understanding.roles import Role
from botapp.understanding.wishes import Wish

_KEEP, _ONLY, _YES, _NO = int(Role.KEEP), int(Role.ONLY), int(Role.YES), int(Role.NO)
_MESSAGES, _OTHER, _EXIT = int(Role.MESSAGES), int(Role.OTHER), int(Role.EXIT)
_PEOPLE, _REPORT, _RECEIVING = int(Role.PEOPLE), int(Role.REPORT), int(Role.RECEIVING)
_OPENER, _SHOW = int(Role.OPENER), int(Role.SHOW)
_NAMED, _NAMED_OR_UNKNOWN = int(Role.MESSAGES | Role.OTHER), int(Role.MESSAGES | Role.OTHER | Role.UNKNOWN)
_ONE_OF_OURS = int(Role.WRITING | Role.NAMING)
_WANTS, _GETS = int(Role.OPENER | Role.SHOW), int(Role.RECEIVING | Role.RETURN)
_DENIES = int(Role.NEGATION | Role.UNWANTED | Role.NO_MORE)
_DENIES_OR_STOPS = _DENIES | int(Role.VERB | Role.EXIT | Role.CANCEL)
_KEPT = int(Role.UNKNOWN | Role.MESSAGES | Role.OTHER | Role.DETERMINER | Role.WRITING | Role.RECEIVING)


def refused(clause: Clause, said: Sequence[str]) -> list[str]:
    """What a no to some of our messages names beside its evidence, up to what shall go on."""
    named: list[str] = []
    for token in clause.tokens:
        if token.roles & (_KEEP | _ONLY):
            break
        if token.roles & _NAMED and token.entry not in said:
            named.append(token.entry)
    return named


def keeps_some(clauses: Sequence[Clause], chosen: int) -> bool:
    """Hears "no more promotions, but order updates are fine"."""
    if not clauses[chosen].roles & (_MESSAGES | _EXIT):
        return False
    if _keeps_beside(clauses[chosen]) or _names_the_only_ones(clauses) or any(map(_says_yes_to_some, clauses)):
        return True
    others = [clause for index, clause in enumerate(clauses) if index != chosen]
    return any((clause.roles & _KEEP and clause.roles & _KEPT) or _wants_some(clause) for clause in others)


def _keeps_beside(clause: Clause) -> bool:
    """Hears "stop the ads but orders are fine" and "unsubscribe me, only from the ads"; not "fine, leave me alone"."""
    is_named = clause.roles & _NAMED_OR_UNKNOWN and clause.roles & _KEEP
    return bool(is_named) or any(token.roles & _KEEP for token in clause.tokens[1:])


def _says_yes_to_some(clause: Clause, some: int = _NAMED) -> bool:
    """Hears "orders yes", and not "yes, stop the messages"."""
    if not clause.roles & _YES:
        return False
    position = next(index for index, token in enumerate(clause.tokens) if token.roles & _YES)
    said = clause.tokens[:position]
    is_named = said and said[-1].roles & _NAMED_OR_UNKNOWN and any(token.roles & some for token in said)
    return bool(is_named) and not any(token.roles & _DENIES_OR_STOPS for token in said)


def _says_no_to_some(clause: Clause) -> bool:
    """Hears "ads no", which means the ads where "orders yes" stands beside it."""
    *said, last = clause.tokens
    return bool(last.roles & _NO) and any(token.roles & _MESSAGES for token in said)


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


def only_some(clauses: Sequence[Clause]) -> Iterator[Heard]:
    """Hears "only text me about my order", which says no to the rest; "just text me" says nothing."""
    is_yes = any(_says_yes_to_some(clause, _NAMED_OR_UNKNOWN) for clause in clauses)
    if is_yes and (refused_one := next(filter(_says_no_to_some, clauses), None)):
        yield Heard(Wish.TOPIC_STOP, Weight.LIKELY, entries_of(refused_one, _NAMED | _NO))
        return
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
            yield Heard(Wish.TOPIC_STOP, Weight.LIKELY, entries_of(clause, _ONLY))


def _is_wanted(clause: Clause) -> bool:
    """Whether somebody wants something sent: "I'd like to receive", "ich möchte … bekommen"."""
    if not clause.roles & _RECEIVING:
        return False
    return any(token.roles & _WANTS == _WANTS or token.roles & _GETS == _GETS for token in clause.tokens)
