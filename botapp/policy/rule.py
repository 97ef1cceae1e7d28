"""Re-engagement rules: for whom, when, with which template."""

from collections.abc import Iterable
from dataclasses import dataclass

from botapp.policy.bounds import ALWAYS, Objective, Period
from botapp.policy.calendar import EVERY_DAY, Calendar
from botapp.policy.criteria import Criterion, Known
from botapp.policy.experiments.assignment import Arm, Method
from botapp.policy.quiet_hours import QuietHours
from botapp.policy.rule_limits import Budget, PersonCap
from botapp.policy.timing import Timing
from botapp.policy.wording import NO_PARTS, Parts, Wording, Wordings

NONE_PAUSED: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LiveTemplate:
    name: str
    version: int
    text: str
    language: str  # of the text; who speaks another one gets a translation, if there is one
    parts: Parts = NO_PARTS
    translations: tuple[tuple[str, Wording], ...] = ()  # with their languages

    @property
    def wordings(self) -> Wordings:
        return {self.language: Wording(self.text, self.parts), **dict(self.translations)}


def live_template(name: str, version: int, wordings: Wordings) -> LiveTemplate:
    """A template of its wordings, that of its own language first."""
    (language, own), *others = wordings.items()
    return LiveTemplate(name, version, own.text, language, own.parts, tuple(others))


@dataclass(frozen=True, slots=True)
class LiveVariant:
    """One of several texts that a rule tries; its template is None where that is not live."""

    name: str
    template_name: str
    weight: int = 1
    template: LiveTemplate | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """The variant that a person got, and all that the draw went by."""

    variant: str
    person: int
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A published rule version with the template version that is live now; None if that was retired."""

    name: str
    version: int
    timing: Timing
    priority: int = 0
    conditions: tuple[Criterion, ...] = ()  # all of which must hold
    quiet_hours: QuietHours | None = None
    template: LiveTemplate | None = None
    topic: str | None = None  # what it is about, in a word that customers can say no to
    variants: tuple[LiveVariant, ...] = ()
    method: Method = Method.SPLIT  # by which a person gets one of them
    paused: frozenset[str] = NONE_PAUSED  # by a guard: variants by their names; the rule itself, by an empty one
    drawn: Drawn | None = None
    period: Period = ALWAYS
    calendar: Calendar = EVERY_DAY
    hold_out_percent: int = 0
    objective: Objective | None = None
    budget: Budget | None = None
    cap: PersonCap | None = None

    @property
    def is_paused(self) -> bool:
        """Whether a guard has paused all of it."""
        return "" in self.paused or (bool(self.variants) and all(v.name in self.paused for v in self.variants))

    @property
    def worth(self) -> int:
        """Of one message, where not all can be sent in time: the value expected of it, else its priority."""
        expected = self.objective.expected_value if self.objective else None
        return self.priority if expected is None else expected

    def is_meant_for(self, known: Known) -> bool:
        """A rule without conditions is meant for everyone in an open window."""
        return all(condition.holds(known) for condition in self.conditions)


def topics_of(rules: Iterable[LiveRule]) -> tuple[str, ...]:
    """What customers can say yes and no to, one by one."""
    return tuple(sorted({rule.topic for rule in rules if rule.topic}))


def candidates(rules: Iterable[LiveRule], known: Known) -> list[LiveRule]:
    """The rules meant for this person, the most important first; names break ties so that the order never varies."""
    return sorted((r for r in rules if r.is_meant_for(known)), key=lambda rule: (-rule.priority, rule.name))
