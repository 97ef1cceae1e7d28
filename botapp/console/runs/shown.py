"""How the pages of forecasts and backtests say things."""

from botapp.console.compliance.words import reason_in_words
from botapp.storage.rehearsals import Rehearsal, State

STATES = {  # what people read, and the kind of its pill
    State.WAITING: ("waits", ""),
    State.RUNNING: ("is worked on", "warn"),
    State.DONE: ("done", "good"),
    State.CANCELLED: ("cancelled", ""),
    State.FAILED: ("failed", "bad"),
}
_RULE = "rule:"
_IN_WORDS = {
    "undecided": "the history ends before it was decided",
    "no_plan": "no campaign was live then",
}


def share(run: Rehearsal) -> int:
    """How many of a hundred contacts were looked at."""
    return 100 * run.done // max(run.contacts, 1)


def in_words(outcome: str) -> str:
    """A reason, or the rule that sends."""
    if outcome.startswith(_RULE):
        return f"sent by {outcome.removeprefix(_RULE)}"
    return _IN_WORDS.get(outcome) or reason_in_words(outcome)
