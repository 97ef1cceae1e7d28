"""The numbers to take along: CSV for spreadsheets, guarded against formulas, and JSON."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, jsonify

from botapp.campaign.overview import Bucket, Overview, load_overview, zone_of_page
from botapp.compliance.listing import guarded
from botapp.console.access import requires
from botapp.console.campaigns.desk import Asked
from botapp.console.campaigns.shown import losses_by_stage
from botapp.console.pages_named import page_or_404
from botapp.console.parts import ConsoleParts
from botapp.policy.access import Permission
from botapp.policy.analytics.local_days import date_of
from botapp.policy.analytics.tally import Tally
from botapp.policy.experiments.intervals import Estimate
from botapp.storage.schema.rollups import MEASURES

_RESPONSE = ("response", "response_low", "response_high")
_COLUMNS = ("part", "name", "version", *MEASURES, *_RESPONSE, "lost_because", "windows")
_LOSS = ("stage", "reason", "windows")
Line = dict[str, object]


def add_routes(blueprint: Blueprint, parts: ConsoleParts) -> None:
    """Both forms."""

    @blueprint.get("/pages/<int:account_id>/figures.<form>")
    @requires(Permission.READ_CAMPAIGNS)
    def figures(account_id: int, form: str) -> Response:
        if form not in ("csv", "json"):
            abort(404)
        asked, page = Asked.of_request(), page_or_404(parts, account_id)
        with parts.database.reading() as connection:
            now = parts.database.now(connection)
            found = load_overview(connection, asked.span([account_id], zone_of_page(page), now))
        name = f"botapp-{account_id}-{date_of(found.span.first_day):%Y%m%d}-{date_of(found.span.last_day):%Y%m%d}"
        response = _csv(found) if form == "csv" else jsonify(_json(found, page.page_id, page.zone))
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
        return response


def _csv(found: Overview) -> Response:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows({name: guarded(value) for name, value in line.items()} for line in _lines(found))
    return Response(text.getvalue(), mimetype="text/csv")


def _lines(found: Overview) -> Iterator[Line]:
    yield {"part": "all", **_numbers(found.total)}
    for day, tally in found.by_day.items():
        yield {"part": "day", "name": f"{date_of(day):%Y-%m-%d}", **_numbers(tally)}
    for each in found.by_version:
        yield {"part": "rule", "name": each.rule, "version": each.version, **_numbers(each.tally)}
    for part, buckets in _splits(found).items():
        for bucket in buckets:
            yield {"part": part, "name": bucket.name, **_numbers(bucket.tally)}
    for stage, reason, windows in losses_by_stage(found.losses):
        yield {"part": "lost", "name": stage, "lost_because": reason, "windows": windows}


def _numbers(tally: Tally) -> Line:
    found: Line = {name: tally[name] for name in MEASURES}
    if tally.response is not None:
        ends = (tally.response.value, tally.response.low, tally.response.high)
        found |= dict(zip(_RESPONSE, (f"{end:.6f}" for end in ends), strict=True))
    return found


def _json(found: Overview, page_id: str, zone: str) -> Mapping[str, Any]:
    """The stable form for scripts."""
    return {
        "page_id": page_id,
        "zone": zone,
        "rule": found.span.rule,
        "first_day": f"{date_of(found.span.first_day):%Y-%m-%d}",
        "last_day": f"{date_of(found.span.last_day):%Y-%m-%d}",
        "total": _told(found.total),
        "days": {f"{date_of(day):%Y-%m-%d}": _told(tally) for day, tally in found.by_day.items()},
        "rules": [{"rule": e.rule, "version": e.version, **_told(e.tally)} for e in found.by_version],
        **{
            f"by_{split}": {bucket.name: _told(bucket.tally) for bucket in buckets}
            for split, buckets in _splits(found).items()
        },
        "lost": [dict(zip(_LOSS, each, strict=True)) for each in losses_by_stage(found.losses)],
    }


def _splits(found: Overview) -> Mapping[str, Sequence[Bucket]]:
    return {
        "hour": found.by_hour,
        "language": found.by_language,
        "intent": found.by_intent,
        "variant": found.by_variant,
        "topic": found.by_topic,
    }


def _told(tally: Tally) -> dict[str, Any]:
    return {
        "counts": {name: tally[name] for name in MEASURES},
        "response": _estimate(tally.response),
        "harm": _estimate(tally.harm),
        "uplift": _estimate(tally.uplift),
    }


def _estimate(estimate: Estimate | None) -> dict[str, float] | None:
    if estimate is None:
        return None
    return {"value": round(estimate.value, 6), "low": round(estimate.low, 6), "high": round(estimate.high, 6)}
