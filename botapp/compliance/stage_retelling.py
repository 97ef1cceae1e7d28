"""How far the versions of a page's templates and rules have come, and by whose hands, as its own entries tell it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from botapp.compliance.told import Told
from botapp.policy.approval import Stage, Standing, Step, after
from botapp.storage.ledger import EntryKind
from botapp.storage.stages import StagedVersion

Version = tuple[str, int]  # a name and the number of its version

_IN_SERVICE = (Stage.LIVE, Stage.PAUSED)
_STEPS: Mapping[str, Step] = {
    EntryKind.TEMPLATE_SUBMITTED: Step.SUBMIT,
    EntryKind.TEMPLATE_RETURNED: Step.RETURN,
    EntryKind.TEMPLATE_APPROVED: Step.APPROVE,
    EntryKind.TEMPLATE_PUBLISHED: Step.PUBLISH,
    EntryKind.TEMPLATE_PAUSED: Step.PAUSE,
    EntryKind.TEMPLATE_RETIRED: Step.RETIRE,
    EntryKind.RULE_SUBMITTED: Step.SUBMIT,
    EntryKind.RULE_RETURNED: Step.RETURN,
    EntryKind.RULE_APPROVED: Step.APPROVE,
    EntryKind.RULE_PUBLISHED: Step.PUBLISH,
    EntryKind.RULE_HALTED: Step.PAUSE,
    EntryKind.RULE_RETIRED: Step.RETIRE,
}
_WRITTEN = (EntryKind.TEMPLATE_WRITTEN, EntryKind.RULE_WRITTEN)
KINDS = (*_WRITTEN, *_STEPS)


@dataclass(slots=True)
class StageRetelling:
    """Every version of a template, or of a rule, that an entry tells of."""

    table: str  # in which they are kept
    versions: dict[Version, Standing] = field(default_factory=dict)
    by_command: set[Version] = field(default_factory=set)  # put live there, without approval

    def take(self, entry: Told, approvals: int) -> None:
        """The next entry, of a kind in `KINDS`; `approvals` is how many the page asked for when it was written."""
        version, by = (entry.details["name"], entry.details["version"]), entry.details.get("by")
        if entry.kind in _WRITTEN:
            self._put(version, Standing(Stage.DRAFT, by))
        elif _STEPS[entry.kind] is Step.PUBLISH and "approved_by" not in entry.details:
            self._put_live_by_command(version, by)
        else:
            known = self.versions.get(version, Standing(Stage.DRAFT))
            self._put(version, after(_STEPS[entry.kind], known, by or 0, approvals))

    def differences(self, kept: Mapping[Version, StagedVersion]) -> Iterator[tuple[str, str, object, object]]:
        """Table, what, what is told and what is kept, of each version where the two are not the same."""
        for version in sorted(self.versions.keys() | kept.keys()):
            row = kept.get(version)
            told = self._shown(version)
            held = row and (row.standing, row.by_command and row.standing.stage in _IN_SERVICE)
            if told != held and not (told is None and row is not None and row.standing.stage is Stage.RETIRED):
                # What is retired and never told of was written before stages were kept.
                name, number = version
                yield self.table, f"version {number} of {name}", told, held

    def _shown(self, version: Version) -> tuple[Standing, bool] | None:
        known = self.versions.get(version)
        return None if known is None else (known, version in self.by_command and known.stage in _IN_SERVICE)

    def _put(self, version: Version, standing: Standing) -> None:
        if standing.stage is Stage.LIVE:
            self._retire_others(version)
        if standing.stage not in (*_IN_SERVICE, Stage.RETIRED):
            self.by_command.discard(version)  # it needs approval like any other
        self.versions[version] = standing

    def _put_live_by_command(self, version: Version, by: int | None) -> None:
        known = self.versions.get(version)
        if known is None or known.stage is Stage.RETIRED:  # written by the same file
            known = Standing(Stage.DRAFT, by)
        self._put(version, replace(known, stage=Stage.LIVE, paused_by=None))
        self.by_command.add(version)

    def _retire_others(self, version: Version) -> None:
        for other, standing in self.versions.items():
            if other[0] == version[0] and other != version and standing.stage in _IN_SERVICE:
                self.versions[other] = replace(standing, stage=Stage.RETIRED)
