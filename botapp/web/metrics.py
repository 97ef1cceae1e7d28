"""Figures for Prometheus, read from the database: the same from every process, and none lost by a restart."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from botapp.campaign.status import load_status
from botapp.compliance.state import load_log_state
from botapp.conversation.waiting import load_states, load_waiting
from botapp.storage.engine import Database


class _StatusCollector(Collector):
    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Re-engagements and answers by state, refusals by reason, per page; and what was set aside on arrival."""
        status = load_status(self._database)
        states = GaugeMetricFamily("botapp_reengagements", "Re-engagements by state", labels=["page", "state"])
        reasons = GaugeMetricFamily("botapp_refusals", "Not sent, by reason", labels=["page", "reason"])
        answers = GaugeMetricFamily("botapp_replies", "Answers by state", labels=["page", "state"])
        for page in status.pages:
            for family, counts in ((states, page.reengagements), (reasons, page.refusals), (answers, page.replies)):
                for name, number in counts.items():
                    family.add_metric([page.page_id, name], number)
        set_aside = CounterMetricFamily("botapp_inbound_set_aside", "Received and set aside", labels=["what"])
        for name, number in status.counters.items():
            set_aside.add_metric([name], number)
        yield from (states, reasons, answers, set_aside)


class _InboxCollector(Collector):
    def __init__(self, database: Database, target: timedelta) -> None:
        self._database = database
        self._target = target

    def collect(self) -> Iterator[Metric]:
        """Customers who are with a person or wait for one, by page; how long and how many of them too long."""
        states = GaugeMetricFamily("botapp_handovers", "Conversations with people", labels=["page", "state"])
        for page, state, number in load_states(self._database):
            states.add_metric([page, state], number)
        waiting = load_waiting(self._database, self._target)
        yield states
        late = "Customers who wait for a person longer than the target"
        yield GaugeMetricFamily("botapp_handovers_late", late, waiting.late)
        oldest_seconds = waiting.oldest.total_seconds()
        yield GaugeMetricFamily("botapp_handover_oldest_seconds", "How long the first of them waits", oldest_seconds)


class _ClockCollector(Collector):
    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """How this host's clock stands to the database's. Of a worker's host `clocks_disagree` tells, a refusal."""
        ahead_seconds = self._database.clock_offset().total_seconds()
        what = "How far the database's clock is ahead of this host's, at the least"
        yield GaugeMetricFamily("botapp_clock_offset_seconds", what, ahead_seconds)


class _LogCollector(Collector):
    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """How far the log is sealed and signed, and how signing and publishing stand."""
        state = load_log_state(self._database)
        yield GaugeMetricFamily("botapp_log_sealed_entries", "Entries with a place in the tree", state.sealed)
        yield GaugeMetricFamily("botapp_log_signed_entries", "Entries signed by a checkpoint", state.signed)
        unsigned_seconds = state.unsigned_for.total_seconds()
        yield GaugeMetricFamily("botapp_log_unsigned_seconds", "Age of the oldest unsigned entry", unsigned_seconds)
        if state.checkpoint_age is not None:
            age_seconds = state.checkpoint_age.total_seconds()
            yield GaugeMetricFamily("botapp_log_checkpoint_age_seconds", "Age of the last checkpoint", age_seconds)
        failures = GaugeMetricFamily("botapp_log_failures", "Failures in a row", labels=["duty"])
        done = GaugeMetricFamily("botapp_log_done_entries", "Size of the last checkpoint done", labels=["duty"])
        for duty in state.duties:
            failures.add_metric([duty.name], duty.failures)
            done.add_metric([duty.name], duty.size or 0)
        yield from (failures, done)


def create_blueprint(database: Database, handover_target: timedelta) -> Blueprint:
    """/metrics, with a registry of its own."""
    registry = CollectorRegistry()
    registry.register(_StatusCollector(database))
    registry.register(_ClockCollector(database))
    registry.register(_LogCollector(database))
    registry.register(_InboxCollector(database, handover_target))
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint
