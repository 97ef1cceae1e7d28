"""Settings: config/defaults.toml, overridden by BOTAPP_* in the environment. A wrong one stops the start."""

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from botapp.channels.transport import check_base_url
from botapp.config_files import config_dir
from botapp.durations import parse_duration
from botapp.policy.zones import find_zone
from botapp.reengagement.tone import ToneRule
from botapp.runtime.web_server import Server, is_installed
from botapp.setting_values import (
    check_checkpoint_url,
    check_database_address,
    check_directory,
    check_encoder,
    check_key,
    check_origin,
    check_redis_address,
    check_secret,
    check_verify_token,
    read_steps,
    without_password,
)

_ONE_DAY = timedelta(days=1)
_PLATFORM_REPEATS_FOR = timedelta(hours=36)  # platform-reference 1.4
_LONGEST_SOCKET_SHARE = 0.6  # of the send allowance, for one call on a shortened day
_FINEST_COMPARISON = timedelta(seconds=2)
_LONGEST = timedelta(days=36_525)  # a century: further off, calendars end
_LONGEST_RESPONDER = timedelta(seconds=1.5)  # what is left of two seconds for all else
_SHORTEST_SEND = timedelta(milliseconds=20)
_VERSION = re.compile(r"v\d{1,3}\.\d\Z", re.ASCII)
_SECRET_CHECKS = {
    "database_url": check_database_address,
    "redis_url": check_redis_address,
    "checkpoint_url": check_checkpoint_url,
    "secret_key": check_key,
    "messenger_verify_token": check_verify_token,
}
_LONGER_THAN_NOTHING = (
    "day",
    "send_allowance",
    "total_timeout",
    "claim_freshness",
    "connect_timeout",
    "read_timeout",
    "cool_down",
    "cap_period",
    "hold_interval",
    "handover_target",
    "checkpoint_interval",
    "tick",
    "leader_ttl",
    "retention_interval",
    "data_link_lifetime",
    "responder_timeout",
)


class SettingsError(Exception):
    """The settings do not hold; the message is one line naming the variable, the value and the remedy."""


class Switch(StrEnum):
    ON = "on"
    OFF = "off"


