"""How late messages are at the platform when 100,000 become due in an hour."""

from datetime import timedelta

from bench.deliveries import psid
from bench.figures import Figure, Result, at_most, compare, percentile
from bench.queue import Queue
from bench.stage import Stage

_LATENCY_SECONDS = 0.15
_DUE_PER_HOUR = 100_000
_HEAD_START = timedelta(seconds=8)
_MOST_SECONDS = 2


def run(stage: Stage) -> Result:
    """The worker as it comes, at the rate of the budget and at five times as much."""
    figures: list[Figure] = []
    seconds = stage.size.pick(60, 2)
    for times in stage.size.pick((1, 5), (1,)):
        late = _lateness(stage, times * _DUE_PER_HOUR / 3600, seconds, 16 if times == 1 else 64)
        what = f"postgresql: lateness, {times * _DUE_PER_HOUR:,} due an hour"
        figures.append(compare(f"{what}, p50", "s", [percentile(late, 0.5)]))
        budget = at_most(_MOST_SECONDS) if times == 1 else None
        figures.append(compare(f"{what}, p99", "s", [percentile(late, 0.99)], budget=budget))
        figures.append(compare(f"{what}, most", "s", [late[-1]]))
    return Result(figures, notes=["From the due instant to the message's arrival at the platform; ticks of 200 ms."])


def _lateness(stage: Stage, per_second: float, seconds: int, threads: int) -> list[float]:
    with stage.part() as part:
        queue = Queue(part, _LATENCY_SECONDS, threads)
        count = int(per_second * seconds)
        span = timedelta(seconds=seconds)
        until = queue.now() + _HEAD_START + span
        queue.add_due(count, until, span)
        queue.start(1)
        sending = queue.wait_until_sent(count)
    first = (until - span).timestamp()
    due = {psid(number): first + (number - 1) * seconds / count for number in range(1, count + 1)}
    return sorted(arrival.epoch - due[arrival.psid] for arrival in sending.arrivals)
