"""What a person's words allow, folded by the true order in which they were said. Shares nothing with policy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from botapp.simulation.trace import Acted, Refused, Said

_STOPPED_ON_THE_PLATFORM = "10/1893015"  # a refusal that says so


@dataclass(frozen=True, slots=True)
class Word:
    """A yes or a no. `known_at`: the commit by which we knew; `said_at`: when the person said it, in truth."""

    known_at: datetime
    said: Said
    said_at: datetime
    until: datetime | None = None


def word_of_refusal(refused: Refused) -> Word | None:
    """Some refusals tell that the person stopped us with the platform's own switch."""
    if refused.error != _STOPPED_ON_THE_PLATFORM:
        return None
    return Word(refused.at, Said.NOTICES_STOPPED, refused.at)


def spread(others: Iterable[list[Word]], known_at: datetime, act: Acted) -> None:
    """A stop of one identity is a stop of all, and who wants to be deleted wants it wherever they are known."""
    for words in others:
        words.append(Word(known_at, act.said, act.at))


def share_stops(identities: Sequence[list[Word]], linked_at: datetime) -> None:
    """Who becomes one person has stopped everywhere where they had stopped anywhere; only a later START undoes it."""
    stops = [at for words in identities for at in [_standing_stop(words)] if at is not None]
    if not stops:
        return
    for words in identities:
        started_at = _latest(words, Said.START)
        said_at = max(stops) if started_at is None else max(*stops, started_at)
        words.append(Word(linked_at, Said.STOP, said_at))


def kept_through_erasure(words: Sequence[Word], now: datetime) -> list[Word]:
    """The noes that hold when somebody is erased: under these they come back. A yes is gone with all else."""
    started_at = _latest(words, Said.START)
    yes_at = _later(started_at, _latest(words, Said.YES))
    resumed_at = _later(started_at, _latest(words, Said.NOTICES_RESUMED))
    lifted = {Said.STOP: started_at, Said.NOTICES_STOPPED: resumed_at, Said.NO: yes_at, Said.COMPLAINT: yes_at}
    kept = [
        Word(now, said, said_at)
        for said, lifted_at in lifted.items()
        if (said_at := _latest(words, said)) is not None and _holds(said_at, lifted_at)
    ]
    mute = muting(words)
    if mute is not None and (mute.until is None or now < mute.until):
        kept.append(mute)
    return kept


def no_in_force(words: Sequence[Word], now: datetime, *, explicit: bool, grace: timedelta) -> str | None:
    """The no that these words amount to at an instant, or None.

    Of two at the same instant the no wins. A mute that ends within `grace` is not held against anybody.
    """
    started_at = _latest(words, Said.START)
    yes_at = _later(started_at, _latest(words, Said.YES))
    resumed_at = _later(started_at, _latest(words, Said.NOTICES_RESUMED))
    never_yes = explicit and _latest(words, Said.YES) is None  # a START revives a yes, and is none itself
    mute = muting(words)
    noes = (
        ("stop", _holds(_latest(words, Said.STOP), started_at)),
        ("notices stopped", _holds(_latest(words, Said.NOTICES_STOPPED), resumed_at)),
        ("no to the question", _holds(_later(_latest(words, Said.NO), _latest(words, Said.STOP)), yes_at)),
        ("never a yes to the question", never_yes),
        ("wish to be deleted", _latest(words, Said.DELETE) is not None),
        ("complaint", _holds(_latest(words, Said.COMPLAINT), yes_at)),
        ("mute", mute is not None and (mute.until is None or now < mute.until - grace)),
    )
    return next((no for no, holds in noes if holds), None)


def muting(words: Iterable[Word]) -> Word | None:
    """The latest mute that no START has undone, ended or not. Of two at the same instant the longer."""
    words = list(words)
    mutes = [w for w in words if w.said is Said.MUTE]
    if not mutes:
        return None
    said_at = max(w.said_at for w in mutes)
    if not _holds(said_at, _latest(words, Said.START)):
        return None
    latest = [w for w in mutes if w.said_at == said_at]
    endless = [w for w in latest if w.until is None]
    return endless[0] if endless else max(latest, key=lambda w: w.until or said_at)


def _standing_stop(words: Sequence[Word]) -> datetime | None:
    stopped_at = _latest(words, Said.STOP)
    return stopped_at if _holds(stopped_at, _latest(words, Said.START)) else None


def _latest(words: Iterable[Word], said: Said) -> datetime | None:
    return max((w.said_at for w in words if w.said is said), default=None)


def _holds(no_at: datetime | None, yes_at: datetime | None) -> bool:
    return no_at is not None and (yes_at is None or yes_at <= no_at)


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((at for at in (first, second) if at is not None), default=None)
