"""POST /api/v1/facts: what the business's own systems know of a customer, such as what lies in the basket."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from sqlalchemy import Connection

from botapp.conversation.business import Teller, Told, ToldFact, take_facts
from botapp.policy.api_scope import ApiScope
from botapp.policy.fact import OF_THE_PROFILE
from botapp.web.api.bodies import MOST_ITEMS
from botapp.web.api.fields import ONE_OF_THEM, AboutSomebody, Instant, PageId, PlainText
from botapp.web.api.operations import Batch, Operation

_LARGEST_NUMBER = 1e15


def _is_not_of_the_profile(name: str) -> str:
    if name in OF_THE_PROFILE:
        raise ValueError("is known from the platform's profile; choose another name")
    return name


class FactItem(AboutSomebody):
    """One fact."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, json_schema_extra=ONE_OF_THEM)

    name: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="small letters, digits and _, such as basket_value"),
        AfterValidator(_is_not_of_the_profile),
    ]
    value: PlainText | Annotated[float, Field(ge=-_LARGEST_NUMBER, le=_LARGEST_NUMBER, allow_inf_nan=False)] = Field(
        description="one line of at most 200 characters, or a number"
    )
    confidence: float = Field(1.0, ge=0, le=1, description="from 0 to 1; under 0.5 a fact counts as not known")
    observed_at: Instant | None = Field(None, description="RFC 3339 with a zone; without it now")
    expires_at: Instant | None = Field(None, description="RFC 3339 with a zone, after observed_at; without it never")

    @model_validator(mode="after")
    def _expires_afterwards(self) -> "FactItem":
        if self.observed_at is not None and self.expires_at is not None and self.expires_at <= self.observed_at:
            raise ValueError("`expires_at` must be later than `observed_at`")
        return self

    def told(self, now: datetime) -> ToldFact:
        value = self.value if isinstance(self.value, str) else f"{self.value:.15g}"
        return ToldFact(
            self.who, self.name, value, round(self.confidence * 100), self.observed_at or now, self.expires_at
        )


class Facts(Batch):
    """Facts about contacts of one page."""

    page: PageId
    facts: list[FactItem] = Field(min_length=1, max_length=MOST_ITEMS)


def _take(connection: Connection, account_id: int, batch: Facts, teller: Teller, now: datetime) -> Sequence[Told]:
    return take_facts(connection, account_id, [item.told(now) for item in batch.facts], teller, now)


FACTS = Operation(
    path="/v1/facts",
    name="facts",
    summary="Tell facts about customers; of two about the same the newer counts.",
    scope=ApiScope.FACTS_WRITE,
    model=Facts,
    take=_take,
)
