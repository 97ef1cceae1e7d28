"""Reads campaigns as this installation takes them for a page: its limits, its tone, its customers' hours."""

from dataclasses import dataclass, replace
from itertools import chain

from botapp.campaign.feasibility import find_impossible
from botapp.campaign.fields import CampaignError
from botapp.campaign.file import Campaign, Limits, read_campaign, template_tone
from botapp.reengagement.tone import ToneRule
from botapp.storage.accounts import Account
from botapp.storage.engine import Database
from botapp.storage.template_stages import TEMPLATE_VERSIONS


@dataclass(frozen=True, slots=True)
class CampaignRead:
    """What was read, and what it is to be warned of."""

    campaign: Campaign
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignReader:
    """Whoever brings a campaign, by file or by the API, is told the same of it."""

    database: Database
    limits: Limits  # without what the page knows already
    impossible_share: float

    def read(self, page: Account, content: bytes, *, templates: frozenset[str] | None = None) -> CampaignRead:
        """A file in TOML or JSON, whose rules may name its own templates and `templates`: without, any of the page.

        Raises CampaignError, which lists every fault with its key.
        """
        known = self._templates(page) if templates is None else templates
        found = read_campaign(content, replace(self.limits, known_templates=known))
        faults, warnings = self._impossible(page, found)
        if faults:
            raise CampaignError(faults)
        return CampaignRead(found, (*self._tone(found), *warnings))

    def _templates(self, page: Account) -> frozenset[str]:
        with self.database.reading() as connection:
            return frozenset(each.key.name for each in TEMPLATE_VERSIONS.load_of_page(connection, page.id))

    def _tone(self, found: Campaign) -> list[str]:
        if self.limits.tone is not ToneRule.WARN:
            return []
        return [
            f"templates[{draft.template.name!r}].text: {finding}"
            for draft in found.templates
            for finding in chain.from_iterable(map(template_tone, draft.template.wordings.values()))
        ]

    def _impossible(self, page: Account, found: Campaign) -> tuple[list[str], list[str]]:
        """Rules that leave too many windows without a legal minute, and those that leave some."""
        allowed = self.limits.window_length - self.limits.send_allowance
        rules = [draft.rule for draft in found.rules]
        faults, warnings = [], []
        for each in find_impossible(self.database, page, rules, allowed, self.impossible_share):
            told = f"rules[{each.rule.name!r}]: {each}"
            if each.is_refused:
                faults.append(f"{told}; change the hours, or allow more with BOTAPP_IMPOSSIBLE_SHARE")
            else:
                warnings.append(told)
        return faults, warnings
