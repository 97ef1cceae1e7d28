"""The house rules of one installation, and a page's terms made of them."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache

from botapp.policy.consent import Basis
from botapp.policy.decision import Terms
from botapp.policy.voiding import AnswerVoids, ConversionVoids
from botapp.policy.window import Anchor
from botapp.policy.wording import USUAL_LIMITS, PartLimits
from botapp.storage.accounts import Account


@dataclass(frozen=True, slots=True)
class HouseRules:
    """Every duration scaled already; see config/defaults.toml for their meaning."""

    scale: float
    window_length: timedelta
    send_allowance: timedelta
    cool_down: timedelta
    cap_period: timedelta
    cap: int
    ignored_cap: int
    hold_interval: timedelta
    disclosure_lapse: timedelta
    text_limit: int
    claim_timeout: timedelta  # real: after this nothing of a claim can be on the wire any more
    part_limits: PartLimits = USUAL_LIMITS

    def terms_of(self, account: Account) -> Terms:
        """What this page has agreed to."""
        return _terms(self, account.anchor, account.basis, account.conversion_voids, account.answer_voids)

    @property
    def hour(self) -> timedelta:
        """Scaled as the day is."""
        return _hour(self.scale)

    @property
    def claims_remembered(self) -> int:
        """How many past claims a decision looks at."""
        return max(self.cap, self.ignored_cap, 1)


@cache
def _hour(scale: float) -> timedelta:
    """Asked for every contact that is planned for; to multiply a duration by a fraction takes its time."""
    return scale * timedelta(hours=1)


@lru_cache(maxsize=100)
def _terms(house: HouseRules, anchor: str, basis: str, conversion_voids: str, answer_voids: str) -> Terms:
    """There are a few, and each webhook and each claim asks."""
    return Terms(
        window_length=house.window_length,
        send_allowance=house.send_allowance,
        cool_down=house.cool_down,
        cap_period=house.cap_period,
        cap=house.cap,
        ignored_cap=house.ignored_cap,
        hold_interval=house.hold_interval,
        text_limit=house.text_limit,
        part_limits=house.part_limits,
        anchor=Anchor(anchor),
        basis=Basis(basis),
        conversion_voids=ConversionVoids(conversion_voids),
        answer_voids=AnswerVoids(answer_voids),
        day=house.scale * timedelta(days=1),
    )
