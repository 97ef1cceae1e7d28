"""What the platform tells of a person: name, language, zone. Fetched once, after the first answer went out."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

from botapp.channels.port import Profile
from botapp.channels.vault import Vault, VaultError
from botapp.policy.zones import offset_name
from botapp.storage import accounts, contacts
from botapp.storage.engine import Database

_FURTHEST_OFFSET_HOURS = 15
_TO_BE_PLANNED_AGAIN = 0  # older than any campaign


class ProfileSource(Protocol):
    """The platform's side of a profile."""

    def profile(self, token: str, platform_contact_id: str) -> Profile | None: ...


@dataclass(frozen=True, slots=True)
class ProfileKeeper:
    """Fetches and keeps profiles. A missing one is no fault: fallbacks stand in."""

    database: Database
    source: ProfileSource
    vault: Vault

    def fetch_once(self, account_id: int, contact_id: int) -> None:
        """Ask the platform for this person's profile unless that was done before."""
        with self.database.reading() as connection:
            contact = contacts.load_contact(connection, account_id, contact_id)
            account = accounts.load_account(connection, account_id)
            now = self.database.now(connection)
        if contact.profile_fetched_at is not None:
            return
        try:
            profile = self.source.profile(self.vault.open(account.token_encrypted), contact.platform_contact_id)
        except VaultError:
            return
        values: dict[str, Any] = {"profile_fetched_at": now}
        if profile is not None:
            values |= _kept(profile, language=contact.language)
        with self.database.transaction() as connection:
            if (
                contacts.lock_contact(connection, account.id, contact_id).platform_contact_id
                != contact.platform_contact_id
            ):
                return  # erased meanwhile
            contacts.change_contact(connection, account.id, contact_id, **values)


def _kept(profile: Profile, *, language: str | None) -> dict[str, Any]:
    """What of a profile is kept; nothing that the platform left out overwrites anything."""
    values: dict[str, Any] = {"first_name": profile.first_name, "last_name": profile.last_name}
    if profile.locale and not language:
        values["language"] = profile.locale.replace("-", "_").split("_")[0].lower()[:8]
    offset = profile.timezone_offset_hours
    if offset is not None and math.isfinite(offset) and abs(offset) < _FURTHEST_OFFSET_HOURS:
        values["zone"] = offset_name(offset)
        values["planned_generation"] = _TO_BE_PLANNED_AGAIN  # the plan was made by the page's zone
    return {name: value for name, value in values.items() if value not in (None, "")}
