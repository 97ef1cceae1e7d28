"""Campaign files for tests: the smallest that holds, and the reading of one."""

from datetime import timedelta

from botapp.campaign.fields import CampaignError
from botapp.campaign.file import Campaign, Limits, read_campaign

LIMITS = Limits(text_limit=2000, window_length=timedelta(hours=24), send_allowance=timedelta(minutes=5))

TEMPLATE = {"name": '"hello"', "text": '"Hello {first_name|there}"'}
RULE = {"name": '"a-rule"', "template": '"hello"', "delay": '"4h"'}
QUESTION = {"question": '"May I?"', "yes": '"Yes"', "no": '"No"'}


def written(
    template: dict[str, str] | None = None, rule: dict[str, str] | None = None, question: dict[str, str] | None = None
) -> str:
    """A file with one template and one rule, and the question if there is one; the values are TOML."""
    text = as_template(TEMPLATE if template is None else template) + as_rule(RULE if rule is None else rule)
    return text + (_table("[opt_in]", question) if question is not None else "")


def as_template(values: dict[str, str]) -> str:
    return _table("[[templates]]", values)


def as_rule(values: dict[str, str]) -> str:
    return _table("[[rules]]", values)


def read(text: str, limits: Limits = LIMITS) -> Campaign:
    return read_campaign(text.encode(), limits)


def faults(text: str | bytes, limits: Limits = LIMITS) -> list[str]:
    """What is wrong with a file; nothing, if it can be read."""
    try:
        read_campaign(text if isinstance(text, bytes) else text.encode(), limits)
    except CampaignError as error:
        return error.faults
    return []


def without(table: dict[str, str], *keys: str) -> dict[str, str]:
    return {key: value for key, value in table.items() if key not in keys}


def _table(head: str, values: dict[str, str]) -> str:
    return "\n".join([head, *(f"{key} = {value}" for key, value in values.items())]) + "\n\n"
