"""From scores to the chance of being right, and where to draw the line; learnt from texts that were held out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Of ten texts that strangers send, as many as this are taken to be about nothing that was taught. The published shop
# and game conversations have about half (shared/samples, HINT3); what is held out here is harder to tell apart.
OUT_OF_SCOPE_SHARE = 0.4
_RIDGE = 1.0  # keeps the weights small where hardly anything was held out
_STEPS = 25
_MOST = 30.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One held-out text: its highest score, by how much that leads, and whether the label was right."""

    top: float
    lead: float
    is_right: bool
    is_in_scope: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic curve over top score and lead, and the least confidence that is acted on."""

    bias: float
    per_top: float
    per_lead: float
    threshold: float

    def confidence(self, top: float, lead: float) -> float:
        """The chance that the label with these scores is right."""
        return float(_logistic(np.array(self.bias + self.per_top * top + self.per_lead * lead)))


# By the held-out texts of several sets of examples; for those who have too few of their own.
USUAL = Calibration(bias=0.6, per_top=2.2, per_lead=1.6, threshold=0.5)


def calibrate(trials: Sequence[Trial], *, right_answers_lost: float | None = None) -> Calibration:
    """The curve that fits the trials, with texts out of scope weighing as much as their usual share.

    The line is drawn where most of the trials are treated rightly, or, where given, so that this share of the right
    answers is lost to it.
    """
    right = np.array([t.is_right for t in trials], dtype=np.float64)
    inside = np.array([t.is_in_scope for t in trials], dtype=bool)
    if not trials or right.min() == right.max():
        return USUAL
    weights = _weights(inside, OUT_OF_SCOPE_SHARE)
    features = np.array([[1.0, t.top, t.lead] for t in trials])
    curve = _fit(features, right, weights)
    confidences = _logistic(features @ curve)
    bias, per_top, per_lead = (float(c) for c in curve)
    if right_answers_lost is not None:
        threshold = float(np.quantile(confidences[right == 1], right_answers_lost))
    else:
        threshold = _best_threshold(confidences, right, inside, weights)
    return Calibration(bias, per_top, per_lead, threshold)


def _weights(inside: NDArray[np.bool_], share: float) -> NDArray[np.float64]:
    outside_number = int((~inside).sum())
    if outside_number in (0, len(inside)):
        return np.ones(len(inside))
    of_each = np.where(inside, (1 - share) / (len(inside) - outside_number), share / outside_number)
    return of_each * len(inside)


def _fit(
    features: NDArray[np.float64], right: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Logistic regression by Newton's steps."""
    curve = np.zeros(features.shape[1])
    ridge = np.diag([1e-6, _RIDGE, _RIDGE])
    for _ in range(_STEPS):
        chance = _logistic(features @ curve)
        slope = features.T @ (weights * (right - chance)) - ridge @ curve
        bend = (features * (weights * chance * (1 - chance))[:, None]).T @ features + ridge
        curve += np.linalg.solve(bend, slope)
    return curve


def _best_threshold(
    confidences: NDArray[np.float64],
    right: NDArray[np.float64],
    inside: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> float:
    """Where most held-out texts are treated rightly: answered with the right label, or left alone when out of scope."""
    order = np.argsort(-confidences, kind="stable")
    gained = np.cumsum((weights * (right - (~inside)))[order])
    best = int(np.argmax(np.concatenate([[0.0], gained])))
    ordered = confidences[order]
    if best == len(ordered):
        return float(ordered[-1] / 2)
    upper = ordered[best - 1] if best else 1.0
    return float((upper + ordered[best]) / 2)


def _logistic(value: NDArray[np.float64]) -> NDArray[np.float64]:
    chance: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(value, -_MOST, _MOST)))
    return chance
