"""What every process of an installation stands on: settings, rules, the database, keys and the platform."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Self

from pydantic import SecretStr

from botapp.channels.messenger.sender import MessengerSender
from botapp.channels.platform_rules import PlatformRules, load_platform_rules
from botapp.channels.transport import Timeouts, Transport
from botapp.channels.vault import Vault
from botapp.clock import Clock, SystemClock
from botapp.config_files import read_toml
from botapp.instance_keys import derived_key, installation_key, sandbox_secret
from botapp.policy.overload import Rate
from botapp.policy.signed_link import LinkSigner
from botapp.policy.wording import PartLimits
from botapp.reengagement.facts import LiveRules
from botapp.reengagement.plan import Planner
from botapp.reengagement.terms import HouseRules
from botapp.runtime import embedded_redis
from botapp.settings import Settings
from botapp.storage.engine import Database
from botapp.workers.jobs import Doorbell, open_doorbell
from botapp.workers.rate import bucket_of

PLATFORM = "messenger"
_SANDBOX_APP_ID = "4242424242424242"  # as the sandbox's echoes name us
_CLAIM_GRACE = timedelta(seconds=5)  # for recording an outcome, beyond the last instant at which it can arrive
_SOONEST_PERSON = timedelta(seconds=30)


def complete_settings(settings: Settings) -> Settings:
    """Fill in the secrets that botapp and its own sandbox share, where they are not set."""
    if not settings.uses_sandbox:
        return settings
    made = {
        name: SecretStr(sandbox_secret(settings.var_dir, name))
        for name in ("messenger_app_secret", "messenger_verify_token")
        if getattr(settings, name) is None
    }
    app_id = settings.messenger_app_id or _SANDBOX_APP_ID
    return settings.model_copy(update={**made, "messenger_app_id": app_id})


@dataclass(frozen=True)
class Foundation:
    """What an installation is built on, each part made when first asked for."""

    settings: Settings
    clock: Clock

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What these settings describe, on the clock of this machine."""
        return cls(complete_settings(settings), SystemClock())

    @cached_property
    def rules(self) -> PlatformRules:
        return load_platform_rules(read_toml("platforms.toml")[PLATFORM], self.settings.scale, platform=PLATFORM)

    @cached_property
    def database(self) -> Database:
        self.settings.var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        threads = self.settings.sender_threads + self.settings.web_threads
        return Database(self.settings.database_address, clock=self.clock, pool_size=threads)

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.key)

    @cached_property
    def key(self) -> str:
        given = self.settings.secret_key
        return given.get_secret_value() if given else installation_key(self.settings.var_dir)

    @cached_property
    def tombstone_key(self) -> bytes:
        return derived_key(self.key, "tombstones")

    @cached_property
    def link_signer(self) -> LinkSigner:
        return LinkSigner(derived_key(self.key, "data links"))

    @cached_property
    def redis_url(self) -> str:
        given = self.settings.redis_url
        return given.get_secret_value() if given else embedded_redis.url(self.settings.var_dir)

    @cached_property
    def house(self) -> HouseRules:
        s = self.settings
        total_seconds = s.bounded(s.total_timeout)
        return HouseRules(
            scale=s.scale,
            window_length=self.rules.window,
            send_allowance=s.scaled_send_allowance,
            cool_down=s.cool_down * s.scale,
            cap_period=s.cap_period * s.scale,
            cap=s.cap,
            ignored_cap=s.ignored_cap,
            hold_interval=s.hold_interval * s.scale,
            disclosure_lapse=s.disclosure_lapse * s.scale,
            text_limit=self.rules.text_limit,
            claim_timeout=timedelta(seconds=total_seconds + s.freshness_seconds) + _CLAIM_GRACE,
            part_limits=self.part_limits,
        )

    @property
    def sends_per_second(self) -> float:
        """Of a page, at most."""
        return min(self.settings.sends_per_second, self.rules.sends_per_second_ceiling)

    @property
    def page_rate(self) -> Rate:
        """What that comes to over time."""
        return bucket_of(self.sends_per_second)

    @property
    def part_limits(self) -> PartLimits:
        r = self.rules
        return PartLimits(
            r.quick_reply_limit, r.button_limit, r.quick_reply_title_limit, r.button_text_limit, r.card_line_limit
        )

    @cached_property
    def planner(self) -> Planner:
        return Planner(self.house, LiveRules(self.settings.scale))

    @cached_property
    def sender(self) -> MessengerSender:
        s = self.settings
        timeouts = Timeouts(
            connect_seconds=s.bounded(s.connect_timeout),
            read_seconds=s.bounded(s.read_timeout),
            total_seconds=s.bounded(s.total_timeout),
        )
        transport = Transport(s.graph_base_url, clock=self.clock, timeouts=timeouts)
        secret = s.app_secrets[0] if s.app_secrets else None
        return MessengerSender(
            transport=transport,
            version=s.graph_version,
            errors=self.rules.errors,
            app_secret=secret,
            inbox_app_id=self.rules.inbox_app_id,
        )

    def doorbell(self) -> Doorbell:
        return Doorbell(open_doorbell(self.redis_url), self.clock)

    def redis_answers(self) -> bool:
        return embedded_redis.is_answering(self.redis_url)

    @property
    def handover_target(self) -> timedelta:
        """Within which a person should come. People are no faster on a shortened day, so half a minute at least."""
        return max(self.settings.handover_target * self.settings.scale, _SOONEST_PERSON)
