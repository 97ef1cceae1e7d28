"""The versions of templates, and how far they have come."""

from dataclasses import dataclass

from botapp.policy.wording import Wordings, from_stored
from botapp.storage.schema import template, template_stage, template_version
from botapp.storage.stages import StagedVersion, StagedVersions


@dataclass(frozen=True, slots=True)
class StagedTemplate(StagedVersion):
    """A version with its words."""

    text: str
    language: str
    purpose: str
    parts: str | None = None

    @property
    def wordings(self) -> Wordings:
        """By language, that of the template first."""
        return from_stored(self.language, self.text, self.parts)


TEMPLATE_VERSIONS = StagedVersions(
    "template", template, template_version, template_stage, StagedTemplate, ("text", "language", "purpose", "parts")
)
