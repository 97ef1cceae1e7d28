"""The names of facts that the business's own systems tell: a campaign file declares those that it speaks of."""

import re

from botapp.campaign.fields import Fields
from botapp.policy.portrait import TRAIT_NAMES

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z", re.ASCII)


def read_own_facts(top: Fields) -> frozenset[str]:
    """`facts = ["basket_value"]` at the top of the file, as POST /api/v1/facts names them."""
    value = top.take("facts")
    names = [] if value is None else value if isinstance(value, list) else [value]
    for name in names:
        if name in TRAIT_NAMES:
            top.refuse("facts", f"holds {name!r}, which is worked out by itself; give the fact another name")
            return frozenset()
        if not isinstance(name, str) or not _NAME.match(name):
            top.refuse("facts", f'holds {name!r}; write names in small letters, such as facts = ["basket_value"]')
            return frozenset()
    return frozenset(names)
