"""Whether a template may be tried on somebody: a contact of the team's own, inside the window, and against no no."""

from datetime import datetime

from botapp.policy.consent import allows
from botapp.policy.decision import ContactFacts, PageFacts, Terms
from botapp.policy.reason import Reason
from botapp.policy.suppression import complained, muting, stopped
from botapp.policy.window import Window, window_of


def trial_window(contact: ContactFacts, terms: Terms) -> Window | None:
    """The same as for customers; None: they have not written."""
    return window_of(contact.interactions, terms.anchor, terms.window_length)


def refusal_of_trial(contact: ContactFacts, page: PageFacts, terms: Terms, now: datetime) -> Reason | None:
    """Why it is not sent. How often is no matter: whoever gets it has asked for it."""
    window = trial_window(contact, terms)
    if window is None:
        return Reason.NEVER_SPOKE
    checks = (
        (not contact.is_of_the_team, Reason.TEAM_MODE),
        (stopped(contact.suppressions, now), Reason.STOPPED),
        (complained(contact.suppressions, now), Reason.COMPLAINT),
        (muting(contact.suppressions, now) is not None, Reason.MUTED),
        (not contact.reachable, Reason.UNREACHABLE),
        (not allows(contact.consents, terms.basis), Reason.NO_CONSENT),
        (page.proactive_stopped, Reason.PROACTIVE_STOPPED),
        (page.paused, Reason.PAGE_PAUSED),
        (not window.admits(now, terms.send_allowance), Reason.WINDOW_CLOSED),
    )
    return next((reason for refused, reason in checks if refused), None)
