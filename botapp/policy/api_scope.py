"""What a key of the API may do. A key has some of these, for one page or for all."""

from collections.abc import Mapping
from enum import StrEnum

from botapp.policy.access import Permission


class ApiScope(StrEnum):
    FACTS_WRITE = "facts:write"
    CONVERSIONS_WRITE = "conversions:write"
    PAGES_READ = "pages:read"
    CAMPAIGNS_READ = "campaigns:read"
    CAMPAIGNS_WRITE = "campaigns:write"  # drafts, and asking for approval
    CAMPAIGNS_APPROVE = "campaigns:approve"
    CAMPAIGNS_PUBLISH = "campaigns:publish"  # put live what others approved, pause, retire
    OUTCOMES_READ = "outcomes:read"
    CONTACTS_READ = "contacts:read"
    REENGAGEMENTS_READ = "reengagements:read"
    SUPPRESSIONS_READ = "suppressions:read"
    SUPPRESSIONS_WRITE = "suppressions:write"  # noes only: nothing takes one back
    SENDING_STOP = "sending:stop"  # only people resume
    WEBHOOKS_MANAGE = "webhooks:manage"


OF_THE_SHOP = (ApiScope.FACTS_WRITE, ApiScope.CONVERSIONS_WRITE)
# What a key that acts for a staff member may do there is what they may do themselves; what is not here, systems do.
OF_STAFF: Mapping[ApiScope, Permission] = {
    ApiScope.PAGES_READ: Permission.READ_CAMPAIGNS,
    ApiScope.CAMPAIGNS_READ: Permission.READ_CAMPAIGNS,
    ApiScope.CAMPAIGNS_WRITE: Permission.WRITE_CAMPAIGNS,
    ApiScope.CAMPAIGNS_APPROVE: Permission.APPROVE_CAMPAIGNS,
    ApiScope.CAMPAIGNS_PUBLISH: Permission.WRITE_CAMPAIGNS,
    ApiScope.OUTCOMES_READ: Permission.READ_CAMPAIGNS,
    ApiScope.CONTACTS_READ: Permission.READ_LOG,
    ApiScope.REENGAGEMENTS_READ: Permission.READ_LOG,
    ApiScope.SUPPRESSIONS_READ: Permission.EXPORT_LOG,
    ApiScope.SUPPRESSIONS_WRITE: Permission.HANDLE_REQUESTS,
    ApiScope.SENDING_STOP: Permission.STOP_SENDING,
    ApiScope.WEBHOOKS_MANAGE: Permission.MANAGE_WEBHOOKS,
}
# A system's key never has these: who holds it is on no record, and might approve what it wrote.
OF_PEOPLE_ONLY = frozenset({ApiScope.CAMPAIGNS_WRITE, ApiScope.CAMPAIGNS_APPROVE})
