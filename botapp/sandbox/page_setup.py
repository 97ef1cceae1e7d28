"""What a page has set up: its Messenger profile (menu, Get Started …) and the webhooks it subscribes to."""

from dataclasses import dataclass, field

from botapp.sandbox.graph_errors import GraphError, bad_parameter
from botapp.sandbox.records import JsonObject, Record

FIELDS = frozenset(
    {
        "messages",
        "messaging_postbacks",
        "message_reactions",
        "message_echoes",
        "message_deliveries",
        "message_reads",
        "messaging_handovers",
        "standby",
        "message_edits",
        # Known to the platform, never sent by this one:
        "messaging_optins",
        "messaging_referrals",
        "messaging_account_linking",
        "messaging_policy_enforcement",
        "messaging_customer_information",
        "message_context",
        "messaging_feedback",
        "response_feedback",
        "feed",
    }
)
_SPELLINGS = {  # the documentation has both (platform-reference 1.2)
    "messaging_handover": "messaging_handovers",
    "messaging_reactions": "message_reactions",
    "messaging_referral": "messaging_referrals",
}
PROPERTIES = frozenset(
    {
        "get_started",
        "greeting",
        "ice_breakers",
        "persistent_menu",
        "commands",
        "whitelisted_domains",
        "account_linking_url",
    }
)
_LOCALISED = {"greeting": "text", "ice_breakers": "call_to_actions", "persistent_menu": "call_to_actions"}
_GREETING_LENGTH = 160
_ICE_BREAKERS = 4
_MENU_ITEMS = 20
_MENU_TITLE_LENGTH = 30


@dataclass(slots=True)
class PageSetup:
    """One page's. A page that never asked is subscribed to everything, as if the app's dashboard had been used."""

    profile: JsonObject = field(default_factory=dict)
    fields: frozenset[str] = FIELDS


class PageSetups:
    """All pages'. Changes only by applying records."""

    def __init__(self) -> None:
        self._setups: dict[str, PageSetup] = {}

    def of(self, page_id: str) -> PageSetup:
        return self._setups.get(page_id) or PageSetup()

    def subscribes(self, page_id: str, name: str) -> bool:
        setup = self._setups.get(page_id)
        return setup is None or name in setup.fields

    def apply(self, record: Record) -> None:
        if record.page_id is None or not record.accepted:
            return
        if record.what == "subscribed_apps":
            names = record.detail.get("fields")
            fields = frozenset(str(name) for name in names) if isinstance(names, list) else frozenset[str]()
            self._setups.setdefault(record.page_id, PageSetup()).fields = fields
        elif record.what == "messenger_profile":
            profile = record.detail.get("profile")
            self._setups.setdefault(record.page_id, PageSetup()).profile = profile if isinstance(profile, dict) else {}


def read_fields(value: object) -> list[str] | GraphError:
    """The subscribed_fields of a request: a list, or names separated by commas."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not names:
        return bad_parameter("The parameter subscribed_fields is required.")
    spelled = [_SPELLINGS.get(str(name).strip(), str(name).strip()) for name in names]
    unknown = sorted(set(spelled) - FIELDS)
    return bad_parameter(f"Unknown subscribed_fields: {', '.join(unknown)}.") if unknown else spelled


def check_profile(changed: JsonObject, before: JsonObject) -> GraphError | None:
    """The first mistake in the properties that a request sets (platform-reference 2.7)."""
    if not changed or not set(changed) <= PROPERTIES:
        return bad_parameter("Set one or more of the Messenger profile's properties, and nothing else.")
    started = changed.get("get_started", before.get("get_started"))
    if "get_started" in changed and (not isinstance(started, dict) or not started.get("payload")):
        return bad_parameter("The parameter get_started[payload] is required.")
    if "persistent_menu" in changed and started is None:
        return bad_parameter("A persistent menu needs a Get Started button.")
    for name in sorted(_LOCALISED.keys() & changed.keys()):
        error = _check_localised(name, changed[name])
        if error is not None:
            return error
    return None


def _check_localised(name: str, entries: object) -> GraphError | None:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return bad_parameter(f"The parameter {name} must be a list of objects.")
    if not any(entry.get("locale", "default") == "default" for entry in entries):
        return bad_parameter(f"The parameter {name} needs an entry for the locale default.")
    return next((error for entry in entries if (error := _check_entry(name, entry)) is not None), None)


def _check_entry(name: str, entry: JsonObject) -> GraphError | None:
    content = entry.get(_LOCALISED[name])
    if name == "greeting":
        fits = isinstance(content, str) and 0 < len(content) <= _GREETING_LENGTH
        return None if fits else bad_parameter("A greeting has between 1 and 160 characters.")
    limit = _ICE_BREAKERS if name == "ice_breakers" else _MENU_ITEMS
    if not isinstance(content, list) or not 0 < len(content) <= limit:
        return bad_parameter(f"The parameter {name} has between 1 and {limit} call_to_actions.")
    title = "question" if name == "ice_breakers" else "title"
    if not all(isinstance(item, dict) and item.get(title) for item in content):
        return bad_parameter(f"Each of the call_to_actions of {name} needs a {title}.")
    if name == "persistent_menu" and any(len(str(item["title"])) > _MENU_TITLE_LENGTH for item in content):
        return bad_parameter("The title of a menu item has at most 30 characters.")
    return None
