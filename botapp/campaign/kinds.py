"""Both kinds that go from draft to live, and what a campaign holds of them."""

from collections.abc import Iterator
from typing import Any

from botapp.campaign.file import Campaign
from botapp.campaign.rules import RULES
from botapp.campaign.stages import Kind
from botapp.campaign.templates import TEMPLATES

KINDS: tuple[Kind[Any, Any], ...] = (TEMPLATES, RULES)  # no rule is live before its words, nor longer


def drafts_of(campaign: Campaign) -> Iterator[tuple[Kind[Any, Any], Any]]:
    """Each draft with its kind, in the order of `KINDS`."""
    yield from ((TEMPLATES, draft) for draft in campaign.templates)
    yield from ((RULES, draft) for draft in campaign.rules)
