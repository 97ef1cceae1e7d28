"""A version among the others of its name, as its page shows it, and every version of each page, as the list does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Generic, TypeVar

from flask import abort, render_template, request
from sqlalchemy import Connection

from botapp.console.access import current_staff, may
from botapp.console.authors import load_names
from botapp.console.pages_named import pages_of
from botapp.policy.access import Permission
from botapp.policy.approval import Step, needs_reason, refusal
from botapp.storage.accounts import Account
from botapp.storage.stages import StagedVersion, StagedVersions, VersionKey

PERMISSIONS = {
    Step.SUBMIT: Permission.WRITE_CAMPAIGNS,
    Step.RETURN: Permission.STOP_SENDING,  # as whoever writes, approves or operates may
    Step.APPROVE: Permission.APPROVE_CAMPAIGNS,
    Step.PUBLISH: Permission.WRITE_CAMPAIGNS,
    Step.PAUSE: Permission.STOP_SENDING,
    Step.RESUME: Permission.RESUME_SENDING,
    Step.RETIRE: Permission.WRITE_CAMPAIGNS,
}
_LARGEST_VERSION = 1 << 31
Staged = TypeVar("Staged", bound=StagedVersion)


@dataclass(frozen=True, slots=True)
class Seen(Generic[Staged]):
    """One version of a page, those of the same name, and that with which it is compared."""

    page: Account
    found: Staged
    versions: Sequence[Staged]
    names: Mapping[int, str]  # of those who took its steps

    @property
    def compared(self) -> Staged | None:
        """The version that was asked for, else the one before."""
        asked = request.args.get("against", "")
        chosen = [each for each in self.versions if str(each.key.version) == asked and each is not self.found]
        older = [each for each in self.versions if each.key.version < self.found.key.version]
        return next(iter([*chosen, *older]), None)

    def render(self, file: str, steps: Mapping[Step, str], problem: str, **more: Any) -> str:  # noqa: ANN401  a page's own
        """Its page; `steps` are all of them, in words."""
        return render_template(
            file,
            page=self.page,
            found=self.found,
            versions=self.versions,
            compared=self.compared,
            names=self.names,
            steps=self._open_steps(steps),
            problem=problem,
            **more,
        )

    def _open_steps(self, steps: Mapping[Step, str]) -> list[tuple[Step, str, bool]]:
        """What whoever is logged in may do now: the step, its words, and whether they say why."""
        me, page, standing = current_staff().id, self.page, self.found.standing
        return [
            (step, words, needs_reason(step))
            for step, words in steps.items()
            if may(PERMISSIONS[step], page.id) and refusal(step, standing, me, page.approvals) is None
        ]


def see(connection: Connection, of: StagedVersions[Staged], page: Account, name: str, number: int) -> Seen[Staged]:
    """That version; 404 if there is none."""
    versions = of.load_versions(connection, page.id, name)
    found = next((each for each in versions if each.key.version == number), None) or abort(404)
    return Seen(page, found, versions, load_names(connection))


def see_all(connection: Connection, of: StagedVersions[Staged]) -> dict[Account, list[tuple[str, list[Staged]]]]:
    """Every version by page and name, the newest first; of the pages whose campaigns may be read."""
    pages = pages_of(connection, Permission.READ_CAMPAIGNS)
    return {page: _by_name(of.load_of_page(connection, page.id)) for page in pages}


def key_or_404(account_id: int, name: str, version: int) -> VersionKey:
    """Numbers as the databases hold them; others name nothing."""
    if version >= _LARGEST_VERSION:
        abort(404)
    return VersionKey(account_id, name, version)


def _by_name(staged: Sequence[Staged]) -> list[tuple[str, list[Staged]]]:
    return [(name, list(versions)) for name, versions in groupby(staged, lambda each: each.key.name)]
