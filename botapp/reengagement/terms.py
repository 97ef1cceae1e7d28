"""The house rules of one installation, and a page's terms made of them."""

from dataclasses import dataclass
from datetime import timedelta

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
        return Terms(
            window_length=self.window_length,
            send_allowance=self.send_allowance,
            cool_down=self.cool_down,
            cap_period=self.cap_period,
            cap=self.cap,
            ignored_cap=self.ignored_cap,
            hold_interval=self.hold_interval,
            text_limit=self.text_limit,
            part_limits=self.part_limits,
            anchor=Anchor(account.anchor),
            basis=Basis(account.basis),
            conversion_voids=ConversionVoids(account.conversion_voids),
            answer_voids=AnswerVoids(account.answer_voids),
            day=self.scale * timedelta(days=1),
        )

    @property
    def hour(self) -> timedelta:
        """Scaled as the day is."""
        return self.scale * timedelta(hours=1)

    @property
    def claims_remembered(self) -> int:
        """How many past claims a decision looks at."""
        return max(self.cap, self.ignored_cap, 1)