def _duration(value: Any) -> timedelta:  # noqa: ANN401  whatever the source holds
    duration = value if isinstance(value, timedelta) else parse_duration(value)
    if duration > _LONGEST:
        raise ValueError("is longer than a century; write a shorter duration")
    return duration


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Settings(BaseSettings):
    """Everything that can be set. Units and meanings stand in config/defaults.toml."""

    model_config = SettingsConfigDict(env_prefix="BOTAPP_", extra="forbid", env_ignore_empty=True)

    var_dir: Path
    http_host: str
    http_port: int = Field(ge=1, le=65535)
    sandbox_port: int = Field(ge=1, le=65535)
    web_threads: int = Field(ge=1, le=256)
    web_processes: int = Field(ge=1, le=64)
    server: Server
    day: Duration
    send_allowance: Duration
    total_timeout: Duration
    clock_skew: Duration
    claim_freshness: Duration
    connect_timeout: Duration
    read_timeout: Duration
    cool_down: Duration
    cap_period: Duration
    cap: int = Field(ge=1, le=1000)
    ignored_cap: int = Field(ge=0, le=1000)
    hold_interval: Duration
    disclosure_lapse: Duration
    tone: ToneRule
    impossible_share: float = Field(ge=0, le=1)
    response_floor: float = Field(gt=0, lt=1)
    harm_ceiling: float = Field(gt=0, lt=1)
    daily_cap_steps: Annotated[
        tuple[Annotated[int, Field(ge=1, le=1_000_000)], ...], NoDecode, BeforeValidator(read_steps)
    ] = Field(min_length=1)
    handover_target: Duration
    api_requests_per_second: float = Field(gt=0, le=1000)
    sends_per_second: float = Field(gt=0, le=300)
    sender_threads: int = Field(ge=1, le=256)
    tick: Duration
    leader_ttl: Duration
    ledger_origin: Annotated[str, AfterValidator(check_origin)]
    checkpoint_interval: Duration
    keep_raw_events: Duration
    keep_event_keys: Duration
    keep_messages: Duration
    keep_facts: Duration
    keep_requests: Duration
    retention_interval: Duration
    data_link_lifetime: Duration
    graph_version: str
    default_language: str
    default_zone: str

    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    graph_url: str | None = None
    public_url: str | None = None
    checkpoint_dir: Path | None = None  # where checkpoints are published
    checkpoint_url: SecretStr | None = None  # the same; it may hold a token, so it is shown nowhere
    sandbox: Switch | None = None
    messenger_app_secret: SecretStr | None = None
    messenger_app_secret_previous: SecretStr | None = None  # accepted too, while the secret is rotated
    messenger_verify_token: SecretStr | None = None
    messenger_app_id: str | None = None
    typing: Switch
    second_factor: Switch | None = (
        None  # demanded of the roles that change or prove something; unset: but in the sandbox
    )
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_label: str = "Log in with your company's account"
    encoder: Path | None = None  # None: the FAQ knows words and letters only
    responder_url: str | None = None  # None: only the page itself answers
    responder_model: str | None = None
    responder_key: SecretStr | None = None
    responder_timeout: Duration
    webhook_hosts: str = ""  # the only ones that webhooks may go to, with blanks between them; empty: any public one
    secret_key: SecretStr | None = None  # encrypts page tokens; without it a key file in var_dir does

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  the signature is pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        defaults = TomlConfigSettingsSource(settings_cls, config_dir() / "defaults.toml")
        return init_settings, env_settings, defaults

    @field_validator("messenger_app_secret", "messenger_app_secret_previous", *_SECRET_CHECKS)
    @classmethod
    def _usable_secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        check = _SECRET_CHECKS.get(info.field_name or "", check_secret)
        return None if value is None else SecretStr(check(value.get_secret_value()))

    @field_validator("graph_url", "public_url", "oidc_issuer", "responder_url")
    @classmethod
    def _safe_host(cls, value: str | None) -> str | None:
        return None if value is None else check_base_url(value)

    @field_validator("var_dir", "checkpoint_dir")
    @classmethod
    def _usable_directory(cls, value: Path | None) -> Path | None:
        return None if value is None else check_directory(value)

    @field_validator("encoder")
    @classmethod
    def _usable_encoder(cls, value: Path | None) -> Path | None:
        return None if value is None else check_encoder(value)

    @field_validator("server")
    @classmethod
    def _installed_server(cls, value: Server) -> Server:
        if not is_installed(value):
            raise ValueError(f"is not installed; pip install 'botapp[{value}]', or take gunicorn")
        return value

    @field_validator("graph_version")
    @classmethod
    def _known_version(cls, value: str) -> str:
        if not _VERSION.match(value):
            raise ValueError('is not a version of the Graph API; write it like "v25.0"')
        return value

    @field_validator("default_language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        known = sorted(file.stem for file in (config_dir() / "answers").glob("*.toml"))
        if value not in known:
            raise ValueError(f"is no language of config/answers; choose one of {', '.join(known)}")
        return value

    @field_validator("default_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if find_zone(value) is None:
            raise ValueError('is not a zone; write an IANA name like "Europe/Berlin", or "UTC"')
        return value

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        for name in _LONGER_THAN_NOTHING:
            if getattr(self, name) <= timedelta(0):
                raise ValueError(f"{name}: must be longer than nothing")
        if self.uses_sandbox and self.sandbox_port == self.http_port:
            raise ValueError(f"sandbox_port: {self.sandbox_port} is BOTAPP_HTTP_PORT too; choose another")
        if self.scale != 1 and not self.uses_sandbox and not self._platform_is_local:
            raise ValueError("day: only the sandbox has short days; unset BOTAPP_DAY or set BOTAPP_SANDBOX=on")
        self._check_the_day()
        self._check_retention()
        self._check_sign_on()
        self._check_responder()
        needed = self.total_timeout + self.clock_skew + self.claim_freshness
        if self.scale == 1 and needed > self.send_allowance:
            raise ValueError(
                f"send_allowance: {self.send_allowance} does not cover total_timeout, clock_skew and claim_freshness"
                f" ({needed} together); lengthen BOTAPP_SEND_ALLOWANCE or shorten those"
            )
        return self

    def _check_the_day(self) -> None:
        if self.scaled_send_allowance * _LONGEST_SOCKET_SHARE < _SHORTEST_SEND:
            raise ValueError("day: leaves no time for a send; make it longer")
        if self.scale > 1:
            raise ValueError('day: the promise is a window of 24 hours; write "24h" or less')
        if self.cool_down < _ONE_DAY:
            raise ValueError('cool_down: the promise is at most one in any 24 hours; write "24h" or more')
        if self.send_allowance >= _ONE_DAY:
            raise ValueError("send_allowance: leaves nothing of a day; shorten it")
        if self.leader_ttl < 4 * self.tick:
            raise ValueError("leader_ttl: is under four ticks, so leaders would lose their lead; lengthen it")

    def _check_retention(self) -> None:
        if self.keep_event_keys < max(self.keep_raw_events, _PLATFORM_REPEATS_FOR):
            raise ValueError("keep_event_keys: must cover keep_raw_events, and how long the platform repeats (36h)")
        if self.keep_messages < self.cap_period:
            raise ValueError("keep_messages: must cover cap_period; lengthen it")

    def _check_sign_on(self) -> None:
        given = {name: getattr(self, f"oidc_{name}") is not None for name in ("issuer", "client_id", "client_secret")}
        for name, is_given in given.items():
            if any(given.values()) and not is_given:
                raise ValueError(f"oidc_{name}: is missing; sign-on needs issuer, client id and client secret")

    def _check_responder(self) -> None:
        if (self.responder_url is None) != (self.responder_model is None):
            missing = "responder_model" if self.responder_model is None else "responder_url"
            raise ValueError(f"{missing}: is missing; a responder needs both its address and the name of its model")
        if self.responder_timeout > _LONGEST_RESPONDER:
            raise ValueError("responder_timeout: answers are due within 2s; write 1500ms or less")

    @property
    def demands_second_factor(self) -> bool:
        """Of staff whose roles change or prove something. The sandbox has nobody to protect."""
        return self.second_factor is Switch.ON or (self.second_factor is None and not self.uses_sandbox)

    @property
    def scale(self) -> float:
        """How long a day is, in days."""
        return self.day / _ONE_DAY

    @property
    def uses_sandbox(self) -> bool:
        """The sandbox stands in for the platform unless it is switched off or a Graph URL is set."""
        return self.sandbox is Switch.ON or (self.sandbox is None and self.graph_url is None)

    @property
    def database_address(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.var_dir.resolve()}/botapp.db"

    @property
    def graph_base_url(self) -> str:
        if self.uses_sandbox and self.graph_url is None:
            return f"http://127.0.0.1:{self.sandbox_port}"
        return self.graph_url or "https://graph.facebook.com"

    @property
    def web_url(self) -> str:
        host = "127.0.0.1" if self.http_host in ("0.0.0.0", "::") else self.http_host  # noqa: S104  compared, not bound
        return f"http://{host}:{self.http_port}"

    @property
    def console_url(self) -> str:
        """Where staff find their pages."""
        return f"{self.public_url or self.web_url}/console"

    @property
    def scaled_send_allowance(self) -> timedelta:
        return self.send_allowance * self.scale

    def bounded(self, timeout: timedelta) -> float:
        """A timeout of the wire, in real seconds; on a shortened day it still has to fit into the allowance."""
        return min(timeout, self.scaled_send_allowance * _LONGEST_SOCKET_SHARE).total_seconds()

    @property
    def freshness_seconds(self) -> float:
        """How old a claim may be when it is written, in real seconds."""
        return min(self.claim_freshness, self.scaled_send_allowance * (1 - _LONGEST_SOCKET_SHARE) / 2).total_seconds()

    @property
    def clocks_apart_at_most(self) -> timedelta:
        """From where on nothing proactive is sent: half the skew that the send allowance covers.

        On a shortened day no less than what clocks told to the second can show.
        """
        return max(self.clock_skew * self.scale / 2, _FINEST_COMPARISON)

    @property
    def webhook_destinations(self) -> tuple[str, ...]:
        """The hosts that `webhook_hosts` names."""
        return tuple(self.webhook_hosts.lower().split())

    @property
    def app_secrets(self) -> tuple[str, ...]:
        """The secrets that sign webhooks: the present one first."""
        secrets = (self.messenger_app_secret, self.messenger_app_secret_previous)
        return tuple(secret.get_secret_value() for secret in secrets if secret is not None)

    @property
    def _platform_is_local(self) -> bool:
        host = urlsplit(self.graph_url or "").hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401  values as the environment would hold them
    """The settings of this process. Raises SettingsError."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None


def require_messenger(settings: Settings) -> None:
    """Stop where webhooks could not be authenticated. Raises SettingsError."""
    for name in ("messenger_app_secret", "messenger_verify_token"):
        if getattr(settings, name) is None:
            raise SettingsError(
                f"BOTAPP_{name.upper()} is not set; copy it from the app's dashboard (README, Connect a Facebook Page)"
            )


def _one_line(error: ValidationError) -> str:
    fault = error.errors()[0]
    message = fault["msg"].removeprefix("Value error, ")
    if not fault["loc"]:  # a rule of several settings: its message begins with the name
        name, _, reason = message.partition(": ")
        given = fault["input"].get(name)
        return f"BOTAPP_{name.upper()}{'' if given is None else f'={given}:'} {reason}"
    name = str(fault["loc"][0])
    field = Settings.model_fields.get(name)
    if field is None:
        return f"BOTAPP_{name.upper()} is not a setting; see config/defaults.toml"
    if fault["type"] == "missing":
        return f"BOTAPP_{name.upper()} is not set; give it a value"
    shown = (
        "(secret)"
        if "SecretStr" in str(field.annotation) or "SecretStr" in str(fault["input"])
        else repr(without_password(str(fault["input"])))
    )
    return f"BOTAPP_{name.upper()}={shown}: {message}"
