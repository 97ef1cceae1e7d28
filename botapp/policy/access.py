"""Who may do what in the console: roles, what they allow, and where they hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

ALL_PAGES = 0  # the account id of a grant that holds for every page, those of the future included


class Permission(StrEnum):
    READ_LOG = "read_log"
    EXPORT_LOG = "export_log"
    HANDLE_REQUESTS = "handle_requests"  # access and erasure, asked for by customers
    READ_CAMPAIGNS = "read_campaigns"
    WRITE_CAMPAIGNS = "write_campaigns"
    APPROVE_CAMPAIGNS = "approve_campaigns"
    OPERATE = "operate"  # pauses, handovers
    STOP_SENDING = "stop_sending"  # the kill switch, and pausing a template: whoever sees something wrong may
    RESUME_SENDING = "resume_sending"  # what somebody else has stopped
    MANAGE_STAFF = "manage_staff"
    CONNECT_PAGES = "connect_pages"  # of the platform; what a token may do, the page may do
    MANAGE_WEBHOOKS = "manage_webhooks"  # which other systems are told what happens


class Role(StrEnum):
    AUDITOR = "auditor"
    MARKETER = "marketer"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMIN = "admin"


_SWITCH = (Permission.STOP_SENDING, Permission.RESUME_SENDING)
PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.AUDITOR: frozenset({Permission.READ_LOG, Permission.EXPORT_LOG, Permission.READ_CAMPAIGNS}),
    Role.MARKETER: frozenset({Permission.READ_CAMPAIGNS, Permission.WRITE_CAMPAIGNS, Permission.STOP_SENDING}),
    Role.APPROVER: frozenset({Permission.READ_CAMPAIGNS, Permission.APPROVE_CAMPAIGNS, *_SWITCH}),
    Role.OPERATOR: frozenset({Permission.READ_LOG, Permission.HANDLE_REQUESTS, Permission.OPERATE, *_SWITCH}),
    Role.ADMIN: frozenset(Permission),
}
_NEED_SECOND_FACTOR = frozenset({Role.AUDITOR, Role.APPROVER, Role.OPERATOR, Role.ADMIN})


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role, on one page or (`ALL_PAGES`) on every page."""

    account_id: int
    role: Role


@dataclass(frozen=True, slots=True)
class Reach:
    """The pages that a permission covers. Empty (false) for those who do not have it anywhere."""

    everywhere: bool
    account_ids: frozenset[int]

    def __contains__(self, account_id: int) -> bool:
        return self.everywhere or account_id in self.account_ids

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.account_ids)


def reach(grants: Iterable[Grant], permission: Permission) -> Reach:
    """Where these grants allow it."""
    pages = frozenset(grant.account_id for grant in grants if permission in PERMISSIONS[grant.role])
    return Reach(ALL_PAGES in pages, pages - {ALL_PAGES})


def needs_second_factor(grants: Iterable[Grant]) -> bool:
    """Whether somebody with these grants has more in hand than drafts."""
    return any(grant.role in _NEED_SECOND_FACTOR for grant in grants)
