"""The smallest story that ends in a send; a test changes one thing of it and looks what becomes of it."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings

from botapp.policy.decision import ContactFacts, Decision, PageFacts, Terms, decide
from botapp.policy.rule import LiveRule, LiveTemplate
from botapp.policy.timing import Timing
from botapp.policy.window import Interactions

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)

WROTE_AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
DUE_AT = WROTE_AT + 4 * HOUR
DEADLINE = WROTE_AT + DAY - 5 * MINUTE  # the first instant that is too late

TEMPLATE = LiveTemplate("hello-again", 1, "Hello {first_name|there}!", "en")
RULE = LiveRule("after-a-while", 1, Timing(4 * HOUR), template=TEMPLATE)
ALICE = ContactFacts(Interactions(WROTE_AT, WROTE_AT), zone=UTC, values={"first_name": "Alice"})
PAGE = PageFacts(rules=(RULE,))
TERMS = Terms(
    window_length=DAY,
    send_allowance=5 * MINUTE,
    cool_down=DAY,
    cap_period=7 * DAY,
    cap=3,
    ignored_cap=2,
    hold_interval=MINUTE,
    text_limit=2000,
)

# Machines are noisy: a slow example is no fault. Nothing is kept between runs, so that each is alike.
PROPERTY = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])


def decided(
    contact: ContactFacts = ALICE,
    page: PageFacts = PAGE,
    terms: Terms = TERMS,
    *,
    now: datetime = DUE_AT,
    planned_for: datetime = WROTE_AT,
) -> Decision:
    return decide(contact, page, terms, planned_for=planned_for, now=now)
