"""A marketer's file: read, or refused with reasons in words."""

from datetime import timedelta

from botapp.campaign.fields import CampaignError
from botapp.campaign.file import Limits, read_campaign

LIMITS = Limits(text_limit=2000, window_length=timedelta(hours=24), send_allowance=timedelta(minutes=5))


def try_input(data: bytes) -> None:
    """The file's bytes."""
    refused: list[str] = []
    campaign = None
    try:
        campaign = read_campaign(data, LIMITS)
    except CampaignError as error:
        refused = error.faults
    if campaign is None:
        assert refused
        assert all(fault.strip() for fault in refused)
        return
    names = {draft.template.name for draft in campaign.templates}
    assert {rule.template_name for rule in campaign.rules} <= names
