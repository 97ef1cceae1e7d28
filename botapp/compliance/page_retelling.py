"""A page, or the installation, as its own entries tell it: options, what is live, pauses and the kill switches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from botapp.compliance import access_retelling, stage_retelling
from botapp.compliance.access_retelling import AccessRetelling
from botapp.compliance.stage_retelling import StageRetelling
from botapp.compliance.told import Told
from botapp.storage.ledger import EntryKind
from botapp.storage.page_rows import ONLY_ONES, Named, Versioned
from botapp.storage.switches import EVERYTHING


@dataclass(slots=True)
class PageRetelling:
    """All that a page's own entries have come to so far. They are taken in the order of their numbers."""

    options: dict[str, object] = field(default_factory=dict)  # those that some entry told
    live: dict[Named, int | None] = field(default_factory=dict)
    hashes: dict[Versioned, str] = field(default_factory=dict)  # of what was ever live
    model_hash: str | None = None  # of what was learnt from the answers that are live
    canned: dict[tuple[str, str], str | None] = field(default_factory=dict)  # by language and name: of the words
    template_stages: StageRetelling = field(default_factory=lambda: StageRetelling("template_stage"))
    rule_stages: StageRetelling = field(default_factory=lambda: StageRetelling("rule_stage"))
    paused_rules: set[tuple[str, int, str]] = field(default_factory=set)  # by a guard: name, version, variant
    access: AccessRetelling = field(default_factory=AccessRetelling)
    live_asked_by: int | None = None
    paused_at: datetime | None = None
    pause_reason: str | None = None
    is_stopped: bool = False
    switched_at: datetime | None = None  # the kill switch, either way
    switch_reason: str | None = None

    @property
    def approvals(self) -> int:
        """How many people other than its author a template needs: one, unless an entry told otherwise."""
        return int(str(self.options.get("approvals", 1)))

    @property
    def stopped_at(self) -> datetime | None:
        return self.switched_at if self.is_stopped else None

    def take(self, entry: Told) -> None:
        """The next entry, of a kind in `KINDS`."""
        if step := _STEPS.get(entry.kind):
            step(self, entry)
        if entry.kind in access_retelling.KINDS:
            self.access.take(entry)
        if entry.kind in stage_retelling.KINDS:
            stages = self.rule_stages if entry.kind.startswith("rule_") else self.template_stages
            stages.take(entry, self.approvals)


def _options(told: PageRetelling, entry: Told) -> None:
    told.options.update(entry.details)
    if "mode" in entry.details and "by" in entry.details:  # at the command line it takes one, and leaves who asked
        told.live_asked_by = None


def _live_asked(told: PageRetelling, entry: Told) -> None:
    told.live_asked_by = entry.details["by"]


def _paused(told: PageRetelling, entry: Told) -> None:
    told.paused_at, told.pause_reason = entry.at, entry.reason


def _resumed(told: PageRetelling, _entry: Told) -> None:
    told.paused_at = told.pause_reason = None


def _switched(told: PageRetelling, entry: Told) -> None:
    if not entry.details.get(EVERYTHING):
        told.is_stopped = entry.kind == EntryKind.PROACTIVE_STOPPED
        told.switched_at, told.switch_reason = entry.at, entry.reason


def _published(told: PageRetelling, entry: Told) -> None:
    what, version = entry.kind.removesuffix("_published"), entry.details["version"]
    name = ONLY_ONES[what] if what in ONLY_ONES else entry.details["name"]
    told.live[what, name] = version
    if version is not None:  # else what is shipped with botapp is live again
        told.hashes[what, name, version] = entry.details["content_hash"]
    told.model_hash = entry.details.get("model_hash", told.model_hash)


def _canned_changed(told: PageRetelling, entry: Told) -> None:
    told.canned[entry.details["language"], entry.details["name"]] = entry.details.get("content_hash")


def _out_of_service(told: PageRetelling, entry: Told) -> None:
    """Another version may be live: a draft that is given up takes nothing from it."""
    named = (entry.kind.partition("_")[0], entry.details["name"])
    if told.live.get(named) == entry.details["version"]:
        told.live[named] = None


def _rule_paused(told: PageRetelling, entry: Told) -> None:
    told.paused_rules.add(_guarded(entry))


def _rule_resumed(told: PageRetelling, entry: Told) -> None:
    told.paused_rules.discard(_guarded(entry))


def _guarded(entry: Told) -> tuple[str, int, str]:
    return entry.details["name"], entry.details["version"], entry.details.get("variant", "")


_STEPS: dict[str, Callable[[PageRetelling, Told], None]] = {
    EntryKind.ACCOUNT_ADDED: _options,
    EntryKind.ACCOUNT_CHANGED: _options,
    EntryKind.LIVE_ASKED: _live_asked,
    EntryKind.PAGE_PAUSED: _paused,
    EntryKind.PAGE_RESUMED: _resumed,
    EntryKind.PROACTIVE_STOPPED: _switched,
    EntryKind.PROACTIVE_RESUMED: _switched,
    EntryKind.TEMPLATE_PUBLISHED: _published,
    EntryKind.TEMPLATE_PAUSED: _out_of_service,
    EntryKind.TEMPLATE_RETIRED: _out_of_service,
    EntryKind.RULE_PUBLISHED: _published,
    EntryKind.RULE_HALTED: _out_of_service,
    EntryKind.RULE_RETIRED: _out_of_service,
    EntryKind.RULE_PAUSED: _rule_paused,
    EntryKind.RULE_RESUMED: _rule_resumed,
    EntryKind.QUESTION_PUBLISHED: _published,
    EntryKind.TEXTS_PUBLISHED: _published,
    EntryKind.FAQ_PUBLISHED: _published,
    EntryKind.CANNED_CHANGED: _canned_changed,
}
KINDS = tuple({**_STEPS, **dict.fromkeys((*stage_retelling.KINDS, *access_retelling.KINDS))})
