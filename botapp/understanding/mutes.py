"""Who wants silence for a while: "not now", "no messages tonight", "write to me again after Monday"."""

from collections.abc import Sequence

from botapp.understanding.clauses import Clause
from botapp.understanding.exits import Weight
from botapp.understanding.heard import Heard, entries_of
from botapp.understanding.language import LanguageWords
from botapp.understanding.moments import Moment
from botapp.understanding.roles import Role
from botapp.understanding.things import is_thing_next
from botapp.understanding.wishes import Wish

_MUTE, _AGAIN, _TIME, _RETURN = int(Role.MUTE), int(Role.AGAIN), int(Role.TIME), int(Role.RETURN)
_AFTERWARDS, _UNTIL_THEN = int(Role.AFTERWARDS), int(Role.UNTIL_THEN)
_MESSAGES, _OTHER, _UNKNOWN = int(Role.MESSAGES), int(Role.OTHER), int(Role.UNKNOWN)
_PEOPLE, _PERSON, _REPORT = int(Role.PEOPLE), int(Role.PERSON), int(Role.REPORT)
_DETERMINER, _NEUTRAL = int(Role.DETERMINER), int(Role.NEUTRAL)
_COURTEOUS = int(Role.NEUTRAL | Role.OPENER | Role.KEEP)
_REFUSES = int(Role.NEGATION | Role.NO_MORE)
_NO_MORE = int(Role.NO_MORE)
_ASKS_TO_STOP = int(Role.VERB | Role.EXIT | Role.CANCEL | Role.REMOVAL)
_TELLS = int(Role.REPORT | Role.UNWANTED | Role.GUESS | Role.COMPLAINT)
_NOT_AGAIN = _REFUSES | int(Role.UNWANTED | Role.PEOPLE | Role.OTHER)
_ONE_OF_OURS = int(Role.WRITING | Role.NAMING)
_REACHES_ME = int(Role.MESSAGES | Role.WRITING | Role.NAMING | Role.RECEIVING)
_BESIDE_A_MUTE = int(
    (Role.MUTE | Role.AGAIN | Role.ME | Role.NEUTRAL | Role.OPENER | Role.TIME | Role.MESSAGES | Role.WRITING)
    | (Role.VERB | Role.NO | Role.TAKEN_BACK | Role.TOLD | Role.AFTERWARDS | Role.UNTIL_THEN)
)
_UNTIL_UNDONE = Moment(0, is_introduced=True, is_open=True)


def how_long(clause: Clause, earlier: Sequence[Clause]) -> Moment | None:
    """Hears "stop for two weeks", "leave me alone two weeks" and "no messages tonight"; "stop today" does not say."""
    moment = clause.moment
    if clause.roles & _UNTIL_THEN:
        return (_time_said(earlier) or moment or _UNTIL_UNDONE).whole
    if moment is None:
        return None
    if moment.is_introduced:
        return moment.whole if moment.span or moment.at or moment.is_open else None
    *said, last = [token for token in clause.tokens if token.roles != _NEUTRAL]
    is_last = bool(last.roles & _TIME) and not any(token.roles & _TIME for token in said)  # "24 hours a day" are two
    if not (is_last or _is_first(clause)) or clause.roles & _TELLS or clause.unknown:
        return None
    if moment.span:
        # "Stop texting me every two hours" does not say for how long.
        is_plain = is_last and said and said[-1].end == last.start and not said[-1].roles & _DETERMINER
        return moment if is_plain else None
    is_refused = clause.roles & _REFUSES and not clause.roles & _ASKS_TO_STOP
    return moment.whole if moment.is_one and is_refused else None


def _is_first(clause: Clause) -> bool:
    """Hears "tomorrow no messages", and neither "tomorrow no more messages" nor "from tomorrow no messages"."""
    first, *others = clause.tokens
    is_more = any(token.roles & _TIME or token.roles & _REFUSES == _NO_MORE for token in others)
    return first.start == 0 and bool(first.roles & _TIME) and not is_more


def _time_said(clauses: Sequence[Clause]) -> Moment | None:
    """The last time in them that says until when: "I am away until Friday"."""
    return next((each.moment for each in reversed(clauses) if each.moment and each.moment.is_introduced), None)


def find_mute(clauses: Sequence[Clause], language: LanguageWords) -> Heard | None:
    """The first wish for a silence that ends, or that lasts until it is undone."""
    for index, clause in enumerate(clauses):
        if found := _quiet_until(clause, language):
            return found
        if clause.roles & _MUTE and not clause.roles & (_OTHER | _PEOPLE):
            position = next(index for index, token in enumerate(clause.tokens) if token.roles & _MUTE)
            entry = clause.tokens[position].entry
            if entry in language.mutes_by_itself and not _is_said_alone(clause):
                continue
            # "Not now, mate" is one; "quiet room" and "stop talking so fast" are none.
            spare = 1 if language.mutes.get(entry) else 0
            beside = _BESIDE_A_MUTE | _DETERMINER if clause.roles & _MESSAGES else _BESIDE_A_MUTE  # "mute the ads"
            is_plain = all(token.roles & beside or not token.entry for token in clause.tokens)
            if clause.unknown <= spare and is_plain and not is_thing_next(clause, position):
                said = next((_silence(later) for later in clauses[index:] if later.moment), None)
                return Heard(Wish.MUTE, Weight.CERTAIN, (entry,), said or language.usual_mute(entry))
        if found := _asked_for_later(clause) or _asked_for_afterwards(clauses[:index], clause):
            return found
    return None


def _silence(clause: Clause) -> Moment | None:
    """How long the silence is; who says when to write says when it begins to be over: "text me on Thursday"."""
    return clause.moment if clause.moment is None or clause.roles & (_AGAIN | _RETURN) else clause.moment.whole


def _is_said_alone(clause: Clause) -> bool:
    """Hears "later" and "please later", and not "I'll come later"."""
    return all(token.roles & (_MUTE | _COURTEOUS) for token in clause.tokens)


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
        return Heard(Wish.MUTE, Weight.LIKELY, entries_of(clause, _RETURN), when)
    return None


def _asked_for_afterwards(earlier: Sequence[Clause], clause: Clause) -> Heard | None:
    """Hears "I am away until Friday, after that you can message me"."""
    is_wanted = clause.roles & _AFTERWARDS and clause.roles & (_ONE_OF_OURS | _MESSAGES | _RETURN)
    if not is_wanted or clause.roles & (_NOT_AGAIN | _REPORT):
        return None
    said = _time_said(earlier)
    return Heard(Wish.MUTE, Weight.LIKELY, entries_of(clause, _AFTERWARDS), said) if said else None
