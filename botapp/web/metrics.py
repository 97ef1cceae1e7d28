"""Figures for Prometheus, read from the database: the same from every process, and none lost by a restart."""

from collections.abc import Iterator

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from botapp.campaign.status import load_status
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


def create_blueprint(database: Database) -> Blueprint:
    """/metrics, with a registry of its own."""
    registry = CollectorRegistry()
    registry.register(_StatusCollector(database))
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint
