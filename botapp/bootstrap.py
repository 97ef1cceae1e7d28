"""The composition root: settings in, working parts out. Nothing else creates what others work with."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

from flask import Flask
from pydantic import SecretStr
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from botapp import embedded_redis
from botapp.answering.content import from_content
from botapp.answering.grounding import Judge
from botapp.campaign.experiment_rounds import ExperimentRounds
from botapp.campaign.guards import Guards
from botapp.campaign.outcomes import OutcomeKeeper
from botapp.channels.chat_completions import ChatCompletions
from botapp.channels.messenger.page_profile import Properties, to_properties
from botapp.channels.messenger.sender import MessengerSender
from botapp.channels.messenger.stored import read_stored
from botapp.channels.platform_rules import PlatformRules, load_platform_rules
from botapp.channels.rate import Rate
from botapp.channels.transport import Timeouts, Transport
from botapp.channels.vault import Vault
from botapp.clock import Clock, SystemClock
from botapp.compliance.erasure import Eraser, ErasureRounds
from botapp.compliance.export import Exporter
from botapp.compliance.keep import LogKeeper
from botapp.compliance.publish import Directory, Place, Publisher, Url
from botapp.compliance.retention import KeepingTimes, Retention
from botapp.compliance.seal import Sealer
from botapp.compliance.signer import Signer
from botapp.config_files import read_languages, read_toml
from botapp.console.app import MOUNT, create_console
from botapp.console.parts import ConsoleParts, InboxParts, SignOn
from botapp.conversation.answers import Wordings, load_wordings
from botapp.conversation.desk import HandoverDesk
from botapp.conversation.handover_rounds import HandoverRounds
from botapp.conversation.knowledge import Doubting
from botapp.conversation.own_data import DataLinks, OwnDataAnswers
from botapp.conversation.page_profile import build_profile, first_questions
from botapp.conversation.profiles import ProfileKeeper
from botapp.conversation.receipts import AppIds
from botapp.conversation.receive import Receiver
from botapp.conversation.reply import ReplySender
from botapp.conversation.responding import Responding
from botapp.conversation.returning import Remembrance
from botapp.conversation.texts import PageTexts, TextRules
from botapp.conversation.thread_errands import ThreadErrands
from botapp.conversation.typing import TypingIndicator
from botapp.instance_keys import derived_key, installation_key, sandbox_secret
from botapp.policy.experiments.guards import Bounds
from botapp.policy.signed_link import LinkSigner
from botapp.reengagement.claim import Claimer
from botapp.reengagement.clock_watch import ClockWatch
from botapp.reengagement.delivery import Delivery
from botapp.reengagement.facts import LiveRules
from botapp.reengagement.plan import Planner
from botapp.reengagement.send import ReengagementSender
from botapp.reengagement.terms import HouseRules
from botapp.reengagement.tone import tone_of
from botapp.settings import Settings, Switch, require_messenger
from botapp.staff.api_keys import ApiKeys
from botapp.staff.delays import Delays
from botapp.staff.log_in import LogIn
from botapp.staff.members import Members
from botapp.staff.passwords import Passwords
from botapp.staff.record import settle_refusals
from botapp.staff.sessions import Sessions
from botapp.storage import faq
from botapp.storage.accounts import Account
from botapp.storage.engine import Database
from botapp.understanding.courtesy import Courtesies, load_courtesies
from botapp.understanding.time_tables import number_words
from botapp.understanding.wish import WithdrawalWords, load_withdrawal_words
from botapp.web.api.app import MOUNT as API_MOUNT
from botapp.web.api.app import ApiParts, create_api
from botapp.web.app import WebParts, create_app
from botapp.workers.jobs import Doorbell, Ringer, open_doorbell, open_redis
from botapp.workers.rate import RedisRate
from botapp.workers.ticker import Ticker
from botapp.workers.worker import Duties

if TYPE_CHECKING:
    from botapp.conversation.faq_knowledge import FaqKnowledge

PLATFORM = "messenger"
_SANDBOX_APP_ID = "4242424242424242"  # as the sandbox's echoes name us
_SOONEST_PERSON = timedelta(seconds=30)
_CLAIM_GRACE = timedelta(seconds=5)  # for recording an outcome, beyond the last instant at which it can arrive


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


@cache
def _withdrawal_words() -> WithdrawalWords:
    """Read once in each process: thousands of phrases take a good third of a second."""
    return load_withdrawal_words(read_languages("optout"))


@cache
def _courtesies() -> Courtesies:
    return load_courtesies(read_languages("courtesy"))


@cache
def _wordings() -> Wordings:
    return load_wordings(read_languages("answers"))


def _faq_knowledge() -> "FaqKnowledge":
    # Here, because numpy takes 25 MB, and of all processes only a worker answers by the FAQ.
    from botapp.answering.answerer import Answerer  # noqa: PLC0415  see above
    from botapp.conversation.faq_knowledge import FaqKnowledge  # noqa: PLC0415  the same

    return FaqKnowledge(Answerer(), read_stored)


@dataclass(frozen=True)
class Installation:
    """The parts of one installation, each made when first asked for."""

    settings: Settings
    clock: Clock

    @staticmethod
    def of(settings: Settings) -> "Installation":
        return Installation(complete_settings(settings), SystemClock())

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
        return Vault(self._key)

    @cached_property
    def _key(self) -> str:
        given = self.settings.secret_key
        return given.get_secret_value() if given else installation_key(self.settings.var_dir)

    @cached_property
    def tombstone_key(self) -> bytes:
        return derived_key(self._key, "tombstones")

    @cached_property
    def link_signer(self) -> LinkSigner:
        return LinkSigner(derived_key(self._key, "data links"))

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

    @cached_property
    def signer(self) -> Signer:
        return Signer(self.settings.ledger_origin, self.settings.var_dir / "ledger-keys")

    def sealer(self) -> Sealer:
        return Sealer(self.database, self.signer.sign)

    def exporter(self) -> Exporter:
        return Exporter(self.database, self.signer)

    def publisher(self) -> Publisher:
        """To the places that are set, which may be none."""
        s = self.settings
        places: list[Place] = []
        if s.checkpoint_dir is not None:
            places.append(Directory(s.checkpoint_dir))
        if s.checkpoint_url is not None:
            places.append(Url(s.checkpoint_url.get_secret_value(), self.clock))
        return Publisher(self.database, places, s.checkpoint_interval)

    def log_keeper(self) -> LogKeeper:
        """With a thread of its own."""
        pool = ThreadPoolExecutor(1, "publish")
        return LogKeeper(self.database, self.sealer(), self.publisher(), self.clock, pool)

    def eraser(self) -> Eraser:
        return Eraser(self.database, self.house, self.tombstone_key)

    def erasure_rounds(self) -> ErasureRounds:
        """With a thread of its own."""
        return ErasureRounds(self.database, self.eraser(), ThreadPoolExecutor(1, "scrub"), self.clock)

    def retention(self) -> Retention:
        s = self.settings
        times = KeepingTimes(
            raw_events=s.keep_raw_events * s.scale,
            event_keys=s.keep_event_keys * s.scale,
            messages=s.keep_messages * s.scale,
            facts=s.keep_facts * s.scale,
            requests=s.keep_requests * s.scale,
            round_interval=s.retention_interval * s.scale,
        )
        return Retention(self.database, times)

    def own_data_answers(self) -> OwnDataAnswers:
        s = self.settings
        links = DataLinks(self.link_signer, s.public_url or s.web_url, s.data_link_lifetime * s.scale)
        return OwnDataAnswers(_wordings(), links)

    @property
    def handover_target(self) -> timedelta:
        """Within which a person should come. People are no faster on a shortened day, so half a minute at least."""
        return max(self.settings.handover_target * self.settings.scale, _SOONEST_PERSON)

    def handover_rounds(self) -> HandoverRounds:
        return HandoverRounds(self.database, self.house, self.handover_target, self.doorbell().ring)

    def guards(self) -> Guards:
        s = self.settings
        return Guards(self.database, Bounds(response_floor=s.response_floor, harm_ceiling=s.harm_ceiling))

    def outcome_keeper(self) -> OutcomeKeeper:
        return OutcomeKeeper(self.database)

    def experiment_rounds(self) -> ExperimentRounds:
        return ExperimentRounds(self.outcome_keeper(), self.guards())

    def handover_desk(self) -> HandoverDesk:
        return HandoverDesk(self.database, self.house, PageTexts(_wordings()))

    def profile_properties(self, account: Account) -> Properties:
        """What the platform should show of a page, as the platform takes it."""
        with self.database.reading() as connection:
            wordings = PageTexts(_wordings()).of(connection, account)
            live = faq.find_live_content(connection, account.id)
        questions = first_questions(from_content(live[1])) if live else {}
        return to_properties(build_profile(account, wordings, questions), self.rules.profile_locales)

    def text_rules(self) -> TextRules:
        return TextRules(_wordings(), _withdrawal_words(), _courtesies(), self.settings.tone)

    def doorbell(self) -> Doorbell:
        return Doorbell(open_doorbell(self.redis_url), self.clock)

    def redis_answers(self) -> bool:
        return embedded_redis.is_answering(self.redis_url)

    def receiver(self) -> Receiver:
        return Receiver(
            platform=PLATFORM,
            database=self.database,
            planner=self.planner,
            words=_withdrawal_words(),
            apps=AppIds(self.settings.messenger_app_id, self.rules.inbox_app_id),
            remembrance=Remembrance(self.tombstone_key),
            courtesies=_courtesies(),
        )

    def web_app(self, ring: Callable[[], bool] | None = None) -> Flask:
        """The web application. Raises SettingsError where webhooks could not be authenticated."""
        require_messenger(self.settings)
        token = self.settings.messenger_verify_token
        app = create_app(
            WebParts(
                database=self.database,
                receiver=self.receiver(),
                opening_kinds=self.rules.opening_kinds,
                app_secrets=self.settings.app_secrets,
                verify_token=token.get_secret_value() if token else "",
                ring=ring or Ringer(self.doorbell().ring).ask,
                redis_answers=self.redis_answers,
                clock=self.clock,
                public_url=self.settings.public_url,
                link_signer=self.link_signer,
                handover_target=self.handover_target,
            )
        )
        # Applications of their own: they have other errors, cookies and limits, and webhooks pay nothing for them.
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {MOUNT: self.console(), API_MOUNT: self.api()})  # type: ignore[method-assign]
        return app

    def console(self) -> Flask:
        """The staff's pages, as they are mounted in the web application."""
        s = self.settings
        return create_console(
            ConsoleParts(
                database=self.database,
                vault=self.vault,
                clock=self.clock,
                sessions=Sessions(self.database, self.clock),
                log_in=self.console_log_in(),
                members=self.members(),
                cookie_key=derived_key(self._key, "console cookies").hex(),
                public_url=s.public_url or s.web_url,
                trusted_proxies=s.trusted_proxies,
                exporter=self.exporter(),
                house=self.house,
                inbox=InboxParts(self.handover_desk(), self.handover_target, read_stored),
                sign_on=self._sign_on(),
                tone=s.tone,
            )
        )

    def api(self) -> Flask:
        """What the business's own systems call, as it is mounted in the web application."""
        s = self.settings
        parts = ApiParts(
            database=self.database,
            keys=self.api_keys(),
            clock=self.clock,
            platform=PLATFORM,
            requests_per_second=s.api_requests_per_second / s.web_processes,
        )
        return create_api(parts)

    def api_keys(self) -> ApiKeys:
        return ApiKeys(self.database)

    def members(self) -> Members:
        return Members(self.database, self.clock)

    def console_log_in(self) -> LogIn:
        return LogIn(
            database=self.database,
            clock=self.clock,
            vault=self.vault,
            passwords=Passwords(),
            delays=Delays(derived_key(self._key, "log-in delays")),
            demands_second_factor=self.settings.demands_second_factor,
            allows_one_time_links=self.settings.uses_sandbox,
        )

    def _sign_on(self) -> SignOn | None:
        s = self.settings
        if s.oidc_issuer is None or s.oidc_client_id is None or s.oidc_client_secret is None:
            return None
        return SignOn(
            issuer=s.oidc_issuer,
            client_id=s.oidc_client_id,
            client_secret=s.oidc_client_secret.get_secret_value(),
            label=s.oidc_label,
            redirect_url=f"{s.console_url}/sign-on/answer",
        )

    def ticker(self) -> Ticker:
        return Ticker(
            database=self.database,
            planner=self.planner,
            ring=self.doorbell().ring,
            clock=self.clock,
            tick=self.settings.tick,
            leader_ttl=self.settings.leader_ttl,
            keep_log=self.log_keeper().keep,
            chores=(
                self.erasure_rounds().run,
                self.retention().run,
                self.handover_rounds().run,
                self.experiment_rounds().advance,
                partial(settle_refusals, self.database),
            ),
        )

    def _typing(self, rate: Rate) -> TypingIndicator | None:
        if self.settings.typing is Switch.OFF:
            return None
        return TypingIndicator(self.database, self.house, self.sender, self.vault, rate, self.clock)

    def _responding(self, knowledge: Doubting) -> Responding | None:
        s = self.settings
        if s.responder_url is None or s.responder_model is None:
            return None
        responder = ChatCompletions(
            s.responder_url,
            s.responder_model,
            key=s.responder_key.get_secret_value() if s.responder_key else None,
            timeout_seconds=s.responder_timeout.total_seconds(),
            clock=self.clock,
        )
        # Nobody approved its words, so its tone is judged whatever is set for texts of people.
        judge = Judge(lambda text: bool(tone_of(text)), number_words(read_languages("optout")))
        return Responding(self.database, self.house, knowledge, responder, judge)

    def duties(self) -> Duties:
        """A worker's duties, with threads of its own."""
        s = self.settings
        threads = s.sender_threads
        rate = RedisRate(
            open_redis(self.redis_url),
            sends_per_second=min(s.sends_per_second, self.rules.sends_per_second_ceiling),
        )
        clock_watch = ClockWatch(self.clock, self.sender, s.clocks_apart_at_most)
        delivery = Delivery(
            sender=self.sender,
            vault=self.vault,
            clock=self.clock,
            rate=rate,
            freshness_seconds=s.freshness_seconds,
            usage_pause_percent=self.rules.usage_pause_percent,
            clock_watch=clock_watch,
        )
        knowledge = _faq_knowledge()
        replies = ReplySender(
            database=self.database,
            house=self.house,
            wordings=_wordings(),
            delivery=delivery,
            profiles=ProfileKeeper(self.database, self.sender, self.vault),
            rate=rate,
            batch=threads,
            own_data=self.own_data_answers(),
            page_texts=PageTexts(_wordings()),
            knowledge=knowledge,
            typing=self._typing(rate),
            responding=self._responding(knowledge),
        )
        reengagements = ReengagementSender(
            database=self.database,
            house=self.house,
            claimer=Claimer(self.database, self.house, self.planner.live_rules, clock_watch, tone=self.settings.tone),
            delivery=delivery,
            rate=rate,
            batch=2 * threads,
        )
        return Duties(
            replies=replies,
            reengagements=reengagements,
            reply_pool=ThreadPoolExecutor(threads, "reply"),
            send_pool=ThreadPoolExecutor(threads, "send"),
            side=ThreadPoolExecutor(1, "side"),
            run_errands=ThreadErrands(self.database, self.sender, self.vault, self.handover_target).run,
        )
