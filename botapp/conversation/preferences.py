"""What people choose for themselves in the chat, in a contact that is being folded: at once, and on the log."""

from datetime import datetime

from botapp.channels.port import InboundEvent
from botapp.conversation.change import Change, Folding
from botapp.conversation.suppressing import lift_suppression, set_suppression, withdrawn_at
from botapp.policy.preferences import Frequency, chosen, read_quiet_hours, topic_scope, write_quiet_hours
from botapp.policy.suppression import TOPIC
from botapp.policy.window import clamp
from botapp.storage.ledger import Entry, EntryKind
from botapp.understanding.normalise import read_message
from botapp.understanding.preferences import Choice, Menu, Preference
from botapp.understanding.wish import Understood, Wish

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pt")
_LOOSER = {(Choice.FREQUENCY, Frequency.USUAL.value), (Choice.QUIET_HOURS, "none")}


def fold_preference(change: Change, event: InboundEvent, preference: Preference, folding: Folding) -> None:
    """A choice; what is no possible one, such as a topic that the page has not, changes nothing."""
    value = _possible(preference, folding)
    if preference.choice is None or value is None:
        return
    is_looser = preference.choice is Choice.TOPIC_ON or (preference.choice, value) in _LOOSER
    at = _chosen_at(event, folding, is_looser=is_looser)
    if at is None:
        return  # nobody can say when they allowed more, so perhaps before they forbade it
    match preference.choice:
        case Choice.TOPIC_OFF:
            set_suppression(change, topic_scope(value), at, None, event.key)
            change.withdrawn = True
        case Choice.TOPIC_ON:
            lift_suppression(change, topic_scope(value), at, event.key)
        case _:
            _keep(change, preference.choice, value, at)
            _record(change, event, preference, value, at)


def topic_said(understood: Understood, folding: Folding) -> str:
    """The scope of a no to some of what we send: a topic of the page, if the words name exactly one; else all.

    What only sounds like such a no does not tell which topic is meant: the words may name the one that is wanted.
    """
    if understood.method == "likeness":
        return TOPIC
    heard = read_message(understood.evidence).words
    named = [topic for topic in folding.topics if _holds(heard, read_message(topic).words)]
    return topic_scope(named[0]) if len(named) == 1 else TOPIC


def menu_owed(understood: Understood, folding: Folding) -> Menu | None:
    """What answers a message about settings; None if it is about something else."""
    preference = understood.preference
    if preference is None:
        is_named = understood.wish is Wish.TOPIC_STOP and topic_said(understood, folding) != TOPIC
        return Menu.SAVED if is_named else None
    if preference.choice is not None and _possible(preference, folding) is None:
        return Menu.SETTINGS
    return Menu.SETTINGS if preference.menu is Menu.TOPICS and not folding.topics else preference.menu


def _possible(preference: Preference, folding: Folding) -> str | None:
    """The value as it is stored, if there is such a one."""
    value = preference.value
    match preference.choice:
        case Choice.FREQUENCY:
            return value if value in set(Frequency) else None
        case Choice.QUIET_HOURS:
            try:
                return write_quiet_hours(read_quiet_hours(value))
            except ValueError:
                return None
        case Choice.LANGUAGE:
            return value if value in LANGUAGES else None
        case _:
            return value if value in folding.topics else None


def _chosen_at(event: InboundEvent, folding: Folding, *, is_looser: bool) -> datetime | None:
    """A choice of more counts like a yes, any other like a no."""
    if not is_looser:
        return withdrawn_at(event, folding)
    return clamp(event.occurred_at, folding.received_at) if event.occurred_at else None


def _keep(change: Change, choice: Choice, value: str, at: datetime) -> None:
    contact = change.contact
    match choice:
        case Choice.FREQUENCY:
            kept, since = chosen(choice, (contact.frequency, contact.frequency_at), value, at)
            change.contact = contact._replace(frequency=kept, frequency_at=since)
        case Choice.QUIET_HOURS:
            kept, since = chosen(choice, (contact.quiet_hours, contact.quiet_hours_at), value, at)
            change.contact = contact._replace(quiet_hours=kept, quiet_hours_at=since)
        case _:
            if contact.language_chosen_at is None or at >= contact.language_chosen_at:
                change.contact = contact._replace(language=value, language_chosen_at=at)
    change.standing_changed = True


def _record(change: Change, event: InboundEvent, preference: Preference, value: str, at: datetime) -> None:
    details = {
        "name": str(preference.choice),
        "value": value,
        "method": "button" if preference.version else "keyword",
        "wording_version": preference.version,
    }
    change.entries.append(Entry(EntryKind.PREFERENCE, occurred_at=at, evidence_key=event.key, details=details))


def _holds(words: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return bool(part) and any(words[n : n + len(part)] == part for n in range(len(words) - len(part) + 1))
