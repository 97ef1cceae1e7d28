"""POST /api/v1/conversions: who bought, or did what the business counts as much. Their re-engagement is void."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from sqlalchemy import Connection

from botapp.conversation.business import Teller, Told, ToldConversion, take_conversions
from botapp.policy.api_scope import ApiScope
from botapp.web.api.bodies import MOST_ITEMS
from botapp.web.api.fields import ONE_OF_THEM, AboutSomebody, Instant, PageId, PlainText
from botapp.web.api.operations import Batch, Operation

_MICROS = 1_000_000


class ConversionItem(AboutSomebody):
    """One conversion. Without an order's number it is told from others by its time and value."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        json_schema_extra={
            **ONE_OF_THEM,
            "dependentRequired": {"value": ["currency"], "currency": ["value"]},
        },
    )

    occurred_at: Instant = Field(description="when it happened: RFC 3339 with a zone, such as 2026-11-22T10:15:00Z")
    order_id: PlainText | None = Field(None, description="the order's number; told again it is the same conversion")
    value: Annotated[str, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")] | None = Field(
        None, description="an amount in quotes, such as 49.90"
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        None, description="three capital letters as in ISO 4217, such as EUR"
    )

    @model_validator(mode="after")
    def _has_both_or_none(self) -> "ConversionItem":
        if (self.value is None) != (self.currency is None):
            raise ValueError("give `value` and `currency`, or neither")
        return self

    def told(self) -> ToldConversion:
        natural = f"{self.occurred_at.timestamp()} {self.value} {self.currency}"
        return ToldConversion(
            who=self.who,
            key=f"o:{self.order_id}" if self.order_id else f"h:{hashlib.sha256(natural.encode()).hexdigest()}",
            occurred_at=self.occurred_at,
            order_id=self.order_id,
            value_micros=int(Decimal(self.value) * _MICROS) if self.value else None,
            currency=self.currency,
        )


class Conversions(Batch):
    """Conversions of contacts of one page."""

    page: PageId
    conversions: list[ConversionItem] = Field(min_length=1, max_length=MOST_ITEMS)


def _take(connection: Connection, account_id: int, batch: Conversions, teller: Teller, now: datetime) -> Sequence[Told]:
    told = [item.told() for item in batch.conversions]
    return take_conversions(connection, account_id, told, teller, now)


CONVERSIONS = Operation(
    path="/v1/conversions",
    name="conversions",
    summary="Tell conversions; what was still to be sent because of the customer's silence is void.",
    scope=ApiScope.CONVERSIONS_WRITE,
    model=Conversions,
    take=_take,
)
