"""The parts that staff work with: who they are, the thread they hold, what their rules do."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from botapp.answering.content import from_content
from botapp.bootstrap.content import courtesies, withdrawal_words, wordings
from botapp.bootstrap.log import Log
from botapp.campaign.experiment_rounds import ExperimentRounds
from botapp.campaign.file import Limits
from botapp.campaign.guards import Guards
from botapp.campaign.outcomes import OutcomeKeeper
from botapp.campaign.reading import CampaignReader
from botapp.campaign.rollups import RollupKeeper, RollupRounds
from botapp.channels.addresses import look_up_public
from botapp.channels.messenger.page_profile import Properties, to_properties
from botapp.channels.vault import VaultError
from botapp.channels.webhook_caller import WebhookCaller
from botapp.conversation.desk import HandoverDesk
from botapp.conversation.handover_rounds import HandoverRounds
from botapp.conversation.page_profile import build_profile, first_questions, record_profile
from botapp.conversation.texts import PageTexts, TextRules
from botapp.outgoing.rounds import WebhookRounds
from botapp.outgoing.subscriptions import Destinations, Subscriptions
from botapp.policy import webhook_retry
from botapp.policy.experiments.guards import Bounds
from botapp.staff.api_keys import ApiKeys
from botapp.staff.members import Members
from botapp.storage import faq
from botapp.storage.accounts import Account

_WEBHOOK_THREADS = 8  # so many receivers can be slow before others have to wait


@dataclass(frozen=True)
class Staff(Log):
    """What an installation's staff work with."""

    def members(self) -> Members:
        return Members(self.database, self.clock)

    def campaign_reader(self) -> CampaignReader:
        s = self.settings
        limits = Limits(
            text_limit=self.rules.text_limit,
            window_length=self.rules.window / s.scale,
            send_allowance=s.send_allowance,
            tone=s.tone,
            part_limits=self.part_limits,
        )
        return CampaignReader(self.database, limits, s.impossible_share)

    def api_keys(self) -> ApiKeys:
        return ApiKeys(self.database)

    def handover_desk(self) -> HandoverDesk:
        return HandoverDesk(self.database, self.house, PageTexts(wordings()))

    def handover_rounds(self) -> HandoverRounds:
        return HandoverRounds(self.database, self.house, self.handover_target, self.doorbell().ring)

    def guards(self) -> Guards:
        s = self.settings
        return Guards(self.database, Bounds(response_floor=s.response_floor, harm_ceiling=s.harm_ceiling))

    def outcome_keeper(self) -> OutcomeKeeper:
        return OutcomeKeeper(self.database, self._webhooks_last)

    def rollup_keeper(self) -> RollupKeeper:
        return RollupKeeper(self.database, self.house.window_length)

    def rollup_rounds(self) -> RollupRounds:
        return RollupRounds(self.rollup_keeper(), self.clock)

    @property
    def _webhooks_last(self) -> timedelta:
        return webhook_retry.LASTS * self.settings.scale

    def webhook_subscriptions(self, *, waits_for_names: bool = True) -> Subscriptions:
        """A web process does not wait for the names of strangers' hosts to be looked up: who calls them does."""
        s = self.settings
        look_up = look_up_public if waits_for_names else None
        destinations = Destinations(s.webhook_destinations, allows_loopback=s.uses_sandbox, look_up=look_up)
        return Subscriptions(self.database, self.vault, destinations, self._webhooks_last)

    def webhook_rounds(self) -> WebhookRounds:
        """With threads of its own."""
        return WebhookRounds(
            database=self.database,
            vault=self.vault,
            subscriptions=self.webhook_subscriptions(),
            caller=WebhookCaller(self.clock, allows_loopback=self.settings.uses_sandbox),
            clock=self.clock,
            pool=ThreadPoolExecutor(_WEBHOOK_THREADS, "webhook"),
        )

    def experiment_rounds(self) -> ExperimentRounds:
        return ExperimentRounds(self.outcome_keeper(), self.guards())

    def profile_properties(self, account: Account) -> Properties:
        """What the platform should show of a page, as the platform takes it."""
        with self.database.reading() as connection:
            page_wordings = PageTexts(wordings()).of(connection, account)
            live = faq.find_live_content(connection, account.id)
        questions = first_questions(from_content(live[1])) if live else {}
        return to_properties(build_profile(account, page_wordings, questions), self.rules.profile_locales)

    def introduce(self, account: Account) -> str | None:
        """Let the platform show the page as it should be. None when done, else what is wrong."""
        try:
            token = self.vault.open(account.token_encrypted)
        except VaultError as error:
            return str(error)
        properties = self.profile_properties(account)
        wrong = self.sender.set_page_profile(token, properties)
        if wrong is None:
            record_profile(self.database, account.id, properties)
        return None if wrong is None else str(wrong)

    def text_rules(self) -> TextRules:
        return TextRules(wordings(), withdrawal_words(), courtesies(), self.settings.tone)
