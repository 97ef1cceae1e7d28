"""When a rule or a variant has to pause: its response cannot be expected to reach the floor, or it does harm."""

from dataclasses import dataclass
from enum import StrEnum

from botapp.policy.experiments.evidence import Finding, Look, look


class Guard(StrEnum):
    """Which of the two."""

    RESPONSE = "response"
    HARM = "harm"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a rule is held to."""

    response_floor: float = 0.10
    harm_ceiling: float = 0.02
    doubt: float = 0.05  # the probability, at most, with which a rule that keeps both is ever paused


@dataclass(frozen=True, slots=True)
class Judgement:
    """What both guards see of one variant, or of a rule without variants."""

    response: Look
    harm: Look

    @property
    def tripped(self) -> Guard | None:
        """The guard for which it has to pause; None while it may go on."""
        if self.harm.finding is Finding.ABOVE:
            return Guard.HARM
        return Guard.RESPONSE if self.response.finding is Finding.BELOW else None


def judge(
    responses: int, harms: int, sends: int, bounds: Bounds, variants: int = 1, *, plan_ahead: bool = True
) -> Judgement:
    """What is known after these sends, all with an outcome, of one of so many variants that are judged apart.

    The doubt is shared among all tests of the rule, so that any of it is paused wrongly no more often than it says.
    Without `plan_ahead` it is not worked out how many more are needed.
    """
    doubt = bounds.doubt / (2 * variants)
    return Judgement(
        look(responses, sends, bounds.response_floor, doubt, plan_ahead=plan_ahead),
        look(harms, sends, bounds.harm_ceiling, doubt, plan_ahead=plan_ahead),
    )
