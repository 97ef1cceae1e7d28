"""Templates on their way from draft to live."""

from typing import Any

from botapp.campaign.file import TemplateDraft
from botapp.campaign.stages import Kind
from botapp.policy.approval import Step
from botapp.policy.wording import to_stored
from botapp.storage.ledger import EntryKind
from botapp.storage.template_stages import TEMPLATE_VERSIONS


def _content(draft: TemplateDraft) -> dict[str, Any]:
    t = draft.template
    return {"text": t.text, "language": t.language, "purpose": draft.purpose, "parts": to_stored(t.wordings)}


TEMPLATES = Kind(
    TEMPLATE_VERSIONS,
    name_of=lambda draft: draft.template.name,
    content_of=_content,
    when_written=EntryKind.TEMPLATE_WRITTEN,
    when_taken={
        Step.SUBMIT: EntryKind.TEMPLATE_SUBMITTED,
        Step.RETURN: EntryKind.TEMPLATE_RETURNED,
        Step.APPROVE: EntryKind.TEMPLATE_APPROVED,
        Step.PUBLISH: EntryKind.TEMPLATE_PUBLISHED,
        Step.PAUSE: EntryKind.TEMPLATE_PAUSED,
        Step.RESUME: EntryKind.TEMPLATE_PUBLISHED,
        Step.RETIRE: EntryKind.TEMPLATE_RETIRED,
    },
)
