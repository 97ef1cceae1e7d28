"""The fields that several resources share."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from botapp.conversation.business import Who
from botapp.web.api.bodies import Part

_LARGEST_ID = 2**63 - 1


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999") from None


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
PageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$", description="the page's id on the platform")]
PlainText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]


class AboutSomebody(Part):
    """An item about one contact, or about a person with all their contacts on the page."""

    contact: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")] | None = Field(
        None, description="the platform's id of the person for this page; give this or `person`"
    )
    person: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")] | None = Field(
        None, description="our own number of a person, as digits in quotes; give this or `contact`"
    )

    @model_validator(mode="after")
    def _is_about_one(self) -> "AboutSomebody":
        if (self.contact is None) == (self.person is None):
            raise ValueError("give either `contact` or `person`")
        return self

    @property
    def who(self) -> Who:
        """Numbers that are too large are nobody's."""
        number = int(self.person) if self.person is not None else None
        return Who(self.contact, min(number, _LARGEST_ID) if number is not None else None)


ONE_OF_THEM: dict[str, Any] = {
    "oneOf": [
        {"required": ["contact"], "properties": {"contact": {"type": "string"}, "person": {"type": "null"}}},
        {"required": ["person"], "properties": {"person": {"type": "string"}, "contact": {"type": "null"}}},
    ]
}
