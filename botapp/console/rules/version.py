"""One version of a rule: what it says, whom it reaches now, how far it has come, and what has changed."""

from botapp.campaign.differences import differences
from botapp.console.parts import ConsoleParts
from botapp.console.rules.looking import reach_now
from botapp.console.rules.shown import STEPS, pill_of, rule_of, texts_of
from botapp.console.staged.seen import see
from botapp.storage import campaigns, guards
from botapp.storage.accounts import Account
from botapp.storage.rule_stages import RULE_VERSIONS


def show_version(parts: ConsoleParts, page: Account, name: str, number: int, problem: str) -> str:
    """The page of a version; 404 if there is none."""
    with parts.database.reading() as connection:
        seen = see(connection, RULE_VERSIONS, page, name, number)
        pill = pill_of(seen.found, guards.load_paused(connection, page.id), parts.database.now(connection))
        live = campaigns.load_live_templates(connection, page.id)
    rule, template = rule_of(seen.found)
    sends = [template] if template else [variant.template_name for variant in rule.variants]
    texts, compared = texts_of(seen.found), seen.compared
    return seen.render(
        "rule_version.html",
        STEPS,
        problem,
        pill=pill,
        pieces=differences(texts_of(compared)["TOML"], texts["TOML"]) if compared else [],
        texts=texts,
        missing=[each for each in sends if each not in live],
        reach=reach_now(parts, page, rule),
    )
