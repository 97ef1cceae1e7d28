"""What a message sounds like, beside what the lists hear in it.

The lists know what they hear, and likeness how people speak. Nobody is stopped by likeness alone: who may want out is
asked, and nothing is sent meanwhile. docs/understanding.md tells what each of these steps finds and costs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from botapp.understanding.exits import Weight
from botapp.understanding.likeness import OTHERS, Hearing, Out
from botapp.understanding.understood import NOTHING, Understood
from botapp.understanding.wishes import Wish

_OUT = frozenset({Wish.STOP, Wish.TOPIC_STOP, Wish.MUTE})
_TOLD = 2  # words named as evidence

# Logarithms of odds. That somebody wants out: asked from there where the lists hear nothing or another wish.
_ASKED = 0.75
# Where the lists hear that somebody wants out: from there down another wish counts if it sounds like one, where they
# are sure and where they are not; a stop of which they are sure is asked about; and what they are not sure of is none.
_DOUBTFUL, _NOT_PLAIN, _HARDLY_EVER = -1.0, 2.0, -2.0
_DROPPED_FROM: Mapping[Wish | None, float] = {Wish.STOP: -1.5, Wish.MUTE: -2.0}
_SURELY_SOME = 2.0  # that it is about a topic rather than everything
_ANOTHER = 0.5  # of a wish that keeps nobody from being written to, where the lists hear nothing
_LIKELIER = 0.0
# Where the lists hear one of these and hardly anybody says it so, its words are about something else. Who may ask for
# a person, or for our messages, is rather believed.
_ABOUT_ELSE_BELOW: Mapping[Wish, float] = dict.fromkeys(OTHERS, -2.0) | {Wish.PERSON: -4.0, Wish.RETURN: -4.0}


def guessed(hearing: Hearing, evidence: Sequence[str]) -> Understood:
    """A wish that the lists do not hear: a guess. `evidence` are the words that they know, of which it takes one."""
    if not evidence:
        return NOTHING
    out = hearing.out()
    if _is_asked(out):
        form, odds = hearing.form_of(out)
        wish = form if odds >= _LIKELIER else Wish.STOP
    elif hearing.is_long:
        return NOTHING
    else:
        wish, odds = hearing.other()
        if odds < _ANOTHER:
            return NOTHING
    moment = out.until if wish is Wish.MUTE else None
    return Understood(
        wish,
        mute_for=moment.span if moment else None,
        method="likeness",
        evidence=" … ".join(evidence[:_TOLD]),
        mute_to=moment.at if moment else None,
        confidence=Weight.GUESS / 100,
        is_ambiguous=wish in _OUT and moment is None,  # who names a time is told it, and can undo it
    )


def compared(understood: Understood, hearing: Hearing) -> Understood:
    """What counts of a wish that the lists heard in a sentence, beside what the message sounds like."""
    if hearing.is_long:
        return understood
    out = hearing.out()
    if understood.wish in _OUT:
        doubted_from = _DOUBTFUL if _is_sure(understood) else _NOT_PLAIN
        return _of_some(understood, hearing, out) if out.odds >= doubted_from else _doubted(understood, hearing)
    if understood.wish not in OTHERS or not _OUT.isdisjoint(understood.also):
        return understood
    if not _is_asked(out) or hearing.odds_of(understood.wish) >= _LIKELIER:
        return understood
    return replace(
        understood,
        wish=Wish.STOP,
        method="likeness",
        confidence=Weight.GUESS / 100,
        is_ambiguous=True,
        also=(understood.wish, *understood.also),
    )


def is_about_else(understood: Understood, hearing: Hearing) -> bool:
    """Whether another wish than to be left alone, which the lists heard, is none: "is that a dish with nuts?"."""
    wish = understood.wish
    if wish is None or wish not in _ABOUT_ELSE_BELOW or understood.also or hearing.is_long:
        return False
    return hearing.odds_of(wish) < _ABOUT_ELSE_BELOW[wish] and not _is_asked(hearing.out())


def _is_asked(out: Out) -> bool:
    """A part of the message counts where it speaks for a no as clearly as the whole against one."""
    return out.odds >= _ASKED and out.odds + out.of_all >= 0


def _is_sure(understood: Understood) -> bool:
    return understood.confidence * 100 > Weight.LIKELY


def _doubted(understood: Understood, hearing: Hearing) -> Understood:
    """What remains of a no that does not sound like one."""
    odds, is_sure = hearing.odds_of_out_at_most(), _is_sure(understood)
    other, odds_of_other = hearing.other()
    if odds < (_DOUBTFUL if is_sure else _NOT_PLAIN) and odds_of_other >= _LIKELIER:
        return _instead(understood, other, *understood.also, pauses=is_sure or odds >= _DOUBTFUL)
    if is_sure:
        if understood.wish is Wish.MUTE or odds >= _HARDLY_EVER:
            return understood
        return replace(understood, method="likeness", confidence=Weight.GUESS / 100, is_ambiguous=True)
    if odds < _DROPPED_FROM.get(understood.wish, -math.inf):
        return _instead(understood, *understood.also, pauses=False) if understood.also else NOTHING
    return understood


def _instead(understood: Understood, wish: Wish, *also: Wish, pauses: bool) -> Understood:
    """Another wish than the no that the lists heard; where that may have been meant, we pause nevertheless."""
    return Understood(
        wish,
        understood.language,
        method="likeness",
        evidence=understood.evidence,
        confidence=Weight.GUESS / 100,
        is_ambiguous=pauses,
        also=tuple(each for each in also if each is not wish),
    )


def _of_some(understood: Understood, hearing: Hearing, out: Out) -> Understood:
    """A stop of all that sounds like one of a topic: of which is not known, so that it is as silent."""
    if understood.wish is not Wish.STOP or understood.is_ambiguous:
        return understood
    form, odds = hearing.form_of(out)
    is_some = form is Wish.TOPIC_STOP and odds >= _SURELY_SOME
    return replace(understood, wish=form, method="likeness") if is_some else understood
