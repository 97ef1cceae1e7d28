"""Judges what did not happen: what could have been sent was sent, and who wrote was answered.

Only where it is beyond doubt that it could have been: every condition here is sufficient, none is necessary.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from botapp.simulation.oracle.books import Row, details, instant
from botapp.simulation.oracle.calendar import LONG_ENOUGH, Claimed, View
from botapp.simulation.oracle.hours import Span, due_instants, first_gap, quiet_spans
from botapp.simulation.oracle.sends import broken, closes_at, is_live, opened_at, zones_known
from botapp.simulation.oracle.verdict import Broken, Violation
from botapp.simulation.oracle.void import may_be_void
from botapp.simulation.oracle.words import muting, no_in_force
from botapp.simulation.trace import Acted, RuleTold

_SETTLED = timedelta(minutes=2)  # after something changed, until every plan has been made anew
_MAY_HAVE_ARRIVED = ("claimed", "sent", "unknown")
_TRIED = (*_MAY_HAVE_ARRIVED, "failed")


@dataclass(frozen=True, slots=True)
class Judged:
    """A silence in which one could have been sent, or a question that could have been answered."""

    missed: Violation | None
    lateness: timedelta | None = None  # of a send that nothing was in the way of


def judge_answers(view: View) -> Iterator[Judged]:
    """The questions of one contact that could, beyond doubt, have been answered."""
    house, ends_at = view.books.trace.house, view.books.trace.ends_at
    state_of = {_mid(row): str(row["state"]) for row in view.book.reply_rows}
    for act in view.book.questions:
        stored_at = view.books.known_at(act)
        if act.mid in view.book.taken_back or _may_be_gone(view, act.at):
            continue  # they took it back, perhaps before it was answered; or it went with all else
        if stored_at is None or any(since <= stored_at < until for since, until in view.owned):
            continue  # whether to answer or to leave it to a person is decided once, on arrival
        span = (stored_at, min(ends_at, opened_at(act) + house.window - house.send_allowance))
        if view.was_refused(span) or first_gap(span, view.in_the_way(span), LONG_ENOUGH) is None:
            continue
        state = state_of.get(act.mid, "not even planned")
        if state in _MAY_HAVE_ARRIVED:
            yield Judged(None)
        else:
            told = f"asked at {act.at} ({act.mid}), stored at {stored_at}: the answer is {state}"
            yield Judged(broken(view.book, Broken.UNANSWERED, act.at, told))


def _mid(row: Row) -> object:
    return row["mid"] if "mid" in row else str(row["event_key"]).partition(":")[2]


def judge_silences(view: View) -> Iterator[Judged]:
    """The silences of one contact in which one message could, beyond doubt, have been sent."""
    openings, ends_at = view.book.openings, view.book.erased_at or view.books.trace.ends_at
    for index, act in enumerate(openings):
        until = openings[index + 1].at if index + 1 < len(openings) else ends_at
        found = _first_chance(view, index, until)
        if found is None:
            continue
        chance_at, was_well = found
        written_at = next((a.first.at for a in view.book.attempts.values() if act.at < a.first.at <= until), None)
        if written_at is not None:
            yield Judged(None, max(written_at - chance_at, timedelta(0)) if was_well else None)
        elif _was_tried(view, act):
            yield Judged(None)
        else:
            told = f"silent since {act.at}, nothing in the way from {chance_at}, and nothing was sent"
            yield Judged(broken(view.book, Broken.UNSENT, chance_at, told))


def _was_tried(view: View, act: Acted) -> bool:
    """A claim whose worker died is never repeated: in doubt it arrived."""
    earliest = opened_at(act) - view.books.trace.house.clock_error
    return any(c.state in _TRIED and earliest <= c.silent_since <= act.at for c in view.claims)


def _may_be_gone(view: View, at: datetime) -> bool:
    """Whether what was done at an instant may count as done before the person was erased."""
    born_at = view.book.born_at
    return born_at is not None and at <= born_at + 2 * view.books.trace.house.clock_error


def _deadline(view: View, index: int) -> datetime | None:
    """Before when a send in this silence has to begin."""
    house = view.books.trace.house
    conversation = [act for act in view.book.openings[: index + 1] if act.occurred_at is not None]
    if view.book.page.anchor == "initial" and not _was_known_from_the_beginning(view, conversation):
        return None
    closes = closes_at(conversation, view.book.page.anchor, house, slack=house.clock_error)
    return None if closes is None else closes - house.send_allowance - house.clock_error


def _was_known_from_the_beginning(view: View, conversation: Sequence[Acted]) -> bool:
    """Whether all that came before the last words had reached us by the time that these did."""
    known = [view.books.known_at(act) for act in conversation]
    last = known[-1] if known else None
    return last is not None and all(at is not None and at <= last for at in known)


def _allowed(view: View, index: int, end: datetime) -> Span | None:
    """From when until when consent, caps and campaign allow a send in this silence; None: never, or in doubt."""
    act, house = view.book.openings[index], view.books.trace.house
    stored_at = view.books.known_at(act)
    if stored_at is None or act.occurred_at is None:
        return None
    spans = [_allowed_by_changes(view, act, end), _allowed_by_words(view, act, end), _allowed_by_claims(view, act, end)]
    known = [span for span in spans if span is not None]
    is_in_doubt = view.was_refused((act.at, end)) or may_be_void(view.books, view.book, index, end)
    is_in_doubt |= _may_be_gone(view, act.at - house.cool_down - house.send_allowance)
    is_in_doubt |= any(_may_be_gone(view, word.said_at) for word in view.book.words if word.known_at >= act.at)
    is_in_doubt |= any(choice.at < end for choice in view.book.choices)  # how much less they want is not weighed here
    if len(known) < len(spans) or is_in_doubt:
        return None
    return max([stored_at, *(span[0] for span in known)]), min(span[1] for span in known)


def _allowed_by_changes(view: View, act: Acted, end: datetime) -> Span:
    """After the last change of campaign, switches or zone, when everything is planned anew."""
    changes = view.calendar.changes
    last = changes[: bisect_left(changes, end)][-1:]
    learnt = [at for at, _ in view.book.zones if at < end][-1:]
    return max([act.at, *(at + _SETTLED for at in (*last, *learnt))]), end


def _allowed_by_words(view: View, act: Acted, end: datetime) -> Span | None:
    """Consent as the person said it, all of it known in time and nothing of it in doubt."""
    books, book, error = view.books, view.book, view.books.trace.house.clock_error
    if any(word.at < end and books.known_at(word) is None for word in book.acted_words):
        return None
    said = sorted((w for w in book.words if w.said_at < end), key=lambda w: w.said_at)
    if any(after.said_at - before.said_at < error for before, after in pairwise(said)):
        return None
    before = [w for w in said if w.said_at <= act.at]
    begin = books.known_at(act) or end
    if any(word.known_at > begin for word in before):
        return None  # a silence that was refused is not planned again when a late yes arrives
    mute = muting(before)
    if mute is not None and mute.until is not None:
        begin = max(begin, mute.until + error)
    if no_in_force(before, begin, explicit=book.page.basis == "explicit", grace=timedelta(0)) is not None:
        return None
    return begin, min([end, *(w.said_at for w in said if w.said_at > act.at)])


def _allowed_by_claims(view: View, act: Acted, end: datetime) -> Span | None:
    """Considerate again, counted from all claims on record before this silence."""
    house = view.books.trace.house
    claims = [c for c in view.claims if c.silent_since < opened_at(act) - house.clock_error]
    if not claims:
        return act.at, end
    if claims[-1].at > act.at - house.clock_error:
        return None
    begin = claims[-1].at + house.cool_down + house.send_allowance + house.clock_error
    begin = max([begin, *(until + house.clock_error for until in _rests(view, end))])
    arrived = [c for c in claims if c.state in _MAY_HAVE_ARRIVED]
    if len(arrived) >= house.cap:
        begin = max(begin, arrived[-house.cap].at + house.cap_period + house.clock_error)
    latest = arrived[-house.ignored_cap :]
    if len(latest) == house.ignored_cap:
        settled = [c.recorded_at or c.at for c in latest if _surely_taken_up(view, c, act)]
        if not settled:
            return None
        begin = max(begin, min(settled) + house.clock_error)  # what was lost may have been found to be sent since
    return begin, end


def _rests(view: View, end: datetime) -> Iterator[datetime]:
    """Until when a day counts from a message that may have arrived late: what a worker slept through only it knows."""
    for row in view.book.ledger_rows:
        set_at = instant(row, "occurred_at") if row["kind"] == "suppression_set" else None
        if set_at is not None and set_at < end and (told := details(row)).get("scope") == "rest":
            yield datetime.fromisoformat(str(told["until"]))


def _surely_taken_up(view: View, claim: Claimed, silence: Acted) -> bool:
    """By words that had reached us when the silence began: what a claim was once refused for stays refused."""
    begin = view.books.known_at(silence)
    if claim.state != "sent" or begin is None:
        return False  # it may never have arrived
    error = view.books.trace.house.clock_error
    span = (claim.at + error, claim.closes_at - error)
    return any(
        span[0] < opened_at(act) < span[1] and (known_at := view.books.known_at(act)) is not None and known_at <= begin
        for act in view.book.openings
    )


def _first_chance(view: View, index: int, until: datetime) -> tuple[datetime, bool] | None:
    """When the rule that is surely meant could first have been sent, and whether all was well since it was due."""
    deadline = _deadline(view, index)
    allowed = _allowed(view, index, min(deadline, until)) if deadline is not None else None
    if deadline is None or allowed is None or not view.calendar.is_carried:
        return None
    zone = zones_known(view.book, allowed[1])[0]
    for rule in _rules(view, allowed[0]):
        due_at = _due(rule, opened_at(view.book.openings[index]), zone)
        if due_at >= deadline + 2 * view.books.trace.house.clock_error:
            continue  # it has no legal instant: the next rule's turn
        legal = (max(allowed[0], due_at), allowed[1])
        quiet = _quiet(rule, zone, legal)
        taken = [*view.in_the_way(legal), *view.calendar.switched_off, *view.calendar.full]
        chance_at = first_gap(legal, [*quiet, *taken], LONG_ENOUGH)
        if chance_at is None or rule.conditions or not _is_plain(rule) or _was_guarded(view, rule, legal):
            return None
        since = first_gap(legal, quiet, LONG_ENOUGH) or chance_at
        return chance_at, not any(begin <= chance_at and end > since - LONG_ENOUGH for begin, end in taken)
    return None


def _was_guarded(view: View, rule: RuleTold, span: Span) -> bool:
    """Whether a guard had paused it at some time: what was refused for that stays refused until all is planned anew."""
    return any(begin <= span[1] and end >= span[0] for begin, end in view.calendar.guarded.get(rule.name, ()))


def _rules(view: View, now: datetime) -> Sequence[RuleTold]:
    live = [r for r in view.books.trace.rules if r.page_id == view.book.page.page_id and is_live(r, now)]
    return sorted(live, key=lambda r: (-r.priority, r.name))


def _is_plain(rule: RuleTold) -> bool:
    """Whether anybody can tell from outside what it sends, and that it can be filled in."""
    can_be_filled = all("|" in hole.partition("}")[0] for hole in rule.text.split("{")[1:])
    return bool(rule.text) and not rule.is_bounded and can_be_filled


def _due(rule: RuleTold, silent_since: datetime, zone: str) -> datetime:
    latest = silent_since + rule.delay
    if rule.at is None:
        return latest
    return min([latest, *due_instants(rule.at, zone, silent_since + rule.least)])


def _quiet(rule: RuleTold, zone: str, span: Span) -> list[Span]:
    if rule.quiet_from is None or rule.quiet_until is None:
        return []
    return quiet_spans(rule.quiet_from, rule.quiet_until, zone, span)
