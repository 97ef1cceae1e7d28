"""The parts of the worker and of the ticker."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from botapp.answering.grounding import Judge
from botapp.bootstrap.content import faq_knowledge, wordings
from botapp.bootstrap.staff import Staff
from botapp.channels.chat_completions import ChatCompletions
from botapp.channels.rate import Rate
from botapp.config_files import read_languages
from botapp.conversation.knowledge import Doubting
from botapp.conversation.own_data import DataLinks, OwnDataAnswers
from botapp.conversation.profiles import ProfileKeeper
from botapp.conversation.reply import ReplySender
from botapp.conversation.responding import Responding
from botapp.conversation.texts import PageTexts
from botapp.conversation.thread_errands import ThreadErrands
from botapp.conversation.typing import TypingIndicator
from botapp.conversation.way_out import WaysOut
from botapp.reengagement.claim import Claimer
from botapp.reengagement.clock_watch import ClockWatch
from botapp.reengagement.delivery import Delivery
from botapp.reengagement.overload import Overload
from botapp.reengagement.send import ReengagementSender
from botapp.reengagement.tone import tone_of
from botapp.rehearsal.jobs import RehearsalRounds
from botapp.settings import Switch
from botapp.staff.record import settle_refusals
from botapp.understanding.time_tables import number_words
from botapp.workers.jobs import open_redis
from botapp.workers.rate import RedisRate
from botapp.workers.ticker import Ticker
from botapp.workers.worker import Duties


@dataclass(frozen=True)
class Workers(Staff):
    """What works behind the doorbell."""

    def ticker(self) -> Ticker:
        return Ticker(
            database=self.database,
            planner=self.planner,
            ring=self.doorbell().ring,
            clock=self.clock,
            tick=self.settings.tick,
            leader_ttl=self.settings.leader_ttl,
            keep_log=self.log_keeper(after_sealing=self.rollup_rounds().run).keep,
            chores=(
                self.erasure_rounds().run,
                self.retention().run,
                self.handover_rounds().run,
                self.experiment_rounds().advance,
                self.webhook_rounds().run,
                self.overload().relieve,
                self.rehearsal_rounds().look,
                partial(settle_refusals, self.database),
            ),
        )

    def rehearsal_rounds(self) -> RehearsalRounds:
        return RehearsalRounds(self.database, self.house, self.page_rate, self.clock)

    def overload(self) -> Overload:
        return Overload(self.database, self.house, self.page_rate, self.clock)

    def own_data_answers(self) -> OwnDataAnswers:
        s = self.settings
        links = DataLinks(self.link_signer, s.public_url or s.web_url, s.data_link_lifetime * s.scale)
        return OwnDataAnswers(wordings(), links)

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
            sends_per_second=self.sends_per_second,
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
        knowledge = faq_knowledge(s.encoder)
        replies = ReplySender(
            database=self.database,
            house=self.house,
            wordings=wordings(),
            delivery=delivery,
            profiles=ProfileKeeper(self.database, self.sender, self.vault),
            rate=rate,
            batch=threads,
            own_data=self.own_data_answers(),
            page_texts=PageTexts(wordings()),
            knowledge=knowledge,
            typing=self._typing(rate),
            responding=self._responding(knowledge),
        )
        reengagements = ReengagementSender(
            database=self.database,
            house=self.house,
            claimer=Claimer(
                self.database,
                self.house,
                self.planner.live_rules,
                clock_watch,
                tone=self.settings.tone,
                way_out=WaysOut(PageTexts(wordings())).button,
            ),
            delivery=delivery,
            rate=rate,
            batch=threads + threads // 2,
        )
        return Duties(
            replies=replies,
            reengagements=reengagements,
            reply_pool=ThreadPoolExecutor(threads, "reply"),
            send_pool=ThreadPoolExecutor(threads, "send"),
            side=ThreadPoolExecutor(1, "side"),
            run_errands=ThreadErrands(self.database, self.sender, self.vault, self.handover_target).run,
        )
