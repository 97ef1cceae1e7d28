"""How good a classifier or a ranking is, in the figures that are published of others."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IntentScores:
    """Shares of 1; None where there was nothing of that kind."""

    accuracy: float  # out-of-scope texts are right when they are left alone
    in_scope_accuracy: float | None  # a text in scope that is left alone is wrong
    out_of_scope_recall: float | None
    mean_recall: float  # of the labels: the accuracy, had each as many texts as the others
    matthews: float
    texts: int


@dataclass(frozen=True, slots=True)
class RankingScores:
    """Means over the queries."""

    mean_average_precision: float
    precision_at_1: float
    mean_reciprocal_rank: float
    queries: int


def score_intents(truth: Sequence[str], found: Sequence[str], out_of_scope: str | None) -> IntentScores:
    """Compare what is true with what was found; both name the label that stands for out of scope."""
    right = [t == f for t, f in zip(truth, found, strict=True)]
    inside = [r for t, r in zip(truth, right, strict=True) if t != out_of_scope]
    outside = [r for t, r in zip(truth, right, strict=True) if t == out_of_scope]
    return IntentScores(
        accuracy=_mean(right) or 0.0,
        in_scope_accuracy=_mean(inside),
        out_of_scope_recall=_mean(outside),
        mean_recall=_mean_recall(truth, right),
        matthews=matthews(truth, found),
        texts=len(right),
    )


def _mean_recall(truth: Sequence[str], right: Sequence[bool]) -> float:
    of_truth, of_right = Counter(truth), Counter(t for t, r in zip(truth, right, strict=True) if r)
    return sum(of_right[label] / number for label, number in of_truth.items()) / len(of_truth) if of_truth else 0.0


def matthews(truth: Sequence[str], found: Sequence[str]) -> float:
    """Matthews' correlation for any number of labels (Gorodkin 2004); nought where one side never varies."""
    number = len(truth)
    right = sum(t == f for t, f in zip(truth, found, strict=True))
    of_truth, of_found = Counter(truth), Counter(found)
    both = sum(of_truth[label] * of_found[label] for label in of_truth)
    spread_of_truth = number**2 - sum(n**2 for n in of_truth.values())
    spread_of_found = number**2 - sum(n**2 for n in of_found.values())
    if not spread_of_truth or not spread_of_found:
        return 0.0
    return (right * number - both) / math.sqrt(spread_of_truth * spread_of_found)


def score_rankings(relevant: Sequence[Sequence[bool]]) -> RankingScores:
    """`relevant`: for each query whether the first, second … of all documents answers it; at least one does."""
    number = len(relevant)
    return RankingScores(
        mean_average_precision=sum(map(_average_precision, relevant)) / number,
        precision_at_1=sum(row[0] for row in relevant) / number,
        mean_reciprocal_rank=sum(1 / (list(row).index(True) + 1) for row in relevant) / number,
        queries=number,
    )


def _average_precision(relevant: Sequence[bool]) -> float:
    found, total = 0, 0.0
    for place, is_relevant in enumerate(relevant, 1):
        if is_relevant:
            found += 1
            total += found / place
    return total / found


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
