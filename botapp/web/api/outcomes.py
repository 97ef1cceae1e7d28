"""GET /api/v1/pages/…/outcomes: what each rule does, as `botapp campaign outcomes` tells it."""

from typing import Any

from pydantic import BaseModel

from botapp.campaign.results import results_of
from botapp.policy.api_scope import ApiScope
from botapp.web.api.calls import PAGE, Asked, Call, reading


class OutcomesShown(BaseModel):
    """Every version and variant of a rule of which anything is known: see docs/experiments.md."""

    items: list[dict[str, Any]]


def _list(asked: Asked) -> OutcomesShown:
    return OutcomesShown(items=[result.as_json() for result in results_of(asked.parts.guards, asked.page.id)])


CALLS = (
    Call(
        "GET",
        f"{PAGE}/outcomes",
        "outcomes",
        "Read what each rule does: counts, response, harm, uplift, guards.",
        ApiScope.OUTCOMES_READ,
        reading(_list),
        answer=OutcomesShown,
    ),
)
